package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// built is the folder of the binary, once there is one.
var built string

// binary builds the server once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kalamsql-e2e-")
	if err != nil {
		return "", err
	}
	built = dir
	path := filepath.Join(dir, "kalamsql")
	cmd := exec.Command("go", "build", "-o", path, "github.com/kalamsql/kalamsql/cmd/kalamsql")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %v\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// process is a server in a process of its own.
type process struct {
	t        *testing.T
	cmd      *exec.Cmd
	sql, web string // addresses
	stderr   bytes.Buffer
}

var addresses = regexp.MustCompile(`(?:clients   |clients  http://)(127\.0\.0\.1:\d+)`)

// launch starts a server process and waits until it says where it listens.
func launch(t *testing.T, dir string, flags ...string) *process {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t}
	p.cmd = exec.Command(path, append([]string{"serve", "--data", dir, "--sql-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0"}, flags...)...)
	p.cmd.Stderr = &p.stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.cmd.ProcessState == nil {
			p.kill()
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := addresses.FindStringSubmatch(lines.Text()); m != nil && p.sql == "" {
			p.sql = m[1]
		} else if m != nil {
			p.web = m[1]
			return p
		}
	}
	p.cmd.Wait()
	t.Fatalf("the server did not start: %s", p.stderr.String())
	return nil
}

// kill is kill -9.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

func (p *process) connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, "postgres://postgres@"+p.sql+"/postgres?sslmode=disable")
}

// TestKillAndResume kills the server while writers write, again and again:
// every acknowledged row is there afterwards, none is there in part, and a
// subscriber that resumes sees exactly the surviving history.
func TestKillAndResume(t *testing.T) {
	rounds := 6
	if testing.Short() {
		rounds = 2
	}
	dir := t.TempDir()
	p := launch(t, dir)
	db, err := p.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"CREATE USER TABLE log (id bigint PRIMARY KEY, n int)", "CREATE TABLE pairs (id bigint PRIMARY KEY, half int UNIQUE)"} {
		if _, err := db.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	known := map[string]bool{} // what the subscriber has been told of
	cursor := ""
	acknowledged := map[int]bool{}
	next := 0
	for round := range rounds {
		e := &env{T: t, ctx: t.Context(), httpAddr: p.web}
		c := e.dial("postgres")
		options := map[string]any{}
		if cursor != "" {
			options["from"] = cursor
		}
		rows, ack, at := c.subscribe("s", "SELECT id FROM log", options)
		if cursor != "" && !ack.Resumed {
			t.Fatalf("round %d was not resumed", round)
		}
		for _, r := range rows {
			known[r["id"].(string)] = true
		}
		cursor = at
		var wg sync.WaitGroup
		var mu sync.Mutex
		enough := make(chan struct{})
		var once sync.Once
		for w := range 8 {
			conn, err := p.connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				for i := 0; ; i++ {
					mu.Lock()
					next++
					id := next
					mu.Unlock()
					// One transaction, two tables, several rows: all or nothing.
					_, err := conn.Exec(context.Background(), fmt.Sprintf(
						"INSERT INTO log VALUES (%d, %d); INSERT INTO pairs VALUES (%d, %d), (%d, %d)", id, w, id*2, id*2, id*2+1, id*2+1))
					if err != nil {
						return // the server is gone
					}
					mu.Lock()
					acknowledged[id] = true
					mu.Unlock()
					if i == 5+round*3 {
						once.Do(func() { close(enough) })
					}
				}
			}()
		}
		// What is delivered is read all the while, and repeats nothing.
		told := make(chan error, 1)
		go func() {
			defer close(told)
			for {
				var f frame
				if err := c.conn.ReadJSON(&f); err != nil {
					return
				}
				for _, s := range f.Subscriptions {
					for _, ch := range s.Changes {
						id := fmt.Sprint(ch.Row["id"])
						if known[id] {
							told <- fmt.Errorf("%s was told twice", id)
							return
						}
						known[id] = true
					}
				}
				if f.Cursor != "" {
					cursor = f.Cursor
				}
			}
		}()
		<-enough
		p.kill()
		wg.Wait()
		if err := <-told; err != nil {
			t.Fatal(err)
		}
		p = launch(t, dir)
		if db, err = p.connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		checkSurvivors(t, db, acknowledged)
	}
	// A last resume, and all that survived has been told, each row once.
	e := &env{T: t, ctx: t.Context(), httpAddr: p.web}
	c := e.dial("postgres")
	_, ack, _ := c.subscribe("s", "SELECT id FROM log", map[string]any{"from": cursor})
	if !ack.Resumed {
		t.Fatal("not resumed")
	}
	if _, err := db.Exec(t.Context(), "INSERT INTO log VALUES (0, 0)"); err != nil {
		t.Fatal(err)
	}
	for !known["0"] {
		f := c.read()
		for _, s := range f.Subscriptions {
			for _, ch := range s.Changes {
				id := fmt.Sprint(ch.Row["id"])
				if known[id] {
					t.Fatalf("%s was told twice", id)
				}
				known[id] = true
			}
		}
	}
	rows, err := db.Query(t.Context(), "SELECT id::text FROM log")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if !known[id] {
			t.Errorf("row %s was never told", id)
		}
	}
	if len(known) != len(ids) {
		t.Errorf("%d rows were told, %d are there", len(known), len(ids))
	}
}

