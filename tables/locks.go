package tables

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables/lock"
)

// LockStrength is the strength of a row lock.
type LockStrength uint8

// The row lock strengths, weakest first.
const (
	LockKeyShare LockStrength = iota
	LockShare
	LockNoKeyUpdate
	LockUpdate
)

// rowModes are the row locks with PostgreSQL's conflict table. As there, who may
// share a row with its holders need not wait behind those who may not.
var rowModes = [...]lock.Mode{
	LockKeyShare:    {Bit: 1, Conflicts: 8, Joins: true, Enough: 2 | 4 | 8},
	LockShare:       {Bit: 2, Conflicts: 4 | 8, Joins: true, Enough: 4 | 8},
	LockNoKeyUpdate: {Bit: 4, Conflicts: 2 | 4 | 8, Joins: true, Enough: 8},
	LockUpdate:      {Bit: 8, Conflicts: 1 | 2 | 4 | 8, Joins: true},
}

// exclusive excludes itself: definitions, unique keys.
var exclusive = lock.Mode{Bit: 1, Conflicts: 1}

// LockMode is a mode of a table lock.
type LockMode uint8

// The table lock modes, weakest first.
const (
	AccessShareMode LockMode = iota
	RowShareMode
	RowExclusiveMode
	ShareUpdateExclusiveMode
	ShareMode
	ShareRowExclusiveMode
	ExclusiveMode
	AccessExclusiveMode
)

// tableModes are the table locks with PostgreSQL's conflict table.
var tableModes = func() [8]lock.Mode {
	conflicts := [8][]LockMode{
		AccessShareMode:          {AccessExclusiveMode},
		RowShareMode:             {ExclusiveMode, AccessExclusiveMode},
		RowExclusiveMode:         {ShareMode, ShareRowExclusiveMode, ExclusiveMode, AccessExclusiveMode},
		ShareUpdateExclusiveMode: {ShareUpdateExclusiveMode, ShareMode, ShareRowExclusiveMode, ExclusiveMode, AccessExclusiveMode},
		ShareMode:                {RowExclusiveMode, ShareUpdateExclusiveMode, ShareRowExclusiveMode, ExclusiveMode, AccessExclusiveMode},
		ShareRowExclusiveMode:    {RowExclusiveMode, ShareUpdateExclusiveMode, ShareMode, ShareRowExclusiveMode, ExclusiveMode, AccessExclusiveMode},
		ExclusiveMode:            {RowShareMode, RowExclusiveMode, ShareUpdateExclusiveMode, ShareMode, ShareRowExclusiveMode, ExclusiveMode, AccessExclusiveMode},
		AccessExclusiveMode:      {AccessShareMode, RowShareMode, RowExclusiveMode, ShareUpdateExclusiveMode, ShareMode, ShareRowExclusiveMode, ExclusiveMode, AccessExclusiveMode},
	}
	names := [8]string{"AccessShareLock", "RowShareLock", "RowExclusiveLock", "ShareUpdateExclusiveLock", "ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"}
	var modes [8]lock.Mode
	for m := range modes {
		modes[m] = lock.Mode{Bit: 1 << m, Name: names[m]}
		for _, c := range conflicts[m] {
			modes[m].Conflicts |= 1 << c
		}
	}
	return modes
}()

// LockWait says what to do when a lock is taken.
type LockWait uint8

// The ways to wait.
const (
	Block LockWait = iota
	NoWait
	SkipLocked
)

// tableLock names the lock of a table.
func tableLock(oid catalog.OID) string {
	name := [5]byte{'t'}
	binary.BigEndian.PutUint32(name[1:], uint32(oid))
	return string(name[:])
}

// describeWait says what one edge of a deadlock waits for: a relation, or the
// end of the transaction that holds a row, a key or the definitions.
func (t *Tx) describeWait(w lock.Wait) string {
	if isAdvisoryLock(w.Lock) {
		k := advisoryKey(w.Lock)
		space := 1
		if k.Pair {
			space = 2
		}
		return fmt.Sprintf("%s on advisory lock [%d,%d,%d,%d]", w.Mode, k.Database, uint32(k.Number>>32), uint32(k.Number), space)
	}
	if !isTableLock(w.Lock) {
		return fmt.Sprintf("ShareLock on transaction %d", w.Transaction)
	}
	oid, database := catalog.OID(binary.BigEndian.Uint32([]byte(w.Lock[1:]))), catalog.OID(0)
	if table := t.Catalog().Table(oid); table != nil {
		database = table.Database
	}
	return fmt.Sprintf("%s on relation %d of database %d", w.Mode, oid, database)
}

// errSkipped says that a lock is held by another and was not waited for.
var errSkipped = sqlerr.New(sqlerr.LockNotAvailable, "could not obtain lock")

// acquire takes a lock.
func (t *Tx) acquire(ctx context.Context, name string, m lock.Mode, wait LockWait) error {
	return t.acquireFor(ctx, &t.owner, name, m, wait)
}

// acquireFor takes a lock for the transaction or its session.
func (t *Tx) acquireFor(ctx context.Context, owner *lock.Owner, name string, m lock.Mode, wait LockWait) error {
	if t.store.locks.TryAcquire(owner, name, m) {
		return nil
	}
	if wait != Block {
		if t.store.locks.Full(name) {
			return errTooManyLocks
		}
		return errSkipped
	}
	return t.waitForLock(ctx, func(ctx context.Context) error { return t.store.locks.Acquire(ctx, owner, name, m) })
}

