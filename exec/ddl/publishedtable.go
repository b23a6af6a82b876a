package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// The tables of publications: how they come in and out of one, and what happens to them.

// openedTable is a relation that a statement lists, or a child of one.
type openedTable struct {
	relation catalog.Relation
	columns  []string
	where    ast.Expr
}

// openPublished finds the relations of a list, with those that inherit from them, and locks
// them. Each comes once.
func (s *Session) openPublished(ctx context.Context, listed []*ast.PublicationItem) (list []*openedTable, err error) {
	opened := func(oid catalog.OID) *openedTable {
		for _, o := range list {
			if o.relation.ObjectOID() == oid {
				return o
			}
		}
		return nil
	}
	for _, item := range listed {
		r, err := s.Env.Named(item.Table)
		if err != nil {
			return nil, unlocated(err)
		}
		conflicting := func(have *openedTable, of string) error {
			switch {
			case item.Where != nil || have.where != nil:
				return sqlerr.New(sqlerr.DuplicateObject, `conflicting or redundant WHERE clauses for table "%s"`, of)
			case item.Columns != nil || have.columns != nil:
				return sqlerr.New(sqlerr.DuplicateObject, `conflicting or redundant column lists for table "%s"`, of)
			}
			return nil
		}
		if have := opened(r.ObjectOID()); have != nil {
			if err := conflicting(have, r.ObjectName()); err != nil {
				return nil, err
			}
			continue
		}
		list = append(list, &openedTable{r, item.Columns, item.Where})
		t, ok := r.(*catalog.Table)
		if !ok {
			continue
		}
		below := []*catalog.Table{t}
		if !item.Table.Only && t.Key == nil {
			below = s.Tx.Catalog().HeirsIn(t, s.Env.TempSchema)
		}
		of := t.Name
		for i, heir := range below {
			if err := s.Tx.LockTable(ctx, heir.OID, tables.ShareUpdateExclusiveMode, false); err != nil {
				return nil, err
			}
			if i == 0 {
				continue
			}
			if have := opened(heir.OID); have != nil {
				if err := conflicting(have, of); err != nil {
					return nil, err
				}
				continue
			}
			of = heir.Name
			list = append(list, &openedTable{heir, item.Columns, item.Where})
		}
	}
	return list, nil
}

// checkPublished settles what opened tables would be in a publication: their conditions and
// lists of columns. Those that are nil are no tables.
func (s *Session) checkPublished(p *catalog.Publication, list []*openedTable, schemas bool) (members []*catalog.PublishedTable, err error) {
	members = make([]*catalog.PublishedTable, len(list))
	for i, o := range list {
		t, ok := o.relation.(*catalog.Table)
		if !ok {
			continue
		}
		members[i] = &catalog.PublishedTable{Table: t.OID}
		if o.where == nil {
			continue
		}
		if !p.ViaRoot && t.Key != nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, `cannot use publication WHERE clause for relation "%s"`, t.Name).
				WithDetail("WHERE clause cannot be used for a partitioned table when %s is false.", "publish_via_partition_root")
		}
		cond, err := plan.PublicationCondition(s.Env, t, o.where)
		if err != nil {
			return nil, err
		}
		if _, err := settleLiterals(s.Env, o.where, cond); err != nil {
			return nil, err
		}
		members[i].Where = parser.Deparse(o.where)
	}
	for _, o := range list {
		t, ok := o.relation.(*catalog.Table)
		if !ok || o.columns == nil {
			continue
		}
		refuse := func(format string, args ...any) error {
			return sqlerr.New(sqlerr.InvalidParameterValue, `cannot use column list for relation "%s.%s" in publication "%s"`, s.Tx.Catalog().SchemaByOID(t.Schema).Name, t.Name, p.Name).
				WithDetail(format, args...)
		}
		switch {
		case schemas:
			return nil, refuse("Column lists cannot be specified in publications containing FOR TABLES IN SCHEMA elements.")
		case !p.ViaRoot && t.Key != nil:
			return nil, refuse("Column lists cannot be specified for partitioned tables when %s is false.", "publish_via_partition_root")
		}
	}
	return members, nil
}

// publishTables adds tables; again says that it does not matter that one is there.
func (s *Session) publishTables(edit *catalog.Editor, p *catalog.Publication, list []*openedTable, schemas, again bool) error {
	members, err := s.checkPublished(p, list, schemas)
	if err != nil {
		return err
	}
	return s.addPublished(edit, p, list, members, again)
}

func (s *Session) addPublished(edit *catalog.Editor, p *catalog.Publication, list []*openedTable, members []*catalog.PublishedTable, again bool) error {
	for i, o := range list {
		word, owner := relationKind(o.relation)
		if _, virtual := o.relation.(*catalog.Virtual); !virtual || !s.Role.Superuser {
			if err := s.owner(owner, string(word), o.relation.ObjectName()); err != nil {
				return err
			}
		}
		if p.Table(o.relation.ObjectOID()) != nil {
			if again {
				continue
			}
			return sqlerr.New(sqlerr.DuplicateObject, `relation "%s" is already member of publication "%s"`, o.relation.ObjectName(), p.Name)
		}
		if kind := unpublished(o.relation); kind != "" {
			return sqlerr.New(sqlerr.InvalidParameterValue, `cannot add relation "%s" to publication`, o.relation.ObjectName()).
				WithDetail("This operation is not supported for %s.", kind)
		}
		columns, err := publishedColumns(o.relation.(*catalog.Table), o.columns)
		if err != nil {
			return err
		}
		m := *members[i]
		m.OID, m.Columns = edit.NewOID(), columns
		p.Tables = append(p.Tables, &m)
	}
	return nil
}

