// Package testserver starts a whole server for tests: on a data directory of
// its own, on free loopback ports.
package testserver

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"testing"

	"github.com/kalamsql/kalamsql/cmd/kalamsql/serve"
	"github.com/kalamsql/kalamsql/storage"
)

// Server is a running server.
type Server struct {
	*serve.Server
	Dir string
	t   testing.TB
}

// Start starts a server with extra flags, and stops it when the test ends.
func Start(t testing.TB, flags ...string) *Server {
	t.Helper()
	return StartIn(t, t.TempDir(), flags...)
}

// StartIn starts a server on an existing data directory.
func StartIn(t testing.TB, dir string, flags ...string) *Server {
	t.Helper()
	return start(t, dir, nil, flags)
}

func start(t testing.TB, dir string, fs storage.FS, flags []string) *Server {
	t.Helper()
	c, err := serve.ReadConfig(append([]string{"--data", dir, "--sql-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0", "--shutdown-timeout", "2s"}, flags...),
		func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	c.FS = fs
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("KALAMSQL_TEST_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	s, err := serve.Start("test", c, log)
	if err != nil {
		t.Fatal(err)
	}
	server := &Server{Server: s, Dir: dir, t: t}
	t.Cleanup(server.Stop)
	return server
}

// StartOn starts a server whose data is on a file system of a test's.
// Statements' temporary files go to dir on the disk.
func StartOn(t testing.TB, fs storage.FS, dir string, flags ...string) *Server {
	t.Helper()
	return start(t, dir, fs, flags)
}

// Stop drains and stops the server; it may be called more than once.
func (s *Server) Stop() {
	if s.Server == nil {
		return
	}
	if err := s.Shutdown(); err != nil {
		s.t.Errorf("shutdown: %v", err)
	}
	s.Server = nil
}

// DSN is the connection string for a user of database postgres.
func (s *Server) DSN(user string) string {
	host, port, _ := net.SplitHostPort(s.SQLAddr())
	return fmt.Sprintf("host=%s port=%s user=%s database=postgres sslmode=disable", host, port, user)
}

// Port is the SQL port.
func (s *Server) Port() string {
	_, port, _ := net.SplitHostPort(s.SQLAddr())
	return port
}

// Context is a context that ends with the test.
func Context(t testing.TB) context.Context { return t.Context() }
