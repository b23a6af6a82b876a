package history

import "fmt"

// cycles finds one circle of each class of anomaly, as short as can be.
func (g *graph) cycles() (found []Anomaly) {
	if path := g.circle(ww, ww, false); path != nil {
		found = append(found, g.tell("G0", path))
	}
	if path := g.circle(wr, ww|wr, false); path != nil {
		found = append(found, g.tell("G1c", path))
	}
	if path := g.circle(rw, ww|wr, false); path != nil {
		found = append(found, g.tell("G-single", path))
	}
	if path := g.circle(rw, ww|wr|rw, true); path != nil && count(path, rw) > 1 {
		found = append(found, g.tell("G-nonadjacent", path))
	}
	if path := g.circle(rw, ww|wr|rw, false); path != nil && count(path, rw) > 1 {
		found = append(found, g.tell("G2", path))
	}
	return found
}

// step is an edge with the transaction it leads from.
type step struct {
	from int
	edge
}

func count(path []step, k kind) (n int) {
	for _, s := range path {
		if s.kind == k {
			n++
		}
	}
	return n
}

// circle finds the shortest circle of an edge of the first kind and a way back
// over the kinds in rest; apart forbids two rw edges in a row, around the circle.
// A circle that more than one first edge is in counts with each.
func (g *graph) circle(first, rest kind, apart bool) []step {
	var best []step
	for from, edges := range g.edges {
		for _, e := range edges {
			if e.kind != first {
				continue
			}
			if back := g.path(e.to, from, rest, apart); back != nil && (best == nil || len(back)+1 < len(best)) {
				best = append([]step{{from, e}}, back...)
			}
		}
	}
	return best
}

// state is a place of the search: a transaction, and whether an rw edge led
// there.
type state struct {
	at    int
	after bool
}

// path finds the shortest way over edges of some kinds.
func (g *graph) path(from, to int, kinds kind, apart bool) []step {
	start := state{from, apart}
	came := map[state]step{}
	before := map[state]state{}
	queue := []state{start}
	seen := map[state]bool{start: true}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range g.edges[at.at] {
			if e.kind&kinds == 0 || apart && e.kind == rw && (at.after || e.to == to) {
				continue
			}
			next := state{e.to, apart && e.kind == rw}
			if seen[next] {
				continue
			}
			seen[next], came[next], before[next] = true, step{at.at, e}, at
			if e.to == to {
				var path []step
				for s := next; s != start; s = before[s] {
					path = append([]step{came[s]}, path...)
				}
				return path
			}
			queue = append(queue, next)
		}
	}
	return nil
}

// tell words a circle: its transactions, and why each comes before the next.
func (g *graph) tell(name string, path []step) Anomaly {
	a := Anomaly{Name: name}
	for _, s := range path {
		a.Because = append(a.Because, g.txns[s.from].String())
	}
	for _, s := range path {
		label := map[kind]string{ww: "ww", wr: "wr", rw: "rw"}[s.kind]
		a.Because = append(a.Because, fmt.Sprintf("T%d before T%d (%s): T%d %s", g.txns[s.from].ID, g.txns[s.to].ID, label, g.txns[s.to].ID, s.why))
	}
	return a
}
