package expr

import (
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The functions that types are made with, as a query may call them: what reads and writes
// their text (int4in, int4out) and binary form (int4send), and what reads and writes their
// modifiers (numerictypmodin, numerictypmodout). Their code is the type's own.

// typeCode is the code of such a function, or nil.
func typeCode(f *Function) EvalFunc {
	switch {
	case len(f.Args) == 1 && f.Result == types.Bytea && strings.HasSuffix(f.Symbol, "send"):
		return sendCode(f.Args[0])
	case len(f.Args) == 1 && f.Result == types.Cstring && f.Args[0] == types.Int4 && strings.HasSuffix(f.Symbol, "typmodout"):
		return writeModifier(strings.TrimSuffix(f.Symbol, "typmodout"))
	case len(f.Args) == 1 && f.Result == types.Int4 && f.Args[0] == types.Cstring.Array && strings.HasSuffix(f.Symbol, "typmodin"):
		return readModifier(strings.TrimSuffix(f.Symbol, "typmodin"))
	case len(f.Args) == 1 && f.Result == types.Cstring && strings.HasSuffix(f.Symbol, "out"):
		return outputCode(f.Args[0])
	case len(f.Args) > 0 && f.Args[0] == types.Cstring && (strings.HasSuffix(f.Symbol, "in") || f.Symbol == "cstring_in"):
		return inputCode(f.Result, len(f.Args) == 3)
	}
	return nil
}

func sendCode(t *types.Type) EvalFunc {
	if t.Kind == types.KindPseudo && t != types.Cstring {
		return nil
	}
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		return types.Bytes(t.AppendBinary(nil, a[0], c.env())), nil
	}
}

func outputCode(t *types.Type) EvalFunc {
	if t.Kind == types.KindPseudo && t != types.Cstring && t != types.Void && t != types.Unknown {
		return func(*Context, []types.Datum) (types.Datum, error) {
			return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "cannot display a value of type %s", t.Name)
		}
	}
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		if t == types.Void {
			return types.String(""), nil
		}
		return types.String(t.Text(a[0], c.env())), nil
	}
}

func inputCode(t *types.Type, modifier bool) EvalFunc {
	if t.Kind == types.KindPseudo && t != types.Cstring && t != types.Void && t != types.Unknown {
		return func(*Context, []types.Datum) (types.Datum, error) {
			return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "cannot accept a value of type %s", t.Name)
		}
	}
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		mod := types.NoTypmod
		if modifier {
			mod = int32(a[2].Int())
		}
		if t == types.Cstring || t == types.Void {
			return a[0], nil
		}
		return t.Input(a[0].Str(), mod, c.env())
	}
}

func init() {
	texts := func(args []*types.Type, _ *types.Type) EvalFunc { return outputCode(args[0]) }
	registerTyped(map[string]TypedFunc{
		"array_out": texts, "anyarray_out": texts, "record_out": texts, "range_out": texts, "multirange_out": texts, "enum_out": texts, "anyenum_out": texts,
		"multirange_send": func(args []*types.Type, _ *types.Type) EvalFunc { return sendCode(args[0]) },
	})
}

// modified are the types with modifiers, by what the names of their functions begin with.
var modified = map[string]*types.Type{
	"bpchar": types.BPChar, "varchar": types.Varchar, "bit": types.Bit, "varbit": types.Varbit, "numeric": types.Numeric, "interval": types.IntervalType,
	"time": types.Time, "timetz": types.TimeTZType, "timestamp": types.Timestamp, "timestamptz": types.TimestampTZ,
}

func readModifier(name string) EvalFunc {
	t := modified[name]
	if t == nil {
		return nil
	}
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		if len(a[0].Array().Dims) != 1 {
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "typmod array must be one-dimensional")
		}
		var mods []int64
		for _, e := range a[0].Array().Elems {
			if e.IsNull() {
				return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "typmod array must not contain nulls")
			}
			n, err := types.Int4.Input(e.Str(), types.NoTypmod, nil)
			if err != nil {
				return types.Null, err
			}
			mods = append(mods, n.Int())
		}
		mod, err := types.ParseTypmod(t, mods)
		return types.Int(int64(mod)), err
	}
}

func writeModifier(name string) EvalFunc {
	t := modified[name]
	if t == nil {
		return nil
	}
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		mod := int32(a[0].Int())
		switch {
		case mod < 0:
			if t == types.Time || t == types.Timestamp {
				return types.String(" without time zone"), nil
			}
			if t == types.TimeTZType || t == types.TimestampTZ {
				return types.String(" with time zone"), nil
			}
			return types.String(""), nil
		case t == types.Numeric:
			p, s := types.NumericTypmod(mod)
			return types.String("(" + strconv.Itoa(int(p)) + "," + strconv.Itoa(int(s)) + ")"), nil
		case t == types.BPChar || t == types.Varchar:
			if n := types.CharLength(mod); n > 0 {
				return types.String("(" + strconv.Itoa(int(n)) + ")"), nil
			}
			return types.String(""), nil
		}
		shown := types.FormatType(t, mod)
		at := strings.IndexAny(shown, "( ")
		if t == types.Varbit { // bit varying(3)
			at = strings.IndexByte(shown, '(')
		}
		if at < 0 {
			return types.String(""), nil
		}
		return types.String(shown[at:]), nil
	}
}
