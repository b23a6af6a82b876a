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
// every column qualified, a line for each column and clause. It plans each level
// of the query for that, and writes expressions from what was bound.
type viewWriter struct {
	p      *planner
	pretty bool
	// env says how dates and intervals are written.
	env *types.Env
	// name writes a relation's name.
	name func(catalog.Relation) string
	// known is cleared by anything that this cannot write.
	known bool
}

// The indentation of a view's lines, as ruleutils have it.
const (
	clauseIndent = 8 // of what is within a SELECT, and within that
	joinIndent   = 4
	columnIndent = 4
)

// viewLevel is one query of a view's: the whole, an arm of a set operation, or a
// subquery.
type viewLevel struct {
	*viewWriter
	strings.Builder
	scope *scope
	aggs  *grouping
	// outer says what the columns of enclosing queries are here.
	outer viewFrame
	// relations are those of FROM by the name that the stored query has for them,
	// with what they are called now; taken are the names that are in use here and in
	// the queries around.
	relations map[string]*viewRelation
	taken     map[string]bool
	joins     []*ast.JoinExpr // those with an alias
	indent    int
	// bare: columns stand without their relation, as where there is but one.
	bare bool
}

// viewFrame is what a subquery is given of the level around it.
type viewFrame struct {
	args  *[]expr.Expr
	level *viewLevel
}

// viewOutput are the names of a query's columns: those of the view, nil for the
// query's own. hidden says that nobody sees them, so that every name has to be
// written that an expression does not have anyway. inserted: they are what an INSERT inserts,
// which says what type they have.
type viewOutput struct {
	names            []string
	hidden, inserted bool
}

// ViewDefinition writes a view's query as pg_get_viewdef does. ok is false for a
// query that has what this does not know to write.
func (env *Env) ViewDefinition(v *catalog.View, name func(catalog.Relation) string, pretty bool) (text string, ok bool) {
	query, err := storedQuery(v, func(oid catalog.OID) string {
		r, _ := env.Catalog.Get(oid).(catalog.Relation)
		if r == nil {
			return ""
		}
		return name(r)
	})
	if err != nil {
		return "", false
	}
	own := *env
	own.SearchPath, own.names, own.Functions = v.SearchPath, v.Bound, nil
	w := &viewWriter{p: &planner{env: &own, params: &expr.ParamTypes{}, as: v.Owner, references: newReferences()}, pretty: pretty, name: name, known: true, env: env.Types}
	out := viewOutput{}
	for _, c := range v.Columns {
		out.names = append(out.names, c.Name)
	}
	top := w.level(nil, viewFrame{}, map[string]bool{"old": true, "new": true}, 0)
	if err := top.query(query, out); err != nil || !w.known {
		return "", false
	}
	return top.String() + ";", true
}

// level makes the writer of a query within outer.
func (w *viewWriter) level(outer *scope, frame viewFrame, taken map[string]bool, indent int) *viewLevel {
	l := &viewLevel{viewWriter: w, scope: &scope{outer: outer}, aggs: &grouping{}, outer: frame, relations: map[string]*viewRelation{}, taken: map[string]bool{}, indent: indent}
	for name := range taken {
		l.taken[name] = true
	}
	return l
}

// sibling is the writer of another query in the place of this one: an arm of a
// set operation.
func (l *viewLevel) sibling() *viewLevel {
	return l.level(l.scope.outer, l.outer, l.taken, l.indent)
}

// line ends a line and begins the next, as appendContextKeyword does: the
// indentation changes by before, by plus for this line alone, and by after.
func (l *viewLevel) line(word string, before, after, plus int) {
	l.indent += before
	have := strings.TrimRight(l.String(), " ")
	l.Reset()
	l.WriteString(have + "\n" + strings.Repeat(" ", indentAmount(l.indent)+plus) + word)
	l.indent = max(l.indent+after, 0)
}

