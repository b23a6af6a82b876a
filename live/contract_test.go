package live

import (
	"fmt"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

func TestChangesOfOneTable(t *testing.T) {
	w := newWorld(t, HubOptions{})
	w.commit(func(tx *tables.Tx) {
		w.insert(tx, w.message, "", row(1, "a", "one", 1))
		w.insert(tx, w.message, "", row(2, "b", "two", 2))
	})
	c := w.client()
	c.subscribe(request("s", w.message, operator("=", col(w.message, "room"), text("a")), "id", "body"))
	c.expect("batch s 0 rows=1 more=false")

	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(3, "a", "three", 3)) })
	c.expect(`changes s [{"op":"insert","reason":"insert","row":{"id":"3","body":"three"}}]`)
	w.commit(func(tx *tables.Tx) { w.update(tx, w.message, "", row(3, "a", "three", 3), row(3, "a", "drei", 3)) })
	c.expect(`changes s [{"op":"update","row":{"id":"3","body":"drei"},"old":{"id":"3","body":"three"}}]`)
	w.commit(func(tx *tables.Tx) { w.update(tx, w.message, "", row(2, "b", "two", 2), row(2, "a", "two", 2)) })
	c.expect(`changes s [{"op":"insert","reason":"enter","row":{"id":"2","body":"two"}}]`)
	w.commit(func(tx *tables.Tx) { w.update(tx, w.message, "", row(2, "a", "two", 2), row(2, "c", "two", 2)) })
	c.expect(`changes s [{"op":"delete","reason":"leave","old":{"id":"2","body":"two"}}]`)
	// A column that is not selected, and a row that does not match.
	w.commit(func(tx *tables.Tx) { w.update(tx, w.message, "", row(3, "a", "drei", 3), row(3, "a", "drei", 4)) })
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(4, "z", "four", 4)) })
	c.expect()
	w.commit(func(tx *tables.Tx) { w.update(tx, w.message, "", row(3, "a", "drei", 4), row(9, "a", "drei", 4)) })
	c.expect(`changes s [{"op":"delete","reason":"delete","old":{"id":"3","body":"drei"}},{"op":"insert","reason":"insert","row":{"id":"9","body":"drei"}}]`)
	w.commit(func(tx *tables.Tx) { w.remove(tx, w.message, "", row(9, "a", "drei", 4)) })
	c.expect(`changes s [{"op":"delete","reason":"delete","old":{"id":"9","body":"drei"}}]`)
}

func TestResultWithoutKey(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	s := c.subscribe(request("s", w.message, nil, "body"))
	if s.Schema()[0].Key {
		t.Error("body is no key")
	}
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "a", "x", 1)) })
	w.commit(func(tx *tables.Tx) { w.update(tx, w.message, "", row(1, "a", "x", 1), row(1, "a", "y", 1)) })
	c.expect("batch s 0 rows=0 more=false",
		`changes s [{"op":"insert","reason":"insert","row":{"body":"x"}}]`,
		`changes s [{"op":"delete","reason":"delete","old":{"body":"x"}},{"op":"insert","reason":"insert","row":{"body":"y"}}]`)
}

func TestOneEventPerCommitAndReceiver(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	c.subscribe(request("a", w.message, nil, "id"))
	c.subscribe(request("b", w.message, nil, "id", "n"))
	c.take()
	seq := w.commit(func(tx *tables.Tx) {
		w.insert(tx, w.message, "", row(1, "a", "x", 1))
		w.insert(tx, w.message, "", row(2, "a", "x", 2))
	})
	events := c.take()
	if len(events) != 1 {
		t.Fatalf("%d events for one commit", len(events))
	}
	e := events[0].(*Changes)
	if e.Seq != seq || len(e.Parts) != 2 || len(e.Parts[0].Delta.Changes) != 2 {
		t.Errorf("seq %d, %d parts", e.Seq, len(e.Parts))
	}
	if _, got, err := DecodeCursor(e.Cursor); err != nil || got != seq {
		t.Errorf("cursor at %d, %v, want %d", got, err, seq)
	}
}

func TestSharingAndRouting(t *testing.T) {
	w := newWorld(t, HubOptions{})
	clients := make([]*client, 50)
	for i := range clients {
		clients[i] = w.client()
		room := "even"
		if i%2 == 1 {
			room = "odd"
		}
		clients[i].subscribe(request("s", w.message, operator("=", col(w.message, "room"), text(room)), "id"))
		clients[i].take()
	}
	before := w.hub.work.evaluated
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "odd", "x", 1)) })
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(2, "neither", "x", 1)) })
	if n := w.hub.work.evaluated - before; n != 1 {
		t.Errorf("%d dataflows were run, want 1", n)
	}
	var shared *Delta
	for i, c := range clients {
		events := c.take()
		if i%2 == 0 {
			if len(events) != 0 {
				t.Errorf("client %d got %v", i, c.events)
			}
			continue
		}
		d := events[0].(*Changes).Parts[0].Delta
		if shared == nil {
			shared = d
		}
		if d != shared {
			t.Error("the delta was made more than once")
		}
	}
}

