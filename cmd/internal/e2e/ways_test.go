package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// payload is a notification of LISTEN ... FOR.
type payload struct {
	Op, Reason, Code, Cursor string
	N, Of                    int
	Row, Old                 map[string]any
	Changes                  []change
	Coalesced                bool
	channel, raw             string
}

// listener is a PostgreSQL client that reads its notifications one by one.
type listener struct {
	*pgx.Conn
	t testing.TB
}

func (e *env) listener() *listener {
	e.Helper()
	return &listener{e.connect("postgres"), e}
}

func (l *listener) run(sql string, args ...any) {
	l.t.Helper()
	if _, err := l.Exec(context.Background(), sql, args...); err != nil {
		l.t.Fatalf("%s: %v", sql, err)
	}
}

func (l *listener) next() *payload {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	n, err := l.WaitForNotification(ctx)
	if err != nil {
		l.t.Fatal(err)
	}
	p := &payload{channel: n.Channel, raw: n.Payload}
	if strings.HasPrefix(n.Payload, "{") {
		if err := json.Unmarshal([]byte(n.Payload), p); err != nil {
			l.t.Fatalf("%s: %v", n.Payload, err)
		}
	}
	return p
}

// feedFrom reads n changes of a cursor over SUBSCRIBE TO from where another way has ended;
// it gives what is told of each, and the last cursor.
func feedFrom(e *env, query, from string, n int) (told []string, cursor string) {
	e.Helper()
	tx, err := e.db.Begin(e.ctx)
	if err != nil {
		e.Fatal(err)
	}
	defer tx.Rollback(e.ctx)
	if _, err := tx.Exec(e.ctx, "DECLARE c CURSOR FOR SUBSCRIBE TO "+query+" WITH (from = '"+from+"')"); err != nil {
		e.Fatal(err)
	}
	cursor = from
	for settled := 0; settled < n; {
		rows, err := tx.Query(e.ctx, "FETCH 1 FROM c WITH (timeout = '8s')")
		if err != nil {
			e.Fatal(err)
		}
		all, err := pgx.CollectRows(rows, pgx.RowToMap)
		if err != nil || len(all) != 1 {
			e.Fatalf("%v, %v", all, err)
		}
		at := all[0]["_cursor"].(string)
		switch op := all[0]["_op"].(string); op {
		case "ready":
		case "snapshot":
			e.Fatalf("%s does not resume from %s", query, from)
		default:
			told = append(told, fmt.Sprint(op, " ", all[0]["id"]))
		}
		if at != cursor { // the last row of a commit
			cursor = at
			for ; settled < len(told); settled++ {
				told[settled] += " at " + at
			}
		}
	}
	return told, cursor
}

