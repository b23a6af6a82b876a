package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// startsQuery says whether a query begins at the current token.
func (p *parser) startsQuery() bool {
	if p.isOp("(") {
		return p.startsQueryParen()
	}
	return p.startsQueryAt(0)
}

// startsQueryAt says whether a query's first word stands n tokens ahead.
func (p *parser) startsQueryAt(n int) bool {
	t := p.ahead(n)
	return isWord(t, "select", "with", "table") || isWord(t, "values") && p.ahead(n+1).kind == tokOp && p.ahead(n+1).text == "("
}

// startsQueryParen says whether the parenthesis here encloses a query, however
// many more there are before it: in ((SELECT 1) + 1) the outer one does not.
func (p *parser) startsQueryParen() bool {
	n := 0
	for p.ahead(n).kind == tokOp && p.ahead(n).text == "(" {
		n++
	}
	if !p.startsQueryAt(n) {
		return false
	}
	for i := n - 1; i > 0; i-- {
		end := p.closing(p.at + i)
		if end < 0 {
			return true
		}
		after := &p.toks[end+1]
		if !(after.kind == tokOp && after.text == ")" || after.kind == tokEOF || after.kind == tokError || isWord(after, "union", "intersect", "except", "order", "limit", "offset", "fetch", "for")) {
			return false
		}
	}
	return true
}

// closing gives the parenthesis that closes the one at a token, or -1. All are
// matched when the first is asked for, so that nesting costs no more.
func (p *parser) closing(open int) int {
	if p.parens == nil {
		p.parens = make(map[int]int)
		var stack []int
		for i := range p.toks {
			if p.toks[i].kind != tokOp {
				continue
			}
			switch p.toks[i].text {
			case "(":
				stack = append(stack, i)
			case ")":
				if len(stack) > 0 {
					p.parens[stack[len(stack)-1]] = i
					stack = stack[:len(stack)-1]
				}
			}
		}
	}
	if end, ok := p.parens[open]; ok {
		return end
	}
	return -1
}

// query is a query where nothing else can stand.
func (p *parser) query() *ast.SelectStmt {
	if !p.startsQuery() {
		for p.accept("(") {
		}
		p.take("values")
		p.unexpected()
	}
	return p.selectStmt()
}

// selectStmt parses a query with everything that may stand around it.
func (p *parser) selectStmt() *ast.SelectStmt {
	p.enter()
	defer p.leave()
	loc := p.loc()
	return p.selectAfter(p.optWith(), loc)
}

// selectAfter parses a query after its WITH clause, if any.
func (p *parser) selectAfter(with *ast.WithClause, loc ast.Loc) *ast.SelectStmt {
	s := p.setOperations(0)
	p.selectTail(s)
	if with != nil {
		if s.With != nil {
			p.fail(with.Loc, "multiple WITH clauses not allowed")
		}
		s.With = with
		s.Loc = loc
	}
	return s
}

// setOperations parses UNION and EXCEPT (weaker) and INTERSECT (stronger).
func (p *parser) setOperations(min int) *ast.SelectStmt {
	left := p.simpleSelect()
	for n := 0; ; n++ {
		p.link(n)
		op, bp := ast.SetNone, 1
		switch {
		case p.is("union"):
			op = ast.SetUnion
		case p.is("except"):
			op = ast.SetExcept
		case p.is("intersect"):
			op, bp = ast.SetIntersect, 2
		}
		if op == ast.SetNone || bp <= min {
			return left
		}
		loc := p.loc()
		p.advance()
		all := p.take("all")
		if !all {
			p.take("distinct")
		}
		right := p.setOperations(bp)
		left = &ast.SelectStmt{Loc: loc, SetOp: op, All: all, Left: left, Right: right}
	}
}

// simpleSelect parses SELECT, VALUES, TABLE or a query in parentheses.
func (p *parser) simpleSelect() *ast.SelectStmt {
	loc := p.loc()
	switch {
	case p.isOp("("):
		p.advance()
		s := p.query()
		p.expectOp(")")
		return s
	case p.take("values"):
		s := &ast.SelectStmt{Loc: loc}
		for {
			p.expectOp("(")
			s.Values = append(s.Values, p.exprList())
			p.expectOp(")")
			if !p.accept(",") {
				return s
			}
		}
	case p.take("table"):
		v := p.relationExpr()
		return &ast.SelectStmt{Loc: loc, Targets: []*ast.ResTarget{{Loc: -1, Val: &ast.ColumnRef{Loc: -1, Star: true}}}, From: []ast.TableExpr{v}}
	}
	p.expect("select")
	s := &ast.SelectStmt{Loc: loc}
	if p.take("distinct") {
		if p.take("on") {
			p.expectOp("(")
			s.DistinctOn = p.exprList()
			p.expectOp(")")
		} else {
			s.Distinct = true
		}
	} else {
		p.take("all")
	}
	if s.Distinct || s.DistinctOn != nil || !p.targetListEnds() {
		s.Targets = p.targetList()
	}
	if p.is("into") {
		s.Into = p.selectInto()
	}
	if p.take("from") {
		s.From = p.fromList()
	}
	if p.take("where") {
		s.Where = p.expr(0)
	}
	if p.takeSeq("group", "by") {
		if p.take("distinct") {
			s.GroupDistinct = true
		} else {
			p.take("all")
		}
		s.GroupBy = p.groupItems()
	}
	if p.take("having") {
		s.Having = p.expr(0)
	}
	if p.take("window") {
		for {
			name := p.colID()
			p.expect("as")
			w := p.windowSpec()
			w.Name = name
			s.Windows = append(s.Windows, w)
			if !p.accept(",") {
				break
			}
		}
	}
	return s
}

