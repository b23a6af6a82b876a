package tables

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Two-phase commit. A transaction that is prepared leaves its session with its writes
// and its locks, and is committed or rolled back by any session, after a restart too:
// what it has done is stored first (preparedstate.go), as rows of a table that nobody
// else writes. Their deletion is the last thing the transaction has written, so that its
// commit and their end are one commit.

// PreparedTx is a transaction that is prepared.
type PreparedTx struct {
	GID      string
	Database catalog.OID
	Owner    catalog.OID
	At       time.Time
	XID      uint32

	tx *Tx
	// busy: somebody is ending it, or it is not yet stored.
	busy bool
}

// preparedTxs are those of the store, by their identifiers.
type preparedTxs struct {
	mu struct {
		sync.Mutex
		byGID map[string]*PreparedTx
	}
}

// Prepared lists the transactions that are prepared, by their identifiers.
func (s *Store) Prepared() []PreparedTx {
	p := &s.prepared
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]PreparedTx, 0, len(p.mu.byGID))
	for _, x := range p.mu.byGID {
		list = append(list, *x)
	}
	slices.SortFunc(list, func(a, b PreparedTx) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.GID, b.GID)) })
	return list
}

// Prepared lists the transactions of the store that are prepared.
func (t *Tx) Prepared() []PreparedTx { return t.store.Prepared() }

// Prepare makes the transaction one that is prepared, of which there may be no more than
// limit at once. When it fails the transaction goes on, to be rolled back.
func (t *Tx) Prepare(ctx context.Context, p PreparedTx, limit int) error {
	if err := t.mayPrepare(); err != nil {
		return err
	}
	if err := t.pushOut(ctx); err != nil {
		return err
	}
	mark := t.owner.Mark()
	if err := t.validate(ctx); err != nil {
		return err
	}
	t.store.locks.ReleaseSince(&t.owner, mark) // it is validated again at its commit
	x := &p
	x.tx, x.busy, x.XID = t, true, t.XID(true)
	if err := t.store.prepared.enter(x, limit); err != nil {
		return err
	}
	if err := t.storePrepared(ctx, x); err != nil {
		t.store.prepared.leave(x.GID)
		return err
	}
	if t.opts.Isolation != Serializable {
		t.snap.release()
		t.snap = nil
	}
	t.opts.Session, t.opts.Shown, t.opts.PID, t.opts.Sync, t.opts.LockTimeout, t.observer = nil, nil, 0, true, 0, nil
	t.store.locks.Detach(&t.owner)
	t.store.prepared.ready(x)
	return nil
}

// mayPrepare refuses what cannot outlive a session or a restart.
func (t *Tx) mayPrepare() error {
	if err := t.mayPrepareLoad(); err != nil {
		return err
	}
	if len(t.notifications) > 0 {
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY")
	}
	if t.exports != nil {
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot PREPARE a transaction that has exported snapshots")
	}
	temporary, stream := t.alone || t.temporary, false
	for oid, o := range t.objects {
		if o == nil {
			o = t.store.Catalog().Get(oid) // dropped
		}
		if o == nil {
			continue
		}
		sc := t.Catalog().SchemaByOID(o.Parent())
		temporary = temporary || sc != nil && strings.HasPrefix(sc.Name, "pg_temp_")
	}
	if t.own != nil {
		t.own.Scan(func(w *write) bool {
			if w.row != nil {
				temporary = temporary || w.row.table.Temporary
				stream = stream || !w.row.table.Durable() && !w.row.table.Temporary
			}
			return !temporary
		})
	}
	switch {
	case temporary:
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot PREPARE a transaction that has operated on temporary objects")
	case stream:
		return sqlerr.Unsupported("PREPARE TRANSACTION after a stream table has been written")
	}
	return nil
}

// enter reserves an identifier.
func (p *preparedTxs) enter(x *PreparedTx, limit int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.byGID[x.GID] != nil {
		return sqlerr.New(sqlerr.DuplicateObject, `transaction identifier "%s" is already in use`, x.GID)
	}
	if len(p.mu.byGID) >= limit {
		return sqlerr.New(sqlerr.OutOfMemory, "maximum number of prepared transactions reached").
			WithHint("Increase max_prepared_transactions (currently %d).", limit)
	}
	if p.mu.byGID == nil {
		p.mu.byGID = map[string]*PreparedTx{}
	}
	p.mu.byGID[x.GID] = x
	return nil
}

func (p *preparedTxs) ready(x *PreparedTx) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x.busy = false
}

func (p *preparedTxs) leave(gid string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.mu.byGID, gid)
}

// take finds a transaction to end it, if may does not object.
func (p *preparedTxs) take(gid string, may func(*PreparedTx) error) (*PreparedTx, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.mu.byGID[gid]
	if x == nil {
		return nil, sqlerr.New(sqlerr.UndefinedObject, `prepared transaction with identifier "%s" does not exist`, gid)
	}
	if x.busy {
		return nil, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `prepared transaction with identifier "%s" is busy`, gid)
	}
	if err := may(x); err != nil {
		return nil, err
	}
	x.busy = true
	return x, nil
}

// CommitPrepared commits a prepared transaction, and waits until that is durable.
func (s *Store) CommitPrepared(ctx context.Context, gid string, may func(*PreparedTx) error) error {
	x, err := s.prepared.take(gid, may)
	if err != nil {
		return err
	}
	if err := x.tx.Doomed(); err != nil { // serializable: what it has read may have changed since
		s.prepared.ready(x)
		return err
	}
	_, err = x.tx.Commit(context.WithoutCancel(ctx))
	s.prepared.leave(gid)
	return err
}

// RollbackPrepared rolls a prepared transaction back.
func (s *Store) RollbackPrepared(ctx context.Context, gid string, may func(*PreparedTx) error) error {
	x, err := s.prepared.take(gid, may)
	if err != nil {
		return err
	}
	if err := s.forgetPrepared(ctx, gid); err != nil {
		s.prepared.ready(x)
		return err
	}
	x.tx.Rollback()
	s.prepared.leave(gid)
	return nil
}

// forgetPrepared deletes what is stored of a prepared transaction.
func (s *Store) forgetPrepared(ctx context.Context, gid string) error {
	tx := s.Begin(TxOptions{Sync: true})
	tx.StartStatement()
	rows, err := tx.preparedRows()
	for _, r := range rows {
		if err == nil && r.row[0].Str() == gid {
			err = tx.Delete(ctx, catalog.PreparedTransactions, r.ref)
		}
	}
	if err != nil {
		tx.Rollback()
		return err
	}
	_, err = tx.Commit(context.WithoutCancel(ctx))
	return err
}

// storedRow is a row of PreparedTransactions.
type storedRow struct {
	row types.Row
	ref RowRef
}

// preparedRows reads what is stored of prepared transactions.
func (t *Tx) preparedRows() (list []storedRow, err error) {
	rows, err := t.Scan(context.Background(), Scan{Table: catalog.PreparedTransactions})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		list = append(list, storedRow{slices.Clone(rows.Row()), rows.Ref()})
	}
	return list, rows.Err()
}

// closePrepared ends the transactions of a store that is closed; they are there again
// when it is opened.
func (s *Store) closePrepared() {
	p := &s.prepared
	p.mu.Lock()
	list := slices.Collect(maps.Values(p.mu.byGID))
	p.mu.byGID = nil
	p.mu.Unlock()
	for _, x := range list {
		x.tx.Rollback()
	}
}
