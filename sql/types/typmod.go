package types

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// varhdrsz is added to the length in the type modifiers of variable types.
const varhdrsz = 4

// maxAttrLen bounds n in char(n) and varchar(n).
const maxAttrLen = 10485760

// ParseTypmod turns the modifiers written after a type's name into a type
// modifier. Errors are PostgreSQL's, 22023 for most.
func ParseTypmod(t *Type, mods []int64) (int32, error) {
	if len(mods) == 0 {
		switch t {
		case BPChar, Bit:
			return NoTypmod, nil
		}
		return NoTypmod, nil
	}
	if t.IsArray() {
		return ParseTypmod(t.Elem, mods)
	}
	invalid := func() (int32, error) {
		return 0, sqlerr.New(sqlerr.InvalidParameterValue, "invalid type modifier")
	}
	switch t {
	case Varchar, BPChar, Bit, Varbit:
		if len(mods) != 1 {
			return invalid()
		}
		name := map[*Type]string{Varchar: "varchar", BPChar: "char", Bit: "bit", Varbit: "varbit"}[t]
		n, limit := mods[0], int64(maxAttrLen)
		if t == Bit || t == Varbit {
			limit *= 8
		}
		if n < 1 {
			return 0, sqlerr.New(sqlerr.InvalidParameterValue, "length for type %s must be at least 1", name)
		}
		if n > limit {
			return 0, sqlerr.New(sqlerr.InvalidParameterValue, "length for type %s cannot exceed %d", name, limit)
		}
		if t == Bit || t == Varbit {
			return int32(n), nil
		}
		return int32(n) + varhdrsz, nil
	case Numeric:
		if len(mods) > 2 {
			return 0, sqlerr.New(sqlerr.InvalidParameterValue, "invalid NUMERIC type modifier")
		}
		precision, scale := mods[0], int64(0)
		if len(mods) == 2 {
			scale = mods[1]
		}
		if precision < 1 || precision > MaxNumericPrecision {
			return 0, sqlerr.New(sqlerr.InvalidParameterValue, "NUMERIC precision %d must be between 1 and 1000", precision)
		}
		if scale < -1000 || scale > 1000 {
			return 0, sqlerr.New(sqlerr.InvalidParameterValue, "NUMERIC scale %d must be between -1000 and 1000", scale)
		}
		return int32(precision<<16|scale&0x7ff) + varhdrsz, nil
	case Time, TimeTZType, Timestamp, TimestampTZ:
		if len(mods) != 1 {
			return invalid()
		}
		if mods[0] < 0 {
			name, suffix := timeTypeName(t)
			return 0, sqlerr.New(sqlerr.InvalidParameterValue, "%s(%d)%s precision must not be negative", strings.ToUpper(name), mods[0], strings.ToUpper(suffix))
		}
		return int32(min(mods[0], 6)), nil
	case IntervalType:
		switch len(mods) {
		case 1:
			return int32(mods[0]<<16 | 0xffff), nil
		case 2:
			if mods[1] < 0 {
				return 0, sqlerr.New(sqlerr.InvalidParameterValue, "INTERVAL(%d) precision must not be negative", mods[1])
			}
			return int32(mods[0]<<16 | min(mods[1], 6)), nil
		}
		return 0, sqlerr.New(sqlerr.InvalidParameterValue, "invalid INTERVAL type modifier")
	}
	return 0, sqlerr.New(sqlerr.SyntaxError, "type modifier is not allowed for type \"%s\"", t.Name)
}

func timeTypeName(t *Type) (name, suffix string) {
	switch t {
	case Time:
		return "time", " without time zone"
	case TimeTZType:
		return "time", " with time zone"
	case Timestamp:
		return "timestamp", " without time zone"
	}
	return "timestamp", " with time zone"
}

