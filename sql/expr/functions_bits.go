package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Parts of bit strings.

// overlayBits is overlay(): n bits from a position on are replaced.
func overlayBits(a []types.Datum, n int64) (types.Datum, error) {
	s, with, from := a[0].Str(), a[1].Str(), a[2].Int()
	if from <= 0 {
		return types.Null, sqlerr.New(sqlerr.SubstringError, "negative substring length not allowed")
	}
	until := from + n
	if until > 1<<31-1 {
		return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "integer out of range")
	}
	before := s[:min(from-1, int64(len(s)))]
	after := ""
	if at := max(until-1, 0); at < int64(len(s)) {
		after = s[at:]
	}
	return types.String(before + with + after), nil
}

func init() {
	register(map[string]EvalFunc{
		"bitposition": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].Str() == "" && a[1].Str() == "" {
				return types.Int(0), nil
			}
			return types.Int(int64(strings.Index(a[0].Str(), a[1].Str()) + 1)), nil
		},
		"bitoverlay": func(_ *Context, a []types.Datum) (types.Datum, error) { return overlayBits(a, a[3].Int()) },
		"bitoverlay_no_len": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return overlayBits(a, int64(len(a[1].Str())))
		},
	})
}
