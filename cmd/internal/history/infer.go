package history

import (
	"fmt"
	"slices"
)

// kind is what a dependency is.
type kind uint8

const (
	ww kind = 1 << iota
	wr
	rw
)

// edge leads to the transaction that comes later.
type edge struct {
	to   int
	kind kind
	why  string
}

// graph has the committed transactions and their dependencies.
type graph struct {
	txns  []*Txn
	edges [][]edge
}

// position is where a value stands: who appended it, and whether the same
// transaction appended to the same list again.
type position struct {
	txn          *Txn
	intermediate bool
}

// Check gives the anomalies of a history.
func Check(txns []*Txn) []Anomaly {
	var found []Anomaly
	writers := map[int]position{}
	for _, t := range txns {
		last := map[int]int{}
		for _, op := range t.Ops {
			if !op.Append {
				continue
			}
			if before, ok := last[op.Key]; ok {
				writers[before] = position{t, true}
			}
			writers[op.Value], last[op.Key] = position{txn: t}, op.Value
		}
	}
	found = append(found, internal(txns)...)
	orders, broken := versionOrders(txns)
	found = append(found, broken...)
	for _, t := range txns {
		if !t.Committed {
			continue
		}
		for _, op := range t.Ops {
			if op.Append || len(op.Read) == 0 {
				continue
			}
			for _, v := range op.Read {
				if w, ok := writers[v]; !ok || !w.txn.Committed && w.txn != t {
					found = append(found, Anomaly{"G1a", []string{t.String(), fmt.Sprintf("%d in list %d was never committed", v, op.Key)}})
				}
			}
			end := op.Read[len(op.Read)-1]
			if w := writers[end]; w.txn != nil && w.txn != t && w.intermediate {
				found = append(found, Anomaly{"G1b", []string{t.String(), w.txn.String(), fmt.Sprintf("%d was not the last that T%d appended", end, w.txn.ID)}})
			}
		}
	}
	if len(found) > 0 {
		return found // no order to build a graph on
	}
	return infer(txns, orders, writers).cycles()
}

// internal finds transactions that do not see their own appends.
func internal(txns []*Txn) (found []Anomaly) {
	for _, t := range txns {
		mine := map[int][]int{}
		for _, op := range t.Ops {
			if op.Append {
				mine[op.Key] = append(mine[op.Key], op.Value)
				continue
			}
			own := mine[op.Key]
			if n := len(op.Read) - len(own); n < 0 || !slices.Equal(op.Read[n:], own) {
				found = append(found, Anomaly{"internal", []string{t.String(), fmt.Sprintf("list %d does not end with its own %v", op.Key, own)}})
			}
		}
	}
	return found
}

// versionOrders gives the order of each list: the longest that was read, of
// which every other must be the beginning.
func versionOrders(txns []*Txn) (orders map[int][]int, found []Anomaly) {
	orders = map[int][]int{}
	for _, t := range txns {
		for _, op := range t.Ops {
			if t.Committed && !op.Append && len(op.Read) > len(orders[op.Key]) {
				orders[op.Key] = op.Read
			}
		}
	}
	for _, t := range txns {
		if !t.Committed {
			continue
		}
		for _, op := range t.Ops {
			if order := orders[op.Key]; !op.Append && !slices.Equal(order[:len(op.Read)], op.Read) {
				found = append(found, Anomaly{"incompatible order", []string{t.String(), fmt.Sprintf("list %d was also read as %v", op.Key, order)}})
			}
		}
	}
	// What was acknowledged is there, and once.
	for key, order := range orders {
		seen := map[int]bool{}
		for _, v := range order {
			if seen[v] {
				found = append(found, Anomaly{"duplicate", []string{fmt.Sprintf("%d is in list %d twice: %v", v, key, order)}})
			}
			seen[v] = true
		}
	}
	return orders, found
}

// infer builds the graph of dependencies.
func infer(txns []*Txn, orders map[int][]int, writers map[int]position) *graph {
	g := &graph{}
	number := map[*Txn]int{}
	for _, t := range txns {
		if t.Committed {
			number[t] = len(g.txns)
			g.txns = append(g.txns, t)
		}
	}
	g.edges = make([][]edge, len(g.txns))
	link := func(from, to *Txn, k kind, why string, args ...any) {
		if from == to {
			return
		}
		g.edges[number[from]] = append(g.edges[number[from]], edge{number[to], k, fmt.Sprintf(why, args...)})
	}
	for key, order := range orders {
		for i := 1; i < len(order); i++ {
			link(writers[order[i-1]].txn, writers[order[i]].txn, ww, "appended %d to list %d after %d", order[i], key, order[i-1])
		}
	}
	for _, t := range g.txns {
		for i, op := range t.Ops {
			if op.Append {
				continue
			}
			order, n := orders[op.Key], len(op.Read)
			if n > 0 {
				link(writers[op.Read[n-1]].txn, t, wr, "read %d in list %d", op.Read[n-1], op.Key)
			}
			// What the transaction appended before is its own and no version it has read.
			if n < len(order) && !appended(t.Ops[:i], op.Key) {
				link(t, writers[order[n]].txn, rw, "appended %d to list %d, which was read before as %v", order[n], op.Key, op.Read)
			}
		}
	}
	return g
}

func appended(ops []Op, key int) bool {
	return slices.ContainsFunc(ops, func(o Op) bool { return o.Append && o.Key == key })
}
