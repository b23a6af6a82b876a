package expr

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// scannedMoment is what a template found in a text. A field that is zero is one
// that was not there.
type scannedMoment struct {
	hour, minute, second, secondOfDay   int
	milli, micro                        int
	year, century, month, day           int
	yearDay, weekDay, week, weekOfMonth int
	julian                              int
	yearWidth                           int
	pm, bc                              int
	twelve                              bool // a clock of twelve hours
	conventions                         dateConventions
	zoneSign, zoneHour, zoneMinute      int
}

// dateConventions are two ways to name a day, which a template must not mix.
type dateConventions uint8

const (
	noConventions dateConventions = iota
	gregorian
	isoWeeks
)

func conventionsOf(key string) dateConventions {
	switch key {
	case "DDD", "DD", "D", "MM", "MONTH", "MON", "RM", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y":
		return gregorian
	case "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I":
		return isoWeeks
	}
	return noConventions
}

// momentScanner reads a text by a template.
type momentScanner struct {
	scannedMoment
	s       string
	before  byte // the character before s
	skipped int  // blanks and marks skipped beyond those of the template
	fixed   bool // FX: no blanks are skipped
	// fractionUnit is what FFn rounds microseconds to a multiple of; 0: nothing.
	fractionUnit int
	pats         []datePattern
}

func badDatetime(format string, args ...any) *sqlerr.Error {
	return sqlerr.New(sqlerr.InvalidDatetimeFormat, format, args...)
}

// scanMoment reads text by a template, as to_timestamp does. strict: the text has
// what the template has, separator by separator, and nothing else. The offset is
// in seconds east of UTC, nil without one.
func scanMoment(text, template string, strict bool) (types.Civil, *int, error) {
	m := &momentScanner{s: text, fixed: strict, pats: dateTemplate(template)}
	i := 0
	for ; i < len(m.pats) && m.s != ""; i++ {
		p := &m.pats[i]
		if !m.fixed || strict {
			if (p.key != "" || i == 0) && p.key != "FX" {
				m.skipBlanks()
			}
		}
		var err error
		if p.key == "" {
			err = m.literal(p, strict)
		} else if err = m.field(i); err == nil && !m.fixed {
			m.skipped = 0
			m.skipBlanks()
		}
		if err != nil {
			return types.Civil{}, nil, err
		}
	}
	if strict {
		if i < len(m.pats) {
			return types.Civil{}, nil, badDatetime("input string is too short for datetime format")
		}
		if strings.TrimLeft(m.s, " \t\n\v\f\r") != "" {
			return types.Civil{}, nil, badDatetime("trailing characters remain in input string after datetime format")
		}
	}
	civil, offset, err := m.assemble(text)
	if unit := m.fractionUnit; unit > 0 { // the last FFn says to how many digits
		civil.Micro = (civil.Micro + unit/2) / unit * unit
	}
	return civil, offset, err
}

// skipOrdinal skips two characters where the template has TH.
func (m *momentScanner) skipOrdinal(p *datePattern) {
	for range 2 {
		if p.ordinal != "" && m.s != "" {
			m.skipCharacter()
		}
	}
}

func (m *momentScanner) skip(n int) {
	if n > 0 {
		m.before = m.s[n-1]
		m.s = m.s[n:]
	}
}

func (m *momentScanner) skipBlanks() {
	for m.s != "" && isBlank(m.s[0]) {
		m.skip(1)
		m.skipped++
	}
}

func (m *momentScanner) skipCharacter() {
	_, n := utf8.DecodeRuneInString(m.s)
	m.skip(n)
}

// literal takes a character of the template, which need not be the text's own.
func (m *momentScanner) literal(p *datePattern, strict bool) error {
	switch {
	case p.separator() && strict:
		if m.s[0] != p.text[0] {
			return badDatetime("unmatched format separator \"%s\"", p.text)
		}
		m.skip(1)
	case strict:
		if !strings.HasPrefix(m.s, p.text) {
			return badDatetime("unmatched format character \"%s\"", p.text)
		}
		m.skip(len(p.text))
	case m.fixed:
		m.skipCharacter()
	case p.separator():
		m.skipped--
		if isSeparator(m.s[0]) {
			m.skip(1)
			m.skipped++
		}
	case m.skipped > 0:
		m.skipped--
	default:
		m.skipCharacter()
	}
	return nil
}

// set gives a field its value; two values for one are an error.
func set(p *datePattern, field *int, v int) error {
	if *field != 0 && *field != v {
		return badDatetime("conflicting values for \"%s\" field in formatting string", p.text).
			WithDetail("This value contradicts a previous setting for the same field type.")
	}
	*field = v
	return nil
}

