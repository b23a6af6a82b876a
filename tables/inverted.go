package tables

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr/inverted"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
	"github.com/kalamsql/kalamsql/tables/keys"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// # Entries of inverted indexes
//
// An inverted index (catalog.Index.Inverted), GIN's or one whose trees PostgreSQL keeps by GiST or SP-GiST, has an entry for each of the different keys that its
// operator classes take out of a row's values (sql/expr/inverted). The key of an entry is
//
//	the prefix of the index, and of the slice
//	of an index over several columns: which of them, one byte
//	the key taken out of the value, ended as texts are in keys
//	the row's key without the prefix that all rows of the slice have
//
// so that the rows that have a key are a range, in the order of storage, and what several keys
// have in common is found by going through their ranges side by side (search.go). The
// value is one byte, which says nothing. NULL has no entry, and what a condition that NULLs or values
// without keys could meet looks for are all rows, without the index.
//
// Where one key of the index has cells and all others have values' own order, as in the constraint that no
// room is booked twice, EXCLUDE USING gist (room WITH =, during WITH &&), a row has one entry more, the compound one:
// for what all of them have together, what is in each alone could be far too much. Its column is one more than there are.
//
// An entry is written and removed with its row, as those of other indexes are; an UPDATE writes
// the difference between the keys before and after.

// anEntry is the value of an entry.
var anEntry = []byte{0}

// appendInvertedKey appends what follows the prefix of an inverted index for a key of one of its columns.
func appendInvertedKey(dst []byte, index *catalog.Index, column int, key []byte, end bool) []byte {
	if len(index.Keys) > 1 {
		dst = append(dst, byte(column))
	}
	from := len(dst)
	dst = sortkey.AppendString(dst, string(key))
	if !end {
		dst = dst[:max(from, len(dst)-2)]
	}
	return dst
}

// entries are keys of entries, in order.
type entries struct {
	text string
	ends []int
}

func (e *entries) len() int {
	if e == nil {
		return 0
	}
	return len(e.ends)
}

func (e *entries) at(i int) string {
	from := 0
	if i > 0 {
		from = e.ends[i-1]
	}
	return e.text[from:e.ends[i]]
}

// invertedEntries gives the keys of a row's entries in an inverted index.
func (t *Tx) invertedEntries(c *indexCode, user string, row types.Row, rowKey string) (*entries, error) {
	from, has, err := t.entryOf(c, row)
	if err != nil || !has {
		return nil, err
	}
	prefix := keys.SlicePrefix(c.table, c.index.OID, user)
	tail := rowKey[len(keys.SlicePrefix(c.table, 0, user)):]
	var text []byte
	var ends []int
	add := func(column int, key []byte) {
		text = append(appendInvertedKey(append(text, prefix...), c.index, column, key, true), tail...)
		ends = append(ends, len(text))
	}
	var parts [][]byte
	if c.compound >= 0 {
		parts = make([][]byte, len(c.classes))
	}
	for i, class := range c.classes {
		v, err := c.value(i, from)
		if err != nil {
			return nil, err
		}
		if v.IsNull() || class == nil {
			continue
		}
		for _, key := range class.Keys(v) {
			add(i, key)
			if parts != nil {
				parts[i] = key
			}
		}
	}
	if parts != nil && !slices.ContainsFunc(parts, func(p []byte) bool { return p == nil }) {
		add(len(parts), c.compoundKey(parts))
	}
	return &entries{string(text), ends}, nil
}

// compoundPlace is, of classes of which one has cells and all others an order, which that one is; otherwise -1.
func compoundPlace(classes []*inverted.Class) int {
	place, others := -1, 0
	for i, class := range classes {
		if class.Placed() {
			place = i
		} else if class.Exact() {
			others++
		}
	}
	if others == 0 || others != len(classes)-1 {
		return -1
	}
	return place
}

// compoundKey is the key of a compound entry: the keys of the others, ended as texts are, and the cell.
func (c *indexCode) compoundKey(parts [][]byte) (key []byte) {
	for i, p := range parts {
		if i != c.compound {
			key = sortkey.AppendString(key, string(p))
		}
	}
	return append(key, parts[c.compound]...)
}

// reindexInverted is reindex for an inverted index.
func (t *Tx) reindexInverted(c *indexCode, user, oldKey string, old types.Row, newKey string, new types.Row) error {
	if old != nil && new != nil && oldKey == newKey && c.keysStay(old, new) {
		return nil
	}
	var before, after *entries
	var err error
	if old != nil {
		if before, err = t.invertedEntries(c, user, old, oldKey); err != nil {
			return err
		}
	}
	if new != nil {
		if after, err = t.invertedEntries(c, user, new, newKey); err != nil {
			return err
		}
	}
	if before.len() == 0 {
		t.putEntries(after)
		return nil
	}
	i, j := 0, 0
	for i < before.len() || j < after.len() {
		order := 0
		switch {
		case i == before.len():
			order = 1
		case j == after.len():
			order = -1
		default:
			order = cmp.Compare(before.at(i), after.at(j))
		}
		if order < 0 {
			t.put(&write{key: before.at(i)})
		} else if order > 0 {
			t.put(&write{key: after.at(j), value: anEntry})
		}
		if order <= 0 {
			i++
		}
		if order >= 0 {
			j++
		}
	}
	return nil
}

