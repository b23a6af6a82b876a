package expr

import (
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The methods of jsonpath that give a value of another type, of PostgreSQL 17.

// pathConversions are the methods that make a value of a type of an item.
var pathConversions = map[string]func(e *pathEval, n *types.PathNode, at pathItem) (pathItem, error){
	"bigint": func(e *pathEval, n *types.PathNode, at pathItem) (pathItem, error) {
		return e.integer(n, at, types.Int8, 64)
	},
	"integer": func(e *pathEval, n *types.PathNode, at pathItem) (pathItem, error) {
		return e.integer(n, at, types.Int4, 32)
	},
	"boolean": (*pathEval).boolean,
	"decimal": (*pathEval).decimal,
	"number":  (*pathEval).decimal,
	"string":  (*pathEval).text,
}

// convert is a method of pathConversions.
func (e *pathEval) convert(n *types.PathNode, at pathItem, found *pathItems) (pathResult, error) {
	v, err := pathConversions[n.Str](e, n, at)
	if err != nil {
		if code := sqlerr.From(err).Code; e.silent && (code == sqlerr.NonNumericSQLJSONItem || code == sqlerr.InvalidSQLJSONDatetimeArgument) {
			return pathFailed, nil
		}
		return pathFailed, err
	}
	return e.next(n, v, found)
}

// invalidFor says that a text is none of a type.
func invalidFor(text string, n *types.PathNode, t *types.Type) error {
	return sqlerr.New(sqlerr.NonNumericSQLJSONItem, `argument "%s" of jsonpath item method .%s() is invalid for type %s`, text, n.Str, t.SQLName)
}

func onlyAppliedTo(n *types.PathNode, what string) error {
	return sqlerr.New(sqlerr.NonNumericSQLJSONItem, "jsonpath item method .%s() can only be applied to %s", n.Str, what)
}

func (e *pathEval) integer(n *types.PathNode, at pathItem, t *types.Type, size int) (pathItem, error) {
	var v types.Datum
	var err error
	text := ""
	switch {
	case at.is(types.JSONNumber):
		v, err = numericInt(at.json.Num, size)
		text = at.json.String()
	case at.is(types.JSONString):
		text = at.json.Str
		v, err = t.Input(text, types.NoTypmod, types.DefaultEnv)
	default:
		return pathItem{}, onlyAppliedTo(n, "a string or numeric value")
	}
	if err != nil {
		return pathItem{}, invalidFor(text, n, t)
	}
	return numberItem(v.Int()), nil
}

func (e *pathEval) boolean(n *types.PathNode, at pathItem) (pathItem, error) {
	switch {
	case at.is(types.JSONBool):
		return at, nil
	case at.is(types.JSONNumber):
		text := at.json.String()
		v, err := types.Int4.Input(text, types.NoTypmod, types.DefaultEnv)
		if err != nil {
			return pathItem{}, invalidFor(text, n, types.Boolean)
		}
		return pathItem{json: types.NewJSONBool(v.Int() != 0)}, nil
	case at.is(types.JSONString):
		text := at.json.Str
		v, err := types.Boolean.Input(text, types.NoTypmod, types.DefaultEnv)
		if err != nil || strings.TrimSpace(text) != text {
			return pathItem{}, invalidFor(text, n, types.Boolean)
		}
		return pathItem{json: types.NewJSONBool(v.Bool())}, nil
	}
	return pathItem{}, onlyAppliedTo(n, "a boolean, string, or numeric value")
}

// decimal is decimal([precision [, scale]]), and number().
func (e *pathEval) decimal(n *types.PathNode, at pathItem) (pathItem, error) {
	var text string
	switch {
	case at.is(types.JSONNumber):
		text = at.json.String()
	case at.is(types.JSONString):
		text = at.json.Str
	default:
		return pathItem{}, onlyAppliedTo(n, "a string or numeric value")
	}
	typmod := types.NoTypmod
	if n.Left != nil {
		precision, err := pathArgument(n, n.Left, "precision")
		if err != nil {
			return pathItem{}, err
		}
		scale := int64(0)
		if n.Right != nil {
			if scale, err = pathArgument(n, n.Right, "scale"); err != nil {
				return pathItem{}, err
			}
		}
		if typmod, err = types.ParseTypmod(types.Numeric, []int64{precision, scale}); err != nil {
			return pathItem{}, err
		}
	}
	v, err := types.Numeric.Input(text, typmod, types.DefaultEnv)
	if err == nil {
		v, err = types.ApplyTypmod(types.Numeric, v, typmod, false)
	}
	if err != nil {
		return pathItem{}, invalidFor(text, n, types.Numeric)
	}
	d := num(v)
	if d.Form != apd.Finite {
		return pathItem{}, sqlerr.New(sqlerr.NonNumericSQLJSONItem, "NaN or Infinity is not allowed for jsonpath item method .%s()", n.Str)
	}
	return pathItem{json: types.NewJSONNumber(d)}, nil
}

// pathArgument is an integer that a method is given.
func pathArgument(n, arg *types.PathNode, what string) (int64, error) {
	v, err := numericInt(arg.Num, 32)
	if err != nil {
		return 0, sqlerr.New(sqlerr.NonNumericSQLJSONItem, "%s of jsonpath item method .%s() is out of range for type integer", what, n.Str)
	}
	return v.Int(), nil
}

func (e *pathEval) text(n *types.PathNode, at pathItem) (pathItem, error) {
	switch {
	case at.moment != nil:
		return pathItem{json: at.json}, nil
	case at.is(types.JSONString):
		return at, nil
	case at.is(types.JSONNumber), at.is(types.JSONBool):
		return pathItem{json: types.NewJSONString(at.json.String())}, nil
	}
	return pathItem{}, onlyAppliedTo(n, "a boolean, string, numeric, or datetime value")
}

// pathMoments are the methods that give a date, a time or a timestamp, and their types.
var pathMoments = map[string]*types.Type{
	"date": types.Date, "time": types.Time, "time_tz": types.TimeTZType, "timestamp": types.Timestamp, "timestamp_tz": types.TimestampTZ,
}

// momentAs makes a moment one of the type that a method gives; text is what it was read
// from.
func (e *pathEval) momentAs(n *types.PathNode, m *pathMoment, text string) (*pathMoment, error) {
	to := pathMoments[n.Str]
	clock := isClock(m.t)
	if m.t == types.Date && isClock(to) || clock && !isClock(to) || m.t == types.Timestamp && to == types.TimeTZType {
		return nil, sqlerr.New(sqlerr.InvalidSQLJSONDatetimeArgument, "%s format is not recognized: \"%s\"", n.Str, text)
	}
	out := &pathMoment{t: to, v: m.v, east: m.east}
	if m.t != to {
		zoned := func(t *types.Type) bool { return t == types.TimestampTZ || t == types.TimeTZType }
		if zoned(m.t) != zoned(to) && !e.zoned {
			return nil, withoutZone(m.t, to)
		}
		cast := builtinCast(m.t, to)
		v, err := cast(e.c, []types.Datum{m.v})
		if err != nil {
			return nil, err
		}
		out.v = v
		switch to {
		case types.TimestampTZ:
			out.east, _ = types.ZoneAt(v.Int(), e.c.env().Location)
		case types.TimeTZType:
			out.east = int(v.Object().(types.TimeTZ).East)
		}
	}
	if n.Left != nil && to != types.Date {
		precision, err := pathArgument(n, n.Left, "time precision")
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidSQLJSONDatetimeArgument, "time precision of jsonpath item method .%s() is out of range for type integer", n.Str)
		}
		if out.v, err = types.ApplyTypmod(to, out.v, int32(min(precision, 6)), false); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func withoutZone(from, to *types.Type) error {
	return sqlerr.New(sqlerr.FeatureNotSupported, "cannot convert value from %s to %s without time zone usage", from.Name, to.Name).
		WithHint("Use *_tz() function for time zone support.")
}

// builtinCast is the function that casts one type for dates and times to another.
func builtinCast(from, to *types.Type) EvalFunc {
	p := builtinTyping.findPathway(from, to, Explicit)
	if p.cast == nil || p.cast.Fn == nil {
		return func(*Context, []types.Datum) (types.Datum, error) {
			return types.Null, sqlerr.Internal("no cast from %s to %s", from, to)
		}
	}
	return p.cast.Fn.Eval
}
