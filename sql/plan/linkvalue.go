package plan

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// MostRows is how many rows of its query decide a sublink's value; -1 for all.
func (e *SubLink) MostRows() int {
	switch e.Kind {
	case ExistsLink:
		return 1
	case ScalarLink, RowLink:
		return 2 // one too many
	}
	return -1
}

// Value is the value of a sublink from the first MostRows rows of its query. test
// has the values of Test. The error of a second row where one may be is 21000.
func (e *SubLink) Value(c *expr.Context, test types.Row, rows []types.Row) (types.Datum, error) {
	switch e.Kind {
	case ExistsLink:
		return types.Bool(len(rows) > 0), nil
	case AnyLink, AllLink:
		return e.quantified(c, test, rows)
	case ArrayLink:
		return e.array(rows)
	}
	switch {
	case len(rows) == 0:
		return types.Null, nil
	case len(rows) > 1:
		return types.Null, sqlerr.New(sqlerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")
	case e.Kind == RowLink:
		return e.Compare.Eval(c, append(slices.Clone(test), rows[0]...))
	}
	return rows[0][e.Column], nil
}

// quantified is test op ANY or ALL (rows), in three-valued logic.
func (e *SubLink) quantified(c *expr.Context, test types.Row, rows []types.Row) (types.Datum, error) {
	any := e.Kind == AnyLink
	unknown := false
	width := len(test)
	pair := append(append(make(types.Row, 0, 2*width), test...), make(types.Row, width)...)
	for i, row := range rows {
		if i%1024 == 1023 && c.Ctx != nil && c.Ctx.Err() != nil {
			return types.Null, context.Cause(c.Ctx)
		}
		copy(pair[width:], row)
		v, err := e.Compare.Eval(c, pair)
		switch {
		case err != nil:
			return types.Null, err
		case v.IsNull():
			unknown = true
		case v.Bool() == any:
			return types.Bool(any), nil
		}
	}
	if unknown {
		return types.Null, nil
	}
	return types.Bool(!any), nil
}

// array is ARRAY(SELECT ...): the values of the only column, or an array of one
// more dimension when they are arrays.
func (e *SubLink) array(rows []types.Row) (types.Datum, error) {
	column := e.Query.Columns()[0].Type
	if !column.IsArray() {
		elems := make([]types.Datum, len(rows))
		for i, r := range rows {
			elems[i] = r[0]
		}
		return types.ArrayDatum(column, elems), nil
	}
	out := &types.Array{Elem: column.Elem}
	for _, r := range rows {
		if r[0].IsNull() {
			return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "cannot accumulate null arrays")
		}
		a := r[0].Array()
		switch {
		case len(a.Dims) == 0:
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "cannot accumulate empty arrays")
		case out.Dims == nil:
			out.Dims, out.Lower = append([]int{0}, a.Dims...), append([]int{1}, a.Lower...)
		case !slices.Equal(out.Dims[1:], a.Dims):
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
		}
		out.Dims[0]++
		out.Elems = append(out.Elems, a.Elems...)
	}
	return types.Object(out), nil
}

// Membership says whether the sublink is x IN (...), of one value and type, so
// that its rows can be looked up by hash.
func (e *SubLink) Membership() bool {
	call, ok := e.Compare.(*expr.Call)
	if e.Kind != AnyLink || !ok || call.Op == nil || call.Op.Name != "=" || len(e.Test) != 1 {
		return false
	}
	l, lok := call.Args[0].(*expr.Column)
	r, rok := call.Args[1].(*expr.Column)
	return lok && rok && l.T.Same(r.T) && l.T.Comparable()
}

// AsMembership turns x = (SELECT max(y) ...) within an expression into x IN (SELECT max(y) ...), which is the same where
// the subquery reads nothing around it and has always one row: so whoever keeps the rows that look for one value need not
// look at all of them when it changes.
func AsMembership(e expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		call, ok := e.(*expr.Call)
		if !ok || call.Op == nil || call.Op.Name != "=" || len(call.Args) != 2 {
			return e
		}
		for i, arg := range call.Args {
			link, ok := arg.(*SubLink)
			test := call.Args[1-i]
			if !ok || link.Kind != ScalarLink || !link.Stable || len(link.Args) > 0 || !oneRow(link.Query) || !hasColumn(test) {
				continue
			}
			in := *link
			in.Kind, in.T, in.Mod, in.Test, in.op, in.Hashed = AnyLink, call.T, types.NoTypmod, []expr.Expr{test}, "=", nil
			column := link.Query.Columns()[link.Column]
			compare := *call
			compare.Args = []expr.Expr{&expr.Column{T: test.Type(), Mod: test.Typmod()}, &expr.Column{Index: 1, T: column.Type, Mod: column.Typmod, Name: column.Name}}
			if in.Compare = &compare; len(link.Query.Columns()) == 1 && in.Membership() {
				return &in
			}
		}
		return e
	})
}

// oneRow says whether a query gives one row, whatever there is.
func oneRow(n Node) bool {
	if p, ok := n.(*Project); ok && !p.Sets {
		n = p.Input
	}
	a, ok := n.(*Aggregate)
	return ok && a.Plain && a.Sets == nil
}

// hasColumn says whether an expression reads a column.
func hasColumn(e expr.Expr) (found bool) {
	expr.Walk(e, func(e expr.Expr) bool {
		_, column := e.(*expr.Column)
		found = found || column
		return !found
	})
	return found
}
