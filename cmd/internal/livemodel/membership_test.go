package livemodel

import (
	"strings"
	"testing"
)

// TestScalarIsLookedUp: a comparison with the one value of a subquery is kept by that value, so that not every row is
// looked at when it changes.
func TestScalarIsLookedUp(t *testing.T) {
	w, err := newWorld(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	s, err := (&run{world: w, ctx: t.Context()}).open("postgres")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Query(t.Context(), "CREATE TABLE t (id int PRIMARY KEY, v int, b bigint)", nil, &discard{}); err != nil {
		t.Fatal(err)
	}
	for query, by := range map[string]bool{
		"SELECT id FROM t WHERE v = (SELECT max(v) FROM t)":                           true,
		"SELECT id, (SELECT min(v) FROM t) = v AS least FROM t":                       true,
		"SELECT id FROM t WHERE v = (SELECT max(v) FROM t HAVING count(*) > 1)":       false, // it may have no row
		"SELECT id FROM t WHERE v = (SELECT v FROM t ORDER BY id LIMIT 1)":            false,
		"SELECT id FROM t WHERE b = (SELECT max(v) FROM t)":                           false,
		"SELECT id FROM t WHERE v < (SELECT max(v) FROM t)":                           false,
		"SELECT o.id FROM t o WHERE o.v = (SELECT max(v) FROM t WHERE t.b = o.b)":     false, // by what it compares already
		"SELECT id FROM t WHERE v = (SELECT count(*) FROM t)::int OR v = 1 AND b = 2": false,
	} {
		out := &collect{}
		if _, err := s.Query(t.Context(), "EXPLAIN SUBSCRIBE TO "+query, nil, out); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if is := strings.Contains(strings.Join(out.rows, "\n"), "of SubPlan) by"); is != by {
			t.Errorf("%s: %t\n%s", query, is, strings.Join(out.rows, "\n"))
		}
	}
	s.Close()
	if err := w.close(); err != nil {
		t.Error(err)
	}
}
