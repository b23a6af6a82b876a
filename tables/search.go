package tables

import (
	"bytes"
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr/inverted"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/keys"
)

// How an inverted index is searched: the entries of each key that is asked for are a list of rows in
// the order of storage, and the lists are read side by side, those that are behind leaping to where the
// others are. So what is read is bounded by the shortest list of those that must all
// have a row, and rows come out in order and once each, with nothing kept.

const (
	// mostGathered is how many entries are kept of keys that lie in a range, whose rows are in no
	// order; when there are more, the range tells nothing.
	mostGathered = 1 << 20
	// mostTogether is how many lists are read side by side of those that must all have a row;
	// the condition is checked anyway.
	mostTogether = 24
	// mostEither is how many lists are read side by side of which one must have a row; more
	// are read one after the other.
	mostEither = 64
	// fewSteps is how many entries are read before leaping is cheaper.
	fewSteps = 6
	// triedRows is after how many rows a list that has nearly all of them is read no further: to look
	// at a row costs no more than to find out that it has a key.
	triedRows = 64
)

// A rowSource gives rows, by the part of their keys that is behind the prefix of the slice, in order.
type rowSource interface {
	// seek goes to the first row at or behind a place, never back; false: there is none.
	seek(place []byte) bool
	// at is where it is, valid until the next seek.
	at() []byte
	close()
}

// search is a search in an inverted index, as of a snapshot with writes of the transaction on top.
type search struct {
	tx     *Tx
	snap   *snapshot
	own    overlay
	code   *indexCode
	noted  bool   // a serializable transaction notes what it reads
	prefix []byte // of the slice of the index
	rows   []byte // of the slice of the rows
	source rowSource
	place  []byte
	err    error
}

// newSearch begins a search for a cursor; nil: it tells nothing, and all rows are to be read.
func (c *Cursor) newSearch(q *inverted.Query) *search {
	code, err := c.tx.code(c.scan.Table, c.scan.Index)
	if err != nil {
		return &search{err: err}
	}
	x := &search{tx: c.tx, snap: c.snap, own: c.own, code: code, noted: c.tx.opts.Isolation == Serializable && c.tx.changeable == 0}
	return x.begin(c.scan.User, q)
}

// begin begins to search in the slice of a user; nil: it tells nothing.
func (x *search) begin(user string, q *inverted.Query) *search {
	x.prefix, x.rows = keys.SlicePrefix(x.code.table, x.code.index.OID, user), keys.SlicePrefix(x.code.table, 0, user)
	if x.source = x.open(q); x.source == nil && x.err == nil {
		return nil
	}
	return x
}

// next appends the key of the next row.
func (x *search) next(dst []byte) ([]byte, bool) {
	if x.err != nil || x.source == nil || !x.source.seek(x.place) {
		return dst, false
	}
	at := x.source.at()
	x.place = append(append(x.place[:0], at...), 0)
	return append(append(dst, x.rows...), at...), true
}

func (x *search) close() {
	if x.source != nil {
		x.source.close()
	}
}

// first is where the entries of a key, and of those behind it, begin.
func (x *search) first(column int, key []byte, end bool) []byte {
	return appendInvertedKey(append(make([]byte, 0, len(x.prefix)+len(key)+8), x.prefix...), x.code.index, column, key, end)
}

// bounds are those of the entries of a range.
func (x *search) bounds(column int, r inverted.Range) (lower, upper []byte) {
	if lower = x.first(column, r.From, false); r.To != nil {
		return lower, x.first(column, r.To, false)
	}
	return lower, keys.End(x.first(column, nil, false))
}

// note notes, of a serializable transaction, that it reads the entries within bounds.
func (x *search) note(lower, upper []byte) {
	if x.noted {
		x.tx.reads = append(x.tx.reads, readRange{string(lower), string(upper)})
	}
}

