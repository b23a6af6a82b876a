package expr

import (
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// to_char and to_number over numbers: the templates of 9, 0, D, G, S, MI, PL,
// SG, PR, FM and V. EEEE, RN and TH are refused.

// numberPart is one element of a numeric template.
type numberPart struct {
	kind byte // 9 0 . , S M(I) P(L) g(SG) R(PR) or literal 'x'
	text string
}

// numberTemplate is a parsed numeric template.
type numberTemplate struct {
	parts        []numberPart
	fill         bool // FM
	pre, post    int  // digit positions before and after the point
	zeroFrom     int  // the first 0 before the point, counted from the left, or -1
	lastZero     int  // the last 0 after the point, 1-based, or 0
	sign         byte // 0, 'S', 'M', 'P', 'g', 'R'
	point, shift bool
	shiftDigits  int
}

func parseNumberTemplate(s string) (*numberTemplate, error) {
	t := &numberTemplate{zeroFrom: -1}
	for i := 0; i < len(s); {
		upper := strings.ToUpper(s[i:])
		add := func(kind byte, n int) {
			t.parts = append(t.parts, numberPart{kind, s[i : i+n]})
			i += n
		}
		switch {
		case strings.HasPrefix(upper, "FM"):
			t.fill = true
			i += 2
		case strings.HasPrefix(upper, "EEEE"), strings.HasPrefix(upper, "RN"), strings.HasPrefix(upper, "TH"):
			return nil, sqlerr.Unsupported("numeric format \"%s\"", s)
		case strings.HasPrefix(upper, "MI"):
			t.sign = 'M'
			add('M', 2)
		case strings.HasPrefix(upper, "PL"):
			t.sign = 'P'
			add('P', 2)
		case strings.HasPrefix(upper, "SG"):
			t.sign = 'g'
			add('g', 2)
		case strings.HasPrefix(upper, "PR"):
			t.sign = 'R'
			add('R', 2)
		case upper[0] == 'S':
			t.sign = 'S'
			add('S', 1)
		case upper[0] == '9' || upper[0] == '0':
			switch {
			case t.shift:
				t.shiftDigits++
				t.pre++
			case t.point:
				t.post++
				if upper[0] == '0' {
					t.lastZero = t.post
				}
			default:
				if upper[0] == '0' && t.zeroFrom < 0 {
					t.zeroFrom = t.pre
				}
				t.pre++
			}
			add(upper[0], 1)
		case upper[0] == '.' || upper[0] == 'D':
			if t.point {
				return nil, sqlerr.New(sqlerr.SyntaxError, "multiple decimal points")
			}
			t.point = true
			add('.', 1)
		case upper[0] == ',' || upper[0] == 'G':
			add(',', 1)
		case upper[0] == 'V':
			t.shift = true
			i++
		case upper[0] == 'L':
			i++
			t.parts = append(t.parts, numberPart{'x', ""})
		case upper[0] == '"':
			end := strings.IndexByte(s[i+1:], '"')
			if end < 0 {
				end = len(s) - i - 1
			}
			t.parts = append(t.parts, numberPart{'x', s[i+1 : i+1+end]})
			i = min(len(s), i+end+2)
		default:
			add('x', 1)
		}
	}
	return t, nil
}

// digits gives what stands before and after the point. An infinity has more
// digits than there is room for, and NaN stands for some.
func (t *numberTemplate) digits(d *apd.Decimal) (negative bool, whole, frac string) {
	switch d.Form {
	case apd.Infinite:
		return d.Negative, strings.Repeat("9", t.pre+1), strings.Repeat("0", t.post)
	case apd.NaN, apd.NaNSignaling:
		return false, "NaN", ""
	}
	x := copyOf(d)
	if t.shiftDigits > 0 {
		x = numericMul(x, decimalOf(tenTo(int64(t.shiftDigits)), 0))
	}
	r := new(apd.Decimal)
	types.RoundNumeric(r, x, int32(t.post))
	negative = d.Negative && d.Sign() != 0 && r.Sign() != 0
	r.Negative = false
	if whole, frac, _ = strings.Cut(string(types.AppendNumeric(nil, r)), "."); whole == "0" {
		whole = ""
	}
	return negative, whole, frac
}

// format writes d.
func (t *numberTemplate) format(d *apd.Decimal) string {
	negative, whole, frac := t.digits(d)
	overflow := len(whole) > t.pre
	if t.fill && d.Form == apd.Finite && !overflow {
		keep := len(frac)
		for keep > t.lastZero && frac[keep-1] == '0' {
			keep--
		}
		frac = frac[:keep]
	}
	pad := t.pre - len(whole)
	var out strings.Builder
	seen, at, post := false, 0, 0
	lead := 0 // blanks that come before the sign and the first digit
	var body strings.Builder
	for _, p := range t.parts {
		switch p.kind {
		case '9', '0':
			switch {
			case t.point && at >= t.pre:
				if post < len(frac) {
					if overflow {
						body.WriteByte('#')
					} else {
						body.WriteByte(frac[post])
					}
				}
				post++
				continue
			case overflow:
				body.WriteByte('#')
				seen = true
			case at >= pad:
				body.WriteByte(whole[at-pad])
				seen = true
			case t.zeroFrom >= 0 && at >= t.zeroFrom:
				body.WriteByte('0')
				seen = true
			case !t.point && at == t.pre-1 && whole == "":
				body.WriteByte('0') // a lone zero
				seen = true
			case !t.fill:
				lead++
			}
			at++
		case ',':
			if seen {
				body.WriteByte(',')
			} else if !t.fill {
				lead++
			}
		case '.':
			if d.Form == apd.NaN && !overflow {
				continue
			}
			if !seen && t.fill && whole == "" && at == t.pre && frac == "" && t.pre > 0 {
				body.WriteByte('0')
			}
			body.WriteByte('.')
			seen = true
		case 'x':
			if at == 0 && !seen { // before the number, and so before its sign
				out.WriteString(p.text)
			} else {
				body.WriteString(p.text)
			}
		}
	}
	digits := body.String()
	blanks := strings.Repeat(" ", lead)
	signAtEnd := len(t.parts) > 0 && t.parts[len(t.parts)-1].kind == t.sign && t.sign != 0
	mark := func(minus, plus string) string {
		if negative {
			return minus
		}
		return plus
	}
	plusBlank := " "
	if t.fill {
		plusBlank = ""
	}
	switch t.sign {
	case 'S':
		if signAtEnd {
			out.WriteString(blanks + digits + mark("-", "+"))
		} else {
			out.WriteString(blanks + mark("-", "+") + digits)
		}
	case 'g':
		if signAtEnd {
			out.WriteString(blanks + digits + mark("-", "+"))
		} else {
			out.WriteString(mark("-", "+") + blanks + digits)
		}
	case 'M':
		if signAtEnd {
			out.WriteString(blanks + digits + mark("-", plusBlank))
		} else {
			out.WriteString(mark("-", plusBlank) + blanks + digits)
		}
	case 'P':
		if signAtEnd {
			out.WriteString(mark("-", plusBlank) + blanks + digits + mark(plusBlank, "+"))
		} else {
			out.WriteString(mark(plusBlank, "+") + blanks + mark("-", plusBlank) + digits)
		}
	case 'R':
		if negative {
			out.WriteString(blanks + "<" + digits + ">")
		} else {
			out.WriteString(plusBlank + blanks + digits + plusBlank)
		}
	default:
		out.WriteString(blanks + mark("-", plusBlank) + digits)
	}
	return out.String()
}

func numberToChar(toDecimal func(types.Datum) *apd.Decimal) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		t, err := parseNumberTemplate(a[1].Str())
		if err != nil {
			return types.Null, err
		}
		return types.String(t.format(toDecimal(a[0]))), nil
	}
}

