package live

import (
	"slices"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/storage/storagetest"
	"github.com/kalamsql/kalamsql/tables"
)

// openStore opens a store in memory that publishes to p.
// longestEntry is how much the stores of tests tell of one large transaction.
const longestEntry = 2 << 20

func openStore(t testing.TB, p tables.Publisher) *tables.Store {
	t.Helper()
	s, err := tables.Open(bg, tables.Options{Publisher: p, Storage: storage.Options{Dir: "data", FS: storagetest.New(), LongestEntry: longestEntry}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) insert(tx *tables.Tx, t *catalog.Table, user string, r types.Row) {
	if _, err := tx.Insert(bg, t, user, r); err != nil {
		w.t.Error(err)
	}
}

func (w *world) update(tx *tables.Tx, t *catalog.Table, user string, old, r types.Row) {
	if _, err := tx.Update(bg, t, w.find(tx, t, user, old), r); err != nil {
		w.t.Error(err)
	}
}

func (w *world) remove(tx *tables.Tx, t *catalog.Table, user string, old types.Row) {
	if err := tx.Delete(bg, t, w.find(tx, t, user, old)); err != nil {
		w.t.Error(err)
	}
}

// find looks for a row as the transaction sees it.
func (w *world) find(tx *tables.Tx, t *catalog.Table, user string, r types.Row) tables.RowRef {
	tx.StartStatement()
	c, err := tx.Scan(bg, tables.Scan{Table: t, User: user})
	if err != nil {
		w.t.Error(err)
		return tables.RowRef{}
	}
	defer c.Close()
	want := make([]string, len(r))
	for i, v := range r {
		want[i] = t.Columns[i].Type.Type.Text(v, types.DefaultEnv)
	}
	for c.Next() {
		have := make([]string, len(r))
		for i, v := range c.Row()[:len(r)] {
			have[i] = t.Columns[i].Type.Type.Text(v, types.DefaultEnv)
		}
		if slices.Equal(have, want) {
			return c.Ref()
		}
	}
	w.t.Errorf("no row %v in %s: %v", want, t.Name, c.Err())
	return tables.RowRef{}
}

func notify(tx *tables.Tx, channel, payload string) {
	tx.Notify(catalog.DatabaseFirst, channel, payload)
}

func (w *world) drop(tx *tables.Tx, t *catalog.Table) {
	w.edit(tx)
	tx.DropStorage(t)
	tx.DropObject(t.OID)
}

// edit lets the transaction change definitions.
func (w *world) edit(tx *tables.Tx) *catalog.Editor {
	e, err := tx.Edit(bg)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}
