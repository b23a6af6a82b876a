package parser

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// Deparse writes a node as canonical SQL: keywords in capitals, one space
// between words, identifiers quoted where they must be, parentheses around
// every operator below another. What it writes parses to the same tree.
func Deparse(n ast.Node) string {
	d := &deparser{}
	d.node(n)
	return d.String()
}

// AssignedName writes what an INSERT or UPDATE assigns to: a column, or a part of one.
func AssignedName(t *ast.ResTarget) string {
	d := &deparser{}
	d.assigned(t)
	return d.String()
}

// QuoteIdent quotes a name where PostgreSQL would need it.
func QuoteIdent(name string) string {
	plain := name != ""
	for i := 0; i < len(name) && plain; i++ {
		c := name[i]
		plain = c >= 'a' && c <= 'z' || c == '_' || i > 0 && (c >= '0' && c <= '9' || c == '$')
	}
	if k, ok := keywords[name]; plain && (!ok || k.category == unreserved) {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

func quoteString(s string) string {
	q := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	return q
}

func intText(n int64) string { return strconv.FormatInt(n, 10) }

// deparser builds the text.
type deparser struct{ strings.Builder }

func (d *deparser) put(parts ...string) {
	for _, s := range parts {
		d.WriteString(s)
	}
}

func quoteAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = QuoteIdent(n)
	}
	return out
}

func (d *deparser) names(names []string)  { d.put(strings.Join(quoteAll(names), ", ")) }
func (d *deparser) dotted(names []string) { d.put(strings.Join(quoteAll(names), ".")) }

// functionNames writes a function's name, in which keywords that can name
// functions stay bare.
func (d *deparser) function(names []string) {
	if len(names) == 1 {
		if k, ok := keywords[names[0]]; ok && (k.category == typeFuncName || k.category == unreserved) {
			d.put(names[0])
			return
		}
		if k, ok := laterKeywords[names[0]]; ok && (k.category != unreserved || strings.HasPrefix(names[0], "json_")) {
			d.put(`"`, names[0], `"`)
			return
		}
	}
	d.dotted(names)
}

func list[T any](d *deparser, items []T, one func(T)) {
	for i, item := range items {
		if i > 0 {
			d.put(", ")
		}
		one(item)
	}
}

func (d *deparser) exprs(items []ast.Expr) { list(d, items, func(e ast.Expr) { d.expr(e) }) }

// operand writes an expression that stands below an operator.
func (d *deparser) operand(e ast.Expr) {
	switch e := e.(type) {
	case *ast.AExpr:
		if e.OpKind == ast.OpNullIf {
			break
		}
		d.paren(e)
		return
	case *ast.BoolExpr, *ast.NullTest, *ast.BooleanTest, *ast.CollateClause, *ast.IsJSON:
		d.paren(e)
		return
	case *ast.SubLink:
		if e.LinkKind == ast.SubLinkAny || e.LinkKind == ast.SubLinkAll {
			d.paren(e)
			return
		}
	case *ast.FuncCall:
		if e.SQLSyntax && (e.Name[len(e.Name)-1] == "timezone" || e.Name[len(e.Name)-1] == "overlaps") {
			d.paren(e)
			return
		}
	case *ast.Const:
		if e.Kind == ast.ConstInteger && e.Int < 0 || e.Kind == ast.ConstFloat && strings.HasPrefix(e.Text, "-") {
			d.paren(e)
			return
		}
	}
	d.expr(e)
}

func (d *deparser) paren(e ast.Expr) {
	d.put("(")
	d.expr(e)
	d.put(")")
}

func (d *deparser) operator(op []string) {
	if len(op) == 1 {
		d.put(op[0])
		return
	}
	d.put("OPERATOR(")
	for _, q := range op[:len(op)-1] {
		d.put(QuoteIdent(q), ".")
	}
	d.put(op[len(op)-1], ")")
}

