package expr

import (
	"slices"
	"sort"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Aggregates that collect their input: string_agg, array_agg, the JSON ones, and
// the ordered-set aggregates.

func init() {
	for name, f := range map[string]AggregateFunc{
		"string_agg": func([]*types.Type, *types.Type) Aggregate { return &stringAgg{} },
		"array_agg": func(args []*types.Type, _ *types.Type) Aggregate {
			return &arrayAgg{elem: args[0], nested: ElementOf(args[0]) != nil}
		},
		"json_agg":         func(args []*types.Type, _ *types.Type) Aggregate { return &jsonAgg{t: args[0]} },
		"jsonb_agg":        func(args []*types.Type, _ *types.Type) Aggregate { return &jsonAgg{t: args[0], binary: true} },
		"json_object_agg":  func(args []*types.Type, _ *types.Type) Aggregate { return &jsonObjectAgg{args: args} },
		"jsonb_object_agg": func(args []*types.Type, _ *types.Type) Aggregate { return &jsonObjectAgg{args: args, binary: true} },
		"percentile_cont":  newPercentile(true), "percentile_disc": newPercentile(false),
		"mode": func(args []*types.Type, _ *types.Type) Aggregate { return &modeAgg{t: args[len(args)-1]} },
	} {
		aggCode[name] = f
	}
}

// stringAgg is string_agg of text and bytea: NULL values are left out.
type stringAgg struct {
	b    strings.Builder
	some bool
}

// Add appends a value, with the delimiter of its row before it.
func (a *stringAgg) Add(_ *Context, args []types.Datum) error {
	if args[0].IsNull() {
		return nil
	}
	if a.some && !args[1].IsNull() {
		a.b.WriteString(args[1].Str())
	}
	a.b.WriteString(args[0].Str())
	a.some = true
	return nil
}

// Result is NULL without values.
func (a *stringAgg) Result(*Context) (types.Datum, error) {
	if !a.some {
		return types.Null, nil
	}
	return types.String(a.b.String()), nil
}

// arrayAgg is array_agg; of arrays it makes an array of one dimension more.
type arrayAgg struct {
	elem   *types.Type
	nested bool
	vals   []types.Datum
}

// Add appends a value, NULLs too.
func (a *arrayAgg) Add(_ *Context, args []types.Datum) error {
	if a.nested && args[0].IsNull() {
		return sqlerr.New(sqlerr.NullValueNotAllowed, "cannot accumulate null arrays")
	}
	if a.nested {
		switch v := args[0].Array(); {
		case len(a.vals) == 0 && len(v.Elems) == 0:
			return sqlerr.New(sqlerr.ArraySubscriptError, "cannot accumulate empty arrays")
		case len(a.vals) > 0 && !slices.Equal(v.Dims, a.vals[0].Array().Dims):
			return sqlerr.New(sqlerr.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
		}
	}
	a.vals = append(a.vals, args[0])
	return nil
}

// Result is NULL without rows.
func (a *arrayAgg) Result(*Context) (types.Datum, error) {
	if a.vals == nil {
		return types.Null, nil
	}
	vals := append([]types.Datum{}, a.vals...)
	if !a.nested {
		return types.ArrayDatum(a.elem, vals), nil
	}
	out, err := stackArrays(ElementOf(a.elem), vals)
	if err != nil {
		return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
	}
	return out, nil
}

// jsonAgg is json_agg and jsonb_agg.
type jsonAgg struct {
	t      *types.Type
	binary bool
	text   []byte
	elems  []*types.JSON
}

// Add appends a value; NULL is null.
func (a *jsonAgg) Add(c *Context, args []types.Datum) error {
	if a.binary {
		j, err := toJSONB(c, a.t, args[0])
		if err != nil {
			return err
		}
		a.elems = append(a.elems, j)
		return nil
	}
	if a.text != nil {
		a.text = append(a.text, ", "...)
		if t := BaseType(a.t); !args[0].IsNull() && (t.Kind == types.KindComposite || t == types.RecordType || ElementOf(t) != nil) {
			a.text = append(a.text, "\n "...)
		}
	} else {
		a.text = []byte("[")
	}
	a.text = appendJSONText(c, a.text, a.t, args[0], false)
	return nil
}

// Result is NULL without rows.
func (a *jsonAgg) Result(*Context) (types.Datum, error) {
	if a.binary {
		if a.elems == nil {
			return types.Null, nil
		}
		return types.Object(types.NewJSONArray(append([]*types.JSON{}, a.elems...))), nil
	}
	if a.text == nil {
		return types.Null, nil
	}
	return types.String(string(a.text) + "]"), nil
}

// jsonObjectAgg is json_object_agg and jsonb_object_agg.
type jsonObjectAgg struct {
	args    []*types.Type
	binary  bool
	text    []byte
	members []types.JSONMember
}

// Add appends a member; a NULL key is 22023.
func (a *jsonObjectAgg) Add(c *Context, args []types.Datum) error {
	if args[0].IsNull() {
		return sqlerr.New(sqlerr.InvalidParameterValue, "field name must not be null")
	}
	key, err := buildKey(c, a.args[0], args[0], 1)
	if err != nil {
		return err
	}
	if a.binary {
		j, err := toJSONB(c, a.args[1], args[1])
		if err != nil {
			return err
		}
		a.members = append(a.members, types.JSONMember{Key: key, Value: j})
		return nil
	}
	if a.text == nil {
		a.text = []byte("{ ")
	} else {
		a.text = append(a.text, ", "...)
	}
	a.text = append(types.AppendJSONString(a.text, key), " : "...)
	a.text = appendJSONText(c, a.text, a.args[1], args[1], false)
	return nil
}

// Result is NULL without rows.
func (a *jsonObjectAgg) Result(*Context) (types.Datum, error) {
	if a.binary {
		if a.members == nil {
			return types.Null, nil
		}
		return types.Object(types.NewJSONObject(append([]types.JSONMember{}, a.members...))), nil
	}
	if a.text == nil {
		return types.Null, nil
	}
	return types.String(string(a.text) + " }"), nil
}

// percentileAgg is percentile_cont and percentile_disc. Its arguments are the
// fraction (or an array of them) and the ordered value; the values are sorted
// here, ascending, unless the executor says otherwise by feeding them sorted.
type percentileAgg struct {
	t          *types.Type
	result     *types.Type
	continuous bool
	fraction   types.Datum
	vals       []types.Datum
}

func newPercentile(continuous bool) AggregateFunc {
	return func(args []*types.Type, result *types.Type) Aggregate {
		return &percentileAgg{t: args[len(args)-1], result: result, continuous: continuous}
	}
}

// Add keeps a value; NULLs do not count. The values come in the order of WITHIN
// GROUP.
func (a *percentileAgg) Add(_ *Context, args []types.Datum) error {
	a.fraction = args[0]
	if v := args[len(args)-1]; !v.IsNull() {
		a.vals = append(a.vals, v)
	}
	return nil
}

// Result is NULL without values.
func (a *percentileAgg) Result(*Context) (types.Datum, error) {
	if len(a.vals) == 0 || a.fraction.IsNull() {
		return types.Null, nil
	}
	if arr := a.fraction.Array(); arr != nil {
		out := *arr
		out.Elem, out.Elems = a.t, make([]types.Datum, len(arr.Elems))
		for i, f := range arr.Elems {
			if f.IsNull() {
				continue
			}
			v, err := a.at(f.Float())
			if err != nil {
				return types.Null, err
			}
			out.Elems[i] = v
		}
		return types.Object(&out), nil
	}
	return a.at(a.fraction.Float())
}

func (a *percentileAgg) at(f float64) (types.Datum, error) {
	if !(f >= 0 && f <= 1) {
		return types.Null, sqlerr.New(sqlerr.NumericValueOutOfRange, "percentile value %s is not between 0 and 1", string(types.AppendFloat(nil, f, 64, 0)))
	}
	n := float64(len(a.vals))
	if !a.continuous {
		row := int(ceil(f * n))
		return a.vals[max(row, 1)-1], nil
	}
	pos := f * (n - 1)
	low, high := int(floor(pos)), int(ceil(pos))
	if low == high {
		return a.vals[low], nil
	}
	share := pos - float64(low)
	if a.t == types.IntervalType {
		x, y := a.vals[low].Object().(types.Interval), a.vals[high].Object().(types.Interval)
		diff, err := addIntervals(y, x, -1)
		if err != nil {
			return types.Null, err
		}
		if diff, err = scaleInterval(diff, share, 1); err != nil {
			return types.Null, err
		}
		v, err := addIntervals(x, diff, 1)
		return types.Object(v), err
	}
	x, y := a.vals[low].Float(), a.vals[high].Float()
	return types.Float(x + share*(y-x)), nil
}

// modeAgg is mode(): the most frequent value, the first one of several.
type modeAgg struct {
	t    *types.Type
	vals []types.Datum
}

// Add keeps a value.
func (a *modeAgg) Add(_ *Context, args []types.Datum) error {
	if v := args[len(args)-1]; !v.IsNull() {
		a.vals = append(a.vals, v)
	}
	return nil
}

// Result is NULL without values.
func (a *modeAgg) Result(*Context) (types.Datum, error) {
	vals := append([]types.Datum{}, a.vals...)
	sort.SliceStable(vals, func(i, j int) bool { return a.t.Compare(vals[i], vals[j]) < 0 })
	best, count := types.Null, 0
	for i := 0; i < len(vals); {
		j := i
		for j < len(vals) && a.t.Equal(vals[i], vals[j]) {
			j++
		}
		if j-i > count {
			best, count = vals[i], j-i
		}
		i = j
	}
	return best, nil
}
