package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// preparable parses a statement that PREPARE, WITH and EXPLAIN take.
func (p *parser) preparable() ast.Statement {
	p.enter()
	defer p.leave()
	loc := p.loc()
	with := p.optWith()
	switch {
	case p.is("insert"):
		return p.insert(with)
	case p.is("update"):
		return p.update(with)
	case p.is("delete"):
		return p.delete(with)
	case p.is("merge"):
		return p.merge(with)
	}
	if !p.startsQuery() {
		p.query() // reports it
	}
	return p.selectAfter(with, loc)
}

func (p *parser) optWith() *ast.WithClause {
	if p.is("with") {
		return p.withClause()
	}
	return nil
}

func (p *parser) insert(with *ast.WithClause) ast.Statement {
	s := &ast.InsertStmt{With: with}
	p.expect("insert", "into")
	s.Relation = p.qualifiedName()
	if p.take("as") {
		s.Relation.Alias = &ast.Alias{Name: p.colID()}
	}
	if p.isOp("(") && !p.startsQueryParen() && mayName(p.ahead(1), "UC") {
		s.Columns = p.insertColumns()
	}
	s.Overriding = p.overriding()
	if s.Columns != nil || s.Overriding != ast.OverridingNone || !p.takeSeq("default", "values") {
		s.Source = p.query()
	}
	if p.take("on") {
		p.expect("conflict")
		s.OnConflict = p.onConflict()
	}
	s.Returning = p.returning()
	return s
}

func (p *parser) insertColumns() []*ast.ResTarget {
	p.expectOp("(")
	list := append(make([]*ast.ResTarget, 0, 4), p.insertColumn())
	for p.accept(",") {
		list = append(list, p.insertColumn())
	}
	p.expectOp(")")
	return list
}

func (p *parser) overriding() ast.Overriding {
	if !p.take("overriding") {
		return ast.OverridingNone
	}
	kind := ast.OverridingUser
	if !p.take("user") {
		p.expect("system")
		kind = ast.OverridingSystem
	}
	p.expect("value")
	return kind
}

func (p *parser) insertColumn() *ast.ResTarget {
	c := &ast.ResTarget{Loc: p.loc(), Name: p.colID()}
	c.Path = p.targetPath()
	return c
}

// targetPath parses the fields and subscripts of an assignment's target.
func (p *parser) targetPath() []ast.IndirectionElem {
	var path []ast.IndirectionElem
	for {
		switch {
		case p.isOp("["):
			path = append(path, p.subscript())
		case p.accept("."):
			path = append(path, ast.IndirectionElem{Field: p.colLabel()})
		default:
			return path
		}
	}
}

func (p *parser) onConflict() *ast.OnConflict {
	c := &ast.OnConflict{Loc: ast.Loc(p.toks[p.at-2].pos)}
	switch {
	case p.isOp("("):
		c.Infer = p.indexElems()
		if p.take("where") {
			c.InferWhere = p.expr(0)
		}
	case p.take("on"):
		p.expect("constraint")
		c.Constraint = p.colID()
	}
	p.expect("do")
	if p.take("nothing") {
		return c
	}
	p.expect("update", "set")
	c.DoUpdate = true
	c.Set = p.setClauses()
	if p.take("where") {
		c.Where = p.expr(0)
	}
	return c
}

// setClauses parses the assignments of SET.
func (p *parser) setClauses() []*ast.ResTarget {
	list := make([]*ast.ResTarget, 0, 4)
	for {
		if p.isOp("(") {
			list = append(list, p.multiSet()...)
		} else {
			t := p.insertColumn()
			p.expectOp("=")
			t.Val = p.expr(0)
			list = append(list, t)
		}
		if !p.accept(",") {
			return list
		}
	}
}

