package pgwire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// body reads the fields of one message, in order. The first failure stays, and
// everything after it reads as zero, so callers look at the error once, with
// finish.
type body struct {
	rest   []byte
	client *types.Charset // of strings; nil is UTF-8
	err    *sqlerr.Error
}

func (b *body) fail(e *sqlerr.Error) {
	if b.err == nil {
		b.err = e
	}
	b.rest = nil
}

// string reads a NUL-terminated string and checks that it is UTF-8.
func (b *body) string() string {
	if b.err != nil {
		return ""
	}
	end := bytes.IndexByte(b.rest, 0)
	if end < 0 {
		b.fail(protocolViolation("invalid string in message"))
		return ""
	}
	raw := b.rest[:end]
	b.rest = b.rest[end+1:]
	if b.client != nil {
		text, err := b.client.Decode(raw)
		if err != nil {
			b.fail(sqlerr.From(err))
		}
		return text
	}
	if e := checkUTF8(raw); e != nil {
		b.fail(e)
		return ""
	}
	return string(raw)
}

// bytes reads n bytes without copying them.
func (b *body) bytes(n int) []byte {
	if b.err != nil {
		return nil
	}
	if n < 0 || n > len(b.rest) {
		b.fail(protocolViolation("insufficient data left in message"))
		return nil
	}
	part := b.rest[:n:n]
	b.rest = b.rest[n:]
	return part
}

func (b *body) byte() byte {
	if b.err == nil && len(b.rest) == 0 {
		b.fail(protocolViolation("no data left in message"))
	}
	if part := b.bytes(1); part != nil {
		return part[0]
	}
	return 0
}

func (b *body) int16() int16 {
	if part := b.bytes(2); part != nil {
		return int16(binary.BigEndian.Uint16(part))
	}
	return 0
}

func (b *body) int32() int32 {
	if part := b.bytes(4); part != nil {
		return int32(binary.BigEndian.Uint32(part))
	}
	return 0
}

// count reads the length of a list whose items take at least size bytes each,
// so that a lie about it cannot make us allocate.
func (b *body) count(size int) int {
	n := int(uint16(b.int16()))
	if b.err == nil && n*size > len(b.rest) {
		b.fail(protocolViolation("insufficient data left in message"))
		return 0
	}
	return n
}

// finish gives the first failure, or an error if something is left over.
func (b *body) finish() *sqlerr.Error {
	if b.err == nil && len(b.rest) > 0 {
		b.fail(protocolViolation("invalid message format"))
	}
	return b.err
}

// checkUTF8 refuses text that is not UTF-8 or contains a NUL, as 22021.
func checkUTF8(text []byte) *sqlerr.Error {
	if utf8.Valid(text) && bytes.IndexByte(text, 0) < 0 {
		return nil
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == 0 || r == utf8.RuneError && size == 1 {
			break
		}
		text = text[size:]
	}
	var shown strings.Builder
	for i := range min(sequenceLength(text[0]), len(text)) {
		if i > 0 {
			shown.WriteByte(' ')
		}
		fmt.Fprintf(&shown, "0x%02x", text[i])
	}
	return sqlerr.New(sqlerr.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\": %s", shown.String())
}

// sequenceLength is how long a UTF-8 sequence with this first byte claims to be.
func sequenceLength(first byte) int {
	switch {
	case first&0xe0 == 0xc0:
		return 2
	case first&0xf0 == 0xe0:
		return 3
	case first&0xf8 == 0xf0:
		return 4
	}
	return 1
}
