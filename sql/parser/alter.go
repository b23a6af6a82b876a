package parser

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// alter parses ALTER.
func (p *parser) alter() ast.Statement {
	loc := p.loc()
	p.expect("alter")
	switch {
	case p.is("role", "user", "group"):
		return p.alterRole()
	case p.takeSeq("user", "table"), p.takeSeq("stream", "table"), p.takeSeq("shared", "table"):
		return p.alterTable("table")
	case p.is("table", "index", "view", "sequence"):
		return p.alterTable(ast.ObjectType(p.advance().text))
	case p.take("schema"):
		name := p.anyName()
		p.expect("rename", "to")
		return &ast.RenameStmt{Object: "schema", Name: name, NewName: p.colID()}
	}
	if p.tok().kind == tokIdent {
		if _, ok := keywords[p.tok().text]; ok {
			p.unsupported(loc, "ALTER %s", strings.ToUpper(p.tok().text))
		}
	}
	p.unexpected()
	return nil
}

func (p *parser) alterTable(object ast.ObjectType) ast.Statement {
	ifExists := p.ifExists()
	v := p.relationExpr()
	if p.take("rename") {
		r := &ast.RenameStmt{Object: object, Relation: v, IfExists: ifExists}
		switch {
		case p.take("to"):
			r.NewName = p.colID()
			return r
		case p.take("constraint"):
			r.Object, r.RelationType = "constraint", object
		default:
			p.take("column")
			r.Object, r.RelationType = "column", object
		}
		r.SubName = p.colID()
		p.expect("to")
		r.NewName = p.colID()
		return r
	}
	if p.isSeq("set", "schema") {
		p.at += 2
		return &ast.AlterObjectSchemaStmt{Object: object, Relation: v, NewSchema: p.colID(), IfExists: ifExists}
	}
	if object == "sequence" {
		return &ast.AlterSeqStmt{Relation: v, IfExists: ifExists, Options: p.sequenceOptions()}
	}
	s := &ast.AlterTableStmt{ObjType: object, Relation: v, IfExists: ifExists}
	for {
		s.Cmds = append(s.Cmds, p.alterCmd())
		if !p.accept(",") {
			return s
		}
	}
}

func (p *parser) alterCmd() *ast.AlterTableCmd {
	c := &ast.AlterTableCmd{Loc: p.loc()}
	switch {
	case p.take("add"):
		if p.startsTableConstraint() {
			c.Kind, c.Constraint = "AddConstraint", p.tableConstraint()
			return c
		}
		p.take("column")
		c.Kind, c.MissingOK = "AddColumn", p.ifNotExists()
		c.Column = p.columnDef()
	case p.take("drop"):
		c.Kind = "DropColumn"
		if p.take("constraint") {
			c.Kind = "DropConstraint"
		} else {
			p.take("column")
		}
		c.MissingOK = p.ifExists()
		c.Name = p.colID()
		c.Cascade = p.dropBehavior()
	case p.take("alter"):
		p.take("column")
		c.Name = p.colID()
		p.alterColumn(c)
	case p.takeSeq("owner", "to"):
		c.Kind, c.NewOwner = "ChangeOwner", p.roleSpec()
	case p.isSeq("set") && p.ahead(1).text == "(":
		p.advance()
		c.Kind, c.Options = "SetRelOptions", p.relOptions()
	case p.is("reset"):
		p.advance()
		c.Kind, c.Options = "ResetRelOptions", p.relOptions()
	case p.takeSeq("validate", "constraint"):
		c.Kind, c.Name = "ValidateConstraint", p.colID()
	case p.is("enable", "disable", "cluster", "set", "inherit", "no", "attach", "detach", "of", "not", "replica", "force"):
		p.unsupported(c.Loc, "ALTER TABLE ... %s", strings.ToUpper(p.tok().text))
	default:
		p.unexpected()
	}
	return c
}

func (p *parser) alterColumn(c *ast.AlterTableCmd) {
	switch {
	case p.takeSeq("set", "default"):
		c.Kind, c.Expr = "ColumnDefault", p.expr(0)
	case p.takeSeq("drop", "default"):
		c.Kind = "ColumnDefault"
	case p.takeSeq("set", "not", "null"):
		c.Kind = "SetNotNull"
	case p.takeSeq("drop", "not", "null"):
		c.Kind = "DropNotNull"
	case p.is("type"), p.isSeq("set", "data", "type"):
		p.takeSeq("set", "data")
		p.expect("type")
		c.Kind, c.Column = "AlterColumnType", &ast.ColumnDef{Loc: p.loc(), Type: p.typeName()}
		if p.take("collate") {
			c.Column.Collation = p.anyName().Parts
		}
		if p.take("using") {
			c.Expr = p.expr(0)
		}
	case p.takeSeq("set", "statistics"):
		c.Kind, c.Num = "SetStatistics", int(p.integer())
	case p.takeSeq("set", "storage"):
		c.Kind = "SetStorage"
		p.colID()
	default:
		if p.is("set", "reset", "add", "drop", "restart") {
			p.unsupported(c.Loc, "ALTER COLUMN ... %s", strings.ToUpper(p.tok().text))
		}
		p.unexpected()
	}
}
