package storage

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// durability is how far commits are durable, and who waits for that.
type durability struct {
	seq     atomic.Uint64
	lost    atomic.Bool  // the log is broken: seq stands still
	waiting atomic.Int32 // len(mu.waiters), so that the syncer need not lock when nobody waits
	mu      struct {
		sync.Mutex
		waiters []*durableWaiter
	}
}

// durableWaiter is woken once, with the outcome. done has room for one.
type durableWaiter struct {
	seq  Seq
	done chan error
}

var durableWaiters = sync.Pool{New: func() any { return &durableWaiter{done: make(chan error, 1)} }}

// Applied is the newest commit that new snapshots see.
func (e *Engine) Applied() Seq { return Seq(e.applied.Load()) }

// Durable is the newest commit that is durable and has been published; so are
// all before it.
func (e *Engine) Durable() Seq { return Seq(e.durable.seq.Load()) }

// WaitDurable returns once Durable has reached seq. It fails with ctx's error,
// with ErrReadOnly when a disk fault means that it never will, or with ErrClosed.
func (e *Engine) WaitDurable(ctx context.Context, seq Seq) error {
	if e.Durable() >= seq {
		return nil
	}
	if !e.acquire() {
		return ErrClosed
	}
	defer e.release()
	d := &e.durable
	w := durableWaiters.Get().(*durableWaiter)
	w.seq = seq
	d.mu.Lock()
	d.waiting.Add(1)
	d.mu.waiters = append(d.mu.waiters, w)
	d.mu.Unlock()
	// The syncer may have passed seq before it could see the waiter.
	if e.Durable() >= seq {
		d.withdraw(w)
		return nil
	}
	if d.lost.Load() {
		d.withdraw(w)
		return e.fault.get()
	}
	raised := e.fault.raised
	for {
		select {
		case err := <-w.done:
			durableWaiters.Put(w)
			return err
		case <-ctx.Done():
			d.withdraw(w)
			return ctx.Err()
		case <-e.ctx.Done():
			d.withdraw(w)
			return ErrClosed
		case <-raised:
			if seq > e.Applied() {
				d.withdraw(w)
				return e.fault.get()
			}
			raised = nil // the commit is in the queue: the syncer will settle it
		}
	}
}

// withdraw takes back a waiter that has not been told its outcome, or whose
// outcome no longer matters.
func (d *durability) withdraw(w *durableWaiter) {
	d.mu.Lock()
	if i := slices.Index(d.mu.waiters, w); i >= 0 {
		d.mu.waiters = slices.Delete(d.mu.waiters, i, i+1)
		d.waiting.Add(-1)
	}
	d.mu.Unlock()
	select {
	case <-w.done:
	default:
	}
	durableWaiters.Put(w)
}

// advanceDurable is called by the syncer, once per commit, in order.
func (e *Engine) advanceDurable(seq Seq) {
	e.durable.seq.Store(uint64(seq))
	if e.durable.waiting.Load() > 0 {
		e.durable.wake(seq, nil)
	}
}

// failDurable tells all who wait that it was in vain. Called by the syncer.
func (e *Engine) failDurable() {
	e.durable.lost.Store(true)
	if e.durable.waiting.Load() > 0 {
		e.durable.wake(^Seq(0), e.fault.get())
	}
}

func (d *durability) wake(upTo Seq, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	kept := d.mu.waiters[:0]
	for _, w := range d.mu.waiters {
		if w.seq > upTo {
			kept = append(kept, w)
			continue
		}
		w.done <- err // never blocks: room for one, told once
		d.waiting.Add(-1)
	}
	clear(d.mu.waiters[len(kept):])
	d.mu.waiters = kept
}
