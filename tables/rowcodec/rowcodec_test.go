package rowcodec

import (
	"bytes"
	"errors"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// stored has values of every type that a table can have.
var stored = []struct {
	typ  *types.Type
	text []string
}{
	{types.Boolean, []string{"t", "f"}},
	{types.Int2, []string{"-32768", "7"}},
	{types.Int4, []string{"-2147483648", "2147483647"}},
	{types.Int8, []string{"-9223372036854775808", "9223372036854775807"}},
	{types.Oid, []string{"4294967295"}},
	{types.Char, []string{"a"}},
	{types.Float4, []string{"1.5", "NaN", "-0"}},
	{types.Float8, []string{"1e300", "-Infinity", "5e-324"}},
	{types.Numeric, []string{"1.50", "-0.000", "NaN", "Infinity", "123456789012345678901234567890.123456789"}},
	{types.Text, []string{"", "naïve", "a\tb"}},
	{types.Varchar, []string{"x"}},
	{types.BPChar, []string{"x  "}},
	{types.Name, []string{"n"}},
	{types.Bytea, []string{`\x`, `\x00ff`}},
	{types.UUID, []string{"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}},
	{types.Date, []string{"infinity", "-infinity", "0044-03-15 BC"}},
	{types.Time, []string{"24:00:00", "12:34:56.789012"}},
	{types.TimeTZType, []string{"12:34:56+05:30"}},
	{types.Timestamp, []string{"infinity", "2026-01-02 03:04:05.000006"}},
	{types.TimestampTZ, []string{"-infinity", "2026-01-02 03:04:05.000006+00"}},
	{types.IntervalType, []string{"1 mon -2 days 03:04:05.000006"}},
	{types.JSONText, []string{`{"a" : 1}`}},
	{types.JSONB, []string{`{"a": [1, 2.50, null, "x"]}`}},
	{types.Inet, []string{"10.0.0.1/8"}},
	{types.CIDR, []string{"10.0.0.0/8"}},
	{types.Macaddr, []string{"08:00:2b:01:02:03"}},
	{types.Bit, []string{"101"}},
	{types.Varbit, []string{"", "10101"}},
	{types.Int4.Array, []string{"{}", "{1,NULL,3}", "[2:3]={4,5}", "{{1,2},{3,4}}"}},
	{types.Text.Array, []string{`{a,"b c",NULL,""}`}},
}

func column(num int16, typ *types.Type) *catalog.Column {
	return &catalog.Column{Num: num, Name: "c", Type: catalog.TypeRef{Type: typ}, Typmod: types.NoTypmod}
}

func value(t *testing.T, typ *types.Type, text string) types.Datum {
	t.Helper()
	d, err := typ.Input(text, types.NoTypmod, nil)
	if err != nil {
		t.Fatalf("%s %q: %v", typ, text, err)
	}
	return d
}

// wide is a table with a column of every type, and rows that between them have
// every value and NULLs.
func wide(t *testing.T) (*catalog.Table, []types.Row) {
	table := &catalog.Table{Name: "wide"}
	most := 0
	for i, s := range stored {
		table.Columns = append(table.Columns, column(int16(2*i+1), s.typ))
		most = max(most, len(s.text))
	}
	var rows []types.Row
	for n := range most + 1 {
		row := make(types.Row, len(stored))
		for i, s := range stored {
			if n < len(s.text) {
				row[i] = value(t, s.typ, s.text[n])
			}
		}
		rows = append(rows, row)
	}
	return table, rows
}

func same(table *catalog.Table, a, b types.Row) bool {
	for i, c := range table.Columns {
		if a[i].IsNull() != b[i].IsNull() || !a[i].IsNull() && !Identical(c.Type.Type, a[i], b[i]) {
			return false
		}
	}
	return true
}

// TestRoundTrip stores rows with values of every type and reads them again.
func TestRoundTrip(t *testing.T) {
	table, rows := wide(t)
	for _, row := range rows {
		b := Append(nil, table, row)
		got := make(types.Row, len(row))
		if err := Decode(table, b, nil, got); err != nil {
			t.Fatal(err)
		}
		for i := range b {
			b[i] = 0xAA // the values must not refer to it
		}
		for i, c := range table.Columns {
			if row[i].IsNull() != got[i].IsNull() {
				t.Errorf("%s: NULL %v became %v", c.Type, row[i].IsNull(), got[i].IsNull())
			} else if !row[i].IsNull() && c.Type.Text(row[i], nil) != c.Type.Text(got[i], nil) {
				t.Errorf("%s: %s became %s", c.Type, c.Type.Text(row[i], nil), c.Type.Text(got[i], nil))
			}
		}
	}
}

// TestNeed reads only the columns that are wanted.
func TestNeed(t *testing.T) {
	table, rows := wide(t)
	b := Append(nil, table, rows[0])
	for at := range table.Columns {
		need := make([]bool, len(table.Columns))
		need[at] = true
		got := make(types.Row, len(need))
		if err := Decode(table, b, need, got); err != nil {
			t.Fatal(err)
		}
		for i := range got {
			if got[i].IsNull() != (i != at) {
				t.Errorf("wanted column %d, column %d is NULL: %v", at, i, got[i].IsNull())
			}
		}
	}
}

// TestLaterDescriptor reads a row with the descriptor of a table that has lost
// and gained columns since.
func TestLaterDescriptor(t *testing.T) {
	before := &catalog.Table{Columns: []*catalog.Column{column(1, types.Int8), column(2, types.Text), column(3, types.Float8), column(4, types.Text)}}
	after := &catalog.Table{Columns: []*catalog.Column{column(1, types.Int8), column(4, types.Text), column(5, types.Text)}}
	b := Append(nil, before, types.Row{types.Int(1), types.String("two"), types.Float(3), types.String("four")})
	got := make(types.Row, 3)
	if err := Decode(after, b, nil, got); err != nil {
		t.Fatal(err)
	}
	if got[0].Int() != 1 || got[1].Str() != "four" || !got[2].IsNull() {
		t.Errorf("read %v", got)
	}
}

// TestIdentical tells apart what an UPDATE can change, though it be equal.
func TestIdentical(t *testing.T) {
	for _, c := range []struct {
		typ  *types.Type
		a, b string
		want bool
	}{
		{types.Numeric, "1.0", "1.00", false}, {types.Numeric, "1.0", "1.0", true},
		{types.Float8, "0", "-0", false}, {types.Float8, "NaN", "NaN", true}, {types.Float8, "1", "2", false},
		{types.IntervalType, "1 mon", "30 days", false}, {types.IntervalType, "1 mon", "1 mon", true},
		{types.BPChar, "a", "a ", false}, {types.Text, "a", "a", true}, {types.Int8, "1", "2", false},
		{types.Int4.Array, "{1}", "[2:2]={1}", false}, {types.Int4.Array, "{1,2}", "{1,2}", true},
	} {
		if got := Identical(c.typ, value(t, c.typ, c.a), value(t, c.typ, c.b)); got != c.want {
			t.Errorf("%s: %s and %s identical: %v", c.typ, c.a, c.b, got)
		}
	}
}

// FuzzDecode reads any bytes without panicking: it gives a row or XX001, and
// what it gives can be stored again.
func FuzzDecode(f *testing.F) {
	table := &catalog.Table{Name: "wide"}
	row := make(types.Row, len(stored))
	for i, s := range stored {
		table.Columns = append(table.Columns, column(int16(i+1), s.typ))
		row[i], _ = s.typ.Input(s.text[0], types.NoTypmod, nil)
	}
	f.Add(Append(nil, table, row))
	f.Add([]byte{})
	f.Add([]byte{5, 0})
	f.Add([]byte{2<<1 | 1, 1, 'x'})
	f.Fuzz(func(t *testing.T, b []byte) {
		row := make(types.Row, len(table.Columns))
		if err := Decode(table, b, nil, row); err != nil {
			var e *sqlerr.Error
			if !errors.As(err, &e) || e.Code != sqlerr.DataCorrupted {
				t.Fatal(err)
			}
			return
		}
		again := Append(nil, table, row)
		got := make(types.Row, len(row))
		if err := Decode(table, again, nil, got); err != nil {
			t.Fatal(err)
		}
		if !same(table, row, got) || !bytes.Equal(again, Append(nil, table, got)) {
			t.Fatalf("%x reads as another row the second time", b)
		}
	})
}

// BenchmarkDecode reads two of seven columns.
func BenchmarkDecode(b *testing.B) {
	table := &catalog.Table{Name: "t"}
	row := types.Row{types.Int(70000), types.Int(1234), types.Int(12), types.Int(77), types.Int(300), types.Int(500), types.Float(33.3), types.String("a note")}
	for i, t := range []*types.Type{types.Int4, types.Int4, types.Int4, types.Int4, types.Int4, types.Int4, types.Float8, types.Text} {
		table.Columns = append(table.Columns, column(int16(i+1), t))
	}
	bytes := Append(nil, table, row)
	need := []bool{false, false, false, false, false, true, true, false}
	d := NewDecoder(table, need, false)
	out := make(types.Row, len(row))
	for b.Loop() {
		if err := d.Decode(bytes, out); err != nil {
			b.Fatal(err)
		}
	}
}
