package ws

import (
	"sync"

	"github.com/kalamsql/kalamsql/live"
)

// takeBytes bounds what is taken from the receiver for one write.
const takeBytes = 256 << 10

// encoders have the buffers in which frames are put together; an idle connection has
// none.
var encoders = sync.Pool{New: func() any { return &encoder{} }}

type encoder struct{ frames, frame []byte }

// free gives the buffers to the next connection.
func (e *encoder) free() {
	if cap(e.frames) <= 4*takeBytes {
		encoders.Put(e)
	}
}

// startWriter lets events be sent as soon as there are any.
func (c *conn) startWriter() {
	c.events.Lock()
	defer c.events.Unlock()
	if c.events.receiver == nil {
		c.events.receiver = c.session.Receiver()
		c.events.receiver.Notify(c.tell)
	}
}

// tell sends what the receiver has if that can be done without waiting; it leaves to the
// writer what it cannot send.
func (c *conn) tell() {
	defer func() {
		if p := recover(); p != nil {
			c.cancel()
			c.socket.Close()
			panic(p) // it is logged by who calls
		}
	}()
	if !c.events.TryLock() {
		c.writer.signal() // it is at work, and looks again
		return
	}
	defer c.events.Unlock()
	if !c.out.TryLock() {
		c.writer.signal()
		return
	}
	defer c.out.Unlock()
	if len(c.out.rest) > 0 {
		c.writer.signal()
		return
	}
	e := encoders.Get().(*encoder)
	defer e.free()
	for {
		events := c.events.receiver.Take(takeBytes)
		if len(events) == 0 {
			return
		}
		c.encode(e, events)
		if !c.framesNow(e.frames, len(events)) {
			c.writer.signal()
			return
		}
	}
}

// sendEvents sends everything the receiver has.
func (c *conn) sendEvents() {
	defer c.recovered()
	c.events.Lock()
	defer c.events.Unlock()
	if c.events.receiver == nil {
		return
	}
	e := encoders.Get().(*encoder)
	defer e.free()
	if c.sendRest() != nil { // what tell has left
		return
	}
	for {
		events := c.events.receiver.Take(takeBytes)
		if len(events) == 0 {
			return
		}
		c.encode(e, events)
		if c.sendFrames(e.frames, len(events)) != nil {
			return
		}
	}
}

// encode makes the frames of events.
func (c *conn) encode(e *encoder, events []live.Event) {
	e.frames = e.frames[:0]
	for _, event := range events {
		if c.deflates {
			e.frames = c.appendDeflatedEvent(e, event)
			continue
		}
		e.frame = c.appendEvent(e.frame[:0], event)
		e.frames = appendFrame(e.frames, opText, e.frame)
	}
}

// appendEvent appends an event's message.
func (c *conn) appendEvent(b []byte, e live.Event) []byte {
	switch e := e.(type) {
	case *live.SnapshotBatch:
		b = appendMember(append(b, `{"type":"initial_data_batch"`...), "subscription_id", e.Sub.ID())
		b = append(b, `,"rows":[`...)
		schema := e.Sub.Schema()
		for i, row := range e.Rows {
			if i > 0 {
				b = append(b, ',')
			}
			b = live.AppendRowJSON(b, schema, row)
		}
		b = appendInt(append(b, `],"batch_num":`...), e.Num)
		b = appendBool(append(b, `,"has_more":`...), e.More)
		if !e.More {
			b = appendMember(b, "cursor", e.Cursor)
		}
	case *live.Changes:
		b = appendMember(append(b, `{"type":"changes"`...), "cursor", e.Cursor)
		b = append(b, `,"subscriptions":[`...)
		for i, part := range e.Parts {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendString(append(b, `{"subscription_id":`...), part.Sub.ID())
			if part.Coalesced {
				b = append(b, `,"coalesced":true`...)
			}
			b = append(append(append(b, `,"changes":`...), part.Delta.JSON()...), '}')
		}
		b = append(b, ']')
	case *live.Notification:
		b = appendMember(append(b, `{"type":"notification"`...), "channel", e.Channel)
		b = appendMember(b, "payload", e.Payload)
	case *live.Heartbeat:
		b = appendMember(append(b, `{"type":"heartbeat"`...), "cursor", e.Cursor)
	case *live.End:
		c.server.metrics.ended.WithLabelValues(e.Reason).Inc()
		b = appendOptional(append(b, `{"type":"subscription_end"`...), "subscription_id", e.Sub.ID())
		b = appendMember(appendMember(b, "code", string(e.Code)), "reason", e.Reason)
		b = appendMember(b, "message", e.Message)
		b = appendOptional(b, "cursor", e.Cursor)
	}
	return append(b, '}')
}
