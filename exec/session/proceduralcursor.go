package session

import (
	"context"
	"fmt"
	"slices"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/exec/plexec"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// nestedRows are the rows of a query that a body reads while it runs others.
type nestedRows struct {
	session *Session
	query   *query
	// held are the rows that were left when the transaction ended; at is the next.
	held *exec.RowList
	at   int
	// writes: the query changes rows, which it has done before its first row.
	writes bool
}

// Rows implements plexec.Host.
func (h *proceduralHost) Rows(ctx context.Context, q plexec.Query) (plexec.Rows, error) {
	s := h.session()
	query, err := s.openNested(ctx, q)
	if err != nil {
		return nil, err
	}
	r := &nestedRows{session: s, query: query, writes: !q.Plan.ReadOnly && (q.Command != "SELECT" || len(q.Plan.RowLocks) == 0)}
	s.routines.reading = append(s.routines.reading, r)
	if r.writes {
		// All of its changes come first, and what hangs on them.
		if err := query.prefetchAll(ctx, s); err != nil {
			r.Close()
			return nil, err
		}
	}
	return r, nil
}

// prefetchAll reads the first row, and ends the statement that has made changes.
func (q *query) prefetchAll(ctx context.Context, s *Session) error {
	q.rt.Ctx, q.rt.Eval.Ctx = ctx, ctx
	leave := s.tx.tx.As(q.view)
	row, err := q.op.Next()
	leave()
	if err != nil {
		return err
	}
	if row == nil {
		q.done = true
	} else {
		q.first = row.Clone()
	}
	return s.constraints.EndStatement(ctx)
}

// openNested begins a query within the statement under way. It sees what there is now
// as long as it is read.
func (s *Session) openNested(ctx context.Context, q plexec.Query) (*query, error) {
	if err := s.authorize(q.Plan); err != nil {
		return nil, err
	}
	if err := s.mayExecute(q.Plan, func() string { return q.Command }); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, exec.Cancelled(ctx)
	}
	if err := s.lockRelations(ctx, q.Plan); err != nil {
		return nil, err
	}
	s.tx.statements++
	if q.Fresh {
		defer s.tx.tx.Nested()()
	}
	rt := s.runtime(ctx, s.User())
	rt.Instruments = nil
	rt.Eval.Params = q.Params
	op, err := exec.Build(rt, q.Plan.Root)
	if err != nil {
		return nil, err
	}
	begun := &query{op: exec.Root(rt, op), rt: rt, columns: resultColumns(q.Plan.Root.Columns()), command: "SELECT", settled: true}
	begun.hold(s)
	return begun, nil
}

// Next implements plexec.Rows.
func (r *nestedRows) Next(ctx context.Context) (types.Row, error) {
	if r.held == nil {
		return r.query.next(ctx, r.session)
	}
	if r.at == r.held.Len() {
		return nil, nil
	}
	r.at++
	return r.held.At(r.at - 1)
}

// hold keeps the rows that are left, since the transaction that they come from ends.
func (r *nestedRows) hold(ctx context.Context) error {
	if r.held != nil || r.query == nil {
		return nil
	}
	ts := make([]*types.Type, len(r.query.columns))
	for i, c := range r.query.columns {
		ts[i] = c.Type
	}
	held := exec.NewRowList(r.query.rt, ts)
	for {
		row, err := r.query.next(ctx, r.session)
		if err == nil && row != nil {
			err = held.Add(row)
		}
		if err != nil {
			held.Close()
			return err
		}
		if row == nil {
			break
		}
	}
	r.held = held
	return nil
}

// Close implements plexec.Rows.
func (r *nestedRows) Close() {
	if r.held != nil {
		r.held.Close()
	}
	if r.query != nil {
		r.query.close()
		r.query = nil
	}
	list := r.session.routines.reading
	if i := slices.Index(list, r); i >= 0 {
		r.session.routines.reading = slices.Delete(list, i, i+1)
	}
}

