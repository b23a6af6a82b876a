package expr

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// numberWriter writes one number by a template, part by part: which digit is next,
// whether blanks or zeros stand for those that are missing, and when the sign is due.
type numberWriter struct {
	t       *numberTemplate
	number  string // without its sign; # where there is no room
	sign    byte
	bracket bool
	lsign   byte
	blanks  int // digit positions that the number leaves free

	out       strings.Builder
	at        int // digit position
	digit     int // place in number
	relevant  int // with FM, the last place that is shown; -1 if all are
	count     int
	signed    bool // the sign is written, or need not be
	inside    bool // a digit has just been written
	zeroStart int
	ended     bool // a digit was asked for behind the last one: nothing more is written
}

func (w *numberWriter) write(pre int) (string, error) {
	t := w.t
	switch {
	case t.plus || t.minus: // the sign is a part of its own
		w.signed = !(t.plus && !t.minus)
	default:
		if w.sign != '-' && w.bracket && t.fill {
			w.bracket = false
		}
		w.signed = w.sign == '+' && t.fill && w.lsign == 0
		if w.lsign == '<' && pre == t.preSign {
			w.lsign = '>'
		}
	}
	w.count = t.post + pre - 1
	w.relevant = -1
	if t.fill && t.decimal {
		w.relevant = lastRelevant(w.number)
		if w.relevant >= 0 && t.zeroEnd > w.blanks {
			w.relevant = max(w.relevant, min(len(w.number)-1, t.zeroEnd-w.blanks))
		}
	}
	if !w.signed && w.blanks == 0 {
		w.count++
	}
	w.zeroStart = max(0, t.zeroStart-1)
	for _, p := range t.parts {
		if last := w.number[max(0, len(w.number)-1):]; (p.kind == 't' || p.kind == 'T') && (last < "0" || last > "9") && w.number[0] != '#' && w.sign != '-' && !t.decimal {
			return "", sqlerr.New(sqlerr.InvalidTextRepresentation, `"%s" is not a number`, w.number)
		}
		if !w.ended {
			w.part(p)
		}
	}
	return w.out.String(), nil
}

// lastRelevant is the place of the last digit behind the point that is no zero, or of
// the point; -1 if there is no point.
func lastRelevant(number string) int {
	point := strings.IndexByte(number, '.')
	if point < 0 {
		return -1
	}
	last := point
	for i := point + 1; i < len(number); i++ {
		if number[i] != '0' {
			last = i
		}
	}
	return last
}

func (w *numberWriter) part(p numberPart) {
	blank := func() {
		if !w.t.fill {
			w.out.WriteByte(' ')
		}
	}
	switch p.kind {
	case '9', '0', '.':
		w.digits(p.kind)
	case ',':
		if w.inside {
			w.out.WriteByte(',')
		} else {
			blank()
		}
	case 'L':
		w.out.WriteByte(' ') // the currency symbol of locale C
	case 'M':
		if w.sign == '-' {
			w.out.WriteByte('-')
		} else {
			blank()
		}
	case 'P':
		if w.sign == '+' {
			w.out.WriteByte('+')
		} else {
			blank()
		}
	case 'g':
		w.out.WriteByte(w.sign)
	case 't', 'T':
		if w.number[0] != '#' && w.sign != '-' && !w.t.decimal {
			suffix := ordinal(w.number)
			if p.kind == 'T' {
				suffix = strings.ToUpper(suffix)
			}
			w.out.WriteString(suffix)
		}
	case 'x':
		w.out.WriteString(p.text)
	}
}

// ordinal is the ending of an ordinal number.
func ordinal(number string) string {
	if n := len(number); n < 2 || number[n-2] != '1' {
		switch number[n-1] {
		case '1':
			return "st"
		case '2':
			return "nd"
		case '3':
			return "rd"
		}
	}
	return "th"
}

// beforePoint says whether the next digit is the zero before the point, which is not
// written unless it is asked for.
func (w *numberWriter) beforePoint() bool {
	return w.t.zeroStart == 0 && w.digit == 0 && w.number[0] == '0' && w.t.post != 0
}

// pointOnly says whether nothing behind the point is shown.
func (w *numberWriter) pointOnly() bool { return w.relevant >= 0 && w.number[w.relevant] == '.' }

