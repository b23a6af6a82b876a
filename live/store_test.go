package live

import (
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

func openStore(t testing.TB, p tables.Publisher) *tables.Store {
	s, err := tables.Open(bg, tables.Options{Publisher: p})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func putObject(tx *tables.Tx, o catalog.Object) { tx.PutObject(o) }

func (w *world) insert(tx *tables.Tx, t *catalog.Table, user string, r types.Row) {
	if _, err := tx.Insert(bg, t, user, r); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) update(tx *tables.Tx, t *catalog.Table, user string, old, r types.Row) {
	tx.Update(bg, t, user, old, r)
}

func (w *world) remove(tx *tables.Tx, t *catalog.Table, user string, old types.Row) {
	tx.Delete(bg, t, user, old, tables.ReasonNone)
}

func notify(tx *tables.Tx, channel, payload string) { tx.Notify(channel, payload) }

func dropObject(tx *tables.Tx, t *catalog.Table) { tx.DropObject(t.OID) }
