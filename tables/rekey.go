package tables

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Rekey stores every row under the key that it has by another primary key, or by
// none, as change makes it of what it was (nil: only cut to the new columns). Two
// rows with the same one are 23505. To subscribers the rows go and come again,
// before they are told of the change of the definition.
func (t *Tx) Rekey(ctx context.Context, old, new *catalog.Table, change func(types.Row) (types.Row, error)) error {
	type stored struct {
		key, user string
		row       types.Row
	}
	var rows []stored
	err := t.everyRow(ctx, old, func(key string, value []byte) error {
		row := make(types.Row, len(old.Columns)+SystemValues)
		if _, err := t.store.decodeRow(old, value, nil, row, 0); err != nil {
			return err
		}
		rows = append(rows, stored{key, userOf(old, key), row})
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range rows {
		t.record(old, r.user, r.key, r.row, nil, ReasonNone, false)
		if err := t.reindex(old, r.user, r.key, r.row, r.key, nil); err != nil {
			return err
		}
	}
	for _, r := range rows {
		var row types.Row
		if change != nil {
			if row, err = change(r.row); err != nil {
				return err
			}
		} else {
			row = r.row[:len(new.Columns):len(new.Columns)].Clone()
		}
		key := t.rowKey(new, r.user, row)
		if w := t.mine(key); w != nil && w.value != nil {
			pk := new.PrimaryKey()
			return sqlerr.New(sqlerr.UniqueViolation, `could not create unique index "%s"`, pk.Name).
				WithDetail("Key %s is duplicated.", t.describeKey(new, pk, row)).OnConstraint(pk.Name)
		}
		t.record(new, r.user, key, nil, row, ReasonNone, false)
		if err := t.reindex(new, r.user, "", nil, key, row); err != nil {
			return err
		}
	}
	return nil
}
