package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

func syntaxAt(t *token, message string) error {
	return sqlerr.New(sqlerr.InvalidParameterValue, "%s", message).At(t.pos)
}

// startsQuery says whether a query begins at the current token.
func (p *parser) startsQuery() bool {
	if p.isOp("(") {
		return p.startsQueryParen()
	}
	return p.is("select", "values", "with") || p.is("table") && mayName(p.ahead(1), "UC")
}

// startsQueryParen says whether the parenthesis here encloses a query, however
// many more there are before it.
func (p *parser) startsQueryParen() bool {
	n := 0
	for p.ahead(n).kind == tokOp && p.ahead(n).text == "(" {
		n++
	}
	t := p.ahead(n)
	if !(isWord(t, "select", "values", "with") || isWord(t, "table") && mayName(p.ahead(n+1), "UC")) {
		return false
	}
	if n == 1 {
		return true
	}
	// ((SELECT 1) + 1) is an expression: look behind the inner parenthesis.
	depth := 0
	for i := 1; ; i++ {
		t := p.ahead(i)
		if t.kind == tokEOF {
			return true
		}
		if t.kind != tokOp {
			continue
		}
		switch t.text {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				after := p.ahead(i + 1)
				return after.kind == tokOp && after.text == ")" || isWord(after, "union", "intersect", "except", "order", "limit", "offset", "fetch", "for")
			}
		}
	}
}

// selectStmt parses a query with everything that may stand around it.
func (p *parser) selectStmt() *ast.SelectStmt {
	p.enter()
	defer p.leave()
	loc := p.loc()
	var with *ast.WithClause
	if p.is("with") {
		with = p.withClause()
	}
	s := p.setOperations(0)
	closed := p.toks[p.at-1].text == ")" && p.toks[p.at-1].kind == tokOp && s.SetOp == ast.SetNone
	s = p.selectTail(s, closed)
	if with != nil {
		if s.With != nil {
			panic(sqlerr.New(sqlerr.SyntaxError, "multiple WITH clauses not allowed").At(with.Pos()))
		}
		s.With = with
		s.Loc = loc
	}
	return s
}

