package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// Triggers, rules and policies are named within a relation: DROP and ALTER name both.

// droppedPart is what DROP says of one; the statements of each kind have the same fields.
type droppedPart struct {
	ast.Loc
	Name     string
	Relation *ast.RangeVar
	IfExists bool
	Cascade  bool
}

// dropPart parses DROP of a kind of parts.
func (p *parser) dropPart(start int, kind string) droppedPart {
	p.at = start
	d := droppedPart{Loc: p.loc()}
	p.expect("drop", kind)
	d.IfExists = p.ifExists()
	d.Name = p.colID()
	p.expect("on")
	d.Relation = p.qualifiedName()
	d.Cascade = p.dropBehavior()
	return d
}

// alterPart parses ALTER of a kind of parts, as far as its name and relation.
func (p *parser) alterPart(start int, kind string) *ast.RenameStmt {
	p.at = start
	s := &ast.RenameStmt{Object: ast.ObjectType(kind)}
	p.expect("alter", kind)
	s.SubName = p.colID()
	p.expect("on")
	s.Relation = p.qualifiedName()
	return s
}
