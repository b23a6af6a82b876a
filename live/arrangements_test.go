package live

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// evaluateNothing stands for the executor where no query needs it.
func evaluateNothing(*expr.Context, *plan.Plan, map[catalog.OID][]types.Row, int64) ([]types.Row, error) {
	return nil, fmt.Errorf("nothing is evaluated here")
}

// joined is a join of messages, chosen by their number, with their places.
func (w *world) joined(id string, n int64) Request {
	w.t.Helper()
	r := w.query(id, "SELECT m.id, p.body FROM message AS m JOIN place AS p ON p.room = m.room WHERE m.n = $1", types.Int4)
	r.Params = []types.Datum{types.Int(n)}
	return r
}

// query is a request for a SELECT.
func (w *world) query(id, sql string, params ...*types.Type) Request {
	w.t.Helper()
	stmt, err := parser.ParseOne(sql)
	if err != nil {
		w.t.Fatal(err)
	}
	env := &plan.Env{Catalog: w.store.Catalog(), Database: catalog.DatabaseFirst, SearchPath: []string{"public"}, Types: types.DefaultEnv,
		Functions: &expr.Context{Env: types.DefaultEnv}}
	p, err := plan.Statement(env, stmt.Statement, params, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return Request{ID: id, Text: sql, User: "alice", Plan: p, Options: Options{Snapshot: true}}
}

// arrangements lists those there are, by their tables.
func (w *world) arrangements() (names []string) {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	all := &w.hub.mu.arrangements
	for _, list := range all.byTable {
		for _, a := range list {
			names = append(names, a.layout.planned.Name)
		}
	}
	if len(names) != len(all.byIdentity) {
		w.t.Errorf("%d arrangements by table, %d by identity", len(names), len(all.byIdentity))
	}
	return names
}

// TestQueriesShareAnArrangement: different joins with the same table by the same
// column keep its rows once, and the last to end lets them go.
func TestQueriesShareAnArrangement(t *testing.T) {
	w := newWorld(t, HubOptions{Evaluate: evaluateNothing})
	place := w.create("place", false, true)
	w.commit(func(tx *tables.Tx) {
		for i := range int64(100) {
			w.insert(tx, place, "", row(i, fmt.Sprint("r", i), strings.Repeat("x", 100), 0))
		}
		w.insert(tx, w.message, "", row(1, "r1", "hello", 1))
		w.insert(tx, w.message, "", row(2, "r2", "hello", 2))
	})
	c := w.client()
	for n := range int64(5) {
		c.subscribe(w.joined(fmt.Sprint(n), n))
	}
	if n := len(w.arrangements()); n != 1 {
		t.Fatalf("%d arrangements, want 1", n)
	}
	infos := w.hub.Subscriptions()
	for _, i := range infos {
		if i.ArrangedBytes < 100*100 || i.ArrangedBytes != infos[0].ArrangedBytes || i.StateBytes > 1000 {
			t.Errorf("subscription %d keeps %d bytes, and shares %d", i.ID, i.StateBytes, i.ArrangedBytes)
		}
	}
	want := func(id, rows string) {
		t.Helper()
		c.take()
		if got := fmt.Sprint(c.state[id]); got != rows {
			t.Errorf("%s: %s, want %s", id, got, rows)
		}
	}
	x := strings.Repeat("x", 100)
	want("1", `map[{"id":"1","body":"`+x+`"}:1]`)
	// Both sides change in one commit: each meets the other as it was or has become.
	w.commit(func(tx *tables.Tx) {
		w.update(tx, place, "", row(1, "r1", x, 0), row(1, "r1", "y", 0))
		w.insert(tx, w.message, "", row(3, "r1", "hello", 1))
	})
	want("1", `map[{"id":"1","body":"y"}:1 {"id":"3","body":"y"}:1]`)
	want("2", `map[{"id":"2","body":"`+x+`"}:1]`)
	w.commit(func(tx *tables.Tx) { w.update(tx, place, "", row(1, "r1", "y", 0), row(1, "elsewhere", "y", 0)) })
	want("1", `map[]`)
	for n := range int64(5) {
		if err := c.r.Unsubscribe(fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
	}
	if left := w.arrangements(); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestArrangementsCountForTheStateLimit: a query may not be live that needs more than
// the limit, whoever keeps it.
func TestArrangementsCountForTheStateLimit(t *testing.T) {
	w := newWorld(t, HubOptions{Evaluate: evaluateNothing, Limits: Limits{StateBytes: 20_000}})
	place := w.create("place", false, true)
	w.commit(func(tx *tables.Tx) {
		for i := range int64(50) {
			w.insert(tx, place, "", row(i, fmt.Sprint("r", i), "small", 0))
		}
		w.insert(tx, w.message, "", row(1, "r1", "hello", 1))
	})
	c := w.client()
	c.subscribe(w.joined("1", 1))
	if c.ended["1"] != nil {
		t.Fatal(c.ended["1"])
	}
	w.commit(func(tx *tables.Tx) {
		w.insert(tx, place, "", row(100, "r100", strings.Repeat("x", 20_000), 0))
	})
	c.take()
	if end := c.ended["1"]; end == nil || end.Reason != ReasonStateLimit {
		t.Errorf("ended with %v", end)
	}
	c.subscribe(w.joined("2", 2))
	if end := c.ended["2"]; end == nil || end.Reason != ReasonStateLimit {
		t.Errorf("a new one ended with %v", end)
	}
	c.r.Close() // waits for whoever reads for it
	if len(w.arrangements()) != 0 {
		t.Error("an arrangement is left behind")
	}
}
