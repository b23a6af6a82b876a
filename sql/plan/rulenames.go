package plan

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ruleRows is the name of the WITH query that old and new of a rule's command lie in: a
// column for each of theirs (ruleColumn), and one for each of the two rows.
const ruleRows = "*rule*"

// ruleColumn names the column for one of old or new.
func ruleColumn(row string, num int16) string { return row + "." + strconv.Itoa(int(num)) }

// ruleNames turns old and new in the text of a rule into references to ruleRows.
type ruleNames struct {
	columns []catalog.BoundColumn
	event   string
	// mentions says, by node that was changed, which of the two it mentions.
	mentions map[*ast.ColumnRef]string
	// spreadOnly: only old.* and new.* are replaced, by their columns.
	spreadOnly bool
	// whole: one of them is wanted as a value.
	whole bool
	err   error
}

func newRuleNames(columns []catalog.BoundColumn, s *ast.CreateRuleStmt) *ruleNames {
	return &ruleNames{columns: columns, event: s.Event, mentions: map[*ast.ColumnRef]string{}}
}

// mentioned is old or new if that is what a reference is to.
func mentioned(ref *ast.ColumnRef) string {
	if ref.Fields == nil || ref.Fields[0] != "old" && ref.Fields[0] != "new" || len(ref.Fields) > 2 {
		return ""
	}
	return ref.Fields[0]
}

// replace changes all references in the statement.
func (r *ruleNames) replace(s *ast.CreateRuleStmt) error {
	if s.Where != nil {
		r.unqualified(s.Where)
	}
	defer r.besideRows(s)
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectStmt:
			n.Targets = r.targets(n.Targets)
			for i, list := range n.Values {
				n.Values[i] = r.spread(list)
			}
		case *ast.InsertStmt:
			n.Returning = r.targets(n.Returning)
		case *ast.UpdateStmt:
			n.Returning = r.targets(n.Returning)
		case *ast.DeleteStmt:
			n.Returning = r.targets(n.Returning)
		case *ast.RowExpr:
			n.Args = r.spread(n.Args)
		case *ast.ColumnRef:
			r.reference(n)
		}
		return r.err == nil
	})
	return r.err
}

// unqualified gives the columns that the condition names alone the row that they are of.
func (r *ruleNames) unqualified(where ast.Expr) {
	ast.Inspect(where, func(n ast.Node) bool {
		ref, ok := n.(*ast.ColumnRef)
		if ok && len(ref.Fields) == 1 && !ref.Star && slices.ContainsFunc(r.columns, func(c catalog.BoundColumn) bool { return c.Name == ref.Fields[0] }) {
			row := "new"
			switch r.event {
			case "update":
				r.err = sqlerr.New(sqlerr.AmbiguousColumn, `column reference "%s" is ambiguous`, ref.Fields[0]).At(ref.Pos())
			case "delete":
				row = "old"
			}
			ref.Fields = []string{row, ref.Fields[0]}
		}
		_, sub := n.(*ast.SubLink)
		return !sub && r.err == nil
	})
}

// besideRows lets subqueries of FROM see old and new, which stand beside them there.
func (r *ruleNames) besideRows(s *ast.CreateRuleStmt) {
	ast.Inspect(s, func(n ast.Node) bool {
		if sub, ok := n.(*ast.RangeSubselect); ok {
			old, new := r.mentionsIn(sub)
			sub.Lateral = sub.Lateral || old || new
		}
		return true
	})
}

// targets spreads old.* and new.* in a list, and keeps the names of columns.
func (r *ruleNames) targets(list []*ast.ResTarget) []*ast.ResTarget {
	var out []*ast.ResTarget
	for _, t := range list {
		ref, ok := t.Val.(*ast.ColumnRef)
		switch {
		case !ok || mentioned(ref) == "":
			out = append(out, t)
		case ref.Star:
			for _, c := range r.columns {
				out = append(out, &ast.ResTarget{Loc: t.Loc, Name: c.Name, Val: &ast.ColumnRef{Loc: ref.Loc, Fields: []string{ref.Fields[0], c.Name}}})
			}
		default:
			if t.Name == "" && !r.spreadOnly {
				t.Name = ref.Fields[len(ref.Fields)-1]
			}
			out = append(out, t)
		}
	}
	return out
}

func (r *ruleNames) spread(list []ast.Expr) []ast.Expr {
	var out []ast.Expr
	for _, e := range list {
		ref, ok := e.(*ast.ColumnRef)
		if !ok || !ref.Star || mentioned(ref) == "" {
			out = append(out, e)
			continue
		}
		for _, c := range r.columns {
			out = append(out, &ast.ColumnRef{Loc: ref.Loc, Fields: []string{ref.Fields[0], c.Name}})
		}
	}
	return out
}

