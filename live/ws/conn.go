package ws

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// conn is one WebSocket connection.
type conn struct {
	server *Server
	socket *websocket.Conn
	remote net.Addr
	ctx    context.Context
	cancel context.CancelFunc

	requests chan []byte // from the reader to the executor
	away     chan struct{}
	awayOnce sync.Once

	session *session.Session // of the executor; nil before authentication
	bucket  bucket

	// writer: the goroutine that sends events has been started.
	writer     sync.WaitGroup
	hasWriter  bool
	writerDone chan struct{}

	out struct {
		sync.Mutex
		buf    []byte
		closed bool
	}
}

// writeTimeout bounds one write to a client that does not read.
const writeTimeout = 30 * time.Second

// readAhead is how many requests may wait for the executor.
const readAhead = 64

// serveWebSocket runs a connection from its upgrade to its end.
func (s *Server) serveWebSocket(w http.ResponseWriter, r *http.Request) {
	c := &conn{server: s, remote: remoteAddr(r), requests: make(chan []byte, readAhead), away: make(chan struct{}), writerDone: make(chan struct{})}
	if !s.admit(c) {
		s.httpError(w, sqlerr.New(sqlerr.TooManyConnections, "sorry, too many clients already"))
		return
	}
	defer s.forget(c)
	// A program may show who it is at once, in the header; a browser cannot.
	var shown *identity
	if r.Header.Get("Authorization") != "" {
		id, err := s.auth.request(r)
		if err != nil {
			s.httpError(w, sqlerr.From(err))
			return
		}
		shown = &id
	}
	socket, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c.socket = socket
	defer socket.Close()
	c.ctx, c.cancel = context.WithCancel(context.Background())
	defer c.cancel()
	c.bucket = bucket{rate: s.opts.Limits.StatementsPerSecond}
	// Every byte to the client goes through send, replies to pings too.
	socket.SetPingHandler(func(data string) error { return c.send(opPong, []byte(data)) })
	socket.SetCloseHandler(func(int, string) error { return nil })

	var reader sync.WaitGroup
	reader.Add(1)
	go c.read(&reader)
	c.execute(shown)
	c.cancel()
	socket.Close()
	reader.Wait()
	c.writer.Wait()
	if c.session != nil {
		c.session.Close()
	}
}

// read passes the client's messages to the executor and ends everything when
// the client goes.
func (c *conn) read(done *sync.WaitGroup) {
	defer done.Done()
	defer close(c.requests)
	defer c.cancel()
	limit := c.server.opts.Limits.FrameBytes
	for {
		kind, r, err := c.socket.NextReader()
		if err != nil {
			return
		}
		if kind == websocket.BinaryMessage {
			c.fatal(closeUnsupported, sqlerr.New(sqlerr.ProtocolViolation, "binary frames are not supported"))
			return
		}
		b, err := io.ReadAll(io.LimitReader(r, limit+1))
		if err != nil {
			return
		}
		if int64(len(b)) > limit {
			c.fatal(closeTooBig, sqlerr.New(sqlerr.ProgramLimitExceeded, "the frame is larger than %d bytes", limit))
			return
		}
		select {
		case c.requests <- b:
		case <-c.ctx.Done():
			return
		}
	}
}

// fatal sends an error and closes the connection.
func (c *conn) fatal(code int, e *sqlerr.Error) {
	c.sendError("", "", e)
	c.close(code, e.Message)
}

// close sends a close frame; nothing is sent after it.
func (c *conn) close(code int, reason string) {
	if len(reason) > 120 {
		reason = reason[:120]
	}
	c.send(opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...))
	c.out.Lock()
	c.out.closed = true
	c.out.Unlock()
}

// errClosed says that the connection has been closed from this side.
var errClosed = errors.New("connection closed")

// send writes one frame.
func (c *conn) send(opcode byte, payload []byte) error {
	c.out.Lock()
	defer c.out.Unlock()
	if c.out.closed {
		return errClosed
	}
	c.out.buf = appendFrame(c.out.buf[:0], opcode, payload)
	return c.flush(1)
}

