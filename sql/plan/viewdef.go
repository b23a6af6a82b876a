package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/types"
)

// viewWriter writes a view's query as ruleutils do: each expression analysed,
// every column qualified where there is more than one relation, a line for
// each column and clause.
type viewWriter struct {
	strings.Builder
	p      *planner
	scope  *scope
	aggs   *grouping
	pretty bool
	// name writes a relation's name.
	name func(catalog.Relation) string
	// known is cleared by anything that this cannot write.
	known bool
}

// The indentation of a view's lines, as ruleutils have it.
const (
	viewIndent   = 8 // of the lines of a CASE
	columnIndent = 4
	fromIndent   = 2
	joinIndent   = 4
	clauseIndent = 1
)

// ViewDefinition writes a view's query as pg_get_viewdef does. It writes simple
// SELECTs over relations and joins, aggregates and order; ok is false for what
// has more (subqueries, set operations, windows), of which the stored text has
// to do.
func (env *Env) ViewDefinition(v *catalog.View, name func(catalog.Relation) string, pretty bool) (text string, ok bool) {
	parsed, err := parser.ParseOne(v.Query)
	if err != nil {
		return "", false
	}
	query, ok := parsed.Statement.(*ast.SelectStmt)
	if !ok || query.With != nil || query.SetOp != ast.SetNone || query.Values != nil || len(query.Windows) > 0 || len(query.DistinctOn) > 0 || len(query.Locking) > 0 || query.WithTies || query.LimitFetch {
		return "", false
	}
	own := *env
	own.SearchPath, own.names, own.Functions = v.SearchPath, v.Bound, nil
	w := &viewWriter{p: &planner{env: &own, params: &expr.ParamTypes{}, as: v.Owner}, scope: &scope{}, aggs: &grouping{}, pretty: pretty, name: name, known: true}
	if _, err := w.p.from(query.From, w.scope); err != nil {
		return "", false
	}
	if err := w.query(query, v); err != nil || !w.known {
		return "", false
	}
	return w.String(), true
}

func (w *viewWriter) line(indent int) { w.WriteString("\n" + strings.Repeat(" ", indent)) }

func (w *viewWriter) query(s *ast.SelectStmt, v *catalog.View) error {
	b := &binder{p: w.p, scope: w.scope, aggs: w.aggs}
	targets, cols, err := b.targets(s.Targets)
	if err != nil || len(targets) != len(v.Columns) {
		w.known = false
		return err
	}
	w.WriteString(" SELECT")
	if s.Distinct {
		w.WriteString(" DISTINCT")
	}
	for i, e := range targets {
		if e.Type() == types.Unknown {
			if e, err = expr.Coerce(e, types.Text, types.NoTypmod, expr.Implicit); err != nil {
				return err
			}
		}
		text := w.expression(e, true)
		column, plain := e.(*expr.Column)
		if (!plain || column.Name != v.Columns[i].Name) && expr.VersionColumnName(e) != v.Columns[i].Name {
			text += " AS " + expr.QuoteIdent(v.Columns[i].Name)
		}
		if i > 0 {
			w.WriteByte(',')
		}
		switch {
		case strings.HasPrefix(text, "\n"):
		case i > 0:
			w.line(columnIndent)
		default:
			w.WriteByte(' ')
		}
		w.WriteString(text)
	}
	for i, item := range s.From {
		if i == 0 {
			w.line(fromIndent)
			w.WriteString(" FROM ")
		} else {
			w.WriteByte(',')
			w.line(columnIndent)
		}
		if err := w.fromItem(item); err != nil {
			return err
		}
	}
	if s.Where != nil {
		if err := w.condition(clauseIndent, " WHERE ", s.Where); err != nil {
			return err
		}
	}
	if len(s.GroupBy) > 0 {
		if err := w.groupBy(s, targets, cols); err != nil {
			return err
		}
	}
	if s.Having != nil {
		if err := w.condition(0, " HAVING ", s.Having); err != nil {
			return err
		}
	}
	return w.tail(s, targets, cols)
}

// groupBy writes GROUP BY.
func (w *viewWriter) groupBy(s *ast.SelectStmt, targets []expr.Expr, cols []Column) error {
	for _, item := range s.GroupBy {
		if item.Kind != ast.GroupExpr {
			w.known = false
			return nil
		}
	}
	keys, err := w.p.groupKeys(s, w.scope, targets, cols)
	if err != nil {
		return err
	}
	w.line(clauseIndent)
	w.WriteString(" GROUP BY ")
	for i, k := range keys {
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString(w.sortItem(k))
	}
	return nil
}

// tail writes ORDER BY, OFFSET and LIMIT, and the end.
func (w *viewWriter) tail(s *ast.SelectStmt, targets []expr.Expr, cols []Column) error {
	if len(s.OrderBy) > 0 {
		all := targets
		keys, err := w.p.orderBy(s, w.scope, w.aggs, &all, cols)
		if err != nil {
			return err
		}
		w.line(clauseIndent)
		w.WriteString(" ORDER BY ")
		for i, k := range keys {
			if i > 0 {
				w.WriteString(", ")
			}
			e := k.Expr
			if c, ok := e.(*expr.Column); ok && c.Index < len(all) {
				e = all[c.Index] // keys are over the select list
			}
			w.WriteString(w.sortItem(e))
			switch {
			case k.Desc && !k.NullsFirst:
				w.WriteString(" DESC NULLS LAST")
			case k.Desc:
				w.WriteString(" DESC")
			case k.NullsFirst:
				w.WriteString(" NULLS FIRST")
			}
		}
	}
	for _, l := range []struct {
		word string
		e    ast.Expr
	}{{" OFFSET ", s.Offset}, {" LIMIT ", s.Limit}} {
		if l.e == nil {
			continue
		}
		b := &binder{p: w.p, scope: &scope{}, clause: "LIMIT"}
		e, err := b.bind(l.e)
		if err != nil {
			return err
		}
		w.line(0)
		w.WriteString(l.word + w.expression(e, false))
	}
	w.WriteByte(';')
	return nil
}

