package tables

import (
	"context"
	"errors"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// # TRUNCATE
//
// To those who watch a table TRUNCATE is the deletion of each of its rows. Where nobody
// does, and there are many rows, they go as a range instead, with all index entries: a
// commit of a few bytes. Whoever comes back with a cursor from before gets a snapshot,
// which is less to tell than the deletions were.

// wholeAfter is from how many rows on a table is emptied as a whole.
const wholeAfter = 10_000

// Watcher is a Publisher that can say whether anybody watches a table.
type Watcher interface{ Watches(catalog.OID) bool }

// Truncate deletes every row of a table: of one user's slice, or of all. The table must
// be locked against everybody else.
func (t *Tx) Truncate(ctx context.Context, table *catalog.Table, user string, allSlices bool) error {
	var refs []RowRef
	prefix := string(keys.SlicePrefix(table, 0, user))
	all := allSlices || !table.PerUser
	err := t.everyRow(ctx, table, func(at, _ []byte) error {
		key := string(at)
		owner := userOf(table, key)
		if !all && (len(key) < len(prefix) || key[:len(prefix)] != prefix) {
			return nil
		}
		refs = append(refs, RowRef{key: key, user: owner})
		if len(refs) > wholeAfter && all && t.mayEmpty(table) {
			return errEmptied
		}
		return nil
	})
	if err == errEmptied {
		t.dropRange(keys.TablePrefix(table))
		t.truncated = append(t.truncated[:len(t.truncated):len(t.truncated)], table.OID)
		t.locked.row = nil
		refs, err = nil, nil
	}
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := t.delete(ctx, table, ref, Truncate); err != nil {
			return err
		}
	}
	if t.holdsAlone(table) {
		t.emptied = append(t.emptied, table.OID)
	}
	return nil
}

// errEmptied ends the reading of a table that is emptied as a whole.
var errEmptied = errors.New("the table is emptied as a whole")

// mayEmpty says whether a table may be emptied as a whole: nobody watches its rows, and
// nobody can begin to while it is locked.
func (t *Tx) mayEmpty(table *catalog.Table) bool {
	w, ok := t.store.publisher.(Watcher)
	return ok && table.Durable() && t.holdsAlone(table) && !w.Watches(table.OID)
}
