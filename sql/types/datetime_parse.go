package types

import (
	"strconv"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// parsedTime is what decodeDateTime found in a text.
type parsedTime struct {
	Civil
	special          string // "infinity", "-infinity", "epoch", "now"
	hasDate, hasTime bool
	hasZone          bool
	offset           int            // seconds east of UTC, when zone is nil
	zone             *time.Location // a named zone, resolved against the date
	micros24         bool           // 24:00:00
}

// token kinds of the date/time scanner.
const (
	tokNumber = iota // 123, 12.5
	tokDate          // 1-2-3, 1/2/3, 1.2.3, 1-jan-3
	tokTime          // 1:2:3.4
	tokWord
	tokZone // +05:30
)

type dateToken struct {
	kind int
	text string
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c >= 'a' && c <= 'z' }

// scanDateTime cuts a lower-cased text into tokens.
func scanDateTime(s string) ([]dateToken, bool) {
	var out []dateToken
	for i := 0; i < len(s); {
		c := s[i]
		start := i
		switch {
		case strings.IndexByte(space, c) >= 0 || c == ',' || c == '(' || c == ')':
			i++
		case isDigit(c):
			for i < len(s) && isDigit(s[i]) {
				i++
			}
			switch {
			case i < len(s) && s[i] == ':':
				for i < len(s) && (isDigit(s[i]) || s[i] == ':' || s[i] == '.') {
					i++
				}
				out = append(out, dateToken{tokTime, s[start:i]})
			case i < len(s) && (s[i] == '-' || s[i] == '/' || s[i] == '.' && strings.Count(numberRun(s[start:]), ".") == 2):
				sep := s[i]
				fields := 1
				for i < len(s) && s[i] == sep && fields < 3 {
					j := i + 1
					for j < len(s) && (isDigit(s[j]) || isAlpha(s[j]) && (fields == 1)) {
						j++
					}
					if j == i+1 {
						return nil, false
					}
					i = j
					fields++
				}
				if fields < 3 && fields != 2 {
					return nil, false
				}
				out = append(out, dateToken{tokDate, s[start:i]})
			case i < len(s) && s[i] == '.':
				i++
				for i < len(s) && isDigit(s[i]) {
					i++
				}
				out = append(out, dateToken{tokNumber, s[start:i]})
			default:
				out = append(out, dateToken{tokNumber, s[start:i]})
			}
		case isAlpha(c):
			for i < len(s) && (isAlpha(s[i]) || s[i] == '_') {
				i++
			}
			word := s[start:i]
			// A zone name: America/New_York, Etc/GMT+3; or jan-8-1999.
			if i < len(s) && (s[i] == '/' || (s[i] == '-' || s[i] == '+') && !isMonth(word) && (i+1 < len(s) && isAlpha(s[i+1]))) {
				for i < len(s) && (isAlpha(s[i]) || isDigit(s[i]) || strings.IndexByte("/_-+", s[i]) >= 0) {
					i++
				}
				out = append(out, dateToken{tokWord, s[start:i]})
				break
			}
			if i+1 < len(s) && (s[i] == '-' || s[i] == '/' || s[i] == '.') && isMonth(word) && isDigit(s[i+1]) {
				for i < len(s) && (isDigit(s[i]) || strings.IndexByte("-/.", s[i]) >= 0) {
					i++
				}
				out = append(out, dateToken{tokDate, s[start:i]})
				break
			}
			if i < len(s) && s[i] == '.' {
				i++
			}
			out = append(out, dateToken{tokWord, word})
		case c == '+' || c == '-':
			i++
			for i < len(s) && strings.IndexByte(space, s[i]) >= 0 {
				i++
			}
			if i < len(s) && isAlpha(s[i]) { // -infinity
				from := i
				for i < len(s) && isAlpha(s[i]) {
					i++
				}
				out = append(out, dateToken{tokWord, string(c) + s[from:i]})
				break
			}
			from := i
			for i < len(s) && (isDigit(s[i]) || s[i] == ':' || s[i] == '.') {
				i++
			}
			if i == from {
				return nil, false
			}
			out = append(out, dateToken{tokZone, string(c) + s[from:i]})
		default:
			return nil, false
		}
	}
	return out, true
}

func numberRun(s string) string {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) && s[i] != '.' {
			return s[:i]
		}
	}
	return s
}

