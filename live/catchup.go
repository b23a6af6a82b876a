package live

import (
	"cmp"
	"context"
	"errors"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
	"github.com/kalamsql/kalamsql/tables/turns"
)

// # Catching up together
//
// When a network or a proxy fails, thousands of clients come back within the same
// second, each with a cursor. Reading the change log for each of them would cost
// the product of both. So one goroutine replays for all that wait: it reads the
// log once, from the oldest of their cursors, and routes every change to the
// dataflows it concerns, as the hub's worker does with new ones. Whoever comes
// meanwhile is part of the next round, which goes on where this one has ended: what
// has been found for a dataflow is kept for as long as somebody comes every now and
// then. Writers keep their share of the machine: nobody else replays, and where many
// have waited they are let go on at a pace that leaves half of the processors to others.
// What they do then, an acknowledgement and all that they have missed to a socket, costs
// far more than the replay.

// catchUps are the subscriptions that wait for what they have missed.
type catchUps struct {
	ctx  context.Context
	stop context.CancelFunc
	wake chan struct{}
	log  recentLog // of keepCatchingUp, as is found
	// found is what the last rounds have found, by the hub's dataflows.
	found map[*flow]*replayed
	mu    struct {
		sync.Mutex
		waiting []*catchUp
	}
}

// catchUp is one of them. What it asks is settled when done is closed.
type catchUp struct {
	sub    *Subscription
	after  storage.Seq
	done   chan struct{}
	groups []group
	until  storage.Seq
	ok     bool
	err    error
}

func (c *catchUps) init(ctx context.Context) {
	c.ctx, c.stop = context.WithCancel(ctx)
	c.wake = make(chan struct{}, 1)
}

// catchUp waits for the groups of the commits after a sequence; see replay.
func (h *Hub) catchUp(ctx context.Context, s *Subscription, after storage.Seq) (groups []group, until storage.Seq, ok bool, err error) {
	j := &catchUp{sub: s, after: after, done: make(chan struct{})}
	c := &h.catchUps
	c.mu.Lock()
	c.mu.waiting = append(c.mu.waiting, j)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
	select {
	case <-j.done:
		return j.groups, j.until, j.ok, j.err
	case <-ctx.Done():
		return nil, 0, false, ctx.Err()
	case <-c.ctx.Done():
		return nil, 0, false, sqlerr.New(sqlerr.AdminShutdown, "the server is shutting down")
	}
}

// keepCatchingUp is the goroutine that replays.
func (h *Hub) keepCatchingUp() {
	defer h.wg.Done()
	c := &h.catchUps
	for {
		if !c.await(h.opts.Timer) {
			return
		}
		c.mu.Lock()
		round := c.mu.waiting
		c.mu.waiting = nil
		c.mu.Unlock()
		if len(round) > 0 {
			h.replayRound(round)
		}
	}
}

// await waits until somebody waits; false at shutdown. What has been read of the log
// is given up when nobody comes for a while.
func (c *catchUps) await(timer func(time.Duration) (<-chan time.Time, func() bool)) bool {
	select {
	case <-c.wake:
		return true
	default:
	}
	var idle <-chan time.Time
	if c.log.bytes > 0 || c.found != nil {
		fired, stop := timer(logIdle)
		defer stop()
		idle = fired
	}
	for {
		select {
		case <-c.wake:
			return true
		case <-c.ctx.Done():
			return false
		case <-idle:
			c.log, c.found, idle = recentLog{}, nil, nil
		}
	}
}

// replayRound replays for those that wait: for dataflows over one table together, for
// each view on its own, since that may take long and nobody else should wait for it.
func (h *Hub) replayRound(round []*catchUp) {
	store := h.store.Load()
	var ofTables []*catchUp
	ofViews := map[*flow][]*catchUp{}
	for _, j := range round {
		if f := j.sub.flow; f.view != nil {
			ofViews[f] = append(ofViews[f], j)
		} else {
			ofTables = append(ofTables, j)
		}
	}
	for _, list := range ofViews {
		h.wg.Add(1)
		go h.replayView(store, list)
	}
	if len(ofTables) > 0 {
		defer h.goOn(ofTables)
		h.replayTables(store, ofTables)
	}
}

