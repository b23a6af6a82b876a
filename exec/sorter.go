package exec

import (
	"container/heap"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// sorter sorts rows: in memory up to work_mem, beyond by writing sorted runs to
// disk and merging them. Rows that are equal keep their order.
type sorter struct {
	rt    *Runtime
	order *sortOrder
	types []*types.Type // of rows with computed keys
	spill bool          // rows of these types can be written

	items []item
	arena rowArena
	bytes int64
	count int
	at    int // of the next item, once sorted
	// runs are sorted, each later one of later rows. levels says of how many times
	// merged runs each is made.
	runs   []*spillFile
	levels []int
	merge  *runMerge
	// most is the largest size in memory, and written the bytes on disk.
	most, written int64
}

// mergeWidth is how many runs are merged at once.
const mergeWidth = 16

// sortCheck is after how many rows a sort looks whether it is cancelled.
const sortCheck = 1 << 16

func newSorter(rt *Runtime, keys []plan.SortKey, cols []plan.Column) *sorter {
	s := &sorter{rt: rt, order: newSortOrder(keys, len(cols)), types: columnTypes(cols)}
	for _, e := range s.order.computed {
		s.types = append(s.types, e.Type())
	}
	s.spill = rt.spills(s.types)
	return s
}

// add takes a copy of a row.
func (s *sorter) add(row types.Row) error {
	kept := s.arena.make(s.order.size())
	copy(kept, row)
	if err := s.order.compute(s.rt, kept); err != nil {
		return err
	}
	s.items = append(s.items, item{lead: s.order.leadOf(kept), row: kept, n: s.count})
	if s.count++; s.count%sortCheck == 0 {
		if err := s.rt.interrupted(); err != nil {
			return err
		}
	}
	if s.bytes += kept.Bytes() + itemBytes; s.spill && s.bytes > s.rt.WorkMem {
		return s.writeRun()
	}
	return s.rt.mayKeep(s.bytes)
}

// itemBytes is what an item takes besides its row.
const itemBytes = 40

func (s *sorter) writeRun() error {
	s.most = max(s.most, s.bytes)
	s.order.sort(s.items)
	run := s.rt.spillFile(s.types)
	s.runs, s.levels = append(s.runs, run), append(s.levels, 0)
	for i := range s.items {
		if err := run.write(s.items[i].row); err != nil {
			return err
		}
	}
	clear(s.items)
	s.items, s.arena, s.bytes = s.items[:0], rowArena{}, 0
	s.written += run.size
	return s.mergeRuns()
}

// mergeRuns merges the last runs while there are many of one level.
func (s *sorter) mergeRuns() error {
	for {
		n := len(s.runs)
		if n < mergeWidth || s.levels[n-mergeWidth] != s.levels[n-1] {
			return nil
		}
		from := n - mergeWidth
		m, err := newRunMerge(s.order, s.runs[from:])
		if err != nil {
			return err
		}
		out := s.rt.spillFile(s.types)
		level := s.levels[n-1] + 1
		old := append([]*spillFile(nil), s.runs[from:]...)
		s.runs, s.levels = append(s.runs[:from], out), append(s.levels[:from], level)
		for k := 0; ; k++ {
			it, err := m.next()
			if err != nil {
				return err
			}
			if it == nil {
				break
			}
			if err := out.write(it.row); err != nil {
				return err
			}
			if k%sortCheck == 0 {
				if err := s.rt.interrupted(); err != nil {
					return err
				}
			}
		}
		for _, run := range old {
			run.close()
		}
	}
}

// sort ends adding.
func (s *sorter) sort() error {
	if err := s.rt.interrupted(); err != nil {
		return err
	}
	if len(s.runs) > 0 {
		if len(s.items) > 0 {
			if err := s.writeRun(); err != nil {
				return err
			}
		}
		var err error
		s.merge, err = newRunMerge(s.order, s.runs)
		return err
	}
	s.most = max(s.most, s.bytes)
	s.order.sort(s.items)
	return nil
}

// next gives the next item in order, nil at the end. It is valid until the next
// call if there are runs.
func (s *sorter) next() (*item, error) {
	if s.merge != nil {
		return s.merge.next()
	}
	if s.at == len(s.items) {
		return nil, nil
	}
	s.at++
	return &s.items[s.at-1], nil
}

// reset lets go of all rows, for others.
func (s *sorter) reset() {
	items := s.items
	s.close()
	clear(items)
	s.items, s.arena, s.levels = items[:0], rowArena{}, s.levels[:0]
	s.bytes, s.count, s.most, s.written = 0, 0, 0, 0
}

func (s *sorter) close() {
	for _, r := range s.runs {
		r.close()
	}
	s.runs, s.items, s.merge, s.at = nil, nil, nil, 0
}

// runMerge gives the rows of sorted runs in order.
type runMerge struct {
	order   *sortOrder
	heads   []*runHead // a heap
	pending bool       // the first head has been handed out
}

// runHead is the next row of a run.
type runHead struct {
	item
	run *spillReader
}

func newRunMerge(order *sortOrder, runs []*spillFile) (*runMerge, error) {
	m := &runMerge{order: order}
	for i, r := range runs {
		reader, err := r.reader()
		if err != nil {
			return nil, err
		}
		h := &runHead{run: reader}
		h.row = make(types.Row, order.size())
		h.n = i
		if ok, err := m.advance(h); err != nil {
			return nil, err
		} else if ok {
			m.heads = append(m.heads, h)
		}
	}
	heap.Init(m)
	return m, nil
}

func (m *runMerge) advance(h *runHead) (bool, error) {
	ok, err := h.run.next(h.row)
	if ok {
		h.lead = m.order.leadOf(h.row)
	}
	return ok, err
}

func (m *runMerge) next() (*item, error) {
	if m.pending {
		m.pending = false
		ok, err := m.advance(m.heads[0])
		if err != nil {
			return nil, err
		}
		if ok {
			heap.Fix(m, 0)
		} else {
			heap.Pop(m)
		}
	}
	if len(m.heads) == 0 {
		return nil, nil
	}
	m.pending = true
	return &m.heads[0].item, nil
}

// Len, Less, Swap, Push and Pop are heap.Interface.
func (m *runMerge) Len() int { return len(m.heads) }

// Less orders equal rows by their runs.
func (m *runMerge) Less(i, k int) bool {
	if c := m.order.compare(&m.heads[i].item, &m.heads[k].item); c != 0 {
		return c < 0
	}
	return m.heads[i].n < m.heads[k].n
}

// Swap is heap.Interface's.
func (m *runMerge) Swap(i, k int) { m.heads[i], m.heads[k] = m.heads[k], m.heads[i] }

// Push is heap.Interface's.
func (m *runMerge) Push(x any) { m.heads = append(m.heads, x.(*runHead)) }

// Pop is heap.Interface's.
func (m *runMerge) Pop() any {
	last := m.heads[len(m.heads)-1]
	m.heads = m.heads[:len(m.heads)-1]
	return last
}
