package live

import (
	"context"
	"errors"
	"slices"

	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// mark is a decoded cursor.
type mark struct {
	epoch uint64
	seq   storage.Seq
}

var (
	errReached = errors.New("replay has reached its end")
	errLost    = errors.New("replay is not possible")
)

// replay gives the groups of the commits after a cursor, up to the commit
// until, from where on the running dataflow takes over. ok is false when they
// cannot be given exactly, and a snapshot must serve instead:
//
//   - the cursor is from an epoch or a sequence this server never had;
//   - the change log, or for a stream table the memory of this epoch's changes,
//     does not reach back that far;
//   - the table was altered in between, so that the query's result may have had
//     another shape;
//   - the query has a stable function: its now() was another one;
//   - the groups together are over the queue's bound: a snapshot is cheaper.
func (s *Subscription) replay(ctx context.Context, store *tables.Store, from mark) (groups []group, until storage.Seq, ok bool, err error) {
	after, ok := s.resumable(store, from)
	if !ok {
		return nil, 0, false, nil
	}
	if s.flow.view != nil {
		return s.replayView(ctx, store, after)
	}
	until = max(s.receiver.hub.processed(), store.Durable(), after)
	if err := store.WaitDurable(ctx, until); err != nil {
		return nil, 0, false, err
	}
	epoch := store.Epoch()
	c := s.request.EvalContext()
	var mine []*tables.Change
	left := s.receiver.hub.queueBytes()
	streams, err := store.ReadChanges(ctx, after, func(cs *tables.ChangeSet) error {
		if cs.Seq > until {
			return errReached
		}
		if slices.Contains(cs.Dropped, s.flow.table) || slices.Contains(cs.Altered, s.flow.table) {
			return errLost
		}
		mine = mine[:0]
		for i := range cs.Changes {
			if ch := &cs.Changes[i]; ch.Table.OID == s.flow.table && ch.User == s.flow.user {
				mine = append(mine, ch)
			}
		}
		if len(mine) == 0 {
			return nil
		}
		d, altered, err := s.flow.replayed(c, mine)
		switch {
		case err != nil:
			return err
		case altered:
			return errLost
		case d == nil:
			return nil
		}
		if left -= d.bytes; left < 0 {
			return errLost
		}
		groups = append(groups, group{seq: cs.Seq, cursor: EncodeCursor(epoch, cs.Seq), delta: d})
		return nil
	})
	switch {
	case errors.Is(err, errLost):
		return nil, 0, false, nil
	case err != nil && !errors.Is(err, errReached):
		return nil, 0, false, err
	}
	if store.LogStart() > after || !streams && !s.flow.durable() {
		return nil, 0, false, nil // it was trimmed while it was read
	}
	return groups, until, true, nil
}

// resumable turns a cursor into the sequence of this epoch that it stands for.
// A sequence beyond where a later epoch began did not survive the crash in
// between: what the client saw up to there is durable, and nothing else.
func (s *Subscription) resumable(store *tables.Store, from mark) (storage.Seq, bool) {
	current := store.Epoch()
	if from.epoch > current || s.flow.share == "" {
		return 0, false
	}
	seq := from.seq
	if from.epoch < current {
		start, ok := store.EpochStart(from.epoch + 1)
		if !ok || !s.flow.durable() {
			return 0, false
		}
		seq = min(seq, start)
	} else if seq > store.Applied() {
		return 0, false
	}
	return seq, seq >= store.LogStart()
}