// multiSet parses (a, b) = source: one target a column.
func (p *parser) multiSet() []*ast.ResTarget {
	list := p.insertColumns()
	p.expectOp("=")
	source := p.expr(0)
	if _, ok := source.(*ast.RowExpr); !ok && len(list) == 1 {
		if _, sub := source.(*ast.SubLink); !sub {
			source = &ast.RowExpr{Loc: ast.Loc(source.Pos()), Args: []ast.Expr{source}}
		}
	}
	for i, t := range list {
		t.Val = &ast.MultiAssign{Loc: ast.Loc(source.Pos()), Source: source, N: i + 1, Of: len(list)}
	}
	return list
}

func (p *parser) returning() []*ast.ResTarget {
	if !p.take("returning") {
		return nil
	}
	return p.targetList()
}

// targetRelation parses the relation of UPDATE and DELETE with its alias, which
// cannot be SET without AS.
func (p *parser) targetRelation() *ast.RangeVar {
	v := p.relationExpr()
	if p.take("as") || mayName(p.tok(), "UC") && !p.is("set") {
		v.Alias = &ast.Alias{Name: p.colID()}
	}
	return v
}

func (p *parser) update(with *ast.WithClause) ast.Statement {
	s := &ast.UpdateStmt{With: with}
	p.expect("update")
	s.Relation = p.targetRelation()
	p.expect("set")
	s.Set = p.setClauses()
	if p.take("from") {
		s.From = p.fromList()
	}
	s.Where = p.whereOrCurrent()
	s.Returning = p.returning()
	return s
}

func (p *parser) delete(with *ast.WithClause) ast.Statement {
	s := &ast.DeleteStmt{With: with}
	p.expect("delete", "from")
	s.Relation = p.targetRelation()
	if p.take("using") {
		s.Using = p.fromList()
	}
	s.Where = p.whereOrCurrent()
	s.Returning = p.returning()
	return s
}

func (p *parser) whereOrCurrent() ast.Expr {
	if !p.take("where") {
		return nil
	}
	if p.isSeq("current", "of") {
		loc := p.loc()
		p.at += 2
		return &ast.CurrentOf{Loc: loc, Cursor: p.colID()}
	}
	return p.expr(0)
}

func (p *parser) truncate() ast.Statement {
	p.expect("truncate")
	p.take("table")
	s := &ast.TruncateStmt{}
	for {
		s.Relations = append(s.Relations, p.relationExpr())
		if !p.accept(",") {
			break
		}
	}
	if p.take("restart") {
		p.expect("identity")
		s.RestartIdentity = true
	} else if p.take("continue") {
		p.expect("identity")
	}
	s.Cascade = p.dropBehavior()
	return s
}

// dropBehavior is an optional CASCADE or RESTRICT.
func (p *parser) dropBehavior() bool {
	if p.take("cascade") {
		return true
	}
	p.take("restrict")
	return false
}

// copyStmt parses COPY with both forms of its options.
func (p *parser) copyStmt() ast.Statement {
	s := &ast.CopyStmt{}
	p.expect("copy")
	if p.take("binary") {
		s.Options = append(s.Options, &ast.DefElem{Loc: -1, Name: "format", Value: &ast.Const{Loc: -1, Kind: ast.ConstString, Text: "binary"}})
	}
	if p.isOp("(") {
		p.advance()
		if p.is("subscribe") {
			s.Query = p.subscribe()
		} else {
			s.Query = p.preparable()
		}
		p.expectOp(")")
		p.expect("to")
	} else {
		s.Relation = p.qualifiedName()
		s.Columns = p.parenNames()
		switch {
		case p.take("from"):
			s.From = true
		default:
			p.expect("to")
		}
	}
	program := p.loc()
	s.Program = p.take("program")
	standard := false
	switch {
	case p.take("stdin", "stdout"):
		standard = s.Program
	default:
		s.Filename = p.str()
	}
	if s.Query == nil && (p.isSeq("using", "delimiters") || p.is("delimiters")) {
		p.take("using")
		p.advance()
		s.Options = append(s.Options, p.stringOption("delimiter"))
	}
	p.take("with")
	if p.isOp("(") {
		s.Options = append(s.Options, p.copyGenericOptions()...)
	} else {
		s.Options = append(s.Options, p.copyOldOptions()...)
	}
	where := p.loc()
	if s.Query == nil && p.take("where") {
		s.Where = p.expr(0)
	}
	switch {
	case standard:
		p.fail(program, "STDIN/STDOUT not allowed with PROGRAM")
	case s.Where != nil && !s.From:
		p.fail(where, "WHERE clause not allowed with COPY TO")
	}
	return s
}

