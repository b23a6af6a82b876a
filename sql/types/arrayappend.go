package types

import (
	"slices"
	"sync/atomic"
)

// arrayRoom is elements that several arrays share, each a longer beginning of them than the
// one before: what an array is appended to stays what it was. Whoever appends to the longest
// of them takes the place behind it; anybody else copies. So an array that is built by
// appending an element at a time costs as much as it has elements, not their square.
type arrayRoom struct {
	elems []Datum      // all there is room for
	taken atomic.Int64 // those that are in use
}

// Appended gives a one-dimensional array, which is not empty, with one more element.
func (a *Array) Appended(d Datum) *Array {
	n := len(a.Elems)
	room := a.room
	if room == nil || &room.elems[0] != &a.Elems[0] || n == len(room.elems) || !room.taken.CompareAndSwap(int64(n), int64(n+1)) {
		size := n + 1
		if room != nil { // it is not the first
			size = 2*n + 1
		}
		room = &arrayRoom{elems: make([]Datum, size)}
		copy(room.elems, a.Elems)
		room.taken.Store(int64(n + 1))
	}
	room.elems[n] = d
	// Nobody else's append may reach behind the end.
	return &Array{Elem: a.Elem, Dims: []int{a.Dims[0] + 1}, Lower: slices.Clone(a.Lower), Elems: room.elems[: n+1 : n+1], room: room}
}
