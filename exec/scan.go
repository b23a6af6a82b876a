package exec

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/expr/inverted"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// scan reads a table through the transaction.
type scan struct {
	rt     *Runtime
	node   *plan.Scan
	cursor *tables.Cursor
	opened bool
	// changes: the rows are changed while they are read.
	changes bool
	// removed counts the rows that the filter has removed.
	removed int64
	read    int // rows
	ahead   *parallelScan
	// filter is what is left to check of a row for which the cursor has checked the
	// conditions that it was given.
	filter expr.Expr
	row    types.Row // with the reference, if the node wants it
	room   rangeRoom
}

// rangeRoom is room for the one range of few columns that most scans have.
type rangeRoom struct {
	ranges [1]tables.Range
	prefix [3]types.Datum
}

func newScan(rt *Runtime, n *plan.Scan) (*scan, error) {
	return &scan{rt: rt, node: n}, nil
}

// open starts the cursor, at the first Next so that ranges see the parameters
// of this execution.
func (o *scan) open() error {
	o.opened = true
	if may, err := o.rt.askOnce(o.node.Once); !may || err != nil {
		return err
	}
	ranges, none, err := evalRanges(o.rt.Eval, o.node, &o.room)
	if err != nil || none {
		return err
	}
	s := tables.Scan{
		Table: o.node.Table, User: o.rt.User, Index: o.node.Index, Ranges: ranges, Reverse: o.node.Reverse, RowOrder: o.node.RowOrder, Need: o.node.Need, NoVersion: o.node.NoVersion,
		NoKeys: o.node.Lock == nil && !o.node.Ref && !o.changes, IndexOnly: o.node.Covered && !o.changes,
	}
	if o.node.Search != nil {
		if s.Search, err = searchQuery(o.rt.Eval, o.node.Search); err != nil {
			return err
		}
		if s.Search.Op == inverted.AllRows { // the index tells nothing
			s.Index, s.Search = nil, nil
		}
	}
	o.filter = o.node.Filter
	if s.NoKeys && ranges == nil && s.Search == nil && o.filter != nil {
		s.Interrupted = o.rt.interrupted
		if s.Conditions, o.filter, err = conditions(o.rt.Eval, o.node); err != nil {
			return err
		}
	}
	o.cursor, err = o.rt.Tx.Scan(o.rt.Ctx, s)
	return err
}

func (o *scan) Next() (types.Row, error) {
	for {
		row, err := o.next()
		if row == nil || err != nil || o.node.Lock == nil {
			return row, err
		}
		locked, err := o.lock(row)
		if err != nil {
			return nil, err
		}
		if locked != nil {
			return locked, nil
		}
	}
}

// next gives the next row that passes the filter.
func (o *scan) next() (types.Row, error) {
	if !o.opened {
		if err := o.open(); err != nil {
			return nil, err
		}
	}
	if o.cursor == nil {
		return nil, nil
	}
	for n := 0; o.cursor.Next(); n++ {
		if n%1024 == 1023 {
			if err := o.rt.interrupted(); err != nil {
				return nil, err
			}
		}
		if o.read++; o.read%aloneRows == 0 && o.ahead == nil && o.node.Lock == nil && !o.node.Ref && !o.changes && !o.rt.Positions {
			o.ahead = newParallelScan(o.rt, o.cursor, o.node, o.filter)
		}
		row := o.cursor.Row()
		pass, err := o.passes(row)
		if err != nil {
			return nil, err
		}
		if !pass {
			o.removed++
			continue
		}
		if o.node.Ref {
			o.row = append(append(o.row[:0], row...), types.String(o.cursor.Ref().Key()))
			return o.row, nil
		}
		return row, nil
	}
	if err := o.cursor.Err(); err != nil || o.ahead == nil {
		return nil, err
	}
	return o.ahead.Next(o.rt)
}

// passes checks the filter for a row, the cursor's current one or a newer version of it.
func (o *scan) passes(row types.Row) (bool, error) {
	filter := o.node.Filter
	if o.cursor.Chosen() {
		filter = o.filter
	}
	if filter == nil {
		return true, nil
	}
	v, err := filter.Eval(o.rt.Eval, row)
	return v.Bool(), err
}

// lock takes the row lock of a locking clause; nil when the row is gone, no
// longer matches, or is skipped.
func (o *scan) lock(row types.Row) (types.Row, error) {
	strength, wait := lockMode(o.node.Lock)
	return o.recheck(row, strength, wait)
}

// recheck locks the cursor's row and, if it has changed since the snapshot,
// checks the filter again on its newest version.
func (o *scan) recheck(row types.Row, strength tables.LockStrength, wait tables.LockWait) (types.Row, error) {
	got, err := o.cursor.Lock(o.rt.Ctx, strength, wait)
	if err != nil {
		return nil, err
	}
	switch got.Status {
	case tables.Unchanged:
		return row, nil
	case tables.Changed:
		pass, err := o.passes(got.Row)
		if err != nil || !pass {
			return nil, err
		}
		return got.Row, nil
	}
	return nil, nil
}

