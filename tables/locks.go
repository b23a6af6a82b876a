package tables

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables/keys"
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

// rowModes are the row locks with PostgreSQL's conflict table.
var rowModes = [...]lock.Mode{
	LockKeyShare:    {Bit: 1, Conflicts: 8, Name: "ShareLock"},
	LockShare:       {Bit: 2, Conflicts: 4 | 8, Name: "ShareLock"},
	LockNoKeyUpdate: {Bit: 4, Conflicts: 2 | 4 | 8, Name: "ShareLock"},
	LockUpdate:      {Bit: 8, Conflicts: 1 | 2 | 4 | 8, Name: "ShareLock"},
}

// exclusive excludes itself: definitions, unique keys.
var exclusive = lock.Mode{Bit: 1, Conflicts: 1, Name: "ExclusiveLock"}

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
	return string(binary.BigEndian.AppendUint32([]byte{'t'}, uint32(oid)))
}

func describeLock(name string) string {
	switch {
	case name == "ddl":
		return "the catalog"
	case len(name) == 5 && name[0] == 't':
		return fmt.Sprintf("relation %d", binary.BigEndian.Uint32([]byte(name[1:])))
	case len(name) >= 5:
		return fmt.Sprintf("tuple of relation %d", binary.BigEndian.Uint32([]byte(name[1:5])))
	}
	return "object"
}

// errSkipped says that a lock is held by another and was not waited for.
var errSkipped = sqlerr.New(sqlerr.LockNotAvailable, "could not obtain lock")

// acquire takes a lock.
func (t *Tx) acquire(ctx context.Context, name string, m lock.Mode, wait LockWait) error {
	if t.owner.Holds(name, m) {
		return nil
	}
	if t.store.locks.TryAcquire(t.owner, name, m) {
		return nil
	}
	if wait != Block {
		return errSkipped
	}
	if t.opts.LockTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, t.opts.LockTimeout, sqlerr.New(sqlerr.LockNotAvailable, "canceling statement due to lock timeout"))
		defer cancel()
	}
	if err := t.store.locks.Acquire(ctx, t.owner, name, m); err != nil {
		return lockError(ctx, err)
	}
	return nil
}

// LockTable takes a table lock until the end of the transaction.
func (t *Tx) LockTable(ctx context.Context, oid catalog.OID, mode LockMode, noWait bool) error {
	wait := Block
	if noWait {
		wait = NoWait
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
	name := tableLock(table.OID)
	if t.owner.Holds(name, tableModes[mode]) {
		return nil
	}
	if err := t.LockTable(ctx, table.OID, mode, false); err != nil {
		return err
	}
	if now := t.Catalog().Table(table.OID); now != table {
		if now == nil {
			return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, table.Name)
		}
		// Privileges and comments do not matter to a statement under way.
		if !sameShape(now, table) {
			return sqlerr.New(sqlerr.SerializationFailure, `table "%s" was altered by a concurrent transaction`, table.Name)
		}
	}
	return nil
}

// sameShape says whether a statement planned with one descriptor may run on
// the other.
func sameShape(a, b *catalog.Table) bool {
	return slices.EqualFunc(a.Columns, b.Columns, func(x, y *catalog.Column) bool {
		return x.Num == y.Num && x.Type.Same(y.Type.Type) && x.NotNull == y.NotNull
	}) && slices.EqualFunc(a.Indexes, b.Indexes, func(x, y *catalog.Index) bool { return x.OID == y.OID })
}

func endOf(prefix []byte) []byte { return keys.End(prefix) }

func sortByOrder(list []*write) {
	slices.SortFunc(list, func(a, b *write) int { return a.row.order - b.row.order })
}
