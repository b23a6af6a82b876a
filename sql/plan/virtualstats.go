package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// What is known of the system relations, so that joins of them are ordered like any
// others, and looking a row's partners up by a column, which each of them can.

// VirtualStatistics is what is known of a system relation. It is asked while a plan is
// made, and only for what that needs.
type VirtualStatistics struct {
	Rows func() float64
	// Distinct is the number of different values in a column of integers, OIDs or
	// strings.
	Distinct func(column int) float64
}

// unknownVirtualRows is how many rows a system relation is taken to have that
// nothing is known of.
const unknownVirtualRows = 100

func (s *VirtualScan) tableRows() float64 {
	if s.stats == nil {
		return unknownVirtualRows
	}
	return max(1, s.stats.Rows())
}

// variable is a column as conditions see it; false for one whose values are not counted.
func (s *VirtualScan) variable(at int) (variable, bool) {
	if at >= len(s.View.Columns) || !counted(s.cols[at].Type) {
		return variable{}, false
	}
	v := variable{rows: s.tableRows(), distinct: min(s.tableRows(), defaultDistinct)}
	if s.stats != nil {
		v.distinct = max(1, min(v.rows, s.stats.Distinct(at)))
	}
	return v, true
}

// counted says whether the values of a type are counted in system relations.
func counted(t *types.Type) bool { return keyClass(t) != 0 || t == types.Char || t == types.Boolean }

// narrowed is how many rows the key leaves.
func (s *VirtualScan) narrowed() float64 {
	if s.Key == nil {
		return s.tableRows()
	}
	if v, ok := s.variable(s.Key.Column); ok {
		return v.rows / v.distinct
	}
	return 1
}

// virtualSide gives the system relation that a side of a join reads, with the condition
// over it; nil for another side.
func virtualSide(n Node) (*VirtualScan, expr.Expr) {
	switch n := n.(type) {
	case *VirtualScan:
		return n, nil
	case *Filter:
		if s, ok := n.Input.(*VirtualScan); ok {
			return s, n.Cond
		}
	}
	return nil, nil
}

// lookupsOfVirtual finds the columns of a system relation that are equated with
// something of another side.
func (t *joinTree) lookupsOfVirtual(i int, s *VirtualScan) (out []lookup) {
	for at, need := range t.equated(i) {
		if at >= len(s.View.Columns) || keyClass(s.cols[at].Type) == 0 {
			continue
		}
		if v, ok := s.variable(at); ok {
			out = append(out, lookup{keys: []keyNeed{need}, rows: []float64{v.rows / v.distinct}, primary: true, point: 1, times: 1})
		}
	}
	return out
}

// lookUpVirtual gives the left join with a system relation as one that looks the
// partners of each left row up, where that costs less than hashing the relation.
func (n *Join) lookUpVirtual() Node {
	right, _ := virtualSide(n.Right)
	if right == nil || n.Type != LeftJoin || len(n.LeftKeys) == 0 {
		return n
	}
	apply := lookUp(n.Left, n.Right, n.conditions(0), Width(n.Left)).(*Apply)
	apply.Type = LeftJoin
	filter := apply.Right.(*Filter)
	trial := *filter.Input.(*VirtualScan)
	trial.chooseKey(filter.Cond)
	if trial.Key == nil {
		return n
	}
	left, side := Estimates{}.Of(n.Left), Estimates{}.Of(n.Right)
	looking := left.Rows * (applyCost + pointCost + trial.narrowed()*(cpuTupleCost+cpuOperatorCost))
	if looking >= side.Total+side.Rows*hashBuildCost+left.Rows*hashProbeCost {
		return n
	}
	return apply
}