func (w *numberWriter) digits(kind byte) {
	t := w.t
	w.inside = false
	zeros := t.zeroStart > 0
	if !w.signed && (w.at >= w.blanks || zeros && w.zeroStart == w.at) && (!w.beforePoint() || w.pointOnly()) {
		w.writeSign()
	}
	switch {
	case w.at < w.blanks && (w.zeroStart > w.at || !zeros):
		if !t.fill {
			w.out.WriteByte(' ')
		}
	case zeros && w.at < w.blanks:
		w.out.WriteByte('0')
		w.inside = true
	default:
		w.next(kind)
	}
	end := w.count
	if w.blanks > 0 {
		end++
	}
	if t.decimal {
		end++
	}
	if w.relevant >= 0 && w.relevant == w.digit {
		end = w.at
	}
	if w.at+1 == end && !w.ended {
		switch {
		case w.signed && w.bracket && w.sign == '+':
			w.out.WriteByte(' ')
		case w.signed && w.bracket:
			w.out.WriteByte('>')
		case w.lsign == '>':
			w.out.WriteByte(w.sign)
		}
	}
	w.at++
}

func (w *numberWriter) writeSign() {
	switch {
	case w.lsign == '<':
		w.out.WriteByte(w.sign)
	case w.lsign != 0:
		return
	case w.bracket && w.sign == '+':
		w.out.WriteByte(' ')
	case w.bracket:
		w.out.WriteByte('<')
	case w.sign == '-':
		w.out.WriteByte('-')
	case !w.t.fill:
		w.out.WriteByte(' ')
	}
	w.signed = true
}

// next writes what comes next of the number.
func (w *numberWriter) next(kind byte) {
	if w.digit == len(w.number) {
		w.ended = w.relevant < 0 || kind == '0'
		return
	}
	switch c := w.number[w.digit]; {
	case c == '.':
		if !w.pointOnly() || w.t.fill {
			w.out.WriteByte('.')
		}
	case w.relevant >= 0 && w.digit > w.relevant && kind != '0':
	case w.beforePoint():
		if !w.t.fill {
			w.out.WriteByte(' ')
		} else if w.pointOnly() {
			w.out.WriteByte('0')
		}
	default:
		w.out.WriteByte(c)
		w.inside = true
	}
	w.digit++
}

// romanWidth is the room that a number in Roman numerals takes without FM.
const romanWidth = 15

var romans = []struct {
	value int64
	text  string
}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}}

func (t *numberTemplate) formatRoman(d *apd.Decimal) (string, error) {
	rounded := new(apd.Decimal)
	if d.Form != apd.Finite {
		return "", sqlerr.New(sqlerr.FeatureNotSupported, "cannot convert %s to integer", strings.ToLower(types.Numeric.Text(types.Object(d), types.DefaultEnv)))
	}
	types.RoundNumeric(rounded, d, 0)
	n, err := rounded.Int64()
	if err != nil || n > 1<<31-1 || n < -1<<31 {
		return "", sqlerr.New(sqlerr.NumericValueOutOfRange, "integer out of range")
	}
	text := strings.Repeat("#", romanWidth)
	if n > 0 && n < 4000 {
		text = ""
		for _, r := range romans {
			for ; n >= r.value; n -= r.value {
				text += r.text
			}
		}
	}
	var out strings.Builder
	for _, p := range t.parts {
		switch p.kind {
		case 'r', 'N':
			numeral := text
			if p.kind == 'r' {
				numeral = strings.ToLower(text)
			}
			if !t.fill {
				out.WriteString(strings.Repeat(" ", max(0, romanWidth-len(numeral))))
			}
			out.WriteString(numeral)
		case 'x':
			out.WriteString(p.text)
		case 'L':
			out.WriteByte(' ')
		}
	}
	return out.String(), nil
}

// formatScientific writes a number with an exponent.
func (t *numberTemplate) formatScientific(d *apd.Decimal) string {
	if d.Form != apd.Finite {
		fill := []byte(strings.Repeat("#", t.pre+t.post+6))
		fill[0] = ' '
		fill[t.pre+1] = '.'
		return string(fill)
	}
	exponent := int32(0)
	if d.Sign() != 0 {
		exponent = int32(d.NumDigits()) + d.Exponent - 1
	}
	mantissa := copyOf(d)
	mantissa.Exponent -= exponent
	rounded := new(apd.Decimal)
	types.RoundNumeric(rounded, mantissa, int32(t.post))
	text := string(types.AppendNumeric(nil, rounded))
	if text[0] != '-' {
		text = " " + text
	}
	sign, shown := "+", strconv.Itoa(int(exponent))
	if exponent < 0 {
		sign, shown = "-", shown[1:]
	}
	if len(shown) < 2 {
		shown = "0" + shown
	}
	return text + "e" + sign + shown
}
