package types

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// intervalSum collects the parts of an interval. Years and months are kept apart
// until the end, each within the range of an integer.
type intervalSum struct {
	years, months, days int32
	micros              int64
}

// interval puts the parts together.
func (t *intervalSum) interval() (Interval, error) {
	months := int64(t.years)*12 + int64(t.months)
	if months > math.MaxInt32 || months < math.MinInt32 {
		return Interval{}, sqlerr.New(sqlerr.DatetimeFieldOverflow, "interval out of range")
	}
	return Interval{int32(months), t.days, t.micros}, nil
}

// addInt32 adds n times scale; it says false, and changes nothing, on overflow.
func addInt32(to *int32, n, scale int64) bool {
	if n > math.MaxInt32 || n < math.MinInt32 {
		return false
	}
	sum := int64(*to) + n*scale
	if n*scale != int64(int32(n*scale)) || sum != int64(int32(sum)) {
		return false
	}
	*to = int32(sum)
	return true
}

func addInt64(to *int64, n, scale int64) bool {
	p := n * scale
	if n != 0 && (p/n != scale || n == -1 && scale == math.MinInt64) {
		return false
	}
	sum := *to + p
	if (sum > *to) != (p > 0) && p != 0 {
		return false
	}
	*to = sum
	return true
}

func (t *intervalSum) addMicros(n int64, fraction float64, unit int64) bool {
	return addInt64(&t.micros, n, unit) && t.addFraction(fraction, float64(unit))
}

// addFraction adds a fraction of a unit of so many microseconds, rounded.
func (t *intervalSum) addFraction(fraction, unit float64) bool {
	f := fraction * unit
	whole := int64(f)
	f -= float64(whole)
	if f > 0.5 {
		whole++
	} else if f < -0.5 {
		whole--
	}
	return addInt64(&t.micros, whole, 1)
}

// addDayFraction adds a fraction of a unit of so many days.
func (t *intervalSum) addDayFraction(fraction float64, days int64) bool {
	f := fraction * float64(days)
	whole := int64(f)
	return addInt32(&t.days, whole, 1) && t.addFraction(f-float64(whole), float64(MicrosPerDay))
}

func (t *intervalSum) addYears(n int64, fraction float64, years int64) bool {
	return addInt32(&t.years, n, years) && addInt32(&t.months, int64(math.RoundToEven(fraction*float64(years)*12)), 1)
}

// add adds an amount of a unit; ok is false for what is no unit of intervals.
func (t *intervalSum) add(part timePart, n int64, fraction float64) (inRange, ok bool) {
	switch part {
	case partMicro:
		return t.addMicros(n, fraction, 1), true
	case partMilli:
		return t.addMicros(n, fraction, 1000), true
	case partSecond:
		return t.addMicros(n, fraction, MicrosPerSecond), true
	case partMinute:
		return t.addMicros(n, fraction, microsPerMinute), true
	case partHour:
		return t.addMicros(n, fraction, microsPerHour), true
	case partDay:
		return addInt32(&t.days, n, 1) && t.addFraction(fraction, float64(MicrosPerDay)), true
	case partWeek:
		return addInt32(&t.days, n, 7) && t.addDayFraction(fraction, 7), true
	case partMonth:
		return addInt32(&t.months, n, 1) && t.addDayFraction(fraction, 30), true
	case partYear:
		return t.addYears(n, fraction, 1), true
	case partDecade:
		return t.addYears(n, fraction, 10), true
	case partCentury:
		return t.addYears(n, fraction, 100), true
	case partMillennium:
		return t.addYears(n, fraction, 1000), true
	}
	return false, false
}

// ParseInterval reads an interval in any of PostgreSQL's styles. fields is the
// field mask of an INTERVAL literal's qualifier, which gives a bare number its
// unit; 0x7fff for none.
func ParseInterval(s string, fields int32) (Interval, error) {
	return parseInterval(s, fields, IntervalPostgres)
}

func parseInterval(s string, fields int32, style IntervalStyle) (Interval, error) {
	var sum intervalSum
	scanned, e := scanTimeFields(s)
	if e == decodeOK {
		e = sum.decode(scanned, fields, style)
	}
	if e == decodeSyntax {
		sum = intervalSum{}
		e = sum.decodeISO(s)
	}
	switch e {
	case decodeOK:
		return sum.interval()
	case decodeRange:
		e = decodeIntervalRange
	}
	return Interval{}, e.err("interval", s)
}

