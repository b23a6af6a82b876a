package expr

import (
	"strconv"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// RowExpr is ROW(...), or a whole row of a relation with Names.
type RowExpr struct {
	Elems []Expr
	Names []string
	// Fields, if it is not nil, has the names that the value's fields have: of the relation's
	// columns, where an alias renames them.
	Fields []string
	// Witness are the columns that are all NULL where an outer join found no
	// row: the value is then NULL. Without any it never is.
	Witness []Expr
	T       *types.Type // record, or a composite type
	// Cast: it was cast to that type, and is written so.
	Cast bool
}

// NewRow makes an anonymous row; untyped literals in it stay so.
func NewRow(elems []Expr, names []string) *RowExpr {
	return &RowExpr{Elems: elems, Names: names, T: types.RecordType}
}

func (e *RowExpr) Type() *types.Type { return e.T }
func (e *RowExpr) Typmod() int32     { return types.NoTypmod }
func (e *RowExpr) Children() []Expr {
	if e.Witness == nil {
		return e.Elems
	}
	return append(append(make([]Expr, 0, len(e.Elems)+len(e.Witness)), e.Elems...), e.Witness...)
}
func (e *RowExpr) WithChildren(c []Expr) Expr {
	n := *e
	n.Elems, n.Witness = c[:len(e.Elems):len(e.Elems)], nil
	if e.Witness != nil {
		n.Witness = c[len(e.Elems):]
	}
	return &n
}

// Eval makes the record.
func (e *RowExpr) Eval(c *Context, row types.Row) (types.Datum, error) {
	missing := len(e.Witness) > 0
	for _, w := range e.Witness {
		v, err := w.Eval(c, row)
		if err != nil {
			return types.Null, err
		}
		if missing = missing && v.IsNull(); !missing {
			break
		}
	}
	if missing {
		return types.Null, nil
	}
	r := &types.Record{Names: e.Names}
	if e.Fields != nil {
		r.Names = e.Fields
	}
	for _, x := range e.Elems {
		v, err := x.Eval(c, row)
		if err != nil {
			return types.Null, err
		}
		r.Types, r.Values = append(r.Types, x.Type()), append(r.Values, v)
	}
	return types.Object(r), nil
}

// FieldSelect is (row).field.
type FieldSelect struct {
	Arg   Expr
	Field int
	Name  string
	T     *types.Type
	Mod   int32
}

// NewFieldSelect finds the field by name.
func NewFieldSelect(arg Expr, name string, loc int) (Expr, error) {
	for i, f := range FieldsOf(arg) {
		if f.Name == name {
			return FieldAt(arg, i, f), nil
		}
	}
	switch {
	case arg.Type() == types.RecordType:
		return nil, sqlerr.New(sqlerr.UndefinedColumn, "could not identify column \"%s\" in record data type", name).At(loc)
	case BaseType(arg.Type()).Kind == types.KindComposite:
		return nil, sqlerr.New(sqlerr.UndefinedColumn, "column \"%s\" not found in data type %s", name, arg.Type()).At(loc)
	}
	return nil, sqlerr.New(sqlerr.WrongObjectType, "column notation .%s applied to type %s, which is not a composite type", name, arg.Type()).At(loc)
}

// FieldsOf are the fields of a composite value, as far as they are known.
func FieldsOf(e Expr) []types.Field {
	switch e := e.(type) {
	case *RowExpr:
		out := make([]types.Field, len(e.Elems))
		for i, x := range e.Elems {
			out[i] = types.Field{Name: "f" + strconv.Itoa(i+1), Type: x.Type(), Typmod: x.Typmod()}
			if e.Names != nil {
				out[i].Name = e.Names[i]
			}
		}
		return out
	case *Call:
		if len(e.Fn.Columns) > 0 {
			return e.Fn.Columns
		}
	case *Column:
		if e.Fields != nil {
			return e.Fields
		}
	case *OuterColumn:
		if e.Fields != nil {
			return e.Fields
		}
	}
	return BaseType(e.Type()).Fields
}

// FieldAt is the field of a row at a position among its FieldsOf.
func FieldAt(arg Expr, i int, f types.Field) Expr {
	if r, ok := arg.(*RowExpr); ok {
		return r.Elems[i]
	}
	return &FieldSelect{Arg: arg, Field: i, Name: f.Name, T: f.Type, Mod: f.Typmod}
}

func (e *FieldSelect) Type() *types.Type { return e.T }
func (e *FieldSelect) Typmod() int32     { return e.Mod }
func (e *FieldSelect) Children() []Expr  { return []Expr{e.Arg} }
func (e *FieldSelect) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Eval takes the field; of a NULL row it is NULL.
func (e *FieldSelect) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil || v.IsNull() {
		return types.Null, err
	}
	r := v.Record()
	if r == nil || e.Field >= len(r.Values) {
		return types.Null, nil
	}
	return r.Values[e.Field], nil
}