func (d *deparser) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		d.dotted(e.Fields)
		if e.Star {
			if len(e.Fields) > 0 {
				d.put(".")
			}
			d.put("*")
		}
	case *ast.ParamRef:
		d.put("$", strconv.Itoa(e.N))
	case *ast.Const:
		d.constant(e)
	case *ast.AExpr:
		d.aExpr(e)
	case *ast.BoolExpr:
		if e.Op == ast.BoolNot {
			d.put("NOT ")
			d.operand(e.Args[0])
			return
		}
		word := " AND "
		if e.Op == ast.BoolOr {
			word = " OR "
		}
		for i, a := range e.Args {
			if i > 0 {
				d.put(word)
			}
			d.operand(a)
		}
	case *ast.NullTest:
		d.operand(e.Arg)
		d.put(" IS ", not(e.Not), "NULL")
	case *ast.BooleanTest:
		d.operand(e.Arg)
		d.put(" IS ", not(e.Not), e.Value)
	case *ast.TypeCast:
		d.put("CAST(")
		d.expr(e.Arg)
		d.put(" AS ")
		d.typeName(e.Type)
		d.put(")")
	case *ast.XMLExpr:
		d.xml(e)
	case *ast.XMLTable:
		d.xmlTable(e)
	case *ast.JSONExpr:
		d.json(e)
	case *ast.IsJSON:
		d.isJSON(e)
	case *ast.JSONTable:
		d.jsonTable(e)
	case *ast.FuncCall:
		d.call(e)
	case *ast.NamedArg:
		d.put(QuoteIdent(e.Name), " => ")
		d.expr(e.Arg)
	case *ast.SQLValueFunction:
		d.put(strings.ToUpper(e.Op))
		if e.Typmod >= 0 {
			d.put("(", strconv.Itoa(e.Typmod), ")")
		}
	case *ast.CaseExpr:
		d.caseExpr(e)
	case *ast.CoalesceExpr:
		d.put("COALESCE(")
		d.exprs(e.Args)
		d.put(")")
	case *ast.MinMaxExpr:
		d.put(map[bool]string{true: "GREATEST(", false: "LEAST("}[e.Greatest])
		d.exprs(e.Args)
		d.put(")")
	case *ast.SubLink:
		d.subLink(e)
	case *ast.ArrayExpr:
		d.put("ARRAY[")
		d.exprs(e.Elements)
		d.put("]")
	case *ast.RowExpr:
		if e.Explicit {
			d.put("ROW")
		}
		d.put("(")
		d.exprs(e.Args)
		d.put(")")
	case *ast.Indirection:
		d.indirection(e)
	case *ast.CollateClause:
		d.operand(e.Arg)
		d.put(" COLLATE ")
		d.dotted(e.Name)
	case *ast.GroupingFunc:
		d.put("GROUPING(")
		d.exprs(e.Args)
		d.put(")")
	case *ast.SetToDefault:
		d.put("DEFAULT")
	case *ast.CurrentOf:
		d.put("CURRENT OF ", QuoteIdent(e.Cursor))
	case *ast.List:
		d.exprs(e.Items)
	case *ast.MultiAssign:
		d.expr(e.Source)
	}
}

func not(b bool) string {
	if b {
		return "NOT "
	}
	return ""
}

func (d *deparser) constant(c *ast.Const) {
	switch c.Kind {
	case ast.ConstNull:
		d.put("NULL")
	case ast.ConstBool:
		d.put(strings.ToUpper(strconv.FormatBool(c.Bool)))
	case ast.ConstInteger:
		d.put(strconv.FormatInt(c.Int, 10))
	case ast.ConstFloat:
		d.put(c.Text)
	case ast.ConstString:
		d.put(quoteString(c.Text))
	case ast.ConstBit:
		d.put(strings.ToUpper(c.Text[:1]), quoteString(c.Text[1:]))
	}
}