func (p *parser) stringOption(name string) *ast.DefElem {
	loc := p.loc()
	return &ast.DefElem{Loc: loc, Name: name, Value: &ast.Const{Loc: loc, Kind: ast.ConstString, Text: p.str()}}
}

func (p *parser) copyOldOptions() []*ast.DefElem {
	var list []*ast.DefElem
	flag := func(name string) {
		list = append(list, &ast.DefElem{Loc: p.loc(), Name: name, Value: &ast.Const{Loc: -1, Kind: ast.ConstBool, Bool: true}})
		p.advance()
	}
	for {
		switch {
		case p.is("binary"), p.is("csv"):
			list = append(list, &ast.DefElem{Loc: p.loc(), Name: "format", Value: &ast.Const{Loc: -1, Kind: ast.ConstString, Text: p.advance().text}})
		case p.is("freeze"), p.is("header"):
			flag(p.tok().text)
		case p.is("delimiter", "null", "quote", "escape", "encoding"):
			if name := p.advance().text; name == "encoding" || !p.take("as") {
				list = append(list, p.stringOption(name))
			} else {
				list = append(list, p.stringOption(name))
			}
		case p.is("force"):
			loc := p.loc()
			p.advance()
			name := "force_quote"
			switch {
			case p.takeSeq("not", "null"):
				name = "force_not_null"
			case p.take("null"):
				name = "force_null"
			default:
				p.expect("quote")
			}
			d := &ast.DefElem{Loc: loc, Name: name}
			if name != "force_quote" || !p.accept("*") {
				d.Value = &ast.Name{Loc: loc, Parts: p.nameList()}
			}
			list = append(list, d)
		default:
			return list
		}
	}
}

func (p *parser) copyGenericOptions() []*ast.DefElem {
	var list []*ast.DefElem
	p.expectOp("(")
	for {
		d := &ast.DefElem{Loc: p.loc(), Name: p.colLabel()}
		switch {
		case p.isOp(",") || p.isOp(")"):
		case p.accept("*"):
		case p.isOp("("):
			p.advance()
			names := &ast.Name{Loc: d.Loc}
			for {
				word := p.setValue().(*ast.Const)
				if word.Kind != ast.ConstString {
					p.at--
					p.unexpected()
				}
				names.Parts = append(names.Parts, word.Text)
				if !p.accept(",") {
					break
				}
			}
			p.expectOp(")")
			d.Value = names
		default:
			d.Value = p.setValue()
		}
		list = append(list, d)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

// optionValue parses a word, a string, a number or a boolean.
func (p *parser) optionValue() ast.Node {
	t := p.tok()
	loc := p.loc()
	switch t.kind {
	case tokString:
		p.advance()
		return &ast.Const{Loc: loc, Kind: ast.ConstString, Text: t.text}
	case tokIdent, tokQuoted:
		p.advance()
		return &ast.Const{Loc: loc, Kind: ast.ConstString, Text: t.text}
	case tokInteger, tokNumber:
		p.advance()
		return number(t)
	case tokOp:
		if t.text == "-" || t.text == "+" {
			p.advance()
			c := number(p.tok())
			if p.tok().kind != tokInteger && p.tok().kind != tokNumber {
				p.unexpected()
			}
			p.advance()
			if t.text == "-" {
				n, _ := negated(c, loc)
				return n.(*ast.Const)
			}
			return c
		}
	}
	p.unexpected()
	return nil
}
