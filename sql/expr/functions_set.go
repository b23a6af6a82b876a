package expr

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Set-returning functions: generate_series, generate_subscripts, unnest and the
// table forms of splitting. A strict one answers no rows for a NULL argument;
// the caller (the executor) sees to that.

func one(d types.Datum) types.Row { return types.Row{d} }

func seriesStepZero() error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "step size cannot equal zero")
}

func intSeries(_ *Context, a []types.Datum, yield func(types.Row) error) error {
	from, to, step := a[0].Int(), a[1].Int(), int64(1)
	if len(a) > 2 {
		step = a[2].Int()
	}
	if step == 0 {
		return seriesStepZero()
	}
	for v := from; step > 0 && v <= to || step < 0 && v >= to; {
		if err := yield(one(types.Int(v))); err != nil {
			return err
		}
		next := v + step
		if (next > v) != (step > 0) {
			return nil
		}
		v = next
	}
	return nil
}

func numericSeries(_ *Context, a []types.Datum, yield func(types.Row) error) error {
	from, to, step := num(a[0]), num(a[1]), apd.New(1, 0)
	if len(a) > 2 {
		step = num(a[2])
	}
	for i, d := range []*apd.Decimal{from, to, step} {
		if d.Form != apd.Finite {
			what := []string{"start value", "stop value", "step size"}[i]
			if d.Form == apd.NaN {
				return sqlerr.New(sqlerr.InvalidParameterValue, "%s cannot be NaN", what)
			}
			return sqlerr.New(sqlerr.InvalidParameterValue, "%s cannot be infinity", what)
		}
	}
	if step.Sign() == 0 {
		return seriesStepZero()
	}
	for v := from; v.Cmp(to)*step.Sign() <= 0; v = numericAdd(v, step) {
		if err := yield(one(types.Object(v))); err != nil {
			return err
		}
	}
	return nil
}

func timestampSeries(zoned bool) SetFunc {
	plus := plusInterval(zoned, 1)
	return func(c *Context, a []types.Datum, yield func(types.Row) error) error {
		v, to, step := a[0], a[1].Int(), interval(a[2])
		sign := types.CompareIntervals(step, types.Interval{})
		if sign == 0 {
			return seriesStepZero()
		}
		for sign > 0 && v.Int() <= to || sign < 0 && v.Int() >= to {
			if err := yield(one(v)); err != nil {
				return err
			}
			next, err := plus(c, []types.Datum{v, a[2]})
			if err != nil {
				return err
			}
			v = next
		}
		return nil
	}
}

func subscripts(_ *Context, a []types.Datum, yield func(types.Row) error) error {
	arr, dim := a[0].Array(), int(a[1].Int())-1
	if dim < 0 || dim >= len(arr.Dims) {
		return nil
	}
	low, high := arr.Lower[dim], arr.Lower[dim]+arr.Dims[dim]-1
	for i := low; i <= high; i++ {
		v := i
		if len(a) > 2 && a[2].Bool() {
			v = low + high - i
		}
		if err := yield(one(types.Int(int64(v)))); err != nil {
			return err
		}
	}
	return nil
}

func yieldAll(vals []types.Datum, yield func(types.Row) error) error {
	for _, v := range vals {
		if err := yield(one(v)); err != nil {
			return err
		}
	}
	return nil
}

func splitToTable(_ *Context, a []types.Datum, yield func(types.Row) error) error {
	if a[0].IsNull() {
		return nil
	}
	return yieldAll(splitText(a), yield)
}

func init() {
	registerSets(map[string]SetFunc{
		"generate_series_int4": intSeries, "generate_series_step_int4": intSeries, "generate_series_int8": intSeries, "generate_series_step_int8": intSeries,
		"generate_series_numeric": numericSeries, "generate_series_step_numeric": numericSeries,
		"generate_series_timestamp": timestampSeries(false), "generate_series_timestamptz": timestampSeries(true),
		"generate_subscripts": subscripts, "generate_subscripts_nodir": subscripts,
		"array_unnest": func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			return yieldAll(a[0].Array().Elems, yield)
		},
		"text_to_table": splitToTable, "text_to_table_null": splitToTable,
	})
}
