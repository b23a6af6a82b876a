package tables

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr/inverted"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables/blocks"
	"github.com/kalamsql/kalamsql/tables/keys"
	"github.com/kalamsql/kalamsql/tables/rowcodec"
)

// Scan says what to read of a table.
type Scan struct {
	Table *catalog.Table
	// User is whose slice of a table with slices.
	User string
	// Index is whose order and ranges are meant; nil is the order of storage.
	Index *catalog.Index
	// Ranges bounds the index keys; nil reads all. They do not overlap.
	Ranges  []Range
	Reverse bool
	// RowOrder hands the rows that another index than the primary key leads to out in
	// the order of storage, as far as a thousand entries at a time allow.
	RowOrder bool
	// IndexOnly reads nothing but the entries of Index, which is not the primary key and covers
	// all columns that are wanted (catalog.Table.Covering); neither sequences, versions nor references are.
	IndexOnly bool
	// Need lists the columns that are wanted; nil is all.
	Need []bool
	// NoVersion leaves out the rows' versions.
	NoVersion bool
	// NoKeys: nobody asks for the references of the rows (Ref).
	NoKeys bool
	// Conditions hold for the rows that are wanted. They are looked at where that is
	// quick: of a row that is Chosen they hold, of others nothing is known.
	Conditions []Condition
	// Interrupted, if it is set, is called now and then while no row is handed out; its error
	// ends the scan.
	Interrupted func() error
	// Search, of an inverted index, says which rows to read by it; nil of any other.
	Search *inverted.Query
	// Expired reads stream rows past their time that are not removed yet, too.
	Expired bool
}

// Condition compares a column with a value.
type Condition = blocks.Condition

// Range is an interval of index keys.
type Range struct {
	Prefix    []types.Datum
	Low, High *Bound
}

// Bound is one end of a Range.
type Bound struct {
	Value     types.Datum
	Inclusive bool
}

// Cursor reads the rows of a Scan: the snapshot with the transaction's own
// earlier writes on top. It may outlive the statement, not the transaction.
type Cursor struct {
	tx    *Tx
	scan  Scan
	snap  *snapshot
	own   overlay
	spans []span // what is still to be read
	it    *mergedIterator
	// blocks reads in the place of spans and it; nil where that cannot be.
	blocks *blockScan
	row    types.Row
	// key is that of the current row, valid until the next.
	key     []byte
	decoder rowcodec.Decoder
	now     int64
	err     error
	// exactly: the transaction is told of each key that is read.
	exactly bool
	// entries reads rows from the entries of an index; nil looks them up.
	entries *entryDecoder
	// search finds rows in an inverted index.
	search *search
	// byIndex: entries lead to rows by their key.
	byIndex bool
	lookup  []byte // that key
	// gathered are the keys of rows that entries read ahead lead to, in order.
	gathered []string
	buf      []byte // the value read last by its key

	// Room for the one span that most scans have, with its keys, and for a row.
	single  [1]span
	keyRoom [64]byte
	rowRoom [10]types.Datum
}

// span is an interval of keys; a point is the key lower alone.
type span struct {
	lower, upper []byte // upper of a point is nil
	point        bool
}

