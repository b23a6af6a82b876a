package plan

import (
	"strconv"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// with writes a WITH clause.
func (l *viewLevel) with(w *ast.WithClause) error {
	l.indent += clauseIndent
	l.WriteString(" WITH ")
	if w.Recursive {
		l.WriteString("RECURSIVE ")
	}
	for i, c := range w.CTEs {
		query, ok := c.Query.(*ast.SelectStmt)
		if !ok || c.Search != nil || c.Cycle != nil {
			l.known = false
			return nil
		}
		if i > 0 {
			l.WriteString(", ")
		}
		l.WriteString(expr.QuoteIdent(c.Name) + l.aliasList(c.Columns) + " AS ")
		switch c.Materialized {
		case ast.CTEMaterialized:
			l.WriteString("MATERIALIZED ")
		case ast.CTENotMaterialized:
			l.WriteString("NOT MATERIALIZED ")
		}
		l.WriteByte('(')
		l.line("", 0, 0, 0)
		text, err := l.below(query, l.scope.outer, l.outer, viewOutput{})
		if err != nil {
			return err
		}
		l.WriteString(text)
		l.line("", 0, 0, 0)
		l.WriteByte(')')
	}
	l.indent -= clauseIndent
	l.line("", 0, 0, 0)
	return nil
}

// below writes a query within this one.
func (l *viewLevel) below(s *ast.SelectStmt, outer *scope, frame viewFrame, out viewOutput) (string, error) {
	in := l.level(outer, frame, l.taken, l.indent)
	err := in.query(s, out)
	return in.String(), err
}

// setOperation writes UNION, INTERSECT and EXCEPT.
func (l *viewLevel) setOperation(s *ast.SelectStmt, out viewOutput) error {
	nested := setOperand(s.Left) && !(s.Left.SetOp == s.SetOp && s.Left.All == s.All)
	sub := 0
	if nested {
		l.WriteByte('(')
		sub = clauseIndent
		l.line("", sub, 0, 0)
	}
	if err := l.arm(s.Left, out); err != nil {
		return err
	}
	if nested {
		l.line(") ", -sub, 0, 0)
	} else {
		l.line("", -sub, 0, 0)
	}
	l.WriteString([...]string{ast.SetUnion: "UNION ", ast.SetIntersect: "INTERSECT ", ast.SetExcept: "EXCEPT "}[s.SetOp])
	if s.All {
		l.WriteString("ALL ")
	}
	if nested, sub = setOperand(s.Right), 0; nested {
		l.WriteByte('(')
		sub = clauseIndent
	}
	l.line("", sub, 0, 0)
	if err := l.arm(s.Right, viewOutput{names: out.names, hidden: true}); err != nil {
		return err
	}
	l.indent -= sub
	if nested {
		l.line(")", 0, 0, 0)
	}
	return nil
}

// setOperand says whether an arm is a set operation of its own, and not a
// subquery that contains one.
func setOperand(s *ast.SelectStmt) bool { return s.SetOp != ast.SetNone && !ownClauses(s) }

func ownClauses(s *ast.SelectStmt) bool {
	return s.With != nil || len(s.OrderBy) > 0 || len(s.Locking) > 0 || s.Limit != nil || s.Offset != nil
}

// arm writes an arm of a set operation.
func (l *viewLevel) arm(s *ast.SelectStmt, out viewOutput) error {
	if setOperand(s) {
		return l.setOperation(s, out)
	}
	paren := ownClauses(s)
	if paren {
		l.WriteByte('(')
	}
	in := l.sibling()
	if err := in.query(s, out); err != nil {
		return err
	}
	l.WriteString(in.String())
	if paren {
		l.WriteByte(')')
	}
	return nil
}

// orderByNumber writes the order of a set operation, which can only be by its
// columns.
func (l *viewLevel) orderByNumber(s *ast.SelectStmt) error {
	plain := *s
	plain.OrderBy, plain.Limit, plain.Offset, plain.WithTies, plain.With = nil, nil, nil, false, nil
	n, err := l.p.selectBody(&plain, l.scope.outer)
	if err != nil {
		return err
	}
	cols := n.Columns()
	outputs := make([]expr.Expr, len(cols))
	for i, c := range cols {
		outputs[i] = &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation}
	}
	for i, item := range s.OrderBy {
		at, err := l.p.outputItem(item.Expr, cols, outputs, "ORDER BY")
		if err != nil {
			return err
		}
		if at < 0 {
			l.known = false
			return nil
		}
		key, err := sortKey(item, at, outputs[at])
		if err != nil {
			return err
		}
		l.orderItem(i, strconv.Itoa(at+1), key)
	}
	return nil
}

// values writes VALUES, whose columns have the types that they have in common.
func (l *viewLevel) values(rows [][]ast.Expr) error {
	n, err := l.p.valuesStmt(&ast.SelectStmt{Values: rows}, l.scope.outer)
	if err != nil {
		return err
	}
	if n, err = l.p.settleUnknown(n); err != nil {
		return err
	}
	bound := valueRows(n)
	if bound == nil {
		l.known = false
		return nil
	}
	l.WriteString("VALUES ")
	for i, row := range bound {
		if i > 0 {
			l.WriteString(", ")
		}
		l.WriteByte('(')
		for k, e := range row {
			if k > 0 {
				l.WriteByte(',')
			}
			if row := l.wholeRow(e); row != nil {
				l.WriteString(row.text + "::" + row.relation)
				continue
			}
			l.WriteString(l.expression(e, false))
		}
		l.WriteByte(')')
	}
	return nil
}

// valueRows finds the rows of VALUES, with the casts that are above them; nil if
// they are not there.
func valueRows(n Node) [][]expr.Expr {
	switch n := n.(type) {
	case *Values:
		return n.Rows
	case *Project:
		below := valueRows(n.Input)
		var rows [][]expr.Expr
		for _, row := range below {
			out := make([]expr.Expr, len(n.Exprs))
			for i, e := range n.Exprs {
				out[i] = expr.Rewrite(e, func(e expr.Expr) expr.Expr {
					if c, ok := e.(*expr.Column); ok && c.Index < len(row) {
						return row[c.Index]
					}
					return e
				})
			}
			rows = append(rows, out)
		}
		return rows
	}
	return nil
}
