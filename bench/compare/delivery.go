package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// delivery measures the time from sending an INSERT to receiving its change, on
// both transports, at a tenth of the highest write rate: an upper bound of the
// time from commit to delivery, since it holds the commit itself.
func delivery(ctx context.Context, b *bench) error {
	if b.saturated == 0 {
		if err := fresh(ctx, b.kalam); err != nil {
			return err
		}
		out, err := b.rounds(ctx, load{script: insertPrepared, clients: 16, mode: "prepared"}, b.kalam)
		if err != nil {
			return err
		}
		b.saturated = out[0].tps
	}
	rate := b.saturated / 10
	if err := b.kalam.Exec(ctx, "DROP TABLE IF EXISTS event", "CREATE TABLE event (id bigserial PRIMARY KEY, at bigint)"); err != nil {
		return err
	}
	fmt.Printf("\nFrom INSERT sent to change received, %.0f rows/s from 4 writers, 10 subscribers (ms)\n%12s %8s %8s %8s %10s\n", rate, "", "p50", "p99", "max", "changes")
	var mu sync.Mutex
	var spans []float64
	each := func(raw []byte) {
		for _, at := range sent(raw) {
			span := since(at)
			mu.Lock()
			spans = append(spans, span)
			mu.Unlock()
		}
	}
	for _, transport := range []string{"WebSocket", "NOTIFY"} {
		var w *watchers
		var err error
		if transport == "WebSocket" {
			w, err = watch(ctx, b.kalam, 10, func(int) string { return "SELECT id, at FROM event" }, each)
		} else {
			w, err = listen(ctx, b.kalam, 10, "SELECT id, at FROM event", each)
		}
		if err != nil {
			return err
		}
		spans = nil
		commits, err := writeAt(ctx, b.kalam, 4, rate, 2*b.duration)
		if err != nil {
			w.stop()
			return err
		}
		time.Sleep(100 * time.Millisecond)
		if err := w.stop(); err != nil {
			return err
		}
		fmt.Printf("%12s %8.2f %8.2f %8.2f %10d\n", transport, percentile(spans, 0.5), percentile(spans, 0.99), percentile(spans, 1), len(spans))
		fmt.Printf("%12s %8.2f %8.2f %8.2f\n", "(commit)", percentile(commits, 0.5), percentile(commits, 0.99), percentile(commits, 1))
	}
	return nil
}

// writeAt inserts rows at a steady rate and gives the latency of each commit.
func writeAt(ctx context.Context, s *peer.Server, writers int, rate float64, duration time.Duration) (commits []float64, err error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	pause := time.Duration(float64(writers) / rate * float64(time.Second))
	for range writers {
		conn, err := pgx.Connect(ctx, s.DSN())
		if err != nil {
			return nil, err
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer conn.Close(context.Background())
			ticks := time.NewTicker(pause)
			defer ticks.Stop()
			for end := time.Now().Add(duration); time.Now().Before(end); <-ticks.C {
				at := time.Now().UnixNano()
				_, failed := conn.Exec(ctx, "INSERT INTO event (at) VALUES ($1)", at)
				mu.Lock()
				commits = append(commits, since(at))
				if failed != nil && err == nil {
					err = failed
				}
				mu.Unlock()
			}
		}()
	}
	wg.Wait()
	return commits, err
}