// chains says whether left op right needs no parentheses around a left side that
// is such an operation itself: a + b + c.
func chains(left, e *ast.AExpr) bool {
	return left.OpKind == ast.OpNormal && left.Left != nil && slices.Equal(left.Op, e.Op) &&
		!slices.Contains([]string{"=", "<", ">", "<=", ">=", "<>"}, e.Op[len(e.Op)-1])
}

func (d *deparser) aExpr(e *ast.AExpr) {
	items := func() []ast.Expr { return e.Right.(*ast.List).Items }
	likes := map[string]string{"~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE", "~": "SIMILAR TO", "!~": "NOT SIMILAR TO"}
	switch e.OpKind {
	case ast.OpNormal:
		if l, ok := e.Left.(*ast.AExpr); ok && chains(l, e) {
			d.aExpr(l)
			d.put(" ")
		} else if e.Left != nil {
			d.operand(e.Left)
			d.put(" ")
		}
		d.operator(e.Op)
		d.put(" ")
		d.operand(e.Right)
	case ast.OpAny, ast.OpAll:
		d.operand(e.Left)
		d.put(" ")
		d.operator(e.Op)
		d.put(map[bool]string{true: " ALL (", false: " ANY ("}[e.OpKind == ast.OpAll])
		d.expr(e.Right)
		d.put(")")
	case ast.OpDistinct, ast.OpNotDistinct:
		d.operand(e.Left)
		d.put(" IS ", not(e.OpKind == ast.OpNotDistinct), "DISTINCT FROM ")
		d.operand(e.Right)
	case ast.OpNullIf:
		d.put("NULLIF(")
		d.exprs([]ast.Expr{e.Left, e.Right})
		d.put(")")
	case ast.OpIn:
		d.operand(e.Left)
		d.put(" ", not(e.Op[0] == "<>"), "IN (")
		d.exprs(items())
		d.put(")")
	case ast.OpLike, ast.OpILike, ast.OpSimilar:
		d.operand(e.Left)
		d.put(" ", likes[e.Op[len(e.Op)-1]], " ")
		if f, ok := e.Right.(*ast.FuncCall); ok && len(f.Name) == 2 && (f.Name[1] == "like_escape" || f.Name[1] == "similar_to_escape") {
			d.operand(f.Args[0])
			if len(f.Args) == 2 {
				d.put(" ESCAPE ")
				d.operand(f.Args[1])
			}
			return
		}
		d.operand(e.Right)
	default:
		symmetric := e.OpKind == ast.OpBetweenSym || e.OpKind == ast.OpNotBetweenSym
		d.operand(e.Left)
		d.put(" ", not(e.OpKind == ast.OpNotBetween || e.OpKind == ast.OpNotBetweenSym), "BETWEEN ")
		if symmetric {
			d.put("SYMMETRIC ")
		}
		d.operand(items()[0])
		d.put(" AND ")
		d.operand(items()[1])
	}
}

