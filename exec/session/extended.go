package session

import (
	"context"
	"time"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// portal is a bound statement: a stored iterator.
type portal struct {
	ps      *prepared
	params  []types.Datum
	formats []int16
	query   *query
	// level is the number of savepoints when the portal was made; rolling back
	// to one of them closes it.
	level int
	// opened numbers the portals that bodies open: rolling back to before closes it.
	opened int
	// pinned: a loop reads it.
	pinned bool
	// done: a statement that returns no rows has run.
	done bool
	// cursor portals are made by DECLARE and survive the statement that uses
	// them.
	cursor *cursor
	// buffered holds the result of a utility statement that returns rows.
	buffered *bufferedResult
	// count counts the statement when it has run (pg_stat_statements); nil: nobody does.
	count func(rows int64)
}

// complete ends a portal's run with its tag.
func (p *portal) complete(tag string, w ResultWriter) error {
	if p.count != nil {
		p.count(rowsOfTag(tag))
		p.count = nil
	}
	return w.Complete(tag)
}

// held says whether a portal outlives transactions: a cursor declared WITH HOLD
// whose transaction has committed.
func (p *portal) held() bool { return p.cursor != nil && p.cursor.kept }

func (p *portal) close() {
	if p.query != nil {
		p.query.close()
		p.query = nil
	}
	if p.cursor != nil {
		p.cursor.close()
	}
}

// Parse makes a prepared statement; the name "" is the unnamed one, which may
// be replaced.
func (s *Session) Parse(ctx context.Context, name, sql string, paramOIDs []types.OID) (err error) {
	defer func() {
		if err != nil {
			err = resolve(err, sql)
			s.fail()
		}
	}()
	defer s.caught(&err)
	if err := s.inTime(); err != nil {
		return err
	}
	defer s.cancellable(ctx)()
	if name == "" {
		delete(s.statements, "")
	}
	list, err := s.parse(sql)
	if err != nil {
		return err
	}
	p, err := parser.One(list)
	if err != nil {
		return err
	}
	if p.Statement != nil {
		if err := s.mayRun(p.Statement); err != nil {
			return err
		}
	}
	if _, ok := s.statements[name]; ok && name != "" {
		return sqlerr.New(sqlerr.DuplicatePreparedStatement, `prepared statement "%s" already exists`, name)
	}
	if len(s.statements) >= s.server.opts.MaxStatements {
		return sqlerr.New(sqlerr.ConfigurationLimitExceeded, "too many prepared statements in this session")
	}
	declared := make([]*types.Type, len(paramOIDs))
	for i, oid := range paramOIDs {
		if oid == 0 || oid == types.Unknown.OID {
			continue
		}
		if declared[i] = s.catalog().TypeByOID(oid); declared[i] == nil {
			return sqlerr.New(sqlerr.InternalError, "cache lookup failed for type %d", oid)
		}
	}
	if p.Statement == nil {
		s.statements[name] = &prepared{text: sql, params: declared, declared: declared}
		return nil
	}
	if _, ok := p.Statement.(*ast.TransactionStmt); !ok && !s.tx.failed {
		s.ensureTx()
	}
	ps, err := s.prepare(sql, p, declared)
	if err != nil {
		return err
	}
	s.statements[name] = ps
	return nil
}

// Bind makes a portal from a prepared statement and parameters.
func (s *Session) Bind(ctx context.Context, portalName, statement string, params []Param, formats []int16) (err error) {
	ps := s.statements[statement]
	defer func() {
		if err != nil {
			text := ""
			if ps != nil {
				text = ps.text
			}
			err = resolve(err, text)
			s.fail()
		}
	}()
	defer s.caught(&err)
	if err := s.inTime(); err != nil {
		return err
	}
	if ps == nil {
		if statement == "" {
			return sqlerr.New(sqlerr.InvalidSQLStatementName, "unnamed prepared statement does not exist")
		}
		return sqlerr.New(sqlerr.InvalidSQLStatementName, `prepared statement "%s" does not exist`, statement)
	}
	if ps.stmt != nil {
		if err := s.mayRun(ps.stmt); err != nil {
			return err
		}
		if _, ok := ps.stmt.(*ast.TransactionStmt); !ok {
			s.ensureTx()
		}
		if err := s.refresh(ps, true); err != nil {
			return err
		}
	}
	if portalName == "" {
		s.closePortal("")
	} else if s.portals[portalName] != nil {
		return sqlerr.New(sqlerr.DuplicateCursor, `cursor "%s" already exists`, portalName)
	}
	if err := s.roomForPortal(); err != nil {
		return err
	}
	if len(params) != len(ps.params) {
		return sqlerr.New(sqlerr.ProtocolViolation, `bind message supplies %d parameters, but prepared statement "%s" requires %d`, len(params), statement, len(ps.params))
	}
	if f, ok := ps.stmt.(*ast.FetchStmt); ok {
		// What FETCH gives is known when its cursor is: now.
		now := *ps
		if now.columns, err = s.describeUtility(f); err != nil {
			return err
		}
		ps = &now
	}
	po := &portal{ps: ps, level: len(s.tx.savepoints)}
	if po.params, err = s.decodeParams(portalName, ps.params, params); err != nil {
		return err
	}
	if po.formats, err = resolveFormats(ps.columns, formats); err != nil {
		return err
	}
	if ps.plan != nil && ps.plan.Failure != nil {
		return ps.plan.Failure
	}
	s.portals[portalName] = po
	return nil
}

// resolveFormats spreads the result formats of a Bind over the columns. Codes
// that do not exist are refused by Execute.
func resolveFormats(columns []ResultColumn, formats []int16) ([]int16, error) {
	out := make([]int16, len(columns))
	switch len(formats) {
	case 0:
	case 1:
		for i := range out {
			out[i] = formats[0]
		}
	case len(columns):
		copy(out, formats)
	default:
		if columns == nil {
			return nil, nil
		}
		return nil, sqlerr.New(sqlerr.ProtocolViolation, "bind message has %d result formats but query has %d columns", len(formats), len(columns))
	}
	return out, nil
}

// DescribeStatement tells a prepared statement's parameters and columns; nil
// columns is NoData. With an error there may be parameters, which come first.
func (s *Session) DescribeStatement(name string) (params []types.OID, columns []ResultColumn, err error) {
	if err := s.inTime(); err != nil {
		return nil, nil, err
	}
	ps := s.statements[name]
	if ps == nil {
		s.fail()
		if name == "" {
			return nil, nil, sqlerr.New(sqlerr.InvalidSQLStatementName, "unnamed prepared statement does not exist")
		}
		return nil, nil, sqlerr.New(sqlerr.InvalidSQLStatementName, `prepared statement "%s" does not exist`, name)
	}
	if ps.stmt != nil {
		if err := s.mayRun(ps.stmt); err != nil && ps.columns != nil {
			return nil, nil, err
		}
		if !s.tx.failed {
			if err := s.refresh(ps, true); err != nil {
				s.fail()
				return s.paramOIDs(ps), nil, resolve(err, ps.text)
			}
		}
	}
	return s.paramOIDs(ps), ps.columns, nil
}

// paramOIDs are the types of a statement's parameters.
func (s *Session) paramOIDs(ps *prepared) []types.OID {
	params := make([]types.OID, len(ps.params))
	for i, t := range ps.params {
		if t != nil {
			params[i] = t.OID
		}
	}
	return params
}

// DescribePortal tells a portal's columns and their formats; nil is NoData.
func (s *Session) DescribePortal(name string) (columns []ResultColumn, formats []int16, err error) {
	if err := s.inTime(); err != nil {
		return nil, nil, err
	}
	po := s.portals[name]
	if po == nil {
		s.fail()
		return nil, nil, undefinedPortal(name)
	}
	return po.ps.columns, po.formats, nil
}

// PortalFormats gives the formats of a portal's columns.
func (s *Session) PortalFormats(name string) []int16 {
	if po := s.portals[name]; po != nil {
		return po.formats
	}
	return nil
}

func undefinedPortal(name string) error {
	return sqlerr.New(sqlerr.InvalidCursorName, `portal "%s" does not exist`, name)
}

// Execute runs a portal, or goes on with it, for at most maxRows rows (0: all).
func (s *Session) Execute(ctx context.Context, name string, maxRows int, w ResultWriter) (err error) {
	po := s.portals[name]
	if po == nil {
		s.fail()
		return undefinedPortal(name)
	}
	ctx = s.running(ctx, po.ps.text)
	s.client = w
	defer s.ran()
	defer func() {
		if err != nil {
			err = resolve(err, po.ps.text)
			s.fail()
		}
	}()
	defer s.caught(&err)
	if po.ps.stmt == nil {
		return w.Empty()
	}
	if err := s.mayRun(po.ps.stmt); err != nil {
		return err
	}
	if po.count == nil {
		po.count = s.countPrepared(po.ps)
	}
	if subscribe, ok := po.ps.stmt.(*ast.SubscribeStmt); ok {
		return s.executeFeed(ctx, po, subscribe, maxRows, w)
	}
	if po.ps.plan == nil {
		return s.executeUtility(ctx, name, po, maxRows, w)
	}
	if po.cursor != nil {
		s.ensureTx()
		return s.executeCursor(ctx, po, maxRows, w)
	}
	if po.query == nil {
		s.ensureTx()
		s.tx.statements++
		if po.query, err = s.open(ctx, po.ps, po.params, true); err != nil {
			return err
		}
	}
	if err := w.Columns(po.query.columns); err != nil {
		return err
	}
	if po.query.failed || po.query.columns == nil && po.done {
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `portal "%s" cannot be run`, name)
	}
	sent, err := po.query.run(ctx, s, maxRows, w)
	if err != nil {
		return err
	}
	po.done = true
	if maxRows > 0 && sent == maxRows && po.query.columns != nil {
		po.query.hold(s)
		return w.Suspended()
	}
	if !po.ps.plan.ReadOnly && s.tx.block {
		if err := s.tx.tx.Doomed(); err != nil {
			return err
		}
	}
	if err := s.sendNotices(w); err != nil {
		return err
	}
	return po.complete(po.query.tag(sent), w)
}

