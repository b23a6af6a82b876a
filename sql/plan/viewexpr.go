package plan

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// written is a part of an expression that has been written already.
type written struct {
	expr.Expr
	text string
	// relation and column are of a column; relation has the dot.
	relation, column string
	// operator: below an operator it stands in parentheses.
	operator bool
}

// Operator says whether it needs parentheses below an operator.
func (e *written) Operator() bool { return e.operator }

// IsColumn says whether it is a column.
func (e *written) IsColumn() bool { return e.column != "" }

// SQL implements expr.Printer.
func (e *written) SQL() string { return e.text }

// Children implements expr.Expr: what is written has none.
func (e *written) Children() []expr.Expr { return nil }

// WithChildren implements expr.Expr.
func (e *written) WithChildren([]expr.Expr) expr.Expr { return e }

// expression writes an expression over the level's rows.
func (l *viewLevel) expression(e expr.Expr, showImplicit bool) string {
	return l.print(l.named(e), showImplicit)
}

// style is how the expressions of the level are written.
func (l *viewLevel) style() expr.Style {
	return expr.Style{Pretty: l.pretty, Indent: indentAmount(l.indent), TypeName: l.p.env.ShownType, Env: l.env}
}

func (l *viewLevel) print(e expr.Expr, showImplicit bool) string {
	return l.style().Definition(e, showImplicit)
}

// sortItem writes an item of GROUP BY or ORDER BY: what is not a column stands
// in parentheses, unless it has its own.
func (l *viewLevel) sortItem(e expr.Expr) string {
	named := l.named(e)
	if w, ok := named.(*written); ok && w.column != "" {
		return w.text
	}
	if k, ok := named.(*expr.Const); ok {
		return l.style().Labelled(k)
	}
	text := l.print(named, true)
	call, isCall := e.(*expr.Call)
	_, isAggregate := e.(*aggRef)
	_, isWindow := e.(*windowRef)
	if l.pretty || isAggregate || isWindow || isCall && call.Form != expr.FormOperator {
		return "(" + text + ")"
	}
	return text
}

// named puts what the text says in the place of columns, aggregates, window
// calls and subqueries.
func (l *viewLevel) named(e expr.Expr) expr.Expr {
	if row := l.wholeRow(e); row != nil {
		return row
	}
	if row, ok := e.(*expr.RowExpr); ok && row.Names == nil {
		return l.rowOf(row)
	}
	switch n := e.(type) {
	case *expr.Column:
		return l.column(n)
	case *expr.OuterColumn:
		if l.outer.args == nil || n.Index >= len(*l.outer.args) {
			l.known = false
			return e
		}
		return l.outer.level.fromBelow((*l.outer.args)[n.Index])
	case *aggRef:
		return &written{Expr: e, text: l.aggregate(&l.aggs.calls[n.index])}
	case *windowRef:
		return &written{Expr: e, text: l.windowCall(&l.aggs.windows[n.index])}
	case *groupingRef:
		var args []string
		for _, a := range n.args {
			args = append(args, l.expression(a, true))
		}
		return &written{Expr: e, text: "GROUPING(" + strings.Join(args, ", ") + ")"}
	case *SubLink:
		return &written{Expr: e, text: l.subLink(n), operator: true}
	case *expr.Call:
		if name := expr.VersionColumnName(n); name != "" {
			if of, ok := l.named(n.Args[0]).(*written); ok {
				return &written{Expr: e, text: of.relation + name, relation: of.relation, column: name}
			}
		}
	}
	if merged := l.merged(e); merged != nil {
		return merged
	}
	children := e.Children()
	if len(children) == 0 {
		return e
	}
	if _, ok := e.(*expr.Case); ok { // what is in one is indented more
		l.indent += columnIndent
		defer func() { l.indent -= columnIndent }()
	}
	out := make([]expr.Expr, len(children))
	for i, c := range children {
		out[i] = c
		if c != nil {
			out[i] = l.named(c)
		}
	}
	return e.WithChildren(out)
}

// rowOf is named for ROW(...), in which whole rows say what they are.
func (l *viewLevel) rowOf(e *expr.RowExpr) expr.Expr {
	out := slices.Clone(e.Children())
	for i, c := range out {
		if row := l.wholeRow(c); row != nil {
			out[i] = &written{Expr: c, text: row.text + "::" + row.relation}
		} else {
			out[i] = l.named(c)
		}
	}
	return e.WithChildren(out)
}

