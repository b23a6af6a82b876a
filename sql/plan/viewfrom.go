package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/types"
)

// viewRelation is an item of FROM: what it and its columns are called in the
// stored query, and what they are called in the text.
type viewRelation struct {
	shown   string
	columns []viewColumn
	// aliased: the names of the columns have to be written.
	aliased bool
	// of is the relation; nil for what has no name of its own.
	of catalog.Relation
	// using are the names of the columns that joins around it merge.
	using []string
}

// viewColumn is a column of an item of FROM. real is the name it has without
// anything being done, stored that in the stored query.
type viewColumn struct {
	stored, shown, real string
	// merged: USING has given it its name.
	merged bool
}

// unlikeOthers gives the columns of a relation different names, that are none of columns
// that joins around it merge.
func (r *viewRelation) unlikeOthers() {
	taken := map[string]bool{}
	for _, name := range r.using {
		taken[name] = true
	}
	for _, c := range r.columns {
		taken[c.shown] = taken[c.shown] || c.merged
	}
	for i := range r.columns {
		c := &r.columns[i]
		if c.merged {
			continue
		}
		name := c.shown
		for n := 1; taken[name]; n++ {
			name = types.ClipName(c.shown + "_" + strconv.Itoa(n))
		}
		c.shown, taken[name] = name, true
	}
}

// name gives a column's name in the text.
func (r *viewRelation) name(stored string) string {
	for _, c := range r.columns {
		if c.stored == stored {
			return c.shown
		}
	}
	return stored
}

// nameRelations decides what the items of FROM are called, and their columns.
func (l *viewLevel) nameRelations(items []ast.TableExpr) {
	for _, item := range items {
		l.nameRelation(item)
	}
	for _, item := range items {
		l.nameMerged(item)
	}
	for _, r := range l.relations {
		if r.of != nil {
			r.unlikeOthers()
		}
	}
	for _, j := range l.joins {
		l.nameColumns(l.relations[j.Alias.Name], j.Alias.Name, j)
	}
	for _, r := range l.relations {
		for _, c := range r.columns {
			r.aliased = r.aliased || c.shown != c.real
		}
	}
}

// nameRelation names one item, left to right.
func (l *viewLevel) nameRelation(item ast.TableExpr) {
	if s, ok := item.(*ast.RangeTableSample); ok {
		item = s.Relation
	}
	r := &viewRelation{}
	stored := ""
	var alias *ast.Alias
	switch t := item.(type) {
	case *ast.JoinExpr:
		l.nameRelation(t.Left)
		l.nameRelation(t.Right)
		if alias = t.Alias; alias == nil {
			return
		}
	case *ast.RangeVar:
		alias, stored, r.shown = t.Alias, t.Name, t.Name
		if !l.isCTE(t) {
			of, err := l.p.env.Relation(t)
			if err != nil {
				l.known = false
				return
			}
			r.of, r.shown = of, of.ObjectName()
		}
	case *ast.RangeSubselect:
		alias = t.Alias
	case *ast.RangeFunction:
		alias = t.Alias
		for _, c := range l.scope.columns { // the function's name
			if alias == nil && l.relations[c.relation] == nil && c.relation != "" {
				stored, r.shown = c.relation, c.relation
				break
			}
		}
		r.aliased = true
	}
	if alias != nil {
		stored, r.shown = alias.Name, alias.Name
		r.aliased = r.aliased || len(alias.Columns) > 0 && r.of == nil
	}
	r.shown = l.take(r.shown)
	l.relations[stored] = r
	if j, ok := item.(*ast.JoinExpr); ok {
		l.joins = append(l.joins, j) // when its sides have their names
		return
	}
	l.nameColumns(r, stored, item)
}

// take gives a name that is not in use yet, made of another.
func (l *viewLevel) take(name string) string {
	out := name
	for i := 1; l.taken[out]; i++ {
		out = types.ClipName(name + "_" + strconv.Itoa(i))
	}
	l.taken[out] = true
	return out
}

// isCTE says whether a name is that of a WITH query in sight.
func (l *viewLevel) isCTE(v *ast.RangeVar) bool {
	return v.Schema == "" && slices.ContainsFunc(l.p.ctes, func(c *cte) bool { return c.name == v.Name })
}

