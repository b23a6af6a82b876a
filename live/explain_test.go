package live

import (
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/plan"
)

func TestExplain(t *testing.T) {
	w := newWorld(t, HubOptions{})
	req := request("s", w.note, operator("=", col(w.note, "room"), text("a")), "id", "body")
	want := []string{
		"Project (2 columns)",
		"  ->  Changes of note",
		"      Filter: (room = 'a'::text)",
		"Routing: room = 'a'",
		"Slice: alice",
		"Key: id",
		"Sharing: with identical queries; none is running",
	}
	if got := w.hub.Explain(req); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("explained as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	w.client().subscribe(req)
	if got := w.hub.Explain(req); got[len(got)-1] != "Sharing: with 1 running subscriptions" {
		t.Errorf("sharing: %s", got[len(got)-1])
	}
	req.Plan = &plan.Plan{Root: &plan.Sort{Input: req.Plan.Root}, ReadOnly: true}
	if got := w.hub.Explain(req); len(got) != 1 || !strings.Contains(got[0], "ORDER BY") {
		t.Errorf("refused as %q", got)
	}
}