func (d *deparser) call(f *ast.FuncCall) {
	name := f.Name[len(f.Name)-1]
	if f.JSON != nil {
		d.jsonAggregate(f)
		d.callTail(f)
		return
	}
	if f.SQLSyntax {
		switch name {
		case "timezone":
			if len(f.Args) == 1 {
				d.operand(f.Args[0])
				d.put(" AT LOCAL")
				return
			}
			d.operand(f.Args[1])
			d.put(" AT TIME ZONE ")
			d.operand(f.Args[0])
			return
		case "xmlexists":
			d.put("XMLEXISTS((")
			d.expr(f.Args[0])
			d.put(") PASSING (")
			d.expr(f.Args[1])
			d.put("))")
			return
		case "overlaps":
			d.put("(")
			d.exprs(f.Args[:2])
			d.put(") OVERLAPS (")
			d.exprs(f.Args[2:])
			d.put(")")
			return
		case "extract":
			d.put("EXTRACT(", quoteString(f.Args[0].(*ast.Const).Text), " FROM ")
			d.expr(f.Args[1])
			d.put(")")
			return
		case "position":
			d.put("POSITION(")
			d.operand(f.Args[1])
			d.put(" IN ")
			d.operand(f.Args[0])
			d.put(")")
			return
		case "normalize":
			d.put("NORMALIZE(")
			d.expr(f.Args[0])
			if len(f.Args) == 2 {
				d.put(", ", f.Args[1].(*ast.Const).Text)
			}
			d.put(")")
			return
		case "pg_collation_for":
			d.put("COLLATION FOR (")
			d.exprs(f.Args)
			d.put(")")
			return
		case "is_normalized":
			d.put("(")
			d.operand(f.Args[0])
			d.put(" IS ")
			if len(f.Args) == 2 {
				d.put(f.Args[1].(*ast.Const).Text, " ")
			}
			d.put("NORMALIZED)")
			return
		case "overlay":
			d.put("OVERLAY(")
			for i, word := range []string{"", " PLACING ", " FROM ", " FOR "} {
				if i < len(f.Args) {
					d.put(word)
					d.expr(f.Args[i])
				}
			}
			d.put(")")
			return
		case "substring":
			if c, ok := f.Args[1].(*ast.Const); ok && c.Loc < 0 && len(f.Args) == 3 {
				d.put("SUBSTRING(")
				d.expr(f.Args[0])
				d.put(" FOR ")
				d.expr(f.Args[2].(*ast.TypeCast).Arg)
				d.put(")")
				return
			}
			d.put("SUBSTRING(")
			for i, word := range []string{"", " FROM ", " FOR "} {
				if i < len(f.Args) {
					d.put(word)
					d.expr(f.Args[i])
				}
			}
			d.put(")")
			return
		case "btrim", "ltrim", "rtrim":
			d.put("TRIM(", map[string]string{"btrim": "BOTH", "ltrim": "LEADING", "rtrim": "TRAILING"}[name], " ")
			if len(f.Args) == 2 {
				d.expr(f.Args[1])
				d.put(" ")
			}
			d.put("FROM ")
			d.expr(f.Args[0])
			d.put(")")
			return
		}
	}
	d.function(f.Name)
	d.put("(")
	switch {
	case f.Star:
		d.put("*")
	default:
		if f.Distinct {
			d.put("DISTINCT ")
		}
		for i, a := range f.Args {
			if i > 0 {
				d.put(", ")
			}
			if f.Variadic && i == len(f.Args)-1 {
				d.put("VARIADIC ")
			}
			d.expr(a)
		}
		if len(f.OrderBy) > 0 && !f.WithinGroup {
			d.put(" ")
			d.orderBy(f.OrderBy)
		}
	}
	d.put(")")
	d.callTail(f)
}

func (d *deparser) callTail(f *ast.FuncCall) {
	if f.WithinGroup {
		d.put(" WITHIN GROUP (")
		d.orderBy(f.OrderBy)
		d.put(")")
	}
	if f.Filter != nil {
		d.put(" FILTER (WHERE ")
		d.expr(f.Filter)
		d.put(")")
	}
	if f.Over != nil {
		d.put(" OVER ")
		if f.Over.Name != "" {
			d.put(QuoteIdent(f.Over.Name))
		} else {
			d.window(f.Over)
		}
	}
}

func (d *deparser) caseExpr(c *ast.CaseExpr) {
	d.put("CASE")
	if c.Arg != nil {
		d.put(" ")
		d.operand(c.Arg)
	}
	for _, w := range c.Whens {
		d.put(" WHEN ")
		d.expr(w.When)
		d.put(" THEN ")
		d.expr(w.Then)
	}
	if c.Else != nil {
		d.put(" ELSE ")
		d.expr(c.Else)
	}
	d.put(" END")
}

