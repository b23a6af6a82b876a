package types

import (
	"math"
	"strings"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Dates are days, and timestamps microseconds, since 2000-01-01 in the proleptic
// Gregorian calendar, astronomical years (0 is 1 BC). The arithmetic goes through
// Julian day numbers, as in PostgreSQL.

// Microseconds in a unit of time.
const (
	MicrosPerSecond int64 = 1000000
	microsPerMinute       = 60 * MicrosPerSecond
	microsPerHour         = 60 * microsPerMinute
	MicrosPerDay          = 24 * microsPerHour
)

const (
	epochJulian     = 2451545 // 2000-01-01
	unixEpochJulian = 2440588 // 1970-01-01
	// UnixEpochMicros is 1970-01-01 as a timestamp.
	UnixEpochMicros = (unixEpochJulian - epochJulian) * MicrosPerDay
	minJulian       = 0
	maxTimestampEnd = 9223371331200000000 // 294277-01-01
	minTimestamp    = -211813488000000000 // Julian day 0
	maxDateEnd      = 2145031949 - 0      // 5874898-01-01
	minDate         = minJulian - epochJulian
)

// The infinities of date and timestamp.
const (
	PosInfinity     = math.MaxInt64
	NegInfinity     = math.MinInt64
	DatePosInfinity = math.MaxInt32
	DateNegInfinity = math.MinInt32
)

// IsInfinite says whether a timestamp is infinity or -infinity.
func IsInfinite(ts int64) bool { return ts == PosInfinity || ts == NegInfinity }

// IsInfiniteDate says whether a date is infinity or -infinity.
func IsInfiniteDate(d int64) bool { return d == DatePosInfinity || d == DateNegInfinity }

// JulianDay gives the Julian day number of a date.
func JulianDay(year, month, day int) int {
	if month > 2 {
		month++
		year += 4800
	} else {
		month += 13
		year += 4799
	}
	century := year / 100
	julian := year*365 - 32167
	julian += year/4 - century + century/4
	return julian + 7834*month/256 + day
}

// FromJulianDay is JulianDay's inverse.
func FromJulianDay(jd int) (year, month, day int) {
	julian := uint32(jd) + 32044
	quad := julian / 146097
	extra := (julian-quad*146097)*4 + 3
	julian += 60 + quad*3 + extra/146097
	quad = julian / 1461
	julian -= quad * 1461
	y := int(julian * 4 / 1461)
	if y != 0 {
		julian = (julian + 305) % 365
	} else {
		julian = (julian + 306) % 366
	}
	julian += 123
	y += int(quad * 4)
	year = y - 4800
	quad = julian * 2141 / 65536
	day = int(julian - 7834*quad/256)
	month = int((quad+10)%12) + 1
	return year, month, day
}

// IsLeap says whether a year (astronomical) is a leap year.
func IsLeap(year int) bool { return year%4 == 0 && (year%100 != 0 || year%400 == 0) }

var daysIn = [13]int{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// DaysInMonth gives the length of a month.
func DaysInMonth(year, month int) int {
	if month == 2 && IsLeap(year) {
		return 29
	}
	return daysIn[month]
}

// Civil is a timestamp broken down into the fields of a clock and calendar.
type Civil struct {
	Year, Month, Day            int // astronomical year
	Hour, Minute, Second, Micro int
}

// BreakTimestamp breaks a finite timestamp down.
func BreakTimestamp(ts int64) Civil {
	days, rest := floorDiv(ts, MicrosPerDay)
	var c Civil
	c.Year, c.Month, c.Day = FromJulianDay(int(days) + epochJulian)
	c.setTime(rest)
	return c
}

// BreakDate breaks a finite date down.
func BreakDate(days int64) Civil {
	var c Civil
	c.Year, c.Month, c.Day = FromJulianDay(int(days) + epochJulian)
	return c
}

func (c *Civil) setTime(micros int64) {
	c.Hour = int(micros / microsPerHour)
	c.Minute = int(micros / microsPerMinute % 60)
	c.Second = int(micros / MicrosPerSecond % 60)
	c.Micro = int(micros % MicrosPerSecond)
}

// TimeOfDay gives the microseconds since midnight.
func (c Civil) TimeOfDay() int64 {
	return int64(c.Hour)*microsPerHour + int64(c.Minute)*microsPerMinute + int64(c.Second)*MicrosPerSecond + int64(c.Micro)
}

// Days gives the date; Valid must hold of the month and day.
func (c Civil) Days() int64 { return int64(JulianDay(c.Year, c.Month, c.Day) - epochJulian) }

// Timestamp puts the fields together; ok is false outside the type's range.
func (c Civil) Timestamp() (ts int64, ok bool) {
	if c.Year < -4714 || c.Year > 294277 {
		return 0, false
	}
	ts = c.Days()*MicrosPerDay + c.TimeOfDay()
	return ts, ValidTimestamp(ts)
}

// ValidTimestamp says whether a finite timestamp is within the type's range.
func ValidTimestamp(ts int64) bool { return ts >= minTimestamp && ts < maxTimestampEnd }

// ValidDate says whether a finite date is within the type's range.
func ValidDate(days int64) bool { return days >= minDate && days < maxDateEnd }

func floorDiv(a, b int64) (quotient, rest int64) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		quotient, rest = quotient-1, rest+b
	}
	return quotient, rest
}