// Scan starts to read.
func (t *Tx) Scan(ctx context.Context, s Scan) (*Cursor, error) {
	if err := t.use(ctx, s.Table, AccessShareMode); err != nil {
		return nil, err
	}
	if !s.Table.PerUser {
		s.User = "" // everybody's
	}
	c := &Cursor{tx: t, scan: s, snap: t.view(), own: t.seen}
	if n := len(s.Table.Columns) + SystemValues; n <= len(c.rowRoom) {
		c.row = c.rowRoom[:n:n]
	} else {
		c.row = make(types.Row, n)
	}
	c.snap.users.Add(1)
	if !s.Expired && !s.Table.Durable() {
		c.now = t.store.now().UnixMicro()
	}
	if s.Search != nil {
		if c.search = c.newSearch(s.Search); c.search != nil {
			t.see(s.Table, false)
			c.decoder, c.byIndex = rowcodec.NewDecoder(s.Table, s.Need, false), true
			return c, nil
		}
		s.Index = nil // what it would tell is nothing
		c.scan.Index = nil
	}
	slice := catalog.OID(0)
	if s.Index != nil && !s.Index.Primary {
		slice, c.byIndex = s.Index.OID, true
		if s.IndexOnly && s.Table.Durable() { // whether a row of a stream has expired stands in the row
			c.entries = newEntryDecoder(&s)
		}
	}
	prefix := keys.AppendSlice(c.keyRoom[:0], s.Table, slice, s.User)
	c.spans = c.single[:0]
	if s.Ranges == nil {
		c.spans = append(c.spans, span{lower: prefix, upper: keys.End(prefix)})
	} else if len(s.Ranges) > 1 {
		c.spans = make([]span, 0, len(s.Ranges))
	}
	var code *indexCode
	if len(s.Ranges) > 0 {
		var err error
		index := s.Index
		if index == nil {
			index = s.Table.PrimaryKey()
		}
		if code, err = t.code(s.Table, index); err != nil {
			c.Close()
			return nil, err
		}
	}
	for _, r := range s.Ranges {
		if sp := c.bounds(code, prefix, r); sp.point || bytes.Compare(sp.lower, sp.upper) < 0 {
			c.spans = append(c.spans, sp)
		}
	}
	if s.Reverse {
		slices.Reverse(c.spans)
	}
	c.exactly = s.Table.Durable() && !slices.ContainsFunc(c.spans, func(sp span) bool { return !sp.point })
	t.see(s.Table, c.exactly)
	c.decoder = rowcodec.NewDecoder(s.Table, s.Need, len(c.spans) == 1 && c.spans[0].point)
	if t.opts.Isolation == Serializable && t.changeable == 0 {
		for _, sp := range c.spans {
			if sp.point {
				sp.upper = keys.End(sp.lower)
			}
			t.reads = append(t.reads, readRange{string(sp.lower), string(sp.upper)})
		}
	}
	if s.Ranges == nil {
		if c.blocks = c.newBlockScan(c.spans[0].lower, c.spans[0].upper); c.blocks != nil {
			c.spans = nil
		}
	}
	return c, nil
}

// bounds turns a range of values into a range of keys. All the columns of a
// unique key make a point, for they have no NULLs.
func (c *Cursor) bounds(code *indexCode, prefix []byte, r Range) span {
	index := code.index
	column := func(dst []byte, i int, d types.Datum) []byte {
		return keys.AppendColumn(dst, code.types[i], d, index.Keys[i])
	}
	// The keys of one range may lie where the prefix does, behind it.
	base := prefix
	if len(c.scan.Ranges) > 1 {
		base = append(make([]byte, 0, len(prefix)+16*len(r.Prefix)+1), prefix...)
	}
	for i, d := range r.Prefix {
		base = column(base, i, d)
	}
	if r.Low == nil && r.High == nil {
		if len(r.Prefix) == len(index.Keys) && (index.Primary || index.Unique && !index.Deferrable) {
			return span{lower: base, point: true}
		}
		return span{lower: base, upper: keys.End(base)}
	}
	at := len(r.Prefix)
	low, high := r.Low, r.High
	if index.Keys[at].Desc {
		low, high = high, low
	}
	// NULLs are on neither side of a bound: only values that are not NULL.
	values := append(append([]byte(nil), base...), 0x02)
	lower, upper := values, keys.End(values)
	if low != nil {
		lower = column(append([]byte(nil), base...), at, low.Value)
		if !low.Inclusive {
			lower = keys.End(lower)
		}
	}
	if high != nil {
		upper = column(append([]byte(nil), base...), at, high.Value)
		if high.Inclusive {
			upper = keys.End(upper)
		}
	}
	return span{lower: lower, upper: upper}
}

// Next moves to the next row.
func (c *Cursor) Next() bool {
	if c.blocks != nil {
		return c.blocks.next(c)
	}
	for c.err == nil {
		var key, value []byte
		var ok bool
		if c.entries != nil {
			if key, value, ok = c.entry(); ok {
				c.err = c.entries.decode(key, value, c.row)
			}
			return ok && c.err == nil
		}
		switch {
		case c.search != nil:
			if c.lookup, ok = c.search.next(c.lookup[:0]); !ok {
				if c.err == nil {
					c.err = c.search.err
				}
				return false
			}
			key = c.lookup
		case c.scan.RowOrder && c.byIndex:
			if c.lookup, ok = c.ahead(c.lookup[:0]); !ok {
				return false
			}
			key = c.lookup
		default:
			if key, value, ok = c.entry(); !ok {
				return false
			}
			if c.byIndex {
				c.lookup = append(c.lookup[:0], value...)
				key = c.lookup
			}
		}
		c.key = key
		if c.byIndex {
			if value, ok = c.fetch(key); !ok {
				continue
			}
		}
		columns, version, live, err := rowPart(c.scan.Table, value, c.now)
		if err == nil && live {
			err = c.decoder.Decode(columns, c.row)
		}
		if err != nil {
			c.err = err
			return false
		}
		if live {
			c.row[len(c.row)-SystemValues] = types.Int(int64(c.tx.store.engine.Seq(value)))
			if !c.scan.NoVersion {
				c.row[len(c.row)-1] = version.datum()
			}
			return true
		}
	}
	return false
}

