package session

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// cursor is what DECLARE makes: a portal that FETCH reads. Rows that have been
// read are kept, so that a cursor can go back.
type cursor struct {
	name   string
	scroll bool
	hold   bool
	kept   bool // hold, and the transaction that declared it has committed
	query  *query
	rows   []types.Row // all rows read so far
	at     int         // position: 0 before the first row, len+1 after the last
	ended  bool
	// feed is set for a cursor over SUBSCRIBE TO.
	feed *rowFeed
}

func (c *cursor) close() {
	if c.query != nil {
		c.query.op.Close()
		c.query = nil
	}
	if c.feed != nil {
		c.feed.close()
		c.feed = nil
	}
}

// roomForPortal refuses more portals than a session may have.
func (s *Session) roomForPortal() error {
	if len(s.portals) >= s.server.opts.MaxPortals {
		return sqlerr.New(sqlerr.ConfigurationLimitExceeded, "too many cursors in this session")
	}
	return nil
}

// declare runs DECLARE CURSOR.
func (s *Session) declare(ctx context.Context, outer *prepared, stmt *ast.DeclareCursorStmt, params []types.Datum) (string, error) {
	if !s.tx.block && !stmt.Hold {
		return "", sqlerr.New(sqlerr.NoActiveSQLTransaction, "DECLARE CURSOR can only be used in transaction blocks")
	}
	if s.portals[stmt.Name] != nil {
		return "", sqlerr.New(sqlerr.DuplicateCursor, `cursor "%s" already exists`, stmt.Name)
	}
	if err := s.roomForPortal(); err != nil {
		return "", err
	}
	c := &cursor{name: stmt.Name, scroll: stmt.Scroll == ast.Scroll, hold: stmt.Hold}
	if sub, ok := stmt.Query.(*ast.SubscribeStmt); ok {
		feed, cols, err := s.newRowFeed(ctx, sub, params)
		if err != nil {
			return "", err
		}
		c.feed = feed
		s.portals[stmt.Name] = &portal{level: len(s.tx.savepoints), ps: &prepared{text: outer.text, stmt: stmt.Query, columns: cols}, formats: make([]int16, len(cols)), cursor: c}
		return "DECLARE CURSOR", nil
	}
	ps, err := s.prepare(outer.text, ast.Parsed{Statement: stmt.Query, NumParams: outer.numParams}, nil)
	if err != nil {
		return "", err
	}
	if c.query, err = s.open(ctx, ps, params, false); err != nil {
		return "", err
	}
	if stmt.Hold {
		if err := c.fill(ctx, s, -1); err != nil {
			return "", err
		}
	}
	formats := make([]int16, len(ps.columns))
	if stmt.Binary {
		for i := range formats {
			formats[i] = 1
		}
	}
	s.portals[stmt.Name] = &portal{level: len(s.tx.savepoints), ps: ps, formats: formats, cursor: c}
	return "DECLARE CURSOR", nil
}

// fill reads until the cursor has n rows, or all of them with a negative n.
func (c *cursor) fill(ctx context.Context, s *Session, n int) error {
	for !c.ended && (n < 0 || len(c.rows) < n) {
		if c.query.failed {
			return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `portal "%s" cannot be run`, c.name)
		}
		row, err := c.query.next(ctx, s)
		if err != nil {
			return err
		}
		if row == nil {
			c.ended = true
			return nil
		}
		c.rows = append(c.rows, row.Clone())
	}
	return nil
}

// fetch runs FETCH and MOVE.
func (s *Session) fetch(ctx context.Context, stmt *ast.FetchStmt, w ResultWriter) (string, error) {
	po := s.portals[stmt.Cursor]
	c, err := s.cursorOf(ctx, stmt.Cursor, po)
	if err != nil {
		return "", err
	}
	if !stmt.Move {
		if err := w.Columns(po.ps.columns); err != nil {
			return "", err
		}
	}
	if c.feed != nil {
		n, err := s.fetchFeed(ctx, c.feed, stmt, w)
		return "FETCH " + formatInt(int64(n)), err
	}
	rows, err := c.move(ctx, s, stmt)
	if err != nil {
		return "", err
	}
	if stmt.Move {
		return "MOVE " + formatInt(int64(len(rows))), nil
	}
	for _, r := range rows {
		if err := w.Row(r); err != nil {
			return "", err
		}
	}
	return "FETCH " + formatInt(int64(len(rows))), nil
}