// reference changes one reference.
func (r *ruleNames) reference(ref *ast.ColumnRef) {
	row := mentioned(ref)
	if row == "" || r.spreadOnly {
		return
	}
	switch {
	case row == "old" && r.event == "insert":
		r.err = sqlerr.New(sqlerr.InvalidObjectDefinition, "ON INSERT rule cannot use OLD")
		return
	case row == "new" && r.event == "delete":
		r.err = sqlerr.New(sqlerr.InvalidObjectDefinition, "ON DELETE rule cannot use NEW")
		return
	}
	name := row
	if len(ref.Fields) == 1 {
		r.whole = true
	} else {
		at := slices.IndexFunc(r.columns, func(c catalog.BoundColumn) bool { return c.Name == ref.Fields[1] })
		if at < 0 {
			r.err = sqlerr.New(sqlerr.UndefinedColumn, "column %s.%s does not exist", row, ref.Fields[1]).At(ref.Pos())
			return
		}
		name = ruleColumn(row, r.columns[at].Num)
	}
	ref.Fields, ref.Star = []string{ruleRows, name}, false
	r.mentions[ref] = row
}

// mentionsIn says whether a part of the statement mentions old or new.
func (r *ruleNames) mentionsIn(n ast.Node) (old, new bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		if ref, ok := n.(*ast.ColumnRef); ok {
			old, new = old || r.mentions[ref] == "old", new || r.mentions[ref] == "new"
		}
		return true
	})
	return old, new
}

// needsRows says whether a command is run for each of the rows that are changed, since it
// or the rule's condition mentions them.
func (r *ruleNames) needsRows(action ast.Statement, where ast.Expr, event catalog.TriggerEvents) bool {
	old, new := r.mentionsIn(action.(ast.Node))
	if where != nil {
		before, after := r.mentionsIn(where)
		old, new = old || before, new || after
	}
	return old || new && event == catalog.TriggerUpdate
}

// returningOf is the RETURNING list of a command.
func returningOf(s ast.Statement) []*ast.ResTarget {
	switch s := s.(type) {
	case *ast.InsertStmt:
		return s.Returning
	case *ast.UpdateStmt:
		return s.Returning
	case *ast.DeleteStmt:
		return s.Returning
	}
	return nil
}

// ruleCommand plans a command of a rule, in which old and new are replaced, for the rows
// of source. returns: its RETURNING list is wanted.
func (p *planner) ruleCommand(action ast.Statement, where ast.Expr, source Node, returns bool) (n Node, event catalog.TriggerEvents, err error) {
	if s, ok := action.(*ast.NotifyStmt); ok {
		call := &ast.FuncCall{Name: []string{"pg_catalog", "pg_notify"}, Args: []ast.Expr{text(s.Channel), text(s.Payload)}}
		n, err = p.selectStmt(&ast.SelectStmt{Targets: []*ast.ResTarget{{Val: call}}}, nil)
		return n, 0, err
	}
	in := &cte{name: ruleRows, cols: source.Columns(), level: p.level, hidden: true, plan: &CTE{Name: ruleRows, Query: source}}
	p.ctes = append(p.ctes, in)
	defer func() { p.ctes = p.ctes[:len(p.ctes)-1] }()
	from := &ast.RangeVar{Loc: -1, Name: ruleRows}
	switch s := action.(type) {
	case *ast.InsertStmt:
		event = catalog.TriggerInsert
		if s.Source, err = p.ruleSource(s, from, where); err != nil {
			return nil, 0, err
		}
		if !returns {
			s.Returning = nil
		}
		n, err = p.insert(s)
	case *ast.UpdateStmt:
		event = catalog.TriggerUpdate
		s.From, s.Where = append([]ast.TableExpr{from}, s.From...), conjunction(s.Where, where)
		if !returns {
			s.Returning = nil
		}
		n, err = p.update(s)
	case *ast.DeleteStmt:
		event = catalog.TriggerDelete
		s.Using, s.Where = append([]ast.TableExpr{from}, s.Using...), conjunction(s.Where, where)
		if !returns {
			s.Returning = nil
		}
		n, err = p.delete(s)
	case *ast.SelectStmt:
		n, err = p.selectStmt(beside(s, from, where), nil)
	default:
		err = sqlerr.Unsupported("%s in a rule", action.Kind())
	}
	if err != nil {
		return nil, 0, err
	}
	return &With{CTEs: []*CTE{in.plan}, Input: n}, event, nil
}

