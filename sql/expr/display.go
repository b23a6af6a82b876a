package expr

import (
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Printer is implemented by nodes of other rooms (subqueries) that String meets.
type Printer interface{ SQL() string }

// String prints e as PostgreSQL's ruleutils do in EXPLAIN and pg_get_expr.
func String(e Expr) string {
	var b strings.Builder
	printExpr(&b, e)
	return b.String()
}

func printList(b *strings.Builder, list []Expr, sep string) {
	for i, a := range list {
		if i > 0 {
			b.WriteString(sep)
		}
		printExpr(b, a)
	}
}

func printExpr(b *strings.Builder, e Expr) {
	switch n := e.(type) {
	case nil:
	case *Const:
		printConst(b, n)
	case *Column:
		b.WriteString(QuoteIdent(n.Name))
	case *OuterColumn:
		b.WriteString(QuoteIdent(n.Name))
	case *Param:
		fmt.Fprintf(b, "$%d", n.N)
	case *Like:
		printCall(b, n.Call)
	case *Call:
		printCall(b, n)
	case *Relabel:
		printCast(b, n.Arg, n.T, n.Mod, n.Form)
	case *TextCast:
		printCast(b, n.Arg, n.T, types.NoTypmod, n.Form)
	case *ArrayCast:
		printCast(b, n.Arg, n.T, types.NoTypmod, n.Form)
	case *ConvertTypmod:
		inner := n.Arg
		if r, ok := inner.(*Relabel); ok && r.T.Same(n.Type()) {
			inner = r.Arg
		}
		printCast(b, inner, n.Type(), n.Mod, FormCast)
	case *TextInput:
		b.WriteString(QuoteLiteral(n.Text) + "::" + types.FormatType(n.T, n.Mod))
	case *And:
		b.WriteByte('(')
		printList(b, n.Args, " AND ")
		b.WriteByte(')')
	case *Or:
		b.WriteByte('(')
		printList(b, n.Args, " OR ")
		b.WriteByte(')')
	case *Not:
		b.WriteString("(NOT ")
		printExpr(b, n.Arg)
		b.WriteByte(')')
	case *IsNull:
		b.WriteByte('(')
		printExpr(b, n.Arg)
		if n.Negated {
			b.WriteString(" IS NOT NULL)")
		} else {
			b.WriteString(" IS NULL)")
		}
	case *BoolTest:
		b.WriteByte('(')
		printExpr(b, n.Arg)
		b.WriteString([]string{" IS TRUE)", " IS NOT TRUE)", " IS FALSE)", " IS NOT FALSE)", " IS UNKNOWN)", " IS NOT UNKNOWN)"}[n.Test])
	case *IsDistinct:
		b.WriteByte('(')
		if n.Negated {
			b.WriteString("NOT (")
		}
		printExpr(b, n.Left)
		b.WriteString(" IS DISTINCT FROM ")
		printExpr(b, n.Right)
		if n.Negated {
			b.WriteByte(')')
		}
		b.WriteByte(')')
	case *Case:
		b.WriteString("CASE")
		for _, w := range n.Whens {
			b.WriteString(" WHEN ")
			printExpr(b, w.Cond)
			b.WriteString(" THEN ")
			printExpr(b, w.Result)
		}
		b.WriteString(" ELSE ")
		printExpr(b, n.Else)
		b.WriteString(" END")
	case *Coalesce:
		b.WriteString("COALESCE(")
		printList(b, n.Args, ", ")
		b.WriteByte(')')
	case *MinMax:
		b.WriteString(n.name() + "(")
		printList(b, n.Args, ", ")
		b.WriteByte(')')
	case *NullIf:
		b.WriteString("NULLIF(")
		printList(b, []Expr{n.Left, n.Right}, ", ")
		b.WriteByte(')')
	case *ArrayExpr:
		b.WriteString("ARRAY[")
		printList(b, n.Elems, ", ")
		b.WriteByte(']')
		if len(n.Elems) == 0 {
			b.WriteString("::" + n.T.String())
		}
	case *AnyAll:
		b.WriteByte('(')
		printExpr(b, n.Left)
		word := " ANY ("
		if n.All {
			word = " ALL ("
		}
		b.WriteString(" " + n.Op + word)
		printExpr(b, n.Array)
		b.WriteString("))")
	case *InList:
		b.WriteByte('(')
		printExpr(b, n.Left)
		if n.Negated {
			b.WriteString(" <> ALL (")
		} else {
			b.WriteString(" = ANY (")
		}
		if arr := constArray(n.List); arr != nil {
			printExpr(b, arr)
		} else {
			b.WriteString("ARRAY[")
			printList(b, n.List, ", ")
			b.WriteByte(']')
		}
		b.WriteString("))")
	case *RowExpr:
		b.WriteString("ROW(")
		printList(b, n.Elems, ", ")
		b.WriteByte(')')
	case *RowCompare:
		b.WriteString("(ROW(")
		printList(b, n.Left, ", ")
		b.WriteString(") " + n.Op + " ROW(")
		printList(b, n.Right, ", ")
		b.WriteString("))")
	case *FieldSelect:
		b.WriteByte('(')
		printExpr(b, n.Arg)
		b.WriteString(")." + QuoteIdent(n.Name))
	case *Subscript:
		if _, plain := n.Arg.(*Column); plain {
			printExpr(b, n.Arg)
		} else {
			b.WriteByte('(')
			printExpr(b, n.Arg)
			b.WriteByte(')')
		}
		for _, ix := range n.Indexes {
			b.WriteByte('[')
			printExpr(b, ix.Lower)
			if ix.Slice {
				b.WriteByte(':')
			}
			printExpr(b, ix.Upper)
			b.WriteByte(']')
		}
	case *Spread:
		b.WriteString("VARIADIC ")
		printExpr(b, n.Arg)
	case Printer:
		b.WriteString(n.SQL())
	default:
		fmt.Fprintf(b, "%T", e)
	}
}

func constArray(list []Expr) Expr {
	var vals []types.Datum
	for _, x := range list {
		k, ok := x.(*Const)
		if !ok {
			return nil
		}
		vals = append(vals, k.Value)
	}
	t := list[0].Type()
	if t.Array == nil {
		return nil
	}
	return &Const{Value: types.ArrayDatum(t, vals), T: t.Array, Mod: types.NoTypmod}
}

// printConst writes a literal with its type where it would not be read back as
// that type.
func printConst(b *strings.Builder, n *Const) {
	if n.Value.IsNull() {
		b.WriteString("NULL")
		if n.T != types.Unknown {
			b.WriteString("::" + types.FormatType(n.T, n.Mod))
		}
		return
	}
	text := n.T.Text(n.Value, types.DefaultEnv)
	plain := strings.Trim(text, "0123456789.") == ""
	switch n.T {
	case types.Boolean:
		if n.Value.Bool() {
			b.WriteString("true")
		} else {
			b.WriteString("false")
		}
		return
	case types.Int4:
		if plain {
			b.WriteString(text)
			return
		}
	case types.Numeric:
		if plain && strings.Contains(text, ".") && n.Mod == types.NoTypmod {
			b.WriteString(text)
			return
		}
	case types.Unknown:
		b.WriteString(QuoteLiteral(text))
		return
	}
	b.WriteString(QuoteLiteral(text) + "::" + types.FormatType(n.T, n.Mod))
}

func printCall(b *strings.Builder, n *Call) {
	switch {
	case n.Fn == identity:
		printExpr(b, n.Args[0])
	case n.Form == FormOperator && n.Op != nil && len(n.Args) == 1:
		b.WriteString("(" + n.Op.Name + " ")
		printExpr(b, n.Args[0])
		b.WriteByte(')')
	case n.Form == FormOperator && n.Op != nil:
		b.WriteByte('(')
		printExpr(b, n.Args[0])
		b.WriteString(" " + n.Op.Name + " ")
		printExpr(b, n.Args[1])
		b.WriteByte(')')
	case n.Form == FormCast || n.Form == FormImplicitCast:
		printCast(b, n.Args[0], n.T, n.Mod, n.Form)
	default:
		b.WriteString(QuoteIdent(n.Fn.Name) + "(")
		printList(b, n.Args, ", ")
		b.WriteByte(')')
	}
}

// printCast leaves implicit casts out.
func printCast(b *strings.Builder, arg Expr, t *types.Type, mod int32, form CallForm) {
	if form == FormImplicitCast {
		printExpr(b, arg)
		return
	}
	if k, ok := arg.(*Const); ok && k.T == types.Unknown {
		printExpr(b, arg)
	} else {
		b.WriteByte('(')
		printExpr(b, arg)
		b.WriteByte(')')
	}
	b.WriteString("::" + types.FormatType(t, mod))
}
