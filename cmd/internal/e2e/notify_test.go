package e2e

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
	"github.com/kalamsql/kalamsql/live"
)

// TestUnlistenHearsWhatWasNotifiedBefore: what another session has notified and
// committed before UNLISTEN is delivered ahead of its ReadyForQuery, always.
func TestUnlistenHearsWhatWasNotifiedBefore(t *testing.T) {
	s := testserver.Start(t)
	config, err := pgx.ParseConfig(fmt.Sprintf("host=127.0.0.1 port=%s user=postgres", s.Port()))
	if err != nil {
		t.Fatal(err)
	}
	var heard []string
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) { heard = append(heard, n.Payload) }
	listens, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer listens.Close(t.Context())
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	for i := range 100 {
		for _, unlisten := range []string{"UNLISTEN news", "UNLISTEN *"} {
			if _, err := listens.Exec(t.Context(), "LISTEN news"); err != nil {
				t.Fatal(err)
			}
			heard = nil
			e.exec("NOTIFY news, 'before'")
			if _, err := listens.Exec(t.Context(), unlisten); err != nil {
				t.Fatal(err)
			}
			if len(heard) != 1 {
				t.Fatalf("%s, try %d: heard %v", unlisten, i, heard)
			}
			e.exec("NOTIFY news, 'after'")
			if _, err := listens.Exec(t.Context(), "SELECT 1"); err != nil {
				t.Fatal(err)
			}
			if len(heard) != 1 {
				t.Fatalf("after %s, try %d: heard %v", unlisten, i, heard)
			}
		}
	}
}

// TestListenBehindCommitsWithoutRows: a commit that changes no rows, as of a sequence's
// value or of statistics, keeps nobody waiting who begins to listen.
func TestListenBehindCommitsWithoutRows(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE SEQUENCE step")
	e.exec("CREATE TABLE notes (id int PRIMARY KEY)")
	e.exec("SET statement_timeout = '20s'")
	for range 100 {
		e.exec("SELECT setval('step', nextval('step') + 100)")
		for _, sql := range []string{"LISTEN plain", "LISTEN rows FOR SELECT count(*) FROM notes", "UNLISTEN *"} {
			e.exec(sql)
		}
	}
}

// TestSubscribeWithinATransaction: of tables that the open transaction has made or altered
// there is nothing to be heard before its commit, and it is said so.
func TestSubscribeWithinATransaction(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE notes (id int PRIMARY KEY)")
	for define, want := range map[string]string{
		"CREATE TABLE notes2 (id int PRIMARY KEY)":                         `cannot subscribe to table "notes2" in the transaction that has created it`,
		"ALTER TABLE notes ADD body text; TABLE notes":                     `cannot subscribe to table "notes" in the transaction that has altered it`,
		"ALTER TABLE notes RENAME TO notes2":                               `cannot subscribe to table "notes2" in the transaction that has altered it`,
		"CREATE TABLE others (id int); ALTER TABLE notes RENAME TO notes2": `cannot subscribe to table "notes2" in the transaction that has altered it`,
	} {
		table := "notes"
		if strings.Contains(want, "notes2") {
			table = "notes2"
		}
		_, err := e.db.PgConn().Exec(e.ctx, "BEGIN; "+define+"; DECLARE c CURSOR FOR SUBSCRIBE TO SELECT id FROM "+table).ReadAll()
		var failed *pgconn.PgError
		if !errors.As(err, &failed) || failed.Code != "55000" || failed.Message != want {
			t.Errorf("%s: %v", define, err)
		}
		e.exec("ROLLBACK")
	}
	for _, sql := range []string{"BEGIN", "CREATE TABLE others (id int)", "DECLARE c CURSOR FOR SUBSCRIBE TO SELECT id FROM notes", "COMMIT"} {
		e.exec(sql)
	}
}

// TestListenAcrossDefinitions: a live query that somebody defines its table anew under, between LISTEN and its
// COMMIT, begins with the table as it is by then.
func TestListenAcrossDefinitions(t *testing.T) {
	e := start(t)
	e.exec("INSERT INTO notes VALUES (1, 'a')")
	for _, isolation := range []string{"READ COMMITTED", "REPEATABLE READ"} {
		for i, define := range []string{"ALTER TABLE notes ALTER n TYPE bigint", "ALTER TABLE notes ALTER n TYPE int", "ALTER TABLE notes DROP n; ALTER TABLE notes ADD n int DEFAULT 0"} {
			for _, own := range []bool{false, true} { // by the very transaction
				l := e.listener()
				l.run("BEGIN ISOLATION LEVEL " + isolation)
				l.run("LISTEN here WITH (snapshot) FOR SELECT id, n + 1 AS m FROM notes WHERE id = 1")
				l.run(`SELECT kalam_listen('there', 'SELECT id FROM notes WHERE n = $1', '{"params":["0"],"snapshot":true}')`)
				if own {
					l.run(define)
				} else {
					e.exec(define)
				}
				l.run("COMMIT")
				for _, op := range []string{"snapshot", "ready", "snapshot", "ready"} {
					if p := l.next(); p.Op != op {
						t.Fatalf("%s, %t, %d: %s, want %s", isolation, own, i, p.raw, op)
					}
				}
				l.Close(e.ctx)
			}
		}
	}
	// What cannot begin any more says why.
	l := e.listener()
	l.run("BEGIN")
	l.run("LISTEN here FOR SELECT id, n FROM notes")
	e.exec("ALTER TABLE notes DROP n")
	if _, err := l.Exec(e.ctx, "COMMIT"); err == nil {
		if p := l.next(); p.Op != "end" || p.Code != "42703" {
			t.Error(p.raw)
		}
	} else if !strings.Contains(err.Error(), "42703") {
		t.Error(err)
	}
}

