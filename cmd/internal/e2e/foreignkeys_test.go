package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

var oracle = flag.String("oracle", "", "connection string of a PostgreSQL that answers in the server's place: the steps must hold there too")

// Each race is a list of steps "session: SQL", with the SQLSTATE that is
// expected between two colons. "session? SQL" is a statement that has to wait,
// and "session! SQLSTATE" how it ended.
var races = []struct {
	name  string
	steps []string
}{
	{"the deleter waits for the referencing row", []string{
		"a: begin", "a: insert into c values (1, 1)", "b? delete from p where id = 1", "a: commit", "b! 23503"}},
	{"the deleter goes on when there is none in the end", []string{
		"a: begin", "a: insert into c values (1, 1)", "b? delete from p where id = 1", "a: rollback", "b! ", "a:23503: insert into c values (1, 1)"}},
	{"the referencing row waits for the deleter", []string{
		"a: begin", "a: delete from p where id = 1", "b? insert into c values (1, 1)", "a: commit", "b! 23503"}},
	{"and goes on when the row stays", []string{
		"a: begin", "a: delete from p where id = 1", "b? insert into c values (1, 1)", "a: rollback", "b! "}},
	{"other columns of a referenced row may be changed", []string{
		"a: begin", "a: insert into c values (1, 1)", "b: update p set t = 'x' where id = 1", "b: update p set id = 1, u = 10 where id = 1", "a: commit"}},
	{"and a changed row may be referenced", []string{
		"a: begin", "a: update p set t = 'x' where id = 1", "b: insert into c values (1, 1)", "a: commit"}},
	{"its key may not be changed", []string{
		"a: begin", "a: insert into c values (1, 1)", "b? update p set id = 100 where id = 1", "a: commit", "b! 23503"}},
	{"a key that is changed may not be referenced", []string{
		"a: begin", "a: update p set id = 100 where id = 1", "b? insert into c values (1, 1)", "a: commit", "b! 23503", "b: insert into c values (1, 100)"}},
	{"a unique key other than the primary one", []string{
		"a: begin", "a: insert into cu values (1, 10)", "b? update p set u = 11 where id = 1", "a: commit", "b! 23503"}},
	{"two referencing rows do not wait for each other", []string{
		"a: begin", "a: insert into c values (1, 1)", "b: insert into c values (2, 1)", "a: commit"}},
	{"a referenced row is in nobody's way who would insert it again", []string{
		"a: begin", "a: insert into c values (1, 1)", "b: insert into p values (1) on conflict do nothing", "b: insert into p values (1) on conflict (id) do update set t = 'y'",
		"b:23505: insert into p values (1)", "a: commit"}},
	{"an uncommitted row cannot be referenced by others", []string{
		"a: begin", "a: insert into p values (50)", "b:23503: insert into c values (1, 50)", "a: commit", "b: insert into c values (1, 50)"}},
	{"a cascade takes along what was committed meanwhile", []string{
		"a: begin", "a: insert into cc values (1, 1)", "b? delete from p where id = 1", "a: commit", "b! ", "a:0: select * from cc"}},
	{"the deleter waits for a referencing row that goes", []string{
		"a: insert into c values (1, 1)", "a: begin", "a: delete from c where id = 1", "b? delete from p where id = 1", "a: commit", "b! "}},
	{"repeatable read: a row from after the snapshot is not there", []string{
		"a: begin isolation level repeatable read", "a: select 1 from p", "b: insert into p values (50)", "a:23503: insert into c values (1, 50)", "a: rollback"}},
	{"repeatable read: a row that is gone", []string{
		"a: begin isolation level repeatable read", "a: select 1 from p", "b: delete from p where id = 1", "a:40001: insert into c values (1, 1)", "a: rollback"}},
	{"repeatable read: a row that has changed otherwise", []string{
		"a: begin isolation level repeatable read", "a: select 1 from p", "b: update p set t = 'x' where id = 1", "a: insert into c values (1, 1)", "a: commit"}},
	{"repeatable read: a reference from after the snapshot holds the row", []string{
		"a: begin isolation level repeatable read", "a: select 1 from p", "b: insert into c values (1, 1)", "a:23503: delete from p where id = 1", "a: rollback"}},
	{"repeatable read: a cascade may not touch what it cannot see", []string{
		"a: begin isolation level repeatable read", "a: select 1 from p", "b: insert into cc values (1, 1)", "a:40001: delete from p where id = 1", "a: rollback"}},
	{"repeatable read: nor what has changed", []string{
		"a: insert into cc values (1, 1)", "a: begin isolation level repeatable read", "a: select 1 from p", "b: update cc set id = 2", "a:40001: delete from p where id = 1", "a: rollback"}},
	{"repeatable read: waiting for a deleter", []string{
		"a: begin", "a: delete from p where id = 1", "b: begin isolation level repeatable read", "b: select 1 from p", "b? insert into c values (1, 1)", "a: commit", "b! 40001", "b: rollback"}},
	{"serializable", []string{
		"a: begin isolation level serializable", "a: insert into c values (1, 1)", "b: begin isolation level serializable", "b: select 1 from n", "b? delete from p where id = 1", "a: commit", "b! 23503", "b: rollback"}},
	{"a deferred check at the commit", []string{
		"a: begin", "a: insert into cd values (1, 1)", "b: delete from p where id = 1", "a:23503: commit"}},
	{"a deferred check that waits", []string{
		"a: begin", "a: insert into cd values (1, 1)", "b: begin", "b: delete from p where id = 1", "a? commit", "b: rollback", "a! ", "b:23503: delete from p where id = 1"}},
	{"a constraint waits for those who write", []string{
		"a: begin", "a: insert into n values (77)", "b? alter table n add foreign key (pid) references p", "a: commit", "b! 23503"}},
	{"and those who write for it", []string{
		"a: begin", "a: alter table n add foreign key (pid) references p", "b? insert into n values (77)", "a: commit", "b! 23503"}},
	{"a unique constraint that is checked later", []string{
		"a: begin", "a: insert into du values (1, 1)", "b? insert into du values (2, 1)", "a: commit", "b! 23505", "b: insert into du values (2, 2)"}},
	{"and goes on when there is no duplicate in the end", []string{
		"a: begin", "a: insert into du values (1, 1)", "b? insert into du values (2, 1)", "a: rollback", "b! "}},
	{"a savepoint gives the row back", []string{
		"a: begin", "a: savepoint s", "a: insert into c values (1, 1)", "a: rollback to s", "b: delete from p where id = 1", "a: commit"}},
}

