package ddl

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// comment runs COMMENT ON; IS NULL takes the comment away.
func (s *Session) comment(ctx context.Context, st *ast.CommentStmt) error {
	text := ""
	if st.Comment != nil {
		text = *st.Comment
	}
	if st.Object == "large object" {
		return s.commentLargeObject(ctx, st, text)
	}
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	if definedClasses[st.Object] != nil {
		return s.commentDefined(st, text)
	}
	switch st.Object {
	case "table", "view", "materialized view", "sequence", "index", "foreign table":
		return s.commentRelation(st, text)
	case "operator":
		return s.commentOperator(st, text)
	case "cast":
		return s.commentCast(st, text)
	case "trigger":
		return s.commentTrigger(st, text)
	case "statistics":
		return s.commentStatistics(st, text)
	case "rule":
		return s.commentRule(st, text)
	case "column":
		return s.commentColumn(st, text)
	case "constraint", "policy":
		return s.commentTablePart(st, text)
	case "domain constraint":
		return s.commentDomainConstraint(st, text)
	case "function", "procedure", "routine", "aggregate":
		r, err := s.namedRoutine(st.Function)
		if err != nil {
			return err
		}
		if err := ofKind(r, st.Object); err != nil {
			return err
		}
		if err := s.owner(r.Owner, r.What(), strings.Join(st.Function.Name.Parts, ".")); err != nil {
			return err
		}
		c := *r
		c.Comment = text
		s.Tx.PutObject(&c)
		return nil
	case "type", "domain":
		u, err := s.namedType(st.Name)
		if err != nil {
			return err
		}
		t := *u
		t.Comment = text
		s.Tx.PutObject(&t)
		return nil
	case "schema":
		sc := s.Tx.Catalog().Schema(s.Env.Database, st.Name.Parts[0])
		if sc == nil {
			return sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, st.Name.Parts[0])
		}
		if err := s.owner(sc.Owner, "schema", sc.Name); err != nil {
			return err
		}
		if sc.Database == 0 {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", sc.Name)
		}
		c := *sc
		c.Comment = text
		s.Tx.PutObject(&c)
		return nil
	case "collation":
		c, err := s.namedCollation(st.Name)
		if err != nil {
			return err
		}
		if c.OID < types.FirstUserOID {
			return sqlerr.Unsupported("COMMENT ON a collation of PostgreSQL's")
		}
		changed := *c
		changed.Comment = text
		s.Tx.PutObject(&changed)
		return nil
	case "language":
		if st.Name.Parts[0] == catalog.PLpgSQL {
			return s.commentPLpgSQL("language", catalog.LanguagePLpgSQL, st.Comment)
		}
		return sqlerr.Unsupported("COMMENT ON LANGUAGE %s", st.Name.Parts[0])
	case "extension":
		if st.Name.Parts[0] == catalog.PLpgSQL {
			return s.commentPLpgSQL("extension", catalog.ExtensionPLpgSQL, st.Comment)
		}
		e := s.Tx.Catalog().Extension(s.Env.Database, st.Name.Parts[0])
		if e == nil {
			return sqlerr.New(sqlerr.UndefinedObject, `extension "%s" does not exist`, st.Name.Parts[0])
		}
		if err := s.owner(e.Owner, "extension", e.Name); err != nil {
			return err
		}
		c := *e
		c.Comment = text
		s.Tx.PutObject(&c)
		return nil
	case "database":
		d := s.Tx.Catalog().Database(st.Name.Parts[0])
		if d == nil {
			return sqlerr.New(sqlerr.InvalidCatalogName, `database "%s" does not exist`, st.Name.Parts[0])
		}
		if err := s.owner(d.Owner, "database", d.Name); err != nil {
			return err
		}
		c := *d
		c.Comment = text
		s.Tx.PutObject(&c)
		return nil
	case "role":
		r := s.Tx.Catalog().Role(st.Name.Parts[0])
		if r == nil {
			return sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, st.Name.Parts[0])
		}
		if !s.Role.Superuser && (!s.Role.CreateRole || r.Superuser) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "must have CREATEROLE privilege")
		}
		c := *r
		c.Comment = text
		s.Tx.PutObject(&c)
		return nil
	}
	return sqlerr.Unsupported("COMMENT ON %s", upper(string(st.Object)))
}

// commentPLpgSQL comments on the extension or the language plpgsql, which are the bootstrap
// superuser's.
func (s *Session) commentPLpgSQL(kind string, oid catalog.OID, comment *string) error {
	if err := s.owner(catalog.RolePostgres, kind, catalog.PLpgSQL); err != nil {
		return err
	}
	d, _ := s.Tx.Catalog().Get(s.Env.Database).(*catalog.Database)
	if d == nil {
		return sqlerr.Internal("the database is not there")
	}
	c := *d
	c.PLpgSQL = map[catalog.OID]string{oid: ""}
	for other, text := range d.PLpgSQL {
		if other != oid {
			c.PLpgSQL[other] = text
		}
	}
	if comment != nil {
		c.PLpgSQL[oid] = *comment
	}
	s.Tx.PutObject(&c)
	return nil
}

