package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// createView runs CREATE [OR REPLACE] VIEW. What is stored is the query's text
// in canonical form, and the search path its names were found with.
func (s *Session) createView(ctx context.Context, st *ast.ViewStmt) error {
	if st.Recursive {
		st = recursiveView(st)
	}
	options := st.Options
	if st.CheckOption != "" {
		options = append(slices.Clone(options), &ast.DefElem{Name: "check_option", Value: &ast.Name{Parts: []string{st.CheckOption}}})
	}
	// What the view may read, and which rows of it, is asked for when it is read.
	if st.Query.IntoTable() {
		return sqlerr.New(sqlerr.FeatureNotSupported, "views must not contain SELECT INTO")
	}
	if q := st.Query; q.With != nil {
		for _, c := range q.With.CTEs {
			if _, reads := c.Query.(*ast.SelectStmt); !reads {
				return sqlerr.New(sqlerr.FeatureNotSupported, "views must not contain data-modifying statements in WITH")
			}
		}
	}
	env := *s.Env
	env.Role = nil
	p, err := plan.Statement(&env, st.Query, nil, 0)
	if err != nil {
		return err
	}
	persistence := st.Persistence
	for _, r := range p.Requires {
		if sc := s.Tx.Catalog().SchemaByOID(r.Relation.Parent()); r.As == 0 && sc != nil && !strings.HasPrefix(sc.Name, "pg_temp_") && !s.Tx.Catalog().MayUse(s.Role.OID, sc) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", sc.Name)
		}
		if sc := s.Tx.Catalog().SchemaByOID(r.Relation.Parent()); sc != nil && strings.HasPrefix(sc.Name, "pg_temp_") && persistence != ast.Temporary {
			persistence = ast.Temporary
			s.notice(sqlerr.SuccessfulCompletion, `view "%s" will be a temporary view`, st.Relation.Name)
		}
	}
	schema, temporary, err := s.creationSchema(ctx, st.Relation, persistence)
	if err != nil {
		return err
	}
	if len(p.Params) > 0 {
		return sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $1")
	}
	edit, err := s.edit(ctx, temporary)
	if err != nil {
		return err
	}
	v := &catalog.View{Name: st.Relation.Name, Schema: schema.OID, Owner: s.Role.OID, Query: parser.Deparse(st.Query), SearchPath: slices.Clone(s.Env.SearchPath)}
	if v.Columns, err = viewColumns(st.Columns, p.Root.Columns()); err != nil {
		return err
	}
	for _, c := range v.Columns {
		if t := c.Type.Type; t == types.RecordType || t.Elem == types.RecordType {
			return sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" has pseudo-type %s`, c.Name, t)
		}
		if err := mayUseType(s.Tx.Catalog(), s.Role.OID, c.Type.Type); err != nil {
			return err
		}
	}
	if v.Options, err = viewOptions(nil, options); err != nil {
		return err
	}
	if v.Query, err = settleQuery(s.Env, v.Query); err != nil {
		return err
	}
	if v.Bound, v.Uses, err = plan.BindNames(s.Env, v.Query); err != nil {
		return err
	}
	v.Uses = append(v.Uses, p.Routines...)
	old := edit.Catalog().Relation(schema.OID, v.Name)
	switch was, isView := old.(*catalog.View); {
	case old == nil && !edit.Catalog().RelationNameTaken(schema.OID, v.Name):
		v.OID, v.ACL = edit.NewOID(), s.newACL(schema.OID, 'r')
	case !st.Replace || old == nil:
		return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, v.Name)
	case !isView:
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a view`, v.Name)
	default:
		if err := s.owner(was.Owner, "view", was.Name); err != nil {
			return err
		}
		if err := replaceable(s.Tx.Catalog(), was.Columns, v.Columns); err != nil {
			return err
		}
		for i, c := range was.Columns {
			v.Columns[i].Default = c.Default
		}
		v.OID, v.Owner, v.ACL, v.Comment, v.Triggers, v.Rules, v.Extension = was.OID, was.Owner, was.ACL, was.Comment, was.Triggers, was.Rules, was.Extension
	}
	if err := s.checkable(edit.Catalog(), v); err != nil {
		return err
	}
	s.Tx.PutObject(v)
	return nil
}

// recursiveView is what CREATE RECURSIVE VIEW stands for: a view of a WITH
// RECURSIVE query.
func recursiveView(st *ast.ViewStmt) *ast.ViewStmt {
	name := st.Relation.Name
	outer := &ast.SelectStmt{
		With: &ast.WithClause{Recursive: true, CTEs: []*ast.CTE{{Name: name, Columns: st.Columns, Query: st.Query}}},
		From: []ast.TableExpr{&ast.RangeVar{Name: name}},
	}
	for _, c := range st.Columns {
		outer.Targets = append(outer.Targets, &ast.ResTarget{Val: &ast.ColumnRef{Fields: []string{c}}})
	}
	out := *st
	out.Recursive, out.Columns, out.Query = false, nil, outer
	return &out
}

// viewColumns names the columns of a view.
func viewColumns(names []string, cols []plan.Column) ([]*catalog.Column, error) {
	if len(names) > len(cols) {
		return nil, sqlerr.New(sqlerr.SyntaxError, "CREATE VIEW specifies more column names than columns")
	}
	var out []*catalog.Column
	for i, c := range cols {
		name := c.Name
		if i < len(names) {
			name = names[i]
		}
		for _, have := range out {
			if have.Name == name {
				return nil, sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, name)
			}
		}
		out = append(out, &catalog.Column{Num: int16(i + 1), Name: name, Type: catalog.TypeRef{Type: c.Type}, Typmod: c.Typmod, Collation: c.Collation})
	}
	return out, nil
}

// replaceable says whether a view may get other columns: those it has stay, and
// more may follow.
func replaceable(cat *catalog.Catalog, old, new []*catalog.Column) error {
	if len(new) < len(old) {
		return sqlerr.New(sqlerr.InvalidTableDefinition, "cannot drop columns from view")
	}
	for i, c := range old {
		n := new[i]
		switch {
		case c.Name != n.Name:
			return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot change name of view column "%s" to "%s"`, c.Name, n.Name).
				WithHint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.")
		case c.Type.Type != n.Type.Type || c.Typmod != n.Typmod:
			return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot change data type of view column "%s" from %s to %s`, c.Name,
				types.FormatType(c.Type.Type, c.Typmod), types.FormatType(n.Type.Type, n.Typmod))
		case columnCollation(cat, c) != columnCollation(cat, n):
			return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot change collation of view column "%s" from "%s" to "%s"`,
				c.Name, columnCollation(cat, c), columnCollation(cat, n))
		}
	}
	return nil
}

