package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// contract is the live contract, sentence by sentence in the order of its sections, with the tests that
// hold the server to each. Those that are this file's own are run by TestLiveProtocol.
var contract = []struct {
	section, sentence string
	tests             []func(*testing.T)
	own               func(*testing.T)
}{
	{"1 groups", "Every commit that changes the result produces one change group, the exact difference; in commit order, each once, none missing.",
		tests(TestSubscriptionEqualsSelectAtEveryCursor, TestChangesFollowCommitOrderUnderWriters, TestRapidUpdatesArriveInOrder, TestTransactionArrivesAsOneGroup, TestRolledBackIsNeverSeen), nil},
	{"1 cursor", "A cursor is on every message that moves the state; applying everything up to it yields the result as of that commit.",
		tests(TestSubscriptionEqualsSelectAtEveryCursor, TestSelectAndSubscribeFromItsCursor), cursorsOfHeartbeats},
	{"1 cursor", "Cursors of one database can be handed to any way in. They survive a server restart.", tests(TestOneCursorOnAllWays, TestResumeAfterRestart, TestKillAndResume), otherWayAfterRestart},
	{"1 key", "The primary keys of the tables a result comes from, group-by columns for an aggregate; without a key a change is a delete and an insert.", tests(TestKeysOfResults), nil},
	{"1 op and reason", "insert, update and delete with their reasons.", tests(TestReasonsOfEachRow, TestInsertUpdateDeleteAreNotified, TestRevokedRows, TestTimeMovesResults), nil},
	{"1 op and reason", "row and old are whole result rows, NULLs included.", tests(TestValuesInJSON, TestBigRowArrivesWhole), nil},
	{"1 op and reason", "An UPDATE that changes nothing produces nothing.", nil, nothingProducesNothing},
	{"1 op and reason", "With ORDER BY, at and from_at give 0-based positions, so that a list can be spliced.", tests(TestMovesInLists, TestSlowConsumersOfLists), nil},
	{"1 which", "Every deterministic SELECT; volatile functions are refused with 0A000.", tests(TestAnySelectIsLive), volatileIsRefused},
	{"1 which", "User tables: the subscriber's own slice only.", tests(TestTwoUsersSeeTheirOwn, TestEndUsersHaveNothingElse), nil},
	{"1 values", "One form in JSON for each type.", tests(TestValuesInJSON, TestUserTypesAreLive), nil},
	{"2 authenticate", "jwt, password, trust; auth_success with user and role, auth_error and close 4401.", tests(TestTokens, TestPasswordAuthentication, TestTrustIsOfAddresses), nil},
	{"2 authenticate", "Before authentication only authenticate and ping are answered; the deadline is 3 s.", tests(TestBeforeAuthentication), nothingBeforeAuthentication},
	{"2 authenticate", "A token's expiry ends the connection (4401).", tests(TestTokenEndsWhatRuns), nil},
	{"2 messages", "The messages and their fields.", tests(TestShapesOfMessages, TestMessagesOfTheWrongShape, TestSubProtocol, TestNamesOfSubscriptions), nil},
	{"2 frames", "One changes frame per commit and connection: a transaction is never seen half.", tests(TestTransactionArrivesAsOneGroup, TestExecuteIsOneSession), oneFrameForAll},
	{"2 order", "Ack (or error), batches, then changes; has_more: false means live; an empty result sends one batch; snapshot: false one empty batch with the cursor.", tests(TestOptionsOfSubscribe, TestSnapshots), nil},
	{"2 options", "last_rows: the n rows written last, oldest first. from beats last_rows.", tests(TestLastRows, TestOptionsOfSubscribe), nil},
	{"2 options", "resumed: true means nothing is missing and no snapshot follows; resumed: false means discard your state, a full snapshot follows.", tests(TestResumeAfterDisconnect, TestOptionsOfSubscribe, TestResumeUnderPolicies, TestLiveTodayIsNotResumed), nil},
	{"2 options", "next_batch only with pull: true.", tests(TestSnapshots), nextBatchWithoutPull},
	{"2 execute", "execute answers with the cursor of its commit: once a subscription has passed it, the write is in the state.", tests(TestExecuteIsOneSession), nil},
	{"2 slow", "close ends with slow_consumer and its cursor; coalesce keeps the newest state per key and says so.", tests(TestSlowConsumers, TestSlowConsumersOfLists), nil},
	{"2 session", "A WebSocket connection is one session; a POST /v1/sql is one session of its own.", tests(TestExecuteIsOneSession, TestHTTP, TestSubscribeInTransactions), postIsASession},
	{"2 restart", "After a restart a cursor of a query over stream tables answers resumed: false.", tests(TestResumeAfterRestart), nil},
	{"2 reasons", "slow_consumer, table_dropped, table_altered (only where the query no longer means the same), permission_revoked, cancelled, state_limit, server_shutdown.",
		tests(TestSlowConsumers, TestEndings, TestRevokeEndsSubscriptions, TestSeeingAndEnding, TestLimitsOfUsersAndQueries, TestShutdownTellsSubscribers, TestChangedPoliciesEndSubscriptions), meansTheSame},
	{"2 faults", "A binary frame, malformed JSON or an oversized frame gets an error and a close code, and touches no other connection.", tests(TestFaultsEndTheirConnectionAlone), nil},
	{"2 browsers", "The Origin must be the server's own or allowed, and the Host one that the server answers to.", tests(TestOriginAndHost), nil},
	{"2 limits", "Connections, subscriptions (53300), frame size, statements per second, state bytes (53400).", tests(TestLimits, TestLimitsOfUsersAndQueries), nil},
	{"2 HTTP", "POST /v1/sql, /healthz, /readyz, /metrics.", tests(TestHTTP, TestTokens), nil},
	{"3 NOTIFY", "LISTEN, NOTIFY, pg_notify() and UNLISTEN behave as PostgreSQL's, with no 8,000-byte limit.", tests(TestNotifyAsPostgreSQL, TestUnlistenHearsWhatWasNotifiedBefore, TestChannels), nil},
	{"3 LISTEN FOR", "Every change is a notification, at once while the session is idle, held back inside a transaction block.", tests(TestPayloads, TestNotifyAsPostgreSQL, TestListenForInTransactions), nil},
	{"3 LISTEN FOR", "snapshot, group = 'commit' and from; kalam_listen(); UNLISTEN.", tests(TestPayloads, TestOneCursorOnAllWays), snapshotByCommit},
	{"3 rows", "Columns _cursor text, _op text, _reason text, _old jsonb, then the query's own.", tests(TestFeedSomeRowsAtATime, TestCopySubscribe), rowsOfFeeds},
	{"3 rows", "It runs until cancelled, and ends as any statement does.", tests(TestSeeingAndEnding), cancelledFeed},
	{"3 seeing", "kalam.subscriptions, kalam_end_subscription(), EXPLAIN SUBSCRIBE TO.", tests(TestSeeingAndEnding, TestExplain), nil},
}

