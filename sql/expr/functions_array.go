package expr

import (
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions and operators of arrays.

// arrayFunc wraps a function whose elements' type comes from the call.
func arrayFunc(f func(elem *types.Type, a []types.Datum) (types.Datum, error)) TypedFunc {
	return func(args []*types.Type, result *types.Type) EvalFunc {
		elem := ElementOf(result)
		for _, t := range args {
			if e := ElementOf(t); e != nil && elem == nil {
				elem = e
			}
		}
		return func(_ *Context, a []types.Datum) (types.Datum, error) { return f(elem, a) }
	}
}

// copyArray gives a shallow copy with its own elements.
func copyArray(a *types.Array) *types.Array {
	return &types.Array{Elem: a.Elem, Dims: append([]int{}, a.Dims...), Lower: append([]int{}, a.Lower...), Elems: append([]types.Datum{}, a.Elems...)}
}

func arrayOrEmpty(d types.Datum, elem *types.Type) *types.Array {
	if d.IsNull() {
		return &types.Array{Elem: elem}
	}
	return d.Array()
}

func oneDimension(a *types.Array, what string) error {
	if len(a.Dims) > 1 {
		return sqlerr.New(sqlerr.DataException, "%s", what)
	}
	return nil
}

func arrayAppend(elem *types.Type, a []types.Datum) (types.Datum, error) {
	arr := arrayOrEmpty(a[0], elem)
	if err := oneDimension(arr, "argument must be empty or one-dimensional array"); err != nil {
		return types.Null, err
	}
	if len(arr.Elems) == 0 {
		return types.ArrayDatum(elem, []types.Datum{a[1]}), nil
	}
	return types.Object(arr.Appended(a[1])), nil
}

func arrayPrepend(elem *types.Type, a []types.Datum) (types.Datum, error) {
	arr := arrayOrEmpty(a[1], elem)
	if err := oneDimension(arr, "argument must be empty or one-dimensional array"); err != nil {
		return types.Null, err
	}
	if len(arr.Elems) == 0 {
		return types.ArrayDatum(elem, []types.Datum{a[0]}), nil
	}
	out := copyArray(arr)
	out.Elems = append([]types.Datum{a[0]}, arr.Elems...)
	out.Dims[0]++
	return types.Object(out), nil
}

func arrayCat(_ *types.Type, a []types.Datum) (types.Datum, error) {
	switch {
	case a[0].IsNull():
		return a[1], nil
	case a[1].IsNull():
		return a[0], nil
	}
	x, y := a[0].Array(), a[1].Array()
	switch {
	case len(x.Elems) == 0:
		return a[1], nil
	case len(y.Elems) == 0:
		return a[0], nil
	}
	bad := func(detail string) (types.Datum, error) {
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "cannot concatenate incompatible arrays").WithDetail("%s", detail)
	}
	out := copyArray(x)
	switch {
	case len(x.Dims) == len(y.Dims):
		if !sameDims(x.Dims[1:], y.Dims[1:]) {
			return bad("Arrays with differing element dimensions are not compatible for concatenation.")
		}
		out.Dims[0] += y.Dims[0]
	case len(x.Dims) == len(y.Dims)+1:
		if !sameDims(x.Dims[1:], y.Dims) {
			return bad("Arrays with differing dimensions are not compatible for concatenation.")
		}
		out.Dims[0]++
	case len(x.Dims)+1 == len(y.Dims):
		if !sameDims(x.Dims, y.Dims[1:]) {
			return bad("Arrays with differing dimensions are not compatible for concatenation.")
		}
		out = copyArray(y)
		out.Dims[0]++
		out.Elems = append(append([]types.Datum{}, x.Elems...), y.Elems...)
		return types.Object(out), nil
	default:
		return bad("Arrays of " + strconv.Itoa(len(x.Dims)) + " and " + strconv.Itoa(len(y.Dims)) + " dimensions are not compatible for concatenation.")
	}
	out.Elems = append(out.Elems, y.Elems...)
	return types.Object(out), nil
}

// arraySet says whether every (or, with some, any) element of x is in y.
func arraySet(x, y *types.Array, some bool) bool {
	set := newValueSet(y.Elem, y.Elems)
	for _, e := range x.Elems {
		in := set.contains(e).Bool()
		if some && in {
			return true
		}
		if !some && !in {
			return false
		}
	}
	return !some
}

