package expr

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Reversible is the state of an aggregate that rows can be taken out of again:
// its result is then the one that the remaining rows alone would give.
type Reversible interface {
	Aggregate
	// Remove takes back one earlier Add of the same arguments.
	Remove(c *Context, args []types.Datum) error
	// Merge adds what another state of the same aggregate has been given, and leaves that as it is.
	Merge(other Reversible)
	// Balanced says whether what has been added and what has been removed, in whatever order, make no difference to any result.
	Balanced() bool
}

// NewReversible makes the state of one group of an aggregate; nil for one that
// cannot take rows back. Sums of floats cannot: they depend on the order.
func NewReversible(fn *Function, args []*types.Type, result *types.Type) Reversible {
	if fn.Aggregate == nil {
		return nil
	}
	switch a := fn.Aggregate(args, result).(type) {
	case *countAgg:
		return a
	case *intSum:
		return &numericSums{result: types.Int8, sums: sums{ints: true}}
	case *numericSum:
		return &numericSums{average: a.average, sums: sums{ints: a.ints}}
	case *boolAgg:
		return &boolCounts{all: a.all}
	}
	return nil
}

// Remove takes a row back.
func (a *countAgg) Remove(*Context, []types.Datum) error { a.n--; return nil }

// Merge adds another count.
func (a *countAgg) Merge(other Reversible) { a.n += other.(*countAgg).n }

// Balanced is no rows.
func (a *countAgg) Balanced() bool { return a.n == 0 }

// numericSums is sum and avg of numerics and integers.
type numericSums struct {
	average bool
	result  *types.Type // int8 where that is the result; nil: numeric
	sums
}

// sums adds up numbers so that they can be taken away again: what a sum looks
// like depends on the largest scale among them, and infinities and NaN cannot be
// taken out of a sum.
type sums struct {
	ints   bool
	n      int64
	whole  int64 // of ints, as far as it has not gone into finite
	finite apd.Decimal
	scales map[int32]int64 // how many numbers have each scale
	nan    int64
	inf    [2]int64 // positive and negative infinities
}

func (a *sums) count(d types.Datum, sign int64) {
	a.n += sign
	if a.ints {
		a.countInt(d.Int(), sign)
		return
	}
	x := num(d)
	switch {
	case x.Form == apd.NaN:
		a.nan += sign
		return
	case x.Form == apd.Infinite && x.Negative:
		a.inf[1] += sign
		return
	case x.Form == apd.Infinite:
		a.inf[0] += sign
		return
	}
	if a.scales == nil {
		a.scales = map[int32]int64{}
	}
	scale := types.NumericScale(x)
	if a.scales[scale] += sign; a.scales[scale] == 0 {
		delete(a.scales, scale)
	}
	if sign > 0 {
		a.finite = *numericAdd(&a.finite, x)
	} else {
		a.finite = *numericSub(&a.finite, x)
	}
}

func (a *sums) countInt(v, sign int64) {
	const most = math.MaxInt64 / 4
	if v > most || v < -most {
		if sign > 0 {
			a.finite = *numericAdd(&a.finite, apd.New(v, 0))
		} else {
			a.finite = *numericSub(&a.finite, apd.New(v, 0))
		}
		return
	}
	if a.whole += sign * v; a.whole > most || a.whole < -most {
		a.finite = *numericAdd(&a.finite, apd.New(a.whole, 0))
		a.whole = 0
	}
}

// total is the sum of the numbers there are.
func (a *sums) total() *apd.Decimal {
	switch {
	case a.ints:
		return numericAdd(&a.finite, apd.New(a.whole, 0))
	case a.nan > 0 || a.inf[0] > 0 && a.inf[1] > 0:
		return &apd.Decimal{Form: apd.NaN}
	case a.inf[0] > 0:
		return &apd.Decimal{Form: apd.Infinite}
	case a.inf[1] > 0:
		return &apd.Decimal{Form: apd.Infinite, Negative: true}
	}
	scale := int32(0)
	for s := range a.scales {
		scale = max(scale, s)
	}
	total := new(apd.Decimal)
	types.RoundNumeric(total, &a.finite, scale)
	return total
}

// Add adds a value.
func (a *numericSums) Add(_ *Context, args []types.Datum) error {
	a.count(args[0], 1)
	return nil
}

// Remove takes a value back.
func (a *numericSums) Remove(_ *Context, args []types.Datum) error {
	a.count(args[0], -1)
	return nil
}

// Merge adds other sums.
func (a *numericSums) Merge(other Reversible) {
	b := &other.(*numericSums).sums
	a.n += b.n
	a.nan += b.nan
	for i, n := range b.inf {
		a.inf[i] += n
	}
	for scale, n := range b.scales {
		if a.scales == nil {
			a.scales = map[int32]int64{}
		}
		if a.scales[scale] += n; a.scales[scale] == 0 {
			delete(a.scales, scale)
		}
	}
	if !b.finite.IsZero() {
		a.finite = *numericAdd(&a.finite, &b.finite)
	}
	a.countInt(b.whole, 1)
}

// Balanced is no numbers, of no scale.
func (a *numericSums) Balanced() bool {
	sum := numericAdd(&a.finite, apd.New(a.whole, 0))
	return a.n == 0 && sum.IsZero() && len(a.scales) == 0 && a.nan == 0 && a.inf == [2]int64{}
}

// Result is NULL without rows.
func (a *numericSums) Result(*Context) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	total := a.total()
	if a.result == types.Int8 {
		v, err := total.Int64()
		if err != nil {
			return types.Null, intRange(64)
		}
		return types.Int(v), nil
	}
	if a.average {
		avg, err := numericDiv(total, apd.New(a.n, 0))
		if err != nil {
			return types.Null, err
		}
		total = avg
	}
	return types.NumericDatum(total)
}

// boolCounts is bool_and and bool_or.
type boolCounts struct {
	all    bool
	counts [2]int64 // of false and true
}

func (a *boolCounts) count(d types.Datum, sign int64) {
	if d.Bool() {
		a.counts[1] += sign
	} else {
		a.counts[0] += sign
	}
}

// Add counts a value.
func (a *boolCounts) Add(_ *Context, args []types.Datum) error {
	a.count(args[0], 1)
	return nil
}

// Remove takes a value back.
func (a *boolCounts) Remove(_ *Context, args []types.Datum) error {
	a.count(args[0], -1)
	return nil
}

// Merge adds other counts.
func (a *boolCounts) Merge(other Reversible) {
	for i, n := range other.(*boolCounts).counts {
		a.counts[i] += n
	}
}

// Balanced is no values.
func (a *boolCounts) Balanced() bool { return a.counts == [2]int64{} }

// Result is NULL without rows.
func (a *boolCounts) Result(*Context) (types.Datum, error) {
	switch {
	case a.counts[0]+a.counts[1] == 0:
		return types.Null, nil
	case a.all:
		return types.Bool(a.counts[0] == 0), nil
	}
	return types.Bool(a.counts[1] > 0), nil
}
