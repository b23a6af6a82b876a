package ws

import (
	"github.com/kalamsql/kalamsql/live"
)

// takeBytes bounds what is taken from the receiver for one write.
const takeBytes = 256 << 10

// startWriter starts the goroutine that sends events.
func (c *conn) startWriter() {
	if c.hasWriter {
		return
	}
	c.hasWriter = true
	c.writer.Add(1)
	go c.writeEvents(c.session.Receiver())
}

// writeEvents sends what the receiver has, as soon as it has it, until the
// connection ends.
func (c *conn) writeEvents(r *live.Receiver) {
	defer c.writer.Done()
	defer close(c.writerDone)
	defer c.recovered()
	var frames, frame []byte
	for {
		select {
		case <-r.Ready():
		case <-c.ctx.Done():
			return
		case <-c.away:
			c.sendReady(r, frames, frame)
			return
		}
		var err error
		if frames, frame, err = c.sendReady(r, frames, frame); err != nil {
			return
		}
	}
}

// sendReady sends everything the receiver has. The buffers are handed back for
// the next time.
func (c *conn) sendReady(r *live.Receiver, frames, frame []byte) ([]byte, []byte, error) {
	for {
		events := r.Take(takeBytes)
		if len(events) == 0 {
			if cap(frames) > 64<<10 {
				return nil, nil, nil // an idle connection keeps little
			}
			return frames, frame, nil
		}
		frames = frames[:0]
		for _, e := range events {
			frame = c.appendEvent(frame[:0], e)
			frames = appendFrame(frames, opText, frame)
		}
		if err := c.sendFrames(frames, len(events)); err != nil {
			return frames, frame, err
		}
	}
}

// drain waits until the writer has sent what is queued.
func (c *conn) drain() {
	if c.hasWriter {
		<-c.writerDone
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
			b = append(append(b, `{"subscription_id":`...), appendString(nil, part.Sub.ID())...)
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
