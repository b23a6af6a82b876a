package pgwire

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// record rewrites the expectations of every script from what the server at
// KALAMSQL_ORACLE says:
//
//	KALAMSQL_ORACLE=127.0.0.1:5432/scratch go test ./pgwire -run Golden -record
//
// The part behind the slash is the database, postgres if there is none.
var record = flag.Bool("record", false, "write the expectations of testdata from the server at KALAMSQL_ORACLE")

// step is one line of a script. A line sends messages and then reads until a
// message of the type until ("closed": until the server closes); want lines
// hold what is expected, one message each.
type step struct {
	Note    string     `json:"note,omitempty"`
	Setup   string     `json:"setup,omitempty"` // a query whose answer does not matter
	Startup *startupOf `json:"startup,omitempty"`
	Send    []outgoing `json:"send,omitempty"`
	Until   string     `json:"until,omitempty"`
	Want    []string   `json:"want,omitempty"`
}

type startupOf struct {
	Version uint32      `json:"version"`
	Params  [][2]string `json:"params"`
	Raw     string      `json:"raw,omitempty"` // hex, instead of a packet
}

// outgoing is a frontend message by its type byte, with the fields it needs.
type outgoing struct {
	T       string    `json:"t"`
	Name    string    `json:"name,omitempty"`   // statement, or what Describe and Close name
	Portal  string    `json:"portal,omitempty"` // of Bind and Execute
	SQL     string    `json:"sql,omitempty"`
	Kind    string    `json:"kind,omitempty"` // S or P
	OIDs    []uint32  `json:"oids,omitempty"`
	Params  []*string `json:"params,omitempty"`
	Formats []int16   `json:"formats,omitempty"`
	Results []int16   `json:"results,omitempty"`
	Rows    int32     `json:"rows,omitempty"`
	Data    string    `json:"data,omitempty"`
	Body    *string   `json:"body,omitempty"` // hex, instead of the fields
	Raw     string    `json:"raw,omitempty"`  // hex, instead of the whole message
}

func (m outgoing) encode(t *testing.T) []byte {
	t.Helper()
	if m.Raw != "" {
		return unhex(t, m.Raw)
	}
	o := newOutput(nil, 0, 0)
	o.begin(m.T[0])
	switch {
	case m.Body != nil:
		o.raw(unhex(t, *m.Body))
	case m.T == "Q" || m.T == "f":
		o.cstring(m.SQL)
	case m.T == "P":
		o.cstring(m.Name)
		o.cstring(m.SQL)
		o.int16(int16(len(m.OIDs)))
		for _, oid := range m.OIDs {
			o.int32(int32(oid))
		}
	case m.T == "B":
		o.cstring(m.Portal)
		o.cstring(m.Name)
		o.formats(m.Formats)
		o.int16(int16(len(m.Params)))
		for _, p := range m.Params {
			if p == nil {
				o.int32(-1)
				continue
			}
			o.int32(int32(len(*p)))
			o.raw([]byte(*p))
		}
		o.formats(m.Results)
	case m.T == "E":
		o.cstring(m.Portal)
		o.int32(m.Rows)
	case m.T == "D" || m.T == "C":
		o.byte(m.Kind[0])
		o.cstring(m.Name)
	case m.T == "d":
		o.raw([]byte(m.Data))
	}
	if err := o.end(); err != nil {
		t.Fatal(err)
	}
	return o.buf
}

func (o *output) formats(formats []int16) {
	o.int16(int16(len(formats)))
	for _, f := range formats {
		o.int16(f)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestGolden runs the scripts of testdata against this server, and when
// KALAMSQL_ORACLE names one, against a real PostgreSQL. Those of testdata/session
// need a real session: they run against the oracle, and against a server whose
// address is in KALAMSQL_TARGET.
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
			t.Run("postgres/"+name, func(t *testing.T) { runScript(t, script, oracle, *record) })
		}
		if !*record {
			t.Run("kalamsql/"+name, func(t *testing.T) { runScript(t, script, address, false) })
		}
	}
	session, err := filepath.Glob("testdata/session/*.jsonl")
	if err != nil || len(session) == 0 {
		t.Fatal("no scripts", err)
	}
	target := os.Getenv("KALAMSQL_TARGET")
	for _, script := range session {
		name := strings.TrimSuffix(filepath.Base(script), ".jsonl")
		if oracle != "" {
			t.Run("postgres/session/"+name, func(t *testing.T) { runScript(t, script, oracle, *record) })
		}
		if target != "" && !*record {
			t.Run("target/session/"+name, func(t *testing.T) { runScript(t, script, target, false) })
		}
	}
}

func runScript(t *testing.T, path, address string, rewrite bool) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var written bytes.Buffer
	address, database, named := strings.Cut(address, "/")
	who := [][2]string{{"user", "postgres"}}
	if named {
		who = append(who, [2]string{"database", database})
	}
	var c *client
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		var s step
		decoder := json.NewDecoder(strings.NewReader(line))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&s); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if c == nil || s.Startup != nil {
			c = dial(t, address)
			if s.Startup == nil {
				c.startup(t, version30, who)
			}
		}
		got := c.step(t, s)
		if rewrite {
			s.Want = got
		} else if s.Until != "" && !slices.Equal(got, s.Want) {
			t.Errorf("%s\n%s\n got:\n  %s\nwant:\n  %s", path, line[:min(len(line), 300)], strings.Join(got, "\n  "), strings.Join(s.Want, "\n  "))
		}
		encoder := json.NewEncoder(&written)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(s); err != nil {
			t.Fatal(err)
		}
	}
	if rewrite {
		if err := os.WriteFile(path, written.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// client is a frontend that can say anything.
type client struct {
	net.Conn
	in *bufio.Reader
}

// patience bounds every wait of a test; it is reached only by a fault.
const patience = 20 * time.Second

func dial(t *testing.T, address string) *client {
	t.Helper()
	socket, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	if err := socket.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return &client{Conn: socket, in: bufio.NewReader(socket)}
}

func (c *client) write(t *testing.T, b []byte) {
	t.Helper()
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
}

// sendStartup sends a StartupMessage.
func (c *client) sendStartup(t *testing.T, version uint32, params [][2]string) {
	t.Helper()
	o := newOutput(nil, 0, 0)
	o.int32(0)
	o.int32(int32(version))
	for _, p := range params {
		o.cstring(p[0])
		o.cstring(p[1])
	}
	o.byte(0)
	binary.BigEndian.PutUint32(o.buf, uint32(len(o.buf)))
	c.write(t, o.buf)
}

func (c *client) startup(t *testing.T, version uint32, params [][2]string) []string {
	t.Helper()
	c.sendStartup(t, version, params)
	return c.until(t, "Z")
}

func (c *client) step(t *testing.T, s step) []string {
	t.Helper()
	switch {
	case s.Setup != "":
		c.write(t, outgoing{T: "Q", SQL: s.Setup}.encode(t))
		c.until(t, "Z")
		return nil
	case s.Startup != nil && s.Startup.Raw != "":
		c.write(t, unhex(t, s.Startup.Raw))
	case s.Startup != nil:
		c.sendStartup(t, s.Startup.Version, s.Startup.Params)
	}
	var all []byte
	for _, m := range s.Send {
		all = append(all, m.encode(t)...)
	}
	if len(all) > 0 {
		c.write(t, all)
	}
	got := c.until(t, s.Until)
	if s.Startup != nil { // the parameters and keys are told elsewhere
		got = slices.DeleteFunc(got, func(m string) bool { return m[0] == 'S' || m[0] == 'K' })
	}
	return got
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
