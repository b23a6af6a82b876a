package live

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// TestTurmoil has receivers come and go, definitions change and operators end
// subscriptions while writers write. Nothing may hang, and in the end nothing
// may be left behind.
func TestTurmoil(t *testing.T) {
	w := newWorld(t, HubOptions{Limits: Limits{QueueBytes: 16 << 10, Snapshots: 2, Backlog: 4}})
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w.writeAtRandom(rand.New(rand.NewPCG(7, uint64(n))), int64(n)*100)
		}()
	}
	for n := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w.comeAndGo(rand.New(rand.NewPCG(8, uint64(n))))
		}()
	}
	wg.Add(1)
	go func() {
		defer wg.Done()
		for id := range int64(60) {
			w.hub.End(id*3, "")
			w.hub.Subscriptions()
		}
	}()
	wg.Wait()
	w.hub.settle(w.store.Durable())
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	if len(w.hub.mu.subs)+len(w.hub.mu.routes)+len(w.hub.mu.shared)+len(w.hub.mu.perUser)+len(w.hub.mu.channels) != 0 {
		t.Errorf("left behind: %d subscriptions, %d routes, %d dataflows, %d users, %d channels",
			len(w.hub.mu.subs), len(w.hub.mu.routes), len(w.hub.mu.shared), len(w.hub.mu.perUser), len(w.hub.mu.channels))
	}
	if len(w.hub.slots) != 0 {
		t.Errorf("%d snapshot slots are still held", len(w.hub.slots))
	}
}

func (w *world) comeAndGo(rng *rand.Rand) {
	for range 15 {
		r := w.hub.NewReceiver(ReceiverInfo{User: "alice"})
		r.Listen(catalog.DatabaseFirst, "news")
		for i := range 3 {
			req := request(fmt.Sprint(i), w.message, operator("=", col(w.message, "room"), text(fmt.Sprint("r", rng.IntN(3)))), "id", "body")
			req.Options.Slow = SlowPolicy(rng.IntN(2))
			req.Options.BatchSize = 1 + rng.IntN(3)
			req.Options.Pull = rng.IntN(3) == 0
			if _, err := r.Subscribe(bg, req); err != nil && !sqlerr.HasCode(err, sqlerr.QueryCanceled) {
				w.t.Error(err)
			}
			if rng.IntN(2) == 0 {
				r.Take(rng.IntN(4096))
			}
		}
		if rng.IntN(2) == 0 {
			<-r.Ready()
			r.Take(1 << 20)
			_ = r.Unsubscribe("1") // it may have ended
		}
		r.Close()
		r.Close()
	}
}

// TestReceiversCommitOrder looks at the sequence of every event.
func TestReceiversCommitOrder(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	c.subscribe(request("s", w.message, nil, "id", "n"))
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			w.writeAtRandom(rand.New(rand.NewPCG(9, uint64(n))), int64(n)*100)
		}()
	}
	wg.Wait()
	w.hub.settle(w.store.Durable())
	c.take()
	last := uint64(0)
	for _, e := range c.taken {
		if e, ok := e.(*Changes); ok {
			if uint64(e.Seq) <= last {
				t.Fatalf("commit %d after %d", e.Seq, last)
			}
			last = uint64(e.Seq)
		}
	}
	if last == 0 {
		t.Error("no changes came")
	}
	var _ tables.Publisher = w.hub
}