func tests(list ...func(*testing.T)) []func(*testing.T) { return list }

// TestLiveProtocol holds the server to the sentences that no other test is about.
func TestLiveProtocol(t *testing.T) {
	for _, p := range contract {
		if len(p.tests) == 0 && p.own == nil {
			t.Errorf("nothing tests %s: %s", p.section, p.sentence)
		}
		if p.own != nil {
			t.Run(p.section+": "+p.sentence, p.own)
		}
	}
}

// cursorsOfHeartbeats: who has applied everything up to a heartbeat's cursor goes on from there.
func cursorsOfHeartbeats(t *testing.T) {
	e := start(t)
	c := e.dial("postgres")
	_, _, first := c.subscribe("s", "SELECT id FROM notes WHERE n = 7", map[string]any{"heartbeat": 0.05})
	e.exec("INSERT INTO notes VALUES (1, 'elsewhere', 0)")
	cursor := first
	for cursor == first { // the query is not concerned, and yet its cursor moves
		var f frame
		if err := c.conn.ReadJSON(&f); err != nil || f.Type != "heartbeat" {
			t.Fatal(err, f.Type)
		}
		cursor = f.Cursor
	}
	e.exec("INSERT INTO notes VALUES (2, 'here', 7)")
	d := e.dial("postgres")
	rows, ack, at := d.subscribe("s", "SELECT id FROM notes WHERE n = 7", map[string]any{"from": cursor})
	if !ack.Resumed || len(rows) > 0 || at != cursor {
		t.Fatalf("resumed %v at %s with %v", ack.Resumed, at, rows)
	}
	if got := d.one(); got.Op != "insert" || got.Row["id"] != "2" {
		t.Error(got)
	}
}

