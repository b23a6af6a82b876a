package live

import (
	"log/slog"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

// HubOptions configures a Hub. The zero value works.
type HubOptions struct {
	Logger *slog.Logger     // nil: slog.Default
	Now    func() time.Time // nil: time.Now
	// Timer arms a timer: the channel receives once after d, stop gives it up.
	// Nil: time.NewTimer.
	Timer  func(d time.Duration) (fired <-chan time.Time, stop func() bool)
	Limits Limits
	// Evaluate runs queries over more than one table; nil refuses them.
	Evaluate Evaluate
}

// Limits bounds what subscriptions may take; zero means the default.
type Limits struct {
	// SubscriptionsPerConnection bounds one Receiver (default 1000),
	// SubscriptionsPerUser all receivers of a user (default 100000). Beyond: 53300.
	SubscriptionsPerConnection, SubscriptionsPerUser int
	// QueueBytes bounds what is queued for one subscription (default 16 MiB),
	// and the plain notifications queued for one receiver.
	QueueBytes int64
	// StateBytes bounds the memory of a dataflow and of a last_rows snapshot
	// (default 256 MiB). Beyond: state_limit, 53400.
	StateBytes int64
	// StepTime bounds how long a commit may keep the dataflow of a query over more than one
	// table busy while others wait for it (default 5 s). Beyond: state_limit, 53400.
	StepTime time.Duration
	// Snapshots is how many snapshots are read at once (default 8).
	Snapshots int
	// Backlog is how many commits may wait for the hub before commits wait for
	// it (default 8192).
	Backlog int
}

func (o HubOptions) withDefaults() HubOptions {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Timer == nil {
		o.Timer = func(d time.Duration) (<-chan time.Time, func() bool) {
			t := time.NewTimer(d)
			return t.C, t.Stop
		}
	}
	for _, l := range []struct {
		limit *int
		value int
	}{
		{&o.Limits.SubscriptionsPerConnection, 1000},
		{&o.Limits.SubscriptionsPerUser, 100000},
		{&o.Limits.Snapshots, 8},
		{&o.Limits.Backlog, 8192},
	} {
		if *l.limit <= 0 {
			*l.limit = l.value
		}
	}
	if o.Limits.QueueBytes <= 0 {
		o.Limits.QueueBytes = 16 << 20
	}
	if o.Limits.StateBytes <= 0 {
		o.Limits.StateBytes = 256 << 20
	}
	if o.Limits.StepTime <= 0 {
		o.Limits.StepTime = 5 * time.Second
	}
	return o
}

// Request is a live query to subscribe to.
type Request struct {
	// ID names the subscription within its receiver.
	ID string
	// Text is the normalised statement: the identity by which dataflows are
	// shared.
	Text string
	Plan *plan.Plan
	// AsOf is a commit whose definitions, and those of all before it, the plan was made with: the hub may come
	// to such commits later, and they change nothing for the query. It is applied. Zero: none is known.
	AsOf storage.Seq
	// Compiled, if it is set, is that of all requests with the very same plan, which has no
	// policies and calls no functions of users.
	Compiled *Compiled
	// Dated: the plan has constants that are made of the time at which it was planned, such
	// as 'today'. It is another query at another time.
	Dated bool
	// Unordered is the plan without the query's ORDER BY, where last_rows is asked for: which
	// rows were written last does not depend on their order. Nil: there is none.
	Unordered *plan.Plan
	Params    []types.Datum
	// User is whose slice of a user table is seen.
	User string
	// EvalContext makes a context for evaluation, with the parameters and with
	// now() fixed at the subscription's start. It is called once for every
	// goroutine that evaluates.
	EvalContext func() *expr.Context
	// Allowed says why the subscriber may not read, nil if it may; it is asked again
	// with each new version of the catalog. Nil: it always may.
	Allowed func(*catalog.Catalog) error
	// Means says whether the query still means what it did when it was planned, as
	// far as that is not its tables' shape; it is asked like Allowed. Nil: yes.
	Means func(*catalog.Catalog) bool
	// Acknowledge, when set, is called before the first event of the
	// subscription can be taken, so that a transport can send its
	// acknowledgement first. No lock is held.
	Acknowledge func(*Subscription)
	Options     Options
}

// Options are what a client may ask of a subscription.
type Options struct {
	// Snapshot: begin with the rows there are. Without it, one empty batch
	// gives the cursor.
	Snapshot bool
	// LastRows, when positive, limits the snapshot to the rows written last.
	LastRows int
	// BatchSize is how many rows a batch has at most (default 500).
	BatchSize int
	// Pull: each batch after the first waits for NextBatch.
	Pull bool
	// From is the cursor to resume from; empty: none.
	From string
	// Slow says what happens when the queue is full.
	Slow SlowPolicy
	// Heartbeat is the interval between heartbeats; 0: none.
	Heartbeat time.Duration
}

// SlowPolicy says what happens to a subscription whose queue is full.
type SlowPolicy uint8

// The policies.
const (
	// Close ends it with slow_consumer.
	Close SlowPolicy = iota
	// Coalesce keeps only the newest state per key. A result without a key is
	// closed.
	Coalesce
)

const (
	defaultBatchSize = 500
	// shortestHeartbeat is the shortest interval there is, whatever is asked for.
	shortestHeartbeat = 10 * time.Millisecond
)