// nameColumns lists the columns of an item of FROM.
func (l *viewLevel) nameColumns(r *viewRelation, stored string, item ast.TableExpr) {
	v, _ := item.(*ast.RangeVar)
	if columns := catalog.Columns(r.of); columns != nil {
		bound := l.p.env.names.At(v.Pos())
		for i, c := range columns {
			col := viewColumn{stored: c.Name, shown: c.Name, real: c.Name}
			at := i
			if bound != nil {
				at = slices.IndexFunc(bound.Columns, func(b catalog.BoundColumn) bool { return b.Num == c.Num })
				col.stored = boundColumnName(bound, v.Alias, c.Num)
			}
			if v.Alias != nil && at >= 0 && at < len(v.Alias.Columns) {
				col.stored, col.shown = v.Alias.Columns[at], v.Alias.Columns[at]
			}
			r.columns = append(r.columns, col)
		}
		return
	}
	renamed := 0
	if j, ok := item.(*ast.JoinExpr); ok {
		renamed = len(j.Alias.Columns)
	}
	for _, c := range l.scope.columns {
		if c.relation != stored || c.hidden {
			continue
		}
		col := viewColumn{stored: c.Name, shown: c.Name, real: c.Name}
		if _, ok := item.(*ast.JoinExpr); ok && len(r.columns) >= renamed {
			col.shown = l.underlying(c.index, c.Name)
			col.real = col.shown
		}
		r.columns = append(r.columns, col)
	}
}

// underlying is the name in the text of a column that a join with an alias has
// from one of its sides.
func (l *viewLevel) underlying(index int, stored string) string {
	for at := l.scope.unseen; at != nil; at = at.unseen {
		for i := range at.columns {
			if c := &at.columns[i]; c.index == index && c.Name == stored && l.relations[c.relation] != nil && c.derive == nil {
				return l.relations[c.relation].name(stored)
			}
		}
	}
	return stored
}

// nameMerged gives the columns of USING one name on both sides.
func (l *viewLevel) nameMerged(item ast.TableExpr) {
	j, ok := item.(*ast.JoinExpr)
	if !ok {
		return
	}
	for _, name := range l.using(j) {
		l.force(j, name)
	}
	l.nameMerged(j.Left)
	l.nameMerged(j.Right)
}

func (l *viewLevel) force(item ast.TableExpr, name string) {
	if j, ok := item.(*ast.JoinExpr); ok {
		l.force(j.Left, name)
		l.force(j.Right, name)
		return
	}
	r := l.relations[l.storedName(item)]
	if r == nil {
		return
	}
	r.using = append(r.using, name)
	for i := range r.columns {
		if c := &r.columns[i]; c.stored == name {
			c.shown, c.merged = name, true
		}
	}
}

// storedName is what the stored query calls an item of FROM.
func (l *viewLevel) storedName(item ast.TableExpr) string {
	switch t := item.(type) {
	case *ast.RangeVar:
		return aliasOr(t.Alias, t.Name)
	case *ast.RangeTableSample:
		return l.storedName(t.Relation)
	case *ast.RangeSubselect:
		return aliasOr(t.Alias, "")
	case *ast.RangeFunction:
		if t.Alias == nil && len(t.Funcs) > 0 {
			if f, ok := t.Funcs[0].Call.(*ast.FuncCall); ok {
				return f.Name[len(f.Name)-1]
			}
			return columnName(t.Funcs[0].Call)
		}
		return aliasOr(t.Alias, "")
	}
	return ""
}

// using lists the columns that a join merges.
func (l *viewLevel) using(j *ast.JoinExpr) []string {
	if !j.Natural {
		return j.Using
	}
	left, right := &scope{outer: l.scope.outer}, &scope{outer: l.scope.outer}
	if _, err := l.p.tableExpr(j.Left, left); err != nil {
		l.known = false
		return nil
	}
	if _, err := l.p.tableExpr(j.Right, right); err != nil {
		l.known = false
		return nil
	}
	return common(left.columns, right.columns)
}

// from writes FROM.
func (l *viewLevel) from(items []ast.TableExpr) error { return l.fromClause(" FROM ", items) }

// fromClause writes the items behind a word.
func (l *viewLevel) fromClause(word string, items []ast.TableExpr) error {
	for i, item := range items {
		if i == 0 {
			l.line(word, -clauseIndent, clauseIndent, 2)
			if err := l.fromItem(item); err != nil {
				return err
			}
			continue
		}
		l.WriteByte(',')
		l.line("", -clauseIndent, clauseIndent, columnIndent)
		if err := l.fromItem(item); err != nil {
			return err
		}
	}
	return nil
}

