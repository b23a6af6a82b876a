package session

import (
	"context"
	"sync"
	"time"
)

// interrupts is how statements are ended from outside: by a cancel request, an
// administrator or statement_timeout. Statements run one after the other in the
// same context for as long as none has been ended, since making one costs about
// as much as finding a row. So nothing may wait for the end of a statement's
// context but what ends with the statement.
type interrupts struct {
	sync.Mutex
	parent context.Context // what ctx was made from
	ctx    context.Context // nil before the first statement
	cancel context.CancelCauseFunc
	// running: a statement is under way. serial numbers it, so that a timer that
	// comes too late does not end the one after.
	running bool
	serial  uint64
}

// begin gives the context for the next statement.
func (i *interrupts) begin(parent context.Context) context.Context {
	i.Lock()
	defer i.Unlock()
	if i.ctx == nil || i.parent != parent || i.ctx.Err() != nil {
		i.release()
		i.parent = parent
		i.ctx, i.cancel = context.WithCancelCause(parent)
	}
	i.running = true
	i.serial++
	return i.ctx
}

// end is called when the statement is over.
func (i *interrupts) end() {
	i.Lock()
	defer i.Unlock()
	i.running = false
}

// interrupt ends the statement that is under way, if there is one.
func (i *interrupts) interrupt(cause error) {
	i.Lock()
	defer i.Unlock()
	if i.running {
		i.cancel(cause)
	}
}

// after starts a timer that ends the statement under way, and no other.
func (i *interrupts) after(d time.Duration, cause error) *time.Timer {
	i.Lock()
	defer i.Unlock()
	serial := i.serial
	return time.AfterFunc(d, func() {
		i.Lock()
		defer i.Unlock()
		if i.running && i.serial == serial {
			i.cancel(cause)
		}
	})
}

// close gives the context up.
func (i *interrupts) close() {
	i.Lock()
	defer i.Unlock()
	i.release()
}

func (i *interrupts) release() {
	if i.cancel != nil {
		i.cancel(nil)
	}
	i.parent, i.ctx, i.cancel = nil, nil, nil
}
