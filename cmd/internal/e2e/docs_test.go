package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var fenced = regexp.MustCompile("(?ms)^```(sql|json)\n(.*?)^```$")

// TestDocumentation runs every example of docs/, page by page in the order in
// which they build on each other: SQL on a connection, JSON over WebSocket.
func TestDocumentation(t *testing.T) {
	e := start(t)
	e.exec("DROP TABLE notes")
	pages := []string{"tables.md", "live-queries.md", "websocket.md", "operating.md"}
	all, err := filepath.Glob("../../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if name := filepath.Base(path); !strings.Contains(strings.Join(pages, " "), name) {
			pages = append(pages, name)
		}
	}
	ran := 0
	for _, page := range pages {
		text, err := os.ReadFile("../../../docs/" + page)
		if err != nil {
			t.Fatal(err)
		}
		db, ws := e.connect("postgres"), e.dial("postgres")
		for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
			ran++
			if m[1] == "json" {
				for in := json.NewDecoder(strings.NewReader(m[2])); in.More(); {
					var message json.RawMessage
					if err := in.Decode(&message); err != nil {
						t.Fatalf("%s: %v in %s", page, err, m[2])
					}
					runMessage(t, page, ws, message)
				}
				continue
			}
			for _, statement := range strings.Split(strings.TrimSpace(m[2]), ";\n") {
				runExample(t, page, db, statement)
			}
		}
	}
	if ran < 8 {
		t.Errorf("only %d examples were found", ran)
	}
}

// runExample runs a statement; one that never ends is cancelled after its first
// row.
func runExample(t *testing.T, page string, db *pgx.Conn, sql string) {
	t.Helper()
	words := strings.Fields(strings.ToUpper(sql))
	var err error
	switch {
	case words[0] == "SUBSCRIBE":
		rows := db.PgConn().Exec(t.Context(), sql)
		if rows.NextResult() && rows.ResultReader().NextRow() {
			err = db.PgConn().CancelRequest(t.Context())
		}
		err = errors.Join(err, cancelled(rows.Close()))
	case words[0] == "COPY" && words[1] == "(SUBSCRIBE":
		_, err = db.PgConn().CopyTo(t.Context(), &canceller{db: db}, sql)
		err = cancelled(err)
	default:
		_, err = db.PgConn().Exec(t.Context(), sql).ReadAll()
	}
	if err != nil {
		t.Errorf("%s: %s: %v", page, sql, err)
	}
}

// cancelled expects a statement to have been cancelled.
func cancelled(err error) error {
	if err == nil {
		return errors.New("the statement has ended by itself")
	}
	var e *pgconn.PgError
	if errors.As(err, &e) && e.Code == "57014" {
		return nil
	}
	return err
}

// canceller cancels a COPY once its first data has come.
type canceller struct {
	db   *pgx.Conn
	once sync.Once
}

func (c *canceller) Write(b []byte) (n int, err error) {
	c.once.Do(func() { err = c.db.PgConn().CancelRequest(context.Background()) })
	return len(b), err
}

// runMessage sends a message of the WebSocket protocol, or makes sure that one
// of the server's is JSON.
func runMessage(t *testing.T, page string, ws *client, text json.RawMessage) {
	t.Helper()
	var m struct{ Type string }
	if err := json.Unmarshal(text, &m); err != nil {
		t.Errorf("%s: %s: %v", page, text, err)
		return
	}
	switch m.Type {
	case "subscribe", "execute", "listen", "unlisten", "ping":
		if err := ws.conn.WriteMessage(websocket.TextMessage, text); err != nil {
			t.Fatal(err)
		}
		for f := ws.read(); f.Type != "pong"; f = ws.read() {
			if f.Type == "error" {
				t.Errorf("%s: %s: %s", page, text, f.raw)
			}
			if f.Type == "subscription_ack" || f.Type == "result" {
				ws.send(map[string]string{"type": "ping"})
			}
		}
	}
}