// NumericTypmod takes numeric's modifier apart.
func NumericTypmod(typmod int32) (precision, scale int32) {
	m := typmod - varhdrsz
	return m >> 16 & 0xffff, (m&0x7ff ^ 1024) - 1024
}

// CharLength gives n of varchar(n) or char(n), or -1.
func CharLength(typmod int32) int32 {
	if typmod < varhdrsz {
		return -1
	}
	return typmod - varhdrsz
}

// The bits of an interval's fields within its modifier.
const (
	IntervalMonth  = 1 << 1
	IntervalYear   = 1 << 2
	IntervalDay    = 1 << 3
	IntervalHour   = 1 << 10
	IntervalMinute = 1 << 11
	IntervalSecond = 1 << 12
	intervalFull   = 0x7fff
)

var intervalFields = map[int32]string{
	IntervalYear: " year", IntervalMonth: " month", IntervalDay: " day",
	IntervalHour: " hour", IntervalMinute: " minute", IntervalSecond: " second",
	IntervalYear | IntervalMonth:                                 " year to month",
	IntervalDay | IntervalHour:                                   " day to hour",
	IntervalDay | IntervalHour | IntervalMinute:                  " day to minute",
	IntervalDay | IntervalHour | IntervalMinute | IntervalSecond: " day to second",
	IntervalHour | IntervalMinute:                                " hour to minute",
	IntervalHour | IntervalMinute | IntervalSecond:               " hour to second",
	IntervalMinute | IntervalSecond:                              " minute to second",
}

// FormatType names a type with its modifier as format_type() does.
func FormatType(t *Type, typmod int32) string {
	if t.IsArray() {
		return FormatType(t.Elem, typmod) + "[]"
	}
	if typmod == NoTypmod {
		if t == BPChar {
			return "character"
		}
		return t.SQLName
	}
	switch t {
	case Varchar, BPChar:
		return fmt.Sprintf("%s(%d)", t.SQLName, typmod-varhdrsz)
	case Bit, Varbit:
		return fmt.Sprintf("%s(%d)", t.SQLName, typmod)
	case Numeric:
		p, s := NumericTypmod(typmod)
		return fmt.Sprintf("numeric(%d,%d)", p, s)
	case Time, TimeTZType, Timestamp, TimestampTZ:
		name, suffix := timeTypeName(t)
		return fmt.Sprintf("%s(%d)%s", name, typmod, suffix)
	case IntervalType:
		out := "interval"
		if fields := typmod >> 16 & 0x7fff; fields != intervalFull {
			out += intervalFields[fields]
		}
		if p := typmod & 0xffff; p != 0xffff {
			out += fmt.Sprintf("(%d)", p)
		}
		return out
	}
	return t.SQLName
}

// ApplyTypmod coerces d, not NULL, to the length or precision of typmod.
// explicit is a cast, which truncates in silence where an assignment is 22001.
func ApplyTypmod(t *Type, d Datum, typmod int32, explicit bool) (Datum, error) {
	if typmod == NoTypmod || d.IsNull() {
		return d, nil
	}
	t = t.base()
	if t.IsArray() {
		return applyArrayTypmod(t, d, typmod, explicit)
	}
	switch t {
	case Varchar, BPChar:
		if typmod < varhdrsz {
			return d, nil
		}
		return applyLength(t, d, int(typmod-varhdrsz), explicit)
	case Numeric:
		return applyPrecision(d, typmod)
	case Time:
		return Int(roundMicros(d.Int(), typmod)), nil
	case TimeTZType:
		v := d.Object().(TimeTZ)
		v.Micros = roundMicros(v.Micros, typmod)
		return Object(v), nil
	case Timestamp, TimestampTZ:
		if IsInfinite(d.Int()) {
			return d, nil
		}
		return Int(roundMicros(d.Int(), typmod)), nil
	case IntervalType:
		return applyIntervalTypmod(d, typmod), nil
	case Bit, Varbit:
		return applyBits(t, d, int(typmod), explicit)
	}
	return d, nil
}

