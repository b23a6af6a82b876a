package pgwire

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"
)

// Defaults of Options.
const (
	defaultStartupTimeout = 60 * time.Second // PostgreSQL's authentication_timeout
	defaultMaxMessage     = 1<<30 - 2        // bytes; PostgreSQL's MaxAllocSize-1
	defaultWriteBuffer    = 32 << 10         // bytes
	defaultMaxConnections = 100              // PostgreSQL's max_connections
)

// Options says how a Server behaves. Only Sessions is required.
type Options struct {
	Sessions Sessions
	// TLS offers encryption; nil answers every request for it with no.
	TLS *tls.Config
	// Auth chooses how a client proves who it is; nil means SCRAM for everyone.
	Auth   func(remote net.Addr, user string, tls bool) Method
	Logger *slog.Logger

	StartupTimeout time.Duration // from accept to the end of authentication
	WriteTimeout   time.Duration // for one write to a client that does not read; 0 is no limit
	MaxMessage     int           // bytes of a message's body
	MaxConnections int           // admitted clients; cancel requests do not count
	WriteBuffer    int           // bytes of output collected before a write
}

// Server accepts connections and runs a conversation on each.
type Server struct {
	options Options
	tls     *tls.Config
	secret  []byte // seeds the salts of users that do not exist

	draining context.Context // done once Shutdown was called
	drain    context.CancelFunc
	running  sync.WaitGroup  // connections
	watching sync.WaitGroup  // watchLong
	ended    context.Context // done once Shutdown is over
	end      context.CancelFunc

	mu struct {
		sync.Mutex
		listeners []net.Listener
		conns     map[*conn]struct{}
		keys      map[int32]*conn // by process ID, for cancel requests
		admitted  int
	}
}

// New makes a server. It accepts nothing until Serve.
func New(options Options) *Server {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Auth == nil {
		options.Auth = func(net.Addr, string, bool) Method { return SCRAM }
	}
	options.StartupTimeout = orDefault(options.StartupTimeout, defaultStartupTimeout)
	options.MaxMessage = orDefault(options.MaxMessage, defaultMaxMessage)
	options.MaxConnections = orDefault(options.MaxConnections, defaultMaxConnections)
	options.WriteBuffer = orDefault(options.WriteBuffer, defaultWriteBuffer)
	s := &Server{options: options, secret: mockSecret()}
	if options.TLS != nil {
		s.tls = options.TLS.Clone()
		s.tls.NextProtos = []string{alpnProtocol}
	}
	s.draining, s.drain = context.WithCancel(context.Background())
	s.ended, s.end = context.WithCancel(context.Background())
	s.mu.conns = make(map[*conn]struct{})
	s.mu.keys = make(map[int32]*conn)
	return s
}

func orDefault[T int | time.Duration](v, d T) T {
	if v <= 0 {
		return d
	}
	return v
}

// Serve accepts connections until ctx ends or Shutdown is called, and closes
// the listener. It returns nil after Shutdown. When ctx ends the connections
// end too, with 57P01; Shutdown waits for them.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	if !s.addListener(listener) {
		return listener.Close()
	}
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	go s.watchLong(ctx)
	var pause time.Duration
	for {
		socket, err := listener.Accept()
		switch {
		case err == nil:
			pause = 0
			s.start(ctx, socket)
		case s.draining.Err() != nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, net.ErrClosed):
			return err
		default: // out of descriptors, most likely: let some connections end
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.options.Logger.Warn("accept failed", keyError, err)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			case <-s.draining.Done():
			}
		}
	}
}

// watchLong reads ahead for the connections whose statement runs long, so that a
// client that vanishes is noticed.
func (s *Server) watchLong(ctx context.Context) {
	defer s.watching.Done()
	tick := time.NewTicker(longStatement)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		case <-s.ended.Done():
			return
		}
		s.mu.Lock()
		for c := range s.mu.conns {
			if c.begun.Load() && c.in.long() {
				c.others.Add(1)
				go c.readAhead()
			}
		}
		s.mu.Unlock()
	}
}

// addListener also counts the goroutine that watches for long statements.
func (s *Server) addListener(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Err() != nil {
		return false
	}
	s.mu.listeners = append(s.mu.listeners, l)
	s.watching.Add(1)
	return true
}

// start runs a connection, unless the server drains or so many strangers are
// connected that serving one more would only help an attacker.
func (s *Server) start(ctx context.Context, socket net.Conn) {
	c := newConn(ctx, s, socket)
	s.mu.Lock()
	refuse := s.draining.Err() != nil || len(s.mu.conns) >= 2*s.options.MaxConnections+16
	if !refuse {
		s.mu.conns[c] = struct{}{}
		s.running.Add(1)
	}
	s.mu.Unlock()
	if refuse {
		c.cancel(errShutdown())
		_ = socket.Close()
		return
	}
	go c.run()
}

// admit counts a client that has said who it is; false: there are too many.
func (s *Server) admit(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.admitted >= s.options.MaxConnections {
		return false
	}
	s.mu.admitted++
	c.admitted = true
	return true
}

// remember makes a connection known to cancel requests.
func (s *Server) remember(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.keys[c.session.PID()] = c
}

// finished takes a connection out of the books; its run returns after this.
func (s *Server) finished(c *conn) {
	s.mu.Lock()
	delete(s.mu.conns, c)
	if c.admitted {
		s.mu.admitted--
	}
	if c.session != nil && s.mu.keys[c.session.PID()] == c {
		delete(s.mu.keys, c.session.PID())
	}
	s.mu.Unlock()
	s.running.Done()
}

// Shutdown stops accepting, tells idle clients and those with a live result
// 57P01 at once and the others when their statement ends. When ctx ends first, running statements are
// cancelled. It returns once every connection has ended, with ctx's error if
// some had to be cut off.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.drain()
	listeners := slices.Clone(s.mu.listeners)
	for c := range s.mu.conns {
		if c.streaming.Load() {
			c.cancel(errShutdown())
		}
	}
	s.mu.Unlock()
	for _, l := range listeners {
		_ = l.Close()
	}
	cutOff := context.AfterFunc(ctx, s.cutOff)
	s.running.Wait()
	s.end()
	s.watching.Wait()
	if !cutOff() {
		return ctx.Err()
	}
	return nil
}

// cutOff ends every connection now.
func (s *Server) cutOff() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.mu.conns {
		c.cancel(errShutdown())
	}
}
