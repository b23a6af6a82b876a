package live

import (
	"context"
	"errors"

	"github.com/kalamsql/kalamsql/live/circuit"
	"github.com/kalamsql/kalamsql/live/dataflow"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// Check says whether a plan can be live; if not, the error is 0A000 and names
// what it contains.
func (h *Hub) Check(p *plan.Plan) error {
	err := dataflow.Check(p)
	if err == nil || h.opts.Evaluate == nil {
		return err
	}
	_, err = h.newView(p, nil)
	return err
}

// Alike says that requests of a plan may have a Compiled in common: it is over one table,
// and means the same for everyone and at any time.
func (h *Hub) Alike(p *plan.Plan) bool {
	if dataflow.Check(p) != nil || p.ByRole || len(p.Routines) > 0 || p.Volatility != expr.Immutable || circuit.Temporal(p.Root) {
		return false
	}
	volatility := expr.Immutable
	plan.EachNode(p.Root, func(n plan.Node) {
		plan.EachExpr(n, func(e expr.Expr) { volatility = max(volatility, expr.MaxVolatility(e)) })
	})
	return volatility == expr.Immutable
}

// ErrRedefined is the cause of an error of Subscribe: definitions have changed since the query was
// planned. Planned again it may be subscribed to.
var ErrRedefined = errors.New("definitions have changed since the query was planned")

// Redefined is the error of a query that is out of date, with ErrRedefined as its cause.
func Redefined() error {
	return sqlerr.New(sqlerr.FeatureNotSupported, "cached plan must not change result type").WithCause(ErrRedefined)
}

// Subscribe starts a live query. When it returns, every later commit reaches
// the subscription; its events (batches, then changes) come through Take, none
// of them before req.Acknowledge has been called. Errors: 0A000 for a query
// that cannot be live or, with ErrRedefined, is out of date, 22023 for a malformed cursor, 42710 for an id in use,
// 53300 beyond a limit, 57P01 at shutdown.
//
// With a cursor that is still held, Subscribe reads the commits after it before
// it returns; ctx ends that.
func (r *Receiver) Subscribe(ctx context.Context, req Request) (*Subscription, error) {
	h := r.hub
	store := h.store.Load()
	if store == nil {
		return nil, sqlerr.Internal("the hub has no store")
	}
	var from mark
	if req.Options.From != "" {
		epoch, seq, err := DecodeCursor(req.Options.From)
		if err != nil {
			return nil, err
		}
		from = mark{epoch, seq}
	}
	h.complete(&req)
	f, err := h.newFlow(&req)
	if err != nil {
		return nil, err
	}
	s := &Subscription{id: req.ID, receiver: r, request: req, started: h.opts.Now(), room: make(chan struct{}, 1)}
	s.buffering = from.epoch != 0 || !req.Options.Snapshot
	if err := r.reserve(s); err != nil {
		return nil, err
	}
	if err := h.register(s, f); err != nil {
		r.mu.Lock()
		r.finish(s, nil)
		r.mu.Unlock()
		return nil, err
	}
	groups, err := s.begin(ctx, store, from)
	if err == nil && !s.resumed && !s.request.Options.Snapshot {
		err = s.beginHere(ctx, store)
	}
	if err == nil {
		err = s.reached(ctx)
	}
	if err == nil {
		err = r.start(s, store, groups)
	}
	if err != nil {
		r.mu.Lock()
		r.finish(s, nil)
		r.mu.Unlock()
		h.detach(s)
		return nil, err
	}
	if h.heart.want(r, req.Options.Heartbeat); r.isClosed() {
		h.heart.forget(r)
	}
	return s, nil
}

// complete gives a request its defaults.
func (h *Hub) complete(req *Request) {
	if req.Options.BatchSize <= 0 {
		req.Options.BatchSize = defaultBatchSize
	}
	if o := &req.Options; o.Heartbeat > 0 {
		o.Heartbeat = max(o.Heartbeat, shortestHeartbeat)
	}
	if req.EvalContext == nil {
		params, now := req.Params, h.opts.Now()
		req.EvalContext = func() *expr.Context {
			return &expr.Context{Ctx: h.ctx, Env: types.DefaultEnv, Params: params, TxTime: now, StatementTime: now, Clock: h.opts.Now}
		}
	}
}

// reserve takes the subscription's id within the receiver.
func (r *Receiver) reserve(s *Subscription) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.mu.closed:
		return sqlerr.New(sqlerr.ConnectionDoesNotExist, "connection is closed")
	case r.mu.subs[s.id] != nil:
		return sqlerr.New(sqlerr.DuplicateObject, `subscription "%s" already exists`, s.id)
	case len(r.mu.subs) >= r.hub.opts.Limits.SubscriptionsPerConnection:
		return sqlerr.New(sqlerr.TooManyConnections, "too many subscriptions for this connection")
	}
	if r.mu.subs == nil {
		r.mu.subs = map[string]*Subscription{}
	}
	r.forget(s.id)
	r.mu.subs[s.id] = s
	return nil
}

