package types

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// found is the set of parts that a text has given so far. No part may be given
// twice.
type found uint32

const (
	foundYear found = 1 << iota
	foundMonth
	foundDay
	foundYearDay // the day was given as one of the year
	foundHour
	foundMinute
	foundSecond
	foundFraction
	foundZone
	foundDaylight // "dst" behind a zone
	foundMeridian
	foundEra
	foundWeekday
	foundReserved
)

const (
	foundDate    = foundYear | foundMonth | foundDay
	foundSeconds = foundSecond | foundFraction
	foundTime    = foundHour | foundMinute | foundSeconds
)

// parsedTime is what a date or time text says.
type parsedTime struct {
	Civil
	special string // "infinity", "-infinity", "epoch", "now"; the rest is void then
	hasDate bool
	hasZone bool
	offset  int            // seconds east of UTC, when neither of the next is there
	zone    *time.Location // a named zone, resolved against the date
	abbrev  *Abbrev        // an abbreviation, likewise
	badZone string         // the name, with decodeUnknownZone
}

// err is decodeError's with what the text said.
func (p *parsedTime) err(e decodeError, typeName, s string) error {
	if e == decodeUnknownZone {
		return sqlerr.New(sqlerr.InvalidParameterValue, "time zone \"%s\" not recognized", p.badZone)
	}
	return e.err(typeName, s)
}

// moment gives the timestamp of the wall clock reading local, in loc where the
// text names no zone.
func (p *parsedTime) moment(local int64, loc *time.Location) int64 {
	switch {
	case p.zone != nil:
		return FromLocal(local, p.zone)
	case p.abbrev != nil:
		return p.abbrev.FromLocal(local)
	case p.hasZone:
		return local - int64(p.offset)*MicrosPerSecond
	}
	return FromLocal(local, loc)
}

// timeDecoder puts the fields of a date or time together. Fields are taken in
// order; what a number means depends on what has been found before it.
type timeDecoder struct {
	parsedTime
	env       *Env
	clockOnly bool // a time is read: numbers are one, and a date only counts for its zone
	fields    []timeField

	found     found
	expect    timePart // what the field before says that the next one is
	textMonth bool
	twoDigits bool // the year had two digits or fewer
	julian    bool
	now       bool // "now" was among the fields, whose values are not looked at
	bc        bool
	meridian  int
	yearDay   int
}

// decodeDateTime reads what date, timestamp and timestamptz are written as.
func decodeDateTime(s string, env *Env) (parsedTime, decodeError) {
	return decodeTimeText(s, env, false)
}

// decodeClockText reads what time and timetz are written as.
func decodeClockText(s string, env *Env) (parsedTime, decodeError) {
	return decodeTimeText(s, env, true)
}

func decodeTimeText(s string, env *Env, clockOnly bool) (parsedTime, decodeError) {
	d := &timeDecoder{env: env, clockOnly: clockOnly}
	var e decodeError
	if d.fields, e = scanTimeFields(s); e != decodeOK {
		return d.parsedTime, e
	}
	for i, f := range d.fields {
		var got found
		switch f.kind {
		case fieldDate:
			got, e = d.date(i, f.text)
		case fieldTime:
			if d.expect != partNone && d.expect != partISOTime {
				e = decodeSyntax
				break
			}
			d.expect = partNone
			got, e = d.clock(f.text)
		case fieldZone:
			got, e = d.zoneOffset(f.text)
		case fieldNumber:
			if d.expect != partNone {
				got, e = d.labelled(f.text)
			} else {
				got, e = d.bareNumber(i, f.text)
			}
		default:
			got, e = d.word(i, f.text)
		}
		if e != decodeOK {
			return d.parsedTime, e
		}
		if got&d.found != 0 {
			return d.parsedTime, decodeSyntax
		}
		d.found |= got
	}
	return d.parsedTime, d.finish()
}