const raceTables = `DROP TABLE IF EXISTS c, cu, cc, cd, n, p, du;
	CREATE TABLE p (id int PRIMARY KEY, u int UNIQUE, t text);
	CREATE TABLE c (id int PRIMARY KEY, pid int REFERENCES p);
	CREATE TABLE cu (id int PRIMARY KEY, pu int REFERENCES p(u));
	CREATE TABLE cc (id int PRIMARY KEY, pid int REFERENCES p ON DELETE CASCADE);
	CREATE TABLE cd (id int PRIMARY KEY, pid int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
	CREATE TABLE n (pid int);
	CREATE TABLE du (id int PRIMARY KEY, n int UNIQUE DEFERRABLE);
	INSERT INTO p VALUES (1, 10), (2, 20)`

// racer is one session of a race.
type racer struct {
	conn *pgx.Conn
	done chan string
}

// code runs a statement and gives its SQLSTATE, the number of rows of a SELECT,
// or nothing.
func (r *racer) code(ctx context.Context, sql string) string {
	tag, err := r.conn.Exec(ctx, sql)
	var e *pgconn.PgError
	switch {
	case errors.As(err, &e):
		return e.Code
	case err != nil:
		return err.Error()
	case strings.HasPrefix(sql, "select *"):
		return fmt.Sprint(tag.RowsAffected())
	}
	return ""
}

