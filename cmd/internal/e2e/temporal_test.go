package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestTimeMovesResults: a condition on now() is live in time. Rows leave and enter
// when the clock says so, without any commit, and with joins and groups above.
func TestTimeMovesResults(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE m (id int PRIMARY KEY, room text, at timestamptz)")
	e.exec("INSERT INTO m VALUES (1, 'a', now() - interval '1 day'), (3, 'b', now() + interval '1 day')")
	conn := e.connect("postgres")
	expect := func(want ...string) {
		t.Helper()
		for _, w := range want {
			n, err := conn.WaitForNotification(e.ctx)
			if err != nil {
				t.Fatal(err)
			}
			if got := n.Channel + " " + n.Payload; !strings.Contains(got, w) {
				t.Fatalf("got %s, want %s", got, w)
			}
		}
	}
	for _, sql := range []string{
		"LISTEN recent FOR SELECT id FROM m WHERE at > now() - interval '2 seconds'",
		"LISTEN due FOR SELECT room, count(*) AS n FROM m WHERE at <= current_timestamp GROUP BY room",
	} {
		if _, err := conn.Exec(e.ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	e.exec("INSERT INTO m VALUES (2, 'a', now() + interval '300 milliseconds')")
	expect(`recent {"op":"insert","reason":"insert","row":{"id":2}`)
	expect(`due {"op":"update","row":{"room":"a","n":"2"},"old":{"room":"a","n":"1"}`) // 2 is due
	expect(`recent {"op":"delete","reason":"leave","old":{"id":2}`)
	began := time.Now()
	e.exec("INSERT INTO m VALUES (4, 'c', now())")
	expect(`recent {"op":"insert","reason":"insert","row":{"id":4}`, `due {"op":"insert","reason":"insert","row":{"room":"c","n":"1"}`)
	expect(`recent {"op":"delete","reason":"leave","old":{"id":4}`)
	if took := time.Since(began); took < 1900*time.Millisecond {
		t.Errorf("row 4 left after %v", took)
	}
	// What a row is changed to counts, and what was due before stays where it was.
	e.exec("UPDATE m SET at = now() WHERE id = 1")
	expect(`recent {"op":"insert","reason":"enter","row":{"id":1}`)
	rows, err := e.db.Query(e.ctx, "EXPLAIN SUBSCRIBE TO SELECT id FROM m WHERE room = 'a' AND at > now() - interval '1 hour'")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Filter, as time goes on: (at > (now() - '01:00:00'::interval))", "Routing: room = 'a'"} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("%s is not in %v", want, lines)
		}
	}
}
