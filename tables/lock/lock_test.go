package lock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
)

var (
	shared    = Mode{Bit: 1, Conflicts: 2, Name: "ShareLock"}
	exclusive = Mode{Bit: 2, Conflicts: 1 | 2, Name: "ExclusiveLock"}
)

// waiter asks for a lock in a goroutine of its own, and is known to wait for it.
type waiter struct {
	err chan error
}

func (t *Table) startWaiting(tb testing.TB, ctx context.Context, o *Owner, name string, m Mode) waiter {
	tb.Helper()
	t.mu.Lock()
	before := 0
	if s := t.mu.locks[t.id(name)]; s != nil {
		before = len(s.queue)
	}
	t.mu.Unlock()
	w := waiter{make(chan error, 1)}
	go func() { w.err <- t.Acquire(ctx, o, name, m) }()
	for {
		t.mu.Lock()
		s := t.mu.locks[t.id(name)]
		queued := s != nil && len(s.queue) > before
		t.mu.Unlock()
		if queued {
			return w
		}
		select {
		case err := <-w.err:
			tb.Fatalf("%s was not waited for: %v", name, err)
		default:
			runtime.Gosched()
		}
	}
}

func (w waiter) waits() bool { return len(w.err) == 0 }

func owners(n int) []*Owner {
	var list []*Owner
	for i := range n {
		list = append(list, &Owner{ID: int32(i + 1), Transaction: uint64(100 + i)})
	}
	return list
}

func acquire(t *testing.T, table *Table, o *Owner, name string, m Mode) {
	t.Helper()
	if !table.TryAcquire(o, name, m) {
		t.Fatalf("owner %d does not get %s", o.ID, name)
	}
}

func empty(t *testing.T, table *Table) {
	t.Helper()
	if n := table.Len(); n != 0 {
		t.Errorf("%d locks are left", n)
	}
	if n, out := len(table.mu.owners)-1, len(table.mu.numbers); n != out {
		t.Errorf("of %d numbers of owners %d are out of use", n, out)
	}
}

// TestQueueIsFair has requests granted in order: one that could be granted
// waits behind an earlier one that it conflicts with, so that a stream of
// readers does not starve a writer.
func TestQueueIsFair(t *testing.T) {
	ctx := context.Background()
	table, o := New(0, never), owners(5)
	acquire(t, table, o[0], "a", shared)
	writer := table.startWaiting(t, ctx, o[1], "a", exclusive)
	if table.TryAcquire(o[2], "a", shared) {
		t.Fatal("a reader overtook a writer")
	}
	reader := table.startWaiting(t, ctx, o[2], "a", shared)
	second := table.startWaiting(t, ctx, o[3], "a", shared)
	last := table.startWaiting(t, ctx, o[4], "a", exclusive)
	table.ReleaseAll(o[0])
	if err := <-writer.err; err != nil {
		t.Fatal(err)
	}
	if !reader.waits() || !second.waits() || !last.waits() {
		t.Fatal("the writer is not alone")
	}
	table.ReleaseAll(o[1])
	if err := errors.Join(<-reader.err, <-second.err); err != nil {
		t.Fatal(err)
	}
	if !last.waits() {
		t.Fatal("a writer is beside readers")
	}
	table.ReleaseAll(o[2])
	table.ReleaseAll(o[3])
	if err := <-last.err; err != nil {
		t.Fatal(err)
	}
	table.ReleaseAll(o[4])
	empty(t, table)
}

// TestUpgrade has an owner that holds a lock not wait behind others for a
// stronger mode, which would be a deadlock.
func TestUpgrade(t *testing.T) {
	ctx := context.Background()
	table, o := New(0, never), owners(3)
	acquire(t, table, o[0], "a", shared)
	other := table.startWaiting(t, ctx, o[1], "a", exclusive)
	acquire(t, table, o[0], "a", exclusive)
	table.ReleaseAll(o[0])
	if err := <-other.err; err != nil {
		t.Fatal(err)
	}
	table.ReleaseAll(o[1])
	empty(t, table)
}

