package live

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/live/dataflow"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

func TestSlowConsumerIsClosed(t *testing.T) {
	w := newWorld(t, HubOptions{Limits: Limits{QueueBytes: 4096}})
	slow, quick := w.client(), w.client()
	slow.subscribe(request("s", w.message, nil, "id", "body"))
	quick.subscribe(request("s", w.message, nil, "id", "body"))
	var taken string
	for i := range int64(20) {
		seq := w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(i, "a", strings.Repeat("x", 500), i)) })
		if i == 0 {
			slow.take()
			taken = EncodeCursor(w.store.Epoch(), seq)
		}
		quick.take()
	}
	slow.take()
	end := slow.ended["s"]
	if end == nil || end.Code != sqlerr.ConfigurationLimitExceeded || end.Reason != ReasonSlowConsumer || end.Cursor != taken {
		t.Fatalf("end %+v, want slow_consumer at %s", end, taken)
	}
	if quick.ended["s"] != nil || len(quick.state["s"]) != 20 {
		t.Error("another receiver was disturbed")
	}
	// It resumes from there without a gap.
	req := request("s", w.message, nil, "id", "body")
	req.Options.From = end.Cursor
	w.hub.opts.Limits.QueueBytes = 1 << 20
	before := slow.state["s"]
	s, err := slow.r.Subscribe(bg, req)
	if err != nil || !s.Resumed() {
		t.Fatalf("resumed %v, %v", s.Resumed(), err)
	}
	slow.state["s"] = before
	slow.take()
	if len(slow.state["s"]) != 20 {
		t.Errorf("%d rows after resuming", len(slow.state["s"]))
	}
}

func TestLargeCommitDoesNotEndOneWhoKeepsUp(t *testing.T) {
	w := newWorld(t, HubOptions{Limits: Limits{QueueBytes: 1024}})
	c := w.client()
	c.subscribe(request("s", w.message, nil, "id", "body"))
	c.take()
	w.commit(func(tx *tables.Tx) {
		for i := range int64(50) {
			w.insert(tx, w.message, "", row(i, "a", strings.Repeat("x", 500), i))
		}
	})
	c.take()
	if c.ended["s"] != nil || len(c.state["s"]) != 50 {
		t.Errorf("ended %+v with %d rows", c.ended["s"], len(c.state["s"]))
	}
}

// TestSlowIsNotPassedOver: a heartbeat does not say that changes have come which have been folded into later
// ones, or dropped.
func TestSlowIsNotPassedOver(t *testing.T) {
	t.Run("close", func(t *testing.T) { slowIsNotPassedOver(t, Close) })
	t.Run("coalesce", func(t *testing.T) { slowIsNotPassedOver(t, Coalesce) })
}

func slowIsNotPassedOver(t *testing.T, policy SlowPolicy) {
	w := newWorld(t, HubOptions{Limits: Limits{QueueBytes: 4096}})
	c := w.client()
	req := request("s", w.message, nil, "id", "body")
	req.Options.Slow, req.Options.Heartbeat = policy, time.Hour
	c.subscribe(req)
	bodies := map[string]string{} // by cursor
	old := types.Row(nil)
	for i := range int64(40) {
		next := row(1, "a", strings.Repeat("x", 100)+fmt.Sprint(i), i)
		seq := w.commit(func(tx *tables.Tx) {
			if old == nil {
				w.insert(tx, w.message, "", next)
			} else {
				w.update(tx, w.message, "", old, next)
			}
		})
		old = next
		bodies[EncodeCursor(w.hub.epoch(), seq)] = next[2].Str()
		c.r.pushHeartbeat()
	}
	beats := 0
	for events := c.r.Take(1); len(events) > 0; events = c.r.Take(1) {
		c.apply(events[0])
		if !isHeartbeat(events[0]) {
			continue
		}
		beats++
		if want := fmt.Sprintf(`{"id":"1","body":"%s"}`, bodies[c.cursor["s"]]); c.state["s"][want] != 1 {
			t.Fatalf("a heartbeat says that %s has come, of %v", want, c.state["s"])
		}
	}
	if policy == Close {
		if end := c.ended["s"]; end == nil || end.Reason != ReasonSlowConsumer {
			t.Errorf("ended: %+v", end)
		}
	} else if beats == 0 || c.ended["s"] != nil || !slices.ContainsFunc(c.events, func(e string) bool { return strings.HasSuffix(e, " coalesced") }) {
		t.Errorf("%d heartbeats, %v, %d events", beats, c.ended["s"], len(c.events))
	}
}

