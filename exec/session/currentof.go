package session

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// cursorPosition finds the row of a table that a cursor is on: the OID of the table that
// it is in, and its key.
func (s *Session) cursorPosition(ctx context.Context, name string, t *catalog.Table) (catalog.OID, string, error) {
	c, err := s.cursorOf(ctx, name, s.portals[name])
	if err != nil {
		return 0, "", err
	}
	wrong := func(format string, args ...any) error { return sqlerr.New(sqlerr.InvalidCursorState, format, args...) }
	switch {
	case c.feed != nil || c.query != nil && c.query.command != "SELECT":
		return 0, "", wrong(`cursor "%s" is not a SELECT query`, name)
	case c.kept:
		return 0, "", wrong(`cursor "%s" is held from a previous transaction`, name)
	}
	at, err := c.positionOf(t, wrong)
	if err != nil {
		return 0, "", err
	}
	if c.at < 1 || c.at > c.rows.len() {
		return 0, "", wrong(`cursor "%s" is not positioned on a row`, name)
	}
	row, err := c.rows.at(c.at)
	if err != nil || row == nil || row[c.width+2*at].IsNull() {
		return 0, "", err
	}
	return catalog.OID(row[c.width+2*at].Int()), row[c.width+2*at+1].Str(), nil
}

// positionOf finds a table among the cursor's positions: among those that its query locks
// if it locks any.
func (c *cursor) positionOf(t *catalog.Table, wrong func(string, ...any) error) (int, error) {
	found, locks := -1, false
	for i, p := range c.positions {
		locks = locks || p.Locked
		if p.Table != t.OID {
			continue
		}
		if found >= 0 {
			return 0, wrong(`cursor "%s" has multiple FOR UPDATE/SHARE references to table "%s"`, c.name, t.Name)
		}
		found = i
	}
	switch {
	case found >= 0:
		return found, nil
	case locks:
		return 0, wrong(`cursor "%s" does not have a FOR UPDATE/SHARE reference to table "%s"`, c.name, t.Name)
	}
	return 0, wrong(`cursor "%s" is not a simply updatable scan of table "%s"`, c.name, t.Name)
}