// condition writes a clause of one condition.
func (w *viewWriter) condition(indent int, word string, e ast.Expr) error {
	b := &binder{p: w.p, scope: w.scope, aggs: w.aggs, clause: strings.TrimSpace(word)}
	bound, err := b.condition(e, b.clause)
	if err != nil {
		return err
	}
	w.line(indent)
	w.WriteString(word + w.expression(bound, false))
	return nil
}

// fromItem writes one item of FROM.
func (w *viewWriter) fromItem(item ast.TableExpr) error {
	switch t := item.(type) {
	case *ast.RangeVar:
		r, err := w.p.env.Relation(t)
		if err != nil {
			return err
		}
		w.WriteString(w.name(r))
		if t.Alias != nil {
			w.WriteString(" " + expr.QuoteIdent(t.Alias.Name))
			if len(t.Alias.Columns) > 0 {
				w.known = false
			}
		}
		return nil
	case *ast.JoinExpr:
		return w.join(t)
	}
	w.known = false
	return nil
}

var joinWords = map[ast.JoinType]string{ast.JoinInner: " JOIN ", ast.JoinLeft: " LEFT JOIN ", ast.JoinFull: " FULL JOIN ", ast.JoinRight: " RIGHT JOIN "}

func (w *viewWriter) join(j *ast.JoinExpr) error {
	if j.Natural || len(j.Using) > 0 || j.Alias != nil {
		w.known = false
		return nil
	}
	if !w.pretty {
		w.WriteByte('(')
	}
	if err := w.fromItem(j.Left); err != nil {
		return err
	}
	w.line(joinIndent)
	if word := joinWords[j.Type]; word != "" && j.On != nil {
		w.WriteString(word)
	} else {
		w.WriteString(" CROSS JOIN ")
	}
	_, nested := j.Right.(*ast.JoinExpr)
	if nested && w.pretty {
		w.WriteByte('(')
	}
	if err := w.fromItem(j.Right); err != nil {
		return err
	}
	if nested && w.pretty {
		w.WriteByte(')')
	}
	if j.On != nil {
		b := &binder{p: w.p, scope: w.scope, clause: "JOIN/ON"}
		on, err := b.condition(j.On, b.clause)
		if err != nil {
			return err
		}
		text := w.expression(on, false)
		if !w.pretty {
			text = "(" + text + ")"
		}
		w.WriteString(" ON " + text)
	}
	if !w.pretty {
		w.WriteByte(')')
	}
	return nil
}

// sortItem writes an item of GROUP BY or ORDER BY: what is not a column stands
// in parentheses, unless it has its own.
func (w *viewWriter) sortItem(e expr.Expr) string {
	text := w.expression(e, false)
	if _, plain := e.(*expr.Column); plain || expr.VersionColumnName(e) != "" {
		return text
	}
	call, isCall := e.(*expr.Call)
	_, isAggregate := e.(*aggRef)
	if w.pretty || isAggregate || isCall && call.Form == expr.FormFunction {
		return "(" + text + ")"
	}
	return text
}

// expression writes an expression whose columns are the scope's.
func (w *viewWriter) expression(e expr.Expr, showImplicit bool) string {
	return expr.DefinitionAt(w.named(e), w.pretty, viewIndent, showImplicit)
}

// written is a part of an expression that has been written already.
type written struct {
	expr.Expr
	text     string
	relation string // of a column, with the dot
}

// SQL implements expr.Printer.
func (e *written) SQL() string { return e.text }

// Children implements expr.Expr: what is written has none.
func (e *written) Children() []expr.Expr { return nil }

// named puts names in the place of columns and aggregates.
func (w *viewWriter) named(e expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(e expr.Expr) expr.Expr {
		switch n := e.(type) {
		case *expr.Column:
			relation, name := w.columnName(n)
			return &written{Expr: e, text: relation + name, relation: relation}
		case *expr.Call:
			if name := expr.VersionColumnName(n); name != "" {
				if of, ok := n.Args[0].(*written); ok {
					return &written{Expr: e, text: of.relation + name}
				}
			}
		case *aggRef:
			return &written{Expr: e, text: w.aggregate(&w.aggs.calls[n.index])}
		case *SubLink, *windowRef, *expr.OuterColumn:
			w.known = false
		}
		return e
	})
}

func (w *viewWriter) columnName(n *expr.Column) (relation, name string) {
	for i := range w.scope.columns {
		if c := &w.scope.columns[i]; c.index == n.Index && c.derive == nil {
			return expr.QuoteIdent(c.relation) + ".", expr.QuoteIdent(c.Name)
		}
	}
	w.known = false
	return "", ""
}

func (w *viewWriter) aggregate(call *AggCall) string {
	if len(call.OrderBy) > 0 {
		w.known = false
	}
	var args []string
	for _, a := range call.Args {
		args = append(args, w.expression(a, true))
	}
	text := strings.Join(args, ", ")
	if len(call.Args) == 0 {
		text = "*"
	}
	if call.Distinct {
		text = "DISTINCT " + text
	}
	text = expr.QuoteIdent(call.Fn.Name) + "(" + text + ")"
	if call.Filter != nil {
		condition := w.expression(call.Filter, false)
		text += " FILTER (WHERE " + condition + ")"
	}
	return text
}
