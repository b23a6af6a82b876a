package types

import "testing"

// TestIdentical: values of every form are compared by how they look.
func TestIdentical(t *testing.T) {
	for _, c := range []struct {
		t    *Type
		a, b string
		same bool
	}{
		{TSVector, "a b", "b a", true}, {TSVector, "a b", "a:1 b", false}, {TSQuery, "a & b", "a & b", true}, {TSQuery, "a & b", "a | b", false},
		{IntervalType, "1 day", "1 day", true}, {IntervalType, "1 day", "24 hours", false}, {Numeric, "1.0", "1.00", false}, {Numeric, "1e40", "1e40", true},
		{JSONB, `{"a":[1]}`, `{"a": [1]}`, true}, {JSONB, `{"a":1}`, `{"a":1.0}`, false}, {Path, "[(1,2),(3,4)]", "[(1,2),(3,4)]", true}, {Path, "[(1,2),(3,4)]", "((1,2),(3,4))", false},
		{Float8, "0", "-0", false}, {Float8, "NaN", "NaN", true}, {Int4Range, "[1,3)", "[1,2]", true}, {Int4Multirange, "{[1,3)}", "{[1,3),[5,6)}", false},
		{Inet, "10.0.0.1", "10.0.0.1/32", true}, {Varbit, "01", "1", false}, {Bytea, `\x61`, "a", true},
		{Numeric.Array, "{1,NULL}", "{1,NULL}", true}, {Numeric.Array, "{1}", "{1.0}", false}, {Numeric.Array, "{1,2}", "{{1,2}}", false}, {Numeric.Array, "{1,2}", "[0:1]={1,2}", false},
		{Numeric.Array, "{}", "{}", true}, {Numeric.Array, "{}", "{NULL}", false}, {Numeric.Array, "{1,2}", "{1,2,3}", false}, {Numeric.Array, "{{1},{2}}", "[1:2][1:1]={{1},{2}}", true},
	} {
		a, err := c.t.Input(c.a, NoTypmod, DefaultEnv)
		if err != nil {
			t.Fatal(c.t.Name, err)
		}
		b, err := c.t.Input(c.b, NoTypmod, DefaultEnv)
		if err != nil {
			t.Fatal(c.t.Name, err)
		}
		if Identical(c.t, a, b) != c.same || Identical(c.t, b, a) != c.same || !Identical(c.t, a, a) || Identical(c.t, a, Null) {
			t.Errorf("%s: %s and %s", c.t.Name, c.a, c.b)
		}
	}
}
