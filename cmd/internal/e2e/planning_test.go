package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestPlanningTime plans statements of many parts, which must not take time that
// grows with their square, and cancels one that takes too long all the same.
func TestPlanningTime(t *testing.T) {
	s := testserver.Start(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE TABLE t (a int PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	many := func(n int, format, between string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.ReplaceAll(format, "#", fmt.Sprint(i))
		}
		return strings.Join(parts, between)
	}
	crossed := func(n int) string { return "EXPLAIN SELECT 1 FROM " + many(n, "t AS t#", ", ") }
	for _, sql := range []string{
		"SELECT count(*) FROM t WHERE " + many(15_000, "a <> #", " AND "),
		"SELECT count(*) FROM t WHERE " + many(15_000, "a = #", " OR "),
		"SELECT count(*) FROM t WHERE 0 < " + many(15_000, "a", " + "),
		crossed(2000),
		"EXPLAIN SELECT 1 FROM t" + many(700, " JOIN t AS t# USING (a)", ""),
	} {
		began := time.Now()
		if _, err := conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%.60s... took %s", sql, took)
		}
	}
	if _, err := conn.Exec(ctx, "SET statement_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeDescribeExec} {
		if _, err := conn.Exec(ctx, crossed(20_000), mode); code(err) != "57014" {
			t.Errorf("got error %v, want 57014", err)
		}
	}
}
