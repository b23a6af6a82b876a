package e2e

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestUnlistenHearsWhatWasNotifiedBefore: what another session has notified and
// committed before UNLISTEN is delivered ahead of its ReadyForQuery, always.
func TestUnlistenHearsWhatWasNotifiedBefore(t *testing.T) {
	s := testserver.Start(t)
	config, err := pgx.ParseConfig(fmt.Sprintf("host=127.0.0.1 port=%s user=postgres", s.Port()))
	if err != nil {
		t.Fatal(err)
	}
	var heard []string
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { heard = append(heard, n.Payload) }
	listens, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer listens.Close(t.Context())
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	for i := range 100 {
		for _, unlisten := range []string{"UNLISTEN news", "UNLISTEN *"} {
			if _, err := listens.Exec(t.Context(), "LISTEN news"); err != nil {
				t.Fatal(err)
			}
			heard = nil
			e.exec("NOTIFY news, 'before'")
			if _, err := listens.Exec(t.Context(), unlisten); err != nil {
				t.Fatal(err)
			}
			if len(heard) != 1 {
				t.Fatalf("%s, try %d: heard %v", unlisten, i, heard)
			}
			e.exec("NOTIFY news, 'after'")
			if _, err := listens.Exec(t.Context(), "SELECT 1"); err != nil {
				t.Fatal(err)
			}
			if len(heard) != 1 {
				t.Fatalf("after %s, try %d: heard %v", unlisten, i, heard)
			}
		}
	}
}
