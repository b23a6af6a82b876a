package session

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/kalamsql/kalamsql/exec/session"
)

// copied is a COPY of rows whose keys rise, from and to.
type copied struct {
	discard
	next, end int
	buf       []byte
}

func (c *copied) CopyIn(session.CopyFormat) (session.CopySource, error) { return c, nil }

// Next gives some 64 KiB, as psql does.
func (c *copied) Next(context.Context) ([]byte, error) {
	c.buf = c.buf[:0]
	for ; c.next < c.end && len(c.buf) < 64<<10; c.next++ {
		c.buf = fmt.Appendf(c.buf, "%d\t%d\t%d\ta line of text as people write it\n", c.next+1, c.next%100, scattered(c.next, 1<<30))
	}
	if len(c.buf) == 0 {
		return nil, io.EOF
	}
	return c.buf, nil
}

// BenchmarkCopy counts rows.
func BenchmarkCopy(b *testing.B) {
	copyInto(b, "CREATE TABLE copied (id bigint PRIMARY KEY, room integer NOT NULL, x bigint, body text NOT NULL)")
}

// BenchmarkCopyWithoutKey is what pgbench's initialisation does.
func BenchmarkCopyWithoutKey(b *testing.B) {
	copyInto(b, "CREATE TABLE copied (id bigint NOT NULL, room integer, x integer, body char(84))")
}

func copyInto(b *testing.B, table string) {
	s := open(b, "SELECT 1")
	ctx := context.Background()
	if err := s.SimpleQuery(ctx, table, &discard{}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime(b)
	if err := s.SimpleQuery(ctx, "COPY copied FROM STDIN", &copied{end: b.N}); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}
