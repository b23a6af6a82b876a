package expr

import "strings"

// simple says whether e below parent can be written without parentheses
// (ruleutils' isSimpleNode).
func simple(e, parent Expr) bool {
	switch n := e.(type) {
	case *FieldSelect:
		_, nested := parent.(*FieldSelect)
		return !nested
	case *Relabel:
		return simple(n.Arg, n)
	case *TextCast:
		return simple(n.Arg, n)
	case *ArrayCast:
		return simple(n.Arg, n)
	case *ConvertTypmod:
		return simple(n.Arg, n)
	case *Like:
		return simple(n.Call, parent)
	case *Call:
		if n.Form != FormOperator {
			return true
		}
		if l, ok := parent.(*Like); ok {
			parent = l.Call
		}
		if above, ok := parent.(*Call); ok && above.Form == FormOperator {
			return simpleOperator(n, above)
		}
		return separates(parent)
	case *IsNull, *BoolTest, *IsDistinct:
		return separates(parent)
	case *And, *Not:
		switch parent.(type) {
		case *And, *Or:
			return true
		case *Not:
			return false
		}
		return separates(parent)
	case *Or:
		switch parent.(type) {
		case *Or:
			return true
		case *And, *Not:
			return false
		}
		return separates(parent)
	case *AnyAll, *InList, *RowCompare:
		return false
	case interface{ Operator() bool }: // of another package: a subquery
		return !n.Operator() || separates(parent)
	}
	return true
}

// separates says whether parent has its own parentheses or separators around
// an operand, or binds less tightly than any operator.
func separates(parent Expr) bool {
	switch p := parent.(type) {
	case *Call:
		return p.Form == FormFunction || p.Form == FormSyntax
	case *And, *Or, *Not, *Subscript, *ArrayExpr, *RowExpr, *Coalesce, *MinMax, *NullIf, *Case:
		return true
	}
	return false
}

// simpleOperator knows the precedence of + - and * / % among themselves;
// between other operators parentheses stay.
func simpleOperator(n, parent *Call) bool {
	if len(n.Args) != 2 || len(parent.Args) != 2 {
		return false
	}
	low, high := precedence(n.Operator())
	parentLow, parentHigh := precedence(parent.Operator())
	switch {
	case !low && !high, !parentLow && !parentHigh:
		return false
	case high && parentLow:
		return true
	case low && parentHigh:
		return false
	}
	return parent.Args[0] == Expr(n)
}

func precedence(op string) (low, high bool) {
	return len(op) == 1 && strings.Contains("+-", op), len(op) == 1 && strings.Contains("*/%", op)
}