// TestForeignKeyRaces runs sessions against each other that reference rows and
// take them away.
func TestForeignKeyRaces(t *testing.T) {
	dsn := *oracle
	if dsn == "" {
		dsn = testserver.Start(t).DSN("postgres")
	}
	ctx := t.Context()
	for _, race := range races {
		t.Run(race.name, func(t *testing.T) {
			sessions := map[string]*racer{}
			for _, name := range []string{"a", "b"} {
				c, err := pgx.Connect(ctx, dsn)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { c.Close(context.Background()) })
				sessions[name] = &racer{c, make(chan string, 1)}
			}
			if code := sessions["a"].code(ctx, raceTables); code != "" {
				t.Fatal(code)
			}
			for _, step := range race.steps {
				r, rest := sessions[step[:1]], strings.TrimSpace(step[2:])
				switch step[1] {
				case '?':
					r.mustWait(t, rest)
					go func() { r.done <- r.code(ctx, rest) }()
				case '!':
					if got := <-r.done; got != rest {
						t.Fatalf("%s: the statement that waited ended with %q", step, got)
					}
				default:
					want, sql, coded := strings.Cut(rest, ":")
					if !coded || len(want) > 5 {
						want, sql = "", rest
					}
					if got := r.code(ctx, strings.TrimSpace(sql)); got != want {
						t.Fatalf("%s: ended with %q", step, got)
					}
				}
			}
		})
	}
}

// mustWait demands that a statement has to wait for a lock. It leaves no trace.
func (r *racer) mustWait(t *testing.T, sql string) {
	t.Helper()
	ctx := t.Context()
	if sql == "commit" {
		return // it cannot be taken back
	}
	inBlock := r.conn.PgConn().TxStatus() != 'I'
	before, after := "begin", "rollback"
	if inBlock {
		before, after = "savepoint w", "rollback to w"
	}
	r.code(ctx, before)
	r.code(ctx, "set local lock_timeout = '40ms'")
	got := r.code(ctx, sql)
	r.code(ctx, after)
	if got != "55P03" {
		t.Fatalf("%s should wait, and ends with %q", sql, got)
	}
}

// TestForeignKeysUnderLoad has sessions reference rows and delete them at
// random: in the end no reference leads nowhere.
func TestForeignKeysUnderLoad(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE p (id int PRIMARY KEY, t int)")
	e.exec("CREATE TABLE c (id serial PRIMARY KEY, pid int REFERENCES p ON DELETE SET NULL ON UPDATE CASCADE, qid int REFERENCES p DEFERRABLE INITIALLY DEFERRED)")
	e.exec("CREATE INDEX ON c (pid)")
	var wg sync.WaitGroup
	for w := range 6 {
		c := e.connect("postgres")
		if w%3 == 1 {
			if _, err := c.Exec(e.ctx, "SET default_transaction_isolation = 'repeatable read'"); err != nil {
				t.Fatal(err)
			}
		}
		wg.Go(func() {
			for range 150 {
				id := rand.IntN(8)
				sql := []string{
					"INSERT INTO p VALUES ($1) ON CONFLICT DO NOTHING", "INSERT INTO c (pid) VALUES ($1)", "INSERT INTO c (qid) VALUES ($1)",
					"DELETE FROM p WHERE id = $1", "UPDATE p SET id = id + 1 WHERE id = $1", "UPDATE c SET qid = $1 WHERE id % 5 = 0", "UPDATE p SET t = 1 WHERE id = $1",
				}[rand.IntN(7)]
				_, err := c.Exec(e.ctx, sql, id)
				var pe *pgconn.PgError
				if err != nil && (!errors.As(err, &pe) || pe.Code == "XX000") {
					t.Errorf("%s: %v", sql, err)
				}
			}
		})
	}
	wg.Wait()
	var lost int
	if err := e.db.QueryRow(e.ctx, "SELECT count(*) FROM c WHERE pid NOT IN (SELECT id FROM p) OR qid NOT IN (SELECT id FROM p)").Scan(&lost); err != nil || lost > 0 {
		t.Fatalf("%d references lead nowhere, %v", lost, err)
	}
}

