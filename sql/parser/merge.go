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
	s.Returning = p.returning()
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
	bySource := !w.Matched && p.takeSeq("by", "source") // since PostgreSQL 17
	if w.BySource = bySource; !w.Matched && !bySource {
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

// merge writes MERGE.
func (d *deparser) merge(s *ast.MergeStmt) {
	d.with(s.With)
	d.put("MERGE INTO ")
	d.relation(s.Relation)
	d.put(" USING ")
	d.table(s.Source)
	d.put(" ON ")
	d.expr(s.On)
	for _, w := range s.Whens {
		d.put(map[bool]string{true: " WHEN MATCHED", false: " WHEN NOT MATCHED"}[w.Matched])
		if w.BySource {
			d.put(" BY SOURCE")
		}
		if w.Condition != nil {
			d.put(" AND ")
			d.expr(w.Condition)
		}
		d.put(" THEN ")
		d.mergeAction(w)
	}
	d.returning(s.Returning)
}

func (d *deparser) mergeAction(w *ast.MergeWhen) {
	switch w.Action {
	case ast.MergeDoNothing:
		d.put("DO NOTHING")
	case ast.MergeDelete:
		d.put("DELETE")
	case ast.MergeUpdate:
		d.put("UPDATE SET ")
		d.set(w.Set)
	case ast.MergeInsert:
		d.put("INSERT")
		if w.Values == nil {
			d.put(" DEFAULT VALUES")
			return
		}
		if w.Columns != nil {
			d.put(" (")
			list(d, w.Columns, d.assigned)
			d.put(")")
		}
		d.overriding(w.Overriding)
		d.put(" VALUES (")
		d.exprs(w.Values)
		d.put(")")
	}
}

func (d *deparser) overriding(o ast.Overriding) {
	d.put([...]string{"", " OVERRIDING USER VALUE", " OVERRIDING SYSTEM VALUE"}[o])
}
