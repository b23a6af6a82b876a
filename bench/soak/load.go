package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// kept is how many rows the tables keep.
	kept  = 50_000
	rooms = 100
)

var schema = []string{
	"CREATE TABLE message (id bigint PRIMARY KEY, room int NOT NULL, body text NOT NULL, at timestamptz DEFAULT now())",
	"CREATE INDEX ON message (room)",
	fmt.Sprintf("INSERT INTO message SELECT g, g %% %d, 'a line of text as people write it' FROM generate_series(1, %d) AS g", rooms, kept),
	"CREATE TABLE room (id int PRIMARY KEY, name text NOT NULL, n bigint NOT NULL DEFAULT 0)",
	fmt.Sprintf("INSERT INTO room SELECT g, 'room ' || g FROM generate_series(0, %d) AS g", rooms-1),
	"CREATE USER TABLE note (id bigint PRIMARY KEY, body text)",
	"CREATE STREAM TABLE tick (id bigint PRIMARY KEY, v int) WITH (ttl = '5s', max_rows = 10000)",
}

// kinds are the kinds of work, each done by one client at a time.
func (l *load) kinds() map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"writer": l.write, "second writer": l.write, "reader": l.read, "batches": l.copy, "sessions": l.visit, "definitions": l.define,
		"mistakes": l.err, "notifications": l.listen, "subscriptions": l.subscribe, "second subscriptions": l.subscribe,
	}
}

// session runs f on a connection of its own.
func (l *load) session(ctx context.Context, user string, f func(c *pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, strings.Replace(l.server.DSN(), "user=postgres", "user="+user, 1))
	if err != nil {
		return err
	}
	defer c.Close(context.Background())
	return f(c)
}

func (l *load) exec(ctx context.Context, c *pgx.Conn, sql string, args ...any) error {
	l.statements.Add(1)
	_, err := c.Exec(ctx, sql, args...)
	return err
}

