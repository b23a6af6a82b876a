package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// createRule parses CREATE RULE. Its synopsis is followed first, for the errors; what is
// left to do here cannot fail.
func (p *parser) createRule(start int) ast.Statement {
	p.at = start
	p.followStatement("create", "CREATE RULE")
	p.at = start
	s := &ast.CreateRuleStmt{Loc: p.loc()}
	p.expect("create")
	s.Replace = p.takeSeq("or", "replace")
	p.expect("rule")
	s.Name = p.colID()
	p.expect("as", "on")
	s.Event = p.advance().text
	p.expect("to")
	s.Relation = p.qualifiedName()
	if p.take("where") {
		s.Where = p.expr(0)
	}
	p.expect("do")
	if p.take("instead") {
		s.Instead = true
	} else {
		p.take("also")
	}
	switch {
	case p.take("nothing"):
	case p.accept("("):
		for !p.accept(")") {
			if !p.accept(";") {
				s.Actions = append(s.Actions, p.statement())
			}
		}
	default:
		s.Actions = []ast.Statement{p.statement()}
	}
	return s
}

// dropRule parses DROP RULE.
func (p *parser) dropRule(start int) ast.Statement {
	p.at = start
	p.followStatement("drop", "DROP RULE")
	s := ast.DropRuleStmt(p.dropPart(start, "rule"))
	return &s
}

// renameRule parses ALTER RULE ... RENAME TO.
func (p *parser) renameRule(start int) ast.Statement {
	p.at = start
	p.followStatement("alter", "ALTER RULE")
	s := p.alterPart(start, "rule")
	p.expect("rename", "to")
	s.NewName = p.colID()
	return s
}

// rule writes CREATE RULE.
func (d *deparser) rule(s *ast.CreateRuleStmt) {
	d.put("CREATE ")
	if s.Replace {
		d.put("OR REPLACE ")
	}
	d.put("RULE ", QuoteIdent(s.Name), " AS ON ", strings.ToUpper(s.Event), " TO ")
	d.relation(s.Relation)
	d.where(s.Where)
	d.put(" DO ")
	if s.Instead {
		d.put("INSTEAD ")
	}
	if len(s.Actions) == 0 {
		d.put("NOTHING")
		return
	}
	d.put("(")
	for i, a := range s.Actions {
		if i > 0 {
			d.put("; ")
		}
		d.statement(a)
	}
	d.put(")")
}
