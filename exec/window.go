package exec

import (
	"math"
	"slices"
	"sort"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// window sorts its input by partition and order, unless it comes so, and computes the calls
// partition by partition. A partition is held in memory whole, or, if maybe few of its rows
// are asked for, its beginning, which is made longer when that is not enough.
type window struct {
	rt        *Runtime
	input     Operator
	node      *plan.Window
	presorted bool
	cut       plan.Cut // where a partition may be cut
	sorter    *sorter
	// part is the partition whose rows are handed out, next the next of them; ahead
	// is the first row that is not in it.
	part  *partition
	next  int
	ahead types.Row
	row   types.Row
	done  bool
}

// firstCut is how many rows of a partition are computed at first, and cutFactor how many times
// as many each time that is not enough.
const (
	firstCut  = 64
	cutFactor = 4
)

func newWindow(rt *Runtime, in Operator, n *plan.Window) *window {
	keys := make([]plan.SortKey, 0, len(n.Partition)+len(n.Order))
	for _, e := range n.Partition {
		keys = append(keys, plan.SortKey{Expr: e})
	}
	keys = append(keys, n.Order...)
	o := &window{rt: rt, input: in, node: n, sorter: newSorter(rt, keys, n.Input.Columns()), row: make(types.Row, len(n.Columns()))}
	o.presorted = n.Presorted && (rt.memory == nil || len(keys) == 0)
	if n.Few {
		o.cut = n.Cut()
	}
	return o
}

func (o *window) Next() (types.Row, error) {
	if !o.done {
		o.done = true
		if err := o.read(); err != nil {
			return nil, err
		}
	}
	for {
		if o.part != nil && o.next == len(o.part.rows) && !o.part.whole {
			if err := o.extend(); err != nil {
				return nil, err
			}
		}
		if o.part == nil || o.next == len(o.part.rows) {
			if err := o.nextPartition(); err != nil || o.part == nil {
				return nil, err
			}
		}
		n := copy(o.row, o.part.rows[o.next][:len(o.row)-len(o.node.Calls)])
		for i := range o.node.Calls {
			o.row[n+i] = o.part.results[i][o.next]
		}
		o.next++
		runs, err := o.runs()
		if runs || err != nil {
			return o.row, err
		}
		if err := o.skip(); err != nil {
			return nil, err
		}
	}
}

// runs says whether the row, and maybe more of the partition, is wanted.
func (o *window) runs() (bool, error) {
	for _, e := range o.node.Run {
		v, err := e.Eval(o.rt.Eval, o.row)
		if err != nil {
			return false, err
		}
		if v.IsNull() || !v.Bool() {
			return false, nil
		}
	}
	return true, nil
}

func (o *window) Close() {
	o.input.Close()
	o.part, o.next, o.ahead = nil, 0, nil
	o.sorter.close()
}

// read sorts the input.
func (o *window) read() error {
	for !o.presorted {
		row, err := o.input.Next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		if err := o.sorter.add(row); err != nil {
			return err
		}
	}
	if err := o.sorter.sort(); err != nil {
		return err
	}
	return o.advance()
}

// advance moves to the row after ahead.
func (o *window) advance() error {
	o.ahead = nil
	if o.presorted {
		row, err := o.input.Next()
		o.ahead = row
		return err
	}
	it, err := o.sorter.next()
	if it != nil && err == nil {
		o.ahead = it.row
	}
	return err
}

// nextPartition computes the partition that ahead begins; none at the end.
func (o *window) nextPartition() error {
	old := o.part
	o.part, o.next = nil, 0
	if o.ahead == nil {
		return nil
	}
	p := &partition{o: o, order: o.node.Order, keys: o.sorter.order, skip: len(o.node.Partition)}
	if old != nil { // its memory is used again
		p.rows, p.peers, p.groups, p.results, p.args, p.values = old.rows[:0], old.peers[:0], old.groups[:0], old.results, old.args[:0], old.values[:0]
	}
	if err := o.fill(p, firstCut); err != nil {
		return err
	}
	o.part = p
	return nil
}

// extend makes the partition's beginning longer.
func (o *window) extend() error { return o.fill(o.part, len(o.part.rows)*cutFactor) }

// fill takes rows into a partition, all or, if it may be cut, so many at least, and computes it.
func (o *window) fill(p *partition, most int) error {
	reused := o.presorted || o.sorter.merge != nil
	for o.within(p) {
		if len(p.rows) >= most && (o.cut == plan.CutRows || o.cut == plan.CutPeers && p.keys.compareFrom(p.skip, p.rows[len(p.rows)-1], o.ahead) != 0) {
			break
		}
		row := o.ahead
		if reused {
			row = row.Clone()
		}
		p.rows = append(p.rows, row)
		if o.presorted {
			p.bytes += row.Bytes()
			if err := o.rt.mayKeep(p.bytes); err != nil {
				return err
			}
		}
		if err := o.advance(); err != nil {
			return err
		}
		if len(p.rows)%sortCheck == 0 {
			if err := o.rt.interrupted(); err != nil {
				return err
			}
		}
	}
	p.whole = !o.within(p)
	if err := p.compute(); err != nil {
		return err
	}
	return o.rt.interrupted()
}

// within says whether ahead is a row of the partition.
func (o *window) within(p *partition) bool {
	return o.ahead != nil && (len(p.rows) == 0 || o.sorter.order.comparePart(0, p.skip, p.rows[0], o.ahead) == 0)
}

// skip passes the rest of the partition by.
func (o *window) skip() error {
	o.next, o.part.whole = len(o.part.rows), true
	if o.part.skip == 0 {
		o.ahead = nil
		return nil
	}
	for n := 1; o.within(o.part); n++ {
		if err := o.advance(); err != nil {
			return err
		}
		if n%sortCheck == 0 {
			if err := o.rt.interrupted(); err != nil {
				return err
			}
		}
	}
	return nil
}

// partition is one partition's rows in order.
type partition struct {
	o     *window
	rows  []types.Row // of the input, with the computed keys behind
	order []plan.SortKey
	keys  *sortOrder // of partition and order
	skip  int        // keys before those of order
	whole bool       // no row of it is left
	bytes int64      // of the rows, if it keeps them itself
	// peers has each row's group of rows that are equal in order; groups has
	// where each begins, and the number of rows at the end.
	peers  []int
	groups []int
	// results are those of each call, by row.
	results [][]types.Datum
	args    [][]types.Datum
	values  []types.Datum // that args are made of
}

// key is a row's first key of the order.
func (p *partition) key(row int) types.Datum { return p.rows[row][p.keys.at[p.skip]] }

func (p *partition) compute() error {
	p.peers, p.groups = p.peers[:0], p.groups[:0]
	for i := range p.rows {
		if i == 0 || p.keys.compareFrom(p.skip, p.rows[i-1], p.rows[i]) != 0 {
			p.groups = append(p.groups, i)
		}
		p.peers = append(p.peers, len(p.groups)-1)
	}
	p.groups = append(p.groups, len(p.rows))
	if p.results == nil {
		p.results = make([][]types.Datum, len(p.o.node.Calls))
	}
	for i := range p.o.node.Calls {
		call := &p.o.node.Calls[i]
		frames, err := p.frames(&call.Frame)
		if err != nil {
			return err
		}
		args, err := p.arguments(call)
		if err != nil {
			return err
		}
		if cap(p.results[i]) < len(p.rows) {
			p.results[i] = make([]types.Datum, len(p.rows))
		}
		p.results[i] = p.results[i][:len(p.rows)]
		results := p.results[i]
		clear(results)
		switch {
		case call.Fn.Aggregate != nil:
			err = p.aggregate(call, frames, args, results)
		case call.Frame.Exclude != ast.ExcludeNoOthers && isValueFunction[call.Fn.Name]:
			err = p.pick(call, frames, args, results)
		default:
			err = call.Fn.Window(p.o.rt.Eval, &expr.WindowPartition{Args: args, Peers: p.peers, Results: results, Frames: frames})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// arguments computes those of a call for every row.
func (p *partition) arguments(call *plan.WindowCall) ([][]types.Datum, error) {
	width := len(call.Args)
	p.args = slices.Grow(p.args[:0], len(p.rows))[:len(p.rows)]
	p.values = slices.Grow(p.values[:0], len(p.rows)*width)[:len(p.rows)*width]
	for r, row := range p.rows {
		p.args[r] = p.values[r*width : (r+1)*width : (r+1)*width]
		if err := evalInto(p.o.rt, p.args[r], call.Args, row); err != nil {
			return nil, err
		}
	}
	return p.args, nil
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

// negative says that a value is no offset: below zero, or no number.
func negative(t *types.Type, v types.Datum) bool {
	text := t.Text(v, types.DefaultEnv)
	return text != "" && text[0] == '-' || text == "NaN"
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
	own := p.key(i)
	if own.IsNull() {
		if last {
			return p.groups[p.peers[i]+1], nil
		}
		return p.groups[p.peers[i]], nil
	}
	limit, err := key.Eval(p.o.rt.Eval, types.Row{own, offset})
	if outOfType(err) {
		return p.beyond(key), nil
	}
	if err != nil {
		return 0, err
	}
	if t := key.Type(); !t.Same(p.order[0].Expr.Type()) {
		// date ± interval is a timestamp.
		c, err := expr.Coerce(&expr.Const{Value: limit, T: t, Mod: types.NoTypmod}, p.order[0].Expr.Type(), types.NoTypmod, expr.Explicit)
		if err != nil {
			return 0, err
		}
		if limit, err = c.Eval(p.o.rt.Eval, nil); outOfType(err) {
			return p.beyond(key), nil
		}
		if err != nil {
			return 0, err
		}
	}
	if t := p.order[0].Expr.Type(); isNaN(t, limit) && !isNaN(t, own) {
		// Infinity less infinity: every number is within.
		low := last == p.order[0].Desc
		if limit, err = t.Input(map[bool]string{true: "-Infinity", false: "Infinity"}[low], types.NoTypmod, types.DefaultEnv); err != nil {
			return 0, err
		}
	}
	compare := func(k int) int {
		c := p.keys.keys[p.skip].Expr.Type().Compare(p.key(k), limit)
		if p.order[0].Desc {
			return -c
		}
		return c
	}
	return sort.Search(len(p.rows), func(k int) bool {
		if p.key(k).IsNull() {
			return !p.order[0].NullsFirst
		}
		c := compare(k)
		if last {
			return c > 0
		}
		return c >= 0
	}), nil
}

func isNaN(t *types.Type, v types.Datum) bool {
	switch t {
	case types.Float4, types.Float8:
		return math.IsNaN(v.Float())
	case types.Numeric:
		d := v.Numeric()
		return d != nil && d.Form == apd.NaN
	}
	return false
}

// outOfType says whether a bound is a value that the order's type has no room for.
func outOfType(err error) bool {
	return err != nil && (sqlerr.HasCode(err, sqlerr.NumericValueOutOfRange) || sqlerr.HasCode(err, sqlerr.DatetimeFieldOverflow))
}

// beyond is where a bound is that lies outside of the type: behind all rows that have a
// key, or before them.
func (p *partition) beyond(key expr.Expr) int {
	up := true
	if call, ok := key.(*expr.Call); ok && call.Op != nil && call.Op.Name == "-" {
		up = false
	}
	nulls := func(k int) bool { return p.key(k).IsNull() }
	first := 0
	for first < len(p.rows) && nulls(first) {
		first++
	}
	behind := first
	for behind < len(p.rows) && !nulls(behind) {
		behind++
	}
	if up != p.order[0].Desc {
		return behind
	}
	return first
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
// frames only grow, or move and it can give rows back; else anew for each frame that differs
// from the one before.
func (p *partition) aggregate(call *plan.WindowCall, frames [][2]int, args [][]types.Datum, results []types.Datum) error {
	ts := make([]*types.Type, len(call.Args))
	for i, a := range call.Args {
		ts[i] = a.Type()
	}
	use := make([]bool, len(p.rows))
	for i := range p.rows {
		use[i] = true
		if call.Filter != nil {
			v, err := call.Filter.Eval(p.o.rt.Eval, p.rows[i])
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
	shrinking, _ := state.(expr.Shrinking)
	have := [2]int{0, 0} // rows in state
	exclude := call.Frame.Exclude
	for i := range p.rows {
		f := frames[i]
		if i > 0 && exclude == ast.ExcludeNoOthers && f == frames[i-1] {
			results[i] = results[i-1]
			continue
		}
		if exclude == ast.ExcludeNoOthers && shrinking != nil && have[0] < f[0] && f[0] < have[1] && have[1] <= f[1] {
			for ; have[0] < f[0]; have[0]++ {
				if use[have[0]] && !shrinking.Drop(args[have[0]]) {
					break
				}
			}
		}
		if exclude != ast.ExcludeNoOthers || f[0] != have[0] || f[1] < have[1] {
			state, have = call.Fn.Aggregate(ts, call.Type.Type), [2]int{f[0], f[0]}
			shrinking, _ = state.(expr.Shrinking)
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

// pick computes those over frames with EXCLUDE.
func (p *partition) pick(call *plan.WindowCall, frames [][2]int, args [][]types.Datum, results []types.Datum) error {
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
