package expr

import (
	"slices"
	"sync"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ResolveOperator finds the operator for its operands, coerces them and makes
// the expression. left is nil for a prefix operator. No such operator is 42883,
// more than one 42725.
func (y *Typing) ResolveOperator(name string, left, right Expr, loc int) (Expr, error) {
	var lt *types.Type
	if left != nil {
		lt = left.Type()
	}
	if e, err := y.collated(name, left, right, loc); e != nil || err != nil {
		return e, err
	}
	op, err := y.FindOperator(name, lt, right.Type(), loc)
	if err != nil {
		return nil, err
	}
	operands := []Expr{right}
	declared := []*types.Type{op.Right}
	if left != nil {
		operands = []Expr{left, right}
		declared = []*types.Type{op.Left, op.Right}
	}
	args, result, err := y.bindArgs(operands, declared, op.Result, loc)
	if err != nil {
		return nil, err
	}
	if op.Own {
		return y.own(op, args, result, loc)
	}
	fn, err := op.Fn.runnable(args, result)
	if err != nil {
		return nil, sqlerr.Unsupported("operator %s", operatorSignature(name, op.Left, op.Right)).At(loc)
	}
	call := &Call{Fn: fn, Args: args, T: result, Mod: types.NoTypmod, Form: FormOperator, Loc: loc, Op: op}
	return makeLike(call), nil
}

// runnable gives the function with its code for the given arguments.
func (f *Function) runnable(args []Expr, result *types.Type) (*Function, error) {
	if f.Typed != nil || f.Settle != nil || f.TypedSet != nil {
		argTypes := make([]*types.Type, len(args))
		for i, a := range args {
			argTypes[i] = a.Type()
		}
		switch {
		case f.Settle != nil:
			settled := f.Settle(argTypes)
			return settled, settled.SettleError
		case f.TypedSet != nil:
			n := *f
			n.Set, n.TypedSet = f.TypedSet(argTypes, result), nil
			n.populatesFields(argTypes)
			return &n, nil
		}
		if n := len(args); n > 0 {
			if _, ok := args[n-1].(*Spread); ok {
				return f.spreading(argTypes, result), nil
			}
		}
		n := f.specialize(argTypes, result)
		n.populatesFields(argTypes)
		return n, nil
	}
	if f.Eval == nil && f.Aggregate == nil && f.OrderedSet == nil && f.Window == nil && f.Set == nil {
		return nil, sqlerr.Unsupported("function %s", f.Signature())
	}
	return f, nil
}

// spreading gives f with code that takes the elements of its last argument, an
// array, as arguments of their own.
func (f *Function) spreading(argTypes []*types.Type, result *types.Type) *Function {
	n := *f
	last := len(argTypes) - 1
	elem := ElementOf(argTypes[last])
	n.Typed = nil
	n.Eval = func(c *Context, args []types.Datum) (types.Datum, error) {
		if args[last].IsNull() {
			if f.Symbol == "text_format" { // no arguments
				return f.Typed(argTypes[:last], result)(c, args[:last])
			}
			return types.Null, nil
		}
		spreadTypes := append([]*types.Type{}, argTypes[:last]...)
		spread := append([]types.Datum{}, args[:last]...)
		for _, v := range args[last].Array().Elems {
			spreadTypes, spread = append(spreadTypes, elem), append(spread, v)
		}
		return f.Typed(spreadTypes, result)(c, spread)
	}
	return &n
}

// bindArgs coerces operands to declared types, polymorphic ones settled, and
// gives the result type.
func (y *Typing) bindArgs(operands []Expr, declared []*types.Type, result *types.Type, loc int) ([]Expr, *types.Type, error) {
	generic := isPolymorphic(result)
	for _, d := range declared {
		generic = generic || isPolymorphic(d)
	}
	var g generics
	if generic {
		actual := make([]*types.Type, len(operands))
		for i, o := range operands {
			actual[i] = o.Type()
		}
		var ok bool
		g, ok = bindGenerics(actual, declared)
		if !ok {
			return nil, nil, sqlerr.New(sqlerr.DatatypeMismatch, "arguments declared \"%s\" are not all alike", declared[0]).At(loc)
		}
	}
	args := make([]Expr, len(operands))
	for i, o := range operands {
		target := declared[i]
		switch {
		case target == types.Any:
			args[i] = o
			continue
		case isPolymorphic(target):
			target = g.apply(target)
			if target == nil {
				if o.Type() == types.Unknown {
					return nil, nil, g.undetermined(declared, result)
				}
				args[i] = o
				continue
			}
			if isVector(BaseType(o.Type())) || target == types.AnyArray {
				args[i] = o
				continue
			}
		}
		arg, err := y.Coerce(o, target, types.NoTypmod, Implicit)
		if err != nil {
			return nil, nil, err
		}
		args[i] = arg
	}
	if isPolymorphic(result) {
		array := result == types.AnyArray || result == types.AnyCompatiblearray
		stands := g.apply(result)
		if stands == nil {
			return nil, nil, g.undetermined(declared, result)
		}
		result = stands
		if array && isVector(result) {
			result = ElementOf(result).Array
		}
	}
	return args, result, nil
}

// operatorKey is what an operator is found by.
type operatorKey struct {
	name        string
	left, right *types.Type
}

// foundOperators remembers the operators of the server's own types, which never
// change: operatorKey to *Operator.
var foundOperators sync.Map

// FindOperator resolves an operator by the types of its operands; left is nil
// for a prefix operator.
func (y *Typing) FindOperator(name string, left, right *types.Type, loc int) (*Operator, error) {
	if y != nil && (y.Only || y.Cast != nil || y.operators(name) != nil) || types.ByOID(right.OID) != right || left != nil && types.ByOID(left.OID) != left {
		return y.findOperator(name, left, right, loc)
	}
	key := operatorKey{name, left, right}
	if op, ok := foundOperators.Load(key); ok {
		return op.(*Operator), nil
	}
	op, err := y.findOperator(name, left, right, loc)
	if err == nil {
		key.name = op.Name
		foundOperators.Store(key, op)
	}
	return op, err
}

func (y *Typing) findOperator(name string, left, right *types.Type, loc int) (*Operator, error) {
	load()
	prefix := left == nil
	inputs := []*types.Type{right}
	if !prefix {
		inputs = []*types.Type{left, right}
	}
	var all []candidate
	var known []*Operator
	if !y.only() {
		known = slices.Concat(extensionOperators(name, left, right), builtin.operators[name])
	}
	for _, op := range among(known, y.operators(name)) {
		if (op.Left == nil) != prefix {
			continue
		}
		args := []*types.Type{op.Right}
		if !prefix {
			args = []*types.Type{op.Left, op.Right}
		}
		all = append(all, candidate{args: args, op: op})
	}
	if op := exactOperator(inputs, all); op != nil {
		return op, nil
	}
	cands := y.matching(inputs, all)
	if len(cands) == 1 {
		return cands[0].op, nil
	}
	if i := y.choose(inputs, cands); i >= 0 {
		return cands[i].op, nil
	}
	signature := operatorSignature(y.qualified(name), left, right)
	if len(cands) > 1 {
		return nil, sqlerr.New(sqlerr.AmbiguousFunction, "operator is not unique: %s", signature).
			WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.").At(loc)
	}
	hint := "No operator matches the given name and argument types. You might need to add explicit type casts."
	if prefix {
		hint = "No operator matches the given name and argument type. You might need to add an explicit type cast."
	}
	return nil, sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s", signature).WithHint("%s", hint).At(loc)
}

func operatorSignature(name string, left, right *types.Type) string {
	if left == nil {
		return name + " " + right.String()
	}
	return left.String() + " " + name + " " + right.String()
}

// exactOperator finds the operator for exactly these types; an unknown operand
// is first taken for the type of the other one.
func exactOperator(inputs []*types.Type, all []candidate) *Operator {
	try := func(in []*types.Type) *Operator {
		for _, c := range all {
			match := true
			for i := range in {
				match = match && c.args[i].Same(in[i])
			}
			if match {
				return c.op
			}
		}
		return nil
	}
	if len(inputs) == 1 {
		if inputs[0] == types.Unknown {
			return nil
		}
		return try([]*types.Type{BaseType(inputs[0])})
	}
	l, r := inputs[0], inputs[1]
	switch {
	case l == types.Unknown && r == types.Unknown:
		return nil
	case l == types.Unknown:
		l = r
	case r == types.Unknown:
		r = l
	}
	if op := try([]*types.Type{l, r}); op != nil {
		return op
	}
	if BaseType(l) != l || BaseType(r) != r {
		return try([]*types.Type{BaseType(l), BaseType(r)})
	}
	return nil
}
