package expr

import (
	"math"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

func numberItem(v int64) pathItem { return pathItem{json: types.NewJSONNumber(apd.New(v, 0))} }

// decimalItem is an item of a result that has to be brought to its normal form.
func decimalItem(d *apd.Decimal) (pathItem, error) {
	v, err := types.NumericDatum(d)
	return pathItem{json: types.NewJSONNumber(d)}, errorOf(v, err)
}

func errorOf(_ types.Datum, err error) error { return err }

// pathArithmetic are the binary operators.
var pathArithmetic = map[types.PathOp]func(x, y *apd.Decimal) (*apd.Decimal, error){
	types.PathAdd: func(x, y *apd.Decimal) (*apd.Decimal, error) { return numericAdd(x, y), nil },
	types.PathSub: func(x, y *apd.Decimal) (*apd.Decimal, error) { return numericSub(x, y), nil },
	types.PathMul: func(x, y *apd.Decimal) (*apd.Decimal, error) { return numericMul(x, y), nil },
	types.PathDiv: numericDiv,
	types.PathMod: numericMod,
}

// arithmetic is a binary operator, of two single numbers.
func (e *pathEval) arithmetic(n *types.PathNode, at pathItem, found *pathItems) (pathResult, error) {
	left, res, err := e.values(n.Left, at, true)
	if err != nil || res == pathFailed {
		return pathFailed, err
	}
	right, res, err := e.values(n.Right, at, true)
	if err != nil || res == pathFailed {
		return pathFailed, err
	}
	single := func(items pathItems) bool { return len(items) == 1 && items[0].is(types.JSONNumber) }
	const message = " operand of jsonpath operator %s is not a single numeric value"
	if !single(left) {
		return e.fail(sqlerr.SingletonSQLJSONItemRequired, "left"+message, n.Op)
	}
	if !single(right) {
		return e.fail(sqlerr.SingletonSQLJSONItemRequired, "right"+message, n.Op)
	}
	d, err := pathArithmetic[n.Op](left[0].json.Num, right[0].json.Num)
	var v pathItem
	if err == nil {
		v, err = decimalItem(new(apd.Decimal).Set(d))
	}
	switch {
	case err != nil && e.silent:
		return pathFailed, nil
	case err != nil:
		return pathFailed, err
	}
	return e.next(n, v, found)
}

func negated(x *apd.Decimal) *apd.Decimal {
	out := copyOf(x)
	out.Negative = !out.Negative
	return out
}

// sign is + or - before a value: of each of its numbers.
func (e *pathEval) sign(n *types.PathNode, at pathItem, found *pathItems) (pathResult, error) {
	values, res, err := e.values(n.Left, at, true)
	if err != nil || res == pathFailed {
		return pathFailed, err
	}
	out := pathNotFound
	for _, v := range values {
		asked := n.Next == nil && found == nil
		switch {
		case v.is(types.JSONNumber) && asked:
			return pathFound, nil
		case asked:
			continue
		case !v.is(types.JSONNumber):
			return e.fail(sqlerr.SQLJSONNumberNotFound, "operand of unary jsonpath operator %s is not a numeric value", n.Op)
		case n.Op == types.PathMinus:
			if v, err = decimalItem(negated(v.json.Num)); err != nil {
				return pathFailed, err
			}
		}
		switch res, err := e.next(n, v, found); {
		case err != nil || res == pathFailed:
			return pathFailed, err
		case res == pathFound && found == nil:
			return res, nil
		case res == pathFound:
			out = res
		}
	}
	return out, nil
}

// pathRounding are the methods of a number.
var pathRounding = map[string]func(x *apd.Decimal) *apd.Decimal{
	"abs": func(x *apd.Decimal) *apd.Decimal {
		out := copyOf(x)
		out.Negative = false
		return out
	},
	"floor": floorCeil(false), "ceiling": floorCeil(true),
}

// double is the method of that name.
func (e *pathEval) double(n *types.PathNode, at pathItem, found *pathItems) (pathResult, error) {
	finite := func(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
	const unfit = "NaN or Infinity is not allowed for jsonpath item method .%s()"
	switch {
	case at.is(types.JSONNumber):
		f, err := types.ParseFloat(string(types.AppendNumeric(nil, at.json.Num)), 64, types.Float8.SQLName)
		if err != nil {
			return e.fail(sqlerr.NonNumericSQLJSONItem, "numeric argument of jsonpath item method .%s() is out of range for type double precision", n.Str)
		}
		if !finite(f) {
			return e.fail(sqlerr.NonNumericSQLJSONItem, unfit, n.Str)
		}
		return e.next(n, at, found)
	case at.is(types.JSONString):
		f, err := types.ParseFloat(at.json.Str, 64, types.Float8.SQLName)
		if err != nil || !finite(f) {
			return e.fail(sqlerr.NonNumericSQLJSONItem, "string argument of jsonpath item method .%s() is not a valid representation of a double precision number", n.Str)
		}
		d, err := evalCode["float8_numeric"](e.c, []types.Datum{types.Float(f)})
		if err != nil {
			return pathFailed, err
		}
		return e.next(n, pathItem{json: types.NewJSONNumber(d.Numeric())}, found)
	}
	return e.fail(sqlerr.NonNumericSQLJSONItem, "jsonpath item method .%s() can only be applied to a string or numeric value", n.Str)
}
