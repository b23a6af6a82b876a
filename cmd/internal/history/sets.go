package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// SetRead is what one statement saw of two sets to which every transaction adds
// the same element.
type SetRead struct {
	Sets [2]map[int]bool
	// Known had been acknowledged before the statement began.
	Known []int
	// Refused had been rolled back.
	Refused map[int]bool
}

// CheckSets says what is wrong: an element that is in one set only, that was
// rolled back, or that had been acknowledged and is missing.
func CheckSets(reads []SetRead) (found []Anomaly) {
	for i, r := range reads {
		for s := range r.Sets {
			for e := range r.Sets[s] {
				if !r.Sets[1-s][e] {
					found = append(found, Anomaly{"fractured read", []string{fmt.Sprintf("read %d: %d is in set %d alone", i, e, s)}})
				}
				if r.Refused[e] {
					found = append(found, Anomaly{"G1a", []string{fmt.Sprintf("read %d: %d was rolled back", i, e)}})
				}
			}
		}
		for _, e := range r.Known {
			if !r.Sets[0][e] {
				found = append(found, Anomaly{"lost", []string{fmt.Sprintf("read %d: %d had been acknowledged", i, e)}})
			}
		}
	}
	return found
}

// RunSets adds elements to two sets, in transactions, and reads both.
func RunSets(ctx context.Context, dsn string, p Plan) ([]SetRead, error) {
	if err := once(ctx, dsn, "DROP TABLE IF EXISTS sets; CREATE TABLE sets (s int, e int, PRIMARY KEY (s, e)); CREATE INDEX ON sets (e)"); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	var known []int
	refused := map[int]bool{}
	var reads []SetRead
	var next atomic.Int64
	failed := make([]error, p.Clients)
	var clients sync.WaitGroup
	for c := range p.Clients {
		clients.Go(func() {
			conn, err := pgx.Connect(ctx, dsn)
			if err != nil {
				failed[c] = err
				return
			}
			defer conn.Close(context.Background())
			random := rand.New(rand.NewPCG(p.Seed, uint64(c)))
			for range p.Txns {
				if random.IntN(3) == 0 {
					mu.Lock()
					r := SetRead{Known: append([]int(nil), known...), Refused: refused}
					mu.Unlock()
					if r.Sets, err = readSets(ctx, conn, p.Level); err != nil {
						failed[c] = err
						return
					}
					mu.Lock()
					reads = append(reads, r)
					mu.Unlock()
					continue
				}
				e, commit := int(next.Add(1)), random.IntN(5) > 0
				acknowledged, err := addBoth(ctx, conn, p.Level, e, commit)
				if err != nil {
					failed[c] = err
					return
				}
				mu.Lock()
				if acknowledged {
					known = append(known, e)
				} else {
					refused[e] = true
				}
				mu.Unlock()
			}
		})
	}
	clients.Wait()
	return reads, errors.Join(failed...)
}

// addBoth adds an element to both sets in one transaction.
func addBoth(ctx context.Context, conn *pgx.Conn, level Level, e int, commit bool) (acknowledged bool, err error) {
	statements := []string{"BEGIN ISOLATION LEVEL " + level.String(), fmt.Sprintf("INSERT INTO sets VALUES (0, %d)", e), fmt.Sprintf("INSERT INTO sets VALUES (1, %d)", e), "COMMIT"}
	if !commit {
		statements[3] = "ROLLBACK"
	}
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			if _, e := conn.Exec(ctx, "ROLLBACK"); e != nil {
				return false, e
			}
			return false, unexpected(err)
		}
	}
	return commit, nil
}

// readSets reads both sets: in one statement or, where the level promises that
// two see the same, in two.
func readSets(ctx context.Context, conn *pgx.Conn, level Level) (sets [2]map[int]bool, err error) {
	queries := []string{"SELECT s, e FROM sets"}
	if level >= RepeatableRead {
		queries = []string{"SELECT s, e FROM sets WHERE s = 0", "SELECT s, e FROM sets WHERE s = 1"}
	}
	sets[0], sets[1] = map[int]bool{}, map[int]bool{}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return sets, err
	}
	defer tx.Rollback(context.Background())
	if _, err := tx.Exec(ctx, "SET TRANSACTION ISOLATION LEVEL "+level.String()); err != nil {
		return sets, err
	}
	for _, sql := range queries {
		rows, err := tx.Query(ctx, sql)
		if err != nil {
			return sets, err
		}
		var s, e int
		if _, err := pgx.ForEachRow(rows, []any{&s, &e}, func() error { sets[s][e] = true; return nil }); err != nil {
			return sets, err
		}
	}
	return sets, tx.Commit(ctx)
}