func (d *deparser) subLink(e *ast.SubLink) {
	switch e.LinkKind {
	case ast.SubLinkExists:
		d.put("EXISTS ")
	case ast.SubLinkArray:
		d.put("ARRAY")
	case ast.SubLinkAny, ast.SubLinkAll:
		d.operand(e.Test)
		if e.Op == nil {
			d.put(" IN ")
			break
		}
		d.put(" ")
		d.operator(e.Op)
		d.put(map[bool]string{true: " ALL ", false: " ANY "}[e.LinkKind == ast.SubLinkAll])
	}
	d.put("(")
	d.node(e.Query)
	d.put(")")
}

func (d *deparser) indirection(e *ast.Indirection) {
	switch e.Arg.(type) {
	case *ast.ColumnRef, *ast.ParamRef:
		if e.Path[0].Field == "" && !e.Path[0].Star {
			d.expr(e.Arg)
			break
		}
		d.paren(e.Arg)
	default:
		d.paren(e.Arg)
	}
	d.path(e.Path)
}

func (d *deparser) path(path []ast.IndirectionElem) {
	for _, s := range path {
		switch {
		case s.Star:
			d.put(".*")
		case s.Field != "":
			d.put(".", QuoteIdent(s.Field))
		default:
			d.put("[")
			if s.Lower != nil {
				d.expr(s.Lower)
			}
			if s.Slice {
				d.put(":")
			}
			if s.Upper != nil {
				d.expr(s.Upper)
			}
			d.put("]")
		}
	}
}

// typeSpellings are the keyword forms of pg_catalog types, which is how
// PostgreSQL's parser gets to them.
var typeSpellings = map[string]string{
	"int4": "int", "int2": "smallint", "int8": "bigint", "float4": "real", "float8": "double precision", "bool": "boolean", "numeric": "numeric",
	"bpchar": "char", "varchar": "varchar", "bit": "bit", "varbit": "bit varying", "timestamp": "timestamp", "timestamptz": "timestamp", "time": "time", "timetz": "time", "interval": "interval",
}

func (d *deparser) typeName(t *ast.TypeName) {
	if t.SetOf {
		d.put("SETOF ")
	}
	name := t.Names[len(t.Names)-1]
	spelled, system := typeSpellings[name], len(t.Names) == 2 && t.Names[0] == "pg_catalog"
	switch {
	case system && name == "interval":
		d.intervalType(t)
	case system && spelled != "" && !(name == "bpchar" && t.Mods == nil):
		d.put(spelled)
		d.mods(t.Mods)
		if strings.HasSuffix(name, "tz") {
			d.put(" with time zone")
		}
	default:
		d.dotted(t.Names)
		if t.PctType {
			d.put("%TYPE")
		}
		d.mods(t.Mods)
	}
	for _, b := range t.Bounds {
		d.put("[")
		if b >= 0 {
			d.put(strconv.Itoa(b))
		}
		d.put("]")
	}
}

func (d *deparser) mods(mods []ast.Expr) {
	if mods == nil {
		return
	}
	d.put("(")
	d.exprs(mods)
	d.put(")")
}

func (d *deparser) intervalType(t *ast.TypeName) {
	d.put("interval")
	if len(t.Mods) > 0 {
		d.intervalMods(t.Mods)
	}
}

// intervalMods writes the fields of an interval's type, and its precision.
func (d *deparser) intervalMods(mods []ast.Expr) {
	mask := mods[0].(*ast.Const).Int
	precision := func() {
		if len(mods) > 1 {
			d.mods(mods[1:])
		}
	}
	if mask == intervalFullRange {
		precision()
		return
	}
	first, last := "", ""
	for _, f := range []string{"year", "month", "day", "hour", "minute", "second"} {
		if mask&intervalFields[f] != 0 {
			if first == "" {
				first = f
			}
			last = f
		}
	}
	d.put(" ", first)
	if last != first {
		d.put(" to ", last)
	}
	if last == "second" {
		precision()
	}
}
