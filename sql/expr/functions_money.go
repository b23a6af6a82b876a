package expr

import (
	"math"
	"math/bits"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Arithmetic of money, which is a number of hundredths.

// moneyHundredths is how many make one.
const moneyHundredths = 100

// moneyOf gives whole numbers as money.
func moneyOf(n int64) (types.Datum, error) {
	high, low := bits.Mul64(uint64(max(n, -n)), moneyHundredths)
	if n == math.MinInt64 || high != 0 || low > math.MaxInt64 {
		return types.Null, intRange(64)
	}
	return types.Int(n * moneyHundredths), nil
}

func moneyRange() error {
	return sqlerr.New(sqlerr.NumericValueOutOfRange, "money out of range")
}

// moneyRounded gives a number of hundredths that is no whole one.
func moneyRounded(f float64) (types.Datum, error) {
	if f = math.RoundToEven(f); math.IsNaN(f) || f < -1<<63 || f >= 1<<63 {
		return types.Null, moneyRange()
	}
	return types.Int(int64(f)), nil
}

// moneySum adds two amounts.
func moneySum(a, b int64) (int64, error) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return 0, moneyRange()
	}
	return sum, nil
}

func moneyTimesInt(a, b types.Datum) (types.Datum, error) {
	x, y := a.Int(), b.Int()
	product := x * y
	if x != 0 && (product/x != y || x == -1 && y == math.MinInt64) {
		return types.Null, moneyRange()
	}
	return types.Int(product), nil
}

func moneyTimesFloat(money, f types.Datum) (types.Datum, error) {
	return moneyRounded(float64(money.Int()) * f.Float())
}

func moneyByInt(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[1].Int() == 0 {
		return types.Null, divisionByZero()
	}
	if a[0].Int() == math.MinInt64 && a[1].Int() == -1 {
		return types.Null, moneyRange()
	}
	return types.Int(a[0].Int() / a[1].Int()), nil
}

func moneyByFloat(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[1].Float() == 0 {
		return types.Null, divisionByZero()
	}
	return moneyRounded(float64(a[0].Int()) / a[1].Float())
}

func init() {
	both := func(f func(a, b types.Datum) (types.Datum, error), turned bool) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			if turned {
				return f(a[1], a[0])
			}
			return f(a[0], a[1])
		}
	}
	table := map[string]EvalFunc{
		"cash_pl": func(_ *Context, a []types.Datum) (types.Datum, error) {
			sum, err := moneySum(a[0].Int(), a[1].Int())
			return types.Int(sum), err
		},
		"cash_mi": func(_ *Context, a []types.Datum) (types.Datum, error) {
			x, y := a[0].Int(), a[1].Int()
			if difference := x - y; (difference < x) == (y > 0) || y == 0 {
				return types.Int(difference), nil
			}
			return types.Null, moneyRange()
		},
		"cash_div_cash": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[1].Int() == 0 {
				return types.Null, divisionByZero()
			}
			return types.Float(float64(a[0].Int()) / float64(a[1].Int())), nil
		},
		"cash_words": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(moneyWords(a[0].Int())), nil
		},
		"cash_numeric": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.NumericDatum(apd.New(a[0].Int(), -2))
		},
		"numeric_cash": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return numericInt(numericMul(num(a[0]), apd.New(moneyHundredths, 0)), 64)
		},
	}
	for _, size := range []string{"2", "4", "8"} {
		table["cash_mul_int"+size], table["int"+size+"_mul_cash"] = both(moneyTimesInt, false), both(moneyTimesInt, true)
		table["cash_div_int"+size] = moneyByInt
	}
	for _, size := range []string{"4", "8"} {
		table["cash_mul_flt"+size], table["flt"+size+"_mul_cash"] = both(moneyTimesFloat, false), both(moneyTimesFloat, true)
		table["cash_div_flt"+size] = moneyByFloat
		table["int"+size+"_cash"] = func(_ *Context, a []types.Datum) (types.Datum, error) { return moneyOf(a[0].Int()) }
	}
	register(table)
}

var (
	smallNumbers = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens         = strings.Fields("ten twenty thirty forty fifty sixty seventy eighty ninety")
	// powers are those of a thousand, from the largest that an amount has.
	powers = strings.Fields("quadrillion trillion billion million thousand")
)

// below1000 writes a number in words; "and" stands before what is less than twenty.
func below1000(n uint64) string {
	var words []string
	if n >= 100 {
		words = append(words, smallNumbers[n/100], "hundred")
		n %= 100
		if n == 0 {
			return strings.Join(words, " ")
		}
		if n < 20 {
			words = append(words, "and")
		}
	}
	if n < 20 {
		return strings.Join(append(words, smallNumbers[n]), " ")
	}
	words = append(words, tens[n/10-1])
	if n%10 != 0 {
		words = append(words, smallNumbers[n%10])
	}
	return strings.Join(words, " ")
}

// moneyWords is cash_words().
func moneyWords(v int64) string {
	var b strings.Builder
	amount := uint64(v)
	if v < 0 {
		b.WriteString("minus ")
		amount = -amount
	}
	whole, cents := amount/moneyHundredths, amount%moneyHundredths
	divisor := uint64(1e15)
	for _, p := range powers {
		if n := whole / divisor % 1000; n > 0 {
			b.WriteString(below1000(n) + " " + p + " ")
		}
		divisor /= 1000
	}
	if n := whole % 1000; n > 0 {
		b.WriteString(below1000(n))
	}
	if whole == 0 {
		b.WriteString("zero")
	}
	unit, part := " dollars and ", " cents"
	if whole == 1 {
		unit = " dollar and "
	}
	if cents == 1 {
		part = " cent"
	}
	b.WriteString(unit + below1000(cents) + part)
	text := b.String()
	return strings.ToUpper(text[:1]) + text[1:]
}

// moneyTotal is sum(money).
type moneyTotal struct{ intSum }

// Add adds a value.
func (a *moneyTotal) Add(_ *Context, args []types.Datum) (err error) {
	a.sum, err = moneySum(a.sum, args[0].Int())
	a.n++
	return err
}
