package circuit

import (
	"slices"
	"time"

	"github.com/tidwall/btree"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// # Time
//
// A condition that compares something of a row with now() holds from some moment
// on, or until one: created_at > now() - interval '1 hour' until an hour after
// the row was made. temporal is the filter for such conditions. It keeps each row
// with the moment at which its condition turns, which it finds by trying (months
// and time zones are not worth inverting), and a step at a later time passes on
// what has turned since. Everywhere else in a query now() is what it was when the
// circuit was made.
type temporal struct {
	input operator
	conds []expr.Expr // all of them
	// comparisons are what in them time turns.
	comparisons []expr.Expr
	kept        map[string]*timed
	turns       *btree.BTreeG[*timed] // those that turn, the next first
	meter       *meter
}

// timed is a row of a temporal filter.
type timed struct {
	id     string
	row    types.Row
	passes bool
	turns  time.Time // zero: never
}

// horizon is how far ahead it is looked for the moment at which a condition
// turns.
const horizon = 200 * 365 * 24 * time.Hour

func newTemporal(in operator, conds []expr.Expr, m *meter) *temporal {
	less := func(a, b *timed) bool {
		if !a.turns.Equal(b.turns) {
			return a.turns.Before(b.turns)
		}
		return a.id < b.id
	}
	var comparisons []expr.Expr
	for _, c := range conds {
		comparisons = appendTurning(comparisons, c)
	}
	return &temporal{input: in, conds: conds, comparisons: comparisons, kept: map[string]*timed{}, turns: btree.NewBTreeGOptions(less, btree.Options{NoLocks: true}), meter: m}
}

func (o *temporal) step(t *tick) ([]Change, error) {
	in, err := o.input.step(t)
	if err != nil {
		return nil, err
	}
	var out []Change
	own := *t.c
	done := map[string]bool{}
	for i, ch := range in {
		done[ch.ID] = true
		result := Change{ID: ch.ID, Cause: ch.Cause}
		if was := o.kept[ch.ID]; was != nil {
			if was.passes {
				result.Old = was.row
			}
			o.forget(was)
		}
		if ch.New != nil {
			r := &timed{id: ch.ID, row: ch.New}
			if err := o.judge(&own, t.now, r); err != nil {
				return nil, err
			}
			o.keep(r)
			if r.passes {
				result.New = r.row
			}
		}
		if result.Old != nil || result.New != nil {
			out = append(out, result)
		}
		if err := t.interrupted(i); err != nil {
			return nil, err
		}
	}
	for {
		r, ok := o.turns.Min()
		if !ok || r.turns.After(t.now) {
			return out, nil
		}
		o.turns.Delete(r)
		passed := r.passes
		if err := o.judge(&own, t.now, r); err != nil {
			return nil, err
		}
		if !r.turns.IsZero() {
			o.turns.Set(r)
		}
		switch {
		case passed == r.passes || done[r.id]:
		case passed:
			out = append(out, Change{ID: r.id, Old: r.row, Cause: Updated})
		default:
			out = append(out, Change{ID: r.id, New: r.row, Cause: Updated})
		}
	}
}

func (o *temporal) keep(r *timed) {
	o.kept[r.id] = r
	o.meter.add(r.row)
	if !r.turns.IsZero() {
		o.turns.Set(r)
	}
}

func (o *temporal) forget(r *timed) {
	delete(o.kept, r.id)
	o.meter.drop(r.row)
	if !r.turns.IsZero() {
		o.turns.Delete(r)
	}
}

// judge says whether a row passes at a time, and when that may change next: when
// the first of the comparisons turns.
func (o *temporal) judge(c *expr.Context, now time.Time, r *timed) error {
	r.passes, r.turns = true, time.Time{}
	for _, cond := range o.conds {
		holds, err := at(c, cond, r.row, now)
		if err != nil {
			return err
		}
		r.passes = r.passes && holds
	}
	for _, cond := range o.comparisons {
		holds, err := at(c, cond, r.row, now)
		if err != nil {
			continue // what stands beside it has decided
		}
		last, err := at(c, cond, r.row, now.Add(horizon))
		if err != nil {
			return err
		}
		if last == holds {
			continue
		}
		// It turns once: between low, where it is as it is now, and high.
		low, high := now.UnixMicro(), now.Add(horizon).UnixMicro()
		for high-low > 1 {
			mid := low + (high-low)/2
			v, err := at(c, cond, r.row, time.UnixMicro(mid))
			if err != nil {
				return err
			}
			if v == holds {
				low = mid
			} else {
				high = mid
			}
		}
		if turn := time.UnixMicro(high); r.turns.IsZero() || turn.Before(r.turns) {
			r.turns = turn
		}
	}
	return nil
}

// at evaluates a condition as of a time.
func at(c *expr.Context, cond expr.Expr, row types.Row, now time.Time) (bool, error) {
	c.TxTime, c.StatementTime = now, now
	v, err := cond.Eval(c, row)
	return v.Bool(), err
}

func (o *temporal) inputs() []operator { return []operator{o.input} }

func (o *temporal) String() string {
	s := "Filter, as time goes on: "
	for i, c := range o.conds {
		if i > 0 {
			s += " AND "
		}
		s += expr.String(c)
	}
	return s
}

// Temporal says whether the result of a plan changes as time goes on.
func Temporal(n plan.Node) bool {
	found := false
	plan.EachNode(n, func(n plan.Node) {
		switch n := n.(type) {
		case *plan.Scan:
			_, conds := divide(n.Filter)
			found = found || conds != nil
		case *plan.Filter:
			_, conds := divide(n.Cond)
			found = found || conds != nil
		case *plan.Join:
			_, conds := divide(n.Cond)
			found = found || conds != nil && n.Type == plan.InnerJoin
		}
	})
	return found
}

// divide divides a condition into what time does not change, nil for nothing, and
// the terms that it turns.
func divide(cond expr.Expr) (fixed expr.Expr, turning []expr.Expr) {
	if cond == nil {
		return nil, nil
	}
	terms := []expr.Expr{cond}
	if and, ok := cond.(*expr.And); ok {
		terms = and.Args
	}
	var rest []expr.Expr
	for _, t := range terms {
		if turns(t) {
			turning = append(turning, t)
		} else {
			rest = append(rest, t)
		}
	}
	switch {
	case turning == nil:
		return cond, nil
	case rest == nil:
		return nil, turning
	}
	return expr.NewAnd(rest...), turning
}

// turns says whether a term is made of comparisons that time turns, and of what it
// does not change.
func turns(term expr.Expr) bool {
	switch t := term.(type) {
	case *expr.And:
		return anyTurns(t.Args)
	case *expr.Or:
		return anyTurns(t.Args)
	case *expr.Not:
		return turns(t.Arg)
	}
	return turnsOnce(term)
}

// anyTurns says whether some of the arguments turn and time does not change the
// others.
func anyTurns(args []expr.Expr) bool {
	some := false
	for _, a := range args {
		if turns(a) {
			some = true
		} else if readsNow(a) {
			return false
		}
	}
	return some
}

// appendTurning adds the comparisons of a term that turns.
func appendTurning(list []expr.Expr, term expr.Expr) []expr.Expr {
	switch t := term.(type) {
	case *expr.And:
		for _, a := range t.Args {
			list = appendTurning(list, a)
		}
		return list
	case *expr.Or:
		for _, a := range t.Args {
			list = appendTurning(list, a)
		}
		return list
	case *expr.Not:
		return appendTurning(list, t.Arg)
	}
	if turnsOnce(term) {
		list = append(list, term)
	}
	return list
}

// turnsOnce says whether a term is a comparison that time turns at most once: an
// inequality between something that grows with now() and something that time
// does not change.
func turnsOnce(term expr.Expr) bool {
	call, ok := term.(*expr.Call)
	if !ok || call.Op == nil || len(call.Args) != 2 || !slices.Contains([]string{"<", "<=", ">", ">="}, call.Op.Name) || hasLink(term) {
		return false
	}
	l, r := call.Args[0], call.Args[1]
	return grows(l) && !readsNow(r) || grows(r) && !readsNow(l)
}

// nows are the functions that give the time of the transaction or statement.
var nows = []string{"now", "current_timestamp", "transaction_timestamp", "statement_timestamp", "localtimestamp", "current_date"}

func isNow(e expr.Expr) bool {
	call, ok := e.(*expr.Call)
	return ok && slices.Contains(nows, call.Fn.Name)
}

func readsNow(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		found = found || isNow(e)
		return !found
	})
	return found
}

// grows says whether an expression never falls as now() rises: now() itself, plus
// or minus what time does not change, cast or truncated.
func grows(e expr.Expr) bool {
	if isNow(e) {
		return true
	}
	call, ok := e.(*expr.Call)
	if !ok {
		return false
	}
	args := call.Args
	switch {
	case call.Form == expr.FormCast:
		return len(args) > 0 && grows(args[0])
	case call.Op != nil && call.Op.Name == "+" && len(args) == 2:
		return grows(args[0]) && !readsNow(args[1]) || grows(args[1]) && !readsNow(args[0])
	case call.Op != nil && call.Op.Name == "-" && len(args) == 2:
		return grows(args[0]) && !readsNow(args[1])
	case call.Fn.Name == "date_trunc" && len(args) >= 2:
		return !readsNow(args[0]) && grows(args[1])
	}
	return false
}