// executeUtility runs a portal of a statement that has no plan. One that
// returns rows keeps them for the row limit.
func (s *Session) executeUtility(ctx context.Context, name string, po *portal, maxRows int, w ResultWriter) error {
	if po.done {
		if po.buffered == nil {
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `portal "%s" cannot be run`, name)
		}
		if err := w.Columns(po.buffered.columns); err != nil {
			return err
		}
		return po.buffered.send(maxRows, w)
	}
	po.done = true
	if t, ok := po.ps.stmt.(*ast.TransactionStmt); ok {
		tag, err := s.transaction(ctx, t, w)
		if err != nil {
			return err
		}
		return po.complete(tag, w)
	}
	s.ensureTx()
	s.tx.statements += countsAsQuery(po.ps.stmt)
	if po.ps.columns != nil && maxRows > 0 {
		po.buffered = &bufferedResult{ResultWriter: w}
		tag, err := s.utility(ctx, po.ps, po.params, po.buffered)
		if err != nil {
			return err
		}
		po.buffered.tag = tag
		return po.buffered.send(maxRows, w)
	}
	tag, err := s.utility(ctx, po.ps, po.params, w)
	if err != nil {
		return err
	}
	return po.complete(tag, w)
}

// Sync ends an implicit transaction: it commits, and its portals are gone.
func (s *Session) Sync(ctx context.Context) error {
	s.began = time.Time{}
	if s.tx.block {
		return nil
	}
	if s.tx.tx == nil {
		s.closePortals((*portal).held)
		return nil
	}
	if err := s.commit(ctx); err != nil {
		return resolve(err, "")
	}
	return nil
}

