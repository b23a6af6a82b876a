package history

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Plan says what is to be run. What each client does is decided by the seed
// alone; how the clients interleave is not.
type Plan struct {
	Seed    uint64
	Level   Level
	Clients int
	Txns    int // of each client
	Keys    int
}

// Lists makes the lists that Run uses.
const Lists = `DROP TABLE IF EXISTS lists;
	CREATE TABLE lists (k int PRIMARY KEY, tag text NOT NULL, v int[] NOT NULL);
	CREATE INDEX ON lists (tag)`

// Run runs transactions over lists and records them. A last one reads all.
func Run(ctx context.Context, dsn string, p Plan) ([]*Txn, error) {
	if err := once(ctx, dsn, Lists); err != nil {
		return nil, err
	}
	var value atomic.Int64
	per := make([][]*Txn, p.Clients)
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
				t, err := transact(ctx, conn, p, random, &value)
				if err != nil {
					failed[c] = err
					return
				}
				per[c] = append(per[c], t)
			}
		})
	}
	clients.Wait()
	if err := errors.Join(failed...); err != nil {
		return nil, err
	}
	all := &Txn{Committed: true}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.Background())
	for k := range p.Keys {
		op := Op{Key: k}
		if op.Read, err = read(ctx, conn, "SELECT v FROM lists WHERE k = $1", k); err != nil {
			return nil, err
		}
		all.Ops = append(all.Ops, op)
	}
	var txns []*Txn
	for _, list := range per {
		txns = append(txns, list...)
	}
	txns = append(txns, all)
	for i, t := range txns {
		t.ID = i
	}
	return txns, nil
}

func once(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.Background())
	_, err = conn.Exec(ctx, sql)
	return err
}

// transact runs one transaction. Only what may not happen is an error.
func transact(ctx context.Context, conn *pgx.Conn, p Plan, random *rand.Rand, value *atomic.Int64) (*Txn, error) {
	t := &Txn{}
	if _, err := conn.Exec(ctx, "BEGIN ISOLATION LEVEL "+p.Level.String()); err != nil {
		return nil, err
	}
	rollback := random.IntN(10) == 0
	for range 1 + random.IntN(4) {
		op := Op{Append: random.IntN(2) == 0, Key: random.IntN(p.Keys)}
		way := random.IntN(4)
		var err error
		switch {
		case op.Append:
			op.Value = int(value.Add(1))
			_, err = conn.Exec(ctx, "INSERT INTO lists VALUES ($1, 'list ' || $1::int, ARRAY[$2::int]) ON CONFLICT (k) DO UPDATE SET v = lists.v || excluded.v", op.Key, op.Value)
		case way == 0:
			op.Read, err = read(ctx, conn, "SELECT v FROM lists WHERE k = $1 FOR UPDATE", op.Key)
		case way == 1:
			op.Read, err = read(ctx, conn, "SELECT v FROM lists WHERE tag = 'list ' || $1::int", op.Key)
		case way == 2:
			op.Read, err = read(ctx, conn, "SELECT v FROM lists WHERE k + 0 = $1", op.Key)
		default:
			op.Read, err = read(ctx, conn, "SELECT v FROM lists WHERE k = $1", op.Key)
		}
		if err != nil {
			if _, e := conn.Exec(ctx, "ROLLBACK"); e != nil {
				return nil, e
			}
			return t, unexpected(err)
		}
		t.Ops = append(t.Ops, op)
	}
	if rollback {
		_, err := conn.Exec(ctx, "ROLLBACK")
		return t, err
	}
	if _, err := conn.Exec(ctx, "COMMIT"); err != nil {
		return t, unexpected(err)
	}
	t.Committed = true
	return t, nil
}

// unexpected lets conflicts and deadlocks be.
func unexpected(err error) error {
	var e *pgconn.PgError
	if errors.As(err, &e) && (e.Code == "40001" || e.Code == "40P01") {
		return nil
	}
	return fmt.Errorf("a transaction failed: %w", err)
}

func read(ctx context.Context, conn *pgx.Conn, sql string, key int) ([]int, error) {
	rows, err := conn.Query(ctx, sql, key)
	if err != nil {
		return nil, err
	}
	lists, err := pgx.CollectRows(rows, pgx.RowTo[[]int])
	if err != nil || len(lists) == 0 {
		return nil, err
	}
	return lists[0], nil
}
