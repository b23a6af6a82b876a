package types

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Interval is a value of the interval type; the three parts have signs of
// their own.
type Interval struct {
	Months, Days int32
	Micros       int64
}

// Span gives the interval as microseconds with months of 30 days, the value it
// is compared by.
func (v Interval) Span() *big.Int {
	days := big.NewInt(int64(v.Months)*30 + int64(v.Days))
	days.Mul(days, big.NewInt(MicrosPerDay))
	return days.Add(days, big.NewInt(v.Micros))
}

// CompareIntervals orders intervals by Span.
func CompareIntervals(a, b Interval) int {
	const limit = math.MaxInt32 / 64
	if abs32(a.Months) < limit && abs32(b.Months) < limit && abs32(a.Days) < 1<<24 && abs32(b.Days) < 1<<24 && a.Micros>>60 == a.Micros>>63 && b.Micros>>60 == b.Micros>>63 {
		da, ra := floorDiv(a.Micros, MicrosPerDay)
		db, rb := floorDiv(b.Micros, MicrosPerDay)
		da += int64(a.Months)*30 + int64(a.Days)
		db += int64(b.Months)*30 + int64(b.Days)
		if c := compareInts(da, db); c != 0 {
			return c
		}
		return compareInts(ra, rb)
	}
	return a.Span().Cmp(b.Span())
}

func abs32(v int32) int64 {
	if v < 0 {
		return -int64(v)
	}
	return int64(v)
}

// intervalCodec is interval.
type intervalCodec struct{}

func (intervalCodec) input(_ *Type, s string, typmod int32, env *Env) (Datum, error) {
	fields := int32(intervalFull)
	if typmod != NoTypmod {
		fields = typmod >> 16 & 0x7fff
	}
	v, err := ParseInterval(s, fields)
	if err != nil {
		return Null, err
	}
	return Object(v), nil
}

// intervalUnits gives for every unit its months, days or microseconds.
var intervalUnits = map[string]Interval{}

func init() {
	add := func(v Interval, names string) {
		for _, n := range strings.Fields(names) {
			intervalUnits[n] = v
		}
	}
	add(Interval{Micros: 1}, "us usec usecs usecond useconds microsecond microseconds microsecon")
	add(Interval{Micros: 1000}, "ms msec msecs msecond mseconds millisecond milliseconds millisecon")
	add(Interval{Micros: MicrosPerSecond}, "s sec secs second seconds")
	add(Interval{Micros: microsPerMinute}, "m min mins minute minutes")
	add(Interval{Micros: microsPerHour}, "h hr hrs hour hours")
	add(Interval{Days: 1}, "d day days")
	add(Interval{Days: 7}, "w week weeks")
	add(Interval{Months: 1}, "mon mons month months")
	add(Interval{Months: 12}, "y yr yrs year years")
	add(Interval{Months: 120}, "dec decs decade decades")
	add(Interval{Months: 1200}, "c cent century centuries")
	add(Interval{Months: 12000}, "mil mils millennia millennium")
}

// intervalSum adds parts up without losing range errors.
type intervalSum struct {
	months, days, micros float64
	exactMicros          int64
	overflow             bool
}

// add adds amount (with an exact integer part and a fraction) times unit.
func (t *intervalSum) add(whole int64, frac float64, unit Interval) {
	switch {
	case unit.Months != 0:
		t.months += float64(whole) * float64(unit.Months)
		f := frac * float64(unit.Months)
		if unit.Months >= 12 {
			t.months += roundEven(f)
			return
		}
		f *= 30
		d := math.Trunc(f)
		t.days += d
		t.exactMicros += int64(roundEven((f - d) * float64(MicrosPerDay)))
	case unit.Days != 0:
		t.days += float64(whole) * float64(unit.Days)
		f := frac * float64(unit.Days)
		d := math.Trunc(f)
		t.days += d
		t.exactMicros += int64(roundEven((f - d) * float64(MicrosPerDay)))
	default:
		p := float64(whole) * float64(unit.Micros)
		if math.Abs(p) > 9.2e18 {
			t.overflow = true
			return
		}
		t.exactMicros += whole*unit.Micros + int64(roundEven(frac*float64(unit.Micros)))
	}
}

func (t *intervalSum) result(s string) (Interval, error) {
	if t.overflow || math.Abs(t.months) > math.MaxInt32 || math.Abs(t.days) > math.MaxInt32 {
		return Interval{}, intervalRange(s)
	}
	return Interval{int32(t.months), int32(t.days), t.exactMicros}, nil
}

func intervalRange(s string) error {
	return sqlerr.New(sqlerr.IntervalFieldOverflow, "interval field value out of range: \"%s\"", s)
}

func badInterval(s string) error {
	return sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type interval: \"%s\"", s)
}

