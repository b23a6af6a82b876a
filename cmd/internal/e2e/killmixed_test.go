package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var killRounds = flag.Int("kill-rounds", 4, "how often TestKillUnderMixedLoad kills the server")

const (
	killAccounts = 20
	// killBlock is how many orders a large transaction brings, from a multiple of it on that
	// is beyond all others.
	killBlock = 100
)

// killSchema is what the mixed load writes: accounts whose balances follow from
// their transfers, and orders that their items reference.
var killSchema = []string{
	"CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL)",
	fmt.Sprintf("INSERT INTO accounts SELECT g, 0 FROM generate_series(0, %d) AS g", killAccounts-1),
	"CREATE TABLE transfers (id bigint PRIMARY KEY, source int REFERENCES accounts, target int REFERENCES accounts, amount int CHECK (amount > 0))",
	"CREATE INDEX ON transfers (source)",
	"CREATE FUNCTION class(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN n % 7; END'",
	"CREATE INDEX ON transfers (class(amount), id)",
	"CREATE TABLE orders (id bigint PRIMARY KEY, code text UNIQUE)",
	"CREATE TABLE items (id bigint, n int, PRIMARY KEY (id, n), FOREIGN KEY (id) REFERENCES orders ON DELETE CASCADE)",
	"CREATE USER TABLE notes (id bigint PRIMARY KEY, body text)",
}

// killLoad is the mixed load over all rounds, and what it knows.
type killLoad struct {
	next atomic.Int64
	mu   struct {
		sync.Mutex
		acks                     int64
		until                    int64          // how many acknowledgements are awaited
		enough                   chan struct{}  // closed when they have come
		transfers, orders, notes map[int64]bool // acknowledged, and there
		blocks                   map[int64]bool // likewise, of orders that a large transaction brings
		gone                     map[int64]bool // orders whose deletion was acknowledged
		doubtful                 map[int64]bool // orders whose deletion was not
	}
}

// operation runs one transaction; its error is the connection's end, or a
// failure that may not be.
func (l *killLoad) operation(conn *pgx.Conn, random *rand.Rand) error {
	ctx := context.Background()
	id := l.next.Add(1)
	run := func(sql string, args ...any) error {
		_, err := conn.Exec(ctx, fmt.Sprintf(sql, args...), pgx.QueryExecModeSimpleProtocol)
		return err
	}
	note := func(err error, where map[int64]bool) error {
		if err == nil {
			l.mu.Lock()
			where[id] = true
			if l.mu.acks++; l.mu.acks == l.mu.until {
				close(l.mu.enough)
			}
			l.mu.Unlock()
		}
		return err
	}
	switch k := random.IntN(20); {
	case k < 8:
		from, amount := random.IntN(killAccounts), 1+random.IntN(100)
		to := (from + 1 + random.IntN(killAccounts-1)) % killAccounts
		return note(run("BEGIN; UPDATE accounts SET balance = balance - %d WHERE id = %d; UPDATE accounts SET balance = balance + %d WHERE id = %d; INSERT INTO transfers VALUES (%d, %d, %d, %d); COMMIT",
			amount, from, amount, to, id, from, to, amount), l.mu.transfers)
	case k < 13:
		return note(run("BEGIN; INSERT INTO orders VALUES (%d, 'c%d'); INSERT INTO items SELECT %d, g FROM generate_series(1, 3) AS g; COMMIT", id, id, id), l.mu.orders)
	case k < 15:
		l.mu.Lock()
		victim := int64(0)
		for v := range l.mu.orders {
			victim = v
			break
		}
		delete(l.mu.orders, victim)
		l.mu.doubtful[victim] = true
		l.mu.Unlock()
		id = victim
		return note(run("DELETE FROM orders WHERE id = %d", victim), l.mu.gone)
	case k < 16:
		return note(run("BEGIN; INSERT INTO orders SELECT g, 'b' || g FROM generate_series(%d, %d) g; INSERT INTO items SELECT g, n FROM generate_series(%d, %d) g, generate_series(1, 3) n; COMMIT",
			id*killBlock, id*killBlock+killBlock-1, id*killBlock, id*killBlock+killBlock-1), l.mu.blocks)
	case k < 18:
		return note(run("INSERT INTO notes VALUES (%d, repeat('x', %d))", id, random.IntN(2000)), l.mu.notes)
	case k < 19:
		return run("BEGIN; INSERT INTO orders VALUES (%d, 'r%d'); ROLLBACK", id, id)
	}
	return run("CREATE INDEX made%d ON items (n); DROP INDEX made%d", id, id)
}

