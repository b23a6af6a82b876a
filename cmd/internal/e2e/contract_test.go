package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// What the live contract promises of messages, sentence by sentence, where no other test
// of this package has it.

// TestValuesInJSON: every type has one form, in results, snapshots and changes alike, on
// every way.
func TestValuesInJSON(t *testing.T) {
	e := start(t)
	e.exec("CREATE TYPE mood AS ENUM ('sad', 'glad')")
	columns := []struct{ kind, value, want string }{
		{"bool", "true", `true`}, {"int2", "-32768", `-32768`}, {"int4", "2147483647", `2147483647`}, {"int8", "9007199254740993", `"9007199254740993"`},
		{"float4", "1.1", `1.1`}, {"float4", "'NaN'", `"NaN"`}, {"float8", "'Infinity'", `"Infinity"`}, {"float8", "'-Infinity'", `"-Infinity"`}, {"float8", "1e300", `1e+300`},
		{"numeric", "1.50", `"1.50"`}, {"numeric", "'NaN'", `"NaN"`}, {"numeric(40,2)", "12345678901234567890123456789012345678.9", `"12345678901234567890123456789012345678.90"`},
		{"text", `E'a "b" \\ \u00e9 \n'`, `"a \"b\" \\ é \n"`}, {"varchar(3)", "'abc'", `"abc"`}, {"uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", `"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"`},
		{"mood", "'glad'", `"glad"`},
		{"timestamptz", "'2026-01-02 05:04:05.000006+02'", `"2026-01-02T03:04:05.000006Z"`}, {"timestamptz", "'2026-01-02 03:04:05+00'", `"2026-01-02T03:04:05.000000Z"`},
		{"timestamp", "'2026-01-02 03:04:05.000006'", `"2026-01-02T03:04:05.000006"`}, {"date", "'2026-01-02'", `"2026-01-02"`}, {"time", "'03:04:05.5'", `"03:04:05.5"`},
		{"interval", "'1 year 2 months 3 days 04:05:06.7'", `"P1Y2M3DT4H5M6.7S"`}, {"interval", "'0'", `"PT0S"`},
		{"bytea", `'\xDEADbeef'`, `"\\xdeadbeef"`}, {"bytea", "''", `"\\x"`},
		{"json", `'{"a" : 1.0,  "a":[2]}'`, `{"a" : 1.0,  "a":[2]}`}, {"jsonb", `'{"b":1.0,"a":[1,{"c":null}]}'`, `{"a": [1, {"c": null}], "b": 1.0}`}, {"jsonb", "'null'", `null`},
		{"int8[]", "'{9007199254740993,NULL}'", `["9007199254740993",null]`}, {"text[]", "'{{a,b},{c,NULL}}'", `[["a","b"],["c",null]]`}, {"numeric[]", "'{}'", `[]`},
		{"timestamptz[]", "'{2026-01-02 03:04:05+00}'", `["2026-01-02T03:04:05.000000Z"]`}, {"bool[]", "'{t,f}'", `[true,false]`}, {"jsonb[]", `array['{"a":1}'::jsonb]`, `[{"a": 1}]`},
		{"text", "NULL", `null`}, {"int8", "NULL", `null`}, {"jsonb", "NULL", `null`},
	}
	var names, values, want []string
	for i, c := range columns {
		names = append(names, fmt.Sprintf("c%d %s", i, c.kind))
		values = append(values, c.value)
		want = append(want, fmt.Sprintf(`"c%d":%s`, i, c.want))
	}
	row := `{"id":1,` + strings.Join(want, ",") + `}`
	e.exec("CREATE TABLE v (id int PRIMARY KEY, " + strings.Join(names, ", ") + ")")
	insert := "INSERT INTO v VALUES (1, " + strings.Join(values, ", ") + ") RETURNING *"
	in := func(way, text string) {
		t.Helper()
		if !strings.Contains(text, row) {
			t.Errorf("%s:\n%s\nwant\n%s", way, text, row)
		}
	}
	l := e.ear()
	l.run("LISTEN v FOR SELECT * FROM v")
	c := e.dial("postgres")
	c.subscribe("plain", "SELECT * FROM v", nil)
	c.subscribe("view", "SELECT * FROM v ORDER BY id", nil)
	c.send(map[string]any{"type": "execute", "id": "x", "sql": "SET timezone = 'Asia/Tokyo'"})
	c.read()
	c.send(map[string]any{"type": "execute", "id": "x", "sql": insert})
	for range 2 {
		f := c.read()
		in(f.Type, string(f.raw))
		if f.Type == "changes" && strings.Count(string(f.raw), row) != 2 {
			t.Errorf("%s", f.raw)
		}
	}
	c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "later", "sql": "SELECT * FROM v"}})
	c.read()
	in("initial_data_batch", string(c.read().raw))
	answer, _ := e.post(`{"sql":"SELECT * FROM v"}`, "")
	in("POST /v1/sql", answer)
	l.run("SELECT 1", `v {"op":"insert","reason":"insert","row":`+row)
	e.exec("DELETE FROM v")
	in("a deleted row", string(c.read().raw))
	// A row of NULLs is whole.
	e.exec("INSERT INTO v (id) VALUES (2)")
	if f := c.read(); strings.Count(string(f.raw), ":null") != 3*len(columns) {
		t.Errorf("%s", f.raw)
	}
}