func unequalRows(loc int) error {
	return sqlerr.New(sqlerr.SyntaxError, "unequal number of entries in row expressions").At(loc)
}

// constructed gives the operands of a comparison if both are written as ROW(...), which are
// compared by the operators of their columns. The rows of relations and variables, and those
// that are cast, are values with an operator of their own.
func constructed(left, right Expr) (l, r *RowExpr, ok bool) {
	l, ok1 := left.(*RowExpr)
	r, ok2 := right.(*RowExpr)
	return l, r, ok1 && ok2 && !l.Cast && !r.Cast && l.Names == nil && r.Names == nil
}

// Compare makes a comparison, of rows too: (a, b) < (c, d).
func (y *Typing) Compare(op string, left, right Expr, loc int) (Expr, error) {
	l, r, ok := constructed(left, right)
	if !ok {
		return y.ResolveOperator(op, left, right, loc)
	}
	if len(l.Elems) != len(r.Elems) {
		return nil, unequalRows(loc)
	}
	if len(l.Elems) == 0 {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "cannot compare rows of zero length").At(loc)
	}
	switch op {
	case "=", "<>", "!=":
		var parts []Expr
		for i := range l.Elems {
			p, err := y.Compare(op, l.Elems[i], r.Elems[i], loc)
			if err != nil {
				return nil, err
			}
			parts = append(parts, p)
		}
		if op == "=" {
			return NewAnd(parts...), nil
		}
		return NewOr(parts...), nil
	case "<", "<=", ">", ">=":
	default:
		for i := range l.Elems {
			if _, err := y.ResolveOperator(op, l.Elems[i], r.Elems[i], loc); err != nil {
				return nil, err
			}
		}
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "could not determine interpretation of row comparison operator %s", op).
			WithHint("Row comparison operators must be associated with btree operator families.").At(loc)
	}
	if len(l.Elems) == 1 {
		return y.ResolveOperator(op, l.Elems[0], r.Elems[0], loc)
	}
	out := &RowCompare{Op: op}
	for i := range l.Elems {
		a, b, less, err := builtinTyping.comparison("<", l.Elems[i], r.Elems[i], loc)
		if err != nil {
			return nil, err
		}
		_, _, equal, err := builtinTyping.comparison("=", l.Elems[i], r.Elems[i], loc)
		if err != nil {
			return nil, err
		}
		out.Left, out.Right = append(out.Left, a), append(out.Right, b)
		out.less, out.equal = append(out.less, less), append(out.equal, equal)
	}
	return out, nil
}

// RowCompare orders two rows by their first fields that differ.
type RowCompare struct {
	boolean
	Op          string // < <= > >=
	Left, Right []Expr
	less, equal []Expr // over the row of a pair
}

func (e *RowCompare) Children() []Expr { return append(append([]Expr{}, e.Left...), e.Right...) }
func (e *RowCompare) WithChildren(c []Expr) Expr {
	n := *e
	n.Left, n.Right = c[:len(e.Left)], c[len(e.Left):]
	return &n
}

// Eval is NULL if a NULL is met before a difference.
func (e *RowCompare) Eval(c *Context, row types.Row) (types.Datum, error) {
	var pair [2]types.Datum
	for i := range e.Left {
		var err error
		if pair[0], err = e.Left[i].Eval(c, row); err != nil {
			return types.Null, err
		}
		if pair[1], err = e.Right[i].Eval(c, row); err != nil {
			return types.Null, err
		}
		if pair[0].IsNull() || pair[1].IsNull() {
			return types.Null, nil
		}
		eq, err := e.equal[i].Eval(c, pair[:])
		if err != nil {
			return types.Null, err
		}
		if eq.Bool() {
			continue
		}
		less, err := e.less[i].Eval(c, pair[:])
		if err != nil {
			return types.Null, err
		}
		return types.Bool(less.Bool() == (e.Op[0] == '<')), nil
	}
	return types.Bool(len(e.Op) == 2), nil
}
