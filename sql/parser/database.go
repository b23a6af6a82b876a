package parser

import "github.com/kalamsql/kalamsql/sql/parser/ast"

// alterDatabase parses ALTER DATABASE ... RENAME, OWNER, SET and RESET. Its synopsis
// is followed first, for the errors; what is left to do here cannot fail.
func (p *parser) alterDatabase(start int) ast.Statement {
	action := p.ahead(2).text
	p.at = start
	switch action {
	case "rename":
		p.followStatement("alter", "ALTER DATABASE ... RENAME")
	case "owner":
		p.followStatement("alter", "ALTER DATABASE ... OWNER")
	default:
		p.followStatement("alter", "ALTER DATABASE ... SET")
	}
	p.at = start
	p.expect("alter", "database")
	name := &ast.Name{Loc: p.loc(), Parts: []string{p.colID()}}
	switch {
	case p.takeSeq("rename", "to"):
		return &ast.RenameStmt{Object: "database", Name: name, NewName: p.colID()}
	case p.takeSeq("owner", "to"):
		return &ast.AlterOwnerStmt{Object: "database", Name: name, Owner: p.roleSpec()}
	}
	return &ast.AlterDatabaseSetStmt{Name: name.Parts[0], Set: p.roleSetting()}
}