// await tells when n more have been acknowledged.
func (l *killLoad) await(n int64) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.until, l.mu.enough = l.mu.acks+n, make(chan struct{})
	return l.mu.enough
}

// work runs operations until the server is gone.
func (l *killLoad) work(conn *pgx.Conn, random *rand.Rand) error {
	for {
		err := l.operation(conn, random)
		var e *pgconn.PgError
		switch {
		case err == nil:
		case !errors.As(err, &e):
			return nil // the server is gone
		case e.Code == "40P01":
			if _, err := conn.Exec(context.Background(), "ROLLBACK"); err != nil {
				return nil
			}
		default:
			return err
		}
	}
}

// witness is a subscriber that keeps what it was told as a table, and resumes.
type witness struct {
	sql, cursor string
	state       map[string]bool
}

// apply takes a frame in; what does not fit is an error.
func (w *witness) apply(f *frame) error {
	for _, s := range f.Subscriptions {
		for _, ch := range s.Changes {
			id := fmt.Sprint(ch.Row["id"])
			if ch.Op == "delete" {
				id = fmt.Sprint(ch.Old["id"])
			}
			if w.state[id] == (ch.Op == "insert") {
				return fmt.Errorf("%s: %v does not fit what was told before", w.sql, ch)
			}
			w.state[id] = ch.Op == "insert"
		}
	}
	if f.Cursor != "" {
		w.cursor = f.Cursor
	}
	return nil
}

// subscribe begins or resumes.
func (w *witness) subscribe(e *env) *client {
	c := e.dial("postgres")
	options := map[string]any{}
	if w.cursor != "" {
		options["from"] = w.cursor
	}
	rows, ack, at := c.subscribe("s", w.sql, options)
	if w.cursor != "" && (!ack.Resumed || len(rows) > 0) {
		e.Fatalf("%s was not resumed: %s", w.sql, ack.raw)
	}
	for _, r := range rows {
		w.state[fmt.Sprint(r["id"])] = true
	}
	w.cursor = at
	return c
}

