package expr

import (
	"cmp"
	"math"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Comparisons of rows, column by column. What a row's columns are is known only when it is
// there, so these fail where other comparisons are not found.

// recordComparison gives the code of a comparison of rows; image compares what is stored,
// as record_image_eq() and its kin do.
func recordComparison(symbol string, test func(int) bool) BinaryFunc {
	compare := compareColumns
	if strings.HasPrefix(symbol, "record_image_") {
		compare = compareImages
	}
	equality := strings.HasSuffix(symbol, "_eq") || strings.HasSuffix(symbol, "_ne")
	return func(_ *Context, a, b types.Datum) (types.Datum, error) {
		c, err := compareRecords(a.Record(), b.Record(), equality, compare)
		return types.Bool(test(c)), err
	}
}

// compareRecords compares rows by their first columns that differ; NULL comes last.
func compareRecords(a, b *types.Record, equality bool, compare func(t *types.Type, a, b types.Datum, equality bool) (int, error)) (int, error) {
	for i := range min(len(a.Values), len(b.Values)) {
		t, other := columnType(a, i), columnType(b, i)
		if !t.Same(other) {
			return 0, sqlerr.New(sqlerr.DatatypeMismatch, "cannot compare dissimilar column types %s and %s at record column %d", t, other, i+1)
		}
		x, y := a.Values[i], b.Values[i]
		c := 0
		switch {
		case x.IsNull() && y.IsNull():
		case x.IsNull():
			c = 1
		case y.IsNull():
			c = -1
		default:
			var err error
			if c, err = compare(t, x, y, equality); err != nil {
				return 0, err
			}
		}
		if c != 0 {
			return c, nil
		}
	}
	if len(a.Values) != len(b.Values) {
		return 0, sqlerr.New(sqlerr.DatatypeMismatch, "cannot compare record types with different numbers of columns")
	}
	return 0, nil
}

func columnType(r *types.Record, i int) *types.Type {
	if i >= len(r.Types) {
		return types.Text
	}
	return r.Types[i]
}

// compareColumns compares two values by the order of their type.
func compareColumns(t *types.Type, a, b types.Datum, equality bool) (int, error) {
	base := BaseType(t)
	switch {
	case base.Kind == types.KindComposite || base == types.RecordType:
		return compareRecords(a.Record(), b.Record(), equality, compareColumns)
	case (t == types.Unknown || !t.Comparable()) && equality:
		return 0, sqlerr.New(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", t)
	case t == types.Unknown || !t.Comparable():
		return 0, sqlerr.New(sqlerr.UndefinedFunction, "could not identify a comparison function for type %s", t)
	}
	return t.Compare(a, b), nil
}

// compareImages compares two values as PostgreSQL holds them: integers without their sign,
// and what is equal but not the same is different.
func compareImages(t *types.Type, a, b types.Datum, _ bool) (int, error) {
	switch base := BaseType(t); {
	case heldAsInt[base]:
		return cmp.Compare(uint64(a.Int()), uint64(b.Int())), nil
	case base == types.Float8:
		return cmp.Compare(math.Float64bits(a.Float()), math.Float64bits(b.Float())), nil
	case base == types.Float4:
		return cmp.Compare(math.Float32bits(float32(a.Float())), math.Float32bits(float32(b.Float()))), nil
	case base.Kind == types.KindComposite || base == types.RecordType:
		return compareRecords(a.Record(), b.Record(), false, compareImages)
	}
	if t.Comparable() {
		if c := t.Compare(a, b); c != 0 {
			return c, nil
		}
	}
	return strings.Compare(t.Text(a, types.DefaultEnv), t.Text(b, types.DefaultEnv)), nil
}
