// Command jobs is a queue of jobs and its workers, over PostgreSQL's protocol with pgx alone: a worker
// hears of jobs by a live query, and takes them so that no two take the same and none is lost
// with a worker that fails.
//
//	go run ./examples/jobs -workers 3 -jobs 100
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"sync"

	"github.com/jackc/pgx/v5"
)

const schema = `CREATE TABLE IF NOT EXISTS job (
	id     bigserial PRIMARY KEY,
	work   text NOT NULL,
	done   boolean NOT NULL DEFAULT false,
	worker int
)`

func main() {
	dsn := flag.String("dsn", "postgres://postgres@127.0.0.1:5454/postgres", "server")
	workers := flag.Int("workers", 3, "workers")
	jobs := flag.Int("jobs", 100, "jobs to do")
	flag.Parse()
	if err := run(context.Background(), *dsn, *workers, *jobs); err != nil {
		log.Fatal(err)
	}
}

// run puts jobs into the queue, has them done, and says by whom.
func run(ctx context.Context, dsn string, workers, jobs int) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, schema); err != nil {
		return err
	}
	// What is left to do is a live query, too: when it is 0 all is done.
	if _, err := conn.Exec(ctx, "LISTEN left_over FOR SELECT count(*) AS n FROM job WHERE NOT done"); err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	failed := make(chan error, workers)
	for i := range workers {
		all.Go(func() {
			if err := work(working, dsn, i+1); err != nil && working.Err() == nil {
				failed <- err
				stop()
			}
		})
	}
	if _, err := conn.Exec(ctx, "INSERT INTO job (work) SELECT 'job ' || g FROM generate_series(1, $1) AS g", jobs); err != nil {
		return err
	}
	for left := -1; left != 0; {
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM job WHERE NOT done").Scan(&left); err != nil {
			return err
		}
		if left > 0 {
			if _, err := conn.WaitForNotification(working); err != nil {
				select {
				case err = <-failed:
				default:
				}
				return err
			}
		}
	}
	stop()
	all.Wait()
	rows, err := conn.Query(ctx, "SELECT worker, count(*) FROM job GROUP BY worker ORDER BY worker")
	if err != nil {
		return err
	}
	var worker, did int
	_, err = pgx.ForEachRow(rows, []any{&worker, &did}, func() error {
		fmt.Printf("worker %d did %d\n", worker, did)
		return nil
	})
	return err
}

// work takes jobs until ctx ends, and waits to hear of one where there is none.
func work(ctx context.Context, dsn string, worker int) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	// First listen, then look: what comes in between is heard of.
	if _, err := conn.Exec(ctx, "LISTEN jobs FOR SELECT id FROM job WHERE NOT done"); err != nil {
		return err
	}
	for {
		switch took, err := take(ctx, conn, worker); {
		case err != nil:
			return err
		case took:
			continue
		}
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

// take does one job, if there is one that nobody else has.
func take(ctx context.Context, conn *pgx.Conn, worker int) (took bool, err error) {
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		var id int64
		var what string
		err := tx.QueryRow(ctx, "SELECT id, work FROM job WHERE NOT done ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED").Scan(&id, &what)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		// Here the job is done. Should that fail, or this program, the job is free again.
		_, err = tx.Exec(ctx, "UPDATE job SET done = true, worker = $1 WHERE id = $2", worker, id)
		took = err == nil
		return err
	})
	return took, err
}
