package pgwire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// scriptedSessions answers the few statements that the tests of framing send.
// What PostgreSQL says to statements at large is tested with a real session.
type scriptedSessions struct {
	verifiers map[string]string
	mu        struct {
		sync.Mutex
		lastPID int32
		open    map[int32]*scripted
		startup session.Startup
	}
	// events tells a test what has happened, in order.
	events chan string
}

func newScriptedSessions() *scriptedSessions {
	s := &scriptedSessions{verifiers: map[string]string{}, events: make(chan string, 64)}
	s.mu.open = map[int32]*scripted{}
	return s
}

func (s *scriptedSessions) Open(_ context.Context, startup session.Startup) (Conversation, error) {
	if startup.Database == "nosuch" {
		return nil, sqlerr.New(sqlerr.InvalidCatalogName, "database \"nosuch\" does not exist").Fatal()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.lastPID++
	c := &scripted{
		sessions: s, pid: s.mu.lastPID, status: 'I', wake: func() {},
		statements: map[string]*scriptedStatement{}, portals: map[string]*scriptedPortal{},
	}
	s.mu.open[c.pid] = c
	s.mu.startup = startup
	return c, nil
}

func (s *scriptedSessions) Login(user string) (string, bool, bool) {
	v, ok := s.verifiers[user]
	return v, ok || user == "postgres", true
}

func (s *scriptedSessions) Cancel(pid int32, _ []byte) bool {
	s.mu.Lock()
	c := s.mu.open[pid]
	s.mu.Unlock()
	if c == nil {
		return false
	}
	c.running.Lock()
	defer c.running.Unlock()
	if c.running.cancel != nil {
		c.running.cancel(errors.New("cancelled"))
	}
	return true
}

type scriptedStatement struct {
	sql    string
	params []types.OID
}

type scriptedPortal struct {
	statement *scriptedStatement
	params    []session.Param
	formats   []int16
	sent      int
}

type scripted struct {
	sessions   *scriptedSessions
	pid        int32
	status     session.Status
	statements map[string]*scriptedStatement
	portals    map[string]*scriptedPortal
	wake       func()
	running    struct {
		sync.Mutex
		cancel        context.CancelCauseFunc
		notifications []session.Notification
		changed       []session.ParameterStatus
	}
}

func (c *scripted) PID() int32      { return c.pid }
func (c *scripted) Secret() []byte  { return []byte(strings.Repeat("s", 32)) }
func (c *scripted) Env() *types.Env { return types.DefaultEnv }
func (c *scripted) ParameterStatuses() []session.ParameterStatus {
	return []session.ParameterStatus{{Name: "client_encoding", Value: "UTF8"}}
}
func (c *scripted) Status() session.Status            { return c.status }
func (c *scripted) IdleLimit() (time.Duration, error) { return 0, nil }

// Wake keeps what notify calls.
func (c *scripted) Wake(f func()) {
	c.running.Lock()
	c.wake = f
	c.running.Unlock()
	f()
}

func (c *scripted) CloseStatement(name string) { delete(c.statements, name) }
func (c *scripted) ClosePortal(name string)    { delete(c.portals, name) }
func (c *scripted) Sync(context.Context) error { clear(c.portals); return nil }
func (c *scripted) Fail()                      {}
func (c *scripted) Close()                     { c.sessions.events <- "close" }
func (c *scripted) PortalFormats(n string) []int16 {
	if p := c.portals[n]; p != nil {
		return p.formats
	}
	return nil
}

func (c *scripted) ChangedParameters() []session.ParameterStatus {
	c.running.Lock()
	defer c.running.Unlock()
	changed := c.running.changed
	c.running.changed = nil
	return changed
}

func (c *scripted) Notifications() []session.Notification {
	c.running.Lock()
	defer c.running.Unlock()
	n := c.running.notifications
	c.running.notifications = nil
	return n
}

// notify is what another session's NOTIFY does.
func (c *scripted) notify(payload string) {
	c.running.Lock()
	c.running.notifications = append(c.running.notifications, session.Notification{PID: c.pid, Channel: "ch", Payload: payload})
	wake := c.wake
	c.running.Unlock()
	wake()
}

func (c *scripted) FunctionCall(ctx context.Context, oid types.OID, args []session.Param, w session.ResultWriter) error {
	return sqlerr.New(sqlerr.UndefinedFunction, "function with OID %d does not exist", oid)
}

func (c *scripted) SimpleQuery(ctx context.Context, sql string, w session.ResultWriter) error {
	delete(c.portals, "")
	statements := slices.DeleteFunc(strings.Split(sql, ";"), func(s string) bool { return strings.TrimSpace(s) == "" })
	if len(statements) == 0 {
		return w.Empty()
	}
	for _, statement := range statements {
		if err := c.run(ctx, &scriptedPortal{statement: &scriptedStatement{sql: strings.TrimSpace(statement)}}, 0, w); err != nil {
			return err
		}
	}
	return nil
}

func (c *scripted) Parse(_ context.Context, name, sql string, oids []types.OID) error {
	if strings.Contains(sql, "bogus") {
		return syntaxError(sql)
	}
	if _, ok := c.statements[name]; ok && name != "" {
		return sqlerr.New(sqlerr.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", name)
	}
	if len(oids) == 0 && strings.Contains(sql, "$1") {
		oids = []types.OID{types.Text.OID}
	}
	c.statements[name] = &scriptedStatement{sql: sql, params: oids}
	return nil
}

func (c *scripted) Bind(_ context.Context, portal, statement string, params []session.Param, formats []int16) error {
	s := c.statements[statement]
	switch {
	case s == nil && statement == "":
		return sqlerr.New(sqlerr.InvalidSQLStatementName, "unnamed prepared statement does not exist")
	case s == nil:
		return sqlerr.New(sqlerr.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", statement)
	case len(params) != len(s.params):
		return protocolViolation("bind message supplies %d parameters, but prepared statement \"%s\" requires %d", len(params), statement, len(s.params))
	}
	if s.sql == "SELECT 1/0" { // PostgreSQL finds it while planning, too
		return sqlerr.New(sqlerr.DivisionByZero, "division by zero")
	}
	c.portals[portal] = &scriptedPortal{statement: s, params: params, formats: formats}
	return nil
}

func (s *scriptedStatement) columns() []session.ResultColumn {
	column := session.ResultColumn{Name: "?column?", Type: types.Int4, Typmod: -1}
	switch {
	case strings.HasPrefix(s.sql, "SELECT $1"):
		column.Type = types.Text
	case strings.HasPrefix(s.sql, "SELECT generate_series"):
		column.Name = "generate_series"
	case !strings.HasPrefix(s.sql, "SELECT"):
		return nil
	}
	return []session.ResultColumn{column}
}

func (c *scripted) DescribeStatement(name string) ([]types.OID, []session.ResultColumn, error) {
	s := c.statements[name]
	if s == nil {
		return nil, nil, sqlerr.New(sqlerr.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", name)
	}
	return s.params, s.columns(), nil
}

func (c *scripted) DescribePortal(name string) ([]session.ResultColumn, []int16, error) {
	p := c.portals[name]
	if p == nil {
		return nil, nil, noPortal(name)
	}
	return p.statement.columns(), p.formats, nil
}

func noPortal(name string) error {
	return sqlerr.New(sqlerr.InvalidCursorName, "portal \"%s\" does not exist", name)
}

func syntaxError(sql string) error {
	at := strings.Index(sql, "bogus")
	return sqlerr.New(sqlerr.SyntaxError, "syntax error at or near \"bogus\"").At(at).Resolve(sql)
}

func (c *scripted) Execute(ctx context.Context, portal string, maxRows int, w session.ResultWriter) error {
	p := c.portals[portal]
	if p == nil {
		return noPortal(portal)
	}
	return c.run(ctx, p, maxRows, w)
}

func (c *scripted) run(ctx context.Context, p *scriptedPortal, maxRows int, w session.ResultWriter) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.running.Lock()
	c.running.cancel = cancel
	c.running.Unlock()
	defer func() {
		c.running.Lock()
		c.running.cancel = nil
		c.running.Unlock()
	}()
	sql, columns := p.statement.sql, p.statement.columns()
	if columns != nil && !strings.HasPrefix(sql, "SELECT 1/0") {
		if err := w.Columns(columns); err != nil {
			return err
		}
	}
	switch {
	case sql == "" || strings.HasPrefix(sql, "--"):
		return w.Empty()
	case strings.Contains(sql, "bogus"):
		return syntaxError(sql)
	case sql == "SELECT 1/0":
		return sqlerr.New(sqlerr.DivisionByZero, "division by zero")
	case sql == "SELECT 1":
		return errors.Join(w.Row(types.Row{types.Int(1)}), w.Complete("SELECT 1"))
	case sql == "SELECT $1":
		if p.params[0].Null {
			return errors.Join(w.Row(types.Row{types.Null}), w.Complete("SELECT 1"))
		}
		return errors.Join(w.Row(types.Row{types.Bytes(p.params[0].Value)}), w.Complete("SELECT 1"))
	case strings.HasPrefix(sql, "SELECT generate_series(1,"):
		var last, sent int
		_, _ = fmt.Sscanf(sql, "SELECT generate_series(1,%d)", &last)
		for ; p.sent < last; sent++ {
			if maxRows > 0 && sent == maxRows {
				return w.Suspended()
			}
			p.sent++
			if err := w.Row(types.Row{types.Int(int64(p.sent))}); err != nil {
				return err
			}
		}
		if maxRows > 0 && sent == maxRows {
			return w.Suspended()
		}
		return w.Complete(fmt.Sprintf("SELECT %d", sent))
	case sql == "BEGIN", sql == "COMMIT":
		c.status = map[string]session.Status{"BEGIN": 'T', "COMMIT": 'I'}[sql]
		return w.Complete(sql)
	case sql == "COPY t FROM STDIN":
		return c.copyIn(ctx, w)
	case sql == "COPY t TO STDOUT":
		return errors.Join(w.CopyOut(session.CopyFormat{Columns: 1}), w.CopyData([]byte("1\n")), w.CopyData([]byte("2\n")), w.CopyDone(), w.Complete("COPY 2"))
	case sql == "PANIC":
		panic("as told")
	case sql == "FAULT":
		return errors.New("secret detail")
	case sql == "LIVE":
		if err := w.Flush(); err != nil {
			return err
		}
		return c.wait(ctx)
	case sql == "WAIT":
		return c.wait(ctx)
	case strings.HasPrefix(sql, "SET "):
		c.running.Lock()
		c.running.changed = []session.ParameterStatus{{Name: "application_name", Value: "x"}}
		c.running.Unlock()
		return w.Complete("SET")
	}
	return sqlerr.Unsupported(sql)
}

func (c *scripted) wait(ctx context.Context) error {
	c.sessions.events <- "waiting"
	<-ctx.Done()
	c.sessions.events <- "cancelled: " + context.Cause(ctx).Error()
	return sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request")
}

func (c *scripted) copyIn(ctx context.Context, w session.ResultWriter) error {
	source, err := w.CopyIn(session.CopyFormat{Columns: 1})
	if err != nil {
		return err
	}
	var data strings.Builder
	for {
		piece, err := source.Next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			e := *sqlerr.From(err)
			e.Where = fmt.Sprintf("COPY t, line %d", strings.Count(data.String(), "\n")+1)
			return &e
		}
		data.Write(piece)
		if strings.Contains(data.String(), "bad") {
			return sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid input syntax for type integer: \"bad\"")
		}
	}
	return w.Complete(fmt.Sprintf("COPY %d", strings.Count(data.String(), "\n")))
}
