package wiretest

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"testing"
)

// Step is one line of a script. A line sends messages and then reads until a
// message of the type until ("closed": until the server closes); want lines
// hold what is expected, one message each.
type Step struct {
	Note    string     `json:"note,omitempty"`
	Setup   string     `json:"setup,omitempty"` // a query whose answer does not matter
	Startup *StartupOf `json:"startup,omitempty"`
	Send    []Message  `json:"send,omitempty"`
	Until   string     `json:"until,omitempty"`
	Want    []string   `json:"want,omitempty"`
}

// StartupOf is a StartupMessage.
type StartupOf struct {
	Version uint32      `json:"version"`
	Params  [][2]string `json:"params"`
	Raw     string      `json:"raw,omitempty"` // hex, instead of a packet
}

// Message is a frontend message by its type byte, with the fields it needs.
type Message struct {
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

// Encode gives the message's bytes.
func (m Message) Encode(t testing.TB) []byte {
	t.Helper()
	if m.Raw != "" {
		return Unhex(t, m.Raw)
	}
	b := []byte{m.T[0], 0, 0, 0, 0}
	switch {
	case m.Body != nil:
		b = append(b, Unhex(t, *m.Body)...)
	case m.T == "Q" || m.T == "f":
		b = cstring(b, m.SQL)
	case m.T == "P":
		b = cstring(cstring(b, m.Name), m.SQL)
		b = int16s(b, len(m.OIDs))
		for _, oid := range m.OIDs {
			b = binary.BigEndian.AppendUint32(b, oid)
		}
	case m.T == "B":
		b = cstring(cstring(b, m.Portal), m.Name)
		b = int16s(b, len(m.Formats), m.Formats...)
		b = int16s(b, len(m.Params))
		for _, p := range m.Params {
			if p == nil {
				b = binary.BigEndian.AppendUint32(b, math.MaxUint32)
				continue
			}
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(*p))), *p...)
		}
		b = int16s(b, len(m.Results), m.Results...)
	case m.T == "E":
		b = binary.BigEndian.AppendUint32(cstring(b, m.Portal), uint32(m.Rows))
	case m.T == "D" || m.T == "C":
		b = cstring(append(b, m.Kind[0]), m.Name)
	case m.T == "d":
		b = append(b, m.Data...)
	}
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)-1))
	return b
}

// Unhex decodes hexadecimal digits, which may have spaces between them.
func Unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func cstring(b []byte, s string) []byte { return append(append(b, s...), 0) }

// int16s appends a count and values of two bytes.
func int16s(b []byte, n int, values ...int16) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	for _, v := range values {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	return b
}
