package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// indirection binds arg.field and arg[subscript], in any sequence.
func (b *binder) indirection(e *ast.Indirection) (expr.Expr, error) {
	at, err := b.bind(e.Arg)
	if err != nil {
		return nil, err
	}
	return b.path(at, e.Path, e.Pos())
}

// path follows the steps of an indirection.
func (b *binder) path(at expr.Expr, steps []ast.IndirectionElem, loc int) (expr.Expr, error) {
	var subs []expr.Index
	flush := func() (err error) {
		if subs != nil {
			at, err = expr.NewSubscript(at, subs, loc)
			subs = nil
		}
		return err
	}
	for _, step := range steps {
		var err error
		switch {
		case step.Star:
			return nil, sqlerr.New(sqlerr.SyntaxError, "row expansion via \"*\" is not supported here").At(loc)
		case step.Field != "":
			if err = flush(); err != nil {
				break
			}
			row := at
			if at, err = expr.NewFieldSelect(row, step.Field, loc); err != nil {
				if call, _ := b.attribute(row, nil, step.Field, loc); call != nil {
					at, err = call, nil
				}
			}
		default:
			s := expr.Index{Slice: step.Slice}
			if step.Lower != nil {
				s.Lower, err = b.bind(step.Lower)
			}
			if step.Upper != nil && err == nil {
				s.Upper, err = b.bind(step.Upper)
			}
			subs = append(subs, s)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return at, nil
}

// part is a value with the part that item.Path names replaced by e.
func (b *binder) part(whole expr.Expr, item *ast.ResTarget, e expr.Expr) (expr.Expr, error) {
	if len(item.Path) > 0 && item.Path[0].Field != "" {
		return b.field(whole, item, e)
	}
	var indexes []expr.Index
	for i, step := range item.Path {
		if step.Field != "" {
			// A field of an element: the element, with the field replaced, is what is assigned.
			element, err := expr.NewSubscript(whole, indexes, item.Pos())
			if err != nil {
				return nil, err
			}
			rest := *item
			rest.Path = item.Path[i:]
			if e, err = b.part(element, &rest, e); err != nil {
				return nil, err
			}
			e = expr.WithParts(e)
			break
		}
		if step.Star {
			return nil, sqlerr.Unsupported("assigning to all fields of a column").At(item.Pos())
		}
		index := expr.Index{Slice: step.Slice}
		var err error
		if step.Lower != nil {
			index.Lower, err = b.bind(step.Lower)
		}
		if step.Upper != nil && err == nil {
			index.Upper, err = b.bind(step.Upper)
		}
		if err != nil {
			return nil, err
		}
		indexes = append(indexes, index)
	}
	if whole.Type() == types.JSONB {
		return expr.NewSetJSONElement(item.Name, whole, indexes, e, item.Pos())
	}
	if t := expr.BaseType(whole.Type()); t.Brought == "hstore" {
		return expr.NewSetHstoreElement(item.Name, whole, indexes, e, item.Pos())
	}
	return expr.NewSetElement(item.Name, whole, indexes, e, item.Pos())
}

// field is a row with the field that item.Path begins with, or a part of it,
// replaced by e.
func (b *binder) field(whole expr.Expr, item *ast.ResTarget, e expr.Expr) (expr.Expr, error) {
	name := item.Path[0].Field
	at, err := expr.FieldOf(item.Name, name, whole.Type(), item.Pos())
	if err != nil {
		return nil, err
	}
	if len(item.Path) > 1 {
		rest := *item
		rest.Name, rest.Path = name, item.Path[1:]
		inner, err := expr.NewFieldSelect(whole, name, item.Pos())
		if err != nil {
			return nil, err
		}
		if e, err = b.part(inner, &rest, e); err != nil {
			return nil, err
		}
		e = expr.WithParts(e)
	}
	return expr.NewSetField(whole, at, e, item.Pos())
}

// rowElements binds the elements of ROW(...), with t.* and (x).* spread out.
func (b *binder) rowElements(list []ast.Expr) ([]expr.Expr, error) {
	out := make([]expr.Expr, 0, len(list))
	for _, item := range list {
		if spread, _, ok, err := b.spread(item); err != nil {
			return nil, err
		} else if ok {
			out = append(out, spread...)
			continue
		}
		e, err := b.bind(item)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// spreadList puts an item for each field in the place of those that are t.* or (x).*, and
// gives by position what the fields are; nil if there are no such items.
func (b *binder) spreadList(list []ast.Expr) (items []ast.Expr, fields map[int]expr.Expr, err error) {
	for i, item := range list {
		found, _, ok, err := b.spread(item)
		if err != nil {
			return nil, nil, err
		}
		if ok && fields == nil {
			items, fields = slices.Clone(list[:i]), map[int]expr.Expr{}
		}
		for _, e := range found {
			fields[len(items)] = e
			items = append(items, item)
		}
		if !ok && fields != nil {
			items = append(items, item)
		}
	}
	if fields == nil {
		return list, nil, nil
	}
	return items, fields, nil
}

// bindSpread binds an item of a list that spreadList has given.
func (b *binder) bindSpread(item ast.Expr, fields map[int]expr.Expr, i int) (expr.Expr, error) {
	if e := fields[i]; e != nil {
		return e, nil
	}
	return b.bind(item)
}

// spread gives the fields that t.* or (x).* stands for; ok is false for any
// other expression.
func (b *binder) spread(item ast.Expr) (fields []expr.Expr, cols []Column, ok bool, err error) {
	var arg expr.Expr
	switch e := item.(type) {
	case *ast.ColumnRef:
		if !e.Star || len(e.Fields) == 0 {
			return nil, nil, false, nil
		}
		arg, err = b.bind(e)
	case *ast.Indirection:
		last := len(e.Path) - 1
		if !e.Path[last].Star {
			return nil, nil, false, nil
		}
		if arg, err = b.bind(e.Arg); err == nil {
			arg, err = b.path(arg, e.Path[:last], e.Pos())
		}
	default:
		return nil, nil, false, nil
	}
	if err != nil {
		return nil, nil, false, err
	}
	for i, f := range expr.FieldsOf(arg) {
		fields = append(fields, expr.FieldAt(arg, i, f))
		cols = append(cols, Column{Name: f.Name, Type: f.Type, Typmod: f.Typmod})
	}
	if fields == nil {
		if arg.Type() == types.RecordType {
			return nil, nil, false, sqlerr.New(sqlerr.DatatypeMismatch, "record type has not been registered").At(item.Pos())
		}
		return nil, nil, false, sqlerr.New(sqlerr.WrongObjectType, "type %s is not composite", arg.Type()).At(item.Pos())
	}
	return fields, cols, true, nil
}