// goOn lets those go on who have waited for a replay, be it that it panicked.
func (h *Hub) goOn(list []*catchUp) {
	if p := recover(); p != nil {
		for _, j := range list {
			if j.err == nil {
				j.ok, j.err = false, sqlerr.Internal("panic in a dataflow: %v\n%s", p, debug.Stack())
			}
		}
	}
	h.catchUps.release(list)
}

const (
	// fewReleased is how many go on at once, and up to how many nobody waits.
	fewReleased = 16
	// perReleased and perMissedByte are roughly twice the processor time that each of
	// them takes, here and on its way.
	perReleased   = 1300 * time.Microsecond
	perMissedByte = 16 * time.Nanosecond
)

// release lets those who have waited go on.
func (c *catchUps) release(round []*catchUp) {
	var cost time.Duration
	for i, j := range round {
		close(j.done)
		cost += perReleased
		for _, g := range j.groups {
			cost += time.Duration(g.delta.bytes) * perMissedByte
		}
		if (i+1)%fewReleased == 0 && len(round) > fewReleased {
			select {
			case <-time.After(cost / time.Duration(turns.Processors)):
			case <-c.ctx.Done():
			}
			cost = 0
		}
	}
}

// replayTime bounds the replay of a view; a snapshot must serve that takes longer.
const replayTime = 30 * time.Second

// replayView replays the view of one dataflow, once for each cursor, in a place of those
// that begin.
func (h *Hub) replayView(store *tables.Store, list []*catchUp) {
	defer h.wg.Done()
	defer h.goOn(list)
	f, first := list[0].sub.flow, list[0].sub.request
	err := h.load(h.catchUps.ctx, store, f, first.EvalContext())
	if err == nil {
		var leave func()
		if leave, err = h.loads.enter(h.catchUps.ctx, store, f); err == nil {
			defer leave()
		}
	}
	if err != nil {
		for _, j := range list {
			j.err = err
		}
		return
	}
	ctx, cancel := context.WithTimeout(h.catchUps.ctx, replayTime)
	defer cancel()
	slices.SortFunc(list, func(a, b *catchUp) int { return cmp.Compare(a.after, b.after) })
	for i, j := range list {
		if i > 0 && list[i-1].after == j.after {
			before := list[i-1]
			j.groups, j.until, j.ok, j.err = before.groups, before.until, before.ok, before.err
			continue
		}
		j.groups, j.until, j.ok, j.err = j.sub.replayView(ctx, store, j.after)
		if j.err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
			j.groups, j.ok, j.err = nil, false, nil
		}
	}
}

// replayed is a dataflow over one table, and what rounds have found for it.
type replayed struct {
	flow    *flow // of the rounds' own
	context *expr.Context
	// from is the oldest cursor of its subscriptions, until the commit up to which it
	// has been replayed.
	from, until storage.Seq
	groups      []group
	bytes       int
	pending     []*tables.Change
	// lost is the newest commit that cannot be crossed.
	lost storage.Seq
}

// replayRound is a round over tables under way.
type replayRound struct {
	byFlow   map[*flow]*replayed // by the hub's
	own      map[*flow]*replayed // by the rounds' own
	routes   router
	touched  []*replayed
	bytes    int
	perFlow  int
	together int
	epoch    uint64
}

// flowsTogether bounds what a round may find, as a multiple of what one
// subscription may.
const flowsTogether = 16

