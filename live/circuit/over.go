package circuit

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// over computes window functions. The rows of a partition are kept in their order, and a change costs the rows whose
// value it may change, however many others there are:
//
//   - What looks at rows that are so far away at most (lag, lead, frames of so many rows) is computed by the executor
//     for the rows around the changes, over those that they look at.
//   - What goes by all rows before (ranks, running aggregates) is computed from the first change on: past the last one
//     until it comes to what it was.
//   - What is the same for the whole partition is kept once.
//
// Where a condition or a LIMIT leaves the first rows of partitions alone, the others have no values.
type over struct {
	input operator
	node  *plan.Window
	width int // of the input
	calls []overCall
	// local computes the calls that look at rows nearby, of which are where in calls.
	local *plan.Window
	near  []int
	// reach is how far those look back and ahead.
	reach [2]int
	// inPeers: some go by groups of equal rows; running: some go by all rows before.
	inPeers, running bool
	// first says of how many of its first rows a partition has values, with those that are equal to
	// the last of them; nil: of all.
	first    firstRows
	most     int // that; -1: all
	kept     *keyed[*lane]
	types    []*types.Type
	evaluate evaluate
	meter    *meter
	group    []*entry // scratch
}

// lane is a partition.
type lane struct {
	seq  sequence
	slot *slot[*lane]
	// whole are the states of calls that are the same for all rows, values what they gave.
	whole  []reversible
	values types.Row
	// shown is the last entry that has values, where not all do.
	shown *entry
	// What follows is of the step that touched it last.
	tick       int
	cause      Cause
	gone, came []*entry
	delta      []expr.Reversible // by call, what has been added and removed
	renewed    []*entry
}

// newOver is nil where there is no cheaper way than to compute partitions anew.
func newOver(n *plan.Window, in operator, cols []plan.Column, evaluate evaluate, m *meter) *over {
	if n.Unread || len(n.Calls) == 0 {
		return nil
	}
	o := &over{input: in, node: n, width: len(cols), most: -1, kept: newKeyed[*lane](typesOf(n.Partition)), evaluate: evaluate, meter: m}
	o.types = append(columnTypes(cols), columnTypes(n.Columns()[len(cols):])...)
	for i := range n.Calls {
		c, ok := newOverCall(&n.Calls[i], len(n.Order) > 0, m)
		if !ok {
			return nil
		}
		switch c.kind {
		case nearby:
			o.near = append(o.near, i)
		case ranked, ranking, upTo:
			o.running = true
			o.inPeers = o.inPeers || c.inPeers()
		}
		o.calls = append(o.calls, c)
	}
	if o.near != nil {
		o.local = n.Over(plan.Given(append(cols[:len(cols):len(cols)], plan.Column{Name: "row", Type: types.Int8, Typmod: types.NoTypmod})), o.near)
	}
	return o
}

func (o *over) step(t *tick) ([]Change, error) {
	if t.n == 1 {
		if err := o.begin(t); err != nil {
			return nil, err
		}
	}
	out := newAccumulator(o.types)
	var touched []*lane
	var blamed []Change
	err := each(t, o.input, toKeep, func(ch Change) error {
		if ch.Old != nil {
			l, e, err := o.find(t, ch.ID, ch.Old, &touched)
			if err != nil {
				return err
			}
			if e = l.seq.take(e); e != nil {
				l.cause |= ch.Cause
				if err := o.count(t, l, e, -1); err != nil {
					return err
				}
				o.hide(out, l, e)
			}
		}
		if ch.New != nil {
			l, e, err := o.find(t, ch.ID, ch.New, &touched)
			if err != nil {
				return err
			}
			l.cause |= ch.Cause
			l.seq.put(e)
			if err := o.count(t, l, e, +1); err != nil {
				return err
			}
		}
		if !t.begins() {
			blamed = append(blamed, ch)
		}
		return nil
	})
	if err != nil || len(touched) == 0 {
		return nil, err
	}
	for i, l := range touched {
		out.cause = l.cause
		if err := o.compute(t, l, out); err != nil {
			return nil, err
		}
		l.gone, l.came, l.delta, l.renewed = nil, nil, nil, nil
		if l.seq.n == 0 {
			o.kept.drop(l.slot)
		}
		if err := t.interrupted(i); err != nil {
			return nil, err
		}
	}
	out.blame(blamed)
	return out.changes(), nil
}

