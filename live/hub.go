package live

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// Hub watches the results of live queries. It is the tables.Publisher of one
// store.
//
// Locks are taken in this order: Hub.mu, Receiver.mu. The inbox and the heart
// have locks of their own, under which no other is taken.
type Hub struct {
	opts  HubOptions
	store atomic.Pointer[tables.Store]
	ctx   context.Context // ends with Shutdown
	stop  context.CancelFunc
	wg    sync.WaitGroup
	slots chan struct{} // tokens of the snapshots being read
	loads loads
	heart heart
	// position is the newest commit that has been queued to all it concerns.
	position atomic.Uint64

	inbox struct {
		sync.Mutex
		changed sync.Cond // queue or position changed, or closed
		queue   []*tables.ChangeSet
		idle    bool // the worker waits
		awaited int  // how many wait for the position
		closed  bool
	}
	mu struct {
		sync.Mutex
		subs         map[int64]*Subscription
		concerned    int // for how many commits the worker is woken at once
		nextNum      int64
		perUser      map[string]int
		shared       map[string]*flow
		routes       router
		arrangements arrangements
		channels     map[channel]map[*Receiver]struct{}
		listed       uint64 // how often flows have been listed
		closed       bool
	}
	work     work // the worker's own
	teller   teller
	clock    clock    // guarded by mu
	steps    stepTime // guarded by mu
	catchUps catchUps
}

// channel is a NOTIFY channel of a database.
type channel struct {
	database catalog.OID
	name     string
}

// NewHub starts a hub. Attach must follow before anyone subscribes, and
// Shutdown must end it.
func NewHub(opts HubOptions) *Hub {
	h := &Hub{opts: opts.withDefaults()}
	h.ctx, h.stop = context.WithCancel(context.Background())
	h.steps.limit = h.opts.Limits.StepTime
	h.slots = make(chan struct{}, h.opts.Limits.Snapshots)
	h.loads.init(h.opts.Limits.Snapshots)
	h.inbox.changed.L = &h.inbox.Mutex
	h.mu.subs = map[int64]*Subscription{}
	h.mu.perUser = map[string]int{}
	h.mu.shared = map[string]*flow{}
	h.mu.routes = router{}
	h.mu.arrangements = arrangements{byIdentity: map[string]*arrangement{}, byTable: map[catalog.OID][]*arrangement{}}
	h.mu.channels = map[channel]map[*Receiver]struct{}{}
	h.teller.start(h.opts.Logger)
	h.heart.init(h)
	h.clock.wake = make(chan struct{}, 1)
	h.clock.ctx, h.clock.stop = context.WithCancel(h.ctx)
	h.catchUps.init(h.ctx)
	h.wg.Add(4)
	go h.run()
	go h.keepCatchingUp()
	go h.keepTime()
	go h.heart.run()
	return h
}

// Attach gives the hub the store that publishes to it. What the store holds is
// where the hub begins.
func (h *Hub) Attach(store *tables.Store) {
	h.store.Store(store)
	h.advance(store.Durable())
}

// advance moves the position forward.
func (h *Hub) advance(seq storage.Seq) {
	for {
		at := h.position.Load()
		if uint64(seq) <= at || h.position.CompareAndSwap(at, uint64(seq)) {
			return
		}
	}
}

func (h *Hub) processed() storage.Seq { return storage.Seq(h.position.Load()) }

// Await waits until what the commits up to seq do has been queued to all they
// concern. It gives ctx's error when that ends first, and nil at once when the
// hub has shut down.
func (h *Hub) Await(ctx context.Context, seq storage.Seq) error {
	stop := context.AfterFunc(ctx, func() {
		h.inbox.Lock()
		h.inbox.changed.Broadcast()
		h.inbox.Unlock()
	})
	defer stop()
	h.inbox.Lock()
	defer h.inbox.Unlock()
	h.inbox.awaited++
	defer func() { h.inbox.awaited-- }()
	for h.processed() < seq && !h.inbox.closed {
		if err := ctx.Err(); err != nil {
			return err
		}
		h.inbox.changed.Wait()
	}
	return nil
}

func (h *Hub) epoch() uint64 {
	if s := h.store.Load(); s != nil {
		return s.Epoch()
	}
	return 0
}

func (h *Hub) queueBytes() int { return int(h.opts.Limits.QueueBytes) }