func TestCoalesceKeepsNewestState(t *testing.T) {
	w := newWorld(t, HubOptions{Limits: Limits{QueueBytes: 8192}})
	c := w.client()
	req := request("s", w.message, nil, "id", "body")
	req.Options.Slow = Coalesce
	c.subscribe(req)
	current := map[int64]types.Row{}
	for i := range int64(300) {
		id := i % 5
		next := row(id, "a", strings.Repeat("x", 100)+string(rune('a'+i%26)), i)
		w.commit(func(tx *tables.Tx) {
			if old := current[id]; old != nil && i%11 == 0 {
				w.remove(tx, w.message, "", old)
				next = nil
			} else if old != nil {
				w.update(tx, w.message, "", old, next)
			} else {
				w.insert(tx, w.message, "", next)
			}
		})
		if current[id] = next; next == nil {
			delete(current, id)
		}
	}
	c.take()
	if c.ended["s"] != nil {
		t.Fatalf("ended: %+v", c.ended["s"])
	}
	coalesced := false
	for _, e := range c.events {
		coalesced = coalesced || strings.HasSuffix(e, " coalesced")
	}
	if !coalesced {
		t.Error("nothing was coalesced")
	}
	fresh := w.client()
	req.Options.Slow = Close
	fresh.subscribe(req)
	sameState(t, "after coalescing", c.state["s"], fresh.state["s"])
}

func sameState(t *testing.T, when string, got, want map[string]int) {
	t.Helper()
	for k, n := range want {
		if got[k] != n {
			t.Errorf("%s: %d of %s, want %d", when, got[k], k, n)
		}
	}
	for k, n := range got {
		if want[k] == 0 {
			t.Errorf("%s: %d of %s, want none", when, n, k)
		}
	}
}

func TestDropEndsAfterTheLastChanges(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	c.subscribe(request("s", w.message, nil, "id"))
	c.take()
	c.events = nil
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "a", "x", 1)) })
	w.commit(func(tx *tables.Tx) { w.drop(tx, w.message) })
	c.expect(`changes s [{"op":"insert","reason":"insert","row":{"id":"1"}}]`, "end s 42P01 table_dropped")
	if _, err := c.r.Subscribe(bg, request("s", w.message, nil, "id")); !sqlerr.HasCode(err, sqlerr.UndefinedTable) {
		t.Errorf("subscribing to a dropped table: %v", err)
	}
}

func TestAlter(t *testing.T) {
	w := newWorld(t, HubOptions{})
	keep, lose := w.client(), w.client()
	keep.subscribe(request("s", w.message, operator("=", col(w.message, "room"), text("a")), "id", "n"))
	lose.subscribe(request("s", w.message, nil, "id", "body"))
	for _, c := range []*client{keep, lose} {
		c.take()
		c.events = nil
	}
	altered := w.message.Clone()
	altered.Columns = append(altered.Columns[:2:2], altered.Columns[3]) // body goes, n moves
	w.commit(func(tx *tables.Tx) { w.edit(tx); tx.PutObject(altered) })
	w.commit(func(tx *tables.Tx) {
		w.insert(tx, altered, "", types.Row{types.Int(1), types.String("a"), types.Int(7)})
	})
	keep.expect(`changes s [{"op":"insert","reason":"insert","row":{"id":"1","n":7}}]`)
	lose.expect("end s 55000 table_altered")
	// One planned before the change, registered after it.
	late := w.client()
	late.subscribe(request("s", w.message, operator("=", col(w.message, "room"), text("a")), "id", "n"))
	late.expect("batch s 0 rows=1 more=false")
}