// unpublished says what a relation is called that cannot be published; empty: it can.
func unpublished(r catalog.Relation) string {
	switch r := r.(type) {
	case *catalog.View:
		return "views"
	case *catalog.Sequence:
		return "sequences"
	case *catalog.Table:
		switch {
		case r.Query != nil:
			return "materialized views"
		case r.Server != 0:
			return "foreign tables"
		case r.Temporary:
			return "temporary tables"
		case r.Unlogged:
			return "unlogged tables"
		}
		return ""
	case *catalog.Virtual:
		if !r.Stored {
			return "views"
		}
	}
	return "system tables"
}

// publishedColumns gives the attribute numbers of a list of columns.
func publishedColumns(t *catalog.Table, names []string) (list []int16, err error) {
	for _, name := range names {
		at := t.ColumnIndex(name)
		switch {
		case at < 0 && (name == "tableoid" || slices.Contains(expr.VersionColumns, name)):
			return nil, sqlerr.New(sqlerr.InvalidColumnReference, `cannot use system column "%s" in publication column list`, name)
		case at < 0:
			return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, name, t.Name)
		case t.Columns[at].Generated:
			return nil, sqlerr.New(sqlerr.InvalidColumnReference, `cannot use generated column "%s" in publication column list`, name)
		case slices.Contains(list, t.Columns[at].Num):
			return nil, sqlerr.New(sqlerr.DuplicateObject, `duplicate column "%s" in publication column list`, name)
		}
		list = append(list, t.Columns[at].Num)
	}
	slices.Sort(list)
	return list, nil
}

// setPublished makes the tables of a publication those of a list. Members that stay as they
// are are left alone.
func (s *Session) setPublished(edit *catalog.Editor, p *catalog.Publication, list []*openedTable, schemas bool) error {
	members, err := s.checkPublished(p, list, schemas)
	if err != nil {
		return err
	}
	p.Tables = slices.DeleteFunc(p.Tables, func(have *catalog.PublishedTable) bool {
		for i, m := range members {
			if m == nil || m.Table != have.Table {
				continue
			}
			columns, err := publishedColumns(list[i].relation.(*catalog.Table), list[i].columns)
			return err != nil || m.Where != have.Where || !slices.Equal(columns, have.Columns)
		}
		return true
	})
	return s.addPublished(edit, p, list, members, true)
}

func (s *Session) unpublishTables(p *catalog.Publication, list []*openedTable) error {
	for _, o := range list {
		of := p.Table(o.relation.ObjectOID())
		switch {
		case o.columns != nil:
			return sqlerr.New(sqlerr.SyntaxError, "column list must not be specified in ALTER PUBLICATION ... DROP")
		case of == nil:
			return sqlerr.New(sqlerr.UndefinedObject, `relation "%s" is not part of the publication`, o.relation.ObjectName())
		case o.where != nil:
			return sqlerr.New(sqlerr.SyntaxError, "cannot use a WHERE clause when removing a table from a publication")
		}
		p.Tables = slices.DeleteFunc(p.Tables, func(have *catalog.PublishedTable) bool { return have == of })
	}
	return nil
}

// changePublished puts another in the place of what each publication says of a table; nil
// takes it out.
func (s *Session) changePublished(table catalog.OID, change func(*catalog.PublishedTable) (*catalog.PublishedTable, error)) error {
	for _, p := range s.Tx.Catalog().Publications(s.Env.Database) {
		of := p.Table(table)
		if of == nil {
			continue
		}
		changed, err := change(of)
		if err != nil {
			return err
		}
		c := p.Copy().(*catalog.Publication)
		at := slices.Index(c.Tables, of)
		if c.Tables[at] = changed; changed == nil {
			c.Tables = slices.Delete(c.Tables, at, at+1)
		}
		s.Tx.PutObject(c)
	}
	return nil
}

// renameInPublications lets the conditions on a table follow a change of names.
func (s *Session) renameInPublications(table catalog.OID, change func(*ast.ColumnRef)) error {
	return s.changePublished(table, func(of *catalog.PublishedTable) (*catalog.PublishedTable, error) {
		c := *of
		var err error
		c.Where, err = renamedText(of.Where, change)
		return &c, err
	})
}

// publishedReading lists what publications say of a table that has to do with a column.
func (s *Session) publishedReading(t *catalog.Table, num int16, on string) (list []dependent) {
	for _, p := range s.Tx.Catalog().Publications(s.Env.Database) {
		of := p.Table(t.OID)
		if of == nil || !slices.Contains(of.Columns, num) && !slices.Contains(plan.PublicationReads(s.Env, t, of.Where), num) {
			continue
		}
		list = append(list, dependent{oid: of.OID, of: t.OID, what: "publication of table " + s.shownName(t) + " in publication " + p.Name, on: on, drop: func() error {
			now, ok := s.Tx.Catalog().Get(p.OID).(*catalog.Publication)
			if !ok {
				return nil
			}
			c := now.Copy().(*catalog.Publication)
			c.Tables = slices.DeleteFunc(c.Tables, func(have *catalog.PublishedTable) bool { return have.OID == of.OID })
			s.Tx.PutObject(c)
			return nil
		}})
	}
	return list
}