// checkSurvivors compares what is there with what was acknowledged.
func checkSurvivors(t *testing.T, db *pgx.Conn, acknowledged map[int]bool) {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT id FROM log")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		t.Fatal(err)
	}
	there := map[int]bool{}
	for _, id := range ids {
		there[id] = true
	}
	for id := range acknowledged {
		if !there[id] {
			t.Errorf("acknowledged row %d is lost", id)
		}
	}
	for _, sql := range []string{"SELECT id FROM pairs", "SELECT half FROM pairs WHERE half > 0 ORDER BY half"} {
		rows, err = db.Query(t.Context(), sql)
		if err != nil {
			t.Fatal(err)
		}
		halves, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if err != nil {
			t.Fatal(err)
		}
		if len(halves) != 2*len(ids) {
			t.Errorf("%s: %d rows beside %d: a transaction is there in part", sql, len(halves), len(ids))
		}
		for _, h := range halves {
			if !there[h/2] {
				t.Errorf("half %d of a transaction that is not there", h)
			}
		}
	}
}

// TestSignals: SIGTERM drains and exits with 0; a second server on the same
// directory is refused in one line.
func TestSignals(t *testing.T) {
	dir := t.TempDir()
	p := launch(t, dir)
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "serve", "--data", dir, "--sql-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0").CombinedOutput()
	if err == nil || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), "is in use by another server") {
		t.Errorf("a second server: %v\n%s", err, out)
	}
	db, err := p.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(t.Context(), "CREATE TABLE t (id int PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	e := &env{T: t, ctx: t.Context(), httpAddr: p.web}
	c := e.dial("postgres")
	c.subscribe("s", "SELECT * FROM t", nil)
	// A statement that runs may finish.
	finished := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		close(started)
		_, err := db.Exec(context.Background(), "SELECT pg_sleep(0.3); INSERT INTO t VALUES (1)")
		finished <- err
	}()
	<-started
	waitFor(t, p, "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'", 1)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-finished; err != nil {
		t.Errorf("the running statement: %v", err)
	}
	for {
		f := c.read()
		if f.Type == "changes" {
			continue
		}
		if f.Type != "subscription_end" || f.Reason != "server_shutdown" || f.Cursor == "" {
			t.Errorf("%s", f.raw)
		}
		break
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("exit: %v\n%s", err, p.stderr.String())
	}
	if _, err := p.connect(t.Context()); err == nil {
		t.Error("the server still accepts connections")
	}
}

// waitFor asks again and again until a query gives n.
func waitFor(t *testing.T, p *process, sql string, n int) {
	t.Helper()
	db, err := p.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(context.Background())
	for deadline := time.Now().Add(patience); ; {
		var got int
		if err := db.QueryRow(t.Context(), sql).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got == n {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %d, want %d", sql, got, n)
		}
	}
}

func TestRefusedConfigurations(t *testing.T) {
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		flags []string
		env   string
		want  string
	}{
		{[]string{"--sql-addr", "0.0.0.0:0"}, "", "not a loopback address"},
		{[]string{"--auth", "maybe"}, "", "--auth must be"},
		{[]string{"--tls-cert", "x"}, "", "belong together"},
		{[]string{"--nonsense"}, "", "unknown flag"},
		{nil, "KALAMSQL_SHUTDOWN_TIMEOUT=soon", "KALAMSQL_SHUTDOWN_TIMEOUT"},
	} {
		cmd := exec.Command(path, append([]string{"serve", "--data", t.TempDir()}, try.flags...)...)
		cmd.Env = append(os.Environ(), try.env)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), try.want) {
			t.Errorf("%v %s: %v\n%s", try.flags, try.env, err, out)
		}
	}
}
