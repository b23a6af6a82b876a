package tables

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
)

// A sequence reserves values in storage ahead, so that most are handed out without a
// write. A crash skips those left: up to sequenceAhead, as in PostgreSQL, unless so many
// have lasted for less than sequenceSoon; then it reserves twice as many, up to
// maxSequenceAhead.
const (
	sequenceAhead    = 32
	maxSequenceAhead = 4096
	sequenceSoon     = 20 * time.Millisecond
)

// sequenceState is a sequence in memory. Values are outside transactions: a
// rollback takes none back.
type sequenceState struct {
	last   int64
	called bool // last has been handed out
	// reserved counts the values that may be handed out before storage must know.
	reserved int64
	ahead    int64       // how many were reserved last
	at       time.Time   // when
	like     int64       // the increment they were reserved with
	stored   storage.Seq // the commit that reserved them
}

func sequenceKey(oid catalog.OID) []byte {
	return binary.BigEndian.AppendUint32([]byte{storage.SpaceSequence}, uint32(oid))
}

// encodeSequence is a sequence's stored value.
func encodeSequence(value int64, called bool) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(value)), boolByte(called))
}

func decodeSequence(stored []byte) (value int64, called bool) {
	return int64(binary.BigEndian.Uint64(stored)), stored[8] != 0
}

// load reads a sequence's stored value at its first use. The caller holds the
// mutex.
func (s *Store) loadSequence(seq *catalog.Sequence) (*sequenceState, error) {
	if st := s.sequences.state[seq.OID]; st != nil {
		return st, nil
	}
	st := &sequenceState{last: seq.Start}
	value, found, err := s.engine.GetLatest(sequenceKey(seq.OID), nil)
	if err != nil {
		return nil, translate(err)
	}
	if found {
		st.last, st.called = decodeSequence(value)
	}
	s.sequences.state[seq.OID] = st
	return st, nil
}

// storeSequence writes a sequence's value. It need not be durable before the
// transaction that uses it is, and commits are durable in order.
func (s *Store) storeSequence(oid catalog.OID, value int64, called bool) (storage.Seq, error) {
	b := s.engine.NewBatch()
	defer b.Close()
	b.Set(sequenceKey(oid), encodeSequence(value, called))
	var e logEntry
	e.sequence(oid, value, called)
	b.SetLog(e.bytes)
	seq, err := s.engine.Commit(b, unchanged, storage.CommitOptions{})
	return seq, translate(err)
}

// NextVal gives the next value of a sequence.
func (t *Tx) NextVal(seq *catalog.Sequence) (int64, error) {
	if value, called, is := t.restarted(seq.OID); is {
		return t.nextRestarted(seq, value, called)
	}
	s := t.store
	s.sequences.Lock()
	defer s.sequences.Unlock()
	st, err := s.loadSequence(seq)
	if err != nil {
		return 0, err
	}
	next := st.last
	if st.called {
		if next, err = advance(seq, st.last); err != nil {
			return 0, err
		}
	}
	if st.reserved == 0 || st.like != seq.Increment {
		ahead, count := next, int64(0)
		now := s.now()
		if st.ahead > 0 && now.Sub(st.at) < sequenceSoon {
			st.ahead = min(2*st.ahead, maxSequenceAhead)
		} else {
			st.ahead = sequenceAhead
		}
		st.at = now
		for count < st.ahead-1 {
			further, err := advance(seq, ahead)
			if err != nil || (further > ahead) != (seq.Increment > 0) {
				break // at the end, or round it
			}
			ahead, count = further, count+1
		}
		if st.stored, err = s.storeSequence(seq.OID, ahead, true); err != nil {
			return 0, err
		}
		st.reserved, st.like = count+1, seq.Increment
	}
	st.reserved--
	st.last, st.called = next, true
	// The value is not to be told before a crash can no longer give it again.
	t.maxSeen = max(t.maxSeen, st.stored)
	return next, nil
}

// advance is the value after another, within the limits.
func advance(seq *catalog.Sequence, value int64) (int64, error) {
	next := value + seq.Increment
	switch {
	case seq.Increment > 0 && (next > seq.Max || next < value):
		if seq.Cycle {
			return seq.Min, nil
		}
		return 0, sqlerr.New(sqlerr.SequenceGeneratorLimitExceeded, `nextval: reached maximum value of sequence "%s" (%d)`, seq.Name, seq.Max)
	case seq.Increment < 0 && (next < seq.Min || next > value):
		if seq.Cycle {
			return seq.Max, nil
		}
		return 0, sqlerr.New(sqlerr.SequenceGeneratorLimitExceeded, `nextval: reached minimum value of sequence "%s" (%d)`, seq.Name, seq.Min)
	}
	return next, nil
}

// SetVal sets a sequence's value; with called the next value is the one after.
func (t *Tx) SetVal(seq *catalog.Sequence, value int64, called bool) error {
	if _, _, is := t.restarted(seq.OID); is {
		t.putSequence(seq.OID, value, called)
		return nil
	}
	s := t.store
	s.sequences.Lock()
	defer s.sequences.Unlock()
	stored, err := s.storeSequence(seq.OID, value, called)
	if err != nil {
		return err
	}
	s.sequences.state[seq.OID] = &sequenceState{last: value, called: called}
	t.maxSeen = max(t.maxSeen, stored)
	return nil
}

// settleSequences gives back what sequences have reserved and not handed out,
// so that a stop in good order leaves no gap.
func (s *Store) settleSequences() error {
	s.sequences.Lock()
	defer s.sequences.Unlock()
	cat := s.Catalog()
	for oid, st := range s.sequences.state {
		if _, ok := cat.Get(oid).(*catalog.Sequence); !ok || st.reserved == 0 {
			continue
		}
		if _, err := s.storeSequence(oid, st.last, st.called); errors.Is(err, storage.ErrReadOnly) {
			return nil // the values reserved are skipped, as after a crash
		} else if err != nil {
			return err
		}
	}
	return nil
}

// SequenceValue reads a sequence without taking a value from it: its last
// value, how many values may still be handed out before storage must know, and
// whether the last value has been handed out.
func (t *Tx) SequenceValue(seq *catalog.Sequence) (last, reserved int64, called bool, err error) {
	if last, called, is := t.restarted(seq.OID); is {
		return last, 0, called, nil
	}
	s := t.store
	s.sequences.Lock()
	defer s.sequences.Unlock()
	st, err := s.loadSequence(seq)
	if err != nil {
		return 0, 0, false, err
	}
	return st.last, st.reserved, st.called, nil
}