// merged writes the column of USING that an expression is, where it is none of its sides;
// nil for any other.
func (l *viewLevel) merged(e expr.Expr) *written {
	for i := range l.scope.columns {
		c := &l.scope.columns[i]
		if _, full := e.(*expr.Coalesce); c.merged == nil || e != c.merged && !(full && equal(c.merged, e)) {
			continue
		}
		if r := l.relations[c.relation]; r != nil {
			name, relation := r.name(c.Name), expr.QuoteIdent(r.shown)+"."
			return &written{Expr: e, text: relation + expr.QuoteIdent(name), relation: relation, column: name}
		}
		if c.relation == "" {
			return &written{Expr: e, text: expr.QuoteIdent(c.Name), column: c.Name}
		}
	}
	return nil
}

// fromBelow is named for what a query within the level refers to.
func (l *viewLevel) fromBelow(e expr.Expr) expr.Expr {
	bare := l.bare
	l.bare = false
	defer func() { l.bare = bare }()
	return l.named(e)
}

// column writes a column as the query refers to it.
func (l *viewLevel) column(n *expr.Column) expr.Expr {
	c, ok := l.p.references.columns[reference{n.Loc, n.Index}]
	if !ok {
		for i := range l.scope.columns {
			if at := &l.scope.columns[i]; at.index == n.Index && at.merged == nil && (at.derive == nil || at.relation != "") {
				c, ok = *at, true
				break
			}
		}
	}
	if ok && c.relation == "" { // merged: it is written as the side that it is
		for i := range l.scope.columns {
			if at := &l.scope.columns[i]; at.index == n.Index && at.relation != "" && at.merged == nil && at.derive == nil {
				c = *at
				break
			}
		}
	}
	switch r := l.relations[c.relation]; {
	case !ok:
		l.known = false
		return n
	case c.relation == "" || r == nil:
		return &written{Expr: n, text: expr.QuoteIdent(c.Name), column: c.Name}
	default:
		name := r.name(c.Name)
		relation := expr.QuoteIdent(r.shown) + "."
		if l.bare {
			relation = ""
		}
		return &written{Expr: n, text: relation + expr.QuoteIdent(name), relation: relation, column: name}
	}
}

// wholeRow writes the row of a relation as a value; nil for another expression.
// relation is the row's type.
func (l *viewLevel) wholeRow(e expr.Expr) *written {
	row, ok := e.(*expr.RowExpr)
	if !ok || row.Names == nil || len(row.Elems) == 0 {
		return nil
	}
	if first, ok := row.Elems[0].(*expr.OuterColumn); ok && l.outer.args != nil && first.Index < len(*l.outer.args) {
		return l.outer.level.wholeRow(&expr.RowExpr{Elems: []expr.Expr{(*l.outer.args)[first.Index]}, Names: row.Names[:1], T: row.T})
	}
	first, ok := row.Elems[0].(*expr.Column)
	if !ok {
		return nil
	}
	c, ok := l.p.references.columns[reference{first.Loc, first.Index}]
	r := l.relations[c.relation]
	if !ok || r == nil {
		return nil
	}
	of := "record"
	if r.of != nil {
		of = l.name(r.of)
	}
	return &written{Expr: e, text: expr.QuoteIdent(r.shown) + ".*", relation: of}
}

// subLink writes a subquery in an expression.
func (l *viewLevel) subLink(e *SubLink) string {
	args := new([]expr.Expr)
	b := &binder{p: l.p, scope: l.scope, aggs: l.aggs}
	text, err := l.below(e.source, &scope{outer: l.scope, edge: args, around: b}, viewFrame{args: args, level: l}, viewOutput{hidden: true})
	if err != nil {
		l.known = false
		return ""
	}
	test := ""
	if len(e.Test) == 1 {
		test = l.expression(e.Test[0], true)
	} else if len(e.Test) > 1 {
		var list []string
		for _, t := range e.Test {
			list = append(list, l.expression(t, true))
		}
		test = "(" + strings.Join(list, ", ") + ")"
	}
	switch e.Kind {
	case ExistsLink:
		return "(EXISTS (" + text + "))"
	case ArrayLink:
		return "ARRAY(" + text + ")"
	case AnyLink:
		if e.op == "=" {
			return "(" + test + " IN (" + text + "))"
		}
		return "(" + test + " " + e.op + " ANY (" + text + "))"
	case AllLink:
		return "(" + test + " " + e.op + " ALL (" + text + "))"
	case RowLink:
		return "(" + test + " " + e.op + " (" + text + "))"
	}
	return "(" + text + ")"
}