// write inserts, updates and deletes rows in transactions, some rolled back.
func (l *load) write(ctx context.Context) error {
	return l.session(ctx, "postgres", func(c *pgx.Conn) error {
		for range 500 {
			tx, err := c.Begin(ctx)
			if err != nil {
				return err
			}
			id, room := l.next.Add(1), rand.IntN(rooms)
			for _, q := range []struct {
				sql  string
				args []any
			}{
				{"INSERT INTO message (id, room, body) VALUES ($1, $2, 'a line of text as people write it')", []any{id, room}},
				{"UPDATE room SET n = n + 1 WHERE id = $1", []any{room}},
				{"DELETE FROM message WHERE id = $1", []any{id - kept}},
				{"INSERT INTO tick VALUES ($1, $2)", []any{id, room}},
			} {
				if err := l.exec(ctx, c, q.sql, q.args...); err != nil {
					return errors.Join(err, tx.Rollback(ctx))
				}
			}
			if end := tx.Commit; rand.IntN(10) > 0 {
				err = end(ctx)
			} else {
				err = tx.Rollback(ctx)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// read looks rows up, joins, groups, and sorts more than work_mem holds.
func (l *load) read(ctx context.Context) error {
	return l.session(ctx, "postgres", func(c *pgx.Conn) error {
		if err := l.exec(ctx, c, "SET work_mem = '256kB'"); err != nil {
			return err
		}
		for range 100 {
			for _, sql := range []string{
				"SELECT * FROM message WHERE room = 7 ORDER BY id DESC LIMIT 20",
				"SELECT r.name, count(*), max(m.id) FROM room AS r JOIN message AS m ON m.room = r.id GROUP BY r.name",
				"SELECT id, row_number() OVER (PARTITION BY room ORDER BY body, id) FROM message OFFSET 30000",
			} {
				if err := l.exec(ctx, c, sql); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// copy loads and removes rows in bulk, in temporary tables too.
func (l *load) copy(ctx context.Context) error {
	return l.session(ctx, "postgres", func(c *pgx.Conn) error {
		if err := l.exec(ctx, c, "CREATE TEMPORARY TABLE loaded (id bigint, body text)"); err != nil {
			return err
		}
		rows := pgx.CopyFromSlice(5000, func(i int) ([]any, error) { return []any{int64(i), strings.Repeat("x", 100)}, nil })
		if _, err := c.CopyFrom(ctx, pgx.Identifier{"loaded"}, []string{"id", "body"}, rows); err != nil {
			return err
		}
		return l.exec(ctx, c, "DELETE FROM loaded WHERE id % 2 = 0")
	})
}

// visit opens sessions of many users, which prepare statements and leave.
func (l *load) visit(ctx context.Context) error {
	user := fmt.Sprintf("user%d", rand.IntN(200))
	return l.session(ctx, user, func(c *pgx.Conn) error {
		for i := range 20 {
			if _, err := c.Prepare(ctx, fmt.Sprint("s", i), fmt.Sprintf("SELECT %d, body FROM note WHERE id = $1", i)); err != nil {
				return err
			}
		}
		id := rand.IntN(100)
		return errors.Join(l.exec(ctx, c, "INSERT INTO note VALUES ($1, 'x') ON CONFLICT (id) DO UPDATE SET body = note.body || 'x'", id),
			l.exec(ctx, c, "UPDATE note SET body = '' WHERE length(body) > 100"))
	})
}

// define makes tables, changes them and drops them.
func (l *load) define(ctx context.Context) error {
	return l.session(ctx, "postgres", func(c *pgx.Conn) error {
		for i := range 20 {
			name := fmt.Sprintf("made%d", i)
			for _, sql := range []string{
				"CREATE TABLE %s (id int PRIMARY KEY, v text)", "INSERT INTO %s SELECT g, 'v' FROM generate_series(1, 100) AS g", "CREATE INDEX ON %s (v)",
				"ALTER TABLE %s ADD COLUMN w int DEFAULT 1", "ANALYZE %s", "DROP TABLE %s",
			} {
				if err := l.exec(ctx, c, fmt.Sprintf(sql, name)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// err makes mistakes, and is cut short.
func (l *load) err(ctx context.Context) error {
	return l.session(ctx, "postgres", func(c *pgx.Conn) error {
		for sql, code := range map[string]string{
			"SELEC 1": "42601", "SELECT 1/0": "22012", "SELECT * FROM nosuch": "42P01", "INSERT INTO room VALUES (0, 'x')": "23505",
			"SET statement_timeout = '50ms'; SELECT count(*) FROM generate_series(1, 100000000)": "57014",
		} {
			l.statements.Add(1)
			_, err := c.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
			var e *pgconn.PgError
			if !errors.As(err, &e) || e.Code != code {
				return fmt.Errorf("%s: %v", sql, err)
			}
		}
		return nil
	})
}

// listen hears notifications, plain ones and those of a live query, and leaves.
func (l *load) listen(ctx context.Context) error {
	return l.session(ctx, "postgres", func(c *pgx.Conn) error {
		for _, sql := range []string{"LISTEN plain", "LISTEN live FOR SELECT id, name, n FROM room WHERE id < 50", "NOTIFY plain, 'hello'"} {
			if err := l.exec(ctx, c, sql); err != nil {
				return err
			}
		}
		for range 200 {
			if _, err := c.WaitForNotification(ctx); err != nil {
				return err
			}
			l.changes.Add(1)
		}
		return nil
	})
}

var liveQueries = []string{
	"SELECT id, room, body FROM message WHERE room = 3",
	"SELECT room, count(*) AS n FROM message GROUP BY room",
	"SELECT m.id, r.name FROM message AS m JOIN room AS r ON r.id = m.room WHERE r.id = 5",
	"SELECT id, body FROM message ORDER BY id DESC LIMIT 50",
	"SELECT id, v FROM tick",
	"SELECT id FROM message WHERE at > now() - interval '2 seconds'",
}

// subscribe opens live queries over WebSocket, reads a while, and breaks off.
func (l *load) subscribe(ctx context.Context) error {
	conn, _, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+l.server.Web+"/v1/ws", nil)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.WriteJSON(map[string]any{"type": "authenticate", "method": "trust", "user": "postgres"}); err != nil {
		return err
	}
	for i, sql := range liveQueries {
		if err := conn.WriteJSON(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": fmt.Sprint(i), "sql": sql}}); err != nil {
			return err
		}
	}
	until := time.Now().Add(5 * time.Second)
	for time.Now().Before(until) {
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			return err
		}
		_, frame, err := conn.ReadMessage()
		if err != nil {
			return err
		}
		if text := string(frame); strings.Contains(text, `"type":"error"`) || strings.Contains(text, `"type":"subscription_end"`) {
			return errors.New(text)
		}
		l.changes.Add(1)
	}
	return nil
}
