package e2e

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
	"github.com/kalamsql/kalamsql/storage/storagetest"
)

// faulty is a server on a file system that can fail.
func faulty(t *testing.T) (*env, *storagetest.FS, string) {
	fs, dir := storagetest.New(), t.TempDir()
	if err := fs.Prepare(dir); err != nil {
		t.Fatal(err)
	}
	e := &env{T: t, server: testserver.StartOn(t, fs, dir), ctx: t.Context()}
	e.db = e.connect("postgres")
	return e, fs, dir
}

// restart starts another server on what a loss of power now would leave of fs.
func restart(t *testing.T, fs *storagetest.FS, dir string) *env {
	e := &env{T: t, server: testserver.StartOn(t, fs.Crash(), dir), ctx: t.Context()}
	e.db = e.connect("postgres")
	return e
}

// refused demands that a statement fails with a SQLSTATE.
func (e *env) refused(code, sql string) *pgconn.PgError {
	e.Helper()
	_, err := e.db.Exec(e.ctx, sql)
	var p *pgconn.PgError
	if !errors.As(err, &p) || p.Code != code {
		e.Fatalf("%s: %v, want %s", sql, err, code)
	}
	return p
}

func (e *env) count(sql string) (n int) {
	e.Helper()
	if err := e.db.QueryRow(e.ctx, sql).Scan(&n); err != nil {
		e.Fatalf("%s: %v", sql, err)
	}
	return n
}

// TestFailingLog has syncs and writes of the log fail, and fall short: 58030, the
// subscriber is told nothing, nobody is shown what may not survive, and after a
// restart there is what was acknowledged.
func TestFailingLog(t *testing.T) {
	for name, fails := range map[string]func(storagetest.Op) bool{
		"sync":  func(o storagetest.Op) bool { return o.Sync && strings.HasSuffix(o.Path, ".log") },
		"write": func(o storagetest.Op) bool { return o.Write && strings.HasSuffix(o.Path, ".log") },
	} {
		t.Run(name, func(t *testing.T) {
			e, fs, dir := faulty(t)
			e.exec("CREATE TABLE t (id int PRIMARY KEY)")
			e.exec("INSERT INTO t VALUES (1)")
			c := e.dial("postgres")
			c.subscribe("s", "SELECT id FROM t", nil)
			fs.Inject(func(o storagetest.Op) error {
				if fails(o) {
					return syscall.EIO
				}
				return nil
			})
			e.refused("58030", "INSERT INTO t VALUES (2)")
			e.refused("58030", "INSERT INTO t VALUES (3)")
			e.refused("58030", "CREATE TABLE u (id int)")
			// Nobody is shown what may not survive.
			e.refused("58030", "SELECT count(*) FROM t")
			// A notification would come after a change: there is none before it.
			c.send(map[string]any{"type": "execute", "id": "x", "sql": "SHOW work_mem"})
			if f := c.read(); f.Type != "result" {
				t.Errorf("the subscriber was told %s", f.raw)
			}
			after := restart(t, fs, dir)
			if n := after.count("SELECT count(*) FROM t"); n != 1 {
				t.Errorf("%d rows after the restart", n)
			}
			after.exec("INSERT INTO t VALUES (2)")
			fs.Inject(nil)
		})
	}
}

// TestFullDisk refuses what writes with 53100, without effect, while there is no
// room; readers go on, and writers do once there is room again.
func TestFullDisk(t *testing.T) {
	e, fs, dir := faulty(t)
	e.exec("CREATE TABLE t (id int PRIMARY KEY)")
	e.exec("INSERT INTO t VALUES (1)")
	// until tries until a statement fails or not, as it is to: room is asked for
	// now and then only.
	next := 1
	until := func(fail bool) {
		t.Helper()
		for {
			next++
			_, err := e.db.Exec(e.ctx, fmt.Sprintf("INSERT INTO t VALUES (%d)", next))
			var p *pgconn.PgError
			if err != nil && (!errors.As(err, &p) || p.Code != "53100") {
				t.Fatal(err)
			}
			if (err != nil) == fail {
				return
			}
		}
	}
	fs.Fill(true)
	until(true)
	before := e.count("SELECT count(*) FROM t")
	e.exec("BEGIN")
	e.exec("INSERT INTO t VALUES (-1)")
	e.refused("53100", "COMMIT")
	if n := e.count("SELECT count(*) FROM t"); n != before {
		t.Errorf("%d rows, not %d", n, before)
	}
	fs.Fill(false)
	until(false)
	if n := restart(t, fs, dir).count("SELECT count(*) FROM t"); n != before+1 {
		t.Errorf("%d rows after a restart, want %d", n, before+1)
	}
}

// TestPowerCut cuts the power again and again while transactions commit: what was
// acknowledged is there, and whole.
func TestPowerCut(t *testing.T) {
	e, fs, dir := faulty(t)
	e.exec("CREATE TABLE a (id int PRIMARY KEY)")
	e.exec("CREATE TABLE b (id int PRIMARY KEY)")
	var mu sync.Mutex
	acknowledged := 0
	ctx, cancel := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	progress := make(chan struct{}, 1)
	writer := e.connect("postgres")
	writers.Go(func() {
		for i := 1; ctx.Err() == nil; i++ {
			if _, err := writer.Exec(t.Context(), fmt.Sprintf("INSERT INTO a VALUES (%d); INSERT INTO b VALUES (%d)", i, i)); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			acknowledged = i
			mu.Unlock()
			select {
			case progress <- struct{}{}:
			default:
			}
		}
	})
	defer writers.Wait()
	defer cancel()
	for range 8 {
		<-progress
		mu.Lock()
		want := acknowledged
		mu.Unlock()
		after := restart(t, fs, dir)
		n := after.count("SELECT count(*) FROM a")
		if both := after.count("SELECT count(*) FROM a JOIN b USING (id)"); n < want || both != n || after.count("SELECT max(id) FROM a") != n {
			t.Errorf("%d rows in a, %d in both, %d acknowledged", n, both, want)
		}
		after.server.Stop()
	}
}

// TestDamagedBlock answers XX001 with the table, and goes on.
func TestDamagedBlock(t *testing.T) {
	fs, dir := storagetest.New(), t.TempDir()
	if err := fs.Prepare(dir); err != nil {
		t.Fatal(err)
	}
	e := &env{T: t, server: testserver.StartOn(t, fs, dir), ctx: t.Context()}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE t (id int PRIMARY KEY, v text)")
	e.exec("INSERT INTO t SELECT g, repeat(md5(g::text), 20) FROM generate_series(1, 3000) AS g")
	e.db.Close(context.Background())
	e.server.Stop()
	// Starting again writes what the log has to tables of the storage.
	e.server = testserver.StartOn(t, fs, dir)
	e.server.Stop()
	files, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := fs.Damage(dir, ".sst"); err != nil || n == 0 {
		t.Fatalf("%d files of %v damaged, %v", n, files, err)
	}
	e.server = testserver.StartOn(t, fs, dir)
	e.db = e.connect("postgres")
	p := e.refused("XX001", "SELECT count(v) FROM t")
	if !strings.Contains(p.Message, `"t"`) {
		t.Errorf("%s does not say what is affected", p.Message)
	}
	e.exec("CREATE TABLE u (id int PRIMARY KEY)")
	e.exec("INSERT INTO u VALUES (1)")
	if n := e.count("SELECT count(*) FROM u"); n != 1 {
		t.Error("another table cannot be read")
	}
}
