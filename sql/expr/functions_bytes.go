package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// get_byte, set_byte, get_bit and set_bit, of bytea and of bit strings. The bits
// of a byte count from its lowest; those of a bit string from the left.

func init() {
	register(map[string]EvalFunc{
		"byteaGetByte": func(_ *Context, a []types.Datum) (types.Datum, error) {
			s, n := a[0].Str(), a[1].Int()
			if err := indexed(n, int64(len(s)), "index"); err != nil {
				return types.Null, err
			}
			return types.Int(int64(s[n])), nil
		},
		"byteaSetByte": func(_ *Context, a []types.Datum) (types.Datum, error) {
			b, n := []byte(a[0].Str()), a[1].Int()
			if err := indexed(n, int64(len(b)), "index"); err != nil {
				return types.Null, err
			}
			b[n] = byte(a[2].Int())
			return types.String(string(b)), nil
		},
		"byteaGetBit": func(_ *Context, a []types.Datum) (types.Datum, error) {
			s, n := a[0].Str(), a[1].Int()
			if err := indexed(n, 8*int64(len(s)), "index"); err != nil {
				return types.Null, err
			}
			return types.Int(int64(s[n/8] >> (n % 8) & 1)), nil
		},
		"byteaSetBit": func(_ *Context, a []types.Datum) (types.Datum, error) {
			b, n := []byte(a[0].Str()), a[1].Int()
			if err := indexed(n, 8*int64(len(b)), "index"); err != nil {
				return types.Null, err
			}
			if err := oneBit(a[2]); err != nil {
				return types.Null, err
			}
			b[n/8] = b[n/8]&^(1<<(n%8)) | byte(a[2].Int())<<(n%8)
			return types.String(string(b)), nil
		},
		"bitgetbit": func(_ *Context, a []types.Datum) (types.Datum, error) {
			s, n := a[0].Str(), a[1].Int()
			if err := indexed(n, int64(len(s)), "bit index"); err != nil {
				return types.Null, err
			}
			return types.Int(int64(s[n] - '0')), nil
		},
		"bitsetbit": func(_ *Context, a []types.Datum) (types.Datum, error) {
			s, n := a[0].Str(), a[1].Int()
			if err := indexed(n, int64(len(s)), "bit index"); err != nil {
				return types.Null, err
			}
			if err := oneBit(a[2]); err != nil {
				return types.Null, err
			}
			return types.String(s[:n] + string(rune('0'+a[2].Int())) + s[n+1:]), nil
		},
		"bit_and": bitwise(func(x, y byte) bool { return x == '1' && y == '1' }, "AND"),
		"bit_or":  bitwise(func(x, y byte) bool { return x == '1' || y == '1' }, "OR"),
		"bitxor":  bitwise(func(x, y byte) bool { return x != y }, "XOR"),
		"bitnot": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(strings.Map(func(r rune) rune { return '0' + '1' - r }, a[0].Str())), nil
		},
		"bitshiftleft":  shiftBits(1),
		"bitshiftright": shiftBits(-1),
	})
}

// indexed refuses an index outside of what is there.
func indexed(n, length int64, what string) error {
	switch {
	case n >= 0 && n < length:
		return nil
	case what == "index":
		return sqlerr.New(sqlerr.ArraySubscriptError, "index %d out of valid range, 0..%d", n, length-1)
	}
	return sqlerr.New(sqlerr.ArraySubscriptError, "%s %d out of valid range (0..%d)", what, n, length-1)
}

func oneBit(d types.Datum) error {
	if v := d.Int(); v != 0 && v != 1 {
		return sqlerr.New(sqlerr.InvalidParameterValue, "new bit must be 0 or 1")
	}
	return nil
}

func bitwise(f func(x, y byte) bool, name string) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		x, y := a[0].Str(), a[1].Str()
		if len(x) != len(y) {
			return types.Null, sqlerr.New("22026", "cannot %s bit strings of different sizes", name)
		}
		out := make([]byte, len(x))
		for i := range out {
			out[i] = '0'
			if f(x[i], y[i]) {
				out[i] = '1'
			}
		}
		return types.String(string(out)), nil
	}
}

// shiftBits moves bits to the left, or with -1 to the right; zeros follow.
func shiftBits(sign int64) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		s, n := a[0].Str(), sign*a[1].Int()
		switch length := int64(len(s)); {
		case n >= length || n <= -length:
			s = strings.Repeat("0", len(s))
		case n >= 0:
			s = s[n:] + strings.Repeat("0", int(n))
		default:
			s = strings.Repeat("0", int(-n)) + s[:length+n]
		}
		return types.String(s), nil
	}
}
