package session

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/cmd/kalamsql/serve"
)

// wireConnections is how many clients the benchmarks over sockets have.
const wireConnections = 16

// wireClient speaks just enough of the protocol to cost next to nothing.
type wireClient struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

func dial(b *testing.B, addr, sql string) *wireClient {
	b.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	c := &wireClient{conn: conn, in: bufio.NewReaderSize(conn, 4096)}
	c.out = append(c.out, 0, 0, 0, 0, 0, 3, 0, 0)
	c.out = append(c.out, "user\x00postgres\x00database\x00postgres\x00\x00"...)
	binary.BigEndian.PutUint32(c.out, uint32(len(c.out)))
	c.roundTrip(b)
	c.message('P', append([]byte("q\x00"+sql), 0, 0, 0))
	c.message('S', nil)
	c.roundTrip(b)
	return c
}

func (c *wireClient) message(kind byte, body []byte) {
	c.out = append(c.out, kind)
	c.out = binary.BigEndian.AppendUint32(c.out, uint32(len(body)+4))
	c.out = append(c.out, body...)
}

// roundTrip sends what has been put together and reads up to ReadyForQuery.
func (c *wireClient) roundTrip(b *testing.B) {
	if _, err := c.conn.Write(c.out); err != nil {
		b.Error(err)
		return
	}
	c.out = c.out[:0]
	for {
		var head [5]byte
		if _, err := io.ReadFull(c.in, head[:]); err != nil {
			b.Error(err)
			return
		}
		n := int(binary.BigEndian.Uint32(head[1:])) - 4
		if head[0] == 'E' {
			text := make([]byte, n)
			_, _ = io.ReadFull(c.in, text)
			b.Errorf("%q", text)
			return
		}
		if _, err := c.in.Discard(n); err != nil {
			b.Error(err)
			return
		}
		if head[0] == 'Z' {
			return
		}
	}
}

// call runs the prepared statement with one parameter in text.
func (c *wireClient) call(b *testing.B, arg int) {
	text := fmt.Append(nil, arg)
	body := append(make([]byte, 0, 64), "\x00q\x00\x00\x00\x00\x01"...)
	body = binary.BigEndian.AppendUint32(body, uint32(len(text)))
	body = append(append(body, text...), 0, 0)
	c.message('B', body)
	c.message('E', []byte{0, 0, 0, 0, 0})
	c.message('S', nil)
	c.roundTrip(b)
}

// overSockets measures a statement with one parameter, from several clients, all
// of what it costs: server, kernel and this client.
func overSockets(b *testing.B, sql string, arg func(i int) int) {
	c, err := serve.ReadConfig([]string{"--data", b.TempDir(), "--sql-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0"}, func(string) (string, bool) { return "", false })
	if err != nil {
		b.Fatal(err)
	}
	server, err := serve.Start("bench", c, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Shutdown(); err != nil {
			b.Error(err)
		}
	})
	ctx := context.Background()
	db, err := pgx.Connect(ctx, "postgres://postgres@"+server.SQLAddr()+"/postgres?sslmode=disable")
	if err != nil {
		b.Fatal(err)
	}
	for _, q := range schema {
		if _, err := db.Exec(ctx, q); err != nil {
			b.Fatal(err)
		}
	}
	if err := db.Close(ctx); err != nil {
		b.Fatal(err)
	}
	clients := make([]*wireClient, wireConnections)
	for i := range clients {
		clients[i] = dial(b, server.SQLAddr(), sql)
	}
	b.ResetTimer()
	before := processorTime(b)
	var running sync.WaitGroup
	for at, client := range clients {
		running.Go(func() {
			for i := at; i < b.N; i += len(clients) {
				client.call(b, arg(i))
			}
		})
	}
	running.Wait()
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

func BenchmarkWirePointSelect(b *testing.B) {
	overSockets(b, "SELECT id, room, body FROM message WHERE id = $1", func(i int) int { return 1 + scattered(i, rows) })
}

func BenchmarkWireInsert(b *testing.B) {
	overSockets(b, "INSERT INTO message (room, body) VALUES ($1, 'a line of text as people write it, not long')", func(i int) int { return scattered(i, 100) })
}
