package blocks

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
)

// randomColumn gives values of a form, some of them NULL, and a type that compares them.
func randomColumn(r *rand.Rand, form Form, n int) (values []types.Datum, typ *types.Type) {
	nulls := r.IntN(3) == 0
	width := []uint{0, 1, 7, 8, 15, 16, 31, 32, 63, 64}[r.IntN(10)]
	base := int64(r.Uint64()) >> r.IntN(64)
	words := []string{"", "a", "b", "naïve", strings.Repeat("x", 100)}
	floats := []float64{0, math.Copysign(0, -1), 1.5, -2, math.NaN(), math.Inf(1), math.Inf(-1)}
	for range n {
		var d types.Datum
		switch form {
		case Ints:
			d, typ = types.Int(base+int64(r.Uint64()&(1<<width-1))), types.Int8
		case Floats:
			d, typ = types.Float(floats[r.IntN(len(floats))]), types.Float8
		case Decimals:
			scale := int32(2)
			if base%3 == 0 {
				scale = int32(r.IntN(4))
			}
			d, typ = types.NumericOf(base%100_000+int64(r.Uint64()&(1<<(width%48)-1)), scale), types.Numeric
			if base%5 == 0 && r.IntN(20) == 0 {
				d = types.Object(&apd.Decimal{Form: apd.Form(1 + r.IntN(2)*2)})
			}
		case Strings:
			d, typ = types.String(words[r.IntN(len(words))]), types.Text
		case Objects:
			v, err := types.Numeric.Input([]string{"1.50", "NaN", "-3"}[r.IntN(3)], types.NoTypmod, nil)
			if err != nil {
				panic(err)
			}
			d, typ = v, types.Numeric
		}
		if nulls && r.IntN(3) == 0 {
			d = types.Null
		}
		values = append(values, d)
	}
	return values, typ
}

// holds is what a comparison says, by the type's own order.
func holds(typ *types.Type, op Op, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return false
	}
	c := typ.Compare(a, b)
	switch op {
	case Equal:
		return c == 0
	case NotEqual:
		return c != 0
	case Less:
		return c < 0
	case LessOrEqual:
		return c <= 0
	case Greater:
		return c > 0
	}
	return c >= 0
}

// TestColumns puts random rows into a block and reads them, all and those for which
// random conditions hold.
func TestColumns(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var builder Builder
	var reader Reader
	for round := range 3000 {
		n := 1 + r.IntN(300)
		wanted := make([]Wanted, 1+r.IntN(4))
		columns := make([][]types.Datum, len(wanted))
		of := make([]*types.Type, len(wanted))
		for i := range wanted {
			wanted[i] = Wanted{Number: i + 1, At: len(wanted) - 1 - i, Form: Form(r.IntN(5))}
			columns[i], of[i] = randomColumn(r, wanted[i].Form, n)
		}
		builder.Reset(wanted)
		row := make(types.Row, len(wanted))
		for k := range n {
			for i, w := range wanted {
				row[w.At] = columns[i][k]
			}
			builder.Add(row, 10)
		}
		block := builder.done(7)
		var conditions []Condition
		var on []int
		for range r.IntN(3) {
			i := r.IntN(len(wanted))
			value := columns[i][r.IntN(n)]
			op := Op(r.IntN(6))
			switch form := wanted[i].Form; {
			case value.IsNull(), form == Objects, form == Strings && op > NotEqual, form == Floats && math.IsNaN(value.Float()):
				continue
			case form == Ints && r.IntN(2) == 0:
				value = types.Int(value.Int() + int64(r.IntN(3)) - 1)
			case form == Decimals && r.IntN(2) == 0:
				if v, scale, ok := value.Small(); ok {
					value = types.NumericOf(v*100+int64(r.IntN(3))-1, scale+2)
				}
			}
			conditions, on = append(conditions, Condition{Column: wanted[i].At, Op: op, Value: value, Form: wanted[i].Form}), append(on, i)
		}
		left := reader.Open(block, wanted, conditions, row)
		for k := range n {
			want := true
			for j, cond := range conditions {
				want = want && holds(of[on[j]], cond.Op, columns[on[j]][k], cond.Value)
			}
			if !want {
				left--
				continue
			}
			if !reader.Next(row) {
				t.Fatalf("round %d: row %d of %d is missing", round, k, n)
			}
			for i, w := range wanted {
				got := row[w.At]
				if got.IsNull() != columns[i][k].IsNull() || !got.IsNull() && of[i].Compare(got, columns[i][k]) != 0 {
					t.Fatalf("round %d: row %d has %s in column %d, want %s", round, k, of[i].Text(got, nil), i, of[i].Text(columns[i][k], nil))
				}
			}
		}
		if reader.Next(row) || left != 0 {
			t.Fatalf("round %d: more rows than there are, or %d said to be left out that are not", round, left)
		}
		reader.Release()
	}
}

// TestPacking holds integers in no more bytes than their distances take.
func TestPacking(t *testing.T) {
	for _, c := range []struct {
		values []int64
		bytes  int
	}{
		{[]int64{5, 5, 5}, 0}, {[]int64{-1000, -745}, 1}, {[]int64{1 << 40, 1<<40 + 256}, 2}, {[]int64{0, 1 << 16}, 4},
		{[]int64{0, 1 << 32}, 8}, {[]int64{math.MinInt64, math.MaxInt64}, 8},
	} {
		var b columnBuilder
		b.reset(Ints)
		for i, v := range c.values {
			b.add(i, types.Int(v), 0)
		}
		got := b.done()
		if want := int64(columnBytes + c.bytes*len(c.values)); got.bytes != want {
			t.Errorf("%d: %d bytes, want %d", c.values, got.bytes, want)
		}
		for i, v := range c.values {
			if d := got.value(i); d.Int() != v {
				t.Errorf("%d came back as %d", v, d.Int())
			}
		}
	}
}

// An array counts for what its elements take, however long its row is.
func TestArraySize(t *testing.T) {
	size := func(d types.Datum, stored int) int64 {
		var b columnBuilder
		b.reset(Objects)
		b.add(0, d, stored)
		return b.done().bytes
	}
	few := types.ArrayDatum(types.Int4, []types.Datum{types.Int(1), types.Int(2), types.Null})
	texts := types.ArrayDatum(types.Text, []types.Datum{types.String("a"), types.String("a longer text")})
	for _, d := range []types.Datum{few, texts} {
		if a, b := size(d, 10), size(d, 10_000); a != b || a > 1000 {
			t.Errorf("%d bytes in a short row, %d in a long one", a, b)
		}
	}
	nested := types.ArrayDatum(types.Numeric, []types.Datum{types.Object(&apd.Decimal{Form: apd.NaN})})
	if a, b := size(nested, 10), size(nested, 10_000); a >= b {
		t.Errorf("%d and %d bytes", a, b)
	}
}
