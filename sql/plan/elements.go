package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// column = ANY (array) reads ranges of an index that are known only when the array is: a
// parameter's elements, or the rows of ARRAY(SELECT ...).

const (
	// elementParts is in how many parts the elements of an array are taken: two, so
	// that nobody takes the column for one that has a single value.
	elementParts = 2
	// guessedElements is how many an array is taken to have that nothing is known of, as
	// in PostgreSQL.
	guessedElements = 10
)

// Elements stands in the prefix of a Range for the elements of an array that are not NULL, or for
// every Parts-th of them from Part on: the range is as many as these.
type Elements struct {
	Array       expr.Expr
	Part, Parts int
	// Each is how many they are expected to be.
	Each float64
	T    *types.Type // of the index's key
}

// Type is that of an element, as the index has it.
func (e *Elements) Type() *types.Type { return e.T }

// Typmod is none.
func (e *Elements) Typmod() int32 { return types.NoTypmod }

// Children is the array.
func (e *Elements) Children() []expr.Expr { return []expr.Expr{e.Array} }

// WithChildren gives a copy with another array.
func (e *Elements) WithChildren(children []expr.Expr) expr.Expr {
	c := *e
	c.Array = children[0]
	return &c
}

// Eval is an error: see PrefixValues.
func (e *Elements) Eval(*expr.Context, types.Row) (types.Datum, error) {
	return types.Null, sqlerr.Internal("the elements of an array as one value")
}

// values are the elements.
func (e *Elements) values(c *expr.Context) ([]types.Datum, error) {
	v, err := e.Array.Eval(c, nil)
	if err != nil || v.IsNull() {
		return nil, err
	}
	var out []types.Datum
	for i, d := range v.Array().Elems {
		if i%e.Parts == e.Part && !d.IsNull() {
			out = append(out, d)
		}
	}
	return out, nil
}

// HasElements says whether a range is several, one for each element of an array.
func (r *Range) HasElements() bool {
	return slices.ContainsFunc(r.Prefix, func(e expr.Expr) bool { _, is := e.(*Elements); return is })
}

// PrefixValues computes the prefixes of a range: one, or as many as its array has elements. There is
// none where a value is NULL.
func (r *Range) PrefixValues(c *expr.Context) ([][]types.Datum, error) {
	all := [][]types.Datum{nil}
	for _, e := range r.Prefix {
		var values []types.Datum
		if elements, ok := e.(*Elements); ok {
			var err error
			if values, err = elements.values(c); err != nil {
				return nil, err
			}
		} else if v, err := e.Eval(c, nil); err != nil {
			return nil, err
		} else if _, null := e.(*NullKey); null || !v.IsNull() {
			values = []types.Datum{v}
		}
		next := make([][]types.Datum, 0, len(all)*len(values))
		for _, prefix := range all {
			for _, v := range values {
				next = append(next, append(prefix[:len(prefix):len(prefix)], v))
			}
		}
		all = next
	}
	return all, nil
}

// count is how many ranges these are expected to be.
func count(ranges []Range) float64 {
	n := 0.0
	for i := range ranges {
		one := 1.0
		for _, e := range ranges[i].Prefix {
			if elements, ok := e.(*Elements); ok {
				one *= elements.Each
			}
		}
		n += one
	}
	return max(1, n)
}

// elementsOf is how many elements an array is expected to have.
func elementsOf(array expr.Expr) float64 {
	switch a := array.(type) {
	case *expr.Const:
		if a.Value.IsNull() {
			return 0
		}
		return float64(len(a.Value.Array().Elems))
	case *SubLink:
		if a.Kind == ArrayLink {
			return rowsOf(a.Query)
		}
	}
	return guessedElements
}

// noteElements takes the elements of an array as what a column may equal.
func (s *Scan) noteElements(byColumn map[int16]*bounds, any *expr.AnyAll) {
	element := expr.ElementOf(any.Array.Type())
	if any.All || any.Own || any.Op != "=" || element == nil || readsColumn(any.Array) || expr.MaxVolatility(any.Array) == expr.Volatile {
		return
	}
	key := any.Left.Type()
	if widens := element == types.Int2 && (key == types.Int4 || key == types.Int8) || element == types.Int4 && key == types.Int8; !widens && !any.Hashes() {
		return
	}
	for _, num := range s.keyNumbers(any.Left) {
		b := boundsOf(byColumn, num)
		if b.equal != nil {
			continue
		}
		for part := range elementParts {
			b.equal = append(b.equal, &Elements{Array: any.Array, Part: part, Parts: elementParts, Each: max(elementsOf(any.Array)/elementParts, 0.5), T: key})
		}
	}
}

// selectsElement is the part of the rows whose column equals an element of an array.
func (v *variable) selectsElement(array expr.Expr) float64 {
	if c, ok := array.(*expr.Const); ok && !c.Value.IsNull() {
		part := 0.0
		element := expr.ElementOf(c.T)
		for i, d := range c.Value.Array().Elems {
			part += v.equal(&expr.Const{Value: d, T: element, Mod: types.NoTypmod})
			if i == 1000 { // the others are like these
				part *= float64(len(c.Value.Array().Elems)) / float64(i+1)
				break
			}
		}
		return min(1, part)
	}
	return min(1, elementsOf(array)*(1-v.nulls())/v.distinct)
}

// extends says whether values can follow ranges: of two arrays in one index only the first is used,
// as their elements might be as many as the square.
func extends(ranges []Range, values []expr.Expr) bool {
	return !ranges[0].HasElements() || !(&Range{Prefix: values}).HasElements()
}
