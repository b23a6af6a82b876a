package exec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

func newJoin(rt *Runtime, n *plan.Join) (Operator, error) {
	left, err := Build(rt, n.Left)
	if err != nil {
		return nil, err
	}
	right, err := Build(rt, n.Right)
	if err != nil {
		left.Close()
		return nil, err
	}
	if len(n.LeftKeys) == 0 {
		return newNestedLoop(rt, n, left, right), nil
	}
	if n.Merge != plan.NoMerge && rt.memory == nil {
		return newMergeJoin(rt, n, left, right), nil
	}
	return newHashJoin(rt, n, left, right), nil
}

// hashJoin reads its right side into a hash table and looks left rows up. The
// output is in the order of the left rows.
//
// A right side that does not fit into memory is divided by its keys' hashes into
// files, and so is then the left side: the parts are joined one after the other
// (the hash join of GRACE), and the order is lost. A part that is still too large
// is divided again.
type hashJoin struct {
	rt          *Runtime
	node        *plan.Join
	left, right Operator
	leftWidth   int

	types []*types.Type // of the keys
	kept  []int         // of the right columns: those that the table has
	built bool
	table *joinTable
	parts *joinParts // nil while everything is in memory

	row       types.Row // the pair
	key       types.Row
	candidate int32 // the next right row of the left row, plus one
	haveLeft  bool
	leftHit   bool
	drained   bool
	unmatched int
	// batches is how many parts the join was divided into, most the largest size
	// in memory.
	batches int
	most    int64
	// hashed counts right rows, probed left rows that found some, removed the pairs that
	// did not meet Cond.
	hashed, probed, removed int64
}

// joinTable is right rows by their keys: of each the columns that are kept.
type joinTable struct {
	kept  []int
	keys  *rowTable[chain]
	arena rowArena
	rows  []types.Row
	// next leads from a row to the next one with its key; positions plus one.
	next    []int32
	matched []bool
	bytes   int64
}

// chain is where the rows of one key begin and end; positions plus one.
type chain struct{ first, last int32 }

func newHashJoin(rt *Runtime, n *plan.Join, left, right Operator) *hashJoin {
	o := &hashJoin{rt: rt, node: n, left: left, right: right, leftWidth: plan.Width(n.Left), batches: 1}
	o.row = make(types.Row, o.leftWidth+plan.Width(n.Right))
	o.key = make(types.Row, len(n.LeftKeys))
	if o.kept = n.Kept; o.kept == nil || rt.memory != nil {
		o.kept = nil
		for i := range len(o.row) - o.leftWidth {
			o.kept = append(o.kept, i)
		}
	}
	for _, k := range n.RightKeys {
		o.types = append(o.types, k.Type())
	}
	return o
}

func (o *hashJoin) newTable() *joinTable {
	return &joinTable{kept: o.kept, keys: newRowTable[chain](o.types)}
}

// add takes a copy of a row, whose key is null or else in key.
func (t *joinTable) add(row, key types.Row, null, mark bool) {
	own := t.arena.make(len(t.kept))
	for i, at := range t.kept {
		own[i] = row[at]
	}
	t.rows = append(t.rows, own)
	t.next = append(t.next, 0)
	if mark {
		t.matched = append(t.matched, false)
	}
	t.bytes += own.Bytes() + 16
	if null {
		return
	}
	c, isNew := t.keys.at(key)
	at := int32(len(t.rows))
	if isNew {
		*c = chain{at, at}
		t.bytes += key.Bytes() + 48
		return
	}
	t.next[c.last-1] = at
	c.last = at
}

// give puts the right row at a position into a row of all right columns, the others of
// which stay as they are.
func (t *joinTable) give(at int, row types.Row) {
	for i, d := range t.rows[at] {
		row[t.kept[i]] = d
	}
}

// marks says whether right rows are marked that have found a partner.
func (o *hashJoin) marks() bool { return o.node.Type == plan.RightJoin || o.node.Type == plan.FullJoin }

func (o *hashJoin) outerLeft() bool {
	return o.node.Type == plan.LeftJoin || o.node.Type == plan.FullJoin
}

