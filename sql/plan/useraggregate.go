package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// aggregateFunction describes an aggregate that a user has made. Its functions are
// bound for the types of each call.
func (p *planner) aggregateFunction(f *expr.Function, r *catalog.Routine) *expr.Function {
	f.Kind, f.AggKind = 'a', 'n'
	for _, in := range r.Inputs() {
		f.Args, f.ArgNames = append(f.Args, in.Type.Type), append(f.ArgNames, in.Name)
		f.Variadic = f.Variadic || in.Mode == 'v'
	}
	transition, final := p.functionOf(r.Aggregate.Transition), p.functionOf(r.Aggregate.Final)
	f.Strict = transition != nil && transition.Strict
	f.Settle = func(args []*types.Type) *expr.Function {
		n := *f
		if transition == nil || final == nil && r.Aggregate.Final != 0 {
			return &n
		}
		n.Aggregate, n.SettleError = expr.UserAggregate(&expr.AggregateParts{
			Transition: transition, Final: final, State: stateType(r, args), Initial: r.Aggregate.Initial, FinalExtra: r.Aggregate.FinalExtra, Variadic: f.Variadic && f.Args[len(f.Args)-1] != types.Any,
		}, args)
		return &n
	}
	return f
}

// functionOf is a function by its OID, built in or made by a user; nil if there is none.
func (p *planner) functionOf(oid catalog.OID) *expr.Function {
	if r, ok := p.env.Catalog.Get(oid).(*catalog.Routine); ok {
		return p.function(r)
	}
	return expr.FunctionByOID(oid)
}

// stateType is the type of an aggregate's state for arguments of given types.
func stateType(r *catalog.Routine, args []*types.Type) *types.Type {
	t := r.Aggregate.State.Type
	if !expr.Polymorphic(t) {
		return t
	}
	var declared []*types.Type
	for _, in := range r.Inputs() {
		declared = append(declared, in.Type.Type)
	}
	if settled := expr.Generics(args, declared)(t); settled != nil {
		return settled
	}
	return t
}

// FunctionNamed finds the function that a call of a name with arguments of given types
// means, and the type of its result; variadic: the last one is marked so. The types may
// be polymorphic: the function's are then, too.
func FunctionNamed(env *Env, name []string, of []*types.Type, variadic bool) (*expr.Function, *types.Type, error) {
	p := &planner{env: env, params: &expr.ParamTypes{}}
	schema, err := p.functionSchema(&ast.FuncCall{Name: name})
	if err != nil {
		return nil, nil, err
	}
	args := make([]expr.Expr, len(of))
	open := false
	for i, t := range of {
		args[i] = &expr.Column{Index: i, T: checkedType(t), Mod: types.NoTypmod}
		open = open || expr.Polymorphic(t)
	}
	last := name[len(name)-1]
	opts := expr.CallOptions{Default: p.argumentDefault, Variadic: variadic}
	if schema != nil || len(name) == 1 {
		opts.Candidates = p.candidates(last, schema)
	}
	if schema != nil {
		opts.Schema = schema.Name
	}
	r, err := p.typing().ResolveFunction(last, args, opts, -1)
	if err != nil && !open {
		return nil, nil, err
	}
	if err == nil {
		f := p.functionOf(r.Fn.OID)
		fits, given := len(f.Args) == len(of), false
		for i := range of {
			fits = fits && (!expr.Polymorphic(of[i]) || expr.SameFamily(of[i], f.Args[i]))
			given = given || fits && !expr.Polymorphic(of[i]) && expr.Polymorphic(f.Args[i])
		}
		for i := range of { // a type that is given cannot be of a kind with one that is not
			fits = fits && !(given && expr.Polymorphic(of[i]))
		}
		switch {
		case !open:
			return f, r.Type, nil
		case fits && expr.Polymorphic(f.Result):
			return f, f.Result, nil
		case fits:
			return f, r.Type, nil
		}
	}
	shown := make([]string, len(of))
	for i, t := range of {
		shown[i] = t.String()
	}
	return nil, nil, sqlerr.New(sqlerr.UndefinedFunction, "function %s(%s) does not exist", strings.Join(name, "."), strings.Join(shown, ", "))
}