var monthNames = map[string]int{
	"jan": 1, "january": 1, "feb": 2, "february": 2, "mar": 3, "march": 3, "apr": 4, "april": 4, "may": 5,
	"jun": 6, "june": 6, "jul": 7, "july": 7, "aug": 8, "august": 8, "sep": 9, "sept": 9, "september": 9,
	"oct": 10, "october": 10, "nov": 11, "november": 11, "dec": 12, "december": 12,
}

var dayNames = map[string]bool{
	"sun": true, "sunday": true, "mon": true, "monday": true, "tue": true, "tues": true, "tuesday": true,
	"wed": true, "wednesday": true, "weds": true, "thu": true, "thur": true, "thurs": true, "thursday": true,
	"fri": true, "friday": true, "sat": true, "saturday": true,
}

func isMonth(s string) bool { _, ok := monthNames[s]; return ok }

// decodeError is a reason that a text is no date or time.
type decodeError uint8

const (
	decodeOK decodeError = iota
	decodeSyntax
	decodeRange // 22008, and a hint about datestyle when it may be the order
	decodeOrder
	decodeZone
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
	}
	return sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid input syntax for type %s: \"%s\"", typeName, s)
}

// decoder collects the fields of one text.
type decoder struct {
	parsedTime
	env                     *Env
	numbers                 []string // date fields without a separator or name yet
	haveYear, haveMonth, bc bool
	haveDay                 bool
	meridian                int // 1 am, 2 pm
	timeOnly                bool
	text                    string
}

// decodeDateTime understands the texts PostgreSQL's DecodeDateTime does: ISO and
// traditional dates, times, zones, and the special words.
func decodeDateTime(s string, env *Env) (parsedTime, decodeError) {
	return decodeFields(s, env, false)
}

// decodeFields is decodeDateTime; timeOnly reads six digits as a time.
func decodeFields(s string, env *Env, timeOnly bool) (parsedTime, decodeError) {
	tokens, ok := scanDateTime(strings.ToLower(s))
	if !ok || len(tokens) == 0 {
		return parsedTime{}, decodeSyntax
	}
	d := &decoder{env: env, timeOnly: timeOnly}
	for i := 0; i < len(tokens); i++ {
		var e decodeError
		switch tok := tokens[i]; tok.kind {
		case tokTime:
			if d.hasTime {
				return d.parsedTime, decodeSyntax
			}
			e = d.clock(tok.text)
		case tokDate:
			// A time alone may be one number with a zone: 040506-08.
			if number, zone, ok := strings.Cut(tok.text, "-"); ok && timeOnly && len(tokens) == 1 && numberRun(number) == number && numberRun(zone) == zone {
				if e = d.number(number, false); e == decodeOK {
					e = d.offsetToken("-" + zone)
				}
				break
			}
			e = d.date(tok.text)
		case tokNumber:
			if i > 0 && tokens[i-1].text == "j" {
				jd, err := strconv.Atoi(tok.text)
				if err != nil {
					return d.parsedTime, decodeSyntax
				}
				d.Year, d.Month, d.Day = FromJulianDay(jd)
				d.hasDate, d.haveYear, d.haveMonth, d.haveDay = true, true, true, true
				continue
			}
			e = d.number(tok.text, i > 0 && tokens[i-1].kind == tokWord && tokens[i-1].text == "t")
		case tokZone:
			e = d.offsetToken(tok.text)
		case tokWord:
			e = d.word(tok.text, i+1 < len(tokens))
		}
		if e != decodeOK {
			return d.parsedTime, e
		}
	}
	return d.finish()
}

// clock reads hh:mm[:ss[.ffffff]].
func (d *decoder) clock(s string) decodeError {
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return decodeSyntax
	}
	d.hasTime = true
	frac := ""
	last := len(parts) - 1
	if w, f, ok := strings.Cut(parts[last], "."); ok {
		parts[last], frac = w, f
		if len(parts) == 2 { // mm:ss.ff
			parts = append([]string{"0"}, parts...)
		}
	}
	var v [3]int
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil && p != "" || p == "" && i < 2 {
			return decodeSyntax
		}
		v[i] = n
	}
	micro, carry := fraction(frac)
	d.Hour, d.Minute, d.Second, d.Micro = v[0], v[1], v[2]+carry, micro
	if v[0] > 24 || v[1] > 59 || v[2] > 60 || v[0] == 24 && (v[1] > 0 || v[2] > 0 || micro > 0) {
		return decodeRange
	}
	return decodeOK
}

