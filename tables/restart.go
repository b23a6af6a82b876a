package tables

import (
	"context"
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/storage"
)

// Values that a sequence gives are outside transactions, but that it begins anew (ALTER
// SEQUENCE ... RESTART, TRUNCATE ... RESTART IDENTITY) is not: the new value is one of the
// transaction's writes, which goes when it is rolled back. Until it ends nobody else takes a
// value: who does holds the sequence's lock in ROW EXCLUSIVE mode, as on PostgreSQL.

// LockSequence takes the lock of who takes values from a sequence or sets them.
func (t *Tx) LockSequence(ctx context.Context, oid catalog.OID) error {
	if t.sequence == oid {
		return nil
	}
	if err := t.LockTable(ctx, oid, RowExclusiveMode, false); err != nil {
		return err
	}
	t.sequence = oid
	return nil
}

// LockSequenceToAlter takes the lock of who changes a sequence.
func (t *Tx) LockSequenceToAlter(ctx context.Context, oid catalog.OID) error {
	return t.LockTable(ctx, oid, ShareRowExclusiveMode, false)
}

// RestartSequence lets a sequence begin with a value when the transaction commits, and for
// the transaction itself at once. The sequence is locked to be altered.
func (t *Tx) RestartSequence(oid catalog.OID, value int64) {
	t.putSequence(oid, value, false)
	t.restarts = append(t.restarts, oid)
}

func (t *Tx) putSequence(oid catalog.OID, value int64, called bool) {
	t.put(&write{key: string(sequenceKey(oid)), value: encodeSequence(value, called)})
}

// restarted gives the value of a sequence that the transaction has restarted.
func (t *Tx) restarted(oid catalog.OID) (value int64, called, is bool) {
	if t.restarts == nil {
		return 0, false, false
	}
	w := t.mine(string(sequenceKey(oid)))
	if w == nil {
		return 0, false, false
	}
	value, called = decodeSequence(w.value)
	return value, called, true
}

// nextRestarted is NextVal of a sequence that the transaction has restarted.
func (t *Tx) nextRestarted(seq *catalog.Sequence, value int64, called bool) (int64, error) {
	if called {
		var err error
		if value, err = advance(seq, value); err != nil {
			return 0, err
		}
	}
	t.putSequence(seq.OID, value, true)
	return value, nil
}

// fillSequences adds to a log entry which sequences begin anew.
func (t *Tx) fillSequences(entry *logEntry) {
	if len(t.restarts) == 0 {
		return
	}
	t.own.Ascend(&write{key: string([]byte{storage.SpaceSequence})}, func(w *write) bool {
		if w.key[0] != storage.SpaceSequence {
			return false
		}
		value, called := decodeSequence(w.value)
		entry.sequence(sequenceOf(w.key), value, called)
		return true
	})
}

// sequenceOf reads the OID out of a sequence's key.
func sequenceOf(key string) catalog.OID { return catalog.OID(binary.BigEndian.Uint32([]byte(key[1:]))) }

// forgetSequences lets sequences be read anew from storage.
func (s *Store) forgetSequences(list []catalog.OID) {
	if len(list) == 0 {
		return
	}
	s.sequences.Lock()
	defer s.sequences.Unlock()
	for _, oid := range list {
		delete(s.sequences.state, oid)
	}
}
