package live

import (
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

func TestResume(t *testing.T) {
	w := newWorld(t, HubOptions{})
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "a", "one", 1)) })
	first := w.client()
	first.subscribe(request("s", w.message, operator("=", col(w.message, "room"), text("a")), "id", "body"))
	from := first.cursor["s"]
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(2, "a", "two", 2)) })
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(3, "b", "three", 2)) })
	w.commit(func(tx *tables.Tx) { w.remove(tx, w.message, "", row(1, "a", "one", 1)) })

	c := w.client()
	req := request("s", w.message, operator("=", col(w.message, "room"), text("a")), "id", "body")
	req.Options.From, req.Options.LastRows = from, 7
	acknowledged := false
	req.Acknowledge = func(s *Subscription) {
		acknowledged = s.ID() == "s" && s.Resumed() && len(c.r.Take(1<<20)) == 0
	}
	c.state["s"] = map[string]int{`{"id":"1","body":"one"}`: 1}
	s, err := c.r.Subscribe(bg, req)
	if err != nil || !s.Resumed() || !acknowledged {
		t.Fatalf("resumed %v, acknowledged %v, %v", s.Resumed(), acknowledged, err)
	}
	c.expect("batch s 0 rows=0 more=false",
		`changes s [{"op":"insert","reason":"insert","row":{"id":"2","body":"two"}}]`,
		`changes s [{"op":"delete","reason":"delete","old":{"id":"1","body":"one"}}]`)
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(4, "a", "four", 2)) })
	c.expect(`changes s [{"op":"insert","reason":"insert","row":{"id":"4","body":"four"}}]`)

	// From the newest cursor on there is nothing to catch up with.
	again := w.client()
	req.Options.From, req.Acknowledge = c.cursor["s"], nil
	if s, err = again.r.Subscribe(bg, req); err != nil || !s.Resumed() {
		t.Fatalf("resumed %v, %v", s.Resumed(), err)
	}
	again.expect("batch s 0 rows=0 more=false")
}

func TestCursorNoLongerHeld(t *testing.T) {
	w := newWorld(t, HubOptions{Limits: Limits{QueueBytes: 2048}})
	c := w.client()
	c.subscribe(request("s", w.message, nil, "id", "body"))
	from := c.cursor["s"]
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "a", "x", 1)) })

	stable := boolFn("recent", func(a, b types.Datum) bool { return true })
	stable.Volatility = expr.Stable
	timed := request("stable", w.message, call(stable, col(w.message, "n"), integer(1)), "id", "body")
	timed.Plan.Volatility = expr.Stable
	timed.Options.From = from

	later := request("later", w.message, nil, "id", "body")
	later.Options.From = EncodeCursor(w.store.Epoch(), w.store.Applied()+100)
	elsewhere := request("elsewhere", w.message, nil, "id", "body")
	elsewhere.Options.From = EncodeCursor(w.store.Epoch()+5, 1)
	for _, req := range []Request{timed, later, elsewhere} {
		c.expectSnapshot(req)
	}
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(2, "a", strings.Repeat("x", 3000), 1)) })
	large := request("large", w.message, nil, "id", "body")
	large.Options.From = from
	c.expectSnapshot(large)

	renamed, back := w.note.Clone(), w.note.Clone()
	renamed.Name = "other"
	w.commit(func(tx *tables.Tx) { w.edit(tx); tx.PutObject(renamed) })
	w.commit(func(tx *tables.Tx) { w.edit(tx); tx.PutObject(back) })
	altered := request("altered", w.note, nil, "id")
	altered.Options.From = from
	c.expectSnapshot(altered)

	bad := request("bad", w.message, nil, "id")
	bad.Options.From = "nonsense"
	if _, err := c.r.Subscribe(bg, bad); !sqlerr.HasCode(err, sqlerr.InvalidParameterValue) {
		t.Errorf("a malformed cursor: %v", err)
	}
}

// expectSnapshot subscribes with a cursor that is not held.
func (c *client) expectSnapshot(req Request) {
	c.t.Helper()
	s := c.subscribe(req)
	if s.Resumed() {
		c.t.Errorf("%s was resumed", req.ID)
	}
	for _, e := range c.taken {
		if b, ok := e.(*SnapshotBatch); ok && b.Sub == s {
			return
		}
	}
	c.t.Errorf("%s got no snapshot", req.ID)
}
