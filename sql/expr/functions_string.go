package expr

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions of text and bytea.

func text1(f func(s string) string) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.String(f(a[0].Str())), nil }
}

func text2(f func(s, t string) string) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		return types.String(f(a[0].Str(), a[1].Str())), nil
	}
}

func length(f func(s string) int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Int(int64(f(a[0].Str()))), nil }
}

// runeAt gives the byte offset of the n-th character.
func runeAt(s string, n int64) int {
	at := 0
	for ; n > 0 && at < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}

func negativeSubstring() error {
	return sqlerr.New(sqlerr.SubstringError, "negative substring length not allowed")
}

// substring is substring(s from start for n); bytes counts bytes.
func substring(bytes bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		s, start := a[0].Str(), a[1].Int()
		size := int64(len(s))
		if !bytes {
			size = int64(utf8.RuneCountInString(s))
		}
		end := size + 1
		if len(a) > 2 {
			if a[2].Int() < 0 {
				return types.Null, negativeSubstring()
			}
			end = min(end, start+a[2].Int())
		}
		start = max(start, 1)
		if start >= end {
			return types.String(""), nil
		}
		if bytes {
			return types.String(s[start-1 : end-1]), nil
		}
		from := runeAt(s, start-1)
		return types.String(s[from : from+runeAt(s[from:], end-start)]), nil
	}
}

func overlay(bytes bool) EvalFunc {
	sub := substring(bytes)
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		s, with, start := a[0], a[1].Str(), a[2].Int()
		n := int64(utf8.RuneCountInString(with))
		if bytes {
			n = int64(len(with))
		}
		if len(a) > 3 {
			n = a[3].Int()
		}
		switch {
		case start <= 0:
			return types.Null, negativeSubstring()
		case start+n > math.MaxInt32:
			return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "integer out of range")
		}
		head, err := sub(c, []types.Datum{s, types.Int(1), types.Int(start - 1)})
		if err != nil {
			return types.Null, err
		}
		tail, err := sub(c, []types.Datum{s, types.Int(start + n)})
		return types.String(head.Str() + with + tail.Str()), err
	}
}

func trimmer(f func(s, cut string) string) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		cut := " "
		if len(a) > 1 {
			cut = a[1].Str()
		}
		if cut == "" {
			return a[0], nil
		}
		return types.String(f(a[0].Str(), cut)), nil
	}
}

// pad is lpad and rpad.
func pad(left bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		s, n, fill := a[0].Str(), max(a[1].Int(), 0), " "
		if len(a) > 2 {
			fill = a[2].Str()
		}
		have := int64(utf8.RuneCountInString(s))
		if have >= n || fill == "" {
			return types.String(s[:runeAt(s, n)]), nil
		}
		if n > 1<<28 {
			return types.Null, tooLong()
		}
		width := int64(utf8.RuneCountInString(fill))
		filler := strings.Repeat(fill, int((n-have)/width)+1)
		filler = filler[:runeAt(filler, n-have)]
		if left {
			return types.String(filler + s), nil
		}
		return types.String(s + filler), nil
	}
}

func initcap(s string) string {
	start := true
	return strings.Map(func(r rune) rune {
		out := unicode.ToLower(r)
		if start {
			out = unicode.ToUpper(r)
		}
		start = !unicode.IsLetter(r) && !unicode.IsDigit(r)
		return out
	}, s)
}

func translate(s, from, to string) string {
	target := []rune(to)
	table := map[rune]rune{}
	i := 0
	for _, r := range from {
		if _, dup := table[r]; !dup {
			table[r] = -1
			if i < len(target) {
				table[r] = target[i]
			}
		}
		i++
	}
	return strings.Map(func(r rune) rune {
		if v, ok := table[r]; ok {
			return v
		}
		return r
	}, s)
}

func splitPart(_ *Context, a []types.Datum) (types.Datum, error) {
	s, sep, n := a[0].Str(), a[1].Str(), int(a[2].Int())
	if n == 0 {
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "field position must not be zero")
	}
	parts := []string{s}
	if sep != "" {
		parts = strings.Split(s, sep)
	}
	if n < 0 {
		n += len(parts) + 1
	}
	if n < 1 || n > len(parts) {
		return types.String(""), nil
	}
	return types.String(parts[n-1]), nil
}

