package e2e

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
	"github.com/kalamsql/kalamsql/pgwire/wiretest"
)

// TestPsql drives the server with psql: a script, its output and its errors.
func TestPsql(t *testing.T) {
	s := testserver.Start(t)
	cmd := exec.Command("psql", "-X", "-h", "127.0.0.1", "-p", s.Port(), "-U", "postgres", "-f", "-")
	cmd.Stdin = strings.NewReader(`
CREATE TABLE t (id bigserial PRIMARY KEY, name varchar(10) NOT NULL, price numeric(8,2) CHECK (price > 0), at timestamptz DEFAULT '2026-01-02 03:04:05+00');
\set VERBOSITY verbose
INSERT INTO t (name, price) VALUES ('one', 1.5), ('two', 2.25) RETURNING id, name;
INSERT INTO t (name, price) VALUES ('minus', -1);
INSERT INTO t (name) VALUES (NULL);
SELECT nonsense FROM t;
\set VERBOSITY default
BEGIN;
UPDATE t SET price = price * 2 WHERE id = 1;
SAVEPOINT a;
DELETE FROM t;
ROLLBACK TO a;
COMMIT;
SET timezone = 'UTC';
SELECT * FROM t ORDER BY id;
\copy t (name, price) from stdin csv
three,3.00
"fo,ur",4
\.
COPY t (id, name) TO STDOUT;
LISTEN live FOR SELECT id, name FROM t WHERE price > 4;
INSERT INTO t (name, price) VALUES ('five', 5);
SELECT 1 AS one \gx
`)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text := string(out)
	for _, want := range []string{
		"CREATE TABLE\n", " id | name \n----+------\n  1 | one\n  2 | two\n(2 rows)\n", "INSERT 0 2\n",
		"ERROR:  23514: new row for relation \"t\" violates check constraint \"t_price_check\"\nDETAIL:  Failing row contains (3, minus, -1.00, 2026-01-02 03:04:05+00).\nSCHEMA NAME:  public\nTABLE NAME:  t\nCONSTRAINT NAME:  t_price_check\n",
		"ERROR:  23502: null value in column \"name\" of relation \"t\" violates not-null constraint\n",
		"ERROR:  42703: column \"nonsense\" does not exist\nLINE 1: SELECT nonsense FROM t;\n               ^\n",
		"BEGIN\nUPDATE 1\nSAVEPOINT\nDELETE 2\nROLLBACK\nCOMMIT\n",
		"  1 | one  |  3.00 | 2026-01-02 03:04:05+00\n  2 | two  |  2.25 | 2026-01-02 03:04:05+00\n(2 rows)\n",
		"COPY 2\n", "\tthree\n", "\tfo,ur\n", "LISTEN\n", `Asynchronous notification "live" with payload "{"op":"insert","reason":"insert","row":{"id":"7","name":"five"},`, "-[ RECORD 1 ]\none | 1\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("missing in psql's output:\n%s", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// TestStartupOptions: PGOPTIONS sets what SET would.
func TestStartupOptions(t *testing.T) {
	s := testserver.Start(t)
	cmd := exec.Command("psql", "-X", "-At", "-h", "127.0.0.1", "-p", s.Port(), "-U", "postgres", "-c", "SHOW TimeZone", "-c", "SHOW application_name", "-c", "SHOW work_mem")
	cmd.Env = append(os.Environ(), `PGOPTIONS=-c timezone=Asia/Tokyo --application-name=my\ app -cwork_mem=8MB`)
	out, err := cmd.CombinedOutput()
	if err != nil || string(out) != "Asia/Tokyo\npsql\n8MB\n" {
		t.Errorf("%v\n%s", err, out)
	}
}

//go:embed testdata/driver.py
var driver string

// TestPythonDriver drives the server with psycopg2: parameters, types, errors,
// COPY, transactions, and live changes as notifications.
func TestPythonDriver(t *testing.T) {
	s := testserver.Start(t)
	cmd := exec.Command("/usr/bin/python3", "-c", driver, s.Port())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if strings.TrimSpace(string(out)) != "done" {
		t.Fatalf("%s", out)
	}
}

// TestCopySubscribe streams a live query through COPY until it is cancelled;
// the connection goes on.
func TestCopySubscribe(t *testing.T) {
	s := testserver.Start(t)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE t (id int PRIMARY KEY, name text)")
	e.exec("INSERT INTO t VALUES (1, 'one')")
	feed := e.connect("postgres")
	in, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := feed.PgConn().CopyTo(context.Background(), out, "COPY (SUBSCRIBE TO SELECT id, name FROM t) TO STDOUT")
		out.Close()
		ended <- err
	}()
	lines := bufio.NewScanner(in)
	next := func() []string {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("the stream ended: %v", lines.Err())
		}
		return strings.Split(lines.Text(), "\t")
	}
	if f := next(); f[1] != "snapshot" || f[4] != "1" || f[5] != "one" {
		t.Fatal(f)
	}
	if f := next(); f[1] != "ready" {
		t.Fatal(f)
	}
	e.exec("UPDATE t SET name = 'uno'")
	if f := next(); f[1] != "update" || f[5] != "uno" || f[3] != `{"id": 1, "name": "one"}` {
		t.Fatal(f)
	}
	e.exec("DELETE FROM t")
	if f := next(); f[1] != "delete" || f[2] != "delete" {
		t.Fatal(f)
	}
	if err := feed.PgConn().CancelRequest(t.Context()); err != nil {
		t.Fatal(err)
	}
	var pgErr *pgconn.PgError
	if err := <-ended; !errors.As(err, &pgErr) || pgErr.Code != "57014" {
		t.Fatalf("ended with %v", err)
	}
	var one int
	if err := feed.QueryRow(t.Context(), "SELECT 1").Scan(&one); err != nil || one != 1 {
		t.Fatalf("afterwards: %d, %v", one, err)
	}
}

