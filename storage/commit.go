package storage

import (
	"fmt"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// CommitOptions says what Commit waits for.
type CommitOptions struct {
	// Sync makes Commit return only once the commit is durable and published.
	// Without it Commit returns as soon as the commit is visible; it becomes
	// durable, and is published, soon after.
	Sync bool
	// Visible, if it is set, is called once the commit is visible, before it is
	// waited for: what others wait for can be given up. It must be quick.
	Visible func(Seq)
}

// commitState is the commit mutex and what it guards: the order of commits.
type commitState struct {
	sync.Mutex
	notEmpty sync.Cond // the syncer waits here
	notFull  sync.Cond // committers wait here

	seq      Seq    // the last one given out
	atMicros int64  // commit time of the last one; never decreases
	logTotal uint64 // running total of change-log bytes
	queue    []queuedCommit
	// finishing: somebody finishes commits that were taken from the queue, the
	// syncer or a committer that found nothing to do before its own.
	finishing bool
	taken     int  // commits taken and not finished
	full      int  // committers waiting for room
	stop      bool // no more commits will come
}

// queuedCommit is a commit that is visible but not yet known to be durable.
type queuedCommit struct {
	seq     Seq
	payload any
	pebble  *pebble.Batch // nil for a commit of memory only
	waiter  *commitWaiter // nil when nobody waits
}

// commitWaiter is where a committer learns the outcome. done has room for one.
type commitWaiter struct{ done chan error }

var commitWaiters = sync.Pool{New: func() any { return &commitWaiter{done: make(chan error, 1)} }}

// Commit applies the batch atomically under the next sequence and empties it,
// whatever the outcome. A batch without writes takes a sequence too, and is
// published in its turn.
//
// payload, which may be nil, makes the value given to Options.Publish. It is
// called under the commit mutex with the sequence and time of the commit, before
// anything is visible: it must be quick and may not call the engine. A nil value
// is not published.
//
// Errors: ErrReadOnly after a disk fault (whether this commit survives a restart
// is then unknown, unless the returned sequence is 0, when it does not),
// ErrDiskFull, without effect, while the disk has no room, ErrClosed, or the misuse the batch remembered.
func (e *Engine) Commit(b *Batch, payload func(Seq, time.Time) any, opts CommitOptions) (Seq, error) {
	if !e.acquire() {
		b.Reset()
		return 0, ErrClosed
	}
	defer e.release()
	b.seal()
	if err := b.err; err != nil {
		b.Reset()
		return 0, err
	}
	if b.pebble != nil {
		if err := e.checkSpace(); err != nil {
			b.Reset()
			return 0, err
		}
	}
	var waiter *commitWaiter
	if opts.Sync {
		waiter = commitWaiters.Get().(*commitWaiter)
	}
	q, alone, err := e.enqueue(b, payload, waiter)
	if err == nil {
		e.rows.enter(&b.fresh, q.seq)
	}
	b.forget()
	switch {
	case err != nil:
		return 0, err
	case alone:
		e.finishAlone(&q, opts.Visible)
	case opts.Visible != nil:
		opts.Visible(q.seq)
	}
	if waiter != nil {
		err = <-waiter.done
		commitWaiters.Put(waiter)
	}
	return q.seq, err
}

// finishAlone finishes a commit that is not in the queue.
func (e *Engine) finishAlone(q *queuedCommit, visible func(Seq)) {
	defer e.rest() // others go on, whatever happens
	defer e.finish(q)
	if visible != nil {
		visible(q.seq)
	}
}

// enqueue makes the commit visible and puts it into the queue; or when it would
// be the only one there, leaves it to the committer to finish. Then no goroutine
// need be woken but by the disk.
func (e *Engine) enqueue(b *Batch, payload func(Seq, time.Time) any, waiter *commitWaiter) (q queuedCommit, alone bool, err error) {
	c := &e.commit
	c.Lock()
	defer c.Unlock()
	for len(c.queue)+c.taken >= e.opts.QueueLength && e.fault.get() == nil {
		c.full++
		c.notFull.Wait()
		c.full--
	}
	if err := e.fault.get(); err != nil {
		return q, false, err
	}
	seq := c.seq + 1
	now := e.opts.Now()
	at := max(now.UnixMicro(), c.atMicros)
	var value any
	if payload != nil {
		value = payload(seq, time.UnixMicro(at))
	}
	logTotal := c.logTotal + uint64(b.log.bytes)
	if b.pebble != nil {
		b.stamp(seq, at, logTotal)
		e.rows.written(seq, b.slots, b.ranges)
		e.written(&b.watched, seq)
		if b.load != nil {
			err = e.commitLoad(b, seq)
		} else {
			err = e.applyToPebble(b.pebble, pebble.Sync)
		}
		if err != nil {
			return q, false, err
		}
	}
	e.volatile.apply(b.volatile, seq)
	c.seq, c.atMicros, c.logTotal = seq, at, logTotal
	e.applied.Store(uint64(seq))
	q = queuedCommit{seq: seq, payload: value, pebble: b.pebble, waiter: waiter}
	if waiter != nil && !c.finishing && len(c.queue) == 0 {
		c.finishing, c.taken = true, 1
		return q, true, nil
	}
	c.queue = append(c.queue, q)
	c.notEmpty.Signal()
	return q, false, nil
}

// applyToPebble makes a batch visible without waiting for the disk. The commit
// mutex is held: Pebble's commit pipeline never has two batches pending, so one
// that fails cannot leave another waiting. A failure is the engine's fault; after
// a panic Pebble's locks are lost and it must not be called again.
func (e *Engine) applyToPebble(p *pebble.Batch, opts *pebble.WriteOptions) (err error) {
	defer func() {
		if r := recover(); r != nil {
			cause, ok := r.(error)
			if !ok {
				cause = fmt.Errorf("%v", r)
			}
			e.pebbleLost = true
			e.fault.breakLog(cause)
			err = e.fault.get()
		}
	}()
	if opts.Sync {
		err = e.db.ApplyNoSyncWait(p, opts)
	} else {
		err = e.db.Apply(p, opts)
	}
	if err != nil {
		e.fault.breakLog(err)
		return e.fault.get()
	}
	return nil
}
