package circuit

import (
	"strings"

	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ordered keeps the rows of its input in the order of sort keys and, where those
// are equal, of identities; and the part of them that LIMIT and OFFSET leave, the
// window.
type ordered struct {
	input operator
	keys  []plan.SortKey // over the input's rows; none: by identity
	limit *plan.Limit    // nil: all rows
	// projections are computed of the rows, one after another.
	projections [][]expr.Expr

	items         *btree.BTreeG[*item]
	byID          map[string]*item
	offset, count int // count is -1 without LIMIT
	window        []*item
	slides        uint64 // windows there have been
	made          uint64
	causes        map[string]Cause // of the changes of this step
	meter         *meter
}

// item is a row in an ordered collection.
type item struct {
	id   string
	num  uint64 // makes items different that have had the same identity
	keys types.Row
	row  types.Row // projected
	slid uint64    // the last window that it was in
}

// weight is roughly what keeping the item costs, its places in the order and among
// the identities included.
func (it *item) weight() int64 {
	return 160 + int64(len(it.id)) + 24*int64(len(it.keys)) + rowWeight(it.row)
}

func newOrdered(in operator, keys []plan.SortKey, limit *plan.Limit, projections [][]expr.Expr, m *meter) *ordered {
	o := &ordered{input: in, keys: keys, limit: limit, projections: projections, count: -1, byID: map[string]*item{}, causes: map[string]Cause{}, meter: m}
	o.items = btree.NewBTreeGOptions(o.less, btree.Options{NoLocks: true})
	return o
}

func (o *ordered) less(a, b *item) bool {
	if c := plan.CompareKeys(o.keys, a.keys, b.keys); c != 0 {
		return c < 0
	}
	if a.id != b.id {
		return a.id < b.id
	}
	return a.num < b.num
}

// bounds evaluates LIMIT and OFFSET, which nothing changes.
func (o *ordered) bounds(t *tick) (err error) {
	if o.limit == nil {
		return nil
	}
	if o.offset, err = bound(t.c, o.limit.Offset, 0, sqlerr.InvalidRowCountInResultOffsetClause, "OFFSET"); err != nil {
		return err
	}
	o.count, err = bound(t.c, o.limit.Count, -1, sqlerr.InvalidRowCountInLimitClause, "LIMIT")
	return err
}

func bound(c *expr.Context, e expr.Expr, none int, code sqlerr.Code, clause string) (int, error) {
	if e == nil {
		return none, nil
	}
	v, err := e.Eval(c, nil)
	if err != nil || v.IsNull() {
		return none, err
	}
	if v.Int() < 0 {
		return 0, sqlerr.New(code, "%s must not be negative", clause)
	}
	return int(v.Int()), nil
}

// make evaluates the keys and the projections of a row.
func (o *ordered) make(t *tick, id string, row types.Row) (*item, error) {
	o.made++
	it := &item{id: id, num: o.made, row: row, keys: make(types.Row, len(o.keys))}
	for i, k := range o.keys {
		v, err := k.Expr.Eval(t.c, row)
		if err != nil {
			return nil, err
		}
		it.keys[i] = v
	}
	for _, exprs := range o.projections {
		out := make(types.Row, len(exprs))
		if err := evalRow(t.c, out, exprs, it.row); err != nil {
			return nil, err
		}
		it.row = out
	}
	return it, nil
}

// remove takes an item out of the order.
func (o *ordered) remove(it *item) {
	o.items.Delete(it)
	o.meter.bytes -= it.weight()
}

func (o *ordered) put(it *item) {
	o.byID[it.id] = it
	o.items.Set(it)
	o.meter.bytes += it.weight()
}

// rank is the position of an item, or the one it would get.
func (o *ordered) rank(it *item) int {
	low, high := 0, o.items.Len()
	for low < high {
		mid := int(uint(low+high) >> 1)
		at, _ := o.items.GetAt(mid)
		if o.less(at, it) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// beyond says whether an item is behind the whole window, so that its coming and
// going does not change it.
func (o *ordered) beyond(it *item) bool {
	if o.count < 0 || len(o.window) < o.count || o.count == 0 {
		return o.count == 0
	}
	last := o.window[len(o.window)-1]
	if o.limit.Ties != nil {
		return plan.CompareKeys(o.keys, last.keys, it.keys) < 0
	}
	return o.less(last, it)
}

// refresh takes the input's changes, and says whether they may touch the window.
func (o *ordered) refresh(t *tick) (touched bool, err error) {
	if t.n == 1 {
		if err := o.bounds(t); err != nil {
			return false, err
		}
	}
	clear(o.causes)
	err = each(t, o.input, toKeep, func(ch Change) error {
		if t.n > 1 {
			o.causes[ch.ID] = ch.Cause
		}
		if ch.Old != nil {
			if it := o.byID[ch.ID]; it != nil {
				delete(o.byID, ch.ID)
				o.remove(it)
				touched = touched || !o.beyond(it)
			}
		}
		if ch.New != nil {
			it, err := o.make(t, ch.ID, ch.New)
			if err != nil {
				return err
			}
			o.put(it)
			touched = touched || !o.beyond(it)
		}
		return nil
	})
	return touched, err
}

// slide reads the window anew. It gives the one before, which of its items have gone, and
// which have come.
func (o *ordered) slide() (before []*item, gone, came []int) {
	before = o.window
	o.window = make([]*item, 0, len(before)+1)
	o.slides++
	o.read(func(it *item) {
		if it.slid == 0 || it.slid != o.slides-1 {
			came = append(came, len(o.window))
		}
		it.slid = o.slides
		o.window = append(o.window, it)
	})
	for i, it := range before {
		if it.slid != o.slides {
			gone = append(gone, i)
		}
	}
	return before, gone, came
}

// read goes through the items that LIMIT and OFFSET leave.
func (o *ordered) read(do func(*item)) {
	if o.count == 0 {
		return
	}
	first, ok := o.items.GetAt(o.offset)
	if !ok {
		return
	}
	var last *item // before ties
	n := 0
	o.items.Ascend(first, func(it *item) bool {
		if o.count >= 0 && n >= o.count && (o.limit.Ties == nil || plan.CompareKeys(o.keys, last.keys, it.keys) != 0) {
			return false
		}
		if n++; n == o.count {
			last = it
		}
		do(it)
		return true
	})
}

func (o *ordered) inputs() []operator { return []operator{o.input} }

func (o *ordered) String() string {
	var s string
	if o.limit != nil {
		s = "Limit"
		if o.limit.Count != nil {
			s += " " + expr.String(o.limit.Count)
		}
		if o.limit.Ties != nil {
			s += " with ties"
		}
		if o.limit.Offset != nil {
			s += " offset " + expr.String(o.limit.Offset)
		}
		if len(o.keys) == 0 {
			return s
		}
		s += ", "
	}
	keys := make([]string, len(o.keys))
	for i, k := range o.keys {
		keys[i] = expr.String(k.Expr)
		if k.Desc {
			keys[i] += " DESC"
		}
	}
	return s + "Order by " + strings.Join(keys, ", ")
}

// limited is an ordered collection's window as an operator: a LIMIT inside a
// query.
type limited struct {
	*ordered
	types []*types.Type
}

func (o *limited) step(t *tick) ([]Change, error) {
	touched, err := o.refresh(t)
	if !touched || err != nil {
		return nil, err
	}
	before, gone, came := o.slide()
	out := newAccumulator(o.types)
	for _, i := range gone {
		it := before[i]
		out.cause = o.cause(it)
		out.remove(it.id, it.row)
	}
	for _, i := range came {
		it := o.window[i]
		out.cause = o.cause(it)
		out.add(it.id, it.row)
	}
	return out.changes(), nil
}
