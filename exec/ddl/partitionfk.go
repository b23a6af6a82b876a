package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/tables"
)

// partitionKeys gives a partition the foreign keys of its parent; filled says that it may
// have rows, which are checked.
func (s *Session) partitionKeys(ctx context.Context, edit *catalog.Editor, parent *catalog.Table, child catalog.OID, filled bool) error {
	parent = s.Tx.Catalog().Table(parent.OID)
	for _, k := range parent.Foreign {
		if err := s.partitionKey(ctx, edit, parent, k, child, filled); err != nil {
			return err
		}
	}
	return nil
}

// partitionKey makes a foreign key that of a partition too, and of what is below it. One
// that the partition has already becomes part of it.
func (s *Session) partitionKey(ctx context.Context, edit *catalog.Editor, parent *catalog.Table, k *catalog.ForeignKey, child catalog.OID, filled bool) error {
	t := s.Tx.Catalog().Table(child).Clone()
	own := *k
	own.OID, own.Parent, own.Comment = edit.NewOID(), k.OID, ""
	move := func(nums []int16) (out []int16) {
		for _, num := range nums {
			out = append(out, t.Columns[t.ColumnIndex(parent.Columns[parent.Ordinal(num)].Name)].Num)
		}
		return out
	}
	own.Columns, own.OnDeleteColumns = move(k.Columns), move(k.OnDeleteColumns)
	at := slices.IndexFunc(t.Foreign, func(have *catalog.ForeignKey) bool {
		return have.Parent == 0 && have.References == own.References && slices.Equal(have.Columns, own.Columns) && slices.Equal(have.RefColumns, own.RefColumns) &&
			have.OnDelete == own.OnDelete && have.OnUpdate == own.OnUpdate && have.Match == own.Match && have.Deferrable == own.Deferrable &&
			have.InitiallyDeferred == own.InitiallyDeferred && !have.NotValid
	})
	if at >= 0 {
		have := *t.Foreign[at]
		have.Parent = k.OID
		t.Foreign[at], own = &have, have
		filled = false
	} else {
		b := &tableBuilder{s: s, edit: edit, schema: edit.Catalog().SchemaByOID(t.Schema), table: t, taken: map[string]bool{}}
		if tableHasConstraint(t, own.Name) {
			name, err := b.constraintName("", t.Columns[t.Ordinal(own.Columns[0])].Name, "fkey")
			if err != nil {
				return err
			}
			own.Name = name
		}
		t.Foreign = append(t.Foreign, &own)
	}
	s.Tx.PutObject(t)
	for _, below := range s.Tx.Catalog().Children(child) {
		if below.Bound != nil {
			if err := s.partitionKey(ctx, edit, t, &own, below.OID, filled); err != nil {
				return err
			}
		}
	}
	if !filled || t.Key != nil || own.NotValid {
		return nil
	}
	return exec.VerifyForeignKey(ctx, s.Tx, s.Eval, t, &own)
}

// dropPartKeys drops the foreign keys of partitions that are part of one that goes.
func (s *Session) dropPartKeys(ctx context.Context, table, key catalog.OID) error {
	for _, child := range s.Tx.Catalog().Children(table) {
		at := slices.IndexFunc(child.Foreign, func(k *catalog.ForeignKey) bool { return k.Parent == key })
		if at < 0 {
			continue
		}
		if err := s.Tx.LockTable(ctx, child.OID, tables.AccessExclusiveMode, false); err != nil {
			return err
		}
		gone := child.Foreign[at]
		c := child.Clone()
		c.Foreign = slices.Delete(c.Foreign, at, at+1)
		s.Tx.PutObject(c)
		if err := s.dropPartKeys(ctx, child.OID, gone.OID); err != nil {
			return err
		}
	}
	return nil
}

// unreferencedPartition demands that no row references one of a partition that is to be
// detached.
func (s *Session) unreferencedPartition(ctx context.Context, parent, child *catalog.Table) error {
	cat := s.Tx.Catalog()
	for at := parent; at != nil; {
		for _, r := range cat.Referencing(at.OID) {
			if r.Table.Key != nil {
				continue // its partitions have the key too
			}
			if err := exec.UnreferencedPartition(ctx, s.Tx, s.Eval, r, child); err != nil {
				return err
			}
		}
		if at.Bound == nil {
			break
		}
		at = cat.Table(at.Parents[0])
	}
	return nil
}