// bareUnit is the unit of the rightmost number without one: the smallest field
// of the qualifier.
func bareUnit(fields int32) timePart {
	switch {
	case fields == intervalFull || fields&IntervalSecond != 0 || fields == 0:
		return partSecond
	case fields&IntervalMinute != 0:
		return partMinute
	case fields&IntervalHour != 0:
		return partHour
	case fields&IntervalDay != 0:
		return partDay
	case fields&IntervalMonth != 0:
		return partMonth
	}
	return partYear
}

// intervalPart is the set of units an interval may name once each.
type intervalPart uint32

func (p timePart) bit() intervalPart { return 1 << p }

const (
	intervalSeconds = intervalPart(1<<partSecond | 1<<partMilli | 1<<partMicro)
	intervalClocked = intervalPart(1<<partHour|1<<partMinute) | intervalSeconds
)

// decode reads the traditional and the SQL standard's style, from the right to
// the left, so that units come before their numbers.
func (t *intervalSum) decode(f []timeField, fields int32, style IntervalStyle) decodeError {
	// In the standard's style a leading minus holds for all, if nothing else has a sign.
	negative := style == IntervalSQLStandard && len(f) > 0 && f[0].text[0] == '-'
	for i := 1; negative && i < len(f); i++ {
		negative = f[i].text[0] != '-' && f[i].text[0] != '+'
	}
	unit := partNone
	var have intervalPart
	ago := false
	for i := len(f) - 1; i >= 0; i-- {
		var got intervalPart
		s := f[i].text
		switch f[i].kind {
		case fieldTime:
			e := t.clock(s, fields)
			if e != decodeOK {
				return e
			}
			if negative && t.micros > 0 {
				t.micros = -t.micros
			}
			got, unit = intervalClocked, partDay
		case fieldWord, fieldSpecial:
			switch w := lookTimeWord(intervalWords, s); w.kind {
			case wordUnit:
				unit = timePart(w.value)
			case wordAgo:
				ago, unit = true, partNone
			default:
				return decodeSyntax
			}
			continue
		default:
			if f[i].kind == fieldZone && strings.Contains(s, ":") {
				if e := t.clock(s[1:], fields); e == decodeOK {
					if s[0] == '-' || negative && t.micros > 0 {
						t.micros = -t.micros
					}
					got, unit = intervalClocked, partDay
					break
				}
			}
			if unit == partNone {
				if ago && i == len(f)-2 {
					return decodeSyntax
				}
				unit = bareUnit(fields)
			}
			var e decodeError
			if got, unit, e = t.number(s, unit, negative); e != decodeOK {
				return e
			}
		}
		if got&have != 0 {
			return decodeSyntax
		}
		have |= got
	}
	if have == 0 {
		return decodeSyntax
	}
	if ago {
		if t.years == math.MinInt32 || t.months == math.MinInt32 || t.days == math.MinInt32 || t.micros == math.MinInt64 {
			return decodeRange
		}
		t.years, t.months, t.days, t.micros = -t.years, -t.months, -t.days, -t.micros
	}
	return decodeOK
}

// clock sets the time of day parts.
func (t *intervalSum) clock(s string, fields int32) decodeError {
	hour, minute, second, micro, e := decodeClock(s, fields == IntervalMinute|IntervalSecond)
	if e != decodeOK {
		return e
	}
	us := int64(micro)
	if !addInt64(&us, hour, microsPerHour) || !addInt64(&us, int64(minute), microsPerMinute) || !addInt64(&us, int64(second), MicrosPerSecond) {
		return decodeRange
	}
	t.micros = us
	return decodeOK
}

