package e2e

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const notes = "id bigint PRIMARY KEY, title text, n int DEFAULT 0"

func TestInsertUpdateDeleteAreNotified(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		c := e.dial("postgres")
		_, ack, _ := c.subscribe("s", "SELECT id, title FROM notes", nil)
		if len(ack.Schema) != 2 || !ack.Schema[0].Key || ack.Schema[1].Key || ack.Schema[0].Type != "int8" {
			t.Fatalf("schema %+v", ack.Schema)
		}
		e.exec("INSERT INTO notes VALUES (1, 'a')")
		if got := c.one(); got.Op != "insert" || got.Reason != "insert" || got.Row["id"] != "1" || got.Row["title"] != "a" || got.Old != nil {
			t.Fatalf("insert: %v", got)
		}
		e.exec("UPDATE notes SET title = 'b' WHERE id = 1")
		if got := c.one(); got.Op != "update" || got.Row["title"] != "b" || got.Old["title"] != "a" || got.Old["id"] != "1" {
			t.Fatalf("update: %v", got)
		}
		e.exec("DELETE FROM notes WHERE id = 1")
		if got := c.one(); got.Op != "delete" || got.Reason != "delete" || got.Old["title"] != "b" || got.Row != nil {
			t.Fatalf("delete: %v", got)
		}
	})
}

func TestManyRowsInOneStatement(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		c := e.dial("postgres")
		c.subscribe("s", "SELECT id, n FROM notes", nil)
		rows := 100
		if e.kind.name == "stream" {
			rows = 200
		}
		var values []string
		for i := range rows {
			values = append(values, fmt.Sprintf("(%d, 'x', %d)", i, i))
		}
		e.exec("INSERT INTO notes VALUES " + strings.Join(values, ","))
		groups := c.changes(rows)
		seen := map[any]bool{}
		for _, g := range groups {
			for _, ch := range g {
				if ch.Op != "insert" || seen[ch.Row["id"]] {
					t.Fatalf("twice or no insert: %v", ch)
				}
				seen[ch.Row["id"]] = true
			}
		}
		if len(groups) != 1 || len(seen) != rows {
			t.Fatalf("%d groups, %d rows", len(groups), len(seen))
		}
		e.exec("UPDATE notes SET n = n + 1000 WHERE id < 50")
		groups = c.changes(50)
		if len(groups) != 1 {
			t.Fatalf("%d groups for one UPDATE", len(groups))
		}
		for _, ch := range groups[0] {
			if ch.Op != "update" {
				t.Fatal(ch)
			}
		}
	})
}

func TestRapidUpdatesArriveInOrder(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		e.exec("INSERT INTO notes VALUES (1, 'a', 0)")
		c := e.dial("postgres")
		c.subscribe("s", "SELECT id, n FROM notes", nil)
		for i := 1; i <= 5; i++ {
			e.exec("UPDATE notes SET n = $1 WHERE id = 1", i)
		}
		for i, g := range c.changes(5) {
			if len(g) != 1 || g[0].Op != "update" || g[0].Row["n"] != float64(i+1) || g[0].Old["n"] != float64(i) {
				t.Fatalf("change %d: %v", i, g)
			}
		}
	})
}

func TestChangesFollowCommitOrderUnderWriters(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		c := e.dial("postgres")
		c.subscribe("s", "SELECT id, n, _seq FROM notes", nil)
		const writers, each = 16, 20
		var wg sync.WaitGroup
		for w := range writers {
			conn := e.connect("postgres")
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := range each {
					if _, err := conn.Exec(e.ctx, "INSERT INTO notes VALUES ($1, 'x', $2)", w*each+i, i); err != nil {
						t.Error(err)
						return
					}
				}
			}()
		}
		last := ""
		next := map[int]int{}
		for _, g := range c.changes(writers * each) {
			for _, ch := range g {
				seq := ch.Row["_seq"].(string)
				if len(seq) < len(last) || len(seq) == len(last) && seq <= last {
					t.Fatalf("sequence %s after %s", seq, last)
				}
				last = seq
				var id int
				fmt.Sscan(ch.Row["id"].(string), &id)
				if n := int(ch.Row["n"].(float64)); n != next[id/each] {
					t.Fatalf("writer %d: %d, expected %d", id/each, n, next[id/each])
				}
				next[id/each]++
			}
		}
		wg.Wait()
	})
}

