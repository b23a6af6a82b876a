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
	return t.lockRow(ctx, table, ref, nil, strength, wait)
}

// Lock locks the current row; see Tx.Lock.
func (c *Cursor) Lock(ctx context.Context, strength LockStrength, wait LockWait) (LockResult, error) {
	return c.tx.lockRow(ctx, c.scan.Table, c.Ref(), c, strength, wait)
}

// whole gives the current row to keep, if all of it has been read and nobody has written
// the table since what the cursor sees: then it is the newest version too. To be asked
// once the row is locked: whoever had it so before has committed by then, or not at all.
func (c *Cursor) whole() types.Row {
	width := len(c.scan.Table.Columns) + SystemValues
	if c.scan.Need != nil || c.scan.NoVersion || len(c.row) < width || c.tx.store.lastWrites.of(c.scan.Table.OID) > c.snap.Seq() {
		return nil
	}
	return c.row[:width:width].Clone()
}

// lockRow is Lock; seen, unless it is nil, is a cursor that is on the row.
func (t *Tx) lockRow(ctx context.Context, table *catalog.Table, ref RowRef, seen *Cursor, strength LockStrength, wait LockWait) (LockResult, error) {
	if err := t.use(ctx, table, RowShareMode); err != nil {
		return LockResult{}, err
	}
	if skipped, err := t.lockKey(ctx, table, ref.key, strength, wait); skipped || err != nil {
		return LockResult{Status: Skipped}, err
	}
	if own := t.mine(ref.key); own != nil {
		if !own.same(t.seen.get(t, ref.key)) {
			return LockResult{Status: Skipped}, nil
		}
		return LockResult{Status: Unchanged}, nil
	}
	var row types.Row
	var err error
	if seen != nil {
		row = seen.whole()
	}
	if row == nil {
		row, _, err = t.latest(table, ref.key)
	}
	if err != nil {
		return LockResult{}, err
	}
	if row == nil {
		if t.opts.Isolation != ReadCommitted {
			return LockResult{}, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent delete")
		}
		return t.follow(ctx, table, ref, strength, wait)
	}
	if strength >= LockNoKeyUpdate {
		if err := t.mayChange(seqOf(table, row), strength); err != nil {
			return LockResult{}, err
		}
		t.locked.key, t.locked.strength, t.locked.row = ref.key, strength, row
	}
	if seqOf(table, row) == ref.seq {
		return LockResult{Status: Unchanged, Row: row}, nil
	}
	if strength == LockKeyShare {
		if kept, err := t.keepsKeys(table, ref.key, row); kept || err != nil {
			return LockResult{Status: Unchanged}, err
		}
	}
	if t.opts.Isolation != ReadCommitted {
		return LockResult{}, sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to concurrent update")
	}
	t.maxSeen = max(t.maxSeen, seqOf(table, row))
	return LockResult{Status: Changed, Row: row}, nil
}

// keepsKeys says whether a row has the keys now that it has in the snapshot: a
// change of other columns does not concern who only holds them.
func (t *Tx) keepsKeys(table *catalog.Table, key string, now types.Row) (bool, error) {
	value, found, err := t.view().Get([]byte(key), nil)
	if err != nil || !found {
		return false, translate(err)
	}
	then := make(types.Row, len(table.Columns)+SystemValues)
	if _, err := t.store.decodeRow(table, value, nil, then, 0); err != nil {
		return false, err
	}
	return !losesKey(table, then, now), nil
}

// lockKey takes the row lock of a key. skipped says that another has it and that
// it is not to be waited for.
func (t *Tx) lockKey(ctx context.Context, table *catalog.Table, key string, strength LockStrength, wait LockWait) (skipped bool, err error) {
	err = t.acquireRow(ctx, key, strength, wait)
	switch {
	case err != errSkipped:
		return false, err
	case wait == SkipLocked:
		return true, nil
	}
	return false, sqlerr.New(sqlerr.LockNotAvailable, `could not obtain lock on row in relation "%s"`, table.Name)
}

// follow locks a row that has left the key at which the statement saw it. Update
// and Delete then find it by its old key.
func (t *Tx) follow(ctx context.Context, table *catalog.Table, ref RowRef, strength LockStrength, wait LockWait) (LockResult, error) {
	// Somebody's change is what is told now.
	t.maxSeen = max(t.maxSeen, t.store.engine.Applied())
	for key, hops := ref.key, 0; hops < maxHops; hops++ {
		to, moved := t.store.moves.after(key, ref.seq)
		if !moved {
			break
		}
		if to == "" {
			return LockResult{}, sqlerr.New(sqlerr.SerializationFailure, "tuple to be locked was already moved to another partition due to concurrent update")
		}
		if skipped, err := t.lockKey(ctx, table, to, strength, wait); skipped || err != nil {
			return LockResult{Status: Skipped}, err
		}
		row, _, err := t.latest(table, to)
		if err != nil {
			return LockResult{}, err
		}
		if row != nil {
			if t.followed == nil {
				t.followed = map[string]string{}
			}
			t.followed[ref.key] = to
			return LockResult{Status: Changed, Row: row}, nil
		}
		key = to
	}
	return LockResult{Status: Gone}, nil
}

// maxHops bounds how often a row is followed that goes on moving.
const maxHops = 16
