package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestActivityOfOthers: pg_stat_activity shows what other sessions are, do and wait for.
func TestActivityOfOthers(t *testing.T) {
	s := testserver.Start(t)
	ctx := testserver.Context(t)
	connect := func(name string) *pgx.Conn {
		t.Helper()
		c, err := pgx.Connect(ctx, s.DSN("postgres")+" application_name="+name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close(context.Background()) })
		return c
	}
	run := func(c *pgx.Conn, sql string) {
		t.Helper()
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	holder, waiter, other := connect("holder"), connect("waiter"), connect("other")
	run(other, "CREATE TABLE l (a int PRIMARY KEY, b int); INSERT INTO l VALUES (1, 1)")
	run(holder, "BEGIN; UPDATE l SET b = 2")
	ended := make(chan error, 1)
	go func() {
		_, err := waiter.Exec(ctx, "UPDATE l SET b = 3")
		ended <- err
	}()
	type row struct {
		State, Kind, Event, Query    string
		Transaction, Began, Numbered bool
	}
	look := func(name string) (r row) {
		t.Helper()
		err := other.QueryRow(ctx, `SELECT state, coalesce(wait_event_type, ''), coalesce(wait_event, ''), query, xact_start <= now(), query_start <= now(), backend_xid IS NOT NULL
			FROM pg_stat_activity WHERE application_name = $1 AND client_port > 0`, name).Scan(&r.State, &r.Kind, &r.Event, &r.Query, &r.Transaction, &r.Began, &r.Numbered)
		if err != nil {
			t.Fatal(name, err)
		}
		return r
	}
	for deadline := time.Now().Add(patience); look("waiter").Kind != "Lock"; {
		if time.Now().After(deadline) {
			t.Fatalf("the waiter: %+v", look("waiter"))
		}
	}
	if got, want := look("waiter"), (row{"active", "Lock", "transactionid", "UPDATE l SET b = 3", true, true, false}); got != want {
		t.Errorf("the waiter: %+v, want %+v", got, want)
	}
	if got, want := look("holder"), (row{"idle in transaction", "Client", "ClientRead", "BEGIN; UPDATE l SET b = 2", true, true, true}); got != want {
		t.Errorf("the holder: %+v, want %+v", got, want)
	}
	run(holder, "ROLLBACK; SET application_name = 'renamed'")
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var transactions int
	if err := other.QueryRow(ctx, "SELECT count(xact_start) FROM pg_stat_activity WHERE application_name IN ('renamed', 'waiter')").Scan(&transactions); err != nil || transactions != 0 {
		t.Errorf("%d transactions are under way (%v), want none", transactions, err)
	}
}