// waitForLock waits no longer than a lock may be waited for.
func (t *Tx) waitForLock(ctx context.Context, wait func(context.Context) error) error {
	if t.opts.LockTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t.opts.LockTimeout, sqlerr.New(sqlerr.LockNotAvailable, "canceling statement due to lock timeout"))
		defer cancel()
	}
	if err := wait(ctx); err != nil {
		return t.lockError(err)
	}
	return nil
}

// acquireRow takes a row lock. A stronger one that the transaction has already
// serves.
func (t *Tx) acquireRow(ctx context.Context, key string, strength LockStrength, wait LockWait) error {
	if t.locked.row != nil && t.locked.strength >= strength && t.locked.key == key {
		return nil
	}
	return t.acquire(ctx, key, rowModes[strength], wait)
}

// LockTable takes a table lock until the end of the transaction.
func (t *Tx) LockTable(ctx context.Context, oid catalog.OID, mode LockMode, noWait bool) error {
	wait := Block
	if noWait {
		wait = NoWait
	}
	if table := t.Catalog().Table(oid); table != nil && table.Temporary {
		t.temporary = true
	}
	err := t.acquire(ctx, tableLock(oid), tableModes[mode], wait)
	if err == errSkipped {
		name := ""
		if table := t.Catalog().Table(oid); table != nil {
			name = table.Name
		}
		return sqlerr.New(sqlerr.LockNotAvailable, `could not obtain lock on relation "%s"`, name)
	}
	return err
}

// use locks a table for a statement and makes sure that the definition the
// statement was planned with still holds.
func (t *Tx) use(ctx context.Context, table *catalog.Table, mode LockMode) error {
	bit := tableModes[mode].Bit
	if t.used.table == table && t.used.modes&bit != 0 {
		return nil
	}
	if err := t.holdTable(ctx, table, mode); err != nil {
		return err
	}
	if t.used.table != table {
		t.used.table, t.used.modes = table, 0
	}
	t.used.modes |= bit
	return nil
}

func (t *Tx) holdTable(ctx context.Context, table *catalog.Table, mode LockMode) error {
	t.temporary = t.temporary || table.Temporary
	held := t.store.locks.Holds(&t.owner, tableLock(table.OID), tableModes[mode])
	if !held {
		if err := t.LockTable(ctx, table.OID, mode, false); err != nil {
			return err
		}
	}
	// Whoever has locked it for the statement has not looked at its rows.
	if t.opts.Isolation != ReadCommitted && t.snap != nil && t.store.rewrites.after(table.OID, t.snap.Seq()) {
		return sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update")
	}
	if held {
		return nil
	}
	if now := t.Catalog().Table(table.OID); now != table {
		if now == nil {
			return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, table.Name)
		}
		// Privileges and comments do not matter to a statement under way, nor do indexes that have come since
		// it locked the table: who makes them waits for its transaction.
		if !sameShape(now, table) && !t.locksToo(table.OID, mode) {
			return sqlerr.New(sqlerr.SerializationFailure, `table "%s" was altered by a concurrent transaction`, table.Name)
		}
	}
	return nil
}

// locksToo says whether the transaction has a table locked in another mode as well.
func (t *Tx) locksToo(oid catalog.OID, than LockMode) bool {
	for mode := AccessShareMode; mode <= AccessExclusiveMode; mode++ {
		if mode != than && t.store.locks.Holds(&t.owner, tableLock(oid), tableModes[mode]) {
			return true
		}
	}
	return false
}

// sameShape says whether a statement planned with one descriptor may run on
// the other.
func sameShape(a, b *catalog.Table) bool {
	return slices.EqualFunc(a.Columns, b.Columns, func(x, y *catalog.Column) bool {
		return x.Num == y.Num && x.Type.Same(y.Type.Type) && x.NotNull == y.NotNull && x.Default == y.Default && x.Generated == y.Generated
	}) && slices.EqualFunc(a.Foreign, b.Foreign, func(x, y *catalog.ForeignKey) bool { return x.OID == y.OID }) &&
		slices.EqualFunc(a.Triggers, b.Triggers, func(x, y *catalog.Trigger) bool { return x.OID == y.OID && x.Enabled == y.Enabled }) && slices.EqualFunc(a.Indexes, b.Indexes, func(x, y *catalog.Index) bool { return x.OID == y.OID }) &&
		slices.EqualFunc(a.Checks, b.Checks, func(x, y *catalog.Check) bool { return x.OID == y.OID })
}

// errTooManyLocks is what a full lock table means.
var errTooManyLocks = sqlerr.New(sqlerr.OutOfMemory, "out of shared memory").WithHint("You might need to increase --max-locks.")

// lockError turns a failure of the lock table into the SQL error.
func (t *Tx) lockError(err error) error {
	var d *lock.Deadlock
	if errors.As(err, &d) {
		if t.opts.Deadlocked != nil {
			t.opts.Deadlocked()
		}
		detail := ""
		for i, w := range d.Circle {
			if i > 0 {
				detail += "\n"
			}
			detail += fmt.Sprintf("Process %d waits for %s; blocked by process %d.", w.Waiter, t.describeWait(w), w.Holder)
		}
		return sqlerr.New(sqlerr.DeadlockDetected, "deadlock detected").WithDetail("%s", detail).WithHint("See server log for query details.")
	}
	if err == lock.ErrFull {
		return errTooManyLocks
	}
	var e *sqlerr.Error
	if errors.As(err, &e) {
		return e
	}
	return translate(err)
}