// TimestampFromTime gives a Go time as a timestamptz.
func TimestampFromTime(t time.Time) int64 { return t.UnixMicro() + UnixEpochMicros }

// TimeFromTimestamp is TimestampFromTime's inverse.
func TimeFromTimestamp(ts int64) time.Time { return time.UnixMicro(ts - UnixEpochMicros).UTC() }

// ZoneAt gives the offset east of UTC in seconds, and the abbreviation, that
// holds in loc at a moment.
func ZoneAt(ts int64, loc *time.Location) (offset int, abbrev string) {
	name, off := TimeFromTimestamp(ts).In(loc).Zone()
	return off, name
}

// ToLocal gives the wall clock in loc at a moment, as a timestamp.
func ToLocal(ts int64, loc *time.Location) int64 {
	if IsInfinite(ts) || loc == time.UTC {
		return ts
	}
	off, _ := ZoneAt(ts, loc)
	return ts + int64(off)*MicrosPerSecond
}

// FromLocal gives the moment of a wall clock reading in loc. A reading that the
// clocks skip counts as before the change, one that they show twice as after it.
func FromLocal(local int64, loc *time.Location) int64 {
	if IsInfinite(local) || loc == time.UTC {
		return local
	}
	o1, _ := ZoneAt(local-MicrosPerDay, loc)
	o2, _ := ZoneAt(local+MicrosPerDay, loc)
	before, after := local-int64(o1)*MicrosPerSecond, local-int64(o2)*MicrosPerSecond
	if o1 == o2 {
		return before
	}
	atBefore, _ := ZoneAt(before, loc)
	atAfter, _ := ZoneAt(after, loc)
	switch {
	case atAfter == o2:
		return after
	case atBefore == o1:
		return before
	}
	return before
}

// zoneAbbrevs are the abbreviations PostgreSQL's default set has that programs
// use, in seconds east of UTC.
var zoneAbbrevs = map[string]int{
	"utc": 0, "ut": 0, "uct": 0, "gmt": 0, "z": 0, "zulu": 0, "wet": 0, "west": 3600,
	"bst": 3600, "cet": 3600, "cest": 7200, "met": 3600, "mest": 7200, "mez": 3600, "mesz": 7200,
	"eet": 7200, "eest": 10800, "msk": 10800, "msd": 14400, "sast": 7200, "ist": 7200, "idt": 10800,
	"ast": -14400, "adt": -10800, "est": -18000, "edt": -14400, "cst": -21600, "cdt": -18000,
	"mst": -25200, "mdt": -21600, "pst": -28800, "pdt": -25200, "akst": -32400, "akdt": -28800,
	"hst": -36000, "nst": -12600, "ndt": -9000, "jst": 32400, "kst": 32400, "aest": 36000, "aedt": 39600,
	"acst": 34200, "acdt": 37800, "awst": 28800, "nzst": 43200, "nzdt": 46800, "pkt": 18000, "npt": 20700,
	"art": -10800, "brt": -10800, "clt": -14400, "wib": 25200, "hkt": 28800, "sgt": 28800,
}

// ZoneAbbrev finds an abbreviation such as EST, in seconds east of UTC.
func ZoneAbbrev(name string) (offset int, ok bool) {
	offset, ok = zoneAbbrevs[strings.ToLower(name)]
	return offset, ok
}

var zones sync.Map // string -> *time.Location; nil for unknown names

