package session

import (
	"context"
	"time"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/exec/ddl"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// txState is the session's place in a transaction.
type txState struct {
	tx *tables.Tx
	// labels is the mark of labels that the transaction adds to enums; nil: it adds none.
	labels *types.Uncommitted
	// block: BEGIN has been said. Without it a transaction lasts until the end
	// of the query string or until Sync.
	block bool
	// failed: a statement in the block failed; only its end is accepted.
	failed bool
	// wrote: a statement of this implicit transaction has run already, so that
	// statements that cannot be in a transaction block are refused.
	statements int
	isolation  tables.Isolation
	// uncommitted: the isolation was asked for as READ UNCOMMITTED, which is
	// READ COMMITTED by another name.
	uncommitted bool
	readOnly    bool
	// deferrable is shown, and asks for what every transaction has: a snapshot that is
	// safe to begin with.
	deferrable bool
	started    time.Time
	statement  time.Time
	savepoints []savepoint
	// settings is the state of the settings to restore on rollback.
	settings settingsMark
	// largeObjects are those that are open, by their numbers.
	largeObjects []*descriptor
	listens      []listening // LISTEN and UNLISTEN take effect at commit
	// position is the commit of the transaction before this one or, if that only
	// read, the newest commit it saw; zero if it did neither.
	position storage.Seq
}

// savepoint is one SAVEPOINT of the block.
type savepoint struct {
	name     string
	mark     tables.Mark
	settings settingsMark
	listens  int
	// constraints is what was still to be checked.
	constraints exec.ConstraintState
}

// Status is the transaction status of ReadyForQuery.
func (s *Session) Status() Status {
	switch {
	case s.tx.block && s.tx.failed:
		return 'E'
	case s.tx.block:
		return 'T'
	}
	return 'I'
}

// ensureTx begins a transaction unless there is one.
func (s *Session) ensureTx() {
	now := s.now
	if now.IsZero() {
		now = s.server.opts.Now()
	}
	s.tx.statement = now
	if s.tx.tx != nil {
		s.tx.tx.SetLockTimeout(s.settings.lockTimeout)
		return
	}
	s.started(now)
	s.tx.isolation, s.tx.readOnly = s.settings.defaultIsolation, s.settings.defaultReadOnly
	s.tx.uncommitted = s.settings.value("default_transaction_isolation") == readUncommitted
	s.tx.deferrable = s.settings.value("default_transaction_deferrable") == "on"
	s.openTx()
}

// started notes when the transaction begins, which now() and 'now' give.
func (s *Session) started(at time.Time) {
	s.tx.started = at
	s.txTime.Store(at.UnixNano())
}

// inputTime is what 'now' in a text stands for: the start of the transaction or, outside of
// one, the time. Any goroutine may call it.
func (s *Session) inputTime() time.Time {
	if at := s.txTime.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return s.server.opts.Now()
}

const readUncommitted = "read uncommitted"

// openTx begins the store's transaction with the isolation and mode chosen.
func (s *Session) openTx() {
	opts := s.txOptions()
	opts.Isolation, opts.ReadOnly = s.tx.isolation, s.tx.readOnly
	s.tx.tx = s.store().Begin(opts)
	s.constraints.Begin(s.tx.tx)
	s.tx.settings = s.settings.mark()
	s.tx.statements = 0
}

// txOptions are those of a transaction of the session's, but for its modes.
func (s *Session) txOptions() tables.TxOptions {
	return tables.TxOptions{
		Sync: s.settings.synchronousCommit, PID: s.pid, Database: s.database.OID, LockTimeout: s.settings.lockTimeout, Session: s.locks,
		SpillBytes: s.settings.spillBytes(), Shown: s.shown, Deadlocked: s.counts.deadlocked, Routines: s.routineContext,
	}
}

// spillBytes is after how many bytes a transaction's writes go to files, the store's own
// number unless all is to go there that may.
func (s *settings) spillBytes() int64 {
	if s.spillAlways {
		return spillAlwaysBytes
	}
	return 0
}

const spillAlwaysBytes = 8 << 10

// commit ends the transaction. When it cannot commit, everything is rolled
// back and the error says why.
func (s *Session) commit(ctx context.Context) error {
	tx := s.tx.tx
	if tx == nil {
		s.hearOut(ctx)
		if _, err := s.listenEarly(ctx); err != nil {
			s.endTx(false)
			return err
		}
		s.endTx(true)
		return nil
	}
	if err := s.constraints.EndTransaction(ctx); err != nil {
		s.rollback()
		return err
	}
	if schema := s.tempSchema(tx.Catalog()); schema != nil {
		if err := ddl.CommitTemporary(ctx, tx, schema); err != nil {
			s.rollback()
			return err
		}
	}
	s.closePortals(func(po *portal) bool { return po.cursor != nil && po.cursor.hold })
	s.hearOut(ctx)
	// One hears one's own notifications, of the transaction that said LISTEN too.
	undo, err := s.listenEarly(ctx)
	if err != nil {
		s.rollback()
		return err
	}
	seq, err := tx.Commit(ctx)
	s.tx.tx = nil
	if err != nil {
		undo()
		s.counts.rollbacks.Add(1)
		s.endTx(false)
		return err
	}
	s.counts.commits.Add(1)
	for _, po := range s.portals {
		if po.cursor != nil {
			po.cursor.kept, po.level = true, 0
		}
	}
	s.tx.position = max(seq, tx.SnapshotSeq())
	s.endTx(true)
	if seq > 0 && len(s.listening) > 0 {
		// What one's own commit tells oneself precedes ReadyForQuery: this waits until
		// it is queued, for nobody's socket, and only a session that listens waits.
		// The commit stands whatever becomes of the wait.
		_ = s.server.opts.Hub.Await(ctx, seq)
	}
	return nil
}

// rollback ends the transaction without effect.
func (s *Session) rollback() {
	s.closePortals((*portal).held)
	if s.tx.tx != nil {
		s.tx.tx.Rollback()
		s.tx.tx = nil
		s.counts.rollbacks.Add(1)
	}
	s.endTx(false)
}

// endTx settles what hangs on the end of a transaction.
func (s *Session) endTx(committed bool) {
	if s.tx.settings.values != nil {
		s.settings.endTransaction(s.tx.settings, committed)
	}
	s.own = nil
	s.constraints.Release()
	s.tx.labels.End()
	listens := s.tx.listens
	s.tx = txState{position: s.tx.position}
	s.txTime.Store(0)
	if committed {
		s.settle(listens)
	}
}

// fail notes that a statement has failed: an implicit transaction is rolled
// back at once, a block waits for its end.
func (s *Session) fail() {
	if s.tx.block {
		if s.tx.tx != nil && !s.tx.failed {
			// What has been done since the last savepoint is undone at once, so that
			// nobody waits for it.
			if n := len(s.tx.savepoints); n > 0 {
				s.tx.tx.RollbackTo(s.tx.savepoints[n-1].mark)
			} else {
				s.tx.tx.Abort()
			}
		}
		s.tx.failed = true
		return
	}
	s.rollback()
}

// Fail notes that the transport has sent an error in the extended protocol.
func (s *Session) Fail() { s.fail() }

// mayRun refuses statements in a failed block.
func (s *Session) mayRun(stmt ast.Statement) error {
	if !s.tx.failed {
		return nil
	}
	if t, ok := stmt.(*ast.TransactionStmt); ok {
		switch t.Op {
		case ast.TransCommit, ast.TransRollback, ast.TransRollbackTo, ast.TransPrepare:
			return nil
		}
	}
	return sqlerr.New(sqlerr.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")
}

// notInBlock refuses statements that PostgreSQL runs outside blocks only.
func (s *Session) notInBlock(what string) error {
	if s.routines.depth > 0 {
		return sqlerr.New(sqlerr.ActiveSQLTransaction, "%s cannot be executed from a function", what)
	}
	if s.tx.block || s.together {
		return sqlerr.New(sqlerr.ActiveSQLTransaction, "%s cannot run inside a transaction block", what)
	}
	if s.tx.statements > 1 {
		return sqlerr.New(sqlerr.ActiveSQLTransaction, "%s cannot be executed within a pipeline", what)
	}
	return nil
}

// transaction runs BEGIN, COMMIT, SAVEPOINT and their kin.
func (s *Session) transaction(ctx context.Context, t *ast.TransactionStmt, w ResultWriter) (tag string, err error) {
	switch t.Op {
	case ast.TransBegin, ast.TransStart:
		tag = "BEGIN"
		if t.Op == ast.TransStart {
			tag = "START TRANSACTION"
		}
		if s.tx.block {
			return tag, s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.ActiveSQLTransaction, "there is already a transaction in progress"))
		}
		s.ensureTx()
		s.tx.block = true
		return tag, s.transactionModes(t.Options)
	case ast.TransCommit:
		return s.commitBlock(ctx, t, w)
	case ast.TransRollback:
		return s.rollbackBlock(t, w)
	case ast.TransSavepoint, ast.TransRelease, ast.TransRollbackTo:
		return s.savepoint(t)
	}
	return s.twoPhase(ctx, t, w)
}

