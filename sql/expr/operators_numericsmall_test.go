package expr

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
)

// longForm is a numeric held as a decimal.
func longForm(d types.Datum) types.Datum { return types.Object(d.Numeric()) }

// TestSmallNumericArithmetic: numerics of few digits give what the same ones held as
// decimals give, digit for digit, and are equal to them.
func TestSmallNumericArithmetic(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	random := func() types.Datum {
		v := rng.Int64N(types.SmallPower(int32(rng.IntN(19))) + 1)
		if v == types.SmallNumericLimit {
			v--
		}
		if rng.IntN(2) == 0 {
			v = -v
		}
		if rng.IntN(10) == 0 {
			v = 0
		}
		d, ok := types.SmallNumeric(v, int32(rng.IntN(1+rng.IntN(20))))
		if !ok {
			t.Fatalf("%d is not small", v)
		}
		return d
	}
	c := &Context{Env: types.DefaultEnv}
	text := func(d types.Datum, err error) string {
		if err != nil {
			return err.Error()
		}
		return types.Numeric.Text(d, types.DefaultEnv)
	}
	small := map[string]int{}
	for range 50_000 {
		x, y := random(), random()
		lx, ly := longForm(x), longForm(y)
		if a, b := types.Numeric.Compare(x, y), types.Numeric.Compare(lx, ly); a != b {
			t.Fatalf("%s against %s is %d, want %d", text(x, nil), text(y, nil), a, b)
		}
		if types.Numeric.Hash(1, x) != types.Numeric.Hash(1, lx) || text(x, nil) != text(lx, nil) || !types.Identical(types.Numeric, x, lx) {
			t.Fatalf("%s differs from %s", text(x, nil), text(lx, nil))
		}
		if string(types.Numeric.AppendBinary(nil, x, nil)) != string(types.Numeric.AppendBinary(nil, lx, nil)) {
			t.Fatalf("%s has another binary form", text(x, nil))
		}
		precision, scale := int32(1+rng.IntN(22)), int32(0)
		scale = int32(rng.IntN(int(precision) + 1))
		typmod := precision<<16 | scale + 4
		a, aerr := types.ApplyTypmod(types.Numeric, x, typmod, false)
		b, berr := types.ApplyTypmod(types.Numeric, lx, typmod, false)
		if text(a, aerr) != text(b, berr) {
			t.Fatalf("%s as numeric(%d,%d) is %s, want %s", text(x, nil), precision, scale, text(a, aerr), text(b, berr))
		}
		for _, name := range []string{"numeric_add", "numeric_sub", "numeric_mul", "numeric_div", "numeric_mod"} {
			got, err := evalCode[name](c, []types.Datum{x, y})
			want, werr := evalCode[name](c, []types.Datum{lx, ly})
			if text(got, err) != text(want, werr) {
				t.Fatalf("%s of %s and %s is %s, want %s", name, text(x, nil), text(y, nil), text(got, err), text(want, werr))
			}
			if _, _, ok := got.Small(); ok {
				small[name]++
			}
		}
		for _, name := range []string{"numeric_uminus", "numeric_abs"} {
			if got, want := text(evalCode[name](c, []types.Datum{x})), text(evalCode[name](c, []types.Datum{lx})); got != want {
				t.Fatalf("%s of %s is %s, want %s", name, text(x, nil), got, want)
			}
		}
		f, _ := evalCode["numeric_float8"](c, []types.Datum{x})
		g, _ := evalCode["numeric_float8"](c, []types.Datum{lx})
		if f.Float() != g.Float() {
			t.Fatalf("%s is the float %v, want %v", text(x, nil), f.Float(), g.Float())
		}
	}
	for name, least := range map[string]int{"numeric_add": 20_000, "numeric_sub": 20_000, "numeric_mul": 15_000, "numeric_div": 5_000, "numeric_mod": 15_000} {
		if small[name] < least {
			t.Errorf("%s gave %d numerics of few digits", name, small[name])
		}
	}
}

// TestNumericSums: sums, averages and variances of values of all forms are those of decimals.
func TestNumericSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for round := range 2000 {
		sum, variance := &numericSum{}, &numericVariance{kind: varianceKind{sample: true}}
		plain, squares, n := new(apd.Decimal), new(apd.Decimal), 0
		for range 1 + rng.IntN(40) {
			v := rng.Int64N(types.SmallPower(int32(1 + rng.IntN(18))))
			if rng.IntN(2) == 0 {
				v = -v
			}
			d := types.NumericOf(v, int32(rng.IntN(1+round%12)))
			if rng.IntN(8) == 0 {
				d = longForm(d)
			}
			if err := sum.Add(nil, []types.Datum{d}); err != nil {
				t.Fatal(err)
			}
			if err := variance.Add(nil, []types.Datum{d}); err != nil {
				t.Fatal(err)
			}
			x := d.Numeric()
			plain, squares, n = numericAdd(plain, x), numericAdd(squares, numericMul(x, x)), n+1
		}
		got, err := sum.Result(nil)
		if err != nil || types.Numeric.Text(got, types.DefaultEnv) != types.Numeric.Text(types.Object(plain), types.DefaultEnv) {
			t.Fatalf("the sum is %v, want %v (%v)", got.Numeric(), plain, err)
		}
		variance.flush()
		if variance.n != int64(n) || types.CompareNumeric(&variance.sum, plain) != 0 || types.CompareNumeric(&variance.sqr, squares) != 0 || variance.sum.Exponent != plain.Exponent || variance.sqr.Exponent != squares.Exponent {
			t.Fatalf("the sums are %v and %v, want %v and %v", &variance.sum, &variance.sqr, plain, squares)
		}
	}
}
