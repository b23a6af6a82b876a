package session

import (
	"context"
	"math"
	"slices"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// cursor is what DECLARE makes: a portal that FETCH reads. Rows that have been read
// are kept where the cursor may go back.
type cursor struct {
	name   string
	back   bool // it may go back
	hold   bool
	kept   bool // hold, and the transaction that declared it has committed
	query  *query
	rows   fetched
	at     int // position: 0 before the first row, one more than there are after the last
	ended  bool
	failed bool // an error has ended it
	// feed is set for a cursor over SUBSCRIBE TO.
	feed *rowFeed
	// positions are the tables whose rows are where the cursor is; where appends, to a
	// row of width values, where they are.
	positions []exec.Position
	where     func(types.Row) types.Row
	width     int
	wide      types.Row
}

func (c *cursor) close() {
	c.rows.close()
	if c.query != nil {
		c.query.close()
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
	if stmt.Hold && s.routines.restricted > 0 {
		return "", sqlerr.New(sqlerr.InsufficientPrivilege, "cannot create a cursor WITH HOLD within security-restricted operation")
	}
	if s.portals[stmt.Name] != nil {
		return "", sqlerr.New(sqlerr.DuplicateCursor, `cursor "%s" already exists`, stmt.Name)
	}
	if err := s.roomForPortal(); err != nil {
		return "", err
	}
	c := &cursor{name: stmt.Name, hold: stmt.Hold}
	if sub, ok := stmt.Query.(*ast.SubscribeStmt); ok {
		feed, cols, err := s.newRowFeed(ctx, sub, params)
		if err != nil {
			return "", err
		}
		c.feed = feed
		s.portals[stmt.Name] = &portal{level: len(s.tx.savepoints), ps: &prepared{text: outer.text, stmt: stmt.Query, columns: cols}, formats: make([]int16, len(cols)), cursor: c}
		return "DECLARE CURSOR", nil
	}
	var ps *prepared
	var err error
	if outer.inner != nil { // the body that it stands in has parameters and names of its own
		ps = &prepared{text: outer.text, stmt: stmt.Query, path: s.settings.path, role: s.planRole()}
		if ps.plan, params, err = outer.inner(stmt.Query); err == nil {
			ps.columns = resultColumns(ps.plan.Root.Columns())
		}
	} else {
		ps, err = s.prepare(outer.text, ast.Parsed{Statement: stmt.Query, NumParams: outer.numParams}, outer.params)
	}
	if err != nil {
		return "", err
	}
	if c.query, err = s.open(ctx, ps, params, false); err != nil {
		return "", err
	}
	c.query.hold(s)
	c.remember(s, ps.plan.Root, stmt.Scroll)
	if stmt.Hold {
		if err := c.fill(ctx, s, -1); err != nil {
			return "", err
		}
	}
	formats := make([]int16, len(ps.columns))
	if stmt.Binary {
		own := *ps
		own.columns = slices.Clone(ps.columns)
		for i := range formats {
			formats[i], own.columns[i].Binary = 1, true
		}
		ps = &own
	}
	s.portals[stmt.Name] = &portal{level: len(s.tx.savepoints), ps: ps, formats: formats, cursor: c}
	return "DECLARE CURSOR", nil
}

// remember says which rows the cursor keeps.
func (c *cursor) remember(s *Session, root plan.Node, scroll ast.ScrollOption) {
	c.positions, c.where = exec.Positions(c.query.op)
	c.width, c.query.rt.Positions = len(c.query.columns), c.positions != nil
	c.back = scroll == ast.Scroll || scroll == ast.ScrollDefault && plan.ReadsBackward(root)
	switch {
	case scroll == ast.Scroll || c.hold:
		ts := make([]*types.Type, len(c.query.columns))
		for i, column := range c.query.columns {
			ts[i] = column.Type
		}
		for range c.positions {
			ts = append(ts, types.Oid, types.Bytea)
		}
		c.rows.all = exec.NewRowList(c.query.rt, ts)
	case c.back:
		c.rows.limit = s.settings.workMem
	}
}

// fill reads until the cursor has n rows, or all of them with a negative n.
func (c *cursor) fill(ctx context.Context, s *Session, n int) error {
	for !c.ended && (n < 0 || c.rows.len() < n) {
		if c.query.failed {
			return c.cannotRun()
		}
		row, err := c.query.next(ctx, s)
		if err != nil {
			return err
		}
		if row == nil {
			c.ended = true
			return nil
		}
		if c.where != nil {
			c.wide = c.where(append(c.wide[:0], row...))
			row = c.wide
		}
		if err := c.rows.add(row); err != nil {
			return err
		}
	}
	return nil
}

func (c *cursor) cannotRun() error {
	return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `portal "%s" cannot be run`, c.name)
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
	command, row := "FETCH ", w.Row
	if stmt.Move {
		command, row = "MOVE ", func(types.Row) error { return nil }
	}
	n, err := c.move(ctx, s, stmt, row)
	if err != nil {
		return "", err
	}
	return command + formatInt(int64(n)), nil
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
	po.cursor.remember(s, po.ps.plan.Root, ast.ScrollDefault)
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
	n, err := po.cursor.move(ctx, s, stmt, w.Row)
	if err != nil {
		return err
	}
	if maxRows > 0 && n == maxRows {
		return w.Suspended()
	}
	return w.Complete("SELECT " + formatInt(int64(n)))
}

// move gives the rows a FETCH names, says how many they are, and leaves the cursor on
// the last of them. An error ends the cursor.
func (c *cursor) move(ctx context.Context, s *Session, stmt *ast.FetchStmt, row func(types.Row) error) (n int, err error) {
	if c.failed {
		return 0, c.cannotRun()
	}
	defer func() { c.failed = err != nil }()
	count := stmt.Count // negative: backward
	switch stmt.Direction {
	case ast.FetchBackward:
		count = -count
	case ast.FetchAbsolute, ast.FetchRelative:
		if err := c.jump(ctx, s, stmt.Direction, count); err != nil {
			return 0, err
		}
		return c.current(row)
	}
	switch {
	case count == 0:
		if c.at > 0 && !stmt.Move {
			if err := c.mayGoBack(); err != nil {
				return 0, err
			}
		}
		return c.current(row)
	case count > 0:
		return c.forward(ctx, s, count, row)
	}
	if err := c.mayGoBack(); err != nil {
		return 0, err
	}
	for ; count < 0 && c.at > 0; count++ {
		c.at--
		got, err := c.current(row)
		if err != nil {
			return n, err
		}
		n += got
	}
	return n, nil
}

// forward gives the next rows, as many as are asked for.
func (c *cursor) forward(ctx context.Context, s *Session, count int64, row func(types.Row) error) (n int, err error) {
	for count == ast.FetchAll || int64(n) < count {
		if err := c.fill(ctx, s, c.at+1); err != nil {
			return n, err
		}
		if c.at >= c.rows.len() {
			c.at = c.rows.len() + 1
			break
		}
		c.at++
		if _, err := c.current(row); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// jump goes to a row by its number, or its distance.
func (c *cursor) jump(ctx context.Context, s *Session, direction ast.FetchDirection, n int64) error {
	target := int64(c.at) + n
	if direction == ast.FetchAbsolute {
		if target = n; n < 0 { // from the end
			if err := c.mayGoBack(); err != nil {
				return err
			}
			if err := c.fill(ctx, s, -1); err != nil {
				return err
			}
			target = int64(c.rows.len()) + 1 + n
		}
	}
	target = min(max(target, 0), math.MaxInt)
	if target <= int64(c.at) && c.at > 0 { // PostgreSQL reads the row it is on once more
		if err := c.mayGoBack(); err != nil {
			return err
		}
	}
	if err := c.fill(ctx, s, int(target)); err != nil {
		return err
	}
	c.at = min(int(target), c.rows.len()+1)
	return nil
}

// current gives the row the cursor is on, if it is on one.
func (c *cursor) current(row func(types.Row) error) (n int, err error) {
	if c.at < 1 || c.at > c.rows.len() {
		return 0, nil
	}
	r, err := c.rows.at(c.at)
	if err != nil {
		return 0, err
	}
	if r == nil {
		return 0, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "cursor can only scan forward").
			WithDetail("Without SCROLL as many rows are kept as work_mem has room for.").WithHint("Declare it with SCROLL option to enable backward scan.")
	}
	return 1, row(r[:c.width])
}

func (c *cursor) mayGoBack() error {
	if c.back {
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
