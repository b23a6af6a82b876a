package expr

import (
	"math"
	"math/big"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
)

// extract() and date_part(): the fields of dates, times and intervals.

// isoWeek gives the ISO year and week of a Julian day.
func isoWeek(jd int) (year, week int) {
	monday := jd - (jd % 7)
	thursday := monday + 3
	year, _, _ = types.FromJulianDay(thursday)
	return year, (thursday-types.JulianDay(year, 1, 1))/7 + 1
}

// part is an extracted field: an integer scaled by 10^-scale.
type part struct {
	value int64
	scale int32
	inf   float64
	large *big.Int // stands for value where that does not hold it
}

func (p part) numeric() types.Datum {
	if p.inf != 0 {
		return types.Object(floatSpecial(p.inf))
	}
	if p.large != nil {
		return types.Object(apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(p.large), -p.scale))
	}
	return types.NumericOf(p.value, p.scale)
}

func (p part) float() types.Datum {
	if p.inf != 0 {
		return types.Float(p.inf)
	}
	value := float64(p.value)
	if p.large != nil {
		value, _ = p.large.Float64()
	}
	return types.Float(value / math.Pow10(int(p.scale)))
}

// clockPart extracts from a time of day.
func clockPart(unit string, us int64) (part, bool) {
	switch unit {
	case "microseconds":
		return part{value: us % usMinute}, true
	case "milliseconds":
		return part{value: us % usMinute, scale: 3}, true
	case "second":
		return part{value: us % usMinute, scale: 6}, true
	case "minute":
		return part{value: us / usMinute % 60}, true
	case "hour":
		return part{value: us / usHour}, true
	}
	return part{}, false
}

// timestampPart extracts from a wall clock; offset is nil without time zone.
func timestampPart(given string, local int64, utc int64, offset *int, typeName string) (part, bool, error) {
	unit := unitNames[strings.ToLower(given)]
	if types.IsInfinite(utc) {
		switch unit {
		case "year", "decade", "century", "millennium", "julian", "isoyear", "epoch":
			if utc > 0 {
				return part{inf: math.Inf(1)}, false, nil
			}
			return part{inf: math.Inf(-1)}, false, nil
		case "":
			return part{}, false, badUnit(given, unit, typeName)
		}
		return part{}, true, nil
	}
	if p, ok := clockPart(unit, floorMod(local, usDay)); ok {
		return p, false, nil
	}
	c := types.BreakTimestamp(local)
	jd := types.JulianDay(c.Year, c.Month, c.Day)
	shown := c.Year
	if shown <= 0 {
		shown--
	}
	val := func(v int) (part, bool, error) { return part{value: int64(v)}, false, nil }
	switch unit {
	case "day":
		return val(c.Day)
	case "month":
		return val(c.Month)
	case "quarter":
		return val((c.Month-1)/3 + 1)
	case "week":
		_, w := isoWeek(jd)
		return val(w)
	case "year":
		return val(shown)
	case "isoyear":
		y, _ := isoWeek(jd)
		if y <= 0 {
			y--
		}
		return val(y)
	case "decade":
		if c.Year >= 0 {
			return val(c.Year / 10)
		}
		return val(-((8 - (c.Year - 1)) / 10))
	case "century":
		if c.Year > 0 {
			return val((c.Year + 99) / 100)
		}
		return val(-((99 - (c.Year - 1)) / 100))
	case "millennium":
		if c.Year > 0 {
			return val((c.Year + 999) / 1000)
		}
		return val(-((999 - (c.Year - 1)) / 1000))
	case "dow":
		return val((jd + 1) % 7)
	case "isodow":
		return val(jd%7 + 1)
	case "doy":
		return val(jd - types.JulianDay(c.Year, 1, 1) + 1)
	case "julian":
		if typeName == "date" {
			return val(jd)
		}
		ofDay, err := numericDiv(apd.New(floorMod(local, usDay), 0), apd.New(usDay, 0))
		if err != nil {
			return part{}, false, err
		}
		d := numericAdd(apd.New(int64(jd), 0), ofDay)
		return part{large: d.Coeff.MathBigInt(), scale: -d.Exponent}, false, nil
	case "epoch":
		us, ok := add64(utc, -types.UnixEpochMicros)
		if !ok {
			return part{large: new(big.Int).Sub(big.NewInt(utc), big.NewInt(types.UnixEpochMicros)), scale: 6}, false, nil
		}
		return part{value: us, scale: 6}, false, nil
	}
	if offset != nil {
		switch unit {
		case "timezone":
			return val(*offset)
		case "timezone_hour":
			return val(*offset / 3600)
		case "timezone_minute":
			return val(*offset / 60 % 60)
		}
	}
	return part{}, false, badUnit(given, unit, typeName)
}

// intervalPart extracts from an interval.
func intervalPart(given string, v types.Interval) (part, error) {
	unit := unitNames[strings.ToLower(given)]
	val := func(n int64) (part, error) { return part{value: n}, nil }
	switch unit {
	case "hour":
		return val(v.Micros / usHour)
	case "day":
		return val(int64(v.Days))
	case "month":
		return val(int64(v.Months % 12))
	case "quarter":
		return val(int64(v.Months%12/3 + 1))
	case "year":
		return val(int64(v.Months / 12))
	case "decade":
		return val(int64(v.Months / 120))
	case "century":
		return val(int64(v.Months / 1200))
	case "millennium":
		return val(int64(v.Months / 12000))
	case "epoch":
		days := int64(v.Months/12)*36525*24*36 + int64(v.Months%12)*30*86400 + int64(v.Days)*86400
		if days > math.MinInt64/usSecond/2 && days < math.MaxInt64/usSecond/2 && v.Micros/2 > math.MinInt64/4 && v.Micros/2 < math.MaxInt64/4 {
			return part{value: days*usSecond + v.Micros, scale: 6}, nil
		}
		us := new(big.Int).Mul(big.NewInt(days), big.NewInt(usSecond))
		return part{large: us.Add(us, big.NewInt(v.Micros)), scale: 6}, nil
	}
	if p, ok := clockPart(unit, v.Micros); ok {
		return p, nil
	}
	return part{}, badUnit(given, unit, "interval")
}

// extraction makes extract() (numeric) and date_part() (float) of one function.
func extraction(f func(c *Context, unit string, d types.Datum) (part, bool, error)) (numeric, float EvalFunc) {
	make := func(convert func(part) types.Datum) EvalFunc {
		return func(c *Context, a []types.Datum) (types.Datum, error) {
			p, null, err := f(c, a[0].Str(), a[1])
			if err != nil || null {
				return types.Null, err
			}
			return convert(p), nil
		}
	}
	return make(part.numeric), make(part.float)
}