func (o *scan) Close() {
	read := int64(o.read)
	if o.ahead != nil {
		o.ahead.Close()
		o.removed += o.ahead.removed()
		read += o.ahead.given + o.ahead.removed()
		o.ahead = nil
	}
	if o.cursor != nil {
		o.removed += o.cursor.Skipped()
		read += o.cursor.Skipped()
		o.cursor.Close()
		o.cursor = nil
		index := catalog.OID(0)
		if o.node.Index != nil {
			index = o.node.Index.OID
		}
		o.rt.Tx.Scanned(o.node.Table.OID, index, read)
	}
	o.read = 0
	o.opened = true
}

// searchQuery computes what a scan looks for in an inverted index, for one execution.
func searchQuery(c *expr.Context, q *plan.Search) (*inverted.Query, error) {
	if q.Args == nil {
		v, err := q.Value.Eval(c, nil)
		if err != nil {
			return nil, err
		}
		found, err := q.Class.Query(c, q.Operator, q.Value.Type(), v)
		if err != nil {
			return nil, err
		}
		return found.On(q.Key), nil
	}
	args := make([]*inverted.Query, len(q.Args))
	for i, a := range q.Args {
		var err error
		if args[i], err = searchQuery(c, a); err != nil {
			return nil, err
		}
	}
	if q.Either {
		return inverted.OneOf(args...), nil
	}
	return inverted.AllOf(args...), nil
}

// EvalRanges computes a scan's ranges for one execution: sorted, without the
// empty ones and without duplicates. none says that no row can match; nil
// ranges with none false read everything.
func EvalRanges(c *expr.Context, n *plan.Scan) (ranges []tables.Range, none bool, err error) {
	return evalRanges(c, n, &rangeRoom{})
}

func evalRanges(c *expr.Context, n *plan.Scan, room *rangeRoom) (ranges []tables.Range, none bool, err error) {
	if n.Ranges == nil {
		return nil, false, nil
	}
	ranges = room.ranges[:0]
	for i, r := range n.Ranges {
		out := tables.Range{Prefix: room.prefix[:0]}
		if i > 0 || len(r.Prefix) > len(room.prefix) {
			out.Prefix = make([]types.Datum, 0, len(r.Prefix))
		}
		empty := false
		several := r.HasElements()
		for _, e := range r.Prefix {
			if several {
				break
			}
			v, err := e.Eval(c, nil)
			if err != nil {
				return nil, false, err
			}
			if v.IsNull() {
				_, wanted := e.(*plan.NullKey)
				empty = empty || !wanted
			}
			out.Prefix = append(out.Prefix, v)
		}
		for _, b := range []struct {
			from *plan.Bound
			to   **tables.Bound
		}{{r.Low, &out.Low}, {r.High, &out.High}} {
			if b.from == nil {
				continue
			}
			v, err := b.from.Value.Eval(c, nil)
			if err != nil {
				return nil, false, err
			}
			empty = empty || v.IsNull()
			*b.to = &tables.Bound{Value: v, Inclusive: b.from.Inclusive}
		}
		switch {
		case empty:
		case several:
			prefixes, err := r.PrefixValues(c)
			if err != nil {
				return nil, false, err
			}
			for _, prefix := range prefixes {
				out.Prefix = prefix
				ranges = append(ranges, out)
			}
		default:
			ranges = append(ranges, out)
		}
	}
	if len(ranges) < 2 {
		return ranges, len(ranges) == 0, nil
	}
	compare := func(a, b tables.Range) int { return comparePrefix(n, a.Prefix, b.Prefix) }
	slices.SortFunc(ranges, compare)
	ranges = slices.CompactFunc(ranges, func(a, b tables.Range) bool { return compare(a, b) == 0 })
	return ranges, len(ranges) == 0, nil
}

func comparePrefix(n *plan.Scan, a, b []types.Datum) int {
	for i := range a {
		if a[i].IsNull() { // as in all ranges
			continue
		}
		if c := n.Ranges[0].Prefix[i].Type().Compare(a[i], b[i]); c != 0 {
			if n.Index.Keys[i].Desc {
				return -c
			}
			return c
		}
	}
	return 0
}

// virtualScan reads a system relation, whose rows are made all at once.
type virtualScan struct {
	rt   *Runtime
	node *plan.VirtualScan
	rows []types.Row
	read bool
}

func newVirtualScan(rt *Runtime, n *plan.VirtualScan) (Operator, error) {
	return &virtualScan{rt: rt, node: n}, nil
}

func (o *virtualScan) Next() (types.Row, error) {
	if !o.read {
		o.read = true
		if err := o.fill(); err != nil {
			return nil, err
		}
	}
	if len(o.rows) == 0 {
		return nil, nil
	}
	row := o.rows[0]
	o.rows = o.rows[1:]
	return row, nil
}

func (o *virtualScan) fill() error {
	column, value := -1, types.Null
	if k := o.node.Key; k != nil {
		v, err := k.Value.Eval(o.rt.Eval, nil)
		if err != nil {
			return err
		}
		if v.IsNull() {
			return nil
		}
		column, value = k.Column, v
	}
	return o.rt.Virtual(o.node.View, column, value, func(r types.Row) error {
		o.rows = append(o.rows, r)
		if len(o.rows)%4096 == 0 {
			return o.rt.interrupted()
		}
		return nil
	})
}

func (o *virtualScan) Close() { o.rows = nil }
