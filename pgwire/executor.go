package pgwire

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// errEnd ends the executor without a word.
var errEnd = errors.New("connection over")

// serve runs messages until the connection is over.
func (c *conn) serve() {
	for {
		m, err := c.next()
		if err == nil {
			err = c.dispatch(m)
		}
		if err == nil && c.ctx.Err() == nil && c.lostSync {
			err = protocolViolation("terminating connection because protocol synchronization was lost")
		}
		if err == nil && c.ctx.Err() != nil {
			err = c.reasonForEnd()
		}
		if err == nil {
			continue
		}
		var last *sqlerr.Error
		if errors.As(err, &last) {
			c.sayFatal(last)
		}
		return
	}
}

// reasonForEnd says what a client whose context has ended is to be told.
func (c *conn) reasonForEnd() error {
	if errors.Is(context.Cause(c.ctx), errClientGone) {
		return errEnd
	}
	var said *sqlerr.Error
	if errors.As(context.Cause(c.ctx), &said) {
		return said
	}
	return errShutdown()
}

// next gives the next message, delivering notifications while there is none.
func (c *conn) next() (message, error) {
	limit, tooLong := c.session.IdleLimit()
	var until time.Time
	if c.batch {
		limit = 0
	} else if limit > 0 {
		until = time.Now().Add(limit)
	}
	for {
		if limit > 0 {
			limit = max(time.Until(until), 1)
		}
		c.work.Unlock()
		if c.wanted.Load() {
			c.tell()
		}
		m, err := c.in.take(limit)
		c.work.Lock()
		if err == nil && m.broken == nil {
			return m, nil
		}
		var timeout net.Error
		switch {
		case c.ctx.Err() != nil:
			return m, c.reasonForEnd()
		case err == errKicked && c.server.draining.Err() != nil:
			return m, errShutdown()
		case err == errKicked:
			if c.batch || c.skipping {
				continue
			}
			c.notifications()
			if c.out.flush() != nil {
				return m, errEnd
			}
		case errors.As(err, &timeout) && timeout.Timeout():
			return m, tooLong
		default:
			if err := errors.Join(m.broken, err); errors.Is(err, errMessageLength) {
				c.log.Warn("connection closed", keyError, err)
			}
			return m, errEnd
		}
	}
}

// dispatch runs one message. A *sqlerr.Error it returns is sent as FATAL; any
// error ends the connection.
func (c *conn) dispatch(m message) error {
	switch {
	case m.unknown:
		return protocolViolation("invalid frontend message type %d", m.kind)
	case m.kind == 'X':
		return errEnd
	case c.skipping && m.kind != 'S':
		c.in.reader.recycle(m.body)
		return nil
	}
	switch m.kind {
	case 'Q':
		return c.simpleQuery(m)
	case 'F':
		return c.functionCall(m) // its body belongs to the session now
	case 'S':
		empty := len(m.body) == 0
		c.in.reader.recycle(m.body)
		if !empty {
			return c.refuse(protocolViolation("invalid message format"))
		}
		return c.sync()
	case 'd', 'c', 'f': // of a COPY that has failed
		c.in.reader.recycle(m.body)
		return nil
	}
	c.batch = true
	err := c.extended(m)
	if m.kind != 'B' { // a Bind's body belongs to the session now
		c.in.reader.recycle(m.body)
	}
	if err == nil {
		return c.out.full()
	}
	c.skipping = true
	if err := c.sendError(err); err != nil {
		return err
	}
	if c.out.flush() != nil {
		return errEnd
	}
	return nil
}

// sendError appends an ErrorResponse, or gives the error back if it is FATAL or
// nobody is there to read it.
func (c *conn) sendError(err error) error {
	if c.ctx.Err() != nil {
		return c.reasonForEnd()
	}
	if c.out.err != nil {
		return errEnd
	}
	e := sqlerr.From(err)
	if e.Severity == sqlerr.SeverityFatal {
		return e
	}
	c.report(e)
	c.out.errorResponse(e)
	return nil
}

// simpleQuery runs a Query message.
func (c *conn) simpleQuery(m message) error {
	b := body{rest: m.body, client: c.client()}
	sql := b.string()
	malformed := b.finish()
	c.in.reader.recycle(m.body)
	if malformed != nil {
		return c.refuse(malformed)
	}
	c.batch = false
	c.logSQL("query", sql)
	w := &results{c: c, describe: true}
	err := c.session.SimpleQuery(c.ctx, sql, w)
	c.streaming.Store(false)
	if err != nil {
		if err := c.sendError(err); err != nil {
			return err
		}
	}
	return c.ready()
}

// logSQL writes a statement to the log, at debug only: it may hold secrets.
func (c *conn) logSQL(what, sql string) {
	if c.log.Enabled(c.ctx, slog.LevelDebug) {
		c.log.Debug(what, keySQL, sql)
	}
}

// refuse answers a message that stands alone with an error and ReadyForQuery.
func (c *conn) refuse(e *sqlerr.Error) error {
	c.session.Fail()
	if err := c.sendError(e); err != nil {
		return err
	}
	return c.sync()
}

// sync ends a pipeline.
func (c *conn) sync() error {
	c.skipping, c.batch = false, false
	if err := c.session.Sync(c.ctx); err != nil {
		if err := c.sendError(err); err != nil {
			return err
		}
	}
	return c.ready()
}

// ready appends what has happened meanwhile and ReadyForQuery, and sends all.
func (c *conn) ready() error {
	if c.lostSync {
		return nil // serve says the last words
	}
	c.notifications()
	for _, p := range c.session.ChangedParameters() {
		c.out.parameterStatus(p)
	}
	c.out.readyForQuery(c.session.Status())
	if c.out.flush() != nil {
		return errEnd
	}
	if c.server.draining.Err() != nil {
		return errShutdown()
	}
	return nil
}

func (c *conn) notifications() {
	for _, n := range c.session.Notifications() {
		c.out.begin('A')
		c.out.int32(n.PID)
		c.out.cstring(n.Channel)
		c.out.cstring(n.Payload)
		_ = c.out.end()
	}
}

func (o *output) parameterStatus(p session.ParameterStatus) {
	o.begin('S')
	o.cstring(p.Name)
	o.cstring(p.Value)
	_ = o.end()
}

func (o *output) readyForQuery(status session.Status) {
	o.begin('Z')
	o.byte(byte(status))
	_ = o.end()
}
