package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

func (p *parser) fromList() []ast.TableExpr {
	list := []ast.TableExpr{p.joined()}
	for p.accept(",") {
		list = append(list, p.joined())
	}
	return list
}

// joined parses a FROM item with the joins that follow it.
func (p *parser) joined() ast.TableExpr {
	p.enter()
	defer p.leave()
	left := p.tableRef()
	for {
		j := &ast.JoinExpr{Loc: p.loc(), Left: left}
		switch {
		case p.takeSeq("cross", "join"):
			j.Type = ast.JoinCross
			j.Right = p.tableRef()
			left = j
			continue
		case p.take("natural"):
			j.Natural = true
		}
		switch {
		case p.is("join"):
		case p.is("inner") && isWord(p.ahead(1), "join"):
			p.advance()
		case p.is("left", "right", "full") && (isWord(p.ahead(1), "join") || isWord(p.ahead(1), "outer")):
			j.Type = map[string]ast.JoinType{"left": ast.JoinLeft, "right": ast.JoinRight, "full": ast.JoinFull}[p.advance().text]
			p.take("outer")
		default:
			if j.Natural {
				p.unexpected()
			}
			return left
		}
		p.expect("join")
		if j.Natural {
			j.Right = p.tableRef()
			left = j
			continue
		}
		// The right side may hold joins of its own, which bind first.
		j.Right = p.tableRef()
		for !p.is("on", "using") {
			nested := p.joinRest(j.Right)
			if nested == nil {
				p.unexpected()
			}
			j.Right = nested
		}
		p.joinQualifier(j)
		left = j
	}
}

// joinRest parses one more join after left, for a right side that holds joins.
func (p *parser) joinRest(left ast.TableExpr) ast.TableExpr {
	j := &ast.JoinExpr{Loc: p.loc(), Left: left}
	switch {
	case p.takeSeq("cross", "join"):
		j.Type, j.Right = ast.JoinCross, p.tableRef()
		return j
	case p.is("join", "inner", "left", "right", "full"):
		if p.is("left", "right", "full") {
			j.Type = map[string]ast.JoinType{"left": ast.JoinLeft, "right": ast.JoinRight, "full": ast.JoinFull}[p.advance().text]
			p.take("outer")
		} else {
			p.take("inner")
		}
		p.expect("join")
		j.Right = p.tableRef()
		for !p.is("on", "using") {
			nested := p.joinRest(j.Right)
			if nested == nil {
				p.unexpected()
			}
			j.Right = nested
		}
		p.joinQualifier(j)
		return j
	}
	return nil
}

func (p *parser) joinQualifier(j *ast.JoinExpr) {
	if p.take("on") {
		j.On = p.expr(0)
		return
	}
	p.expect("using")
	p.expectOp("(")
	j.Using = p.nameList()
	p.expectOp(")")
	if p.take("as") {
		j.UsingAlias = p.colID()
	}
}

// tableRef parses one item of FROM without its joins.
func (p *parser) tableRef() ast.TableExpr {
	loc := p.loc()
	lateral := p.take("lateral")
	switch {
	case p.isOp("(") && p.startsQueryParen():
		p.advance()
		q := p.selectStmt()
		p.expectOp(")")
		return &ast.RangeSubselect{Loc: loc, Lateral: lateral, Query: q, Alias: p.alias()}
	case p.isOp("("):
		p.advance()
		inner := p.joined()
		p.expectOp(")")
		j, ok := inner.(*ast.JoinExpr)
		if !ok {
			p.unexpected()
		}
		j.Alias = p.alias()
		return j
	case p.isSeq("rows", "from") && p.ahead(2).text == "(":
		p.at += 2
		f := &ast.RangeFunction{Loc: loc, Lateral: lateral, RowsFrom: true}
		p.expectOp("(")
		for {
			item := ast.RangeFuncItem{Call: p.functionExpr()}
			if p.take("as") {
				item.Columns = p.columnDefList()
			}
			f.Funcs = append(f.Funcs, item)
			if !p.accept(",") {
				break
			}
		}
		p.expectOp(")")
		return p.functionTail(f)
	}
	if p.isFunctionInFrom() {
		f := &ast.RangeFunction{Loc: loc, Lateral: lateral}
		f.Funcs = []ast.RangeFuncItem{{Call: p.functionExpr()}}
		return p.functionTail(f)
	}
	if lateral {
		p.unexpected()
	}
	v := p.relationExpr()
	v.Alias = p.alias()
	if p.is("tablesample") {
		s := &ast.RangeTableSample{Loc: p.loc(), Relation: v}
		p.advance()
		s.Method = p.anyName().Parts
		p.expectOp("(")
		s.Args = p.exprList()
		p.expectOp(")")
		if p.take("repeatable") {
			p.expectOp("(")
			s.Repeatable = p.expr(0)
			p.expectOp(")")
		}
		return s
	}
	return v
}

// isFunctionInFrom says whether the next item of FROM is a function call.
func (p *parser) isFunctionInFrom() bool {
	if p.is("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_role", "current_user", "session_user", "user", "current_catalog", "current_schema") {
		return true
	}
	if p.is("only") || !mayName(p.tok(), "UCT") {
		return false
	}
	n := 1
	for p.ahead(n).kind == tokOp && p.ahead(n).text == "." {
		n += 2
	}
	return p.ahead(n).kind == tokOp && p.ahead(n).text == "("
}

// functionExpr parses a function call or an expression that reads like one.
func (p *parser) functionExpr() ast.Expr { return p.primary() }

func (p *parser) functionTail(f *ast.RangeFunction) ast.TableExpr {
	f.Ordinality = p.takeSeq("with", "ordinality")
	if p.is("as") && p.ahead(1).kind == tokOp && p.ahead(1).text == "(" {
		p.advance()
		f.Columns = p.columnDefList()
		return f
	}
	as := p.take("as")
	if !as && !p.mayBeAlias() {
		return f
	}
	f.Alias = &ast.Alias{Name: p.colID()}
	if !p.isOp("(") {
		return f
	}
	// Names are column aliases; names with types are a definition list.
	if next := p.ahead(2); next.kind == tokOp && (next.text == "," || next.text == ")") {
		f.Alias.Columns = p.parenNames()
		return f
	}
	f.Columns = p.columnDefList()
	return f
}

// columnDefList is ( name type, ... ).
func (p *parser) columnDefList() []*ast.ColumnDef {
	p.expectOp("(")
	var list []*ast.ColumnDef
	for {
		list = append(list, &ast.ColumnDef{Loc: p.loc(), Name: p.colID(), Type: p.typeName()})
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

// relationExpr parses a relation with ONLY and *.
func (p *parser) relationExpr() *ast.RangeVar {
	if p.take("only") {
		paren := p.accept("(")
		v := p.qualifiedName()
		if paren {
			p.expectOp(")")
		}
		v.Only = true
		return v
	}
	v := p.qualifiedName()
	p.accept("*")
	return v
}

// mayBeAlias says whether the current token can be an alias without AS.
func (p *parser) mayBeAlias() bool { return mayName(p.tok(), "UC") && !p.is("tablesample") }

// alias is an optional [AS] name (columns).
func (p *parser) alias() *ast.Alias {
	if !p.take("as") && !p.mayBeAlias() {
		return nil
	}
	a := &ast.Alias{Name: p.colID()}
	if p.isOp("(") {
		a.Columns = p.parenNames()
	}
	return a
}
