package live

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

// Event is what a Receiver hands out: a *SnapshotBatch, *Changes,
// *Notification, *End or *Heartbeat. Events and what they refer to are shared
// and must not be changed.
type Event interface {
	// bytes is what the event weighs in a queue.
	bytes() int
}

// SnapshotBatch is a piece of the result a subscription starts from.
type SnapshotBatch struct {
	Sub  *Subscription
	Rows []types.Row
	Num  int // from 0
	// More: another batch follows. The last one has the Cursor, and the
	// subscription is live from there on.
	More   bool
	Cursor string

	seq  storage.Seq
	size int
}

// Changes is what one commit changed in the subscriptions of a receiver.
type Changes struct {
	Seq    storage.Seq
	Cursor string
	Parts  []Part
}

// Part is the change group of one subscription.
type Part struct {
	Sub   *Subscription
	Delta *Delta
	// Coalesced: several commits are folded into the newest state per key.
	Coalesced bool
}

// Notification is a NOTIFY on a channel that the receiver listens to.
type Notification struct {
	Channel, Payload string
	PID              int32
}

// End is the last event of a subscription. Sub is nil when it is the plain
// channels of the receiver that ended, for a receiver that did not take its
// notifications.
type End struct {
	Sub     *Subscription
	Code    sqlerr.Code
	Reason  string
	Message string
	// Cursor is where to resume from; empty for one that never became live, and for
	// one whose rows, as they are known, are no result of the query any more (anew).
	Cursor string
	anew   bool
}

// Heartbeat says that everything up to Cursor has been handed out.
type Heartbeat struct {
	Cursor string
	seq    storage.Seq
}

// The reasons of an End.
const (
	ReasonSlowConsumer      = "slow_consumer"
	ReasonTableDropped      = "table_dropped"
	ReasonTableAltered      = "table_altered"
	ReasonPermissionRevoked = "permission_revoked"
	ReasonCancelled         = "cancelled"
	ReasonStateLimit        = "state_limit"
	ReasonServerShutdown    = "server_shutdown"
	// ReasonError: evaluating the query failed, with the code that says how.
	ReasonError = "error"
)

const eventBytes = 96 // an event's own weight, roughly

func (e *SnapshotBatch) bytes() int { return e.size }
func (e *Notification) bytes() int  { return eventBytes + len(e.Channel) + len(e.Payload) }
func (e *End) bytes() int           { return eventBytes }
func (e *Heartbeat) bytes() int     { return eventBytes }
func (e *Changes) bytes() int {
	n := eventBytes
	for _, p := range e.Parts {
		n += p.Delta.bytes
	}
	return n
}

// rowBytes is what a row weighs in memory, roughly.
func rowBytes(row types.Row) int {
	n := 24
	for _, d := range row {
		n += 24
		if d.IsString() {
			n += len(d.Str())
		} else if d.Int() == 0 && !d.IsNull() {
			n += objectBytes(d.Object())
		}
	}
	return n
}

// objectBytes is what a value held by pointer weighs, roughly.
func objectBytes(v any) int {
	switch v := v.(type) {
	case *types.Array:
		return 64 + rowBytes(v.Elems)
	case *types.JSON:
		return jsonBytes(v)
	}
	return 32
}

func jsonBytes(v *types.JSON) int {
	n := 64 + len(v.Str)
	for _, e := range v.Elems {
		n += jsonBytes(e)
	}
	for _, m := range v.Members {
		n += len(m.Key) + jsonBytes(m.Value)
	}
	return n
}

// endWith makes an End out of an error.
func endWith(sub *Subscription, reason string, err *sqlerr.Error) *End {
	return &End{Sub: sub, Code: err.Code, Reason: reason, Message: err.Message}
}
