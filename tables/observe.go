package tables

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// RowChange is one row as a statement has inserted, updated or deleted it, for
// those who check what follows from it.
type RowChange struct {
	Table *catalog.Table
	User  string // whose slice; empty for a table without slices
	// Old is the row that was there, nil for an insert; New the one that is there
	// now, nil for a delete. Both have the table's columns first, and are not to be
	// changed or kept.
	Old, New types.Row
	// OldKey and NewKey are where they are stored.
	OldKey, NewKey string
	// Fresh: the transaction had written the old row itself.
	Fresh bool
}

// Observe has f called for every row that Insert, Update and Delete change from
// now on. What ends by itself, and what definitions rewrite, is not told.
func (t *Tx) Observe(f func(RowChange)) { t.observer = f }

// RefAt is the reference to the row at a key in the slice of a user.
func RefAt(key, user string) RowRef { return RowRef{key: key, user: user} }

// Current gives the row at a key as the transaction has it now: its own
// version, or the newest committed one; nil if there is none.
func (t *Tx) Current(table *catalog.Table, key string) (types.Row, error) {
	row, _, err := t.latest(table, key)
	return row, err
}