// begin evaluates what is the same for all rows.
func (o *over) begin(t *tick) error {
	for i := range o.calls {
		if err := o.calls[i].begin(t.c); err != nil {
			return err
		}
		for side, n := range o.calls[i].reach {
			o.reach[side] = max(o.reach[side], n)
		}
	}
	if o.first == nil {
		return nil
	}
	most, ok, err := o.first(t.c)
	if ok {
		o.most = most
	}
	return err
}

// find finds the partition of a row, or makes it, and makes the row's entry.
func (o *over) find(t *tick, id string, row types.Row, touched *[]*lane) (*lane, *entry, error) {
	key := make(types.Row, len(o.node.Partition))
	if err := evalRow(t.c, key, o.node.Partition, row); err != nil {
		return nil, nil, err
	}
	s, isNew := o.kept.at(key)
	if isNew {
		l := &lane{seq: sequence{keys: o.node.Order}, slot: s, whole: make([]reversible, len(o.calls)), values: make(types.Row, len(o.calls))}
		for i := range o.calls {
			if c := &o.calls[i]; c.kind == whole {
				l.whole[i] = c.make()
			}
		}
		s.value = l
	}
	l := s.value
	if l.tick != t.n {
		l.tick, l.cause, l.delta = t.n, 0, make([]expr.Reversible, len(o.calls))
		for i := range o.calls {
			if c := &o.calls[i]; c.balance != nil {
				l.delta[i] = c.balance()
			}
		}
		*touched = append(*touched, l)
	}
	keys, err := sortKeys(t.c, o.node.Order, row)
	return l, &entry{id: id, row: row, keys: keys}, err
}

// count notes that an entry has come, or gone.
func (o *over) count(t *tick, l *lane, e *entry, sign int) error {
	if sign > 0 {
		l.came = append(l.came, e)
	} else {
		l.gone = append(l.gone, e)
	}
	o.meter.bytes += int64(sign) * e.weight()
	for i := range o.calls {
		c := &o.calls[i]
		if s := l.whole[i]; s != nil {
			if err := c.count(t.c, s, e.row, sign); err != nil {
				return err
			}
		}
		if s := l.delta[i]; s != nil {
			if err := c.count(t.c, s, e.row, sign); err != nil {
				return err
			}
		}
	}
	return nil
}

// hide takes back what was handed out for an entry.
func (o *over) hide(out *accumulator, l *lane, e *entry) {
	if e.out != nil {
		out.cause = l.cause
		out.remove(e.id, e.out)
		o.meter.drop(e.out)
		e.out = nil
	}
}

// span is positions from one to before another.
type span struct{ from, to int }

// compute finds the new values of a partition's rows.
func (o *over) compute(t *tick, l *lane, out *accumulator) error {
	limit := l.seq.n
	if o.most >= 0 && o.most < limit {
		if limit = o.most; limit > 0 && len(o.node.Order) > 0 {
			limit = l.seq.groupEnd(l.seq.at(limit - 1))
		}
	}
	moved, spans := o.moved(l)
	if o.most >= 0 {
		end := 0 // of what has been shown
		if l.shown != nil {
			if end = l.seq.place(l.shown); end < l.seq.n && l.seq.at(end) == l.shown {
				end++
			}
		}
		if limit < end {
			_ = l.seq.each(limit, end, func(_ int, e *entry) error { o.hide(out, l, e); return nil })
		} else if limit > end {
			if moved.to = max(moved.to, limit); end < moved.from {
				moved.from = end
			}
			spans = append(spans, span{end, limit})
		}
		if l.shown = nil; limit > 0 {
			l.shown = l.seq.at(limit - 1)
		}
	}
	if o.running && moved.from < limit {
		if err := o.walk(t, l, moved, limit); err != nil {
			return err
		}
	}
	for i, s := range spans {
		spans[i] = span{max(0, s.from-o.reach[1]), min(limit, s.to+o.reach[0])}
	}
	for _, s := range joined(spans) {
		if err := o.around(t, l, s); err != nil {
			return err
		}
	}
	if err := o.throughout(t, l, limit); err != nil {
		return err
	}
	for _, e := range l.renewed {
		if e.out == nil || changed(o.types, e.out, e.next) {
			o.hide(out, l, e)
			out.cause = l.cause
			out.add(e.id, e.next)
			o.meter.add(e.next)
			e.out = e.next
		}
		e.next = nil
	}
	return nil
}