// TestKeysOfResults: key marks the columns that identify a row.
func TestKeysOfResults(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE pairs (a int, b int, v int, PRIMARY KEY (a, b)); CREATE TABLE heap (a int, v int)")
	c := e.dial("postgres")
	for query, want := range map[string]string{
		"SELECT * FROM notes":                 "id",
		"SELECT title FROM notes":             "",
		"SELECT v, b AS second, a FROM pairs": "second a",
		"SELECT a, v FROM pairs":              "",
		"SELECT * FROM heap":                  "",
		"SELECT n.id, p.a, p.b, p.v FROM notes n JOIN pairs p ON p.a = n.n": "id a b",
		"SELECT n.id, p.v FROM notes n JOIN pairs p ON p.a = n.n":           "",
		"SELECT n, count(*) FROM notes GROUP BY n":                          "n",
		"SELECT a, b % 2 AS odd, sum(v) FROM pairs GROUP BY 1, 2":           "a odd",
		"SELECT id, n FROM notes ORDER BY n LIMIT 3":                        "id",
	} {
		_, ack, _ := c.subscribe("k", query, nil)
		var key []string
		for _, col := range ack.Schema {
			if col.Key {
				key = append(key, col.Name)
			}
		}
		if got := strings.Join(key, " "); got != want {
			t.Errorf("%s: the key is %q, want %q", query, got, want)
		}
		c.send(map[string]any{"type": "unsubscribe", "subscription_id": "k"})
		c.read()
	}
	// With a key a change is an update; without, the old row goes and the new one comes.
	c.subscribe("key", "SELECT id, title FROM notes", nil)
	c.subscribe("none", "SELECT title FROM notes", nil)
	e.exec("INSERT INTO notes VALUES (1, 'a')")
	c.read()
	e.exec("UPDATE notes SET n = 5")
	e.exec("UPDATE notes SET title = 'b'")
	f := c.read()
	if len(f.Subscriptions) != 2 || len(f.Subscriptions[0].Changes) != 1 || f.Subscriptions[0].Changes[0].Op != "update" || len(f.Subscriptions[1].Changes) != 2 ||
		f.Subscriptions[1].Changes[0].Op != "delete" || f.Subscriptions[1].Changes[1].Op != "insert" {
		t.Errorf("%s", f.raw)
	}
}