// otherWayAfterRestart: begun over a WebSocket, resumed over the wire by a server that was started since.
func otherWayAfterRestart(t *testing.T) {
	e := start(t)
	const query = "SELECT n, count(*) AS id FROM notes GROUP BY n"
	e.exec("INSERT INTO notes VALUES (1, 'a', 5)")
	_, _, cursor := e.dial("postgres").subscribe("s", query, nil)
	e.exec("INSERT INTO notes VALUES (2, 'b', 5)")
	e.exec("DELETE FROM notes WHERE id = 1")
	dir := e.server.Dir
	e.server.Stop()
	e.server = testserver.StartIn(t, dir)
	e.db = e.connect("postgres")
	told, last := feedFrom(e, query, cursor, 2)
	if len(told) != 2 || !strings.HasPrefix(told[0], "update 2 at ") || !strings.HasPrefix(told[1], "update 1 at ") {
		t.Errorf("%q", told)
	}
	l := e.listener()
	l.run("LISTEN c WITH (from = '" + last + "') FOR " + query)
	if p := l.next(); p.Op != "ready" || p.Cursor != last {
		t.Errorf("%s", p.raw)
	}
	e.exec("DELETE FROM notes")
	if p := l.next(); p.Op != "delete" || p.Reason != "delete" || p.Old["n"] != 5.0 || p.Old["id"] != "1" {
		t.Errorf("%s", p.raw)
	}
}

func nothingProducesNothing(t *testing.T) {
	e := start(t)
	e.exec("INSERT INTO notes VALUES (1, 'a', 0), (2, 'b', 0)")
	queries := []string{"SELECT id, title FROM notes", "SELECT title, count(*) FROM notes GROUP BY title", "SELECT id, title FROM notes ORDER BY title LIMIT 1", "SELECT a.id, b.title FROM notes a JOIN notes b ON b.id = a.id"}
	c, l := e.dial("postgres"), e.listener()
	for i, q := range queries {
		c.subscribe(fmt.Sprint(i), q, nil)
		l.run(fmt.Sprintf("LISTEN c%d FOR %s", i, q))
	}
	e.exec("UPDATE notes SET title = title")
	e.exec("UPDATE notes SET n = n + 1") // which no query reads
	e.exec("BEGIN; UPDATE notes SET title = 'z' WHERE id = 1; UPDATE notes SET title = 'a' WHERE id = 1; INSERT INTO notes VALUES (3); DELETE FROM notes WHERE id = 3; COMMIT")
	e.exec("UPDATE notes SET title = 'a changed' WHERE id = 1")
	f := c.read()
	if len(f.Subscriptions) != len(queries) || !strings.Contains(string(f.raw), "changed") {
		t.Errorf("%s", f.raw)
	}
	heard := map[string]bool{}
	for len(heard) < len(queries) {
		p := l.next()
		if heard[p.channel] = true; !strings.Contains(p.raw, "changed") && p.Op != "delete" {
			t.Errorf("%s: %s", p.channel, p.raw)
		}
	}
}

// volatileIsRefused on every way in.
func volatileIsRefused(t *testing.T) {
	e := start(t)
	e.exec("CREATE SEQUENCE s; CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; CREATE VIEW v AS SELECT id, random() AS r FROM notes")
	c := e.dial("postgres")
	for _, query := range []string{
		"SELECT id, random() FROM notes", "SELECT id FROM notes WHERE random() < 0.5", "SELECT nextval('s') FROM notes", "SELECT id FROM notes ORDER BY random()", "SELECT id FROM notes WHERE n = f()",
		"SELECT id FROM notes WHERE title IN (SELECT gen_random_uuid()::text)", "SELECT r FROM v", "SELECT id, clock_timestamp() FROM notes", "SELECT id FROM notes FOR UPDATE",
	} {
		c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "s", "sql": query}})
		if f := c.read(); f.Type != "error" || f.Code != "0A000" || f.Subscription != "s" {
			t.Fatalf("%s: %s", query, f.raw)
		}
		e.refused("0A000", "SUBSCRIBE TO "+query)
		e.refused("0A000", "LISTEN c FOR "+query)
		e.refused("0A000", "COPY (SUBSCRIBE TO "+query+") TO STDOUT")
		e.refused("0A000", "SELECT kalam_listen('c', $$"+query+"$$)")
		e.exec("BEGIN")
		e.refused("0A000", "DECLARE c CURSOR FOR SUBSCRIBE TO "+query)
		e.exec("ROLLBACK")
	}
}

