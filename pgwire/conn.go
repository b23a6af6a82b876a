package pgwire

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// lastWords is the time for writing to a client that is cut off.
const lastWords = time.Second

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
	in        *inbound
	out       *output
	log       *slog.Logger
	version   uint32
	session   Conversation

	// ctx ends when the client vanished or is cut off; its cause says which.
	ctx    context.Context
	cancel context.CancelCauseFunc

	others     sync.WaitGroup // goroutines beside the executor
	begun      atomic.Bool    // startup is over
	terminated atomic.Bool    // Terminate has come while a statement runs
	streaming  atomic.Bool    // the running statement has a live result

	// work is held by the executor while it does anything but wait for a message: who
	// gets it meanwhile may use what is the executor's. See told.go.
	work sync.Mutex
	// wanted: there may be notifications that nobody has looked for.
	wanted atomic.Bool

	skipping bool // discarding until Sync
	batch    bool // extended messages since the last Sync
	lostSync bool // a message was refused halfway: framing is lost
}

func newConn(ctx context.Context, s *Server, socket net.Conn) *conn {
	c := &conn{
		server:  s,
		raw:     socket,
		net:     socket,
		out:     newOutput(socket, s.options.WriteBuffer, s.options.WriteTimeout),
		log:     s.options.Logger.With(keyRemote, socket.RemoteAddr().String()),
		version: version30,
	}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.in = newInbound(socket, s.options.MaxMessage, func() bool { return c.ctx.Err() != nil })
	return c
}

// setSocket makes the connection speak over another socket.
func (c *conn) setSocket(socket net.Conn) {
	c.net = socket
	c.in.through(socket, c.server.options.MaxMessage)
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
	defer context.AfterFunc(c.ctx, c.cutOff)()

	if !c.begin() {
		return
	}
	c.begun.Store(true)
	defer context.AfterFunc(c.server.draining, c.in.kick)()
	if c.ctx.Err() != nil {
		c.in.kick()
	}
	c.work.Lock() // and never let go of at the end
	c.session.Wake(c.tell)
	c.serve()
}

// cutOff ends what the connection waits for, save a last write.
func (c *conn) cutOff() {
	_ = c.raw.SetWriteDeadline(time.Now().Add(lastWords))
	if c.begun.Load() {
		c.in.kick()
	} else {
		_ = c.raw.SetReadDeadline(time.Now().Add(lastWords))
	}
}

// readAhead is the goroutine that reads while a long statement runs.
func (c *conn) readAhead() {
	defer c.others.Done()
	defer c.recoverReaderPanic()
	c.in.readAhead(c.ctx, func() { c.cancel(errClientGone) }, func() { c.terminated.Store(true) }, c.streaming.Load)
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

// encryption is how the connection is encrypted; nil: it is not.
func (c *conn) encryption() *session.Encryption {
	secure, ok := c.net.(*tls.Conn)
	if !ok {
		return nil
	}
	state := secure.ConnectionState()
	e := &session.Encryption{Version: strings.Replace(tls.VersionName(state.Version), " ", "v", 1), Cipher: tls.CipherSuiteName(state.CipherSuite), Bits: 256}
	if strings.Contains(e.Cipher, "_128_") {
		e.Bits = 128
	}
	return e
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
		Remote: c.raw.RemoteAddr().String(), Local: c.raw.LocalAddr().String(), TLS: c.encryption(), Transport: "pgwire", EndUser: endUser,
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

// close ends everything the connection has. It may be called when the
// connection never opened a session.
func (c *conn) close() {
	c.cancel(nil)
	_ = c.raw.Close()
	c.in.begin() // and nobody else reads any more
	c.others.Wait()
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