// gatheredEntries is how many index entries are read ahead of their rows.
const gatheredEntries = 1000

// ahead gives the key of the next row in the order of storage, among the index
// entries that it reads ahead.
func (c *Cursor) ahead(dst []byte) ([]byte, bool) {
	if len(c.gathered) == 0 {
		for len(c.gathered) < gatheredEntries {
			_, key, ok := c.entry()
			if !ok {
				break
			}
			c.gathered = append(c.gathered, string(key))
		}
		if c.err != nil || len(c.gathered) == 0 {
			return dst, false
		}
		slices.Sort(c.gathered)
	}
	dst = append(dst, c.gathered[0]...)
	c.gathered = c.gathered[1:]
	return dst, true
}

// entry reads the next key of the spans, with its value.
func (c *Cursor) entry() (key, value []byte, ok bool) {
	for c.err == nil {
		if c.it == nil {
			if len(c.spans) == 0 {
				return nil, nil, false
			}
			next := c.spans[0]
			c.spans = c.spans[1:]
			if next.point {
				if value, ok := c.get(next.lower); ok {
					return next.lower, value, true
				}
				continue
			}
			c.it = c.tx.mergedIterator(c.snap, c.own, next.lower, next.upper, c.scan.Reverse)
		}
		if key, value, ok := c.it.next(); ok {
			return key, value, true
		}
		c.err = unreadable(c.scan.Table, c.it.close())
		c.it = nil
	}
	return nil, nil, false
}

// get reads one key: what the transaction has written there, or what the
// snapshot has. The value is valid until the next call.
func (c *Cursor) get(key []byte) ([]byte, bool) {
	if !c.own.none() {
		if w := c.own.get(c.tx, string(key)); w != nil {
			return w.value, w.value != nil
		}
	}
	if c.exactly {
		c.tx.maxSeen = max(c.tx.maxSeen, c.snap.Written(key))
	}
	if c.tx.gone(key) {
		return nil, false
	}
	value, found, err := c.snap.Get(key, c.buf)
	c.buf = value
	if err != nil {
		c.err = unreadable(c.scan.Table, err)
		return nil, false
	}
	return value, found
}

// fetch reads the row that an index entry leads to.
func (c *Cursor) fetch(key []byte) ([]byte, bool) {
	if c.tx.opts.Isolation == Serializable && c.tx.changeable == 0 {
		c.tx.reads = append(c.tx.reads, readRange{string(key), string(key) + "\x00"})
	}
	return c.get(key)
}

// Row is the current row: the table's columns and then the system
// columns: _seq, which is 0 for a row this transaction has written, and the version. It is valid until Next.
func (c *Cursor) Row() types.Row { return c.row }

// Chosen says whether the scan's conditions are known to hold for the current row.
func (c *Cursor) Chosen() bool { return c.blocks != nil && c.blocks.chosen }

// Skipped is how many rows have been left out since the conditions do not hold for
// them.
func (c *Cursor) Skipped() int64 {
	if c.blocks == nil {
		return 0
	}
	return c.blocks.skipped
}

// Ref names the current row within the transaction, unless keys were not wanted.
func (c *Cursor) Ref() RowRef {
	return RowRef{key: string(c.key), user: c.scan.User, seq: seqOf(c.scan.Table, c.row)}
}

// Err is what ended the scan, if not its end.
func (c *Cursor) Err() error { return c.err }

// Close releases the cursor; it may be called more than once.
func (c *Cursor) Close() {
	if c.it != nil {
		if err := c.it.close(); c.err == nil {
			c.err = unreadable(c.scan.Table, err)
		}
		c.it = nil
	}
	if c.search != nil {
		c.search.close()
		c.search.source = nil
	}
	if c.blocks != nil {
		if err := c.blocks.close(); c.err == nil {
			c.err = unreadable(c.scan.Table, err)
		}
	}
	c.spans = nil
	c.snap.release()
	c.snap = nil
}

