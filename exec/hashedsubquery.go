package exec

import (
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// hashedRows are all rows that a correlated subquery can have, by its keys.
type hashedRows struct {
	rows  []types.Row
	byKey *rowTable[[]int]
	// empty is the row of aggregates over nothing; nil if that has no row.
	empty types.Row
	key   types.Row
	pair  types.Row // what the subquery is given, and one of rows
	// args and test are where what the subquery is given is computed.
	args, test types.Row
	// only: it counts whether there is a row for a key, and of each one at most is kept.
	only bool
}

// of computes a correlated subquery for a row around it from all its rows.
func (s *subquery) of(rt *Runtime, row types.Row) (types.Datum, error) {
	have := s.hashed
	if err := evalInto(rt, have.args, s.link.Args, row); err != nil {
		return types.Null, err
	}
	if have.only {
		at, err := have.find(rt, s.link.Hashed, have.args)
		return types.Bool(len(at) > 0), err
	}
	if err := evalInto(rt, have.test, s.link.Test, row); err != nil {
		return types.Null, err
	}
	return s.lookUp(rt, have.args, have.test)
}

// lookUp computes a correlated subquery from all its rows.
func (s *subquery) lookUp(rt *Runtime, args, test types.Row) (types.Datum, error) {
	link, h := s.link, s.link.Hashed
	if s.hashed == nil {
		if err := s.readHashed(rt); err != nil {
			return types.Null, err
		}
	}
	have := s.hashed
	copy(have.pair, args)
	most := link.MostRows()
	var found []types.Row
	take := func(row types.Row) error {
		copy(have.pair[len(args):], row)
		if h.Cond != nil {
			v, err := h.Cond.Eval(rt.Eval, have.pair)
			if err != nil || !v.Bool() {
				return err
			}
		}
		if link.Kind == plan.ExistsLink {
			found = append(found, row)
			return nil
		}
		out := make(types.Row, len(h.Exprs))
		found = append(found, out)
		return evalInto(rt, out, h.Exprs, have.pair)
	}
	at, err := have.find(rt, h, args)
	if err != nil {
		return types.Null, err
	}
	// EXISTS begins with the row that was found before, and else with the newest: there is a later one, or
	// an earlier, for most rows by the same.
	for i := range at {
		if most >= 0 && len(found) >= most {
			break
		}
		if i%1024 == 1023 {
			if err := rt.interrupted(); err != nil {
				return types.Null, err
			}
		}
		if link.Kind == plan.ExistsLink {
			i = len(at) - 1 - i
		}
		if err := take(have.rows[at[i]]); err != nil {
			return types.Null, err
		}
		if link.Kind == plan.ExistsLink && len(found) > 0 {
			at[i], at[len(at)-1] = at[len(at)-1], at[i]
		}
	}
	if len(at) == 0 && have.empty != nil {
		if err := take(have.empty); err != nil {
			return types.Null, err
		}
	}
	return link.Value(rt.Eval, test, found)
}

// find gives the rows that have the keys of args. A NULL key has none.
func (r *hashedRows) find(rt *Runtime, h *plan.HashedLink, args types.Row) ([]int, error) {
	for i, k := range h.LeftKeys {
		v, err := k.Eval(rt.Eval, args)
		if err != nil || v.IsNull() {
			return nil, err
		}
		r.key[i] = v
	}
	if at := r.byKey.find(r.key); at != nil {
		return *at, nil
	}
	return nil, nil
}

// readHashed reads all rows.
func (s *subquery) readHashed(rt *Runtime) error {
	h := s.link.Hashed
	r := &hashedRows{key: make(types.Row, len(h.RightKeys)), pair: make(types.Row, len(s.link.Args)+len(h.Rows.Columns()))}
	ts := make([]*types.Type, len(h.RightKeys))
	for i, k := range h.RightKeys {
		ts[i] = k.Type()
	}
	r.byKey = newRowTable[[]int](ts)
	r.args, r.test = make(types.Row, len(s.link.Args)), make(types.Row, len(s.link.Test))
	r.only = s.link.Kind == plan.ExistsLink && h.Cond == nil && h.Empty == nil
	err := eachRow(rt, h.Rows, func(row types.Row) error {
		null := false
		for i, k := range h.RightKeys {
			v, err := k.Eval(rt.Eval, row)
			if err != nil {
				return err
			}
			r.key[i] = v
			null = null || v.IsNull()
		}
		if !null {
			list, isNew := r.byKey.at(r.key)
			if r.only && !isNew {
				return nil
			}
			*list = append(*list, len(r.rows))
			r.rows = append(r.rows, row.Clone())
		}
		return nil
	})
	if err == nil && h.Empty != nil {
		err = eachRow(rt, h.Empty, func(row types.Row) error {
			r.empty = append(make(types.Row, len(h.Rows.Columns())-len(row)), row...)
			return nil
		})
	}
	s.hashed = r
	return err
}

// eachRow runs a plan to its end.
func eachRow(rt *Runtime, n plan.Node, f func(types.Row) error) error {
	op, err := Build(rt, n)
	if err != nil {
		return err
	}
	defer op.Close()
	for i := 0; ; i++ {
		row, err := op.Next()
		if row == nil || err != nil {
			return err
		}
		if err := f(row); err != nil {
			return err
		}
		if i%1024 == 1023 {
			if err := rt.interrupted(); err != nil {
				return err
			}
		}
	}
}
