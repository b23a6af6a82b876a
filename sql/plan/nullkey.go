package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// NullKey stands in the prefix of a Range where a key IS NULL: no value that is compared could be that.
type NullKey struct{ T *types.Type }

// Type is that of the index's key.
func (k *NullKey) Type() *types.Type { return k.T }

// Typmod is none.
func (k *NullKey) Typmod() int32 { return types.NoTypmod }

// Children are none.
func (k *NullKey) Children() []expr.Expr { return nil }

// WithChildren gives it as it is.
func (k *NullKey) WithChildren([]expr.Expr) expr.Expr { return k }

// Eval gives NULL.
func (k *NullKey) Eval(*expr.Context, types.Row) (types.Datum, error) { return types.Null, nil }

// noteNull takes what a conjunct says about a column that IS NULL.
func (s *Scan) noteNull(byColumn map[int16]*bounds, term *expr.IsNull) {
	if term.Negated || term.Arg.Type().Kind == types.KindComposite { // a row of NULLs is NULL too
		return
	}
	for _, num := range s.keyNumbers(term.Arg) {
		boundsOf(byColumn, num).null = term.Arg.Type()
	}
}
