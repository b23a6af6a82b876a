package tables

import (
	"context"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/storage/storagetest"
)

// failingSink fails in the worst way there is.
type failingSink struct{ asked int }

func (f *failingSink) Publish(*ChangeSet) {
	f.asked++
	panic("the sink is broken")
}

// TestWriteSucceedsWhenDeliveryFails commits to every kind of table with a sink
// that panics: each commit succeeds, and each row is there.
func TestWriteSucceedsWhenDeliveryFails(t *testing.T) {
	ctx := context.Background()
	sink := &failingSink{}
	s, err := Open(ctx, Options{Publisher: sink, Storage: storage.Options{Dir: "data", FS: storagetest.New()}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, kind := range []struct {
		name    string
		storage catalog.TableKind
		perUser bool
	}{{"shared", catalog.KindDurable, false}, {"user", catalog.KindDurable, true}, {"stream", catalog.KindStream, false}} {
		tx := s.Begin(TxOptions{Sync: true})
		e, err := tx.Edit(ctx)
		if err != nil {
			t.Fatal(err)
		}
		table := &catalog.Table{OID: e.NewOID(), Name: kind.name, Schema: catalog.SchemaPublic, Database: catalog.DatabaseFirst, Kind: kind.storage, PerUser: kind.perUser, NextColumn: 2,
			Columns: []*catalog.Column{{Num: 1, Name: "id", Type: catalog.TypeRef{Type: types.Int8}, Typmod: types.NoTypmod}}}
		tx.PutObject(table)
		if _, err := tx.Commit(ctx); err != nil {
			t.Fatal(err)
		}
		asked := sink.asked
		tx = s.Begin(TxOptions{Sync: true})
		if _, err := tx.Insert(ctx, table, "alice", types.Row{types.Int(1)}); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Commit(ctx); err != nil {
			t.Errorf("%s: %v", kind.name, err)
		}
		if sink.asked == asked {
			t.Errorf("%s: the sink was not asked", kind.name)
		}
		tx = s.Begin(TxOptions{})
		tx.StartStatement()
		c, err := tx.Scan(ctx, Scan{Table: table, User: "alice"})
		if err != nil {
			t.Fatal(err)
		}
		if !c.Next() || c.Row()[0].Int() != 1 || c.Next() {
			t.Errorf("%s: the row is not there", kind.name)
		}
		c.Close()
		tx.Rollback()
	}
}
