package tables

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
)

// SERIALIZABLE is REPEATABLE READ plus validation: a transaction that has
// written remembers the ranges it has read, and at its commit no other serializable
// one may have written into them since its snapshot. What it read is then what it
// would read at its commit, so their commits, in sequence order, are a serial order.
//
// A row found through an index was read in two places: the range of the index
// that was searched, and the row itself.

// readRange is a range of keys that a serializable transaction has read.
type readRange struct{ lower, upper string }

// recentWrites keeps the keys written by the newest commits of serializable
// transactions for validation, while there are any. As in PostgreSQL, what others
// write is nothing that a serial order has to explain.
type recentWrites struct {
	mu struct {
		sync.Mutex
		users   int // serializable transactions under way
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

// enter and leave count a serializable transaction.
func (r *recentWrites) enter() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.users++
}

func (r *recentWrites) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.users--; r.mu.users == 0 {
		r.mu.commits, r.mu.keys = nil, 0
	}
}

// wanted says whether any transaction may need the keys.
func (r *recentWrites) wanted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mu.users > 0
}

func (r *recentWrites) add(seq storage.Seq, keys []string) {
	if keys == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mu.users == 0 {
		return
	}
	r.mu.commits = append(r.mu.commits, recentCommit{seq, keys})
	r.mu.keys += len(keys)
	for r.mu.keys > recentKeys && len(r.mu.commits) > 1 {
		r.mu.lost = r.mu.commits[0].seq
		r.mu.keys -= len(r.mu.commits[0].keys)
		r.mu.commits = r.mu.commits[1:]
	}
}

// conflict says whether a commit after since wrote into a range, or may have.
// The ranges are sorted and apart.
func (r *recentWrites) conflict(since storage.Seq, reads []readRange) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if since < r.mu.lost {
		return true
	}
	for i := len(r.mu.commits) - 1; i >= 0 && r.mu.commits[i].seq > since; i-- {
		for _, k := range r.mu.commits[i].keys {
			at, found := slices.BinarySearchFunc(reads, k, func(read readRange, k string) int { return strings.Compare(read.lower, k) })
			if found || at > 0 && k < reads[at-1].upper {
				return true
			}
		}
	}
	return false
}

// mergeReads sorts ranges and joins those that overlap.
func mergeReads(reads []readRange) []readRange {
	slices.SortFunc(reads, func(a, b readRange) int { return strings.Compare(a.lower, b.lower) })
	merged := reads[:0]
	for _, r := range reads {
		if n := len(merged); n > 0 && r.lower <= merged[n-1].upper {
			merged[n-1].upper = max(merged[n-1].upper, r.upper)
			continue
		}
		merged = append(merged, r)
	}
	return merged
}

// Doomed says early that a serializable transaction that has written cannot
// commit, because what it has read has changed.
func (t *Tx) Doomed() error {
	if t.own == nil || !t.overtaken() {
		return nil
	}
	return errDependencies
}

// overtaken says whether others have changed what a serializable transaction has read.
func (t *Tx) overtaken() bool {
	if t.opts.Isolation != Serializable || t.snap == nil {
		return false
	}
	t.reads = mergeReads(t.reads)
	return t.store.recent.conflict(t.snap.Seq(), t.reads)
}

// errDependencies is how SERIALIZABLE refuses.
var errDependencies = sqlerr.New(sqlerr.SerializationFailure, "could not serialize access due to read/write dependencies among transactions").
	WithHint("The transaction might succeed if retried.")

// validate refuses the commit of a serializable transaction that has written if
// what it read has changed. The check and the commit are one step to other
// serializable transactions: they hold one lock from here until the commit is
// visible.
func (t *Tx) validate(ctx context.Context) error {
	if t.opts.Isolation != Serializable || t.snap == nil || t.own == nil {
		return nil
	}
	if err := t.acquire(ctx, "serial", exclusive, Block); err != nil {
		return err
	}
	return t.Doomed()
}
