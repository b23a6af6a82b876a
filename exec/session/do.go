package session

import (
	"context"

	"github.com/kalamsql/kalamsql/exec/plexec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// doBlock runs DO.
func (s *Session) doBlock(ctx context.Context, stmt *ast.DoStmt) (string, error) {
	if len(stmt.Sources) > 1 || len(stmt.Languages) > 1 {
		return "", sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options")
	}
	if len(stmt.Sources) == 0 {
		return "", sqlerr.New(sqlerr.SyntaxError, "no inline code specified")
	}
	if len(stmt.Languages) == 1 {
		switch language := stmt.Languages[0]; language {
		case catalog.PLpgSQL:
		case "sql", "c", "internal":
			return "", sqlerr.New(sqlerr.FeatureNotSupported, `language "%s" does not support inline code execution`, language)
		default:
			return "", sqlerr.New(sqlerr.UndefinedObject, `language "%s" does not exist`, language)
		}
	}
	if !s.catalog().MayUseLanguage(s.role().OID, s.database.OID, catalog.PLpgSQL) {
		return "", sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for language %s", catalog.PLpgSQL)
	}
	body := stmt.Sources[0]
	s.tx.tx.StartStatement()
	fn, err := plexec.Compile(s.planEnv(), nil, body.Text, s.variableConflict())
	if err != nil {
		e := *sqlerr.From(err)
		if e.Offset > 0 {
			if e.Offset += body.Pos(); body.Pos() < 0 {
				e.Offset = 0
			}
		}
		return "", &e
	}
	return "DO", s.nonatomically(func() error {
		if err := s.deepen(); err != nil {
			return err
		}
		defer func() { s.routines.depth-- }()
		return plexec.RunBlock(ctx, (*proceduralHost)(s), fn)
	})
}