// date takes a field with hyphens, slashes or points, which is a date, a zone's
// name, or a time run together with an offset.
func (d *timeDecoder) date(i int, s string) (found, decodeError) {
	if d.clockOnly {
		last := len(d.fields) - 1
		if i == 0 && last >= 1 && (d.fields[last].kind == fieldDate || d.fields[1].kind == fieldTime) {
			got, e := d.dateParts(s)
			return got, e
		}
		if !isDigit(s[0]) {
			return d.namedZone(s)
		}
		if d.found&foundTime == foundTime {
			return 0, decodeSyntax
		}
		got, e := d.runTogether(s, d.found|foundDate)
		return got, e
	}
	switch {
	case d.expect == partJulian:
		n, rest, e := leadingInt(s, 32)
		if e != decodeOK || n < 0 {
			return 0, decodeRange
		}
		d.setJulian(int(n))
		d.expect = partNone
		if _, e := d.zoneOffset(rest); e != decodeOK {
			return 0, e
		}
		return foundDate | foundTime | foundZone, decodeOK
	case d.expect != partNone || d.found&(foundMonth|foundDay) == foundMonth|foundDay:
		if !isDigit(s[0]) && d.expect == partNone {
			return d.namedZone(s)
		}
		if d.expect != partNone && d.expect != partISOTime {
			return 0, decodeSyntax
		}
		d.expect = partNone
		if d.found&foundTime == foundTime {
			return 0, decodeSyntax
		}
		got, e := d.runTogether(s, d.found)
		return got, e
	}
	got, e := d.dateParts(s)
	return got, e
}

// runTogether reads hhmmss-zz.
func (d *timeDecoder) runTogether(s string, have found) (found, decodeError) {
	digits, zone, ok := strings.Cut(s, "-")
	if !ok {
		return 0, decodeSyntax
	}
	if _, e := d.zoneOffset("-" + zone); e != decodeOK {
		return 0, e
	}
	got, e := d.digits(digits, have)
	return got | foundZone, e
}

func (d *timeDecoder) namedZone(s string) (found, decodeError) {
	loc, ok := LoadZone(s)
	if !ok {
		d.badZone = s
		return 0, decodeUnknownZone
	}
	d.hasZone, d.zone = true, loc
	return foundZone, decodeOK
}

// dateParts reads a whole date: numbers and the name of a month.
func (d *timeDecoder) dateParts(s string) (found, decodeError) {
	have, all := d.found, found(0)
	var numbers []string
	for s != "" {
		s = strings.TrimLeftFunc(s, func(r rune) bool { return !isDigit(byte(r)) && !isAlpha(byte(r)) })
		if s == "" || len(numbers) == maxTimeFields {
			return 0, decodeSyntax
		}
		is := isDigit
		if isAlpha(s[0]) {
			is = isAlpha
		}
		n := 0
		for n < len(s) && is(s[n]) {
			n++
		}
		part := s[:n]
		if s = s[n:]; s != "" {
			s = s[1:]
		}
		if isDigit(part[0]) {
			numbers = append(numbers, part)
			continue
		}
		w := lookTimeWord(dateWords, part)
		if w.kind == wordIgnored {
			continue
		}
		if w.kind != wordMonth || have&foundMonth != 0 {
			return 0, decodeSyntax
		}
		d.Month, d.textMonth = w.value, true
		have, all = have|foundMonth, all|foundMonth
	}
	for _, n := range numbers {
		got, e := d.number(n, have)
		if e != decodeOK {
			return 0, e
		}
		if have&got != 0 {
			return 0, decodeSyntax
		}
		have, all = have|got, all|got
	}
	if have&^(foundYearDay|foundZone) != foundDate {
		return 0, decodeSyntax
	}
	return all, decodeOK
}

func (d *timeDecoder) clock(s string) (found, decodeError) {
	hour, minute, second, micro, e := decodeClock(s, false)
	if e != decodeOK {
		return 0, e
	}
	if hour > 24 {
		return 0, decodeRange
	}
	d.Hour, d.Minute, d.Second, d.Micro = int(hour), minute, second, micro
	if d.TimeOfDay() > MicrosPerDay {
		return 0, decodeRange
	}
	return foundTime, decodeOK
}