// add writes a text that may begin with a line of its own.
func (l *viewLevel) add(text string) {
	if strings.HasPrefix(text, "\n") {
		have := strings.TrimRight(l.String(), " ")
		l.Reset()
		l.WriteString(have)
	}
	l.WriteString(text)
}

// indentAmount keeps deep levels from running off to the right.
func indentAmount(indent int) int {
	const limit = 40
	if indent = max(indent, 0); indent < limit {
		return indent
	}
	return (limit + (indent-limit)/(clauseIndent/2)) % limit
}

// query writes a query with all of its clauses.
func (l *viewLevel) query(s *ast.SelectStmt, out viewOutput) error {
	close, err := l.p.with(s.With, l.scope.outer)
	if err != nil {
		return err
	}
	defer close(nil)
	if s.SetOp == ast.SetNone && s.Values == nil {
		if _, err := l.p.from(s.From, l.scope); err != nil {
			return err
		}
		l.p.references.watch(l.scope)
		l.nameRelations(s.From)
	}
	if s.With != nil {
		if err := l.with(s.With); err != nil {
			return err
		}
	}
	switch {
	case s.SetOp != ast.SetNone:
		if err := l.setOperation(s, out); err != nil {
			return err
		}
		return l.tail(s, nil, nil)
	case s.Values != nil:
		l.indent += clauseIndent
		l.WriteByte(' ')
		if len(s.OrderBy) > 0 {
			l.known = false
		}
		if err := l.values(s.Values); err != nil {
			return err
		}
		return l.tail(s, nil, nil)
	}
	return l.simple(s, out)
}

// simple writes SELECT ... FROM ...
func (l *viewLevel) simple(s *ast.SelectStmt, out viewOutput) error {
	l.aggs.named = s.Windows
	b := &binder{p: l.p, scope: l.scope, aggs: l.aggs}
	targets, cols, err := b.targets(s.Targets)
	if err != nil {
		return err
	}
	l.indent += clauseIndent
	l.WriteString(" SELECT")
	if err := l.distinct(s, targets, cols); err != nil {
		return err
	}
	if err := l.targets(targets, cols, out); err != nil {
		return err
	}
	if err := l.from(s.From); err != nil {
		return err
	}
	if s.Where != nil {
		if err := l.condition(" WHERE ", 1, s.Where); err != nil {
			return err
		}
	}
	if len(s.GroupBy) > 0 {
		if err := l.groupBy(s, targets, cols); err != nil {
			return err
		}
	}
	if s.Having != nil {
		if err := l.condition(" HAVING ", 0, s.Having); err != nil {
			return err
		}
	}
	if err := l.windows(s.Windows); err != nil {
		return err
	}
	return l.tail(s, targets, cols)
}

// distinct writes DISTINCT and DISTINCT ON.
func (l *viewLevel) distinct(s *ast.SelectStmt, targets []expr.Expr, cols []Column) error {
	if s.Distinct {
		l.WriteString(" DISTINCT")
	}
	if len(s.DistinctOn) == 0 {
		return nil
	}
	all := targets
	on, err := l.p.distinctOn(s, l.scope, l.aggs, &all, cols, nil)
	if err != nil {
		return err
	}
	l.WriteString(" DISTINCT ON (")
	for i, e := range on {
		if i > 0 {
			l.WriteString(", ")
		}
		l.WriteString(l.sortItem(all[e.(*expr.Column).Index]))
	}
	l.WriteByte(')')
	return nil
}

// targets writes the select list.
func (l *viewLevel) targets(targets []expr.Expr, cols []Column, out viewOutput) error {
	if out.names != nil && len(out.names) != len(targets) {
		l.known = false
		return nil
	}
	for i, e := range targets {
		var err error
		if e.Type() == types.Unknown && !out.inserted {
			if e, err = expr.Coerce(e, types.Text, types.NoTypmod, expr.Implicit); err != nil {
				return err
			}
		}
		text, own := l.target(e)
		if own == "" && out.hidden {
			own = "?column?"
		}
		name := cols[i].Name
		if out.names != nil {
			name = out.names[i]
		}
		if own != name {
			text += " AS " + expr.QuoteIdent(name)
		}
		if i > 0 {
			l.WriteByte(',')
		}
		switch {
		case strings.HasPrefix(text, "\n"):
		case i > 0:
			l.line("", -clauseIndent, clauseIndent, columnIndent)
		default:
			l.WriteByte(' ')
		}
		l.WriteString(text)
	}
	return nil
}