func nothingBeforeAuthentication(t *testing.T) {
	e := start(t)
	c := e.raw(nil)
	for _, m := range []map[string]any{
		{"type": "subscribe", "subscription": map[string]any{"id": "s", "sql": "SELECT 1"}}, {"type": "next_batch", "subscription_id": "s"}, {"type": "unsubscribe", "subscription_id": "s"},
		{"type": "execute", "id": "x", "sql": "SELECT 1"}, {"type": "listen", "channel": "c"}, {"type": "unlisten", "channel": "c"},
	} {
		c.send(m)
		if f := c.read(); f.Type != "error" || f.Code != "28000" {
			t.Errorf("%v: %s", m, f.raw)
		}
	}
	c.send(map[string]any{"type": "authenticate", "method": "trust", "user": "postgres"})
	if f := c.read(); f.Type != "auth_success" {
		t.Errorf("%s", f.raw)
	}
}

// oneFrameForAll: queries over different tables that one transaction changes move in one frame.
func oneFrameForAll(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE other (id int PRIMARY KEY)")
	c := e.dial("postgres")
	c.subscribe("a", "SELECT id FROM notes", nil)
	c.subscribe("b", "SELECT count(*) FROM other", nil)
	c.subscribe("c", "SELECT o.id FROM other o JOIN notes n ON n.id = o.id ORDER BY 1", nil)
	c.subscribe("d", "SELECT id FROM notes WHERE n = 7", nil)
	for i := range 20 {
		e.exec(fmt.Sprintf("BEGIN; INSERT INTO notes VALUES (%[1]d); INSERT INTO other VALUES (%[1]d); COMMIT", i))
		f := c.read()
		var ids []string
		for _, s := range f.Subscriptions {
			ids = append(ids, s.ID)
		}
		if f.Type != "changes" || strings.Join(ids, "") != "abc" {
			t.Fatalf("%s", f.raw)
		}
	}
}

// nextBatchWithoutPull asks for nothing that would not come anyway.
func nextBatchWithoutPull(t *testing.T) {
	e := start(t)
	e.exec("INSERT INTO notes SELECT g FROM generate_series(1, 5) AS g")
	c := e.dial("postgres")
	rows, _, _ := c.subscribe("s", "SELECT id FROM notes", map[string]any{"batch_size": 2})
	c.send(map[string]any{"type": "next_batch", "subscription_id": "s"})
	e.exec("INSERT INTO notes VALUES (6)")
	if got := c.one(); len(rows) != 5 || got.Row["id"] != "6" {
		t.Errorf("%v, %v", rows, got)
	}
	c.send(map[string]any{"type": "next_batch", "subscription_id": "nobody"})
	if f := c.read(); f.Type != "error" || f.Code != "42704" || f.Subscription != "nobody" {
		t.Errorf("%s", f.raw)
	}
}

// postIsASession: neither settings nor a transaction outlast a POST.
func postIsASession(t *testing.T) {
	e := start(t)
	e.post(`{"sql":"SET timezone = 'Asia/Tokyo'"}`, "")
	if answer, _ := e.post(`{"sql":"SHOW timezone"}`, ""); strings.Contains(answer, "Tokyo") {
		t.Errorf("a setting has stayed: %s", answer)
	}
	e.post(`{"sql":"BEGIN; INSERT INTO notes VALUES (1)"}`, "")
	if n := e.count("SELECT count(*) FROM notes"); n != 0 {
		t.Error("a transaction that was left open has committed")
	}
	e.post(`{"sql":"BEGIN; INSERT INTO notes VALUES (1); COMMIT"}`, "")
	if n := e.count("SELECT count(*) FROM notes"); n != 1 {
		t.Error("a transaction is lost")
	}
}

