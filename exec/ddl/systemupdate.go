package ddl

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// UpdateSystem edits the definition that a row of a system relation is made of, as an UPDATE
// of a column of it says (sql/plan/systemupdate.go). Rows of what is built in, and of what
// has no definition of its own, stay as they are: that is refused.
func (s *Session) UpdateSystem(ctx context.Context, relation, column string, key []types.Datum, value types.Datum) error {
	edit, err := s.Tx.Edit(ctx)
	for err == tables.ErrDefinitionsChanged {
		edit, err = s.Tx.Edit(ctx)
	}
	if err != nil {
		return err
	}
	if value.IsNull() {
		return sqlerr.New(sqlerr.NotNullViolation, `null value in column "%s" of relation "%s" violates not-null constraint`, column, relation)
	}
	if relation == "pg_trigger" && !strings.Contains("ODRA", string(rune(value.Int()))) {
		return sqlerr.Unsupported("tgenabled with this value")
	}
	oid := catalog.OID(key[0].Int())
	cat := edit.Catalog()
	switch relation {
	case "pg_class": // what is there is counted, whatever somebody says
		return nil
	case "pg_database":
		return s.updateDatabase(cat, oid, column, value)
	case "pg_enum":
		return s.sortLabel(cat, oid, value.Float())
	}
	t, change := systemRow(cat, relation, oid, key)
	if t == nil {
		return sqlerr.Unsupported("UPDATE of %s for this row", relation)
	}
	if err := s.Tx.LockTable(ctx, t.OID, tables.ShareUpdateExclusiveMode, false); err != nil {
		return err
	}
	c := t.Clone()
	change(c, value)
	s.Tx.PutObject(c)
	return nil
}

// updateDatabase sets who may connect to a database, or whether it is a template.
func (s *Session) updateDatabase(cat *catalog.Catalog, oid catalog.OID, column string, value types.Datum) error {
	old, _ := cat.Get(oid).(*catalog.Database)
	if old == nil {
		return sqlerr.Unsupported("UPDATE of pg_database for this row")
	}
	db := *old
	switch column {
	case "datallowconn":
		db.Closed = !value.Bool()
	case "datistemplate":
		on := value.Bool()
		db.Template = &on
	case "datconnlimit":
		limit := int(value.Int())
		db.Limit = &limit
	}
	s.Tx.PutObject(&db)
	return nil
}

// systemRow finds the table that a row is of, and gives what changes a copy of it.
func systemRow(cat *catalog.Catalog, relation string, oid catalog.OID, key []types.Datum) (*catalog.Table, func(*catalog.Table, types.Datum)) {
	switch relation {
	case "pg_attribute":
		t := cat.Table(oid)
		if t == nil {
			return nil, nil
		}
		at := slices.IndexFunc(t.Columns, func(c *catalog.Column) bool { return int64(c.Num) == key[1].Int() })
		if at < 0 {
			return nil, nil
		}
		return t, func(t *catalog.Table, v types.Datum) { edited(t.Columns, at).NotNull = v.Bool() }
	case "pg_index":
		t, index := cat.IndexByOID(oid)
		if index == nil {
			return nil, nil
		}
		at := slices.Index(t.Indexes, index)
		return t, func(t *catalog.Table, v types.Datum) { edited(t.Indexes, at).Invalid = !v.Bool() }
	}
	for o := range cat.All() {
		t, ok := o.(*catalog.Table)
		if !ok {
			continue
		}
		if relation == "pg_trigger" {
			if at := slices.IndexFunc(t.Triggers, func(g *catalog.Trigger) bool { return g.OID == oid }); at >= 0 {
				return t, func(t *catalog.Table, v types.Datum) { edited(t.Triggers, at).Enabled = byte(v.Int()) }
			}
			continue
		}
		if at := slices.IndexFunc(t.Checks, func(k *catalog.Check) bool { return k.OID == oid }); at >= 0 {
			return t, func(t *catalog.Table, v types.Datum) { edited(t.Checks, at).NotValid = !v.Bool() }
		}
		if at := slices.IndexFunc(t.Foreign, func(k *catalog.ForeignKey) bool { return k.OID == oid }); at >= 0 {
			return t, func(t *catalog.Table, v types.Datum) { edited(t.Foreign, at).NotValid = !v.Bool() }
		}
	}
	return nil, nil
}

// edited puts a copy in the place of an element, to be changed.
func edited[T any](list []*T, at int) *T {
	c := *list[at]
	list[at] = &c
	return &c
}

// sortLabel gives a label of an enum another place. Rows and indexes keep the number that
// orders labels, so that it is refused where there may be some.
func (s *Session) sortLabel(cat *catalog.Catalog, oid catalog.OID, sort float64) error {
	for o := range cat.All() {
		u, ok := o.(*catalog.UserType)
		if !ok {
			continue
		}
		at := slices.IndexFunc(u.Labels, func(l catalog.EnumLabel) bool { return l.OID == oid })
		if at < 0 {
			continue
		}
		if len(s.columnsOfType(u.OID)) > 0 {
			return sqlerr.Unsupported("UPDATE of pg_enum for a type that columns have")
		}
		if slices.ContainsFunc(u.Labels, func(l catalog.EnumLabel) bool { return l.OID != oid && l.Sort == sort }) {
			return sqlerr.New(sqlerr.UniqueViolation, `duplicate key value violates unique constraint "pg_enum_typid_sortorder_index"`).
				WithDetail("Key (enumtypid, enumsortorder)=(%d, %s) already exists.", u.OID, types.Float4.Text(types.Float(sort), types.DefaultEnv))
		}
		c := *u
		c.Labels = slices.Clone(u.Labels)
		c.Labels[at].Sort = sort
		slices.SortFunc(c.Labels, func(a, b catalog.EnumLabel) int { return cmp.Compare(a.Sort, b.Sort) })
		s.Tx.PutObject(&c)
		return nil
	}
	return sqlerr.Unsupported("UPDATE of pg_enum for this row")
}