// fromItem writes one item of FROM.
func (l *viewLevel) fromItem(item ast.TableExpr) error {
	r := l.relations[l.storedName(item)]
	switch t := item.(type) {
	case *ast.RangeVar:
		if t.Only {
			l.WriteString("ONLY ")
		}
		own := t.Name
		if r.of != nil {
			own = r.of.ObjectName()
			l.WriteString(l.name(r.of))
		} else {
			l.WriteString(expr.QuoteIdent(t.Name))
		}
		l.alias(r, t.Alias != nil || r.aliased || r.shown != own)
		return nil
	case *ast.RangeSubselect:
		return l.subselect(t, r)
	case *ast.RangeFunction:
		return l.function(t, r)
	case *ast.RangeTableSample:
		return l.sample(t)
	case *ast.JoinExpr:
		return l.join(t)
	}
	l.known = false
	return nil
}

// sample writes a table with TABLESAMPLE.
func (l *viewLevel) sample(t *ast.RangeTableSample) error {
	if err := l.fromItem(t.Relation); err != nil {
		return err
	}
	outer, _ := l.lateral()
	s, err := l.p.sample(t, &scope{outer: outer})
	if err != nil {
		return err
	}
	l.WriteString(" TABLESAMPLE " + t.Method[len(t.Method)-1] + " (" + l.expression(s.Percent, false) + ")")
	if s.Seed != nil {
		l.WriteString(" REPEATABLE (" + l.expression(s.Seed, false) + ")")
	}
	return nil
}

// alias writes the name of an item of FROM, and those of its columns.
func (l *viewLevel) alias(r *viewRelation, written bool) {
	if !written {
		return
	}
	l.WriteString(" " + expr.QuoteIdent(r.shown))
	if r.aliased {
		l.WriteString(l.aliasList(r.names()))
	}
}

func (r *viewRelation) names() (list []string) {
	for _, c := range r.columns {
		list = append(list, c.shown)
	}
	return list
}

// aliasList writes names in parentheses; nothing for none.
func (l *viewLevel) aliasList(names []string) string {
	if len(names) == 0 {
		return ""
	}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = expr.QuoteIdent(n)
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}

// subselect writes a subquery in FROM.
func (l *viewLevel) subselect(t *ast.RangeSubselect, r *viewRelation) error {
	outer, frame := l.scope.outer, l.outer
	if t.Lateral {
		l.WriteString("LATERAL ")
		outer, frame = l.lateral()
	}
	l.WriteByte('(')
	text, err := l.below(t.Query, outer, frame, viewOutput{})
	if err != nil {
		return err
	}
	l.WriteString(text)
	l.WriteByte(')')
	l.alias(r, true)
	return nil
}

// lateral is what a LATERAL item sees of this level.
func (l *viewLevel) lateral() (*scope, viewFrame) {
	args := new([]expr.Expr)
	return &scope{edge: args, outer: l.scope}, viewFrame{args: args, level: l}
}

// function writes a function in FROM.
func (l *viewLevel) function(t *ast.RangeFunction, r *viewRelation) error {
	if r == nil {
		l.known = false
		return nil
	}
	isTable := false // it names its columns itself and sees what stands before it
	if len(t.Funcs) == 1 {
		switch t.Funcs[0].Call.(type) {
		case *ast.XMLTable, *ast.JSONTable:
			isTable = true
		}
	}
	outer, frame := l.lateral()
	in := l.level(outer, frame, l.taken, l.indent)
	in.scope = &scope{outer: outer}
	var calls []string
	definitions := t.Columns
	for _, f := range unnested(t.Funcs) {
		call, list, err := in.scanned(f, t.Columns)
		if err != nil {
			return err
		}
		if list != "" && len(t.Columns) == 0 {
			call += " AS " + list
		}
		calls = append(calls, call)
	}
	if t.Lateral || isTable && len(*frame.args) > 0 {
		l.WriteString("LATERAL ")
	}
	switch {
	case len(t.Funcs) == 1 && len(calls) > 1: // unnest of several arrays
		for i, c := range calls {
			calls[i] = strings.TrimSuffix(strings.TrimPrefix(c, "unnest("), ")")
		}
		l.WriteString("UNNEST(" + strings.Join(calls, ", ") + ")")
	case len(calls) > 1 || t.RowsFrom:
		l.WriteString("ROWS FROM(" + strings.Join(calls, ", ") + ")")
	default:
		l.WriteString(calls[0])
	}
	if t.Ordinality {
		l.WriteString(" WITH ORDINALITY")
	}
	if isTable {
		switch {
		case t.Alias != nil && len(t.Alias.Columns) > 0:
			l.alias(r, true)
		case t.Alias != nil:
			l.WriteString(" " + expr.QuoteIdent(r.shown))
		}
		return nil
	}
	if len(definitions) > 0 {
		list, err := l.definitions(definitions)
		l.WriteString(" " + expr.QuoteIdent(r.shown) + list)
		return err
	}
	l.alias(r, true)
	return nil
}

