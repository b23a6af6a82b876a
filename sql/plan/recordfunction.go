package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// definitions types a column definition list.
func (b *binder) definitions(list []*ast.ColumnDef) (fields []types.Field, err error) {
	for _, c := range list {
		t, typmod, err := b.p.env.TypeName(c.Type)
		if err != nil {
			return nil, err
		}
		if t.Kind == types.KindPseudo {
			return nil, sqlerr.New(sqlerr.InvalidTableDefinition, `column "%s" has pseudo-type %s`, c.Name, t).At(c.Pos())
		}
		fields = append(fields, types.Field{Name: c.Name, Type: t, Typmod: typmod})
	}
	return fields, nil
}

// defined gives a function in FROM the columns that its rows have there: those of a
// column definition list, where it returns records, and those of its composite
// type.
func (b *binder) defined(f ast.RangeFuncItem, e expr.Expr) (expr.Expr, error) {
	call, ok := e.(*expr.Call)
	anonymous := ok && call.T == types.RecordType && len(call.Fn.Columns) == 0 && (call.Fn.Routine || call.Fn.WithFields != nil)
	switch {
	case anonymous && len(f.Columns) == 0:
		return nil, sqlerr.New(sqlerr.SyntaxError, `a column definition list is required for functions returning "record"`).At(call.Loc)
	case len(f.Columns) > 0 && ok && len(call.Fn.Columns) > 0 && call.T == types.RecordType:
		return nil, sqlerr.New(sqlerr.SyntaxError, "a column definition list is redundant for a function with OUT parameters").At(f.Columns[0].Pos())
	case len(f.Columns) > 0 && e.Type().Kind == types.KindComposite:
		return nil, sqlerr.New(sqlerr.SyntaxError, "a column definition list is redundant for a function returning a named composite type").At(f.Columns[0].Pos())
	case len(f.Columns) > 0 && !anonymous:
		return nil, sqlerr.New(sqlerr.SyntaxError, `a column definition list is only allowed for functions returning "record"`).At(f.Columns[0].Pos())
	case anonymous:
		fields, err := b.definitions(f.Columns)
		if err != nil {
			return nil, err
		}
		defined := *call
		if call.Fn.WithFields != nil {
			defined.Fn = spreadRecords(call.Fn.WithFields(fields), fields)
		} else {
			defined.Fn = spreadRecords(call.Fn, fields)
		}
		return &defined, nil
	case ok && expr.BaseType(call.T).Kind == types.KindComposite && len(call.Fn.Columns) == 0:
		spread := *call
		spread.Fn = spreadRecords(call.Fn, expr.BaseType(call.T).Fields)
		return &spread, nil
	}
	return e, nil
}

// spreadRecords is a function whose records are rows of their fields.
func spreadRecords(of *expr.Function, fields []types.Field) *expr.Function {
	f := *of
	f.Columns, f.ReturnsSet, f.Strict, f.Eval, f.Binary = fields, true, false, nil, nil
	f.Set = func(c *expr.Context, args []types.Datum, yield func(types.Row) error) error {
		void := make(types.Row, len(fields))
		row := func(d types.Datum) error {
			r := d.Record()
			if r == nil {
				return yield(void)
			}
			if err := matchFields(r, fields); err != nil {
				return err
			}
			return yield(r.Values)
		}
		for _, a := range args {
			if of.Strict && a.IsNull() {
				if of.Set != nil {
					return nil
				}
				return yield(void)
			}
		}
		if of.Set != nil {
			return of.Set(c, args, func(r types.Row) error { return row(r[0]) })
		}
		d, err := of.Eval(c, args)
		if err != nil {
			return err
		}
		return row(d)
	}
	return &f
}

// matchFields demands that a record has the fields that a query names.
func matchFields(r *types.Record, fields []types.Field) error {
	if len(r.Values) != len(fields) {
		plural := "s"
		if len(r.Values) == 1 {
			plural = ""
		}
		return sqlerr.New(sqlerr.DatatypeMismatch, "function return row and query-specified return row do not match").
			WithDetail("Returned row contains %d attribute%s, but query expects %d.", len(r.Values), plural, len(fields))
	}
	for i, t := range r.Types {
		if !t.Same(fields[i].Type) && (t != types.Unknown || fields[i].Type != types.Text) {
			return sqlerr.New(sqlerr.DatatypeMismatch, "function return row and query-specified return row do not match").
				WithDetail("Returned type %s at ordinal position %d, but query expects %s.", t, i+1, fields[i].Type)
		}
	}
	return nil
}
