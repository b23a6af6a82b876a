package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// keyFamilies are the types among which = compares without a cast, as in
// PostgreSQL's operator families.
var keyFamilies = [][]*types.Type{
	{types.Int2, types.Int4, types.Int8},
	{types.Float4, types.Float8},
	{types.Text, types.Varchar, types.Name},
	{types.Date, types.Timestamp, types.TimestampTZ},
}

// Referable says whether a column of one type can reference a key of another.
func Referable(column, key *types.Type) bool {
	if column.Same(key) || expr.CanCoerce(column, key, expr.Implicit) {
		return true
	}
	return slices.ContainsFunc(keyFamilies, func(f []*types.Type) bool { return slices.Contains(f, column) && slices.Contains(f, key) })
}

// KeyCast turns values of one side of a foreign key into those of the other
// side that are equal to them.
type KeyCast struct {
	from      *types.Type
	there     expr.Expr // nil: values are the same on both sides
	backAgain expr.Expr
}

// NewKeyCast makes the cast between two types of which one can reference the
// other.
func NewKeyCast(from, to *types.Type) (*KeyCast, error) {
	k := &KeyCast{from: from}
	text := func(t *types.Type) bool { return t == types.Text || t == types.Varchar }
	if from.Same(to) || text(from) && text(to) {
		return k, nil
	}
	cast := func(from, to *types.Type) (expr.Expr, error) {
		return expr.Coerce(&expr.Column{T: from, Mod: types.NoTypmod}, to, types.NoTypmod, expr.Explicit)
	}
	var err error
	if k.there, err = cast(from, to); err == nil {
		k.backAgain, err = cast(to, from)
	}
	return k, err
}

// Cast gives the value of the other type that equals v; ok is false if there is
// none. NULL stays NULL.
func (k *KeyCast) Cast(c *expr.Context, v types.Datum) (out types.Datum, ok bool) {
	if k.there == nil || v.IsNull() {
		return v, true
	}
	out, err := k.there.Eval(c, types.Row{v})
	if err != nil {
		return out, false
	}
	back, err := k.backAgain.Eval(c, types.Row{out})
	return out, err == nil && k.from.Compare(v, back) == 0
}
