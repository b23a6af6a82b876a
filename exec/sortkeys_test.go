package exec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// TestSortOrder sorts rows by keys of all forms, many of them alike, as a stable sort that
// compares every key does.
func TestSortOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	value := map[*types.Type]func() types.Datum{
		types.Int4: func() types.Datum { return types.Int(int64(r.IntN(3))) },
		types.Int8: func() types.Datum { return types.Int([]int64{math.MinInt64, math.MaxInt64, 0, -1}[r.IntN(4)]) },
		types.Float8: func() types.Datum {
			return types.Float([]float64{0, math.Copysign(0, -1), 1.5, math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(6)])
		},
		types.Text: func() types.Datum {
			return types.String([]string{"", "a", "12345678", "123456789", "12345678x"}[r.IntN(5)])
		},
		types.Numeric: func() types.Datum { return types.NumericOf(int64(r.IntN(3)), int32(r.IntN(2))) },
	}
	of := []*types.Type{types.Int4, types.Int8, types.Float8, types.Text, types.Numeric}
	for round := range 2000 {
		keys := make([]plan.SortKey, 1+r.IntN(3))
		for i := range keys {
			keys[i] = plan.SortKey{Expr: &expr.Column{Index: i, T: of[r.IntN(len(of))]}, Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}
		}
		order := newSortOrder(keys, len(keys))
		items := make([]item, r.IntN(200))
		for n := range items {
			row := make(types.Row, len(keys))
			for i, k := range keys {
				if r.IntN(6) > 0 {
					row[i] = value[k.Expr.Type()]()
				}
			}
			items[n] = item{lead: order.leadOf(row), row: row, n: n}
		}
		want := slices.Clone(items)
		slices.SortStableFunc(want, func(a, b item) int { return plan.CompareKeys(keys, a.row, b.row) })
		order.sort(items)
		for i := range items {
			if items[i].n != want[i].n || items[i].lead != want[i].lead {
				t.Fatalf("round %d: row %d is at place %d, want row %d", round, items[i].n, i, want[i].n)
			}
		}
	}
}

// Leads of numerics are in the order of the numerics, and the same of equal ones whatever
// their scale.
func TestNumericLeads(t *testing.T) {
	var list []types.Datum
	for _, text := range []string{"0", "0.0000", "1", "1.00", "1.00001", "0.99999", "0.00004", "0.00000000000000000000004", "12345.6789", "12345.67891", "12345.678900000000000000000000", "99999999999999", "99999999999999.99994",
		"100000000000000", "100000000000000.0000", "100000000000000.00000000000000000001", "99999999999999.99999999999999999", "500000000000000", "500000000000000.0000", "1e30", "1e200", "1e-200", "922337203685477.5807", "922337203685477.5808", "NaN", "Infinity"} {
		for _, sign := range []string{"", "-"} {
			if text == "NaN" {
				sign = ""
			}
			d, err := types.Numeric.Input(sign+text, types.NoTypmod, nil)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, d)
		}
	}
	for _, a := range list {
		for _, b := range list {
			x, y := fixedNumeric(a), fixedNumeric(b)
			if c := types.Numeric.Compare(a, b); c < 0 && x > y || c == 0 && x != y {
				t.Errorf("%s has %d, %s has %d", types.Numeric.Text(a, nil), x, types.Numeric.Text(b, nil), y)
			}
		}
	}
}
