package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// Operator classes and families, conversions and languages. Their synopses are followed
// first, for the errors; what is left to do here cannot fail.

// createOpClass parses CREATE OPERATOR CLASS.
func (p *parser) createOpClass(start int) ast.Statement {
	end := p.followed(start, "create", "CREATE OPERATOR CLASS")
	s := &ast.CreateOpClassStmt{Loc: p.loc()}
	p.expect("create", "operator", "class")
	s.Name = p.anyName()
	s.Default = p.take("default")
	p.expect("for", "type")
	s.Type = p.typeName()
	p.expect("using")
	s.Method = p.colID()
	if p.take("family") {
		s.Family = p.anyName()
	}
	p.expect("as")
	s.Items = p.opClassItems(false)
	p.at = end
	return s
}

// opFamily parses CREATE or ALTER OPERATOR FAMILY.
func (p *parser) opFamily(start int, command string) ast.Statement {
	end := p.followed(start, command, upper(command)+" OPERATOR FAMILY")
	s := &ast.OpFamilyStmt{Loc: p.loc(), Alter: command == "alter"}
	p.expect(command, "operator", "family")
	s.Name = p.anyName()
	p.expect("using")
	s.Method = p.colID()
	if s.Alter {
		s.Drop = p.is("drop")
		p.advance()
		s.Items = p.opClassItems(s.Drop)
	}
	p.at = end
	return s
}

// opClassItems parses a list of operators and functions; those that are dropped are told
// by their numbers and types.
func (p *parser) opClassItems(drop bool) (list []ast.OpClassItem) {
	for {
		item := ast.OpClassItem{Kind: p.advance().text}
		if item.Kind == "storage" {
			item.Type = p.typeName()
		} else {
			item.Number = p.integer()
		}
		switch {
		case drop:
			item.Types = p.itemTypes()
		case item.Kind == "operator":
			item.Operator = p.operatorIdentifier()
			if p.isOp("(") {
				item.Types = p.itemTypes()
			}
			if p.takeSeq("for", "order", "by") {
				item.Sort = p.anyName()
			}
			p.takeSeq("for", "search")
			p.take("recheck")
		case item.Kind == "function":
			if p.isOp("(") {
				item.Types = p.itemTypes()
			}
			item.Function = p.functionRef()
		}
		list = append(list, item)
		if !p.accept(",") {
			return list
		}
	}
}

// itemTypes parses ( types ), of which NONE is nil.
func (p *parser) itemTypes() (list []*ast.TypeName) {
	p.expectOp("(")
	for {
		if p.take("none") {
			list = append(list, nil)
		} else {
			list = append(list, p.typeName())
		}
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

// createConversion parses CREATE CONVERSION.
func (p *parser) createConversion(start int) ast.Statement {
	end := p.followed(start, "create", "CREATE CONVERSION")
	s := &ast.CreateConversionStmt{Loc: p.loc()}
	p.expect("create")
	s.Default = p.take("default")
	p.expect("conversion")
	s.Name = p.anyName()
	p.expect("for")
	s.From = p.str()
	p.expect("to")
	s.To = p.str()
	p.expect("from")
	s.Function = p.anyName()
	p.at = end
	return s
}

// createLanguage parses CREATE LANGUAGE.
func (p *parser) createLanguage(start int) ast.Statement {
	end := p.followed(start, "create", "CREATE LANGUAGE")
	s := &ast.CreatePLangStmt{Loc: p.loc()}
	p.expect("create")
	s.Replace = p.takeSeq("or", "replace")
	s.Trusted = p.take("trusted")
	p.take("procedural")
	p.expect("language")
	s.Name = p.colID()
	if p.take("handler") {
		s.Handler = p.anyName()
	}
	if p.take("inline") {
		s.Inline = p.anyName()
	}
	if p.take("validator") {
		s.Validator = p.anyName()
	}
	p.at = end
	return s
}
