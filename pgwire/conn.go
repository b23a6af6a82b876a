package pgwire

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

const (
	readBuffer       = 16 << 10        // bytes read from the socket at a time
	maxAhead         = 1 << 20         // bytes read ahead of the executor
	maxAheadMessages = 64              // messages read ahead of the executor
	lastWords        = 1 * time.Second // for writing to a client that is cut off
)

// errClientGone is why a conversation's context ends when the client vanished.
var errClientGone = errors.New("client closed the connection")

// conn is one client's connection. Fields without a comment belong to the
// executor, which is the goroutine that runs run.
type conn struct {
	server    *Server
	raw       net.Conn // immutable; deadlines are set here
	net       net.Conn // raw, or TLS over it
	encrypted bool
	admitted  bool // guarded by server.mu
	in        *bufio.Reader
	reader    *messageReader
	out       *output
	log       *slog.Logger
	version   uint32
	session   Conversation

	// ctx ends when the client vanished or is cut off; its cause says which.
	ctx    context.Context
	cancel context.CancelCauseFunc

	messages   chan message  // read ahead; closed by the reader when it ends
	ahead      atomic.Int64  // bytes in messages
	room       chan struct{} // receives when ahead has shrunk
	reading    sync.WaitGroup
	terminated atomic.Bool // the reader has seen Terminate
	streaming  atomic.Bool // the running statement has a live result

	skipping bool // discarding until Sync
	batch    bool // extended messages since the last Sync
	lostSync bool // a message was refused halfway: framing is lost
}

func newConn(ctx context.Context, s *Server, socket net.Conn) *conn {
	c := &conn{
		server:   s,
		raw:      socket,
		out:      newOutput(socket, s.options.WriteBuffer, s.options.WriteTimeout),
		log:      s.options.Logger.With(keyRemote, socket.RemoteAddr().String()),
		version:  version30,
		messages: make(chan message, maxAheadMessages),
		room:     make(chan struct{}, 1),
	}
	c.setSocket(socket)
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	return c
}

// setSocket makes the connection speak over another socket.
func (c *conn) setSocket(socket net.Conn) {
	c.net = socket
	c.in = bufio.NewReaderSize(socket, readBuffer)
	c.reader = newMessageReader(c.in, c.server.options.MaxMessage)
	c.out.conn = socket
}

// run is the connection's life. It is the executor goroutine.
func (c *conn) run() {
	defer c.server.finished(c)
	defer c.close()
	defer c.recoverPanic()
	if tcp, ok := c.raw.(*net.TCPConn); ok {
		_ = tcp.SetNoDelay(true)
	}
	cutOff := context.AfterFunc(c.ctx, func() { _ = c.raw.SetDeadline(time.Now().Add(lastWords)) })
	defer cutOff()

	if !c.begin() {
		return
	}
	c.reading.Add(1)
	go c.read()
	c.serve()
}

// begin takes the connection from its first byte to the first ReadyForQuery.
func (c *conn) begin() bool {
	_ = c.raw.SetReadDeadline(time.Now().Add(c.server.options.StartupTimeout))
	hurry := context.AfterFunc(c.server.draining, func() { _ = c.raw.SetReadDeadline(time.Now()) })
	packet, err := c.startup()
	if err == nil {
		err = c.open(packet)
	}
	hurry()
	if err == nil {
		err = c.raw.SetReadDeadline(time.Time{})
	}
	if err == nil {
		return true
	}
	var reported *sqlerr.Error
	var timeout net.Error
	switch {
	case errors.As(err, &reported):
		c.sayFatal(reported)
	case packet != nil && errors.As(err, &timeout) && timeout.Timeout():
		c.sayFatal(sqlerr.New(sqlerr.QueryCanceled, "canceling authentication due to timeout"))
	case !errors.Is(err, errHandled) && !errors.Is(err, io.EOF):
		c.log.Debug("connection ended during startup", keyError, err)
	}
	return false
}