func (s *Session) commitBlock(ctx context.Context, t *ast.TransactionStmt, w ResultWriter) (string, error) {
	if !s.tx.block {
		if t.Chain {
			return "", sqlerr.New(sqlerr.NoActiveSQLTransaction, "COMMIT AND CHAIN can only be used in transaction blocks")
		}
		if err := s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.NoActiveSQLTransaction, "there is no transaction in progress")); err != nil {
			return "", err
		}
		return "COMMIT", s.commit(ctx)
	}
	isolation, readOnly, deferrable := s.tx.isolation, s.tx.readOnly, s.tx.deferrable
	tag := "COMMIT"
	var err error
	if s.tx.failed {
		tag = "ROLLBACK"
		s.rollback()
	} else if err = s.commit(ctx); err != nil {
		return "", err
	}
	if t.Chain {
		s.chain(isolation, readOnly, deferrable)
	}
	return tag, nil
}

func (s *Session) rollbackBlock(t *ast.TransactionStmt, w ResultWriter) (string, error) {
	if !s.tx.block {
		if t.Chain {
			return "", sqlerr.New(sqlerr.NoActiveSQLTransaction, "ROLLBACK AND CHAIN can only be used in transaction blocks")
		}
		err := s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.NoActiveSQLTransaction, "there is no transaction in progress"))
		s.rollback()
		return "ROLLBACK", err
	}
	isolation, readOnly, deferrable := s.tx.isolation, s.tx.readOnly, s.tx.deferrable
	s.rollback()
	if t.Chain {
		s.chain(isolation, readOnly, deferrable)
	}
	return "ROLLBACK", nil
}

