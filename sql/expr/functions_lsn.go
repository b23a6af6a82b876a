package expr

import (
	"math/big"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Arithmetic of pg_lsn: differences are numeric.

func lsnDifference(_ *Context, a []types.Datum) (types.Datum, error) {
	x, y := new(big.Int).SetUint64(uint64(a[0].Int())), new(big.Int).SetUint64(uint64(a[1].Int()))
	d := x.Sub(x, y)
	var c apd.BigInt
	c.SetMathBigInt(new(big.Int).Abs(d))
	return types.NumericDatum(&apd.Decimal{Coeff: c, Negative: d.Sign() < 0})
}

// lsnShifted adds a number of bytes, of that sign, to a position.
func lsnShifted(sign int64, verb string) func(lsn, bytes types.Datum) (types.Datum, error) {
	return func(lsn, bytes types.Datum) (types.Datum, error) {
		n := num(bytes)
		if n.Form == apd.NaN || n.Form == apd.NaNSignaling {
			return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "cannot %s NaN %s pg_lsn", verb, map[int64]string{1: "to", -1: "from"}[sign])
		}
		out := func() (types.Datum, error) {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "pg_lsn out of range")
		}
		if n.Form != apd.Finite {
			return out()
		}
		var at, exact, rounded apd.Decimal
		at.Coeff.SetMathBigInt(new(big.Int).SetUint64(uint64(lsn.Int())))
		context := decimalContext(n.NumDigits() + max(int64(n.Exponent), -int64(n.Exponent)) + 21)
		step := context.Add
		if sign < 0 {
			step = context.Sub
		}
		if _, err := step(&exact, &at, n); err != nil {
			return out()
		}
		if _, err := context.RoundToIntegralValue(&rounded, &exact); err != nil {
			return out()
		}
		sum, ok := new(big.Int).SetString(rounded.Text('f'), 10)
		if !ok {
			return out()
		}
		if !sum.IsUint64() {
			return out()
		}
		return types.Int(int64(sum.Uint64())), nil
	}
}

func init() {
	plus, minus := lsnShifted(1, "add"), lsnShifted(-1, "subtract")
	register(map[string]EvalFunc{
		"pg_lsn_mi":       lsnDifference,
		"pg_wal_lsn_diff": lsnDifference,
		"pg_lsn_pli":      func(_ *Context, a []types.Datum) (types.Datum, error) { return plus(a[0], a[1]) },
		"pg_lsn_mii":      func(_ *Context, a []types.Datum) (types.Datum, error) { return minus(a[0], a[1]) },
		"sql:numeric_pl_pg_lsn": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return plus(a[1], a[0])
		},
		"numeric_pg_lsn": func(_ *Context, a []types.Datum) (types.Datum, error) {
			switch n := num(a[0]); n.Form {
			case apd.NaN, apd.NaNSignaling:
				return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "cannot convert NaN to pg_lsn")
			case apd.Infinite:
				return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "cannot convert infinity to pg_lsn")
			}
			return plus(types.Int(0), a[0])
		},
		"booland_statefunc": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(a[0].Bool() && a[1].Bool()), nil
		},
		"boolor_statefunc": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(a[0].Bool() || a[1].Bool()), nil
		},
	})
}
