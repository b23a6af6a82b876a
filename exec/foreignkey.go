package exec

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// foreignKey is a foreign key made ready for checking.
type foreignKey struct {
	key           *catalog.ForeignKey
	table, parent *catalog.Table
	index         *catalog.Index // of the parent
	// up casts the values of the table's columns to the parent's, down back.
	up, down []*plan.KeyCast
	// order has, for each column of the index, its place among the key's columns.
	order []int
}

// NewForeignKey makes a foreign key of a table ready.
func newForeignKey(cat *catalog.Catalog, t *catalog.Table, k *catalog.ForeignKey) (*foreignKey, error) {
	f := &foreignKey{key: k, table: t, parent: cat.Table(k.References)}
	if f.parent != nil {
		f.index = f.parent.Index(k.Index)
	}
	if f.index == nil {
		return nil, sqlerr.Internal("foreign key %s references nothing", k.Name)
	}
	for i, num := range k.Columns {
		child := t.Columns[t.Ordinal(num)].Type.Type
		parent := f.parent.Columns[f.parent.Ordinal(k.RefColumns[i])].Type.Type
		up, err := plan.NewKeyCast(child, parent)
		if err != nil {
			return nil, err
		}
		down, err := plan.NewKeyCast(parent, child)
		if err != nil {
			return nil, err
		}
		f.up, f.down = append(f.up, up), append(f.down, down)
	}
	for _, ik := range f.index.Keys {
		for i, num := range k.RefColumns {
			if num == ik.Column {
				f.order = append(f.order, i)
			}
		}
	}
	return f, nil
}

// foreignKey makes the foreign key of a check ready, nil if it is gone.
func (c *Constraints) foreignKey(ck check) (*foreignKey, error) {
	cat := c.tx.Catalog()
	if c.version != cat.Version || c.keys == nil {
		c.version, c.keys, c.plans = cat.Version, map[catalog.OID]*foreignKey{}, map[actionKey]*plan.Plan{}
	}
	if k := c.keys[ck.key]; k != nil {
		return k, nil
	}
	t := cat.Table(ck.table)
	if t == nil {
		return nil, nil
	}
	key := t.ForeignKey(ck.key)
	if key == nil {
		return nil, nil
	}
	k, err := newForeignKey(cat, t, key)
	if err != nil {
		return nil, err
	}
	c.keys[ck.key] = k
	return k, nil
}

// putsOff says whether a check may be put off if its constraint is deferrable:
// actions may not.
func (k *foreignKey) putsOff(ck check) bool {
	return ck.old == nil || k.action(ck) == 0 || k.action(ck) == 'a'
}

// action is what happens to the rows that reference a key that is gone.
func (k *foreignKey) action(ck check) byte {
	if ck.new != nil {
		return k.key.OnUpdate
	}
	return k.key.OnDelete
}

// do does what a note says.
func (c *Constraints) do(ctx context.Context, k *foreignKey, ck check) error {
	if ck.old != nil {
		c.locked = nil
		return c.lost(ctx, k, ck)
	}
	row, err := c.tx.Current(k.table, ck.row)
	if err != nil || row == nil {
		return err // what was noted is not there any more
	}
	values := pick(k.table, k.key.Columns, row)
	if unreferenced(k.key, values) {
		return nil
	}
	found, err := c.referenced(ctx, k, ck.user, values)
	if err == nil && !found {
		err = k.notPresent(c.tx, values)
	}
	return err
}

// referenced says whether the row that values reference is there, and keeps it
// there.
func (c *Constraints) referenced(ctx context.Context, k *foreignKey, user string, values []types.Datum) (bool, error) {
	key, ok := k.lookup(c.Runtime(ctx, user).Eval, values)
	if !ok {
		return false, nil
	}
	var name strings.Builder
	name.WriteString(k.key.Name)
	for i, v := range key {
		name.WriteByte(0)
		at := k.parent.Ordinal(k.index.Keys[i].Column)
		name.Write(k.parent.Columns[at].Type.AppendText(nil, v, types.DefaultEnv))
	}
	name.WriteString("\x00" + user)
	if c.locked[name.String()] {
		return true, nil
	}
	if err := c.tx.LockTable(ctx, k.parent.OID, tables.RowShareMode, false); err != nil {
		return false, err
	}
	at, index, err := k.home(c.tx.Catalog(), key)
	if at == nil || err != nil {
		return false, err
	}
	found, err := c.tx.Reference(ctx, at, index, user, key)
	if found && err == nil {
		if c.locked == nil || len(c.locked) > 10_000 {
			c.locked = map[string]bool{}
		}
		c.locked[name.String()] = true
	}
	return found, err
}

