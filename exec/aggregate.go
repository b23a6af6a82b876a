package exec

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// aggregate is hash aggregation: it reads its whole input, keeps a state per
// group and aggregate, and hands the groups out in the order they appeared.
//
// When the groups do not fit into memory, rows of groups that are not there yet are
// put into files by their keys' hashes. These are aggregated one after the other,
// when the groups in memory have been handed out.
type aggregate struct {
	rt    *Runtime
	input Operator
	node  *plan.Aggregate
	// groups are those of each grouping set; one without sets. Of a part from disk
	// only the part's set has any.
	groups []*rowTable[[]aggState]
	set    int // of the next group
	next   int
	read   bool
	row    types.Row
	key    types.Row
	part   types.Row // the key of a grouping set
	// args is where each aggregate's arguments are put.
	args []types.Row
	// kept is where the rows of aggregates with ORDER BY lie.
	kept rowArena
	// bytes is what the groups take, roughly.
	bytes int64
	spill bool
	// waiting are the parts on disk.
	waiting []aggPart
	// batches, most and disk are for EXPLAIN.
	batches    int
	most, disk int64
}

// aggPart is rows of groups of one set whose hashes agree in some bits.
type aggPart struct {
	set, depth int
	file       *spillFile
}

// aggState is one aggregate of one group.
type aggState struct {
	state expr.Aggregate
	// seen holds the argument rows of a DISTINCT aggregate.
	seen *rowTable[struct{}]
	// direct holds an ordered-set aggregate's arguments for the whole group.
	direct types.Row
	// ordered holds the argument rows of an aggregate with ORDER BY until the
	// input has ended.
	ordered []sortedRow
}

// sortedRow is a row of arguments with its evaluated keys.
type sortedRow struct {
	row  types.Row
	keys types.Row
}

func (o *aggregate) Next() (types.Row, error) {
	if !o.read {
		o.read = true
		if err := o.readInput(); err != nil {
			return nil, err
		}
	}
	for o.groups[o.set] == nil || o.next == len(o.groups[o.set].entries) {
		o.next = 0
		if o.set++; o.set < len(o.groups) {
			continue
		}
		if o.set--; len(o.waiting) == 0 {
			if last := o.groups[o.set]; last != nil {
				o.next = len(last.entries)
			}
			return nil, nil
		}
		if err := o.readPart(); err != nil {
			return nil, err
		}
	}
	g := &o.groups[o.set].entries[o.next]
	o.next++
	if o.node.Sets != nil {
		o.row[len(o.row)-1] = types.Int(int64(o.set))
	}
	return o.finished(g.key, g.value)
}

// finished is the row of a group.
func (o *aggregate) finished(key types.Row, states []aggState) (types.Row, error) {
	n := copy(o.row, key)
	for i := range states {
		if o.unread(i) {
			o.row[n+i] = types.Null
			continue
		}
		v, err := o.result(&states[i], &o.node.Aggs[i])
		if err != nil {
			return nil, err
		}
		o.row[n+i] = v
	}
	return o.row, nil
}

func (o *aggregate) keyTypes() []*types.Type {
	ts := make([]*types.Type, len(o.node.Keys))
	for i, k := range o.node.Keys {
		ts[i] = k.Type()
	}
	return ts
}

func (o *aggregate) readInput() error {
	ts := o.keyTypes()
	sets := max(1, len(o.node.Sets))
	for i := range sets {
		groups := newRowTable[[]aggState](ts)
		o.groups = append(o.groups, groups)
		if o.node.Plain || o.node.Sets != nil && len(o.node.Sets[i]) == 0 {
			g, _ := groups.at(make(types.Row, len(ts))) // there without input
			*g = o.newStates()
		}
	}
	o.makeRoom()
	o.spill = o.rt.spills(columnTypes(o.node.Input.Columns()))
	for _, k := range o.node.Keys {
		o.spill = o.spill && expr.MaxVolatility(k) < expr.Volatile
	}
	o.batches = 1
	if o.node.Plain && o.node.Sets == nil {
		return o.readAlone()
	}
	return o.consume(o.input.Next, 0, sets, 0)
}

// makeRoom makes the rows that are filled again and again.
func (o *aggregate) makeRoom() {
	o.row = make(types.Row, len(o.node.Columns()))
	o.key, o.part = make(types.Row, len(o.node.Keys)), make(types.Row, len(o.node.Keys))
	o.args = make([]types.Row, len(o.node.Aggs))
	for i := range o.args {
		o.args[i] = make(types.Row, len(o.node.Aggs[i].Args))
	}
}