// TestCancelledWait leaves the queue and lets those behind try.
func TestCancelledWait(t *testing.T) {
	table, o := New(0, never), owners(3)
	acquire(t, table, o[0], "a", shared)
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	writer := table.startWaiting(t, ctx, o[1], "a", exclusive)
	reader := table.startWaiting(t, context.Background(), o[2], "a", shared)
	cancel(why)
	if err := <-writer.err; err != why {
		t.Errorf("the wait ended with %v", err)
	}
	if err := <-reader.err; err != nil {
		t.Error(err)
	}
	table.ReleaseAll(o[0])
	table.ReleaseAll(o[2])
	empty(t, table)
}

// TestReleaseSince gives back what was taken after a mark, and keeps the rest in
// the modes it had.
func TestReleaseSince(t *testing.T) {
	table, o := New(0, never), owners(2)
	acquire(t, table, o[0], "a", shared)
	acquire(t, table, o[0], "b", exclusive)
	mark := o[0].Mark()
	acquire(t, table, o[0], "a", exclusive)
	acquire(t, table, o[0], "b", exclusive)
	acquire(t, table, o[0], "c", exclusive)
	ctx := context.Background()
	a := table.startWaiting(t, ctx, o[1], "a", shared)
	table.ReleaseSince(o[0], mark)
	if err := <-a.err; err != nil {
		t.Error(err)
	}
	if table.TryAcquire(o[1], "a", exclusive) || table.TryAcquire(o[1], "b", shared) {
		t.Error("a lock from before the mark is gone")
	}
	acquire(t, table, o[1], "c", exclusive)
	if !table.Holds(o[0], "a", shared) || table.Holds(o[0], "a", exclusive) || !table.Holds(o[0], "b", exclusive) || table.Holds(o[0], "c", exclusive) {
		t.Error("the owner does not know what it holds")
	}
	table.ReleaseAll(o[0])
	table.ReleaseAll(o[1])
	empty(t, table)
}

// TestDeadlocks finds circles of two and three, tells who waits for whom, and
// leaves the others to go on.
func TestDeadlocks(t *testing.T) {
	ctx := context.Background()
	for _, n := range []int{2, 3, 5} {
		table, o := New(0, never), owners(n)
		names := []string{"a", "b", "c", "d", "e"}
		for i := range n {
			acquire(t, table, o[i], names[i], exclusive)
		}
		var waiting []waiter
		for i := range n - 1 {
			waiting = append(waiting, table.startWaiting(t, ctx, o[i], names[i+1], shared))
		}
		err := table.Acquire(ctx, o[n-1], names[0], shared)
		var d *Deadlock
		if !errors.As(err, &d) || len(d.Circle) != n {
			t.Fatalf("%d owners: %v", n, err)
		}
		for i, w := range d.Circle {
			from := (n - 1 + i) % n
			to := (from + 1) % n
			if want := (Wait{o[from].ID, o[to].ID, o[to].Transaction, "ShareLock", names[to]}); w != want {
				t.Errorf("edge %d is %+v, want %+v", i, w, want)
			}
		}
		for i := n - 1; i >= 0; i-- {
			table.ReleaseAll(o[i])
			if i > 0 {
				if err := <-waiting[i-1].err; err != nil {
					t.Error(err)
				}
			}
		}
		empty(t, table)
	}
}