// openEnded says whether the number of pattern i takes all digits that there are,
// because what follows it is none.
func (m *momentScanner) openEnded(i int) bool {
	p := &m.pats[i]
	if p.fill || p.ordinal != "" || i+1 == len(m.pats) {
		return true
	}
	next := &m.pats[i+1]
	switch {
	case next.key == "":
		return len(next.text) != 1 || next.text[0] < '0' || next.text[0] > '9'
	case next.key == "CC" || next.key == "J" || next.key == "Q" || next.key == "TZM":
		return false
	}
	switch next.key[0] {
	case 'D':
		return next.key == "DAY" || next.key == "DY"
	case 'F':
		return next.key == "FX"
	case 'H', 'I', 'S', 'U', 'W', 'Y':
		return false
	case 'M':
		return next.key == "MONTH" || next.key == "MON"
	}
	return true
}

// number reads the number of pattern i, of so many characters at most if another
// number follows, and gives how many it had.
func (m *momentScanner) number(i, width int, field *int) (int, error) {
	p := &m.pats[i]
	start := len(m.s)
	for m.s != "" && isBlank(m.s[0]) {
		m.skip(1)
	}
	source := m.s
	if open := m.openEnded(i); !open {
		if len(source) < width {
			return 0, badDatetime("source string too short for \"%s\" formatting field", p.text).
				WithDetail("Field requires %d characters, but only %d remain.", width, len(source)).
				WithHint("If your source string is not fixed-width, try using the \"FM\" modifier.")
		}
		source = source[:width]
		if used := numberLength(source); used > 0 && used < width {
			return 0, badDatetime("invalid value \"%s\" for \"%s\"", source, p.text).
				WithDetail("Field requires %d characters, but only %d could be parsed.", width, used).
				WithHint("If your source string is not fixed-width, try using the \"FM\" modifier.")
		}
	}
	used := numberLength(source)
	if used == 0 {
		return 0, badDatetime("invalid value \"%s\" for \"%s\"", source[:min(len(source), width)], p.text).WithDetail("Value must be an integer.")
	}
	n, err := strconv.ParseInt(strings.TrimLeft(source[:used], " \t\n\v\f\r"), 10, 64)
	m.skip(used)
	if err != nil || n < math.MinInt32 || n > math.MaxInt32 {
		return 0, sqlerr.New(sqlerr.DatetimeFieldOverflow, "value for \"%s\" in source string is out of range", p.text).
			WithDetail("Value must be in the range %d to %d.", math.MinInt32, math.MaxInt32)
	}
	if field != nil {
		if err := set(p, field, int(n)); err != nil {
			return 0, err
		}
	}
	return start - len(m.s), nil
}

// numberLength is the length of an integer with its sign and blanks before it; 0
// for none.
func numberLength(s string) int {
	i := 0
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	digits := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == digits {
		return 0
	}
	return i
}

// oneOf reads one of the words and gives its number.
func (m *momentScanner) oneOf(p *datePattern, words []string) (int, error) {
	for i, w := range words {
		if len(m.s) >= len(w) && strings.EqualFold(m.s[:len(w)], w) {
			m.skip(len(w))
			return i, nil
		}
	}
	given := m.s
	if end := strings.IndexAny(given, " \t\n\r\f"); end >= 0 {
		given = given[:end]
	}
	return 0, badDatetime("invalid value \"%s\" for \"%s\"", given, p.text).
		WithDetail("The given value did not match any of the allowed values for this field.")
}

func (m *momentScanner) setWord(p *datePattern, words []string, field *int, first int) error {
	n, err := m.oneOf(p, words)
	if err != nil {
		return err
	}
	return set(p, field, n+first)
}

// partialYear completes a year of fewer than four digits to the one nearest to 2020.
func partialYear(y int) int {
	switch {
	case y < 70:
		return y + 2000
	case y < 100:
		return y + 1900
	case y < 520:
		return y + 2000
	case y < 1000:
		return y + 1000
	}
	return y
}

var (
	longMonths, shortMonthNames = wordsOf(12, func(i int) string { return time.Month(i + 1).String() })
	longDays, shortDayNames     = wordsOf(7, func(i int) string { return time.Weekday(i).String() })
)

func wordsOf(n int, name func(int) string) (long, short []string) {
	for i := range n {
		long, short = append(long, name(i)), append(short, name(i)[:3])
	}
	return long, short
}