// TestFeedResumesWithinACommit: who has read some of the rows of a commit and goes on from the last of
// them is given the commit again.
func TestFeedResumesWithinACommit(t *testing.T) {
	e := start(t)
	const query = "SELECT id FROM notes"
	_, _, from := e.dial("postgres").subscribe("s", query, nil)
	e.exec("INSERT INTO notes VALUES (1), (2), (3)")
	e.exec("INSERT INTO notes VALUES (4)")
	for read := 1; read <= 4; read++ {
		cursor := ""
		tx, err := e.db.Begin(e.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(e.ctx, "DECLARE c CURSOR FOR SUBSCRIBE TO "+query+" WITH (from = '"+from+"')"); err != nil {
			t.Fatal(err)
		}
		for range 1 + read { // ready comes first
			if err := tx.QueryRow(e.ctx, "FETCH 1 FROM c WITH (timeout = '8s')").Scan(&cursor, nil, nil, nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.Rollback(e.ctx); err != nil {
			t.Fatal(err)
		}
		if (cursor == from) != (read < 3) {
			t.Errorf("after %d rows the cursor is %s, first %s", read, cursor, from)
		}
		e.exec("INSERT INTO notes VALUES (5)")
		want := map[int]int{1: 5, 2: 5, 3: 2, 4: 1}[read]
		if told, _ := feedFrom(e, query, cursor, want); !strings.HasPrefix(told[len(told)-1], "insert 5") || len(told) != want {
			t.Errorf("after %d rows it goes on with %v", read, told)
		}
		e.exec("DELETE FROM notes")
		_, _, from = e.dial("postgres").subscribe("s", query, nil)
		e.exec("INSERT INTO notes VALUES (1), (2), (3)")
		e.exec("INSERT INTO notes VALUES (4)")
	}
}

// TestOneCursorOnAllWays: where one way has ended any other goes on, and tells the same.
func TestOneCursorOnAllWays(t *testing.T) {
	e := start(t)
	for _, query := range []string{
		"SELECT id, title FROM notes WHERE n = 0", "SELECT id, title FROM notes ORDER BY title, id LIMIT 3",
		"SELECT a.id, count(b.id) AS n FROM notes a JOIN notes b ON b.n = a.n GROUP BY a.id",
	} {
		e.exec("DELETE FROM notes; INSERT INTO notes VALUES (1, 'a'), (2, 'b')")
		c := e.dial("postgres")
		_, _, cursor := c.subscribe("s", query, nil)
		writes := []string{"INSERT INTO notes VALUES (3, 'ab')", "UPDATE notes SET title = 'z' WHERE id = 1", "DELETE FROM notes WHERE id = 2", "UPDATE notes SET n = 1 WHERE id = 1; UPDATE notes SET title = 'y'"}
		var want []string // of the WebSocket that has been there all the time
		end := ""
		for _, sql := range writes {
			e.exec("BEGIN; " + sql + "; COMMIT")
		}
		last := e.count("SELECT count(*) FROM notes") // the mark behind them
		e.exec("INSERT INTO notes VALUES (0, '0', 0)")
		for over := false; !over; {
			f := c.read()
			for _, ch := range f.Subscriptions[0].Changes {
				row := ch.Row
				if row == nil {
					row = ch.Old
				}
				over = over || row["id"] == "0"
				want = append(want, fmt.Sprint(ch.Op, " ", row["id"], " at ", f.Cursor))
			}
			end = f.Cursor
		}
		c.conn.Close()
		if last == 0 || len(want) < 4 {
			t.Fatal(want)
		}
		got := map[string][]string{}
		// Another WebSocket.
		c = e.dial("postgres")
		if _, ack, at := c.subscribe("s", query, map[string]any{"from": cursor}); !ack.Resumed || at != cursor {
			t.Fatalf("%s: resumed %v at %s", query, ack.Resumed, at)
		}
		for at := ""; at != end; {
			f := c.read()
			at = f.Cursor
			for _, ch := range f.Subscriptions[0].Changes {
				row := ch.Row
				if row == nil {
					row = ch.Old
				}
				got["WebSocket"] = append(got["WebSocket"], fmt.Sprint(ch.Op, " ", row["id"], " at ", at))
			}
		}
		// LISTEN ... FOR, row by row and commit by commit.
		l := e.listener()
		l.run("LISTEN rows WITH (from = '" + cursor + "') FOR " + query)
		for at, n := "", 0; at != end || n > 0; {
			p := l.next()
			if p.Op == "ready" && p.Cursor == cursor && got["LISTEN"] == nil {
				continue
			}
			if p.N == 0 {
				t.Fatalf("%s: %s", query, p.raw)
			}
			row := p.Row
			if row == nil {
				row = p.Old
			}
			at, n = p.Cursor, p.Of-p.N
			got["LISTEN"] = append(got["LISTEN"], fmt.Sprint(p.Op, " ", row["id"], " at ", at))
		}
		l.run("UNLISTEN rows; LISTEN groups WITH (group = 'commit', from = '" + cursor + "') FOR " + query)
		for at := ""; at != end; {
			p := l.next()
			if p.Op == "ready" && p.Cursor == cursor && got["groups"] == nil {
				continue
			}
			if p.Op != "changes" {
				t.Fatalf("%s: %s", query, p.raw)
			}
			at = p.Cursor
			for _, ch := range p.Changes {
				row := ch.Row
				if row == nil {
					row = ch.Old
				}
				got["groups"] = append(got["groups"], fmt.Sprint(ch.Op, " ", row["id"], " at ", at))
			}
		}
		var at string
		if got["cursor"], at = feedFrom(e, query, cursor, len(want)); at != end {
			t.Errorf("%s: the cursor is at %s, want %s", query, at, end)
		}
		for way, told := range got {
			if !slices.Equal(told, want) {
				t.Errorf("%s, %s:\n%s\nwant\n%s", query, way, strings.Join(told, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

// TestPayloads: what LISTEN ... FOR says of changes, snapshots and ends.
func TestPayloads(t *testing.T) {
	e := start(t)
	e.exec("INSERT INTO notes VALUES (1, 'a'), (2, 'b')")
	l := e.listener()
	l.run("LISTEN orders_live WITH (snapshot) FOR SELECT id, title FROM notes WHERE n = 0")
	want := func(raw string) *payload {
		t.Helper()
		p := l.next()
		cursor := ""
		if p.Cursor != "" {
			cursor = `,"cursor":"` + p.Cursor + `"`
		}
		if got := strings.Replace(p.raw, cursor, "", 1); got != raw {
			t.Fatalf("%s\nwant %s", got, raw)
		}
		return p
	}
	want(`{"op":"snapshot","row":{"id":"1","title":"a"}}`)
	want(`{"op":"snapshot","row":{"id":"2","title":"b"}}`)
	if p := want(`{"op":"ready"}`); p.Cursor == "" {
		t.Fatal(p.raw)
	}
	e.exec("BEGIN; UPDATE notes SET n = 1 WHERE id = 1; DELETE FROM notes WHERE id = 2; INSERT INTO notes VALUES (3, NULL); COMMIT")
	first := want(`{"op":"delete","reason":"leave","old":{"id":"1","title":"a"},"n":1,"of":3}`)
	want(`{"op":"delete","reason":"delete","old":{"id":"2","title":"b"},"n":2,"of":3}`)
	if p := want(`{"op":"insert","reason":"insert","row":{"id":"3","title":null},"n":3,"of":3}`); p.Cursor != first.Cursor {
		t.Errorf("two cursors in one commit: %s", p.raw)
	}
	e.exec("UPDATE notes SET title = 'c' WHERE id = 3")
	want(`{"op":"update","row":{"id":"3","title":"c"},"old":{"id":"3","title":null},"n":1,"of":1}`)
	e.exec("UPDATE notes SET n = 0 WHERE id = 1")
	want(`{"op":"insert","reason":"enter","row":{"id":"1","title":"a"},"n":1,"of":1}`)
	// As a function, with parameters.
	l.run(`SELECT kalam_listen('params', 'SELECT id FROM notes WHERE title = $1 AND n < $2', '{"params":["c",5],"snapshot":true}')`)
	want(`{"op":"snapshot","row":{"id":"3"}}`)
	if p := want(`{"op":"ready"}`); p.channel != "params" {
		t.Error(p.channel)
	}
	l.run("UNLISTEN params")
	l.run("LISTEN list WITH (group = 'commit') FOR SELECT id FROM notes ORDER BY id DESC")
	e.exec("INSERT INTO notes VALUES (2, 'x', 7), (4, 'x', 7)")
	want(`{"op":"changes","changes":[{"op":"insert","reason":"insert","row":{"id":"2"},"at":1},{"op":"insert","reason":"insert","row":{"id":"4"},"at":0}]}`)
	// No payload is too long, and none is cut.
	long := strings.Repeat("long ", 200_000)
	e.exec("UPDATE notes SET title = $1 WHERE id = 1", long)
	if p := l.next(); p.Row["title"] != long {
		t.Errorf("a payload of %d bytes", len(p.raw))
	}
	e.exec("DROP TABLE notes")
	for range 2 {
		if p := l.next(); p.Op != "end" || p.Code == "" || p.Reason != "table_dropped" || p.Cursor == "" {
			t.Error(p.raw)
		}
	}
	// The channels are free again.
	e.exec("CREATE TABLE notes (id int)")
	l.run("LISTEN list; LISTEN list FOR SELECT id FROM notes; NOTIFY list, 'mine'")
	if p := l.next(); p.raw != "mine" {
		t.Error(p.raw)
	}
}

// TestNotifyAsPostgreSQL: delivered at commit and in its order, identical ones once in a
// transaction, of any length, to oneself too, and held back within a transaction.
func TestNotifyAsPostgreSQL(t *testing.T) {
	e := start(t)
	l := e.listener()
	l.run("LISTEN c")
	long := strings.Repeat("x", 100_000)
	e.exec("BEGIN; NOTIFY c, '1'; NOTIFY c, '2'; NOTIFY c, '1'; SELECT pg_notify('c', $$" + long + "$$); SAVEPOINT s; NOTIFY c, 'gone'; ROLLBACK TO s; NOTIFY c; COMMIT; NOTIFY c, '1'")
	for _, want := range []string{"1", "2", long, "", "1"} {
		if p := l.next(); p.raw != want {
			t.Fatalf("%.100q, want %.100q", p.raw, want)
		}
	}
	var heard []string
	config := l.Config()
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { heard = append(heard, n.Payload) }
	held, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close(context.Background())
	run := func(sql string) {
		t.Helper()
		if _, err := held.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run("LISTEN c")
	run("LISTEN live FOR SELECT id FROM notes")
	run("BEGIN")
	e.exec("NOTIFY c, 'a'")
	e.exec("INSERT INTO notes VALUES (1)")
	run("NOTIFY c, 'own'")
	run("SELECT 1")
	if len(heard) > 0 {
		t.Errorf("heard within a transaction: %q", heard)
	}
	run("COMMIT")
	for len(heard) < 3 {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		err := held.PgConn().WaitForNotification(ctx)
		if cancel(); err != nil {
			t.Fatalf("%v: %q", err, heard)
		}
	}
	if heard[0] != "a" || !strings.Contains(heard[1], `"id":"1"`) || heard[2] != "own" {
		t.Errorf("%q", heard)
	}
}

// TestSeeingAndEnding: kalam.subscriptions has each of every way, and any can be ended.
func TestSeeingAndEnding(t *testing.T) {
	e := &env{T: t, server: testserver.Start(t), ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE notes (" + notes + ")")
	e.exec("GRANT SELECT ON notes TO public")
	l, c := e.listener(), e.dial("alice")
	l.run("LISTEN a FOR SELECT id FROM notes WHERE n = 1")
	c.subscribe("s", "SELECT id FROM notes WHERE n = 2", nil)
	feed := e.connect("postgres")
	for _, sql := range []string{"BEGIN", "DECLARE f CURSOR FOR SUBSCRIBE TO SELECT id FROM notes WHERE n = 3", "FETCH 1 FROM f WITH (timeout = '8s')"} {
		if _, err := feed.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	if err := e.db.QueryRow(t.Context(), `SELECT string_agg(concat_ws(' ', right(query, 1), "user", transport, state, cursor IS NOT NULL, lag, queued_bytes, delivered, started <= now(), session > 0), ', ' ORDER BY query) FROM kalam.subscriptions`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := "1 postgres pgwire live t 0 0 0 t t, 2 alice websocket live t 0 0 0 t t, 3 postgres pgwire live t 0 0 0 t t"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if n := e.count("SELECT count(*) FROM kalam.subscriptions WHERE kalam_end_subscription(id)"); n != 3 {
		t.Errorf("%d were ended", n)
	}
	if p := l.next(); p.Op != "end" || p.Reason != "cancelled" || p.Code != "57014" {
		t.Error(p.raw)
	}
	if f := c.read(); f.Type != "subscription_end" || f.Reason != "cancelled" || f.Code != "57014" || f.Cursor == "" {
		t.Errorf("%s", f.raw)
	}
	if _, err := feed.Exec(t.Context(), "FETCH 10 FROM f WITH (timeout = '8s')"); err == nil || !strings.Contains(err.Error(), "57014") {
		t.Error(err)
	}
	// Others' are not for everybody to end.
	c.subscribe("again", "SELECT id FROM notes", nil)
	e.exec("SET ROLE kalam_user")
	if n := e.count("SELECT count(*) FROM generate_series(1, 10) AS id WHERE kalam_end_subscription(id)"); n != 0 {
		t.Error("an end user has ended another's subscription")
	}
	e.exec("RESET ROLE; INSERT INTO notes VALUES (1)")
	if got := c.one(); got.Row["id"] != "1" {
		t.Error(got)
	}
}