func encodeBytes(s, format string) (string, error) {
	switch strings.ToLower(format) {
	case "hex":
		return hex.EncodeToString([]byte(s)), nil
	case "escape":
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			switch c := s[i]; {
			case c == 0 || c >= 0x80:
				fmt.Fprintf(&b, "\\%03o", c)
			case c == '\\':
				b.WriteString(`\\`)
			default:
				b.WriteByte(c)
			}
		}
		return b.String(), nil
	case "base64":
		out := base64.StdEncoding.EncodeToString([]byte(s))
		var b strings.Builder
		for len(out) > 76 {
			b.WriteString(out[:76] + "\n")
			out = out[76:]
		}
		return b.String() + out, nil
	}
	return "", sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized encoding: \"%s\"", format)
}

func decodeBytes(s, format string) (string, error) {
	switch strings.ToLower(format) {
	case "hex":
		b, err := types.DecodeHex(s)
		return string(b), err
	case "escape":
		b, err := types.ParseBytea(strings.Replace(s, `\x`, `\\x`, 1))
		return string(b), err
	case "base64":
		clean := strings.NewReplacer(" ", "", "\n", "", "\t", "", "\r", "").Replace(s)
		b, err := base64.StdEncoding.DecodeString(clean)
		if err != nil {
			return "", sqlerr.New(sqlerr.InvalidParameterValue, "invalid base64 end sequence").WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
		}
		return string(b), nil
	}
	return "", sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized encoding: \"%s\"", format)
}

func digest(f func(b []byte) []byte) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) { return types.Bytes(f([]byte(a[0].Str()))), nil }
}

func md5Hex(s string) string {
	sum := md5.Sum([]byte(s))
	return hex.EncodeToString(sum[:])
}

func chr(_ *Context, a []types.Datum) (types.Datum, error) {
	n := a[0].Int()
	switch {
	case n == 0:
		return types.Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "null character not permitted")
	case n < 0:
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "character number must be positive")
	case n > utf8.MaxRune || !utf8.ValidRune(rune(n)):
		return types.Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "requested character too large for encoding: %d", n)
	}
	return types.String(string(rune(n))), nil
}

// textFormat is format(): %s, %I, %L, %% with positions and widths.
func textFormat(args []*types.Type, _ *types.Type) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		if a[0].IsNull() {
			return types.Null, nil
		}
		s := a[0].Str()
		var b strings.Builder
		next := 1
		number := func(i int) (int, int) {
			start := i
			for i < len(s) && s[i] >= '0' && s[i] <= '9' {
				i++
			}
			n := 0
			if i > start {
				n, _ = strconv.Atoi(s[start:i])
			}
			return n, i
		}
		tooFew := func() error {
			return sqlerr.New(sqlerr.InvalidParameterValue, "too few arguments for format()")
		}
		unterminated := func() error {
			return sqlerr.New(sqlerr.InvalidParameterValue, "unterminated format() type specifier").WithHint("For a single %q use %q.", "%", "%%")
		}
		for i := 0; i < len(s); i++ {
			if s[i] != '%' {
				end := strings.IndexByte(s[i:], '%')
				if end < 0 {
					end = len(s) - i
				}
				b.WriteString(s[i : i+end])
				i += end - 1
				continue
			}
			i++
			if i >= len(s) {
				return types.Null, unterminated()
			}
			if s[i] == '%' {
				b.WriteByte('%')
				continue
			}
			position, width, left := 0, 0, false
			if n, j := number(i); j > i && j < len(s) && s[j] == '$' {
				if n == 0 {
					return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
				}
				position, i = n, j+1
			}
			for i < len(s) && s[i] == '-' {
				left = true
				i++
			}
			if i < len(s) && s[i] == '*' {
				i++
				from := next
				if n, j := number(i); j > i && j < len(s) && s[j] == '$' {
					if n == 0 {
						return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
					}
					from, i = n, j+1
				} else if j > i {
					return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "width argument position must be ended by \"$\"")
				}
				if from >= len(a) {
					return types.Null, tooFew()
				}
				if !a[from].IsNull() {
					width = int(a[from].Int())
				}
				if width < 0 {
					left, width = true, -width
				}
				next = from + 1
			} else {
				width, i = number(i)
			}
			if i >= len(s) {
				return types.Null, unterminated()
			}
			verb := s[i]
			if verb != 's' && verb != 'I' && verb != 'L' {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized format() type specifier \"%c\"", verb).WithHint("For a single %q use %q.", "%", "%%")
			}
			at := next
			if position > 0 {
				at = position
			}
			if at >= len(a) {
				return types.Null, tooFew()
			}
			next = at + 1
			out := ""
			switch {
			case !a[at].IsNull():
				out = args[at].Text(a[at], c.env())
				if verb == 'I' {
					out = QuoteIdent(out)
				} else if verb == 'L' {
					out = QuoteLiteral(out)
				}
			case verb == 'I':
				return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
			case verb == 'L':
				out = "NULL"
			}
			if width > maxValueBytes-b.Len()-len(out) {
				return types.Null, outOfMemory()
			}
			fill := ""
			if width > 0 {
				fill = strings.Repeat(" ", max(0, width-utf8.RuneCountInString(out)))
			}
			if left {
				b.WriteString(out)
				b.WriteString(fill)
			} else {
				b.WriteString(fill)
				b.WriteString(out)
			}
		}
		return types.String(b.String()), nil
	}
}

