package e2e

import (
	"errors"
	"math/rand/v2"
	"os/exec"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestIndexesUnderWriters: indexes that are made, remade and dropped while others write have an entry for
// each row and no other when they are done, unique ones no two of a key; nobody fails for another reason than a
// duplicate, and a reader with an old snapshot sees what was there.
func TestIndexesUnderWriters(t *testing.T) {
	dir := t.TempDir()
	s := testserver.StartIn(t, dir)
	e := &env{T: t, ctx: t.Context(), server: s}
	e.db = e.connect("postgres")
	e.exec("CREATE TABLE t (id int PRIMARY KEY, v int, u int, s text)")
	e.exec("INSERT INTO t SELECT g, g % 50, g, 'row ' || g FROM generate_series(1, 4000) AS g")
	e.exec("ANALYZE t")

	stop := make(chan struct{})
	var writers sync.WaitGroup
	for n := range 4 {
		c := e.connect("postgres")
		writers.Go(func() {
			random := rand.New(rand.NewPCG(uint64(n), 7))
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := writeSome(t, c, random); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var failed *pgconn.PgError
	build := func(sql string) (duplicate bool) {
		t.Helper()
		_, err := e.db.Exec(t.Context(), sql)
		if duplicate = errors.As(err, &failed) && failed.Code == "23505"; err != nil && !duplicate {
			t.Errorf("%s: %v", sql, err)
		}
		return duplicate
	}
	reader := e.connect("postgres")
	for round := range 4 {
		if _, err := reader.Exec(t.Context(), "BEGIN ISOLATION LEVEL REPEATABLE READ"); err != nil {
			t.Fatal(err)
		}
		before := e.agree(reader)
		build("CREATE INDEX CONCURRENTLY iv ON t (v) INCLUDE (s)")
		build("CREATE INDEX CONCURRENTLY ie ON t ((v % 7), id) WHERE u > 100")
		if build("CREATE UNIQUE INDEX CONCURRENTLY iu ON t (u)") {
			e.exec("UPDATE t SET u = -id WHERE u IN (SELECT u FROM t GROUP BY u HAVING count(*) > 1)")
		}
		if after := e.agree(reader); after != before {
			t.Errorf("round %d: an old snapshot has %+v, and had %+v", round, after, before)
		}
		if _, err := reader.Exec(t.Context(), "COMMIT"); err != nil {
			t.Fatal(err)
		}
		e.agree(reader)
		build("REINDEX TABLE CONCURRENTLY t")
		build("REINDEX INDEX CONCURRENTLY iu")
		e.agree(reader)
		if round < 3 {
			build("DROP INDEX CONCURRENTLY iv")
			build("DROP INDEX CONCURRENTLY ie")
			build("DROP INDEX CONCURRENTLY iu")
			e.exec("DROP INDEX IF EXISTS iu_ccnew, iu_ccnew1")
		}
	}
	close(stop)
	writers.Wait()
	e.agree(reader)
	s.Stop()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, "check", "--data", dir).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// sums is what a table has, read in several ways that must agree.
type sums struct{ rows, v, few int64 }

// agree reads the table by its indexes and without, in one snapshot.
func (e *env) agree(c *pgx.Conn) (s sums) {
	e.Helper()
	var other sums
	err := c.QueryRow(e.ctx, `SELECT count(*), sum(v), count(*) FILTER (WHERE v = 3), (SELECT count(*) FROM t WHERE v + 0 >= 0), (SELECT sum(v) FROM t WHERE v > -1 AND v < 10000), (SELECT count(*) FROM t WHERE v = 3) FROM t`).
		Scan(&s.rows, &s.v, &s.few, &other.rows, &other.v, &other.few)
	if err != nil {
		e.Fatal(err)
	}
	if s != other {
		e.Errorf("by the indexes %+v, without %+v", other, s)
	}
	return s
}

// writeSome makes a transaction of a few changes, which may be rolled back; those that a duplicate is in the way of are.
func writeSome(t *testing.T, c *pgx.Conn, random *rand.Rand) error {
	tx, err := c.Begin(t.Context())
	if err != nil {
		return err
	}
	defer tx.Rollback(t.Context())
	for range 1 + random.IntN(4) {
		id, other := random.IntN(4500), random.IntN(60)
		switch random.IntN(6) {
		case 0:
			_, err = tx.Exec(t.Context(), "DELETE FROM t WHERE id = $1", id)
		case 1:
			_, err = tx.Exec(t.Context(), "INSERT INTO t VALUES ($1, $2, $1, 'new') ON CONFLICT (id) DO UPDATE SET v = excluded.v", id, other)
		case 2:
			_, err = tx.Exec(t.Context(), "UPDATE t SET v = $2 WHERE id = $1", id, other)
		case 3:
			_, err = tx.Exec(t.Context(), "UPDATE t SET u = u + $2 % 2 WHERE id = $1", id, other)
		case 4:
			_, err = tx.Exec(t.Context(), "UPDATE t SET id = id + 5000 WHERE id = $1", id)
		default:
			_, err = tx.Exec(t.Context(), "UPDATE t SET s = 'changed', u = id WHERE id = $1", id)
		}
		var e *pgconn.PgError
		if errors.As(err, &e) && (e.Code == "23505" || e.Code == "40P01") {
			return nil
		}
		if err != nil {
			return err
		}
	}
	if random.IntN(5) == 0 {
		return nil
	}
	return tx.Commit(t.Context())
}