// Publish takes a commit. It is called in sequence order by one goroutine, and
// does no more than append to a queue; when that is full it waits for the
// worker, which in turn waits for nobody. See the package's essay. A commit that
// concerns nobody is done with at once: waking the worker for it would cost a writer
// that is alone more than all the rest here.
func (h *Hub) Publish(cs *tables.ChangeSet) {
	h.inbox.Lock()
	defer h.inbox.Unlock()
	for len(h.inbox.queue) >= h.opts.Limits.Backlog && !h.inbox.closed {
		h.inbox.changed.Wait()
	}
	if h.inbox.closed {
		return
	}
	if h.inbox.idle && len(h.inbox.queue) == 0 && h.passOver(cs) {
		if h.inbox.awaited == 0 {
			return
		}
	} else {
		h.inbox.queue = append(h.inbox.queue, cs)
	}
	h.inbox.changed.Broadcast()
}

// passOver is done with the commit after those that have been processed if there is
// nothing to do for it; false if there is, or that cannot be told at once. Who subscribes
// meanwhile does so before or after both: the position goes on under the same lock. A
// panic is left to the worker, which ends what it concerns.
func (h *Hub) passOver(cs *tables.ChangeSet) (over bool) {
	if cs.Catalog != nil || redefines(cs) || len(cs.Notifications) > 0 || !h.mu.TryLock() {
		return false
	}
	defer h.mu.Unlock()
	defer func() {
		if recover() != nil {
			over = false
		}
	}()
	if !h.concernsNobody(cs) {
		return false
	}
	h.advance(cs.Seq)
	return true
}

// concernsNobody says that no live query can be concerned by a commit; false if it takes
// long to tell. The hub's lock is held.
func (h *Hub) concernsNobody(cs *tables.ChangeSet) bool {
	if len(h.mu.routes) == 0 {
		return true
	}
	if len(cs.Changes) > fewChanges || cs.Packed() {
		return false
	}
	if h.mu.concerned > 0 {
		h.mu.concerned--
		return false
	}
	concerned := false
	for i := range cs.Changes {
		ch := &cs.Changes[i]
		concerned = concerned || len(h.mu.arrangements.byTable[ch.Table.OID]) > 0
		if !concerned {
			h.mu.routes.candidates(ch, func(*flow) { concerned = true })
		}
	}
	if concerned {
		h.mu.concerned = afterConcerned
	}
	return !concerned
}

const (
	// fewChanges is how many changes are routed before the worker is woken.
	fewChanges = 4
	// afterConcerned is for how many commits the worker is woken at once after one
	// that has concerned somebody: the next ones are likely to do so too.
	afterConcerned = 16
)

// run is the worker: it takes commits in order and queues what they do.
func (h *Hub) run() {
	defer h.wg.Done()
	var pace pace
	for {
		h.inbox.Lock()
		for len(h.inbox.queue) == 0 && !h.inbox.closed {
			h.inbox.idle = true
			h.inbox.changed.Wait()
		}
		h.inbox.idle = false
		if wait := pace.wait(time.Now()); wait > 0 && h.inbox.awaited == 0 && !h.inbox.closed && len(h.inbox.queue) < h.opts.Limits.Backlog/4 {
			h.inbox.Unlock()
			time.Sleep(wait)
			h.inbox.Lock()
		}
		batch := h.inbox.queue
		h.inbox.queue = nil
		h.inbox.changed.Broadcast()
		h.inbox.Unlock()
		if len(batch) == 0 {
			return // closed, and nothing is left
		}
		pace.round(time.Now(), len(batch))
		if len(batch) < h.opts.Limits.Backlog/8 {
			h.mu.Lock()
			h.steps.keepsUp()
			h.mu.Unlock()
		}
		for i, cs := range batch {
			h.process(cs, i < len(batch)-1)
			h.inbox.Lock()
			waiting := len(batch) - i - 1 + len(h.inbox.queue)
			h.inbox.changed.Broadcast()
			h.inbox.Unlock()
			h.shed(waiting)
		}
	}
}

