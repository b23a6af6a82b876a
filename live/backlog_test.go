package live

import (
	"slices"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// TestBacklogIsWorkedOffWithoutTheLock: the worker goes on while a query catches up, and
// each commit is taken once, in order.
func TestBacklogIsWorkedOffWithoutTheLock(t *testing.T) {
	h := NewHub(HubOptions{})
	defer h.Shutdown(bg)
	var b backlog
	add := func(seqs ...storage.Seq) {
		for _, seq := range seqs {
			if !b.add(seq, nil, 1<<20) {
				t.Error("a commit was not kept")
			}
		}
	}
	add(1, 2, 3, 4, 5)
	var taken []storage.Seq
	err := h.workOff(&b, 2, time.Now().Add(-time.Hour), func(c viewCommit) error {
		if c.seq <= 5 {
			h.mu.Lock() // as the worker does
			if c.seq == 5 {
				add(6, 7)
			}
			h.mu.Unlock()
		}
		taken = append(taken, c.seq)
		return nil
	})
	if err != nil || h.mu.TryLock() {
		t.Fatalf("the lock is not held, or %v", err)
	}
	h.mu.Unlock()
	if !slices.Equal(taken, []storage.Seq{3, 4, 5, 6, 7}) || len(b.commits) > 0 {
		t.Errorf("taken %d, left %d", taken, len(b.commits))
	}
}

// TestBacklogOfAPanic: it is an error, and the lock is held as ever.
func TestBacklogOfAPanic(t *testing.T) {
	h := NewHub(HubOptions{})
	defer h.Shutdown(bg)
	for many := range 6 {
		var b backlog
		for seq := range many + 1 {
			b.add(storage.Seq(seq+1), nil, 1<<20)
		}
		err := h.workOff(&b, 0, time.Now(), func(viewCommit) error { panic("on purpose") })
		if err == nil || h.mu.TryLock() {
			t.Fatalf("%d commits: %v", many+1, err)
		}
		h.mu.Unlock()
	}
}

// TestBacklogThatGrows: who takes longer over the commits than they took to come is ended,
// and so is who lets more of them wait than may be kept.
func TestBacklogThatGrows(t *testing.T) {
	h := NewHub(HubOptions{Limits: Limits{StepTime: 1}})
	defer h.Shutdown(bg)
	ended := func(b *backlog, message string, take func(viewCommit) error) {
		t.Helper()
		err := h.workOff(b, 0, time.Now(), take)
		h.mu.Unlock()
		if end, ok := err.(*End); !ok || end.Reason != ReasonStateLimit || end.Message != message {
			t.Errorf("%v", err)
		}
	}
	slow := &backlog{}
	for seq := range storage.Seq(9) {
		slow.add(seq+1, nil, 1<<20)
	}
	n := 0
	ended(slow, tooLong().Message, func(viewCommit) error {
		n++
		for began := time.Now(); time.Since(began) < time.Millisecond; {
		}
		return nil
	})
	if n == 9 {
		t.Error("all were taken")
	}
	large := &backlog{}
	change := []*tables.Change{{New: row(1, "room", "body", 1)}}
	for seq := storage.Seq(1); large.add(seq, change, 1000); seq++ {
	}
	ended(large, stateLimit().Message, func(viewCommit) error { return nil })
}
