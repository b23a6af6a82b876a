package live

import (
	"context"
	"errors"

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
//   - the query has a function that goes by the time or by settings: its now() was
//     another one;
//   - a policy or a function of a user in it was another one;
//   - the groups together are over the queue's bound: a snapshot is cheaper.
func (s *Subscription) replay(ctx context.Context, store *tables.Store, from mark) (groups []group, until storage.Seq, ok bool, err error) {
	if s.from, ok = s.resumable(store, from); !ok {
		return nil, 0, false, nil
	}
	return s.receiver.hub.catchUp(ctx, s, s.from)
}

// resumable turns a cursor into the sequence of this epoch that it stands for.
// A sequence beyond where a later epoch began did not survive the crash in
// between: what the client saw up to there is durable, and nothing else.
func (s *Subscription) resumable(store *tables.Store, from mark) (storage.Seq, bool) {
	current := store.Epoch()
	if from.epoch > current || !s.flow.lasting {
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
