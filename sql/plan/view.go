package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// maxViewDepth bounds views of views of views.
const maxViewDepth = 100

// view plans a reference to a view: its query in its place, with the names
// found as when the view was made and the rights of its owner.
func (p *planner) view(v *catalog.View, ref *ast.RangeVar, sc *scope) (Node, error) {
	n, err := p.viewQuery(v)
	if err != nil {
		return nil, err
	}
	cols := make([]Column, len(v.Columns))
	exprs := make([]expr.Expr, len(v.Columns))
	have := n.Columns()
	for i, c := range v.Columns {
		if i >= len(have) {
			return nil, sqlerr.Internal("view %s has lost column %s", v.Name, c.Name)
		}
		cols[i] = Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod, Table: v.OID, Num: int16(i + 1)}
		e, err := expr.Coerce(&expr.Column{Index: i, T: have[i].Type, Mod: have[i].Typmod, Name: c.Name}, c.Type.Type, types.NoTypmod, expr.Explicit)
		if err != nil {
			return nil, err
		}
		exprs[i] = e
	}
	schema := ""
	if s := p.env.Catalog.SchemaByOID(v.Schema); s != nil {
		schema = s.Name
	}
	return &Project{Input: n, Exprs: exprs, cols: cols}, addRelation(sc, v.Name, schema, ref.Alias, cols, len(cols), ref.Pos())
}

func (p *planner) viewQuery(v *catalog.View) (Node, error) {
	parsed, err := parser.ParseOne(v.Query)
	if err != nil {
		return nil, sqlerr.Internal("query of view %s: %w", v.Name, err)
	}
	query, ok := parsed.Statement.(*ast.SelectStmt)
	if !ok {
		return nil, sqlerr.Internal("query of view %s is %T", v.Name, parsed.Statement)
	}
	if p.viewDepth == maxViewDepth {
		return nil, sqlerr.New(sqlerr.StatementTooComplex, "views are nested too deeply")
	}
	defer p.enterView(v)()
	n, err := p.selectStmt(query, nil)
	if err != nil {
		e := *sqlerr.From(err)
		e.Offset, e.Position = 0, 0 // a place in the view's query, not in the statement
		return nil, &e
	}
	return p.settleUnknown(n)
}

// enterView lets names and rights be those of a view, until leave.
func (p *planner) enterView(v *catalog.View) (leave func()) {
	env, ctes, as := p.env, p.ctes, p.as
	own := *env
	own.SearchPath = v.SearchPath
	p.env, p.ctes, p.viewDepth = &own, nil, p.viewDepth+1
	if v.Option("security_invoker") != "true" {
		p.as = v.Owner
	}
	return func() { p.env, p.ctes, p.as, p.viewDepth = env, ctes, as, p.viewDepth-1 }
}

// View plans the query of a view, with the rights of its owner.
func View(env *Env, v *catalog.View) (*Plan, error) {
	p := &planner{env: env, params: &expr.ParamTypes{}}
	n, err := p.viewQuery(v)
	if err != nil {
		return nil, err
	}
	n = p.finish(n)
	return &Plan{Root: n, Requires: p.requires, Routines: p.routines, Runs: p.runs, ByRole: p.byRole, Catalog: env.Catalog, ReadOnly: true, Failure: p.failure, Volatility: p.volatile}, nil
}
