package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// createTrigger parses CREATE [CONSTRAINT] TRIGGER. Its synopsis is followed first,
// for the errors; what is left to do here cannot fail.
func (p *parser) createTrigger(start int) ast.Statement {
	constraint := p.is("constraint")
	if p.at = start; constraint {
		p.followStatement("create", "CREATE CONSTRAINT TRIGGER")
	} else {
		p.followStatement("create", "CREATE TRIGGER")
	}
	p.at = start
	s := &ast.CreateTrigStmt{Loc: p.loc()}
	p.expect("create")
	s.Replace = p.takeSeq("or", "replace")
	s.Constraint = p.take("constraint")
	p.expect("trigger")
	s.Name = p.colID()
	s.Timing = p.advance().text
	p.take("of")
	s.Events = p.triggerEventList()
	p.expect("on")
	s.Relation = p.qualifiedName()
	if s.Constraint {
		if p.take("from") {
			s.From = p.qualifiedName()
		}
		k := &ast.Constraint{}
		p.deferral(k, "TRIGGER")
		s.Deferrable, s.InitiallyDeferred = k.Deferrable, k.InitiallyDeferred
	}
	if p.take("referencing") {
		for p.is("new", "old") {
			t := ast.TriggerTransition{New: p.advance().text == "new"}
			t.Table = p.advance().text == "table"
			p.take("as")
			t.Name = p.colID()
			s.Transitions = append(s.Transitions, t)
		}
	}
	if p.take("for") {
		p.take("each")
		s.Row = p.advance().text == "row"
	}
	if p.take("when") {
		p.expectOp("(")
		s.When = p.expr(0)
		p.expectOp(")")
	}
	p.expect("execute")
	p.advance()
	s.Function = p.anyFunctionName()
	p.expectOp("(")
	for !p.accept(")") {
		s.Args = append(s.Args, p.advance().text)
		p.accept(",")
	}
	return s
}

// anyFunctionName parses a function's name, whose parts may be any words that the
// synopsis has let pass.
func (p *parser) anyFunctionName() *ast.Name {
	n := &ast.Name{Loc: p.loc(), Parts: []string{p.advance().text}}
	for p.accept(".") {
		n.Parts = append(n.Parts, p.advance().text)
	}
	return n
}

func (p *parser) triggerEventList() (list []ast.TriggerEvent) {
	for {
		e := ast.TriggerEvent{Loc: p.loc(), Event: p.advance().text}
		if p.take("of") {
			e.Columns = p.nameList()
		}
		list = append(list, e)
		if !p.take("or") {
			return list
		}
	}
}

// dropTrigger parses DROP TRIGGER.
func (p *parser) dropTrigger(start int) ast.Statement {
	p.at = start
	p.followStatement("drop", "DROP TRIGGER")
	s := ast.DropTrigStmt(p.dropPart(start, "trigger"))
	return &s
}

// renameTrigger parses ALTER TRIGGER ... RENAME TO; nil for what else ALTER TRIGGER
// does.
func (p *parser) renameTrigger(start int) ast.Statement {
	p.at = start
	p.followStatement("alter", "ALTER TRIGGER")
	s := p.alterPart(start, "trigger")
	if !p.takeSeq("rename", "to") {
		return nil
	}
	s.NewName = p.colID()
	return s
}
