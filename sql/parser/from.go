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
	return p.joins(p.tableRef(), false)
}

// joins extends left by the joins that follow it. With pending it is the right
// side of a join whose own ON or USING is still to come, and ends there.
func (p *parser) joins(left ast.TableExpr, pending bool) ast.TableExpr {
	for n := 0; ; n++ {
		p.link(n)
		j := &ast.JoinExpr{Loc: p.loc(), Left: left}
		if p.is("cross") {
			p.expect("cross", "join")
			j.Type, j.Right = ast.JoinCross, p.tableRef()
			left = j
			continue
		}
		j.Natural = p.take("natural")
		switch {
		case p.is("join"):
		case p.take("inner"):
		case p.is("left", "right", "full"):
			j.Type = map[string]ast.JoinType{"left": ast.JoinLeft, "right": ast.JoinRight, "full": ast.JoinFull}[p.advance().text]
			p.take("outer")
		default:
			if j.Natural {
				p.unexpected()
			}
			return left
		}
		p.expect("join")
		j.Right = p.tableRef()
		if !j.Natural {
			// The right side may hold joins of its own, which bind first.
			if !p.is("on", "using") {
				p.enter()
				j.Right = p.joins(j.Right, true)
				p.leave()
			}
			p.joinQualifier(j)
		}
		left = j
		if pending && p.is("on", "using") {
			return left
		}
	}
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
		return &ast.RangeSubselect{Loc: loc, Lateral: lateral, Query: p.subquery(), Alias: p.alias()}
	case p.isOp("(") && !lateral:
		p.advance()
		j, ok := p.joined().(*ast.JoinExpr)
		if !ok {
			p.unexpected()
		}
		p.expectOp(")")
		if alias := p.alias(); alias != nil {
			j.Alias = alias
		}
		return j
	case p.is("xmltable") && p.ahead(1).text == "(":
		f := &ast.RangeFunction{Loc: loc, Lateral: lateral, Funcs: []ast.RangeFuncItem{{Call: p.xmlTable(loc)}}}
		f.Alias = p.alias()
		return f
	case p.is("json_table") && p.ahead(1).text == "(":
		call, plain := p.jsonTable(loc)
		f := &ast.RangeFunction{Loc: loc, Lateral: lateral, Funcs: []ast.RangeFuncItem{{Call: call}}}
		if plain {
			return p.functionTail(f)
		}
		f.Alias = p.alias()
		return f
	case p.isSeq("rows", "from"):
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
		p.lateralNeedsFunction()
	}
	if t := p.tok(); t.kind == tokIdent && mayName(t, "T") && !mayName(t, "UC") {
		p.advance() // a function's name, if anything
		p.unexpected()
	}
	v := p.relationExpr()
	v.Alias = p.alias()
	if p.is("tablesample") {
		p.advance()
		s := &ast.RangeTableSample{Loc: p.loc(), Relation: v}
		method := p.at
		if !p.funcName() {
			p.unexpected()
		}
		for ; method < p.at; method += 2 {
			s.Method = append(s.Method, p.toks[method].text)
		}
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

// lateralNeedsFunction reports where LATERAL name stops being a function call.
func (p *parser) lateralNeedsFunction() {
	if p.accept("(") {
		p.query()
		p.unexpected()
	}
	if p.funcName() {
		p.expectOp("(")
	}
	p.unexpected()
}

// functionWords are the keywords that name columns and nothing else but begin
// an expression that reads like a call.
var functionWords = []string{"coalesce", "greatest", "least", "nullif", "extract", "normalize", "overlay", "position", "substring", "treat", "trim",
	"xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "json"}

// isFunctionInFrom says whether a function call, or what reads like one, begins
// here: PostgreSQL's func_expr_windowless.
func (p *parser) isFunctionInFrom() bool {
	t, next := p.tok(), p.ahead(1)
	paren := next.kind == tokOp && next.text == "("
	switch {
	case p.is("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_role", "current_user", "session_user", "user", "current_catalog"):
		return true
	case p.is("current_schema"):
		return !paren || p.ahead(1).text != "."
	case p.is("cast"):
		return true
	case p.is("collation"):
		return isWord(next, "for") || paren
	case !mayName(t, "UCT"):
		return false
	case paren:
		return mayName(t, "UT") || p.is(functionWords...)
	case !mayName(t, "UC"):
		return false
	}
	n := 1
	for p.ahead(n).kind == tokOp && p.ahead(n).text == "." {
		n += 2
	}
	return n > 1 && p.ahead(n).kind == tokOp && p.ahead(n).text == "("
}

// functionExpr parses a function call or an expression that reads like one,
// without what only an expression may have after it.
func (p *parser) functionExpr() ast.Expr {
	if k := p.tok().kind; k != tokIdent && k != tokQuoted {
		p.unexpected()
	}
	p.windowless = true
	e := p.primary()
	p.windowless = false
	if _, name := e.(*ast.ColumnRef); name {
		p.unexpected()
	}
	return e
}

func (p *parser) functionTail(f *ast.RangeFunction) ast.TableExpr {
	if p.is("with") && isWord(p.ahead(1), "ordinality") {
		p.at += 2
		f.Ordinality = true
	}
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
	if next := p.ahead(2); !mayName(p.ahead(1), "UC") || next.kind == tokOp && (next.text == "," || next.text == ")") {
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
		c := &ast.ColumnDef{Loc: p.loc(), Name: p.colID(), Type: p.typeName()}
		if p.take("collate") {
			c.Collation = p.anyName()
		}
		list = append(list, c)
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
