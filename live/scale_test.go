package live

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// idleSubscriptionBytes is what an idle subscription may cost, its receiver and
// its own dataflow included.
const idleSubscriptionBytes = 3840

// TestIdleSubscriptionsAreSmall makes many subscriptions on receivers of their
// own: those that share a query, and those that do not.
func TestIdleSubscriptionsAreSmall(t *testing.T) {
	for _, kinds := range []int{1, 2000} {
		w := newWorld(t, HubOptions{})
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		const many = 2000
		goroutines := runtime.NumGoroutine()
		w.crowd(t, many, kinds)
		runtime.GC()
		runtime.ReadMemStats(&after)
		each := int(after.HeapAlloc-before.HeapAlloc) / many
		t.Logf("%d queries: %d bytes for each subscription", kinds, each)
		if each > idleSubscriptionBytes {
			t.Errorf("%d queries: %d bytes for each subscription, want at most %d", kinds, each, idleSubscriptionBytes)
		}
		if n := runtime.NumGoroutine(); n > goroutines+8 {
			t.Errorf("%d goroutines, %d before", n, goroutines)
		}
	}
}

// crowd makes receivers with one subscription each, to so many different
// queries.
func (w *world) crowd(t testing.TB, many, kinds int) []*Receiver {
	all := make([]*Receiver, 0, many)
	t.Cleanup(func() { // one for all: it is not to be counted
		for _, r := range all {
			r.Close()
		}
	})
	for i := range many {
		r := w.hub.NewReceiver(ReceiverInfo{Session: int32(i), User: "alice", Database: catalog.DatabaseFirst})
		all = append(all, r)
		req := request("s", w.message, operator("=", col(w.message, "room"), text(fmt.Sprint("room", i%kinds))), "id", "body")
		if _, err := r.Subscribe(bg, req); err != nil {
			t.Fatal(err)
		}
		<-r.Ready()
		r.Take(1 << 20)
	}
	return all
}

// BenchmarkFanOut is one commit to many receivers of one query.
func BenchmarkFanOut(b *testing.B) {
	for _, many := range []int{1, 100, 10000} {
		b.Run(fmt.Sprintf("receivers=%d", many), func(b *testing.B) {
			w := newWorld(b, HubOptions{})
			all := w.crowd(b, many, 1)
			w.publishEach(b, func() {
				for _, r := range all {
					r.Take(1 << 20)
				}
			})
		})
	}
}

// BenchmarkRouting is one commit that concerns one of many different queries.
func BenchmarkRouting(b *testing.B) {
	for _, many := range []int{1, 1000, 100_000} {
		b.Run(fmt.Sprintf("queries=%d", many), func(b *testing.B) {
			w := newWorld(b, HubOptions{})
			all := w.crowd(b, many, many)
			w.publishEach(b, func() { all[0].Take(1 << 20) })
		})
	}
}

// publishEach hands the hub commits of one row in room0, without a store.
func (w *world) publishEach(b *testing.B, each func()) {
	seq := w.hub.processed()
	b.ReportAllocs()
	for b.Loop() {
		seq++
		cs := &tables.ChangeSet{Seq: storage.Seq(seq), Changes: []tables.Change{{Table: w.message, Op: tables.Insert,
			New: append(row(int64(seq), "room0", "hello", 1), row(int64(seq), "", "", 0)[0]), Key: fmt.Sprint(seq)}}}
		w.hub.Publish(cs)
		w.hub.settle(seq)
		each()
	}
}