// ParseInterval reads an interval in any of PostgreSQL's styles. fields is the
// field mask of an INTERVAL literal's qualifier, which gives a bare number its
// unit; 0x7fff for none.
func ParseInterval(s string, fields int32) (Interval, error) {
	text := strings.ToLower(trimSpace(s))
	if strings.HasPrefix(text, "p") || strings.HasPrefix(text, "-p") {
		return parseISOInterval(s, text)
	}
	var sum intervalSum
	toks := scanInterval(text)
	if len(toks) == 0 {
		return Interval{}, badInterval(s)
	}
	ago := false
	used := false
	for i := 0; i < len(toks); i++ {
		tok := toks[i]
		switch {
		case tok == "@":
			continue
		case tok == "ago" && i == len(toks)-1 && used:
			ago = true
			continue
		case tok == "infinity" || tok == "-infinity":
			return Interval{}, badInterval(s)
		case strings.Contains(tok, ":"):
			us, e := intervalClock(tok, fields)
			if e != decodeOK {
				if e == decodeRange {
					return Interval{}, intervalRange(s)
				}
				return Interval{}, badInterval(s)
			}
			sum.exactMicros += us
			used = true
			continue
		case len(tok) > 1 && strings.Contains(tok[1:], "-"): // years-months
			sign, body := int64(1), strings.TrimPrefix(tok, "+")
			if strings.HasPrefix(body, "-") {
				sign, body = -1, body[1:]
			}
			ys, ms, _ := strings.Cut(body, "-")
			y, err1 := strconv.ParseInt(ys, 10, 32)
			m, err2 := strconv.ParseInt(ms, 10, 32)
			if err1 != nil || err2 != nil {
				return Interval{}, badInterval(s)
			}
			if m > 11 {
				return Interval{}, intervalRange(s)
			}
			sum.add(sign*(y*12+m), 0, Interval{Months: 1})
			used = true
			continue
		}
		whole, frac, ok, big := splitNumber(tok)
		if big {
			return Interval{}, intervalRange(s)
		}
		if !ok {
			return Interval{}, badInterval(s)
		}
		unit, found := Interval{}, false
		if i+1 < len(toks) {
			unit, found = intervalUnits[toks[i+1]]
		}
		switch {
		case found:
			i++
		case i+1 < len(toks) && strings.Contains(toks[i+1], ":"): // days before a time
			unit = Interval{Days: 1}
		case i+1 < len(toks) && !isNumberish(toks[i+1]) && toks[i+1] != "ago":
			return Interval{}, badInterval(s)
		default:
			unit = bareUnit(fields)
		}
		sum.add(whole, frac, unit)
		used = true
	}
	if !used {
		return Interval{}, badInterval(s)
	}
	v, err := sum.result(s)
	if err != nil {
		return v, err
	}
	if ago {
		v = Interval{-v.Months, -v.Days, -v.Micros}
	}
	return v, nil
}

func isNumberish(s string) bool { return strings.IndexAny(s[:1], "+-.0123456789") == 0 }

// bareUnit is the unit of a number without one: the smallest field allowed.
func bareUnit(fields int32) Interval {
	switch {
	case fields == intervalFull || fields&IntervalSecond != 0 || fields == 0:
		return Interval{Micros: MicrosPerSecond}
	case fields&IntervalMinute != 0:
		return Interval{Micros: microsPerMinute}
	case fields&IntervalHour != 0:
		return Interval{Micros: microsPerHour}
	case fields&IntervalDay != 0:
		return Interval{Days: 1}
	case fields&IntervalMonth != 0:
		return Interval{Months: 1}
	}
	return Interval{Months: 12}
}

// scanInterval cuts numbers (with sign, point, colons and year-month hyphens)
// from words.
func scanInterval(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		c := s[i]
		start := i
		switch {
		case strings.IndexByte(space, c) >= 0 || c == ',':
			i++
		case isAlpha(c):
			for i < len(s) && isAlpha(s[i]) {
				i++
			}
			out = append(out, s[start:i])
		case c == '@':
			i++
			out = append(out, "@")
		default:
			sign := ""
			if c == '+' || c == '-' {
				sign = string(c)
				i++
				for i < len(s) && strings.IndexByte(space, s[i]) >= 0 {
					i++
				}
			}
			from := i
			for i < len(s) && (isDigit(s[i]) || s[i] == '.' || s[i] == ':' || s[i] == '-' && i > from) {
				if s[i] == 'e' {
					break
				}
				i++
			}
			if i == from {
				i++
				return nil
			}
			if i < len(s) && s[i] == 'e' && i+1 < len(s) && (isDigit(s[i+1]) || s[i+1] == '-' || s[i+1] == '+') {
				i += 2
				for i < len(s) && isDigit(s[i]) {
					i++
				}
			}
			out = append(out, sign+s[from:i])
		}
	}
	return out
}

