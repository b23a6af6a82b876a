package session

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/exec/pgcatalog"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
	"github.com/kalamsql/kalamsql/tables/turns"
)

// Session is one client's conversation. One goroutine at a time uses it, except
// for Wake and Server.Cancel.
type Session struct {
	// textSearch is what definitions of users have been made into.
	textSearch madeTextSearch
	// events are the commands under way that event triggers are told of.
	events []*command
	server *Server
	log    interface{ Debug(string, ...any) }
	pid    int32
	secret []byte
	start  Startup
	opened time.Time
	random expr.Random // of random(), once it has a seed
	// together: the query string under way has several statements, which are in
	// one transaction.
	together bool

	database  *catalog.Database
	loginRole *catalog.Role // as logged in; kalam_user for an end user
	// statusOf are the roles that is_superuser was last told for.
	statusOf string

	settings *settings

	tx txState
	// txTime is when the transaction began, in nanoseconds since 1970; zero without one.
	txTime atomic.Int64
	// constraints is what the transaction has still to check.
	constraints exec.Constraints

	// counted is whether statements are counted, as of a version of the catalog.
	counted struct {
		version uint64
		on      bool
	}
	routines   routines
	domains    domains
	statements map[string]*prepared
	recent     recent
	// client is who gets the result of the message being answered; nil between
	// messages.
	client ResultWriter
	// current is the context of the message being answered; nil between messages.
	current context.Context
	// now is when the message that runs something came; zero between those.
	now time.Time
	// measuring, while EXPLAIN ANALYZE runs, is what operators measure with; measured
	// is the plan that ran.
	measuring *exec.Instruments
	measured  *plan.Plan
	portals   map[string]*portal

	receiver   *live.Receiver
	awake      func()               // see Wake; nil: none
	listening  map[string]*listener // by channel
	late       []Notification       // what the session has to tell itself
	nextSub    int
	sequences  sequenceState
	interrupts interrupts
	turn       turns.Turn // that of the statement under way
	// virtual is virtualRows, as operators want it.
	virtual func(v *catalog.Virtual, column int, value types.Datum, yield func(types.Row) error) error
	// system is updateSystem.
	system func(ctx context.Context, relation, column string, key []types.Datum, value types.Datum) error
	// shown and routineContext are mayShow and currentContext, as transactions want them.
	shown          func(t *catalog.Table, columns []int16) bool
	routineContext func() *expr.Context
	// began is when the first message of the extended protocol came since the
	// last Execute or Sync, if statement_timeout is set; zero: none has.
	began  time.Time
	timer  *time.Timer // statement_timeout's, of the running statement
	closed bool
	// own is what the system relations hold for a transaction that has changed
	// definitions.
	own *pgcatalog.Snapshot
	// ownStale: definitions have changed since own was made.
	ownStale bool
	// notices are what functions of the running statement have to say; no more than
	// maxNotices.
	notices []*sqlerr.Error
	// locks are those that outlive a transaction.
	locks *tables.SessionLocks

	counts   *databaseCounts // of its database
	indexing indexing
	activity struct {
		sync.Mutex
		activity
	}
}

// sequenceState remembers what nextval has given this session.
type sequenceState struct {
	values map[catalog.OID]int64
	last   catalog.OID
}

func newSession(s *Server, start Startup, db *catalog.Database, role *catalog.Role) *Session {
	se := &Session{
		server: s, pid: s.nextPID.Add(1), secret: newSecret(), start: start, opened: s.opts.Now(),
		database: db, loginRole: role,
		statements: map[string]*prepared{}, portals: map[string]*portal{},
		listening: map[string]*listener{}, counts: s.counts(db.OID),
	}
	se.counts.sessions.Add(1)
	se.locks = se.store().NewSessionLocks(se.pid)
	se.constraints.Env = se.constraintEnv
	se.constraints.Runtime = se.runtime
	se.constraints.Fire = se.fireTrigger
	se.constraints.Replica = func() bool { return se.settings.replica }
	se.constraints.Restricted = func() bool { return se.routines.restricted > 0 }
	se.virtual, se.system = se.virtualRows, se.updateSystem
	se.shown, se.routineContext = se.mayShow, se.currentContext
	se.sequences.values = map[catalog.OID]int64{}
	se.log = s.log.With("session", se.pid)
	se.settings = newSettings(s.opts.Settings)
	se.settings.changeEnv(func(e *types.Env) {
		e.RegIn, e.RegOut, e.Domain, e.Now = se.regIn, se.regOut, se.checkDomain, se.inputTime
	})
	return se
}

