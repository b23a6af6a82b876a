package plan

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Call is a planned CALL.
type Call struct {
	Procedure *catalog.Routine
	// Types are as those of an expr.RoutineCall.
	Types []*types.Type
	// Args are the values of the parameters that are input; Written are the arguments
	// of output parameters as they were written, nil for those left out.
	Args    []expr.Expr
	Written []ast.Expr
	Columns []Column
	// Routines are the functions that the arguments call.
	Routines []catalog.OID
}

// CallStatement plans CALL; v is nil outside of a body. Parameters get their types in
// params.
func CallStatement(env *Env, v *Variables, params *expr.ParamTypes, call *ast.FuncCall) (*Call, error) {
	return (&planner{env: env.apart(), params: params, variables: v}).callStatement(call)
}

// RoutineCall plans CALL in the body of a function in SQL, whose arguments are its
// parameters.
func RoutineCall(env *Env, r *catalog.Routine, call *ast.FuncCall) (*Call, error) {
	args := newArguments(r)
	c, err := (&planner{env: routineEnv(env, r), params: args.types, arguments: args}).callStatement(call)
	if err == nil && c.Columns != nil {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "calling procedures with output arguments is not supported in SQL functions")
	}
	return c, err
}

func (p *planner) callStatement(call *ast.FuncCall) (*Call, error) {
	env := p.env
	b := &binder{p: p, scope: &scope{}, clause: "CALL arguments"}
	schema, err := p.functionSchema(call)
	if err != nil {
		return nil, err
	}
	name := call.Name[len(call.Name)-1]
	args, opts, err := b.callArgs(call)
	if err != nil {
		return nil, err
	}
	opts.Candidates, opts.Default = p.candidates(name, schema), p.argumentDefault
	for i, f := range opts.Candidates {
		if r, ok := env.Catalog.Get(f.OID).(*catalog.Routine); ok && r.Procedure {
			opts.Candidates[i] = withOutputs(f, r)
		}
	}
	if schema != nil {
		opts.Schema = schema.Name
	}
	found, err := p.typing().ResolveFunction(name, args, opts, call.Pos())
	if err != nil {
		e := sqlerr.From(err)
		e.Message = strings.Replace(e.Message, "function ", "procedure ", 1)
		e.Hint = strings.Replace(e.Hint, "No function", "No procedure", 1)
		return nil, e
	}
	r, _ := env.Catalog.Get(found.Fn.OID).(*catalog.Routine)
	if r == nil || !r.Procedure {
		var types []string
		for _, t := range found.Fn.Args {
			types = append(types, t.String())
		}
		return nil, sqlerr.New(sqlerr.WrongObjectType, "%s(%s) is not a procedure", name, strings.Join(types, ", ")).
			WithHint("To call a function, use SELECT.").At(call.Pos())
	}
	var of []*types.Type
	if polymorphic(r) {
		for i, q := range r.Params {
			if q.Input() {
				of = append(of, found.Args[i].Type())
			}
		}
		r = Settled(r, of)
	}
	out := &Call{Procedure: r, Types: of, Routines: append(slices.Clone(p.routines), r.OID)}
	for i, q := range r.Params {
		if q.Input() {
			out.Args = append(out.Args, found.Args[i])
		}
		if q.Output() {
			out.Written = append(out.Written, writtenArgument(call, i, q.Name))
			out.Columns = append(out.Columns, Column{Name: q.Name, Type: q.Type.Type, Typmod: types.NoTypmod})
		}
	}
	for i := range out.Columns {
		if out.Columns[i].Name == "" {
			out.Columns[i].Name = "column" + itoa(i+1)
		}
	}
	for _, a := range out.Args {
		var wrong error
		expr.Walk(a, func(e expr.Expr) bool {
			if _, is := e.(*SubLink); is {
				wrong = sqlerr.New(sqlerr.FeatureNotSupported, "cannot use subquery in CALL argument").At(call.Pos())
			}
			return wrong == nil
		})
		if wrong != nil {
			return nil, wrong
		}
	}
	return out, nil
}

// withOutputs is a procedure as CALL finds it: output parameters have arguments too.
func withOutputs(f *expr.Function, r *catalog.Routine) *expr.Function {
	all := *f
	all.Args, all.ArgNames = nil, nil
	for _, q := range r.Params {
		all.Args, all.ArgNames = append(all.Args, q.Type.Type), append(all.ArgNames, q.Name)
	}
	return &all
}

// writtenArgument is the argument of a parameter, nil if there is none.
func writtenArgument(call *ast.FuncCall, at int, name string) ast.Expr {
	for _, a := range call.Args {
		if n, ok := a.(*ast.NamedArg); ok && n.Name == name {
			return n.Arg
		}
	}
	if at < len(call.Args) {
		if _, named := call.Args[at].(*ast.NamedArg); !named {
			return call.Args[at]
		}
	}
	return nil
}
