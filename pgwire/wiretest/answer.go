package wiretest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// Receive reads one backend message.
func (c *Client) Receive() (kind byte, body []byte, err error) {
	var header [5]byte
	if _, err = io.ReadFull(c.In, header[:]); err != nil {
		return 0, nil, err
	}
	body = make([]byte, binary.BigEndian.Uint32(header[1:])-4)
	_, err = io.ReadFull(c.In, body)
	return header[0], body, err
}

// Until reads messages up to and including one of the given type, or up to the
// end of the connection for "closed", and writes each as a line.
func (c *Client) Until(t testing.TB, last string) []string {
	t.Helper()
	var lines []string
	for last != "" {
		kind, body, err := c.Receive()
		if last == "closed" && closedBy(err) {
			return append(lines, "closed")
		}
		if err != nil {
			t.Fatalf("waiting for %q: %v; got so far:\n  %s", last, err, strings.Join(lines, "\n  "))
		}
		lines = append(lines, Describe(kind, body))
		if string(kind) == last {
			break
		}
	}
	return lines
}

// closedBy says whether err is the server closing; a reset is one as well, when
// the server had not read everything.
func closedBy(err error) bool {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return false
	}
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

// Describe writes a message as text: its type and its fields, without those
// that differ between two runs or name source lines.
func Describe(kind byte, raw []byte) string {
	b := &fields{raw}
	var text strings.Builder
	text.WriteByte(kind)
	add := func(format string, args ...any) { fmt.Fprintf(&text, " "+format, args...) }
	switch kind {
	case 'E', 'N':
		for len(b.rest) > 1 {
			field := b.byte()
			value := b.string()
			if !strings.ContainsRune("FLR", rune(field)) {
				add("%c=%q", field, temporary.ReplaceAllString(value, "pg_temp"))
			}
		}
	case 'T':
		for range b.int16() {
			name, _, num, oid := b.string(), b.int32(), b.int16(), b.int32()
			size, typmod, format := b.int16(), b.int32(), b.int16()
			add("%s(num=%d type=%d len=%d typmod=%d format=%d)", name, num, oid, size, typmod, format)
		}
	case 'D':
		for range b.int16() {
			if n := b.int32(); n < 0 {
				add("NULL")
			} else {
				add("%q", b.bytes(int(n)))
			}
		}
	case 't':
		for range b.int16() {
			add("%d", b.int32())
		}
	case 'S':
		add("%s=%s", b.string(), b.string())
	case 'K':
		add("secret=%d bytes", len(raw)-4)
	case 'A':
		b.int32()
		add("%s %q", b.string(), b.string())
	case 'R':
		add("%d", b.int32())
	case 'v':
		add("%d.%d", b.int16(), b.int16())
		for range b.int32() {
			add("%s", b.string())
		}
	case 'Z', 'C', 'd':
		add("%q", raw)
	default:
		if len(raw) > 0 {
			add("%x", raw)
		}
	}
	return text.String()
}

// temporary is a session's schema of temporary objects, whose number differs.
var temporary = regexp.MustCompile(`\bpg_temp_[0-9]+`)

// fields reads the fields of a message; it panics when there are too few.
type fields struct{ rest []byte }

func (b *fields) bytes(n int) []byte {
	f := b.rest[:n]
	b.rest = b.rest[n:]
	return f
}

func (b *fields) byte() byte   { return b.bytes(1)[0] }
func (b *fields) int16() int16 { return int16(binary.BigEndian.Uint16(b.bytes(2))) }
func (b *fields) int32() int32 { return int32(binary.BigEndian.Uint32(b.bytes(4))) }

func (b *fields) string() string {
	s := string(b.rest[:bytes.IndexByte(b.rest, 0)])
	b.rest = b.rest[len(s)+1:]
	return s
}
