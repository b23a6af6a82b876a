package e2e

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestCompression: a client that offers permessage-deflate reads and writes the same
// messages through fewer bytes; one that does not is served beside it.
func TestCompression(t *testing.T) {
	s := testserver.Start(t, "--websocket-compression")
	e := &env{T: t, kind: kinds[2], server: s, ctx: t.Context()}
	e.db = e.connect("postgres")
	e.table("notes", notes)
	plain := e.dial("postgres")
	var received atomic.Int64
	dialer := websocket.Dialer{EnableCompression: true, NetDial: func(network, addr string) (net.Conn, error) {
		conn, err := net.Dial(network, addr)
		return counted{conn, &received}, err
	}}
	conn, response, err := dialer.Dial("ws://"+s.HTTPAddr()+"/v1/ws", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if !strings.Contains(response.Header.Get("Sec-Websocket-Extensions"), "permessage-deflate") {
		t.Fatal(response.Header)
	}
	small := &client{e: e, conn: conn}
	small.send(map[string]any{"type": "authenticate", "method": "trust", "user": "postgres"})
	if f := small.read(); f.Type != "auth_success" {
		t.Fatalf("%s", f.raw)
	}
	for _, c := range []*client{plain, small} {
		c.subscribe("s", "SELECT id, title FROM notes", nil)
	}
	before := received.Load()
	long := strings.Repeat("much the same ", 1000)
	small.send(map[string]any{"type": "execute", "id": "r", "sql": "INSERT INTO notes VALUES (1, $1), (2, 'short')", "params": []any{long}})
	seen := map[string]bool{}
	for len(seen) < 2 {
		f := small.read()
		if seen[f.Type] = true; f.Type == "changes" && f.Subscriptions[0].Changes[0].Row["title"] != long {
			t.Fatalf("%s", f.raw)
		}
	}
	if n := received.Load() - before; !seen["changes"] || n > int64(len(long)/10) {
		t.Errorf("%d bytes for a row of %d, after %v", n, len(long), seen)
	}
	if got := plain.changes(2); got[0][0].Row["title"] != long {
		t.Error(got)
	}
}

// counted counts what is read.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c counted) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.n.Add(int64(n))
	return n, err
}