func (o *hashJoin) Next() (types.Row, error) {
	if !o.built {
		o.built = true
		if err := o.build(); err != nil {
			return nil, err
		}
		if o.parts == nil && len(o.table.rows) == 0 && !o.outerLeft() {
			o.drained = true // no left row has a partner
		}
	}
	for {
		row, err := o.joined()
		if row != nil || err != nil {
			return row, err
		}
		if o.parts == nil {
			return nil, nil
		}
		if more, err := o.nextPart(); err != nil || !more {
			return nil, err
		}
	}
}

// joined gives the next row of what is in memory.
func (o *hashJoin) joined() (types.Row, error) {
	t := o.table
	for steps := 0; !o.drained; steps++ {
		if !o.haveLeft {
			row, err := o.nextLeft()
			if err != nil {
				return nil, err
			}
			if row == nil {
				o.drained = true
				break
			}
			null, err := o.evalKey(o.node.LeftKeys, row)
			if err != nil {
				return nil, err
			}
			o.leftHit, o.candidate = false, 0
			if !null {
				if c := t.keys.find(o.key); c != nil {
					o.candidate = c.first
				}
			}
			if o.candidate == 0 && !o.outerLeft() {
				if steps%1024 == 1023 {
					if err := o.rt.interrupted(); err != nil {
						return nil, err
					}
				}
				continue
			}
			copy(o.row, row)
			o.haveLeft = true
		}
		for o.candidate > 0 {
			at := o.candidate - 1
			o.candidate = t.next[at]
			t.give(int(at), o.row[o.leftWidth:])
			if o.node.Cond != nil {
				v, err := o.node.Cond.Eval(o.rt.Eval, o.row)
				if err != nil {
					return nil, err
				}
				if !v.Bool() {
					o.removed++
					continue
				}
			}
			o.leftHit = true
			if t.matched != nil {
				t.matched[at] = true
			}
			return o.row, nil
		}
		o.haveLeft = false
		if o.probed++; o.probed%256 == 0 {
			if err := o.rt.interrupted(); err != nil {
				return nil, err
			}
		}
		if o.outerLeft() && !o.leftHit {
			clear(o.row[o.leftWidth:])
			return o.row, nil
		}
	}
	if !o.marks() {
		return nil, nil
	}
	for o.unmatched < len(t.rows) {
		at := o.unmatched
		o.unmatched++
		if !t.matched[at] {
			clear(o.row[:o.leftWidth])
			t.give(at, o.row[o.leftWidth:])
			return o.row, nil
		}
	}
	return nil, nil
}

func (o *hashJoin) nextLeft() (types.Row, error) {
	if o.parts != nil {
		return o.parts.nextLeft()
	}
	return o.left.Next()
}

// build reads the right side into the hash table.
func (o *hashJoin) build() error {
	o.table = o.newTable()
	spill := !o.node.KeepOrder && o.rt.spills(columnTypes(o.node.Right.Columns())) && o.rt.spills(columnTypes(o.node.Left.Columns()))
	for n := 1; ; n++ {
		row, err := o.right.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		null, err := o.evalKey(o.node.RightKeys, row)
		if err != nil {
			return err
		}
		if null && !o.marks() {
			continue
		}
		o.table.add(row, o.key, null, o.marks())
		o.hashed++
		if n%1024 == 0 {
			if err := o.rt.interrupted(); err != nil {
				return err
			}
		}
		if err := o.rt.mayKeep(o.table.bytes); err != nil {
			return err
		}
		if spill && o.table.bytes > o.rt.hashMem() {
			return o.divide()
		}
	}
	o.most = o.table.bytes
	return nil
}

// evalKey evaluates join keys into o.key; a NULL key matches nothing.
func (o *hashJoin) evalKey(keys []expr.Expr, row types.Row) (null bool, err error) {
	for i, k := range keys {
		if o.key[i], err = k.Eval(o.rt.Eval, row); err != nil {
			return false, err
		}
		null = null || o.key[i].IsNull()
	}
	return null, nil
}

func (o *hashJoin) Close() {
	o.left.Close()
	o.right.Close()
	if o.parts != nil {
		o.parts.close()
	}
	o.table = nil
}
