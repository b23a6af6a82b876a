package ws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// conn is one WebSocket connection. Its own goroutine reads; one worker runs the
// requests, in order, and another sends events.
type conn struct {
	server *Server
	socket *websocket.Conn
	remote net.Addr
	// deflates: permessage-deflate is agreed on.
	deflates bool
	ctx      context.Context
	cancel   context.CancelFunc

	executor, writer worker
	workers          sync.WaitGroup
	tasks            struct {
		sync.Mutex
		queue []task
		room  sync.Cond // the queue has become shorter, or over
		begun bool      // the socket is there
		over  bool
	}

	// What follows belongs to the executor.

	session  *session.Session // nil before authentication
	bucket   bucket
	deadline *time.Timer // for authentication
	expiry   *time.Timer // of the token; nil for none

	// events is held while events are sent.
	events struct {
		sync.Mutex
		receiver *live.Receiver // nil before there can be any
	}
	out struct {
		sync.Mutex
		buf      []byte
		rest     []byte    // frames that the socket has not taken, before all others
		deadline time.Time // of writes
		closed   bool
	}
	told atomic.Bool // a close frame is the last that has been sent
}

// task is something that the executor does; false ends the connection.
type task func() bool

// writeTimeout bounds one write to a client that does not read; it may be half of it,
// since the deadline is not set anew for each.
const writeTimeout = 30 * time.Second

// readAhead is how many requests may wait for the executor.
const readAhead = 64

// serveWebSocket begins a connection. What HTTP needed is let go when it returns.
func (s *Server) serveWebSocket(w http.ResponseWriter, r *http.Request) {
	c := newConn(s, remoteAddr(r))
	if err := s.admit(c); err != nil {
		s.httpError(w, err)
		return
	}
	// A program may show who it is at once, in the header; a browser cannot.
	var shown *identity
	if r.Header.Get("Authorization") != "" {
		id, err := s.auth.request(r)
		if err != nil {
			s.forget(c)
			s.httpError(w, sqlerr.From(err))
			return
		}
		shown = &id
	}
	socket, err := s.upgrader.Upgrade(w, r, nil)
	if err != nil {
		s.forget(c)
		return // the upgrader has answered
	}
	c.socket, c.deflates = socket, s.opts.Compression && offersDeflate(r)
	go c.serve(shown)
}

