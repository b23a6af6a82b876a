package storage

import (
	"bytes"

	"github.com/cockroachdb/pebble/v2"
	"github.com/tidwall/btree"
)

// Iterator walks a range of keys in both directions. A positioning method
// reports whether it stands on a key; when it does not, the end was reached or
// Err is set. Past an end, Prev or Next returns to the last or first key. An
// iterator belongs to one goroutine.
type Iterator interface {
	Walk
	SeekGE(key []byte) bool // the first key at or after key
	SeekLT(key []byte) bool // the last key before key
}

var volatileStart = []byte{SpaceVolatile}

// newIterator takes over one acquire of the engine, which Close releases. All
// volatile keys sort after all durable ones, so a range over both is one part
// after the other.
func newIterator(e *Engine, r pebble.Reader, t *volatileTree, lower, upper []byte) Iterator {
	if isVolatile(lower) {
		return &volatileIterator{engine: e, iter: t.Iter(), lower: lower, upper: upper}
	}
	durableUpper := upper
	both := upper == nil || bytes.Compare(upper, volatileStart) > 0
	if both {
		durableUpper = volatileStart
	}
	iter, err := r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: durableUpper})
	if err != nil {
		e.release()
		return failedIterator{translate(err)}
	}
	if !both {
		return &durableIterator{engine: e, iter: iter}
	}
	return &spanIterator{
		durable:  &durableIterator{engine: e, iter: iter},
		volatile: &volatileIterator{iter: t.Iter(), lower: volatileStart, upper: upper},
	}
}

// durableIterator is Pebble's.
type durableIterator struct {
	engine *Engine
	iter   *pebble.Iterator
	err    error
}

func (i *durableIterator) First() bool            { return i.iter.First() }
func (i *durableIterator) Last() bool             { return i.iter.Last() }
func (i *durableIterator) SeekGE(key []byte) bool { return i.iter.SeekGE(key) }
func (i *durableIterator) SeekLT(key []byte) bool { return i.iter.SeekLT(key) }
func (i *durableIterator) Next() bool             { return i.iter.Next() }
func (i *durableIterator) Prev() bool             { return i.iter.Prev() }
func (i *durableIterator) Key() []byte            { return i.iter.Key() }

func (i *durableIterator) Value() []byte {
	value, err := i.iter.ValueAndErr()
	if err != nil && i.err == nil {
		i.err = err
	}
	return value
}

func (i *durableIterator) Err() error {
	if i.err != nil {
		return translate(i.err)
	}
	return translate(i.iter.Error())
}

func (i *durableIterator) Close() error {
	if i.engine == nil {
		return nil
	}
	err := i.Err()
	if cerr := i.iter.Close(); err == nil {
		err = translate(cerr)
	}
	i.engine.release()
	i.engine = nil
	return err
}

// volatileIterator walks an immutable copy of the memory store within bounds.
type volatileIterator struct {
	engine       *Engine // nil when part of a spanIterator
	iter         btree.IterG[volatileItem]
	lower, upper []byte
	item         volatileItem
	at           iterPosition
}

type iterPosition uint8

const (
	atNowhere iterPosition = iota
	beforeFirst
	atKey
	afterLast
)

func (i *volatileIterator) First() bool { return i.SeekGE(i.lower) }

func (i *volatileIterator) Last() bool {
	if i.upper != nil {
		return i.SeekLT(i.upper)
	}
	return i.landBackward(i.iter.Last())
}

func (i *volatileIterator) SeekGE(key []byte) bool {
	if bytes.Compare(key, i.lower) < 0 {
		key = i.lower
	}
	return i.landForward(i.iter.Seek(volatileItem{key: key}))
}

func (i *volatileIterator) SeekLT(key []byte) bool {
	if i.upper != nil && bytes.Compare(key, i.upper) > 0 {
		key = i.upper
	}
	if !i.iter.Seek(volatileItem{key: key}) {
		return i.landBackward(i.iter.Last())
	}
	return i.landBackward(i.iter.Prev())
}