// target writes an expression of the select list, and says which name it has by
// itself; empty for none.
func (l *viewLevel) target(e expr.Expr) (text, name string) {
	if row := l.wholeRow(e); row != nil {
		return row.text + "::" + row.relation, ""
	}
	named := l.named(e)
	if w, ok := named.(*written); ok && w.column != "" {
		return w.text, w.column
	}
	return l.print(named, true), ""
}

// groupBy writes GROUP BY.
func (l *viewLevel) groupBy(s *ast.SelectStmt, targets []expr.Expr, cols []Column) error {
	l.line(" GROUP BY ", -clauseIndent, clauseIndent, 1)
	if s.GroupDistinct {
		l.WriteString("DISTINCT ")
	}
	if hasSets(s.GroupBy) {
		return l.groupingItems(s.GroupBy, true, targets, cols)
	}
	keys, err := l.p.groupKeys(s, l.scope, targets, cols)
	if err != nil {
		return err
	}
	for i, k := range keys {
		if i > 0 {
			l.WriteString(", ")
		}
		l.WriteString(l.sortItem(k))
	}
	return nil
}

// groupingItems writes GROUPING SETS and their kin; bare leaves the parentheses
// around a single column out.
func (l *viewLevel) groupingItems(items []ast.GroupItem, bare bool, targets []expr.Expr, cols []Column) error {
	for i, item := range items {
		if i > 0 {
			l.WriteString(", ")
		}
		below, word := item.Items, ""
		switch item.Kind {
		case ast.GroupEmpty:
			l.WriteString("()")
			continue
		case ast.GroupExpr, ast.GroupRow:
			if item.Kind == ast.GroupExpr {
				below = []ast.GroupItem{item}
			}
			if err := l.groupingRow(below, bare && len(below) == 1, targets, cols); err != nil {
				return err
			}
			continue
		case ast.GroupRollup:
			word = "ROLLUP("
		case ast.GroupCube:
			word = "CUBE("
		case ast.GroupSets:
			word = "GROUPING SETS ("
		}
		l.WriteString(word)
		if err := l.groupingItems(below, item.Kind != ast.GroupSets, targets, cols); err != nil {
			return err
		}
		l.WriteByte(')')
	}
	return nil
}

func (l *viewLevel) groupingRow(items []ast.GroupItem, bare bool, targets []expr.Expr, cols []Column) error {
	if !bare {
		l.WriteByte('(')
	}
	for i := range items {
		e, err := l.p.groupKey(&items[i], l.scope, targets, cols)
		if err != nil {
			return err
		}
		if i > 0 {
			l.WriteString(", ")
		}
		l.WriteString(l.sortItem(e))
	}
	if !bare {
		l.WriteByte(')')
	}
	return nil
}

