package live

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/tables/turns"
)

// # Telling a thousand
//
// One commit may have something for a thousand connections. If each of them were woken, a
// goroutine for each would be scheduled, find its memory cold, ask its socket whether there
// is something to read, and go to sleep again; that costs several times as much as the
// write to the socket, and all processors are taken until the last of them sleeps, writers'
// commits included. So receivers are told in rounds, by one goroutine for two processors,
// which hands out what there is without waiting, connection after connection; who tells
// that a socket takes no more leaves the rest to the connection's own goroutine. Whatever
// comes for a receiver before its turn goes out with it.
//
// Where round follows round, there is a rest behind each of up to twice its length: what
// comes meanwhile goes out in one write to each, and the processors are the writers'. That
// ends where receivers would be told too late for it: a round that is long is not followed
// by a rest, and is shared by more goroutines, up to one for each processor.

const (
	// restAfter is after how many rounds without a wait there are rests.
	restAfter = 8
	// longRound is how long a round and its rest are together at most, and from what
	// length on more share it.
	longRound = 25 * time.Millisecond
	// fewTold is how many receivers one goroutine tells alone, however long it takes.
	fewTold = 32
)

// teller calls receivers that have something, each by one goroutine at a time.
type teller struct {
	mu struct {
		sync.Mutex
		queue  []*Receiver // each once at most
		closed bool
	}
	changed sync.Cond
	logger  *slog.Logger
	wg      sync.WaitGroup
}

func (t *teller) start(logger *slog.Logger) {
	t.logger = logger
	t.changed.L = &t.mu
	t.wg.Add(1)
	go t.run()
}

// stop has everyone told who is to be, and ends the teller.
func (t *teller) stop() {
	t.mu.Lock()
	t.mu.closed = true
	t.changed.Signal()
	t.mu.Unlock()
	t.wg.Wait()
}

// tell has the receiver called. It never waits, and may be called under any lock.
func (t *teller) tell(r *Receiver) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.listed || t.mu.closed {
		return
	}
	r.listed = true
	if t.mu.queue = append(t.mu.queue, r); len(t.mu.queue) == 1 {
		t.changed.Signal()
	}
}

// run makes the rounds.
func (t *teller) run() {
	defer t.wg.Done()
	var round []*Receiver
	pace := newTellingPace(turns.Processors)
	for {
		t.mu.Lock()
		for len(t.mu.queue) == 0 && !t.mu.closed {
			pace.rounds = 0
			t.changed.Wait()
		}
		if len(t.mu.queue) == 0 {
			t.mu.Unlock()
			return
		}
		round, t.mu.queue = t.mu.queue, round[:0]
		closed := t.mu.closed
		t.mu.Unlock()
		began := time.Now()
		t.round(round, pace.shares)
		if rest := pace.rest(time.Since(began)); rest > 0 && !closed {
			time.Sleep(rest)
		}
		clear(round)
		if cap(round) > 1<<16 {
			round = nil
		}
	}
}

// round calls receivers, in so many shares at once.
func (t *teller) round(all []*Receiver, shares int) {
	each := max(fewTold, (len(all)+shares-1)/shares)
	var others sync.WaitGroup
	for len(all) > each {
		share := all[:each]
		all = all[each:]
		others.Go(func() { t.callAll(share) })
	}
	t.callAll(all)
	others.Wait()
}

func (t *teller) callAll(all []*Receiver) {
	for _, r := range all {
		t.call(r)
	}
}

// call calls a receiver; what comes from now on is for the next call.
func (t *teller) call(r *Receiver) {
	t.mu.Lock()
	r.listed = false
	t.mu.Unlock()
	defer func() {
		if p := recover(); p != nil {
			t.logger.Error("panic while telling a receiver", slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
		}
	}()
	if f := r.notify.Load(); f != nil {
		(*f)()
	}
}

// tellingPace says when a teller rests, and how many share its rounds.
type tellingPace struct {
	rounds      int // without a wait between them
	shares      int
	least, most int // shares: one for two processors, one for each
}

func newTellingPace(processors int) tellingPace {
	least := max(1, processors/2)
	return tellingPace{shares: least, least: least, most: max(1, processors)}
}

// rest notes how long a round has taken, and gives how long to rest behind it.
func (p *tellingPace) rest(took time.Duration) time.Duration {
	p.rounds++
	switch {
	case took > longRound:
		p.shares = min(p.shares+1, p.most)
	case took < longRound/2:
		p.shares = max(p.shares-1, p.least)
	}
	if p.rounds < restAfter {
		return 0
	}
	return max(0, min(2*took, longRound-took))
}