// sendFrames writes frames that are encoded already, in one write.
func (c *conn) sendFrames(frames []byte, count int) error {
	c.out.Lock()
	defer c.out.Unlock()
	if c.out.closed {
		return errClosed
	}
	return c.write(frames, count)
}

// flush writes the buffer; the caller holds the lock.
func (c *conn) flush(count int) error {
	err := c.write(c.out.buf, count)
	if cap(c.out.buf) > 64<<10 {
		c.out.buf = nil // a big message is rare
	}
	return err
}

func (c *conn) write(b []byte, count int) error {
	socket := c.socket.NetConn()
	if err := socket.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := socket.Write(b); err != nil {
		c.out.closed = true
		c.cancel()
		c.socket.Close()
		return err
	}
	c.server.metrics.frames.Add(float64(count))
	c.server.metrics.bytes.Add(float64(len(b)))
	return nil
}

func (c *conn) sendText(b []byte) error { return c.send(opText, b) }

// sendError sends an error frame about a request or a subscription.
func (c *conn) sendError(id, subscription string, err error) {
	e := sqlerr.From(err)
	if e.Code == sqlerr.InternalError {
		c.server.log.Error("internal error", "err", err)
	}
	b := appendOptional([]byte(`{"type":"error"`), "id", id)
	b = appendOptional(b, "subscription_id", subscription)
	b = append(errorBody(append(b, ','), e), '}')
	c.sendText(b)
}

// goAway asks the connection to end once what is queued has been sent.
func (c *conn) goAway() { c.awayOnce.Do(func() { close(c.away) }) }

// execute runs the client's requests in order until the connection ends.
func (c *conn) execute(shown *identity) {
	defer c.recovered()
	deadline := time.NewTimer(c.server.opts.Limits.AuthDeadline)
	defer deadline.Stop()
	var expiry <-chan time.Time
	opened := func(expires time.Time) {
		deadline.Stop()
		if !expires.IsZero() {
			expiry = time.After(time.Until(expires))
		}
	}
	if shown != nil {
		if err := c.open(*shown, ""); err != nil {
			c.refuse(sqlerr.From(err))
			return
		}
		opened(shown.expires)
	}
	for {
		select {
		case b, ok := <-c.requests:
			if !ok {
				return
			}
			var m message
			if err := json.Unmarshal(b, &m); err != nil {
				c.fatal(closeInvalid, sqlerr.New(sqlerr.InvalidTextRepresentation, "the frame is not valid JSON"))
				return
			}
			before := c.session
			if !c.handle(&m) {
				return
			}
			if before == nil && c.session != nil {
				opened(m.expires)
			}
		case <-deadline.C:
			if c.session == nil {
				c.refuse(sqlerr.New(sqlerr.InvalidAuthorizationSpecification, "no authentication within %s", c.server.opts.Limits.AuthDeadline))
				return
			}
		case <-expiry:
			c.refuse(sqlerr.New(sqlerr.InvalidPassword, "the token has expired"))
			return
		case <-c.away:
			c.drain()
			c.close(closeGoingAway, "server shutdown")
			return
		case <-c.ctx.Done():
			return
		}
	}
}

// refuse ends a connection that is not, or no longer, authenticated.
func (c *conn) refuse(e *sqlerr.Error) {
	b := appendMember(appendMember([]byte(`{"type":"auth_error"`), "code", string(e.Code)), "message", e.Message)
	c.sendText(append(b, '}'))
	c.close(closeAuth, e.Message)
}

// recovered turns a panic into the end of this connection alone.
func (c *conn) recovered() {
	if r := recover(); r != nil {
		c.server.log.Error("panic in a connection", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		c.fatal(closeInternal, sqlerr.Internal("panic: %v", r))
	}
}

// bucket bounds statements per second.
type bucket struct {
	rate   int
	tokens float64
	last   time.Time
}

// take says whether a statement may run now.
func (b *bucket) take(now time.Time) bool {
	if b.rate <= 0 {
		return true
	}
	if b.last.IsZero() {
		b.tokens = float64(b.rate)
	} else {
		b.tokens = min(float64(b.rate), b.tokens+now.Sub(b.last).Seconds()*float64(b.rate))
	}
	b.last = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
