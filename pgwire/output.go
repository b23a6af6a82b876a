package pgwire

import (
	"encoding/binary"
	"math"
	"net"
	"time"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// keepOutput is the largest output buffer, in bytes, that is kept between
// writes; one very wide row must not pin its memory for hours.
const keepOutput = 1 << 20

// output collects the messages for one client and writes them in large pieces.
// It belongs to the goroutine that runs the connection. After a failed write it
// swallows everything and keeps the error.
type output struct {
	conn      net.Conn
	buf       []byte
	open      int            // offset of the message under way, or -1
	threshold int            // bytes past which full() writes
	patience  time.Duration  // longest time for one write; 0 is no limit
	client    *types.Charset // of strings; nil is UTF-8
	err       error
}

func newOutput(conn net.Conn, threshold int, patience time.Duration) *output {
	return &output{conn: conn, open: -1, threshold: threshold, patience: patience}
}

// begin starts a message of the given type.
func (o *output) begin(kind byte) {
	o.open = len(o.buf)
	o.buf = append(o.buf, kind, 0, 0, 0, 0)
}

// end completes the message and fills its length in.
func (o *output) end() error {
	n := len(o.buf) - o.open - 1
	if n > math.MaxInt32 {
		o.abort()
		return sqlerr.New(sqlerr.ProgramLimitExceeded, "message of %d bytes exceeds the limit of the protocol", n)
	}
	binary.BigEndian.PutUint32(o.buf[o.open+1:], uint32(n))
	o.open = -1
	return nil
}

// abort drops the message under way.
func (o *output) abort() {
	if o.open >= 0 {
		o.buf = o.buf[:o.open]
		o.open = -1
	}
}

func (o *output) byte(b byte)   { o.buf = append(o.buf, b) }
func (o *output) int16(v int16) { o.buf = binary.BigEndian.AppendUint16(o.buf, uint16(v)) }
func (o *output) int32(v int32) { o.buf = binary.BigEndian.AppendUint32(o.buf, uint32(v)) }
func (o *output) raw(b []byte)  { o.buf = append(o.buf, b...) }

// cstring appends a string and its NUL. A NUL inside would end it early, so it
// is cut there.
func (o *output) cstring(s string) {
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			s = s[:i]
			break
		}
	}
	if o.client != nil {
		o.buf = o.client.EncodeAll(o.buf, s)
	} else {
		o.buf = append(o.buf, s...)
	}
	o.buf = append(o.buf, 0)
}

// empty appends a message without a body.
func (o *output) empty(kind byte) { o.buf = append(o.buf, kind, 0, 0, 0, 4) }

// full writes the buffer if it has grown past the threshold.
func (o *output) full() error {
	if len(o.buf) < o.threshold {
		return o.err
	}
	return o.flush()
}

// flush writes all that is buffered in one write.
func (o *output) flush() error {
	if len(o.buf) == 0 || o.err != nil {
		o.reset()
		return o.err
	}
	if o.patience > 0 {
		if o.err = o.conn.SetWriteDeadline(time.Now().Add(o.patience)); o.err != nil {
			return o.err
		}
	}
	_, o.err = o.conn.Write(o.buf)
	o.reset()
	return o.err
}

// now writes as much as the socket takes at once; it says whether that is all.
func (o *output) now() bool {
	n := live.WriteNow(o.conn, o.buf)
	if n == len(o.buf) {
		o.reset()
		return true
	}
	o.buf = append(o.buf[:0], o.buf[n:]...)
	return false
}

func (o *output) reset() {
	if cap(o.buf) > keepOutput {
		o.buf = nil
	}
	o.buf = o.buf[:0]
}
