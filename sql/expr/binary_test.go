package expr

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/sql/types"
)

// TestBinaryForms sends every value of the test data through its binary form
// and back, checks that equal values hash equal, and, where a PostgreSQL is
// given, compares the bytes with its own.
func TestBinaryForms(t *testing.T) {
	var conn *pgconn.PgConn
	if *oracle != "" {
		var err error
		if conn, err = pgconn.Connect(context.Background(), *oracle); err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		conn.Exec(context.Background(), "set timezone='UTC'").Close()
	}
	files, _ := filepath.Glob("testdata/*.tsv")
	for _, path := range files {
		for _, k := range readCases(t, path) {
			c := testContext()
			e, err := parseExpr(k.expr)
			if err != nil || e.Type() == types.Unknown {
				continue
			}
			v, err := e.Eval(c, nil)
			ty := e.Type()
			if err != nil || v.IsNull() || !ty.HasBinary() || ty == types.RecordType || ty.Kind == types.KindPseudo {
				continue
			}
			b := ty.AppendBinary(nil, v, c.Env)
			back, err := ty.Receive(b, types.NoTypmod, c.Env)
			if err != nil {
				t.Errorf("%s: receive: %v", k.expr, err)
				continue
			}
			if got, want := ty.Text(back, c.Env), ty.Text(v, c.Env); got != want {
				t.Errorf("%s: %q came back as %q", k.expr, want, got)
			}
			if ty.Comparable() && (!ty.Equal(v, back) || ty.Hash(1, v) != ty.Hash(1, back)) {
				t.Errorf("%s: not equal to itself, or hashed otherwise", k.expr)
			}
			if conn == nil {
				continue
			}
			res := conn.ExecParams(context.Background(), "select "+k.expr, nil, nil, nil, []int16{1}).Read()
			if res.Err != nil || len(res.Rows) != 1 {
				continue
			}
			if !bytes.Equal(res.Rows[0][0], b) {
				t.Errorf("%s: binary %x, PostgreSQL has %x", k.expr, b, res.Rows[0][0])
			}
		}
	}
}

// TestJSONForm has the values of the live contract.
func TestJSONForm(t *testing.T) {
	for text, want := range map[string]string{
		"true": "true", "1": "1", "9223372036854775807": `"9223372036854775807"`, "1.50": `"1.50"`, "'NaN'::float8": `"NaN"`, "1.5::float8": "1.5",
		"'a\"b'::text": `"a\"b"`, "'2026-01-02 03:04:05.000006+00'::timestamptz": `"2026-01-02T03:04:05.000006Z"`,
		"'2026-01-02 03:04:05'::timestamp": `"2026-01-02T03:04:05.000000"`, "'2026-01-02'::date": `"2026-01-02"`,
		"'1 day 02:00'::interval": `"P1DT2H"`, `'\x01ff'::bytea`: `"\\x01ff"`, "ARRAY[1,2]": "[1,2]", "ARRAY['a',null]": `["a",null]`,
		`'{"a":1}'::jsonb`: `{"a": 1}`, `'{"a":1}'::json`: `{"a":1}`,
	} {
		e, err := parseExpr(text)
		if err != nil {
			t.Fatal(text, err)
		}
		v, err := e.Eval(testContext(), nil)
		if err != nil {
			t.Fatal(text, err)
		}
		if got := string(types.AppendJSON(nil, e.Type(), v)); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