// TestOptionsOfSubscribe: what each option does to how a subscription begins.
func TestOptionsOfSubscribe(t *testing.T) {
	e := start(t, "--subscription-queue", "200000")
	c := e.dial("postgres")
	e.exec("INSERT INTO notes SELECT g, 'x', g FROM generate_series(1, 5) AS g")
	begin := func(options string) (ack *frame, batches []*frame) {
		t.Helper()
		text := `{"type":"subscribe","why":{"not":[]},"subscription":{"id":"s","sql":"SELECT id FROM notes","more":1,"options":` + options + `}}`
		if err := c.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if ack = c.read(); ack.Type != "subscription_ack" {
			return ack, nil
		}
		for {
			f := c.read()
			if f.Type != "initial_data_batch" || f.BatchNum != len(batches) || f.HasMore != (f.Cursor == "") {
				t.Fatalf("%s: %s", options, f.raw)
			}
			if batches = append(batches, f); !f.HasMore {
				return ack, batches
			}
			if strings.Contains(options, `"pull":true`) {
				c.send(map[string]any{"type": "next_batch", "subscription_id": "s"})
			}
		}
	}
	leave := func() {
		t.Helper()
		c.send(map[string]any{"type": "unsubscribe", "subscription_id": "s"})
		if f := c.read(); f.Type != "unsubscribed" {
			t.Fatalf("%s", f.raw)
		}
	}
	rows := func(batches []*frame) (sizes []int) {
		for _, b := range batches {
			sizes = append(sizes, len(b.Rows))
		}
		return sizes
	}
	check := func(options string, resumed bool, want ...int) (cursor string) {
		t.Helper()
		ack, batches := begin(options)
		if ack.Type != "subscription_ack" || ack.Resumed != resumed || !slices.Equal(rows(batches), want) {
			t.Fatalf("%s: resumed %v, batches of %v, want %v: %s", options, ack.Resumed, rows(batches), want, ack.raw)
		}
		leave()
		return batches[len(batches)-1].Cursor
	}
	cursor := check(`{}`, false, 5)
	check(`null`, false, 5)
	check(`{"unknown":{"a":[1]}}`, false, 5)
	check(`{"snapshot":false}`, false, 0)
	check(`{"last_rows":2}`, false, 2)
	check(`{"last_rows":2,"batch_size":1}`, false, 1, 1)
	check(`{"last_rows":9223372036854775807,"batch_size":9223372036854775807}`, false, 5)
	check(`{"batch_size":2}`, false, 2, 2, 1)
	check(`{"batch_size":2,"pull":true}`, false, 2, 2, 1)
	if again := check(`{"from":"`+cursor+`","last_rows":1,"pull":true}`, true, 0); again != cursor {
		t.Errorf("resumed from %s at %s", cursor, again)
	}
	e.exec("TRUNCATE notes")
	check(`{}`, false, 0)
	for options, code := range map[string]string{
		`{"last_rows":-1}`: "22023", `{"batch_size":-1}`: "22023", `{"heartbeat":-1}`: "22023", `{"slow":"COALESCE"}`: "22023", `{"from":"zzz"}`: "22023",
		`{"last_rows":1e30}`: "08P01", `{"last_rows":"2"}`: "08P01", `{"snapshot":1}`: "08P01", `[]`: "08P01", `"x"`: "08P01", `{"from":7}`: "08P01",
		`{"from":"` + cursor[:len(cursor)-1] + `"}`: "22023", `{"from":"` + cursor + cursor + `"}`: "22023",
	} {
		if f, _ := begin(options); f.Type != "error" || f.Code != code || f.Subscription != "s" {
			t.Errorf("%s: %s", options, f.raw)
		}
	}
	// More was missed than can be handed out: the state is to be discarded, and all of it
	// follows, whatever else was asked for.
	e.exec("INSERT INTO notes SELECT g FROM generate_series(0, 9999) AS g")
	e.exec("DELETE FROM notes WHERE id > 5")
	check(`{"from":"`+cursor+`","snapshot":false,"last_rows":1}`, false, 6)
	check(`{"from":"`+cursor+`","batch_size":4,"pull":true}`, false, 4, 2)
}

