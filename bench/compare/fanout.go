package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/bench/peer"
)

const fanoutTable = "CREATE TABLE fanout (id bigserial PRIMARY KEY, sent bigint, body text)"

// fanout measures how many changes a second reach their subscribers when 16
// writers insert rows of 200 bytes as fast as they can and everybody watches:
// kalamsql's live queries over WebSocket and as notifications, beside a trigger
// that calls pg_notify on PostgreSQL. It waits until every change has arrived.
func fanout(ctx context.Context, b *bench) error {
	fmt.Printf("\nEvery subscriber gets every row, 16 writers: changes delivered a second\n%12s %12s %12s %12s %12s %12s\n", "subscribers", "PG NOTIFY", "LISTEN FOR", "WebSocket", "LISTEN/PG", "WebSocket/PG")
	for _, n := range []int{100, 1000} {
		if err := b.pg.Exec(ctx, "DROP TABLE IF EXISTS fanout", fanoutTable,
			"CREATE OR REPLACE FUNCTION fanout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('fanout', row_to_json(NEW)::text); RETURN NULL; END $$",
			"CREATE TRIGGER fanout AFTER INSERT ON fanout FOR EACH ROW EXECUTE FUNCTION fanout()"); err != nil {
			return err
		}
		var rates [3]float64
		for i, open := range []func() (*peer.Server, *watchers, *atomic.Int64, error){
			func() (*peer.Server, *watchers, *atomic.Int64, error) {
				var got atomic.Int64
				w, err := listenTo(ctx, b.pg, n, "LISTEN fanout", func([]byte) { got.Add(1) })
				return b.pg, w, &got, err
			},
			func() (*peer.Server, *watchers, *atomic.Int64, error) {
				if err := b.kalam.Exec(ctx, "DROP TABLE IF EXISTS fanout", fanoutTable); err != nil {
					return nil, nil, nil, err
				}
				var got atomic.Int64
				w, err := listen(ctx, b.kalam, n, "SELECT id, sent, body FROM fanout", func([]byte) { got.Add(1) })
				return b.kalam, w, &got, err
			},
			func() (*peer.Server, *watchers, *atomic.Int64, error) {
				if err := b.kalam.Exec(ctx, "DROP TABLE IF EXISTS fanout", fanoutTable); err != nil {
					return nil, nil, nil, err
				}
				var got atomic.Int64
				w, err := watch(ctx, b.kalam, n, func(int) string { return "SELECT id, sent, body FROM fanout" },
					func(raw []byte) { got.Add(int64(bytes.Count(raw, []byte(`"op":"insert"`)))) })
				return b.kalam, w, &got, err
			},
		} {
			s, w, got, err := open()
			if err != nil {
				return err
			}
			rates[i], err = delivered(ctx, s, got, int64(n), b.duration)
			if stopped := w.stop(); err == nil {
				err = stopped
			}
			if err != nil {
				return err
			}
		}
		fmt.Printf("%12d %12.0f %12.0f %12.0f %12.2f %12.2f\n", n, rates[0], rates[1], rates[2], rates[1]/rates[0], rates[2]/rates[0])
	}
	return nil
}

// delivered writes for a while and gives the rate at which changes arrived, up to
// the last one.
func delivered(ctx context.Context, s *peer.Server, got *atomic.Int64, subscribers int64, duration time.Duration) (float64, error) {
	body := strings.Repeat("x", 150)
	var wg sync.WaitGroup
	var written atomic.Int64
	var failed atomic.Pointer[error]
	began := time.Now()
	for range 16 {
		conn, err := pgx.Connect(ctx, s.DSN())
		if err != nil {
			return 0, err
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer conn.Close(context.Background())
			for time.Since(began) < duration {
				if _, err := conn.Exec(ctx, "INSERT INTO fanout (sent, body) VALUES ($1, $2)", time.Now().UnixNano(), body); err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				written.Add(1)
			}
		}()
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	want := written.Load() * subscribers
	for end := time.Now().Add(time.Minute); got.Load() < want; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return 0, errors.New("changes did not arrive within a minute")
		}
	}
	return float64(want) / time.Since(began).Seconds(), nil
}
