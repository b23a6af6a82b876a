package exec

import (
	"context"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// A foreign key that references a partitioned table finds its rows in the leaf that the key
// leads to: the partition key is part of every unique key. What a leaf loses is looked for by
// the foreign keys to it and to all that it is a partition of. A foreign key of a partitioned
// table is one of each of its leaves, whose rows are checked by it, while what happens to rows
// that reference a key is done through the partitioned table.

// home is the table and index where a key of the referenced table is, if it is anywhere; nil
// if no partition can have it. key is in the order of the index.
func (k *foreignKey) home(cat *catalog.Catalog, key []types.Datum) (*catalog.Table, *catalog.Index, error) {
	t, index := k.parent, k.index
	for t.Key != nil {
		values := make([]types.Datum, len(t.Key.Columns))
		for i := range t.Key.Columns {
			for at, ik := range index.Keys {
				if ik.Column == t.Key.Columns[i].Column {
					values[i] = key[at]
				}
			}
		}
		parts, err := cat.Partitions(t)
		if err != nil {
			return nil, nil, err
		}
		part := parts.Find(values)
		if part == nil {
			return nil, nil, nil
		}
		var below *catalog.Index
		for _, i := range part.Table.Indexes {
			if i.Parent == index.OID {
				below = i
			}
		}
		if below == nil {
			return nil, nil, nil
		}
		t, index = part.Table, below
	}
	return t, index, nil
}

// finders look for keys of the referenced table, each in one leaf.
type finders map[catalog.OID]*tables.Finder

// has says whether a row of the table that a foreign key references has a key.
func (in finders) has(k *foreignKey, tx *tables.Tx, user string, key []types.Datum) (bool, error) {
	t, index, err := k.home(tx.Catalog(), key)
	if t == nil || err != nil {
		return false, err
	}
	f := in[index.OID]
	if f == nil {
		f = tx.Finder(t, index)
		in[index.OID] = f
	}
	return f.Has(user, key)
}

func (in finders) close() {
	for _, f := range in {
		_ = f.Close() // what it could not read it has told
	}
}

// Moving says that a row that is deleted next goes to another partition, as a row of named.
// It gives back what ends that.
func (c *Constraints) Moving(named *catalog.Table, row types.Row) (end func()) {
	c.moving = &movingRow{named, row}
	return func() { c.moving = nil }
}

// movingRow is what a row becomes that leaves its partition.
type movingRow struct {
	table *catalog.Table
	row   types.Row
}

// noteLosses notes the keys that a row has lost which other rows may reference.
func (c *Constraints) noteLosses(cat *catalog.Catalog, table *catalog.Table, ch tables.RowChange) {
	referenced := table
	for {
		for _, r := range cat.Referencing(referenced.OID) {
			if !r.Key.Inert && r.Key.Parent == 0 {
				c.noteLoss(table, referenced, r, ch)
			}
		}
		if referenced.Bound == nil {
			return
		}
		if referenced = cat.Table(referenced.Parents[0]); referenced == nil {
			return
		}
	}
}

// pickNamed gives the values of columns of one table in a row of another that has them by
// name.
func pickNamed(of *catalog.Table, columns []int16, t *catalog.Table, row types.Row) []types.Datum {
	if of.OID == t.OID {
		return pick(t, columns, row)
	}
	out := make([]types.Datum, len(columns))
	for i, num := range columns {
		if at := t.ColumnIndex(of.Columns[of.Ordinal(num)].Name); at >= 0 {
			out[i] = row[at]
		}
	}
	return out
}

// partKeyName is what PostgreSQL calls the part of a foreign key that references a
// partition: the foreign key's name and a number.
func partKeyName(cat *catalog.Catalog, key *catalog.ForeignKey, referenced *catalog.Table, partition catalog.OID) string {
	n, found := 0, 0
	var visit func(oid catalog.OID)
	visit = func(oid catalog.OID) {
		for _, child := range cat.Children(oid) {
			if n++; child.OID == partition {
				found = n
			}
			visit(child.OID)
		}
	}
	visit(referenced.OID)
	return key.Name + strconv.Itoa(found)
}

// UnreferencedPartition demands that no row references one of a partition, which is about
// to be removed, by a foreign key to what that is a partition of.
func UnreferencedPartition(ctx context.Context, tx *tables.Tx, ec *expr.Context, r catalog.Reference, partition *catalog.Table) error {
	cat := tx.Catalog()
	k, err := newForeignKey(cat, r.Table, r.Key)
	if err != nil {
		return err
	}
	return tx.EachRow(ctx, r.Table, nil, func(_ string, row types.Row) error {
		values := pick(r.Table, r.Key.Columns, row)
		if unreferenced(r.Key, values) {
			return nil
		}
		key, ok := k.lookup(ec, values)
		if !ok {
			return nil
		}
		t, _, err := k.home(cat, key)
		if err == nil && t != nil && (t.OID == partition.OID || cat.Inherits(t, partition.OID)) {
			err = sqlerr.New(sqlerr.ForeignKeyViolation, `removing partition "%s" violates foreign key constraint "%s"`, partition.Name, partKeyName(cat, r.Key, k.parent, partition.OID)).
				WithDetail(`Key %s is still referenced from table "%s".`, describeKey(r.Table, r.Key.Columns, values), r.Table.Name)
		}
		return err
	})
}