// TestKillUnderMixedLoad kills the server again and again while transactions over
// several tables, deletions with cascades and changes of definitions run:
// everything that was acknowledged is there and nothing in part, check finds the
// data directory sound, and subscribers that resume have exactly what survived.
// -kill-rounds makes it long.
func TestKillUnderMixedLoad(t *testing.T) {
	dir := t.TempDir()
	p := launch(t, dir)
	db, err := p.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range killSchema {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	l := &killLoad{}
	l.next.Store(1_000_000)
	l.mu.transfers, l.mu.orders, l.mu.notes, l.mu.gone, l.mu.doubtful, l.mu.blocks = map[int64]bool{}, map[int64]bool{}, map[int64]bool{}, map[int64]bool{}, map[int64]bool{}, map[int64]bool{}
	witnesses := []*witness{{sql: "SELECT id FROM orders", state: map[string]bool{}}, {sql: "SELECT id FROM transfers", state: map[string]bool{}}, {sql: "SELECT id FROM notes", state: map[string]bool{}}}
	random := rand.New(rand.NewPCG(1, 2))
	for round := range *killRounds {
		killRound(t, p, l, witnesses, random)
		if round%8 == 7 {
			launch(t, dir).kill() // in the middle of nothing, or of the recovery's own writes
		}
		path, _ := binary()
		if out, err := exec.Command(path, "check", "--data", dir).CombinedOutput(); err != nil {
			t.Fatalf("round %d: %v\n%s", round, err, out)
		} else if round == *killRounds-1 {
			t.Logf("after %d rounds and %d acknowledged commits: %s", *killRounds, l.mu.acks, strings.TrimSpace(string(out)))
		}
		p = launch(t, dir)
		if db, err = p.connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.compare(t, db)
		for _, w := range witnesses {
			w.catchUp(t, p, db)
		}
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
}

// killRound loads the server, with subscribers that read, and kills it.
func killRound(t *testing.T, p *process, l *killLoad, witnesses []*witness, random *rand.Rand) {
	e := &env{T: t, ctx: t.Context(), httpAddr: p.web}
	var readers, workers sync.WaitGroup
	told := make(chan error, len(witnesses))
	for _, w := range witnesses {
		c := w.subscribe(e)
		readers.Go(func() {
			for {
				var f frame
				if c.conn.ReadJSON(&f) != nil {
					return
				}
				if err := w.apply(&f); err != nil {
					told <- err
					return
				}
			}
		})
	}
	enough := l.await(1 + int64(random.IntN(300)))
	failed := make(chan error, 6)
	for i := range 6 {
		conn, err := p.connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if i < 4 { // its transactions are large
			if _, err := conn.Exec(t.Context(), "SET debug_spill = on"); err != nil {
				t.Fatal(err)
			}
		}
		seed := random.Uint64()
		workers.Go(func() {
			if err := l.work(conn, rand.New(rand.NewPCG(seed, 1))); err != nil {
				failed <- err
			}
		})
	}
	select {
	case <-enough:
	case err := <-failed:
		t.Error(err)
	case err := <-told:
		t.Error(err)
	}
	p.kill()
	workers.Wait()
	readers.Wait()
	close(failed)
	close(told)
	for err := range failed {
		t.Fatal(err)
	}
	for err := range told {
		t.Fatal(err)
	}
}

// compare looks for everything that was acknowledged, and for halves.
func (l *killLoad) compare(t *testing.T, db *pgx.Conn) {
	t.Helper()
	ids := func(sql string) map[int64]bool {
		rows, err := db.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			t.Fatal(err)
		}
		set := map[int64]bool{}
		for _, id := range list {
			set[id] = true
		}
		return set
	}
	orders := ids("SELECT id FROM orders")
	for name, pair := range map[string][2]map[int64]bool{"transfer": {l.mu.transfers, ids("SELECT id FROM transfers")}, "order": {l.mu.orders, orders}, "note": {l.mu.notes, ids("SELECT id FROM notes")}} {
		for id := range pair[0] {
			if !pair[1][id] {
				t.Errorf("acknowledged %s %d is lost", name, id)
			}
		}
	}
	for id := range l.mu.blocks {
		if !orders[id*killBlock] {
			t.Errorf("acknowledged block %d is lost", id)
		}
	}
	for id := range l.mu.gone {
		if orders[id] {
			t.Errorf("deleted order %d is back", id)
		}
	}
	for what, sql := range map[string]string{
		"accounts that do not follow from their transfers": "SELECT count(*) FROM accounts a WHERE balance <> COALESCE((SELECT sum(amount) FROM transfers WHERE target = a.id), 0) - COALESCE((SELECT sum(amount) FROM transfers WHERE source = a.id), 0)",
		"orders without their three items":                 "SELECT count(*) FROM orders o WHERE (SELECT count(*) FROM items i WHERE i.id = o.id) <> 3",
		"items without an order":                           "SELECT count(*) FROM items i WHERE NOT EXISTS (SELECT FROM orders o WHERE o.id = i.id)",
		"blocks of orders in part":                         fmt.Sprintf("SELECT count(*) FROM (SELECT FROM orders WHERE id >= 100000000 GROUP BY id / %d HAVING count(*) <> %d) b", killBlock, killBlock),
		"orders that were rolled back":                     "SELECT count(*) FROM orders WHERE code LIKE 'r%'",
		"indexes half made":                                "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relname LIKE 'made%' AND NOT i.indisvalid",
	} {
		var n int
		if err := db.QueryRow(t.Context(), sql).Scan(&n); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
}

// catchUp resumes and demands that what was told is what is there.
func (w *witness) catchUp(t *testing.T, p *process, db *pgx.Conn) {
	t.Helper()
	e := &env{T: t, ctx: t.Context(), httpAddr: p.web}
	c := w.subscribe(e)
	defer c.conn.Close()
	table := w.sql[len("SELECT id FROM "):]
	for _, sql := range []string{"INSERT INTO " + table + " (id) VALUES (-1)", "DELETE FROM " + table + " WHERE id = -1"} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for marked := false; !marked || w.state["-1"]; marked = marked || w.state["-1"] {
		if err := w.apply(c.read()); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := db.Query(t.Context(), "SELECT id::text FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, there := range w.state {
		if there {
			told++
		}
	}
	for _, id := range ids {
		if !w.state[id] {
			t.Errorf("%s: %s was never told", w.sql, id)
		}
	}
	if told != len(ids) {
		t.Errorf("%s: %d rows were told, %d are there", w.sql, told, len(ids))
	}
}
