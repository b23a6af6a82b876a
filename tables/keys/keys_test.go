package keys

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
)

// samples are values worth ordering, in each type's text form.
var samples = map[*types.Type][]string{
	types.Boolean: {"f", "t"},
	types.Int2:    {"-32768", "-1", "0", "1", "255", "256", "32767"},
	types.Int4:    {"-2147483648", "-1", "0", "1", "2147483647"},
	types.Int8:    {"-9223372036854775808", "-256", "-1", "0", "1", "9223372036854775807"},
	types.Oid:     {"0", "1", "2147483648", "4294967295"},
	types.Float4:  {"-Infinity", "-1.5", "-0", "0", "1e-30", "1.5", "Infinity", "NaN"},
	types.Float8:  {"-Infinity", "-1e300", "-1", "-1e-300", "-0", "0", "1e-300", "2", "1e300", "Infinity", "NaN"},
	types.Numeric: {"-Infinity", "-1000", "-100.5", "-100", "-99", "-1.55", "-1.5", "-1.50", "-0.001", "0", "0.00", "0.0009", "0.001", "1", "1.0", "1.5", "1.55", "9", "10", "99.99", "100", "1e20", "Infinity", "NaN"},
	types.Text:    {"", "a", "aa", "ab", "b", "é", "\x01", "\x7f", "aÿ"},
	types.Varchar: {"", "a", "aa", "b"},
	types.BPChar:  {"", "a", "a  ", "ab", "b"},
	types.Name:    {"", "a", "ab"},
	types.Bytea:   {`\x`, `\x00`, `\x0000`, `\x0001`, `\x00ff`, `\x01`, `\xff`, `\xff00`, `\xffff`},
	types.Char:    {"", "a", "b"},
	types.Bit:     {"0", "1"},
	types.Varbit:  {"", "0", "00", "01", "1", "10", "11"},
	types.XID8:    {"0", "1", "9223372036854775807", "9223372036854775808", "18446744073709551615"},
	types.Money:   {"-92233720368547758.08", "-2.56", "-0.01", "0", "0.01", "92233720368547758.07"},
	types.PGLSN:   {"0/0", "0/1", "7FFFFFFF/FFFFFFFF", "80000000/0", "FFFFFFFF/FFFFFFFF"},
	types.Inet:    {"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16", "10.0.0.0", "10.0.0.1/8", "10.0.0.1/16", "10.0.0.1", "10.0.1.0/24", "10.128.0.0/9", "255.255.255.255", "::/0", "::1", "::1/64", "2001:db8::/32", "ffff::"},
	types.CIDR:    {"10.0.0.0/8", "10.0.0.0/16", "10.1.0.0/16", "10.128.0.0/9", "192.168.0.1/32", "2001:db8::/32"},
	types.JSONB: {"[]", "null", `""`, `"a"`, `"a\u0001"`, `"ab"`, "-1e20", "-1.5", "0", "1", "1.5", "1e20", "false", "true", "[null]", "[[]]", "[{}]", "[0, 1]", "[0, [1]]", "[1, 0]", "[null, null, null]", "{}",
		`{"": 1}`, `{"a": null}`, `{"a": "x"}`, `{"a": 1}`, `{"a": []}`, `{"b": 0}`, `{"a": 1, "b": 0}`, `{"a": 1, "c": 0}`, `{"b": 0, "aa": 0}`},
	types.Macaddr:      {"00:00:00:00:00:00", "08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"},
	types.Macaddr8:     {"00:00:00:00:00:00:00:00", "08:00:2b:01:02:03:04:05", "ff:ff:ff:ff:ff:ff:ff:ff"},
	types.UUID:         {"00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000100", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
	types.Date:         {"-infinity", "4713-01-01 BC", "1969-12-31", "1970-01-01", "2000-01-01", "infinity"},
	types.Time:         {"00:00:00", "00:00:00.000001", "24:00:00"},
	types.Timestamp:    {"-infinity", "1969-12-31 23:59:59.999999", "2000-01-01", "infinity"},
	types.TimestampTZ:  {"-infinity", "1969-12-31 23:59:59.999999+00", "2000-01-01 00:00+00", "infinity"},
	types.IntervalType: {"-1 mon", "-30 days", "-1 day -1 sec", "-1 day", "-24:00:00", "-1 sec", "0", "1 sec", "23:59:59.999999", "24:00:00", "1 day", "1 mon", "30 days", "1 year", "360 days"},
}

func datums(t *testing.T, typ *types.Type, texts []string) []types.Datum {
	t.Helper()
	var out []types.Datum
	for _, s := range texts {
		d, err := typ.Input(s, types.NoTypmod, types.DefaultEnv)
		if err != nil {
			t.Fatalf("%s %q: %v", typ, s, err)
		}
		out = append(out, d)
	}
	return out
}

// checkOrder has every pair of values keep its order, and no key begin another.
func checkOrder(t *testing.T, typ *types.Type, values []types.Datum) {
	t.Helper()
	for _, k := range []catalog.IndexKey{{}, {NullsFirst: true}, {Desc: true}, {Desc: true, NullsFirst: true}} {
		for _, a := range append(values, types.Null) {
			for _, b := range append(values, types.Null) {
				want := 0
				switch {
				case a.IsNull() && b.IsNull():
				case a.IsNull() != b.IsNull():
					want = 1
					if a.IsNull() == k.NullsFirst {
						want = -1
					}
				default:
					if want = cmp.Compare(typ.Compare(a, b), 0); k.Desc {
						want = -want
					}
				}
				x, y := AppendColumn(nil, typ, a, k), AppendColumn(nil, typ, b, k)
				if got := bytes.Compare(x, y); got != want {
					t.Fatalf("%s %+v: %s and %s compare %d, want %d (%x %x)", typ, k, text(typ, a), text(typ, b), got, want, x, y)
				}
				if want != 0 && bytes.HasPrefix(y, x) {
					t.Fatalf("%s %+v: the key of %s begins that of %s", typ, k, text(typ, a), text(typ, b))
				}
			}
		}
	}
}

func text(typ *types.Type, d types.Datum) string {
	if d.IsNull() {
		return "NULL"
	}
	return fmt.Sprintf("%q", typ.Text(d, nil))
}

// TestOrderOfKeys has keys order as PostgreSQL orders values, for every
// direction and place of NULLs.
func TestOrderOfKeys(t *testing.T) {
	for typ, texts := range samples {
		if !sortkey.Encodable(typ) {
			t.Errorf("%s is not encodable", typ)
		}
		checkOrder(t, typ, datums(t, typ, texts))
	}
}

// TestOrderOfArrays has arrays order element by element, the shorter first.
func TestOrderOfArrays(t *testing.T) {
	checkOrder(t, types.Int4.Array, datums(t, types.Int4.Array, []string{"{}", "{1}", "{1,2}", "{1,2,3}", "{2}", "{NULL}", "{1,NULL}", "{-1}", "[2:3]={1,2}", "{{1,2}}", "{{1},{2}}"}))
	checkOrder(t, types.Text.Array, datums(t, types.Text.Array, []string{"{}", `{""}`, "{a}", `{a,""}`, "{ab}", "{b}", "{NULL,a}"}))
}

// TestOrderOfUserTypes has enums order as declared, and domains as their base.
func TestOrderOfUserTypes(t *testing.T) {
	mood := &types.Type{OID: 20001, Name: "mood", Kind: types.KindEnum, Labels: []string{"sad", "ok", "happy"}}
	checkOrder(t, mood, datums(t, mood, mood.Labels))
	between := &types.Type{OID: 20003, Name: "between", Kind: types.KindEnum, Labels: []string{"a", "b", "c", "d"}, Sorts: []float64{-1, 1, 1.5, 2}}
	checkOrder(t, between, datums(t, between, between.Labels))
	pair := &types.Type{OID: 20004, Name: "pair", Kind: types.KindComposite, Fields: []types.Field{{Name: "a", Type: between, Typmod: -1}, {Name: "b", Type: types.Text, Typmod: -1}}}
	checkOrder(t, pair, datums(t, pair, []string{"(,)", "(a,)", "(a,x)", "(b,)", `(b,"")`, "(c,z)", "(d,a)", "(,q)"}))
	price := &types.Type{OID: 20002, Name: "price", Kind: types.KindDomain, Base: types.Numeric}
	checkOrder(t, price, datums(t, price, samples[types.Numeric]))
	if !sortkey.Encodable(mood) || !sortkey.Encodable(price) {
		t.Error("an enum or a domain is not encodable")
	}
}

// TestOrderOfRandomKeys does the same with random values.
func TestOrderOfRandomKeys(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var ints, floats, strings, numerics []types.Datum
		for range 12 {
			ints = append(ints, types.Int(int64(r.Uint64()>>r.IntN(64))-int64(r.Uint64()>>r.IntN(64))/2))
			floats = append(floats, types.Float(math.Ldexp(r.NormFloat64(), r.IntN(200)-100)))
			b := make([]byte, r.IntN(5))
			for i := range b {
				b[i] = []byte{0, 1, 2, 'a', 0xFE, 0xFF}[r.IntN(6)]
			}
			strings = append(strings, types.Bytes(b))
			d, err := types.Numeric.Input(fmt.Sprintf("%de%d", r.IntN(2000)-1000, r.IntN(40)-20), types.NoTypmod, nil)
			if err != nil {
				t.Fatal(err)
			}
			numerics = append(numerics, d)
		}
		checkOrder(t, types.Int8, ints)
		checkOrder(t, types.Float8, floats)
		checkOrder(t, types.Bytea, strings)
		checkOrder(t, types.Numeric, numerics)
	}
}

