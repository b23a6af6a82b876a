package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// merge parses MERGE.
func (p *parser) merge(with *ast.WithClause) ast.Statement {
	s := &ast.MergeStmt{With: with}
	p.expect("merge", "into")
	s.Relation = p.targetRelation()
	p.expect("using")
	s.Source = p.joined()
	p.expect("on")
	s.On = p.expr(0)
	if !p.is("when") {
		p.unexpected()
	}
	for p.is("when") {
		s.Whens = append(s.Whens, p.mergeWhen())
	}
	loc := p.loc()
	if p.returning() != nil { // since PostgreSQL 17
		p.refuse(loc, "RETURNING of MERGE")
	}
	return s
}

func (p *parser) mergeWhen() *ast.MergeWhen {
	w := &ast.MergeWhen{}
	p.expect("when")
	if p.is("not") && isNotLA(p.ahead(1)) {
		p.unexpected()
	}
	w.Matched = !p.take("not")
	p.expect("matched")
	loc := p.loc()
	bySource := !w.Matched && p.takeSeq("by", "source") // since PostgreSQL 17
	if bySource {
		p.refuse(loc, "WHEN NOT MATCHED BY SOURCE")
	}
	if !w.Matched && !bySource {
		p.takeSeq("by", "target")
	}
	if p.take("and") {
		w.Condition = p.expr(0)
	}
	p.expect("then")
	switch {
	case p.takeSeq("do", "nothing"):
	case (w.Matched || bySource) && p.take("update"):
		w.Action = ast.MergeUpdate
		p.expect("set")
		w.Set = p.setClauses()
	case (w.Matched || bySource) && p.take("delete"):
		w.Action = ast.MergeDelete
	case !w.Matched && !bySource && p.take("insert"):
		w.Action = ast.MergeInsert
		p.mergeInsert(w)
	default:
		p.unexpected()
	}
	return w
}

func (p *parser) mergeInsert(w *ast.MergeWhen) {
	if p.takeSeq("default", "values") {
		return
	}
	if p.isOp("(") {
		w.Columns = p.insertColumns()
	}
	w.Overriding = p.overriding()
	p.expect("values")
	p.expectOp("(")
	w.Values = p.exprList()
	p.expectOp(")")
}
