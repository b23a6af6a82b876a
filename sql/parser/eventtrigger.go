package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// createEventTrigger parses CREATE EVENT TRIGGER. Its synopsis is followed first, for the
// errors; what is left to do here cannot fail.
func (p *parser) createEventTrigger(start int) ast.Statement {
	end := p.followed(start, "create", "CREATE EVENT TRIGGER")
	s := &ast.CreateEventTrigStmt{Loc: p.loc()}
	p.expect("create", "event", "trigger")
	s.Name = p.colID()
	p.expect("on")
	s.Event = p.colLabel()
	if p.take("when") {
		for {
			f := ast.EventFilter{Variable: p.colID()}
			p.expect("in")
			p.expectOp("(")
			for f.Values = append(f.Values, p.str()); p.accept(","); {
				f.Values = append(f.Values, p.str())
			}
			p.expectOp(")")
			s.Filters = append(s.Filters, f)
			if !p.take("and") {
				break
			}
		}
	}
	p.expect("execute")
	p.take("function", "procedure")
	s.Function = p.routineName()
	p.at = end
	return s
}

// alterEventTrigger parses ALTER EVENT TRIGGER ... ENABLE and DISABLE.
func (p *parser) alterEventTrigger(start int) ast.Statement {
	end := p.followed(start, "alter", "ALTER EVENT TRIGGER")
	s := &ast.AlterEventTrigStmt{Loc: p.loc(), Enabled: 'O'}
	p.expect("alter", "event", "trigger")
	s.Name = p.colID()
	switch {
	case p.take("disable"):
		s.Enabled = 'D'
	case p.takeSeq("enable", "replica"):
		s.Enabled = 'R'
	case p.takeSeq("enable", "always"):
		s.Enabled = 'A'
	}
	p.at = end
	return s
}
