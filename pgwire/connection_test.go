package pgwire

import (
	"context"
	"encoding/binary"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/pgwire/wiretest"
)

// await reads the next event of the scripted sessions.
func (s *scriptedSessions) await(t *testing.T, want string) {
	t.Helper()
	select {
	case got := <-s.events:
		if got != want {
			t.Fatalf("event %q, want %q", got, want)
		}
	case <-time.After(wiretest.Patience):
		t.Fatalf("no event, want %q", want)
	}
}

// join starts a session and gives it with the client.
func join(t *testing.T, s *scriptedSessions, address string) (*wiretest.Client, *scripted) {
	t.Helper()
	c := wiretest.Dial(t, address)
	c.Startup(t, version30, [][2]string{{"user", "postgres"}})
	s.mu.Lock()
	defer s.mu.Unlock()
	return c, s.mu.open[s.mu.lastPID]
}

func TestVanishedClientCancelsItsStatement(t *testing.T) {
	sessions, address := serveScripted(t, Options{Auth: trustAll})
	c, _ := join(t, sessions, address)
	c.Query(t, "WAIT")
	sessions.await(t, "waiting")
	_ = c.Close()
	sessions.await(t, "cancelled: "+errClientGone.Error())
	sessions.await(t, "close")
}

func TestTerminateEndsALiveResult(t *testing.T) {
	sessions, address := serveScripted(t, Options{Auth: trustAll})
	c, _ := join(t, sessions, address)
	c.Query(t, "LIVE")
	sessions.await(t, "waiting")
	c.Send(t, wiretest.Message{T: "X"}.Encode(t))
	_ = c.Close()
	sessions.await(t, "cancelled: "+errClientGone.Error())
	sessions.await(t, "close")
}

func TestStatementsBeforeTerminateAreFinished(t *testing.T) {
	sessions, address := serveScripted(t, Options{Auth: trustAll})
	c, _ := join(t, sessions, address)
	c.Send(t, slices.Concat(wiretest.Message{T: "Q", SQL: "SELECT 1"}.Encode(t), wiretest.Message{T: "Q", SQL: "BEGIN"}.Encode(t), wiretest.Message{T: "X"}.Encode(t)))
	got := strings.Join(c.Until(t, "closed"), "\n")
	if !strings.Contains(got, `D "1"`) || !strings.Contains(got, "BEGIN") {
		t.Errorf("got %s", got)
	}
}

func TestCancelRequest(t *testing.T) {
	for _, version := range []uint32{version30, version32} {
		sessions, address := serveScripted(t, Options{Auth: trustAll})
		c := wiretest.Dial(t, address)
		c.SendStartup(t, version, [][2]string{{"user", "postgres"}})
		var key []byte
		for kind := byte(0); kind != 'Z'; {
			var body []byte
			var err error
			if kind, body, err = c.Receive(); err != nil {
				t.Fatal(err)
			}
			if kind == 'K' {
				key = body
			}
		}
		if want := map[uint32]int{version30: 4, version32: 32}[version]; len(key)-4 != want {
			t.Errorf("secret of %d bytes, want %d", len(key)-4, want)
		}
		c.Query(t, "WAIT")
		sessions.await(t, "waiting")
		wrong := slices.Clone(key)
		wrong[len(wrong)-1]++
		for _, k := range [][]byte{wrong, key[:7], append(slices.Clone(key), 's'), key} {
			packet := binary.BigEndian.AppendUint32(nil, uint32(8+len(k)))
			packet = binary.BigEndian.AppendUint32(packet, cancelRequestCode)
			r := wiretest.Dial(t, address)
			r.Send(t, append(packet, k...))
			if got := r.Until(t, "closed"); len(got) != 1 {
				t.Errorf("a cancel request was answered: %v", got)
			}
			if len(sessions.events) > 0 && !slices.Equal(k, key) {
				t.Errorf("cancelled with %x", k)
			}
		}
		sessions.await(t, "cancelled: cancelled")
		if got := c.Until(t, "Z"); !strings.Contains(got[0], "57014") {
			t.Errorf("got %v", got)
		}
	}
}

func TestNotificationsReachAnIdleClient(t *testing.T) {
	sessions, address := serveScripted(t, Options{Auth: trustAll})
	c, s := join(t, sessions, address)
	s.notify("one")
	if got := c.Until(t, "A"); !slices.Equal(got, []string{`A ch "one"`}) {
		t.Errorf("got %v", got)
	}
	// Not in the middle of a pipeline; then just before ReadyForQuery.
	c.Send(t, slices.Concat(wiretest.Message{T: "P", SQL: "SELECT 1"}.Encode(t), wiretest.Message{T: "H"}.Encode(t)))
	c.Until(t, "1")
	s.notify("two")
	c.Send(t, slices.Concat(wiretest.Message{T: "B"}.Encode(t), wiretest.Message{T: "S"}.Encode(t)))
	if got := c.Until(t, "Z"); !slices.Equal(got, []string{"2", `A ch "two"`, `Z "I"`}) {
		t.Errorf("got %v", got)
	}
}