func (h *Hub) replayTables(store *tables.Store, list []*catchUp) {
	until := max(h.processed(), store.Durable())
	r := &replayRound{byFlow: map[*flow]*replayed{}, own: map[*flow]*replayed{}, routes: router{},
		perFlow: h.queueBytes(), together: flowsTogether * h.queueBytes(), epoch: store.Epoch()}
	// The oldest cursors come first: what is kept must reach back to them.
	slices.SortFunc(list, func(a, b *catchUp) int { return cmp.Compare(a.after, b.after) })
	for _, j := range list {
		until = max(until, j.after, j.sub.flow.asOf) // the flow leaves out what came before it was planned
		r.add(j, h.catchUps.found[j.sub.flow])
	}
	from := until
	for _, of := range r.byFlow {
		from, until = min(from, of.until), max(until, of.until)
	}
	h.catchUps.found = nil // until it is whole again
	err := store.WaitDurable(h.catchUps.ctx, until)
	if err == nil {
		err = h.catchUps.log.read(h.catchUps.ctx, store, from, until, r.take)
	}
	if err != nil {
		for _, j := range list {
			j.err = err
		}
		return
	}
	for _, of := range r.byFlow {
		of.until = until
	}
	h.catchUps.found = r.byFlow
	start := store.LogStart()
	for _, j := range list {
		of := r.byFlow[j.sub.flow]
		j.until = until
		j.ok = j.after >= of.lost && j.after >= start && (j.sub.flow.durable() || store.StreamsHeld(j.after))
		if j.ok {
			at, _ := slices.BinarySearchFunc(of.groups, j.after+1, func(g group, s storage.Seq) int { return cmp.Compare(g.seq, s) })
			j.groups = slices.Clip(of.groups[at:])
		}
	}
}

// add makes a subscription's dataflow part of the round, unless one with an older
// cursor has done so. found is what the last round has found for it, if anything.
func (r *replayRound) add(j *catchUp, found *replayed) {
	shared := j.sub.flow
	if r.byFlow[shared] != nil {
		return
	}
	of := found
	if of == nil || j.after < of.from || r.bytes+of.bytes > r.together {
		own := &flow{query: shared.query, keys: shared.keys, user: shared.user}
		own.bound, _ = own.program.For(own.program.Scan.Table)
		of = &replayed{flow: own, context: j.sub.request.EvalContext(), from: j.after, until: j.after}
	}
	r.byFlow[shared], r.own[of.flow] = of, of
	r.bytes += of.bytes
	r.routes.add(of.flow)
}

// take routes one commit.
func (r *replayRound) take(cs *tables.ChangeSet) {
	if redefines(cs) {
		for _, of := range r.own {
			if cs.Seq > of.until && !of.flow.crosses(cs) {
				r.bytes -= of.lose(cs.Seq)
			}
		}
	}
	for i := range cs.Changes {
		ch := &cs.Changes[i]
		r.routes.candidates(ch, func(f *flow) {
			of := r.own[f]
			n := len(of.pending)
			switch {
			case cs.Seq <= of.until:
			case n == 0:
				r.touched = append(r.touched, of)
				of.pending = append(of.pending, ch)
			case of.pending[n-1] != ch:
				of.pending = append(of.pending, ch)
			}
		})
	}
	for _, of := range r.touched {
		r.step(of, cs.Seq)
	}
	clear(r.touched)
	r.touched = r.touched[:0]
}

// step runs what a commit has for a dataflow.
func (r *replayRound) step(of *replayed, seq storage.Seq) {
	d, altered, err := of.flow.delta(of.context, seq, of.pending)
	clear(of.pending)
	of.pending = of.pending[:0]
	switch {
	case err != nil, altered: // it may well have a result by now
		r.bytes -= of.lose(seq)
	case d != nil:
		of.groups = append(of.groups, group{seq: seq, cursor: EncodeCursor(r.epoch, seq), delta: d})
		of.bytes += d.bytes
		if r.bytes += d.bytes; of.bytes > r.perFlow || r.bytes > r.together {
			r.bytes -= of.lose(seq)
		}
	}
}

// lose gives up what came before a commit and in it: a snapshot must serve, or is
// cheaper. It says how many bytes that was.
func (of *replayed) lose(seq storage.Seq) int {
	bytes := of.bytes
	of.lost, of.groups, of.bytes = seq, nil, 0
	return bytes
}
