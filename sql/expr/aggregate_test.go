package expr

import (
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/sql/types"
)

// runAggregate feeds the elements of an array expression to an aggregate.
func runAggregate(t *testing.T, name, array string, extra ...Expr) string {
	t.Helper()
	c := testContext()
	e, err := parseExpr(array)
	if err != nil {
		t.Fatal(err)
	}
	v, err := e.Eval(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	args := append([]Expr{&Column{T: e.Type().Elem, Mod: types.NoTypmod}}, extra...)
	r, err := ResolveFunction(name, args, CallOptions{}, 0)
	if err != nil {
		t.Fatal(name, err)
	}
	if r.Fn.Aggregate == nil {
		t.Fatal(name, "is no aggregate")
	}
	var in []*types.Type
	for _, a := range r.Args {
		in = append(in, a.Type())
	}
	agg := r.Fn.Aggregate(in, r.Type)
rows:
	for _, x := range v.Array().Elems {
		var vals []types.Datum
		for _, a := range r.Args {
			d, err := a.Eval(c, types.Row{x})
			if err != nil {
				t.Fatal(err)
			}
			if d.IsNull() && r.Fn.Strict {
				continue rows
			}
			vals = append(vals, d)
		}
		if err := agg.Add(c, vals); err != nil {
			t.Fatal(err)
		}
	}
	out, err := agg.Result(c)
	if err != nil {
		return err.Error()
	}
	if out.IsNull() {
		return r.Type.SQLName + "|NULL"
	}
	return r.Type.SQLName + "|" + r.Type.Text(out, c.Env)
}

func TestAggregates(t *testing.T) {
	for _, k := range []struct{ name, in, want string }{
		{"count", "ARRAY[1,null,3]", "bigint|2"},
		{"sum", "ARRAY[1,null,3]", "bigint|4"},
		{"sum", "ARRAY[null]::int[]", "bigint|NULL"},
		{"sum", "ARRAY[1.5,2.25]", "numeric|3.75"},
		{"sum", "ARRAY[1,2]::int8[]", "numeric|3"},
		{"avg", "ARRAY[1,2]", "numeric|1.5000000000000000"},
		{"avg", "ARRAY[1,2]::float8[]", "double precision|1.5"},
		{"min", "ARRAY['b','a']", "text|a"},
		{"max", "ARRAY[1,3,2]", "integer|3"},
		{"bool_and", "ARRAY[true,false]", "boolean|f"},
		{"bool_or", "ARRAY[true,false]", "boolean|t"},
		{"array_agg", "ARRAY[1,null,3]", "integer[]|{1,NULL,3}"},
		{"json_agg", "ARRAY[1,null,3]", "json|[1, null, 3]"},
		{"jsonb_agg", "ARRAY['a','b']", `jsonb|["a", "b"]`},
		{"stddev", "ARRAY[1,2,3,4]", "numeric|1.2909944487358056"},
		{"variance", "ARRAY[1,2,3,4]", "numeric|1.6666666666666667"},
		{"var_pop", "ARRAY[1,2,3,4]::float8[]", "double precision|1.25"},
		{"bit_or", "ARRAY[1,2,4]", "integer|7"},
		{"sum", "ARRAY['1 day','2 hours']::interval[]", "interval|1 day 02:00:00"},
	} {
		if got := runAggregate(t, k.name, k.in); got != k.want {
			t.Errorf("%s(%s): got %s, want %s", k.name, k.in, got, k.want)
		}
	}
	sep := &Const{Value: types.String(","), T: types.Unknown, Mod: types.NoTypmod}
	if got := runAggregate(t, "string_agg", "ARRAY['a',null,'b']", sep); got != "text|a,b" {
		t.Errorf("string_agg: %s", got)
	}
}

func TestSnowflakesGrow(t *testing.T) {
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	last := int64(0)
	for i := range 1000 {
		id := Snowflake(now.Add(-time.Duration(i) * time.Second))
		if id <= last {
			t.Fatal("an id did not grow")
		}
		last = id
	}
}

func TestWindows(t *testing.T) {
	w := &WindowPartition{Peers: []int{0, 0, 1}, Args: make([][]types.Datum, 3), Results: make([]types.Datum, 3)}
	for name, want := range map[string][3]int64{"row_number": {1, 2, 3}, "rank": {1, 1, 3}, "dense_rank": {1, 1, 2}} {
		r, err := ResolveFunction(name, nil, CallOptions{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Fn.Window(testContext(), w); err != nil {
			t.Fatal(err)
		}
		for i, v := range w.Results {
			if v.Int() != want[i] {
				t.Errorf("%s row %d: %d", name, i, v.Int())
			}
		}
	}
}