// TestCascadesAreLive watches tables that a DELETE of another's rows changes.
func TestCascadesAreLive(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE p (id int PRIMARY KEY)")
	e.exec("CREATE TABLE c (id int PRIMARY KEY, pid int REFERENCES p ON DELETE CASCADE)")
	e.exec("CREATE USER TABLE u (id int PRIMARY KEY, pid int REFERENCES p ON DELETE SET NULL)")
	e.exec("INSERT INTO p VALUES (1), (2)")
	e.exec("INSERT INTO c VALUES (10, 1), (20, 2)")
	alice := e.connect("alice")
	if _, err := alice.Exec(e.ctx, "INSERT INTO u VALUES (1, 1), (2, 2)"); err != nil {
		t.Fatal(err)
	}
	if _, err := alice.Exec(e.ctx, "INSERT INTO u VALUES (3, 3)"); err == nil || !strings.Contains(err.Error(), "23503") {
		t.Fatal(err)
	}
	watch, hers := e.dial("postgres"), e.dial("alice")
	watch.subscribe("p", "SELECT * FROM p", nil)
	watch.subscribe("c", "SELECT * FROM c", nil)
	hers.subscribe("u", "SELECT id, pid FROM u", nil)
	e.exec("DELETE FROM p WHERE id = 1")
	got := map[string]string{}
	for _, ch := range watch.changes(2)[0] {
		got[ch.Op] += fmt.Sprint(ch.Old["id"], " ")
	}
	if f := fmt.Sprint(got); f != "map[delete:1 10 ]" && f != "map[delete:10 1 ]" {
		t.Fatal(f)
	}
	if ch := hers.one(); ch.Op != "update" || fmt.Sprint(ch.Row["id"]) != "1" || ch.Row["pid"] != nil {
		t.Fatalf("%+v", ch)
	}
}

// TestForeignKeysOfSlices has users reference everybody's rows and their own.
func TestForeignKeysOfSlices(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE p (id int PRIMARY KEY)")
	e.exec("CREATE USER TABLE lists (id int PRIMARY KEY, pid int REFERENCES p)")
	e.exec("CREATE USER TABLE items (id int PRIMARY KEY, list int REFERENCES lists ON DELETE CASCADE)")
	e.exec("CREATE STREAM TABLE st (id int PRIMARY KEY) WITH (ttl = '1h')")
	e.exec("INSERT INTO p VALUES (1), (2)")
	fails := func(c *pgx.Conn, code, sql string) {
		t.Helper()
		var pe *pgconn.PgError
		if _, err := c.Exec(e.ctx, sql); code == "" && err != nil || code != "" && (!errors.As(err, &pe) || pe.Code != code) {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	fails(e.db, "0A000", "CREATE TABLE x (id int REFERENCES lists)")
	fails(e.db, "0A000", "CREATE TABLE x (id int REFERENCES st)")
	fails(e.db, "0A000", "CREATE STREAM TABLE x (id int REFERENCES p)")
	alice, bob := e.connect("alice"), e.connect("bob")
	fails(alice, "", "INSERT INTO lists VALUES (1, 1)")
	fails(alice, "", "INSERT INTO items VALUES (1, 1)")
	fails(bob, "23503", "INSERT INTO items VALUES (1, 1)")
	fails(bob, "", "INSERT INTO lists VALUES (1, NULL)")
	fails(bob, "", "INSERT INTO items VALUES (1, 1)")
	fails(bob, "", "DELETE FROM lists")
	fails(e.db, "23503", "DELETE FROM p WHERE id = 1")
	fails(e.db, "", "DELETE FROM p WHERE id = 2")
	var n int
	if err := alice.QueryRow(e.ctx, "SELECT count(*) FROM items").Scan(&n); err != nil || n != 1 {
		t.Fatalf("alice has %d items, %v", n, err)
	}
	fails(alice, "", "DELETE FROM lists")
	fails(e.db, "", "DELETE FROM p WHERE id = 1")
}
