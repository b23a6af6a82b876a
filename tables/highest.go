package tables

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// Rows mostly come with rising keys: from sequences, clocks, files in order. For
// each table the store knows a key that none of its rows lies above, so that a
// row with a higher one need not be looked for. The bound is raised when a
// transaction is about to add a row, before anybody else can see it, and read
// from storage at its first use; what was written since the start has raised it
// by then.
//
// A transaction that adds many such rows does not lock the key of each, either.
// It claims the interval from the bound to its own highest key, and raises both
// with every row. A claim holds until the transaction ends. Who is about to add a
// key below the bound waits for the end of a transaction that has claimed it, by
// the lock that goes with the claim, so that circles of waits are found as always.
// No interval with that key can be claimed afterwards, since the bound never falls.

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
	claims []*claim
}

// claim is the keys above from, up to and with to, as one transaction's.
type claim struct {
	tx       *Tx
	of       *highestKey
	from, to string
}

const (
	// claimAfter is how many rows a transaction writes before it claims.
	claimAfter = 16
	// maxClaims bounds the claims of one transaction; beyond it locks keys one by one.
	maxClaims = 64
)

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

// holdsAlone says whether nobody else can be about to add rows to a table.
func (t *Tx) holdsAlone(table *catalog.Table) bool {
	return t.store.locks.Holds(&t.owner, tableLock(table.OID), tableModes[AccessExclusiveMode])
}

// forget drops the bound of a table that is gone, or that nobody else can be about
// to add rows to: it is read from storage again.
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

// passed says whether a key lies above those of all rows of the table, committed
// or not, and raises the bound to it. The caller has locked the key against others
// who would add it.
func (k *highestKey) passed(engine *storage.Engine, table *catalog.Table, key string) (bool, error) {
	k.Lock()
	defer k.Unlock()
	if err := k.load(engine, table); err != nil || key <= k.key {
		return false, err
	}
	k.key = key
	return true, nil
}

// load reads the bound from storage at its first use.
func (k *highestKey) load(engine *storage.Engine, table *catalog.Table) error {
	if k.loaded {
		return nil
	}
	prefix := keys.IndexPrefix(table, 0)
	it := engine.NewLatestIter(prefix, keys.End(prefix))
	defer it.Close()
	if it.Last() {
		k.key = max(k.key, string(it.Key()))
	}
	if err := it.Err(); err != nil {
		return translate(err)
	}
	k.loaded = true
	return nil
}

// claim makes a key the transaction's, if it lies above those of all rows.
func (t *Tx) claim(ctx context.Context, table *catalog.Table, key string) (bool, error) {
	k := t.highestKey(table.OID)
	k.Lock()
	defer k.Unlock()
	if err := k.load(t.store.engine, table); err != nil || key <= k.key {
		return false, err
	}
	if n := len(t.claims); n > 0 && t.claims[n-1].of == k && t.claims[n-1].to == k.key {
		t.claims[n-1].to, k.key = key, key
		return true, nil
	}
	if len(t.claims) == maxClaims {
		return false, nil
	}
	if len(t.claims) == 0 {
		// Nobody can hold it, so that nobody is waited for.
		if err := t.acquire(ctx, t.claimLock(), exclusive, SkipLocked); err != nil {
			return false, err
		}
	}
	c := &claim{tx: t, of: k, from: k.key, to: key}
	t.claims, k.claims = append(t.claims, c), append(k.claims, c)
	k.key = key
	return true, nil
}

// claimLock names the lock that others wait for the end of the transaction with.
func (t *Tx) claimLock() string {
	return string(binary.BigEndian.AppendUint64([]byte{'x'}, t.owner.Transaction))
}

// endClaims gives up what the transaction has claimed.
func (t *Tx) endClaims() {
	for _, c := range t.claims {
		c.of.Lock()
		c.of.claims = slices.DeleteFunc(c.of.claims, func(other *claim) bool { return other == c })
		c.of.Unlock()
	}
	t.claims = nil
}

// unclaimed waits until no other transaction has claimed a key, and sees to it
// that none will: whether it has waited.
func (t *Tx) unclaimed(ctx context.Context, table *catalog.Table, key string) (waited bool, err error) {
	k := t.highestKey(table.OID)
	for {
		k.Lock()
		k.key = max(k.key, key)
		var lock string
		for _, c := range k.claims {
			if c.tx != t && c.from < key && key <= c.to {
				lock = c.tx.claimLock()
			}
		}
		k.Unlock()
		if lock == "" {
			return waited, nil
		}
		mark := t.owner.Mark()
		if err := t.acquire(ctx, lock, exclusive, Block); err != nil {
			return false, err
		}
		t.store.locks.ReleaseSince(&t.owner, mark)
		waited = true
	}
}