// TestLastRows: those written last, oldest first, whatever their order in the result; what
// comes then has its place in all of it.
func TestLastRows(t *testing.T) {
	e := start(t)
	e.exec("INSERT INTO notes SELECT g, 'x', g % 3 FROM generate_series(1, 10) AS g")
	e.exec("UPDATE notes SET title = 'y' WHERE id = 4")
	e.exec("INSERT INTO notes VALUES (0, 'z', 1)")
	c := e.dial("postgres")
	for _, query := range []string{
		"SELECT id FROM notes", "SELECT id FROM notes WHERE n < $1", "SELECT id FROM notes ORDER BY id", "SELECT id FROM notes WHERE n < $1 ORDER BY n DESC, title, id DESC",
		"SELECT id FROM (SELECT * FROM notes) AS w ORDER BY -id",
	} {
		var params []any
		if strings.Contains(query, "$1") {
			params = []any{5}
		}
		rows, _, _ := c.subscribe(query, query, map[string]any{"last_rows": 3}, params...)
		if fmt.Sprint(rows) != "[map[id:10] map[id:4] map[id:0]]" {
			t.Errorf("%s: %v", query, rows)
		}
	}
	for _, query := range []string{"SELECT id FROM notes ORDER BY id LIMIT 2", "SELECT n, count(*) FROM notes GROUP BY n ORDER BY n"} {
		if rows, _, _ := c.subscribe(query, query, map[string]any{"last_rows": 2}); len(rows) != 2 {
			t.Errorf("%s: %v", query, rows)
		}
	}
	e.exec("INSERT INTO notes VALUES (-1, '', 0)")
	for _, s := range c.read().Subscriptions {
		if s.ID == "SELECT id FROM notes ORDER BY id" && s.Changes[0].At != 0 || s.ID == "SELECT id FROM (SELECT * FROM notes) AS w ORDER BY -id" && s.Changes[0].At != 11 {
			t.Errorf("%s: %v at %d", s.ID, s.Changes, s.Changes[0].At)
		}
	}
}

// TestMovesInLists: a list that has room for more tells the same as one without a limit, and
// nothing of rows that another one has passed.
func TestMovesInLists(t *testing.T) {
	e := start(t)
	e.exec("INSERT INTO notes SELECT g, 'x', g FROM generate_series(1, 8) AS g")
	c := e.dial("postgres")
	c.subscribe("all", "SELECT id, n FROM notes ORDER BY n, id", nil)
	c.subscribe("some", "SELECT id, n FROM notes ORDER BY n, id LIMIT 100", nil)
	random := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		id, n := 1+random.IntN(9), random.IntN(12)
		sql := fmt.Sprintf("INSERT INTO notes VALUES (%d, 'x', %d) ON CONFLICT (id) DO UPDATE SET n = excluded.n WHERE notes.n <> excluded.n RETURNING 1", id, n)
		if random.IntN(5) == 0 {
			sql = fmt.Sprintf("DELETE FROM notes WHERE id = %d RETURNING 1", id)
		}
		tag, err := e.db.Exec(e.ctx, sql)
		if err != nil {
			t.Fatal(err)
		}
		if tag.RowsAffected() == 0 {
			continue
		}
		f := c.read()
		if len(f.Subscriptions) != 2 || len(f.Subscriptions[0].Changes) != 1 || !reflect.DeepEqual(f.Subscriptions[0].Changes, f.Subscriptions[1].Changes) {
			t.Fatalf("%s\n%s", sql, f.raw)
		}
	}
}

// TestNamesOfSubscriptions: a name is taken until its subscription has ended, and the one
// that has it goes on.
func TestNamesOfSubscriptions(t *testing.T) {
	e := start(t)
	c := e.dial("postgres")
	c.subscribe("s", "SELECT id FROM notes", nil)
	for range 2 {
		c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "s", "sql": "SELECT title FROM notes"}})
		if f := c.read(); f.Type != "error" || f.Code != "42710" || f.Subscription != "s" {
			t.Fatalf("%s", f.raw)
		}
	}
	e.exec("INSERT INTO notes VALUES (1)")
	if got := c.one(); got.Row["id"] != "1" {
		t.Fatal(got)
	}
	for _, id := range []string{"s", "ä \"quoted\" \\ name", strings.Repeat("long", 1000)} {
		c.send(map[string]any{"type": "unsubscribe", "subscription_id": id})
		if f := c.read(); (f.Type == "unsubscribed") != (id == "s") || f.Subscription != id {
			t.Fatalf("%s", f.raw)
		}
		c.subscribe(id, "SELECT id FROM notes", nil)
	}
	// next_batch is for who pulls.
	c.send(map[string]any{"type": "next_batch", "subscription_id": "nobody"})
	if f := c.read(); f.Type != "error" || f.Code != "42704" || f.Subscription != "nobody" {
		t.Fatalf("%s", f.raw)
	}
	// One that ended by itself can be had again at once.
	e.exec("ALTER TABLE notes RENAME TO other")
	for range 3 {
		if f := c.read(); f.Type != "subscription_end" || f.Reason != "table_altered" {
			t.Fatalf("%s", f.raw)
		}
	}
	c.subscribe("s", "SELECT id FROM other", nil)
}

