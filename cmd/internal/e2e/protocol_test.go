package e2e

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestReasonsOfEachRow: why a row of a result came or went is told of each row, whatever
// else a commit does, and for every kind of query alike.
func TestReasonsOfEachRow(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE people (id int PRIMARY KEY, name text)")
	e.exec("INSERT INTO people VALUES (1, 'ann'), (2, 'bob')")
	e.exec("CREATE TABLE m (id int PRIMARY KEY, who int, room text)")
	for _, try := range []struct{ query, want string }{
		{"SELECT id FROM m WHERE room = 'a'", "delete(delete) 1, delete(leave) 2, insert(enter) 3, insert(insert) 4"},
		{"SELECT id FROM m WHERE room = 'a' ORDER BY id", "delete(delete) 1, delete(leave) 2, insert(enter) 3, insert(insert) 4"},
		{"SELECT id FROM m WHERE room = 'a' ORDER BY id LIMIT 5", "delete(delete) 1, delete(leave) 2, insert(enter) 3, insert(insert) 4"},
		{"SELECT m.id, p.id AS pid FROM m JOIN people p ON p.id = m.who WHERE m.room = 'a'", "delete(delete) 1, delete(leave) 2, insert(enter) 3, insert(insert) 4"},
		{"SELECT id, row_number() OVER (PARTITION BY id) AS n FROM m WHERE room = 'a'", "delete(delete) 1, delete(leave) 2, insert(enter) 3, insert(insert) 4"},
		{"SELECT id FROM m WHERE room = 'a' AND who IN (SELECT id FROM people)", "delete(delete) 1, delete(leave) 2, insert(enter) 3, insert(insert) 4"},
		{"SELECT id, count(*) FROM m WHERE room = 'a' GROUP BY id", "delete(delete) 1, delete(leave) 2, insert(enter) 3, insert(insert) 4"},
		{"SELECT DISTINCT id FROM m WHERE room = 'a'", "delete(delete) 1, delete(leave) 2, insert(enter) 3, insert(insert) 4"},
		// What a LIMIT hides goes and comes by others.
		{"SELECT id FROM m ORDER BY id DESC LIMIT 2", "delete(leave) 2, insert(insert) 4"},
		{"SELECT id FROM m ORDER BY id LIMIT 1", "delete(delete) 1, insert(enter) 2"},
	} {
		t.Run(try.query, func(t *testing.T) {
			e := &env{T: t, server: e.server, ctx: t.Context(), db: e.db}
			e.exec("DELETE FROM m")
			e.exec("INSERT INTO m VALUES (1, 1, 'a'), (2, 1, 'a'), (3, 2, 'b')")
			c := e.dial("postgres")
			c.subscribe("s", try.query, nil)
			e.exec("BEGIN; DELETE FROM m WHERE id = 1; UPDATE m SET room = 'b' WHERE id = 2; UPDATE m SET room = 'a' WHERE id = 3; INSERT INTO m VALUES (4, 1, 'a'); COMMIT")
			f := c.read()
			var got []string
			for _, ch := range f.Subscriptions[0].Changes {
				row := ch.Row
				if row == nil {
					row = ch.Old
				}
				key, ok := row["id"]
				if !ok {
					key = row["room"]
				}
				got = append(got, fmt.Sprintf("%s(%s) %v", ch.Op, ch.Reason, key))
			}
			slices.Sort(got)
			if s := strings.Join(got, ", "); s != try.want {
				t.Errorf("%s\nwant %s\n%s", s, try.want, f.raw)
			}
		})
	}
	// Another key is another row.
	c := e.dial("postgres")
	e.exec("DELETE FROM m; INSERT INTO m VALUES (1, 1, 'a')")
	c.subscribe("key", "SELECT id FROM m ORDER BY id", nil)
	e.exec("UPDATE m SET id = 7")
	if got := c.changes(2)[0]; got[0].Reason != "delete" || got[1].Reason != "insert" {
		t.Errorf("another key: %v", got)
	}
}

