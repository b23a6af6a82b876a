package inverted

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// # Cells
//
// What GiST and SP-GiST keep in trees, intervals and shapes, has no order by which those that meet
// another would lie together. They are put into cells instead. Coordinates are whole
// numbers, onto which values are mapped so that their order is never turned round (coordinates.go): what
// is near may fall together, and what is apart may not change sides. A cell of level l begins at a
// multiple of 2^l and is two times 2^l long, so that each overlaps half of the next. An interval
// is in one cell, the first that holds it of the lowest level that has such a one:
//
//	level 2  [               )
//	                 [               )
//	level 1  [       )
//	             [       )
//	                 [       )
//	level 0  [   )
//	           [   )                    a point is in the cell that begins with it
//
// An interval of length d is at a level of about log2 d, wherever it lies; were cells of a
// level side by side, one that lies over the middle would be in the largest. All
// that may meet another interval are, on each level, in a row of cells; of 64 levels most tables have few,
// and whoever reads the rows one after the other leaps over levels that have nothing in them. This is
// what XZ-ordering (Boehm, Klump and Kriegel, 1999) does for shapes. In the plane a cell is a square, and those of a
// level are in Z-order, the bits of both coordinates in turn, so that a rectangle is a few
// rows of cells (see square.rows).
//
// A key is the level and the bytes of the cell's beginning that are not zero for all of the level.
// Two keys are no cells: emptyKey that of values that meet nothing, like an empty range, and
// unknownKey that of shapes that cannot be placed, which every query asks for.

var (
	emptyKey   = []byte{0xFE}
	unknownKey = []byte{0xFF}
)

// interval is what is from a coordinate up to and with another.
type interval struct{ from, to uint64 }

// everything is the interval of all coordinates.
var everything = interval{0, ^uint64(0)}

// levels is how many levels there are on a line.
const levels = 64

// level is that of the cell that an interval is in.
func (v interval) level() int {
	l := max(0, bits.Len64(v.to-v.from)-1)
	for v.to>>l-v.from>>l > 1 {
		l++
	}
	return l
}

// key is that of the cell that an interval is in.
func (v interval) key() []byte {
	l := v.level()
	return cellKey(l, v.from>>l)
}

// cellKey is the key of a level's cell, by its number.
func cellKey(level int, number uint64) []byte {
	k := binary.BigEndian.AppendUint64([]byte{byte(level)}, number<<level)
	return k[:9-level/8]
}

// A rowOfCells are those of a level from a number up to and with another.
type rowOfCells struct{ from, to uint64 }

// overlapping is, of a level, which cells may have intervals that have something in common with v.
func (v interval) overlapping(level int) (rowOfCells, bool) {
	return rowOfCells{previous(v.from >> level), v.to >> level}, true
}

// containing is which may have intervals that contain v.
func (v interval) containing(level int) (rowOfCells, bool) {
	r := rowOfCells{previous(v.to >> level), v.from >> level}
	return r, r.from <= r.to
}

// within is which may have intervals that v contains.
func (v interval) within(level int) (rowOfCells, bool) {
	return rowOfCells{v.from >> level, v.to >> level}, true
}

func previous(cell uint64) uint64 { return cell - min(cell, 1) }

// cells asks for the cells of all levels.
func cells(of func(level int) (rowOfCells, bool)) *Query {
	q := &Query{Op: Between}
	for l := range levels {
		if r, some := of(l); some {
			q.Ranges = append(q.Ranges, Range{cellKey(l, r.from), append(cellKey(l, r.to), 0)})
		}
	}
	return q
}

// with has a query of cells ask for a key too, which is behind those of all cells.
func (q *Query) with(key []byte) *Query {
	q.Ranges = append(q.Ranges, Range{key, append(slices.Clone(key), 0)})
	return q
}

// rectangle is what is in an interval on both axes, with coordinates of 32 bits.
type rectangle struct{ x, y interval }

// planeLevels is how many levels there are in the plane.
const planeLevels = 32

