// Package serve wires the rooms of the server together: it is the only place
// that knows all of them.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/live/ws"
	"github.com/kalamsql/kalamsql/pgwire"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
	"github.com/kalamsql/kalamsql/web"
)

// ServerVersion is the PostgreSQL version whose behaviour is promised.
const ServerVersion = session.ServerVersion

// Main runs the serve command and gives the process's exit code. It ends when
// ctx does: SIGTERM drains and exits with 0.
func Main(ctx context.Context, version string, args []string, out, errs io.Writer) int {
	c, err := ReadConfig(args, os.LookupEnv)
	if errors.Is(err, pflag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = Run(ctx, version, c, out, errs)
	}
	if err != nil {
		fmt.Fprintf(errs, "kalamsql: %v\n", err)
		return 1
	}
	return 0
}

// Server is a running server.
type Server struct {
	config   *Config
	log      *slog.Logger
	hub      *live.Hub
	store    *tables.Store
	sessions *session.Server
	wire     *pgwire.Server
	web      *ws.Server
	sql      net.Listener
	http     net.Listener
	serving  chan error
	cancel   context.CancelFunc
}

// Run starts a server, says where it listens, and serves until ctx ends.
func Run(ctx context.Context, version string, c *Config, out, errs io.Writer) error {
	log, err := newLogger(c, errs)
	if err != nil {
		return err
	}
	spareProcessors()
	s, err := Start(version, c, log)
	if err != nil {
		return err
	}
	defer paceCollections()()
	fmt.Fprintf(out, "kalamsql %s is ready\n  PostgreSQL clients   %s\n  console and clients  http://%s/\n  data                 %s\n\n  psql -h %s -U postgres\n\n",
		version, s.SQLAddr(), s.HTTPAddr(), c.Data, hostAndPort(s.SQLAddr()))
	select {
	case <-ctx.Done():
		err = nil
	case err = <-s.serving:
	}
	return errors.Join(err, s.Shutdown())
}

// hostAndPort spells an address for psql's -h.
func hostAndPort(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host + " -p " + port
}

func newLogger(c *Config, w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("--log-level: %v", err)
	}
	opts := &slog.HandlerOptions{Level: level}
	switch c.LogFormat {
	case "text":
		return slog.New(slog.NewTextHandler(w, opts)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, opts)), nil
	}
	return nil, fmt.Errorf("--log-format must be text or json, not %q", c.LogFormat)
}

