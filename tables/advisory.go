package tables

import (
	"context"
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/tables/lock"
)

// Advisory locks are named by numbers, and mean whatever clients agree on. A
// transaction holds them until it ends, or until the savepoint before is returned
// to; a session until it gives each back as often as it took it.

// AdvisoryKey names a lock: an int8, or a pair of int4s, which is another space
// of names.
type AdvisoryKey struct {
	Database catalog.OID
	Pair     bool
	Number   int64
}

// name is the key's in the lock table.
func (k AdvisoryKey) name() string {
	b := binary.BigEndian.AppendUint32([]byte{'a'}, uint32(k.Database))
	space := byte(1)
	if k.Pair {
		space = 2
	}
	return string(binary.BigEndian.AppendUint64(append(b, space), uint64(k.Number)))
}

// advisoryNameSize is the length of an advisory lock's name.
const advisoryNameSize = 1 + 4 + 1 + 8

// advisoryModes are shared and exclusive.
var advisoryModes = map[bool]lock.Mode{
	false: {Bit: 1, Conflicts: 2, Name: "ShareLock"},
	true:  {Bit: 2, Conflicts: 1 | 2, Name: "ExclusiveLock"},
}

// AdvisoryMode names the mode of an advisory lock.
func AdvisoryMode(exclusive bool) string { return advisoryModes[exclusive].Name }

// SessionLocks are the locks that a session holds beyond its transactions. They
// belong to the goroutine that the session's transaction belongs to.
type SessionLocks struct {
	store *Store
	owner lock.Owner
	times map[sessionHold]int // how often each has been taken
}

type sessionHold struct {
	key       AdvisoryKey
	exclusive bool
}

// NewSessionLocks makes the locks of a session, which has none.
func (s *Store) NewSessionLocks(pid int32) *SessionLocks {
	return &SessionLocks{store: s, owner: lock.Owner{ID: pid}, times: map[sessionHold]int{}}
}

// LockAdvisory takes an advisory lock for the transaction, or for its session.
// It answers false if it was not to be waited for and somebody else has it.
func (t *Tx) LockAdvisory(ctx context.Context, key AdvisoryKey, exclusive, session bool, wait LockWait) (bool, error) {
	owner := &t.owner
	hold := sessionHold{key, exclusive}
	if session {
		owner = &t.opts.Session.owner
		if t.opts.Session.times[hold] > 0 {
			t.opts.Session.times[hold]++
			return true, nil
		}
	}
	err := t.acquireFor(ctx, owner, key.name(), advisoryModes[exclusive], wait)
	switch {
	case err == errSkipped:
		return false, nil
	case err != nil:
		return false, err
	case session:
		t.opts.Session.times[hold]++
	}
	return true, nil
}

// Unlock gives a lock of the session's back once; false if it has none.
func (l *SessionLocks) Unlock(key AdvisoryKey, exclusive bool) bool {
	hold := sessionHold{key, exclusive}
	if l.times[hold] == 0 {
		return false
	}
	if l.times[hold]--; l.times[hold] == 0 {
		delete(l.times, hold)
		l.store.locks.Release(&l.owner, key.name(), advisoryModes[exclusive])
	}
	return true
}

// UnlockAll gives all locks of the session's back.
func (l *SessionLocks) UnlockAll() {
	clear(l.times)
	l.store.locks.ReleaseAll(&l.owner)
}