func sameValue(t *types.Type, a, b types.Datum) bool {
	if a.IsNull() || b.IsNull() {
		return a.IsNull() && b.IsNull()
	}
	return t.Equal(a, b)
}

func dimension(f func(a *types.Array, i int) int) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		arr, i := a[0].Array(), int(a[1].Int())-1
		if i < 0 || i >= len(arr.Dims) {
			return types.Null, nil
		}
		return types.Int(int64(f(arr, i))), nil
	}
}

func arrayPosition(_ *types.Type, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	arr := a[0].Array()
	if len(arr.Dims) > 1 {
		return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
	}
	start := 0
	if len(a) > 2 {
		if a[2].IsNull() {
			return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "initial position must not be null")
		}
		if len(arr.Lower) > 0 {
			start = max(0, int(a[2].Int())-arr.Lower[0])
		}
	}
	for i := start; i < len(arr.Elems); i++ {
		if sameValue(arr.Elem, arr.Elems[i], a[1]) {
			return types.Int(int64(i + arr.Lower[0])), nil
		}
	}
	return types.Null, nil
}

func arrayPositions(_ *types.Type, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	arr := a[0].Array()
	if len(arr.Dims) > 1 {
		return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "searching for elements in multidimensional arrays is not supported")
	}
	var out []types.Datum
	for i, e := range arr.Elems {
		if sameValue(arr.Elem, e, a[1]) {
			out = append(out, types.Int(int64(i+arr.Lower[0])))
		}
	}
	return types.ArrayDatum(types.Int4, out), nil
}

func arrayRemove(elem *types.Type, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	arr := a[0].Array()
	if len(arr.Dims) > 1 {
		return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "removing elements from multidimensional arrays is not supported")
	}
	var out []types.Datum
	for _, e := range arr.Elems {
		if !sameValue(arr.Elem, e, a[1]) {
			out = append(out, e)
		}
	}
	n := types.NewArray(elem, out)
	if len(out) > 0 {
		n.Lower[0] = arr.Lower[0]
	}
	return types.Object(n), nil
}

func arrayReplace(_ *types.Type, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	out := copyArray(a[0].Array())
	for i, e := range out.Elems {
		if sameValue(out.Elem, e, a[1]) {
			out.Elems[i] = a[2]
		}
	}
	return types.Object(out), nil
}

func arrayToString(c *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() || a[1].IsNull() {
		return types.Null, nil
	}
	arr := a[0].Array()
	var room [128]byte
	out, some := room[:0], false
	for _, e := range arr.Elems {
		if e.IsNull() && (len(a) < 3 || a[2].IsNull()) {
			continue
		}
		if some {
			out = append(out, a[1].Str()...)
		}
		if some = true; e.IsNull() {
			out = append(out, a[2].Str()...)
		} else {
			out = arr.Elem.AppendText(out, e, c.env())
		}
	}
	return types.String(string(out)), nil
}

// splitText is string_to_array's and string_to_table's cutting.
func splitText(a []types.Datum) []types.Datum {
	s := a[0].Str()
	if s == "" {
		return nil
	}
	var parts []string
	switch {
	case a[1].IsNull():
		parts = strings.Split(s, "")
	case a[1].Str() == "":
		parts = []string{s}
	default:
		parts = strings.Split(s, a[1].Str())
	}
	var out []types.Datum
	for _, p := range parts {
		if len(a) > 2 && !a[2].IsNull() && p == a[2].Str() {
			out = append(out, types.Null)
		} else {
			out = append(out, types.String(p))
		}
	}
	return out
}

func stringToArray(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[0].IsNull() {
		return types.Null, nil
	}
	return types.ArrayDatum(types.Text, splitText(a)), nil
}

// maxFilled bounds the elements of an array that is made at once, by the memory of
// the largest value.
const maxFilled = (1<<30 - 1) / int(unsafe.Sizeof(types.Datum{}))