// fewMoved is for one of how many rows at most it is worth while to look where each change is.
const fewMoved = 8

// moved gives where entries have come or gone: as a whole, and as the positions behind which
// they have, or at which they are.
func (o *over) moved(l *lane) (all span, spans []span) {
	if n := len(l.came) + len(l.gone); n > fewMoved && n > l.seq.n/fewMoved {
		all = span{0, l.seq.n}
		return all, []span{all}
	}
	all.from = l.seq.n
	for i, list := range [2][]*entry{l.gone, l.came} {
		for _, e := range list {
			at := l.seq.place(e)
			spans = append(spans, span{at, at + i})
			if o.inPeers && at > 0 {
				if before := l.seq.at(at - 1); l.seq.peers(before, e) {
					at = l.seq.groupStart(before)
				}
			}
			all.from, all.to = min(all.from, at), max(all.to, at+1)
		}
	}
	return all, spans
}

// joined puts spans in order and makes one of those that meet; empty ones are left out.
func joined(spans []span) (out []span) {
	slices.SortFunc(spans, func(a, b span) int { return a.from - b.from })
	for _, s := range spans {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
		} else if s.from < s.to {
			out = append(out, s)
		}
	}
	return out
}

// set gives a call's value to an entry, and says whether it has had another one.
func (o *over) set(l *lane, e *entry, call int, v types.Datum) bool {
	at := o.width + call
	if e.next == nil && e.out != nil && types.Identical(o.types[at], e.out[at], v) {
		return false
	}
	if e.next == nil {
		e.next = make(types.Row, len(o.types))
		if copy(e.next, e.row[:o.width]); e.out != nil {
			copy(e.next[o.width:], e.out[o.width:])
		}
		l.renewed = append(l.renewed, e)
	}
	e.next[at] = v
	return true
}

// walk computes what goes by all rows before: from the first change on, which is at the start of
// a group, until behind the last one all is as it was.
func (o *over) walk(t *tick, l *lane, moved span, limit int) error {
	states, groups, err := o.before(t, l, moved.from)
	if err != nil {
		return err
	}
	end := moved.to
	for _, d := range l.delta {
		if d != nil && !d.Balanced() {
			end = limit // it will be another sum to the end
		}
	}
	w := l.seq.from(moved.from)
	for at := moved.from; at < limit; {
		first := w.peek()
		o.group = append(o.group[:0], first)
		for w.next(); o.inPeers; w.next() {
			e := w.peek()
			if e == nil || !l.seq.peers(first, e) {
				break
			}
			o.group = append(o.group, e)
		}
		groups++
		news := false
		for i := range o.calls {
			c := &o.calls[i]
			if c.kind == upTo && c.inPeers() {
				for _, e := range o.group {
					if err := c.count(t.c, states[i], e.row, +1); err != nil {
						return err
					}
				}
			}
			for k, e := range o.group {
				var v types.Datum
				switch {
				case c.kind == ranked:
					v = types.Int(int64(at + k + 1))
				case c.kind == ranking && c.Fn.Name == "rank":
					v = types.Int(int64(at + 1))
				case c.kind == ranking:
					v = types.Int(int64(groups))
				case c.kind != upTo:
					continue
				default:
					if !c.inPeers() {
						if err := c.count(t.c, states[i], e.row, +1); err != nil {
							return err
						}
					}
					if v, err = states[i].Result(t.c); err != nil {
						return err
					}
				}
				if o.set(l, e, i, v) {
					news = true
				}
			}
		}
		if at >= end && !news {
			break
		}
		if at += len(o.group); at/1024 != (at-len(o.group))/1024 {
			if err := t.interrupted(1023); err != nil {
				return err
			}
		}
	}
	clear(o.group)
	return nil
}

