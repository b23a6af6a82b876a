package types

import (
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

func roundEven(f float64) float64 { return math.RoundToEven(f) }

// dateCodec is date.
type dateCodec struct{}

func (dateCodec) input(_ *Type, s string, _ int32, env *Env) (Datum, error) {
	p, e := decodeDateTime(s, env)
	if e != decodeOK {
		return Null, p.err(e, "date", s)
	}
	switch p.special {
	case "infinity":
		return Int(DatePosInfinity), nil
	case "-infinity":
		return Int(DateNegInfinity), nil
	case "epoch":
		return Int(unixEpochJulian - epochJulian), nil
	case "now":
		days, _ := floorDiv(ToLocal(TimestampFromTime(env.Now()), env.Location), MicrosPerDay)
		return Int(days), nil
	}
	if !p.validJulian() || !ValidDate(p.Days()) {
		return Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "date out of range: \"%s\"", s)
	}
	return Int(p.Days()), nil
}

func (dateCodec) appendText(_ *Type, dst []byte, d Datum, env *Env) []byte {
	switch d.Int() {
	case DatePosInfinity:
		return append(dst, "infinity"...)
	case DateNegInfinity:
		return append(dst, "-infinity"...)
	}
	c := BreakDate(d.Int())
	return appendBC(appendDate(dst, c, env), c)
}

func appendPadded(dst []byte, n, width int) []byte {
	for w := pow10int(width - 1); w > 1 && n < w; w /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

func pow10int(n int) int {
	v := 1
	for range n {
		v *= 10
	}
	return v
}

// displayYear is the year without its era.
func displayYear(c Civil) int {
	if c.Year > 0 {
		return c.Year
	}
	return 1 - c.Year
}

func appendBC(dst []byte, c Civil) []byte {
	if c.Year <= 0 {
		return append(dst, " BC"...)
	}
	return dst
}

func appendDate(dst []byte, c Civil, env *Env) []byte {
	three := func(a, b, y int, sep byte) []byte {
		dst = append(appendPadded(dst, a, 2), sep)
		dst = append(appendPadded(dst, b, 2), sep)
		return appendPadded(dst, y, 4)
	}
	y := displayYear(c)
	dayFirst := env.DateOrder == OrderDMY
	switch {
	case env.DateStyle == StyleISO:
		dst = append(appendPadded(dst, y, 4), '-')
		dst = append(appendPadded(dst, c.Month, 2), '-')
		return appendPadded(dst, c.Day, 2)
	case env.DateStyle == StyleSQL && dayFirst:
		return three(c.Day, c.Month, y, '/')
	case env.DateStyle == StyleSQL:
		return three(c.Month, c.Day, y, '/')
	case env.DateStyle == StyleGerman:
		return three(c.Day, c.Month, y, '.')
	case dayFirst:
		return three(c.Day, c.Month, y, '-')
	}
	return three(c.Month, c.Day, y, '-')
}

// appendClock appends hh:mm:ss[.ffffff] without trailing zeros.
func appendClock(dst []byte, c Civil) []byte {
	dst = append(appendPadded(dst, c.Hour, 2), ':')
	dst = append(appendPadded(dst, c.Minute, 2), ':')
	dst = appendPadded(dst, c.Second, 2)
	return appendMicros(dst, c.Micro)
}

func appendMicros(dst []byte, micro int) []byte {
	if micro == 0 {
		return dst
	}
	dst = appendPadded(append(dst, '.'), micro, 6)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func (dateCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 4); err != nil {
		return Null, err
	}
	v := int64(int32(binary.BigEndian.Uint32(b)))
	if !IsInfiniteDate(v) && !ValidDate(v) {
		return Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "date out of range")
	}
	return Int(v), nil
}
func (dateCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return binary.BigEndian.AppendUint32(dst, uint32(d.Int()))
}
func (dateCodec) compare(_ *Type, a, b Datum) int { return compareInts(a.Int(), b.Int()) }

// timeCodec is time without time zone.
type timeCodec struct{}

func (timeCodec) input(_ *Type, s string, _ int32, env *Env) (Datum, error) {
	p, e := decodeClockText(s, env)
	if e != decodeOK {
		return Null, p.err(e, "time", s)
	}
	if p.special == "now" {
		_, micros := floorDiv(ToLocal(TimestampFromTime(env.Now()), env.Location), MicrosPerDay)
		return Int(micros), nil
	}
	return Int(p.TimeOfDay()), nil
}
func (timeCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	var c Civil
	c.setTime(d.Int())
	return appendClock(dst, c)
}
func (timeCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 8); err != nil {
		return Null, err
	}
	v := int64(binary.BigEndian.Uint64(b))
	if v < 0 || v > MicrosPerDay {
		return Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "time out of range")
	}
	return Int(v), nil
}
func (timeCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(d.Int()))
}
func (timeCodec) compare(_ *Type, a, b Datum) int { return compareInts(a.Int(), b.Int()) }

// TimeTZ is a value of time with time zone.
type TimeTZ struct {
	Micros int64 // since midnight, local
	East   int32 // seconds east of UTC
}

// timetzCodec is time with time zone.
type timetzCodec struct{}

