package ws

import (
	"bytes"
	"net/http"
	"strings"
	"sync"

	"github.com/klauspost/compress/flate"

	"github.com/kalamsql/kalamsql/live"
)

// # Compression
//
// permessage-deflate (RFC 7692) without context takeover on either side: no
// connection keeps a window, and a message that many receive is compressed once.

// compressed marks a frame whose payload is deflated (RSV1).
const compressed = 0x40

// compressFrom is the size from which compressing a message is worth it.
const compressFrom = 200

// offersDeflate says whether a client offers permessage-deflate; the upgrader then
// has agreed to it.
func offersDeflate(r *http.Request) bool {
	for _, line := range r.Header.Values("Sec-Websocket-Extensions") {
		for _, extension := range strings.Split(line, ",") {
			name, _, _ := strings.Cut(extension, ";")
			if strings.TrimSpace(name) == "permessage-deflate" {
				return true
			}
		}
	}
	return false
}

// deflater is a compressor with where it writes.
type deflater struct {
	out    bytes.Buffer
	writer *flate.Writer
}

var deflaters = sync.Pool{New: func() any {
	d := &deflater{}
	d.writer, _ = flate.NewWriter(&d.out, flate.BestSpeed) // fails for no such level only
	return d
}}

// appendDeflated appends a text message as one compressed frame, or as a plain one
// where that would gain nothing.
func appendDeflated(dst, payload []byte) []byte {
	if len(payload) < compressFrom {
		return appendFrame(dst, opText, payload)
	}
	d := deflaters.Get().(*deflater)
	defer deflaters.Put(d)
	d.out.Reset()
	d.writer.Reset(&d.out)
	if _, err := d.writer.Write(payload); err != nil || d.writer.Flush() != nil { // neither fails in memory
		return appendFrame(dst, opText, payload)
	}
	b, whole := bytes.CutSuffix(d.out.Bytes(), []byte{0, 0, 0xff, 0xff})
	if !whole || len(b) >= len(payload) {
		return appendFrame(dst, opText, payload)
	}
	return appendFrame(dst, opText|compressed, b)
}

// deflatedKey names, within a delta, the frame of its message for a subscription.
type deflatedKey struct{ subscription, cursor string }

// appendDeflatedEvent appends an event's frame. That of a group is kept with the
// group: most of those who receive it call their subscription alike.
func (c *conn) appendDeflatedEvent(e *encoder, event live.Event) []byte {
	if changes, ok := event.(*live.Changes); ok && len(changes.Parts) == 1 && !changes.Parts[0].Coalesced {
		part := changes.Parts[0]
		return append(e.frames, part.Delta.Encoded(deflatedKey{part.Sub.ID(), changes.Cursor}, func() []byte {
			return appendDeflated(nil, c.appendEvent(nil, event))
		})...)
	}
	e.frame = c.appendEvent(e.frame[:0], event)
	return appendDeflated(e.frames, e.frame)
}
