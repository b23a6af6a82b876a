package storage

import (
	"bytes"
	"encoding/binary"
	"sync/atomic"

	"github.com/tidwall/btree"
)

// volatileItem is one key of the memory store. Both slices are immutable once in
// the tree.
type volatileItem struct{ key, value []byte }

type volatileTree = btree.BTreeG[volatileItem]

type volatileKind uint8

const (
	volatileSet volatileKind = iota
	volatileSetStamped
	volatileDelete
	volatileDeleteRange
)

type volatileOp struct {
	kind  volatileKind
	item  volatileItem
	upper []byte // of a range
}

func newVolatileSet(key, value []byte, stamped bool) volatileOp {
	bytes := make([]byte, len(key)+len(value))
	copy(bytes, key)
	copy(bytes[len(key):], value)
	op := volatileOp{kind: volatileSet, item: volatileItem{key: bytes[:len(key):len(key)], value: bytes[len(key):]}}
	if stamped {
		op.kind = volatileSetStamped
	}
	return op
}

// volatileStore is the memory keyspaces: a copy-on-write B-tree that the commit
// mutex guards, and the copy of it that readers share until the next change.
type volatileStore struct {
	tree   *volatileTree                // guarded by the commit mutex
	shared atomic.Pointer[volatileTree] // nil when tree has changed since the last copy; never mutated
}

func newVolatileStore() *volatileStore {
	less := func(a, b volatileItem) bool { return bytes.Compare(a.key, b.key) < 0 }
	return &volatileStore{tree: btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})}
}

// apply makes the changes of one commit. The commit mutex is held.
func (s *volatileStore) apply(ops []volatileOp, seq Seq) {
	if len(ops) == 0 {
		return
	}
	s.shared.Store(nil)
	for i := range ops {
		op := &ops[i]
		switch op.kind {
		case volatileSetStamped:
			binary.BigEndian.PutUint64(op.item.value, uint64(seq))
			s.tree.Set(op.item)
		case volatileSet:
			s.tree.Set(op.item)
		case volatileDelete:
			s.tree.Delete(op.item)
		case volatileDeleteRange:
			s.deleteRange(op.item.key, op.upper)
		}
	}
}

func (s *volatileStore) deleteRange(lower, upper []byte) {
	var doomed []volatileItem
	s.tree.Ascend(volatileItem{key: lower}, func(item volatileItem) bool {
		if bytes.Compare(item.key, upper) >= 0 {
			return false
		}
		doomed = append(doomed, item)
		return true
	})
	for _, item := range doomed {
		s.tree.Delete(item)
	}
}

// copyLocked returns an immutable copy of the tree as it is. The commit mutex is held.
func (s *volatileStore) copyLocked() *volatileTree {
	if t := s.shared.Load(); t != nil {
		return t
	}
	t := s.tree.Copy()
	s.shared.Store(t)
	return t
}

// latestVolatile returns an immutable copy of the memory keyspaces.
func (e *Engine) latestVolatile() *volatileTree {
	if t := e.volatile.shared.Load(); t != nil {
		return t
	}
	e.commit.Lock()
	defer e.commit.Unlock()
	return e.volatile.copyLocked()
}
