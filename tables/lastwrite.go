package tables

import (
	"sync"
	"sync/atomic"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
)

// lastWrites says when tables were changed last. A result may be told when the
// commits that it can come from are durable: with many writers at work there is
// always one that is not, but few results come from it.
type lastWrites struct {
	tables sync.Map // catalog.OID -> *atomic.Uint64
	// all is the newest commit that changed definitions or removed whole tables' rows.
	all atomic.Uint64
}

// committed notes what a commit changes, before it is visible. Commits come one at
// a time.
func (l *lastWrites) committed(cs *ChangeSet, dropped [][]byte) {
	if cs.Catalog != nil || len(dropped) > 0 {
		l.all.Store(uint64(cs.Seq))
	}
	for _, oid := range cs.Dropped {
		l.tables.Delete(oid)
	}
	for i := range cs.Changes {
		if table := cs.Changes[i].Table; i == 0 || table.OID != cs.Changes[i-1].Table.OID {
			l.note(table, cs.Seq)
		}
	}
	for _, w := range cs.Whole {
		l.note(w.Table, cs.Seq)
	}
}

func (l *lastWrites) note(table *catalog.Table, seq storage.Seq) {
	if table.Temporary {
		return // nobody else reads a temporary table, and its rows are never durable
	}
	at, ok := l.tables.Load(table.OID)
	if !ok {
		at, _ = l.tables.LoadOrStore(table.OID, new(atomic.Uint64))
	}
	at.(*atomic.Uint64).Store(uint64(seq))
}

// definitions is the newest commit that changed any.
func (l *lastWrites) definitions() storage.Seq { return storage.Seq(l.all.Load()) }

// of is the newest commit that changed a table's rows or any definition.
func (l *lastWrites) of(oid catalog.OID) storage.Seq {
	at, ok := l.tables.Load(oid)
	if !ok {
		return l.definitions()
	}
	return max(l.definitions(), storage.Seq(at.(*atomic.Uint64).Load()))
}