// tail writes ORDER BY, OFFSET, LIMIT and locking clauses. Without targets it is
// that of a set operation, whose order goes by number.
func (l *viewLevel) tail(s *ast.SelectStmt, targets []expr.Expr, cols []Column) error {
	if len(s.OrderBy) > 0 {
		l.line(" ORDER BY ", -clauseIndent, clauseIndent, 1)
		var err error
		if targets == nil {
			err = l.orderByNumber(s)
		} else {
			err = l.orderBy(s, targets, cols)
		}
		if err != nil {
			return err
		}
	}
	for _, c := range []struct {
		word string
		e    ast.Expr
	}{{" OFFSET ", s.Offset}, {" LIMIT ", s.Limit}} {
		if c.e == nil {
			continue
		}
		e, err := l.p.limitExpr(c.e, strings.TrimSpace(c.word), l.scope)
		if err != nil {
			return err
		}
		switch {
		case c.word == " LIMIT " && s.WithTies:
			l.line(" FETCH FIRST ", -clauseIndent, clauseIndent, 0)
			text := parser.Deparse(c.e) // what is NULL is no expression any more
			if e != nil {
				text = l.expression(e, false)
			}
			l.WriteString("(" + text + ") ROWS WITH TIES")
		case e == nil:
			l.line(c.word, -clauseIndent, clauseIndent, 0)
			l.WriteString("ALL")
		default:
			l.line(c.word, -clauseIndent, clauseIndent, 0)
			l.WriteString(l.expression(e, false))
		}
	}
	return l.locking(s)
}

// locking writes FOR UPDATE and its kin, a line for each item of FROM.
func (l *viewLevel) locking(s *ast.SelectStmt) error {
	if len(s.Locking) > 1 {
		l.known = false
		return nil
	}
	for _, c := range s.Locking {
		var names []string
		for _, v := range c.Of {
			names = append(names, v.Name)
		}
		if len(c.Of) == 0 {
			names = l.lockable(s.From)
		}
		for _, name := range names {
			r := l.relations[name]
			if r == nil {
				l.known = false
				return nil
			}
			l.line([...]string{ast.LockForKeyShare: " FOR KEY SHARE", ast.LockForShare: " FOR SHARE", ast.LockForNoKeyUpdate: " FOR NO KEY UPDATE", ast.LockForUpdate: " FOR UPDATE"}[c.Strength], -clauseIndent, clauseIndent, 0)
			l.WriteString(" OF " + expr.QuoteIdent(r.shown))
			if c.NoWait {
				l.WriteString(" NOWAIT")
			} else if c.SkipLocked {
				l.WriteString(" SKIP LOCKED")
			}
		}
	}
	return nil
}

// lockable lists the relations and subqueries of FROM, left to right.
func (l *viewLevel) lockable(items []ast.TableExpr) (names []string) {
	for _, item := range items {
		switch t := item.(type) {
		case *ast.JoinExpr:
			names = append(names, l.lockable([]ast.TableExpr{t.Left, t.Right})...)
		case *ast.RangeVar:
			if !l.isCTE(t) {
				names = append(names, l.storedName(t))
			}
		case *ast.RangeSubselect:
			names = append(names, l.storedName(t))
		}
	}
	return names
}

func (l *viewLevel) orderBy(s *ast.SelectStmt, targets []expr.Expr, cols []Column) error {
	all := targets
	keys, err := l.p.orderBy(s, l.scope, l.aggs, &all, cols)
	if err != nil {
		return err
	}
	for i, k := range keys {
		e := k.Expr
		if c, ok := e.(*expr.Column); ok && c.Index < len(all) {
			e = all[c.Index] // keys are over the select list
		}
		l.orderItem(i, l.sortItem(e), k)
	}
	return nil
}

func (l *viewLevel) orderItem(i int, text string, k SortKey) {
	if i > 0 {
		l.WriteString(", ")
	}
	l.WriteString(text)
	switch {
	case k.Desc && !k.NullsFirst:
		l.WriteString(" DESC NULLS LAST")
	case k.Desc:
		l.WriteString(" DESC")
	case k.NullsFirst:
		l.WriteString(" NULLS FIRST")
	}
}

// condition writes a clause of one condition.
func (l *viewLevel) condition(word string, plus int, e ast.Expr) error {
	b := &binder{p: l.p, scope: l.scope, aggs: l.aggs, clause: strings.TrimSpace(word)}
	bound, err := b.condition(e, b.clause)
	if err != nil {
		return err
	}
	l.line(word, -clauseIndent, clauseIndent, plus)
	l.add(l.expression(bound, false))
	return nil
}
