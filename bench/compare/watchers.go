package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// watchers are live queries that are open.
type watchers struct {
	close    []func()
	wg       sync.WaitGroup
	received atomic.Int64
	failed   atomic.Pointer[error]
	stopping atomic.Bool
}

func (w *watchers) stop() error {
	w.stopping.Store(true)
	for _, f := range w.close {
		f()
	}
	w.wg.Wait()
	if err := w.failed.Load(); err != nil {
		return *err
	}
	return nil
}

func (w *watchers) fail(err error) {
	if !w.stopping.Load() {
		w.failed.CompareAndSwap(nil, &err)
	}
}

// watch opens n WebSocket subscriptions, each on a connection of its own. each
// gets every frame with changes; nil counts changes alone.
func watch(ctx context.Context, s *peer.Server, n int, query func(i int) string, each func(raw []byte)) (*watchers, error) {
	w := &watchers{}
	for i := range n {
		conn, _, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+s.Web+"/v1/ws", nil)
		if err != nil {
			return nil, errors.Join(err, w.stop())
		}
		w.close = append(w.close, func() { conn.Close() })
		for _, m := range []any{
			map[string]any{"type": "authenticate", "method": "trust", "user": "postgres"},
			map[string]any{"type": "subscribe", "subscription": map[string]any{"id": "s", "sql": query(i), "options": map[string]any{"snapshot": false}}},
		} {
			if err := conn.WriteJSON(m); err != nil {
				return nil, errors.Join(err, w.stop())
			}
		}
		for _, want := range []string{"auth_success", "subscription_ack", "initial_data_batch"} {
			var f struct{ Type, Message string }
			if err := conn.ReadJSON(&f); err != nil || f.Type != want {
				return nil, errors.Join(fmt.Errorf("expected %s, got %s %s, %w", want, f.Type, f.Message, err), w.stop())
			}
		}
		w.wg.Add(1)
		go w.read(conn, each)
	}
	return w, nil
}

func (w *watchers) read(conn *websocket.Conn, each func([]byte)) {
	defer w.wg.Done()
	for {
		_, raw, err := conn.ReadMessage()
		if err != nil {
			w.fail(err)
			return
		}
		w.received.Add(1)
		if each != nil {
			each(raw)
		}
	}
}

// listen opens n LISTEN ... FOR on PostgreSQL connections of their own.
func listen(ctx context.Context, s *peer.Server, n int, query string, each func(payload []byte)) (*watchers, error) {
	return listenTo(ctx, s, n, "LISTEN live FOR "+query, each)
}

// listenTo opens n connections that say command and wait for notifications.
func listenTo(ctx context.Context, s *peer.Server, n int, command string, each func(payload []byte)) (*watchers, error) {
	w := &watchers{}
	ctx, cancel := context.WithCancel(ctx)
	w.close = append(w.close, cancel)
	for range n {
		conn, err := pgx.Connect(ctx, s.DSN())
		if err != nil {
			return nil, errors.Join(err, w.stop())
		}
		if _, err := conn.Exec(ctx, command); err != nil {
			return nil, errors.Join(err, w.stop())
		}
		w.wg.Add(1)
		go w.wait(ctx, conn, each)
	}
	return w, nil
}

func (w *watchers) wait(ctx context.Context, conn *pgx.Conn, each func([]byte)) {
	defer w.wg.Done()
	defer conn.Close(context.Background())
	for {
		var n *pgconn.Notification
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			w.fail(err)
			return
		}
		w.received.Add(1)
		each([]byte(n.Payload))
	}
}

// sent finds when the row of a change was sent, as its at column says in
// nanoseconds since 1970.
func sent(raw []byte) (at []int64) {
	var f struct {
		Row           *struct{ At string }
		Subscriptions []struct {
			Changes []struct{ Row struct{ At string } }
		}
	}
	if json.Unmarshal(raw, &f) != nil {
		return nil
	}
	add := func(text string) {
		var ns int64
		if _, err := fmt.Sscan(text, &ns); err == nil {
			at = append(at, ns)
		}
	}
	if f.Row != nil {
		add(f.Row.At)
	}
	for _, s := range f.Subscriptions {
		for _, c := range s.Changes {
			add(c.Row.At)
		}
	}
	return at
}

// since is a time span in milliseconds.
func since(ns int64) float64 { return float64(time.Now().UnixNano()-ns) / 1e6 }
