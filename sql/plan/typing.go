package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// typing is what expressions are typed with: nil where users have made no operators and
// no casts.
func (p *planner) typing() *expr.Typing {
	if p.env == nil || p.env.Catalog == nil || !p.env.Catalog.Extended() {
		return nil
	}
	if p.typed == nil {
		p.typed = &expr.Typing{Operators: func(name string) []*expr.Operator { return p.operators(name, nil) }, Routine: p.invoked, Use: p.useRoutine}
		if p.env.Catalog.HasCasts() {
			p.typed.Cast = p.cast
		}
	}
	return p.typed
}

// Typing is what the expressions of an environment are typed with; nobody learns what
// they use.
func (env *Env) Typing() *expr.Typing { return (&planner{env: env}).typing() }

// typingOf is what an operator expression is typed with, whose operator may be qualified.
func (p *planner) typingOf(e *ast.AExpr) (*expr.Typing, error) {
	if p.env == nil || p.env.Catalog == nil {
		return nil, nil
	}
	if len(e.Op) < 2 && (p.env.names != nil || p.env.binding != nil) {
		return p.boundTyping(e), nil
	}
	if len(e.Op) < 2 {
		return p.typing(), nil
	}
	schema, err := p.functionSchema(&ast.FuncCall{Loc: e.Loc, Name: e.Op})
	if err != nil {
		return nil, err
	}
	own := expr.Typing{Routine: p.invoked, Use: p.useRoutine}
	if y := p.typing(); y != nil {
		own = *y
	}
	own.Operators, own.Qualifier, own.Only = nil, e.Op[len(e.Op)-2], schema != nil
	if schema != nil {
		own.Operators = func(name string) []*expr.Operator { return p.operators(name, schema) }
	}
	return &own, nil
}

// boundTyping is typingOf in a stored query, where the operator of a user is the one that
// it was when the query was stored, or is being stored, where that is noted.
func (p *planner) boundTyping(e *ast.AExpr) *expr.Typing {
	y := p.typing()
	if y == nil || e.Pos() <= 0 {
		return y
	}
	own, at := *y, e.Pos()
	if n := p.env.names.At(at); n != nil {
		if o, ok := p.env.Catalog.Get(n.OID).(*catalog.Operator); ok {
			own.Only, own.Operators = true, func(string) []*expr.Operator { return []*expr.Operator{p.operatorOf(o)} }
			return &own
		}
	}
	if p.env.binding == nil || p.env.binding.At(at) != nil {
		return y
	}
	own.Use = func(oid catalog.OID) {
		if _, ok := p.env.Catalog.Get(oid).(*catalog.Operator); ok && p.env.binding.At(at) == nil {
			p.env.binding.Names = append(p.env.binding.Names, catalog.BoundName{At: at, OID: oid})
		}
		p.useRoutine(oid)
	}
	return &own
}

// operators are the operators of users that a name may mean: those of one schema, or of
// the search path, where one hides others with the same operand types.
func (p *planner) operators(name string, schema *catalog.Schema) (list []*expr.Operator) {
	made := p.env.Catalog.Operators(name)
	if made == nil {
		return nil
	}
	path := p.env.searchSchemas()
	if schema != nil {
		path = []catalog.OID{schema.OID}
	}
	before := schema == nil
	for _, s := range path {
		before = before && s != catalog.SchemaPGCatalog
		if schema == nil && s == p.env.TempSchema {
			continue
		}
		for _, o := range made {
			if o.Schema != s || slices.ContainsFunc(list, func(have *expr.Operator) bool { return o.Operands(have.Left, have.Right) }) {
				continue
			}
			op := p.operatorOf(o)
			op.Before = before
			list = append(list, op)
		}
	}
	return list
}

// operatorOf describes a user's operator to those who resolve them.
func (p *planner) operatorOf(o *catalog.Operator) *expr.Operator {
	op := &expr.Operator{OID: o.OID, Name: o.Name, Left: o.Left.Type, Right: o.Right.Type, Result: o.Result.Type, Own: true}
	if op.Result == nil {
		op.Result = types.Void // of a shell
	}
	if o.Function != 0 {
		op.Fn = p.functionOf(o.Function)
	}
	if p.env.ShownOperator != nil {
		op.Shown = p.env.ShownOperator(o)
	}
	return op
}

// cast is the cast between two types that a user made, or nil.
func (p *planner) cast(source, target *types.Type) *expr.Cast {
	c := p.env.Catalog.Cast(p.env.Database, source.OID, target.OID)
	if c == nil {
		return nil
	}
	made := &expr.Cast{OID: c.OID, Source: source, Target: target, Method: c.Method, Context: expr.Explicit}
	switch c.Context {
	case 'i':
		made.Context = expr.Implicit
	case 'a':
		made.Context = expr.Assignment
	}
	if c.Function != 0 {
		made.Fn = p.functionOf(c.Function)
	}
	return made
}

// invoked is the call of a user's function that an operator or a cast stands for.
func (p *planner) invoked(call *expr.Resolved, loc int) (expr.Expr, error) {
	b := &binder{p: p}
	name := &ast.FuncCall{Loc: ast.Loc(loc), Name: []string{call.Fn.Name}}
	if call.Fn.ReturnsSet {
		return nil, sqlerr.Unsupported("an operator or a cast that returns a set")
	}
	return b.call(call, name, false)
}
