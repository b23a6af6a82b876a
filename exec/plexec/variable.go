package plexec

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// variable is the value of one in a call.
type variable struct {
	value types.Datum
	// typ is the type of the value of an open variable.
	typ *types.Type
	// Of a record: its shape, nil before it has got one, its values, and whether it
	// is NULL as a whole.
	fields []types.Field
	values types.Row
	null   bool
	// own: the value is an array that an assignment to an element made, and that nobody
	// else has seen: the next one may change it where it is (assignedarray.go).
	own bool
}

// typed is a value with its type.
type typed struct {
	value  types.Datum
	typ    *types.Type
	typmod int32
}

// cast is the conversion of one type to another.
type cast struct {
	from, to       *types.Type
	fromMod, toMod int32
}

// convert gives a value the type of what it is assigned to: as an assignment does or,
// where there is none for the types, through its text.
func (f *frame) convert(v typed, to *types.Type, typmod int32) (types.Datum, error) {
	if to.Kind != types.KindDomain && (v.value.IsNull() || v.typ.Same(to) && (typmod == types.NoTypmod || typmod == v.typmod)) {
		return v.value, nil
	}
	if v.typ == types.Unknown {
		v.typ = types.Text
	}
	key := cast{v.typ, to, v.typmod, typmod}
	e, known := f.fn.casts[key]
	if !known {
		var err error
		e, err = f.host.PlanEnv().Typing().Coerce(&expr.Column{T: v.typ, Mod: v.typmod}, to, typmod, expr.Assignment)
		if err != nil {
			e = nil
		}
		f.fn.casts[key] = e
	}
	if e != nil {
		return e.Eval(f.evaluation(), types.Row{v.value})
	}
	if base := undomained(to); v.value.IsNull() && base != to && v.typ != base {
		return f.convert(typed{v.value, base, types.NoTypmod}, to, typmod) // it may refuse NULL
	}
	if v.value.IsNull() {
		return v.value, nil
	}
	env := f.evaluation().Env
	return to.Input(v.typ.Text(v.value, env), typmod, env)
}

// store gives a variable a value.
func (f *frame) store(n int, v typed) error {
	k, at := &f.fn.kinds[n], &f.vars[n]
	if k.record {
		return f.storeRecord(n, v)
	}
	if k.open {
		at.value, at.typ, at.own = v.value, v.typ, false
		if v.typ == types.Unknown {
			at.typ = types.Text
		}
		return nil
	}
	d, err := f.convert(v, k.typ, k.typmod)
	if err != nil {
		return err
	}
	decl := f.fn.tree.Variables[n]
	if d.IsNull() && decl.NotNull {
		return sqlerr.New(sqlerr.NullValueNotAllowed, `null value cannot be assigned to variable "%s" declared NOT NULL`, decl.Name)
	}
	at.value, at.own = d, false
	return nil
}

// storeRecord gives a record variable the value of a row type.
func (f *frame) storeRecord(n int, v typed) error {
	decl := f.fn.tree.Variables[n]
	if v.value.IsNull() {
		if decl.NotNull {
			return sqlerr.New(sqlerr.NullValueNotAllowed, `null value cannot be assigned to variable "%s" declared NOT NULL`, decl.Name)
		}
		if err := f.fitsDomain(n, types.Null); err != nil {
			return err
		}
		f.nullRecord(n)
		return nil
	}
	r := v.value.Record()
	if r == nil {
		return sqlerr.New(sqlerr.DatatypeMismatch, "cannot assign non-composite value to a record variable")
	}
	fields := make([]types.Field, len(r.Values))
	for i := range fields {
		fields[i] = types.Field{Name: "f" + itoa(i+1), Type: r.Types[i], Typmod: types.NoTypmod}
		switch {
		case i < len(r.Names):
			fields[i].Name = r.Names[i]
		case i < len(v.typ.Fields):
			fields[i].Name = v.typ.Fields[i].Name
		}
	}
	return f.storeRow(n, fields, r.Values)
}

// nullRecord makes a record NULL; what shape it has stays.
func (f *frame) nullRecord(n int) {
	at := &f.vars[n]
	at.null, at.values = true, make(types.Row, len(at.fields))
}