// TestMessagesOfTheWrongShape: what is JSON and makes no sense is an error that names
// what it is about, and the connection goes on.
func TestMessagesOfTheWrongShape(t *testing.T) {
	e := start(t)
	c := e.dial("postgres")
	for _, try := range []struct{ message, want string }{
		{`{"type":5}`, `"id":null,"subscription_id":null,"code":"08P01","message":"invalid value for \"type\": number"`},
		{`{"type":"execute","id":7,"sql":"SELECT 1"}`, `"code":"08P01","message":"invalid value for \"id\": number"`},
		{`{"type":"execute","id":"x","sql":7}`, `"id":"x","subscription_id":null,"code":"08P01"`},
		{`{"type":"execute","id":"x","sql":"SELECT $1","params":{"a":1}}`, `"id":"x","subscription_id":null,"code":"08P01"`},
		{`{"type":"subscribe","subscription":{"id":"s","sql":"SELECT 1","options":{"batch_size":1.5}}}`, `"id":null,"subscription_id":"s","code":"08P01","message":"invalid value for \"subscription.options.batch_size\"`},
		{`{"type":"subscribe","subscription":{"id":"s","sql":"SELECT 1","options":{"snapshot":"yes"}}}`, `"subscription_id":"s","code":"08P01"`},
		{`{"type":"execute","id":"x","sql":"LISTEN a FOR SELECT 1"}`, `"code":"0A000"`},
		{`{"type":"execute","id":"x","sql":"SELECT 1/0"}`, `"detail":null,"hint":null,"position":null`},
		{`null`, `"code":"08P01"`},
	} {
		if err := c.conn.WriteMessage(websocket.TextMessage, []byte(try.message)); err != nil {
			t.Fatal(err)
		}
		if f := c.read(); f.Type != "error" || !strings.Contains(string(f.raw), try.want) {
			t.Errorf("%s: %s", try.message, f.raw)
		}
	}
	c.subscribe("s", "SELECT 1", map[string]any{"heartbeat": 1e300})
	if err := c.conn.WriteMessage(websocket.TextMessage, []byte("{\"type\":\"ping\xff\"}")); err != nil {
		t.Fatal(err)
	}
	if f := c.read(); f.Type != "error" {
		t.Errorf("%s", f.raw)
	}
	if code := c.closed(); code != 1007 {
		t.Errorf("invalid UTF-8: closed with %d", code)
	}
}

// TestCloseIsAnswered: a client that closes is told that it has closed.
func TestCloseIsAnswered(t *testing.T) {
	e := start(t)
	for _, code := range []int{1000, 1001, 4000} {
		c := e.dial("postgres")
		if err := c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, "bye"), time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if got := c.closed(); got != code {
			t.Errorf("closed with %d, the client had said %d", got, code)
		}
	}
}

// TestPingIsAnsweredMeanwhile: a sign of life does not wait for the statement that runs.
func TestPingIsAnsweredMeanwhile(t *testing.T) {
	e := start(t)
	e.exec("SELECT pg_advisory_lock(1)")
	c := e.dial("postgres")
	c.send(map[string]any{"type": "execute", "id": "waits", "sql": "SELECT pg_advisory_lock(1)"})
	c.send(map[string]any{"type": "ping"})
	if f := c.read(); f.Type != "pong" {
		t.Fatalf("%s", f.raw)
	}
	e.exec("SELECT pg_advisory_unlock(1)")
	if f := c.read(); f.Type != "result" || f.ID != "waits" {
		t.Fatalf("%s", f.raw)
	}
}