// chain begins the next block with the modes of the last.
func (s *Session) chain(isolation tables.Isolation, readOnly, deferrable bool) {
	s.ensureTx()
	s.tx.tx.Rollback()
	s.tx.isolation, s.tx.readOnly, s.tx.deferrable = isolation, readOnly, deferrable
	s.openTx()
	s.tx.block = true
}

func (s *Session) savepoint(t *ast.TransactionStmt) (string, error) {
	name := map[ast.TransactionOp]string{ast.TransSavepoint: "SAVEPOINT", ast.TransRelease: "RELEASE SAVEPOINT", ast.TransRollbackTo: "ROLLBACK TO SAVEPOINT"}[t.Op]
	if !s.tx.block {
		return "", sqlerr.New(sqlerr.NoActiveSQLTransaction, "%s can only be used in transaction blocks", name)
	}
	if t.Op == ast.TransSavepoint {
		if len(s.tx.savepoints) >= s.server.opts.MaxSavepoints {
			return "", sqlerr.New(sqlerr.ConfigurationLimitExceeded, "too many savepoints in this transaction")
		}
		s.tx.savepoints = append(s.tx.savepoints, savepoint{name: t.Savepoint, mark: s.tx.tx.Savepoint(), settings: s.settings.mark(), listens: len(s.tx.listens), constraints: s.constraints.Mark()})
		return "SAVEPOINT", nil
	}
	at := len(s.tx.savepoints) - 1
	for at >= 0 && s.tx.savepoints[at].name != t.Savepoint {
		at--
	}
	if at < 0 {
		return "", sqlerr.New(sqlerr.InvalidSavepointSpecification, `savepoint "%s" does not exist`, t.Savepoint)
	}
	sp := s.tx.savepoints[at]
	if t.Op == ast.TransRelease {
		s.tx.tx.Release(sp.mark)
		s.tx.savepoints = s.tx.savepoints[:at]
		for _, po := range s.portals { // they belong to what is around now
			po.level = min(po.level, at)
		}
		s.keepLargeObjects(at)
		return "RELEASE", nil
	}
	s.tx.tx.RollbackTo(sp.mark)
	s.constraints.Return(sp.constraints)
	s.settings.restore(sp.settings)
	s.tx.listens = s.tx.listens[:sp.listens]
	s.tx.savepoints = s.tx.savepoints[:at+1]
	s.closePortals(func(po *portal) bool { return po.level <= at })
	s.closeLargeObjects(at)
	s.tx.failed = false
	return "ROLLBACK", nil
}

