package pgwire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Limits of what a client may send, in bytes.
const (
	// smallMessage bounds the messages that carry names and numbers only.
	smallMessage = 10000
	// saslMessage bounds what a client says during authentication.
	saslMessage = 1024
	// readPiece is what is allocated ahead of bytes that have not arrived.
	readPiece = 64 << 10
	// keepBody is the largest message body kept for reuse.
	keepBody = 64 << 10
)

// errMessageLength ends a connection whose framing cannot be trusted.
var errMessageLength = errors.New("invalid message length")

// message is one frontend message. Its body belongs to whoever holds the
// message, until it is given back with messageReader.recycle.
type message struct {
	kind byte
	body []byte
	// unknown: kind is no frontend message; nothing can be read behind it.
	unknown bool
	// broken is why nothing can be read at all.
	broken error
}

// messageReader cuts a byte stream into messages.
type messageReader struct {
	in    *bufio.Reader
	limit int // bytes, for the messages that carry data
	mu    struct {
		sync.Mutex
		free [][]byte // bodies to use again
	}
}

func newMessageReader(in *bufio.Reader, limit int) *messageReader {
	return &messageReader{in: in, limit: limit}
}

// next reads one message. io.EOF means the stream ended between messages.
func (r *messageReader) next() (message, error) {
	kind, err := r.in.ReadByte()
	if err != nil {
		return message{}, err
	}
	limit := r.limitOf(kind)
	if limit == 0 {
		return message{kind: kind, unknown: true}, nil
	}
	body, err := r.body(limit)
	if err != nil {
		return message{}, err
	}
	return message{kind: kind, body: body}, nil
}

// limitOf gives the longest message of a type, or 0 if there is no such type.
func (r *messageReader) limitOf(kind byte) int {
	switch kind {
	case 'Q', 'P', 'B', 'F', 'd':
		return r.limit
	case 'C', 'D', 'E', 'H', 'S', 'X', 'c', 'f':
		return min(smallMessage, r.limit)
	}
	return 0
}

// body reads a length and what it counts, up to limit bytes. Memory grows with
// what has arrived, never with what was announced.
func (r *messageReader) body(limit int) ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(r.in, header[:]); err != nil {
		return nil, truncated(err)
	}
	length := int64(int32(binary.BigEndian.Uint32(header[:])))
	if length < 4 || length-4 > int64(limit) {
		return nil, fmt.Errorf("%w: %d", errMessageLength, length)
	}
	want := int(length - 4)
	body := r.buffer(min(want, readPiece))
	for {
		have := len(body)
		body = body[:min(want, cap(body))]
		if _, err := io.ReadFull(r.in, body[have:]); err != nil {
			return nil, truncated(err)
		}
		if len(body) == want {
			return body, nil
		}
		grown := make([]byte, len(body), min(want, 2*len(body)))
		copy(grown, body)
		body = grown
	}
}

// buffer gives an empty slice with room for n bytes.
func (r *messageReader) buffer(n int) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := len(r.mu.free) - 1; last >= 0 && cap(r.mu.free[last]) >= n {
		b := r.mu.free[last]
		r.mu.free = r.mu.free[:last]
		return b[:0]
	}
	return make([]byte, 0, max(n, 256))
}

// recycle takes a body back. The caller must hold no slice of it any more.
func (r *messageReader) recycle(body []byte) {
	if cap(body) == 0 || cap(body) > keepBody {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.mu.free) < 4 {
		r.mu.free = append(r.mu.free, body)
	}
}

func truncated(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
