package parser

import (
	"math"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// createStatistics parses CREATE STATISTICS. Its synopsis is followed first, for the
// errors; what is left to do here cannot fail.
func (p *parser) createStatistics(start int) ast.Statement {
	p.at = start
	p.followStatement("create", "CREATE STATISTICS")
	p.at = start
	s := &ast.CreateStatsStmt{Loc: p.loc()}
	p.expect("create", "statistics")
	s.IfNotExists = p.ifNotExists()
	s.Name = p.anyName()
	if p.accept("(") {
		s.Kinds = p.nameList()
		p.accept(")")
	}
	p.expect("on")
	for {
		s.Exprs = append(s.Exprs, p.expr(0))
		if !p.accept(",") {
			break
		}
	}
	p.expect("from")
	s.From = p.fromList()
	return s
}

// alterStatistics parses ALTER STATISTICS.
func (p *parser) alterStatistics(start int) ast.Statement {
	p.at = start
	p.followStatement("alter", "ALTER STATISTICS")
	p.at = start
	s := &ast.AlterStatsStmt{Loc: p.loc()}
	p.expect("alter", "statistics")
	s.IfExists = p.ifExists()
	s.Name = p.anyName()
	switch {
	case p.takeSeq("rename", "to"):
		s.NewName = p.colID()
	case p.takeSeq("owner", "to"):
		s.NewOwner = p.roleSpec()
	case p.takeSeq("set", "schema"):
		s.NewSchema = p.colID()
	default:
		p.expect("set", "statistics")
		n, err := strconv.ParseInt(p.numericOnly().Text, 10, 32)
		if err != nil {
			n = math.MaxInt32
		}
		s.Target = &n
	}
	return s
}