// TestRekey: another primary key moves all rows without a change of any. Queries over
// the table end, and a cursor from before is answered with a snapshot.
func TestRekey(t *testing.T) {
	w := newWorld(t, HubOptions{Evaluate: evaluateNothing})
	place := w.create("place", false, false)
	w.commit(func(tx *tables.Tx) {
		for i := range int64(10) {
			w.insert(tx, place, "", row(i, fmt.Sprint("r", i), "here", 0))
		}
	})
	before := w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "r5", "x", 7)) })
	c := w.client()
	c.subscribe(request("alone", place, nil, "id", "body"))
	c.subscribe(w.joined("joined", 7))
	c.take()
	c.events = nil
	keyed := place.Clone()
	keyed.Indexes = []*catalog.Index{{Name: "place_pkey", Unique: true, Primary: true, Constraint: true, Keys: []catalog.IndexKey{{Column: 2}}}}
	w.commit(func(tx *tables.Tx) {
		keyed.Indexes[0].OID = w.edit(tx).NewOID()
		tx.PutObject(keyed)
		if err := tx.Rekey(bg, place, keyed, nil); err != nil {
			t.Fatal(err)
		}
	})
	c.take()
	for _, id := range []string{"alone", "joined"} {
		if end := c.ended[id]; end == nil || end.Reason != ReasonTableAltered {
			t.Errorf("%s ended with %+v", id, end)
		}
	}
	if len(c.events) != 2 {
		t.Errorf("events: %q", c.events)
	}
	for _, req := range []Request{request("alone", keyed, nil, "id", "body"), w.joined("joined", 7)} {
		req.Options.From = EncodeCursor(w.store.Epoch(), before)
		if c.subscribe(req).Resumed() {
			t.Errorf("%s resumed", req.ID)
		}
	}
	if len(c.state["alone"]) != 10 || len(c.state["joined"]) != 1 {
		t.Errorf("%d and %d rows afterwards", len(c.state["alone"]), len(c.state["joined"]))
	}
}

func TestRevoke(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	var revoked error
	req := request("s", w.message, nil, "id")
	req.Allowed = func(*catalog.Catalog) error { return revoked }
	c.subscribe(req)
	c.take()
	c.events = nil
	w.create("other", false, true)
	c.expect()
	revoked = sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for table message")
	w.create("another", false, true)
	c.expect("end s 42501 permission_revoked")
	if _, err := c.r.Subscribe(bg, req); !sqlerr.HasCode(err, sqlerr.InsufficientPrivilege) {
		t.Errorf("subscribing without the right: %v", err)
	}
}

// TestPanicWhilePublishing breaks the worker in the middle of a commit: what the
// commit may have concerned ends, and the next commits are as ever.
func TestPanicWhilePublishing(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c, other := w.client(), w.client()
	c.subscribe(request("s", w.message, operator("=", col(w.message, "room"), text("a")), "id"))
	other.subscribe(request("s", w.note, nil, "id"))
	c.expect("batch s 0 rows=0 more=false")
	seq := w.hub.processed() + 1
	broken := *w.message
	broken.Columns = nil // no row fits it
	good := append(row(1, "a", "x", 1), types.Int(int64(seq)), types.Null)
	w.hub.Publish(&tables.ChangeSet{Seq: seq, Changes: []tables.Change{
		{Table: w.message, New: good, Key: "1"}, {Table: &broken, New: types.Row{}, Key: "2"}, {Table: &catalog.Table{OID: w.message.OID, Columns: []*catalog.Column{nil}}, New: good, Key: "3"},
	}})
	w.hub.settle(seq)
	c.expect("end s XX000 error")
	c.subscribe(request("s", w.message, nil, "id"))
	c.events = nil
	w.hub.Publish(&tables.ChangeSet{Seq: seq + 1, Changes: []tables.Change{{Table: w.message, New: good, Key: "1"}}})
	w.hub.settle(seq + 1)
	c.expect(`changes s [{"op":"insert","reason":"insert","row":{"id":"1"}}]`)
	if other.take(); other.ended["s"] != nil {
		t.Error("another table's subscription was ended")
	}
}

