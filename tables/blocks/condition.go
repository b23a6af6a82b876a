package blocks

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Op is a comparison.
type Op uint8

// The comparisons.
const (
	Equal Op = iota
	NotEqual
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
)

// Condition compares a column with a value, neither of which is NULL where it holds:
// integers by their value, floats as PostgreSQL does, strings, of which only equality
// is asked, byte by byte.
type Condition struct {
	// Column is the column's position in the rows.
	Column int
	Op     Op
	Value  types.Datum
	Form   Form
}

// choose narrows rows, nil being all n, to those for which a condition holds. The
// result lies in room, which has room for n and is where rows lie too if they are not
// nil; it is nil while all n are chosen.
func (c *column) choose(cond Condition, rows, room []uint16, n int) []uint16 {
	chosen := room[:0]
	switch c.form {
	case Strings:
		want := cond.Value.Str()
		for k := range count(rows, n) {
			i := at(rows, k)
			if !c.null(int(i)) && (c.str(int(i)) == want) == (cond.Op == Equal) {
				chosen = append(chosen, i)
			}
		}
		return chosen
	case Floats:
		return c.chooseFloats(cond, rows, room, n)
	case Decimals:
		return c.chooseDecimals(cond, rows, room, n)
	}
	return c.chooseInts(cond, rows, room, n)
}

// chooseInts is choose for what is held as integers.
func (c *column) chooseInts(cond Condition, rows, room []uint16, n int) []uint16 {
	chosen := room[:0]
	// In distances: low <= d <= high, or the contrary of that.
	v, low, high, not := cond.Value.Int(), c.least, c.most, false
	switch cond.Op {
	case Equal, NotEqual:
		low, high, not = v, v, cond.Op == NotEqual
	case Less:
		if v == math.MinInt64 {
			return chosen
		}
		high = v - 1
	case LessOrEqual:
		high = v
	case Greater:
		if v == math.MaxInt64 {
			return chosen
		}
		low = v + 1
	case GreaterOrEqual:
		low = v
	}
	low, high = max(low, c.least), min(high, c.most)
	switch {
	case low > high && !not:
		return chosen
	case low > high || !not && low == c.least && high == c.most:
		return c.present(rows, room, n) // all that are not NULL
	case not && low == c.least && high == c.most:
		return chosen
	}
	least, span := uint64(low)-uint64(c.least), uint64(high)-uint64(low)
	room = room[:n]
	switch {
	case c.b1 != nil:
		n = within(c.b1, least, span, not, rows, room)
	case c.b2 != nil:
		n = within(c.b2, least, span, not, rows, room)
	case c.b4 != nil:
		n = within(c.b4, least, span, not, rows, room)
	default:
		n = within(c.b8, least, span, not, rows, room)
	}
	return c.present(room[:n], room, n)
}

func count(rows []uint16, n int) int {
	if rows != nil {
		return len(rows)
	}
	return n
}

func at(rows []uint16, k int) uint16 {
	if rows != nil {
		return rows[k]
	}
	return uint16(k)
}

// present leaves out rows in which the column is NULL; nil stays all of them.
func (c *column) present(rows, room []uint16, n int) []uint16 {
	if c.nulls == nil {
		return rows
	}
	chosen := room[:0]
	for k := range count(rows, n) {
		if i := at(rows, k); !c.null(int(i)) {
			chosen = append(chosen, i)
		}
	}
	return chosen
}

// within puts into room the rows whose distance lies in an interval, or with not
// outside, and gives their number. room may be rows.
func within[T uint8 | uint16 | uint32 | uint64](from []T, least, span uint64, not bool, rows, room []uint16) (n int) {
	outside := 0
	if not {
		outside = 1
	}
	if rows == nil {
		for i, v := range from {
			room[n] = uint16(i)
			n += inside(uint64(v)-least, span) ^ outside
		}
		return n
	}
	for _, i := range rows {
		room[n] = i
		n += inside(uint64(from[i])-least, span) ^ outside
	}
	return n
}

// inside is 1 if d <= span and 0 if not, without a branch that the processor would
// have to guess.
func inside(d, span uint64) int {
	if d <= span {
		return 1
	}
	return 0
}

// chooseFloats: NaN is equal to itself and greater than all others. The value of the
// condition is not NaN.
func (c *column) chooseFloats(cond Condition, rows, room []uint16, n int) []uint16 {
	v := cond.Value.Float()
	total := count(rows, n)
	room, n = room[:n], 0
	for k := range total {
		i := at(rows, k)
		f := math.Float64frombits(c.b8[i])
		ok := false
		switch cond.Op {
		case Equal:
			ok = f == v
		case NotEqual:
			ok = f != v
		case Less:
			ok = f < v
		case LessOrEqual:
			ok = f <= v
		case Greater:
			ok = !(f <= v)
		case GreaterOrEqual:
			ok = !(f < v)
		}
		room[n] = i
		if ok {
			n++
		}
	}
	return c.present(room[:n], room, n)
}
