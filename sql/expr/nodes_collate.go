package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Collate is arg COLLATE name: the value, ordered by another collation.
type Collate struct {
	Arg       Expr
	Collation *types.Collation
	Name      string // for display
}

func (e *Collate) Type() *types.Type { return e.Arg.Type() }
func (e *Collate) Typmod() int32     { return e.Arg.Typmod() }
func (e *Collate) Children() []Expr  { return []Expr{e.Arg} }
func (e *Collate) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Eval passes the value.
func (e *Collate) Eval(c *Context, row types.Row) (types.Datum, error) { return e.Arg.Eval(c, row) }

// CollationKey is what a text is ordered by under a collation: whatever compares texts
// for their order compares these instead, so that nothing behind the binding of
// expressions knows of collations.
type CollationKey struct {
	Arg       Expr
	Collation *types.Collation
}

func (e *CollationKey) Type() *types.Type { return types.Bytea }
func (e *CollationKey) Typmod() int32     { return types.NoTypmod }
func (e *CollationKey) Children() []Expr  { return []Expr{e.Arg} }
func (e *CollationKey) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Eval computes the key; NULL has none.
func (e *CollationKey) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return v, err
	}
	return types.String(e.Collation.Key(v.Str())), nil
}

// Collatable says whether a type has collations.
func Collatable(t *types.Type) bool {
	for t.Kind == types.KindDomain {
		t = t.Base
	}
	if t.IsArray() {
		t = t.Elem
	}
	return t == types.Text || t == types.Varchar || t == types.BPChar || t == types.Name || t == types.Unknown || t.Folds()
}

// CollationOf is the collation by which an expression is ordered, if not by bytes: that
// of COLLATE, or of the columns that it is computed from.
func CollationOf(e Expr) *types.Collation {
	switch n := e.(type) {
	case *Collate:
		return n.Collation
	case *Column:
		return n.Collation
	case interface{ OrderedBy() *types.Collation }:
		return n.OrderedBy()
	case *CollationKey, *Const, *Param:
		return nil
	}
	if !Collatable(e.Type()) {
		return nil
	}
	for _, k := range e.Children() {
		if c := CollationOf(k); c != nil {
			return c
		}
	}
	return nil
}

// InOrder gives an expression in the form by which it is ordered.
func InOrder(e Expr) Expr {
	if c := CollationOf(e); !c.ByBytes() && Collatable(e.Type()) && !e.Type().IsArray() {
		return &CollationKey{Arg: e, Collation: c}
	}
	return e
}

// collated gives a comparison of texts by the collation of either, unless that is the
// order of bytes; nil if it is.
func (y *Typing) collated(name string, left, right Expr, loc int) (Expr, error) {
	switch name {
	case "<", "<=", ">", ">=":
	default:
		return nil, nil
	}
	if left == nil || !Collatable(left.Type()) || !Collatable(right.Type()) {
		return nil, nil
	}
	c := CollationOf(left)
	if c == nil {
		c = CollationOf(right)
	}
	if c.ByBytes() {
		return nil, nil
	}
	var sides [2]Expr
	for i, side := range []Expr{left, right} {
		text, err := y.Coerce(side, types.Text, types.NoTypmod, Implicit)
		if err != nil {
			return nil, err
		}
		sides[i] = &CollationKey{Arg: text, Collation: c}
	}
	return y.ResolveOperator(name, sides[0], sides[1], loc)
}

// compareBy compares values of a type, texts by a collation unless that is nil or the order
// of bytes.
func compareBy(t *types.Type, c *types.Collation, a, b types.Datum) int {
	if c.ByBytes() {
		return t.Compare(a, b)
	}
	return strings.Compare(c.Key(a.Str()), c.Key(b.Str()))
}

// orderOf is the collation that texts of a list are compared by, nil for the order of bytes.
func orderOf(list []Expr) *types.Collation {
	for _, e := range list {
		if c := CollationOf(e); Collatable(e.Type()) && !e.Type().IsArray() && !c.ByBytes() {
			return c
		}
	}
	return nil
}

// Collated gives a min or max that compares as its arguments are ordered; the function itself
// where that is by bytes, and where it is another.
func Collated(f *Function, args []Expr) *Function {
	c := orderOf(args)
	if c == nil || f.Routine || f.Name != "min" && f.Name != "max" {
		return f
	}
	by := *f
	by.Collation = c
	by.Aggregate = func(_ []*types.Type, t *types.Type) Aggregate {
		return &extremeAgg{t: t, greatest: f.Name == "max", collation: c}
	}
	return &by
}
