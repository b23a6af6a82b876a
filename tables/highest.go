package tables

import (
	"sync"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// Rows mostly come with rising keys: from sequences, clocks, files in order. For
// each table the store knows a key that none of its rows lies above, so that a
// row with a higher one need not be looked for. The bound is raised when a
// transaction notes a row, before anybody else can see it, and read from storage
// at its first use; what was written since the start has raised it by then.

// highest is the bound of every table that has been written to.
type highest struct {
	sync.Mutex
	tables map[catalog.OID]*highestKey
}

// highestKey is the bound of one table.
type highestKey struct {
	sync.Mutex
	loaded bool // storage has been asked
	key    string
}

// highestKey finds the bound of a table, which is there from its first call on.
// Transactions remember the one they asked for last.
func (t *Tx) highestKey(table catalog.OID) *highestKey {
	if t.highest.of == table {
		return t.highest.key
	}
	h := &t.store.highest
	h.Lock()
	k := h.tables[table]
	if k == nil {
		k = &highestKey{}
		h.tables[table] = k
	}
	h.Unlock()
	t.highest.of, t.highest.key = table, k
	return k
}

// forget drops the bound of a table that is gone.
func (h *highest) forget(table catalog.OID) {
	h.Lock()
	defer h.Unlock()
	delete(h.tables, table)
}

// raise notes that there may be a row with a key from now on.
func (k *highestKey) raise(key string) {
	k.Lock()
	defer k.Unlock()
	k.key = max(k.key, key)
}

// above says whether a key lies above those of all rows of the table, committed
// or not. The caller has locked the key against others who would add it.
func (k *highestKey) above(engine *storage.Engine, table *catalog.Table, key string) (bool, error) {
	k.Lock()
	defer k.Unlock()
	if !k.loaded {
		prefix := keys.IndexPrefix(table, 0)
		it := engine.NewLatestIter(prefix, keys.End(prefix))
		defer it.Close()
		if it.Last() {
			k.key = max(k.key, string(it.Key()))
		}
		if err := it.Err(); err != nil {
			return false, translate(err)
		}
		k.loaded = true
	}
	return key > k.key, nil
}
