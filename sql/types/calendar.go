package types

import (
	"math"
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
	ts, ok = c.local()
	return ts, ok && ValidTimestamp(ts)
}

// local is Timestamp for a wall clock, which may be a little outside the range
// that holds of the moment; ok is false where the number does not hold it.
func (c Civil) local() (ts int64, ok bool) {
	if !c.validJulian() || c.Year > 294278 {
		return 0, false
	}
	days := c.Days()
	ts = days*MicrosPerDay + c.TimeOfDay()
	return ts, days < math.MaxInt64/MicrosPerDay || days == math.MaxInt64/MicrosPerDay && ts > 0
}

// validJulian says whether the date has a Julian day number that a date can hold.
func (c Civil) validJulian() bool {
	return (c.Year > -4713 || c.Year == -4713 && c.Month >= 11) && (c.Year < 5874898 || c.Year == 5874898 && c.Month < 6)
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
