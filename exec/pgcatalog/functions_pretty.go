package pgcatalog

import (
	"math/big"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_size_pretty() and pg_size_bytes(): sizes for people.

// sizeUnit is one unit of pg_size_pretty: it is used below limit, in units of
// 1<<bits bytes. Rounded units are computed with one bit more.
type sizeUnit struct {
	name  string
	limit int64
	round bool
	bits  uint
}

var sizeUnits = []sizeUnit{
	{"bytes", 10 * 1024, false, 0}, {"kB", 20*1024 - 1, true, 10}, {"MB", 20*1024 - 1, true, 20},
	{"GB", 20*1024 - 1, true, 30}, {"TB", 20*1024 - 1, true, 40}, {"PB", 20*1024 - 1, true, 50},
}

func init() {
	functions["pg_size_pretty"] = func(_ *Reader, a []types.Datum) (types.Datum, error) {
		if !a[0].IsScalar() {
			d := a[0].Numeric()
			if limit := apd.New(sizeUnits[0].limit, 0); d.Form == apd.Finite && d.Cmp(limit) < 0 && new(apd.Decimal).Neg(d).Cmp(limit) < 0 {
				return text(types.Numeric.Text(a[0], types.DefaultEnv) + " " + sizeUnits[0].name)
			}
			whole := new(apd.Decimal)
			types.TruncateNumeric(whole, d, 0)
			n, ok := new(big.Int).SetString(whole.Text('f'), 10)
			if !ok {
				return text(types.Numeric.Text(a[0], types.DefaultEnv) + " " + sizeUnits[len(sizeUnits)-1].name)
			}
			return text(sizePretty(n))
		}
		return text(sizePretty(big.NewInt(a[0].Int())))
	}
	functions["pg_size_bytes"] = func(_ *Reader, a []types.Datum) (types.Datum, error) { return sizeBytes(a[0].Str()) }
}

// sizePretty writes a size, which it changes.
func sizePretty(size *big.Int) string {
	for i, u := range sizeUnits {
		if i == len(sizeUnits)-1 || size.CmpAbs(big.NewInt(u.limit)) < 0 {
			if u.round {
				size.Quo(size.Add(size, big.NewInt(int64(size.Sign()))), big.NewInt(2))
			}
			return size.String() + " " + u.name
		}
		next := sizeUnits[i+1]
		shift := next.bits - u.bits
		if next.round {
			shift--
		}
		if u.round {
			shift++
		}
		size.Quo(size, big.NewInt(1<<shift))
	}
	return ""
}

func sizeBytes(s string) (types.Datum, error) {
	trimmed := strings.TrimSpace(s)
	end := strings.LastIndexAny(trimmed, "0123456789.") + 1
	number, unit := trimmed[:end], strings.TrimSpace(trimmed[end:])
	invalid := sqlerr.New(sqlerr.InvalidParameterValue, `invalid size: "%s"`, s)
	d, err := types.ParseNumeric(number)
	if number == "" || err != nil {
		return types.Null, invalid
	}
	bits := int64(-1)
	for _, u := range append(sizeUnits, sizeUnit{name: ""}) {
		if strings.EqualFold(unit, u.name) {
			bits = int64(u.bits)
		}
	}
	if bits < 0 {
		return types.Null, invalid.WithDetail(`Invalid size unit: "%s".`, unit).WithHint(`Valid units are "bytes", "kB", "MB", "GB", "TB", and "PB".`)
	}
	result := new(apd.Decimal)
	if _, err := apd.BaseContext.WithPrecision(60).Mul(result, d, apd.New(1<<bits, 0)); err != nil {
		return types.Null, invalid
	}
	types.RoundNumeric(result, result, 0)
	n, err := result.Int64()
	if err != nil {
		return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "bigint out of range")
	}
	return types.Int(n), nil
}