// lookup gives the parent's key in the order of its index; ok is false if no
// row can have it.
func (k *foreignKey) lookup(ec *expr.Context, values []types.Datum) (key []types.Datum, ok bool) {
	key = make([]types.Datum, len(k.order))
	for at, i := range k.order {
		if values[i].IsNull() {
			return nil, false
		}
		if key[at], ok = k.up[i].Cast(ec, values[i]); !ok {
			return nil, false
		}
	}
	return key, true
}

// describe writes (columns)=(values) as PostgreSQL's details do.
func describeKey(t *catalog.Table, columns []int16, values []types.Datum) string {
	var names, texts []string
	for i, num := range columns {
		c := t.Columns[t.Ordinal(num)]
		names = append(names, c.Name)
		text := "null"
		if !values[i].IsNull() {
			text = string(c.Type.AppendText(nil, values[i], types.DefaultEnv))
		}
		texts = append(texts, text)
	}
	return "(" + strings.Join(names, ", ") + ")=(" + strings.Join(texts, ", ") + ")"
}

// notPresent says that what a row references is not there.
func (k *foreignKey) notPresent(tx *tables.Tx, values []types.Datum) error {
	err := sqlerr.New(sqlerr.ForeignKeyViolation, `insert or update on table "%s" violates foreign key constraint "%s"`, k.table.Name, k.key.Name).
		OnTable(schemaOf(tx.Catalog(), k.table), k.table.Name).OnConstraint(k.key.Name)
	for _, v := range values {
		if v.IsNull() {
			return err.WithDetail("MATCH FULL does not allow mixing of null and nonnull key values.")
		}
	}
	if !tx.Shows(k.table, k.key.Columns...) {
		return err.WithDetail(`Key is not present in table "%s".`, k.parent.Name)
	}
	return err.WithDetail(`Key %s is not present in table "%s".`, describeKey(k.table, k.key.Columns, values), k.parent.Name)
}

// stillReferenced says that a row references a key that is gone.
func (k *foreignKey) stillReferenced(tx *tables.Tx, ck check) error {
	cat := tx.Catalog()
	from, name := k.parent.Name, k.key.Name
	if leaf := cat.Table(ck.from); leaf != nil && leaf.OID != k.parent.OID {
		from, name = leaf.Name, partKeyName(cat, k.key, k.parent, leaf.OID)
	}
	key := ""
	if tx.Shows(k.parent, k.key.RefColumns...) {
		key = " " + describeKey(k.parent, k.key.RefColumns, ck.old)
	}
	return sqlerr.New(sqlerr.ForeignKeyViolation, `update or delete on table "%s" violates foreign key constraint "%s" on table "%s"`, from, name, k.table.Name).
		WithDetail(`Key%s is still referenced from table "%s".`, key, k.table.Name).
		OnTable(schemaOf(cat, k.table), k.table.Name).OnConstraint(name)
}

func schemaOf(cat *catalog.Catalog, t *catalog.Table) string {
	if s := cat.SchemaByOID(t.Schema); s != nil {
		return s.Name
	}
	return ""
}

// knownKeys is how many keys that have been found are remembered.
const knownKeys = 1 << 16

// VerifyForeignKey demands that every row of a table, whosever it is, finds what
// it references by a foreign key. Both tables are held against writers.
func VerifyForeignKey(ctx context.Context, tx *tables.Tx, ec *expr.Context, t *catalog.Table, key *catalog.ForeignKey) error {
	k, err := newForeignKey(tx.Catalog(), t, key)
	if err != nil {
		return err
	}
	need := make([]bool, len(t.Columns))
	for _, num := range key.Columns {
		need[t.Ordinal(num)] = true
	}
	in := finders{}
	defer in.close()
	var ts []*types.Type
	for _, num := range key.Columns {
		ts = append(ts, t.Columns[t.Ordinal(num)].Type.Type)
	}
	known, of := newRowTable[struct{}](ts), ""
	values := make([]types.Datum, len(key.Columns))
	return tx.EachRow(ctx, t, need, func(user string, row types.Row) error {
		for i, num := range key.Columns {
			values[i] = row[t.Ordinal(num)]
		}
		if unreferenced(key, values) {
			return nil
		}
		if user != of || len(known.entries) >= knownKeys {
			known, of = newRowTable[struct{}](ts), user
		}
		if _, isNew := known.at(values); !isNew {
			return nil // many rows reference the same
		}
		found := false
		if at, ok := k.lookup(ec, values); ok {
			var err error
			if found, err = in.has(k, tx, user, at); err != nil {
				return err
			}
		}
		if !found {
			return k.notPresent(tx, values)
		}
		return nil
	})
}
