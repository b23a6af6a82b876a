package tables

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// LockStatus is what became of a row since the statement saw it.
type LockStatus uint8

// The outcomes of Lock.
const (
	Unchanged LockStatus = iota
	Changed              // by a commit since the snapshot: Row is the newest version
	Gone
	Skipped // SKIP LOCKED, or changed by this very statement
)

// LockResult is the outcome of Lock.
type LockResult struct {
	Status LockStatus
	Row    types.Row
}

// Lock locks a row the statement has seen until the end of the transaction.
// Above READ COMMITTED a row that has changed is 40001.
func (t *Tx) Lock(ctx context.Context, table *catalog.Table, ref RowRef, strength LockStrength, wait LockWait) (LockResult, error) {
	if err := t.use(ctx, table, RowShareMode); err != nil {
		return LockResult{}, err
	}
	if err := t.acquireRow(ctx, ref.key, strength, wait); err != nil {
		if err != errSkipped {
			return LockResult{}, err
		}
		if wait == SkipLocked {
			return LockResult{Status: Skipped}, nil
		}
		return LockResult{}, sqlerr.New(sqlerr.LockNotAvailable, `could not obtain lock on row in relation "%s"`, table.Name)
	}
	if own := t.mine(ref.key); own != nil {
		var before *write
		if t.seen != nil {
			before, _ = t.seen.Get(own)
		}
		if before != own {
			return LockResult{Status: Skipped}, nil
		}
		return LockResult{Status: Unchanged}, nil
	}
	row, _, err := t.latest(table, ref.key)
	if err != nil {
		return LockResult{}, err
	}
	if row == nil {
		if t.opts.Isolation != ReadCommitted {
			return LockResult{}, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent delete")
		}
		// Somebody's delete is what is told now.
		t.maxSeen = max(t.maxSeen, t.store.engine.Applied())
		return LockResult{Status: Gone}, nil
	}
	if strength >= LockNoKeyUpdate {
		t.locked.key, t.locked.row = ref.key, row
	}
	if seqOf(row) == ref.seq {
		return LockResult{Status: Unchanged, Row: row}, nil
	}
	if t.opts.Isolation != ReadCommitted {
		return LockResult{}, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update")
	}
	t.maxSeen = max(t.maxSeen, seqOf(row))
	return LockResult{Status: Changed, Row: row}, nil
}
