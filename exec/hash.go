package exec

import "github.com/kalamsql/kalamsql/sql/types"

// rowTable is a hash table of rows under the equality that DISTINCT and GROUP
// BY use: NULLs are equal. V is what is kept per distinct row.
type rowTable[V any] struct {
	types   []*types.Type
	buckets map[uint64][]int
	entries []rowEntry[V]
}

type rowEntry[V any] struct {
	key   types.Row
	value V
}

func newRowTable[V any](ts []*types.Type) *rowTable[V] {
	return &rowTable[V]{types: ts, buckets: map[uint64][]int{}}
}

const nullHash = 0x9e3779b97f4a7c15

// at finds the entry of a row, making it when it is new. The pointer is valid
// until the next call.
func (t *rowTable[V]) at(key types.Row) (value *V, isNew bool) {
	h := t.hash(key)
	for _, i := range t.buckets[h] {
		if t.same(t.entries[i].key, key) {
			return &t.entries[i].value, false
		}
	}
	t.entries = append(t.entries, rowEntry[V]{key: key.Clone()})
	t.buckets[h] = append(t.buckets[h], len(t.entries)-1)
	return &t.entries[len(t.entries)-1].value, true
}

// find is at without making.
func (t *rowTable[V]) find(key types.Row) *V {
	for _, i := range t.buckets[t.hash(key)] {
		if t.same(t.entries[i].key, key) {
			return &t.entries[i].value
		}
	}
	return nil
}

func (t *rowTable[V]) hash(key types.Row) uint64 {
	h := uint64(14695981039346656037)
	for i, d := range key {
		if d.IsNull() {
			h = h*1099511628211 ^ nullHash
			continue
		}
		h = t.types[i].Hash(h, d)
	}
	return h
}

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
