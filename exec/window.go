package exec

import (
	"slices"
	"sort"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// window reads its whole input, sorts it by partition and order, and computes
// the calls partition by partition.
type window struct {
	rt    *Runtime
	input Operator
	node  *plan.Window
	rows  []types.Row // input columns, then results
	next  int
	done  bool
}

func (o *window) Next() (types.Row, error) {
	if !o.done {
		o.done = true
		if err := o.compute(); err != nil {
			return nil, err
		}
	}
	if o.next == len(o.rows) {
		return nil, nil
	}
	o.next++
	return o.rows[o.next-1], nil
}

func (o *window) Close() {
	o.input.Close()
	o.rows, o.next = nil, 0
}

func (o *window) compute() error {
	keys := make([]plan.SortKey, 0, len(o.node.Partition)+len(o.node.Order))
	for _, e := range o.node.Partition {
		keys = append(keys, plan.SortKey{Expr: e})
	}
	keys = append(keys, o.node.Order...)
	width := len(o.node.Columns())
	var sorted []sortedRow
	for {
		row, err := o.input.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		s := sortedRow{row: append(make(types.Row, 0, width), row...)[:width], keys: make(types.Row, len(keys))}
		for i, k := range keys {
			if s.keys[i], err = k.Expr.Eval(o.rt.Eval, row); err != nil {
				return err
			}
		}
		sorted = append(sorted, s)
	}
	slices.SortStableFunc(sorted, func(a, b sortedRow) int { return plan.CompareKeys(keys, a.keys, b.keys) })
	parts := len(o.node.Partition)
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && plan.CompareKeys(keys[:parts], sorted[from].keys[:parts], sorted[to].keys[:parts]) == 0 {
			to++
		}
		p := &partition{o: o, rows: sorted[from:to], order: keys[parts:], skip: parts}
		if err := p.compute(); err != nil {
			return err
		}
		if err := o.rt.interrupted(); err != nil {
			return err
		}
		from = to
	}
	o.rows = make([]types.Row, len(sorted))
	for i := range sorted {
		o.rows[i] = sorted[i].row
	}
	return nil
}

// partition is one partition's rows in order.
type partition struct {
	o     *window
	rows  []sortedRow
	order []plan.SortKey
	skip  int // keys before those of order
	// peers has each row's group of rows that are equal in order; groups has
	// where each begins, and the number of rows at the end.
	peers  []int
	groups []int
}

func (p *partition) compute() error {
	for i := range p.rows {
		if i == 0 || plan.CompareKeys(p.order, p.rows[i-1].keys[p.skip:], p.rows[i].keys[p.skip:]) != 0 {
			p.groups = append(p.groups, i)
		}
		p.peers = append(p.peers, len(p.groups)-1)
	}
	p.groups = append(p.groups, len(p.rows))
	inputs := len(p.o.node.Columns()) - len(p.o.node.Calls)
	for i := range p.o.node.Calls {
		call := &p.o.node.Calls[i]
		frames, err := p.frames(&call.Frame)
		if err != nil {
			return err
		}
		args := make([][]types.Datum, len(p.rows))
		for r := range p.rows {
			args[r] = make(types.Row, len(call.Args))
			if err := evalInto(p.o.rt, args[r], call.Args, p.rows[r].row); err != nil {
				return err
			}
		}
		results := make([]types.Datum, len(p.rows))
		switch {
		case call.Fn.Aggregate != nil:
			err = p.aggregate(call, frames, args, results)
		case call.Frame.Exclude != ast.ExcludeNoOthers && isValueFunction[call.Fn.Name]:
			err = p.values(call, frames, args, results)
		default:
			err = call.Fn.Window(p.o.rt.Eval, &expr.WindowPartition{Args: args, Peers: p.peers, Results: results, Frames: frames})
		}
		if err != nil {
			return err
		}
		for r := range p.rows {
			p.rows[r].row[inputs+i] = results[r]
		}
	}
	return nil
}

