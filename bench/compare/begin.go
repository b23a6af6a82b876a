package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// begun is how many costly live queries begin at once.
const begun = 50

// begin measures how long many different live queries take to begin at once that each
// have to read all of a table of 1,000,000 rows, and what those notice of it that begin
// small ones meanwhile, and those that write.
func begin(ctx context.Context, b *bench) error {
	if err := eventTables(ctx, b.kalam, 1_000_000); err != nil {
		return err
	}
	if err := fresh(ctx, b.kalam); err != nil {
		return err
	}
	alone, err := b.beside(ctx, func() error { time.Sleep(b.duration); return nil })
	if err != nil {
		return err
	}
	one, err := beginAll(ctx, b.kalam, 1)
	if err != nil {
		return err
	}
	var took []float64
	with, err := b.beside(ctx, func() (err error) { took, err = beginAll(ctx, b.kalam, begun); return err })
	if err != nil {
		return err
	}
	peak, err := b.kalam.PeakMemory()
	if err != nil {
		return err
	}
	fmt.Printf("\n%d different GROUP BYs over 1,000,000 rows begin at once: half after %.2f s, all after %.2f s (one alone %.2f s); the server had %d MB at most\n",
		begun, percentile(took, 0.5), percentile(took, 1), percentile(one, 1), peak>>20)
	fmt.Printf("%34s %10s %8s\n", "", "alone", "beside")
	fmt.Printf("%34s %10.2f %8.2f\n", "small live query begins, p50 ms", percentile(alone.begins, 0.5), percentile(with.begins, 0.5))
	fmt.Printf("%34s %10.2f %8.2f\n", "at most, ms", percentile(alone.begins, 1), percentile(with.begins, 1))
	fmt.Printf("%34s %10.2f %8.2f\n", "INSERT, p50 ms", percentile(alone.writes, 0.5), percentile(with.writes, 0.5))
	fmt.Printf("%34s %10.2f %8.2f\n", "INSERT, p99 ms", percentile(alone.writes, 0.99), percentile(with.writes, 0.99))
	return nil
}

// beginAll begins n live queries together and gives after how many seconds each is live.
func beginAll(ctx context.Context, s *peer.Server, n int) ([]float64, error) {
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	took := make([]float64, n)
	began := time.Now()
	for i := range n {
		all.Go(func() {
			conn, err := dial(ctx, s)
			if err == nil {
				defer conn.Close()
				err = subscribe(conn, map[string]any{"id": "s", "sql": fmt.Sprintf("SELECT n %% %d AS part, count(*) AS c, sum(n) AS total, avg(room) AS mean FROM event GROUP BY 1", 100+i), "options": map[string]any{"snapshot": false}})
			}
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
			took[i] = time.Since(began).Seconds()
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return nil, *err
	}
	return took, nil
}

// besideBegin is what others notice, in milliseconds.
type besideBegin struct{ begins, writes []float64 }

// beside begins small live queries and writes, one after the other each, while do goes on.
func (b *bench) beside(ctx context.Context, do func() error) (found besideBegin, err error) {
	over := make(chan struct{})
	var others sync.WaitGroup
	var failed atomic.Pointer[error]
	again := func(spans *[]float64, every time.Duration, once func(i int) error) {
		others.Go(func() {
			ticks := time.NewTicker(every)
			defer ticks.Stop()
			for i := 0; ; i++ {
				select {
				case <-over:
					return
				case <-ticks.C:
				}
				at := time.Now()
				if err := once(i); err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				*spans = append(*spans, float64(time.Since(at))/1e6)
			}
		})
	}
	small, err := dial(ctx, b.kalam)
	if err != nil {
		return found, err
	}
	defer small.Close()
	writer, err := pgx.Connect(ctx, b.kalam.DSN())
	if err != nil {
		return found, err
	}
	defer writer.Close(ctx)
	again(&found.begins, 20*time.Millisecond, func(i int) error {
		return subscribe(small, map[string]any{"id": fmt.Sprint("s", i), "sql": fmt.Sprintf("SELECT room, count(*) AS c FROM event WHERE room = %d GROUP BY room", i%10_000)})
	})
	again(&found.writes, time.Millisecond, func(i int) error {
		_, err := writer.Exec(ctx, "UPDATE event SET n = n + 1 WHERE id = $1", i%1_000_000)
		return err
	})
	err = do()
	close(over)
	others.Wait()
	if failed := failed.Load(); err == nil && failed != nil {
		err = *failed
	}
	return found, err
}
