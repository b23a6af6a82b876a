package live

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

const (
	// logIdle is how long what has been read of the log is kept for the next round.
	logIdle = time.Second
	// logBytes bounds it; beyond, the log is read again.
	logBytes = 64 << 20
)

// recentLog is a part of the change log, decoded. Rounds of catching up that follow
// each other read mostly the same.
type recentLog struct {
	sets        []*tables.ChangeSet // all after from up to until
	from, until storage.Seq
	bytes       int
}

// read gives the change sets after from up to until, in order.
func (l *recentLog) read(ctx context.Context, store *tables.Store, from, until storage.Seq, take func(*tables.ChangeSet)) error {
	if l.bytes > logBytes || from < l.from || from > l.until {
		*l = recentLog{from: from, until: from}
	}
	at, _ := slices.BinarySearchFunc(l.sets, from+1, func(cs *tables.ChangeSet, seq storage.Seq) int { return int(int64(cs.Seq) - int64(seq)) })
	for _, cs := range l.sets[at:] {
		if cs.Seq > until {
			return nil
		}
		take(cs)
	}
	_, err := store.ReadChanges(ctx, l.until, func(cs *tables.ChangeSet) error {
		if cs.Seq > until {
			return errReached
		}
		l.keep(cs)
		take(cs)
		return nil
	})
	if err != nil && !errors.Is(err, errReached) {
		*l = recentLog{}
		return err
	}
	l.until = max(l.until, until)
	return nil
}

// keep adds a change set, until there are too many.
func (l *recentLog) keep(cs *tables.ChangeSet) {
	if l.bytes > logBytes {
		return
	}
	l.bytes += eventBytes
	for i := range cs.Changes {
		l.bytes += eventBytes + rowBytes(cs.Changes[i].Old) + rowBytes(cs.Changes[i].New)
	}
	if l.sets = append(l.sets, cs); l.bytes > logBytes {
		l.sets = nil
	}
}
