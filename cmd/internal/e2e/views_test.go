package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/storage"
)

// liveQueries are SELECTs of every kind that can be live.
var liveQueries = []string{
	"SELECT o.id, c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer",
	"SELECT c.id, c.name, o.id AS o, o.total FROM customers c LEFT JOIN orders o ON o.customer = c.id AND o.total > 20",
	"SELECT c.name, count(*) AS n, sum(o.total) AS total FROM orders o JOIN customers c ON c.id = o.customer GROUP BY c.name",
	"SELECT count(*) AS n, max(total) AS most FROM orders",
	"SELECT customer, count(*) AS n FROM orders GROUP BY customer HAVING count(*) > 1",
	"SELECT DISTINCT customer FROM orders WHERE total > 10",
	"SELECT id FROM customers WHERE EXISTS (SELECT 1 FROM orders WHERE customer = customers.id AND total > 30)",
	"SELECT id, (SELECT count(*) FROM orders WHERE customer = customers.id) AS n FROM customers",
	"SELECT id FROM customers WHERE id NOT IN (SELECT customer FROM orders)",
	"SELECT customer FROM orders UNION SELECT id FROM customers",
	"SELECT customer FROM orders EXCEPT ALL SELECT id FROM customers",
	"WITH big AS (SELECT * FROM orders WHERE total > 25) SELECT b.id, c.name FROM big b JOIN customers c ON c.id = b.customer",
	"WITH RECURSIVE up(id, boss) AS (SELECT id, boss FROM customers WHERE boss IS NULL UNION ALL SELECT c.id, c.boss FROM customers c JOIN up ON c.boss = up.id) SELECT id FROM up",
	"SELECT id, rank() OVER (PARTITION BY customer ORDER BY total DESC, id) AS place FROM orders",
	"SELECT customer, status, count(*) AS n FROM orders GROUP BY ROLLUP (customer, status)",
	"SELECT c.id, s.most FROM customers c, LATERAL (SELECT max(total) AS most FROM orders WHERE customer = c.id) s",
	"SELECT id, total FROM orders ORDER BY total DESC, id LIMIT 3",
	"SELECT id, total FROM orders ORDER BY total, id DESC LIMIT 4 OFFSET 2",
	"SELECT status, total FROM orders ORDER BY total, status",
	"SELECT name FROM busy",
	"SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer WHERE o.id % 3 = 1",
	"SELECT o.id, c.name FROM orders o LEFT JOIN customers c ON c.id = o.customer WHERE o.id % 3 = 2",
	"SELECT id FROM orders WHERE customer IN (SELECT id FROM customers) AND total > 15",
	"SELECT id, JSON_VALUE(JSON_OBJECT('t': total), '$.t' RETURNING int) AS t FROM orders WHERE JSON_EXISTS(JSON_OBJECT('t': total), '$.t ? (@ > $low)' PASSING 20 AS low)",
	"SELECT customer, JSON_ARRAYAGG(total ORDER BY total, id)::text AS list, JSON_OBJECTAGG(id : status RETURNING jsonb)::text AS states FROM orders GROUP BY customer",
	"SELECT o.id, j.n, j.v FROM orders o, JSON_TABLE(JSON_ARRAY(o.total, o.customer), '$[*]' COLUMNS (n FOR ORDINALITY, v int PATH '$')) j WHERE o.status IS NOT JSON",
}

// result is the state of a live query: a list where it is ordered, else a bag.
type result struct {
	ordered bool
	rows    []string
}

func (r *result) apply(t *testing.T, changes []json.RawMessage) {
	t.Helper()
	for _, raw := range changes {
		var c struct {
			Op       string
			Row, Old map[string]any
			At       *int
			FromAt   *int `json:"from_at"`
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			t.Fatal(err)
		}
		if c.Old != nil {
			i := slices.Index(r.rows, rowText(c.Old))
			if r.ordered {
				if i = *c.FromAt; i >= len(r.rows) || r.rows[i] != rowText(c.Old) {
					t.Fatalf("%s: not at its place in %v", raw, r.rows)
				}
			}
			if i < 0 {
				t.Fatalf("%s of a row that is not there: %v", raw, r.rows)
			}
			r.rows = slices.Delete(r.rows, i, i+1)
		}
		if c.Row != nil {
			at := len(r.rows)
			if r.ordered {
				at = *c.At
			}
			r.rows = slices.Insert(r.rows, at, rowText(c.Row))
		}
	}
}

// text gives the state so that equal ones are equal.
func (r *result) text() string {
	rows := slices.Clone(r.rows)
	if !r.ordered {
		sort.Strings(rows)
	}
	return fmt.Sprint(rows)
}

// TestAnySelectIsLive makes subscriptions of every kind while writers write, and
// compares each at every cursor at which its SELECT was run.
func TestAnySelectIsLive(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE customers (id int PRIMARY KEY, name text, boss int)")
	e.exec("CREATE TABLE orders (id int PRIMARY KEY, customer int, total int, status text)")
	e.exec("CREATE VIEW busy AS SELECT name FROM customers WHERE (SELECT count(*) FROM orders WHERE customer = customers.id) > 2")
	e.exec("INSERT INTO customers SELECT g, 'c' || g, NULLIF(g / 2, 0) FROM generate_series(1, 6) AS g")
	seeds := uint64(3)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { checkLiveQueries(t, e, seed) })
	}
}