// OpenCursor implements plexec.Host.
func (h *proceduralHost) OpenCursor(ctx context.Context, c plexec.Cursor) (string, error) {
	s := h.session()
	if c.Name == "" {
		s.routines.unnamed++
		c.Name = fmt.Sprintf("<unnamed portal %d>", s.routines.unnamed)
	}
	if s.portals[c.Name] != nil {
		return "", sqlerr.New(sqlerr.DuplicateCursor, `cursor "%s" already in use`, c.Name)
	}
	if err := s.roomForPortal(); err != nil {
		return "", err
	}
	query, err := s.openNested(ctx, c.Query)
	if err != nil {
		return "", err
	}
	if !c.Query.Plan.ReadOnly {
		if err := query.prefetchAll(ctx, s); err != nil {
			query.close()
			return "", err
		}
	}
	made := &cursor{name: c.Name, query: query}
	made.remember(s, c.Query.Plan.Root, c.Scroll)
	s.routines.opened++
	s.portals[c.Name] = &portal{
		level: len(s.tx.savepoints), opened: s.routines.opened, formats: make([]int16, len(query.columns)), cursor: made,
		ps: &prepared{text: c.Text, stmt: &ast.SelectStmt{}, plan: c.Query.Plan, columns: query.columns},
	}
	return c.Name, nil
}

// FetchCursor implements plexec.Host.
func (h *proceduralHost) FetchCursor(ctx context.Context, stmt *ast.FetchStmt, each func(types.Row) error) ([]plan.Column, int, error) {
	s := h.session()
	po := s.portals[stmt.Cursor]
	c, err := s.cursorOf(ctx, stmt.Cursor, po)
	if err != nil {
		return nil, 0, err
	}
	if c.feed != nil {
		return nil, 0, sqlerr.Unsupported("FETCH from a subscription in a function")
	}
	n, err := c.move(ctx, s, stmt, each)
	return planColumns(po.ps.columns), n, err
}

// planColumns are the columns of a result as those of a plan.
func planColumns(columns []ResultColumn) []plan.Column {
	out := make([]plan.Column, len(columns))
	for i, c := range columns {
		out[i] = plan.Column{Name: c.Name, Type: c.Type, Typmod: c.Typmod}
	}
	return out
}

// CloseCursor implements plexec.Host.
func (h *proceduralHost) CloseCursor(name string) error {
	s := h.session()
	po := s.portals[name]
	if po == nil {
		return sqlerr.New(sqlerr.InvalidCursorName, `cursor "%s" does not exist`, name)
	}
	if po.pinned {
		return sqlerr.New(sqlerr.InvalidCursorState, `cannot drop pinned portal "%s"`, name)
	}
	s.closePortal(name)
	return nil
}

// loopRows are the rows of a cursor that a loop reads.
type loopRows struct {
	session *Session
	name    string
	portal  *portal
}

// CursorRows implements plexec.Host.
func (h *proceduralHost) CursorRows(name string) (plexec.Rows, []plan.Column, error) {
	s := h.session()
	po := s.portals[name]
	if po == nil || po.cursor == nil {
		return nil, nil, sqlerr.New(sqlerr.InvalidCursorName, `cursor "%s" does not exist`, name)
	}
	po.pinned = true
	return &loopRows{s, name, po}, planColumns(po.ps.columns), nil
}

// Next implements plexec.Rows.
func (r *loopRows) Next(ctx context.Context) (row types.Row, err error) {
	_, err = r.portal.cursor.move(ctx, r.session, &ast.FetchStmt{Direction: ast.FetchForward, Count: 1}, func(next types.Row) error {
		row = next
		return nil
	})
	return row, err
}

// Close implements plexec.Rows.
func (r *loopRows) Close() {
	r.portal.pinned = false
	if r.session.portals[r.name] == r.portal {
		r.session.closePortal(r.name)
	}
}
