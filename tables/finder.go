package tables

import (
	"bytes"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// Finder looks for many keys of a unique index, as things are now: it is quick where they
// come in the index's order, or again. Nothing is locked: the table is held against writers
// while it is in use, and nothing of it is written.
type Finder struct {
	tx    *Tx
	table *catalog.Table
	index *catalog.Index
	it    storage.Iterator
	on    bool // it is on a key
}

// Finder makes one; Close ends it.
func (t *Tx) Finder(table *catalog.Table, index *catalog.Index) *Finder {
	oid := index.OID
	if index.Primary {
		oid = 0
	}
	prefix := keys.IndexPrefix(table, oid)
	end := keys.End(prefix)
	if t.gone(prefix) {
		end = prefix
	}
	return &Finder{tx: t, table: table, index: index, it: t.store.engine.NewLatestIter(prefix, end)}
}

// Has says whether a row has a key, in the order of the index's columns, none of it NULL.
func (f *Finder) Has(user string, key []types.Datum) (bool, error) {
	entry := f.tx.indexEntry(f.table, f.index, user, key)
	if w := f.tx.mine(entry); w != nil {
		return w.value != nil, nil
	}
	at := f.tx.buf // the entry's bytes
	order := 1
	if f.on {
		order = bytes.Compare(at, f.it.Key())
	}
	if order > 0 && f.on {
		if f.on = f.it.Next(); f.on {
			order = bytes.Compare(at, f.it.Key())
		}
	}
	if order != 0 {
		f.on = f.it.SeekGE(at)
	}
	return f.on && bytes.Equal(f.it.Key(), at), translate(f.it.Err())
}

// Close ends it.
func (f *Finder) Close() error { return translate(f.it.Close()) }
