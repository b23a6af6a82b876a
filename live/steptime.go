package live

import (
	"context"
	"time"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// stepTime bounds the steps of circuits that everybody waits for: those of the hub's
// worker. One that takes longer ends its subscriptions, since a query of one client must
// not hold up those of others. It is guarded by the hub's lock.
type stepTime struct {
	limit  time.Duration
	ctx    context.Context // of the step under way and of the next ones
	cancel context.CancelFunc
	timer  *time.Timer
	began  time.Time // of the step under way
	// lag is when commits began to wait for the worker, numbered, and costliest the
	// dataflow that has taken most of its time since.
	lag       time.Time
	lags      uint64
	costliest *flow
}

// begin lets a step of a dataflow begin, with a context that ends when its time is up.
func (t *stepTime) begin(f *flow) {
	if f.view == nil {
		return
	}
	if t.ctx == nil {
		t.ctx, t.cancel = context.WithCancel(context.Background())
		t.timer = time.AfterFunc(t.limit, t.cancel)
	} else {
		t.timer.Reset(t.limit)
	}
	f.context.Ctx = t.ctx
	t.began = time.Now()
}

// end ends the step, which has given an error or not, and says how its time has turned
// that out.
func (t *stepTime) end(f *flow, err error) error {
	if f.view == nil {
		return err
	}
	if f.view.lags != t.lags {
		f.view.lags, f.view.spent, f.view.steps = t.lags, 0, 0
	}
	f.view.steps++
	if f.view.spent += time.Since(t.began); t.costliest == nil || f.view.spent > t.costliest.view.spent {
		t.costliest = f
	}
	if t.timer.Stop() {
		return err
	}
	t.cancel()
	t.ctx = nil
	if err == nil {
		return nil // it was done just in time
	}
	return tooLong()
}

// within runs a step that somebody else than the worker makes, for no longer than one of
// the worker's may take: the last ones are made with the hub's lock held.
func (h *Hub) within(c *expr.Context, step func() error) error {
	whole := c.Ctx
	ctx, cancel := context.WithTimeout(whole, h.opts.Limits.StepTime)
	defer cancel()
	c.Ctx = ctx
	err := step()
	c.Ctx = whole
	if err != nil && ctx.Err() != nil && whole.Err() == nil {
		return tooLong()
	}
	return err
}

func tooLong() *End {
	return &End{Code: sqlerr.ConfigurationLimitExceeded, Reason: ReasonStateLimit, Message: "the query takes longer to maintain than a subscription may"}
}

// keepsUp notes that hardly any commits wait.
func (t *stepTime) keepsUp() {
	t.lag, t.costliest = time.Now(), nil
	t.lags++
}

// tooFarBehind is how far ahead it may be that commits are told of.
const tooFarBehind = 2 * time.Minute

// shed ends the query that the worker spends most of its time on, if it alone would take
// minutes over the commits that wait. The others catch up then. For a query that takes
// less they wait, and in the end writers do.
func (h *Hub) shed(waiting int) {
	t := &h.steps
	if time.Duration(waiting)*t.limit < tooFarBehind {
		return // no step takes longer than the limit
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if f := t.costliest; f != nil && len(f.subs) > 0 && f.view.spent > max(t.limit, time.Since(t.lag)/2) && f.view.spent/time.Duration(f.view.steps)*time.Duration(waiting) > tooFarBehind {
		h.endFlow(f, tooLong())
		h.tell()
		t.keepsUp()
	}
}
