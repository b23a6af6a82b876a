package session

import (
	"context"

	"github.com/kalamsql/kalamsql/exec/plexec"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// inner gives what plans the query in a statement that has no plan of its own, as that
// of CREATE TABLE AS: its parameters are those of the statement, or what names and
// parameters mean in the body that the statement stands in.
func (s *Session) inner(ctx context.Context, ps *prepared, params []types.Datum) plexec.Inner {
	return func(q ast.Statement) (p *plan.Plan, values []types.Datum, err error) {
		switch q := q.(type) {
		case *ast.ExecuteStmt:
			p, values, err = s.executed(ctx, q, params, true)
		default:
			if ps.inner != nil {
				p, values, err = ps.inner(q)
			} else {
				values = params
				p, err = plan.Statement(s.planEnv(), q, ps.params[:min(len(ps.params), len(params))], plan.OnlyDeclared)
			}
		}
		if err != nil {
			return nil, nil, err
		}
		return p, values, s.authorize(p)
	}
}

// executed plans the prepared statement that EXECUTE names, which in CREATE TABLE AS must
// be a SELECT.
func (s *Session) executed(ctx context.Context, stmt *ast.ExecuteStmt, outer []types.Datum, query bool) (*plan.Plan, []types.Datum, error) {
	ps := s.statements[stmt.Name]
	if ps == nil {
		return nil, nil, undefinedStatement(stmt.Name)
	}
	if _, ok := ps.stmt.(*ast.SelectStmt); !ok && query {
		return nil, nil, sqlerr.New(sqlerr.WrongObjectType, "prepared statement is not a SELECT")
	}
	if ps.plan == nil {
		return nil, nil, sqlerr.New(sqlerr.InvalidCursorDefinition, "cannot open EXECUTE query as cursor")
	}
	params, err := s.executeParams(ctx, ps, stmt, outer)
	if err != nil {
		return nil, nil, err
	}
	p, err := plan.Statement(s.planEnv(), ps.stmt, ps.params, plan.OnlyDeclared)
	return p, params, err
}