func applyArrayTypmod(t *Type, d Datum, typmod int32, explicit bool) (Datum, error) {
	a := d.Array()
	out := *a
	out.Elems = make([]Datum, len(a.Elems))
	for i, e := range a.Elems {
		v, err := ApplyTypmod(t.Elem, e, typmod, explicit)
		if err != nil {
			return Null, err
		}
		out.Elems[i] = v
	}
	return Object(&out), nil
}

func applyLength(t *Type, d Datum, n int, explicit bool) (Datum, error) {
	s := d.Str()
	if len(s) <= n && t == Varchar {
		return d, nil
	}
	count := utf8.RuneCountInString(s)
	if count > n {
		cut := 0
		for range n {
			_, size := utf8.DecodeRuneInString(s[cut:])
			cut += size
		}
		if !explicit && strings.Trim(s[cut:], " ") != "" {
			return Null, sqlerr.New(sqlerr.StringDataRightTruncation, "value too long for type %s(%d)", t.SQLName, n)
		}
		return String(s[:cut]), nil
	}
	if t == BPChar && count < n {
		return String(s + strings.Repeat(" ", n-count)), nil
	}
	return d, nil
}

func applyPrecision(d Datum, typmod int32) (Datum, error) {
	if typmod < varhdrsz {
		return d, nil
	}
	precision, scale := NumericTypmod(typmod)
	if v, have, ok := d.Small(); ok {
		if out, ok := precise(v, have, precision, scale); ok {
			return out, nil
		}
	}
	n := d.Numeric()
	switch n.Form {
	case apd.NaN:
		return d, nil
	case apd.Infinite:
		return Null, fieldOverflow("A field with precision %d, scale %d cannot hold an infinite value.", precision, scale)
	}
	out := new(apd.Decimal)
	RoundNumeric(out, n, scale)
	if out.Coeff.Sign() != 0 && out.NumDigits()+int64(out.Exponent) > int64(precision-scale) {
		limit := "1"
		if precision != scale {
			limit = fmt.Sprintf("10^%d", precision-scale)
		}
		return Null, fieldOverflow("A field with precision %d, scale %d must round to an absolute value less than %s.", precision, scale, limit)
	}
	return Shrunk(Object(out)), nil
}

func fieldOverflow(detail string, values ...any) error {
	return sqlerr.New(sqlerr.NumericValueOutOfRange, "numeric field overflow").WithDetail(detail, values...)
}

var microsPerUnit = [7]int64{1000000, 100000, 10000, 1000, 100, 10, 1}

// roundMicros rounds half away from zero to so many digits of seconds.
func roundMicros(v int64, digits int32) int64 {
	if digits < 0 || digits >= 6 {
		return v
	}
	unit := microsPerUnit[digits]
	if v >= 0 {
		return (v + unit/2) / unit * unit
	}
	return -((-v + unit/2) / unit * unit)
}

func applyIntervalTypmod(d Datum, typmod int32) Datum {
	v := d.Object().(Interval)
	fields := typmod >> 16 & 0x7fff
	if fields != intervalFull && fields != 0 {
		switch {
		case fields == IntervalYear:
			v.Months, v.Days, v.Micros = v.Months/12*12, 0, 0
		case fields&IntervalDay == 0 && fields&(IntervalHour|IntervalMinute|IntervalSecond) == 0:
			v.Days, v.Micros = 0, 0
		case fields == IntervalDay:
			v.Micros = 0
		case fields&IntervalSecond != 0:
		case fields&IntervalMinute != 0:
			v.Micros = v.Micros / microsPerMinute * microsPerMinute
		case fields&IntervalHour != 0:
			v.Micros = v.Micros / microsPerHour * microsPerHour
		}
	}
	if p := typmod & 0xffff; p != 0xffff {
		v.Micros = roundMicros(v.Micros, p)
	}
	return Object(v)
}
