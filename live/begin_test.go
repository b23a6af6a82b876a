package live

import (
	"context"
	"errors"
	"testing"

	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// TestCostlyQueriesWaitForAPlace: while as many views with much to read begin as may, the
// next ones wait, and nothing is kept for them; those with little to read, and commits, do not.
func TestCostlyQueriesWaitForAPlace(t *testing.T) {
	w := newWorld(t, HubOptions{Evaluate: evaluateNothing})
	w.hub.loads.much = 50
	w.commit(func(tx *tables.Tx) {
		for i := range int64(100) {
			w.insert(tx, w.message, "", row(i, "r", "hello", i%4))
		}
		w.insert(tx, w.note, "alice", row(1, "r", "hello", 1))
	})
	for range cap(w.hub.loads.many) {
		w.hub.loads.many <- struct{}{}
	}
	costly := w.query("costly", "SELECT n, count(*) AS c, sum(id) AS s FROM message GROUP BY n")
	costly.Options.Snapshot = false
	ctx, cancel := context.WithCancelCause(bg)
	gaveUp, cause := make(chan error), errors.New("cancelled")
	a, b := w.client(), w.client()
	go func(r Request) {
		_, err := a.r.Subscribe(ctx, r)
		gaveUp <- err
	}(costly)
	costly.Options.Snapshot = true
	if _, err := b.r.Subscribe(bg, costly); err != nil {
		t.Fatal(err)
	}
	b.state["costly"] = map[string]int{}
	a.subscribe(w.query("cheap", "SELECT room, count(*) AS c FROM note GROUP BY room"))
	for i := range int64(20) {
		w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(100+i, "r", "hello", i%4)) })
	}
	cancel(cause)
	if err := <-gaveUp; err != cause {
		t.Errorf("who has given up was told %v", err)
	}
	w.hub.mu.Lock()
	for _, f := range w.hub.mu.shared {
		if f.view.circuit == nil && len(f.view.waiting.commits) > 0 {
			t.Errorf("%d commits are kept for who reads nothing yet", len(f.view.waiting.commits))
		}
	}
	w.hub.mu.Unlock()
	if b.take(); b.ready["costly"] {
		t.Error("it has not waited")
	}
	for range cap(w.hub.loads.many) {
		<-w.hub.loads.many
	}
	for !b.ready["costly"] {
		b.wait()
	}
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1000, "r", "hello", 3)) })
	b.take()
	if got, want := len(b.state["costly"]), 4; got != want {
		t.Errorf("%d groups, want %d", got, want)
	}
	if b.state["costly"][`{"n":3,"c":"31","s":"2830"}`] != 1 {
		t.Errorf("it has %v", b.state["costly"])
	}
	if len(w.hub.loads.few)+len(w.hub.loads.many) != 0 {
		t.Error("places are left taken")
	}
}

// TestNobodyWaitsForACostlyQuery: one that is given up while it waits for a place leaves
// none, and no arrangement.
func TestNobodyWaitsForACostlyQuery(t *testing.T) {
	w := newWorld(t, HubOptions{Evaluate: evaluateNothing})
	w.hub.loads.much = 0
	w.create("place", false, true)
	for range cap(w.hub.loads.many) {
		w.hub.loads.many <- struct{}{}
	}
	c := w.client()
	r := w.query("q", "SELECT m.id, p.body FROM message AS m JOIN place AS p ON p.room = m.room WHERE m.n = $1", types.Int4)
	r.Params = []types.Datum{types.Int(1)}
	if _, err := c.r.Subscribe(bg, r); err != nil {
		t.Fatal(err)
	}
	if err := c.r.Unsubscribe("q"); err != nil {
		t.Fatal(err)
	}
	c.r.Close() // waits for the snapshot to stop
	w.hub.loads.all.Wait()
	if names := w.arrangements(); len(names) > 0 {
		t.Errorf("arrangements of %v are left", names)
	}
	if len(w.hub.loads.many) != cap(w.hub.loads.many) {
		t.Error("it has taken a place")
	}
}