// PID is the number that BackendKeyData and pg_backend_pid() show.
func (s *Session) PID() int32 { return s.pid }

// Secret is the cancel key.
func (s *Session) Secret() []byte { return s.secret }

// User is the user whose slices the session sees.
func (s *Session) User() string {
	if user := s.settings.impersonated; user != "" {
		return user
	}
	return s.start.User
}

// Role is the name of the role whose privileges apply.
func (s *Session) Role() string { return s.role().Name }

// role is the role whose privileges apply: the impersonated user's, or
// kalam_user's when that is no role; SET ROLE's; the login's.
func (s *Session) role() *catalog.Role {
	cat := s.catalog()
	if n := len(s.routines.definers); n > 0 {
		if r := cat.RoleByOID(s.routines.definers[n-1]); r != nil {
			return r
		}
	}
	if user := s.settings.impersonated; user != "" {
		if r := cat.Role(user); r != nil {
			return r
		}
		return cat.RoleByOID(catalog.RoleKalamUser)
	}
	if s.settings.setRole != "" {
		if r := cat.Role(s.settings.setRole); r != nil {
			return r
		}
	}
	return s.sessionRole(cat)
}

// sessionRole is the role of session_user: SET SESSION AUTHORIZATION's, or the login's.
func (s *Session) sessionRole(cat *catalog.Catalog) *catalog.Role {
	if name := s.settings.authorization; name != "" && name != s.start.User {
		if r := cat.Role(name); r != nil {
			return r
		}
	}
	if r := cat.RoleByOID(s.loginRole.OID); r != nil {
		return r
	}
	return s.loginRole
}

// catalog is the version that the session sees: its transaction's, if it is in
// one.
func (s *Session) catalog() *catalog.Catalog {
	if s.tx.tx != nil {
		return s.tx.tx.Catalog()
	}
	return s.server.opts.Store.Catalog()
}

// planEnv is what planning depends on.
func (s *Session) planEnv() *plan.Env {
	env := &plan.Env{
		Catalog: s.catalog(), Database: s.database.OID, SearchPath: s.searchPath(), Types: s.settings.env,
		Functions: s.evalContext(context.Background()), Ctx: s.current, Statistics: s.store().Statistics, Virtual: s.virtualStatistics,
	}
	env.Role, env.NoRowSecurity, env.Replica, env.Transitions = s.role(), !s.settings.rowSecurity, s.settings.replica, s.constraints.Shown()
	if schema := s.tempSchema(env.Catalog); schema != nil {
		env.TempSchema = schema.OID
	}
	if horizon := s.horizon(); horizon != 0 {
		store := s.store()
		env.Built = func(index catalog.OID) bool { return store.Built(index, horizon) }
	}
	return env
}

// constraintEnv is planEnv for what constraints run: policies hide nothing from them.
func (s *Session) constraintEnv() *plan.Env {
	env := s.planEnv()
	env.Role = nil
	return env
}

// planRole is who a plan is made for: another's must not be used.
func (s *Session) planRole() planRole {
	return planRole{s.role().OID, s.settings.rowSecurity, s.settings.replica, s.horizon()}
}

// planRole is a role with or without row_security, and with the rules of a replica or not,
// that may use the indexes made up to a horizon.
type planRole struct {
	role              catalog.OID
	security, replica bool
	horizon           storage.Seq
}

// horizon is the transaction's, 0 where there is none.
func (s *Session) horizon() storage.Seq {
	if s.tx.tx == nil {
		return 0
	}
	return s.tx.tx.Horizon()
}

// watchEnv is planEnv for a live query.
func (s *Session) watchEnv() *plan.Env {
	env := s.planEnv()
	env.Watched = true
	return env
}

// evalContext is what evaluating expressions of one statement may look at.
func (s *Session) evalContext(ctx context.Context) *expr.Context {
	c := &expr.Context{}
	s.fillContext(c, ctx)
	return c
}

// fillContext is evalContext, in place.
func (s *Session) fillContext(c *expr.Context, ctx context.Context) {
	c.Ctx, c.Env, c.Host, c.Random = ctx, s.settings.env, s, &s.random
	c.TxTime, c.StatementTime, c.Clock = s.tx.started, s.tx.statement, s.server.opts.Now
}

// cancelStatement ends what the session is running with cause.
func (s *Session) cancelStatement(cause error) { s.interrupts.interrupt(cause) }

