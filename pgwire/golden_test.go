package pgwire

import (
	"context"
	"flag"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/pgwire/wiretest"
)

// record rewrites the expectations of every script from what the server at
// KALAMSQL_ORACLE says:
//
//	KALAMSQL_ORACLE=127.0.0.1:5432/scratch go test ./pgwire -run Golden -record
//
// The part behind the slash is the database, postgres if there is none.
var record = flag.Bool("record", false, "write the expectations of testdata from the server at KALAMSQL_ORACLE")

// TestGolden runs the scripts of testdata against this server, and when
// KALAMSQL_ORACLE names one, against a real PostgreSQL. Those of testdata/session
// need a real session: here they run against the oracle alone.
func TestGolden(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.jsonl")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	oracle := os.Getenv("KALAMSQL_ORACLE")
	_, address := serveScripted(t, Options{Auth: trustAll})
	for _, script := range scripts {
		name := strings.TrimSuffix(filepath.Base(script), ".jsonl")
		if oracle != "" && !strings.HasPrefix(name, "own_") {
			t.Run("postgres/"+name, func(t *testing.T) { wiretest.RunScript(t, script, oracle, *record) })
		}
		if !*record {
			t.Run("kalamsql/"+name, func(t *testing.T) { wiretest.RunScript(t, script, address, false) })
		}
	}
	session, err := filepath.Glob("testdata/session/*/*.jsonl")
	if err != nil || len(session) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, script := range session {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(script), "testdata/session/"), ".jsonl")
		if oracle != "" {
			t.Run("postgres/session/"+name, func(t *testing.T) { wiretest.RunScript(t, script, oracle, *record) })
		}
	}
}

// TestMain registers the flags before they are used.
func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(m.Run())
}

func trustAll(net.Addr, string, bool) Method { return Trust }

// serveScripted starts a server over scripted sessions and ends it with the test.
func serveScripted(t *testing.T, options Options) (*scriptedSessions, string) {
	t.Helper()
	sessions := newScriptedSessions()
	options.Sessions = sessions
	_, address := serve(t, options)
	return sessions, address
}

func serve(t *testing.T, options Options) (*Server, string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, options, listener), listener.Addr().String()
}

func serveOn(t *testing.T, options Options, listener net.Listener) *Server {
	t.Helper()
	s := New(options)
	served := make(chan error, 1)
	go func() { served <- s.Serve(t.Context(), listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.Shutdown(ctx)
		<-served
	})
	return s
}
