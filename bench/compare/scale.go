package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// perConnection is how many live queries one connection has where many are
// wanted; the server's bound is 1,000.
const perConnection = 1000

// routing measures what an INSERT costs beside 1, 1,000 and 100,000 live queries
// that each want another room: a commit must find those it concerns without asking
// the others. Delivery counts too. Rows for one room all go to one connection, which
// takes several in one read; those for any room go to one of a hundred connections
// each, and what that costs is not the finding.
func routing(ctx context.Context, b *bench) error {
	fmt.Printf("\nINSERT into one of so many rooms, each with a live query; 16 clients\n%12s %10s %14s %10s %10s %10s\n", "live queries", "rooms", "transactions/s", "to one", "p50 ms", "p99 ms")
	for _, joined := range []bool{false, true} {
		first := 0.0
		for _, n := range []int{1, 1000, 100_000} {
			if err := fresh(ctx, b.kalam); err != nil {
				return err
			}
			if err := b.kalam.Exec(ctx, "DROP TABLE IF EXISTS room", "CREATE TABLE room (id integer PRIMARY KEY, name text)",
				"INSERT INTO room SELECT g, 'room ' || g FROM generate_series(1, 100000) AS g"); err != nil {
				return err
			}
			query := "SELECT id, body FROM message WHERE room = $1"
			if joined {
				query = "SELECT m.id, m.body, r.name FROM message m JOIN room r ON r.id = m.room WHERE m.room = $1"
			}
			w, err := watchMany(ctx, b.kalam, n, query)
			if err != nil {
				return err
			}
			for _, rooms := range []int{1, n} {
				var rates, latencies []float64
				for range b.options.rounds {
					o, err := b.pgbench(ctx, b.kalam, load{script: fmt.Sprintf("\\set room random(1, %d)\nINSERT INTO message (room, body) VALUES (:room, 'a line of text as people write it, not long');\n", rooms), clients: 16, mode: "prepared"})
					if err != nil {
						return errors.Join(err, w.stop())
					}
					rates, latencies = append(rates, o.tps), append(latencies, o.latencies...)
				}
				tps := median(rates)
				if first == 0 {
					first = tps
				}
				what := fmt.Sprint(n)
				if joined {
					what += " joins"
				}
				fmt.Printf("%12s %10d %14.0f %10.3f %10.2f %10.2f\n", what, rooms, tps, tps/first, percentile(latencies, 0.5), percentile(latencies, 0.99))
				if n == 1 {
					break
				}
			}
			if err := w.stop(); err != nil {
				return err
			}
		}
	}
	return nil
}

// watchMany opens n live queries, each with its number as parameter, on as few
// connections as the server allows.
func watchMany(ctx context.Context, s *peer.Server, n int, query string) (*watchers, error) {
	w := &watchers{}
	for from := 0; from < n; from += perConnection {
		conn, err := dial(ctx, s)
		if err != nil {
			return nil, errors.Join(err, w.stop())
		}
		w.close = append(w.close, func() { conn.Close() })
		count := min(perConnection, n-from)
		failed := make(chan error, 1)
		go func() { // the answers are read while the requests are sent
			for i := range count {
				if err := conn.WriteJSON(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": fmt.Sprint(i), "sql": query, "params": []any{from + i + 1}, "options": map[string]any{"snapshot": false}}}); err != nil {
					failed <- err
					return
				}
			}
			failed <- nil
		}()
		for open := 0; open < count; {
			var f struct{ Type, Message string }
			if err := conn.ReadJSON(&f); err != nil {
				return nil, errors.Join(err, w.stop())
			}
			switch f.Type {
			case "initial_data_batch":
				open++
			case "subscription_ack":
			default:
				return nil, errors.Join(fmt.Errorf("unexpected %s: %s", f.Type, f.Message), w.stop())
			}
		}
		if err := <-failed; err != nil {
			return nil, errors.Join(err, w.stop())
		}
		w.wg.Add(1)
		go w.read(conn, nil)
	}
	return w, nil
}

