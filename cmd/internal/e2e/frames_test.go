package e2e

import (
	"bufio"
	endian "encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// stranger is the client's end of a WebSocket, which may send anything (RFC 6455).
type stranger struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// flags of a frame that is out of the ordinary.
const (
	unfinished = 1 << iota // more fragments follow
	unmasked
	reserved // RSV1, with which nothing was agreed on
)

// stranger connects and authenticates.
func (e *env) stranger() *stranger {
	e.Helper()
	conn, err := net.Dial("tcp", e.server.HTTPAddr())
	if err != nil {
		e.Fatal(err)
	}
	e.Cleanup(func() { conn.Close() })
	p := &stranger{e, conn, bufio.NewReader(conn)}
	p.write([]byte("GET /v1/ws HTTP/1.1\r\nHost: " + e.server.HTTPAddr() + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"))
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		e.Fatal(err)
	}
	answer, err := http.ReadResponse(p.in, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		e.Fatalf("%v, %v", answer, err)
	}
	p.write(frameOf(1, []byte(`{"type":"authenticate","method":"trust","user":"postgres"}`), 0))
	if _, payload, err := p.read(); err != nil || !strings.Contains(string(payload), "auth_success") {
		e.Fatalf("%s, %v", payload, err)
	}
	return p
}

// frameOf is a frame as a client sends it.
func frameOf(opcode byte, payload []byte, flags int) []byte {
	first, mask := opcode|0x80, byte(0x80)
	if flags&unfinished != 0 {
		first &^= 0x80
	}
	if flags&reserved != 0 {
		first |= 0x40
	}
	if flags&unmasked != 0 {
		mask = 0
	}
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, mask|byte(n))
	case n < 1<<16:
		b = endian.BigEndian.AppendUint16(append(b, mask|126), uint16(n))
	default:
		b = endian.BigEndian.AppendUint64(append(b, mask|127), uint64(n))
	}
	if mask == 0 {
		return append(b, payload...)
	}
	key := [4]byte{1, 2, 3, 4}
	b = append(b, key[:]...)
	for i, c := range payload {
		b = append(b, c^key[i%4])
	}
	return b
}

func (p *stranger) write(b []byte) {
	p.t.Helper()
	if _, err := p.conn.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

// read gives the server's next frame.
func (p *stranger) read() (opcode byte, payload []byte, err error) {
	if err := p.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, err
	}
	var head [2]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return 0, nil, err
	}
	n := uint64(head[1])
	if size := map[uint64]int{126: 2, 127: 8}[n]; size > 0 {
		var long [8]byte
		if _, err := io.ReadFull(p.in, long[8-size:]); err != nil {
			return 0, nil, err
		}
		n = endian.BigEndian.Uint64(long[:])
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(p.in, payload)
	if head[0]&0xF0 != 0x80 {
		err = fmt.Errorf("the server's frame begins with %x", head[0])
	}
	return head[0] & 0xF, payload, err
}

// message gives the next text, or how the connection is closed.
func (p *stranger) message() string {
	p.t.Helper()
	for {
		opcode, payload, err := p.read()
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
			return "end"
		case err != nil:
			p.t.Fatal(err)
		case opcode == 8 && len(payload) < 2:
			return "close"
		case opcode == 8:
			return fmt.Sprint("close ", endian.BigEndian.Uint16(payload))
		case opcode == 10:
			return "pong " + string(payload)
		}
		return string(payload)
	}
}