// TestTokenEndsWhatRuns: the end of a token is the end of its connection, whatever is
// running on it.
func TestTokenEndsWhatRuns(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret-secret-secret-secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := &env{T: t, server: testserver.Start(t, "--jwt-keys", secret), ctx: t.Context()}
	e.db = e.connect("postgres")
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "postgres", "exp": time.Now().Unix() + 2}).SignedString([]byte("secret-secret-secret-secret"))
	if err != nil {
		t.Fatal(err)
	}
	c := e.raw(nil)
	c.send(map[string]any{"type": "authenticate", "method": "jwt", "token": token})
	if f := c.read(); f.Type != "auth_success" {
		t.Fatalf("%s", f.raw)
	}
	c.send(map[string]any{"type": "execute", "id": "long", "sql": "SELECT pg_sleep(3600)"})
	if f := c.read(); f.Type != "auth_error" {
		t.Fatalf("%s", f.raw)
	}
	if code := c.closed(); code != 4401 {
		t.Errorf("closed with %d", code)
	}
}

// TestPreflight: pages of an allowed origin may send JSON and tokens; browsers ask first.
func TestPreflight(t *testing.T) {
	e := start(t, "--allowed-origins", "https://app.example")
	for origin, status := range map[string]int{"https://app.example": 204, "https://evil.example": 403} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, "http://"+e.server.HTTPAddr()+"/v1/sql", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		r.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
		w, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		w.Body.Close()
		if allowed := w.Header.Get("Access-Control-Allow-Headers"); w.StatusCode != status || (allowed == "Authorization, Content-Type") != (status == 204) {
			t.Errorf("%s: %d, %q", origin, w.StatusCode, allowed)
		}
	}
}

// ear is a PostgreSQL client that listens.
type ear struct {
	*pgx.Conn
	t     *testing.T
	heard []string
}

func (e *env) ear() *ear {
	e.Helper()
	config, err := pgx.ParseConfig(e.server.DSN("postgres"))
	if err != nil {
		e.Fatal(err)
	}
	l := &ear{t: e.T}
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		l.heard = append(l.heard, n.Channel+" "+strings.SplitN(n.Payload, `,"cursor"`, 2)[0])
	}
	if l.Conn, err = pgx.ConnectConfig(e.ctx, config); err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { l.Close(context.Background()) })
	return l
}

// run runs statements, in one go if there is one text, and wants notifications by then.
// A snapshot comes when it is read: for those it waits.
func (l *ear) run(sql string, want ...string) {
	l.t.Helper()
	l.heard = nil
	if _, err := l.PgConn().Exec(l.t.Context(), sql).ReadAll(); err != nil {
		l.t.Fatalf("%s: %v", sql, err)
	}
	for len(l.heard) < len(want) {
		ctx, cancel := context.WithTimeout(l.t.Context(), patience)
		err := l.PgConn().WaitForNotification(ctx)
		cancel()
		if err != nil {
			l.t.Fatalf("%s: heard %q, want %q: %v", sql, l.heard, want, err)
		}
	}
	if !slices.Equal(l.heard, want) {
		l.t.Errorf("%s: heard %q, want %q", sql, l.heard, want)
	}
}