// dial opens a WebSocket as postgres.
func dial(ctx context.Context, s *peer.Server) (*websocket.Conn, error) {
	dialer := websocket.Dialer{ReadBufferSize: 1024, WriteBufferSize: 1024}
	conn, _, err := dialer.DialContext(ctx, "ws://"+s.Web+"/v1/ws", nil)
	if err != nil {
		return nil, err
	}
	if err := conn.WriteJSON(map[string]any{"type": "authenticate", "method": "trust", "user": "postgres"}); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	var f struct{ Type, Message string }
	if err := conn.ReadJSON(&f); err != nil || f.Type != "auth_success" {
		return nil, errors.Join(fmt.Errorf("expected auth_success, got %s %s, %w", f.Type, f.Message, err), conn.Close())
	}
	return conn, nil
}

// listeners measures what 1,000 connections that LISTEN to a channel nobody
// notifies, and to one that is notified by every tenth transaction, cost a writer.
func listeners(ctx context.Context, b *bench) error {
	const notifying = insertPrepared + "SELECT pg_notify('chat', 'a line') WHERE :room % 10 = 0;\n"
	fmt.Printf("\nINSERT and, in one of ten, pg_notify; 16 clients, beside LISTENing connections: transactions/s\n%12s %12s %12s %12s\n", "listeners", "PostgreSQL", "kalamsql", "ratio")
	for _, n := range []int{0, 1000} {
		if err := fresh(ctx, b.pg, b.kalam); err != nil {
			return err
		}
		var rates [2]float64
		for i, s := range []*peer.Server{b.pg, b.kalam} {
			w, err := listenTo(ctx, s, n, "LISTEN chat", func([]byte) {})
			if err != nil {
				return err
			}
			var all []float64
			for range b.options.rounds {
				o, err := b.pgbench(ctx, s, load{script: notifying, clients: 16, mode: "prepared"})
				if err != nil {
					return errors.Join(err, w.stop())
				}
				all = append(all, o.tps)
			}
			if err := w.stop(); err != nil {
				return err
			}
			rates[i] = median(all)
		}
		fmt.Printf("%12d %12.0f %12.0f %12.2f\n", n, rates[0], rates[1], rates[1]/rates[0])
	}
	return nil
}

// idle measures the memory of connections and subscriptions with nothing to do.
func idle(ctx context.Context, b *bench) error {
	if err := fresh(ctx, b.kalam); err != nil {
		return err
	}
	const n = 10_000
	w := &watchers{}
	before, err := b.kalam.Memory()
	if err != nil {
		return err
	}
	var conns []*websocket.Conn
	for range n {
		conn, err := dial(ctx, b.kalam)
		if err != nil {
			return errors.Join(err, w.stop())
		}
		conns = append(conns, conn)
		w.close = append(w.close, func() { conn.Close() })
	}
	connected, err := b.kalam.Memory()
	if err != nil {
		return errors.Join(err, w.stop())
	}
	for _, conn := range conns {
		if err := subscribe(conn, map[string]any{"id": "s", "sql": "SELECT id, body FROM message WHERE room = 1", "options": map[string]any{"snapshot": false}}); err != nil {
			return errors.Join(err, w.stop())
		}
	}
	subscribed, err := b.kalam.Memory()
	if err != nil {
		return errors.Join(err, w.stop())
	}
	fmt.Printf("\n%d idle WebSocket connections: %.1f kB each; a subscription on each of them that shares its dataflow: %.1f kB more\n",
		n, float64(connected-before)/n/1000, float64(subscribed-connected)/n/1000)
	return w.stop()
}

func subscribe(conn *websocket.Conn, subscription map[string]any) error {
	if err := conn.WriteJSON(map[string]any{"type": "subscribe", "subscription": subscription}); err != nil {
		return err
	}
	for _, want := range []string{"subscription_ack", "initial_data_batch"} {
		var f struct{ Type, Message string }
		if err := conn.ReadJSON(&f); err != nil || f.Type != want {
			return fmt.Errorf("expected %s, got %s %s, %w", want, f.Type, f.Message, err)
		}
	}
	return nil
}

