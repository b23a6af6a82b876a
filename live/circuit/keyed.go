package circuit

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// keyed is a hash table by rows, under the equality of GROUP BY: NULLs are equal.
type keyed[V any] struct {
	types     []*types.Type
	canonical bool // equal keys look the same
	slots     map[uint64]*slot[V]
}

// slot is what is kept for one key.
type slot[V any] struct {
	key   types.Row
	value V
	next  *slot[V]
	nth   uint32 // unlike that of all others with the same hash
}

func newKeyed[V any](ts []*types.Type) *keyed[V] {
	canonical := !slices.ContainsFunc(ts, func(t *types.Type) bool { return !t.Canonical() })
	return &keyed[V]{types: ts, canonical: canonical, slots: map[uint64]*slot[V]{}}
}

// identity makes an identity for what has a key that is there: the same one for equal keys, in
// every run, so that rows that sort alike keep their places when a subscription
// resumes.
func (k *keyed[V]) identity(key types.Row) string {
	if k.canonical {
		return string(appendLook(nil, k.types, nil, key))
	}
	nth := uint32(0)
	if s := k.find(key); s != nil {
		nth = s.nth
	}
	return string(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, k.hash(key)), nth))
}

// find gives the slot of a key, nil if there is none.
func (k *keyed[V]) find(key types.Row) *slot[V] {
	for s := k.slots[k.hash(key)]; s != nil; s = s.next {
		if k.same(s.key, key) {
			return s
		}
	}
	return nil
}

// at is find that makes the slot.
func (k *keyed[V]) at(key types.Row) (s *slot[V], isNew bool) {
	h := k.hash(key)
	for s := k.slots[h]; s != nil; s = s.next {
		if k.same(s.key, key) {
			return s, false
		}
	}
	s = &slot[V]{key: key.Clone(), next: k.slots[h]}
	if s.next != nil { // the newest of them
		s.nth = s.next.nth + 1
	}
	k.slots[h] = s
	return s, true
}

// drop takes a slot out.
func (k *keyed[V]) drop(s *slot[V]) {
	h := k.hash(s.key)
	if k.slots[h] == s {
		if s.next == nil {
			delete(k.slots, h)
		} else {
			k.slots[h] = s.next
		}
		return
	}
	for before := k.slots[h]; before != nil; before = before.next {
		if before.next == s {
			before.next = s.next
			return
		}
	}
}

func (k *keyed[V]) hash(key types.Row) uint64 {
	h := uint64(14695981039346656037)
	for i, d := range key {
		if d.IsNull() {
			h = h*1099511628211 ^ 0x9e3779b97f4a7c15
			continue
		}
		h = k.types[i].Hash(h, d)
	}
	return h
}

func (k *keyed[V]) same(a, b types.Row) bool {
	for i := range a {
		switch {
		case a[i].IsNull() || b[i].IsNull():
			if a[i].IsNull() != b[i].IsNull() {
				return false
			}
		case !k.types[i].Equal(a[i], b[i]):
			return false
		}
	}
	return true
}

// member is a row that an operator keeps.
type member struct {
	id  string
	row types.Row
	// matches counts the partners of a join's row.
	matches int
}

// bucket is the rows with one key, in the order of their identities.
type bucket struct{ members []*member }

func (b *bucket) search(id string) (int, bool) {
	if n := len(b.members); n == 0 || b.members[n-1].id < id { // rows mostly come in order
		return n, false
	}
	return slices.BinarySearchFunc(b.members, id, func(m *member, id string) int { return strings.Compare(m.id, id) })
}

// put adds a member.
func (b *bucket) put(m *member) {
	i, _ := b.search(m.id)
	b.members = slices.Insert(b.members, i, m)
}

// take removes the member with an identity, and gives it.
func (b *bucket) take(id string) *member {
	i, ok := b.search(id)
	if !ok {
		return nil
	}
	m := b.members[i]
	b.members = slices.Delete(b.members, i, i+1)
	return m
}

func (b *bucket) rows() []types.Row {
	rows := make([]types.Row, len(b.members))
	for i, m := range b.members {
		rows[i] = m.row
	}
	return rows
}

// evalRow evaluates expressions into out.
func evalRow(c *expr.Context, out types.Row, exprs []expr.Expr, row types.Row) (err error) {
	for i, e := range exprs {
		if out[i], err = e.Eval(c, row); err != nil {
			return err
		}
	}
	return nil
}

// evalKey is evalRow for keys of which NULL equals nothing.
func evalKey(c *expr.Context, out types.Row, keys []expr.Expr, row types.Row) (null bool, err error) {
	err = evalRow(c, out, keys, row)
	return slices.ContainsFunc(out, types.Datum.IsNull), err
}

func typesOf(exprs []expr.Expr) []*types.Type {
	ts := make([]*types.Type, len(exprs))
	for i, e := range exprs {
		ts[i] = e.Type()
	}
	return ts
}

func columnTypes(cols []plan.Column) []*types.Type {
	ts := make([]*types.Type, len(cols))
	for i, c := range cols {
		ts[i] = c.Type
	}
	return ts
}