// open authenticates the client and opens its session.
func (c *conn) open(p *startupPacket) error {
	c.version = p.version
	c.log = c.log.With(keyUser, p.user, keyDatabase, p.database)
	if p.negotiate {
		if err := c.out.negotiateProtocolVersion(p.unknownPQ); err != nil {
			return err
		}
	}
	if c.server.draining.Err() != nil {
		return sqlerr.New(sqlerr.CannotConnectNow, "the database system is shutting down")
	}
	if !c.server.admit(c) {
		return sqlerr.New(sqlerr.TooManyConnections, "sorry, too many clients already")
	}
	endUser, err := c.authenticate(p)
	if err != nil {
		return err
	}
	c.out.begin('R')
	c.out.int32(0)
	if err := c.out.end(); err != nil {
		return err
	}
	c.session, err = c.server.options.Sessions.Open(c.ctx, session.Startup{
		User: p.user, Database: p.database, Settings: p.settings,
		Remote: c.raw.RemoteAddr().String(), Transport: "pgwire", EndUser: endUser,
		End: func(cause *sqlerr.Error) { c.cancel(cause) },
	})
	if err != nil {
		return sqlerr.From(err)
	}
	c.server.remember(c)
	c.log = c.log.With(keyPID, c.session.PID())
	for _, p := range c.session.ParameterStatuses() {
		c.out.parameterStatus(p)
	}
	c.out.begin('K')
	c.out.int32(c.session.PID())
	c.out.raw(c.cancelSecret())
	if err := c.out.end(); err != nil {
		return err
	}
	c.out.readyForQuery(c.session.Status())
	return c.out.flush()
}

// read is the reader goroutine: it fills messages until the client ends, sends
// what cannot be framed, or the connection is over.
func (c *conn) read() {
	defer c.reading.Done()
	defer close(c.messages)
	defer c.recoverReaderPanic()
	for {
		m, err := c.reader.next()
		if err != nil {
			if errors.Is(err, errMessageLength) {
				c.log.Warn("connection closed", keyError, err)
				return // what came before is still served
			}
			c.cancel(errClientGone)
			return
		}
		c.ahead.Add(int64(len(m.body)))
		last := m.unknown || m.kind == 'X'
		if m.kind == 'X' {
			c.terminated.Store(true)
		}
		select {
		case c.messages <- m:
		case <-c.ctx.Done():
			return
		}
		if last {
			c.waitForEnd()
			return
		}
		for c.ahead.Load() > maxAhead {
			select {
			case <-c.room:
			case <-c.ctx.Done():
				return
			}
		}
	}
}

// waitForEnd watches a client that has said its last word. Statements it sent
// before are finished; only a live result, which would go on for nobody, ends
// when the socket does.
func (c *conn) waitForEnd() {
	_, _ = c.in.ReadByte()
	if c.streaming.Load() {
		c.cancel(errClientGone)
	}
}

// close ends everything the connection has. It may be called when the
// connection never opened a session.
func (c *conn) close() {
	c.cancel(nil)
	_ = c.raw.Close()
	c.reading.Wait()
	if c.session != nil {
		c.session.Close()
	}
}

// sayFatal sends an error as FATAL with everything before it.
func (c *conn) sayFatal(e *sqlerr.Error) {
	c.report(e)
	c.out.errorResponse(fatal(e))
	if c.out.flush() == nil {
		c.finishWriting()
	}
}

// finishWriting ends our half of the connection behind the last error.
func (c *conn) finishWriting() {
	if half, ok := c.raw.(interface{ CloseWrite() error }); ok && !c.encrypted {
		_ = half.CloseWrite()
	}
}

// report logs an error: faults of ours with their cause, the rest for debugging.
func (c *conn) report(e *sqlerr.Error) {
	if e.Code == sqlerr.InternalError {
		c.log.Error("internal error", keySQLState, string(e.Code), keyError, e.Error())
		return
	}
	c.log.Debug("error sent", keySQLState, string(e.Code), keyError, e.Message)
}

// recoverPanic turns a panic on the executor into the end of this connection.
func (c *conn) recoverPanic() {
	v := recover()
	if v == nil {
		return
	}
	c.log.Error("panic in a connection", keyError, v, keyStack, string(debug.Stack()))
	c.out.errorResponse(sqlerr.New(sqlerr.InternalError, "internal error").Fatal())
	_ = c.out.flush()
}

func (c *conn) recoverReaderPanic() {
	if v := recover(); v != nil {
		c.log.Error("panic in a connection", keyError, v, keyStack, string(debug.Stack()))
		c.cancel(errClientGone)
	}
}