// splitNumber reads a decimal number as whole part and fraction of one sign.
func splitNumber(s string) (whole int64, frac float64, ok, tooBig bool) {
	body := strings.TrimPrefix(s, "+")
	negative := strings.HasPrefix(body, "-")
	if negative {
		body = body[1:]
	}
	if body == "" || strings.HasPrefix(body, "+") || strings.HasPrefix(body, "-") {
		return 0, 0, false, false
	}
	if strings.Contains(body, "e") {
		f, err := strconv.ParseFloat(body, 64)
		if err != nil {
			return 0, 0, false, isRange(err)
		}
		body = strconv.FormatFloat(f, 'f', -1, 64)
	}
	w, f, hasFrac := strings.Cut(body, ".")
	if w == "" && f == "" || strings.Trim(w+f, "0123456789") != "" {
		return 0, 0, false, false
	}
	if w != "" {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			return 0, 0, false, true
		}
		whole = n
	}
	if hasFrac && f != "" {
		frac, _ = strconv.ParseFloat("0."+f, 64)
	}
	if negative {
		whole, frac = -whole, -frac
	}
	return whole, frac, true, false
}

// intervalClock reads [-]h:mm[:ss[.f]] and, where the fields say so, mm:ss.
func intervalClock(s string, fields int32) (int64, decodeError) {
	sign := int64(1)
	switch s[0] {
	case '-':
		sign, s = -1, s[1:]
	case '+':
		s = s[1:]
	}
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0, decodeSyntax
	}
	frac := ""
	last := len(parts) - 1
	if w, f, ok := strings.Cut(parts[last], "."); ok {
		parts[last], frac = w, f
		if len(parts) == 2 {
			parts = append([]string{"0"}, parts...)
		}
	} else if len(parts) == 2 && fields == IntervalMinute|IntervalSecond {
		parts = append([]string{"0"}, parts...)
	}
	var v [3]int64
	for i, p := range parts {
		if p == "" && i == 2 {
			continue
		}
		n, err := strconv.ParseInt(p, 10, 64)
		if err != nil {
			if isRange(err) {
				return 0, decodeRange
			}
			return 0, decodeSyntax
		}
		v[i] = n
	}
	if v[1] > 59 || v[2] > 60 || v[0] > math.MaxInt64/microsPerHour-1 {
		return 0, decodeRange
	}
	micro, carry := fraction(frac)
	return sign * (v[0]*microsPerHour + v[1]*microsPerMinute + (v[2]+int64(carry))*MicrosPerSecond + int64(micro)), decodeOK
}

// parseISOInterval reads P1Y2M3DT4H5M6.7S.
func parseISOInterval(orig, s string) (Interval, error) {
	var sum intervalSum
	negate := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")[1:]
	inTime, used := false, false
	for len(s) > 0 {
		if s[0] == 't' {
			inTime, s = true, s[1:]
			continue
		}
		n := 0
		for n < len(s) && (isDigit(s[n]) || strings.IndexByte("+-.", s[n]) >= 0) {
			n++
		}
		if n == 0 || n == len(s) {
			return Interval{}, badInterval(orig)
		}
		whole, frac, ok, big := splitNumber(s[:n])
		if big {
			return Interval{}, intervalRange(orig)
		}
		if !ok {
			return Interval{}, badInterval(orig)
		}
		var unit Interval
		switch c := s[n]; {
		case !inTime && c == 'y':
			unit.Months = 12
		case !inTime && c == 'm':
			unit.Months = 1
		case !inTime && c == 'w':
			unit.Days = 7
		case !inTime && c == 'd':
			unit.Days = 1
		case inTime && c == 'h':
			unit.Micros = microsPerHour
		case inTime && c == 'm':
			unit.Micros = microsPerMinute
		case inTime && c == 's':
			unit.Micros = MicrosPerSecond
		default:
			return Interval{}, badInterval(orig)
		}
		sum.add(whole, frac, unit)
		used = true
		s = s[n+1:]
	}
	if !used {
		return Interval{}, badInterval(orig)
	}
	v, err := sum.result(orig)
	if negate {
		v = Interval{-v.Months, -v.Days, -v.Micros}
	}
	return v, err
}

func (intervalCodec) appendText(_ *Type, dst []byte, d Datum, env *Env) []byte {
	return AppendInterval(dst, d.Object().(Interval), env.IntervalStyle)
}
func (intervalCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 16); err != nil {
		return Null, err
	}
	return Object(Interval{
		Micros: int64(binary.BigEndian.Uint64(b)),
		Days:   int32(binary.BigEndian.Uint32(b[8:])),
		Months: int32(binary.BigEndian.Uint32(b[12:])),
	}), nil
}
func (intervalCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	v := d.Object().(Interval)
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Micros))
	dst = binary.BigEndian.AppendUint32(dst, uint32(v.Days))
	return binary.BigEndian.AppendUint32(dst, uint32(v.Months))
}
func (intervalCodec) compare(_ *Type, a, b Datum) int {
	return CompareIntervals(a.Object().(Interval), b.Object().(Interval))
}
