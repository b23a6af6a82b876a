package exec

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// memo has the right rows of an apply by what the right side has been given, to the byte: values that are
// equal and are written in different ways give different rows. It begins anew when its rows take more than work_mem,
// and gives up if few of what is asked for has been asked for before.
type memo struct {
	rt      *Runtime
	types   []*types.Type
	kept    map[string][]types.Row
	arena   rowArena
	bytes   int64
	key     []byte
	filling []types.Row // the rows of key so far
	over    bool        // these alone are too many to be kept

	hits, misses, evictions, most int64
}

const (
	// triedMisses is after how many rows that were not known memo looks whether it is of use.
	triedMisses = 1000
	// memoRow is what a row takes besides its values.
	memoRow = 64
)

func newMemo(rt *Runtime, n *plan.Apply) *memo {
	m := &memo{rt: rt, kept: map[string][]types.Row{}}
	for _, a := range n.Args {
		m.types = append(m.types, a.Type())
	}
	return m
}

// find gives the rows that are known for args; false: they are to be read, and given to add, and end.
func (m *memo) find(args types.Row) ([]types.Row, bool) {
	m.key = m.key[:0]
	for i, d := range args {
		if d.IsNull() {
			m.key = append(m.key, 0)
			continue
		}
		from := len(m.key)
		m.key = m.types[i].AppendBinary(append(m.key, 1, 0, 0, 0, 0), d, m.rt.Eval.Env)
		binary.BigEndian.PutUint32(m.key[from+1:], uint32(len(m.key)-from))
	}
	rows, known := m.kept[string(m.key)]
	if known {
		m.hits++
	} else {
		m.misses++
	}
	m.filling = nil
	return rows, known
}

// add takes a copy of a row, unless those of its key are too many.
func (m *memo) add(row types.Row) {
	if m.over {
		return
	}
	m.filling = append(m.filling, m.arena.clone(row))
	if m.bytes += row.Bytes() + memoRow; m.bytes > m.rt.WorkMem {
		m.forget()
		m.over = true
	}
}

// end says that there are no more rows; false: the memo is of no use.
func (m *memo) end() bool {
	if !m.over {
		m.bytes += int64(len(m.key)) + memoRow
		m.most = max(m.most, m.bytes)
		if m.kept[string(m.key)] = m.filling; m.bytes > m.rt.WorkMem {
			m.forget()
		}
	}
	m.filling, m.over = nil, false
	return m.misses < triedMisses || m.hits > m.misses/4
}

// forget begins anew.
func (m *memo) forget() {
	m.evictions += int64(len(m.kept))
	clear(m.kept)
	m.arena, m.filling, m.bytes = rowArena{}, nil, 0
}

func (o *apply) report(in *Instrument) {
	if m := o.memo; m != nil {
		in.MemoHits, in.MemoMisses, in.MemoEvictions, in.HashBytes = in.MemoHits+m.hits, in.MemoMisses+m.misses, in.MemoEvictions+m.evictions, max(in.HashBytes, m.most)
	}
}

// memoized shows a right side whose rows are kept.
func memoized(n *plan.Apply, keys []string, right *explained, seen *Instrument) *explained {
	out := &explained{node: n, kind: "Memoize", head: "Memoize", estimate: right.estimate}
	out.detail("Cache Key", strings.Join(keys, ", "))
	out.detail("Cache Mode", "binary")
	if seen != nil {
		out.seen = &Instrument{}
		if right.seen != nil {
			*out.seen = *right.seen
		}
		out.seen.Loops, out.seen.Rows = seen.MemoHits+seen.MemoMisses, seen.Rows
		kb := (seen.HashBytes + 1023) / 1024
		out.details = append(out.details,
			property{name: "Cache Hits", value: seen.MemoHits, text: fmt.Sprintf("Hits: %d  Misses: %d  Evictions: %d  Overflows: 0  Memory Usage: %dkB", seen.MemoHits, seen.MemoMisses, seen.MemoEvictions, kb)},
			property{name: "Cache Misses", value: seen.MemoMisses, hidden: true}, property{name: "Cache Evictions", value: seen.MemoEvictions, hidden: true},
			property{name: "Cache Overflows", value: 0, hidden: true}, property{name: "Peak Memory Usage", value: kb, hidden: true})
	}
	out.below("Outer", right)
	return out
}
