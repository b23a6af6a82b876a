package live

import (
	"context"
	"time"

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
}

// end ends the step, which has given an error or not, and says how its time has turned
// that out.
func (t *stepTime) end(f *flow, err error) error {
	if f.view == nil || t.timer.Stop() {
		return err
	}
	t.cancel()
	t.ctx = nil
	if err == nil {
		return nil // it was done just in time
	}
	return &End{Code: sqlerr.ConfigurationLimitExceeded, Reason: ReasonStateLimit, Message: "the query takes longer to maintain than a subscription may"}
}