// TestSubscribeInTransactions: a subscription hears of commits, whatever the connection's
// own transaction is doing.
func TestSubscribeInTransactions(t *testing.T) {
	e := start(t)
	c := e.dial("postgres")
	run := func(sql, kind string) {
		t.Helper()
		c.send(map[string]any{"type": "execute", "id": "x", "sql": sql})
		if f := c.read(); f.Type != kind {
			t.Fatalf("%s: %s", sql, f.raw)
		}
	}
	run("BEGIN ISOLATION LEVEL REPEATABLE READ", "result")
	run("INSERT INTO notes VALUES (1)", "result")
	if rows, _, _ := c.subscribe("mine", "SELECT id FROM notes", nil); len(rows) > 0 {
		t.Fatal("what is not committed is in the snapshot")
	}
	e.exec("INSERT INTO notes VALUES (2)")
	if got := c.one(); got.Row["id"] != "2" {
		t.Fatal(got) // nothing is held back
	}
	run("SELECT 1/0", "error")
	if rows, _, _ := c.subscribe("failed", "SELECT id FROM notes", nil); len(rows) != 1 {
		t.Fatal(rows)
	}
	run("SELECT 1", "error")
	run("ROLLBACK", "result")
	e.exec("INSERT INTO notes VALUES (3)")
	if f := c.read(); len(f.Subscriptions) != 2 || f.Subscriptions[0].Changes[0].Row["id"] != "3" {
		t.Fatalf("%s", f.raw)
	}
	// A client that goes away leaves nothing of its transaction.
	run("BEGIN", "result")
	run("INSERT INTO notes VALUES (4)", "result")
	c.conn.Close()
	e.exec("SET lock_timeout = '8s'; INSERT INTO notes VALUES (4)")
}

// TestLimitsOfUsersAndQueries: a user's subscriptions count on all connections until they
// end, and a query may not keep more than its share.
func TestLimitsOfUsersAndQueries(t *testing.T) {
	e := start(t, "--max-user-subscriptions", "3", "--max-subscriptions", "2", "--state-limit", "100000")
	a, b, other := e.dial("postgres"), e.dial("postgres"), e.dial("alice")
	refused := func(c *client, id, code string) {
		t.Helper()
		c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": id, "sql": "SELECT id FROM notes"}})
		if f := c.read(); f.Type != "error" || f.Code != code || f.Subscription != id {
			t.Fatalf("%s", f.raw)
		}
	}
	a.subscribe("1", "SELECT id FROM notes", nil)
	a.subscribe("2", "SELECT id FROM notes", nil)
	refused(a, "3", "53300")
	b.subscribe("1", "SELECT id FROM notes", nil)
	refused(b, "2", "53300")
	other.subscribe("1", "SELECT id FROM notes", nil)
	a.send(map[string]any{"type": "unsubscribe", "subscription_id": "1"})
	a.read()
	b.subscribe("2", "SELECT id FROM notes ORDER BY title", nil)
	refused(a, "1", "53300")
	b.conn.Close()
	for end := time.Now().Add(patience); e.count("SELECT count(*) FROM kalam.subscriptions") > 2; {
		if time.Now().After(end) {
			t.Fatal("the subscriptions of a client that has gone are left")
		}
	}
	a.subscribe("big", "SELECT id, title FROM notes ORDER BY title", nil)
	e.exec("INSERT INTO notes SELECT g, repeat('x', 1000) FROM generate_series(1, 1000) AS g")
	got := map[string]bool{} // of other subscriptions the commit is told as ever
	for range 2 {
		f := a.read()
		if got[f.Type] = true; f.Type == "subscription_end" && (f.Subscription != "big" || f.Code != "53400" || f.Reason != "state_limit" || f.Cursor == "") {
			t.Fatalf("%s", f.raw)
		}
	}
	if !got["changes"] || !got["subscription_end"] {
		t.Fatal(got)
	}
}