func (i *volatileIterator) Next() bool {
	switch i.at {
	case atKey:
		return i.landForward(i.iter.Next())
	case beforeFirst, atNowhere:
		return i.First()
	}
	return false
}

func (i *volatileIterator) Prev() bool {
	switch i.at {
	case atKey:
		return i.landBackward(i.iter.Prev())
	case afterLast, atNowhere:
		return i.Last()
	}
	return false
}

func (i *volatileIterator) landForward(ok bool) bool {
	if ok {
		i.item = i.iter.Item()
		ok = i.upper == nil || bytes.Compare(i.item.key, i.upper) < 0
	}
	return i.land(ok, afterLast)
}

func (i *volatileIterator) landBackward(ok bool) bool {
	if ok {
		i.item = i.iter.Item()
		ok = bytes.Compare(i.item.key, i.lower) >= 0
	}
	return i.land(ok, beforeFirst)
}

func (i *volatileIterator) land(ok bool, otherwise iterPosition) bool {
	i.at = atKey
	if !ok {
		i.at, i.item = otherwise, volatileItem{}
	}
	return ok
}

func (i *volatileIterator) Key() []byte   { return i.item.key }
func (i *volatileIterator) Value() []byte { return i.item.value }
func (i *volatileIterator) Err() error    { return nil }

func (i *volatileIterator) Close() error {
	if i.engine != nil {
		i.engine.release()
		i.engine = nil
	}
	return nil
}

// spanIterator is a durable range followed by a volatile one.
type spanIterator struct {
	durable    *durableIterator
	volatile   *volatileIterator
	inVolatile bool
}

func (i *spanIterator) First() bool { return i.forward(i.durable.First()) }
func (i *spanIterator) Last() bool  { return i.backward(i.volatile.Last()) }

func (i *spanIterator) SeekGE(key []byte) bool {
	if isVolatile(key) {
		i.inVolatile = true
		return i.volatile.SeekGE(key)
	}
	return i.forward(i.durable.SeekGE(key))
}

func (i *spanIterator) SeekLT(key []byte) bool {
	if isVolatile(key) {
		return i.backward(i.volatile.SeekLT(key))
	}
	i.inVolatile = false
	return i.durable.SeekLT(key)
}

func (i *spanIterator) Next() bool {
	if i.inVolatile {
		return i.volatile.Next()
	}
	return i.forward(i.durable.Next())
}

func (i *spanIterator) Prev() bool {
	if !i.inVolatile {
		return i.durable.Prev()
	}
	return i.backward(i.volatile.Prev())
}

// forward goes on to the volatile range when the durable one has ended.
func (i *spanIterator) forward(found bool) bool {
	i.inVolatile = !found && i.durable.Err() == nil
	if i.inVolatile {
		return i.volatile.First()
	}
	return found
}

// backward goes back to the durable range when the volatile one has ended.
func (i *spanIterator) backward(found bool) bool {
	i.inVolatile = found
	return found || i.durable.Last()
}

func (i *spanIterator) Key() []byte {
	if i.inVolatile {
		return i.volatile.Key()
	}
	return i.durable.Key()
}

func (i *spanIterator) Value() []byte {
	if i.inVolatile {
		return i.volatile.Value()
	}
	return i.durable.Value()
}

func (i *spanIterator) Err() error   { return i.durable.Err() }
func (i *spanIterator) Close() error { return i.durable.Close() }

// failedIterator has no keys, only a reason.
type failedIterator struct{ err error }

func (i failedIterator) First() bool        { return false }
func (i failedIterator) Last() bool         { return false }
func (i failedIterator) SeekGE([]byte) bool { return false }
func (i failedIterator) SeekLT([]byte) bool { return false }
func (i failedIterator) Next() bool         { return false }
func (i failedIterator) Prev() bool         { return false }
func (i failedIterator) Key() []byte        { return nil }
func (i failedIterator) Value() []byte      { return nil }
func (i failedIterator) Err() error         { return i.err }
func (i failedIterator) Close() error       { return i.err }