// open makes the source of what a query asks for; nil: it is not known, or there is an error.
func (x *search) open(q *inverted.Query) rowSource {
	switch q.Op {
	case inverted.NoRows:
		return &gathered{}
	case inverted.OneKey:
		head := x.first(q.Column, q.Key, true)
		x.note(head, keys.End(head))
		return &posting{search: x, it: x.tx.mergedIterator(x.snap, x.own, head, keys.End(head), false), head: head}
	case inverted.Between:
		return x.within(q.Column, q.Ranges)
	case inverted.And:
		var all together
		for _, a := range x.compound(q.Args) {
			if len(all.sources) == mostTogether {
				break
			}
			if s := x.open(a); s != nil {
				all.sources = append(all.sources, counted{rowSource: s})
			}
		}
		if len(all.sources) == 0 {
			return nil
		}
		return &all
	case inverted.Or, inverted.AtLeast:
		args, least := q.Args, 1
		if q.Op == inverted.AtLeast {
			least = q.Least
		}
		if least > 1 && len(args) > mostEither { // so many at least must have one of these
			args, least = args[:len(args)-least+1], 1
		}
		if least == 1 && len(args) > mostEither {
			return x.gather(args)
		}
		some := &among{least: least}
		for _, a := range args {
			s := x.open(a)
			if s == nil {
				some.close()
				return nil
			}
			some.sources = append(some.sources, s)
		}
		some.ended = make([]bool, len(some.sources))
		return some
	}
	return nil
}

// within reads the entries of ranges, which are in order, and leaps over what lies between them.
func (x *search) within(column int, ranges []inverted.Range) rowSource {
	if len(ranges) == 0 {
		return &gathered{}
	}
	from, _ := x.bounds(column, ranges[0])
	_, to := x.bounds(column, ranges[len(ranges)-1])
	if x.tx.gone(from) {
		to = from
	}
	stored := &window{Iterator: x.snap.NewIter(from, to)}
	defer func() { x.failed(stored.Iterator.Close()) }()
	g := &gathered{}
	for _, r := range ranges {
		lower, upper := x.bounds(column, r)
		x.note(lower, upper)
		stored.lower, stored.upper = lower, upper
		if x.own.nothing() && !stored.First() {
			continue
		}
		it := newMergedIterator(x.own.runs.Over(stored, lower, upper), x.own.tree, lower, upper, false)
		for {
			key, _, ok := it.next()
			if !ok {
				break
			}
			if len(g.list) == mostGathered {
				return nil
			}
			g.list = append(g.list, string(x.tail(key)))
		}
		if err := it.close(); err != nil {
			x.failed(err)
			return nil
		}
	}
	return g.settled()
}

// window shows, forwards, a part of what an iterator reads, which is not before parts that have
// been shown. Closing it leaves the iterator open.
type window struct {
	storage.Iterator
	lower, upper []byte
	started, ok  bool
}

func (w *window) First() bool {
	if !w.started || w.ok && bytes.Compare(w.Key(), w.lower) < 0 {
		w.started, w.ok = true, w.SeekGE(w.lower)
	}
	return w.shows()
}

func (w *window) Next() bool {
	w.ok = w.Iterator.Next()
	return w.shows()
}

func (w *window) shows() bool { return w.ok && bytes.Compare(w.Key(), w.upper) < 0 }

func (w *window) Close() error { return nil }

// compound puts, in the place of searches by the keys that compound entries are made of, one by those.
func (x *search) compound(args []*inverted.Query) []*inverted.Query {
	c := x.code
	if c.compound < 0 {
		return args
	}
	used := make([]int, len(c.classes)) // which of args it is, and one more
	for i, a := range args {
		if (a.Op == inverted.OneKey || a.Op == inverted.Between && a.Column == c.compound) && used[a.Column] == 0 {
			used[a.Column] = i + 1
		}
	}
	if slices.Contains(used, 0) {
		return args
	}
	parts := make([][]byte, len(c.classes))
	for i := range parts {
		parts[i] = args[used[i]-1].Key
	}
	all := &inverted.Query{Op: inverted.OneKey, Column: len(c.classes)}
	if placed := args[used[c.compound]-1]; placed.Op == inverted.OneKey {
		all.Key = c.compoundKey(parts)
	} else {
		all.Op = inverted.Between
		for _, r := range placed.Ranges {
			parts[c.compound] = r.From
			from := c.compoundKey(parts)
			parts[c.compound] = r.To
			all.Ranges = append(all.Ranges, inverted.Range{From: from, To: c.compoundKey(parts)})
		}
	}
	out := []*inverted.Query{all}
	for i, a := range args {
		if !slices.Contains(used, i+1) {
			out = append(out, a)
		}
	}
	return out
}

// gather reads one source after the other.
func (x *search) gather(args []*inverted.Query) rowSource {
	g := &gathered{}
	for _, a := range args {
		s := x.open(a)
		if s == nil {
			return nil
		}
		var place []byte
		for s.seek(place) {
			if len(g.list) == mostGathered {
				s.close()
				return nil
			}
			g.list = append(g.list, string(s.at()))
			place = append(append(place[:0], s.at()...), 0)
		}
		s.close()
	}
	return g.settled()
}

