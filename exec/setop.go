package exec

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// setOp combines two inputs. UNION ALL passes rows on as they come, and UNION is
// DISTINCT over that; the others count the right side's rows first.
type setOp struct {
	rt          *Runtime
	node        *plan.SetOp
	left, right Operator
	counts      *rowTable[int64]
	emitted     *rowTable[struct{}]
	onRight     bool
}

func newSetOp(rt *Runtime, n *plan.SetOp) (Operator, error) {
	if n.Merge != nil && rt.memory == nil {
		return newMergeAppend(rt, &plan.Append{Members: mergedArms(n, nil), Merge: n.Merge}), nil
	}
	left, err := Build(rt, n.Left)
	if err != nil {
		return nil, err
	}
	right, err := Build(rt, n.Right)
	if err != nil {
		left.Close()
		return nil, err
	}
	o := &setOp{rt: rt, node: n, left: left, right: right, emitted: newRowTable[struct{}](columnTypes(n.Columns()))}
	if ast.SetOp(n.Op) == ast.SetUnion && !n.All {
		return distinctOver(rt, o, n.Columns()), nil
	}
	return o, nil
}

// mergedArms appends the queries of a UNION ALL whose rows are merged.
func mergedArms(n *plan.SetOp, arms []plan.Node) []plan.Node {
	for _, in := range n.Inputs() {
		if u, ok := in.(*plan.SetOp); ok && u.Merge != nil {
			arms = mergedArms(u, arms)
			continue
		}
		arms = append(arms, in)
	}
	return arms
}

func (o *setOp) Next() (types.Row, error) {
	if ast.SetOp(o.node.Op) == ast.SetUnion {
		return o.union()
	}
	if o.counts == nil {
		o.counts = newRowTable[int64](columnTypes(o.node.Columns()))
		for {
			row, err := o.right.Next()
			if err != nil {
				return nil, err
			}
			if row == nil {
				break
			}
			n, _ := o.counts.at(row)
			*n++
		}
	}
	intersect := ast.SetOp(o.node.Op) == ast.SetIntersect
	for {
		row, err := o.left.Next()
		if row == nil || err != nil {
			return nil, err
		}
		n := o.counts.find(row)
		there := n != nil && *n > 0
		if o.node.All && there {
			*n--
		}
		if there != intersect {
			continue
		}
		if !o.node.All {
			if _, isNew := o.emitted.at(row); !isNew {
				continue
			}
		}
		return row, nil
	}
}

func (o *setOp) union() (types.Row, error) {
	for {
		in := o.left
		if o.onRight {
			in = o.right
		}
		row, err := in.Next()
		if err != nil {
			return nil, err
		}
		if row == nil {
			if o.onRight {
				return nil, nil
			}
			o.onRight = true
			continue
		}
		return row, nil
	}
}

func (o *setOp) Close() {
	o.left.Close()
	o.right.Close()
}
