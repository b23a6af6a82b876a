package expr

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Typing is what expressions are typed with: the operators and casts that users made,
// beside those that are built in. A nil one has the built-in ones alone. What users
// made comes to be calls of its functions here, so that nobody who looks at an
// expression takes an operator of theirs for the built-in one of that name.
type Typing struct {
	// Operators gives the operators of a name that users made and that the search path
	// finds; nil: none. Of those with the same operand types it gives the first.
	Operators func(name string) []*Operator
	// Only: an operator is one of these; the name was qualified, with what Qualifier says.
	Only      bool
	Qualifier string
	// Cast gives the cast between two types that a user made, or nil; nil: there are none.
	Cast func(source, target *types.Type) *Cast
	// Routine makes the call of a function that a user made, or what stands for it.
	Routine func(call *Resolved, loc int) (Expr, error)
	// Use notes that an operator or a cast is used.
	Use func(oid types.OID)
}

// builtinTyping has no operators and casts but the built-in ones.
var builtinTyping *Typing

// operators gives the operators of users that a name may mean.
func (y *Typing) operators(name string) []*Operator {
	if y == nil || y.Operators == nil {
		return nil
	}
	return y.Operators(name)
}

// cast gives the cast that a user made, or nil.
func (y *Typing) cast(source, target *types.Type) *Cast {
	if y == nil || y.Cast == nil {
		return nil
	}
	return y.Cast(source, target)
}

func (y *Typing) only() bool { return y != nil && y.Only }

// qualified writes an operator as it was named.
func (y *Typing) qualified(name string) string {
	if y == nil || y.Qualifier == "" {
		return name
	}
	return y.Qualifier + "." + name
}

// ownEquality says whether "=" of two types is an operator that a user made.
func (y *Typing) ownEquality(left, right *types.Type) bool {
	if y.operators("=") == nil {
		return false
	}
	op, err := y.FindOperator("=", left, right, -1)
	return err == nil && op.Own
}

// among puts the operators of users and the built-in ones together: of two with the same
// operand types, the search path finds the one whose schema comes first.
func among(known, own []*Operator) []*Operator {
	if own == nil {
		return known
	}
	like := func(list []*Operator, o *Operator, first bool) bool {
		return slices.ContainsFunc(list, func(p *Operator) bool {
			return p.Before == first && sameOperand(p.Left, o.Left) && sameOperand(p.Right, o.Right)
		})
	}
	out := slices.DeleteFunc(slices.Clone(known), func(k *Operator) bool { return like(own, k, true) })
	for _, o := range own {
		if o.Before || !like(known, o, false) {
			out = append(out, o)
		}
	}
	return out
}

func sameOperand(a, b *types.Type) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Same(b)
}

// own makes the call that an operator of a user stands for.
func (y *Typing) own(op *Operator, args []Expr, result *types.Type, loc int) (Expr, error) {
	if op.Fn == nil {
		return nil, sqlerr.New(sqlerr.UndefinedFunction, "operator is only a shell: %s", operatorSignature(op.Name, op.Left, op.Right)).At(loc)
	}
	y.Use(op.OID)
	e, err := y.invoke(op.Fn, args, result, loc)
	if call, ok := e.(*Call); ok && err == nil && call.Fn.OID == op.Fn.OID {
		spelled := *call
		spelled.Form, spelled.Spelling = FormOperator, op.Name
		if op.Shown != "" {
			spelled.Spelling = op.Shown
		}
		return &spelled, nil
	}
	return e, err
}

// invoke calls a function, built in or a user's, with arguments of its types.
func (y *Typing) invoke(f *Function, args []Expr, result *types.Type, loc int) (Expr, error) {
	fn, err := f.runnable(args, result)
	if err != nil {
		return nil, sqlerr.From(err).At(loc)
	}
	call := &Resolved{Fn: fn, Args: args, Type: result}
	if f.Routine {
		return y.Routine(call, loc)
	}
	return call.Call(loc), nil
}

// convert applies the function of a cast that a user made.
func (y *Typing) convert(e Expr, c *Cast, target *types.Type, typmod int32, how CoercionContext) (Expr, error) {
	fn, args, mod := c.Fn, []Expr{e}, types.NoTypmod
	if !e.Type().Same(fn.Args[0]) {
		args[0] = &Relabel{Arg: e, T: fn.Args[0], Mod: types.NoTypmod, Form: FormImplicitCast}
	}
	if len(fn.Args) > 1 {
		args, mod = append(args, &Const{Value: types.Int(int64(typmod)), T: types.Int4, Mod: types.NoTypmod, Loc: -1}), typmod
	}
	if len(fn.Args) > 2 {
		args = append(args, &Const{Value: types.Bool(how == Explicit), T: types.Boolean, Mod: types.NoTypmod, Loc: -1})
	}
	out, err := y.invoke(fn, args, fn.Result, -1)
	if err != nil {
		return nil, err
	}
	if call, ok := out.(*Call); ok && call.Fn.OID == fn.OID {
		spelled := *call
		spelled.T, spelled.Mod, spelled.Form = target, mod, castForm(how)
		return &spelled, nil
	}
	if !out.Type().Same(target) {
		out = &Relabel{Arg: out, T: target, Mod: types.NoTypmod, Form: FormImplicitCast}
	}
	return out, nil
}

// The functions of the same names type expressions with the built-in operators and casts
// alone: where there is no catalog, or where its objects must not decide.

// Coerce is Typing.Coerce.
func Coerce(e Expr, target *types.Type, typmod int32, how CoercionContext) (Expr, error) {
	return builtinTyping.Coerce(e, target, typmod, how)
}

// CanCoerce is Typing.CanCoerce.
func CanCoerce(from, to *types.Type, how CoercionContext) bool {
	return builtinTyping.CanCoerce(from, to, how)
}

// CommonType is Typing.CommonType.
func CommonType(what string, exprs []Expr) (*types.Type, error) {
	return builtinTyping.CommonType(what, exprs)
}

// CoerceBoolean is Typing.CoerceBoolean.
func CoerceBoolean(e Expr, what string) (Expr, error) { return builtinTyping.CoerceBoolean(e, what) }

// Compare is Typing.Compare.
func Compare(op string, left, right Expr, loc int) (Expr, error) {
	return builtinTyping.Compare(op, left, right, loc)
}

// FindOperator is Typing.FindOperator.
func FindOperator(name string, left, right *types.Type, loc int) (*Operator, error) {
	return builtinTyping.FindOperator(name, left, right, loc)
}

// ResolveOperator is Typing.ResolveOperator.
func ResolveOperator(name string, left, right Expr, loc int) (Expr, error) {
	return builtinTyping.ResolveOperator(name, left, right, loc)
}

// ResolveFunction is Typing.ResolveFunction.
func ResolveFunction(name string, args []Expr, opts CallOptions, loc int) (*Resolved, error) {
	return builtinTyping.ResolveFunction(name, args, opts, loc)
}

// BinaryCoercible is Typing.BinaryCoercible.
func BinaryCoercible(from, to *types.Type) bool { return builtinTyping.BinaryCoercible(from, to) }

// BuiltinCast says whether there is a cast between two types that no user made.
func BuiltinCast(source, target *types.Type) bool {
	load()
	return builtin.casts[castKey{source.OID, target.OID}] != nil || extensionCast(source, target) != nil ||
		source.Kind == types.KindRange && target.Same(source.Multi)
}

// IsOperator says whether there is a built-in operator of a name.
func IsOperator(name string) bool {
	load()
	return len(builtin.operators[name]) > 0
}
