package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// What values of hstore do beside their operators: subscripts, and filling rows.

// isHstore says whether a type is hstore or a domain over it.
func isHstore(t *types.Type) bool { return BaseType(t).Brought == "hstore" }

// hstoreKeyOf is the one subscript of an hstore, as text.
func hstoreKeyOf(indexes []Index) (Expr, error) {
	if len(indexes) != 1 || indexes[0].Slice {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "hstore allows only one subscript")
	}
	k := indexes[0].Upper
	if from := k.Type(); from != types.Unknown && !CanCoerce(from, types.Text, Assignment) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "hstore subscript must have type text").At(LocOf(k))
	}
	return Coerce(k, types.Text, types.NoTypmod, Assignment)
}

// hstoreSubscript turns h['a'] into h -> 'a'.
func hstoreSubscript(arg Expr, indexes []Index, loc int) (Expr, error) {
	key, err := hstoreKeyOf(indexes)
	if err != nil {
		return nil, err
	}
	return ResolveOperator("->", arg, key, loc)
}

// HstoreAssignment is the name of the function that an assignment to a key of an hstore
// becomes.
const HstoreAssignment = "hstore_subscript_assign"

// NewSetHstoreElement is NewSetElement for hstore.
func NewSetHstoreElement(name string, whole Expr, indexes []Index, value Expr, loc int) (Expr, error) {
	key, err := hstoreKeyOf(indexes)
	if err != nil {
		return nil, err
	}
	if from := value.Type(); from != types.Unknown && !CanCoerce(from, types.Text, Assignment) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, `subscripted assignment to "%s" requires type %s but expression is of type %s`, name, types.Text, from).
			WithHint("You will need to rewrite or cast the expression.").At(loc)
	}
	if value, err = Coerce(value, types.Text, types.NoTypmod, Assignment); err != nil {
		return nil, err
	}
	t := BaseType(whole.Type())
	fn := &Function{Name: HstoreAssignment, Kind: 'f', Args: []*types.Type{t, types.Text, types.Text}, Result: t, Eval: hstoreAssign}
	return &Call{Fn: fn, Args: []Expr{whole, key, value}, T: t, Mod: types.NoTypmod, Loc: loc}, nil
}

func hstoreAssign(_ *Context, a []types.Datum) (types.Datum, error) {
	if a[1].IsNull() {
		return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "hstore subscript in assignment must not be null")
	}
	pairs := []types.HstorePair{hstorePair(a[1], a[2])}
	if !a[0].IsNull() {
		pairs = append(pairs, types.HstorePairs(a[0])...)
	}
	return types.HstoreDatum(pairs), nil
}

// hstorePopulate is populate_record() and #=: a row with the fields that an hstore has
// keys for.
func hstorePopulate(args []*types.Type, _ *types.Type) EvalFunc {
	return func(c *Context, a []types.Datum) (types.Datum, error) {
		t := BaseType(args[0])
		if t.Kind != types.KindComposite && t != types.RecordType {
			return types.Null, sqlerr.New(sqlerr.DatatypeMismatch, "first argument must be a rowtype")
		}
		base := a[0].Record()
		if a[1].IsNull() {
			return a[0], nil
		}
		pairs := types.HstorePairs(a[1])
		if len(pairs) == 0 && base != nil {
			return a[0], nil
		}
		fields, err := rowFields("populate_record", args[0], base)
		if err != nil {
			return types.Null, err
		}
		r := &types.Record{}
		for i, f := range fields {
			value := types.Null
			p, found := types.HstoreGet(pairs, f.Name)
			switch {
			case !found && base != nil && i < len(base.Values):
				value = base.Values[i]
			case found && !p.Null:
				if value, err = f.Type.Input(p.Value, f.Typmod, c.env()); err != nil {
					return types.Null, err
				}
				fallthrough
			default:
				if f.Type.Kind == types.KindDomain {
					if err := CheckDomain(c, f.Type, value); err != nil {
						return types.Null, err
					}
				}
			}
			r.Types, r.Names, r.Values = append(r.Types, f.Type), append(r.Names, f.Name), append(r.Values, value)
		}
		out := types.Object(r)
		if args[0].Kind == types.KindDomain {
			return out, CheckDomain(c, args[0], out)
		}
		return out, nil
	}
}
