package session

import (
	"context"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// SimpleQuery runs a query string: all of its statements in one implicit
// transaction, unless they say BEGIN and COMMIT themselves. The error ends the
// string; earlier statements of the implicit transaction are rolled back.
func (s *Session) SimpleQuery(ctx context.Context, sql string, w ResultWriter) error {
	ctx = s.running(ctx, sql)
	defer s.ran()
	s.client = w
	s.closePortal("")
	delete(s.statements, "")
	list, err := s.parse(sql)
	if err != nil {
		s.fail()
		return resolve(err, sql)
	}
	if len(list) == 0 || len(list) == 1 && list[0].Statement == nil {
		return w.Empty()
	}
	s.together = len(list) > 1
	defer func() { s.together = false }()
	for i, p := range list {
		if p.Statement == nil {
			continue
		}
		if err := s.noticeAll(p, w); err != nil {
			return err
		}
		last := i == len(list)-1
		if err := s.runSimple(ctx, sql, p, nil, last, w); err != nil {
			s.fail()
			return resolve(err, sql)
		}
	}
	if !s.tx.block && s.tx.tx != nil {
		if err := s.commit(ctx); err != nil {
			return resolve(err, sql)
		}
	}
	return nil
}

func (s *Session) noticeAll(p ast.Parsed, w ResultWriter) error {
	for _, n := range p.Notices {
		severity := sqlerr.SeverityNotice
		if n.Warning {
			severity = sqlerr.SeverityWarning
		}
		told := sqlerr.Notice(severity, sqlerr.Code(n.Code), "%s", n.Message)
		if n.Hint != "" {
			told = told.WithHint("%s", n.Hint)
		}
		if n.At > 0 {
			told.Position = n.At
		}
		if err := s.tell(w, told); err != nil {
			return err
		}
	}
	return nil
}

// runSimple runs one statement of a query string. The last one of an implicit
// transaction commits before its tag is sent, so that a client that has seen
// the tag knows.
func (s *Session) runSimple(ctx context.Context, sql string, p ast.Parsed, params []types.Datum, last bool, w ResultWriter) (err error) {
	defer s.caught(&err)
	if err := s.mayRun(p.Statement); err != nil {
		return err
	}
	s.startTimeout()
	tag, err := s.runStatement(ctx, sql, p, params, w)
	if err != nil {
		return err
	}
	if last && !s.tx.block && s.tx.tx != nil {
		if err := s.commit(ctx); err != nil {
			return err
		}
	}
	if err := s.sendNotices(w); err != nil {
		return err
	}
	return w.Complete(tag)
}

// sendNotices sends what functions had to say.
func (s *Session) sendNotices(w ResultWriter) error {
	for _, n := range s.notices {
		if err := w.Notice(n); err != nil {
			return err
		}
	}
	s.notices = s.notices[:0]
	return nil
}

// runStatement runs one statement to its end and gives its tag.
func (s *Session) runStatement(ctx context.Context, sql string, p ast.Parsed, params []types.Datum, w ResultWriter) (tag string, err error) {
	if count := s.countStatement(p.Text, p.Start, p.Statement); count != nil {
		defer func() {
			if err == nil {
				count(rowsOfTag(tag))
			}
		}()
	}
	if t, ok := p.Statement.(*ast.TransactionStmt); ok {
		return s.transaction(ctx, t, w)
	}
	s.ensureTx()
	if err := givenParams(p, len(params)); err != nil {
		if _, first := plan.Statement(s.planEnv(), p.Statement, paramTypes(params), plan.OnlyDeclared); first != nil {
			return "", first // what is found wrong before the parameter is
		}
		return "", err
	}
	ps, err := s.prepare(sql, p, paramTypes(params))
	if err != nil {
		return "", err
	}
	if ps.plan == nil {
		s.tx.statements += countsAsQuery(p.Statement)
		return s.utility(ctx, ps, params, w)
	}
	s.tx.statements++
	q, err := s.open(ctx, ps, params, false)
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
	if err == nil && !ps.plan.ReadOnly && s.tx.block {
		err = s.tx.tx.Doomed()
	}
	if err != nil {
		return "", err
	}
	return q.tag(sent), nil
}

// givenParams refuses a query with parameters that nothing was given for.
func givenParams(p ast.Parsed, given int) (err error) {
	if p.NumParams <= given {
		return nil
	}
	switch p.Statement.(type) {
	case *ast.SelectStmt, *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
	default:
		return nil
	}
	ast.Walk(p.Statement, func(n ast.Node) bool {
		if ref, ok := n.(*ast.ParamRef); ok && ref.N > given && err == nil {
			err = sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $%d", ref.N).At(ref.Pos())
		}
		return err == nil
	})
	return err
}

// countsAsQuery says whether a utility statement settles the transaction's
// snapshot: SET and SHOW do not.
func countsAsQuery(stmt ast.Statement) int {
	switch stmt.(type) {
	case *ast.VariableSetStmt, *ast.VariableShowStmt:
		return 0
	}
	return 1
}

func paramTypes(params []types.Datum) []*types.Type { return nil }

// resolve makes any error an SQL error with its position in sql.
func resolve(err error, sql string) error {
	return sqlerr.From(err).Resolve(sql)
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }
