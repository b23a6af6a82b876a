package expr

import (
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Printer is implemented by nodes of other rooms (subqueries) that String meets.
type Printer interface{ SQL() string }

// String prints e as PostgreSQL's ruleutils do in EXPLAIN: with every pair of
// parentheses, on one line.
func String(e Expr) string {
	p := &printer{}
	p.print(e, false)
	return p.String()
}

// Definition prints e as ruleutils do in pg_get_expr, pg_get_constraintdef and
// pg_get_viewdef: CASE is spread over lines, and with pretty the parentheses
// are left out that precedence makes needless.
func Definition(e Expr, pretty bool) string { return Style{Pretty: pretty}.Definition(e, false) }

// Style is how definitions are written: Pretty leaves needless parentheses out, Indent is by
// how many spaces the lines of the text around are indented, and TypeName names the types of
// users, as the session finds them; without it they are named as in messages.
type Style struct {
	Pretty   bool
	Indent   int
	TypeName func(*types.Type) string
	// Env says how dates and intervals are written; nil: the default.
	Env *types.Env
}

// Definition is the function of that name; showImplicit writes an implicit cast at the top,
// too.
func (s Style) Definition(e Expr, showImplicit bool) string {
	p := &printer{pretty: s.Pretty, lines: true, indent: s.Indent, typeName: s.TypeName, env: s.Env}
	p.print(e, showImplicit)
	return p.String()
}

// Labelled prints a constant with its type, which Definition leaves out where it goes
// without saying.
func (s Style) Labelled(k *Const) string {
	s.Pretty = false
	text := s.Definition(k, false)
	p := &printer{typeName: s.TypeName}
	if label := "::" + p.typeLabel(k.T, k.Mod); k.T != types.Unknown && !strings.HasSuffix(text, label) {
		text += label
	}
	return text
}

// printer writes one expression. showImplicit of its methods says whether
// implicit casts are written, which they are below operators and functions.
type printer struct {
	strings.Builder
	pretty   bool
	lines    bool
	indent   int                      // of a CASE's lines, in spaces
	typeName func(*types.Type) string // of users' types; nil: as in messages
	env      *types.Env               // how values are written; nil: the default
}

// list prints a list whose items stand between commas.
func (p *printer) list(list []Expr, showImplicit bool) {
	for i, a := range list {
		if i > 0 {
			p.WriteString(", ")
		}
		p.print(a, showImplicit)
	}
}

// operand prints an expression below parent, in parentheses where the pretty
// form needs them; the other form writes them with the operand itself.
func (p *printer) operand(e, parent Expr, showImplicit bool) {
	if p.pretty && !simple(e, parent) {
		p.WriteByte('(')
		p.print(e, showImplicit)
		p.WriteByte(')')
		return
	}
	p.print(e, showImplicit)
}

// paren writes the parentheses that only the plain form has.
func (p *printer) paren(c byte) {
	if !p.pretty {
		p.WriteByte(c)
	}
}

func (p *printer) print(e Expr, showImplicit bool) {
	switch n := e.(type) {
	case nil:
	case *Const:
		p.constant(n, true)
	case *Column:
		if n.Relation != "" {
			p.WriteString(QuoteIdent(n.Relation) + ".")
		}
		if n.Name == "" && n.Relation != "" { // the whole row
			p.WriteString("*")
			break
		}
		p.WriteString(QuoteIdent(n.Name))
	case *OuterColumn:
		p.WriteString(QuoteIdent(n.Name))
	case *Param:
		fmt.Fprintf(p, "$%d", n.N)
	case *XML:
		p.xml(n)
	case *JSONValue:
		p.jsonValue(n)
	case *DecodeUTF8:
		p.print(n.Arg, showImplicit)
	case *JSONConstructor:
		p.jsonConstructor(n)
	case *IsJSON:
		p.isJSON(n)
	case *JSONQuery:
		p.jsonQuery(n)
	case *Like:
		p.call(n.Call, showImplicit)
	case *Call:
		if name := VersionColumnName(n); name != "" {
			if c, ok := n.Args[0].(*Column); ok && c.Relation != "" {
				name = QuoteIdent(c.Relation) + "." + name
			}
			p.WriteString(name)
			return
		}
		p.call(n, showImplicit)
	case *Relabel:
		p.cast(n.Arg, n, n.Mod, n.Form, showImplicit)
	case *Collate:
		p.paren('(')
		p.operand(n.Arg, n, showImplicit)
		p.WriteString(" COLLATE " + n.Name)
		p.paren(')')
	case *CollationKey:
		p.print(n.Arg, showImplicit)
	case *ToDomain:
		p.cast(n.Arg, n, types.NoTypmod, n.Form, showImplicit)
	case *TextCast:
		p.cast(n.Arg, n, types.NoTypmod, n.Form, showImplicit)
	case *ArrayCast:
		p.cast(n.Arg, n, types.NoTypmod, n.Form, showImplicit)
	case *ConvertTypmod:
		if c, ok := n.Arg.(*Call); ok && c.Form == FormSyntax && len(c.Args) == 0 && n.Mod >= 0 { // LOCALTIMESTAMP(3)
			p.call(c, showImplicit)
			fmt.Fprintf(p, "(%d)", n.Mod)
			return
		}
		inner, form := n.Arg, FormImplicitCast
		if n.Explicit {
			form = FormCast
			if r, ok := inner.(*Relabel); ok && r.T.Same(n.Type()) {
				inner = r.Arg
			}
		}
		p.cast(inner, n, n.Mod, form, showImplicit)
	case *TextInput:
		if p.env != nil && n.T.Category == 'D' || p.env != nil && n.T == types.IntervalType {
			if v, err := n.Eval(&Context{Env: p.env}, nil); err == nil {
				p.constant(&Const{Value: v, T: n.T, Mod: n.Mod}, true)
				return
			}
		}
		p.WriteString(quoted(n.Text) + "::" + p.typeLabel(n.T, n.Mod))
	case *And:
		p.boolean(n.Args, n, " AND ")
	case *Or:
		p.boolean(n.Args, n, " OR ")
	case *Not:
		p.paren('(')
		p.WriteString("NOT ")
		p.operand(n.Arg, n, false)
		p.paren(')')
	case *IsNull:
		p.paren('(')
		p.operand(n.Arg, n, true)
		switch {
		case n.Whole && n.Negated:
			p.WriteString(" IS DISTINCT FROM NULL")
		case n.Whole:
			p.WriteString(" IS NOT DISTINCT FROM NULL")
		case n.Negated:
			p.WriteString(" IS NOT NULL")
		default:
			p.WriteString(" IS NULL")
		}
		p.paren(')')
	case *BoolTest:
		p.paren('(')
		p.operand(n.Arg, n, false)
		p.WriteString([]string{" IS TRUE", " IS NOT TRUE", " IS FALSE", " IS NOT FALSE", " IS UNKNOWN", " IS NOT UNKNOWN"}[n.Test])
		p.paren(')')
	case *IsDistinct:
		p.distinct(n)
	case *Case:
		p.caseExpr(n)
	case *Coalesce:
		p.function("COALESCE", n.Args)
	case *MinMax:
		p.function(n.name(), n.Args)
	case *NullIf:
		p.function("NULLIF", []Expr{n.Left, n.Right})
	case *ArrayExpr:
		p.WriteString("ARRAY[")
		p.list(n.Elems, true)
		p.WriteByte(']')
		if len(n.Elems) == 0 {
			p.WriteString("::" + p.typeLabel(n.T, types.NoTypmod))
		}
	case *AnyAll:
		word := " ANY ("
		if n.All {
			word = " ALL ("
		}
		p.anyAll(n, n.Left, n.Op+word, n.Array)
	case *InList:
		word := "= ANY ("
		if n.Negated {
			word = "<> ALL ("
		}
		p.anyAll(n, n.Left, word, &ArrayExpr{Elems: n.List})
	case *RowExpr:
		p.function("ROW", n.Elems)
		if n.Cast {
			p.WriteString("::" + p.typeLabel(n.T, types.NoTypmod))
		}
	case *RowCompare:
		p.paren('(')
		p.function("ROW", n.Left)
		p.WriteString(" " + n.Op + " ")
		p.function("ROW", n.Right)
		p.paren(')')
	case *FieldSelect:
		p.WriteByte('(')
		p.print(n.Arg, true)
		p.WriteString(")." + QuoteIdent(n.Name))
	case *Subscript:
		p.subscript(n)
	case *FixedElement:
		as := &Subscript{Arg: n.Arg, T: n.T}
		for _, i := range n.Indexes {
			as.Indexes = append(as.Indexes, Index{Upper: i})
		}
		p.subscript(as)
	case *Spread:
		p.WriteString("VARIADIC ")
		p.print(n.Arg, true)
	case Printer:
		p.WriteString(n.SQL())
	case fmt.Stringer: // of another package, such as a subquery
		p.WriteString(n.String())
	default:
		fmt.Fprintf(p, "%T", e)
	}
}

func (p *printer) function(name string, args []Expr) {
	p.WriteString(name + "(")
	p.list(args, true)
	p.WriteByte(')')
}

func (p *printer) boolean(args []Expr, parent Expr, word string) {
	p.paren('(')
	for i, a := range args {
		if i > 0 {
			p.WriteString(word)
		}
		p.operand(a, parent, false)
	}
	p.paren(')')
}

// distinct prints IS DISTINCT FROM; IS NOT DISTINCT FROM is its negation.
func (p *printer) distinct(n *IsDistinct) {
	if n.Negated {
		p.paren('(')
		p.WriteString("NOT ")
	}
	p.paren('(')
	p.operand(n.Left, n, true)
	p.WriteString(" IS DISTINCT FROM ")
	p.operand(n.Right, n, true)
	p.paren(')')
	if n.Negated {
		p.paren(')')
	}
}

func (p *printer) anyAll(n, left Expr, word string, array Expr) {
	p.paren('(')
	p.operand(left, n, true)
	p.WriteByte(' ')
	p.WriteString(word)
	p.operand(array, n, true)
	p.WriteByte(')')
	p.paren(')')
}

// line begins a new line, or on one line writes a space.
func (p *printer) line() {
	if !p.lines {
		p.WriteByte(' ')
		return
	}
	have := strings.TrimRight(p.String(), " ")
	p.Reset()
	p.WriteString(have + "\n" + strings.Repeat(" ", p.indent))
}

// simpleTest is the operator that a simple CASE compares with; nil for anything
// else.
func simpleTest(e Expr) *Call {
	if c, ok := e.(*Call); ok && c.Form == FormOperator && len(c.Args) == 2 {
		return c
	}
	return nil
}

func (p *printer) caseExpr(n *Case) {
	if p.lines {
		p.line()
	}
	p.WriteString("CASE")
	simple := n.Simple
	for _, w := range n.Whens {
		simple = simple && simpleTest(w.Cond) != nil
	}
	if simple {
		p.WriteByte(' ')
		p.print(simpleTest(n.Whens[0].Cond).Args[0], true)
	}
	p.indent += 4
	for _, w := range n.Whens {
		p.line()
		p.WriteString("WHEN ")
		if simple {
			p.print(simpleTest(w.Cond).Args[1], false)
		} else {
			p.print(w.Cond, false)
		}
		p.WriteString(" THEN ")
		p.print(w.Result, true)
	}
	p.line()
	p.WriteString("ELSE ")
	p.print(n.Else, true)
	p.indent -= 4
	p.line()
	p.WriteString("END")
}

func (p *printer) subscript(n *Subscript) {
	_, plain := n.Arg.(*Column)
	if c, ok := n.Arg.(interface{ IsColumn() bool }); ok { // one that is written already
		plain = c.IsColumn()
	}
	if plain {
		p.print(n.Arg, false)
	} else {
		p.WriteByte('(')
		p.print(n.Arg, true)
		p.WriteByte(')')
	}
	for _, ix := range n.Indexes {
		p.WriteByte('[')
		p.print(ix.Lower, false)
		if ix.Slice {
			p.WriteByte(':')
		}
		p.print(ix.Upper, false)
		p.WriteByte(']')
	}
}

// constant writes a literal, with its type where it would not be read back as
// that type; labelled false leaves the type to what follows.
func (p *printer) constant(n *Const, labelled bool) {
	label := ""
	if labelled {
		label = "::" + p.typeLabel(n.T, n.Mod)
	}
	if n.Value.IsNull() {
		if n.T == types.Unknown {
			label = ""
		}
		p.WriteString("NULL" + label)
		return
	}
	env := p.env
	if env == nil {
		env = types.DefaultEnv
	}
	text := n.T.Text(n.Value, env)
	digits := text != "" && text[0] >= '0' && text[0] <= '9'
	switch n.T {
	case types.Boolean:
		if n.Value.Bool() {
			p.WriteString("true")
		} else {
			p.WriteString("false")
		}
		return
	case types.Int4:
		if digits {
			p.WriteString(text)
			return
		}
	case types.Numeric:
		if digits && strings.ContainsAny(text, "eE.") {
			p.WriteString(text)
			if n.Mod == types.NoTypmod {
				label = ""
			}
			p.WriteString(label)
			return
		}
	case types.Unknown:
		label = ""
	}
	p.WriteString(quoted(text) + label)
}

// quoted is a literal under standard_conforming_strings.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// typeLabel names the type of a cast. character without a length is bpchar
// there: CHARACTER would be read as character(1).
func (p *printer) typeLabel(t *types.Type, mod int32) string {
	switch {
	case p.typeName != nil && t.OID >= types.FirstUserOID:
		return p.typeName(t)
	case t == types.BPChar && mod == types.NoTypmod:
		return "bpchar"
	case t == types.BPChar.Array && mod == types.NoTypmod:
		return "bpchar[]"
	case t == types.Bit && mod == types.NoTypmod:
		return `"bit"`
	case t == types.Bit.Array && mod == types.NoTypmod:
		return `"bit"[]`
	}
	return types.FormatType(t, mod)
}

// valueFunctions are the functions without parentheses.
var valueFunctions = map[string]string{
	"current_date": "CURRENT_DATE", "current_time": "CURRENT_TIME", "current_timestamp": "CURRENT_TIMESTAMP", "localtime": "LOCALTIME",
	"localtimestamp": "LOCALTIMESTAMP", "current_user": "CURRENT_USER", "current_role": "CURRENT_ROLE", "session_user": "SESSION_USER",
	"user": "USER", "current_catalog": "CURRENT_CATALOG", "current_schema": "CURRENT_SCHEMA",
}

func (p *printer) call(n *Call, showImplicit bool) {
	switch {
	case n.Fn == identity:
		p.print(n.Args[0], showImplicit)
	case n.Form == FormOperator && n.Operator() != "" && len(n.Args) == 1:
		p.paren('(')
		p.WriteString(n.Operator() + " ")
		p.operand(n.Args[0], n, true)
		p.paren(')')
	case n.Form == FormOperator && n.Operator() != "":
		p.paren('(')
		p.operand(n.Args[0], n, true)
		p.WriteString(" " + n.Operator() + " ")
		p.operand(n.Args[1], n, true)
		p.paren(')')
	case n.Form == FormCast || n.Form == FormImplicitCast:
		p.cast(n.Args[0], n, n.Mod, n.Form, showImplicit)
	case n.Fn.Shown != "":
		p.function(n.Fn.Shown, n.Args)
	case len(n.Args) == 0 && valueFunctions[n.Fn.Name] != "" && (n.Form == FormSyntax || n.Fn.Name != "current_schema"):
		p.WriteString(valueFunctions[n.Fn.Name])
	case n.Form == FormSyntax && p.syntax(n):
	default:
		p.function(QuoteIdent(n.Fn.Name), n.Args)
	}
}

// cast writes arg::type; an implicit cast only where it is to be shown.
func (p *printer) cast(arg, whole Expr, mod int32, form CallForm, showImplicit bool) {
	if form == FormImplicitCast && !showImplicit {
		p.operand(arg, whole, false)
		return
	}
	t := whole.Type()
	if k, ok := arg.(*Const); ok && (k.T == types.Unknown || k.T.Same(t) && k.Mod == types.NoTypmod) {
		p.constant(k, false)
	} else {
		p.paren('(')
		p.operand(arg, whole, false)
		p.paren(')')
	}
	p.WriteString("::" + p.typeLabel(t, mod))
}

// LooksLikeFunction says whether an expression is written as a call, so that it
// needs no parentheses as a key of an index.
func LooksLikeFunction(e Expr) bool {
	switch e := e.(type) {
	case *Call:
		return e.Form == FormFunction || e.Form == FormSyntax
	case *Coalesce, *MinMax, *NullIf, *JSONQuery:
		return true
	}
	return false
}
