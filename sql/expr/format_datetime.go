package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// to_char, to_date and to_timestamp: PostgreSQL's date/time templates.

// spell gives a word in the case that the keyword is written in.
func spell(word, keyword string) string {
	switch {
	case keyword == strings.ToUpper(keyword):
		return strings.ToUpper(word)
	case keyword == strings.ToLower(keyword):
		return strings.ToLower(word)
	}
	return word
}

func ordinalOf(n int, form string) string {
	suffix := "th"
	if t := n % 100; t < 11 || t > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return spell(suffix, form)
}

var romanMonths = [...]string{"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}

// formatMoment is what to_char formats: a wall clock with its zone.
type formatMoment struct {
	types.Civil
	zone     string
	offset   int
	interval bool
}

func (m formatMoment) format(template string) string {
	var b strings.Builder
	for _, p := range dateTemplate(template) {
		if p.key == "" {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(m.element(p))
	}
	return b.String()
}

func (m formatMoment) element(p datePattern) string {
	number := func(n, width int) string {
		s := strconv.Itoa(n)
		if !p.fill {
			digits, sign := s, ""
			if n < 0 {
				digits, sign = s[1:], "-"
			}
			if short := width - len(digits); short > 0 {
				s = sign + strings.Repeat("0", short) + digits
			}
		}
		if p.ordinal != "" {
			s += ordinalOf(n, p.ordinal)
		}
		return s
	}
	word := func(w string, width int) string {
		w = spell(w, p.text)
		if p.fill {
			return w
		}
		return fmt.Sprintf("%-*s", width, w)
	}
	jd := types.JulianDay(m.Year, max(m.Month, 1), max(m.Day, 1))
	year := m.Year
	if year <= 0 && !m.interval {
		year = 1 - year
	}
	isoYear, isoWeekNo := isoWeek(jd)
	shownISO := isoYear
	if shownISO <= 0 && !m.interval {
		shownISO = 1 - shownISO
	}
	doy := jd - types.JulianDay(m.Year, 1, 1) + 1
	if m.interval { // about as many days as all of it
		doy = (m.Year*12+m.Month)*30 + m.Day
	}
	hour12 := m.Hour % 12
	if hour12 == 0 {
		hour12 = 12
	}
	switch p.key {
	case "HH", "HH12":
		if m.Hour < 0 && hour12 > 0 { // as wide as with the sign that is lost
			return number(hour12, 3)
		}
		return number(hour12, 2)
	case "HH24":
		return number(m.Hour, 2)
	case "MI":
		return number(m.Minute, 2)
	case "SS":
		return number(m.Second, 2)
	case "MS":
		return number(m.Micro/1000, 3)
	case "US":
		return number(m.Micro, 6)
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		n := int(p.key[2] - '0')
		return fmt.Sprintf("%06d", m.Micro)[:n]
	case "SSSS", "SSSSS":
		return number(m.Hour*3600+m.Minute*60+m.Second, 1)
	case "AM", "PM":
		return spell(map[bool]string{true: "PM", false: "AM"}[m.Hour%24 >= 12], p.text)
	case "A.M.", "P.M.":
		return spell(map[bool]string{true: "P.M.", false: "A.M."}[m.Hour%24 >= 12], p.text)
	case "BC", "AD":
		return spell(map[bool]string{true: "BC", false: "AD"}[m.Year <= 0], p.text)
	case "B.C.", "A.D.":
		return spell(map[bool]string{true: "B.C.", false: "A.D."}[m.Year <= 0], p.text)
	case "YYYY":
		return number(year, 4)
	case "YYY":
		return number(year%1000, 3)
	case "YY":
		return number(year%100, 2)
	case "Y":
		return number(year%10, 1)
	case "Y,YYY":
		return fmt.Sprintf("%d,%03d", year/1000, year%1000)
	case "IYYY":
		return number(shownISO, 4)
	case "IYY":
		return number(shownISO%1000, 3)
	case "IY":
		return number(shownISO%100, 2)
	case "I":
		return number(shownISO%10, 1)
	case "MM":
		return number(m.Month, 2)
	case "DD":
		return number(m.Day, withSign(m.Day, 2))
	case "DDD":
		return number(doy, withSign(doy, 3))
	case "IDDD":
		monday := types.JulianDay(isoYear, 1, 4)
		return number(jd-(monday-monday%7)+1, 3)
	case "D":
		return number((jd+1)%7+1, 1)
	case "ID":
		return number(jd%7+1, 1)
	case "WW":
		return number((doy-1)/7+1, 2)
	case "IW":
		return number(isoWeekNo, 2)
	case "W":
		return number((m.Day-1)/7+1, 1)
	case "Q":
		if m.Month == 0 {
			return ""
		}
		return number((m.Month-1)/3+1, 1)
	case "CC":
		century := (m.Year-1)/100 + 1
		switch {
		case m.interval:
			century = m.Year / 100
		case m.Year <= 0:
			century = m.Year/100 - 1
		}
		return number(century, withSign(century, 2))
	case "J":
		return number(jd, 1)
	case "RM":
		month := m.Month
		switch { // an interval's months wrap around
		case month == 0 && m.Year == 0:
			return ""
		case month == 0 && m.Year > 0:
			month = 12
		case month == 0:
			month = 1
		case month < 0:
			month += 13
		}
		return word(romanMonths[month], 4)
	case "TZ":
		return spell(m.zone, p.text)
	case "OF":
		return string(types.FormatOffset(nil, m.offset))
	case "TZH":
		sign := '+'
		if m.offset < 0 {
			sign = '-'
		}
		return fmt.Sprintf("%c%02d", sign, max(m.offset, -m.offset)/3600)
	case "TZM":
		return fmt.Sprintf("%02d", max(m.offset, -m.offset)/60%60)
	}
	switch p.key {
	case "MONTH":
		return word(time.Month(m.Month).String(), 9)
	case "MON":
		return spell(time.Month(m.Month).String()[:3], p.text)
	case "DAY":
		return word(time.Weekday((jd+1)%7).String(), 9)
	case "DY":
		return spell(time.Weekday((jd + 1) % 7).String()[:3], p.text)
	}
	return p.text
}

// notOfIntervals are the patterns of calendars and time zones.
var notOfIntervals = strings.Fields("MONTH MON DAY DY D ID BC AD B.C. A.D. TZ OF TZH TZM")

// withSign is how many digits fill a width that a sign is part of.
func withSign(n, width int) int {
	if n < 0 {
		return width - 1
	}
	return width
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isLetterOrDigit(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' }

func init() {
	register(map[string]EvalFunc{
		"timestamp_to_char": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if types.IsInfinite(a[0].Int()) || a[1].Str() == "" {
				return types.Null, nil
			}
			return types.String(formatMoment{Civil: types.BreakTimestamp(a[0].Int())}.format(a[1].Str())), nil
		},
		"timestamptz_to_char": func(c *Context, a []types.Datum) (types.Datum, error) {
			if types.IsInfinite(a[0].Int()) || a[1].Str() == "" {
				return types.Null, nil
			}
			off, name := types.ZoneAt(a[0].Int(), c.env().Location)
			m := formatMoment{Civil: types.BreakTimestamp(a[0].Int() + int64(off)*usSecond), zone: name, offset: off}
			return types.String(m.format(a[1].Str())), nil
		},
		"interval_to_char": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[1].Str() == "" {
				return types.Null, nil
			}
			for _, p := range dateTemplate(a[1].Str()) {
				if slices.Contains(notOfIntervals, p.key) {
					return types.Null, sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid format specification for an interval value").
						WithHint("Intervals are not tied to specific calendar dates.")
				}
			}
			v := interval(a[0])
			m := formatMoment{interval: true}
			m.Year, m.Month, m.Day = int(v.Months/12), int(v.Months%12), int(v.Days)
			m.Hour, m.Minute = int(v.Micros/usHour), int(v.Micros/usMinute%60)
			m.Second, m.Micro = int(v.Micros/usSecond%60), int(v.Micros%usSecond)
			return types.String(m.format(a[1].Str())), nil
		},
		"to_date": func(_ *Context, a []types.Datum) (types.Datum, error) {
			c, _, err := scanMoment(a[0].Str(), a[1].Str(), false)
			if err != nil {
				return types.Null, err
			}
			if c.Year < -4713 || c.Year > 5874897 || !types.ValidDate(c.Days()) {
				return types.Null, sqlerr.New(sqlerr.DatetimeFieldOverflow, "date out of range: \"%s\"", a[0].Str())
			}
			return types.Int(c.Days()), nil
		},
		"to_timestamp": func(c *Context, a []types.Datum) (types.Datum, error) {
			civil, offset, err := scanMoment(a[0].Str(), a[1].Str(), false)
			if err != nil {
				return types.Null, err
			}
			ts, ok := civil.Timestamp()
			if !ok {
				return types.Null, timestampRange()
			}
			if offset != nil {
				return types.Int(ts - int64(*offset)*usSecond), nil
			}
			return types.Int(types.FromLocal(ts, c.env().Location)), nil
		},
	})
}