// rangeVar is a possibly qualified name as a relation's.
func rangeVar(n *ast.Name, parts []string) *ast.RangeVar {
	v := &ast.RangeVar{Loc: n.Loc, Name: parts[len(parts)-1]}
	if len(parts) > 1 {
		v.Schema = parts[len(parts)-2]
	}
	return v
}

func (s *Session) commentRelation(st *ast.CommentStmt, text string) error {
	v := rangeVar(st.Name, st.Name.Parts)
	if st.Object == "index" {
		t, at := s.findIndex(v)
		if t == nil {
			return unlocated(plan.UndefinedRelation(v))
		}
		if err := s.owner(t.Owner, "index", v.Name); err != nil {
			return err
		}
		c := t.Clone()
		index := *t.Indexes[at]
		index.Comment = text
		c.Indexes[at] = &index
		s.Tx.PutObject(c)
		return nil
	}
	r, err := s.Env.Named(v)
	if err != nil {
		return unlocated(err)
	}
	mismatch := sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a %s`, r.ObjectName(), st.Object)
	switch o := r.(type) {
	case *catalog.Table:
		is := ast.ObjectType(o.Word())
		if st.Object != is {
			return mismatch
		}
		if err := s.owner(o.Owner, string(is), o.Name); err != nil {
			return err
		}
		t := o.Clone()
		t.Comment = text
		s.Tx.PutObject(t)
	case *catalog.View:
		if st.Object != "view" {
			return mismatch
		}
		if err := s.owner(o.Owner, "view", o.Name); err != nil {
			return err
		}
		c := *o
		c.Comment = text
		s.Tx.PutObject(&c)
	case *catalog.Sequence:
		if st.Object != "sequence" {
			return mismatch
		}
		if err := s.owner(o.Owner, "sequence", o.Name); err != nil {
			return err
		}
		c := *o
		c.Comment = text
		s.Tx.PutObject(&c)
	default:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", r.ObjectName())
	}
	return nil
}

// findIndex finds an index along the search path: its table, and its position
// there.
func (s *Session) findIndex(v *ast.RangeVar) (*catalog.Table, int) {
	cat := s.Tx.Catalog()
	schemas := s.Env.SearchPath
	if v.Schema != "" {
		schemas = []string{v.Schema}
	}
	for _, name := range schemas {
		sc := cat.Schema(s.Env.Database, name)
		if sc == nil {
			continue
		}
		if t, i := cat.Index(sc.OID, v.Name); i != nil {
			for at, have := range t.Indexes {
				if have.OID == i.OID {
					return t, at
				}
			}
		}
	}
	return nil, 0
}

func (s *Session) commentColumn(st *ast.CommentStmt, text string) error {
	parts := st.Name.Parts
	if len(parts) < 2 {
		return sqlerr.New(sqlerr.SyntaxError, "column name must be qualified").At(st.Name.Pos())
	}
	column := parts[len(parts)-1]
	if u, err := s.namedType(&ast.Name{Loc: st.Name.Loc, Parts: parts[:len(parts)-1]}); err == nil && u.Kind == types.KindComposite {
		return s.commentAttribute(u, column, text)
	}
	r, err := s.Env.Named(rangeVar(st.Name, parts[:len(parts)-1]))
	if err != nil {
		return unlocated(err)
	}
	// commented gives the columns with the comment in place.
	commented := func(columns []*catalog.Column) ([]*catalog.Column, error) {
		for at, c := range columns {
			if c.Name == column {
				out := append([]*catalog.Column(nil), columns...)
				changed := *c
				changed.Comment = text
				out[at] = &changed
				return out, nil
			}
		}
		return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, column, r.ObjectName())
	}
	switch o := r.(type) {
	case *catalog.Table:
		if err := s.owner(o.Owner, kindOf(o), o.Name); err != nil {
			return err
		}
		t := o.Clone()
		if t.Columns, err = commented(o.Columns); err != nil {
			return err
		}
		s.Tx.PutObject(t)
	case *catalog.View:
		if err := s.owner(o.Owner, "view", o.Name); err != nil {
			return err
		}
		c := *o
		if c.Columns, err = commented(o.Columns); err != nil {
			return err
		}
		s.Tx.PutObject(&c)
	case *catalog.Sequence:
		return sqlerr.New(sqlerr.WrongObjectType, `cannot set comment on relation "%s"`, o.Name).WithDetail("This operation is not supported for sequences.")
	default:
		return sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied: "%s" is a system catalog`, r.ObjectName())
	}
	return nil
}
