package e2e

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestNoticesLeaveAtOnce: a client reads what RAISE NOTICE says while its statement waits.
func TestNoticesLeaveAtOnce(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("SELECT pg_advisory_lock(1)")
	config, err := pgx.ParseConfig(fmt.Sprintf("host=127.0.0.1 port=%s user=postgres", s.Port()))
	if err != nil {
		t.Fatal(err)
	}
	heard := make(chan string, 2)
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { heard <- n.Message }
	other, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := other.Exec(t.Context(), "DO $$ BEGIN RAISE NOTICE 'it waits'; PERFORM pg_advisory_lock(1); RAISE NOTICE 'it has it'; END $$")
		ended <- err
	}()
	if got := <-heard; got != "it waits" {
		t.Fatal(got)
	}
	e.exec("SELECT pg_advisory_unlock(1)")
	if got := <-heard; got != "it has it" {
		t.Fatal(got)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