func TestSlicesDoNotCross(t *testing.T) {
	w := newWorld(t, HubOptions{})
	alice, bob := w.client(), w.client()
	req := request("s", w.note, nil, "id", "body")
	alice.subscribe(req)
	req.User = "bob"
	bob.subscribe(req)
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.note, "bob", row(1, "a", "secret", 1)) })
	alice.expect("batch s 0 rows=0 more=false")
	bob.expect("batch s 0 rows=0 more=false", `changes s [{"op":"insert","reason":"insert","row":{"id":"1","body":"secret"}}]`)
	late := w.client()
	late.subscribe(request("s", w.note, nil, "id", "body"))
	late.expect("batch s 0 rows=0 more=false")
}

func TestSnapshotBatches(t *testing.T) {
	w := newWorld(t, HubOptions{})
	for i := range int64(10) {
		w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(i, "a", "x", i)) })
	}
	c := w.client()
	req := request("s", w.message, nil, "id")
	req.Options.BatchSize = 5
	c.subscribe(req)
	c.expect("batch s 0 rows=5 more=true", "batch s 1 rows=5 more=false")

	req.ID, req.Options = "none", Options{}
	c.subscribe(req)
	c.expect("batch none 0 rows=0 more=false")

	req.ID, req.Options = "pull", Options{Snapshot: true, BatchSize: 4, Pull: true}
	if _, err := c.r.Subscribe(bg, req); err != nil {
		t.Fatal(err)
	}
	c.wait()
	c.expect("batch pull 0 rows=4 more=true")
	for _, want := range []string{"batch pull 1 rows=4 more=true", "batch pull 2 rows=2 more=false"} {
		if err := c.r.NextBatch("pull"); err != nil {
			t.Fatal(err)
		}
		c.wait()
		c.expect(want)
	}

	w.commit(func(tx *tables.Tx) { w.update(tx, w.message, "", row(2, "a", "x", 2), row(2, "a", "y", 2)) })
	c.take()
	req.ID, req.Options = "last", Options{Snapshot: true, LastRows: 3}
	c.subscribe(req)
	last := c.taken[len(c.taken)-1].(*SnapshotBatch)
	var ids []int64
	for _, r := range last.Rows {
		ids = append(ids, r[0].Int())
	}
	if len(ids) != 3 || ids[0] != 8 || ids[1] != 9 || ids[2] != 2 {
		t.Errorf("the last three rows are %v", ids)
	}
}

func TestNotificationsKeepCommitOrder(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	c.subscribe(request("s", w.message, nil, "id"))
	c.r.Listen(16384, "other")
	c.r.Listen(catalog.DatabaseFirst, "news")
	c.take()
	c.events = nil
	w.commit(func(tx *tables.Tx) {
		w.insert(tx, w.message, "", row(1, "a", "x", 1))
		notify(tx, "news", "first")
	})
	w.commit(func(tx *tables.Tx) { notify(tx, "unheard", "?") })
	w.commit(func(tx *tables.Tx) { notify(tx, "news", "second") })
	c.expect(`changes s [{"op":"insert","reason":"insert","row":{"id":"1"}}]`, "notification news first", "notification news second")
	c.r.Unlisten("*")
	w.commit(func(tx *tables.Tx) { notify(tx, "news", "third") })
	c.expect()
}

func TestUnsubscribeIsSilent(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	c.subscribe(request("s", w.message, nil, "id"))
	c.take()
	c.events = nil
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "a", "x", 1)) })
	if err := c.r.Unsubscribe("s"); err != nil {
		t.Fatal(err)
	}
	c.expect()
	if len(w.hub.mu.routes) != 0 || len(w.hub.mu.shared) != 0 {
		t.Error("the dataflow is still there")
	}
	if err := c.r.Unsubscribe("s"); err == nil {
		t.Error("it was there twice")
	}
	c.subscribe(request("s", w.message, nil, "id"))
	c.expect("batch s 0 rows=1 more=false")
}