// readAlone aggregates everything to one row.
func (o *aggregate) readAlone() error {
	states := o.groups[0].entries[0].value
	for {
		row, err := o.input.Next()
		if row == nil || err != nil {
			return err
		}
		for a := range states {
			if err := o.add(&states[a], a, row); err != nil {
				return err
			}
		}
	}
}

// consume aggregates rows for the sets from first up to last. What does not fit goes
// to disk.
func (o *aggregate) consume(next func() (types.Row, error), first, last, depth int) error {
	var parts [][]*spillFile // by set
	for {
		row, err := next()
		if err != nil {
			return err
		}
		if row == nil {
			break
		}
		if err := evalInto(o.rt, o.key, o.node.Keys, row); err != nil {
			return err
		}
		for i := first; i < last; i++ {
			of := o.key
			if o.node.Sets != nil {
				clear(o.part)
				for _, k := range o.node.Sets[i] {
					o.part[k] = o.key[k]
				}
				of = o.part
			}
			if parts != nil && o.groups[i].find(of) == nil {
				to := part(o.groups[i].hash(of), depth)
				if err := parts[i-first][to].write(row); err != nil {
					return err
				}
				continue
			}
			g, isNew := o.groups[i].at(of)
			if isNew {
				*g = o.newStates()
				o.bytes += of.Bytes() + 64 + 96*int64(len(o.node.Aggs))
			}
			for a := range *g {
				if err := o.directOfSet(&(*g)[a], a, i, row); err != nil {
					return err
				}
				if err := o.add(&(*g)[a], a, row); err != nil {
					return err
				}
			}
		}
		if err := o.rt.mayKeep(o.bytes); err != nil {
			return err
		}
		if parts == nil && o.spill && o.bytes > o.rt.hashMem() && depth < deepest {
			for range last - first {
				parts = append(parts, o.rt.spillFiles(columnTypes(o.node.Input.Columns())))
			}
		}
	}
	o.most = max(o.most, o.bytes)
	for i := range parts {
		for _, f := range parts[i] {
			if f.rows > 0 {
				o.disk += f.size
				o.batches++
				o.waiting = append(o.waiting, aggPart{set: first + i, depth: depth + 1, file: f})
			}
		}
	}
	return nil
}

// readPart aggregates the next part from disk.
func (o *aggregate) readPart() error {
	p := o.waiting[0]
	o.waiting = o.waiting[1:]
	defer p.file.close()
	clear(o.groups)
	o.groups[p.set], o.bytes = newRowTable[[]aggState](o.keyTypes()), 0
	reader, err := p.file.reader()
	if err != nil {
		return err
	}
	row := make(types.Row, len(p.file.types))
	n := 0
	err = o.consume(func() (types.Row, error) {
		if n++; n%1024 == 0 {
			if err := o.rt.interrupted(); err != nil {
				return nil, err
			}
		}
		ok, err := reader.next(row)
		if !ok {
			return nil, err
		}
		return row, nil
	}, p.set, p.set+1, p.depth)
	o.set, o.next = p.set, 0
	return err
}

// report says what the groups took.
func (o *aggregate) report(in *Instrument) {
	in.Batches, in.HashBytes, in.DiskBytes = max(in.Batches, o.batches), max(in.HashBytes, o.most), max(in.DiskBytes, o.disk)
}

func (o *aggregate) newStates() []aggState {
	states := make([]aggState, len(o.node.Aggs))
	for i := range o.node.Aggs {
		if o.unread(i) {
			continue
		}
		call := &o.node.Aggs[i]
		ts := argTypes(call)
		if call.Fn.OrderedSet == nil {
			states[i].state = call.Fn.Aggregate(ts, call.Type.Type)
		}
		if call.Distinct {
			states[i].seen = newRowTable[struct{}](ts)
		}
	}
	return states
}

// unread says whether nobody reads what an aggregate gives.
func (o *aggregate) unread(i int) bool { return o.node.Unread != nil && o.node.Unread[i] }

func argTypes(call *plan.AggCall) []*types.Type {
	ts := make([]*types.Type, len(call.Args))
	for i, a := range call.Args {
		ts[i] = a.Type()
	}
	return ts
}

// directOfSet evaluates the direct arguments of an aggregate over the groups of a
// grouping set, for which the keys that the set does not have are NULL.
func (o *aggregate) directOfSet(s *aggState, at, set int, row types.Row) error {
	call := &o.node.Aggs[at]
	if o.node.Sets == nil || call.Direct == nil || s.direct != nil || o.unread(at) {
		return nil
	}
	row = row.Clone()
	for k, key := range o.node.Keys {
		if c, ok := key.(*expr.Column); ok && !slices.Contains(o.node.Sets[set], k) {
			row[c.Index] = types.Null
		}
	}
	s.direct = make(types.Row, len(call.Direct))
	return evalInto(o.rt, s.direct, call.Direct, row)
}

