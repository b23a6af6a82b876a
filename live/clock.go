package live

import (
	"container/heap"
	"context"
	"time"
)

// clock wakes the dataflows whose results change as time goes on, each when its
// next row turns. One goroutine with one timer serves them all. Its heap is
// guarded by the hub's lock.
type clock struct {
	due  dues
	wake chan struct{} // capacity 1: the earliest has changed
	ctx  context.Context
	stop context.CancelFunc
}

// shortest is the least time between two rounds, so that rows that turn one right
// after another go together.
const shortest = time.Millisecond

// arm notes when a dataflow turns next. The hub's lock is held.
func (h *Hub) arm(f *flow) {
	if f.view == nil || !f.view.temporal || f.view.circuit == nil {
		return
	}
	next, ok := f.view.circuit.Turns()
	if !ok || len(f.subs) == 0 {
		h.disarm(f)
		return
	}
	if f.due.IsZero() {
		f.due = next
		heap.Push(&h.clock.due, f)
	} else {
		f.due = next
		heap.Fix(&h.clock.due, f.dueAt)
	}
	if h.clock.due[0] == f {
		select {
		case h.clock.wake <- struct{}{}:
		default:
		}
	}
}

// disarm takes a dataflow off the clock. The hub's lock is held.
func (h *Hub) disarm(f *flow) {
	if !f.due.IsZero() {
		heap.Remove(&h.clock.due, f.dueAt)
		f.due = time.Time{}
	}
}

// turn queues what time has done to a dataflow's result since its last step. It
// bears the cursor of the newest commit. The hub's lock is held.
func (h *Hub) turn(f *flow) {
	if f.view == nil || !f.view.temporal {
		return
	}
	h.steps.begin(f)
	delta, err := f.turned()
	err = h.steps.end(f, err)
	switch {
	case err != nil:
		h.endFlow(f, h.failed(err))
	case delta != nil:
		seq := h.processed()
		cursor := EncodeCursor(h.epoch(), seq)
		var over []*Subscription
		for _, s := range f.subs {
			over = append(over, s.receiver.push(seq, cursor, []Part{{Sub: s, Delta: delta}}, true)...)
			h.later(s.receiver)
		}
		for _, s := range over {
			h.remove(s)
		}
	}
}

// keepTime runs until the hub shuts down.
func (h *Hub) keepTime() {
	defer h.wg.Done()
	for {
		next := h.round()
		if next < 0 {
			select {
			case <-h.clock.wake:
				continue
			case <-h.clock.ctx.Done():
				return
			}
		}
		fired, stop := h.opts.Timer(max(next, shortest))
		select {
		case <-fired:
		case <-h.clock.wake:
			stop()
		case <-h.clock.ctx.Done():
			stop()
			return
		}
	}
}

// round turns the dataflows that are due and says how long it is to the next;
// below zero when there is none.
func (h *Hub) round() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.opts.Now()
	for len(h.clock.due) > 0 && !h.clock.due[0].due.After(now) {
		f := h.clock.due[0]
		h.disarm(f)
		h.turn(f)
		h.arm(f)
	}
	h.tell()
	if len(h.clock.due) == 0 {
		return -1
	}
	return max(0, h.clock.due[0].due.Sub(now))
}

// dues is a heap of dataflows, the one that turns first on top.
type dues []*flow

func (d dues) Len() int           { return len(d) }
func (d dues) Less(i, j int) bool { return d[i].due.Before(d[j].due) }
func (d dues) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].dueAt, d[j].dueAt = i, j
}
func (d *dues) Push(x any) {
	f := x.(*flow)
	f.dueAt = len(*d)
	*d = append(*d, f)
}
func (d *dues) Pop() any {
	old := *d
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*d = old[:len(old)-1]
	return last
}