// before gives the states of running aggregates over the rows before a position, and how many groups those are.
func (o *over) before(t *tick, l *lane, position int) (states []running, groups int, err error) {
	ranks := false
	fresh := func() []running {
		states := make([]running, len(o.calls))
		for i := range o.calls {
			if c := &o.calls[i]; c.kind == upTo {
				states[i] = c.running()
			} else {
				ranks = ranks || c.kind == ranking && c.Fn.Name == "dense_rank"
			}
		}
		return states
	}
	add := func(states []running, entries []*entry) error {
		for i, s := range states {
			if s == nil {
				continue
			}
			for _, e := range entries {
				if err := o.calls[i].count(t.c, s, e.row, +1); err != nil {
					return err
				}
			}
		}
		return nil
	}
	states = fresh()
	if ranks {
		groups = l.seq.groupsBefore(position)
	}
	if !slices.ContainsFunc(states, func(s running) bool { return s != nil }) {
		return states, groups, nil
	}
	at, in := l.seq.locate(position)
	for _, r := range l.seq.runs[:at] {
		if r.sums == nil {
			sums := fresh()
			if err := add(sums, r.entries); err != nil {
				return nil, 0, err
			}
			r.sums = sums
		}
		for i, s := range states {
			if s != nil {
				s.merge(r.sums[i])
			}
		}
	}
	if in > 0 {
		err = add(states, l.seq.runs[at].entries[:in])
	}
	return states, groups, err
}

// around has the executor compute what looks at rows nearby, for the rows of a span.
func (o *over) around(t *tick, l *lane, s span) error {
	if o.local == nil {
		return nil
	}
	from, to := max(0, s.from-o.reach[0]), min(l.seq.n, s.to+o.reach[1])
	given, entries := make([]types.Row, 0, to-from), make([]*entry, 0, to-from)
	_ = l.seq.each(from, to, func(_ int, e *entry) error {
		given = append(given, append(append(make(types.Row, 0, o.width+1), e.row[:o.width]...), types.Int(int64(len(given)))))
		entries = append(entries, e)
		return nil
	})
	rows, err := o.evaluate(t.c, &plan.Plan{Root: o.local}, map[catalog.OID][]types.Row{0: given})
	if err != nil {
		return err
	}
	for _, row := range rows {
		n := int(row[o.width].Int())
		if from+n < s.from || from+n >= s.to {
			continue
		}
		for k, call := range o.near {
			o.set(l, entries[n], call, row[o.width+1+k])
		}
	}
	return nil
}

// throughout gives all rows what is the same for the whole partition.
func (o *over) throughout(t *tick, l *lane, limit int) error {
	for i := range o.calls {
		c := &o.calls[i]
		var v types.Datum
		var err error
		switch {
		case l.seq.n == 0:
			continue
		case c.kind == whole:
			v, err = l.whole[i].Result(t.c)
		case c.kind == firstOfAll:
			v, err = c.Args[0].Eval(t.c, l.seq.at(0).row)
		case c.kind == lastOfAll:
			v, err = c.Args[0].Eval(t.c, l.seq.at(l.seq.n-1).row)
		default:
			continue
		}
		if err != nil {
			return err
		}
		if types.Identical(o.types[o.width+i], l.values[i], v) {
			continue
		}
		l.values[i] = v
		_ = l.seq.each(0, limit, func(_ int, e *entry) error { o.set(l, e, i, v); return nil })
	}
	// Those that are new here have all values.
	fill := func(_ int, e *entry) error {
		for i := range o.calls {
			if c := &o.calls[i]; e.out == nil && c.throughout() {
				o.set(l, e, i, l.values[i])
			}
		}
		return nil
	}
	if o.running || o.local != nil {
		for _, e := range l.renewed {
			_ = fill(0, e)
		}
		return nil
	}
	if o.most >= 0 {
		return l.seq.each(0, limit, fill)
	}
	for _, e := range l.came {
		_ = fill(0, e)
	}
	return nil
}

func (o *over) inputs() []operator { return []operator{o.input} }

func (o *over) String() string {
	s := "Window functions"
	for i, k := range o.node.Partition {
		s += []string{" by ", ", "}[min(i, 1)] + expr.String(k)
	}
	if o.first != nil {
		s += ", first rows"
	}
	return s
}
