package live

import (
	"testing"

	"github.com/kalamsql/kalamsql/sql/catalog"
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