// putEntries writes entries that are new.
func (t *Tx) putEntries(e *entries) {
	room := make([]write, e.len())
	for i := range room {
		room[i].key, room[i].value = e.at(i), anEntry
		t.put(&room[i])
	}
}

// keysStay says whether two versions of a row are known to have the same keys, without looking into
// the values.
func (c *indexCode) keysStay(old, new types.Row) bool {
	if c.predicate != nil {
		return false
	}
	return !slices.ContainsFunc(c.places, func(at int) bool {
		if at < 0 {
			return true
		}
		a, b := old[at], new[at]
		return a.IsNull() != b.IsNull() || !a.IsNull() && !rowcodec.Identical(c.table.Columns[at].Type.Type, a, b)
	})
}

// buildInverted adds the entries of a row to those of a new index.
func (t *Tx) buildInverted(c *indexCode, list *newEntries, user string, row types.Row, rowKey string) error {
	made, err := t.invertedEntries(c, user, row, rowKey)
	for i := range made.len() {
		list.addText(made.at(i), anEntry)
	}
	return err
}

// verifyInverted looks for the entries that a row must have, and gives how many there are.
func (t *Tx) verifyInverted(c *indexCode, user string, row types.Row, rowKey string, v *Verified) (n int64, err error) {
	made, err := t.invertedEntries(c, user, row, rowKey)
	if err != nil {
		v.problem("index %s: %v", c.index.Name, err)
		return 0, nil
	}
	for i := range made.len() {
		_, found, err := t.store.engine.GetLatest([]byte(made.at(i)), nil)
		switch {
		case err != nil:
			return n, translate(err)
		case found:
			n++
		case !c.index.Invalid:
			v.problem("index %s: the row at %x has no entry at %x", c.index.Name, rowKey, made.at(i))
		}
	}
	return n, nil
}

// surplusEntries finds the entries of an inverted index that their rows have no keys for.
func (t *Tx) surplusEntries(ctx context.Context, c *indexCode, v *Verified) error {
	snap := t.store.snapshot()
	defer snap.release()
	prefix := keys.IndexPrefix(c.table, c.index.OID)
	it := snap.NewIter(prefix, keys.End(prefix))
	defer it.Close()
	n := 0
	for ok := it.First(); ok && len(v.Problems) < maxProblems; ok = it.Next() {
		if err := t.verifyEntry(c, string(it.Key()), v); err != nil {
			return err
		}
		if n++; n%4096 == 0 && ctx.Err() != nil {
			return translate(ctx.Err())
		}
	}
	return translate(it.Err())
}

func (t *Tx) verifyEntry(c *indexCode, entry string, v *Verified) error {
	user := userOf(c.table, entry) // it stands where rows have it
	at, ok := afterInvertedKey(c.index, []byte(entry), len(keys.SlicePrefix(c.table, c.index.OID, user)))
	if !ok {
		v.problem("index %s: the entry at %x cannot be read", c.index.Name, entry)
		return nil
	}
	rowKey := string(keys.SlicePrefix(c.table, 0, user)) + entry[at:]
	row, _, err := t.latest(c.table, rowKey)
	if err != nil {
		return err
	}
	if row == nil {
		v.problem("index %s: the entry at %x leads to no row", c.index.Name, entry)
		return nil
	}
	made, err := t.invertedEntries(c, user, row, rowKey)
	if err != nil {
		return nil // it is a problem of the row
	}
	for i := range made.len() {
		if made.at(i) == entry {
			return nil
		}
	}
	v.problem("index %s: the row at %x has no key for the entry at %x", c.index.Name, rowKey, entry)
	return nil
}

// afterInvertedKey is where, in an entry of an inverted index, the row's key begins, if there is
// a key from an offset on.
func afterInvertedKey(index *catalog.Index, entry []byte, from int) (at int, ok bool) {
	if at = from; len(index.Keys) > 1 {
		at++
	}
	for at < len(entry) {
		zero := bytes.IndexByte(entry[at:], 0)
		if zero < 0 || at+zero+1 >= len(entry) {
			return 0, false
		}
		if at += zero + 2; entry[at-1] == 1 {
			return at, true
		}
	}
	return 0, false
}