// field takes the field of pattern i.
func (m *momentScanner) field(i int) error {
	p := &m.pats[i]
	if c := conventionsOf(p.key); c != noConventions {
		if m.conventions != noConventions && m.conventions != c {
			return badDatetime("invalid combination of date conventions").
				WithHint("Do not mix Gregorian and ISO week date conventions in a formatting template.")
		}
		m.conventions = c
	}
	number := func(width int, field *int) error {
		_, err := m.number(i, width, field)
		if err == nil {
			m.skipOrdinal(p)
		}
		return err
	}
	// fraction reads digits behind the point of a second, as so many digits.
	fraction := func(width, digits int, field *int) error {
		n, err := m.number(i, width, field)
		for ; err == nil && n < digits; n++ {
			*field *= 10
		}
		return err
	}
	year := func(width int) error {
		y := 0
		used, err := m.number(i, width, &y)
		if err != nil {
			return err
		}
		if used < 4 && width < 4 {
			y = partialYear(y)
		}
		m.yearWidth = width
		return set(p, &m.year, y)
	}
	switch p.key {
	case "FX":
		m.fixed = true
		return nil
	case "A.M.", "P.M.":
		m.twelve = true
		return m.setWord(p, []string{"a.m.", "p.m."}, &m.pm, 0)
	case "AM", "PM":
		m.twelve = true
		return m.setWord(p, []string{"am", "pm"}, &m.pm, 0)
	case "A.D.", "B.C.":
		return m.setWord(p, []string{"a.d.", "b.c."}, &m.bc, 0)
	case "AD", "BC":
		return m.setWord(p, []string{"ad", "bc"}, &m.bc, 0)
	case "HH", "HH12":
		m.twelve = true
		return number(2, &m.hour)
	case "HH24":
		return number(2, &m.hour)
	case "MI":
		return number(2, &m.minute)
	case "SS":
		return number(2, &m.second)
	case "SSSS", "SSSSS":
		return number(len(p.key), &m.secondOfDay)
	case "MS":
		return fraction(3, 3, &m.milli)
	case "US":
		return fraction(6, 6, &m.micro)
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		digits := int(p.key[2] - '0')
		if m.fractionUnit = 1; digits < 6 {
			m.fractionUnit = int(math.Pow10(6 - digits))
		}
		return fraction(6, 6, &m.micro)
	case "TZH":
		m.zoneSign = 1
		switch {
		case m.s[0] == '+' || m.s[0] == '-' || m.s[0] == ' ':
			if m.s[0] == '-' {
				m.zoneSign = -1
			}
			m.skip(1)
		case m.skipped > 0 && m.before == '-': // the sign was taken for a separator
			m.zoneSign = -1
		}
		return number(2, &m.zoneHour)
	case "TZM":
		if m.zoneSign == 0 {
			m.zoneSign = 1
		}
		return number(2, &m.zoneMinute)
	case "TZ", "OF":
		return sqlerr.New(sqlerr.FeatureNotSupported, "formatting field \"%s\" is only supported in to_char", p.text)
	case "MONTH":
		return m.setWord(p, longMonths, &m.month, 1)
	case "MON":
		return m.setWord(p, shortMonthNames, &m.month, 1)
	case "RM":
		return m.romanMonth(p)
	case "DAY":
		return m.setWord(p, longDays, &m.weekDay, 1)
	case "DY":
		return m.setWord(p, shortDayNames, &m.weekDay, 1)
	case "MM":
		return number(2, &m.month)
	case "DD":
		return number(2, &m.day)
	case "DDD", "IDDD":
		return number(3, &m.yearDay)
	case "D":
		return number(1, &m.weekDay)
	case "ID": // counted from Monday
		err := number(1, &m.weekDay)
		if m.weekDay++; m.weekDay > 7 {
			m.weekDay = 1
		}
		return err
	case "WW", "IW":
		return number(2, &m.week)
	case "W":
		return number(1, &m.weekOfMonth)
	case "Q": // says nothing about the day
		return number(1, nil)
	case "CC":
		return number(2, &m.century)
	case "J":
		return number(1, &m.julian)
	case "Y,YYY":
		return m.commaYear(p)
	case "YYYY", "IYYY":
		m.yearWidth = 4
		return number(4, &m.year)
	case "YYY", "IYY", "YY", "IY", "Y", "I":
		return year(len(p.key))
	}
	return sqlerr.Internal("formatting field %s", p.key)
}

// romanMonth reads the longest numeral.
func (m *momentScanner) romanMonth(p *datePattern) error {
	numerals := make([]string, 12)
	for i := range numerals {
		numerals[i] = romanMonths[12-i]
	}
	n, err := m.oneOf(p, numerals)
	if err != nil {
		return err
	}
	return set(p, &m.month, 12-n)
}

// commaYear reads thousands, a comma, and up to three digits.
func (m *momentScanner) commaYear(p *datePattern) error {
	n := numberLength(m.s)
	thousands, err := strconv.Atoi(strings.TrimLeft(m.s[:n], " \t\n\v\f\r"))
	rest := m.s[n:]
	if n == 0 || err != nil || !strings.HasPrefix(rest, ",") {
		return badDatetime("invalid input string for \"Y,YYY\"")
	}
	rest = rest[1:]
	digits := numberLength(rest[:min(3, len(rest))])
	years, err := strconv.Atoi(strings.TrimLeft(rest[:digits], " \t\n\v\f\r"))
	if err != nil {
		return badDatetime("invalid input string for \"Y,YYY\"")
	}
	m.skip(n + 1 + digits)
	m.skipOrdinal(p)
	m.yearWidth = 4
	return set(p, &m.year, int(int32(years+thousands*1000)))
}
