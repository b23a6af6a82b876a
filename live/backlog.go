package live

import (
	"runtime/debug"
	"slices"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// # Catching up with the worker
//
// While somebody reads tables as of a commit, the worker keeps what later commits do to
// them in a backlog. It is worked off without the hub's lock, round by round: a
// round's commits take a while, in which others come, but fewer. Only the last few are
// taken with the lock held, after which the worker goes on. So a query that takes long to
// begin holds nobody up, and one that cannot keep up with the commits is ended.

// backlog are the commits that have come meanwhile. It is guarded by the hub's lock.
type backlog struct {
	commits []viewCommit
	bytes   int64
	over    bool // there were more than may be kept
}

// viewCommit is what a commit did to the tables of a view.
type viewCommit struct {
	seq     storage.Seq
	changes []*tables.Change
}

// add keeps a commit; false when what waits weighs more than the limit, and is lost.
func (b *backlog) add(seq storage.Seq, changes []*tables.Change, limit int64) bool {
	for _, ch := range changes {
		b.bytes += int64(eventBytes + rowBytes(ch.Old) + rowBytes(ch.New))
	}
	if b.over = b.over || b.bytes > limit; b.over {
		b.commits = nil
		return false
	}
	b.commits = append(b.commits, viewCommit{seq, slices.Clone(changes)})
	return true
}

// withoutPanic takes a commit. A panic becomes an error, since others wait for the outcome.
func withoutPanic(take func(viewCommit) error, c viewCommit) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = sqlerr.Internal("panic in a dataflow: %v\n%s", p, debug.Stack())
		}
	}()
	return take(c)
}

// heldUp is for how long the worker may be held up for the last of a backlog.
const heldUp = 2 * time.Millisecond

// workOff takes the commits of a backlog that are after one as of which tables were read,
// which has taken since a time. It returns with the hub's lock held and the backlog
// empty, or with an error.
func (h *Hub) workOff(b *backlog, after storage.Seq, since time.Time, take func(viewCommit) error) error {
	each := heldUp // what one takes, as far as is known
	for {
		h.mu.Lock()
		last := len(b.commits) <= 2 || time.Duration(len(b.commits))*each <= heldUp
		if b.over {
			return stateLimit()
		}
		round := b.commits
		b.commits, b.bytes = nil, 0
		if !last {
			h.mu.Unlock()
		}
		began := time.Now()
		// They came within that time; whoever takes longer over them never gets there.
		most := max(began.Sub(since), h.opts.Limits.StepTime)
		since = began
		var err error
		for i, c := range round {
			if c.seq > after && err == nil {
				err = withoutPanic(take, c)
			}
			if !last && i+1 < len(round) && time.Since(began) > most {
				err = tooLong()
			}
			if err != nil {
				break
			}
		}
		if last {
			return err
		}
		if err != nil {
			h.mu.Lock()
			return err
		}
		each = time.Since(began) / time.Duration(len(round))
	}
}
