package pgwire

import (
	"context"
	"errors"
	"log/slog"
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
	select {
	case m, ok := <-c.messages:
		return c.took(m, ok)
	default:
	}
	var silent <-chan time.Time
	limit, tooLong := c.session.IdleLimit()
	if limit > 0 && !c.batch {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		silent = timer.C
	}
	for {
		var wake <-chan struct{}
		if !c.batch && !c.skipping {
			wake = c.session.Wake()
		}
		select {
		case m, ok := <-c.messages:
			return c.took(m, ok)
		case <-wake:
			c.notifications()
			if err := c.out.flush(); err != nil {
				return message{}, errEnd
			}
		case <-silent:
			return message{}, tooLong
		case <-c.server.draining.Done():
			return message{}, errShutdown()
		case <-c.ctx.Done():
			return message{}, c.reasonForEnd()
		}
	}
}

// took accounts for a message taken from the queue.
func (c *conn) took(m message, ok bool) (message, error) {
	if !ok {
		return m, errEnd
	}
	c.ahead.Add(-int64(len(m.body)))
	select {
	case c.room <- struct{}{}:
	default:
	}
	return m, nil
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
		c.reader.recycle(m.body)
		return nil
	}
	switch m.kind {
	case 'Q':
		return c.simpleQuery(m)
	case 'F':
		c.reader.recycle(m.body)
		return c.functionCall()
	case 'S':
		c.reader.recycle(m.body)
		return c.sync()
	case 'd', 'c', 'f': // of a COPY that has failed
		c.reader.recycle(m.body)
		return nil
	}
	c.batch = true
	err := c.extended(m)
	if m.kind != 'B' { // a Bind's body belongs to the session now
		c.reader.recycle(m.body)
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
	b := body{rest: m.body}
	sql := b.string()
	malformed := b.finish()
	c.reader.recycle(m.body)
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

// functionCall refuses the fast-path interface.
func (c *conn) functionCall() error {
	return c.refuse(sqlerr.Unsupported("function call protocol"))
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