// columnCollation names the collation of a column, empty for a type that has none.
func columnCollation(cat *catalog.Catalog, c *catalog.Column) string {
	switch {
	case c.Collation != nil:
		if named := cat.CollationByOID(c.Collation.OID); named != nil {
			return named.Name
		}
	case expr.Collatable(c.Type.Type):
		return "default"
	}
	return ""
}

func (s *Session) dropView(ctx context.Context, edit *catalog.Editor, n *ast.Name, st *ast.DropStmt) error {
	schema, name, r := s.relation(n, st)
	if r == nil {
		return s.missing("view", schema, name, st)
	}
	v, ok := r.(*catalog.View)
	if !ok {
		err := sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a view`, name)
		if t, ok := r.(*catalog.Table); ok && t.Query == nil {
			err = err.WithHint("Use DROP TABLE to remove a table.")
		} else if ok {
			err = err.WithHint("Use DROP MATERIALIZED VIEW to remove a materialized view.")
		}
		return err
	}
	if err := s.owner(v.Owner, "view", v.Name); err != nil {
		return err
	}
	if e, ok := edit.Catalog().Get(v.Extension).(*catalog.Extension); ok {
		return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop view %s because extension %s requires it", v.Name, e.Name).
			WithHint("You can drop extension %s instead.", e.Name)
	}
	if err := s.dropDependents(ctx, edit, v, st.Cascade); err != nil {
		return err
	}
	s.Tx.DropObject(v.OID)
	return nil
}

// viewOver gives an object as a view, and what it is called; nil for what is no
// view.
func viewOver(o catalog.Object) (v *catalog.View, is string) {
	switch o := o.(type) {
	case *catalog.View:
		return o, "view"
	case *catalog.Table:
		if o.Query != nil {
			return o.QueryView(), "materialized view"
		}
	}
	return nil, ""
}
