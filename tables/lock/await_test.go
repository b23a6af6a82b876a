package lock

import (
	"context"
	"errors"
	"runtime"
	"testing"
)

// startAwaiting waits in a goroutine of its own for the end of those who have a lock, and is known to.
func (t *Table) startAwaiting(ctx context.Context, o *Owner, name string, m Mode) waiter {
	w := waiter{make(chan error, 1)}
	go func() { w.err <- t.AwaitHolders(ctx, o, name, m) }()
	for !t.Waits(o) && w.waits() {
		runtime.Gosched()
	}
	return w
}

// TestAwaitHolders: those who have the lock are waited for, one after the other, those who come later
// are not, nor are they kept out.
func TestAwaitHolders(t *testing.T) {
	table := New(0, func(string) bool { return true })
	o := owners(5)
	if err := table.AwaitHolders(t.Context(), o[0], "t", exclusive); err != nil {
		t.Fatal(err)
	}
	acquire(t, table, o[1], "t", shared)
	acquire(t, table, o[2], "t", shared)
	acquire(t, table, o[0], "t", shared) // one's own does not count
	w := table.startAwaiting(t.Context(), o[0], "t", exclusive)
	acquire(t, table, o[3], "t", shared)
	table.ReleaseAll(o[1])
	if !w.waits() {
		t.Fatal("the second holder was not waited for")
	}
	table.ReleaseAll(o[2])
	if err := <-w.err; err != nil {
		t.Fatal(err)
	}
	if err := table.AwaitHolders(t.Context(), o[0], "t", shared); err != nil {
		t.Fatal("holders that the mode lets in were waited for", err)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	w = table.startAwaiting(ctx, o[0], "t", exclusive)
	cancel(errors.New("on purpose"))
	if err := <-w.err; err == nil || err.Error() != "on purpose" || table.Waits(o[0]) {
		t.Fatalf("cancelled: %v", err)
	}

	// o[3] has "t", and wants what o[0] has, who waits for its end.
	acquire(t, table, o[0], "u", exclusive)
	table.startWaiting(t, t.Context(), o[3], "u", exclusive)
	var deadlock *Deadlock
	if err := table.AwaitHolders(t.Context(), o[0], "t", exclusive); !errors.As(err, &deadlock) || len(deadlock.Circle) != 2 {
		t.Fatalf("a circle: %v", err)
	}
	table.ReleaseAll(o[0])
}