// begin looks whether the query still means what was planned, since definitions
// may have changed before it was registered, and then whether it can go on from
// a cursor. It gives what has been missed since.
func (s *Subscription) begin(ctx context.Context, store *tables.Store, from mark) ([]group, error) {
	cat := store.Catalog()
	for _, planned := range s.flow.sources() {
		table := cat.Table(planned.OID)
		if table == nil {
			return nil, sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, planned.Name)
		}
		if !s.flow.stillMeans(table) {
			return nil, Redefined()
		}
	}
	if s.flow.throughViews(cat) != nil || s.request.Means != nil && !s.request.Means(cat) {
		return nil, Redefined()
	}
	if s.request.Allowed != nil {
		if err := s.request.Allowed(cat); err != nil {
			return nil, err
		}
	}
	if from.epoch == 0 {
		return nil, nil
	}
	groups, until, ok, err := s.replay(ctx, store, from)
	if err != nil {
		return nil, err
	}
	s.receiver.mu.Lock()
	defer s.receiver.mu.Unlock()
	if !ok {
		s.buffering, s.backlog, s.queued = false, nil, 0
		s.request.Options.Snapshot, s.request.Options.LastRows = true, 0
		return nil, nil
	}
	s.resumed = true
	s.base(until)
	return groups, nil
}

// beginHere has a subscription that wants no snapshot begin with the first
// commit after this call.
func (s *Subscription) beginHere(ctx context.Context, store *tables.Store) error {
	if s.flow.view != nil {
		if err := s.receiver.hub.load(ctx, store, s.flow, s.request.EvalContext()); err != nil {
			return err
		}
	}
	seq := store.Applied()
	s.receiver.mu.Lock()
	s.base(seq)
	s.receiver.mu.Unlock()
	return store.WaitDurable(ctx, seq)
}

// reached waits until the hub has come to where the subscription starts from, if that is
// known: what the commits up to there do to others of its receiver is queued before, so
// that from then on all of them move together.
func (s *Subscription) reached(ctx context.Context) error {
	s.receiver.mu.Lock()
	after, based := s.after, s.based
	s.receiver.mu.Unlock()
	if !based {
		return nil
	}
	return s.receiver.hub.Await(ctx, after)
}

// base fixes the sequence that the subscription starts from, and drops what has
// been kept of earlier commits. The receiver's lock is held.
func (s *Subscription) base(seq storage.Seq) {
	s.after, s.based = seq, true
	kept := s.backlog[:0]
	for _, g := range s.backlog {
		if g.seq > seq {
			kept = append(kept, g)
		} else {
			s.queued -= g.delta.bytes
		}
	}
	clear(s.backlog[len(kept):])
	s.backlog = kept
}

// start acknowledges the subscription and sets it going: at once when it needs
// no snapshot, else with a goroutine that reads it.
func (r *Receiver) start(s *Subscription, store *tables.Store, groups []group) error {
	if s.request.Acknowledge != nil {
		s.request.Acknowledge(s)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.state == ended {
		if s.early != nil {
			return sqlerr.New(s.early.Code, "%s", s.early.Message)
		}
		return sqlerr.New(sqlerr.ConnectionDoesNotExist, "connection is closed")
	}
	s.acknowledged = true
	if from := s.after; s.based {
		if s.resumed { // what has been missed since comes behind
			from = s.from
		}
		r.goLive(s, &SnapshotBatch{Sub: s, Cursor: EncodeCursor(r.hub.epoch(), from), seq: from, size: eventBytes}, groups)
		return nil
	}
	ctx, cancel := context.WithCancel(r.hub.ctx)
	s.cancel = cancel
	r.wg.Add(1)
	go s.run(ctx, cancel, store)
	return nil
}

// goLive queues the last batch, what was missed, and what has come meanwhile.
// The lock is held.
func (r *Receiver) goLive(s *Subscription, last *SnapshotBatch, missed []group) {
	s.state, s.buffering, s.room, s.cancel = living, false, nil, nil
	s.queued += last.size
	s.batches += last.size
	r.mu.queue = append(r.mu.queue, last)
	for _, g := range missed {
		s.queued += g.delta.bytes
		r.queueGroup(s, g)
	}
	for _, g := range s.backlog {
		r.queueGroup(s, g)
	}
	s.backlog = nil
	s.request.Plan, s.request.Compiled, s.request.Unordered, s.request.EvalContext, s.request.Acknowledge = nil, nil, nil, nil, nil
	r.signal()
}

func (r *Receiver) queueGroup(s *Subscription, g group) {
	r.mu.queue = append(r.mu.queue, &Changes{Seq: g.seq, Cursor: g.cursor, Parts: []Part{{Sub: s, Delta: g.delta, Coalesced: g.coalesced}}})
}