// TestSlicePrefixes has no slice's keys lie in another's, whatever the users
// are called.
func TestSlicePrefixes(t *testing.T) {
	table := &catalog.Table{OID: 20000, Kind: catalog.KindDurable, PerUser: true}
	users := []string{"", "a", "ab", "a\x00", "a\x00b", "a\x00\x01", "\x00", "\xff", "\xff\xff"}
	for _, u := range users {
		for _, v := range users {
			p, q := SlicePrefix(table, 0, u), SlicePrefix(table, 0, v)
			if u != v && bytes.HasPrefix(p, q) {
				t.Errorf("the slice of %q lies in that of %q", u, v)
			}
		}
	}
}

// TestEnd is the least key above all with a prefix.
func TestEnd(t *testing.T) {
	for _, c := range []struct{ prefix, end []byte }{
		{[]byte{1, 2}, []byte{1, 3}}, {[]byte{1, 0xFF}, []byte{2}}, {[]byte{0xFF, 0xFF}, nil}, {nil, nil},
	} {
		if got := End(c.prefix); !bytes.Equal(got, c.end) {
			t.Errorf("End(%x) = %x, want %x", c.prefix, got, c.end)
		}
	}
}

// TestWhatCannotBeAKey refuses types without an order that bytes can have.
func TestWhatCannotBeAKey(t *testing.T) {
	for _, typ := range []*types.Type{types.JSONText, types.OidVector, types.XML, types.Point, types.JSONText.Array} {
		if sortkey.Encodable(typ) {
			t.Errorf("%s is encodable", typ)
		}
	}
}