// ruleSource is what an INSERT of a rule inserts, for each of the rows.
func (p *planner) ruleSource(s *ast.InsertStmt, from *ast.RangeVar, where ast.Expr) (*ast.SelectStmt, error) {
	q := s.Source
	switch {
	case q == nil: // DEFAULT VALUES
		s.Columns = []*ast.ResTarget{}
		return &ast.SelectStmt{From: []ast.TableExpr{from}, Where: where}, nil
	case len(q.Values) != 1 || q.With != nil || q.OrderBy != nil || q.Limit != nil || q.Offset != nil:
		return beside(q, from, where), nil
	}
	r, err := p.env.Relation(s.Relation)
	if err != nil {
		return nil, err
	}
	out := &ast.SelectStmt{From: []ast.TableExpr{from}, Where: where}
	columns := catalog.Columns(r)
	if s.Columns != nil && len(q.Values[0]) > len(s.Columns) || s.Columns == nil && len(q.Values[0]) > len(columns) {
		return nil, sqlerr.New(sqlerr.SyntaxError, "INSERT has more expressions than target columns").At(q.Values[0][min(len(columns), len(q.Values[0])-1)].Pos())
	}
	if s.Columns != nil && len(q.Values[0]) < len(s.Columns) {
		return nil, sqlerr.New(sqlerr.SyntaxError, "INSERT has more target columns than expressions").At(s.Columns[len(q.Values[0])].Pos())
	}
	var names []string
	bound := p.env.names.At(s.Relation.Pos())
	for _, c := range columns {
		if name := c.Name; bound == nil {
			names = append(names, name)
		} else if name = bound.Name(c.Num); name != "" {
			names = append(names, name)
		}
	}
	named := []*ast.ResTarget{}
	for i, e := range q.Values[0] {
		if _, ok := e.(*ast.SetToDefault); ok {
			continue
		}
		out.Targets = append(out.Targets, &ast.ResTarget{Val: e})
		if s.Columns != nil {
			named = append(named, s.Columns[i])
		} else {
			named = append(named, &ast.ResTarget{Name: names[i]})
		}
	}
	s.Columns = named
	return out, nil
}

// beside puts the rows beside what a query reads, or the query beside the rows if it is
// no simple one.
func beside(q *ast.SelectStmt, from *ast.RangeVar, where ast.Expr) *ast.SelectStmt {
	if q.SetOp == ast.SetNone && q.Values == nil {
		q.From, q.Where = append([]ast.TableExpr{from}, q.From...), conjunction(q.Where, where)
		return q
	}
	const inner = "*VALUES*"
	return &ast.SelectStmt{
		Targets: []*ast.ResTarget{{Val: &ast.ColumnRef{Loc: -1, Fields: []string{inner}, Star: true}}},
		From:    []ast.TableExpr{from, &ast.RangeSubselect{Loc: -1, Lateral: true, Query: q, Alias: &ast.Alias{Name: inner}}},
		Where:   where,
	}
}

func conjunction(a, b ast.Expr) ast.Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &ast.BoolExpr{Op: ast.BoolAnd, Args: []ast.Expr{a, b}}
}

// text is a literal.
func text(s string) ast.Expr {
	return &ast.Const{Loc: -1, Kind: ast.ConstString, Text: s}
}

// BindRule checks a rule that is being made, and finds what the names in it stand for. The
// descriptor has everything but that. written is the statement that makes it, for the places
// of errors; its tree is used up.
func BindRule(env *Env, relation catalog.Relation, r *catalog.Rule, written *ast.CreateRuleStmt) error {
	stmt, err := ruleStatement(env, r)
	if err != nil {
		return err
	}
	if err := bindRule(env, relation, r, stmt); err != nil {
		if located := bindRule(env, relation, r, written); located != nil {
			return located
		}
		return unlocated(err)
	}
	return nil
}