// targetListEnds says whether a select list is empty.
func (p *parser) targetListEnds() bool { return (p.targetEnds(0) || p.is("with")) && !p.isOp(",") }

// targetEnds says whether the token n ahead ends an item of a select list.
func (p *parser) targetEnds(n int) bool {
	t := p.ahead(n)
	return t.kind == tokEOF || t.kind == tokOp && (t.text == ")" || t.text == ";" || t.text == ",") ||
		isWord(t, "from", "where", "group", "having", "window", "union", "intersect", "except", "order", "limit", "offset", "fetch", "for", "into")
}

func (p *parser) targetList() []*ast.ResTarget {
	list := append(make([]*ast.ResTarget, 0, 4), p.target())
	for p.accept(",") {
		list = append(list, p.target())
	}
	return list
}

// target parses one item of a select list.
func (p *parser) target() *ast.ResTarget {
	t := &ast.ResTarget{Loc: p.loc()}
	if p.isOp("*") {
		t.Val = &ast.ColumnRef{Loc: p.loc(), Star: true}
		p.advance()
		return t
	}
	outer := p.mode
	p.mode = modeTarget
	t.Val = p.operand(0)
	p.mode = outer
	if p.take("as") {
		t.Name = p.colLabel()
	} else if tok := p.tok(); tok.kind == tokQuoted {
		t.Name = p.advance().text
	} else if tok.kind == tokIdent {
		if tok.category == 0 || tok.bare && !tok.joined {
			t.Name = p.advance().text
		}
	}
	return t
}

func (p *parser) selectInto() *ast.IntoClause {
	p.expect("into")
	into := &ast.IntoClause{}
	if n := p.ahead(1); mayName(n, "UC") || isWord(n, "table") {
		into.Persistence, _ = p.persistence()
	}
	p.take("table")
	into.Relation = p.qualifiedName()
	return into
}

// tail is what may follow a query: it applies to a whole set operation, or to a
// query in parentheses that has not got its own.
type tail struct {
	orderBy  []*ast.SortBy
	limit    ast.Expr
	offset   ast.Expr
	withTies bool
	fetch    bool
	locking  []*ast.LockingClause
}

// selectTail parses ORDER BY, LIMIT, OFFSET, FETCH and locking clauses, in the
// orders PostgreSQL takes: the limits stand together, the locks before or after
// them.
func (p *parser) selectTail(s *ast.SelectStmt) {
	var t tail
	if p.is("order") {
		t.orderBy = p.orderBy()
	}
	if p.isLocking() {
		p.lockingClauses(&t)
		p.limits(&t)
	} else if p.limits(&t); p.isLocking() {
		p.lockingClauses(&t)
	}
	p.addTail(s, &t)
}

func (p *parser) isLocking() bool { return p.is("for") }

func (p *parser) lockingClauses(t *tail) {
	if p.takeSeq("for", "read", "only") {
		return
	}
	for p.isLocking() && !isWord(p.ahead(1), "read") {
		t.locking = append(t.locking, p.locking())
	}
}

// addTail gives a query its tail, as PostgreSQL's insertSelectOptions: what the
// query has already, from its own parentheses, it cannot have twice.
func (p *parser) addTail(s *ast.SelectStmt, t *tail) {
	twice := func(at ast.Expr, clause string) {
		p.fail(ast.Loc(exprStart(at)), "multiple %s clauses not allowed", clause)
	}
	if t.orderBy != nil {
		if s.OrderBy != nil {
			twice(t.orderBy[0].Expr, "ORDER BY")
		}
		s.OrderBy = t.orderBy
	}
	s.Locking = append(s.Locking, t.locking...)
	if t.offset != nil {
		if s.Offset != nil {
			twice(t.offset, "OFFSET")
		}
		s.Offset = t.offset
	}
	if t.limit == nil {
		return
	}
	if s.Limit != nil {
		twice(t.limit, "LIMIT")
	}
	s.Limit, s.WithTies, s.LimitFetch = t.limit, t.withTies, t.fetch
	if !t.withTies {
		return
	}
	if s.OrderBy == nil {
		p.fail(-1, "WITH TIES cannot be specified without ORDER BY clause")
	}
	for _, l := range s.Locking {
		if l.SkipLocked {
			p.fail(-1, "SKIP LOCKED and WITH TIES options cannot be used together")
		}
	}
}