// TestFrames: a message may come in fragments, with control frames between; what breaks
// RFC 6455 ends the connection with 1002, and no other.
func TestFrames(t *testing.T) {
	e := start(t, "--max-frame", "1000")
	bystander := e.dial("postgres")
	bystander.subscribe("s", "SELECT id FROM notes", nil)
	query := []byte(`{"type":"execute","id":"f","sql":"SELECT 1 AS x"}`)
	p := e.stranger()
	for cut := range query {
		p.write(frameOf(1, query[:cut], unfinished))
		p.write(frameOf(9, []byte("here?"), 0))
		p.write(frameOf(0, nil, unfinished))
		p.write(frameOf(10, []byte("nobody asked"), 0))
		p.write(frameOf(0, query[cut:], 0))
		if got := p.message(); got != "pong here?" {
			t.Fatal(got)
		}
		if got := p.message(); !strings.Contains(got, `"id":"f","command":"SELECT 1"`) {
			t.Fatal(got)
		}
	}
	half := append(frameOf(1, make([]byte, 600), unfinished), frameOf(0, make([]byte, 600), 0)...)
	for name, try := range map[string]struct {
		bytes []byte
		want  string
	}{
		"unmasked":                    {frameOf(1, query, unmasked), "close 1002"},
		"a reserved bit":              {frameOf(1, query, reserved), "close 1002"},
		"opcode 3":                    {frameOf(3, query, 0), "close 1002"},
		"opcode 11":                   {frameOf(11, nil, 0), "close 1002"},
		"a continuation of nothing":   {frameOf(0, query, 0), "close 1002"},
		"text within fragments":       {append(frameOf(1, query[:5], unfinished), frameOf(1, query, 0)...), "close 1002"},
		"a long ping":                 {frameOf(9, make([]byte, 126), 0), "close 1002"},
		"a ping in fragments":         {frameOf(9, nil, unfinished), "close 1002"},
		"a close code that is none":   {frameOf(8, []byte{0, 5}, 0), "close 1002"},
		"a close without a code":      {frameOf(8, nil, 0), "close 1000"},
		"a length beyond all":         {[]byte{0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4}, `"code":"54000"`},
		"fragments that are too much": {half, `"code":"54000"`},
		"an empty text":               {frameOf(1, nil, 0), `"code":"22P02"`},
		"binary in fragments":         {frameOf(2, nil, unfinished), `"code":"08P01"`},
	} {
		p := e.stranger()
		p.write(try.bytes)
		if got := p.message(); !strings.Contains(got, try.want) {
			t.Errorf("%s: %s", name, got)
			continue
		}
		for got := ""; got != "end"; got = p.message() {
		}
	}
	e.exec("INSERT INTO notes VALUES (1)")
	if got := bystander.one(); got.Row["id"] != "1" {
		t.Fatal(got)
	}
}