func bindRule(env *Env, relation catalog.Relation, r *catalog.Rule, stmt *ast.CreateRuleStmt) error {
	own := *env
	own.names, own.binding, own.Functions, own.Role = nil, &catalog.BoundNames{}, nil, nil
	p := &planner{env: &own, params: &expr.ParamTypes{}}
	c := &rewriting{p: p, relation: relation, event: r.Event, whole: true}
	rows := c.rowsOf(emptyChange(relation, r.Event))
	for i := range rows.cols { // so that it is noted which are read
		if _, num, ok := strings.Cut(rows.cols[i].Name, "."); ok {
			n, _ := strconv.Atoi(num)
			rows.cols[i].Table, rows.cols[i].Num = relation.ObjectOID(), int16(n)
		}
	}
	if err := newRuleNames(r.Columns, stmt).replace(stmt); err != nil {
		return err
	}
	p.rules = append(p.rules, applied{relation.ObjectOID(), r.Event})
	returning := false
	for i := range max(len(stmt.Actions), 1) {
		if stmt.Where != nil {
			sc := &scope{}
			sc.add(ruleRows, "", rows.cols, 0)
			if _, err := (&binder{p: p, scope: sc, clause: "WHERE"}).condition(stmt.Where, "WHERE"); err != nil {
				return err
			}
		}
		if len(stmt.Actions) == 0 {
			continue
		}
		action := stmt.Actions[i]
		if _, ok := action.(*ast.NotifyStmt); ok && stmt.Where != nil {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, "rules with WHERE conditions can only have SELECT, INSERT, UPDATE, or DELETE actions")
		}
		list := returningOf(action)
		switch {
		case list == nil:
		case returning:
			return sqlerr.New(sqlerr.FeatureNotSupported, "cannot have multiple RETURNING lists in a rule")
		case stmt.Where != nil:
			return sqlerr.New(sqlerr.FeatureNotSupported, "RETURNING lists are not supported in conditional rules")
		case !stmt.Instead:
			return sqlerr.New(sqlerr.FeatureNotSupported, "RETURNING lists are not supported in non-INSTEAD rules")
		}
		p.unruled = action // the rules of what it changes are applied when it is run
		n, _, err := p.ruleCommand(action, stmt.Where, rows, true)
		if err != nil {
			return err
		}
		noteWritten(own.binding, n)
		if returning = returning || list != nil; list != nil {
			if err := returnsRow(relation, n.Columns()); err != nil {
				return err
			}
		}
	}
	slices.SortFunc(own.binding.Names, func(a, b catalog.BoundName) int { return a.At - b.At })
	r.Bound, r.Uses = own.binding, slices.Clone(p.routines)
	for _, n := range own.binding.Names {
		oid := n.OID
		if of, _ := catalog.RowRelation(oid); of != 0 {
			oid = of
		}
		if _, ok := own.Catalog.Get(oid).(catalog.Relation); ok && oid != relation.ObjectOID() && !slices.Contains(r.Uses, oid) {
			r.Uses = append(r.Uses, oid)
		}
	}
	return nil
}

// noteWritten notes the columns that a command writes among those that it reads.
func noteWritten(names *catalog.BoundNames, n Node) {
	if w, ok := n.(*With); ok {
		n = w.Input
	}
	note := func(t *catalog.Table, at int) {
		if at < 0 || at >= len(t.Columns) || names.ReadsColumn(t.OID, t.Columns[at].Num) {
			return
		}
		names.Reads = append(names.Reads, catalog.ColumnRead{Relation: t.OID, Num: t.Columns[at].Num})
	}
	switch n := n.(type) {
	case *Insert:
		for _, at := range n.Targets {
			note(n.Table, at)
		}
	case *Update:
		for _, a := range n.Set {
			note(n.Table, a.Column)
		}
	}
}

// emptyChange is a statement without rows of a relation, for checking what its rules do.
func emptyChange(r catalog.Relation, event catalog.TriggerEvents) Node {
	none := &Values{}
	var targets []int
	for i, c := range catalog.Columns(r) {
		none.cols = append(none.cols, Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod, Collation: c.Collation})
		targets = append(targets, i)
	}
	switch event {
	case catalog.TriggerInsert:
		return &Insert{Source: none, Targets: targets}
	case catalog.TriggerUpdate:
		return &Update{changeTarget: changeTarget{From: none}}
	}
	return &Delete{changeTarget: changeTarget{From: none}}
}

// returnsRow refuses a RETURNING list of a rule that has not the columns of its relation.
func returnsRow(r catalog.Relation, list []Column) error {
	columns := catalog.Columns(r)
	for i, c := range list {
		if i == len(columns) {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, "RETURNING list has too many entries")
		}
		want := columns[i]
		if !c.Type.Same(want.Type.Type) {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, `RETURNING list's entry %d has different type from column "%s"`, i+1, want.Name).
				WithDetail("RETURNING list entry has type %s, but column has type %s.", c.Type, want.Type.Type)
		}
		if c.Typmod != want.Typmod && c.Typmod != types.NoTypmod && want.Typmod != types.NoTypmod {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, `RETURNING list's entry %d has different size from column "%s"`, i+1, want.Name).
				WithDetail("RETURNING list entry has type %s, but column has type %s.", types.FormatType(c.Type, c.Typmod), types.FormatType(want.Type.Type, want.Typmod))
		}
	}
	if len(list) < len(columns) {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "RETURNING list has too few entries")
	}
	return nil
}
