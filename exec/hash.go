package exec

import "github.com/kalamsql/kalamsql/sql/types"

// rowTable is a hash table of rows under the equality that DISTINCT and GROUP
// BY use: NULLs are equal. V is what is kept per distinct row.
type rowTable[V any] struct {
	types   []*types.Type
	entries []rowEntry[V]
	// slots has the position of an entry plus one where its hash leads, or in the
	// next free place behind; its length is a power of two.
	slots []int32
	keys  rowArena
	// scalars: there is one key, and its values are held as integers. Different ones have
	// different hashes; null is the position of the NULL's entry plus one.
	scalars bool
	null    int32
}

type rowEntry[V any] struct {
	hash  uint64
	key   types.Row
	value V
}

func newRowTable[V any](ts []*types.Type) *rowTable[V] {
	return &rowTable[V]{types: ts, scalars: len(ts) == 1 && heldAsInteger(ts[0])}
}

// heldAsInteger says whether the values of a type are equal when their integers
// are.
func heldAsInteger(t *types.Type) bool {
	switch t {
	case types.Int2, types.Int4, types.Int8, types.Oid, types.Date, types.Timestamp, types.TimestampTZ, types.Time, types.Boolean:
		return true
	}
	return false
}

const nullHash = 0x9e3779b97f4a7c15

// at finds the entry of a row, making it when it is new. The pointer is valid
// until the next call.
func (t *rowTable[V]) at(key types.Row) (value *V, isNew bool) {
	i, isNew := t.place(key)
	return &t.entries[i].value, isNew
}

// place is at, giving the position of the entry.
func (t *rowTable[V]) place(key types.Row) (position int, isNew bool) {
	if len(t.entries) >= len(t.slots)/2 {
		t.grow()
	}
	h := t.hash(key)
	mask := uint64(len(t.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		i := t.slots[at]
		if i == 0 {
			t.entries = append(t.entries, rowEntry[V]{hash: h, key: t.keys.clone(key)})
			t.slots[at] = int32(len(t.entries))
			if t.scalars && key[0].IsNull() {
				t.null = int32(len(t.entries))
			}
			return len(t.entries) - 1, true
		}
		if e := &t.entries[i-1]; e.hash == h && t.matches(i, key) {
			return int(i - 1), false
		}
	}
}

// find is at without making.
func (t *rowTable[V]) find(key types.Row) *V {
	if len(t.slots) == 0 {
		return nil
	}
	h := t.hash(key)
	mask := uint64(len(t.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		i := t.slots[at]
		if i == 0 {
			return nil
		}
		if e := &t.entries[i-1]; e.hash == h && t.matches(i, key) {
			return &e.value
		}
	}
}

func (t *rowTable[V]) grow() {
	t.slots = make([]int32, max(16, 2*len(t.slots)))
	mask := uint64(len(t.slots) - 1)
	for i := range t.entries {
		at := t.entries[i].hash & mask
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = int32(i + 1)
	}
}

func (t *rowTable[V]) hash(key types.Row) uint64 { return hashRow(t.types, t.scalars, key) }

func hashRow(ts []*types.Type, scalars bool, key types.Row) uint64 {
	if scalars && !key[0].IsNull() {
		return mixInteger(uint64(key[0].Int()))
	}
	h := uint64(14695981039346656037)
	for i, d := range key {
		if d.IsNull() {
			h = h*1099511628211 ^ nullHash
			continue
		}
		h = ts[i].Hash(h, d)
	}
	return h
}

// mixInteger spreads an integer over all bits.
func mixInteger(h uint64) uint64 {
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}

// matches says whether an entry, given by its position plus one, has a key whose hash is
// the same as its own.
func (t *rowTable[V]) matches(entry int32, key types.Row) bool {
	if t.scalars {
		return (entry == t.null) == key[0].IsNull()
	}
	return t.same(t.entries[entry-1].key, key)
}

// same says whether two keys are equal.
func (t *rowTable[V]) same(a, b types.Row) bool {
	for i := range a {
		switch {
		case a[i].IsNull() || b[i].IsNull():
			if a[i].IsNull() != b[i].IsNull() {
				return false
			}
		case !t.types[i].Equal(a[i], b[i]):
			return false
		}
	}
	return true
}

// rowArena copies rows into large pieces of memory, which are let go of together.
type rowArena struct {
	free []types.Datum
	size int // of the newest piece
}

// arenaDatums is how many values a full piece of an arena has; the first pieces
// are smaller.
const arenaDatums = 4096

func (a *rowArena) clone(row types.Row) types.Row {
	out := a.make(len(row))
	copy(out, row)
	return out
}

// make gives a row of NULLs.
func (a *rowArena) make(width int) types.Row {
	if width == 0 {
		return types.Row{}
	}
	if len(a.free) < width {
		a.size = max(width, min(arenaDatums, max(16, 2*a.size)))
		a.free = make([]types.Datum, a.size)
	}
	row := types.Row(a.free[:width:width])
	a.free = a.free[width:]
	return row
}
