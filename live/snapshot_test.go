package live

import (
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// fill inserts so many rows with bodies of a kilobyte.
func (w *world) fill(rows int64) {
	w.commit(func(tx *tables.Tx) {
		for i := range rows {
			w.insert(tx, w.message, "", row(i, "a", strings.Repeat("x", 1024), i))
		}
	})
}

func TestSnapshotIsNotReadAheadOfItsClient(t *testing.T) {
	w := newWorld(t, HubOptions{})
	w.fill(5000)
	c := w.client()
	if _, err := c.r.Subscribe(bg, request("s", w.message, nil, "id", "body")); err != nil {
		t.Fatal(err)
	}
	for !c.ready["s"] {
		if q := w.hub.Subscriptions()[0].QueuedBytes; q > windowBytes {
			t.Fatalf("%d bytes are queued", q)
		}
		c.wait()
	}
	if len(c.state["s"]) != 5000 {
		t.Errorf("%d rows came", len(c.state["s"]))
	}
	for i, e := range c.taken {
		if b := e.(*SnapshotBatch); b.Num != i || b.More != (i < len(c.taken)-1) || (b.Cursor == "") != b.More {
			t.Errorf("batch %d: num %d, more %v, cursor %q", i, b.Num, b.More, b.Cursor)
		}
	}
}

// TestWaitingSnapshotHoldsNoSlot has one subscriber who never asks for its next
// batch, and one who is served all the same.
func TestWaitingSnapshotHoldsNoSlot(t *testing.T) {
	w := newWorld(t, HubOptions{Limits: Limits{Snapshots: 1}})
	w.fill(20)
	idle := w.client()
	req := request("s", w.message, nil, "id", "body")
	req.Options.Pull, req.Options.BatchSize = true, 5
	if _, err := idle.r.Subscribe(bg, req); err != nil {
		t.Fatal(err)
	}
	idle.wait()
	other := w.client()
	other.subscribe(request("s", w.message, nil, "id", "body"))
	if len(other.state["s"]) != 20 {
		t.Errorf("%d rows came", len(other.state["s"]))
	}
	// What is committed while the first waits is not lost to it.
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(100, "a", "late", 1)) })
	for !idle.ready["s"] {
		if err := idle.r.NextBatch("s"); err != nil {
			t.Fatal(err)
		}
		idle.wait()
	}
	idle.take()
	if len(idle.state["s"]) != 21 {
		t.Errorf("%d rows came to the one who waited", len(idle.state["s"]))
	}
	if err := idle.r.NextBatch("t"); !sqlerr.HasCode(err, sqlerr.UndefinedObject) {
		t.Errorf("next batch of nothing: %v", err)
	}
}

func TestLastRowsAreBounded(t *testing.T) {
	w := newWorld(t, HubOptions{Limits: Limits{StateBytes: 4096}})
	w.fill(20)
	c := w.client()
	req := request("s", w.message, nil, "id", "body")
	req.Options.LastRows = 10
	c.subscribe(req)
	if e := c.ended["s"]; e == nil || e.Reason != ReasonStateLimit || e.Code != sqlerr.ConfigurationLimitExceeded {
		t.Errorf("end %+v", e)
	}
}