// zoneOffset reads +hh, +hhmm, +hh:mm and +hh:mm:ss.
func (d *timeDecoder) zoneOffset(s string) (found, decodeError) {
	east, e := parseZoneOffset(s)
	if e != decodeOK {
		return 0, e
	}
	d.hasZone, d.offset = true, east
	return foundZone, decodeOK
}

// ParseZoneOffset reads a numeric time zone, in seconds east of UTC; ok is false
// for what is none.
func ParseZoneOffset(s string) (east int, ok, inRange bool) {
	east, e := parseZoneOffset(s)
	return east, e == decodeOK || e == decodeZone, e == decodeOK
}

func parseZoneOffset(s string) (int, decodeError) {
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, decodeSyntax
	}
	part := func(s string) (int64, string, decodeError) {
		n, rest, e := leadingInt(s, 32)
		if e != decodeOK {
			e = decodeZone
		}
		return n, rest, e
	}
	var minute, second int64
	hour, rest, e := part(s[1:])
	if e != decodeOK {
		return 0, e
	}
	switch {
	case strings.HasPrefix(rest, ":"):
		if minute, rest, e = part(rest[1:]); e != decodeOK {
			return 0, e
		}
		if strings.HasPrefix(rest, ":") {
			if second, rest, e = part(rest[1:]); e != decodeOK {
				return 0, e
			}
		}
	case rest == "" && len(s) > 3:
		hour, minute = hour/100, hour%100
	}
	if hour < 0 || hour > 15 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, decodeZone
	}
	if rest != "" {
		return 0, decodeSyntax
	}
	east := int(hour*3600 + minute*60 + second)
	if s[0] == '-' {
		east = -east
	}
	return east, decodeOK
}

func (d *timeDecoder) setJulian(jd int) {
	d.Year, d.Month, d.Day = FromJulianDay(jd)
	d.julian = true
}

// labelled takes a number whose unit stood before it, as in "y2001 m12".
func (d *timeDecoder) labelled(s string) (found, decodeError) {
	expect := d.expect
	d.expect = partNone
	n, rest, e := leadingInt(s, 32)
	if e != decodeOK {
		return 0, e
	}
	if rest != "" && (rest[0] != '.' || expect != partJulian && expect != partISOTime && expect != partSecond) {
		return 0, decodeSyntax
	}
	v := int(n)
	switch expect {
	case partYear:
		d.Year = v
		return foundYear, decodeOK
	case partMonth:
		if d.found&(foundMonth|foundHour) == foundMonth|foundHour {
			d.Minute = v
			return foundMinute, decodeOK
		}
		d.Month = v
		return foundMonth, decodeOK
	case partDay:
		d.Day = v
		return foundDay, decodeOK
	case partHour:
		d.Hour = v
		return foundHour, decodeOK
	case partMinute:
		d.Minute = v
		return foundMinute, decodeOK
	case partSecond:
		d.Second = v
		if rest == "" {
			return foundSecond, decodeOK
		}
		d.Micro, e = pointMicros(rest)
		return foundSeconds, e
	case partJulian:
		if v < 0 {
			return 0, decodeRange
		}
		d.setJulian(v)
		if rest == "" {
			return foundDate, decodeOK
		}
		f, e := pointFraction(rest)
		if e != decodeOK {
			return 0, e
		}
		d.setTime(int64(f * float64(MicrosPerDay)))
		return foundDate | foundTime, decodeOK
	case partISOTime:
		got, e := d.digits(s, d.found|foundDate)
		if e == decodeOK && got != foundTime {
			e = decodeSyntax
		}
		return got, e
	}
	return 0, decodeSyntax
}

