package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// RuleDefinition writes a rule as pg_get_ruledef does, on is what its relation is called.
// What this does not know to write stands as it was stored.
func (env *Env) RuleDefinition(relation catalog.Relation, r *catalog.Rule, on string, name func(catalog.Relation) string, pretty bool) string {
	own := *env
	own.SearchPath, own.names, own.Functions = r.SearchPath, r.Bound, nil
	stored, err := ruleStatement(&own, r)
	if err != nil {
		return ""
	}
	stmt, _ := ruleStatement(&own, r)
	names := newRuleNames(r.Columns, stmt)
	names.spreadOnly = true
	if err := names.replace(stmt); err != nil {
		return ""
	}
	w := &ruleWriter{env: &own, relation: relation, rule: r, name: name, pretty: pretty}
	var out strings.Builder
	out.WriteString("CREATE RULE " + parser.QuoteIdent(r.Name) + " AS\n    ON " + r.Event.String() + " TO " + on)
	if stmt.Where != nil {
		out.WriteString("\n   WHERE " + w.condition(stmt.Where, stored.Where))
	}
	out.WriteString(" DO ")
	if r.Instead {
		out.WriteString("INSTEAD ")
	}
	switch len(stmt.Actions) {
	case 0:
		out.WriteString("NOTHING;")
	case 1:
		out.WriteString(w.command(stmt.Actions[0], stored.Actions[0]) + ";")
	default:
		out.WriteByte('(')
		for i, a := range stmt.Actions {
			out.WriteString(w.command(a, stored.Actions[i]) + ";\n")
		}
		out.WriteString(");")
	}
	return out.String()
}

// ruleWriter writes the parts of a rule.
type ruleWriter struct {
	env      *Env
	relation catalog.Relation
	rule     *catalog.Rule
	name     func(catalog.Relation) string
	pretty   bool
}

// level makes the writer of one command, within old and new.
func (w *ruleWriter) level() *viewLevel {
	v := &viewWriter{p: &planner{env: w.env, params: &expr.ParamTypes{}, references: newReferences()}, pretty: w.pretty, name: w.name, known: true, env: w.env.Types}
	rows := v.level(nil, viewFrame{}, map[string]bool{"old": true, "new": true}, 0)
	var columns []Column
	of := &viewRelation{of: w.relation}
	for _, c := range catalog.Columns(w.relation) {
		stored := ""
		for _, b := range w.rule.Columns {
			if b.Num == c.Num {
				stored = b.Name
			}
		}
		columns = append(columns, Column{Name: stored, Type: c.Type.Type, Typmod: c.Typmod, Collation: c.Collation})
		of.columns = append(of.columns, viewColumn{stored: stored, shown: c.Name, real: c.Name})
	}
	for _, row := range []string{"old", "new"} {
		named := *of
		named.shown = row
		rows.relations[row] = &named
		rows.scope.add(row, "", columns, len(columns))
		rows.scope.width += len(columns)
	}
	rows.scope.width = 2 * len(columns)
	v.p.references.watch(rows.scope)
	args := new([]expr.Expr)
	return v.level(&scope{outer: rows.scope, edge: args}, viewFrame{args: args, level: rows}, map[string]bool{"old": true, "new": true}, 0)
}

// condition writes the WHERE of the rule.
func (w *ruleWriter) condition(where, stored ast.Expr) string {
	l := w.level()
	l.indent = clauseIndent
	bound, err := (&binder{p: l.p, scope: l.scope, clause: "WHERE"}).condition(where, "WHERE")
	if err != nil {
		return parser.Deparse(stored)
	}
	if text := l.expression(bound, false); l.known {
		return text
	}
	return parser.Deparse(stored)
}

// command writes one command.
func (w *ruleWriter) command(s, stored ast.Statement) string {
	l := w.level()
	var err error
	switch s := s.(type) {
	case *ast.NotifyStmt:
		text := "\n NOTIFY " + parser.QuoteIdent(s.Channel)
		if s.Payload != "" {
			text += ", " + parser.Deparse(&ast.Const{Kind: ast.ConstString, Text: s.Payload})
		}
		return text
	case *ast.SelectStmt:
		err = l.query(s, viewOutput{})
	case *ast.InsertStmt:
		err = l.insert(s)
	case *ast.UpdateStmt:
		err = l.update(s)
	case *ast.DeleteStmt:
		err = l.delete(s)
	}
	if err != nil || !l.known {
		return " " + parser.Deparse(stored)
	}
	return l.String()
}