// register adds a subscription to the dataflow of its request: the running one
// of its identity, or the given one. Every commit processed from now on reaches
// it.
func (h *Hub) register(s *Subscription, f *flow) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.mu.closed {
		return sqlerr.New(sqlerr.AdminShutdown, "the server is shutting down")
	}
	user := s.request.User
	if h.mu.perUser[user] >= h.opts.Limits.SubscriptionsPerUser {
		return sqlerr.New(sqlerr.TooManyConnections, `too many subscriptions for user "%s"`, user)
	}
	if running := h.mu.shared[f.share]; running != nil && f.share != "" {
		f = running
	} else {
		if f.share != "" {
			h.mu.shared[f.share] = f
		}
		h.mu.routes.add(f)
	}
	h.mu.perUser[user]++
	h.mu.nextNum++
	s.num, s.flow = h.mu.nextNum, f
	h.mu.subs[s.num] = s
	f.subs = append(f.subs, s)
	return nil
}

// detach removes a subscription that has ended.
func (h *Hub) detach(s *Subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remove(s)
}

// remove is detach with the hub's lock held.
func (h *Hub) remove(s *Subscription) {
	if h.mu.subs[s.num] != s {
		return
	}
	delete(h.mu.subs, s.num)
	if h.mu.perUser[s.request.User]--; h.mu.perUser[s.request.User] <= 0 {
		delete(h.mu.perUser, s.request.User)
	}
	f := s.flow
	if f.subs = without(f.subs, s); len(f.subs) == 0 {
		h.disarm(f)
		h.mu.routes.remove(f)
		h.release(f)
		if f.view != nil && f.view.giveUp != nil {
			f.view.giveUp()
		}
		if h.mu.shared[f.share] == f {
			delete(h.mu.shared, f.share)
		}
	}
}

// Subscriptions lists the subscriptions there are, oldest first.
func (h *Hub) Subscriptions() []Info {
	h.mu.Lock()
	subs := make([]*Subscription, 0, len(h.mu.subs))
	type kept struct{ bytes, arranged, shared int64 }
	keeps := make(map[*Subscription]kept, len(h.mu.subs))
	for _, s := range h.mu.subs {
		subs = append(subs, s)
		keeps[s] = kept{s.flow.stateBytes(), s.flow.arrangedBytes(), int64(len(s.flow.subs))}
	}
	h.mu.Unlock()
	slices.SortFunc(subs, func(a, b *Subscription) int { return int(a.num - b.num) })
	epoch, position := h.epoch(), h.processed()
	infos := make([]Info, 0, len(subs))
	for _, s := range subs {
		s.receiver.mu.Lock()
		if s.state != ended {
			i := s.info(epoch, position)
			i.StateBytes, i.ArrangedBytes, i.Shared = keeps[s].bytes, keeps[s].arranged, keeps[s].shared
			infos = append(infos, i)
		}
		s.receiver.mu.Unlock()
	}
	return infos
}

// End ends a subscription by its number as an operator's decision, with the
// message; false when there is none with that number.
func (h *Hub) End(id int64, message string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.mu.subs[id]
	if s == nil {
		return false
	}
	if message == "" {
		message = "the subscription was cancelled by an operator"
	}
	return h.endHeld(s, &End{Code: sqlerr.QueryCanceled, Reason: ReasonCancelled, Message: message})
}

// endHeld ends a subscription with the hub's lock held, so that no commit is
// being processed.
func (h *Hub) endHeld(s *Subscription, e *End) bool {
	ok := s.receiver.end(s, e)
	h.remove(s)
	return ok
}

// Shutdown ends every subscription with server_shutdown and its cursor, after
// what has been published before, and waits for the hub's goroutines. The
// events can be taken from the receivers afterwards.
func (h *Hub) Shutdown(ctx context.Context) error {
	h.inbox.Lock()
	h.inbox.closed = true
	h.inbox.changed.Broadcast()
	h.inbox.Unlock()
	h.heart.close()
	h.clock.stop()
	h.catchUps.stop()
	done := make(chan struct{})
	go h.awaitEnd(done)
	select {
	case <-done:
	case <-ctx.Done():
		h.opts.Logger.Warn("live queries were cut off at shutdown", slog.Any("error", ctx.Err()))
	}
	h.mu.Lock()
	h.mu.closed = true
	for _, s := range h.mu.subs {
		h.endHeld(s, &End{Code: sqlerr.AdminShutdown, Reason: ReasonServerShutdown, Message: "the server is shutting down"})
	}
	h.mu.Unlock()
	h.teller.stop()
	h.stop()
	h.loads.all.Wait()
	return ctx.Err()
}

func (h *Hub) awaitEnd(done chan<- struct{}) {
	h.wg.Wait()
	close(done)
}
