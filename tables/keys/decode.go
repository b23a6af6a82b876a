package keys

import (
	"bytes"
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
)

func heldAsInteger(t *types.Type) bool {
	switch t {
	case types.Boolean, types.Int2, types.Int4, types.Int8, types.Oid, types.Date, types.Time, types.Timestamp, types.TimestampTZ:
		return true
	}
	return false
}

// DecodeColumn reads what AppendColumn has appended of a type that keys hold
// (catalog.HeldInKeys), and gives what follows it. It fails on anything else.
func DecodeColumn(b []byte, t *types.Type, k catalog.IndexKey) (d types.Datum, rest []byte, ok bool) {
	if len(b) == 0 {
		return types.Null, nil, false
	}
	switch mark := b[0]; mark {
	case nullFirst, nullLast:
		return types.Null, b[1:], true
	case notNull:
		b = b[1:]
	default:
		return types.Null, nil, false
	}
	inverted := byte(0)
	if k.Desc {
		inverted = 0xFF
	}
	if t = sortkey.Base(t); heldAsInteger(t) {
		if len(b) < 8 {
			return types.Null, nil, false
		}
		v := binary.BigEndian.Uint64(b) ^ 1<<63
		if k.Desc {
			v = ^binary.BigEndian.Uint64(b) ^ 1<<63
		}
		return types.Int(int64(v)), b[8:], true
	}
	// The end is a zero and a one; a zero in the string has 0xFF behind it.
	end := bytes.IndexByte(b, inverted)
	if end >= 0 && end+1 < len(b) && b[end+1]^inverted == 1 && !k.Desc {
		return types.String(string(b[:end])), b[end+2:], true
	}
	var out []byte
	for at := 0; at < len(b); at++ {
		c := b[at] ^ inverted
		if c != 0 {
			out = append(out, c)
			continue
		}
		if at++; at == len(b) {
			break
		}
		if b[at]^inverted == 1 {
			return types.String(string(out)), b[at+1:], true
		}
		out = append(out, 0)
	}
	return types.Null, nil, false
}
