package expr

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// to_char, to_date and to_timestamp: PostgreSQL's date/time templates.

// datePattern is one element of a template: a keyword or literal text.
type datePattern struct {
	key     string // upper case; "" for literal text
	text    string // literal, or the keyword as written
	fill    bool   // FM: no padding
	ordinal string // TH or th
	quoted  bool   // literal text in quotes
}

// dateKeys are the keywords, longest first where one begins another.
var dateKeys = strings.Fields(`Y,YYY YYYY YYY IYYY IYY HH24 HH12 SSSSS SSSS MONTH B.C. A.D. A.M. P.M. IDDD
	DDD DAY MON MI MM MS US FF1 FF2 FF3 FF4 FF5 FF6 HH SS YY IY WW IW DY DD ID TZH TZM TZ OF RM CC BC AD AM PM Y I D W Q J`)

// parseTemplate cuts a template up.
func parseTemplate(s string) []datePattern {
	var out []datePattern
	fill, words := false, false
	for i := 0; i < len(s); {
		rest := s[i:]
		upper := strings.ToUpper(rest)
		if strings.HasPrefix(upper, "FM") {
			fill = true
			i += 2
			continue
		}
		if strings.HasPrefix(upper, "TM") { // words of the locale, which never are padded
			words = true
			i += 2
			continue
		}
		if strings.HasPrefix(upper, "FX") {
			i += 2
			continue
		}
		if rest[0] == '"' {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				end = len(rest) - 1
			}
			out = append(out, datePattern{text: rest[1 : 1+end], quoted: true})
			i += min(end+2, len(rest))
			continue
		}
		key := ""
		for _, k := range dateKeys {
			if len(k) > len(key) && strings.HasPrefix(upper, k) {
				key = k
			}
		}
		if key == "" {
			if rest[0] == '\\' && len(rest) > 1 {
				i++
				rest = s[i:]
			}
			out = append(out, datePattern{text: rest[:1]})
			i++
			continue
		}
		p := datePattern{key: key, text: rest[:len(key)], fill: fill || words && (key == "MONTH" || key == "DAY")}
		fill, words = false, false
		i += len(key)
		if next := s[i:]; strings.HasPrefix(next, "TH") || strings.HasPrefix(next, "th") {
			p.ordinal = next[:2]
			i += 2
		}
		out = append(out, p)
	}
	return out
}

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
	for _, p := range parseTemplate(template) {
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
			if n < 0 {
				s = fmt.Sprintf("-%0*d", width, -n)
			} else {
				s = fmt.Sprintf("%0*d", width, n)
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
	doy := jd - types.JulianDay(m.Year, 1, 1) + 1
	hour12 := m.Hour % 12
	if hour12 == 0 {
		hour12 = 12
	}
	switch p.key {
	case "HH", "HH12":
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
		return number(isoYear, 4)
	case "IYY":
		return number(isoYear%1000, 3)
	case "IY":
		return number(isoYear%100, 2)
	case "I":
		return number(isoYear%10, 1)
	case "MM":
		return number(m.Month, 2)
	case "DD":
		return number(m.Day, 2)
	case "DDD":
		return number(doy, 3)
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
		return number((year+99)/100, 2)
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
		return fmt.Sprintf("%+03d", m.offset/3600)
	case "TZM":
		return fmt.Sprintf("%02d", max(m.offset, -m.offset)/60%60)
	}
	if m.interval && m.Month == 0 {
		return ""
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

// scanMoment reads text by a template, as to_timestamp does. strict: the text
// has what the template has, separator by separator, and nothing else.
func scanMoment(text, template string, strict bool) (types.Civil, *int, error) {
	c := types.Civil{Month: 1, Day: 1}
	var offset *int
	pm, am, bc := false, false, false
	doy, jd := 0, 0
	s := text
	bad := func(key string) error {
		return sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", s[:min(len(s), max(len(key), 1))], key).
			WithDetail("Value must be an integer.")
	}
	pats := parseTemplate(template)
	for i, p := range pats {
		if strict {
			rest, err := strictly(s, p, i == 0)
			if err != nil {
				return c, nil, err
			}
			if s = rest; p.key == "" {
				continue
			}
		}
		if p.key == "" {
			if s != "" && !isLetterOrDigit(p.text[0]) {
				if !isLetterOrDigit(s[0]) && s[0] != '-' && s[0] != '+' || s[0] == p.text[0] {
					s = s[1:]
				}
			} else if s != "" {
				s = s[min(len(p.text), len(s)):]
			}
			continue
		}
		for s != "" && !strict && (s[0] == ' ' || p.key[0] != 'T' && p.key != "OF" && !isLetterOrDigit(s[0]) && s[0] != '-') {
			s = s[1:]
		}
		digits := func(width int) (int, error) {
			// A number directly followed by another one is as wide as its
			// keyword; otherwise it goes on as long as there are digits.
			if p.fill || i+1 >= len(pats) || pats[i+1].key == "" {
				width = 20
			}
			n, sign := 0, 1
			if s != "" && s[0] == '-' && p.key[0] == 'Y' {
				sign, n = -1, 1
			}
			start := n
			for n < len(s) && n-start < width && s[n] >= '0' && s[n] <= '9' {
				n++
			}
			if n == start {
				if s == "" {
					return -1, nil
				}
				return 0, bad(p.text)
			}
			v, err := strconv.Atoi(s[start:n])
			if err != nil {
				return 0, bad(p.text)
			}
			s = s[n:]
			if p.ordinal != "" {
				s = s[min(2, len(s)):]
			}
			return sign * v, nil
		}
		set := func(field *int, width int) error {
			v, err := digits(width)
			if err == nil && v != -1 {
				*field = v
			}
			return err
		}
		var err error
		switch p.key {
		case "YYYY", "IYYY":
			err = set(&c.Year, 4)
		case "YYY", "YY", "Y":
			y := -1
			before := len(s)
			if err = set(&y, len(p.key)); err == nil && y >= 0 {
				if width := before - len(s); width < 4 {
					switch {
					case y < 70:
						y += 2000
					case y < 100:
						y += 1900
					case y < 520:
						y += 2000
					case y < 1000:
						y += 1000
					}
				}
				c.Year = y
			}
		case "MM":
			err = set(&c.Month, 2)
		case "DD":
			err = set(&c.Day, 2)
		case "DDD":
			err = set(&doy, 3)
		case "HH24", "HH", "HH12":
			if err = set(&c.Hour, 2); err == nil && p.key != "HH24" && (c.Hour < 1 || c.Hour > 12) {
				err = sqlerr.New(sqlerr.InvalidDatetimeFormat, "hour \"%d\" is invalid for the 12-hour clock", c.Hour).
					WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
			}
		case "MI":
			err = set(&c.Minute, 2)
		case "SS":
			err = set(&c.Second, 2)
		case "MS", "US", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
			n := 0
			for n < len(s) && n < 6 && s[n] >= '0' && s[n] <= '9' {
				n++
			}
			c.Micro, _ = strconv.Atoi((s[:n] + "000000")[:6])
			s = s[n:]
		case "SSSS", "SSSSS":
			secs := 0
			err = set(&secs, 5)
			c.Hour, c.Minute, c.Second = secs/3600, secs/60%60, secs%60
		case "AM", "PM", "A.M.", "P.M.":
			low := strings.ToLower(s)
			switch {
			case strings.HasPrefix(low, "pm"), strings.HasPrefix(low, "p.m."):
				pm = true
			case strings.HasPrefix(low, "am"), strings.HasPrefix(low, "a.m."):
				am = true
			default:
				err = bad(p.text)
			}
			s = s[min(len(p.key), len(s)):]
		case "BC", "AD", "B.C.", "A.D.":
			bc = strings.HasPrefix(strings.ToLower(s), "b")
			s = s[min(len(p.key), len(s)):]
		case "MONTH", "MON":
			found := 0
			for m := time.January; m <= time.December; m++ {
				name := m.String()
				if p.key == "MON" {
					name = name[:3]
				}
				if len(s) >= len(name) && strings.EqualFold(s[:len(name)], name) {
					found = int(m)
					s = s[len(name):]
					break
				}
			}
			if found == 0 {
				return c, nil, sqlerr.New(sqlerr.InvalidDatetimeFormat, "invalid value \"%s\" for \"%s\"", s, p.text).
					WithDetail("The given value did not match any of the allowed values for this field.")
			}
			c.Month = found
		case "DAY", "DY":
			for len(s) > 0 && isLetter(s[0]) {
				s = s[1:]
			}
		case "TZH", "OF":
			n := 0
			for n < len(s) && (s[n] == '+' || s[n] == '-' || s[n] >= '0' && s[n] <= '9') {
				n++
			}
			h, convErr := strconv.Atoi(s[:n])
			if convErr != nil {
				return c, nil, bad(p.text)
			}
			v := h * 3600
			offset = &v
			s = s[n:]
		case "TZM":
			m := 0
			err = set(&m, 2)
			if offset != nil && *offset < 0 {
				m = -m
			}
			v := m * 60
			if offset != nil {
				v += *offset
			}
			offset = &v
		case "J":
			err = set(&jd, 7)
		case "D", "ID", "W", "Q", "CC", "WW", "IW":
			ignored := 0
			err = set(&ignored, 2)
			if p.key == "WW" || p.key == "IW" || p.key == "CC" {
				return c, nil, sqlerr.Unsupported("formatting field \"%s\" in to_timestamp or to_date", p.text)
			}
		default:
			return c, nil, sqlerr.New(sqlerr.FeatureNotSupported, "formatting field \"%s\" is only supported in to_char", p.text)
		}
		if err != nil {
			return c, nil, err
		}
	}
	if strict && strings.TrimLeft(s, " \t\n\v\f\r") != "" {
		return c, nil, sqlerr.New(sqlerr.InvalidDatetimeFormat, "trailing characters remain in input string after datetime format")
	}
	if bc {
		c.Year = -c.Year
	}
	if c.Year < 0 {
		c.Year++ // there is no year 0: it stands for 1 BC, and for none
	}
	if jd > 0 {
		c.Year, c.Month, c.Day = types.FromJulianDay(jd)
	}
	if doy > 0 && c.Year == 0 {
		return c, nil, sqlerr.New(sqlerr.InvalidDatetimeFormat, "cannot calculate day of year without year information")
	}
	if doy > 0 {
		c.Year, c.Month, c.Day = types.FromJulianDay(types.JulianDay(c.Year, 1, 1) + doy - 1)
	}
	if pm && c.Hour < 12 {
		c.Hour += 12
	} else if am && c.Hour == 12 {
		c.Hour = 0
	}
	if c.Month < 1 || c.Month > 12 || c.Day < 1 || c.Day > types.DaysInMonth(c.Year, c.Month) || c.Hour > 23 || c.Minute > 59 || c.Second > 59 {
		return c, nil, sqlerr.New(sqlerr.DatetimeFieldOverflow, "date/time field value out of range: \"%s\"", text)
	}
	return c, offset, nil
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
