package tables

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
)

// SERIALIZABLE is REPEATABLE READ plus validation: a transaction that has
// written remembers the ranges it has read, and at its commit no other may have
// written into them since its snapshot. What it read is then what it would read
// at its commit, so the commits, in sequence order, are a serial order.

// readRange is a range of keys that a serializable transaction has read.
type readRange struct{ lower, upper string }

// recentWrites keeps the keys of the newest commits for validation.
type recentWrites struct {
	users atomic.Int64 // set once a serializable transaction has been begun
	mu    struct {
		sync.Mutex
		commits []recentCommit
		lost    storage.Seq
		keys    int
	}
}

type recentCommit struct {
	seq  storage.Seq
	keys []string
}

// recentKeys bounds how many keys are kept; older snapshots cannot be
// validated and fail.
const recentKeys = 1 << 20

// wanted says whether any transaction may need the keys.
func (r *recentWrites) wanted() bool { return r.users.Load() > 0 }

func (r *recentWrites) add(seq storage.Seq, keys []string) {
	if !r.wanted() || keys == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.commits = append(r.mu.commits, recentCommit{seq, keys})
	r.mu.keys += len(keys)
	for r.mu.keys > recentKeys && len(r.mu.commits) > 1 {
		r.mu.lost = r.mu.commits[0].seq
		r.mu.keys -= len(r.mu.commits[0].keys)
		r.mu.commits = r.mu.commits[1:]
	}
}

// conflict says whether a commit after since wrote into a range, or may have.
func (r *recentWrites) conflict(since storage.Seq, reads []readRange) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if since < r.mu.lost {
		return true
	}
	for i := len(r.mu.commits) - 1; i >= 0 && r.mu.commits[i].seq > since; i-- {
		for _, k := range r.mu.commits[i].keys {
			for _, read := range reads {
				if k >= read.lower && (read.upper == "" || k < read.upper) {
					return true
				}
			}
		}
	}
	return false
}

// validate refuses the commit of a serializable transaction that has written if
// what it read has changed. The check and the commit are one step to other
// serializable transactions: they hold one lock from here to their end.
func (t *Tx) validate(ctx context.Context) error {
	if t.opts.Isolation != Serializable || t.snap == nil || t.own == nil {
		return nil
	}
	if err := t.acquire(ctx, "serial", exclusive, Block); err != nil {
		return err
	}
	if t.store.recent.conflict(t.snap.Seq(), t.reads) {
		return sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to read/write dependencies among transactions").
			WithHint("The transaction might succeed if retried.")
	}
	return nil
}
