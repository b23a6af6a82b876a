package ws

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Options configure a Server. Sessions and Hub are required.
type Options struct {
	Sessions *session.Server
	Hub      *live.Hub
	Logger   *slog.Logger
	// Trust says whether a connection from an address needs no proof of who it
	// is; nil trusts nobody.
	Trust func(net.Addr) bool
	// JWT is how tokens are checked; nil accepts none.
	JWT *JWTOptions
	// AllowedOrigins may connect besides pages of the server itself; Hosts are
	// answered to besides loopback names.
	AllowedOrigins []string
	Hosts          []string
	Limits         Limits
	// Compression agrees to permessage-deflate where a client offers it.
	Compression bool
	// Console holds the console's files and the client; nil serves none.
	Console fs.FS
	TLS     *tls.Config
}

// Limits bounds what clients may take; zero means the default.
type Limits struct {
	Connections         int   // default 50000
	FrameBytes          int64 // of one frame or HTTP body, default 16 MiB
	StatementsPerSecond int   // of one connection, default no bound
	// AuthDeadline is how long a client may take to say who it is, default 3 s.
	AuthDeadline time.Duration
}

// Server serves browsers.
type Server struct {
	opts     Options
	log      *slog.Logger
	auth     *authenticator
	http     *http.Server
	upgrader websocket.Upgrader
	metrics  *metrics

	mu struct {
		sync.Mutex
		conns    map[*conn]struct{}
		fresh    freshConns
		sweeping bool
		closed   bool
	}
	over    chan struct{} // closed by Shutdown
	running sync.WaitGroup
}

// New makes a Server. Its errors are about the keys of JWT.
func New(o Options) (*Server, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Trust == nil {
		o.Trust = func(net.Addr) bool { return false }
	}
	if o.Limits.Connections == 0 {
		o.Limits.Connections = 50_000
	}
	if o.Limits.FrameBytes == 0 {
		o.Limits.FrameBytes = 16 << 20
	}
	if o.Limits.AuthDeadline == 0 {
		o.Limits.AuthDeadline = 3 * time.Second
	}
	auth, err := newAuthenticator(o)
	if err != nil {
		return nil, err
	}
	s := &Server{opts: o, log: o.Logger, auth: auth, over: make(chan struct{})}
	s.mu.conns = map[*conn]struct{}{}
	s.mu.fresh.conns = map[net.Conn]struct{}{}
	s.metrics = newMetrics(s)
	s.upgrader = websocket.Upgrader{
		ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10, WriteBufferPool: &sync.Pool{}, Subprotocols: []string{"kalamsql.v1"},
		EnableCompression: o.Compression,
		CheckOrigin:       func(*http.Request) bool { return true }, // checked before, for every request
	}
	s.http = &http.Server{Handler: s.Handler(), TLSConfig: o.TLS, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ConnState: s.noteState, ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug)}
	return s, nil
}

// Handler is everything the server answers.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/ws", s.serveWebSocket)
	mux.HandleFunc("POST /v1/sql", s.serveSQL)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.serveReady)
	mux.Handle("GET /metrics", s.metrics.handler())
	if s.opts.Console != nil {
		mux.Handle("GET /kalamsql.js", http.FileServerFS(s.opts.Console))
		if console, err := fs.Sub(s.opts.Console, "console"); err == nil {
			mux.Handle("GET /", http.FileServerFS(console))
		}
	}
	return s.guard(mux)
}

// Serve accepts connections until Shutdown.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	var err error
	if s.opts.TLS != nil {
		err = s.http.ServeTLS(l, "", "")
	} else {
		err = s.http.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Shutdown takes no new connections and closes the open ones with 1001 once
// what is queued for them has gone out, or when ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.mu.closed {
		s.mu.closed = true
		close(s.over)
	}
	open := make([]*conn, 0, len(s.mu.conns))
	for c := range s.mu.conns {
		open = append(open, c)
	}
	s.mu.Unlock()
	for _, c := range open {
		c.goAway()
	}
	done := make(chan struct{})
	go s.awaitConnections(done)
	select {
	case <-done:
	case <-ctx.Done():
		for _, c := range open {
			c.socket.Close()
		}
		<-done
	}
	s.closeFresh()
	return s.http.Shutdown(ctx)
}

func (s *Server) awaitConnections(done chan<- struct{}) {
	s.running.Wait()
	close(done)
}

func (s *Server) serveReady(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	closed := s.mu.closed
	s.mu.Unlock()
	if closed {
		http.Error(w, "shutting down", http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ready\n"))
}

// guard checks Host and Origin of every request and sets the headers that keep
// the console to itself.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.knownHost(r.Host) {
			http.Error(w, "this server does not answer to that host name", http.StatusForbidden)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" && !s.allowedOrigin(origin, r) {
			http.Error(w, "pages of that origin may not connect", http.StatusForbidden)
			return
		} else if origin != "" {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Add("Vary", "Origin")
			if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
				// Browsers ask first before a page of another origin may send JSON or a token.
				w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
				w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
				w.Header().Set("Access-Control-Max-Age", "600")
				w.WriteHeader(http.StatusNoContent)
				return
			}
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}

// knownHost says whether a Host header names this server: a page that has
// rebound its own name to this address does not.
func (s *Server) knownHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.Trim(name, "[]")
	if name == "localhost" {
		return true
	}
	if ip := net.ParseIP(name); ip != nil && ip.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(s.opts.Hosts, func(known string) bool {
		if strings.EqualFold(known, host) || strings.EqualFold(known, name) {
			return true
		}
		h, _, err := net.SplitHostPort(known)
		return err == nil && strings.EqualFold(h, name)
	})
}

// allowedOrigin says whether a page may talk to the server: one of its own, or
// one that is listed.
func (s *Server) allowedOrigin(origin string, r *http.Request) bool {
	if slices.Contains(s.opts.AllowedOrigins, origin) || slices.Contains(s.opts.AllowedOrigins, "*") {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, r.Host)
}

// admit counts a connection in, unless there are too many or the server goes down.
func (s *Server) admit(c *conn) *sqlerr.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.closed {
		return sqlerr.New(sqlerr.CannotConnectNow, "the database system is shutting down")
	}
	if len(s.mu.conns) >= s.opts.Limits.Connections {
		return sqlerr.New(sqlerr.TooManyConnections, "sorry, too many clients already")
	}
	s.mu.conns[c] = struct{}{}
	s.running.Add(1)
	if !s.mu.sweeping {
		s.mu.sweeping = true
		s.running.Add(1)
		go s.sweep()
	}
	return nil
}

// linger is for how long a worker's goroutine stays at least when there is nothing to
// do, and for less than twice as long.
const linger = time.Second

// sweep sends the goroutines of idle connections away, as long as there are connections.
func (s *Server) sweep() {
	defer s.running.Done()
	tick := time.NewTicker(linger)
	defer tick.Stop()
	var open []*conn
	for {
		select {
		case <-tick.C:
		case <-s.over:
			return
		}
		s.mu.Lock()
		for c := range s.mu.conns {
			open = append(open, c)
		}
		if len(open) == 0 {
			s.mu.sweeping = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		for _, c := range open {
			c.executor.sweep()
			c.writer.sweep()
		}
		clear(open)
		open = open[:0]
	}
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.mu.conns, c)
	s.mu.Unlock()
	s.running.Done()
}

func (s *Server) connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.mu.conns)
}
