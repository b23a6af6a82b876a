package types

import (
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// XIDSnapshot is a value of pg_snapshot and txid_snapshot: transactions below Xmin
// have ended, those from Xmax on had not begun to end, and of those between the
// Running had not. They are in order.
type XIDSnapshot struct {
	Xmin, Xmax uint64
	Running    []uint64
}

// Sees says whether what a transaction did is in the snapshot, if it was committed.
func (s *XIDSnapshot) Sees(xid uint64) bool {
	if xid < s.Xmin || xid >= s.Xmax {
		return xid < s.Xmin
	}
	_, running := slices.BinarySearch(s.Running, xid)
	return !running
}

// snapshotCodec is pg_snapshot and txid_snapshot; values are *XIDSnapshot.
type snapshotCodec struct{}

func (snapshotCodec) input(_ *Type, text string, _ int32, _ *Env) (Datum, error) {
	bad := badSyntax("pg_snapshot", text)
	parts := strings.SplitN(text, ":", 3)
	if len(parts) < 3 {
		return Null, bad
	}
	s := &XIDSnapshot{}
	var err1, err2 error
	s.Xmin, err1 = strconv.ParseUint(parts[0], 10, 64)
	s.Xmax, err2 = strconv.ParseUint(parts[1], 10, 64)
	if err1 != nil || err2 != nil || s.Xmin == 0 || s.Xmax < s.Xmin {
		return Null, bad
	}
	last := uint64(0)
	for rest := parts[2]; rest != ""; {
		word, more, _ := strings.Cut(rest, ",")
		xid, err := strconv.ParseUint(word, 10, 64)
		if err != nil || xid < s.Xmin || xid >= s.Xmax || xid < last {
			return Null, bad
		}
		if xid != last {
			s.Running = append(s.Running, xid)
		}
		last, rest = xid, more
	}
	return Object(s), nil
}

func (snapshotCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	s := d.Object().(*XIDSnapshot)
	dst = append(strconv.AppendUint(dst, s.Xmin, 10), ':')
	dst = append(strconv.AppendUint(dst, s.Xmax, 10), ':')
	for i, xid := range s.Running {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, xid, 10)
	}
	return dst
}

func (snapshotCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if len(b) < 20 {
		return Null, shortMessage()
	}
	count := int(int32(binary.BigEndian.Uint32(b)))
	s := &XIDSnapshot{Xmin: binary.BigEndian.Uint64(b[4:]), Xmax: binary.BigEndian.Uint64(b[12:])}
	b = b[20:]
	bad := sqlerr.New(sqlerr.InvalidBinaryRepresentation, "invalid external pg_snapshot data")
	if count < 0 || count > len(b)/8 || s.Xmin == 0 || s.Xmax < s.Xmin || s.Xmax > math.MaxInt64 {
		return Null, bad
	}
	last := uint64(0)
	for range count {
		xid := binary.BigEndian.Uint64(b)
		if b = b[8:]; xid < last || xid < s.Xmin || xid >= s.Xmax {
			return Null, bad
		}
		if xid != last {
			s.Running = append(s.Running, xid)
		}
		last = xid
	}
	return Object(s), nil
}

func (snapshotCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	s := d.Object().(*XIDSnapshot)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(s.Running)))
	dst = binary.BigEndian.AppendUint64(dst, s.Xmin)
	dst = binary.BigEndian.AppendUint64(dst, s.Xmax)
	for _, xid := range s.Running {
		dst = binary.BigEndian.AppendUint64(dst, xid)
	}
	return dst
}

// compare is no order of PostgreSQL's, which has none.
func (c snapshotCodec) compare(t *Type, a, b Datum) int {
	return compareStrings(string(c.appendText(t, nil, a, nil)), string(c.appendText(t, nil, b, nil)))
}