// storeRow gives a record variable a row. One of a fixed shape takes as many values as
// it has fields, in their order.
func (f *frame) storeRow(n int, fields []types.Field, values types.Row) error {
	k, at := &f.fn.kinds[n], &f.vars[n]
	if k.fields == nil {
		at.fields, at.values, at.null = settled(fields), slices.Clone(values), false
		return nil
	}
	out := make(types.Row, len(k.fields))
	for i, to := range k.fields {
		v := typed{types.Null, types.Text, types.NoTypmod}
		if i < len(values) {
			v = typed{values[i], fields[i].Type, fields[i].Typmod}
		}
		var err error
		if out[i], err = f.convert(v, to.Type, to.Typmod); err != nil {
			return err
		}
	}
	if err := f.fitsDomain(n, rowOf(k.fields, out)); err != nil {
		return err
	}
	at.fields, at.values, at.null = k.fields, out, false
	return nil
}

// fitsDomain checks a value of a variable of a domain over a composite type.
func (f *frame) fitsDomain(n int, row types.Datum) error {
	k := &f.fn.kinds[n]
	if k.typ.Kind != types.KindDomain {
		return nil
	}
	_, err := f.convert(typed{row, undomained(k.typ), types.NoTypmod}, k.typ, types.NoTypmod)
	return err
}

// settled gives fields without a type text.
func settled(fields []types.Field) []types.Field {
	out := slices.Clone(fields)
	for i := range out {
		if out[i].Type == types.Unknown {
			out[i].Type = types.Text
		}
	}
	return out
}

// row is a record's value.
func (v *variable) row() types.Datum {
	if v.null || v.fields == nil {
		return types.Null
	}
	return rowOf(v.fields, v.values)
}

func rowOf(fields []types.Field, values types.Row) types.Datum {
	r := &types.Record{Values: slices.Clone(values)}
	for _, f := range fields {
		r.Types, r.Names = append(r.Types, f.Type), append(r.Names, f.Name)
	}
	return types.Object(r)
}

// notAssigned is the error of a record that has no shape yet.
func notAssigned(name string) error {
	return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `record "%s" is not assigned yet`, name).
		WithDetail("The tuple structure of a not-yet-assigned record is indeterminate.").Nowhere() // that is of a value, not of a text
}

// assign gives a target a value.
func (f *frame) assign(t *plpgsql.Target, v typed) error {
	if len(t.Fields) == 0 && len(t.Indexes) == 0 {
		return f.store(t.Variable, v)
	}
	k, at := &f.fn.kinds[t.Variable], &f.vars[t.Variable]
	if len(t.Fields) == 0 {
		return f.assignElement(t, v)
	}
	name := f.fn.tree.Variables[t.Variable].Name
	if !k.record {
		return sqlerr.New(sqlerr.SyntaxError, `"%s" is not a known variable`, t.Name)
	}
	if at.fields == nil {
		return notAssigned(name)
	}
	i := slices.IndexFunc(at.fields, func(x types.Field) bool { return x.Name == t.Fields[0] })
	if i < 0 {
		return sqlerr.New(sqlerr.UndefinedColumn, `record "%s" has no field "%s"`, name, t.Fields[0])
	}
	field := at.fields[i]
	d, err := f.within(t, t.Fields[1:], typed{at.values[i], field.Type, field.Typmod}, v)
	if err != nil {
		return err
	}
	values := slices.Clone(at.values)
	values[i] = d
	if err := f.fitsDomain(t.Variable, rowOf(at.fields, values)); err != nil {
		return err
	}
	at.values, at.null = values, false
	return nil
}

// within gives a value with the part replaced that fields and the target's
// subscripts name.
func (f *frame) within(t *plpgsql.Target, fields []string, old, v typed) (types.Datum, error) {
	if len(fields) == 0 {
		if len(t.Indexes) > 0 {
			return f.element(t, old, v, nil)
		}
		return f.convert(v, old.typ, old.typmod)
	}
	column, _, _ := strings.Cut(t.Name, ".")
	at, err := expr.FieldOf(column, fields[0], old.typ, 0)
	if err != nil {
		return types.Null, err
	}
	field := undomained(old.typ).Fields[at]
	inner := typed{types.Null, field.Type, field.Typmod}
	if r := old.value.Record(); r != nil && at < len(r.Values) {
		inner.value = r.Values[at]
	}
	d, err := f.within(t, fields[1:], inner, v)
	if err != nil {
		return types.Null, err
	}
	set := &expr.SetField{Record: constant(old), Field: at, Value: constant(typed{d, field.Type, field.Typmod})}
	return set.Eval(f.evaluation(), nil)
}

func constant(v typed) expr.Expr {
	return &expr.Const{Value: v.value, T: v.typ, Mod: v.typmod, Loc: -1}
}