func checkLiveQueries(t *testing.T, e *env, seed uint64) {
	e = &env{T: t, kind: e.kind, server: e.server, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("DELETE FROM orders")
	var wg sync.WaitGroup
	for n := range 4 {
		conn := e.connect("postgres")
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 15 {
				if err := randomOrder(e, conn, rng); err != nil {
					e.Error(err)
					return
				}
			}
		}()
	}
	type seen struct {
		seq  storage.Seq
		rows string
	}
	reader := e.dial("postgres")
	look := func(sql string) seen {
		reader.send(map[string]any{"type": "execute", "id": "q", "sql": sql})
		f := reader.read()
		if f.Type != "result" {
			t.Fatalf("%s: %s", sql, f.raw)
		}
		r := &result{ordered: isOrdered(sql)}
		for _, raw := range f.Rows {
			row := map[string]any{}
			if err := json.Unmarshal(raw, &row); err != nil {
				t.Fatal(err)
			}
			r.rows = append(r.rows, rowText(row))
		}
		return seen{position(t, f.Cursor), r.text()}
	}
	type subscription struct {
		sql   string
		c     *client
		state *result
		at    []storage.Seq
		was   []string
		seen  []seen
	}
	var subs []*subscription
	for _, sql := range liveQueries {
		s := &subscription{sql: sql, c: e.dial("postgres"), state: &result{ordered: isOrdered(sql)}}
		rows, _, cursor := s.c.subscribe("s", sql, nil)
		for _, row := range rows {
			s.state.rows = append(s.state.rows, rowText(row))
		}
		s.at, s.was = append(s.at, position(t, cursor)), append(s.was, s.state.text())
		subs = append(subs, s)
		for range 3 {
			s.seen = append(s.seen, look(sql))
		}
	}
	wg.Wait()
	for _, s := range subs {
		s.seen = append(s.seen, look(s.sql))
	}
	// Last commits that give every result a state it never had are where all of
	// them stop.
	e.exec("INSERT INTO customers SELECT 1000 + 1000 * g + (SELECT count(*) FROM customers)::int, 'last', NULL FROM generate_series(0, 1) AS g")
	e.exec(`INSERT INTO orders SELECT 1000 + g, (SELECT max(id) FROM customers), -g, 's' FROM generate_series(1, 1) AS g;
		INSERT INTO orders SELECT 2000 + g, 1000 + g, 1000 + g, 't' FROM generate_series(1, 4) AS g;
		INSERT INTO orders SELECT 3000 + g, (SELECT max(id) FROM customers), 2000, 'u' FROM generate_series(1, 4) AS g`)
	for _, s := range subs {
		end := look(s.sql)
		for s.state.text() != end.rows {
			f := s.c.read()
			if f.Type != "changes" {
				t.Fatalf("%s: %s", s.sql, f.raw)
			}
			var group struct {
				Subscriptions []struct{ Changes []json.RawMessage }
			}
			if err := json.Unmarshal(f.raw, &group); err != nil {
				t.Fatal(err)
			}
			s.state.apply(t, group.Subscriptions[0].Changes)
			s.at, s.was = append(s.at, position(t, f.Cursor)), append(s.was, s.state.text())
		}
		for _, o := range s.seen {
			i, found := slices.BinarySearch(s.at, o.seq)
			if !found {
				i--
			}
			if i >= 0 && s.was[i] != o.rows {
				t.Fatalf("%s at %d:\n%s\nSELECT:\n%s", s.sql, o.seq, s.was[i], o.rows)
			}
		}
	}
}

func isOrdered(sql string) bool {
	for _, q := range liveQueries[16:19] {
		if q == sql {
			return true
		}
	}
	return false
}

// randomOrder changes a few orders, and now and then a customer.
func randomOrder(e *env, conn *pgx.Conn, rng *rand.Rand) error {
	tx, err := conn.Begin(e.ctx)
	if err != nil {
		return err
	}
	id := rng.IntN(12)
	switch rng.IntN(6) {
	case 0:
		_, err = tx.Exec(e.ctx, "DELETE FROM orders WHERE id = $1", id)
	case 1:
		_, err = tx.Exec(e.ctx, "UPDATE customers SET name = name || 'x' WHERE id = $1", 1+id%6)
	default:
		_, err = tx.Exec(e.ctx, `INSERT INTO orders SELECT g, $2 + g % 3, $3 + g, 'open' FROM generate_series($1::int, $1 + 2) AS g
			ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, total = excluded.total`, id, 1+rng.IntN(4), rng.IntN(40))
	}
	if err != nil {
		return err
	}
	return tx.Commit(e.ctx)
}

// TestResumeView: a join goes on from its cursor, after a disconnect and after a
// restart.
func TestResumeView(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE customers (id int PRIMARY KEY, name text)")
	e.exec("CREATE TABLE orders (id int PRIMARY KEY, customer int)")
	e.exec("INSERT INTO customers VALUES (1, 'a'), (2, 'b')")
	const sql = "SELECT c.name, count(*) AS n FROM orders o JOIN customers c ON c.id = o.customer GROUP BY c.name"
	c := e.dial("postgres")
	c.subscribe("s", sql, nil)
	e.exec("INSERT INTO orders VALUES (1, 1)")
	f := c.read()
	c.conn.Close()
	e.exec("INSERT INTO orders VALUES (2, 1)")
	e.exec("UPDATE orders SET customer = 2 WHERE id = 1")
	d := e.dial("postgres")
	rows, ack, _ := d.subscribe("s", sql, map[string]any{"from": f.Cursor})
	if !ack.Resumed || len(rows) != 0 {
		t.Fatalf("resumed %v with %v", ack.Resumed, rows)
	}
	groups := d.changes(3)
	if len(groups) != 2 || groups[0][0].Op != "update" || groups[0][0].Row["n"] != "2" || groups[1][0].Row["n"] != "1" || groups[1][1].Row["name"] != "b" {
		t.Fatal(groups)
	}
	e.exec("DELETE FROM customers WHERE id = 2")
	if got := d.one(); got.Op != "delete" || got.Old["name"] != "b" {
		t.Fatal(got)
	}
}
