package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// relationNoun is what a statement's object is called in an error, with its
// article.
var relationNoun = map[ast.ObjectType]string{"view": "a view", "sequence": "a sequence", "materialized view": "a materialized view", "foreign table": "a foreign table"}

// renameOther runs ALTER ... RENAME of views, materialised views and sequences,
// and of their columns. ALTER TABLE may name any of them; done is false for what
// is a table after all, or not there.
func (s *Session) renameOther(edit *catalog.Editor, st *ast.RenameStmt) (done bool, err error) {
	r := s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name)
	if r == nil {
		return false, unlocated(plan.UndefinedRelation(st.Relation))
	}
	kind, owner := ast.ObjectType("table"), catalog.OID(0)
	switch o := r.(type) {
	case *catalog.View:
		kind, owner = "view", o.Owner
	case *catalog.Sequence:
		kind, owner = "sequence", o.Owner
	case *catalog.Table:
		owner = o.Owner
		kind = ast.ObjectType(o.Word())
	}
	said := st.Object
	if said == "column" {
		said = st.RelationType
	}
	if noun := relationNoun[said]; noun != "" && said != kind {
		return false, sqlerr.New(sqlerr.WrongObjectType, `"%s" is not %s`, r.ObjectName(), noun)
	}
	if _, ok := r.(*catalog.Table); ok {
		return false, nil
	}
	if err := s.owner(owner, string(kind), r.ObjectName()); err != nil {
		return true, err
	}
	if st.Object == "column" {
		v, ok := r.(*catalog.View)
		if !ok {
			return true, sqlerr.New(sqlerr.WrongObjectType, `cannot rename columns of relation "%s"`, r.ObjectName()).
				WithDetail("This operation is not supported for sequences.")
		}
		return true, s.renameViewColumn(v, st)
	}
	if edit.Catalog().RelationNameTaken(r.Parent(), st.NewName) {
		return true, sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, st.NewName)
	}
	switch o := r.(type) {
	case *catalog.View:
		c := *o
		c.Name = st.NewName
		s.Tx.PutObject(&c)
	case *catalog.Sequence:
		c := *o
		c.Name = st.NewName
		if err := s.renameInDefaults(o, s.sequenceName(&c)); err != nil {
			return true, err
		}
		s.Tx.PutObject(&c)
	}
	return true, nil
}

// renameViewColumn gives a column of a view another name; its query stays.
func (s *Session) renameViewColumn(old *catalog.View, st *ast.RenameStmt) error {
	column := func(name string) int {
		return slices.IndexFunc(old.Columns, func(c *catalog.Column) bool { return c.Name == name })
	}
	at := column(st.SubName)
	if at < 0 {
		return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, st.SubName)
	}
	if column(st.NewName) >= 0 {
		return sqlerr.New(sqlerr.DuplicateColumn, `column "%s" of relation "%s" already exists`, st.NewName, old.Name)
	}
	v, c := *old, *old.Columns[at]
	c.Name = st.NewName
	v.Columns = slices.Clone(old.Columns)
	v.Columns[at] = &c
	s.Tx.PutObject(&v)
	return nil
}

// sequenceName is the qualified name of a sequence.
func (s *Session) sequenceName(q *catalog.Sequence) string {
	return parser.QuoteIdent(s.Tx.Catalog().SchemaByOID(q.Schema).Name) + "." + parser.QuoteIdent(q.Name)
}

// renameInDefaults lets the defaults that name a sequence follow it to its new
// name.
func (s *Session) renameInDefaults(old *catalog.Sequence, name string) error {
	names := map[string]bool{s.sequenceName(old): true, parser.QuoteIdent(old.Name): true}
	for o := range s.Tx.Catalog().All() {
		t, ok := o.(*catalog.Table)
		if !ok || t.Database != s.Env.Database {
			continue
		}
		var changed *catalog.Table
		for i, c := range t.Columns {
			if c.Generated || !strings.Contains(c.Default, "nextval") {
				continue
			}
			parsed, err := parser.ParseExpr(c.Default)
			if err != nil {
				return err
			}
			found := false
			ast.Inspect(parsed, func(n ast.Node) bool {
				if call, ok := n.(*ast.FuncCall); ok && call.Name[len(call.Name)-1] == "nextval" && len(call.Args) == 1 {
					if k := sequenceLiteral(call.Args[0]); k != nil && names[k.Text] && (c.Sequence == old.OID || s.named(k.Text) == old.OID) {
						k.Text, found = name, true
					}
				}
				return true
			})
			if !found {
				continue
			}
			if changed == nil {
				changed = t.Clone()
			}
			column := *c
			column.Default = parser.Deparse(parsed)
			changed.Columns[i] = &column
		}
		if changed != nil {
			s.Tx.PutObject(changed)
		}
	}
	return nil
}

// sequenceLiteral is the string that names nextval's sequence, nil where it is
// computed.
func sequenceLiteral(e ast.Expr) *ast.Const {
	for {
		switch n := e.(type) {
		case *ast.TypeCast:
			e = n.Arg
		case *ast.Const:
			return n
		default:
			return nil
		}
	}
}

// named is the OID of the relation that a text names, which is quoted as
// QuoteIdent does; zero if there is none.
func (s *Session) named(text string) catalog.OID {
	parsed, err := parser.ParseOne("TABLE " + text)
	if err != nil {
		return 0
	}
	query, ok := parsed.Statement.(*ast.SelectStmt)
	if !ok || len(query.From) != 1 {
		return 0
	}
	v, ok := query.From[0].(*ast.RangeVar)
	if !ok {
		return 0
	}
	if r := s.Env.ResolveRelation(v.Schema, v.Name); r != nil {
		return r.ObjectOID()
	}
	return 0
}

// renameIndexAs runs ALTER TABLE or ALTER INDEX ... RENAME TO of an index.
func (s *Session) renameIndexAs(ctx context.Context, st *ast.RenameStmt) (done bool, err error) {
	if st.Object == "table" && s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name) == nil {
		if t, _ := s.findIndex(st.Relation); t != nil {
			return true, s.renameIndex(ctx, st)
		}
	}
	if st.Object != "index" {
		return false, nil
	}
	// PostgreSQL lets ALTER INDEX rename any relation.
	if t, _ := s.findIndex(st.Relation); t == nil && s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name) != nil {
		return false, nil
	}
	return true, s.renameIndex(ctx, st)
}
