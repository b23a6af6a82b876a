package expr

import (
	"github.com/kalamsql/kalamsql/sql/types"
)

// InList is left IN (list), or NOT IN. Test is "=" over the row [left, item].
type InList struct {
	boolean
	Left    Expr
	List    []Expr
	Negated bool
	Test    Expr
	set     *valueSet
}

// NewIn makes IN (list). Two items or more that read no column are compared as a set, if they
// have one comparable type; all others with an operator each, as in PostgreSQL.
func (y *Typing) NewIn(left Expr, list []Expr, negated bool, loc int) (Expr, error) {
	op := "="
	if negated {
		op = "<>"
	}
	var parts []Expr
	if set, others, err := y.inSet(left, list, negated, loc); err != nil {
		return nil, err
	} else if set != nil {
		parts, list = append(parts, set), others
	}
	for _, x := range list {
		cmp, err := y.Compare(op, left, x, loc)
		if err != nil {
			return nil, err
		}
		parts = append(parts, cmp)
	}
	switch {
	case len(parts) == 1:
		return parts[0], nil
	case negated:
		return NewAnd(parts...), nil
	}
	return NewOr(parts...), nil
}

// inSet compares those items of a list as a set that can be, and gives the others; nil if
// there is no such set.
func (y *Typing) inSet(left Expr, list []Expr, negated bool, loc int) (set Expr, others []Expr, err error) {
	var items []Expr
	for _, x := range list {
		if readsColumn(x) {
			others = append(others, x)
		} else {
			items = append(items, x)
		}
	}
	if _, isRow := left.(*RowExpr); isRow || len(items) < 2 {
		return nil, nil, nil
	}
	t, _, ok := y.commonType(append([]Expr{left}, items...))
	if !ok || t == types.RecordType || y.ownEquality(left.Type(), t) {
		return nil, nil, nil
	}
	for i, x := range items {
		if items[i], err = y.Coerce(x, t, types.NoTypmod, Implicit); err != nil {
			return nil, nil, err
		}
	}
	l, _, test, err := y.comparison("=", left, &Column{Index: 1, T: t, Mod: types.NoTypmod}, loc)
	if err != nil {
		return nil, nil, err
	}
	e := &InList{Left: l, List: items, Negated: negated, Test: test}
	e.index()
	return e, others, nil
}

func readsColumn(e Expr) (reads bool) {
	Walk(e, func(e Expr) bool {
		_, is := e.(*Column)
		reads = reads || is
		return !reads
	})
	return reads
}

// inSetSize is from how many constant items on a hash set is worth it.
const inSetSize = 8

func (e *InList) index() {
	if len(e.List) < inSetSize || !plainEquality(e.Test) {
		return
	}
	var vals []types.Datum
	for _, x := range e.List {
		k, ok := x.(*Const)
		if !ok {
			return
		}
		vals = append(vals, k.Value)
	}
	e.set = newValueSet(e.Left.Type(), vals)
}

func (e *InList) Children() []Expr { return append([]Expr{e.Left}, e.List...) }
func (e *InList) WithChildren(c []Expr) Expr {
	n := *e
	n.Left, n.List, n.set = c[0], c[1:], nil
	n.index()
	return &n
}

// Eval compares until an item is equal.
func (e *InList) Eval(c *Context, row types.Row) (types.Datum, error) {
	l, err := e.Left.Eval(c, row)
	if err != nil {
		return types.Null, err
	}
	out := types.Bool(false)
	if e.set != nil {
		out = e.set.contains(l)
	} else {
		var pair [2]types.Datum
		pair[0] = l
		for _, x := range e.List {
			if pair[1], err = x.Eval(c, row); err != nil {
				return types.Null, err
			}
			v, err := e.Test.Eval(c, pair[:])
			if err != nil {
				return types.Null, err
			}
			if v.Bool() {
				out = v
				break
			}
			if v.IsNull() {
				out = types.Null
			}
		}
	}
	if out.IsNull() {
		return out, nil
	}
	return types.Bool(out.Bool() != e.Negated), nil
}