// TestReadySaysWhetherResumed: who comes back with a cursor is told whether what it has is still good, where
// nothing else would say so: the result is empty by now.
func TestReadySaysWhetherResumed(t *testing.T) {
	e := start(t)
	e.exec("CREATE STREAM TABLE ticks (id int PRIMARY KEY) WITH (ttl = '1h')")
	for table, resumed := range map[string]bool{"notes": true, "ticks": false} {
		query := "SELECT id FROM " + table
		l := e.listener()
		l.run("LISTEN c WITH (snapshot) FOR " + query)
		from := l.next().Cursor
		if from == "" {
			t.Fatal("not ready")
		}
		l.run("UNLISTEN c")
		if !resumed {
			from = live.EncodeCursor(1, 1) // of another server
		}
		l.run("LISTEN c WITH (from = '" + from + "') FOR " + query)
		if p := l.next(); p.Op != "ready" || !strings.Contains(p.raw, fmt.Sprintf(`"resumed":%t`, resumed)) {
			t.Errorf("%s: %s", table, p.raw)
		}
		var cursor, op string
		var reason *string
		l.run("BEGIN; DECLARE c CURSOR FOR SUBSCRIBE TO " + query + " WITH (from = '" + from + "')")
		if err := l.QueryRow(e.ctx, "FETCH 1 FROM c WITH (timeout = '8s')").Scan(&cursor, &op, &reason, nil, nil); err != nil || op != "ready" || (reason != nil) != resumed || resumed && *reason != "resumed" {
			t.Errorf("%s: %s %v, %v", table, op, reason, err)
		}
		l.Close(e.ctx)
	}
}

// TestSlowListeners: a session that takes no notifications, in a transaction block or on a socket that nobody
// reads, has its live query ended with the cursor from which it goes on, or is told the newest state of each key.
// Others hear everything meanwhile.
func TestSlowListeners(t *testing.T) {
	e := start(t, "--subscription-queue", "200000")
	const writes = 1200 // 36 MB: more than any socket buffers
	state := func(of map[string]float64, p *payload) {
		if p.Row != nil {
			of[p.Row["id"].(string)] = p.Row["n"].(float64)
		}
	}
	final := func(of map[string]float64) bool { return of["0"]+of["1"]+of["2"] == 3*writes-6 }
	blocked, unread, coalesces, keepsUp := e.listener(), e.listener(), e.listener(), e.listener()
	for _, l := range []*listener{blocked, unread} {
		l.run("LISTEN s FOR SELECT * FROM notes")
	}
	keepsUp.run("LISTEN s FOR SELECT id, n FROM notes")
	coalesces.run("LISTEN s WITH (slow = 'coalesce') FOR SELECT * FROM notes")
	blocked.run("BEGIN")
	heard := make(chan error, 1)
	go func() {
		for n := 0; n < writes; n++ {
			note, err := keepsUp.WaitForNotification(e.ctx)
			if err != nil || !strings.Contains(note.Payload, fmt.Sprintf(`"n":%d}`, n)) {
				heard <- fmt.Errorf("%d: %.300v, %v", n, note, err)
				return
			}
		}
		heard <- nil
	}()
	e.exec(fmt.Sprintf(`DO $$ BEGIN FOR i IN 0..%d LOOP
		INSERT INTO notes VALUES (i %% 3, repeat('x', 30000), i) ON CONFLICT (id) DO UPDATE SET title = excluded.title, n = excluded.n;
		COMMIT;
	END LOOP; END $$`, writes-1))
	blocked.run("COMMIT")
	for name, l := range map[string]*listener{"blocked": blocked, "unread": unread} {
		last := map[string]float64{}
		p := l.next()
		for ; p.Op != "end"; p = l.next() {
			state(last, p)
		}
		if p.Code != "53400" || p.Reason != "slow_consumer" || p.Cursor == "" || final(last) {
			t.Fatalf("%s: %s, %v", name, p.raw, last)
		}
		l.run("LISTEN s WITH (from = '" + p.Cursor + "') FOR SELECT * FROM notes")
		for !final(last) { // what it has missed, or a snapshot if that is more than a queue holds
			state(last, l.next())
		}
	}
	coalesced, last := false, map[string]float64{}
	for !final(last) {
		p := coalesces.next()
		if p.Op == "end" {
			t.Fatal(p.raw)
		}
		coalesced = coalesced || p.Coalesced
		state(last, p)
	}
	if !coalesced {
		t.Error("no row was said to be coalesced")
	}
	if err := <-heard; err != nil {
		t.Error(err)
	}
}
