package parser

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// alterConstraint parses ALTER CONSTRAINT name [NOT] DEFERRABLE INITIALLY ...
func (p *parser) alterConstraint(c *ast.AlterTableCmd) *ast.AlterTableCmd {
	c.Kind, c.Constraint = "AlterConstraint", &ast.Constraint{Loc: p.loc()}
	c.Name = p.colID()
	p.deferral(c.Constraint, "FOREIGN KEY")
	if c.Constraint.NotValid {
		panic(sqlerr.New(sqlerr.FeatureNotSupported, "FOREIGN KEY constraints cannot be marked NOT VALID"))
	}
	return c
}