// storm measures how long 5,000 clients that lose their connection at once take
// to be all caught up again, while 4 clients go on writing, and what that does to
// the writers.
func storm(ctx context.Context, b *bench) error {
	const n, missed = 5000, 200
	if err := fresh(ctx, b.kalam); err != nil {
		return err
	}
	// The cursor that all have, and what they miss.
	conn, err := dial(ctx, b.kalam)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.WriteJSON(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "s", "sql": stormQuery}}); err != nil {
		return err
	}
	var ack struct{ Type, Cursor string }
	for ack.Type != "initial_data_batch" {
		if err := conn.ReadJSON(&ack); err != nil {
			return err
		}
	}
	for range missed {
		if err := b.kalam.Exec(ctx, "INSERT INTO message (room, body) VALUES (1, 'missed')"); err != nil {
			return err
		}
	}
	writing := load{script: "INSERT INTO message (room, body) VALUES (2, 'a line of text as people write it, not long');\n", clients: 4, mode: "prepared"}
	alone, err := b.pgbench(ctx, b.kalam, writing)
	if err != nil {
		return err
	}
	var wg, writers sync.WaitGroup
	var beside outcome
	var failed atomic.Pointer[error]
	writers.Add(1)
	go func() {
		defer writers.Done()
		o, err := b.pgbench(ctx, b.kalam, writing)
		if err != nil {
			failed.CompareAndSwap(nil, &err)
		}
		beside = o
	}()
	count, err := pgx.Connect(ctx, b.kalam.DSN())
	if err != nil {
		return err
	}
	defer count.Close(ctx)
	written := func() (rows int64, err error) {
		err = count.QueryRow(ctx, "SELECT max(id) FROM message").Scan(&rows)
		return rows, err
	}
	before, err := written()
	if err != nil {
		return err
	}
	began := time.Now()
	took := make([]float64, n)
	gate := make(chan struct{}, 200) // as many as dial at once
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			gate <- struct{}{}
			err := catchUp(ctx, b.kalam, ack.Cursor, missed)
			<-gate
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
			took[i] = time.Since(began).Seconds()
		}()
	}
	wg.Wait()
	meanwhile := min(time.Since(began), b.options.duration).Seconds() // the writers write no longer
	after, err := written()
	writers.Wait()
	if err != nil {
		return err
	}
	if err := failed.Load(); err != nil {
		return *err
	}
	fmt.Printf("\n%d clients reconnect at once and catch up on %d changes each, beside 4 writers: half after %.2f s, all after %.2f s; writers %.0f transactions/s meanwhile (alone %.0f), p99 %.2f ms (%.2f)\n",
		n, missed, percentile(took, 0.5), percentile(took, 1), float64(after-before)/meanwhile, alone.tps, percentile(beside.latencies, 0.99), percentile(alone.latencies, 0.99))
	return nil
}

const stormQuery = "SELECT id, body FROM message WHERE room = 1"

// catchUp connects, resumes and waits for what was missed.
func catchUp(ctx context.Context, s *peer.Server, cursor string, missed int) error {
	conn, err := dial(ctx, s)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.WriteJSON(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "s", "sql": stormQuery, "options": map[string]any{"from": cursor}}}); err != nil {
		return err
	}
	// The frames are not decoded: the clients share the server's two cores.
	for got := 0; got < missed; {
		_, frame, err := conn.ReadMessage()
		switch {
		case err != nil:
			return err
		case bytes.Contains(frame, []byte(`"resumed":false`)), bytes.Contains(frame, []byte(`"type":"error"`)):
			return fmt.Errorf("not resumed: %s", frame)
		}
		got += bytes.Count(frame, []byte(`"op":`))
	}
	return nil
}
