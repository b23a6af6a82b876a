package exec

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
	"github.com/kalamsql/kalamsql/tables/blocks"
)

// conditions divides the filter of a scan into what the cursor may check, and the rest.
// The terms of a filter are looked at in their order, and one that fails, as a division
// by zero does, is not to be reached by rows that an earlier one has left out, nor left
// out for others: so only the first terms go to the cursor, as many as it knows.
func conditions(c *expr.Context, n *plan.Scan) (list []tables.Condition, rest expr.Expr, err error) {
	terms := plan.Conjuncts(n.Filter)
	for i, term := range terms {
		cond, ok, err := condition(c, n, term)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			rest = term
			for _, more := range terms[i+1:] {
				rest = expr.NewAnd(rest, more)
			}
			return list, rest, nil
		}
		list = append(list, cond)
	}
	return list, nil, nil
}

var conditionOps = map[string]blocks.Op{"=": blocks.Equal, "<>": blocks.NotEqual, "<": blocks.Less, "<=": blocks.LessOrEqual, ">": blocks.Greater, ">=": blocks.GreaterOrEqual}

// turned are the comparisons of the same values the other way round.
var turned = map[blocks.Op]blocks.Op{blocks.Equal: blocks.Equal, blocks.NotEqual: blocks.NotEqual, blocks.Less: blocks.Greater, blocks.LessOrEqual: blocks.GreaterOrEqual, blocks.Greater: blocks.Less, blocks.GreaterOrEqual: blocks.LessOrEqual}

// condition takes a term that compares a column with a constant or a parameter.
func condition(c *expr.Context, n *plan.Scan, term expr.Expr) (cond tables.Condition, ok bool, err error) {
	call, is := term.(*expr.Call)
	if !is || call.Op == nil || len(call.Args) != 2 {
		return cond, false, nil
	}
	op, is := conditionOps[call.Op.Name]
	if !is {
		return cond, false, nil
	}
	column, is := call.Args[0].(*expr.Column)
	value := call.Args[1]
	if !is {
		if column, is = value.(*expr.Column); !is {
			return cond, false, nil
		}
		value, op = call.Args[0], turned[op]
	}
	switch value.(type) {
	case *expr.Const, *expr.Param:
	default:
		return cond, false, nil
	}
	if column.Index >= len(n.Table.Columns) {
		return cond, false, nil
	}
	of, with := column.Type(), value.Type()
	var form blocks.Form
	switch {
	case call.Fn.Args[0] != of && call.Fn.Args[0] != with || call.Fn.Args[1] != of && call.Fn.Args[1] != with:
		return cond, false, nil // another one's operator
	case wholeNumber(of) && wholeNumber(with), of == with && (of == types.Date || of == types.Timestamp || of == types.TimestampTZ):
		form = blocks.Ints
	case of == types.Float8 && with == types.Float8:
		form = blocks.Floats
	case of == types.Text && with == types.Text && (op == blocks.Equal || op == blocks.NotEqual):
		form = blocks.Strings
	case of == types.Numeric && with == types.Numeric:
		form = blocks.Decimals
	default:
		return cond, false, nil
	}
	v, err := value.Eval(c, nil)
	if err != nil || v.IsNull() || form == blocks.Floats && math.IsNaN(v.Float()) {
		return cond, false, err
	}
	return tables.Condition{Column: column.Index, Op: op, Value: v, Form: form}, true, nil
}

func wholeNumber(t *types.Type) bool {
	return t == types.Int2 || t == types.Int4 || t == types.Int8
}