func (x *search) failed(err error) {
	if err != nil && x.err == nil {
		x.err = unreadable(x.code.table, err)
	}
}

// tail is the row of an entry.
func (x *search) tail(entry []byte) []byte {
	at, ok := afterInvertedKey(x.code.index, entry, len(x.prefix))
	if !ok {
		x.failed(sqlerr.New(sqlerr.DataCorrupted, `an entry of index "%s" cannot be read`, x.code.index.Name))
		return nil
	}
	return entry[at:]
}

// posting is the list of the rows that have a key.
type posting struct {
	search  *search
	it      *mergedIterator
	head    []byte // what all entries begin with
	place   []byte // head, and where to leap to
	key     []byte
	started bool
	ok      bool
}

func (p *posting) at() []byte { return p.key }
func (p *posting) close()     { p.search.failed(p.it.close()) }

func (p *posting) seek(place []byte) bool {
	if p.started && (!p.ok || bytes.Compare(p.key, place) >= 0) {
		return p.ok
	}
	for n := 0; ; n++ {
		if len(place) > 0 && (!p.started || n == fewSteps) {
			p.place = append(append(p.place[:0], p.head...), place...)
			p.it.seek(p.place)
		}
		p.started = true
		var key []byte
		if key, _, p.ok = p.it.next(); !p.ok {
			p.search.failed(p.it.base.Err())
			return false
		}
		if p.key = key[len(p.head):]; bytes.Compare(p.key, place) >= 0 {
			return true
		}
	}
}

// gathered are rows that have been read before.
type gathered struct {
	list []string
	next int
	key  []byte
}

func (g *gathered) settled() *gathered {
	slices.Sort(g.list)
	g.list = slices.Compact(g.list)
	return g
}

func (g *gathered) at() []byte { return g.key }
func (g *gathered) close()     { g.list = nil }

func (g *gathered) seek(place []byte) bool {
	for g.next < len(g.list) && g.list[g.next] < string(place) {
		g.next++
	}
	if g.next == len(g.list) {
		return false
	}
	g.key = append(g.key[:0], g.list[g.next]...)
	return true
}

// counted is one of several sources that must all have a row: how often it was asked for one, and how
// often it did not have it.
type counted struct {
	rowSource
	asked, lacked int
}

// together gives the rows that all sources have; those that have nearly all are given up. The first one leads.
type together struct{ sources []counted }

func (t *together) at() []byte { return t.sources[0].at() }

func (t *together) close() {
	for _, s := range t.sources {
		s.close()
	}
}

func (t *together) seek(place []byte) bool {
again:
	if !t.sources[0].seek(place) {
		return false
	}
	row := t.sources[0].at()
	for i := 1; i < len(t.sources); i++ {
		s := &t.sources[i]
		if !s.seek(row) {
			return false
		}
		s.asked++
		if place = s.at(); !bytes.Equal(place, row) {
			s.lacked++
			if i > 0 && s.lacked > t.sources[i-1].lacked { // whoever lacks most is asked first
				t.sources[i], t.sources[i-1] = t.sources[i-1], t.sources[i]
			}
			goto again
		}
		if s.asked >= triedRows && s.lacked*16 < s.asked {
			s.close()
			t.sources = slices.Delete(t.sources, i, i+1)
			i--
		}
	}
	return true
}

// among gives the rows that some of the sources have, so many at least.
type among struct {
	sources []rowSource
	ended   []bool
	least   int
	row     []byte
	places  [][]byte
}

func (a *among) at() []byte { return a.row }

func (a *among) close() {
	for _, s := range a.sources {
		s.close()
	}
}

func (a *among) seek(place []byte) bool {
	for {
		a.places = a.places[:0]
		for i, s := range a.sources {
			if a.ended[i] {
				continue
			}
			if !s.seek(place) {
				a.ended[i] = true
				continue
			}
			a.places = append(a.places, s.at())
		}
		if len(a.places) < a.least {
			return false
		}
		if a.least > 1 {
			slices.SortFunc(a.places, bytes.Compare)
			// No row before this one is in enough of them.
			if first := a.places[a.least-1]; !bytes.Equal(first, a.places[0]) {
				a.row = append(a.row[:0], first...)
				place = a.row
				continue
			}
		} else {
			least := a.places[0]
			for _, p := range a.places[1:] {
				if bytes.Compare(p, least) < 0 {
					least = p
				}
			}
			a.places[0] = least
		}
		a.row = append(a.row[:0], a.places[0]...)
		return true
	}
}
