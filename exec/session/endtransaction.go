package session

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// COMMIT and ROLLBACK in the body of a procedure or DO: they end the transaction that
// CALL or DO runs in, and begin another. That is possible where nothing but such bodies
// is around.

// EndTransaction implements plexec.Host.
func (h *proceduralHost) EndTransaction(ctx context.Context, rollback, chain bool) error {
	s := h.session()
	if !s.routines.nonatomic {
		return sqlerr.New(sqlerr.InvalidTransactionTermination, "invalid transaction termination")
	}
	if s.routines.subtransactions > 0 {
		if rollback {
			return sqlerr.New(sqlerr.InvalidTransactionTermination, "cannot roll back while a subtransaction is active")
		}
		return sqlerr.New(sqlerr.InvalidTransactionTermination, "cannot commit while a subtransaction is active")
	}
	for _, r := range s.routines.reading {
		if r.writes {
			return sqlerr.New(sqlerr.InvalidTransactionTermination, "cannot perform transaction commands inside a cursor loop that is not read-only")
		}
	}
	// What loops are about to read is kept beyond the transaction.
	for _, r := range s.routines.reading {
		if err := r.hold(ctx); err != nil {
			return err
		}
	}
	for _, po := range s.portals {
		if po.pinned {
			if err := po.cursor.outlive(ctx, s); err != nil {
				return err
			}
		}
	}
	s.leaveNested()
	isolation, uncommitted, readOnly, deferrable := s.tx.isolation, s.tx.uncommitted, s.tx.readOnly, s.tx.deferrable
	if rollback {
		for _, po := range s.portals {
			po.cursorKept()
		}
		s.rollback()
	} else if err := s.commit(ctx); err != nil {
		return err
	}
	s.ensureTx()
	s.started(s.server.opts.Now()) // the statement's time stays
	if chain {
		s.tx.tx.Rollback()
		s.tx.isolation, s.tx.uncommitted, s.tx.readOnly, s.tx.deferrable = isolation, uncommitted, readOnly, deferrable
		s.openTx()
	}
	s.tx.statements = 0
	s.tx.tx.StartStatement()
	return nil
}

// outlive has a cursor keep its rows beyond the transaction, as WITH HOLD does.
func (c *cursor) outlive(ctx context.Context, s *Session) error {
	if c.hold {
		return nil
	}
	rest := c.rows
	c.hold = true
	c.remember(s, nil, ast.NoScroll)
	if c.rows.all == nil || rest.all == c.rows.all {
		return c.fill(ctx, s, -1)
	}
	for i := 1; i <= rest.len(); i++ {
		row, err := rest.at(i)
		if err != nil {
			return err
		}
		if row == nil { // gone; nobody goes back to it
			row = make(types.Row, len(c.query.columns))
		}
		if err := c.rows.add(row); err != nil {
			return err
		}
	}
	rest.close()
	return c.fill(ctx, s, -1)
}

// cursorKept marks a cursor that outlives a ROLLBACK.
func (p *portal) cursorKept() {
	if p.pinned && p.cursor != nil {
		p.cursor.kept = true
	}
}

// nest lets a procedure that another one calls see what was done before, until leave;
// the end of the transaction within it is its end.
func (s *Session) nest() (leave func()) {
	n := len(s.routines.nested)
	s.routines.nested = append(s.routines.nested, s.tx.tx.Nested())
	return func() {
		if len(s.routines.nested) > n {
			s.routines.nested[n]()
			s.routines.nested = s.routines.nested[:n]
		}
	}
}

// leaveNested ends all that nest began.
func (s *Session) leaveNested() {
	for i := len(s.routines.nested) - 1; i >= 0; i-- {
		s.routines.nested[i]()
	}
	s.routines.nested = nil
}

// nonatomically runs the body of CALL or DO, which may end the transaction if that is
// the statement's own.
func (s *Session) nonatomically(run func() error) error {
	was := s.routines.nonatomic
	if s.routines.depth == 0 {
		s.routines.nonatomic = !s.tx.block && !s.together && s.tx.statements <= 1
	}
	defer func() { s.routines.nonatomic = was }()
	return run()
}