// frames gives each row's frame, from and to exclusive, before EXCLUDE.
func (p *partition) frames(f *plan.Frame) ([][2]int, error) {
	start, err := p.offset(f.StartOffset, "starting", f.Unit)
	if err != nil {
		return nil, err
	}
	end, err := p.offset(f.EndOffset, "ending", f.Unit)
	if err != nil {
		return nil, err
	}
	out := make([][2]int, len(p.rows))
	for i := range p.rows {
		from, err := p.bound(f, f.Start, i, start, f.StartKey, false)
		if err != nil {
			return nil, err
		}
		to, err := p.bound(f, f.End, i, end, f.EndKey, true)
		if err != nil {
			return nil, err
		}
		out[i] = [2]int{from, max(from, to)}
	}
	return out, nil
}

// offset evaluates a frame's offset.
func (p *partition) offset(e expr.Expr, which string, unit ast.FrameUnit) (types.Datum, error) {
	if e == nil {
		return types.Null, nil
	}
	v, err := e.Eval(p.o.rt.Eval, nil)
	switch {
	case err != nil:
		return types.Null, err
	case v.IsNull():
		return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "frame %s offset must not be null", which)
	case unit != ast.FrameRange && v.Int() < 0:
		return types.Null, sqlerr.New(sqlerr.InvalidPrecedingOrFollowingSize, "frame %s offset must not be negative", which)
	case unit == ast.FrameRange && negative(e.Type(), v):
		return types.Null, sqlerr.New(sqlerr.InvalidPrecedingOrFollowingSize, "invalid preceding or following size in window function")
	}
	return v, nil
}

func negative(t *types.Type, v types.Datum) bool {
	text := t.Text(v, types.DefaultEnv)
	return text != "" && text[0] == '-'
}

// bound finds one end of row i's frame; last says that it is the end, which is
// exclusive.
func (p *partition) bound(f *plan.Frame, kind ast.FrameBoundKind, i int, offset types.Datum, key expr.Expr, last bool) (int, error) {
	n := len(p.rows)
	switch kind {
	case ast.UnboundedPreceding:
		return 0, nil
	case ast.UnboundedFollowing:
		return n, nil
	case ast.CurrentRow:
		switch {
		case f.Unit != ast.FrameRows && last:
			return p.groups[p.peers[i]+1], nil
		case f.Unit != ast.FrameRows:
			return p.groups[p.peers[i]], nil
		case last:
			return i + 1, nil
		}
		return i, nil
	}
	distance := 0
	if f.Unit != ast.FrameRange {
		distance = int(min(offset.Int(), int64(n+1)))
		if kind == ast.OffsetPreceding {
			distance = -distance
		}
	}
	switch f.Unit {
	case ast.FrameRows:
		at := i + distance
		if last {
			at++
		}
		return min(max(at, 0), n), nil
	case ast.FrameGroups:
		at := p.peers[i] + distance
		if last {
			at++
		}
		return p.groups[min(max(at, 0), len(p.groups)-1)], nil
	}
	return p.rangeBound(i, offset, key, last)
}

// rangeBound finds where RANGE with an offset begins or ends: at the first row
// whose key is not before the bound, or behind the last that is not after it.
// Rows with a NULL key are together with their peers.
func (p *partition) rangeBound(i int, offset types.Datum, key expr.Expr, last bool) (int, error) {
	own := p.rows[i].keys[p.skip]
	if own.IsNull() {
		if last {
			return p.groups[p.peers[i]+1], nil
		}
		return p.groups[p.peers[i]], nil
	}
	limit, err := key.Eval(p.o.rt.Eval, types.Row{own, offset})
	if err != nil {
		return 0, err
	}
	if t := key.Type(); !t.Same(p.order[0].Expr.Type()) {
		// date ± interval is a timestamp.
		c, err := expr.Coerce(&expr.Const{Value: limit, T: t, Mod: types.NoTypmod}, p.order[0].Expr.Type(), types.NoTypmod, expr.Explicit)
		if err != nil {
			return 0, err
		}
		if limit, err = c.Eval(p.o.rt.Eval, nil); err != nil {
			return 0, err
		}
	}
	bound := types.Row{limit}
	return sort.Search(len(p.rows), func(k int) bool {
		c := plan.CompareKeys(p.order, p.rows[k].keys[p.skip:], bound)
		if p.rows[k].keys[p.skip].IsNull() {
			return !p.order[0].NullsFirst
		}
		if last {
			return c > 0
		}
		return c >= 0
	}), nil
}