// withClause writes WITH before a command; close takes it out of sight.
func (l *viewLevel) withClause(with *ast.WithClause) (close func(Node) Node, err error) {
	if close, err = l.p.with(with, l.scope.outer); err == nil && with != nil {
		err = l.with(with)
	}
	return close, err
}

// changed begins the command that changes a relation, beside which stand others.
func (l *viewLevel) changed(word string, v *ast.RangeVar, others []ast.TableExpr) error {
	items := append([]ast.TableExpr{v}, others...)
	if _, err := l.p.from(items, l.scope); err != nil {
		return err
	}
	l.p.references.watch(l.scope)
	l.nameRelations(items)
	l.indent += clauseIndent
	l.WriteString(" " + word)
	return l.fromItem(v)
}

// insert writes INSERT.
func (l *viewLevel) insert(s *ast.InsertStmt) error {
	close, err := l.withClause(s.With)
	if err != nil {
		return err
	}
	defer close(nil)
	r, err := l.p.env.Relation(s.Relation)
	if err != nil {
		return err
	}
	columns := catalog.Columns(r)
	l.indent += clauseIndent
	l.WriteString(" INSERT INTO " + l.name(r))
	if s.Relation.Alias != nil {
		l.WriteString(" AS " + expr.QuoteIdent(s.Relation.Alias.Name))
	}
	l.WriteByte(' ')
	targets, err := l.inserted(s, columns)
	if err != nil {
		return err
	}
	var names []string
	for _, c := range targets {
		if c != nil {
			names = append(names, expr.QuoteIdent(c.Name))
		}
	}
	if names != nil {
		l.WriteString("(" + strings.Join(names, ", ") + ") ")
	}
	switch s.Overriding {
	case ast.OverridingUser:
		l.WriteString("OVERRIDING USER VALUE ")
	case ast.OverridingSystem:
		l.WriteString("OVERRIDING SYSTEM VALUE ")
	}
	switch q := s.Source; {
	case q == nil:
		l.WriteString("DEFAULT VALUES")
	case len(q.Values) == 1:
		l.line("VALUES (", -clauseIndent, clauseIndent, 2)
		if err := l.insertedValues(q.Values[0], targets); err != nil {
			return err
		}
		l.WriteByte(')')
	case q.Values != nil:
		l.WriteString("VALUES ")
		for i, list := range q.Values {
			if i > 0 {
				l.WriteString(", ")
			}
			l.WriteByte('(')
			for k, e := range list {
				if k > 0 {
					l.WriteByte(',')
				}
				text, err := l.assigned(e, targets[k])
				if err != nil {
					return err
				}
				l.add(text)
			}
			l.WriteByte(')')
		}
	default:
		below := l.sibling()
		if err := below.query(q, viewOutput{hidden: true, inserted: true}); err != nil {
			return err
		}
		l.add(below.String())
	}
	if c := s.OnConflict; c != nil {
		if c.DoUpdate || c.Infer != nil || c.Constraint != "" {
			l.known = false
		}
		l.WriteString(" ON CONFLICT DO NOTHING")
	}
	return l.returning(s.Relation, s.Returning)
}

// inserted are the columns that an INSERT names, or gives values to; nil where the value is
// DEFAULT.
func (l *viewLevel) inserted(s *ast.InsertStmt, columns []*catalog.Column) ([]*catalog.Column, error) {
	bound := l.p.env.names.At(s.Relation.Pos())
	var out []*catalog.Column
	for _, t := range s.Columns {
		if t.Path != nil {
			l.known = false
		}
		for _, c := range columns {
			if name := c.Name; bound == nil && name == t.Name || bound != nil && bound.Name(c.Num) == t.Name {
				out = append(out, c)
			}
		}
	}
	if s.Columns == nil && s.Source != nil {
		width := len(columns)
		if s.Source.Values != nil {
			width = len(s.Source.Values[0])
		} else if n, err := l.p.selectStmt(s.Source, l.scope.outer); err == nil {
			width = len(n.Columns())
		}
		for _, c := range columns {
			if len(out) < width && (bound == nil || bound.Name(c.Num) != "") {
				out = append(out, c)
			}
		}
	} else if len(out) < len(s.Columns) {
		return nil, sqlerr.Internal("a rule's INSERT has lost a column")
	}
	if s.Source != nil && len(s.Source.Values) == 1 {
		for i, e := range s.Source.Values[0] {
			if _, ok := e.(*ast.SetToDefault); ok && i < len(out) {
				out[i] = nil
			}
		}
	}
	return out, nil
}