// setOperations parses UNION and EXCEPT (weaker) and INTERSECT (stronger).
func (p *parser) setOperations(min int) *ast.SelectStmt {
	left := p.simpleSelect()
	for {
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
		s := p.selectStmt()
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
	if !p.targetListEnds() {
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
func (p *parser) targetListEnds() bool {
	t := p.tok()
	return t.kind == tokEOF || t.kind == tokOp && (t.text == ")" || t.text == ";") ||
		p.is("from", "where", "group", "having", "window", "union", "intersect", "except", "order", "limit", "offset", "fetch", "for", "into")
}

func (p *parser) targetList() []*ast.ResTarget {
	list := []*ast.ResTarget{p.target()}
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
	t.Val = p.expr(0)
	if p.take("as") {
		t.Name = p.colLabel()
	} else if tok := p.tok(); tok.kind == tokQuoted {
		t.Name = p.advance().text
	} else if tok.kind == tokIdent {
		if k, ok := keywords[tok.text]; !ok || k.bare {
			t.Name = p.advance().text
		}
	}
	return t
}

func (p *parser) selectInto() *ast.IntoClause {
	p.expect("into")
	into := &ast.IntoClause{}
	switch {
	case p.take("temporary", "temp"):
		into.Persistence = ast.Temporary
	case p.take("unlogged"):
		into.Persistence = ast.Unlogged
	}
	p.take("table")
	into.Relation = p.qualifiedName()
	return into
}

// selectTail parses ORDER BY, LIMIT, OFFSET, FETCH and locking clauses, in the
// orders PostgreSQL takes. closed: s stood in parentheses.
func (p *parser) selectTail(s *ast.SelectStmt, closed bool) *ast.SelectStmt {
	own := func() {
		// What follows a parenthesised query must not be given twice.
		if closed && (s.OrderBy != nil && p.is("order") || s.Limit != nil && p.is("limit", "fetch") || s.Offset != nil && p.is("offset")) {
			panic(sqlerr.New(sqlerr.SyntaxError, "multiple %s clauses not allowed", map[string]string{"order": "ORDER BY", "limit": "LIMIT", "fetch": "LIMIT", "offset": "OFFSET"}[p.tok().text]).At(p.tok().pos))
		}
	}
	own()
	if p.is("order") {
		s.OrderBy = p.orderBy()
	}
	for {
		own()
		switch {
		case p.is("limit") && s.Limit == nil:
			p.advance()
			if p.take("all") {
				s.Limit = &ast.Const{Loc: -1, Kind: ast.ConstNull}
			} else {
				s.Limit = p.expr(0)
			}
			if p.isOp(",") {
				panic(sqlerr.New(sqlerr.SyntaxError, "LIMIT #,# syntax is not supported").WithHint("Use separate LIMIT and OFFSET clauses.").At(p.tok().pos))
			}
		case p.is("offset") && s.Offset == nil:
			p.advance()
			s.Offset = p.expr(0)
			p.take("row", "rows")
		case p.is("fetch") && s.Limit == nil:
			p.fetchFirst(s)
		case p.is("for") && isWord(p.ahead(1), "update", "no", "share", "key", "read"):
			if p.isSeq("for", "read", "only") {
				p.at += 3
				continue
			}
			s.Locking = append(s.Locking, p.locking())
		default:
			return s
		}
	}
}

func (p *parser) fetchFirst(s *ast.SelectStmt) {
	p.advance()
	if !p.take("first", "next") {
		p.unexpected()
	}
	s.LimitFetch = true
	s.Limit = &ast.Const{Loc: -1, Kind: ast.ConstInteger, Int: 1}
	if !p.is("row", "rows") {
		s.Limit = p.expr(bpUnary)
	}
	if !p.take("row", "rows") {
		p.unexpected()
	}
	if p.takeSeq("with", "ties") {
		s.WithTies = true
		return
	}
	p.expect("only")
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
		for _, n := range p.anyNames() {
			l.Of = append(l.Of, rangeVar(n))
		}
	}
	switch {
	case p.take("nowait"):
		l.NoWait = true
	case p.takeSeq("skip", "locked"):
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
	switch {
	case p.takeSeq("nulls", "first"):
		return ast.NullsFirst
	case p.takeSeq("nulls", "last"):
		return ast.NullsLast
	}
	return ast.NullsDefault
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
		g.Items = p.groupItems()
		p.expectOp(")")
		return g
	}
	e := p.expr(0)
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

// windowSpec parses ( [name] PARTITION BY ... ORDER BY ... frame ).
func (p *parser) windowSpec() *ast.WindowDef {
	w := &ast.WindowDef{Loc: p.loc()}
	p.expectOp("(")
	if mayName(p.tok(), "UC") && !p.is("partition", "range", "rows", "groups") {
		w.RefName = p.advance().text
	}
	if p.takeSeq("partition", "by") {
		w.PartitionBy = p.exprList()
	}
	if p.is("order") {
		w.OrderBy = p.orderBy()
	}
	if p.is("range", "rows", "groups") {
		w.Frame = p.frame()
	}
	p.expectOp(")")
	return w
}

func (p *parser) frame() *ast.WindowFrame {
	f := &ast.WindowFrame{End: ast.FrameBound{Kind: ast.CurrentRow}}
	f.Unit = map[string]ast.FrameUnit{"range": ast.FrameRange, "rows": ast.FrameRows, "groups": ast.FrameGroups}[p.advance().text]
	loc := p.loc()
	if p.take("between") {
		f.Between = true
		f.Start = p.frameBound()
		p.expect("and")
		f.End = p.frameBound()
	} else {
		f.Start = p.frameBound()
	}
	bad := func(message string) {
		panic(sqlerr.New(sqlerr.WindowingError, "%s", message).At(int(loc)))
	}
	switch {
	case f.Start.Kind == ast.UnboundedFollowing:
		bad("frame start cannot be UNBOUNDED FOLLOWING")
	case f.End.Kind == ast.UnboundedPreceding:
		bad("frame end cannot be UNBOUNDED PRECEDING")
	case f.Start.Kind == ast.CurrentRow && f.End.Kind == ast.OffsetPreceding:
		bad("frame starting from current row cannot have preceding rows")
	case f.Start.Kind == ast.OffsetFollowing && !f.Between:
		bad("frame starting from following row cannot end with current row")
	case f.Start.Kind == ast.OffsetFollowing && (f.End.Kind == ast.OffsetPreceding || f.End.Kind == ast.CurrentRow):
		bad("frame starting from following row cannot have preceding rows")
	}
	if p.take("exclude") {
		switch {
		case p.takeSeq("current", "row"):
			f.Exclude = ast.ExcludeCurrentRow
		case p.take("group"):
			f.Exclude = ast.ExcludeGroup
		case p.take("ties"):
			f.Exclude = ast.ExcludeTies
		default:
			p.expect("no", "others")
		}
	}
	return f
}

func (p *parser) frameBound() ast.FrameBound {
	switch {
	case p.takeSeq("unbounded", "preceding"):
		return ast.FrameBound{Kind: ast.UnboundedPreceding}
	case p.takeSeq("unbounded", "following"):
		return ast.FrameBound{Kind: ast.UnboundedFollowing}
	case p.takeSeq("current", "row"):
		return ast.FrameBound{Kind: ast.CurrentRow}
	}
	b := ast.FrameBound{Kind: ast.OffsetFollowing, Offset: p.expr(0)}
	if p.take("preceding") {
		b.Kind = ast.OffsetPreceding
		return b
	}
	p.expect("following")
	return b
}

func (p *parser) withClause() *ast.WithClause {
	w := &ast.WithClause{Loc: p.loc()}
	p.expect("with")
	w.Recursive = p.take("recursive")
	for {
		c := &ast.CTE{Loc: p.loc(), Name: p.colID()}
		c.Columns = p.parenNames()
		p.expect("as")
		switch {
		case p.take("materialized"):
			c.Materialized = ast.CTEMaterialized
		case p.takeSeq("not", "materialized"):
			c.Materialized = ast.CTENotMaterialized
		}
		p.expectOp("(")
		c.Query = p.preparable()
		p.expectOp(")")
		if p.is("search", "cycle") {
			p.refuse(p.loc(), "SEARCH and CYCLE")
		}
		w.CTEs = append(w.CTEs, c)
		if !p.accept(",") {
			return w
		}
	}
}
