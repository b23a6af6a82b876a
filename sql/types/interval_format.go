package types

import (
	"strconv"
)

// AppendInterval appends an interval in one of PostgreSQL's styles.
func AppendInterval(dst []byte, v Interval, style IntervalStyle) []byte {
	p := intervalParts{
		year: int64(v.Months / 12), mon: int64(v.Months % 12), day: int64(v.Days),
		hour: v.Micros / microsPerHour, min: v.Micros / microsPerMinute % 60,
		sec: v.Micros / MicrosPerSecond % 60, micro: v.Micros % MicrosPerSecond,
	}
	switch style {
	case IntervalISO8601:
		return p.iso(dst)
	case IntervalSQLStandard:
		return p.sqlStandard(dst)
	case IntervalPostgresVerbose:
		return p.verbose(dst)
	}
	return p.postgres(dst)
}

type intervalParts struct{ year, mon, day, hour, min, sec, micro int64 }

func (p intervalParts) timeNegative() bool {
	return p.hour < 0 || p.min < 0 || p.sec < 0 || p.micro < 0
}
func (p intervalParts) timeZero() bool {
	return p.hour == 0 && p.min == 0 && p.sec == 0 && p.micro == 0
}

func abs64(v int64) int64 {
	if v < 0 {
		return -v
	}
	return v
}

// seconds appends ss[.ffffff] without sign.
func (p intervalParts) seconds(dst []byte, width int) []byte {
	return appendMicros(appendPadded(dst, int(abs64(p.sec)), width), int(abs64(p.micro)))
}

func (p intervalParts) clock(dst []byte, hourWidth int) []byte {
	dst = append(appendPadded(dst, int(abs64(p.hour)), hourWidth), ':')
	dst = append(appendPadded(dst, int(abs64(p.min)), 2), ':')
	return p.seconds(dst, 2)
}

func (p intervalParts) postgres(dst []byte) []byte {
	start, before := len(dst), false
	unit := func(n int64, name string) {
		if n == 0 {
			return
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		if before && n > 0 {
			dst = append(dst, '+')
		}
		dst = append(strconv.AppendInt(dst, n, 10), ' ')
		dst = append(dst, name...)
		if n != 1 {
			dst = append(dst, 's')
		}
		before = n < 0
	}
	unit(p.year, "year")
	unit(p.mon, "mon")
	unit(p.day, "day")
	if p.timeZero() && len(dst) > start {
		return dst
	}
	if len(dst) > start {
		dst = append(dst, ' ')
	}
	switch {
	case p.timeNegative():
		dst = append(dst, '-')
	case before:
		dst = append(dst, '+')
	}
	return p.clock(dst, 2)
}

func (p intervalParts) iso(dst []byte) []byte {
	if p.year == 0 && p.mon == 0 && p.day == 0 && p.timeZero() {
		return append(dst, "PT0S"...)
	}
	dst = append(dst, 'P')
	part := func(n int64, unit byte) {
		if n != 0 {
			dst = append(strconv.AppendInt(dst, n, 10), unit)
		}
	}
	part(p.year, 'Y')
	part(p.mon, 'M')
	part(p.day, 'D')
	if p.timeZero() {
		return dst
	}
	dst = append(dst, 'T')
	part(p.hour, 'H')
	part(p.min, 'M')
	if p.sec != 0 || p.micro != 0 {
		if p.sec < 0 || p.micro < 0 {
			dst = append(dst, '-')
		}
		dst = append(p.seconds(dst, 1), 'S')
	}
	return dst
}

func (p intervalParts) verbose(dst []byte) []byte {
	dst = append(dst, '@')
	zero, negative := true, false
	unit := func(n int64, name string) {
		if n == 0 {
			return
		}
		dst = append(dst, ' ')
		if zero {
			negative, zero = n < 0, false
			n = abs64(n)
		} else if negative {
			n = -n
		}
		dst = append(strconv.AppendInt(dst, n, 10), ' ')
		dst = append(dst, name...)
		if n != 1 {
			dst = append(dst, 's')
		}
	}
	unit(p.year, "year")
	unit(p.mon, "mon")
	unit(p.day, "day")
	unit(p.hour, "hour")
	unit(p.min, "min")
	if p.sec != 0 || p.micro != 0 {
		dst = append(dst, ' ')
		if p.sec < 0 || p.micro < 0 {
			if zero {
				negative = true
			} else if !negative {
				dst = append(dst, '-')
			}
		} else if negative {
			dst = append(dst, '-')
		}
		dst = p.seconds(dst, 1)
		dst = append(dst, " sec"...)
		if abs64(p.sec) != 1 || p.micro != 0 {
			dst = append(dst, 's')
		}
		zero = false
	}
	if zero {
		dst = append(dst, " 0"...)
	}
	if negative {
		dst = append(dst, " ago"...)
	}
	return dst
}

func (p intervalParts) sqlStandard(dst []byte) []byte {
	hasNegative := p.year < 0 || p.mon < 0 || p.day < 0 || p.timeNegative()
	hasPositive := p.year > 0 || p.mon > 0 || p.day > 0 || p.hour > 0 || p.min > 0 || p.sec > 0 || p.micro > 0
	hasYearMonth, hasDay, hasTime := p.year != 0 || p.mon != 0, p.day != 0, !p.timeZero()
	hasDayTime := hasDay || hasTime
	sign := func(negative bool) {
		if negative {
			dst = append(dst, '-')
		} else {
			dst = append(dst, '+')
		}
	}
	if !hasNegative && !hasPositive {
		return append(dst, '0')
	}
	if hasNegative && hasPositive || hasYearMonth && hasDayTime {
		sign(p.year < 0 || p.mon < 0)
		dst = append(strconv.AppendInt(dst, abs64(p.year), 10), '-')
		dst = strconv.AppendInt(dst, abs64(p.mon), 10)
		dst = append(dst, ' ')
		sign(p.day < 0)
		dst = append(strconv.AppendInt(dst, abs64(p.day), 10), ' ')
		sign(p.timeNegative())
		return p.clock(dst, 1)
	}
	if hasNegative {
		dst = append(dst, '-')
	}
	if hasYearMonth {
		dst = append(strconv.AppendInt(dst, abs64(p.year), 10), '-')
		return strconv.AppendInt(dst, abs64(p.mon), 10)
	}
	if hasDay {
		dst = append(strconv.AppendInt(dst, abs64(p.day), 10), ' ')
	}
	return p.clock(dst, 1)
}