// bareNumber takes a number that nothing around it explains.
func (d *timeDecoder) bareNumber(i int, s string) (found, decodeError) {
	whole, _, point := strings.Cut(s, ".")
	if d.clockOnly {
		have := d.found | foundDate
		last := len(d.fields) - 1
		switch {
		case point && i == 0 && last >= 1 && d.fields[last].kind == fieldDate:
			return d.dateParts(s)
		case point && len(whole) > 2, !point && len(s) > 4:
			return d.digits(s, have)
		case point:
			return 0, decodeSyntax
		}
		return d.number(s, have)
	}
	switch {
	case point && d.found&foundDate == 0:
		return d.dateParts(s)
	case point && len(whole) > 2, !point && len(s) >= 6 && (d.found&foundDate == 0 || d.found&foundTime == 0):
		return d.digits(s, d.found)
	}
	return d.number(s, d.found)
}

// number takes one field of a date, by the order that the DateStyle setting has.
func (d *timeDecoder) number(s string, have found) (found, decodeError) {
	n, rest, e := leadingInt(s, 32)
	if e != decodeOK {
		return 0, e
	}
	if len(rest) == len(s) {
		return 0, decodeSyntax
	}
	if rest != "" {
		if rest[0] != '.' {
			return 0, decodeSyntax
		}
		if len(s)-len(rest) > 2 {
			return d.digits(s, have|foundDate)
		}
		if d.Micro, e = pointMicros(rest); e != decodeOK {
			return 0, e
		}
	}
	v := int(n)
	if len(s) == 3 && have&foundDate == foundYear && v >= 1 && v <= 366 {
		d.yearDay = v
		return foundYearDay | foundMonth | foundDay, decodeOK
	}
	long := len(s) >= 3
	year := func() (found, decodeError) {
		d.Year, d.twoDigits = v, len(s) <= 2
		return foundYear, decodeOK
	}
	month := func() (found, decodeError) {
		d.Month = v
		return foundMonth, decodeOK
	}
	day := func() (found, decodeError) {
		d.Day = v
		return foundDay, decodeOK
	}
	switch have & foundDate {
	case 0:
		switch {
		case long || d.env.DateOrder == OrderYMD:
			return year()
		case d.env.DateOrder == OrderDMY:
			return day()
		}
		return month()
	case foundYear, foundDay:
		return month()
	case foundMonth:
		if d.textMonth && (long || d.env.DateOrder == OrderYMD) {
			return year()
		}
		return day()
	case foundYear | foundMonth:
		if d.textMonth && long && d.twoDigits { // the first number was the day
			d.Day, d.Year, d.twoDigits = d.Year, v, false
			return foundDay, decodeOK
		}
		return day()
	case foundMonth | foundDay:
		return year()
	case foundDate:
		return d.digits(s, have)
	}
	return 0, decodeSyntax
}

// digits takes a date or time without separators: yyyymmdd, yymmdd, hhmmss, hhmm.
func (d *timeDecoder) digits(s string, have found) (found, decodeError) {
	whole, fraction, point := strings.Cut(s, ".")
	num := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil {
			return math.MaxInt32
		}
		return n
	}
	n := len(whole)
	if point {
		f, e := pointMicros("." + fraction)
		if e != decodeOK {
			return 0, e
		}
		d.Micro = f
	} else if have&foundDate != foundDate && n >= 6 {
		d.Year, d.Month, d.Day = num(whole[:n-4]), num(whole[n-4:n-2]), num(whole[n-2:])
		d.twoDigits = n == 6
		return foundDate, decodeOK
	}
	if have&foundTime != foundTime {
		switch n {
		case 6:
			d.Hour, d.Minute, d.Second = num(whole[:2]), num(whole[2:4]), num(whole[4:])
			return foundTime, decodeOK
		case 4:
			d.Hour, d.Minute, d.Second = num(whole[:2]), num(whole[2:]), 0
			return foundTime, decodeOK
		}
	}
	return 0, decodeSyntax
}
