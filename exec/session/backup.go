package session

import (
	"path/filepath"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// backup runs BACKUP TO.
func (s *Session) backup(stmt *ast.BackupStmt, w ResultWriter) (string, error) {
	if err := s.notInBlock("BACKUP"); err != nil {
		return "", err
	}
	if !s.role().Superuser {
		return "", sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to back up the server")
	}
	if !filepath.IsAbs(stmt.Path) {
		return "", sqlerr.New(sqlerr.InvalidParameterValue, "the path of a backup must be absolute").At(stmt.Pos())
	}
	seq, err := s.store().Backup(stmt.Path)
	if err != nil {
		return "", err
	}
	return "BACKUP", s.tell(w, sqlerr.Notice(sqlerr.SeverityNotice, sqlerr.SuccessfulCompletion, "backed up everything up to commit %d to %s", seq, stmt.Path))
}
