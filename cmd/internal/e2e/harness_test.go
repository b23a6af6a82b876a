package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// patience bounds every wait for something that must happen. It is far from the five seconds
// that a commit may keep a costly live query busy, on machines that do much else.
const patience = 30 * time.Second

// kind is a kind of table that the same test bodies run for.
type kind struct {
	name string
	// create is CREATE ... TABLE, and with its options.
	create, with string
}

var kinds = []kind{
	{"user", "CREATE USER TABLE", ""},
	{"stream", "CREATE STREAM TABLE", " WITH (ttl = '1h', max_rows = 1000000)"},
	{"shared", "CREATE SHARED TABLE", ""},
}

// forEachKind runs one body for every kind of table.
func forEachKind(t *testing.T, body func(t *testing.T, e *env)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			s := testserver.Start(t)
			e := &env{T: t, kind: k, server: s, ctx: t.Context()}
			e.db = e.connect("postgres")
			body(t, e)
		})
	}
}

// env is what a test body works with.
type env struct {
	*testing.T
	kind   kind
	server *testserver.Server
	// httpAddr is where browsers are served, if not by server.
	httpAddr string
	ctx      context.Context
	db       *pgx.Conn
}

// table makes a table of the environment's kind, for everyone.
func (e *env) table(name, columns string) {
	e.Helper()
	e.exec(e.kind.create + " " + name + " (" + columns + ")" + e.kind.with)
	if e.kind.name != "user" {
		e.exec("GRANT ALL ON " + name + " TO public")
	}
}

// connect opens a connection for a user; one that is no role acts as an end
// user would: through the superuser's right to act for others.
func (e *env) connect(user string) *pgx.Conn {
	e.Helper()
	c, err := pgx.Connect(e.ctx, e.server.DSN("postgres"))
	if err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { c.Close(context.Background()) })
	if user != "postgres" {
		if _, err := c.Exec(e.ctx, "SET kalam.user = '"+user+"'"); err != nil {
			e.Fatal(err)
		}
	}
	return c
}

func (e *env) exec(sql string, args ...any) {
	e.Helper()
	if _, err := e.db.Exec(e.ctx, sql, args...); err != nil {
		e.Fatalf("%s: %v", sql, err)
	}
}

// client is a WebSocket client that reads frames.
type client struct {
	e    *env
	conn *websocket.Conn
}

// frame is any frame of the server's, decoded as far as tests look.
type frame struct {
	Type         string            `json:"type"`
	ID           string            `json:"id"`
	Subscription string            `json:"subscription_id"`
	Code         string            `json:"code"`
	Message      string            `json:"message"`
	Reason       string            `json:"reason"`
	Cursor       string            `json:"cursor"`
	Rows         []json.RawMessage `json:"rows"`
	HasMore      bool              `json:"has_more"`
	BatchNum     int               `json:"batch_num"`
	Resumed      bool              `json:"resumed"`
	Command      string            `json:"command"`
	Channel      string            `json:"channel"`
	Payload      string            `json:"payload"`
	Schema       []struct {
		Name, Type string
		Key        bool
	} `json:"schema"`
	Subscriptions []struct {
		ID        string   `json:"subscription_id"`
		Coalesced bool     `json:"coalesced"`
		Changes   []change `json:"changes"`
	} `json:"subscriptions"`
	raw []byte
}

// change is one change of a group.
type change struct {
	Op     string         `json:"op"`
	Reason string         `json:"reason"`
	Row    map[string]any `json:"row"`
	Old    map[string]any `json:"old"`
	At     int            `json:"at"`
	FromAt int            `json:"from_at"`
}

// dial connects and authenticates a WebSocket client.
func (e *env) dial(user string) *client {
	e.Helper()
	addr := e.httpAddr
	if addr == "" {
		addr = e.server.HTTPAddr()
	}
	conn, _, err := websocket.DefaultDialer.DialContext(e.ctx, "ws://"+addr+"/v1/ws", nil)
	if err != nil {
		e.Fatal(err)
	}
	c := &client{e: e, conn: conn}
	e.Cleanup(func() { conn.Close() })
	c.send(map[string]any{"type": "authenticate", "method": "trust", "user": user})
	if f := c.read(); f.Type != "auth_success" {
		e.Fatalf("authenticate: %s", f.raw)
	}
	return c
}

func (c *client) send(v any) {
	c.e.Helper()
	if err := c.conn.WriteJSON(v); err != nil {
		c.e.Fatal(err)
	}
}

// read gives the next frame that is no heartbeat.
func (c *client) read() *frame {
	c.e.Helper()
	if err := c.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		c.e.Fatal(err)
	}
	for {
		_, b, err := c.conn.ReadMessage()
		if err != nil {
			c.e.Fatalf("read: %v", err)
		}
		f := &frame{raw: b}
		if err := json.Unmarshal(b, f); err != nil {
			c.e.Fatalf("frame %s: %v", b, err)
		}
		if f.Type != "heartbeat" {
			return f
		}
	}
}

// subscribe subscribes and reads through the snapshot; it gives its rows and
// cursor.
func (c *client) subscribe(id, sql string, options map[string]any, params ...any) (rows []map[string]any, ack *frame, cursor string) {
	c.e.Helper()
	sub := map[string]any{"id": id, "sql": sql}
	if params != nil {
		sub["params"] = params
	}
	if options != nil {
		sub["options"] = options
	}
	c.send(map[string]any{"type": "subscribe", "subscription": sub})
	ack = c.read()
	if ack.Type != "subscription_ack" {
		c.e.Fatalf("subscribe %s: %s", sql, ack.raw)
	}
	for {
		f := c.read()
		if f.Type != "initial_data_batch" {
			c.e.Fatalf("expected a batch, got %s", f.raw)
		}
		for _, r := range f.Rows {
			row := map[string]any{}
			if err := json.Unmarshal(r, &row); err != nil {
				c.e.Fatal(err)
			}
			rows = append(rows, row)
		}
		if !f.HasMore {
			return rows, ack, f.Cursor
		}
	}
}

// changes reads groups until there are n changes in all, and gives the changes
// of each group.
func (c *client) changes(n int) (groups [][]change) {
	c.e.Helper()
	for got := 0; got < n; {
		f := c.read()
		if f.Type != "changes" {
			c.e.Fatalf("expected changes, got %s", f.raw)
		}
		var group []change
		for _, s := range f.Subscriptions {
			group = append(group, s.Changes...)
		}
		got += len(group)
		groups = append(groups, group)
		if got > n {
			c.e.Fatalf("%d changes, expected %d", got, n)
		}
	}
	return groups
}

// one reads one change that is alone in its group.
func (c *client) one() change {
	c.e.Helper()
	return c.changes(1)[0][0]
}

// quiet makes sure that nothing is on its way: a later write to the marker
// table arrives first.
func (c *client) quiet(marker func()) {
	c.e.Helper()
	marker()
}

func (c change) String() string {
	return fmt.Sprintf("%s(%s) row=%v old=%v", c.Op, c.Reason, c.Row, c.Old)
}