// TestListenForInTransactions: LISTEN ... FOR takes effect at commit, as LISTEN does.
func TestListenForInTransactions(t *testing.T) {
	e := start(t)
	l := e.ear()
	l.run("BEGIN; LISTEN a FOR SELECT id FROM notes; ROLLBACK")
	l.run("INSERT INTO notes VALUES (1)")
	l.run("BEGIN; SAVEPOINT s; LISTEN a FOR SELECT id FROM notes; ROLLBACK TO s; COMMIT")
	l.run("INSERT INTO notes VALUES (2)")
	// One hears one's own.
	l.run("BEGIN; LISTEN a FOR SELECT id FROM notes; INSERT INTO notes VALUES (3); COMMIT", `a {"op":"insert","reason":"insert","row":{"id":"3"}`)
	l.run("BEGIN; UNLISTEN a; LISTEN a FOR SELECT id FROM notes WHERE id > 4; COMMIT")
	l.run("INSERT INTO notes VALUES (4), (5)", `a {"op":"insert","reason":"insert","row":{"id":"5"}`)
	l.run("BEGIN; UNLISTEN a; ROLLBACK")
	l.run("INSERT INTO notes VALUES (6)", `a {"op":"insert","reason":"insert","row":{"id":"6"}`)
	l.run("UNLISTEN *")
	// A table that the transaction has made.
	l.run("BEGIN; CREATE TABLE own (id int PRIMARY KEY); INSERT INTO own VALUES (1); LISTEN o WITH (snapshot) FOR SELECT id FROM own; COMMIT",
		`o {"op":"snapshot","row":{"id":1}}`, `o {"op":"ready"`)
	l.run("INSERT INTO own VALUES (2)", `o {"op":"insert","reason":"insert","row":{"id":2}`)
	l.run("UNLISTEN o")
	l.run("BEGIN; ALTER TABLE own ADD COLUMN n int; SELECT kalam_listen('k', 'SELECT id, n FROM own WHERE n = $1', '{\"params\": [7]}'); COMMIT")
	l.run("INSERT INTO own VALUES (3, 6), (4, 7)", `k {"op":"insert","reason":"insert","row":{"id":4,"n":7}`)
	l.run("BEGIN; CREATE TABLE gone (id int PRIMARY KEY); LISTEN g FOR SELECT id FROM gone; DROP TABLE gone; COMMIT", `g {"op":"end","code":"42P01","reason":"error"`)
	// One channel both ways.
	l.run("LISTEN own; LISTEN own FOR SELECT id FROM own")
	l.run("NOTIFY own, 'x'; INSERT INTO own VALUES (5)", `own {"op":"insert","reason":"insert","row":{"id":5}`, `own x`)
	var channels []string
	if err := l.QueryRow(t.Context(), "SELECT array_agg(c ORDER BY c) FROM pg_listening_channels() AS c").Scan(&channels); err != nil || !slices.Equal(channels, []string{"k", "own"}) {
		t.Errorf("pg_listening_channels() gives %v, %v", channels, err)
	}
	l.run("UNLISTEN own")
	l.run("NOTIFY own, 'x'; INSERT INTO own VALUES (6)")
	for sql, code := range map[string]string{
		"LISTEN k FOR SELECT 1":                                     "42710",
		"LISTEN x WITH (batch_size = -1) FOR SELECT 1":              "22023",
		"LISTEN x WITH (from = 'nonsense') FOR SELECT 1":            "22023",
		"SELECT kalam_listen('x', 'SELECT 1', '{\"nope\": 1}')":     "22023",
		"SELECT kalam_listen('x', 'SELECT 1', '[1]')":               "22023",
		"SELECT kalam_listen('x', 'SELECT 1', '{\"slow\": \"x\"}')": "22023",
	} {
		if _, err := l.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), code) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// TestParametersOfLiveQueries: they have the types that the query gives them.
func TestParametersOfLiveQueries(t *testing.T) {
	e := start(t)
	for _, sql := range []string{
		"SUBSCRIBE TO SELECT id FROM notes WHERE id > $1",
		"DECLARE c CURSOR FOR SUBSCRIBE TO SELECT id FROM notes WHERE id > $1",
		"LISTEN a FOR SELECT id FROM notes WHERE id > $1",
	} {
		d, err := e.db.PgConn().Prepare(t.Context(), "", sql, nil)
		if err != nil || len(d.ParamOIDs) != 1 || d.ParamOIDs[0] != 20 {
			t.Errorf("%s: %v, %v", sql, d, err)
		}
	}
}