// transactionModes applies ISOLATION LEVEL, READ ONLY and DEFERRABLE to the
// transaction.
func (s *Session) transactionModes(options []*ast.DefElem) error {
	isolation, readOnly, uncommitted, deferrable := s.tx.isolation, s.tx.readOnly, s.tx.uncommitted, s.tx.deferrable
	for _, o := range options {
		value := optionString(o)
		switch o.Name {
		case "transaction_isolation":
			level, err := parseIsolation(value)
			if err != nil {
				return err
			}
			isolation, uncommitted = level, value == readUncommitted
		case "transaction_read_only":
			readOnly = optionBool(o)
		case "transaction_deferrable":
			deferrable = optionBool(o)
		}
	}
	if err := s.setModes(isolation, readOnly); err != nil {
		return err
	}
	s.tx.uncommitted, s.tx.deferrable = uncommitted, deferrable
	return nil
}

// setModes changes the isolation and mode of the transaction, which is possible
// before its first statement.
func (s *Session) setModes(isolation tables.Isolation, readOnly bool) error {
	if isolation == s.tx.isolation && readOnly == s.tx.readOnly {
		return nil
	}
	if s.tx.statements > 0 {
		if isolation != s.tx.isolation {
			return sqlerr.New(sqlerr.ActiveSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query")
		}
		if !readOnly {
			return sqlerr.New(sqlerr.ActiveSQLTransaction, "transaction read-write mode must be set before any query")
		}
		s.tx.readOnly = true
		s.tx.tx.SetReadOnly()
		return nil
	}
	s.tx.isolation, s.tx.readOnly = isolation, readOnly
	s.tx.tx.SetModes(isolation, readOnly)
	return nil
}

func parseIsolation(value string) (tables.Isolation, error) {
	switch value {
	case "read committed", readUncommitted:
		return tables.ReadCommitted, nil
	case "repeatable read":
		return tables.RepeatableRead, nil
	case "serializable":
		return tables.Serializable, nil
	}
	return 0, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "transaction_isolation": "%s"`, value)
}

// uncommittedLabels is the transaction's mark on the labels that it adds to enums.
func (t *txState) uncommittedLabels() *types.Uncommitted {
	if t.labels == nil {
		t.labels = &types.Uncommitted{}
	}
	return t.labels
}
