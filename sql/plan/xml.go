package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// xml binds the expressions that make XML.
func (b *binder) xml(e *ast.XMLExpr) (expr.Expr, error) {
	x := &expr.XML{Op: string(e.Op), Name: e.Name, Document: e.Document, Preserve: e.Preserve, Standalone: e.Standalone, T: types.XML, Mod: types.NoTypmod}
	for _, t := range e.Named {
		v, err := b.bind(t.Val)
		if err != nil {
			return nil, err
		}
		name := t.Name
		ref, isRef := t.Val.(*ast.ColumnRef)
		switch {
		case name != "":
			name = expr.XMLName(name, false)
		case isRef && !ref.Star:
			name = expr.XMLName(ref.Fields[len(ref.Fields)-1], true)
		case e.Op == ast.XMLForest:
			return nil, sqlerr.New(sqlerr.SyntaxError, "unnamed XML element value must be a column reference").At(t.Val.Pos())
		default:
			return nil, sqlerr.New(sqlerr.SyntaxError, "unnamed XML attribute value must be a column reference").At(t.Val.Pos())
		}
		for _, have := range x.Names {
			if have == name && e.Op == ast.XMLElement {
				return nil, sqlerr.New(sqlerr.SyntaxError, `XML attribute name "%s" appears more than once`, name).At(t.Val.Pos())
			}
		}
		x.Names, x.Named = append(x.Names, name), append(x.Named, v)
	}
	if e.Name != "" {
		x.Name = expr.XMLName(e.Name, false)
	}
	to := func(a ast.Expr, t *types.Type, what string) error {
		v, err := b.bind(a)
		if err == nil {
			v, err = b.coerceTo(v, t, "argument of "+what, a.Pos())
		}
		x.Args = append(x.Args, v)
		return err
	}
	switch e.Op {
	case ast.XMLElement:
		for _, a := range e.Args {
			v, err := b.bind(a)
			if err != nil {
				return nil, err
			}
			x.Args = append(x.Args, v)
		}
	case ast.XMLConcat:
		for _, a := range e.Args {
			if err := to(a, types.XML, "XMLCONCAT"); err != nil {
				return nil, err
			}
		}
	case ast.XMLParse:
		b.p.volatile = max(b.p.volatile, expr.Stable)
		if err := to(e.Args[0], types.Text, "XMLPARSE"); err != nil {
			return nil, err
		}
	case ast.XMLPI:
		for _, a := range e.Args {
			if err := to(a, types.Text, "XMLPI"); err != nil {
				return nil, err
			}
		}
	case ast.XMLRoot:
		if err := to(e.Args[0], types.XML, "XMLROOT"); err != nil {
			return nil, err
		}
		if e.Version != nil {
			if err := to(e.Version, types.Text, "XMLROOT"); err != nil {
				return nil, err
			}
		}
	case ast.XMLIsDocument:
		x.T = types.Boolean
		return x, to(e.Args[0], types.XML, "IS DOCUMENT")
	case ast.XMLSerialize:
		t, typmod, err := b.p.env.TypeName(e.Type)
		if err != nil {
			return nil, err
		}
		if err := to(e.Args[0], types.XML, "XMLSERIALIZE"); err != nil {
			return nil, err
		}
		x.T, x.As, x.AsMod = types.Text, t, typmod
		c, err := b.p.typing().Coerce(x, t, typmod, expr.Implicit)
		if err != nil {
			return nil, sqlerr.New(sqlerr.CannotCoerce, "cannot cast XMLSERIALIZE result to %s", t).At(e.Pos())
		}
		return c, nil
	}
	return x, nil
}