// key is that of the square that a rectangle is in.
func (r rectangle) key() []byte {
	l := max(r.x.level(), r.y.level())
	return squareKey(l, zOrder(r.x.from>>l, r.y.from>>l))
}

func squareKey(level int, number uint64) []byte {
	k := binary.BigEndian.AppendUint64([]byte{byte(level)}, number<<(2*level))
	return k[:9-level/4]
}

// zOrder puts the bits of two numbers in turn.
func zOrder(x, y uint64) uint64 { return spread(x)<<1 | spread(y) }

// spread leaves a gap before each of the lower 32 bits.
func spread(v uint64) uint64 {
	v = (v | v<<16) & 0x0000FFFF0000FFFF
	v = (v | v<<8) & 0x00FF00FF00FF00FF
	v = (v | v<<4) & 0x0F0F0F0F0F0F0F0F
	v = (v | v<<2) & 0x3333333333333333
	return (v | v<<1) & 0x5555555555555555
}

// squares asks for the squares that are, on both axes, in the rows of cells that of gives.
func squares(r rectangle, of func(v interval, level int) (rowOfCells, bool)) *Query {
	q := &Query{Op: Between}
	for l := range planeLevels {
		x, some := of(r.x, l)
		y, also := of(r.y, l)
		if !some || !also {
			continue
		}
		for _, z := range inZOrder(x, y, planeLevels-l) {
			q.Ranges = append(q.Ranges, Range{squareKey(l, z.from), append(squareKey(l, z.to), 0)})
		}
	}
	return q
}

// mostRows is how many rows of squares of a level a rectangle is taken apart into; what they have more than it is
// found and sorted out by the condition.
const mostRows = 24

// mostSquares is how many squares are looked at together: a rectangle that nearly fills the plane is of few rows until it has
// been cut to the finest.
const mostSquares = 8 * mostRows

// square is one whose sides are 2^size long, in the beginning at x and y.
type square struct {
	x, y uint64
	size int
}

// inZOrder gives the rows of squares, in order, that cover a rectangle of them in a plane of 2^size
// squares a side: it is cut into quarters, those that the rectangle meets in part again, as long
// as there are not too many.
func inZOrder(x, y rowOfCells, size int) []rowOfCells {
	list := []square{{0, 0, size}}
	for {
		var next []square
		cut := false
		for _, s := range list {
			if s.size == 0 || s.inside(x, y) {
				next = append(next, s)
				continue
			}
			cut = true
			half := s.size - 1
			for quarter := range uint64(4) {
				t := square{s.x + quarter>>1<<half, s.y + quarter&1<<half, half}
				if t.meets(x, y) {
					next = append(next, t)
				}
			}
		}
		if !cut {
			return rowsOf(list)
		}
		if len(next) > mostSquares || len(rowsOf(next)) > mostRows {
			return rowsOf(list)
		}
		list = next
	}
}

func (s square) end() uint64 { return 1<<s.size - 1 }

func (s square) inside(x, y rowOfCells) bool {
	return x.from <= s.x && s.x+s.end() <= x.to && y.from <= s.y && s.y+s.end() <= y.to
}

func (s square) meets(x, y rowOfCells) bool {
	return s.x <= x.to && x.from <= s.x+s.end() && s.y <= y.to && y.from <= s.y+s.end()
}

func rowsOf(list []square) (rows []rowOfCells) {
	for _, s := range list {
		from := zOrder(s.x, s.y)
		to := ^uint64(0)
		if s.size < 32 {
			to = from + 1<<(2*s.size) - 1
		}
		rows = append(rows, rowOfCells{from, to})
	}
	return joined(rows)
}

// joined makes one of rows that follow each other.
func joined(rows []rowOfCells) []rowOfCells {
	out := rows[:0]
	for _, r := range rows {
		if n := len(out); n > 0 && out[n-1].to+1 == r.from {
			out[n-1].to = r.to
		} else {
			out = append(out, r)
		}
	}
	return out
}