// TestPasswords: with SCRAM everyone shows a password, and roles come and go.
func TestPasswords(t *testing.T) {
	dir := t.TempDir()
	s := testserver.StartIn(t, dir)
	e := &env{T: t, server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE ROLE app LOGIN PASSWORD 'secret'")
	e.exec("ALTER ROLE postgres PASSWORD 'topmost'")
	s.Stop()
	s = testserver.StartIn(t, dir, "--auth", "scram")
	login := func(user, password string) error {
		c, err := pgconn.Connect(t.Context(), s.DSN(user)+" password='"+password+"'")
		if err != nil {
			return err
		}
		return c.Close(t.Context())
	}
	if err := login("app", "secret"); err != nil {
		t.Errorf("the right password: %v", err)
	}
	for _, try := range [][2]string{{"app", "Secret"}, {"app", ""}, {"nobody", "secret"}, {"postgres", "secret"}} {
		var pgErr *pgconn.PgError
		if err := login(try[0], try[1]); err == nil || errors.As(err, &pgErr) && pgErr.Code != "28P01" {
			t.Errorf("%v: %v", try, err)
		}
	}
	admin, err := pgconn.Connect(t.Context(), s.DSN("postgres")+" password=topmost")
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(t.Context())
	for _, step := range []struct {
		sql string
		ok  bool
	}{{"ALTER ROLE app PASSWORD 'other'", false}, {"ALTER ROLE app PASSWORD 'secret'", true}, {"ALTER ROLE app NOLOGIN", false}, {"ALTER ROLE app LOGIN", true}, {"DROP ROLE app", false}} {
		if _, err := admin.Exec(t.Context(), step.sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
		if err := login("app", "secret"); (err == nil) != step.ok {
			t.Errorf("after %s: %v", step.sql, err)
		}
	}
}

// TestIdleLimits: who is silent for too long, in a block or out of one, is cut
// off with the reason.
func TestIdleLimits(t *testing.T) {
	s := testserver.Start(t)
	for setting, want := range map[string]string{"idle_in_transaction_session_timeout": "25P03", "idle_session_timeout": "57P05"} {
		client := wiretest.Dial(t, s.SQLAddr())
		client.Startup(t, wiretest.Version30, [][2]string{{"user", "postgres"}})
		client.Query(t, "SET "+setting+" = '50ms'")
		if want == "25P03" {
			client.Until(t, "Z")
			client.Query(t, "BEGIN")
		}
		got := client.Until(t, "closed")
		if last := got[len(got)-2]; !strings.Contains(last, `S="FATAL"`) || !strings.Contains(last, want) {
			t.Errorf("%s: %v", setting, got)
		}
	}
}
