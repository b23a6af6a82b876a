package live

import (
	"slices"
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// TestDefinitionsFromBeforeThePlan: the worker may come to a commit after a query has been planned
// with its definitions or newer ones. It ends those that are of an earlier plan alone.
func TestDefinitionsFromBeforeThePlan(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	means := true
	req := request("q", w.message, nil, "id", "body")
	req.Means = func(*catalog.Catalog) bool { return means }
	req.AsOf = w.store.Durable()
	s := c.subscribe(req)
	other := request("other", w.message, nil, "id", "n")
	other.Means = req.Means
	later := c.subscribe(other)
	means = false

	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	narrower := *w.message
	narrower.Columns = narrower.Columns[:2]
	e := w.store.Catalog().Edit()
	e.Put(&narrower)
	cs := &tables.ChangeSet{Seq: req.AsOf, Catalog: e.Done(), Altered: []catalog.OID{w.message.OID}}
	if doomed := w.hub.doomed(cs); doomed[s] != nil || doomed[later] == nil {
		t.Errorf("the commit of the plan's definitions ends %v", doomed)
	}
	cs.Seq++
	if doomed := w.hub.doomed(cs); doomed[s] == nil {
		t.Error("a later one does not end the query")
	}
}

// TestChangesFromBeforeThePlan: what such a commit has done to rows, under definitions that are no
// longer, or to a table as a whole, ends nothing.
func TestChangesFromBeforeThePlan(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	req := request("q", w.message, nil, "id", "body")
	req.AsOf = w.store.Applied()
	s := c.subscribe(req)
	older := *w.message
	older.Columns = slices.Clone(older.Columns)
	older.Columns[2] = column(3, "body", types.Int4)
	change := tables.Change{Table: &older, Op: tables.Insert, Key: "k", New: append(types.Row{types.Int(1), types.String("room"), types.Int(2), types.Int(3)}, types.Int(1), types.Null)}
	for _, cs := range []tables.ChangeSet{
		{Changes: []tables.Change{change}},
		{Truncated: []catalog.OID{w.message.OID}},
		{Untold: []catalog.OID{w.message.OID}},
	} {
		cs.Seq = req.AsOf
		w.hub.process(&cs, false)
		if s.state == ended {
			t.Fatalf("ended by %+v", cs)
		}
	}
	w.hub.process(&tables.ChangeSet{Seq: req.AsOf + 1, Changes: []tables.Change{change}}, false)
	if s.state != ended {
		t.Error("not ended by a later one")
	}
}

// TestSameTextOtherColumns: queries whose text is the same share nothing where the names in it stand
// for other columns.
func TestSameTextOtherColumns(t *testing.T) {
	w := newWorld(t, HubOptions{})
	swapped := *w.message
	swapped.Columns = slices.Clone(swapped.Columns)
	swapped.Columns[1], swapped.Columns[2] = column(2, "body", types.Text), column(3, "room", types.Text)
	var shares []string
	for _, table := range []*catalog.Table{w.message, &swapped} {
		req := request("q", table, operator("=", col(table, "room"), text("a")), "id")
		req.Plan.Named = map[catalog.OID][]int16{table.OID: {1, table.Columns[table.ColumnIndex("room")].Num}}
		w.hub.complete(&req)
		f, err := w.hub.newFlow(&req)
		if err != nil {
			t.Fatal(err)
		}
		shares = append(shares, f.share)
	}
	if shares[0] == shares[1] {
		t.Error("they share a dataflow")
	}
}
