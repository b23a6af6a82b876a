package plan

import (
	"slices"

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
		cols[i] = Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod, Table: v.OID, Num: int16(i + 1), Collation: have[i].Collation}
		e, err := p.typing().Coerce(&expr.Column{Index: i, T: have[i].Type, Mod: have[i].Typmod, Name: c.Name, Collation: have[i].Collation}, c.Type.Type, types.NoTypmod, expr.Explicit)
		if err != nil {
			return nil, err
		}
		exprs[i] = e
	}
	schema := ""
	if s := p.env.Catalog.SchemaByOID(v.Schema); s != nil {
		schema = s.Name
	}
	return &Project{Input: n, Exprs: exprs, cols: cols}, addRelation(sc, v.Name, schema, ref.Alias, cols, len(cols))
}

func (p *planner) viewQuery(v *catalog.View) (Node, error) {
	query, err := storedQuery(v, p.env.qualifiedName)
	if err != nil {
		return nil, err
	}
	if slices.Contains(p.views, v.OID) {
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, `infinite recursion detected in rules for relation "%s"`, v.Name)
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

// storedQuery reads the query of a view. The literals in it that are relations
// say what these are called by now, as name writes it.
func storedQuery(v *catalog.View, name func(catalog.OID) string) (*ast.SelectStmt, error) {
	parsed, err := parser.ParseOne(v.Query)
	if err != nil {
		return nil, sqlerr.Internal("query of view %s: %w", v.Name, err)
	}
	query, ok := parsed.Statement.(*ast.SelectStmt)
	if !ok {
		return nil, sqlerr.Internal("query of view %s is %T", v.Name, parsed.Statement)
	}
	boundLiterals(query, v.Bound, name)
	return query, nil
}

// boundLiterals lets the literals in a stored text that are relations say what these are
// called by now, as name writes it.
func boundLiterals(tree ast.Node, names *catalog.BoundNames, name func(catalog.OID) string) {
	if names == nil || !slices.ContainsFunc(names.Names, func(n catalog.BoundName) bool { return n.Literal }) {
		return
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		if k, ok := n.(*ast.Const); ok {
			if bound := names.At(k.Pos()); bound != nil && bound.Literal {
				k.Text = name(bound.OID)
			}
		}
		return true
	})
}

// qualifiedName is a relation's name with its schema, as regclass reads it.
func (env *Env) qualifiedName(oid catalog.OID) string {
	o := env.Catalog.Get(oid)
	if o == nil {
		return ""
	}
	name := parser.QuoteIdent(o.ObjectName())
	if s := env.Catalog.SchemaByOID(o.Parent()); s != nil {
		name = parser.QuoteIdent(s.Name) + "." + name
	}
	return name
}

// enterView lets names and rights be those of a view, until leave.
func (p *planner) enterView(v *catalog.View) (leave func()) {
	env, ctes, as := p.env, p.ctes, p.as
	back := p.withoutVariables()
	own := *env
	own.SearchPath, own.names, own.binding = v.SearchPath, v.Bound, nil
	p.env, p.ctes, p.viewDepth, p.views = &own, nil, p.viewDepth+1, append(p.views, v.OID)
	p.as = v.Owner
	if v.Option("security_invoker") == "true" {
		p.as = 0 // whoever runs the statement, whatever the view stands in
	}
	return func() {
		back()
		p.env, p.ctes, p.as, p.viewDepth, p.views = env, ctes, as, p.viewDepth-1, p.views[:len(p.views)-1]
	}
}

// View plans the query of a view, with the rights of its owner.
func View(env *Env, v *catalog.View) (*Plan, error) {
	p := &planner{env: env, params: &expr.ParamTypes{}}
	n, err := p.viewQuery(v)
	if err != nil {
		return nil, err
	}
	n = p.finish(n)
	return &Plan{Root: n, Requires: p.requires, Routines: p.routines, Runs: p.runs, ByRole: p.byRole, Catalog: env.Catalog, Version: env.Catalog.Version, ReadOnly: true, Failure: p.failure, Volatility: p.volatile}, nil
}