// excluded says whether EXCLUDE takes row k out of row i's frame.
func (p *partition) excluded(e ast.FrameExclude, i, k int) bool {
	switch e {
	case ast.ExcludeCurrentRow:
		return k == i
	case ast.ExcludeGroup:
		return p.peers[k] == p.peers[i]
	case ast.ExcludeTies:
		return k != i && p.peers[k] == p.peers[i]
	}
	return false
}

// aggregate computes an aggregate over each row's frame: in one pass while the
// frames only grow, else anew for each frame that differs from the one before.
func (p *partition) aggregate(call *plan.WindowCall, frames [][2]int, args [][]types.Datum, results []types.Datum) error {
	ts := make([]*types.Type, len(call.Args))
	for i, a := range call.Args {
		ts[i] = a.Type()
	}
	use := make([]bool, len(p.rows))
	for i := range p.rows {
		use[i] = true
		if call.Filter != nil {
			v, err := call.Filter.Eval(p.o.rt.Eval, p.rows[i].row)
			if err != nil {
				return err
			}
			use[i] = v.Bool()
		}
		for _, v := range args[i] {
			use[i] = use[i] && !(call.Fn.Strict && v.IsNull())
		}
	}
	state := call.Fn.Aggregate(ts, call.Type.Type)
	have := [2]int{0, 0} // rows in state
	exclude := call.Frame.Exclude
	for i := range p.rows {
		f := frames[i]
		if i > 0 && exclude == ast.ExcludeNoOthers && f == frames[i-1] {
			results[i] = results[i-1]
			continue
		}
		if exclude != ast.ExcludeNoOthers || f[0] != have[0] || f[1] < have[1] {
			state, have = call.Fn.Aggregate(ts, call.Type.Type), [2]int{f[0], f[0]}
		}
		for k := have[1]; k < f[1]; k++ {
			if !use[k] || p.excluded(exclude, i, k) {
				continue
			}
			if err := state.Add(p.o.rt.Eval, args[k]); err != nil {
				return err
			}
		}
		have[1] = f[1]
		if i%1024 == 1023 {
			if err := p.o.rt.interrupted(); err != nil {
				return err
			}
		}
		var err error
		if results[i], err = state.Result(p.o.rt.Eval); err != nil {
			return err
		}
	}
	return nil
}

// isValueFunction lists the functions that pick a row of the frame.
var isValueFunction = map[string]bool{"first_value": true, "last_value": true, "nth_value": true}

// values computes those over frames with EXCLUDE.
func (p *partition) values(call *plan.WindowCall, frames [][2]int, args [][]types.Datum, results []types.Datum) error {
	for i := range p.rows {
		var in []int
		for k := frames[i][0]; k < frames[i][1]; k++ {
			if !p.excluded(call.Frame.Exclude, i, k) {
				in = append(in, k)
			}
		}
		at := 0
		switch call.Fn.Name {
		case "last_value":
			at = len(in) - 1
		case "nth_value":
			if args[i][1].IsNull() {
				continue
			}
			if at = int(args[i][1].Int()) - 1; at < 0 {
				return sqlerr.New(sqlerr.InvalidArgumentForNthValueFunction, "argument of nth_value must be greater than zero")
			}
		}
		if at >= 0 && at < len(in) {
			results[i] = args[in[at]][0]
		}
	}
	return nil
}