// TestFramesOfAnyKind sends frames that are damaged at random: each is answered, or ends
// its connection; the server and others go on.
func TestFramesOfAnyKind(t *testing.T) {
	e := start(t, "--max-frame", "2000")
	bystander := e.dial("postgres")
	bystander.subscribe("s", "SELECT id FROM notes", nil)
	messages := []string{
		`{"type":"execute","id":"f","sql":"SELECT $1::int8 AS x, $2 AS y","params":["9007199254740993",null]}`,
		`{"type":"subscribe","subscription":{"id":"s","sql":"SELECT id, title FROM notes WHERE n = $1 ORDER BY id LIMIT 3","params":[0],"options":{"last_rows":2,"batch_size":1,"pull":true,"slow":"coalesce","heartbeat":0.1}}}`,
		`{"type":"next_batch","subscription_id":"s"}`, `{"type":"unsubscribe","subscription_id":"s"}`,
		`{"type":"listen","channel":"c"}`, `{"type":"unlisten","channel":"c"}`, `{"type":"ping"}`, `{"type":"authenticate","method":"trust","user":"x"}`,
		`{"type":"execute","sql":"BEGIN"}`, `{"type":"execute","sql":"ROLLBACK"}`, `{"type":"execute","sql":"NOTIFY c, 'x'"}`,
	}
	values := []string{`null`, `true`, `-1`, `1e400`, `99999999999999999999`, `"\u0000"`, `"\ud800"`, `[]`, `{}`, `[[[[]]]]`, `""`, `"` + strings.Repeat("x", 500) + `"`, `{"type":"ping"}`}
	random := rand.New(rand.NewPCG(1, 2))
	rounds := 400
	if testing.Short() {
		rounds = 50
	}
	for range rounds {
		p := e.stranger()
		var sent []byte
		for range 1 + random.IntN(6) {
			m := messages[random.IntN(len(messages))]
			if random.IntN(2) == 0 {
				m = misshapen(random, m, values)
			}
			frame := frameOf(1, []byte(m), 0)
			switch random.IntN(6) {
			case 0: // a byte is another one, but none of the length, which would swallow what follows
				if at := random.IntN(len(frame)); at == 0 || at >= len(frame)-len(m) {
					frame[at] ^= byte(1 << random.IntN(8))
				}
			case 1:
				cut := random.IntN(len(m))
				frame = append(frameOf(1, []byte(m[:cut]), unfinished), frameOf(0, []byte(m[cut:]), 0)...)
			}
			sent = append(sent, frame...)
		}
		p.write(append(sent, frameOf(1, []byte(`{"type":"execute","id":"the last","sql":"ROLLBACK"}`), 0)...))
		for {
			opcode, payload, err := p.read()
			if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
				t.Fatalf("neither an answer nor an end after %q", sent)
			}
			if opcode == 1 && !json.Valid(payload) {
				t.Fatalf("%s after %q", payload, sent)
			}
			if err != nil || strings.Contains(string(payload), `"id":"the last"`) {
				break
			}
		}
		p.conn.Close()
	}
	e.exec("INSERT INTO notes VALUES (1)")
	if got := bystander.one(); got.Row["id"] != "1" {
		t.Fatal(got)
	}
	// Nothing of them is left.
	if n := e.count("SELECT count(*) FROM kalam.subscriptions"); n != 1 {
		left := func() bool { return e.count("SELECT count(*) FROM kalam.subscriptions") > 1 }
		for end := time.Now().Add(patience); left(); {
			if time.Now().After(end) {
				t.Fatal("subscriptions of clients that have gone are left")
			}
		}
	}
}

// misshapen puts another value in the place of one of a JSON object's, or leaves one out.
func misshapen(random *rand.Rand, message string, values []string) string {
	var object any
	if err := json.Unmarshal([]byte(message), &object); err != nil {
		panic(err)
	}
	marks := map[string]string{}
	var change func(v any) any
	change = func(v any) any {
		if random.IntN(5) == 0 {
			mark := fmt.Sprintf("mark %d.", len(marks))
			marks[`"`+mark+`"`] = values[random.IntN(len(values))]
			return mark
		}
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				if v[k] = change(v[k]); random.IntN(12) == 0 {
					delete(v, k)
				}
			}
		case []any:
			for i := range v {
				v[i] = change(v[i])
			}
		}
		return v
	}
	top := object.(map[string]any)
	for _, k := range slices.Sorted(maps.Keys(top)) {
		top[k] = change(top[k])
	}
	b, err := json.Marshal(top)
	if err != nil {
		panic(err)
	}
	text := string(b)
	for mark, value := range marks {
		text = strings.Replace(text, mark, value, 1)
	}
	return text
}

// TestSubProtocol: kalamsql.v1 is agreed on where it is offered, and nothing else is.
func TestSubProtocol(t *testing.T) {
	e := start(t)
	for _, try := range []struct {
		offered []string
		want    string
	}{{nil, ""}, {[]string{"kalamsql.v1"}, "kalamsql.v1"}, {[]string{"graphql-ws", "kalamsql.v1"}, "kalamsql.v1"}, {[]string{"kalamsql.v2"}, ""}} {
		conn, _, err := (&websocket.Dialer{Subprotocols: try.offered}).Dial("ws://"+e.server.HTTPAddr()+"/v1/ws", nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := conn.Subprotocol(); got != try.want {
			t.Errorf("%q offered: %q", try.offered, got)
		}
		conn.Close()
	}
}
