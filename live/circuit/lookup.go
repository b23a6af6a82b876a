package circuit

import (
	"errors"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// lookup adds a column to its input: the value of a subquery. The rows that the
// subquery can have at all are kept by what the input's rows look for.
type lookup struct {
	input, rows operator
	link        *plan.SubLink
	// leftKeys are over link.Args (or Test, see member), rightKeys over the rows.
	leftKeys, rightKeys []expr.Expr
	// membership: x IN (subquery that reads nothing around it), by value.
	membership bool
	cond       expr.Expr   // over Args and a row; nil for none
	exprs      []expr.Expr // over Args and a row: the subquery's columns; nil: the row
	empty      plan.Node   // what an aggregate gives without rows
	evaluate   evaluate

	found *keyed[*answers]
	// want is the arrangement of the rows that is shared with others; nil: found has them.
	want    *Want
	askers  map[string]*asker
	types   []*types.Type
	total   int // rows
	nulls   int // rows whose key is NULL
	nothing types.Row
	meter   *meter
}

// answers is the subquery's rows with one key, and the rows that look for them.
type answers struct {
	bucket
	askers  map[*asker]struct{}
	touched int // the last tick that changed the rows
}

// asker is a row of the input.
type asker struct {
	id         string
	row        types.Row // with the value
	args, test types.Row
	slot       *slot[*answers] // nil: its key is NULL
	done       int             // the last tick that computed its value
}

func (o *lookup) step(t *tick) ([]Change, error) {
	in, err := o.input.step(t)
	if err != nil {
		return nil, err
	}
	some, touched, everyone, err := o.keep(t)
	if len(in) == 0 && !some || err != nil {
		return nil, err
	}
	out := newAccumulator(o.types)
	for i, ch := range in {
		out.cause = ch.Cause
		if ch.Old != nil {
			if a := o.askers[ch.ID]; a != nil {
				out.remove(ch.ID, a.row)
				o.forget(a)
			}
		}
		if ch.New != nil {
			if err := o.ask(t, ch.ID, ch.New, out); err != nil {
				return nil, err
			}
		}
		if err := t.interrupted(i); err != nil {
			return nil, err
		}
	}
	out.cause = Updated // what looks for the rows is there already
	if everyone {
		for _, a := range o.askers {
			if _, err := o.askAgain(t, a, out); err != nil {
				return nil, err
			}
		}
		return out.changes(), nil
	}
	for _, s := range touched {
		for a := range s.askers {
			again, err := o.askAgain(t, a, out)
			if err != nil {
				return nil, err
			}
			if !again && len(a.args)+len(a.test) == 0 {
				break // the value is the same for all
			}
		}
	}
	return out.changes(), nil
}

// give gives the rows there are with their values.
func (o *lookup) give(t *tick, _ Use, do func(Change) error) error {
	if _, _, _, err := o.keep(t); err != nil {
		return err
	}
	out := given{do: do}
	return each(t, o.input, toKeep, func(ch Change) error {
		out.cause = ch.Cause
		if err := o.ask(t, ch.ID, ch.New, &out); err != nil {
			return err
		}
		return out.err
	})
}

// keep takes the changes of the subquery's rows, if there are some. It gives the answers
// that have changed, or says that everyone's have.
func (o *lookup) keep(t *tick) (some bool, touched []*answers, everyone bool, err error) {
	var rows []Change
	if o.want == nil || t.n > 1 { // the first step finds them in the arrangement
		if rows, err = o.rows.step(t); err != nil {
			return false, nil, false, err
		}
	}
	if o.want != nil {
		is := o.want.totals(t.at.After)
		o.total, o.nulls = is.rows, is.nulls
	}
	if t.n == 1 && o.empty != nil {
		list, err := o.evaluate(t.c, &plan.Plan{Root: o.empty}, nil)
		if err != nil {
			return false, nil, false, err
		}
		if len(list) > 0 {
			o.nothing = append(make(types.Row, len(o.link.Hashed.Rows.Columns())-len(list[0])), list[0]...)
		}
	}
	before := count{o.total, o.nulls}
	if o.want != nil {
		before = o.want.totals(t.at.Before)
	}
	key := make(types.Row, len(o.rightKeys))
	for _, ch := range rows {
		for _, sign := range [2]int{-1, +1} {
			row := ch.Old
			if sign > 0 {
				row = ch.New
			}
			if row == nil {
				continue
			}
			null, err := evalKey(t.c, key, o.rightKeys, row)
			if err != nil {
				return false, nil, false, err
			}
			a := o.change(key, null, ch.ID, row, sign)
			if a != nil && a.touched != t.n {
				a.touched = t.n
				touched = append(touched, a)
			}
		}
	}
	everyone = o.membership && ((before.rows > 0) != (o.total > 0) || (before.nulls > 0) != (o.nulls > 0))
	return len(rows) > 0, touched, everyone, nil
}

// change keeps or drops one of the subquery's rows, unless that is done for all
// who share the arrangement. It gives the answers it is of, nil for none.
func (o *lookup) change(key types.Row, null bool, id string, row types.Row, sign int) *answers {
	if o.want != nil {
		if s := o.found.find(key); !null && s != nil {
			return s.value
		}
		return nil
	}
	o.total += sign
	if null {
		o.nulls += sign
		return nil
	}
	s, isNew := o.found.at(key)
	if isNew {
		s.value = &answers{askers: map[*asker]struct{}{}}
	}
	if sign < 0 {
		s.value.take(id)
		o.meter.drop(row)
	} else {
		s.value.put(&member{id: id, row: row})
		o.meter.add(row)
	}
	o.tidy(s)
	return s.value
}

// tidy drops answers that nobody looks for and that are none.
func (o *lookup) tidy(s *slot[*answers]) {
	if len(s.value.members) == 0 && len(s.value.askers) == 0 {
		if o.want != nil {
			o.want.unwatch(s.key)
		}
		o.found.drop(s)
	}
}

// ask adds a row of the input.
func (o *lookup) ask(t *tick, id string, row types.Row, out pairs) error {
	a := &asker{id: id, done: t.n, args: make(types.Row, len(o.link.Args)), test: make(types.Row, len(o.link.Test))}
	if err := evalRow(t.c, a.args, o.link.Args, row); err != nil {
		return err
	}
	if err := evalRow(t.c, a.test, o.link.Test, row); err != nil {
		return err
	}
	of := a.args
	if o.membership {
		of = a.test
	}
	key := make(types.Row, len(o.leftKeys))
	null, err := evalKey(t.c, key, o.leftKeys, of)
	if err != nil {
		return err
	}
	if !null {
		s, isNew := o.found.at(key)
		if isNew {
			s.value = &answers{askers: map[*asker]struct{}{}}
			if o.want != nil {
				o.want.watch(key)
			}
		}
		a.slot = s
		s.value.askers[a] = struct{}{}
	}
	v, err := o.value(t, a)
	if err != nil {
		return err
	}
	a.row = append(append(make(types.Row, 0, len(row)+1), row...), v)
	o.askers[id] = a
	o.meter.add(a.row)
	out.add(id, a.row)
	return nil
}

func (o *lookup) forget(a *asker) {
	delete(o.askers, a.id)
	o.meter.drop(a.row)
	if a.slot != nil {
		delete(a.slot.value.askers, a)
		o.tidy(a.slot)
	}
}

// askAgain computes the value of a row whose answers have changed, unless this
// step has done so; it gives false when the value has stayed the same.
func (o *lookup) askAgain(t *tick, a *asker, out *accumulator) (other bool, err error) {
	if a.done == t.n {
		return true, nil
	}
	a.done = t.n
	v, err := o.value(t, a)
	if err != nil {
		return false, err
	}
	last := len(a.row) - 1
	if types.Identical(o.types[last], a.row[last], v) {
		return false, nil
	}
	out.remove(a.id, a.row)
	a.row = append(a.row[:last:last].Clone(), v)
	out.add(a.id, a.row)
	return true, nil
}

// value computes the subquery for one row, as package exec does.
func (o *lookup) value(t *tick, a *asker) (types.Datum, error) {
	if o.membership {
		return o.isMember(t, a)
	}
	most := o.link.MostRows()
	var rows []types.Row
	take := func(row types.Row) error {
		pair := append(append(make(types.Row, 0, len(a.args)+len(row)), a.args...), row...)
		if o.cond != nil {
			v, err := o.cond.Eval(t.c, pair)
			if err != nil || !v.Bool() {
				return err
			}
		}
		if o.exprs == nil || o.link.Kind == plan.ExistsLink {
			rows = append(rows, row)
			return nil
		}
		out := make(types.Row, len(o.exprs))
		rows = append(rows, out)
		return evalRow(t.c, out, o.exprs, pair)
	}
	there := false
	err := o.eachAnswer(t, a, func(row types.Row) error {
		there = true
		if most >= 0 && len(rows) >= most {
			return errEnough
		}
		return take(row)
	})
	if err != nil && err != errEnough {
		return types.Null, err
	}
	if !there && o.nothing != nil {
		if err := take(o.nothing); err != nil {
			return types.Null, err
		}
	}
	return o.link.Value(t.c, a.test, rows)
}

// errEnough ends eachAnswer.
var errEnough = errors.New("enough rows")

// eachAnswer gives the subquery's rows with a row's key, in their order, until do
// fails.
func (o *lookup) eachAnswer(t *tick, a *asker, do func(row types.Row) error) error {
	if a.slot == nil {
		return nil
	}
	i := 0
	next := func(_ string, row types.Row) error {
		if err := do(row); err != nil {
			return err
		}
		i++
		return t.interrupted(i)
	}
	if o.want != nil {
		return o.want.each(a.slot.key, t.at.After, next)
	}
	for _, m := range a.slot.value.members {
		if err := next(m.id, m.row); err != nil {
			return err
		}
	}
	return nil
}

// isMember is x IN (rows) in three-valued logic.
func (o *lookup) isMember(t *tick, a *asker) (types.Datum, error) {
	if o.total == 0 {
		return types.Bool(false), nil
	}
	if a.slot == nil {
		return types.Null, nil
	}
	switch err := o.eachAnswer(t, a, func(types.Row) error { return errEnough }); {
	case err == errEnough:
		return types.Bool(true), nil
	case err != nil:
		return types.Null, err
	case o.nulls > 0:
		return types.Null, nil
	}
	return types.Bool(false), nil
}

func (o *lookup) inputs() []operator { return []operator{o.input, o.rows} }

func (o *lookup) String() string {
	s := "Look up " + expr.String(o.link)
	for i, k := range o.rightKeys {
		if i == 0 {
			s += " by "
		} else {
			s += ", "
		}
		s += expr.String(k)
	}
	if o.want != nil {
		s += ", Shared: " + o.want.String()
	}
	return s
}
