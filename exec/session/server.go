package session

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// Options configure a Server. Store and Hub are required.
type Options struct {
	Store  *tables.Store
	Hub    *live.Hub
	Logger *slog.Logger
	Now    func() time.Time
	// MaxSessions bounds the sessions that may be open at once (53300); 0 is
	// no bound.
	MaxSessions int
	// MaxStatements bounds the prepared statements of one session (53400).
	MaxStatements int
	// MaxPortals bounds its cursors and other portals, MaxSavepoints those of one
	// transaction (53400).
	MaxPortals    int
	MaxSavepoints int
	// Version is the product's own version, for version().
	Version string
	// SpillDir is the folder for what statements cannot hold in memory; what is in
	// it when the server starts is to be removed before (exec.RemoveSpilled).
	SpillDir string
	// Settings override the defaults of settings, as a configuration file does.
	Settings map[string]string
}

// Server is what all sessions share.
type Server struct {
	opts    Options
	log     *slog.Logger
	nextPID atomic.Int32
	// snapshots is what the system relations hold.
	snapshots snapshots
	watched   watchedQueries
	started   time.Time
	// statements is what pg_stat_statements shows.
	statements statementCounts
	// databaseCounts has *databaseCounts by the OID of the database.
	databaseCounts sync.Map

	mu struct {
		sync.Mutex
		sessions map[int32]*Session
		closed   bool
	}
	// idle is signalled whenever a session closes, for Shutdown.
	closedOne chan struct{}
}

// New makes a Server.
func New(opts Options) *Server {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.MaxStatements == 0 {
		opts.MaxStatements = 10_000
	}
	if opts.MaxPortals == 0 {
		opts.MaxPortals = 10_000
	}
	if opts.MaxSavepoints == 0 {
		opts.MaxSavepoints = 100_000
	}
	s := &Server{opts: opts, log: opts.Logger, started: opts.Now(), closedOne: make(chan struct{}, 1)}
	s.mu.sessions = map[int32]*Session{}
	s.dropStale()
	return s
}

// Store gives the store that sessions work on.
func (s *Server) Store() *tables.Store { return s.opts.Store }

// Open starts a session for a user who has been authenticated. Its errors end
// the connection.
func (s *Server) Open(ctx context.Context, start Startup) (*Session, error) {
	cat := s.opts.Store.Catalog()
	if start.User == "" {
		return nil, sqlerr.New(sqlerr.InvalidAuthorizationSpecification, "no PostgreSQL user name specified in startup packet").Fatal()
	}
	if start.Database == "" {
		start.Database = start.User
	}
	role := cat.Role(start.User)
	switch {
	case start.EndUser && start.Role != "":
		if role = cat.Role(start.Role); role == nil {
			return nil, sqlerr.New(sqlerr.InvalidAuthorizationSpecification, `role "%s" does not exist`, start.Role).Fatal()
		}
	case start.EndUser && role == nil:
		role = cat.RoleByOID(catalog.RoleKalamUser)
	case role == nil:
		return nil, sqlerr.New(sqlerr.InvalidAuthorizationSpecification, `role "%s" does not exist`, start.User).Fatal()
	case !role.Login:
		return nil, sqlerr.New(sqlerr.InvalidAuthorizationSpecification, `role "%s" is not permitted to log in`, start.User).Fatal()
	}
	db := cat.Database(start.Database)
	if db == nil && catalog.TemplateDatabase(start.Database) || db != nil && db.Closed {
		return nil, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `database "%s" is not currently accepting connections`, start.Database).Fatal()
	}
	if db == nil {
		return nil, sqlerr.New(sqlerr.InvalidCatalogName, `database "%s" does not exist`, start.Database).Fatal()
	}
	if !cat.Allowed(role.OID, db.Owner, db.Grants(), catalog.PrivConnect) {
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied for database "%s"`, db.Name).WithDetail("User does not have CONNECT privilege.").Fatal()
	}
	se := newSession(s, start, db, role)
	if err := se.applyStartup(db, role); err != nil {
		return nil, sqlerr.From(err).Fatal()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.closed {
		return nil, sqlerr.New(sqlerr.CannotConnectNow, "the database system is shutting down").Fatal()
	}
	if s.opts.MaxSessions > 0 && len(s.mu.sessions) >= s.opts.MaxSessions {
		return nil, sqlerr.New(sqlerr.TooManyConnections, "sorry, too many clients already").Fatal()
	}
	count := func(counts func(*Session) bool) (n int) {
		for _, other := range s.mu.sessions {
			if counts(other) {
				n++
			}
		}
		return n
	}
	if db.Limit != nil && *db.Limit >= 0 && !role.Superuser && count(func(other *Session) bool { return other.database.OID == db.OID }) >= *db.Limit {
		return nil, sqlerr.New(sqlerr.TooManyConnections, `too many connections for database "%s"`, db.Name).Fatal()
	}
	if role.ConnLimit >= 0 && !role.Superuser {
		if count(func(other *Session) bool { return other.loginRole.OID == role.OID }) >= role.ConnLimit {
			return nil, sqlerr.New(sqlerr.TooManyConnections, `too many connections for role "%s"`, role.Name).Fatal()
		}
	}
	s.mu.sessions[se.pid] = se
	return se, nil
}

// Login tells how a user may authenticate: the SCRAM verifier of its role,
// empty when it has no password; whether there is such a role; whether it may
// log in.
func (s *Server) Login(user string) (verifier string, role, canLogin bool) {
	r := s.opts.Store.Catalog().Role(user)
	if r == nil {
		return "", false, false
	}
	return r.Password, true, r.Login
}

// Cancel cancels what the session with that process number and secret is
// running; it answers whether there was such a session.
func (s *Server) Cancel(pid int32, secret []byte) bool {
	s.mu.Lock()
	se := s.mu.sessions[pid]
	s.mu.Unlock()
	if se == nil || subtle.ConstantTimeCompare(se.secret, secret) != 1 {
		return false
	}
	se.cancelStatement(sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request"))
	return true
}

// all lists the open sessions.
func (s *Server) all() []*Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*Session, 0, len(s.mu.sessions))
	for _, se := range s.mu.sessions {
		list = append(list, se)
	}
	return list
}

// byPID finds an open session, or nil.
func (s *Server) byPID(pid int32) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.sessions[pid]
}

// Shutdown refuses new sessions and waits for the open ones to close. When ctx
// ends first, the statements still running are cancelled with 57P01, and it
// waits for their sessions no longer.
func (s *Server) Shutdown(ctx context.Context) {
	s.mu.Lock()
	s.mu.closed = true
	s.mu.Unlock()
	for {
		open := s.all()
		if len(open) == 0 {
			return
		}
		select {
		case <-s.closedOne:
		case <-ctx.Done():
			for _, se := range open {
				se.cancelStatement(sqlerr.New(sqlerr.AdminShutdown, "terminating connection due to administrator command").Fatal())
			}
			return
		}
	}
}

func (s *Server) forget(se *Session) {
	s.mu.Lock()
	delete(s.mu.sessions, se.pid)
	s.mu.Unlock()
	select {
	case s.closedOne <- struct{}{}:
	default:
	}
}

// newSecret makes a cancel key. Four bytes, since that is what protocol 3.0
// can carry.
func newSecret() []byte {
	b := make([]byte, 4)
	rand.Read(b) // never fails
	return b
}