// insertedValues writes the values of one row.
func (l *viewLevel) insertedValues(list []ast.Expr, targets []*catalog.Column) error {
	first := true
	for i, e := range list {
		if targets[i] == nil {
			continue
		}
		text, err := l.assigned(e, targets[i])
		if err != nil {
			return err
		}
		if !first {
			l.WriteString(", ")
		}
		first = false
		l.add(text)
	}
	return nil
}

// assigned writes the value that a column is given.
func (l *viewLevel) assigned(e ast.Expr, c *catalog.Column) (string, error) {
	if _, ok := e.(*ast.SetToDefault); ok {
		return "DEFAULT", nil
	}
	bound, err := (&binder{p: l.p, scope: l.scope, clause: "VALUES"}).bind(e)
	if err != nil {
		return "", err
	}
	if c != nil {
		if bound, err = l.p.assign(bound, c, -1); err != nil {
			return "", err
		}
	}
	return l.expression(bound, false), nil
}

// update writes UPDATE.
func (l *viewLevel) update(s *ast.UpdateStmt) error {
	close, err := l.withClause(s.With)
	if err != nil {
		return err
	}
	defer close(nil)
	if err := l.changed("UPDATE ", s.Relation, s.From); err != nil {
		return err
	}
	r, err := l.p.env.Relation(s.Relation)
	if err != nil {
		return err
	}
	bound := l.p.env.names.At(s.Relation.Pos())
	l.WriteString(" SET ")
	for i, item := range s.Set {
		var c *catalog.Column
		for _, have := range catalog.Columns(r) {
			if bound == nil && have.Name == item.Name || bound != nil && bound.Name(have.Num) == item.Name {
				c = have
			}
		}
		if _, several := item.Val.(*ast.MultiAssign); several || c == nil {
			l.known = false
			return nil
		}
		if i > 0 {
			l.WriteString(", ")
		}
		l.WriteString(parser.AssignedName(&ast.ResTarget{Name: c.Name, Path: item.Path}) + " = ")
		if item.Path != nil {
			c = nil
		}
		text, err := l.assigned(item.Val, c)
		if err != nil {
			return err
		}
		l.add(text)
	}
	return l.changedRows(" FROM ", s.From, s.Where, s.Returning)
}

// delete writes DELETE.
func (l *viewLevel) delete(s *ast.DeleteStmt) error {
	close, err := l.withClause(s.With)
	if err != nil {
		return err
	}
	defer close(nil)
	if err := l.changed("DELETE FROM ", s.Relation, s.Using); err != nil {
		return err
	}
	return l.changedRows(" USING ", s.Using, s.Where, s.Returning)
}

// changedRows writes the clauses of UPDATE and DELETE that say which rows are meant, and
// RETURNING.
func (l *viewLevel) changedRows(word string, others []ast.TableExpr, where ast.Expr, returning []*ast.ResTarget) error {
	if err := l.fromClause(word, others); err != nil {
		return err
	}
	if where != nil {
		if err := l.condition(" WHERE ", 1, where); err != nil {
			return err
		}
	}
	return l.returned(returning)
}

// returning writes RETURNING of an INSERT, in whose other parts its relation cannot be named.
func (l *viewLevel) returning(v *ast.RangeVar, list []*ast.ResTarget) error {
	if list == nil {
		return nil
	}
	items := []ast.TableExpr{v}
	if _, err := l.p.from(items, l.scope); err != nil {
		return err
	}
	l.p.references.watch(l.scope)
	l.nameRelations(items)
	return l.returned(list)
}

func (l *viewLevel) returned(list []*ast.ResTarget) error {
	if list == nil {
		return nil
	}
	exprs, cols, err := (&binder{p: l.p, scope: l.scope, clause: "RETURNING"}).targets(list)
	if err != nil {
		return err
	}
	l.line(" RETURNING", -clauseIndent, clauseIndent, 1)
	return l.targets(exprs, cols, viewOutput{})
}
