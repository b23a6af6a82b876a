// Package wiretest speaks PostgreSQL's protocol as tests need it: a client that
// can say anything, and scripts of messages with the answers that PostgreSQL
// gives.
package wiretest

import (
	"bufio"
	"encoding/binary"
	"net"
	"slices"
	"testing"
	"time"
)

// Version30 is protocol version 3.0.
const Version30 = 3 << 16

// Client is a frontend that can say anything.
type Client struct {
	net.Conn
	// In is what the server sends.
	In *bufio.Reader
}

// Patience bounds every wait of a test; it is reached only by a fault.
const Patience = 20 * time.Second

// Dial connects; the connection ends with the test.
func Dial(t testing.TB, address string) *Client {
	t.Helper()
	socket, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	if err := socket.SetDeadline(time.Now().Add(Patience)); err != nil {
		t.Fatal(err)
	}
	return &Client{Conn: socket, In: bufio.NewReader(socket)}
}

// Send writes bytes.
func (c *Client) Send(t testing.TB, b []byte) {
	t.Helper()
	if _, err := c.Write(b); err != nil {
		t.Fatal(err)
	}
}

// SendStartup sends a StartupMessage.
func (c *Client) SendStartup(t testing.TB, version uint32, params [][2]string) {
	t.Helper()
	b := binary.BigEndian.AppendUint32(make([]byte, 4), version)
	for _, p := range params {
		b = cstring(cstring(b, p[0]), p[1])
	}
	b = append(b, 0)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	c.Send(t, b)
}

// Startup sends a StartupMessage and reads up to ReadyForQuery.
func (c *Client) Startup(t testing.TB, version uint32, params [][2]string) []string {
	t.Helper()
	c.SendStartup(t, version, params)
	return c.Until(t, "Z")
}

// Step does what a line of a script says and gives what came.
func (c *Client) Step(t testing.TB, s Step) []string {
	t.Helper()
	switch {
	case s.Setup != "":
		c.Send(t, Message{T: "Q", SQL: s.Setup}.Encode(t))
		c.Until(t, "Z")
		return nil
	case s.Startup != nil && s.Startup.Raw != "":
		c.Send(t, Unhex(t, s.Startup.Raw))
	case s.Startup != nil:
		c.SendStartup(t, s.Startup.Version, s.Startup.Params)
	}
	var all []byte
	for _, m := range s.Send {
		all = append(all, m.Encode(t)...)
	}
	if len(all) > 0 {
		c.Send(t, all)
	}
	got := c.Until(t, s.Until)
	if s.Startup != nil { // the parameters and keys are told elsewhere
		got = slices.DeleteFunc(got, func(m string) bool { return m[0] == 'S' || m[0] == 'K' })
	}
	return got
}

// Query sends a Query message.
func (c *Client) Query(t testing.TB, sql string) {
	t.Helper()
	c.Send(t, Message{T: "Q", SQL: sql}.Encode(t))
}
