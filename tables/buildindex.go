package tables

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// newEntries are entries of a new index that are put into the transaction's writes in the
// order of their keys: that costs a fraction of finding a place for each as the rows come.
type newEntries struct {
	bytes []byte // the key of each, and that of the row it leads to
	list  []newEntry
}

// newEntry is one; lead are the first bytes of its key behind those that all have.
type newEntry struct {
	lead         uint64
	from, to, at int // the key lies from from to to, and the row's from there to at
	unique       bool
}

// entriesTogether is how many bytes of entries are sorted at a time.
const entriesTogether = 32 << 20

// entriesRelieved is after how many entries those that are written may go to files: what goes there is in
// order, and nothing of it has to be merged with the rest.
const entriesRelieved = 50_000

// entryBytes is what a newEntry takes.
const entryBytes = 40

func (n *newEntries) add(entry, row []byte, unique bool) {
	e := newEntry{from: len(n.bytes), to: len(n.bytes) + len(entry), at: len(n.bytes) + len(entry) + len(row), unique: unique}
	n.bytes = append(append(n.bytes, entry...), row...)
	n.list = append(n.list, e)
}

// addText is add of an entry that is a text.
func (n *newEntries) addText(entry string, value []byte) {
	e := newEntry{from: len(n.bytes), to: len(n.bytes) + len(entry), at: len(n.bytes) + len(entry) + len(value)}
	n.bytes = append(append(n.bytes, entry...), value...)
	n.list = append(n.list, e)
}

func (n *newEntries) key(e *newEntry) []byte { return n.bytes[e.from:e.to] }

// sort puts the entries in order: by their leads, and as they came where those are the same,
// which is right for rows with the same value already; what is not is sorted anew.
func (n *newEntries) sort() {
	if len(n.list) < 2 {
		return
	}
	first := n.key(&n.list[0])
	all := len(first)
	for i := range n.list {
		key := n.key(&n.list[i])
		all = min(all, len(key))
		for all > 0 && !bytes.Equal(key[:all], first[:all]) {
			all--
		}
	}
	for i := range n.list {
		var lead [8]byte
		e := &n.list[i]
		copy(lead[:], n.key(e)[all:])
		e.lead = binary.BigEndian.Uint64(lead[:])
	}
	slices.SortFunc(n.list, func(a, b newEntry) int { return cmp.Or(cmp.Compare(a.lead, b.lead), cmp.Compare(a.from, b.from)) })
	compare := func(a, b newEntry) int { return bytes.Compare(n.key(&a), n.key(&b)) }
	for rest := n.list; len(rest) > 0; {
		end := 1
		for end < len(rest) && rest[end].lead == rest[0].lead {
			end++
		}
		if same := rest[:end]; !slices.IsSortedFunc(same, compare) {
			slices.SortFunc(same, compare)
		}
		rest = rest[end:]
	}
}

// size is about what the entries will take as writes.
func (n *newEntries) size() int64 { return int64(len(n.bytes)) + int64(len(n.list))*writeBytes }

// kept is about what they take until they are.
func (n *newEntries) kept() int64 { return int64(len(n.bytes)) + int64(len(n.list))*entryBytes }

// put writes the entries; the first that has the unique key of another is told to
// duplicate with the key of its row.
func (n *newEntries) put(t *Tx, duplicate func(row string) error) error {
	n.sort()
	text := string(n.bytes)
	var room []write
	for i, e := range n.list {
		if len(room) == 0 {
			if err := t.relieve(); err != nil {
				return err
			}
			room = make([]write, min(entriesRelieved, len(n.list)-i))
		}
		w := &room[0]
		room = room[1:]
		w.key, w.value = text[e.from:e.to], n.bytes[e.to:e.at:e.at]
		if e.unique {
			if have := t.mine(w.key); have != nil && have.value != nil && !bytes.Equal(have.value, w.value) {
				return duplicate(string(w.value))
			}
		}
		t.put(w)
	}
	*n = newEntries{}
	return t.relieve()
}

// BuildIndex adds the entries of a new index for the rows that are there; the
// table must be locked against writers.
func (t *Tx) BuildIndex(ctx context.Context, table *catalog.Table, index *catalog.Index) error {
	if index.Declared {
		if index.Exclusion != nil {
			return t.verifyExclusion(ctx, table, index)
		}
		return nil
	}
	code, err := t.code(table, index)
	if err != nil {
		return err
	}
	for _, typ := range code.types {
		if !index.Inverted() && !sortkey.Encodable(typ) {
			return sqlerr.Unsupported("an index on type %s", typ)
		}
	}
	if t.store.Catalog().Table(table.OID) != nil {
		t.Made(index.OID)
	}
	row := make(types.Row, len(table.Columns)+SystemValues)
	need := code.need()
	if table.TTL > 0 {
		need = nil // whether a row has expired is asked too
	}
	decoder := rowcodec.NewDecoder(table, need, false)
	deferred := map[string]bool{} // the keys there are in an index that is checked later
	duplicate := func(key string) error {
		row, err := t.Current(table, key)
		if err != nil {
			return err
		}
		return t.duplicateKey(table, index, row)
	}
	var entry []byte
	var entries newEntries
	err = t.everyRow(ctx, table, func(at, value []byte) error {
		columns, version, _, err := rowPart(table, value, 0)
		if err == nil {
			err = decoder.Decode(columns, row)
		}
		if err != nil {
			return err
		}
		row[len(row)-1] = version.datum()
		key := string(at)
		user := userOf(table, key)
		if table.TTL > 0 {
			if removed, err := t.removeExpired(table, user, key, row.Clone()); err != nil || removed {
				return err
			}
		}
		if index.Inverted() {
			if err := t.buildInverted(code, &entries, user, row, key); err != nil || entries.kept() < t.opts.SpillBytes {
				return err
			}
			return entries.put(t, duplicate)
		}
		var unique bool
		if entry, unique, err = t.appendEntry(entry[:0], table, index, user, row, key); err != nil || len(entry) == 0 {
			return err
		}
		if index.Unique && index.Deferrable {
			have, err := t.deferredKey(table, index, user, row)
			if err != nil {
				return err
			}
			if have != "" && deferred[have] {
				return duplicate(key)
			}
			deferred[have] = true
		}
		if entries.add(entry, at, unique); len(entries.bytes) < entriesTogether && entries.size() < t.opts.SpillBytes {
			return nil
		}
		return entries.put(t, duplicate)
	})
	if err == nil {
		err = entries.put(t, duplicate)
	}
	if err != nil || index.Exclusion == nil {
		return err
	}
	return t.verifyExclusion(ctx, table, index)
}