// TestResumeUnderPolicies: queries over tables with policies resume like others, unless
// who may see what has changed in between.
func TestResumeUnderPolicies(t *testing.T) {
	e := start(t)
	e.exec("CREATE ROLE ann LOGIN; CREATE ROLE readers; GRANT readers TO ann; CREATE TABLE docs (id int PRIMARY KEY, owner text); GRANT SELECT ON docs TO ann")
	e.exec("ALTER TABLE docs ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON docs USING (owner = current_user)")
	e.exec("CREATE POLICY extra ON docs TO readers USING (id < 0)")
	for _, query := range []string{"SELECT id FROM docs", "SELECT id FROM docs ORDER BY id", "SELECT owner, count(*) FROM docs GROUP BY owner"} {
		for _, try := range []struct {
			between string
			resumes bool
		}{
			{"CREATE INDEX ON docs (owner)", true},
			{"CREATE TABLE other (id int); DROP TABLE other", true},
			{"ALTER POLICY own ON docs USING (owner = session_user)", false}, {"ALTER POLICY own ON docs USING (owner = current_user)", false},
			{"REVOKE readers FROM ann; GRANT readers TO ann", false},
		} {
			e.exec("DELETE FROM docs; INSERT INTO docs VALUES (1, 'ann'), (2, 'bob')")
			c := e.dial("ann")
			_, _, cursor := c.subscribe("s", query, nil)
			c.conn.Close()
			e.exec(try.between)
			e.exec("INSERT INTO docs VALUES (3, 'ann'), (4, 'bob')")
			c = e.dial("ann")
			rows, ack, _ := c.subscribe("s", query, map[string]any{"from": cursor})
			if ack.Resumed != try.resumes {
				t.Fatalf("%s, %s: resumed %v", query, try.between, ack.Resumed)
			}
			if ack.Resumed {
				if got := c.one(); got.Row == nil || got.Row["id"] == float64(4) {
					t.Fatalf("%s, %s: %v", query, try.between, got)
				}
			} else if len(rows) == 0 {
				t.Fatalf("%s, %s: no rows", query, try.between)
			}
		}
	}
}

// TestReasonReachesWhoSendsOn: a client that is shown the door while it is sending reads
// why, however much it sends.
func TestReasonReachesWhoSendsOn(t *testing.T) {
	e := start(t, "--max-frame", "100000")
	for range 5 {
		c := e.dial("postgres")
		if err := c.conn.WriteMessage(websocket.TextMessage, make([]byte, 16<<20)); err != nil {
			t.Fatal(err)
		}
		if f := c.read(); f.Type != "error" || f.Code != "54000" {
			t.Fatalf("%s", f.raw)
		}
		if code := c.closed(); code != 1009 {
			t.Fatalf("closed with %d", code)
		}
		c = e.raw(nil)
		c.send(map[string]any{"type": "authenticate", "method": "password", "user": "postgres", "password": "wrong"})
		for range 200 {
			c.send(map[string]any{"type": "execute", "sql": strings.Repeat("x", 10000)})
		}
		if f := c.read(); f.Type != "auth_error" || f.Code != "28P01" {
			t.Fatalf("%s", f.raw)
		}
		if code := c.closed(); code != 4401 {
			t.Fatalf("closed with %d", code)
		}
	}
}

// TestNothingAfterUnsubscribed: once that is said nothing of the subscription comes, so
// that its name can be used again at once.
func TestNothingAfterUnsubscribed(t *testing.T) {
	e := start(t)
	writer, over, done := e.connect("postgres"), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-over:
				return
			default:
			}
			if _, err := writer.Exec(t.Context(), "INSERT INTO notes VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET n = excluded.n", i%2, strings.Repeat("\"x", 1000), i); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	c := e.dial("postgres")
	for range 100 {
		c.subscribe("s", "SELECT * FROM notes", map[string]any{"snapshot": false})
		c.read() // changes
		c.send(map[string]any{"type": "unsubscribe", "subscription_id": "s"})
		for c.read().Type != "unsubscribed" {
		}
		c.send(map[string]any{"type": "ping"})
		if f := c.read(); f.Type != "pong" {
			t.Errorf("after unsubscribed: %.200s", f.raw)
			break
		}
	}
	close(over)
	<-done
}