func arrayFill(elem *types.Type, a []types.Datum) (types.Datum, error) {
	if a[1].IsNull() || len(a) > 2 && a[2].IsNull() {
		return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "dimension array or low bound array cannot be null")
	}
	out := &types.Array{Elem: elem}
	var err error
	if out.Dims, err = shapeOf(a[1].Array()); err != nil {
		return types.Null, err
	}
	if len(a) > 2 {
		if out.Lower, err = shapeOf(a[2].Array()); err != nil {
			return types.Null, err
		}
		if len(out.Lower) != len(out.Dims) {
			return types.Null, wrongSubscripts("Low bound array has different size than dimensions array.")
		}
	} else {
		for range out.Dims {
			out.Lower = append(out.Lower, 1)
		}
	}
	total, err := types.CheckArrayShape(out.Dims, out.Lower)
	switch {
	case err != nil:
		return types.Null, err
	case total == 0:
		return types.Object(&types.Array{Elem: elem}), nil
	case total > maxFilled:
		return types.Null, sqlerr.New(sqlerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", 1<<30-1)
	}
	out.Elems = slices.Repeat(a[:1], total)
	return types.Object(out), nil
}

// shapeOf reads the sizes of dimensions, or lower bounds, from an argument.
func shapeOf(a *types.Array) (list []int, err error) {
	if len(a.Dims) > 1 {
		return nil, wrongSubscripts("Dimension array must be one dimensional.")
	}
	for _, d := range a.Elems {
		if d.IsNull() {
			return nil, sqlerr.New(sqlerr.NullValueNotAllowed, "dimension values cannot be null")
		}
		list = append(list, int(d.Int()))
	}
	return list, nil
}

func wrongSubscripts(detail string) error {
	return sqlerr.New(sqlerr.ArraySubscriptError, "wrong number of array subscripts").WithDetail("%s", detail)
}

func init() {
	registerTyped(map[string]TypedFunc{
		"array_append": arrayFunc(arrayAppend), "array_prepend": arrayFunc(arrayPrepend), "array_cat": arrayFunc(arrayCat),
		"array_position": arrayFunc(arrayPosition), "array_position_start": arrayFunc(arrayPosition), "array_positions": arrayFunc(arrayPositions),
		"array_remove": arrayFunc(arrayRemove), "array_replace": arrayFunc(arrayReplace), "array_fill": arrayFunc(arrayFill),
		"array_fill_with_lower_bounds": arrayFunc(arrayFill),
	})
	contains := func(swap, some bool) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			x, y := a[0].Array(), a[1].Array()
			if swap {
				x, y = y, x
			}
			return types.Bool(arraySet(x, y, some)), nil
		}
	}
	register(map[string]EvalFunc{
		"arraycontains": contains(true, false), "arraycontained": contains(false, false), "arrayoverlap": contains(false, true),
		"array_length": dimension(func(a *types.Array, i int) int { return a.Dims[i] }),
		"array_lower":  dimension(func(a *types.Array, i int) int { return a.Lower[i] }),
		"array_upper":  dimension(func(a *types.Array, i int) int { return a.Lower[i] + a.Dims[i] - 1 }),
		"array_cardinality": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(len(a[0].Array().Elems))), nil
		},
		"array_ndims": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if n := len(a[0].Array().Dims); n > 0 {
				return types.Int(int64(n)), nil
			}
			return types.Null, nil
		},
		"array_dims": func(_ *Context, a []types.Datum) (types.Datum, error) {
			arr := a[0].Array()
			if len(arr.Dims) == 0 {
				return types.Null, nil
			}
			var b strings.Builder
			for i := range arr.Dims {
				b.WriteString("[" + strconv.Itoa(arr.Lower[i]) + ":" + strconv.Itoa(arr.Lower[i]+arr.Dims[i]-1) + "]")
			}
			return types.String(b.String()), nil
		},
		"array_to_text": arrayToString, "array_to_text_null": arrayToString,
		"text_to_array": stringToArray, "text_to_array_null": stringToArray,
		"trim_array": func(_ *Context, a []types.Datum) (types.Datum, error) {
			arr, n := a[0].Array(), int(a[1].Int())
			if n < 0 || len(arr.Dims) > 0 && n > arr.Dims[0] || len(arr.Dims) == 0 && n > 0 {
				most := 0
				if len(arr.Dims) > 0 {
					most = arr.Dims[0]
				}
				return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "number of elements to trim must be between 0 and %d", most)
			}
			if n == 0 || len(arr.Dims) == 0 {
				return a[0], nil
			}
			out := copyArray(arr)
			for i := range out.Lower { // what is cut out begins with 1
				out.Lower[i] = 1
			}
			size := len(arr.Elems) / arr.Dims[0]
			out.Dims[0] -= n
			out.Elems = out.Elems[:out.Dims[0]*size]
			if out.Dims[0] == 0 {
				out = &types.Array{Elem: arr.Elem}
			}
			return types.Object(out), nil
		},
	})
}