func TestSameLooksNotEquality(t *testing.T) {
	one, _ := types.Numeric.Input("1.0", -1, types.DefaultEnv)
	other, _ := types.Numeric.Input("1.00", -1, types.DefaultEnv)
	again, _ := types.Numeric.Input("1.0", -1, types.DefaultEnv)
	if types.Identical(types.Numeric, one, other) || !types.Identical(types.Numeric, one, again) {
		t.Error("numerics must be compared by what is seen")
	}
	if types.Identical(types.Text, types.Null, types.String("")) || !types.Identical(types.Text, types.Null, types.Null) {
		t.Error("NULL is not the empty string")
	}
}

func TestExpiryIsToldApart(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "a", "x", 1)) })
	c.subscribe(request("s", w.message, nil, "id"))
	c.take()
	c.events = nil
	seq := w.hub.processed() + 1
	w.hub.Publish(&tables.ChangeSet{Seq: seq, Changes: []tables.Change{{Table: w.message, Reason: tables.Expire,
		Op: tables.Delete, Old: append(row(1, "a", "x", 1), types.Int(int64(seq)-1), types.Null), Key: "1"}}})
	w.hub.settle(seq)
	c.expect(`changes s [{"op":"delete","reason":"expire","old":{"id":"1"}}]`)
}

// TestKeysThatMove has rows exchange their primary keys within one commit: what
// is told can be applied change by change.
func TestKeysThatMove(t *testing.T) {
	w := newWorld(t, HubOptions{})
	w.commit(func(tx *tables.Tx) {
		w.insert(tx, w.message, "", row(1, "a", "one", 1))
		w.insert(tx, w.message, "", row(2, "a", "two", 2))
	})
	c := w.client()
	c.subscribe(request("s", w.message, nil, "id", "body"))
	c.take()
	c.events = nil
	stored := func(r types.Row) types.Row { return append(r, types.Int(2), types.Null) }
	seq := w.hub.processed() + 1
	w.hub.Publish(&tables.ChangeSet{Seq: seq, Changes: []tables.Change{
		{Table: w.message, Op: tables.Update, Old: stored(row(1, "a", "one", 1)), New: stored(row(2, "a", "one", 1)), Key: "2"},
		{Table: w.message, Op: tables.Update, Old: stored(row(2, "a", "two", 2)), New: stored(row(3, "a", "two", 2)), Key: "3"},
	}})
	w.hub.settle(seq)
	c.expect(`changes s [{"op":"delete","reason":"delete","old":{"id":"1","body":"one"}},` +
		`{"op":"update","row":{"id":"2","body":"one"},"old":{"id":"2","body":"two"}},` +
		`{"op":"insert","reason":"insert","row":{"id":"3","body":"two"}}]`)
}

func TestPayloads(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	c.subscribe(request("s", w.message, nil, "id"))
	c.take()
	w.commit(func(tx *tables.Tx) {
		w.insert(tx, w.message, "", row(1, "a", "x", 1))
		w.insert(tx, w.message, "", row(2, "a", "x", 1))
	})
	e := c.take()[0].(*Changes)
	d := e.Parts[0].Delta
	got := SplitPayloads(AppendChangePayloads(nil, e.Parts[0].Sub.Schema(), Part{Delta: d}, e.Cursor))
	want := []string{
		`{"op":"insert","reason":"insert","row":{"id":"1"},"cursor":"` + e.Cursor + `","n":1,"of":2}`,
		`{"op":"insert","reason":"insert","row":{"id":"2"},"cursor":"` + e.Cursor + `","n":2,"of":2}`,
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("payloads %q, want %q", got, want)
	}
	made := 0
	for range 3 {
		d.Encoded("x", func() []byte { made++; return []byte("x") })
	}
	if made != 1 {
		t.Errorf("encoded %d times", made)
	}
}

// TestWithoutSnapshotFromTheCallOn: every commit after Subscribe has returned
// reaches a subscription that wants no snapshot, however soon it comes, and none
// from before does.
func TestWithoutSnapshotFromTheCallOn(t *testing.T) {
	w := newWorld(t, HubOptions{})
	for i := int64(0); i < 200; i++ {
		w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(2*i, "a", "before", 1)) })
		c := w.client()
		req := request("s", w.message, nil, "id")
		req.Options.Snapshot = false
		if _, err := c.r.Subscribe(bg, req); err != nil {
			t.Fatal(err)
		}
		w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(2*i+1, "a", "after", 1)) })
		c.state["s"] = map[string]int{}
		c.expect("batch s 0 rows=0 more=false", fmt.Sprintf(`changes s [{"op":"insert","reason":"insert","row":{"id":"%d"}}]`, 2*i+1))
		c.r.Close()
	}
}