func TestFailingQueryEndsAlone(t *testing.T) {
	w := newWorld(t, HubOptions{})
	divide := boolFn("fails", nil)
	divide.Eval = func(_ *expr.Context, args []types.Datum) (types.Datum, error) {
		switch args[0].Int() {
		case 1:
			return types.Null, sqlerr.New(sqlerr.DivisionByZero, "division by zero")
		case 2:
			panic("broken")
		}
		return types.Bool(true), nil
	}
	for n, want := range map[int64]string{1: "end s 22012 error", 2: "end s XX000 error"} {
		c, other := w.client(), w.client()
		c.subscribe(request("s", w.note, call(divide, col(w.note, "n"), integer(1)), "id"))
		other.subscribe(request("s", w.note, nil, "id"))
		c.take()
		other.take()
		c.events, other.events = nil, nil
		w.commit(func(tx *tables.Tx) { w.insert(tx, w.note, "alice", row(n+10, "a", "x", n)) })
		c.expect(want)
		if other.take(); len(other.state["s"]) == 0 {
			t.Error("another subscription was disturbed")
		}
		w.commit(func(tx *tables.Tx) { w.remove(tx, w.note, "alice", row(n+10, "a", "x", n)) })
	}
}

func TestShutdown(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	c.subscribe(request("s", w.message, nil, "id"))
	seq := w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "a", "x", 1)) })
	if err := w.hub.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	c.expect("batch s 0 rows=0 more=false", `changes s [{"op":"insert","reason":"insert","row":{"id":"1"}}]`, "end s 57P01 server_shutdown")
	if got := c.ended["s"].Cursor; got != EncodeCursor(w.store.Epoch(), seq) {
		t.Errorf("cursor %s", got)
	}
	if _, err := c.r.Subscribe(bg, request("t", w.message, nil, "id")); !sqlerr.HasCode(err, sqlerr.AdminShutdown) {
		t.Errorf("subscribing after shutdown: %v", err)
	}
}

func TestOperatorEnds(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	s := c.subscribe(request("s", w.message, nil, "id"))
	c.take()
	c.events = nil
	all := w.hub.Subscriptions()
	if len(all) != 1 || all[0].ID != s.Number() || all[0].State != "live" || all[0].User != "alice" || all[0].Cursor == "" {
		t.Errorf("subscriptions: %+v", all)
	}
	if !w.hub.End(s.Number(), "") || w.hub.End(s.Number(), "") {
		t.Error("End must succeed once")
	}
	c.expect("end s 57014 cancelled")
}

func TestLimits(t *testing.T) {
	w := newWorld(t, HubOptions{Limits: Limits{SubscriptionsPerConnection: 2, SubscriptionsPerUser: 3}})
	a, b := w.client(), w.client()
	a.subscribe(request("1", w.message, nil, "id"))
	a.subscribe(request("2", w.message, nil, "id"))
	for _, try := range []struct {
		c    *client
		id   string
		code sqlerr.Code
	}{{a, "2", sqlerr.DuplicateObject}, {a, "3", sqlerr.TooManyConnections}, {b, "1", ""}, {b, "2", sqlerr.TooManyConnections}} {
		_, err := try.c.r.Subscribe(bg, request(try.id, w.message, nil, "id"))
		if try.code == "" && err != nil || try.code != "" && !sqlerr.HasCode(err, try.code) {
			t.Errorf("subscription %s: %v, want %s", try.id, err, try.code)
		}
	}
}