// number adds a number of unit, or years and months with a hyphen between them,
// and gives the unit of a number to the left of it that has none.
func (t *intervalSum) number(s string, unit timePart, negative bool) (intervalPart, timePart, decodeError) {
	n, rest, e := leadingInt(s, 64)
	if e != decodeOK {
		return 0, unit, e
	}
	fraction := 0.0
	switch {
	case rest == "":
	case rest[0] == '-' && len(rest) < len(s):
		months, junk, e := leadingInt(rest[1:], 32)
		if e != decodeOK || months < 0 || months >= 12 {
			return 0, unit, decodeRange
		}
		if junk != "" {
			return 0, unit, decodeSyntax
		}
		if s[0] == '-' {
			months = -months
		}
		if !addInt64(&months, n, 12) {
			return 0, unit, decodeRange
		}
		unit, n = partMonth, months
	case rest[0] == '.':
		if fraction, e = pointFraction(rest); e != decodeOK {
			return 0, unit, e
		}
		if s[0] == '-' {
			fraction = -fraction
		}
	default:
		return 0, unit, decodeSyntax
	}
	if negative {
		if n > 0 {
			n = -n
		}
		if fraction > 0 {
			fraction = -fraction
		}
	}
	inRange, ok := t.add(unit, n, fraction)
	switch {
	case !ok:
		return 0, unit, decodeSyntax
	case !inRange:
		return 0, unit, decodeRange
	case unit == partSecond && fraction != 0:
		return intervalSeconds, unit, decodeOK
	case unit == partHour:
		return unit.bit(), partDay, decodeOK
	}
	return unit.bit(), unit, decodeOK
}

// isoNumber cuts a number off, in whatever form a double precision has: its whole part and
// its fraction.
func isoNumber(s string) (n int64, fraction float64, rest string, e decodeError) {
	end := len(isoNumbers.FindString(s))
	v, err := strconv.ParseFloat(s[:end], 64)
	switch {
	case err != nil && errors.Is(err, strconv.ErrRange) && math.Abs(v) > 1 || math.Abs(v) > 1e15:
		return 0, 0, "", decodeRange
	case err != nil:
		return 0, 0, "", decodeSyntax
	}
	return int64(v), v - math.Trunc(v), s[end:], decodeOK
}

var isoNumbers = regexp.MustCompile(`^-?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?`)

// isoUnits are the designators of ISO 8601 before and behind the T.
var isoUnits = [2]map[byte]timePart{
	{'Y': partYear, 'M': partMonth, 'W': partWeek, 'D': partDay},
	{'H': partHour, 'M': partMinute, 'S': partSecond},
}

// decodeISO reads P1Y2M3DT4H5M6.7S and the alternative formats P0001-02-03T04:05:06
// and P00010203T040506.
func (t *intervalSum) decodeISO(s string) decodeError {
	if len(s) < 2 || s[0] != 'P' {
		return decodeSyntax
	}
	s = s[1:]
	clock, first := 0, true
	for s != "" {
		if s[0] == 'T' {
			clock, first, s = 1, true, s[1:]
			continue
		}
		start := s
		n, fraction, rest, e := isoNumber(s)
		if e != decodeOK {
			return e
		}
		if rest != "" {
			if unit, ok := isoUnits[clock][rest[0]]; ok {
				if inRange, _ := t.add(unit, n, fraction); !inRange {
					return decodeRange
				}
				s, first = rest[1:], false
				continue
			}
		}
		if !first {
			return decodeSyntax
		}
		if s, e = t.alternative(clock, integerWidth(start), n, fraction, rest); e != decodeOK {
			return e
		}
		if s == "" {
			return decodeOK
		}
	}
	return decodeOK
}

// integerWidth counts the digits of a number before its point.
func integerWidth(s string) int {
	s = strings.TrimPrefix(s, "-")
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// alternative reads the date or the clock of an alternative format, whose first
// number has been read, and gives what stands behind it.
func (t *intervalSum) alternative(clock, width int, n int64, fraction float64, rest string) (string, decodeError) {
	separator, parts, end := byte('-'), [3]timePart{partYear, partMonth, partDay}, "T"
	if clock == 1 {
		separator, parts, end = ':', [3]timePart{partHour, partMinute, partSecond}, ""
	}
	done := func(s string) bool { return s == "" || end != "" && s[:1] == end }
	if done(rest) && width == 8-2*clock {
		var split [3]int64
		split[0], split[1], split[2] = n/10000, n/100%100, n%100
		for i, part := range parts {
			f := 0.0
			if i == 2 {
				f = fraction
			}
			if inRange, _ := t.add(part, split[i], f); !inRange {
				return "", decodeRange
			}
		}
		return rest, decodeOK
	}
	for i, part := range parts {
		if inRange, _ := t.add(part, n, fraction); !inRange {
			return "", decodeRange
		}
		if done(rest) {
			return rest, decodeOK
		}
		if i == 2 || rest[0] != separator {
			break
		}
		var e decodeError
		if n, fraction, rest, e = isoNumber(rest[1:]); e != decodeOK {
			return "", e
		}
	}
	return "", decodeSyntax
}