func likeCall(fold, negated bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		p, err := CompileLike(a[1].Str(), fold)
		if err != nil {
			return types.Null, err
		}
		return types.Bool(p.Match(a[0].Str()) != negated), nil
	}
}

// concatTyped joins the texts of any values; NULLs are left out.
func concatTyped(first int) TypedFunc {
	return func(args []*types.Type, _ *types.Type) EvalFunc {
		return func(c *Context, a []types.Datum) (types.Datum, error) {
			sep := ""
			if first == 1 {
				if a[0].IsNull() {
					return types.Null, nil
				}
				sep = a[0].Str()
			}
			var room [128]byte
			out, some := room[:0], false
			for i := first; i < len(a); i++ {
				if a[i].IsNull() {
					continue
				}
				if some {
					out = append(out, sep...)
				}
				out, some = args[i].AppendText(out, a[i], c.env()), true
			}
			return types.String(string(out)), nil
		}
	}
}

func init() {
	for _, t := range []string{"text", "name", "bpchar", "bytea"} {
		evalCode[t+"like"], evalCode[t+"nlike"] = likeCall(false, false), likeCall(false, true)
		evalCode[t+"iclike"], evalCode[t+"icnlike"] = likeCall(true, false), likeCall(true, true)
	}
	leftRight := func(right bool) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			s, n := a[0].Str(), a[1].Int()
			size := int64(utf8.RuneCountInString(s))
			if n < 0 {
				n = max(0, size+n)
			}
			n = min(n, size)
			if right {
				return types.String(s[runeAt(s, size-n):]), nil
			}
			return types.String(s[:runeAt(s, n)]), nil
		}
	}
	position := func(s, sub string) int {
		i := strings.Index(s, sub)
		if i < 0 {
			return 0
		}
		return utf8.RuneCountInString(s[:i]) + 1
	}
	escape := func(_ *Context, a []types.Datum) (types.Datum, error) {
		esc := `\`
		if len(a) > 1 {
			esc = a[1].Str()
		}
		s, err := likeEscape(a[0].Str(), esc)
		return types.String(s), err
	}
	hexOf := func(bits int) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			v := uint64(a[0].Int())
			if bits == 32 {
				v = uint64(uint32(v))
			}
			return types.String(strconv.FormatUint(v, 16)), nil
		}
	}
	registerTyped(map[string]TypedFunc{
		"sql:bit_length": func(args []*types.Type, _ *types.Type) EvalFunc {
			if args[0] == types.Bit || args[0] == types.Varbit {
				return length(func(s string) int { return len(s) })
			}
			return length(func(s string) int { return 8 * len(s) })
		},
	})
	register(map[string]EvalFunc{
		"textcat": textConcat, "byteacat": textConcat, "bitcat": textConcat, "lower": text1(strings.ToLower), "upper": text1(strings.ToUpper), "initcap": text1(initcap),
		"textlen": length(utf8.RuneCountInString), "bpcharlen": length(func(s string) int { return utf8.RuneCountInString(strings.TrimRight(s, " ")) }),
		"textoctetlen": length(func(s string) int { return len(s) }), "byteaoctetlen": length(func(s string) int { return len(s) }), "bpcharoctetlen": length(func(s string) int { return len(s) }),
		"bitlength":      length(func(s string) int { return len(s) }),
		"bitoctetlength": length(func(s string) int { return (len(s) + 7) / 8 }),
		"length_in_encoding": func(_ *Context, a []types.Datum) (types.Datum, error) {
			d, err := convertEncoding(a[0].Str(), a[1].Str(), "UTF8")
			if err == nil {
				err = types.CheckText(d.Str())
			}
			return types.Int(int64(utf8.RuneCountInString(d.Str()))), err
		},
		"text_substr": substring(false), "text_substr_no_len": substring(false), "bytea_substr": substring(true), "bytea_substr_no_len": substring(true),
		"bitsubstr": substring(true), "bitsubstr_no_len": substring(true),
		"textoverlay": overlay(false), "textoverlay_no_len": overlay(false), "byteaoverlay": overlay(true), "byteaoverlay_no_len": overlay(true),
		"textpos": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(position(a[0].Str(), a[1].Str()))), nil
		},
		"byteapos": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(strings.Index(a[0].Str(), a[1].Str()) + 1)), nil
		},
		"replace_text": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[1].Str() == "" {
				return a[0], nil
			}
			if by := len(a[2].Str()) - len(a[1].Str()); by > 0 && len(a[0].Str()) > maxValueBytes/(by+1) &&
				strings.Count(a[0].Str(), a[1].Str()) > (maxValueBytes-len(a[0].Str()))/by {
				return types.Null, outOfMemory()
			}
			return types.String(strings.ReplaceAll(a[0].Str(), a[1].Str(), a[2].Str())), nil
		},
		"btrim": trimmer(strings.Trim), "btrim1": trimmer(strings.Trim), "ltrim": trimmer(strings.TrimLeft), "ltrim1": trimmer(strings.TrimLeft),
		"rtrim": trimmer(strings.TrimRight), "rtrim1": trimmer(strings.TrimRight),
		"byteatrim": trimmer(trimBytes(true, true)), "bytealtrim": trimmer(trimBytes(true, false)), "byteartrim": trimmer(trimBytes(false, true)),
		"lpad": pad(true), "sql:lpad": pad(true), "rpad": pad(false), "sql:rpad": pad(false),
		"text_left": leftRight(false), "text_right": leftRight(true),
		"repeat": func(_ *Context, a []types.Datum) (types.Datum, error) {
			n := max(a[1].Int(), 0)
			if len(a[0].Str()) > 0 && n > maxValueBytes/int64(len(a[0].Str())) {
				return types.Null, tooLong()
			}
			return types.String(strings.Repeat(a[0].Str(), int(n))), nil
		},
		"text_reverse": text1(func(s string) string {
			r := []rune(s)
			for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
				r[i], r[j] = r[j], r[i]
			}
			return string(r)
		}),
		"split_part": splitPart, "text_split": splitPart,
		"ascii": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].Str() == "" {
				return types.Int(0), nil
			}
			r, _ := utf8.DecodeRuneInString(a[0].Str())
			return types.Int(int64(r)), nil
		},
		"chr": chr, "md5_text": text1(md5Hex), "md5_bytea": text1(md5Hex),
		"sha224_bytea": digest(func(b []byte) []byte { s := sha256.Sum224(b); return s[:] }), "sha256_bytea": digest(func(b []byte) []byte { s := sha256.Sum256(b); return s[:] }),
		"sha384_bytea": digest(func(b []byte) []byte { s := sha512.Sum384(b); return s[:] }), "sha512_bytea": digest(func(b []byte) []byte { s := sha512.Sum512(b); return s[:] }),
		"crc32": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(crc32.ChecksumIEEE([]byte(a[0].Str())))), nil
		},
		"binary_encode": func(_ *Context, a []types.Datum) (types.Datum, error) {
			s, err := encodeBytes(a[0].Str(), a[1].Str())
			return types.String(s), err
		},
		"binary_decode": func(_ *Context, a []types.Datum) (types.Datum, error) {
			s, err := decodeBytes(a[0].Str(), a[1].Str())
			return types.String(s), err
		},
		"pg_convert_to": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return convertEncoding(a[0].Str(), "UTF8", a[1].Str())
		},
		"pg_convert_from": func(_ *Context, a []types.Datum) (types.Datum, error) {
			d, err := convertEncoding(a[0].Str(), a[1].Str(), "UTF8")
			if err == nil {
				err = types.CheckText(d.Str())
			}
			return d, err
		},
		"pg_convert": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return convertEncoding(a[0].Str(), a[1].Str(), a[2].Str())
		},
		"quote_ident": text1(QuoteIdent), "quote_literal": text1(QuoteLiteral),
		"quote_nullable": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].IsNull() {
				return types.String("NULL"), nil
			}
			return types.String(QuoteLiteral(a[0].Str())), nil
		},
		"to_hex32": hexOf(32), "to_hex64": hexOf(64),
		"text_starts_with": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(strings.HasPrefix(a[0].Str(), a[1].Str())), nil
		},
		"translate": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(translate(a[0].Str(), a[1].Str(), a[2].Str())), nil
		},
		"like_escape": escape, "like_escape_bytea": escape,
		"namecat":       textConcat,
		"bit_bit_count": length(func(s string) int { return strings.Count(s, "1") }),
		"bytea_bit_count": length(func(s string) int {
			n := 0
			for i := range len(s) {
				n += bits.OnesCount8(s[i])
			}
			return n
		}),
	})
	registerTyped(map[string]TypedFunc{
		"text_concat": concatTyped(0), "text_concat_ws": concatTyped(1), "text_format": textFormat, "text_format_nv": textFormat,
		"sql:anytextcat": func(args []*types.Type, _ *types.Type) EvalFunc {
			return func(c *Context, a []types.Datum) (types.Datum, error) {
				return types.String(castText(c, args[0], a[0]) + a[1].Str()), nil
			}
		},
		"sql:textanycat": func(args []*types.Type, _ *types.Type) EvalFunc {
			return func(c *Context, a []types.Datum) (types.Datum, error) {
				return types.String(c.join(a[0].Str(), castText(c, args[1], a[1]))), nil
			}
		},
		"sql:quote_literal": func(args []*types.Type, _ *types.Type) EvalFunc {
			return func(c *Context, a []types.Datum) (types.Datum, error) {
				return types.String(QuoteLiteral(castText(c, args[0], a[0]))), nil
			}
		},
		"sql:quote_nullable": func(args []*types.Type, _ *types.Type) EvalFunc {
			return func(c *Context, a []types.Datum) (types.Datum, error) {
				if a[0].IsNull() {
					return types.String("NULL"), nil
				}
				return types.String(QuoteLiteral(castText(c, args[0], a[0]))), nil
			}
		},
	})
}

// castText is a value's ::text, which for boolean is not its output form.
func castText(c *Context, t *types.Type, d types.Datum) string {
	if BaseType(t) == types.Boolean {
		return strconv.FormatBool(d.Bool())
	}
	switch BaseType(t) {
	case types.BPChar:
		return strings.TrimRight(d.Str(), " ")
	case types.Inet, types.CIDR:
		if shown, err := networkShow(c, []types.Datum{d}); err == nil {
			return shown.Str()
		}
	}
	return t.Text(d, c.env())
}

func trimBytes(left, right bool) func(s, cut string) string {
	return func(s, cut string) string {
		for left && s != "" && strings.IndexByte(cut, s[0]) >= 0 {
			s = s[1:]
		}
		for right && s != "" && strings.IndexByte(cut, s[len(s)-1]) >= 0 {
			s = s[:len(s)-1]
		}
		return s
	}
}

// convertEncoding gives text in another encoding; one of the two is UTF-8, or they are
// the same.
func convertEncoding(s, from, to string) (types.Datum, error) {
	source, target := types.CharsetNamed(from), types.CharsetNamed(to)
	switch {
	case source == nil:
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, `invalid source encoding name "%s"`, from)
	case target == nil:
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, `invalid destination encoding name "%s"`, to)
	case source == target, !source.Converts() && !target.Converts():
		return types.String(s), nil
	case source.Converts() && target.Converts():
		return types.Null, sqlerr.New(sqlerr.UndefinedFunction, `default conversion function for encoding "%s" to "%s" does not exist`, source.Name, target.Name)
	case source.Converts():
		text, err := source.Decode([]byte(s))
		return types.String(text), err
	}
	if err := types.CheckText(s); err != nil {
		return types.Null, err
	}
	b, err := target.Encode(nil, s)
	return types.Bytes(b), err
}
