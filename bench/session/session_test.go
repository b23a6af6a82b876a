package session

import (
	"context"
	"encoding/binary"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

const rows = 100_000

// schema makes the table of rows.
var schema = []string{
	"CREATE TABLE message (id bigserial PRIMARY KEY, room integer NOT NULL, body text NOT NULL)",
	"CREATE INDEX ON message (room)",
	fmt.Sprintf("INSERT INTO message (room, body) SELECT g %% %d, 'a line of text' FROM generate_series(1, %d) AS g", rows/10, rows),
	"ANALYZE message",
}

// discard counts rows and keeps nothing.
type discard struct {
	session.ResultWriter // no statement here copies
	rows                 int
}

func (d *discard) Columns([]session.ResultColumn) error { return nil }
func (d *discard) Row(types.Row) error                  { d.rows++; return nil }
func (d *discard) Complete(string) error                { return nil }
func (d *discard) Suspended() error                     { return nil }
func (d *discard) Empty() error                         { return nil }
func (d *discard) Notice(*sqlerr.Error) error           { return nil }
func (d *discard) Flush() error                         { return nil }

// open starts everything behind the sockets on a table of rows and gives a
// session that has prepared the statement.
func open(b *testing.B, sql string) *session.Session {
	b.Helper()
	ctx := context.Background()
	hub := live.NewHub(live.HubOptions{Evaluate: exec.Evaluate})
	store, err := tables.Open(ctx, tables.Options{IndexCode: plan.IndexCode, ExclusionCode: plan.ExclusionCode, Storage: storage.Options{Dir: b.TempDir()}, Publisher: hub})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	hub.Attach(store)
	server := session.New(session.Options{Store: store, Hub: hub, SpillDir: b.TempDir()})
	s, err := server.Open(ctx, session.Startup{User: "postgres", Database: "postgres"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(s.Close)
	for _, q := range append(schema, "SET synchronous_commit = off") {
		if err := s.SimpleQuery(ctx, q, &discard{}); err != nil {
			b.Fatal(err)
		}
		if err := s.Sync(ctx); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Parse(ctx, "q", sql, nil); err != nil {
		b.Fatal(err)
	}
	if err := s.Sync(ctx); err != nil {
		b.Fatal(err)
	}
	return s
}

// statement measures Bind, Execute and Sync of a statement with one parameter,
// the i-th time the number that arg gives.
func statement(b *testing.B, sql string, arg func(i int) int, want int) {
	s := open(b, sql)
	ctx, w := context.Background(), &discard{}
	params := []session.Param{{}}
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime(b)
	for i := range b.N {
		params[0].Value = fmt.Append(params[0].Value[:0], arg(i))
		if err := s.Bind(ctx, "", "q", params, nil); err != nil {
			b.Fatal(err)
		}
		if err := s.Execute(ctx, "", 0, w); err != nil {
			b.Fatal(err)
		}
		if err := s.Sync(ctx); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
	if w.rows != want*b.N {
		b.Fatalf("%d rows of %d statements, want %d each", w.rows, b.N, want)
	}
}

// processorTime is what the process has used so far: all that a statement costs,
// whoever does it, and unlike the time by the clock it hardly depends on what
// else the machine does.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// scattered spreads consecutive numbers over n.
func scattered(i, n int) int {
	var k [8]byte
	binary.LittleEndian.PutUint64(k[:], uint64(i)*0x9e3779b97f4a7c15)
	return int(binary.BigEndian.Uint32(k[:4])) % n
}

func BenchmarkPointSelect(b *testing.B) {
	statement(b, "SELECT id, room, body FROM message WHERE id = $1", func(i int) int { return 1 + scattered(i, rows) }, 1)
}

func BenchmarkSecondaryIndex(b *testing.B) {
	statement(b, "SELECT id, body FROM message WHERE room = $1", func(i int) int { return scattered(i, rows/10) }, 10)
}

func BenchmarkRange(b *testing.B) {
	statement(b, "SELECT id, room, body FROM message WHERE id >= $1 ORDER BY id LIMIT 20", func(i int) int { return 1 + scattered(i, rows-20) }, 20)
}

func BenchmarkInsert(b *testing.B) {
	statement(b, "INSERT INTO message (room, body) VALUES ($1, 'a line of text as people write it, not long')", func(i int) int { return scattered(i, 100) }, 0)
}

func BenchmarkUpdate(b *testing.B) {
	statement(b, "UPDATE message SET body = 'another line' WHERE id = $1", func(i int) int { return 1 + scattered(i, rows) }, 0)
}

// BenchmarkSimpleSelect plans every text anew: no two are alike.
func BenchmarkSimpleSelect(b *testing.B) {
	s := open(b, "SELECT 1")
	ctx, w := context.Background(), &discard{}
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime(b)
	for i := range b.N {
		if err := s.SimpleQuery(ctx, fmt.Sprintf("SELECT id, room, body FROM message WHERE id = %d;", 1+scattered(i, rows)), w); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
	if w.rows != b.N {
		b.Fatalf("%d rows of %d statements", w.rows, b.N)
	}
}