// CloseStatement forgets a prepared statement; one that does not exist is
// fine.
func (s *Session) CloseStatement(name string) { delete(s.statements, name) }

// ClosePortal closes a portal; one that does not exist is fine.
func (s *Session) ClosePortal(name string) { s.closePortal(name) }

func (s *Session) closePortal(name string) {
	if po := s.portals[name]; po != nil {
		po.close()
		delete(s.portals, name)
	}
}

// closePortals closes every portal, or those that keep answers false for.
func (s *Session) closePortals(keep func(*portal) bool) {
	for name, po := range s.portals {
		if keep == nil || !keep(po) {
			po.close()
			delete(s.portals, name)
		}
	}
}

// bufferedResult holds the rows of a utility statement for row-limited
// execution.
type bufferedResult struct {
	ResultWriter
	columns []ResultColumn
	rows    []types.Row
	tag     string
}

// Columns keeps the columns, for the Executes that follow.
func (b *bufferedResult) Columns(columns []ResultColumn) error {
	b.columns = columns
	return b.ResultWriter.Columns(columns)
}

// Row keeps a row.
func (b *bufferedResult) Row(row types.Row) error {
	b.rows = append(b.rows, row.Clone())
	return nil
}

// send hands out up to maxRows rows (0: all).
func (b *bufferedResult) send(maxRows int, w ResultWriter) error {
	sent := 0
	for len(b.rows) > 0 && (maxRows == 0 || sent < maxRows) {
		if err := w.Row(b.rows[0]); err != nil {
			return err
		}
		b.rows = b.rows[1:]
		sent++
	}
	if maxRows > 0 && sent == maxRows {
		return w.Suspended()
	}
	return w.Complete(b.tag)
}