// fraction rounds digits after the point to microseconds.
func fraction(s string) (micros, carry int) {
	if s == "" {
		return 0, 0
	}
	f, err := strconv.ParseFloat("0."+s, 64)
	if err != nil {
		return 0, 0
	}
	n := int(roundEven(f * 1e6))
	return n % 1000000, n / 1000000
}

func (d *decoder) date(s string) decodeError {
	if d.haveMonth && d.haveDay && d.haveYear || d.hasDate {
		return decodeSyntax
	}
	sep := strings.IndexAny(s, "-/.")
	parts := strings.Split(s, string(s[sep]))
	if len(parts) == 2 { // 1999.008 or 1999-008: year and day of the year
		y, err1 := strconv.Atoi(parts[0])
		doy, err2 := strconv.Atoi(parts[1])
		if err1 == nil && err2 == nil && len(parts[0]) >= 4 && len(parts[1]) == 3 {
			return d.yearDay(y, doy)
		}
		if len(parts[0]) <= 2 || err2 == nil && len(parts[1]) == 2 {
			return decodeSyntax
		}
		return decodeSyntax
	}
	if len(parts) != 3 {
		return decodeSyntax
	}
	var rest []string
	for _, p := range parts {
		if m, ok := monthNames[p]; ok {
			if d.haveMonth {
				return decodeSyntax
			}
			d.Month, d.haveMonth = m, true
			continue
		}
		if p == "" || strings.Trim(p, "0123456789") != "" {
			return decodeSyntax
		}
		rest = append(rest, p)
	}
	d.numbers = append(d.numbers, rest...)
	return decodeOK
}

func (d *decoder) yearDay(year, day int) decodeError {
	if day < 1 || day > 366 {
		return decodeRange
	}
	d.Year, d.Month, d.Day = FromJulianDay(JulianDay(year, 1, 1) + day - 1)
	d.hasDate, d.haveYear, d.haveMonth, d.haveDay = true, true, true, true
	return decodeOK
}

// number takes a bare number: yyyymmdd, yymmdd, hhmmss, or one field of a date.
func (d *decoder) number(s string, afterT bool) decodeError {
	whole, frac, _ := strings.Cut(s, ".")
	dateDone := d.hasDate || len(d.numbers) == 3 || d.haveMonth && len(d.numbers) == 2 || d.haveYear && d.haveMonth && d.haveDay
	switch {
	case afterT || dateDone && !d.hasTime:
		if !afterT && len(whole) != 4 && len(whole) != 6 {
			return decodeSyntax
		}
		switch len(whole) {
		case 2:
			return d.clock(whole + ":0")
		case 4:
			return d.clock(whole[:2] + ":" + whole[2:])
		case 6:
			t := whole[:2] + ":" + whole[2:4] + ":" + whole[4:]
			if frac != "" {
				t += "." + frac
			}
			return d.clock(t)
		}
		return decodeSyntax
	case len(whole) >= 8 && len(d.numbers) == 0 && !d.haveMonth:
		n := len(whole)
		d.numbers = []string{whole[:n-4], whole[n-4 : n-2], whole[n-2:]}
		return decodeOK
	case (len(whole) == 6 || len(whole) == 4) && d.timeOnly:
		return d.clock(whole[:2] + ":" + whole[2:4] + ":" + (whole[4:] + "00")[:2] + "." + frac)
	case len(whole) == 6 && len(d.numbers) == 0 && !d.haveMonth:
		d.numbers = []string{"0" + whole[:2], whole[2:4], whole[4:]}
		y, _ := strconv.Atoi(whole[:2])
		d.numbers[0] = strconv.Itoa(fullYear(y))
		return decodeOK
	case frac != "" && len(whole) == 4 && len(frac) == 3:
		y, _ := strconv.Atoi(whole)
		doy, _ := strconv.Atoi(frac)
		return d.yearDay(y, doy)
	case frac != "":
		return decodeSyntax
	}
	d.numbers = append(d.numbers, whole)
	if len(d.numbers) > 3 {
		return decodeSyntax
	}
	return decodeOK
}

func (d *decoder) offsetToken(s string) decodeError {
	if !d.hasTime && len(d.numbers) == 0 && !d.hasDate && !d.haveMonth || d.hasZone {
		return decodeSyntax
	}
	secs, ok := parseOffset(s, 15)
	if !ok {
		if strings.Trim(s[1:], "0123456789:") != "" {
			return decodeSyntax
		}
		return decodeZone
	}
	d.hasZone, d.offset, d.zone = true, secs, nil
	return decodeOK
}