// aggregate writes the call of an aggregate.
func (l *viewLevel) aggregate(call *AggCall) string {
	var b strings.Builder
	b.WriteString(expr.QuoteIdent(call.Fn.Name) + "(")
	if call.Distinct {
		b.WriteString("DISTINCT ")
	}
	within := call.Fn.AggKind == 'o' || call.Fn.AggKind == 'h'
	args := call.Args
	if within {
		args = call.Direct
	}
	var list []string
	for _, a := range args {
		list = append(list, l.expression(a, true))
	}
	if call.Fn.JSON != nil {
		order := ""
		if len(call.OrderBy) > 0 && !call.implied {
			order = l.orderKeys(call.OrderBy)
		}
		return l.style().JSONAggregate(call.Fn.JSON, list, order) + l.filter(call.Filter)
	}
	if len(call.Args) == 0 && !within {
		list = []string{"*"}
	}
	b.WriteString(strings.Join(list, ", "))
	if within {
		b.WriteString(") WITHIN GROUP (ORDER BY " + l.orderKeys(call.OrderBy))
	} else if len(call.OrderBy) > 0 && !call.implied {
		b.WriteString(" ORDER BY " + l.orderKeys(call.OrderBy))
	}
	b.WriteByte(')')
	b.WriteString(l.filter(call.Filter))
	return b.String()
}

func (l *viewLevel) filter(e expr.Expr) string {
	if e == nil {
		return ""
	}
	return " FILTER (WHERE " + l.expression(e, false) + ")"
}

// orderKeys writes an order whose keys are expressions over the level's rows.
func (l *viewLevel) orderKeys(keys []SortKey) string {
	in := &viewLevel{viewWriter: l.viewWriter}
	for i, k := range keys {
		in.orderItem(i, l.sortItem(k.Expr), k)
	}
	return in.String()
}

// windowCall writes a call with OVER.
func (l *viewLevel) windowCall(w *boundWindow) string {
	var list []string
	for _, a := range w.call.Args {
		list = append(list, l.expression(a, true))
	}
	if len(list) == 0 && w.call.Fn.Aggregate != nil {
		list = []string{"*"}
	}
	text := expr.QuoteIdent(w.call.Fn.Name) + "(" + strings.Join(list, ", ") + ")"
	if w.call.Fn.JSON != nil {
		text = l.style().JSONAggregate(w.call.Fn.JSON, list, "")
	}
	over := expr.QuoteIdent(w.over.Name)
	if w.over.Name == "" {
		over = l.windowDef(w.over)
	}
	return text + l.filter(w.call.Filter) + " OVER " + over
}

// windows writes the WINDOW clause.
func (l *viewLevel) windows(list []*ast.WindowDef) error {
	for i, w := range list {
		if i == 0 {
			l.line(" WINDOW ", -clauseIndent, clauseIndent, 1)
		} else {
			l.WriteString(", ")
		}
		l.WriteString(expr.QuoteIdent(w.Name) + " AS " + l.windowDef(w))
	}
	return nil
}

// windowDef writes a window's definition.
func (l *viewLevel) windowDef(def *ast.WindowDef) string {
	b := &binder{p: l.p, scope: l.scope, aggs: l.aggs, clause: "WINDOW", inWindow: true}
	spec, err := b.windowSpec(def)
	if err != nil {
		l.known = false
		return ""
	}
	var parts []string
	if def.RefName != "" {
		parts = append(parts, expr.QuoteIdent(def.RefName))
	}
	if len(spec.partition) > 0 {
		var list []string
		for _, e := range spec.partition {
			list = append(list, l.sortItem(e))
		}
		parts = append(parts, "PARTITION BY "+strings.Join(list, ", "))
	}
	if len(spec.order) > 0 {
		parts = append(parts, "ORDER BY "+l.orderKeys(spec.order))
	}
	if def.Frame != nil {
		parts = append(parts, l.frame(b, def.Frame, spec))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func (l *viewLevel) frame(b *binder, f *ast.WindowFrame, spec *windowSpec) string {
	bound, err := b.frame(f, spec)
	if err != nil {
		l.known = false
		return ""
	}
	end := func(kind ast.FrameBoundKind, offset expr.Expr) string {
		switch kind {
		case ast.UnboundedPreceding:
			return "UNBOUNDED PRECEDING"
		case ast.UnboundedFollowing:
			return "UNBOUNDED FOLLOWING"
		case ast.CurrentRow:
			return "CURRENT ROW"
		case ast.OffsetPreceding:
			return l.expression(offset, false) + " PRECEDING"
		}
		return l.expression(offset, false) + " FOLLOWING"
	}
	text := [...]string{ast.FrameRange: "RANGE ", ast.FrameRows: "ROWS ", ast.FrameGroups: "GROUPS "}[f.Unit]
	if f.Between {
		text += "BETWEEN " + end(f.Start.Kind, bound.StartOffset) + " AND " + end(f.End.Kind, bound.EndOffset)
	} else {
		text += end(f.Start.Kind, bound.StartOffset)
	}
	return text + [...]string{ast.ExcludeNoOthers: "", ast.ExcludeCurrentRow: " EXCLUDE CURRENT ROW", ast.ExcludeGroup: " EXCLUDE GROUP", ast.ExcludeTies: " EXCLUDE TIES"}[f.Exclude]
}