// meansTheSame: definitions that leave the query what it was leave the subscription, and its cursor.
func meansTheSame(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE w (id int PRIMARY KEY, a text, b int, c numeric); INSERT INTO w VALUES (1, 'x', 1, 1.5)")
	queries := []string{"SELECT id, a FROM w WHERE b > 0", "SELECT a, count(*) FROM w GROUP BY a", "SELECT x.id, y.a FROM w x JOIN w y ON y.id = x.b ORDER BY x.id"}
	c, l := e.dial("postgres"), e.listener()
	cursors := map[string]string{}
	for i, q := range queries {
		_, _, cursors[q] = c.subscribe(fmt.Sprint(i), q, nil)
		l.run(fmt.Sprintf("LISTEN c%d FOR %s", i, q))
	}
	for _, sql := range []string{
		"ALTER TABLE w ADD COLUMN d int NOT NULL DEFAULT 3", "ALTER TABLE w ALTER COLUMN c TYPE int", "ALTER TABLE w ALTER COLUMN c TYPE text", "ALTER TABLE w RENAME COLUMN c TO e", "ALTER TABLE w DROP COLUMN e",
		"CREATE INDEX w_a ON w (a)", "CREATE INDEX CONCURRENTLY w_b ON w (b)", "DROP INDEX w_a", "DROP INDEX CONCURRENTLY w_b", "ALTER TABLE w ALTER COLUMN a SET DEFAULT 'z'", "ALTER TABLE w ALTER COLUMN b SET NOT NULL",
		"ALTER TABLE w ADD CHECK (b < 100)", "COMMENT ON TABLE w IS 'w'", "CREATE TABLE beside (id int REFERENCES w)", "ANALYZE w", "GRANT SELECT ON w TO public", "VACUUM w",
	} {
		e.exec(sql)
	}
	e.exec("INSERT INTO w (id, a, b) VALUES (2, 'y', 1)")
	if f := c.read(); f.Type != "changes" || len(f.Subscriptions) != len(queries) {
		t.Fatalf("%s", f.raw)
	}
	for range queries {
		if p := l.next(); p.Op != "insert" {
			t.Errorf("%s: %s", p.channel, p.raw)
		}
	}
	for q, cursor := range cursors {
		d := e.dial("postgres")
		if _, ack, _ := d.subscribe("s", q, map[string]any{"from": cursor}); !ack.Resumed {
			t.Errorf("%s does not resume", q)
		} else if f := d.read(); f.Type != "changes" || len(f.Subscriptions[0].Changes) != 1 {
			t.Errorf("%s: %s", q, f.raw)
		}
	}
}

// snapshotByCommit: group = 'commit' is about changes; rows that are there come one by one.
func snapshotByCommit(t *testing.T) {
	e := start(t)
	e.exec("INSERT INTO notes VALUES (1), (2)")
	l := e.listener()
	l.run("LISTEN c WITH (snapshot, group = 'commit') FOR SELECT id FROM notes")
	for _, want := range []string{`{"op":"snapshot","row":{"id":"1"}}`, `{"op":"snapshot","row":{"id":"2"}}`} {
		if p := l.next(); p.raw != want {
			t.Errorf("%s", p.raw)
		}
	}
	ready := l.next()
	if ready.Op != "ready" || ready.Cursor == "" {
		t.Errorf("%s", ready.raw)
	}
	e.exec("BEGIN; INSERT INTO notes VALUES (3); DELETE FROM notes WHERE id = 1; COMMIT")
	if p := l.next(); p.Op != "changes" || len(p.Changes) != 2 || p.Cursor == ready.Cursor {
		t.Errorf("%s", p.raw)
	}
	l.run("UNLISTEN *")
	l.run("LISTEN c WITH (group = 'commit', from = '" + ready.Cursor + "') FOR SELECT id FROM notes")
	if p := l.next(); p.Op != "ready" || p.Cursor != ready.Cursor {
		t.Errorf("%s", p.raw)
	}
	if p := l.next(); p.Op != "changes" || len(p.Changes) != 2 {
		t.Errorf("%s", p.raw)
	}
}