// add gives one input row to one aggregate, unless its FILTER, strictness or
// DISTINCT says no.
func (o *aggregate) add(s *aggState, at int, row types.Row) error {
	if o.unread(at) {
		return nil
	}
	call, args := &o.node.Aggs[at], o.args[at]
	if call.Direct != nil && s.direct == nil {
		s.direct = make(types.Row, len(call.Direct))
		if err := evalInto(o.rt, s.direct, call.Direct, row); err != nil {
			return err
		}
	}
	if call.Filter != nil {
		v, err := call.Filter.Eval(o.rt.Eval, row)
		if err != nil || !v.Bool() {
			return err
		}
	}
	for i, a := range call.Args {
		v, err := a.Eval(o.rt.Eval, row)
		if err != nil {
			return err
		}
		if v.IsNull() && call.Fn.Strict {
			return nil
		}
		args[i] = v
	}
	if s.seen != nil {
		if _, isNew := s.seen.at(args); !isNew {
			return nil
		}
		o.bytes += args.Bytes() + 64
	}
	if len(call.OrderBy) == 0 {
		return s.state.Add(o.rt.Eval, args)
	}
	keys := o.kept.make(len(call.OrderBy))
	for i, k := range call.OrderBy {
		v, err := k.Expr.Eval(o.rt.Eval, row)
		if err != nil {
			return err
		}
		keys[i] = v
	}
	o.bytes += keys.Bytes() + 48
	kept := sortedRow{keys: keys}
	if call.Fn.OrderedSet == nil {
		o.bytes += args.Bytes()
		kept.row = o.kept.clone(args)
	}
	s.ordered = append(s.ordered, kept)
	return nil
}

func (o *aggregate) result(s *aggState, call *plan.AggCall) (types.Datum, error) {
	if len(call.OrderBy) > 0 {
		if s.ordered == nil && call.Fn.OrderedSet == nil {
			return s.state.Result(o.rt.Eval)
		}
		s.sort(call.OrderBy)
		if call.Fn.OrderedSet != nil {
			return o.orderedSet(s, call)
		}
		for _, r := range s.ordered {
			if err := s.state.Add(o.rt.Eval, r.row); err != nil {
				return types.Null, err
			}
		}
		s.ordered = nil
	}
	return s.state.Result(o.rt.Eval)
}

// fewestLeads is from how many rows on they are sorted by their leads.
const fewestLeads = 64

// sort puts the rows of a group in order; equal ones stay in theirs.
func (s *aggState) sort(keys []plan.SortKey) {
	if len(s.ordered) < fewestLeads {
		slices.SortStableFunc(s.ordered, func(a, b sortedRow) int { return plan.CompareKeys(keys, a.keys, b.keys) })
		return
	}
	columns := make([]plan.SortKey, len(keys))
	for i, k := range keys {
		columns[i] = plan.SortKey{Expr: &expr.Column{Index: i, T: k.Expr.Type()}, Desc: k.Desc, NullsFirst: k.NullsFirst}
	}
	order := newSortOrder(columns, len(keys))
	items := make([]item, len(s.ordered))
	for i, r := range s.ordered {
		items[i] = item{lead: order.leadOf(r.keys), row: r.keys, n: i}
	}
	order.sort(items)
	sorted := make([]sortedRow, len(items))
	for i, it := range items {
		sorted[i] = s.ordered[it.n]
	}
	s.ordered = sorted
}

// orderedSet gives the rows of a group, in order, to an ordered-set aggregate.
func (o *aggregate) orderedSet(s *aggState, call *plan.AggCall) (types.Datum, error) {
	g := &expr.OrderedGroup{Direct: s.direct, Type: call.Args[0].Type(), Result: call.Type.Type}
	if s.direct == nil { // no rows
		g.Direct = make(types.Row, len(call.Direct))
		if err := evalInto(o.rt, g.Direct, call.Direct, make(types.Row, len(o.node.Input.Columns()))); err != nil {
			return types.Null, err
		}
	}
	g.N, g.At = len(s.ordered), func(i int) types.Row { return s.ordered[i].keys }
	g.Compare = func(a, b types.Row) int { return plan.CompareKeys(call.OrderBy, a, b) }
	return call.Fn.OrderedSet(o.rt.Eval, g)
}

func (o *aggregate) Close() {
	o.input.Close()
	for _, p := range o.waiting {
		p.file.close()
	}
}