// toNumber is to_number(): the digits, sign and point of a text.
func toNumber(_ *Context, a []types.Datum) (types.Datum, error) {
	t, err := parseNumberTemplate(a[1].Str())
	if err != nil {
		return types.Null, err
	}
	var b strings.Builder
	negative, point := false, false
	n := 0
	for _, c := range a[0].Str() {
		switch {
		case c >= '0' && c <= '9':
			if point && n >= t.post || !point && n >= t.pre && t.post == 0 {
				continue
			}
			b.WriteRune(c)
			n++
		case c == '-' || c == '<':
			negative = true
		case c == '.' && t.point && !point:
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
	if t.shiftDigits > 0 {
		d = quotient(d, decimalOf(tenTo(int64(t.shiftDigits)), 0), int32(max(minSigDigits, t.shiftDigits)), true)
	}
	return types.NumericDatum(d)
}

func init() {
	fromInt := func(d types.Datum) *apd.Decimal { return apd.New(d.Int(), 0) }
	fromFloat := func(digits int) func(types.Datum) *apd.Decimal {
		return func(d types.Datum) *apd.Decimal {
			f := d.Float()
			if math.IsNaN(f) || math.IsInf(f, 0) {
				return floatSpecial(f)
			}
			n, err := types.ParseNumeric(strconv.FormatFloat(f, 'g', digits, 64))
			if err != nil {
				return &apd.Decimal{Form: apd.NaN}
			}
			return n
		}
	}
	register(map[string]EvalFunc{
		"int4_to_char": numberToChar(fromInt), "int8_to_char": numberToChar(fromInt), "numeric_to_char": numberToChar(num),
		"float4_to_char": numberToChar(fromFloat(6)), "float8_to_char": numberToChar(fromFloat(15)), "numeric_to_number": toNumber,
	})
}
