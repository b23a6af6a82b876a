package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/types"
)

// maxInline bounds functions within functions that are put in the place of calls.
const maxInline = 32

// maxInlined bounds how often that is done in one statement.
const maxInlined = 1000

// inline gives the expression that a function stands for, with the call's
// arguments in it, if that means the same as the call: its body is SELECT of one
// expression without subqueries, that is no less constant and no less strict than
// the function says, and evaluates no argument more or less often than the call
// would notice. Otherwise it gives nil.
func (p *planner) inline(call *expr.Resolved) expr.Expr {
	r, _ := p.env.Catalog.Get(call.Fn.OID).(*catalog.Routine)
	if r == nil || r.Library != "" || r.Language != "" || p.env.Shown != nil || r.ReturnsSet || r.SecurityDefiner || r.Config != nil || rowResult(r) || call.Type == types.Void || p.viewDepth >= maxInline {
		return nil
	}
	for a := p.arguments; a != nil; a = a.around {
		if a.routine.OID == r.OID {
			return nil // it calls itself
		}
	}
	if p.inlined == nil {
		p.inlined = new(int)
	}
	if *p.inlined++; *p.inlined > maxInlined {
		return nil
	}
	if call.Fn.Types != nil {
		r = Settled(r, call.Fn.Types)
	}
	body := inlinable(r)
	if body == nil {
		return nil
	}
	args := newArguments(r)
	args.around = p.arguments
	sub := &planner{env: routineEnv(p.env, r), params: args.types, arguments: args, viewDepth: p.viewDepth + 1, inlined: p.inlined}
	b := &binder{p: sub, scope: &scope{}, clause: "SELECT"}
	e, err := b.bind(body)
	if err != nil || hasSet(e) {
		return nil // running it tells
	}
	if e, err = p.typing().Coerce(e, r.Result.Type, types.NoTypmod, expr.Assignment); err != nil {
		return nil
	}
	if expr.MaxVolatility(e) > call.Fn.Volatility || r.Strict && !strictIn(e, len(call.Args)) {
		return nil
	}
	uses := make([]int, len(call.Args))
	expr.Walk(e, func(e expr.Expr) bool {
		if a, ok := e.(*expr.Param); ok {
			uses[a.N-1]++
		}
		return true
	})
	for i, a := range call.Args {
		if uses[i] != 1 && !repeatable(a, uses[i]) {
			return nil
		}
	}
	for _, oid := range sub.routines {
		p.useRoutine(oid)
	}
	p.runs, p.byRole = p.runs || sub.runs, p.byRole || sub.byRole
	p.volatile = max(p.volatile, expr.MaxVolatility(e))
	e = expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		if a, ok := e.(*expr.Param); ok {
			return call.Args[a.N-1]
		}
		return e
	})
	if e.Typmod() != types.NoTypmod { // a result has none, whatever it is made of
		e = &expr.Relabel{Arg: e, T: e.Type(), Mod: types.NoTypmod, Form: expr.FormImplicitCast}
	}
	return e
}

// repeatable says whether an argument may be evaluated so many times, or not at
// all, instead of once.
func repeatable(e expr.Expr, times int) bool {
	if expr.MaxVolatility(e) == expr.Volatile {
		return false
	}
	cheap := true
	expr.Walk(e, func(e expr.Expr) bool {
		switch e.(type) {
		case *SubLink:
			cheap = false
		}
		return cheap
	})
	return cheap || times == 0
}

// inlinable gives the only expression of a body; nil if it is more than that.
func inlinable(r *catalog.Routine) ast.Expr {
	list, err := RoutineStatements(r)
	if err != nil || len(list) != 1 {
		return nil
	}
	s, ok := list[0].Statement.(*ast.SelectStmt)
	if !ok || len(s.Targets) != 1 || s.From != nil || s.Where != nil || s.With != nil || s.Distinct || s.Into != nil {
		return nil
	}
	plain := *s
	plain.Targets, plain.Loc = nil, 0
	simple := true
	ast.Inspect(&plain, func(n ast.Node) bool {
		if n != ast.Node(&plain) {
			simple = false
		}
		return simple
	})
	ast.Inspect(s.Targets[0].Val, func(n ast.Node) bool {
		if _, is := n.(*ast.SubLink); is {
			simple = false
		}
		if c, is := n.(*ast.ColumnRef); is && c.Star {
			simple = false
		}
		return simple
	})
	if !simple {
		return nil
	}
	return s.Targets[0].Val
}

// strictIn says whether an expression is NULL as soon as any of its parameters
// is, all of which it has.
func strictIn(e expr.Expr, params int) bool {
	seen := map[int]bool{}
	var strict func(expr.Expr) bool
	strict = func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Param:
			seen[e.N] = true
			return true
		case *expr.Const:
			return true
		case *expr.Relabel:
			return strict(e.Arg)
		case *expr.ConvertTypmod:
			return strict(e.Arg)
		case *expr.Call:
			if !e.Fn.Strict || e.Fn.Set != nil {
				return false
			}
			for _, a := range e.Args {
				if !strict(a) {
					return false
				}
			}
			return true
		}
		return false
	}
	return strict(e) && len(seen) == params
}