func TestInsertDoesNotWaitForDelivery(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		c := e.dial("postgres")
		c.subscribe("s", "SELECT * FROM notes", nil)
		// The client reads nothing from here on; what does not fit the socket
		// waits in its queue.
		body := strings.Repeat("x", 64<<10)
		for i := range 200 {
			e.exec("INSERT INTO notes VALUES ($1, $2)", i, body)
		}
		var n int
		if err := e.db.QueryRow(e.ctx, "SELECT count(*) FROM notes").Scan(&n); err != nil || n != 200 {
			t.Fatalf("%d rows, %v", n, err)
		}
	})
}

func TestNoSubscribersAndGoneSubscribers(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		e.exec("INSERT INTO notes VALUES (1, 'nobody watches')")
		c := e.dial("postgres")
		c.subscribe("s", "SELECT * FROM notes", nil)
		e.exec("INSERT INTO notes VALUES (2, 'watched')")
		c.conn.Close()
		for i := 3; i < 50; i++ {
			e.exec("INSERT INTO notes VALUES ($1, 'gone')", i)
		}
		d := e.dial("postgres")
		rows, _, _ := d.subscribe("s", "SELECT * FROM notes", nil)
		if len(rows) != 49 {
			t.Fatalf("%d rows", len(rows))
		}
	})
}

func TestBigRowArrivesWhole(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("docs", "id int PRIMARY KEY, doc jsonb")
		c := e.dial("postgres")
		c.subscribe("s", "SELECT id, doc FROM docs", nil)
		listener := e.connect("postgres")
		if _, err := listener.Exec(e.ctx, "LISTEN big FOR SELECT id, doc FROM docs"); err != nil {
			t.Fatal(err)
		}
		big := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
		e.exec("INSERT INTO docs VALUES (1, jsonb_build_object('text', $1::text))", big)
		got := c.one()
		if doc, ok := got.Row["doc"].(map[string]any); !ok || doc["text"] != big {
			t.Fatal("the row did not arrive whole over WebSocket")
		}
		n, err := listener.WaitForNotification(e.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if n.Channel != "big" || !strings.Contains(n.Payload, big) {
			t.Fatal("the row did not arrive whole over NOTIFY")
		}
		feed := e.connect("postgres")
		rows, err := feed.Query(e.ctx, "SUBSCRIBE TO SELECT id, doc FROM docs", pgx.QueryExecModeSimpleProtocol)
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			t.Fatal(rows.Err())
		}
		values := rows.RawValues()
		if string(values[1]) != "snapshot" || !strings.Contains(string(values[5]), big) {
			t.Fatal("the row did not arrive whole over SUBSCRIBE")
		}
	})
}