// TestTrustIsOfAddresses: nobody is taken at his word where passwords are asked for.
func TestTrustIsOfAddresses(t *testing.T) {
	e := &env{T: t, server: testserver.Start(t, "--auth", "scram"), ctx: t.Context()}
	c := e.raw(nil)
	c.send(map[string]any{"type": "authenticate", "method": "trust", "user": "postgres"})
	if f := c.read(); f.Type != "auth_error" || f.Code != "28000" {
		t.Fatalf("%s", f.raw)
	}
	if code := c.closed(); code != 4401 {
		t.Errorf("closed with %d", code)
	}
	if answer, status := e.post(`{"sql":"SELECT 1"}`, ""); status != http.StatusUnauthorized {
		t.Errorf("%d %s", status, answer)
	}
	_, response, err := websocket.DefaultDialer.Dial("ws://"+e.server.HTTPAddr()+"/v1/ws", http.Header{"Authorization": {"Basic cG9zdGdyZXM6d3Jvbmc="}})
	if err == nil || response.StatusCode != http.StatusUnauthorized {
		t.Errorf("a wrong password in the header: %v", err)
	}
}

// TestShapesOfMessages: every message has the fields that the contract names, null where
// there is nothing to say.
func TestShapesOfMessages(t *testing.T) {
	e := start(t)
	c := e.dial("postgres")
	fields := func(want ...string) *frame {
		t.Helper()
		f := c.read()
		var got map[string]json.RawMessage
		if err := json.Unmarshal(f.raw, &got); err != nil {
			t.Fatal(err)
		}
		for _, name := range want {
			if _, there := got[name]; !there {
				t.Errorf("no %s: %s", name, f.raw)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d fields, want %v: %s", len(got), want, f.raw)
		}
		return f
	}
	c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "s", "sql": "SELECT id FROM notes", "options": map[string]any{"batch_size": 1}}})
	fields("type", "subscription_id", "schema", "resumed")
	fields("type", "subscription_id", "rows", "batch_num", "has_more", "cursor")
	c.send(map[string]any{"type": "execute", "sql": "SELECT * FROM nowhere"})
	if f := fields("type", "id", "subscription_id", "code", "message", "detail", "hint", "position"); !strings.Contains(string(f.raw), `"position":15`) {
		t.Errorf("%s", f.raw)
	}
	e.exec("INSERT INTO notes VALUES (1)")
	fields("type", "cursor", "subscriptions")
	c.send(map[string]any{"type": "execute", "id": "r", "sql": "UPDATE notes SET n = 0 RETURNING id, n"})
	if f := fields("type", "id", "command", "columns", "rows", "cursor"); f.Command != "UPDATE 1" || !strings.Contains(string(f.raw), `"columns":[{"name":"id","type":"int8"},{"name":"n","type":"int4"}],"rows":[{"id":"1","n":0}]`) {
		t.Errorf("%s", f.raw)
	}
	c.send(map[string]any{"type": "listen", "channel": "c"})
	c.read()
	e.exec("NOTIFY c")
	if f := fields("type", "channel", "payload"); f.Payload != "" {
		t.Errorf("%s", f.raw)
	}
	c.send(map[string]any{"type": "unlisten", "channel": "c"})
	c.read()
	e.exec("NOTIFY c, 'unheard'; DROP TABLE notes")
	fields("type", "subscription_id", "code", "reason", "message", "cursor")
	c.send(map[string]any{"type": "unsubscribe", "subscription_id": "s"})
	c.read()
	c.send(map[string]any{"type": "ping"})
	fields("type")
}
