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

// A view's query is stored as text, and beside it what its names stand for
// (catalog.BoundNames). Planning it goes by these: a name finds its relation or
// type by OID, and a relation has the columns, under the names, that it had when
// the view was made.

// BindNames finds what the names in the text of a query stand for, and lists the
// relations among them.
func BindNames(env *Env, text string) (bound *catalog.BoundNames, relations []catalog.OID, err error) {
	parsed, err := parser.ParseOne(text)
	if err != nil {
		return nil, nil, sqlerr.Internal("stored query: %w", err)
	}
	own := *env
	own.names, own.binding, own.Functions, own.Role = nil, &catalog.BoundNames{}, nil, nil // nothing is read: no policies
	p := &planner{env: &own, params: &expr.ParamTypes{}}
	if _, _, err := p.statement(parsed.Statement); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(own.binding.Names, func(a, b catalog.BoundName) int { return a.At - b.At })
	for _, n := range own.binding.Names {
		oid := n.OID
		if relation, _ := catalog.RowRelation(oid); relation != 0 {
			oid = relation
		}
		if _, ok := own.Catalog.Get(oid).(catalog.Relation); ok && !slices.Contains(relations, oid) {
			relations = append(relations, oid)
		}
	}
	return own.binding, relations, nil
}

// Unfolded binds a statement without computing what is constant in it or choosing how it
// is run. Nothing is read: policies do not count.
func Unfolded(env *Env, stmt ast.Statement) (Node, error) {
	own := *env
	own.names, own.binding, own.Functions, own.Role = nil, nil, nil, nil
	p := &planner{env: &own, params: &expr.ParamTypes{}}
	root, _, err := p.statement(stmt)
	return root, err
}

// apart is the environment for another text than that of the query under way, such
// as a function's body or a policy: offsets in it mean nothing there.
func (env *Env) apart() *Env {
	if env.names == nil && env.binding == nil {
		return env
	}
	own := *env
	own.names, own.binding = nil, nil
	return &own
}

// bindRelation notes what a name stands for.
func (env *Env) bindRelation(v *ast.RangeVar, r catalog.Relation) {
	if _, virtual := r.(*catalog.Virtual); virtual || env.binding == nil || env.binding.At(v.Pos()) != nil {
		return // system relations keep their names
	}
	n := catalog.BoundName{At: v.Pos(), OID: r.ObjectOID()}
	if s := env.Catalog.SchemaByOID(r.Parent()); s != nil {
		n.Schema = s.Name
	}
	for _, c := range catalog.Columns(r) {
		n.Columns = append(n.Columns, catalog.BoundColumn{Num: c.Num, Name: c.Name})
	}
	env.binding.Names = append(env.binding.Names, n)
}

// boundRelation gives the relation that a stored query's name stands for; nil
// where the search path says.
func (env *Env) boundRelation(v *ast.RangeVar) catalog.Relation {
	n := env.names.At(v.Pos())
	if n == nil {
		return nil
	}
	r, _ := env.Catalog.Get(n.OID).(catalog.Relation)
	return r
}

// bindType notes what the name of a user's type stands for.
func (env *Env) bindType(n *ast.TypeName, oid catalog.OID) {
	if env.binding != nil && n.Pos() > 0 && env.binding.At(n.Pos()) == nil {
		env.binding.Names = append(env.binding.Names, catalog.BoundName{At: n.Pos(), OID: oid})
	}
}

// bindLiteral notes which relation the literal of a regclass stands for.
func (env *Env) bindLiteral(e expr.Expr) {
	in, ok := e.(*expr.TextInput)
	if env.binding == nil || !ok || in.T != types.RegClass || in.Loc <= 0 || env.binding.At(in.Loc) != nil {
		return
	}
	parsed, err := parser.ParseOne("TABLE " + in.Text)
	if err != nil {
		return // an OID, or nothing that is there
	}
	query, ok := parsed.Statement.(*ast.SelectStmt)
	if !ok || len(query.From) != 1 {
		return
	}
	v, ok := query.From[0].(*ast.RangeVar)
	if !ok {
		return
	}
	r := env.ResolveRelation(v.Schema, v.Name)
	if _, virtual := r.(*catalog.Virtual); r != nil && !virtual {
		env.binding.Names = append(env.binding.Names, catalog.BoundName{At: in.Loc, OID: r.ObjectOID(), Literal: true})
	}
}

// bindKey notes that columns are grouped because they depend on a primary key.
func (env *Env) bindKey(index catalog.OID) {
	if env.binding != nil && !slices.Contains(env.binding.Keys, index) {
		env.binding.Keys = append(env.binding.Keys, index)
	}
}

// boundAlias gives a name in a stored query the alias that keeps it apart from
// what the relation is called by now. The names of columns are seen to by
// nameColumns.
func boundAlias(v *ast.RangeVar, r catalog.Relation) *ast.RangeVar {
	out := *v
	switch {
	case v.Alias != nil:
		out.Alias = &ast.Alias{Name: v.Alias.Name}
	case v.Name != r.ObjectName():
		out.Alias = &ast.Alias{Name: v.Name}
	}
	return &out
}

// nameColumns gives the columns of a relation in a stored query the names that
// they have there; those that came later cannot be named.
func nameColumns(columns []scopeColumn, n *catalog.BoundName, v *ast.RangeVar) {
	for i := range columns {
		c := &columns[i]
		if v.Alias == nil {
			c.schema = n.Schema
		}
		if c.Num > 0 && !c.hidden {
			c.Name = boundColumnName(n, v.Alias, c.Num)
			c.hidden = c.Name == ""
		}
	}
}

// boundColumnName is the name of a column in a stored query, by its alias there
// if it has one; empty for one that came later.
func boundColumnName(n *catalog.BoundName, alias *ast.Alias, num int16) string {
	at := slices.IndexFunc(n.Columns, func(c catalog.BoundColumn) bool { return c.Num == num })
	switch {
	case at < 0:
		return ""
	case alias != nil && at < len(alias.Columns):
		return alias.Columns[at]
	}
	return n.Columns[at].Name
}
