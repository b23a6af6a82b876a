package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// The statements about operators and casts. Their synopses are followed first, for the
// errors; what is left to do here cannot fail.

// createOperator parses CREATE OPERATOR.
func (p *parser) createOperator(start int) ast.Statement {
	end := p.followed(start, "create", "CREATE OPERATOR")
	p.expect("create", "operator")
	s := &ast.CreateOperatorStmt{Loc: p.loc(), Name: p.operatorIdentifier()}
	s.Options = p.attributes()
	p.at = end
	return s
}

// followed follows the synopsis of a statement, comes back to its start and gives its end.
func (p *parser) followed(start int, family, construct string) (end int) {
	p.at = start
	p.followStatement(family, construct)
	end, p.at = p.at, start
	return end
}

func (p *parser) attributes() (list []*ast.AggregateOption) {
	p.expectOp("(")
	for !p.accept(")") {
		list = append(list, p.aggregateOption())
		p.accept(",")
	}
	return list
}

func (p *parser) operatorIdentifier() *ast.Name {
	return &ast.Name{Loc: p.loc(), Parts: p.anyOperator()}
}

// operatorRef parses an operator and its operands.
func (p *parser) operatorRef() *ast.OperatorRef {
	o := &ast.OperatorRef{Name: p.operatorIdentifier()}
	operand := func() *ast.TypeName {
		if p.take("none") {
			return nil
		}
		return p.typeName()
	}
	p.expectOp("(")
	o.Left = operand()
	p.expectOp(",")
	o.Right = operand()
	p.expectOp(")")
	return o
}

// dropOperator parses DROP OPERATOR.
func (p *parser) dropOperator(start int) ast.Statement {
	p.followed(start, "drop", "DROP OPERATOR")
	p.expect("drop", "operator")
	s := &ast.DropOperatorStmt{IfExists: p.ifExists()}
	for {
		s.Operators = append(s.Operators, p.operatorRef())
		if !p.accept(",") {
			break
		}
	}
	s.Cascade = p.dropBehavior()
	return s
}

// alterOperator parses ALTER OPERATOR.
func (p *parser) alterOperator(start int) ast.Statement {
	end := p.followed(start, "alter", "ALTER OPERATOR")
	p.expect("alter", "operator")
	s := &ast.AlterOperatorStmt{Operator: p.operatorRef()}
	switch {
	case p.takeSeq("owner", "to"):
		s.NewOwner = p.roleSpec()
	case p.takeSeq("set", "schema"):
		s.NewSchema = p.colID()
	case p.take("set"):
		s.Options = p.attributes()
	}
	p.at = end
	return s
}

// castRef parses (type AS type), which names a cast.
func (p *parser) castRef() *ast.CastRef {
	c := &ast.CastRef{}
	p.expectOp("(")
	c.Source = p.typeName()
	p.expect("as")
	c.Target = p.typeName()
	p.expectOp(")")
	return c
}

// createCast parses CREATE CAST.
func (p *parser) createCast(start int) ast.Statement {
	p.followed(start, "create", "CREATE CAST")
	p.expect("create", "cast")
	s := &ast.CreateCastStmt{Cast: p.castRef(), Method: 'b', Context: 'e'}
	switch {
	case p.takeSeq("with", "function"):
		s.Method, s.Function = 'f', p.functionRef()
	case p.takeSeq("with", "inout"):
		s.Method = 'i'
	default:
		p.expect("without", "function")
	}
	switch {
	case p.takeSeq("as", "implicit"):
		s.Context = 'i'
	case p.takeSeq("as", "assignment"):
		s.Context = 'a'
	}
	return s
}

// dropCast parses DROP CAST.
func (p *parser) dropCast(start int) ast.Statement {
	p.followed(start, "drop", "DROP CAST")
	p.expect("drop", "cast")
	s := &ast.DropCastStmt{IfExists: p.ifExists()}
	s.Cast = p.castRef()
	s.Cascade = p.dropBehavior()
	return s
}