// terminate ends the session for an administrator; any goroutine may call it.
func (s *Session) terminate() {
	cause := errTerminated()
	if s.start.End != nil {
		s.start.End(cause)
		return
	}
	s.cancelStatement(cause)
}

func errTerminated() *sqlerr.Error {
	return sqlerr.New(sqlerr.AdminShutdown, "terminating connection due to administrator command").Fatal()
}

// startTimeout starts the timer of statement_timeout, unless it runs: the first
// statement of a query string may have set it.
func (s *Session) startTimeout() {
	d := s.settings.statementTimeout
	if d <= 0 || s.timer != nil {
		return
	}
	if !s.began.IsZero() {
		d -= time.Since(s.began)
	}
	s.timer = s.interrupts.after(d, errStatementTimeout)
}

// inTime notes a message of the extended protocol that is no Execute, and
// refuses it when statement_timeout has passed since the first of them.
func (s *Session) inTime() error {
	d := s.settings.statementTimeout
	switch {
	case d <= 0:
	case s.began.IsZero():
		s.began = time.Now()
	case time.Since(s.began) > d:
		s.began = time.Time{}
		s.fail()
		return errStatementTimeout
	}
	return nil
}

// cancellable lets a message be cancelled that is no Execute but may take long, and
// end at statement_timeout; done must be called at its end.
func (s *Session) cancellable(ctx context.Context) (done func()) {
	s.current = s.interrupts.begin(ctx)
	var timer *time.Timer
	if d := s.settings.statementTimeout; d > 0 {
		timer = s.interrupts.after(d-time.Since(s.began), errStatementTimeout)
	}
	return func() {
		if timer != nil {
			timer.Stop()
		}
		s.turn.End()
		s.interrupts.end()
		s.current = nil
	}
}

// running gives the context of a statement; ran must be called at its end.
// statement_timeout starts here, unless Parse or Bind has started it.
func (s *Session) running(ctx context.Context, sql string) context.Context {
	s.current = s.interrupts.begin(ctx)
	s.turn.Begin(s.server.opts.Store.Turns())
	s.startTimeout()
	s.now = s.server.opts.Now()
	s.setActivity("active", sql, s.now)
	return s.current
}

// ran ends what running began.
func (s *Session) ran() {
	if s.timer != nil {
		s.timer.Stop()
		s.timer = nil
	}
	s.began = time.Time{}
	s.turn.End()
	s.interrupts.end()
	s.current, s.client = nil, nil
	s.now = time.Time{}
	s.setActivity(s.idleState(), "", s.server.opts.Now())
}

// IdleLimit is how long the client may now be silent, zero for as long as it
// likes, and what ends it then.
func (s *Session) IdleLimit() (time.Duration, error) {
	switch {
	case s.tx.block && s.settings.idleInTransaction > 0:
		return s.settings.idleInTransaction, sqlerr.New(sqlerr.IdleInTransactionSessionTimeout, "terminating connection due to idle-in-transaction timeout").Fatal()
	case !s.tx.block && s.settings.idleSession > 0:
		return s.settings.idleSession, sqlerr.New(sqlerr.IdleSessionTimeout, "terminating connection due to idle-session timeout").Fatal()
	}
	return 0, nil
}

// idleState is what pg_stat_activity calls a session between statements.
func (s *Session) idleState() string {
	switch s.Status() {
	case 'T':
		return "idle in transaction"
	case 'E':
		return "idle in transaction (aborted)"
	}
	return "idle"
}

// caught turns a panic in a statement into that statement's error. It is
// deferred, by whoever rolls back what the statement did.
func (s *Session) caught(err *error) {
	if p := recover(); p != nil {
		s.server.log.Error("panic in a statement", "session", s.pid, "panic", p, "stack", string(debug.Stack()))
		*err = sqlerr.Internal("panic: %v", p)
	}
}

// Close rolls back, ends the session's subscriptions and forgets it. It may be
// called more than once.
func (s *Session) Close() {
	if s.closed {
		return
	}
	s.closed = true
	s.closePortals(nil)
	if s.tx.tx != nil {
		s.tx.tx.Rollback()
		s.tx.tx = nil
	}
	if s.receiver != nil {
		s.receiver.Close()
	}
	s.dropTemporary()
	s.locks.UnlockAll()
	s.interrupts.close()
	s.server.forget(s)
}

// Env is what the text forms of values depend on at this moment.
func (s *Session) Env() *types.Env { return s.settings.env }

// store is the server's store.
func (s *Session) store() *tables.Store { return s.server.opts.Store }
