package ws

import (
	"github.com/kalamsql/kalamsql/live"
)

// takeBytes bounds what is taken from the receiver for one write.
const takeBytes = 256 << 10

// startWriter lets events be sent as soon as there are any.
func (c *conn) startWriter() {
	c.events.Lock()
	defer c.events.Unlock()
	if c.events.receiver == nil {
		c.events.receiver = c.session.Receiver()
		c.events.receiver.Notify(c.writer.signal)
	}
}

// sendEvents sends everything the receiver has.
func (c *conn) sendEvents() {
	defer c.recovered()
	e := &c.events
	e.Lock()
	defer e.Unlock()
	if e.receiver == nil {
		return
	}
	for {
		events := e.receiver.Take(takeBytes)
		if len(events) == 0 {
			return
		}
		e.frames = e.frames[:0]
		for _, event := range events {
			if c.deflates {
				e.frames = c.appendDeflatedEvent(e.frames, event)
				continue
			}
			e.frame = c.appendEvent(e.frame[:0], event)
			e.frames = appendFrame(e.frames, opText, e.frame)
		}
		if c.sendFrames(e.frames, len(events)) != nil {
			return
		}
		if cap(e.frames) > 64<<10 {
			e.frames, e.frame = nil, nil
		}
	}
}

// restWriter lets go of the buffers: an idle connection keeps little.
func (c *conn) restWriter() {
	if c.events.TryLock() {
		c.events.frames, c.events.frame = nil, nil
		c.events.Unlock()
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
