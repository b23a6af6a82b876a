package e2e

import (
	"fmt"
	"testing"
)

// TestSameTextOtherLive: live queries with one text are each what their own parameters,
// settings, user and definitions make of it, whoever has asked for the same before.
func TestSameTextOtherLive(t *testing.T) {
	e := start(t)
	e.exec(`CREATE TABLE message (id int PRIMARY KEY, room int, day date, body text)`)
	e.exec(`CREATE ROLE reader LOGIN; CREATE ROLE guarded LOGIN; CREATE SCHEMA own; CREATE TABLE own.message (id int PRIMARY KEY, room int, day date, body text)`)
	e.exec(`INSERT INTO message SELECT g, g % 3, date '2026-01-02' + g % 2 * 30, 'x' FROM generate_series(1, 6) AS g; INSERT INTO own.message VALUES (100, 1, '2026-01-02', 'y')`)
	a, b := e.dial("postgres"), e.dial("postgres")
	const byRoom = "SELECT id FROM message WHERE room = $1"
	ids := func(c *client, id, sql, want string, params ...any) {
		t.Helper()
		rows, _, _ := c.subscribe(id, sql, nil, params...)
		got := ""
		for _, row := range rows {
			got += fmt.Sprint(row["id"], " ")
		}
		if got != want {
			t.Errorf("%s %v: %swant %s", sql, params, got, want)
		}
	}
	say := func(c *client, sql string) {
		t.Helper()
		c.send(map[string]any{"type": "execute", "id": "x", "sql": sql})
		if f := c.read(); f.Type != "result" {
			t.Fatalf("%s", f.raw)
		}
	}
	ids(a, "one", byRoom, "1 4 ", 1)
	ids(a, "two", byRoom, "2 5 ", 2)
	ids(b, "one", byRoom, "1 4 ", 1)
	e.exec("INSERT INTO message VALUES (7, 1), (8, 2)")
	for _, c := range []*client{a, b} {
		for _, s := range c.read().Subscriptions {
			if want := map[string]string{"one": "7", "two": "8"}[s.ID]; len(s.Changes) != 1 || fmt.Sprint(s.Changes[0].Row["id"]) != want {
				t.Errorf("%s has %v, want %s", s.ID, s.Changes, want)
			}
		}
	}
	// How a date is read goes by the settings.
	const byDay = "SELECT id FROM message WHERE day = '01/02/2026'"
	ids(a, "day", byDay, "2 4 6 ")
	ids(a, "days", "SELECT id, day FROM message WHERE day = '01/02/2026' ORDER BY id", "2 4 6 ")
	say(b, "SET datestyle = 'ISO, DMY'")
	ids(b, "day", byDay, "1 3 5 ")
	ids(b, "days", "SELECT id, day FROM message WHERE day = '01/02/2026' ORDER BY id", "1 3 5 ")
	// Another schema, another role.
	say(b, "SET search_path = own")
	ids(b, "own", byRoom, "100 ", 1)
	if _, err := e.connect("reader").Exec(t.Context(), "LISTEN x FOR SELECT id FROM message WHERE room = 1"); err == nil {
		t.Error("who may not read may listen")
	}
	c := e.dial("reader")
	c.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "s", "sql": byRoom, "params": []any{1}}})
	if f := c.read(); f.Type != "error" || f.Code != "42501" {
		t.Errorf("who may not read is told %s", f.raw)
	}
	e.exec("GRANT SELECT ON message TO reader, guarded")
	ids(c, "s", byRoom, "1 4 7 ", 1)
	e.exec("ALTER TABLE message ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON message TO guarded USING (id < 3); CREATE POLICY all_of ON message TO reader USING (true)")
	ids(e.dial("guarded"), "s", byRoom, "1 ", 1)
	ids(e.dial("reader"), "s", byRoom, "1 4 7 ", 1)
	ids(a, "three", byRoom, "1 4 7 ", 1)
	// Another table of that name.
	e.exec("ALTER TABLE message RENAME TO other; CREATE TABLE message (id bigint PRIMARY KEY, room text); INSERT INTO message VALUES (1, '1'), (2, '2')")
	ids(e.dial("postgres"), "s", byRoom, "1 ", "1")
}

// TestLiveTodayIsNotResumed: a literal that is another one tomorrow makes another query.
func TestLiveTodayIsNotResumed(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE message (id int PRIMARY KEY, day date, at timestamptz)")
	c := e.dial("postgres")
	for i, sql := range []string{"SELECT id FROM message WHERE day = 'today'", "SELECT day, count(*) AS c FROM message WHERE day >= date 'yesterday' GROUP BY day",
		"SELECT id FROM message WHERE at > 'now'", "SELECT id FROM message WHERE day = '2026-01-02'"} {
		_, _, cursor := c.subscribe(fmt.Sprint("a", i), sql, nil)
		if _, ack, _ := c.subscribe(fmt.Sprint("b", i), sql, map[string]any{"from": cursor}); ack.Resumed != (i == 3) {
			t.Errorf("%s: resumed is %v", sql, ack.Resumed)
		}
	}
}
