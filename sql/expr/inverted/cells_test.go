package inverted

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// asks says whether a query asks for a key; its ranges must be in order and apart.
func asks(t *testing.T, q *Query, key []byte) bool {
	t.Helper()
	found := false
	for i, r := range q.Ranges {
		if i > 0 && bytes.Compare(q.Ranges[i-1].To, r.From) > 0 || bytes.Compare(r.From, r.To) >= 0 {
			t.Fatalf("%x: range %d is not behind the one before", q.Ranges, i)
		}
		found = found || bytes.Compare(r.From, key) <= 0 && bytes.Compare(key, r.To) < 0
	}
	return found
}

// someInterval is one of any length, near to others or not.
func someInterval(r *rand.Rand, most uint64) interval {
	from := r.Uint64() >> r.IntN(64)
	from = min(from, most)
	length := r.Uint64() >> r.IntN(64)
	return interval{from, from + min(length, most-from)}
}

// TestCells: of two intervals, the cell of the one is among those that are asked for where the other overlaps it,
// contains it, or is within it, and mostly not where they are apart.
func TestCells(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	apart, found := 0, 0
	for range 50_000 {
		a, b := someInterval(r, everything.to), someInterval(r, everything.to)
		overlap := a.from <= b.to && b.from <= a.to
		if asked := asks(t, cells(b.overlapping), a.key()); overlap && !asked {
			t.Fatalf("%x overlaps %x", a, b)
		} else if !overlap {
			if apart++; asked {
				found++
			}
		}
		if a.from <= b.from && b.to <= a.to && !asks(t, cells(b.containing), a.key()) {
			t.Fatalf("%x contains %x", a, b)
		}
		if b.from <= a.from && a.to <= b.to && !asks(t, cells(b.within).with(emptyKey), a.key()) {
			t.Fatalf("%x is within %x", a, b)
		}
	}
	if found > apart/4 {
		t.Errorf("%d of %d that are apart are asked for", found, apart)
	}
}

func TestSquares(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 1))
	some := func() rectangle { return rectangle{someInterval(r, side.to), someInterval(r, side.to)} }
	within := func(a, b interval) bool { return b.from <= a.from && a.to <= b.to }
	overlap := func(a, b interval) bool { return a.from <= b.to && b.from <= a.to }
	for range 4_000 {
		a, b := some(), some()
		if overlap(a.x, b.x) && overlap(a.y, b.y) && !asks(t, squares(b, interval.overlapping).with(unknownKey), a.key()) {
			t.Fatalf("%x overlaps %x", a, b)
		}
		if within(b.x, a.x) && within(b.y, a.y) && !asks(t, squares(b, interval.containing), a.key()) {
			t.Fatalf("%x contains %x", a, b)
		}
		if within(a.x, b.x) && within(a.y, b.y) && !asks(t, squares(b, interval.within), a.key()) {
			t.Fatalf("%x is within %x", a, b)
		}
	}
}

// TestRowsOfSquares: a rectangle is covered by few rows, and exactly where few are enough.
func TestRowsOfSquares(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 2000 {
		x, y := rowOfCells{r.Uint64N(16), 0}, rowOfCells{r.Uint64N(16), 0}
		x.to, y.to = min(15, x.from+r.Uint64N(4)), min(15, y.from+r.Uint64N(4))
		rows := inZOrder(x, y, 4)
		var have, need []uint64
		for _, row := range rows {
			for n := row.from; n <= row.to; n++ {
				have = append(have, n)
			}
		}
		for i := x.from; i <= x.to; i++ {
			for j := y.from; j <= y.to; j++ {
				need = append(need, zOrder(i, j))
			}
		}
		if slices.Sort(need); !slices.Equal(have, need) {
			t.Fatalf("%v %v: rows %v", x, y, rows)
		}
	}
}