// rowsOfFeeds: every op with its columns, of their types.
func rowsOfFeeds(t *testing.T) {
	e := start(t)
	e.exec("INSERT INTO notes VALUES (1, 'a', 0)")
	feed := e.connect("postgres")
	run := func(sql string) {
		t.Helper()
		if _, err := feed.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	run("BEGIN")
	run("DECLARE c CURSOR FOR SUBSCRIBE TO SELECT id, title FROM notes WHERE n = 0 WITH (snapshot = true, last_rows = 10, heartbeat = '50ms')")
	next := func(op string) map[string]any {
		t.Helper()
		for {
			rows, err := feed.Query(t.Context(), "FETCH 1 FROM c WITH (timeout = '8s')")
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range rows.FieldDescriptions() {
				names = append(names, fmt.Sprint(f.Name, " ", f.DataTypeOID))
			}
			all, err := pgx.CollectRows(rows, pgx.RowToMap)
			if err != nil || len(all) != 1 {
				t.Fatalf("%v, %v", all, err)
			}
			if got := strings.Join(names, ", "); got != "_cursor 25, _op 25, _reason 25, _old 3802, id 20, title 25" {
				t.Fatalf("%s", got)
			}
			switch got := all[0]["_op"]; {
			case got == "heartbeat" && op != "heartbeat":
				continue
			case got != op:
				t.Fatalf("%v, want %s", all[0], op)
			}
			if c := all[0]["_cursor"]; (c == nil) != (op == "snapshot") {
				t.Errorf("%v", all[0])
			}
			return all[0]
		}
	}
	show := func(op string, want ...any) {
		t.Helper()
		r := next(op)
		old, err := json.Marshal(r["_old"])
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(r["_reason"], string(old), r["id"], r["title"]); got != fmt.Sprint(want...) {
			t.Errorf("%s: %s, want %s", op, got, fmt.Sprint(want...))
		}
	}
	show("snapshot", nil, "null", int64(1), "a")
	show("ready", nil, "null", nil, nil)
	show("heartbeat", nil, "null", nil, nil)
	e.exec("INSERT INTO notes VALUES (2, NULL, 0)")
	show("insert", "insert", "null", int64(2), nil)
	e.exec("UPDATE notes SET title = 'b' WHERE id = 2")
	show("update", nil, `{"id":"2","title":null}`, int64(2), "b")
	e.exec("UPDATE notes SET n = 1 WHERE id = 2")
	show("delete", "leave", `{"id":"2","title":"b"}`, int64(2), "b")
	e.exec("UPDATE notes SET n = 0 WHERE id = 2")
	show("insert", "enter", "null", int64(2), "b")
	e.exec("DELETE FROM notes WHERE id = 1")
	show("delete", "delete", `{"id":"1","title":"a"}`, int64(1), "a")
	run("ROLLBACK")
}

// cancelledFeed: a CancelRequest ends it with 57014, and the session goes on.
func cancelledFeed(t *testing.T) {
	e := start(t)
	feed := e.connect("postgres")
	for _, sql := range []string{"SUBSCRIBE TO SELECT id FROM notes", "COPY (SUBSCRIBE TO SELECT id FROM notes) TO STDOUT"} {
		done := make(chan error, 1)
		go func() {
			_, err := feed.Exec(context.Background(), sql)
			done <- err
		}()
		for e.count("SELECT count(*) FROM kalam.subscriptions WHERE state = 'live'") == 0 {
		}
		if err := feed.PgConn().CancelRequest(t.Context()); err != nil {
			t.Fatal(err)
		}
		var p *pgconn.PgError
		if err := <-done; !errors.As(err, &p) || p.Code != "57014" {
			t.Errorf("%s: %v", sql, err)
		}
		var one int
		if err := feed.QueryRow(t.Context(), "SELECT 1").Scan(&one); err != nil || one != 1 {
			t.Errorf("%s: afterwards %v", sql, err)
		}
		if n := e.count("SELECT count(*) FROM kalam.subscriptions"); n != 0 {
			t.Errorf("%s: %d subscriptions are left", sql, n)
		}
	}
}
