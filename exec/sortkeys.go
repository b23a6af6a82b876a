package exec

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// sortOrder is an order of rows as an operator compares them: where each key is in
// a row, and how it compares. Keys that are no plain columns are computed once and
// stand behind the row's own columns.
//
// Most comparisons are decided by a row's lead: a number made of its first key, so
// that of two rows the one with the smaller lead comes first. Where leads are equal
// the keys are compared; of many rows that have the same lead, those that follow from it
// being the same key are sorted by the leads of the next key.
type sortOrder struct {
	keys  []plan.SortKey
	width int // of the rows
	// at has the positions of the keys, in rows with what computed gives.
	at       []int
	computed []expr.Expr
	integer  []bool     // the key's values are held as integers
	leads    []leadForm // of each key
}

// leadForm says how a lead is made.
type leadForm uint8

const (
	noLead leadForm = iota
	integerLead
	floatLead
	textLead
	numericLead
)

// item is a row to be sorted, with its computed keys.
type item struct {
	lead uint64
	row  types.Row
	n    int // the place among the rows, which decides between equals
}

func newSortOrder(keys []plan.SortKey, width int) *sortOrder {
	o := &sortOrder{keys: keys, width: width}
	for _, k := range keys {
		o.integer = append(o.integer, heldAsInteger(k.Expr.Type()))
		if c, ok := k.Expr.(*expr.Column); ok {
			o.at = append(o.at, c.Index)
			continue
		}
		o.at = append(o.at, width+len(o.computed))
		o.computed = append(o.computed, k.Expr)
	}
	for i, k := range keys {
		o.leads = append(o.leads, leadFormOf(k.Expr.Type(), o.integer[i]))
	}
	return o
}

func leadFormOf(t *types.Type, integer bool) leadForm {
	switch {
	case integer:
		return integerLead
	case t == types.Float8 || t == types.Float4:
		return floatLead
	case t == types.Text || t == types.Varchar || t == types.Name || t == types.UUID || t == types.Bytea:
		return textLead
	case t == types.Numeric:
		return numericLead
	}
	return noLead
}

// size is the width of rows with their computed keys.
func (o *sortOrder) size() int { return o.width + len(o.computed) }

// compute fills in the computed keys of a row that has its columns.
func (o *sortOrder) compute(rt *Runtime, row types.Row) error {
	for i, e := range o.computed {
		v, err := e.Eval(rt.Eval, row[:o.width])
		if err != nil {
			return err
		}
		row[o.width+i] = v
	}
	return nil
}

// Leads of NULLs are at the ends; so are those of the extreme values, whose rows
// are therefore compared by their keys.
const (
	firstLead = 0
	lastLead  = math.MaxUint64
)

// leadOf makes the lead of a row with its computed keys.
func (o *sortOrder) leadOf(row types.Row) uint64 { return o.leadAt(0, row) }

// leadAt makes the lead by the key numbered k.
func (o *sortOrder) leadAt(k int, row types.Row) uint64 {
	if k >= len(o.leads) || o.leads[k] == noLead {
		return firstLead
	}
	d, key := row[o.at[k]], &o.keys[k]
	if d.IsNull() {
		if key.NullsFirst {
			return firstLead
		}
		return lastLead
	}
	var lead uint64
	switch o.leads[k] {
	case integerLead:
		lead = uint64(d.Int()) ^ 1<<63
	case floatLead:
		switch f := d.Float(); {
		case f != f:
			lead = lastLead
		case f == 0:
			lead = 1 << 63
		default:
			if lead = math.Float64bits(f); lead>>63 == 1 {
				lead = ^lead
			} else {
				lead |= 1 << 63
			}
		}
	case textLead:
		var head [8]byte
		copy(head[:], d.Str())
		lead = binary.BigEndian.Uint64(head[:])
	case numericLead:
		lead = uint64(fixedNumeric(d)) ^ 1<<63
	}
	if key.Desc {
		return ^lead
	}
	return lead
}

// compare orders rows by lead and keys.
func (o *sortOrder) compare(a, b *item) int {
	if c := cmp.Compare(a.lead, b.lead); c != 0 {
		return c
	}
	return o.compareFrom(o.equalTo(0, a.lead), a.row, b.row)
}

// equalTo is the first key that rows may differ in that have the same lead by the key
// numbered k, and agree in those before it.
func (o *sortOrder) equalTo(k int, lead uint64) int {
	if k < len(o.leads) && (o.leads[k] == integerLead || o.leads[k] == floatLead) && lead != firstLead && lead != lastLead {
		return k + 1
	}
	return k
}

// compareFrom compares keys from a position on.
func (o *sortOrder) compareFrom(from int, a, b types.Row) int {
	return o.comparePart(from, len(o.keys), a, b)
}

func (o *sortOrder) comparePart(from, to int, a, b types.Row) int {
	for i := from; i < to; i++ {
		k := &o.keys[i]
		x, y := a[o.at[i]], b[o.at[i]]
		if x.IsNull() || y.IsNull() {
			if x.IsNull() && y.IsNull() {
				continue
			}
			if x.IsNull() == k.NullsFirst {
				return -1
			}
			return 1
		}
		c := 0
		if o.integer[i] {
			c = cmp.Compare(x.Int(), y.Int())
		} else {
			c = k.Expr.Type().Compare(x, y)
		}
		if c != 0 {
			if k.Desc {
				return -c
			}
			return c
		}
	}
	return 0
}

// sort orders items; those that are equal stay in the order of their places.
func (o *sortOrder) sort(items []item) { o.sortFrom(0, items) }

// fewestAgain is from how many rows on those with one lead are sorted by others.
const fewestAgain = 16

// sortFrom is sort for items that agree in the keys before the one numbered k, by which
// their leads are.
func (o *sortOrder) sortFrom(k int, items []item) {
	slices.SortFunc(items, func(a, b item) int {
		if a.lead != b.lead {
			if a.lead < b.lead {
				return -1
			}
			return 1
		}
		if next := o.equalTo(k, a.lead); next > k && next < len(o.keys) && o.leads[next] != noLead {
			return a.n - b.n // they are sorted below
		} else if c := o.compareFrom(next, a.row, b.row); c != 0 {
			return c
		}
		return a.n - b.n
	})
	for from := 0; from < len(items); {
		lead, to := items[from].lead, from+1
		for to < len(items) && items[to].lead == lead {
			to++
		}
		if next := o.equalTo(k, lead); to-from > 1 && next > k && next < len(o.keys) && o.leads[next] != noLead {
			o.sortAgain(next, items[from:to])
		}
		from = to
	}
}

// sortAgain sorts items that agree in the keys before the one numbered k, and gives them
// the leads back that they have.
func (o *sortOrder) sortAgain(k int, items []item) {
	if len(items) < fewestAgain {
		slices.SortFunc(items, func(a, b item) int {
			if c := o.compareFrom(k, a.row, b.row); c != 0 {
				return c
			}
			return a.n - b.n
		})
		return
	}
	lead := items[0].lead
	for i := range items {
		items[i].lead = o.leadAt(k, items[i].row)
	}
	o.sortFrom(k, items)
	for i := range items {
		items[i].lead = lead
	}
}
