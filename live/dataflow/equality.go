package dataflow

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Equality says that a row of the result has one of these values in the column
// with that attribute number.
type Equality struct {
	Num int16
	// Type is the type the values and the column are hashed under: values that
	// the query calls equal hash equal under it.
	Type   *types.Type
	Values []types.Datum // none NULL
}

// Equalities finds the conjuncts of the conditions that fix a column. They only
// narrow: the whole condition is still evaluated, so what is overlooked here
// costs time and nothing else.
func Equalities(conditions []expr.Expr, t *catalog.Table, c *expr.Context) []Equality {
	var found []Equality
	for _, cond := range conditions {
		for _, term := range conjuncts(cond) {
			if e, ok := equality(term, t, c); ok {
				found = append(found, e)
			}
		}
	}
	return found
}

// equality reads one conjunct: column = value, or column IN (values).
func equality(term expr.Expr, t *catalog.Table, c *expr.Context) (Equality, bool) {
	var column expr.Expr
	var values []expr.Expr
	switch e := term.(type) {
	case *expr.Call:
		if e.Form != expr.FormOperator || e.Op == nil || e.Op.Name != "=" || len(e.Args) != 2 {
			return Equality{}, false
		}
		column, values = e.Args[0], e.Args[1:]
		if fixed(column) {
			column, values = e.Args[1], e.Args[:1]
		}
	case *expr.InList:
		if e.Negated {
			return Equality{}, false
		}
		column, values = e.Left, e.List
	default:
		return Equality{}, false
	}
	num, under, ok := plainColumn(column, t)
	if !ok {
		return Equality{}, false
	}
	found := Equality{Num: num, Type: under}
	for _, value := range values {
		if hashClass(value.Type()) != under || !fixed(value) {
			return Equality{}, false
		}
		v, err := value.Eval(c, nil)
		if err != nil {
			return Equality{}, false
		}
		if !v.IsNull() { // NULL equals nothing
			found.Values = append(found.Values, v)
		}
	}
	return found, len(found.Values) > 0
}

// plainColumn finds the table column that an expression is, alone or under a
// change of type that keeps what it is hashed by, and the type to hash it
// under.
func plainColumn(e expr.Expr, t *catalog.Table) (int16, *types.Type, bool) {
	under := hashClass(e.Type())
	for {
		var arg expr.Expr
		switch cast := e.(type) {
		case *expr.Relabel:
			arg = cast.Arg
		case *expr.Call: // int4 to int8 and the like
			if cast.Form == expr.FormImplicitCast && len(cast.Args) == 1 && under == types.Int8 {
				arg = cast.Args[0]
			}
		}
		if arg == nil || hashClass(arg.Type()) != under {
			break
		}
		e = arg
	}
	c, ok := e.(*expr.Column)
	if !ok || under == nil || c.Index >= len(t.Columns) || hashClass(t.Columns[c.Index].Type.Type) != under {
		return 0, nil, false
	}
	return t.Columns[c.Index].Num, under, true
}

// hashClass gives the type whose hash serves t: integers of all widths compare
// with each other, and so do text and varchar. Nil for types that are not
// routed by.
func hashClass(t *types.Type) *types.Type {
	switch t {
	case types.Int2, types.Int4, types.Int8:
		return types.Int8
	case types.Text, types.Varchar:
		return types.Text
	case types.Boolean, types.UUID, types.Date, types.Timestamp, types.TimestampTZ, types.Numeric, types.Name, types.Bytea, types.BPChar:
		return t
	}
	if t != nil && t.Kind == types.KindEnum {
		return types.Text
	}
	return nil
}

// fixed says whether an expression reads no column.
func fixed(e expr.Expr) bool {
	ok := true
	expr.Walk(e, func(e expr.Expr) bool {
		switch e.(type) {
		case *expr.Column, *expr.OuterColumn:
			ok = false
		}
		return ok
	})
	return ok
}

// conjuncts takes a condition apart at its ANDs.
func conjuncts(e expr.Expr) []expr.Expr {
	and, ok := e.(*expr.And)
	if !ok {
		return []expr.Expr{e}
	}
	var all []expr.Expr
	for _, arg := range and.Args {
		all = append(all, conjuncts(arg)...)
	}
	return all
}