// Start opens the data directory and both listeners and begins to serve.
func Start(version string, c *Config, log *slog.Logger) (_ *Server, err error) {
	s := &Server{config: c, log: log, serving: make(chan error, 2)}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	var tlsConfig *tls.Config
	if c.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return nil, err
		}
		tlsConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	// The listeners come first: a port that is taken is found out before the
	// data directory is touched.
	if s.sql, err = net.Listen("tcp", c.SQLAddr); err != nil {
		return nil, err
	}
	if s.http, err = net.Listen("tcp", c.HTTPAddr); err != nil {
		return nil, err
	}
	s.hub = live.NewHub(live.HubOptions{Logger: log, Evaluate: exec.Evaluate, Limits: live.Limits{
		SubscriptionsPerConnection: c.MaxSubscriptions, SubscriptionsPerUser: c.MaxUserSubscriptions, QueueBytes: c.SubscriptionQueue,
		StateBytes: c.StateLimit, StepTime: c.StepLimit,
	}})
	s.store, err = tables.Open(context.Background(), tables.Options{
		IndexCode: plan.IndexCode, ExclusionCode: plan.ExclusionCode,
		Storage: storage.Options{Dir: c.Data, FS: c.FS, Logger: log, CacheBytes: c.CacheBytes,
			LogRetention: storage.LogRetention{Age: c.LogRetention, Bytes: c.LogRetentionBytes}},
		Logger: log, Publisher: s.hub, MaxLocks: c.MaxLocks, MaxTransactionBytes: c.TransactionLimit,
		StreamChangeBytes: c.StreamLogBytes,
	})
	if errors.Is(err, storage.ErrLocked) {
		return nil, fmt.Errorf("data directory %s is in use by another server", c.Data)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", c.Data, err)
	}
	s.hub.Attach(s.store)
	spill := filepath.Join(c.Data, "temporary")
	if err := exec.RemoveSpilled(spill); err != nil {
		return nil, fmt.Errorf("remove temporary files: %w", err)
	}
	s.sessions = session.New(session.Options{Store: s.store, Hub: s.hub, Logger: log, MaxSessions: c.MaxConnections + c.MaxWebSockets, Version: version, SpillDir: spill,
		MaxStatements: c.MaxStatements, MaxPortals: c.MaxCursors, MaxSavepoints: c.MaxSavepoints})
	s.wire = pgwire.New(pgwire.Options{
		Sessions: wireSessions{s.sessions}, TLS: tlsConfig, Logger: log, Auth: s.authMethod, StartupTimeout: c.AuthTimeout, MaxMessage: int(c.MaxMessage), MaxConnections: c.MaxConnections,
	})
	s.web, err = ws.New(ws.Options{
		Sessions: s.sessions, Hub: s.hub, Logger: log, Trust: c.trusts, JWT: c.jwt(), AllowedOrigins: c.AllowedOrigins, Hosts: append(slices.Clone(c.Hosts), s.http.Addr().String()),
		Limits:      ws.Limits{Connections: c.MaxWebSockets, FrameBytes: c.MaxFrame, StatementsPerSecond: c.StatementsPerSecond},
		Compression: c.Compression, Console: web.Files, TLS: tlsConfig,
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	go s.serveSQL(ctx)
	go s.serveHTTP(ctx)
	return s, nil
}

func (s *Server) serveSQL(ctx context.Context)  { s.serving <- s.wire.Serve(ctx, s.sql) }
func (s *Server) serveHTTP(ctx context.Context) { s.serving <- s.web.Serve(ctx, s.http) }

// wireSessions opens sessions as pgwire wants them.
type wireSessions struct{ *session.Server }

// Open implements pgwire.Sessions.
func (w wireSessions) Open(ctx context.Context, startup session.Startup) (pgwire.Conversation, error) {
	s, err := w.Server.Open(ctx, startup)
	if err != nil {
		return nil, err // and no *session.Session that is nil
	}
	return s, nil
}

func (s *Server) authMethod(remote net.Addr, user string, encrypted bool) pgwire.Method {
	if s.config.trusts(remote) {
		return pgwire.Trust
	}
	return pgwire.SCRAM
}

func (c *Config) jwt() *ws.JWTOptions {
	if c.JWTKeys == "" && c.JWTJWKS == "" {
		return nil
	}
	return &ws.JWTOptions{KeyFile: c.JWTKeys, JWKSFile: c.JWTJWKS, Algorithms: c.JWTAlgorithms, Issuer: c.JWTIssuer, Audience: c.JWTAudience}
}

// SQLAddr is where PostgreSQL clients are served.
func (s *Server) SQLAddr() string { return s.sql.Addr().String() }

// HTTPAddr is where browsers are served.
func (s *Server) HTTPAddr() string { return s.http.Addr().String() }

// Shutdown drains: subscribers are told first, with their cursors; then no new
// connections, and running statements may finish within the bound.
func (s *Server) Shutdown() error {
	s.log.Info("shutting down")
	ctx, cancel := context.WithTimeout(context.Background(), s.config.ShutdownTimeout)
	defer cancel()
	s.sql.Close()
	err := errors.Join(s.hub.Shutdown(ctx), s.web.Shutdown(ctx), s.wire.Shutdown(ctx))
	s.sessions.Shutdown(ctx)
	s.cancel()
	return errors.Join(err, s.close())
}

// close releases what Start opened, in the other order.
func (s *Server) close() error {
	if s.cancel != nil {
		s.cancel()
	}
	for _, l := range []net.Listener{s.sql, s.http} {
		if l != nil {
			l.Close() // an error says that it is closed already
		}
	}
	if s.store == nil {
		return nil
	}
	return s.store.Close()
}