func (timetzCodec) input(_ *Type, s string, _ int32, env *Env) (Datum, error) {
	p, e := decodeClockText(s, env)
	if e != decodeOK {
		return Null, p.err(e, "time with time zone", s)
	}
	if p.special == "now" {
		ts := TimestampFromTime(env.Now())
		off, _ := ZoneAt(ts, env.Location)
		_, micros := floorDiv(ts+int64(off)*MicrosPerSecond, MicrosPerDay)
		return Object(TimeTZ{micros, int32(off)}), nil
	}
	days, _ := floorDiv(ToLocal(TimestampFromTime(env.Now()), env.Location), MicrosPerDay)
	if p.hasDate {
		days = p.Days()
	}
	local := days*MicrosPerDay + p.TimeOfDay()
	off := int((local - p.moment(local, env.Location)) / MicrosPerSecond)
	return Object(TimeTZ{p.TimeOfDay(), int32(off)}), nil
}
func (timetzCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	v := d.Object().(TimeTZ)
	var c Civil
	c.setTime(v.Micros)
	return FormatOffset(appendClock(dst, c), int(v.East))
}
func (timetzCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 12); err != nil {
		return Null, err
	}
	v := TimeTZ{int64(binary.BigEndian.Uint64(b)), -int32(binary.BigEndian.Uint32(b[8:]))}
	if v.Micros < 0 || v.Micros > MicrosPerDay {
		return Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "time out of range")
	}
	if v.East <= -16*3600 || v.East >= 16*3600 {
		return Null, sqlerr.New(sqlerr.InvalidTimeZoneDisplacementValue, "time zone displacement out of range")
	}
	return Object(v), nil
}
func (timetzCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	v := d.Object().(TimeTZ)
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Micros))
	return binary.BigEndian.AppendUint32(dst, uint32(-v.East))
}
func (timetzCodec) compare(_ *Type, a, b Datum) int {
	x, y := a.Object().(TimeTZ), b.Object().(TimeTZ)
	if c := compareInts(x.Micros-int64(x.East)*MicrosPerSecond, y.Micros-int64(y.East)*MicrosPerSecond); c != 0 {
		return c
	}
	return compareInts(int64(-x.East), int64(-y.East))
}

// timestampCodec is timestamp and, with tz, timestamptz.
type timestampCodec struct{ tz bool }

func (c timestampCodec) typeName() string {
	if c.tz {
		return "timestamp with time zone"
	}
	return "timestamp"
}

func (c timestampCodec) input(_ *Type, s string, _ int32, env *Env) (Datum, error) {
	p, e := decodeDateTime(s, env)
	if e != decodeOK {
		return Null, p.err(e, c.typeName(), s)
	}
	switch p.special {
	case "infinity":
		return Int(PosInfinity), nil
	case "-infinity":
		return Int(NegInfinity), nil
	case "epoch":
		return Int(UnixEpochMicros), nil
	case "now":
		ts := TimestampFromTime(env.Now())
		if !c.tz {
			ts = ToLocal(ts, env.Location)
		}
		return Int(ts), nil
	}
	ts, ok := p.local()
	if ok && c.tz {
		ts = p.moment(ts, env.Location)
	}
	ok = ok && ValidTimestamp(ts)
	if !ok {
		return Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "timestamp out of range: \"%s\"", s)
	}
	return Int(ts), nil
}

var (
	shortDays   = [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	shortMonths = [13]string{"", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
)

func (c timestampCodec) appendText(_ *Type, dst []byte, d Datum, env *Env) []byte {
	ts := d.Int()
	switch ts {
	case PosInfinity:
		return append(dst, "infinity"...)
	case NegInfinity:
		return append(dst, "-infinity"...)
	}
	off, abbrev := 0, ""
	if c.tz {
		off, abbrev = ZoneAt(ts, env.Location)
		ts += int64(off) * MicrosPerSecond
	}
	civil := BreakTimestamp(ts)
	if env.DateStyle == StylePostgres {
		days, _ := floorDiv(ts, MicrosPerDay)
		dow := (days + epochJulian + 1) % 7
		dst = append(append(dst, shortDays[dow]...), ' ')
		if env.DateOrder == OrderDMY {
			dst = append(append(appendPadded(dst, civil.Day, 2), ' '), shortMonths[civil.Month]...)
		} else {
			dst = appendPadded(append(append(dst, shortMonths[civil.Month]...), ' '), civil.Day, 2)
		}
		dst = append(appendClock(append(dst, ' '), civil), ' ')
		dst = appendPadded(dst, displayYear(civil), 4)
	} else {
		dst = appendClock(append(appendDate(dst, civil, env), ' '), civil)
	}
	if c.tz {
		if env.DateStyle == StyleISO || abbrev == "" || abbrev[0] == '+' || abbrev[0] == '-' {
			if env.DateStyle == StylePostgres {
				dst = append(dst, ' ')
			}
			dst = FormatOffset(dst, off)
		} else {
			dst = append(append(dst, ' '), abbrev...)
		}
	}
	return appendBC(dst, civil)
}
func (timestampCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 8); err != nil {
		return Null, err
	}
	v := int64(binary.BigEndian.Uint64(b))
	if !IsInfinite(v) && !ValidTimestamp(v) {
		return Null, timestampRange()
	}
	return Int(v), nil
}
func (timestampCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(d.Int()))
}
func (timestampCodec) compare(_ *Type, a, b Datum) int { return compareInts(a.Int(), b.Int()) }

// TimestampDatum makes a timestamptz of a Go time.
func TimestampDatum(t time.Time) Datum { return Int(TimestampFromTime(t)) }
