package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// targets binds a select list, with * spread out.
func (b *binder) targets(list []*ast.ResTarget) ([]expr.Expr, []Column, error) {
	var exprs []expr.Expr
	var cols []Column
	if b.clause == "" {
		b.clause = "SELECT"
	}
	for _, t := range list {
		if spread, names, ok, err := b.spreadTarget(t.Val); err != nil {
			return nil, nil, err
		} else if ok {
			exprs, cols = append(exprs, spread...), append(cols, names...)
			continue
		}
		if ref, ok := t.Val.(*ast.ColumnRef); ok && ref.Star {
			n := len(exprs)
			for i := range b.scope.columns {
				c := &b.scope.columns[i]
				if c.hidden || c.shadowed && len(ref.Fields) == 0 || len(ref.Fields) > 0 && c.relation != ref.Fields[len(ref.Fields)-1] {
					continue
				}
				exprs = append(exprs, b.scope.column(i, ref.Pos()))
				cols = append(cols, c.Column)
			}
			if len(exprs) == n {
				if len(ref.Fields) == 0 {
					if len(b.scope.columns) == 0 {
						return nil, nil, sqlerr.New(sqlerr.SyntaxError, "SELECT * with no tables specified is not valid").At(ref.Pos())
					}
				} else if rel := ref.Fields[len(ref.Fields)-1]; !b.scope.hasRelation(rel) {
					return nil, nil, b.scope.missing(rel, ref.Pos())
				}
			}
			continue
		}
		e, err := b.bind(t.Val)
		if err != nil {
			return nil, nil, err
		}
		col := Column{Name: t.Name, Type: e.Type(), Typmod: e.Typmod(), Collation: expr.CollationOf(e)}
		if col.Type == types.RecordType {
			col.Fields = expr.FieldsOf(e)
		}
		if c, ok := e.(*expr.Column); ok {
			if of := b.scope.at(c.Index); of != nil {
				col.Table, col.Num = of.Table, of.Num
			}
		}
		if col.Name == "" {
			col.Name = columnName(t.Val)
		}
		exprs = append(exprs, e)
		cols = append(cols, col)
	}
	return exprs, cols, nil
}

// spreadTarget is spread for what is not a relation of this level with *.
func (b *binder) spreadTarget(e ast.Expr) ([]expr.Expr, []Column, bool, error) {
	if ref, ok := e.(*ast.ColumnRef); ok && (len(ref.Fields) == 0 || b.scope.hasRelation(ref.Fields[len(ref.Fields)-1])) {
		return nil, nil, false, nil
	}
	return b.spread(e)
}

// columnName is the name PostgreSQL gives a select-list item without AS
// (FigureColname).
func columnName(e ast.Expr) string {
	if n, _ := figureName(e); n != "" {
		return n
	}
	return "?column?"
}

// ExpressionName is the name that an expression's column gets, "?column?" if it
// suggests none.
func ExpressionName(e ast.Expr) string { return columnName(e) }

// figureName gives a name and how strong it is: 2 for one that a cast around
// it must keep, 1 for one that it may replace.
func figureName(e ast.Expr) (string, int) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		if !e.Star {
			return e.Fields[len(e.Fields)-1], 2
		}
	case *ast.Indirection:
		for i := len(e.Path) - 1; i >= 0; i-- {
			if f := e.Path[i].Field; f != "" {
				return f, 2
			}
		}
		return figureName(e.Arg)
	case *ast.FuncCall:
		return e.Name[len(e.Name)-1], 2
	case *ast.AExpr:
		if e.OpKind == ast.OpNullIf {
			return "nullif", 2
		}
	case *ast.TypeCast:
		if n, strength := figureName(e.Arg); strength > 1 {
			return n, strength
		}
		if e.Type != nil {
			return e.Type.Names[len(e.Type.Names)-1], 1
		}
	case *ast.CollateClause:
		return figureName(e.Arg)
	case *ast.SubLink:
		switch e.LinkKind {
		case ast.SubLinkExists:
			return "exists", 2
		case ast.SubLinkArray:
			return "array", 2
		case ast.SubLinkExpr:
			if s, ok := e.Query.(*ast.SelectStmt); ok {
				for s.SetOp != ast.SetNone {
					s = s.Left
				}
				// The query is bound by now: its column has a name, if only ?column?.
				switch {
				case s.Values != nil:
					return "column1", 2
				case len(s.Targets) == 0:
				case s.Targets[0].Name != "":
					return s.Targets[0].Name, 2
				case !isStar(s.Targets[0].Val):
					return columnName(s.Targets[0].Val), 2
				}
			}
		}
	case *ast.CaseExpr:
		if e.Else != nil {
			if n, strength := figureName(e.Else); strength > 1 {
				return n, strength
			}
		}
		return "case", 1
	case *ast.ArrayExpr:
		return "array", 2
	case *ast.RowExpr:
		return "row", 2
	case *ast.CoalesceExpr:
		return "coalesce", 2
	case *ast.MinMaxExpr:
		if e.Greatest {
			return "greatest", 2
		}
		return "least", 2
	case *ast.GroupingFunc:
		return "grouping", 2
	case *ast.XMLExpr:
		switch e.Op {
		case ast.XMLSerialize:
			return "xmlserialize", 2
		case ast.XMLIsDocument:
		default:
			return string(e.Op), 2
		}
	case *ast.XMLTable:
		return "xmltable", 2
	case *ast.JSONExpr:
		return string(e.Op), 2
	case *ast.JSONTable:
		return "json_table", 2
	case *ast.SQLValueFunction:
		return e.Op, 2
	}
	return "", 0
}

// isStar says whether an item of a select list stands for several columns.
func isStar(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.ColumnRef:
		return e.Star
	case *ast.Indirection:
		return len(e.Path) > 0 && e.Path[len(e.Path)-1].Star
	}
	return false
}
