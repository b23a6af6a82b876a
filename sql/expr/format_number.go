package expr

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// to_char and to_number over numbers.

// numberPart is one element of a numeric template.
type numberPart struct {
	kind byte // 9 0 . , S M(I) P(L) g(SG) R(PR) L r(rn) N(RN) t(th) T(TH) or literal 'x'
	text string
}

// numberTemplate is a parsed numeric template.
type numberTemplate struct {
	parts                                                         []numberPart
	pre, post                                                     int  // digit positions before and after the point
	multi                                                         int  // digit positions behind V
	zeroStart                                                     int  // the first 0 before the point, from 1; 0 is none
	zeroEnd                                                       int  // the digit positions up to the last 0
	lsign                                                         byte // of S: 0, '<' before the number, '>' behind it
	preSign                                                       int  // the digit positions before S
	decimal, fill, minus, plus, bracket, roman, shift, scientific bool
}

func templateError(format string, args ...any) error {
	return sqlerr.New(sqlerr.SyntaxError, format, args...)
}

func parseNumberTemplate(s string) (*numberTemplate, error) {
	t := &numberTemplate{}
	for i := 0; i < len(s); {
		upper := strings.ToUpper(s[i:])
		add := func(kind byte, n int) {
			t.parts = append(t.parts, numberPart{kind, s[i : i+n]})
			i += n
		}
		if t.scientific && upper[0] != '"' && strings.IndexByte("9.0,BDFGLMPRSTV", upper[0]) >= 0 {
			return nil, templateError(`"EEEE" must be the last pattern used`)
		}
		switch {
		case strings.HasPrefix(upper, "FM"):
			t.fill = true
			i += 2
		case strings.HasPrefix(upper, "EEEE"):
			switch {
			case t.scientific:
				return nil, templateError(`cannot use "EEEE" twice`)
			case t.zeroStart > 0 || t.fill || t.lsign != 0 || t.bracket || t.minus || t.plus || t.roman || t.shift:
				return nil, templateError(`"EEEE" is incompatible with other formats`).(*sqlerr.Error).
					WithDetail(`"EEEE" may only be used together with digit and decimal point patterns.`)
			}
			t.scientific = true
			i += 4
		case strings.HasPrefix(upper, "RN"):
			t.roman = true
			if s[i] == 'r' {
				add('r', 2)
			} else {
				add('N', 2)
			}
		case strings.HasPrefix(upper, "TH"):
			if s[i] == 't' {
				add('t', 2)
			} else {
				add('T', 2)
			}
		case strings.HasPrefix(upper, "MI"), strings.HasPrefix(upper, "PL"), strings.HasPrefix(upper, "SG"):
			if t.lsign != 0 {
				return nil, templateError(`cannot use "S" and "%s" together`, upper[:2])
			}
			t.minus, t.plus = t.minus || upper[0] != 'P', t.plus || upper[0] != 'M'
			if upper[0] == 'S' {
				add('g', 2)
			} else {
				add(upper[0], 2)
			}
		case strings.HasPrefix(upper, "PR"):
			if t.lsign != 0 || t.plus || t.minus {
				return nil, templateError(`cannot use "PR" and "S"/"PL"/"MI"/"SG" together`)
			}
			t.bracket = true
			i += 2
		case upper[0] == 'S':
			switch {
			case t.lsign != 0:
				return nil, templateError(`cannot use "S" twice`)
			case t.plus || t.minus || t.bracket:
				return nil, templateError(`cannot use "S" and "PL"/"MI"/"SG"/"PR" together`)
			}
			if t.lsign = '>'; !t.decimal {
				t.lsign, t.preSign = '<', t.pre
			}
			i++
		case upper[0] == '9' || upper[0] == '0':
			switch zero := upper[0] == '0'; {
			case t.bracket:
				return nil, templateError(`"%c" must be ahead of "PR"`, upper[0])
			case t.shift && !zero:
				t.multi++
			default:
				if zero && t.zeroStart == 0 && !t.decimal {
					t.zeroStart = t.pre + 1
				}
				if t.decimal {
					t.post++
				} else {
					t.pre++
				}
				if zero {
					t.zeroEnd = t.pre + t.post
				}
			}
			add(upper[0], 1)
		case upper[0] == '.' || upper[0] == 'D':
			switch {
			case t.decimal:
				return nil, templateError("multiple decimal points")
			case t.shift:
				return nil, templateError(`cannot use "V" and decimal point together`)
			}
			t.decimal = true
			add('.', 1)
		case upper[0] == ',' || upper[0] == 'G':
			add(',', 1)
		case upper[0] == 'B':
			i++
		case upper[0] == 'V':
			if t.decimal {
				return nil, templateError(`cannot use "V" and decimal point together`)
			}
			t.shift = true
			i++
		case upper[0] == 'L':
			add('L', 1)
		case upper[0] == '"':
			for i++; i < len(s); {
				if s[i] == '"' {
					i++
					break
				}
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				_, n := utf8.DecodeRuneInString(s[i:])
				add('x', n)
			}
		case strings.HasPrefix(upper, `\"`):
			i++
			add('x', 1)
		default:
			_, n := utf8.DecodeRuneInString(s[i:])
			add('x', n)
		}
	}
	return t, nil
}