// TestOvertaking undoes circles in which one waits only for its turn: as PostgreSQL's
// deadlock-soft and deadlock-soft-2 have it.
func TestOvertaking(t *testing.T) {
	ctx := context.Background()
	finish := func(table *Table, o *Owner, w ...waiter) {
		t.Helper()
		for _, w := range w {
			if err := <-w.err; err != nil {
				t.Fatal(err)
			}
		}
		table.ReleaseAll(o)
	}

	t.Run("own request", func(t *testing.T) {
		table, o := New(0, never), owners(3)
		acquire(t, table, o[0], "a", shared)
		acquire(t, table, o[1], "b", exclusive)
		writer := table.startWaiting(t, ctx, o[1], "a", exclusive) // for the first
		acquire(t, table, o[2], "c", exclusive)
		reader := table.startWaiting(t, ctx, o[2], "a", shared) // for its turn, behind the second
		last := table.startWaiting(t, ctx, o[0], "c", shared)   // closes the circle
		finish(table, o[2], reader)
		finish(table, o[0], last)
		finish(table, o[1], writer)
		empty(t, table)
	})

	t.Run("the farthest goes first", func(t *testing.T) {
		table, o := New(0, never), owners(4)
		acquire(t, table, o[0], "a", shared)
		acquire(t, table, o[1], "b", shared)
		first := table.startWaiting(t, ctx, o[2], "a", exclusive)
		second := table.startWaiting(t, ctx, o[3], "b", exclusive)
		d1 := table.startWaiting(t, ctx, o[0], "b", shared)
		d2 := table.startWaiting(t, ctx, o[1], "a", shared)
		if !d2.waits() {
			t.Fatal("the one who closed the circle went on")
		}
		finish(table, o[0], d1)
		finish(table, o[2], first)
		finish(table, o[1], d2)
		finish(table, o[3], second)
		empty(t, table)
	})

	t.Run("past two", func(t *testing.T) {
		table, o := New(0, never), owners(4)
		acquire(t, table, o[0], "a", exclusive)
		acquire(t, table, o[1], "b", shared)
		wait := table.startWaiting(t, ctx, o[1], "a", exclusive)
		third := table.startWaiting(t, ctx, o[2], "b", exclusive)
		fourth := table.startWaiting(t, ctx, o[3], "b", exclusive)
		if err := table.Acquire(ctx, o[0], "b", shared); err != nil {
			t.Fatal(err)
		}
		table.ReleaseAll(o[0])
		finish(table, o[1], wait)
		finish(table, o[2], third)
		finish(table, o[3], fourth)
		empty(t, table)
	})
}

// TestNoOvertaking leaves the queues as they were when a circle has no way out.
func TestNoOvertaking(t *testing.T) {
	ctx := context.Background()
	table, o := New(0, never), owners(3)
	acquire(t, table, o[0], "a", shared)
	acquire(t, table, o[1], "b", exclusive)
	writer := table.startWaiting(t, ctx, o[1], "a", exclusive) // for the first
	reader := table.startWaiting(t, ctx, o[2], "a", exclusive) // for the first too, behind the second
	var d *Deadlock
	if err := table.Acquire(ctx, o[0], "b", shared); !errors.As(err, &d) || len(d.Circle) != 2 {
		t.Fatalf("no deadlock of two: %v", err)
	}
	table.ReleaseAll(o[0])
	if err := <-writer.err; err != nil {
		t.Error(err)
	}
	if !reader.waits() {
		t.Error("the queue has another order")
	}
	table.ReleaseAll(o[1])
	if err := <-reader.err; err != nil {
		t.Error(err)
	}
	table.ReleaseAll(o[2])
	empty(t, table)
}

// TestExclusion has many owners take random locks in random modes: no two hold
// what excludes each other, and nobody is left waiting.
func TestExclusion(t *testing.T) {
	ctx := context.Background()
	table := New(0, never)
	names := []string{"a", "b", "c"}
	var inside struct {
		sync.Mutex
		readers, writers [3]int
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			r := rand.New(rand.NewPCG(uint64(i), 7))
			for n := range 300 {
				o := &Owner{ID: int32(i), Transaction: uint64(n)}
				var readers, writers [3]int
				for range 1 + r.IntN(3) {
					at, m := r.IntN(3), shared
					if r.IntN(3) == 0 {
						m = exclusive
					}
					if table.Holds(o, names[at], m) {
						continue
					}
					var d *Deadlock
					if err := table.Acquire(ctx, o, names[at], m); errors.As(err, &d) {
						break
					} else if err != nil {
						t.Error(err)
					}
					inside.Lock()
					if m == exclusive {
						writers[at]++
						inside.writers[at]++
					} else {
						readers[at]++
						inside.readers[at]++
					}
					if inside.writers[at] > 1 || inside.writers[at] == 1 && writers[at] == 0 || inside.writers[at] == 1 && inside.readers[at] > readers[at] {
						t.Errorf("%s has %d writers and %d readers", names[at], inside.writers[at], inside.readers[at])
					}
					inside.Unlock()
					runtime.Gosched()
				}
				inside.Lock()
				for at := range names {
					inside.readers[at] -= readers[at]
					inside.writers[at] -= writers[at]
				}
				inside.Unlock()
				table.ReleaseAll(o)
			}
		}()
	}
	wg.Wait()
	empty(t, table)
}

