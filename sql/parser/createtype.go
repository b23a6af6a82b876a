package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// createType parses CREATE TYPE of enums, composite and range types, and CREATE DOMAIN.
// What is none of these is nil, and nothing has been read.
func (p *parser) createType() ast.Statement {
	start := p.at
	if p.take("domain") {
		return p.createDomain()
	}
	p.expect("type")
	name := p.anyName()
	if p.takeSeq("as", "enum") {
		s := &ast.CreateEnumStmt{Name: name}
		p.expectOp("(")
		for !p.isOp(")") {
			if s.Labels != nil {
				p.expectOp(",")
			}
			s.Labels = append(s.Labels, p.str())
		}
		p.expectOp(")")
		return s
	}
	if p.is("as") && p.ahead(1).kind == tokOp && p.ahead(1).text == "(" {
		p.at += 2
		s := &ast.CompositeTypeStmt{Name: name}
		for !p.isOp(")") {
			if s.Columns != nil {
				p.expectOp(",")
			}
			s.Columns = append(s.Columns, p.attributeDef())
		}
		p.expectOp(")")
		return s
	}
	if p.takeSeq("as", "range") {
		return &ast.CreateRangeStmt{Name: name, Params: p.typeDefinition()}
	}
	p.at = start
	return nil
}

// typeDefinition parses ( name = value, ... ) of CREATE TYPE, whose values are names
// of types, functions and the like.
func (p *parser) typeDefinition() (list []*ast.DefElem) {
	p.expectOp("(")
	for {
		d := &ast.DefElem{Loc: p.loc(), Name: p.colLabel()}
		if p.accept("=") {
			if p.tok().kind == tokString {
				d.Value = &ast.TypeName{Loc: p.loc(), Names: []string{p.str()}}
			} else {
				d.Value = p.typeName()
			}
		}
		list = append(list, d)
		if !p.accept(",") {
			break
		}
	}
	p.expectOp(")")
	return list
}

// createDomain parses what follows CREATE DOMAIN.
func (p *parser) createDomain() ast.Statement {
	s := &ast.CreateDomainStmt{Name: p.anyName()}
	p.take("as")
	s.Type = p.typeName()
	for {
		if p.take("collate") {
			s.Collation = p.anyName().Parts
			continue
		}
		k := p.columnConstraint()
		if k == nil {
			return s
		}
		s.Constraints = append(s.Constraints, k)
	}
}

// alterType parses ALTER TYPE of enums and of attributes, and ALTER DOMAIN. What is neither, or not
// read, is nil, and nothing has been read.
func (p *parser) alterType() ast.Statement {
	start := p.at
	if p.take("domain") {
		if s := p.alterDomain(); s != nil {
			return s
		}
		p.at = start
		return nil
	}
	p.expect("type")
	name := p.anyName()
	switch {
	case p.takeSeq("add", "value"):
		s := &ast.AlterEnumStmt{Name: name, IfNotExists: p.ifNotExists()}
		s.NewLabel = p.str()
		if p.take("after") {
			s.After, s.Neighbor = true, p.str()
		} else if p.take("before") {
			s.Neighbor = p.str()
		}
		return s
	case p.takeSeq("rename", "value"):
		s := &ast.AlterEnumStmt{Name: name, Rename: true, OldLabel: p.str()}
		p.expect("to")
		s.NewLabel = p.str()
		return s
	case p.takeSeq("rename", "to"):
		return &ast.RenameStmt{Object: "type", Name: name, NewName: p.colID()}
	case p.takeSeq("owner", "to"):
		return &ast.AlterOwnerStmt{Object: "type", Name: name, Owner: p.roleSpec()}
	case p.takeSeq("set", "schema"):
		return &ast.AlterObjectSchemaStmt{Object: "type", Name: name, NewSchema: p.colID()}
	case p.takeSeq("rename", "attribute"):
		s := &ast.RenameStmt{Object: "attribute", Name: name, SubName: p.colID()}
		p.expect("to")
		s.NewName = p.colID()
		s.Cascade = p.dropBehavior()
		return s
	case p.is("add", "drop", "alter") && isWord(p.ahead(1), "attribute"):
		s := &ast.AlterTypeStmt{Name: name}
		for {
			s.Cmds = append(s.Cmds, p.alterAttribute())
			if !p.accept(",") {
				return s
			}
		}
	}
	p.at = start
	return nil
}

// alterAttribute parses one command of ALTER TYPE about an attribute.
func (p *parser) alterAttribute() *ast.AlterTableCmd {
	c := &ast.AlterTableCmd{Loc: p.loc()}
	switch {
	case p.takeSeq("add", "attribute"):
		c.Kind, c.Column = "AddColumn", p.attributeDef()
		c.Name = c.Column.Name
	case p.takeSeq("drop", "attribute"):
		c.Kind, c.MissingOK = "DropColumn", p.ifExists()
		c.Name = p.colID()
	default:
		p.expect("alter", "attribute")
		c.Kind, c.Name = "AlterColumnType", p.colID()
		if p.take("set") {
			p.expect("data")
		}
		p.expect("type")
		c.Column = &ast.ColumnDef{Loc: p.loc(), Name: c.Name, Type: p.typeName()}
		if p.take("collate") {
			c.Column.Collation = p.anyName()
		}
	}
	c.Cascade = p.dropBehavior()
	return c
}

// attributeDef parses a column of a composite type.
func (p *parser) attributeDef() *ast.ColumnDef {
	c := &ast.ColumnDef{Loc: p.loc(), Name: p.colID()}
	c.Type = p.typeName()
	if p.take("collate") {
		c.Collation = p.anyName()
	}
	return c
}

// alterDomain parses what follows ALTER DOMAIN.
func (p *parser) alterDomain() ast.Statement {
	s := &ast.AlterDomainStmt{Name: p.anyName()}
	switch {
	case p.takeSeq("set", "default"):
		s.Op, s.Expr = "SetDefault", p.expr(0)
	case p.takeSeq("drop", "default"):
		s.Op = "SetDefault"
	case p.takeSeq("set", "not", "null"):
		s.Op = "SetNotNull"
	case p.takeSeq("drop", "not", "null"):
		s.Op = "DropNotNull"
	case p.take("add"):
		s.Op, s.Constraint = "AddConstraint", p.tableConstraint()
	case p.takeSeq("drop", "constraint"):
		s.Op, s.MissingOK = "DropConstraint", p.ifExists()
		s.Constraint = &ast.Constraint{Name: p.colID()}
		p.dropBehavior()
	case p.takeSeq("validate", "constraint"):
		s.Op, s.Constraint = "ValidateConstraint", &ast.Constraint{Name: p.colID()}
	case p.takeSeq("rename", "constraint"):
		s.Op, s.Constraint = "RenameConstraint", &ast.Constraint{Name: p.colID()}
		p.expect("to")
		s.NewName = p.colID()
	case p.takeSeq("rename", "to"):
		return &ast.RenameStmt{Object: "domain", Name: s.Name, NewName: p.colID()}
	case p.takeSeq("owner", "to"):
		return &ast.AlterOwnerStmt{Object: "domain", Name: s.Name, Owner: p.roleSpec()}
	case p.takeSeq("set", "schema"):
		return &ast.AlterObjectSchemaStmt{Object: "domain", Name: s.Name, NewSchema: p.colID()}
	default:
		return nil
	}
	return s
}