// digits gives the number as it is written without its sign, of so many digits behind
// the point as there is room for, and the sign.
func (t *numberTemplate) digits(d *apd.Decimal) (text string, sign byte) {
	sign = '+'
	switch d.Form {
	case apd.Infinite:
		text = "Infinity"
	case apd.NaN, apd.NaNSignaling:
		text = "NaN"
	default:
		x := copyOf(d)
		if t.multi > 0 {
			x = numericMul(x, decimalOf(types.PowerOfTen(int64(t.multi)), 0))
		}
		r := new(apd.Decimal)
		types.RoundNumeric(r, x, int32(t.post))
		if r.Negative && r.Sign() != 0 {
			sign = '-'
		}
		r.Negative = false
		return string(types.AppendNumeric(nil, r)), sign
	}
	if d.Negative {
		sign = '-'
	}
	return text, sign
}

// format writes d.
func (t *numberTemplate) format(d *apd.Decimal) (string, error) {
	switch {
	case t.roman:
		return t.formatRoman(d)
	case t.scientific:
		return t.formatScientific(d), nil
	}
	number, sign := t.digits(d)
	return t.place(number, sign)
}

// place writes a number and its sign.
func (t *numberTemplate) place(number string, sign byte) (string, error) {
	whole, _, _ := strings.Cut(number, ".")
	pre := t.pre + t.multi
	w := &numberWriter{t: t, number: number, sign: sign, bracket: t.bracket, lsign: t.lsign}
	switch {
	case len(whole) < pre:
		w.blanks = pre - len(whole)
	case len(whole) > pre:
		w.number = strings.Repeat("#", pre) + "." + strings.Repeat("#", t.post)
	}
	return w.write(pre)
}

func numberToChar(toDecimal func(types.Datum) *apd.Decimal) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		t, err := numberTemplates.get(a[1].Str(), parseNumberTemplate)
		if err != nil {
			return types.Null, err
		}
		text, err := t.format(toDecimal(a[0]))
		return types.String(text), err
	}
}

// floatToChar is numberToChar of a float, of which so many digits are shown.
func floatToChar(digits int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		t, err := numberTemplates.get(a[1].Str(), parseNumberTemplate)
		if err != nil {
			return types.Null, err
		}
		f := a[0].Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			text, err := t.format(floatSpecial(f))
			return types.String(text), err
		}
		shifted := f * math.Pow10(t.multi)
		if digits < 15 {
			shifted = float64(float32(f) * float32(math.Pow10(t.multi)))
		}
		whole := len(strconv.FormatFloat(math.Abs(shifted), 'f', 0, 64))
		shown := *t
		shown.post = max(0, min(t.post, digits-whole))
		switch {
		case t.scientific:
			text := strconv.FormatFloat(f, 'e', t.post, 64)
			if text[0] != '-' {
				text = " " + text
			}
			return types.String(text), nil
		case t.roman:
			d, err := types.ParseNumeric(strconv.FormatFloat(min(max(math.RoundToEven(f), 0), 4000), 'f', 0, 64)) // others have no numeral
			if err != nil {
				return types.Null, err
			}
			text, err := t.formatRoman(d)
			return types.String(text), err
		}
		number, negative := strings.CutPrefix(strconv.FormatFloat(shifted, 'f', shown.post, 64), "-")
		sign := byte('+')
		if negative {
			sign = '-'
		}
		text, err := shown.place(number, sign)
		return types.String(text), err
	}
}

// toNumber is to_number(): the digits, sign and point of a text.
func toNumber(_ *Context, a []types.Datum) (types.Datum, error) {
	t, err := numberTemplates.get(a[1].Str(), parseNumberTemplate)
	if err != nil {
		return types.Null, err
	}
	var b strings.Builder
	negative, point := false, false
	n := 0
	for _, c := range a[0].Str() {
		switch {
		case c >= '0' && c <= '9':
			if point && n >= t.post || !point && n >= t.pre+t.multi && t.post == 0 {
				continue
			}
			b.WriteRune(c)
			n++
		case c == '-' || c == '<':
			negative = true
		case c == '.' && t.decimal && !point:
			b.WriteRune('.')
			point, n = true, 0
		}
	}
	text := b.String()
	if negative {
		text = "-" + text
	}
	d, err := types.ParseNumeric(text)
	if err != nil {
		return types.Null, sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid input syntax for type numeric: \"%s\"", a[0].Str())
	}
	if t.multi > 0 {
		d = quotient(d, decimalOf(types.PowerOfTen(int64(t.multi)), 0), int32(max(minSigDigits, t.multi)), true)
	}
	return types.NumericDatum(d)
}

func init() {
	fromInt := func(d types.Datum) *apd.Decimal { return apd.New(d.Int(), 0) }
	register(map[string]EvalFunc{
		"int4_to_char": numberToChar(fromInt), "int8_to_char": numberToChar(fromInt), "numeric_to_char": numberToChar(num),
		"float4_to_char": floatToChar(6), "float8_to_char": floatToChar(15), "numeric_to_number": toNumber,
	})
}
