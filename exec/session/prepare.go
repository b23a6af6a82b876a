package session

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

func undefinedStatement(name string) error {
	return sqlerr.New(sqlerr.InvalidSQLStatementName, `prepared statement "%s" does not exist`, name)
}

// prepareStatement runs PREPARE.
func (s *Session) prepareStatement(text string, stmt *ast.PrepareStmt) (string, error) {
	if s.statements[stmt.Name] != nil {
		return "", sqlerr.New(sqlerr.DuplicatePreparedStatement, `prepared statement "%s" already exists`, stmt.Name)
	}
	if len(s.statements) >= s.server.opts.MaxStatements {
		return "", sqlerr.New(sqlerr.ConfigurationLimitExceeded, "too many prepared statements in this session")
	}
	env := s.planEnv()
	declared := make([]*types.Type, len(stmt.ArgTypes))
	for i, tn := range stmt.ArgTypes {
		t, _, err := env.TypeName(tn)
		if err != nil {
			return "", err
		}
		declared[i] = t
	}
	ps, err := s.prepare(text, ast.Parsed{Statement: stmt.Query}, declared)
	if err != nil {
		return "", err
	}
	ps.bySQL = true
	s.statements[stmt.Name] = ps
	return "PREPARE", nil
}

// executeStatement runs EXECUTE.
func (s *Session) executeStatement(ctx context.Context, stmt *ast.ExecuteStmt, outer []types.Datum, w ResultWriter) (tag string, err error) {
	ps := s.statements[stmt.Name]
	if ps == nil {
		return "", undefinedStatement(stmt.Name)
	}
	if count := s.countPrepared(ps); count != nil {
		defer func() {
			if err == nil {
				count(rowsOfTag(tag))
			}
		}()
	}
	params, err := s.executeParams(ctx, ps, stmt, outer)
	if err != nil {
		return "", err
	}
	if ps.plan == nil {
		return s.utility(ctx, ps, params, w)
	}
	q, err := s.open(ctx, ps, params, true)
	if err != nil {
		return "", err
	}
	defer q.op.Close()
	if err := q.prefetch(ctx, s); err != nil {
		return "", err
	}
	if q.columns != nil {
		if err := w.Columns(q.columns); err != nil {
			return "", err
		}
	}
	sent, err := q.run(ctx, s, 0, w)
	return q.tag(sent), err
}

// deallocate runs DEALLOCATE.
func (s *Session) deallocate(stmt *ast.DeallocateStmt) (string, error) {
	if stmt.Name == "" {
		clear(s.statements)
		return "DEALLOCATE ALL", nil
	}
	if s.statements[stmt.Name] == nil {
		return "", undefinedStatement(stmt.Name)
	}
	delete(s.statements, stmt.Name)
	return "DEALLOCATE", nil
}

func quoteIdent(name string) string { return parser.QuoteIdent(name) }
