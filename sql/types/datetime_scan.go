package types

import (
	"math"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// fieldKind is what a field of a date, time or interval looks like; what it
// means is decided by the fields around it.
type fieldKind uint8

const (
	fieldNumber fieldKind = iota // 123, 12.5
	fieldDate                    // 1-2-3, 1/jan/3, 1.2.3, also america/new_york and hhmmss-zz
	fieldTime                    // 1:2:3.4
	fieldWord
	fieldZone    // +05:30; in an interval any signed number
	fieldSpecial // -infinity
)

// timeField is one field, in lower case.
type timeField struct {
	kind fieldKind
	text string
}

// Limits of the texts that are read.
const (
	maxTimeFields = 25
	maxTimeText   = 128 + 51 // bytes
)

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c >= 'a' && c <= 'z' }
func isSpace(c byte) bool { return strings.IndexByte(space, c) >= 0 }

func isPunct(c byte) bool {
	return c > ' ' && c < 0x7f && !isDigit(c) && !isAlpha(c|0x20)
}

// scanTimeFields cuts the text of a date, time or interval into fields.
func scanTimeFields(text string) ([]timeField, decodeError) {
	s := strings.ToLower(text)
	at := func(i int) byte {
		if i < len(s) {
			return s[i]
		}
		return 0
	}
	var out []timeField
	for i := 0; i < len(s); {
		start := i
		run := func(more func(c byte) bool) {
			for i < len(s) && more(s[i]) {
				i++
			}
		}
		kind := fieldNumber
		lead := "" // a sign that stood apart
		switch c := s[i]; {
		case isSpace(c):
			i++
			continue
		case isDigit(c):
			run(isDigit)
			switch sep := at(i); sep {
			case ':':
				kind = fieldTime
				run(func(c byte) bool { return isDigit(c) || c == ':' || c == '.' })
			case '-', '/', '.':
				i++
				if !isDigit(at(i)) {
					kind = fieldDate
					run(func(c byte) bool { return isDigit(c) || isAlpha(c) || c == sep })
					break
				}
				if sep != '.' {
					kind = fieldDate
				}
				run(isDigit)
				if at(i) == sep {
					kind = fieldDate
					run(func(c byte) bool { return isDigit(c) || c == sep })
				}
			}
		case c == '.':
			i++
			run(isDigit)
		case isAlpha(c):
			kind = fieldWord
			run(isAlpha)
			punct := at(i)
			if punct == '-' || punct == '/' || punct == '.' || (punct == '+' || isDigit(punct)) && !isTimeWord(s[start:i]) {
				kind = fieldDate
				run(func(c byte) bool { return isDigit(c) || isAlpha(c) || strings.IndexByte("+-/_.:", c) >= 0 })
			}
		case c == '+' || c == '-':
			i++
			run(isSpace)
			lead, start = string(c), i
			switch {
			case isDigit(at(i)):
				kind = fieldZone
				run(func(c byte) bool { return isDigit(c) || strings.IndexByte(":.-", c) >= 0 })
			case isAlpha(at(i)):
				kind = fieldSpecial
				run(isAlpha)
			default:
				return nil, decodeSyntax
			}
		case isPunct(c):
			i++
			continue
		default:
			return nil, decodeSyntax
		}
		if len(out) == maxTimeFields {
			return nil, decodeSyntax
		}
		out = append(out, timeField{kind, lead + s[start:i]})
	}
	if len(s) > maxTimeText {
		return nil, decodeSyntax
	}
	return out, decodeOK
}

// decodeError is a reason that a text is no date, time or interval.
type decodeError uint8

const (
	decodeOK decodeError = iota
	decodeSyntax
	decodeRange // 22008
	decodeOrder // 22008, and a hint about datestyle
	decodeZone
	decodeUnknownZone
	decodeIntervalRange
)

func (e decodeError) err(typeName, s string) error {
	switch e {
	case decodeRange:
		return sqlerr.New(sqlerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s)
	case decodeOrder:
		return sqlerr.New(sqlerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", s).
			WithHint("Perhaps you need a different \"datestyle\" setting.")
	case decodeZone:
		return sqlerr.New(sqlerr.InvalidTimeZoneDisplacementValue, "time zone displacement out of range: \"%s\"", s)
	case decodeIntervalRange:
		return sqlerr.New(sqlerr.IntervalFieldOverflow, "interval field value out of range: \"%s\"", s)
	}
	return sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typeName, s)
}

// leadingInt reads a number with an optional sign, of at most bits bits, and
// gives what stands behind it.
func leadingInt(s string, bits int) (n int64, rest string, e decodeError) {
	i := 0
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	digits := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == digits {
		return 0, s, decodeOK
	}
	n, err := strconv.ParseInt(s[:i], 10, bits)
	if err != nil {
		return 0, s[i:], decodeRange
	}
	return n, s[i:], decodeOK
}

// pointFraction reads ".123" as a fraction of one.
func pointFraction(s string) (float64, decodeError) {
	if len(s) == 1 {
		return 0, decodeOK
	}
	if strings.Trim(s[1:], "0123456789") != "" {
		return 0, decodeSyntax
	}
	f, err := strconv.ParseFloat("0"+s, 64)
	if err != nil {
		return 0, decodeSyntax
	}
	return f, decodeOK
}

// pointMicros reads ".123" as microseconds, of which rounding can make 1000000.
func pointMicros(s string) (int, decodeError) {
	f, e := pointFraction(s)
	return int(math.RoundToEven(f * 1e6)), e
}

// decodeClock reads hh:mm, hh:mm:ss and mm:ss.fff; with minuteToSecond two fields
// are minutes and seconds.
func decodeClock(s string, minuteToSecond bool) (hour int64, minute, second, micro int, e decodeError) {
	hour, rest, e := leadingInt(s, 64)
	if e != decodeOK {
		return 0, 0, 0, 0, e
	}
	if rest == "" || rest[0] != ':' {
		return 0, 0, 0, 0, decodeSyntax
	}
	m, rest, e := leadingInt(rest[1:], 32)
	if e != decodeOK {
		return 0, 0, 0, 0, e
	}
	var sec int64
	switch {
	case rest == "":
		if minuteToSecond {
			if hour > math.MaxInt32 || hour < math.MinInt32 {
				return 0, 0, 0, 0, decodeRange
			}
			hour, m, sec = 0, hour, m
		}
	case rest[0] == '.':
		if micro, e = pointMicros(rest); e != decodeOK {
			return 0, 0, 0, 0, e
		}
		if hour > math.MaxInt32 || hour < math.MinInt32 {
			return 0, 0, 0, 0, decodeRange
		}
		hour, m, sec = 0, hour, m
	case rest[0] == ':':
		if sec, rest, e = leadingInt(rest[1:], 32); e != decodeOK {
			return 0, 0, 0, 0, e
		}
		if rest != "" {
			if rest[0] != '.' {
				return 0, 0, 0, 0, decodeSyntax
			}
			if micro, e = pointMicros(rest); e != decodeOK {
				return 0, 0, 0, 0, e
			}
		}
	default:
		return 0, 0, 0, 0, decodeSyntax
	}
	if hour < 0 || m < 0 || m > 59 || sec < 0 || sec > 60 {
		return 0, 0, 0, 0, decodeRange
	}
	return hour, int(m), int(sec), micro, decodeOK
}
