package live

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// TestStateEqualsFreshQuery lets writers work while subscriptions are made,
// resumed and taken from, and then compares what each has put together with a
// fresh subscription's snapshot: whatever the interleaving, they are equal.
func TestStateEqualsFreshQuery(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { modelCheck(t, seed) })
	}
}

func modelCheck(t *testing.T, seed uint64) {
	w := newWorld(t, HubOptions{})
	requests := []Request{
		request("all", w.message, nil, "id", "room", "body", "n"),
		request("room", w.message, operator("=", col(w.message, "room"), text("r1")), "id", "body"),
		request("big", w.message, operator(">", col(w.message, "n"), integer(50)), "id", "n"),
		request("bag", w.message, operator(">", col(w.message, "n"), integer(30)), "room"),
	}
	const writers = 16
	var wg sync.WaitGroup
	for n := range writers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w.writeAtRandom(rand.New(rand.NewPCG(seed, uint64(n))), int64(n)*100)
		}()
	}
	rng := rand.New(rand.NewPCG(seed, 1000))
	var clients []*client
	for range 8 {
		c := w.client()
		for _, req := range requests {
			c.subscribe(req)
		}
		clients = append(clients, c)
	}
	// One of them goes away in the middle and comes back with its cursors.
	back := clients[rng.IntN(len(clients))]
	for _, req := range requests {
		if err := back.r.Unsubscribe(req.ID); err != nil {
			t.Fatal(err)
		}
	}
	back.take()
	for _, req := range requests {
		req.Options.From = back.cursor[req.ID]
		state := back.state[req.ID]
		back.subscribeResumed(req, state)
	}
	wg.Wait()
	w.hub.settle(w.store.Durable())
	fresh := w.client()
	for _, req := range requests {
		fresh.subscribe(req)
	}
	for i, c := range clients {
		c.take()
		for _, req := range requests {
			sameState(t, fmt.Sprintf("client %d, %s", i, req.ID), c.state[req.ID], fresh.state[req.ID])
		}
	}
}

func (c *client) subscribeResumed(req Request, state map[string]int) {
	c.t.Helper()
	s, err := c.r.Subscribe(bg, req)
	if err != nil {
		c.t.Fatal(err)
	}
	if !s.Resumed() {
		c.t.Errorf("%s was not resumed", req.ID)
	}
	c.state[req.ID] = state
}

// writeAtRandom runs transactions on rows of its own.
func (w *world) writeAtRandom(rng *rand.Rand, base int64) {
	mine := map[int64]types.Row{}
	for range 40 {
		tx := w.store.Begin(tables.TxOptions{Sync: true})
		for range 1 + rng.IntN(3) {
			id := base + rng.Int64N(8)
			next := row(id, fmt.Sprintf("r%d", rng.IntN(3)), fmt.Sprint("b", rng.IntN(4)), rng.Int64N(100))
			switch old := mine[id]; {
			case old == nil:
				w.insert(tx, w.message, "", next)
				mine[id] = next
			case rng.IntN(4) == 0:
				w.remove(tx, w.message, "", old)
				delete(mine, id)
			default:
				w.update(tx, w.message, "", old, next)
				mine[id] = next
			}
		}
		if _, err := tx.Commit(bg); err != nil {
			w.t.Error(err)
			return
		}
	}
}