// exprStart is where an expression begins: for operators, where their left
// operand does.
func exprStart(e ast.Expr) int {
	switch e := e.(type) {
	case *ast.AExpr:
		if e.Left != nil {
			return exprStart(e.Left)
		}
	case *ast.BoolExpr:
		if e.Op != ast.BoolNot {
			return exprStart(e.Args[0])
		}
	case *ast.TypeCast:
		return exprStart(e.Arg)
	case *ast.NullTest:
		return exprStart(e.Arg)
	case *ast.BooleanTest:
		return exprStart(e.Arg)
	case *ast.CollateClause:
		return exprStart(e.Arg)
	case *ast.SubLink:
		if e.Test != nil {
			return exprStart(e.Test)
		}
	}
	return e.Pos()
}

func (p *parser) locking() *ast.LockingClause {
	l := &ast.LockingClause{}
	p.expect("for")
	switch {
	case p.take("update"):
		l.Strength = ast.LockForUpdate
	case p.takeSeq("no", "key", "update"):
		l.Strength = ast.LockForNoKeyUpdate
	case p.take("share"):
		l.Strength = ast.LockForShare
	default:
		p.expect("key", "share")
		l.Strength = ast.LockForKeyShare
	}
	if p.take("of") {
		for _, n := range p.relationNames() {
			l.Of = append(l.Of, rangeVar(n))
		}
	}
	switch {
	case p.take("nowait"):
		l.NoWait = true
	case p.take("skip"):
		p.expect("locked")
		l.SkipLocked = true
	}
	return l
}

func (p *parser) orderBy() []*ast.SortBy {
	p.expect("order", "by")
	list := []*ast.SortBy{p.sortBy()}
	for p.accept(",") {
		list = append(list, p.sortBy())
	}
	return list
}

func (p *parser) sortBy() *ast.SortBy {
	s := &ast.SortBy{Loc: p.loc(), Expr: p.expr(0)}
	switch {
	case p.take("asc"):
		s.Dir = ast.SortAsc
	case p.take("desc"):
		s.Dir = ast.SortDesc
	case p.take("using"):
		s.Dir, s.Loc = ast.SortUsing, p.loc()
		s.Using = p.operatorName()
	}
	s.Nulls = p.nulls()
	return s
}

func (p *parser) nulls() ast.NullsOrder {
	if !p.is("nulls") || !p.tok().joined {
		return ast.NullsDefault
	}
	p.advance()
	if p.advance().text == "first" {
		return ast.NullsFirst
	}
	return ast.NullsLast
}

func (p *parser) groupItems() []ast.GroupItem {
	list := []ast.GroupItem{p.groupItem()}
	for p.accept(",") {
		list = append(list, p.groupItem())
	}
	return list
}

func (p *parser) groupItem() ast.GroupItem {
	g := ast.GroupItem{Loc: p.loc()}
	switch {
	case p.isOp("(") && p.ahead(1).kind == tokOp && p.ahead(1).text == ")":
		p.at += 2
		g.Kind = ast.GroupEmpty
		return g
	case p.takeSeq("grouping", "sets"):
		g.Kind = ast.GroupSets
		p.expectOp("(")
		g.Items = p.groupItems()
		p.expectOp(")")
		return g
	case p.is("rollup", "cube") && p.ahead(1).text == "(":
		g.Kind = ast.GroupRollup
		if p.advance().text == "cube" {
			g.Kind = ast.GroupCube
		}
		p.expectOp("(")
		for _, e := range p.exprList() {
			g.Items = append(g.Items, groupExpr(e))
		}
		p.expectOp(")")
		return g
	}
	return groupExpr(p.expr(0))
}

// groupExpr makes a grouping item of an expression: of (a, b) a row.
func groupExpr(e ast.Expr) ast.GroupItem {
	g := ast.GroupItem{Loc: ast.Loc(e.Pos())}
	if row, ok := e.(*ast.RowExpr); ok && !row.Explicit {
		g.Kind = ast.GroupRow
		for _, a := range row.Args {
			g.Items = append(g.Items, ast.GroupItem{Loc: ast.Loc(a.Pos()), Expr: a})
		}
		return g
	}
	g.Expr = e
	return g
}

// constant parses PostgreSQL's AexprConst.
func (p *parser) constant() ast.Expr {
	t := p.tok()
	if t.kind == tokParam || t.kind == tokOp || t.kind == tokEOF || p.is("default", "case", "cast", "array", "not") {
		p.unexpected()
	}
	e := p.primary()
	switch e.(type) {
	case *ast.Const, *ast.TypeCast:
		return e
	}
	p.unexpected()
	return nil
}
