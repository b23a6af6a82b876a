package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/storage"
)

// watcher applies what a subscription delivers and remembers the state as of
// every cursor.
type watcher struct {
	c     *client
	state map[string]string // id -> row
	at    []storage.Seq
	was   []map[string]string
}

func position(t testing.TB, cursor string) storage.Seq {
	t.Helper()
	_, seq, err := live.DecodeCursor(cursor)
	if err != nil {
		t.Fatalf("cursor %q: %v", cursor, err)
	}
	return seq
}

func rowText(row map[string]any) string {
	b, err := json.Marshal(row)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func watch(e *env, sql string) *watcher {
	w := &watcher{c: e.dial("postgres"), state: map[string]string{}}
	rows, _, cursor := w.c.subscribe("s", sql, nil)
	for _, r := range rows {
		w.state[r["id"].(string)] = rowText(r)
	}
	w.keep(cursor)
	return w
}

func (w *watcher) keep(cursor string) {
	w.at, w.was = append(w.at, position(w.c.e, cursor)), append(w.was, maps.Clone(w.state))
}

// through follows the subscription up to a commit that concerns it.
func (w *watcher) through(seq storage.Seq) error {
	for w.at[len(w.at)-1] < seq {
		f := w.c.read()
		if f.Type != "changes" {
			return fmt.Errorf("unexpected %s", f.raw)
		}
		for _, ch := range f.Subscriptions[0].Changes {
			if ch.Old != nil {
				id := ch.Old["id"].(string)
				if w.state[id] != rowText(ch.Old) {
					return fmt.Errorf("%s of %s, which is %s", ch.Op, rowText(ch.Old), w.state[id])
				}
				delete(w.state, id)
			}
			if ch.Row != nil {
				id := ch.Row["id"].(string)
				if w.state[id] != "" {
					return fmt.Errorf("%s of %s, which is there already", ch.Op, rowText(ch.Row))
				}
				w.state[id] = rowText(ch.Row)
			}
		}
		w.keep(f.Cursor)
	}
	return nil
}

// asOf gives the state as of a commit; ok is false for one before the snapshot.
func (w *watcher) asOf(seq storage.Seq) (map[string]string, bool) {
	i, found := slices.BinarySearch(w.at, seq)
	if !found {
		i--
	}
	if i < 0 {
		return nil, false
	}
	return w.was[i], true
}

// TestSubscriptionEqualsSelectAtEveryCursor lets 16 writers run random
// transactions while subscriptions are made and SELECTs are run. Every SELECT
// says which commit it saw; every subscription that was made before must have
// had the same rows at that commit.
func TestSubscriptionEqualsSelectAtEveryCursor(t *testing.T) {
	const query = "SELECT id, title, n FROM notes WHERE n % 3 <> 0 OR title LIKE 'b%'"
	seeds := uint64(8)
	if testing.Short() {
		seeds = 2
	}
	forEachKind(t, func(t *testing.T, e *env) {
		for seed := range seeds {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				e := &env{T: t, kind: e.kind, server: e.server, ctx: t.Context()}
				e.db = e.connect("postgres")
				e.exec("DROP TABLE IF EXISTS notes")
				e.table("notes", notes)
				checkHistory(e, query, seed)
			})
		}
	})
}

type observation struct {
	seq  storage.Seq
	rows map[string]string
}

func checkHistory(e *env, query string, seed uint64) {
	var wg sync.WaitGroup
	for n := range 16 {
		conn := e.connect("postgres")
		rng := rand.New(rand.NewPCG(seed, uint64(n)))
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range 12 {
				if err := randomTransaction(e, conn, rng); err != nil {
					e.Error(err)
					return
				}
			}
		}()
	}
	var watchers []*watcher
	var seen []observation
	reader := e.dial("postgres")
	look := func() {
		reader.send(map[string]any{"type": "execute", "id": "q", "sql": query})
		f := reader.read()
		if f.Type != "result" {
			e.Fatalf("%s", f.raw)
		}
		o := observation{seq: position(e, f.Cursor), rows: map[string]string{}}
		for _, r := range f.Rows {
			row := map[string]any{}
			if err := json.Unmarshal(r, &row); err != nil {
				e.Fatal(err)
			}
			o.rows[row["id"].(string)] = rowText(row)
		}
		seen = append(seen, o)
	}
	for range 6 {
		watchers = append(watchers, watch(e, query))
		for range 4 {
			look()
		}
	}
	wg.Wait()
	look()
	// A last commit that concerns everyone is where the watchers stop.
	e.exec("INSERT INTO notes VALUES (100000, 'b', 1)")
	look()
	last := seen[len(seen)-1].seq
	for i, w := range watchers {
		if err := w.through(last); err != nil {
			e.Fatalf("watcher %d: %v", i, err)
		}
		for _, o := range seen {
			if was, ok := w.asOf(o.seq); ok && !maps.Equal(was, o.rows) {
				e.Fatalf("watcher %d at %d:\n%v\nSELECT:\n%v", i, o.seq, was, o.rows)
			}
		}
	}
}

// randomTransaction changes a few of few rows, and now and then rolls back. A
// conflict with another writer's is no error.
func randomTransaction(e *env, conn *pgx.Conn, rng *rand.Rand) error {
	tx, err := conn.Begin(e.ctx)
	if err != nil {
		return err
	}
	ids := []int{rng.IntN(20), 20 + rng.IntN(20)} // in order: no deadlocks
	for _, id := range ids[:1+rng.IntN(2)] {
		title, n := strings.Repeat(string(rune('a'+rng.IntN(3))), 1+rng.IntN(3)), rng.IntN(10)
		switch rng.IntN(4) {
		case 0:
			_, err = tx.Exec(e.ctx, "DELETE FROM notes WHERE id = $1", id)
		case 1:
			_, err = tx.Exec(e.ctx, "UPDATE notes SET title = $2, n = n + 1 WHERE id = $1", id, title)
		default:
			_, err = tx.Exec(e.ctx, "INSERT INTO notes VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET title = excluded.title, n = excluded.n", id, title, n)
		}
		if err != nil {
			return err
		}
	}
	if rng.IntN(5) == 0 {
		return tx.Rollback(e.ctx)
	}
	return tx.Commit(e.ctx)
}