// cursorOf is the cursor of a portal. One that Bind has made becomes a cursor
// when FETCH or MOVE names it, and goes on where Execute has left it.
func (s *Session) cursorOf(ctx context.Context, name string, po *portal) (*cursor, error) {
	switch {
	case po == nil || po.cursor == nil && (po.ps.plan == nil || po.ps.columns == nil):
		return nil, sqlerr.New(sqlerr.InvalidCursorName, `cursor "%s" does not exist`, name)
	case po.cursor != nil:
		return po.cursor, nil
	}
	if po.query == nil {
		var err error
		if po.query, err = s.open(ctx, po.ps, po.params, true); err != nil {
			return nil, err
		}
	}
	po.cursor, po.query = &cursor{name: name, query: po.query}, nil
	return po.cursor, nil
}

// executeCursor answers Execute for a portal that is a cursor: it reads on.
func (s *Session) executeCursor(ctx context.Context, po *portal, maxRows int, w ResultWriter) error {
	if err := w.Columns(po.ps.columns); err != nil {
		return err
	}
	stmt := &ast.FetchStmt{Direction: ast.FetchForward, Count: ast.FetchAll}
	if maxRows > 0 {
		stmt.Count = int64(maxRows)
	}
	rows, err := po.cursor.move(ctx, s, stmt)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if err := w.Row(r); err != nil {
			return err
		}
	}
	if maxRows > 0 && len(rows) == maxRows {
		return w.Suspended()
	}
	return w.Complete("SELECT " + formatInt(int64(len(rows))))
}

// move gives the rows a FETCH names and leaves the cursor on the last of them.
func (c *cursor) move(ctx context.Context, s *Session, stmt *ast.FetchStmt) ([]types.Row, error) {
	n := stmt.Count // negative: backward
	switch stmt.Direction {
	case ast.FetchBackward:
		n = -n
	case ast.FetchAbsolute, ast.FetchRelative:
		target := int64(c.at) + n
		if stmt.Direction == ast.FetchAbsolute {
			target = n
			if n < 0 {
				if err := c.fill(ctx, s, -1); err != nil {
					return nil, err
				}
				target = int64(len(c.rows)) + 1 + n
			}
		}
		target = max(target, 0)
		if int(target) < c.at {
			if err := c.mayGoBack(); err != nil {
				return nil, err
			}
		}
		if err := c.fill(ctx, s, int(target)); err != nil {
			return nil, err
		}
		c.at = min(int(target), len(c.rows)+1)
		return c.current(), nil
	}
	if n == 0 {
		return c.current(), nil
	}
	if n > 0 {
		want := -1
		if n != ast.FetchAll {
			want = c.at + int(n)
		}
		if err := c.fill(ctx, s, want); err != nil {
			return nil, err
		}
		start := min(c.at, len(c.rows))
		end := len(c.rows)
		if want >= 0 {
			end = min(want, end)
		}
		c.at = end
		if want < 0 || want > len(c.rows) {
			c.at = len(c.rows) + 1
		}
		return c.rows[start:max(start, end)], nil
	}
	if err := c.mayGoBack(); err != nil {
		return nil, err
	}
	var out []types.Row
	for n < 0 && c.at > 0 {
		c.at--
		n++
		if c.at == 0 {
			break
		}
		out = append(out, c.rows[c.at-1])
	}
	return out, nil
}

// current is the row the cursor is on.
func (c *cursor) current() []types.Row {
	if c.at < 1 || c.at > len(c.rows) {
		return nil
	}
	return c.rows[c.at-1 : c.at]
}

func (c *cursor) mayGoBack() error {
	if c.scroll {
		return nil
	}
	return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "cursor can only scan forward").WithHint("Declare it with SCROLL option to enable backward scan.")
}

// closeCursor runs CLOSE.
func (s *Session) closeCursor(stmt *ast.ClosePortalStmt) (string, error) {
	if stmt.Name == "" {
		s.closePortals(func(po *portal) bool { return po.cursor == nil })
		return "CLOSE CURSOR ALL", nil
	}
	if s.portals[stmt.Name] == nil {
		return "", sqlerr.New(sqlerr.InvalidCursorName, `cursor "%s" does not exist`, stmt.Name)
	}
	s.closePortal(stmt.Name)
	return "CLOSE CURSOR", nil
}
