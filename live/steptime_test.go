package live

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/sql/expr"
)

// TestStepsOfAQueryThatBegins: they may take no longer than the worker's, since the last ones
// hold the hub's lock; what else goes wrong with them is told as it is.
func TestStepsOfAQueryThatBegins(t *testing.T) {
	h := NewHub(HubOptions{Limits: Limits{StepTime: time.Millisecond}})
	defer h.Shutdown(bg)
	whole, cancel := context.WithCancel(bg)
	c := &expr.Context{Ctx: whole}
	endless := func() error {
		<-c.Ctx.Done()
		return context.Cause(c.Ctx)
	}
	if end, ok := h.within(c, endless).(*End); !ok || end.Reason != ReasonStateLimit || c.Ctx != whole {
		t.Errorf("a step without an end gives %v", end)
	}
	failed := errors.New("on purpose")
	if err := h.within(c, func() error { return failed }); err != failed {
		t.Error(err)
	}
	cancel()
	if err := h.within(c, endless); err != context.Canceled {
		t.Errorf("one that nobody waits for any more gives %v", err)
	}
}
