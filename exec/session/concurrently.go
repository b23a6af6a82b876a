package session

import (
	"context"
	"errors"
	"time"

	"github.com/kalamsql/kalamsql/exec/ddl"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/tables"
)

// indexing is what a statement with CONCURRENTLY has left to be done in transactions of its own, and the
// tables that are locked for it.
type indexing struct {
	later  []ddl.Concurrent
	locked []catalog.OID
}

// concurrently is what definitions are told of them.
func (s *Session) concurrently() ddl.Concurrently {
	return ddl.Concurrently{
		Lock: func(ctx context.Context, table catalog.OID) error {
			if err := s.tx.tx.LockTableForSession(ctx, table, tables.ShareUpdateExclusiveMode); err != nil {
				return err
			}
			s.indexing.locked = append(s.indexing.locked, table)
			return nil
		},
		Later: func(c ddl.Concurrent) { s.indexing.later = append(s.indexing.later, c) },
	}
}

// keepIndexing begins a statement that has nothing to be done yet, and has what the one around it has, whose event
// triggers may run it, come back at its end.
func (s *Session) keepIndexing() (end func()) {
	around := s.indexing
	s.indexing = indexing{}
	return func() {
		s.forgetIndexing()
		s.indexing = around
	}
}

// forgetIndexing forgets what was to be done, and gives the locks back.
func (s *Session) forgetIndexing() {
	for _, oid := range s.indexing.locked {
		s.locks.UnlockTable(oid, tables.ShareUpdateExclusiveMode)
	}
	s.indexing = indexing{}
}

// finishIndexing commits what the statement has done, and does the rest of it.
func (s *Session) finishIndexing(ctx context.Context) error {
	if len(s.indexing.later) == 0 {
		return nil
	}
	if err := s.commit(ctx); err != nil {
		return err
	}
	defer s.ensureTx()
	for _, c := range s.indexing.later {
		if err := s.finishIndex(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (s *Session) finishIndex(ctx context.Context, c ddl.Concurrent) error {
	switch c.Do {
	case ddl.FillIndex:
		if err := s.fillIndex(ctx, c.Table, c.Index); err != nil {
			return err
		}
		return s.within(ctx, func(tx *tables.Tx) error { return tx.Validate(ctx, c.Table, c.Index) })
	case ddl.RemakeIndex:
		var made catalog.OID
		err := s.within(ctx, func(tx *tables.Tx) (err error) {
			made, err = ddl.BeginRemaking(ctx, tx, c.Table, c.Index)
			return err
		})
		if err == nil {
			err = s.fillIndex(ctx, c.Table, made)
		}
		if err == nil {
			err = s.within(ctx, func(tx *tables.Tx) error { return ddl.EndRemaking(ctx, tx, c.Table, c.Index, made) })
		}
		if err != nil {
			return err
		}
	}
	return s.dropInvalid(ctx, c.Table, c.Index)
}

// fillIndex adds the entries that an invalid index lacks, once all who write the table know of it.
func (s *Session) fillIndex(ctx context.Context, table, index catalog.OID) error {
	err := s.awaitUsers(ctx, table, tables.ShareMode)
	if err == nil {
		t, i := s.store().Catalog().IndexByOID(index)
		if i == nil {
			return nil // Validate says so
		}
		err = s.store().FillIndex(ctx, s.txOptions(), t, i)
	}
	if err != nil { // nobody is to be kept from writing by what will not be complete
		done, cancel := context.WithTimeout(context.WithoutCancel(ctx), retiredWithin)
		defer cancel()
		if retired := s.within(done, func(tx *tables.Tx) error { return tx.Retire(done, table, index) }); retired != nil {
			return errors.Join(err, retired)
		}
	}
	return err
}

// retiredWithin is how long an index that has failed may wait for others who change definitions until it is said that
// nobody keeps it. After that it is kept, and invalid.
const retiredWithin = 5 * time.Second

// dropInvalid drops an invalid index, once nobody reads by it, and then nobody keeps it any more.
func (s *Session) dropInvalid(ctx context.Context, table, index catalog.OID) error {
	if err := s.awaitUsers(ctx, table, tables.AccessExclusiveMode); err != nil {
		return err
	}
	if err := s.within(ctx, func(tx *tables.Tx) error { return tx.Retire(ctx, table, index) }); err != nil {
		return err
	}
	if err := s.awaitUsers(ctx, table, tables.AccessExclusiveMode); err != nil {
		return err
	}
	return s.within(ctx, func(tx *tables.Tx) error { return tx.RemoveIndex(ctx, table, index) })
}

// awaitUsers waits until all have ended who use a table against a mode now.
func (s *Session) awaitUsers(ctx context.Context, table catalog.OID, mode tables.LockMode) error {
	tx := s.store().Begin(s.txOptions())
	defer tx.Rollback()
	return tx.AwaitHolders(ctx, table, mode)
}

// within runs a transaction of its own.
func (s *Session) within(ctx context.Context, do func(*tables.Tx) error) error {
	tx := s.store().Begin(s.txOptions())
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return err
	}
	_, err := tx.Commit(ctx)
	return err
}
