package types

import (
	"encoding/json"
	"testing"
)

// TestJSONForms: values whose stored form is not their text must not get out as they
// are kept, and whatever comes out is JSON.
func TestJSONForms(t *testing.T) {
	for _, try := range []struct {
		t        *Type
		in, want string
	}{
		{Text, "a\"\\\n", `"a\"\\\n"`},
		{BPChar, "ab  ", `"ab  "`},
		{Point, "(1,2)", `"(1,2)"`},
		{Box, "(3,4),(1,2)", `"(3,4),(1,2)"`},
		{Inet, "10.1.2.3/8", `"10.1.2.3/8"`},
		{CIDR, "10.0.0.0/8", `"10.0.0.0/8"`},
		{Varbit, "101", `"101"`},
		{TSVector, "b:2 a:1", `"'a':1 'b':2"`},
		{TSQuery, "a & b", `"'a' & 'b'"`},
		{PGLSN, "0/1", `"0/1"`},
		{UUID, "00000000-0000-0000-0000-0000000000ff", `"00000000-0000-0000-0000-0000000000ff"`},
		{Bytea, `\xff00`, `"\\xff00"`},
		{Macaddr, "08:00:2b:01:02:ff", `"08:00:2b:01:02:ff"`},
		{Int8, "9007199254740993", `"9007199254740993"`},
		{Numeric, "1.50", `"1.50"`},
		{Float8, "-Infinity", `"-Infinity"`},
		{IntervalType, "1 year -2 days 00:00:01.5", `"P1Y-2DT1.5S"`},
		{TimestampTZ, "2026-01-02 03:04:05.000006+00", `"2026-01-02T03:04:05.000006Z"`},
	} {
		d, err := try.t.Input(try.in, NoTypmod, DefaultEnv)
		if err != nil {
			t.Errorf("%s: %v", try.t.Name, err)
			continue
		}
		if got := string(AppendJSON(nil, try.t, d)); got != try.want || !json.Valid([]byte(got)) {
			t.Errorf("%s %s: %s, want %s", try.t.Name, try.in, got, try.want)
		}
	}
}