func TestShutdownTellsIdleClients(t *testing.T) {
	sessions := newScriptedSessions()
	s, address := serve(t, Options{Sessions: sessions, Auth: trustAll})
	idle, _ := join(t, sessions, address)
	stranger := wiretest.Dial(t, address)
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	want := []string{`E S="FATAL" V="FATAL" C="57P01" M="terminating connection due to administrator command"`, "closed"}
	if got := idle.Until(t, "closed"); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	stranger.Until(t, "closed")
	if _, err := net.Dial("tcp", address); err == nil {
		t.Error("still listening")
	}
}

func TestShutdownCutsOffWhatDoesNotEnd(t *testing.T) {
	sessions := newScriptedSessions()
	s, address := serve(t, Options{Sessions: sessions, Auth: trustAll})
	c, _ := join(t, sessions, address)
	c.Query(t, "WAIT")
	sessions.await(t, "waiting")
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(ctx) }()
	<-s.draining.Done()
	if len(sessions.events) > 0 {
		t.Error("the statement was not given its time")
	}
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("Shutdown: %v", err)
	}
	if got := c.Until(t, "closed"); !strings.Contains(got[0], "57P01") {
		t.Errorf("got %v", got)
	}
}

func TestShutdownEndsLiveResults(t *testing.T) {
	sessions := newScriptedSessions()
	s, address := serve(t, Options{Sessions: sessions, Auth: trustAll})
	c, _ := join(t, sessions, address)
	c.Query(t, "LIVE")
	sessions.await(t, "waiting")
	if err := s.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := c.Until(t, "closed"); !strings.Contains(got[0], "57P01") {
		t.Errorf("got %v", got)
	}
}

// countingListener counts the writes on the connections it accepts.
type countingListener struct {
	net.Listener
	writes atomic.Int64
}

type countedConn struct {
	net.Conn
	writes *atomic.Int64
}

func (l *countingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &countedConn{c, &l.writes}, nil
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

func TestAPipelineIsAnsweredWithOneWrite(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener := &countingListener{Listener: inner}
	sessions := newScriptedSessions()
	serveOn(t, Options{Sessions: sessions, Auth: trustAll}, listener)
	c, _ := join(t, sessions, inner.Addr().String())
	before := listener.writes.Load()
	var pipeline []byte
	for range 50 {
		for _, m := range []wiretest.Message{{T: "P", SQL: "SELECT generate_series(1,10)"}, {T: "B"}, {T: "D", Kind: "P"}, {T: "E"}} {
			pipeline = append(pipeline, m.Encode(t)...)
		}
	}
	c.Send(t, append(pipeline, wiretest.Message{T: "S"}.Encode(t)...))
	if got := c.Until(t, "Z"); len(got) != 50*14+1 {
		t.Errorf("%d messages", len(got))
	}
	if n := listener.writes.Load() - before; n != 1 {
		t.Errorf("%d writes", n)
	}
}

func TestTooManyConnections(t *testing.T) {
	sessions, address := serveScripted(t, Options{Auth: trustAll, MaxConnections: 1})
	first, _ := join(t, sessions, address)
	second := wiretest.Dial(t, address)
	second.SendStartup(t, version30, [][2]string{{"user", "postgres"}})
	if got := second.Until(t, "closed"); !strings.Contains(got[0], `C="53300" M="sorry, too many clients already"`) {
		t.Errorf("got %v", got)
	}
	first.Send(t, wiretest.Message{T: "X"}.Encode(t))
	first.Until(t, "closed")
	sessions.await(t, "close")
}

func TestAuthenticationHasALimitInTime(t *testing.T) {
	_, address := serveScripted(t, Options{StartupTimeout: 20 * time.Millisecond})
	silent := wiretest.Dial(t, address)
	if got := silent.Until(t, "closed"); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	slow := wiretest.Dial(t, address)
	slow.SendStartup(t, version30, [][2]string{{"user", "postgres"}})
	got := slow.Until(t, "closed")
	if got[0] != "R 10" || !strings.Contains(got[1], "canceling authentication due to timeout") {
		t.Errorf("got %v", got)
	}
}

func TestAClientThatDoesNotRead(t *testing.T) {
	sessions, address := serveScripted(t, Options{Auth: trustAll, WriteTimeout: 50 * time.Millisecond})
	deaf, _ := join(t, sessions, address)
	deaf.Query(t, "SELECT generate_series(1,5000000)")
	other := wiretest.Dial(t, address)
	other.Startup(t, version30, [][2]string{{"user", "postgres"}})
	other.Query(t, "SELECT 1")
	other.Until(t, "Z")
	sessions.await(t, "close")
}

func TestDriver(t *testing.T) {
	_, address := serveScripted(t, Options{Auth: trustAll})
	c, err := pgconn.Connect(t.Context(), "postgres://postgres@"+address+"/postgres?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	r := c.ExecParams(t.Context(), "SELECT $1", [][]byte{[]byte("abc")}, nil, nil, nil).Read()
	if r.Err != nil || string(r.Rows[0][0]) != "abc" {
		t.Errorf("%v %v", r.Rows, r.Err)
	}
	tag, err := c.CopyFrom(t.Context(), strings.NewReader(strings.Repeat("1\n", 100000)), "COPY t FROM STDIN")
	if err != nil || tag.RowsAffected() != 100000 {
		t.Errorf("%v %v", tag, err)
	}
}