// LoadZone finds a time zone by its IANA name in any case, an abbreviation, or a
// POSIX form such as UTC+3 (whose sign is west positive). The answer is shared.
func LoadZone(name string) (*time.Location, bool) {
	if loc, ok := zones.Load(name); ok {
		l := loc.(*time.Location)
		return l, l != nil
	}
	loc := findZone(name)
	if len(name) < 64 {
		zones.Store(name, loc)
	}
	return loc, loc != nil
}

func findZone(name string) *time.Location {
	if name == "" || strings.EqualFold(name, "local") || strings.Contains(name, "..") {
		return nil
	}
	lower := strings.ToLower(name)
	if lower == "utc" || lower == "gmt" || lower == "z" || lower == "zulu" || lower == "uct" || lower == "etc/utc" {
		if lower == "utc" || lower == "etc/utc" {
			return time.UTC
		}
		return time.FixedZone(strings.ToUpper(name), 0)
	}
	if loc, err := time.LoadLocation(name); err == nil {
		return loc
	}
	for _, try := range []string{titleZone(lower), strings.ToUpper(name)} {
		if loc, err := time.LoadLocation(try); err == nil {
			return loc
		}
	}
	if off, ok := ZoneAbbrev(lower); ok {
		return time.FixedZone(strings.ToUpper(name), off)
	}
	if loc := posixZone(name); loc != nil {
		return loc
	}
	return summerZone(name)
}

// titleZone spells a lower-case zone name as the IANA database does.
func titleZone(s string) string {
	b := []byte(s)
	start := true
	for i, c := range b {
		if start && c >= 'a' && c <= 'z' {
			b[i] = c - 32
		}
		start = c == '/' || c == '_' || c == '-'
	}
	out := string(b)
	for _, small := range []string{"_Of_", "_Es_", "_Au_", "_In_", "-De-", "-Au-", "-Of-"} {
		out = strings.ReplaceAll(out, small, strings.ToLower(small))
	}
	return out
}

// posixZone reads "<name>offset" and "nameoffset", and a bare offset.
func posixZone(name string) *time.Location {
	rest := name
	abbrev := ""
	if strings.HasPrefix(rest, "<") {
		end := strings.IndexByte(rest, '>')
		if end < 0 {
			return nil
		}
		abbrev, rest = rest[1:end], rest[end+1:]
	} else {
		n := strings.IndexAny(rest, "+-0123456789")
		if n < 0 {
			return nil
		}
		abbrev, rest = rest[:n], rest[n:]
		if strings.Trim(strings.ToLower(abbrev), "abcdefghijklmnopqrstuvwxyz") != "" {
			return nil
		}
	}
	secs, ok := parseOffset(rest, 24*7-1)
	if !ok {
		return nil
	}
	return time.FixedZone(abbrev, -secs)
}

// parseOffset reads [+-]hh[[:]mm[[:]ss]] as seconds.
func parseOffset(s string, maxHours int) (int, bool) {
	sign := 1
	switch {
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	case strings.HasPrefix(s, "-"):
		sign, s = -1, s[1:]
	}
	var parts []string
	if strings.Contains(s, ":") || maxHours > 99 {
		parts = strings.Split(s, ":")
	} else {
		for len(s) > 2 {
			parts = append([]string{s[len(s)-2:]}, parts...)
			s = s[:len(s)-2]
		}
		parts = append([]string{s}, parts...)
	}
	if len(parts) > 3 {
		return 0, false
	}
	total, unit := 0, 3600
	for i, p := range parts {
		if p == "" || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return 0, false
		}
		n := 0
		for _, c := range p {
			n = n*10 + int(c-'0')
		}
		if i == 0 && n > maxHours || i > 0 && n > 59 {
			return 0, false
		}
		total += n * unit
		unit /= 60
	}
	return sign * total, true
}

// FormatOffset appends an offset as +hh[:mm[:ss]].
func FormatOffset(dst []byte, secs int) []byte {
	sign := byte('+')
	if secs < 0 {
		sign, secs = '-', -secs
	}
	dst = appendPadded(append(dst, sign), secs/3600, 2)
	if secs%3600 != 0 {
		dst = appendPadded(append(dst, ':'), secs/60%60, 2)
	}
	if secs%60 != 0 {
		dst = appendPadded(append(dst, ':'), secs%60, 2)
	}
	return dst
}

func timestampRange() error {
	return sqlerr.New(sqlerr.DatetimeFieldOverflow, "timestamp out of range")
}