// mergedIterator reads a span of a snapshot with writes on top.
type mergedIterator struct {
	base         storage.Walk
	lower, upper []byte // the span; a nil upper is no end
	baseOK       bool
	started      bool
	pending      bool // the current base key has been handed out
	reverse      bool
	// own are writes within the span, in reading order, and behind them come those that are left in tree,
	// which does not change.
	own  []*write
	tree *writes // nil: there are no more
	most int     // how many are taken together
	key  []byte  // of the write at hand
}

// mergedIterator reads a span of a snapshot with writes of the transaction on top.
func (t *Tx) mergedIterator(snap *snapshot, own overlay, lower, upper []byte, reverse bool) *mergedIterator {
	base := snap.NewIter(lower, upper)
	if t.gone(lower) {
		_ = base.Close()
		base = snap.NewIter(lower, lower)
	}
	return newMergedIterator(own.runs.Over(base, lower, upper), own.tree, lower, upper, reverse)
}

func newMergedIterator(base storage.Walk, own *writes, lower, upper []byte, reverse bool) *mergedIterator {
	m := &mergedIterator{base: base, lower: lower, upper: upper, tree: own, reverse: reverse}
	switch {
	case own == nil:
	case reverse:
		m.take(upper, false)
	default:
		m.take(lower, true)
	}
	return m
}

// fewTogether and manyTogether are how many writes are taken from the tree together, at first and at most.
const fewTogether, manyTogether = 2, 256

// take takes the next writes from the tree: those from a key on in reading order, with the key itself or without. A nil key
// is the end of all.
func (m *mergedIterator) take(from []byte, with bool) {
	m.most = min(max(fewTogether, 4*m.most), manyTogether)
	m.own = make([]*write, 0, m.most)
	one := func(w *write) bool {
		switch {
		case m.reverse && w.key < string(m.lower), !m.reverse && m.upper != nil && w.key >= string(m.upper):
			m.tree = nil
			return false
		case !with && w.key == string(from):
			return true
		}
		m.own = append(m.own, w)
		return len(m.own) < m.most
	}
	tree := m.tree
	switch {
	case !m.reverse:
		tree.Ascend(&write{key: string(from)}, one)
	case from == nil:
		tree.Reverse(one)
	default:
		tree.Descend(&write{key: string(from)}, one)
	}
	if len(m.own) < m.most {
		m.tree = nil
	}
}

// taken goes on behind the first of own.
func (m *mergedIterator) taken() {
	last := m.own[0]
	if m.own = m.own[1:]; len(m.own) == 0 && m.tree != nil {
		m.take([]byte(last.key), false)
	}
}

func (m *mergedIterator) advance() {
	switch {
	case !m.started && m.reverse:
		m.baseOK = m.base.Last()
	case !m.started:
		m.baseOK = m.base.First()
	case m.reverse:
		m.baseOK = m.base.Prev()
	default:
		m.baseOK = m.base.Next()
	}
	m.started = true
}

// next gives the next key and value; they are valid until the call after.
func (m *mergedIterator) next() (key, value []byte, ok bool) {
	if !m.started {
		m.advance()
	} else if m.baseOK && m.pending {
		m.pending = false
		m.advance()
	}
	for {
		if len(m.own) == 0 {
			if !m.baseOK {
				return nil, nil, false
			}
			m.pending = true
			return m.base.Key(), m.base.Value(), true
		}
		w := m.own[0]
		order := -1
		if m.baseOK {
			m.key = append(m.key[:0], w.key...)
			order = bytes.Compare(m.key, m.base.Key())
			if m.reverse {
				order = -order
			}
		}
		if order > 0 {
			m.pending = true
			return m.base.Key(), m.base.Value(), true
		}
		m.taken()
		if order == 0 {
			m.advance()
		}
		if w.value != nil {
			m.key = append(m.key[:0], w.key...)
			return m.key, w.value, true
		}
	}
}

// seek goes on at the first key that is not below another, which is not behind it.
func (m *mergedIterator) seek(key []byte) {
	if base, ok := m.base.(interface{ SeekGE([]byte) bool }); ok {
		m.baseOK = base.SeekGE(key)
	} else {
		if !m.started {
			m.advance()
		}
		for m.baseOK && bytes.Compare(m.base.Key(), key) < 0 {
			m.advance()
		}
	}
	m.started, m.pending = true, false
	at, _ := slices.BinarySearchFunc(m.own, key, func(w *write, key []byte) int { return strings.Compare(w.key, string(key)) })
	if m.own = m.own[at:]; len(m.own) == 0 && m.tree != nil {
		m.take(key, true)
	}
}

func (m *mergedIterator) close() error {
	err := m.base.Err()
	if cerr := m.base.Close(); err == nil {
		err = cerr
	}
	return err
}
