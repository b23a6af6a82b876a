package e2e

import (
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/pgwire/wiretest"
)

// wire is a client that says what a driver would, message by message.
func (e *env) wire() *wiretest.Client {
	e.Helper()
	c := wiretest.Dial(e, e.server.SQLAddr())
	c.Startup(e, wiretest.Version30, [][2]string{{"user", "postgres"}, {"database", "postgres"}})
	return c
}

// rowsOf are the DataRow messages among others, and the last message.
func rowsOf(messages []string) (rows []string, last string) {
	for _, m := range messages {
		if strings.HasPrefix(m, "D ") {
			rows = append(rows, m)
		}
	}
	return rows, messages[len(messages)-1]
}

// TestFeedSomeRowsAtATime: drivers read SUBSCRIBE TO through a portal, so many rows at a
// time; it goes on where it was, and ends with its transaction.
func TestFeedSomeRowsAtATime(t *testing.T) {
	e := start(t)
	e.exec("INSERT INTO notes VALUES (1, 'a'), (2, 'b'), (3, 'c')")
	c := e.wire()
	send := func(until string, messages ...wiretest.Message) (rows []string, last string) {
		t.Helper()
		return rowsOf(c.Step(t, wiretest.Step{Send: messages, Until: until}))
	}
	query := wiretest.Message{T: "P", SQL: "SUBSCRIBE TO SELECT id FROM notes WHERE id > $1"}
	zero := "0"
	bind := wiretest.Message{T: "B", Portal: "p", Params: []*string{&zero}}
	more := func(n int32) wiretest.Message { return wiretest.Message{T: "E", Portal: "p", Rows: n} }
	flush, sync := wiretest.Message{T: "H"}, wiretest.Message{T: "S"}
	send("Z", wiretest.Message{T: "Q", SQL: "BEGIN"})
	rows, last := send("s", query, bind, more(2), flush)
	if len(rows) != 2 || !strings.Contains(rows[1], "snapshot") || last[0] != 's' {
		t.Fatalf("%q, %s", rows, last)
	}
	send("Z", sync)
	if rows, _ := send("s", more(2), flush); len(rows) != 2 || !strings.Contains(rows[1], "ready") {
		t.Fatalf("%q", rows)
	}
	// What is asked for before it is there comes when it is.
	c.Send(t, append(more(1).Encode(t), flush.Encode(t)...))
	e.exec("INSERT INTO notes VALUES (4, 'd'), (5, 'e')")
	if rows, _ := rowsOf(c.Until(t, "s")); len(rows) != 1 || !strings.Contains(rows[0], "insert") {
		t.Fatalf("%q", rows)
	}
	if rows, _ := send("s", more(1), flush); len(rows) != 1 || !strings.Contains(rows[0], "insert") {
		t.Fatalf("%q", rows)
	}
	subscriptions := func() (n int) {
		t.Helper()
		if err := e.db.QueryRow(t.Context(), "SELECT count(*) FROM kalam.subscriptions").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := subscriptions(); n != 1 {
		t.Errorf("%d subscriptions", n)
	}
	send("Z", sync, wiretest.Message{T: "Q", SQL: "COMMIT"})
	c.Until(t, "Z")
	if n := subscriptions(); n != 0 {
		t.Errorf("%d subscriptions after the commit", n)
	}
	if rows, last := send("Z", more(1), sync); len(rows) > 0 || last != `Z "I"` {
		t.Errorf("%q, %s", rows, last)
	}
	// Execute goes on with a cursor that FETCH has read of.
	send("Z", wiretest.Message{T: "Q", SQL: "BEGIN"})
	send("Z", wiretest.Message{T: "Q", SQL: "DECLARE p CURSOR FOR SUBSCRIBE TO SELECT id FROM notes ORDER BY id"})
	if rows, _ := send("Z", wiretest.Message{T: "Q", SQL: "FETCH 4 FROM p WITH (timeout = '8s')"}); len(rows) == 0 {
		t.Error("FETCH gives nothing")
	}
	if rows, _ := send("s", more(1), flush); len(rows) != 1 {
		t.Errorf("%q", rows)
	}
	send("Z", sync)
	send("Z", wiretest.Message{T: "Q", SQL: "ROLLBACK"})
}

// TestOptionsOfFeeds: what an option cannot be is an error.
func TestOptionsOfFeeds(t *testing.T) {
	e := start(t)
	for option, code := range map[string]string{
		"nope = 1": "22023", "snapshot = maybe": "42601", "snapshot = 2": "42601", "last_rows = -1": "22023", "last_rows = 'x'": "22023", "batch_size = 1.5": "22023",
		"heartbeat = 'x'": "22023", "heartbeat = -1": "22023", "from = 'nonsense'": "22023", "slow = 'ly'": "22023", "group = 'x'": "22023",
	} {
		for _, sql := range []string{"SUBSCRIBE TO SELECT id FROM notes WITH (%)", "COPY (SUBSCRIBE TO SELECT id FROM notes WITH (%)) TO STDOUT", "LISTEN a WITH (%) FOR SELECT id FROM notes"} {
			e.refused(code, strings.Replace(sql, "%", option, 1))
		}
	}
}
