package expr

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The files in testdata hold expressions and what PostgreSQL 15 answered: lines
// of "expression", then "----", "type|value" or "ERROR code message", and an
// empty line. To record them again:
//
//	go test ./sql/expr -run Oracle -rewrite -oracle 'host=127.0.0.1 port=5432 user=postgres'
var (
	rewrite = flag.Bool("rewrite", false, "record the expected values from PostgreSQL")
	oracle  = flag.String("oracle", "", "connection string of a PostgreSQL 15")
)

type oracleCase struct{ expr, want string }

func readCases(t *testing.T, path string) []oracleCase {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []oracleCase
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		line := sc.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		k, want, _ := strings.Cut(line, "\t")
		out = append(out, oracleCase{k, want})
	}
	return out
}

func escapeLines(s string) string {
	return strings.NewReplacer("\\", "\\\\", "\n", "\\n", "\t", "\\t", "\r", "\\r").Replace(s)
}

func record(t *testing.T, path string, cases []oracleCase) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgconn.Connect(ctx, *oracle)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "set timezone='UTC'").ReadAll(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, k := range cases {
		res, err := conn.Exec(ctx, "select "+k.expr).ReadAll()
		want := ""
		var pe *pgconn.PgError
		switch {
		case errors.As(err, &pe):
			want = fmt.Sprintf("ERROR %s %s", pe.Code, pe.Message)
		case err != nil:
			t.Fatal(err)
		default:
			typ := "?"
			if ty := types.ByOID(types.OID(res[0].FieldDescriptions[0].DataTypeOID)); ty != nil {
				typ = ty.SQLName
			}
			val := "NULL"
			if v := res[0].Rows[0][0]; v != nil {
				val = "=" + string(v)
			}
			want = typ + "|" + val
		}
		fmt.Fprintf(&b, "%s\t%s\n", k.expr, escapeLines(want))
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func testContext() *Context {
	now := time.Date(2024, 5, 6, 7, 8, 9, 123456000, time.UTC)
	env := *types.DefaultEnv
	env.Now = func() time.Time { return now }
	return &Context{Ctx: context.Background(), Env: &env, TxTime: now, StatementTime: now, Clock: func() time.Time { return now },
		Host: &StaticHost{User: "postgres", Login: "postgres", Kalam: "postgres", DB: "postgres", Path: []string{"public"}}}
}

func evaluate(text string) string {
	c := testContext()
	e, err := parseExpr(text)
	var v types.Datum
	if err == nil && e.Type() == types.Unknown {
		e, err = Coerce(e, types.Text, types.NoTypmod, Implicit)
	}
	if err == nil {
		e, _ = FoldConstants(e, c)
		v, err = e.Eval(c, nil)
	}
	if err != nil {
		var se *sqlerr.Error
		if errors.As(err, &se) {
			if se.Unwrap() != nil {
				return "INTERNAL " + se.Error()
			}
			return escapeLines(fmt.Sprintf("ERROR %s %s", se.Code, se.Message))
		}
		return err.Error()
	}
	if v.IsNull() {
		return e.Type().SQLName + "|NULL"
	}
	return escapeLines(e.Type().SQLName + "|=" + e.Type().Text(v, c.Env))
}

func TestOracle(t *testing.T) {
	files, err := filepath.Glob("testdata/*.tsv")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			cases := readCases(t, path)
			if *rewrite {
				record(t, path, cases)
				cases = readCases(t, path)
			}
			for _, k := range cases {
				func() {
					defer func() {
						if r := recover(); r != nil {
							t.Errorf("%s: panic: %v", k.expr, r)
						}
					}()
					if got := evaluate(k.expr); got != k.want {
						t.Errorf("%s\n got  %s\n want %s", k.expr, got, k.want)
					}
				}()
			}
		})
	}
}