func TestFilters(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		c := e.dial("postgres")
		c.subscribe("s", "SELECT id, title FROM notes WHERE n > $1", nil, 10)
		e.exec("INSERT INTO notes VALUES (1, 'no', 5)")       // does not match
		e.exec("INSERT INTO notes VALUES (2, 'yes', 50)")     // matches
		e.exec("UPDATE notes SET n = 20 WHERE id = 1")        // begins to match
		e.exec("UPDATE notes SET title = 'new' WHERE id = 1") // stays
		e.exec("UPDATE notes SET n = 21 WHERE id = 1")        // changes nothing of the result
		e.exec("UPDATE notes SET n = 1 WHERE id = 2")         // stops matching
		e.exec("DELETE FROM notes WHERE id = 2")              // was not there
		e.exec("DELETE FROM notes WHERE id = 1")              // deleted
		want := []string{"insert/insert", "insert/enter", "update/", "delete/leave", "delete/delete"}
		var got []string
		for _, g := range c.changes(5) {
			for _, ch := range g {
				got = append(got, ch.Op+"/"+ch.Reason)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

// TestConditionsAgreeWithSelect changes rows at random under many conditions
// and compares each live result with a SELECT.
func TestConditionsAgreeWithSelect(t *testing.T) {
	conditions := []string{
		"n IN (1, 3, 5)", "n NOT IN (1, 3)", "n BETWEEN 2 AND 4", "title IS NULL", "title IS NOT NULL", "title LIKE 'a%'", "title ILIKE '%B%'",
		"lower(title) = 'abc'", "length(title) > 2", "title > 'b'", "at > '2026-01-02 00:00:00+00'", "at BETWEEN '2026-01-01' AND '2026-01-03'",
		"coalesce(title, 'none') <> 'abc'", "n % 2 = 0 OR title = 'abc'", "NOT (n > 3)", "date_trunc('day', at) = '2026-01-02'",
	}
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("things", "id int PRIMARY KEY, n int, title text, at timestamptz")
		c := e.dial("postgres")
		state := make([]map[string]map[string]any, len(conditions))
		for i, cond := range conditions {
			c.subscribe(fmt.Sprint(i), "SELECT id, n, title FROM things WHERE "+cond, nil)
			state[i] = map[string]map[string]any{}
		}
		titles := []any{nil, "abc", "ABC", "b", "abba", "zebra"}
		for i := range 60 {
			id := i % 12
			at := time.Date(2026, 1, 1+i%4, i%24, 0, 0, 0, time.UTC)
			switch i % 5 {
			case 4:
				e.exec("DELETE FROM things WHERE id = $1", id)
			default:
				e.exec("INSERT INTO things VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO UPDATE SET n = excluded.n, title = excluded.title, at = excluded.at",
					id, i%7, titles[i%len(titles)], at)
			}
		}
		e.exec("INSERT INTO things VALUES (1000, 1, 'abc', '2026-01-02 10:00+00')")
		for done := false; !done; {
			f := c.read()
			for _, s := range f.Subscriptions {
				var i int
				fmt.Sscan(s.ID, &i)
				for _, ch := range s.Changes {
					if ch.Row != nil {
						state[i][fmt.Sprint(ch.Row["id"])] = ch.Row
						done = done || ch.Row["id"] == float64(1000)
					} else {
						delete(state[i], fmt.Sprint(ch.Old["id"]))
					}
				}
			}
		}
		for i, cond := range conditions {
			rows, err := e.db.Query(e.ctx, "SELECT id FROM things WHERE "+cond)
			if err != nil {
				t.Fatal(err)
			}
			ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
			if err != nil {
				t.Fatal(err)
			}
			if len(ids) != len(state[i]) {
				t.Errorf("%s: SELECT has %v, live has %v", cond, ids, state[i])
			}
			for _, id := range ids {
				if state[i][fmt.Sprint(id)] == nil {
					t.Errorf("%s: %d is missing", cond, id)
				}
			}
		}
	})
}

func TestThreeSubscribersGetTheSameBytes(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		var clients []*client
		for range 3 {
			c := e.dial("postgres")
			c.subscribe("s", "SELECT * FROM notes", nil)
			clients = append(clients, c)
		}
		other := e.dial("postgres")
		other.subscribe("s", "SELECT * FROM notes WHERE n = 7", nil)
		e.exec("INSERT INTO notes VALUES (1, 'one', 1)")
		e.exec("INSERT INTO notes VALUES (2, 'seven', 7)")
		for range 2 {
			first := clients[0].read()
			for _, c := range clients[1:] {
				if f := c.read(); string(f.raw) != string(first.raw) {
					t.Fatalf("%s\n%s", first.raw, f.raw)
				}
			}
		}
		if got := other.one(); got.Row["id"] != "2" {
			t.Fatal(got)
		}
	})
}

func TestRolledBackIsNeverSeen(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("notes", notes)
		c := e.dial("postgres")
		c.subscribe("s", "SELECT id FROM notes", nil)
		tx, err := e.db.Begin(e.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(e.ctx, "INSERT INTO notes VALUES (1, 'never')"); err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(e.ctx); err != nil {
			t.Fatal(err)
		}
		e.exec("INSERT INTO notes VALUES (2, 'seen')")
		if got := c.one(); got.Row["id"] != "2" {
			t.Fatal(got)
		}
	})
}

func TestTransactionArrivesAsOneGroup(t *testing.T) {
	forEachKind(t, func(t *testing.T, e *env) {
		e.table("a", notes)
		e.table("b", notes)
		c := e.dial("postgres")
		c.subscribe("a", "SELECT id FROM a", nil)
		c.subscribe("b", "SELECT id FROM b", nil)
		tx, err := e.db.Begin(e.ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{"INSERT INTO a VALUES (1, 'x')", "INSERT INTO b VALUES (2, 'y')", "INSERT INTO a VALUES (3, 'z')", "UPDATE a SET title = 'w' WHERE id = 1"} {
			if _, err := tx.Exec(e.ctx, sql); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.Commit(e.ctx); err != nil {
			t.Fatal(err)
		}
		f := c.read()
		if f.Type != "changes" || len(f.Subscriptions) != 2 {
			t.Fatalf("%s", f.raw)
		}
		n := 0
		for _, s := range f.Subscriptions {
			n += len(s.Changes)
		}
		if n != 3 {
			t.Fatalf("%d changes: %s", n, f.raw)
		}
	})
}
