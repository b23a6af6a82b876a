package expr

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// SetField is a row with one field replaced: what a.f = v stores. Of a row that
// is NULL the other fields are.
type SetField struct {
	Record Expr
	Field  int
	Value  Expr
}

// FieldOf finds a field of a composite type that is assigned to, of a column of
// that name.
func FieldOf(column, field string, t *types.Type, loc int) (int, error) {
	t = BaseType(t)
	if t.Kind != types.KindComposite {
		return 0, sqlerr.New(sqlerr.DatatypeMismatch, `cannot assign to field "%s" of column "%s" because its type %s is not a composite type`, field, column, t).At(loc)
	}
	at := slices.IndexFunc(t.Fields, func(f types.Field) bool { return f.Name == field })
	if at < 0 {
		return 0, sqlerr.New(sqlerr.UndefinedColumn, `cannot assign to field "%s" of column "%s" because there is no such column in data type %s`, field, column, t).At(loc)
	}
	return at, nil
}

// NewSetField binds the replacement of a field.
func NewSetField(record Expr, field int, value Expr, loc int) (*SetField, error) {
	f := BaseType(record.Type()).Fields[field]
	if from := value.Type(); from != types.Unknown && !from.Same(f.Type) && !CanCoerce(from, f.Type, Assignment) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, `subfield "%s" is of type %s but expression is of type %s`, f.Name, f.Type, from).
			WithHint("You will need to rewrite or cast the expression.").At(loc)
	}
	v, err := Coerce(value, f.Type, f.Typmod, Assignment)
	return &SetField{Record: record, Field: field, Value: v}, err
}

func (e *SetField) Type() *types.Type { return e.Record.Type() }
func (e *SetField) Typmod() int32     { return types.NoTypmod }
func (e *SetField) Children() []Expr  { return []Expr{e.Record, e.Value} }
func (e *SetField) WithChildren(c []Expr) Expr {
	return &SetField{Record: c[0], Field: e.Field, Value: c[1]}
}

// Eval makes the row.
func (e *SetField) Eval(c *Context, row types.Row) (types.Datum, error) {
	whole, err := e.Record.Eval(c, row)
	if err != nil {
		return whole, err
	}
	v, err := e.Value.Eval(c, row)
	if err != nil {
		return v, err
	}
	fields := BaseType(e.Record.Type()).Fields
	out := &types.Record{Values: make([]types.Datum, len(fields))}
	for i, f := range fields {
		out.Types, out.Names = append(out.Types, f.Type), append(out.Names, f.Name)
		if r := whole.Record(); !whole.IsNull() && r != nil && i < len(r.Values) {
			out.Values[i] = r.Values[i]
		}
	}
	out.Values[e.Field] = v
	return types.Object(out), nil
}