func never(string) bool { return false }

// TestNamedLocksStay: a named lock that nobody has is not counted, is taken as
// ever, and goes when there are too many.
func TestNamedLocksStay(t *testing.T) {
	table, o := New(0, func(name string) bool { return name[0] == 't' }), owners(2)
	shared, alone := Mode{Bit: 1, Conflicts: 2}, Mode{Bit: 2, Conflicts: 3}
	for i := range 3 * maxIdle {
		name := fmt.Sprintf("t%d", i)
		if !table.TryAcquire(o[0], name, alone) || table.TryAcquire(o[1], name, shared) {
			t.Fatalf("lock %d", i)
		}
		table.ReleaseAll(o[0])
		if n := table.Len(); n != 0 || len(table.mu.locks) > maxIdle+1 {
			t.Fatalf("%d locks are held, %d are there", n, len(table.mu.locks))
		}
	}
	if !table.TryAcquire(o[1], fmt.Sprintf("t%d", 3*maxIdle-1), shared) || table.Len() != 1 {
		t.Error("the last lock cannot be taken again")
	}
}

// TestFull refuses a lock beyond the bound, and takes it when others are gone.
func TestFull(t *testing.T) {
	ctx := context.Background()
	table, o := New(2, never), owners(2)
	acquire(t, table, o[0], "a", shared)
	acquire(t, table, o[0], "b", shared)
	if table.TryAcquire(o[1], "c", shared) || !table.Full("c") || table.Full("a") {
		t.Error("there is room for a third")
	}
	if err := table.Acquire(ctx, o[1], "c", shared); err != ErrFull {
		t.Error(err)
	}
	acquire(t, table, o[1], "a", shared) // it is there already
	table.ReleaseAll(o[0])
	acquire(t, table, o[1], "c", shared)
	table.ReleaseAll(o[1])
	empty(t, table)
}

// TestMany: an owner's many locks that nobody else wants are one entry in the list, can be
// wanted by others one by one, and leave nothing behind.
func TestMany(t *testing.T) {
	ctx := context.Background()
	table, o := New(0, func(name string) bool { return name[0] == 't' }), owners(3)
	const many = 1 << 17
	row := func(i int) string { return fmt.Sprintf("r%d", i) }
	acquire(t, table, o[0], "table", shared)
	mark := o[0].Mark()
	for i := range many {
		acquire(t, table, o[0], row(i), shared)
		if i%2 == 0 {
			acquire(t, table, o[0], row(i), exclusive)
		}
	}
	acquire(t, table, o[1], row(1), shared)
	if table.TryAcquire(o[1], row(0), shared) || table.TryAcquire(o[1], row(1), exclusive) || table.TryAcquire(o[0], row(1), exclusive) {
		t.Error("a lock was given that another has")
	}
	waits := table.startWaiting(t, ctx, o[2], row(2), exclusive)
	if n := table.Len(); n != many+1 {
		t.Errorf("there are %d locks", n)
	}
	held := map[string]int{}
	for _, e := range table.List() {
		if e.Granted {
			held[e.Name]++
		}
	}
	// Those alone are one entry; two more have a state since others wanted them.
	if held["table"] != 1 || held[""] != 4 {
		t.Errorf("the list has %v", held)
	}
	grants := table.Grants(o[0])
	again := New(5, func(name string) bool { return name[0] == 't' })
	again.Adopt(table.Secret())
	restored := &Owner{Transaction: 1}
	again.Restore(restored, grants)
	if !again.Holds(restored, "table", shared) || !again.Holds(restored, row(0), exclusive) || !again.Holds(restored, row(1), shared) || again.Holds(restored, row(1), exclusive) {
		t.Error("what was restored is not what was held")
	}
	again.ReleaseAll(restored)
	empty(t, again)
	table.ReleaseSince(o[0], mark)
	if err := <-waits.err; err != nil {
		t.Error(err)
	}
	if n := table.Len(); n != 3 || len(table.mu.alone) > 3 || table.mu.most > many/16 {
		t.Errorf("%d locks are left, the map was made for %d", n, table.mu.most)
	}
	for _, o := range o {
		table.ReleaseAll(o)
	}
	empty(t, table)
}