// scanned writes one function in FROM, and the definitions of its columns if it
// has them.
func (l *viewLevel) scanned(f ast.RangeFuncItem, columns []*ast.ColumnDef) (call, definitions string, err error) {
	b := &binder{p: l.p, scope: l.scope, clause: "functions in FROM", top: true}
	if len(columns) > 0 {
		f.Columns = columns
	}
	var e expr.Expr
	if len(f.Columns) == 0 {
		e, err = b.bind(f.Call)
	} else if e, err = b.recordFunction(f, columnName(f.Call)); err == nil {
		definitions, err = l.definitions(f.Columns)
	}
	if err == nil {
		e, err = settled(e)
	}
	if err != nil {
		return "", "", err
	}
	call = l.expression(e, true)
	if l.castInFrom(e) {
		call = "CAST(" + call + " AS " + types.FormatType(e.Type(), e.Typmod()) + ")"
	}
	return call, definitions, nil
}

// castInFrom says whether an expression is none that may stand in FROM as it is.
func (l *viewLevel) castInFrom(e expr.Expr) bool {
	switch n := e.(type) {
	case *expr.Call:
		return n.Form != expr.FormFunction && n.Form != expr.FormSyntax
	case *expr.Relabel, *expr.TextCast, *expr.ArrayCast, *expr.TextInput, *expr.Const:
		return true
	}
	return false
}

// definitions writes a column definition list.
func (l *viewLevel) definitions(columns []*ast.ColumnDef) (string, error) {
	var list []string
	for _, c := range columns {
		t, typmod, err := l.p.env.TypeName(c.Type)
		if err != nil {
			return "", err
		}
		list = append(list, expr.QuoteIdent(c.Name)+" "+types.FormatType(t, typmod))
	}
	return "(" + strings.Join(list, ", ") + ")", nil
}

var joinWords = map[ast.JoinType]string{ast.JoinInner: " JOIN ", ast.JoinLeft: " LEFT JOIN ", ast.JoinFull: " FULL JOIN ", ast.JoinRight: " RIGHT JOIN "}

func (l *viewLevel) join(j *ast.JoinExpr) error {
	using := l.using(j)
	paren := !l.pretty || j.Alias != nil
	if paren {
		l.WriteByte('(')
	}
	if err := l.fromItem(j.Left); err != nil {
		return err
	}
	word := joinWords[j.Type]
	if word == "" || j.Type == ast.JoinInner && j.On == nil && len(using) == 0 {
		word = " CROSS JOIN "
	}
	l.line(word, -clauseIndent, clauseIndent, joinIndent)
	below, nested := j.Right.(*ast.JoinExpr)
	nested = nested && below.Alias == nil && l.pretty
	if nested {
		l.WriteByte('(')
	}
	if err := l.fromItem(j.Right); err != nil {
		return err
	}
	if nested {
		l.WriteByte(')')
	}
	switch {
	case len(using) > 0:
		l.WriteString(" USING " + l.aliasList(using))
		if j.UsingAlias != "" {
			l.WriteString(" AS " + expr.QuoteIdent(j.UsingAlias))
		}
	case j.On != nil:
		on := l.p.references.conditions[j]
		if on == nil {
			l.known = false
			return nil
		}
		text := l.expression(on, false)
		if !l.pretty {
			text = "(" + text + ")"
		}
		l.WriteString(" ON " + text)
	case j.Type != ast.JoinInner && word != " CROSS JOIN ":
		l.WriteString(" ON TRUE")
	}
	if paren {
		l.WriteByte(')')
	}
	if j.Alias != nil {
		r := l.relations[j.Alias.Name]
		r.aliased = r.aliased || len(j.Alias.Columns) > 0
		l.alias(r, true)
	}
	return nil
}
