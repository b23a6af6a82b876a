package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

func (p *parser) withClause() *ast.WithClause {
	w := &ast.WithClause{Loc: p.loc()}
	p.expect("with")
	if next := p.ahead(1); !isWord(next, "as") && !(next.kind == tokOp && next.text == "(") {
		w.Recursive = p.take("recursive")
	}
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
		p.searchAndCycle(c)
		w.CTEs = append(w.CTEs, c)
		if !p.accept(",") {
			return w
		}
	}
}

// searchAndCycle parses SEARCH and CYCLE of a recursive query.
func (p *parser) searchAndCycle(c *ast.CTE) {
	if loc := p.loc(); p.take("search") {
		c.Search = &ast.CTESearch{Loc: loc, Breadth: p.take("breadth")}
		if !c.Search.Breadth {
			p.expect("depth")
		}
		p.expect("first", "by")
		c.Search.By = p.nameList()
		p.expect("set")
		c.Search.Set = p.colID()
	}
	if loc := p.loc(); p.take("cycle") {
		c.Cycle = &ast.CTECycle{Loc: loc, Columns: p.nameList()}
		p.expect("set")
		c.Cycle.Mark = p.colID()
		if p.take("to") {
			c.Cycle.To = p.constant()
			p.expect("default")
			c.Cycle.Default = p.constant()
		}
		p.expect("using")
		c.Cycle.Path = p.colID()
	}
}
