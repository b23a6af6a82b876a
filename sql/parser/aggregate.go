package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// createAggregate parses CREATE [OR REPLACE] AGGREGATE. Its synopsis is followed first, for
// the errors; what is left to do here cannot fail.
func (p *parser) createAggregate(start int) ast.Statement {
	p.at = start
	p.followStatement("create", "CREATE AGGREGATE")
	end := p.at
	p.at = start
	s := &ast.CreateAggregateStmt{Loc: p.loc()}
	p.expect("create")
	s.Replace = p.takeSeq("or", "replace")
	p.expect("aggregate")
	s.Name = p.routineName()
	if next := p.ahead(2); next.kind == tokOp && next.text == "=" {
		s.Old = true
	} else {
		s.Params, s.Ordered = p.aggregateParams()
	}
	p.expectOp("(")
	for !p.accept(")") {
		s.Options = append(s.Options, p.aggregateOption())
		p.accept(",")
	}
	p.at = end
	return s
}

// aggregateParams parses the parameters of an aggregate, and says whether there is ORDER
// BY among them.
func (p *parser) aggregateParams() (list []*ast.FuncParam, ordered bool) {
	p.expectOp("(")
	if p.accept("*") {
		p.expectOp(")")
		return nil, false
	}
	for !p.accept(")") {
		if p.takeSeq("order", "by") {
			ordered = true
		}
		list = append(list, p.routineParam())
		p.accept(",")
	}
	return list, ordered
}

func (p *parser) aggregateOption() *ast.AggregateOption {
	o := &ast.AggregateOption{Loc: p.loc(), Name: p.advance().text}
	if !p.accept("=") {
		return o
	}
	from := p.at
	switch t := p.tok(); {
	case t.kind == tokString:
		o.Text, o.Quoted = p.str(), true
		return o
	case p.is("operator") && p.ahead(1).text == "(":
		o.Operator = p.operatorName()
		o.Text = o.Operator[len(o.Operator)-1]
		return o
	case t.kind == tokIdent && !p.is("true", "false", "null", "none", "on") && startsType(t):
		o.Type = p.funcType()
	default:
		p.advance()
		if p.at == from+1 && (t.text == "-" || t.text == "+") && !p.isOp(",") && !p.isOp(")") {
			p.advance()
		}
	}
	var b strings.Builder
	for _, t := range p.toks[from:p.at] {
		b.WriteString(t.text)
	}
	o.Text = b.String()
	return o
}

// aggregateRef parses an aggregate's name and parameters.
func (p *parser) aggregateRef() *ast.FuncRef {
	f := &ast.FuncRef{Name: p.routineName(), Listed: true, Object: "aggregate"}
	f.Params, _ = p.aggregateParams()
	return f
}

// dropAggregate parses DROP AGGREGATE.
func (p *parser) dropAggregate(start int) ast.Statement {
	p.at = start
	p.followStatement("drop", "DROP AGGREGATE")
	p.at = start
	p.expect("drop")
	s := &ast.DropFunctionStmt{Object: ast.ObjectType(p.advance().text)}
	s.IfExists = p.ifExists()
	for {
		s.Functions = append(s.Functions, p.aggregateRef())
		if !p.accept(",") {
			break
		}
	}
	s.Cascade = p.dropBehavior()
	return s
}

// alterAggregate parses ALTER AGGREGATE.
func (p *parser) alterAggregate(start int) ast.Statement {
	p.at = start
	p.followStatement("alter", "ALTER AGGREGATE")
	p.at = start
	p.expect("alter")
	s := &ast.AlterFunctionStmt{Object: ast.ObjectType(p.advance().text), Function: p.aggregateRef()}
	switch {
	case p.takeSeq("rename", "to"):
		s.NewName = p.colID()
	case p.takeSeq("owner", "to"):
		s.NewOwner = p.roleSpec()
	case p.takeSeq("set", "schema"):
		s.NewSchema = p.colID()
	}
	return s
}
