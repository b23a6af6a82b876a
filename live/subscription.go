package live

import (
	"context"
	"time"

	"github.com/kalamsql/kalamsql/storage"
)

// Subscription is one live query of a receiver.
type Subscription struct {
	id       string
	num      int64 // unique in the hub: kalam.subscriptions.id
	receiver *Receiver
	flow     *flow
	request  Request
	started  time.Time
	// resumed is set before the subscription is handed out.
	resumed bool
	// from is what its cursor stands for in this epoch, of one that resumes.
	from storage.Seq

	// What follows is guarded by the receiver's lock.

	state  subscriptionState
	cancel context.CancelFunc // ends the snapshot; nil when it is over
	// buffering: changes are kept in backlog until the subscription is live.
	// Before the snapshot's transaction has begun they need not be: it will
	// contain them.
	buffering bool
	backlog   []group
	// after is the sequence whose state the subscription starts from: groups at
	// or below it are in the snapshot.
	after storage.Seq
	// based: after is known.
	based bool
	// acknowledged: the client knows of the subscription, so that its events
	// may be queued. One that ends before keeps its end in early.
	acknowledged bool
	early        *End
	// queued is what waits for this subscription, in bytes, here and in the
	// receiver's queue; folded is what the last coalescing left.
	// batches is the part of queued that is snapshot.
	queued, folded, batches int
	// room receives when Take has freed bytes of a subscription that is not
	// live, or NextBatch was called. Nil once live.
	room chan struct{}
	// pulls is how many batches the client has asked for and not got.
	pulls int
	// taken is the sequence the client has been handed; valid when ready.
	taken     storage.Seq
	ready     bool
	delivered int64 // changes handed out
}

type subscriptionState uint8

const (
	starting subscriptionState = iota
	living
	ended
)

func (s subscriptionState) String() string {
	return [...]string{"snapshot", "live", "ended"}[s]
}

// group is a delta waiting for its subscription to become live.
type group struct {
	seq       storage.Seq
	cursor    string
	delta     *Delta
	coalesced bool
}

// ID is the name the request gave; empty for a nil Subscription.
func (s *Subscription) ID() string {
	if s == nil {
		return ""
	}
	return s.id
}

// Schema describes the result's columns. It must not be changed.
func (s *Subscription) Schema() []SchemaColumn { return s.flow.schema }

// Resumed says that nothing is missing since the cursor of the request, and no
// snapshot follows.
func (s *Subscription) Resumed() bool { return s.resumed }

// Number is the subscription's id in kalam.subscriptions.
func (s *Subscription) Number() int64 { return s.num }

// Info is a row of kalam.subscriptions.
type Info struct {
	ID           int64
	Subscription string
	Session      int32
	User, Role   string
	Query        string
	Transport    string
	State        string
	// Cursor is the last one handed out; empty until the subscription is live.
	Cursor string
	// Lag is how many commits the client is behind.
	Lag         int64
	QueuedBytes int64
	// Delivered counts changes handed out.
	Delivered int64
	Started   time.Time
	// StateBytes is what its dataflow keeps, counted once however many share it,
	// ArrangedBytes what the arrangements keep that it shares with other dataflows, and
	// Shared how many subscriptions share the dataflow.
	StateBytes, ArrangedBytes, Shared int64
}

// info describes the subscription; position is what the hub has processed. The
// receiver's lock is held.
func (s *Subscription) info(epoch uint64, position storage.Seq) Info {
	i := Info{
		ID: s.num, Subscription: s.id, Session: s.receiver.info.Session, User: s.request.User, Role: s.receiver.info.Role,
		Query: s.request.Text, Transport: s.receiver.info.Transport, State: s.state.String(),
		QueuedBytes: int64(s.queued), Delivered: s.delivered, Started: s.started,
	}
	if s.ready {
		if s.queued == 0 && position > s.taken {
			i.Cursor = EncodeCursor(epoch, position)
		} else {
			i.Cursor = EncodeCursor(epoch, s.taken)
			i.Lag = int64(max(position, s.taken) - s.taken)
		}
	}
	return i
}