func (d *decoder) word(s string, more bool) decodeError {
	switch s {
	case "t", "j":
		if !more {
			return decodeSyntax
		}
		return decodeOK
	case "am":
		d.meridian = 1
		return decodeOK
	case "pm":
		d.meridian = 2
		return decodeOK
	case "bc", "b.c.":
		d.bc = true
		return decodeOK
	case "ad", "at", "on", "of", "d", "th", "st", "nd", "rd":
		return decodeOK
	case "infinity", "+infinity", "-infinity", "epoch", "now":
		d.special = strings.TrimPrefix(s, "+")
		return decodeOK
	case "today", "yesterday", "tomorrow":
		now := BreakTimestamp(ToLocal(TimestampFromTime(d.env.Now()), d.env.Location))
		days := now.Days()
		switch s {
		case "yesterday":
			days--
		case "tomorrow":
			days++
		}
		c := BreakDate(days)
		d.Year, d.Month, d.Day = c.Year, c.Month, c.Day
		d.hasDate, d.haveYear, d.haveMonth, d.haveDay = true, true, true, true
		return decodeOK
	case "allballs":
		d.hasTime, d.hasZone = true, true
		return decodeOK
	}
	if m, ok := monthNames[s]; ok {
		if d.haveMonth {
			return decodeSyntax
		}
		d.Month, d.haveMonth = m, true
		return decodeOK
	}
	if dayNames[s] {
		return decodeOK
	}
	if d.hasZone {
		return decodeSyntax
	}
	if off, ok := ZoneAbbrev(s); ok {
		d.hasZone, d.offset = true, off
		return decodeOK
	}
	loc, ok := LoadZone(s)
	if !ok {
		return decodeSyntax
	}
	d.hasZone, d.zone = true, loc
	return decodeOK
}

func fullYear(y int) int {
	switch {
	case y < 70:
		return y + 2000
	case y < 100:
		return y + 1900
	}
	return y
}

// finish assigns the numbers of the date to year, month and day.
func (d *decoder) finish() (parsedTime, decodeError) {
	if d.special != "" {
		return d.parsedTime, decodeOK
	}
	if !d.hasDate && (len(d.numbers) > 0 || d.haveMonth) {
		if e := d.assignDate(); e != decodeOK {
			return d.parsedTime, e
		}
		d.hasDate = true
	}
	if d.hasDate {
		if d.bc {
			if d.Year <= 0 {
				return d.parsedTime, decodeRange
			}
			d.Year = 1 - d.Year
		} else if d.Year == 0 && d.haveYear && len(d.numbers) > 0 {
			return d.parsedTime, decodeRange
		}
		if d.Month < 1 || d.Month > 12 || d.Day < 1 || d.Day > 31 {
			return d.parsedTime, decodeOrder
		}
		if d.Day > DaysInMonth(d.Year, d.Month) {
			return d.parsedTime, decodeRange
		}
	}
	if d.meridian != 0 {
		if !d.hasTime || d.Hour > 12 {
			return d.parsedTime, decodeRange
		}
		if d.meridian == 1 && d.Hour == 12 {
			d.Hour = 0
		} else if d.meridian == 2 && d.Hour != 12 {
			d.Hour += 12
		}
	}
	return d.parsedTime, decodeOK
}

func (d *decoder) assignDate() decodeError {
	var v [3]int
	for i, s := range d.numbers {
		n, err := strconv.Atoi(s)
		if err != nil {
			return decodeRange
		}
		v[i] = n
	}
	year := func(i int) {
		d.Year, d.haveYear = v[i], true
		if len(d.numbers[i]) <= 2 && !d.bc {
			d.Year = fullYear(v[i])
		}
	}
	if d.haveMonth {
		if len(d.numbers) != 2 {
			return decodeSyntax
		}
		if len(d.numbers[0]) > 2 || d.env.DateOrder == OrderYMD && len(d.numbers[1]) <= 2 {
			year(0)
			d.Day = v[1]
		} else {
			d.Day = v[0]
			year(1)
		}
		return decodeOK
	}
	if len(d.numbers) != 3 {
		return decodeSyntax
	}
	switch {
	case len(d.numbers[0]) > 2 || d.env.DateOrder == OrderYMD:
		year(0)
		d.Month, d.Day = v[1], v[2]
	case d.env.DateOrder == OrderDMY:
		d.Day, d.Month = v[0], v[1]
		year(2)
	default:
		d.Month, d.Day = v[0], v[1]
		year(2)
	}
	return decodeOK
}
