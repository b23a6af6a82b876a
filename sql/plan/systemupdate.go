package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// UPDATE of system relations. Their rows are made of definitions, so that such a statement is
// a query for the keys of rows and their new values, and what goes over it edits the
// definitions. What columns that works for is a list: those that applications are known to set
// and whose meaning is one field of a definition. All others are refused by name. pg_settings is
// changed, as PostgreSQL's rule on it says, by set_config().

// systemKeys are the columns that a row is known by, of the relations that can be changed.
var systemKeys = map[string][]string{
	"pg_attribute": {"attrelid", "attnum"}, "pg_class": {"oid"}, "pg_constraint": {"oid"}, "pg_database": {"oid"}, "pg_enum": {"oid"}, "pg_index": {"indexrelid"}, "pg_trigger": {"oid"},
}

// systemColumns are the columns that can be set, with their types.
var systemColumns = map[string]map[string]string{
	"pg_attribute": {"attnotnull": "bool"}, "pg_constraint": {"convalidated": "bool"}, "pg_enum": {"enumsortorder": "float4"},
	"pg_class":    {"reltuples": "float4", "relpages": "int4", "relallvisible": "int4"},
	"pg_database": {"datallowconn": "bool", "datistemplate": "bool", "datconnlimit": "int4"},
	"pg_index":    {"indisvalid": "bool"}, "pg_settings": {"setting": "text"}, "pg_trigger": {"tgenabled": "char"},
}

// SystemUpdate changes the definitions that rows of a system relation are made of.
type SystemUpdate struct {
	Relation *catalog.Virtual
	// Set are the columns that are set. A row of Source has the key of a row of the relation,
	// Keys columns, and then a value for each of Set.
	Set    []string
	Keys   int
	Source Node
}

func (n *SystemUpdate) Columns() []Column { return nil }
func (n *SystemUpdate) Inputs() []Node    { return []Node{n.Source} }

// updateSystem plans UPDATE of a system relation; nil if the relation is none, or none that
// can be changed at all.
func (p *planner) updateSystem(s *ast.UpdateStmt) (Node, error) {
	r, err := p.env.Relation(s.Relation)
	v, ok := r.(*catalog.Virtual)
	settings := ok && v.Schema == catalog.SchemaPGCatalog && v.Name == "pg_settings"
	if err != nil || !ok || !settings && (v.Schema != catalog.SchemaPGCatalog || systemKeys[v.Name] == nil) {
		return nil, nil // whatever is wrong with it is told as of any other
	}
	if s.Returning != nil {
		return nil, sqlerr.Unsupported("RETURNING of UPDATE of %s", v.Name)
	}
	name := v.Name
	if s.Relation.Alias != nil {
		name = s.Relation.Alias.Name
	}
	query := &ast.SelectStmt{With: s.With, From: append([]ast.TableExpr{s.Relation}, s.From...), Where: s.Where}
	n := &SystemUpdate{Relation: v}
	column := func(of string) *ast.ColumnRef { return &ast.ColumnRef{Fields: []string{name, of}} }
	target := func(e ast.Expr) { query.Targets = append(query.Targets, &ast.ResTarget{Val: e}) }
	if !settings {
		p.require(v, catalog.PrivUpdate)
		n.Keys = len(systemKeys[v.Name])
		for _, key := range systemKeys[v.Name] {
			target(column(key))
		}
	}
	for _, set := range s.Set {
		value, err := systemValue(v, set)
		if err != nil {
			return nil, err
		}
		if settings {
			value = &ast.FuncCall{Name: []string{"pg_catalog", "set_config"}, Args: []ast.Expr{column("name"), value, &ast.Const{Kind: ast.ConstBool}}}
		} else {
			n.Set = append(n.Set, set.Name)
		}
		target(value)
	}
	n.Source, err = p.selectStmt(query, nil)
	return n, err
}

// systemValue is the value that a SET gives a column of a system relation, in its type.
func systemValue(v *catalog.Virtual, set *ast.ResTarget) (ast.Expr, error) {
	if !slices.ContainsFunc(v.Columns, func(c *catalog.Column) bool { return c.Name == set.Name }) {
		return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, set.Name, v.Name).At(set.Pos())
	}
	typ := systemColumns[v.Name][set.Name]
	_, several := set.Val.(*ast.MultiAssign)
	_, byDefault := set.Val.(*ast.SetToDefault)
	if typ == "" || several || byDefault || set.Path != nil {
		return nil, sqlerr.Unsupported("UPDATE of %s.%s", v.Name, set.Name)
	}
	return &ast.TypeCast{Arg: set.Val, Type: &ast.TypeName{Names: []string{"pg_catalog", typ}}}, nil
}