// TestHeartbeatIsNotBehind: a heartbeat that comes between the queueing of what a commit does and the commit's being done with
// does not send the client back to before it.
func TestHeartbeatIsNotBehind(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	req := request("s", w.message, nil, "id")
	req.Options.Heartbeat = time.Hour
	c.subscribe(req)
	before := w.hub.position.Load()
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "a", "one", 1)) })
	after := w.hub.position.Swap(before)
	c.r.pushHeartbeat()
	w.hub.position.Store(after)
	c.take()
	if got := c.cursor["s"]; got != EncodeCursor(w.hub.epoch(), storage.Seq(after)) {
		t.Errorf("it is sent back: %v", c.events)
	}
	if c.r.pushHeartbeat(); len(c.take()) != 1 {
		t.Error("no heartbeat came afterwards")
	}
}

func TestHeartbeats(t *testing.T) {
	now := time.Unix(0, 0)
	armed := make(chan time.Duration)
	fire := make(chan time.Time)
	w := newWorld(t, HubOptions{
		Now: func() time.Time { return now },
		Timer: func(d time.Duration) (<-chan time.Time, func() bool) {
			armed <- d
			return fire, func() bool { return true }
		},
	})
	c := w.client()
	req := request("s", w.message, nil, "id")
	req.Options.Heartbeat = 5 * time.Second
	c.subscribe(req)
	c.take()
	c.events = nil
	if d := <-armed; d != 5*time.Second {
		t.Fatalf("timer armed for %v", d)
	}
	seq := w.commit(func(tx *tables.Tx) { w.insert(tx, w.note, "bob", row(1, "a", "x", 1)) })
	for range 3 { // not taken: they become one
		now = now.Add(5 * time.Second)
		fire <- now
		<-armed
	}
	c.expect("heartbeat")
	if got := c.cursor["s"]; got != EncodeCursor(w.store.Epoch(), seq) {
		t.Errorf("cursor %s", got)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, HubOptions{})
	scan := request("s", w.message, nil, "id").Plan.Root
	for _, try := range []struct {
		root plan.Node
		name string
	}{
		{&plan.Sort{Input: scan}, "ORDER BY"}, {&plan.Limit{Input: scan}, "LIMIT"}, {&plan.Distinct{Input: scan}, "DISTINCT"},
		{&plan.Aggregate{Input: scan}, "aggregate"}, {&plan.Join{Left: scan, Right: scan}, "JOIN"}, {&plan.SetOp{Left: scan, Right: scan}, "UNION"},
		{&plan.Values{}, "without a table"},
	} {
		err := dataflow.Check(&plan.Plan{Root: try.root, ReadOnly: true})
		if !sqlerr.HasCode(err, sqlerr.FeatureNotSupported) || !strings.Contains(err.Error(), try.name) {
			t.Errorf("%T: %v", try.root, err)
		}
	}
	random := boolFn("random", nil)
	random.Volatility = expr.Volatile
	err := dataflow.Check(request("s", w.message, call(random, integer(1), integer(1)), "id").Plan)
	if !sqlerr.HasCode(err, sqlerr.FeatureNotSupported) || !strings.Contains(err.Error(), "random()") {
		t.Errorf("volatile: %v", err)
	}
}

func TestCursors(t *testing.T) {
	c := EncodeCursor(3, 1<<40)
	if epoch, seq, err := DecodeCursor(c); err != nil || epoch != 3 || seq != 1<<40 {
		t.Errorf("%d %d %v", epoch, seq, err)
	}
	for _, bad := range []string{"", "x", "!!", c[1:], c + "A", "B" + c[1:]} {
		if _, _, err := DecodeCursor(bad); !sqlerr.HasCode(err, sqlerr.InvalidParameterValue) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
