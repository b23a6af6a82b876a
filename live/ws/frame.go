package ws

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The close codes of the protocol.
const (
	closeGoingAway   = 1001
	closeUnsupported = 1003
	closeInvalid     = 1007
	closeTooBig      = 1009
	closeInternal    = 1011
	closeAuth        = 4401
	closeTooMany     = 4429
)

// appendFrame appends a message as one unmasked WebSocket frame (RFC 6455).
func appendFrame(dst []byte, opcode byte, payload []byte) []byte {
	dst = append(dst, 0x80|opcode)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, byte(n))
	case n < 1<<16:
		dst = binary.BigEndian.AppendUint16(append(dst, 126), uint16(n))
	default:
		dst = binary.BigEndian.AppendUint64(append(dst, 127), uint64(n))
	}
	return append(dst, payload...)
}

// The opcodes the server sends.
const (
	opText  = 0x1
	opClose = 0x8
	opPong  = 0xA
)

// appendString appends a JSON string. A client would close the connection over bytes
// that are not UTF-8.
func appendString(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\ufffd")
	}
	return types.AppendJSONString(dst, s)
}

// appendMember appends ,"name":"value".
func appendMember(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ',', '"'), name...), `":`...)
	return appendString(dst, value)
}

// appendOptional appends a member whose empty value is null.
func appendOptional(dst []byte, name, value string) []byte {
	if value == "" {
		return append(append(append(dst, ',', '"'), name...), `":null`...)
	}
	return appendMember(dst, name, value)
}

// errorBody is the fields of an SQL error as members, without braces.
func errorBody(dst []byte, e *sqlerr.Error) []byte {
	dst = append(dst, `"code":`...)
	dst = appendString(dst, string(e.Code))
	dst = appendMember(dst, "message", e.Message)
	dst = appendOptional(dst, "detail", e.Detail)
	dst = appendOptional(dst, "hint", e.Hint)
	if dst = append(dst, `,"position":`...); e.Position > 0 {
		dst = appendInt(dst, e.Position)
	} else {
		dst = append(dst, "null"...)
	}
	for _, f := range []struct{ name, value string }{{"schema", e.Schema}, {"table", e.Table}, {"column", e.Column}, {"constraint", e.Constraint}} {
		if f.value != "" {
			dst = appendMember(dst, f.name, f.value)
		}
	}
	return dst
}

func appendInt(dst []byte, n int) []byte { return strconv.AppendInt(dst, int64(n), 10) }