func newConn(s *Server, remote net.Addr) *conn {
	c := &conn{server: s, remote: remote, bucket: bucket{rate: s.opts.Limits.StatementsPerSecond}}
	c.tasks.room.L = &c.tasks.Mutex
	c.executor = worker{do: c.execute, all: &c.workers}
	c.writer = worker{do: c.sendEvents, all: &c.workers}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// serve is a connection from its upgrade to its end.
func (c *conn) serve(shown *identity) {
	defer c.server.forget(c)
	// Every byte to the client goes through send, replies to pings too.
	c.socket.SetPingHandler(func(data string) error { return c.send(opPong, []byte(data)) })
	c.socket.SetCloseHandler(c.farewell)
	c.begin()
	if shown != nil {
		c.submit(func() bool {
			if err := c.open(*shown, ""); err != nil {
				c.refuse(sqlerr.From(err))
				return false
			}
			c.opened(shown.expires)
			return true
		})
	} else {
		c.deadline = time.AfterFunc(c.server.opts.Limits.AuthDeadline, func() { c.submit(c.late) })
	}
	c.read()
	c.end()
	c.drain()
	c.workers.Wait()
	for _, t := range []*time.Timer{c.deadline, c.expiry} {
		if t != nil {
			t.Stop()
		}
	}
	if c.session != nil {
		c.session.Close()
	}
}

// begin lets tasks be done.
func (c *conn) begin() {
	c.tasks.Lock()
	c.tasks.begun = true
	c.tasks.Unlock()
	c.executor.signal()
}

// read hands the client's messages to the executor until the client goes.
func (c *conn) read() {
	limit := c.server.opts.Limits.FrameBytes
	for {
		kind, r, err := c.socket.NextReader()
		if errors.Is(err, websocket.ErrReadLimit) { // a length beyond what there is
			c.tooBig()
			return
		}
		if err != nil {
			return
		}
		if kind == websocket.BinaryMessage {
			c.fatal(closeUnsupported, sqlerr.New(sqlerr.ProtocolViolation, "binary frames are not supported"))
			return
		}
		b, err := io.ReadAll(io.LimitReader(r, limit+1))
		if int64(len(b)) > limit || errors.Is(err, websocket.ErrReadLimit) {
			c.tooBig()
			return
		}
		if err != nil {
			return
		}
		if !utf8.Valid(b) {
			c.fatal(closeInvalid, sqlerr.New(sqlerr.CharacterNotInRepertoire, `invalid byte sequence for encoding "UTF8"`))
			return
		}
		m, err := readMessage(b)
		if err == nil && m.Type == "ping" {
			// A sign of life must not wait for the statement that is running.
			c.sendText([]byte(`{"type":"pong"}`))
			continue
		}
		if !c.submitWithin(readAhead, func() bool { return c.request(m, err) }) {
			return
		}
	}
}

// tooBig ends a connection that has sent too large a frame.
func (c *conn) tooBig() {
	c.fatal(closeTooBig, sqlerr.New(sqlerr.ProgramLimitExceeded, "the frame is larger than %d bytes", c.server.opts.Limits.FrameBytes))
}

// submit gives the executor something to do.
func (c *conn) submit(t task) { c.submitWithin(0, t) }

// submitWithin is submit that waits while so many tasks are waiting; 0 for no
// bound. It says whether the connection goes on.
func (c *conn) submitWithin(bound int, t task) bool {
	c.tasks.Lock()
	for bound > 0 && len(c.tasks.queue) >= bound && !c.tasks.over {
		c.tasks.room.Wait()
	}
	over, begun := c.tasks.over, c.tasks.begun
	if !over {
		c.tasks.queue = append(c.tasks.queue, t)
	}
	c.tasks.Unlock()
	if !over && begun {
		c.executor.signal()
	}
	return !over
}

// execute does the tasks there are.
func (c *conn) execute() {
	defer c.recovered()
	for {
		c.tasks.Lock()
		if len(c.tasks.queue) == 0 {
			c.tasks.queue = nil
			c.tasks.Unlock()
			return
		}
		t := c.tasks.queue[0]
		c.tasks.queue[0] = nil
		c.tasks.queue = c.tasks.queue[1:]
		c.tasks.room.Signal()
		c.tasks.Unlock()
		if !t() {
			c.end()
			return
		}
	}
}

// request runs one message of the client, or answers one that was no message.
func (c *conn) request(m *message, err error) bool {
	switch {
	case m == nil:
		c.fatal(closeInvalid, sqlerr.From(err))
		return false
	case err != nil:
		c.sendError(m.ID, m.subscription(), err)
		return true
	}
	before := c.session
	if !c.handle(m) {
		return false
	}
	if before == nil && c.session != nil {
		c.opened(m.expires)
	}
	return true
}

// opened sees to the end of a token that opened the session.
func (c *conn) opened(expires time.Time) {
	if c.deadline != nil {
		c.deadline.Stop()
	}
	if !expires.IsZero() {
		// Whatever statement is running then is cancelled.
		c.expiry = time.AfterFunc(time.Until(expires), func() {
			c.refuse(sqlerr.New(sqlerr.InvalidPassword, "the token has expired"))
			c.end()
		})
	}
}

// late refuses a client that has not said who it is.
func (c *conn) late() bool {
	if c.session != nil {
		return true
	}
	c.refuse(sqlerr.New(sqlerr.InvalidAuthorizationSpecification, "no authentication within %s", c.server.opts.Limits.AuthDeadline))
	return false
}

// errClosed says that the connection has been closed from this side.
var errClosed = errors.New("connection closed")

// send writes one frame.
func (c *conn) send(opcode byte, payload []byte) error {
	c.out.Lock()
	defer c.out.Unlock()
	return c.sendLocked(opcode, payload)
}

// sendLocked is send for who holds the lock.
func (c *conn) sendLocked(opcode byte, payload []byte) error {
	if c.out.closed {
		return errClosed
	}
	if c.deflates && opcode == opText {
		c.out.buf = appendDeflated(c.out.buf[:0], payload)
	} else {
		c.out.buf = appendFrame(c.out.buf[:0], opcode, payload)
	}
	if err := c.writeRest(); err != nil {
		return err
	}
	return c.flush(1)
}

// sendFrames writes frames that are encoded already, in one write.
func (c *conn) sendFrames(frames []byte, count int) error {
	c.out.Lock()
	defer c.out.Unlock()
	if c.out.closed {
		return errClosed
	}
	if err := c.writeRest(); err != nil {
		return err
	}
	return c.write(frames, count)
}

// framesNow is sendFrames that does not wait, for who holds the lock: it keeps what the
// socket does not take.
func (c *conn) framesNow(frames []byte, count int) (all bool) {
	if c.out.closed {
		return true
	}
	n := 0
	if c.extend() == nil {
		n = live.WriteNow(c.socket.NetConn(), frames)
	}
	c.out.rest = append(c.out.rest, frames[n:]...)
	c.sent(n, count)
	return n == len(frames)
}

// sendRest writes what framesNow has left.
func (c *conn) sendRest() error {
	c.out.Lock()
	defer c.out.Unlock()
	if c.out.closed {
		return errClosed
	}
	return c.writeRest()
}

// writeRest is sendRest for who holds the lock.
func (c *conn) writeRest() error {
	if len(c.out.rest) == 0 {
		return nil
	}
	rest := c.out.rest
	c.out.rest = nil
	return c.write(rest, 0)
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
	if err := c.extend(); err != nil {
		return err
	}
	if _, err := c.socket.NetConn().Write(b); err != nil {
		c.out.closed = true
		c.cancel()
		c.socket.Close()
		return err
	}
	c.sent(len(b), count)
	return nil
}

// extend sets the deadline of writes anew if it is near.
func (c *conn) extend() error {
	now := time.Now()
	if c.out.deadline.Sub(now) >= writeTimeout/2 {
		return nil
	}
	c.out.deadline = now.Add(writeTimeout)
	return c.socket.NetConn().SetWriteDeadline(c.out.deadline)
}

// sent counts what has been written.
func (c *conn) sent(bytes, frames int) {
	c.server.metrics.frames.Add(float64(frames))
	c.server.metrics.bytes.Add(float64(bytes))
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

// recovered turns a panic into the end of this connection alone.
func (c *conn) recovered() {
	if r := recover(); r != nil {
		c.server.log.Error("panic in a connection", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		c.fatal(closeInternal, sqlerr.Internal("panic: %v", r))
		c.end()
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
