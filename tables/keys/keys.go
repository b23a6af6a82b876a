// Package keys encodes values into bytes whose order is the values' order, so
// that an index is a range of keys. The row they lead to holds the values; those of
// some types can be read from the keys too (DecodeColumn).
//
// A table's keys begin with a keyspace byte, the table's OID, the index's OID
// (zero for the rows themselves) and, for a table with a slice per user, the
// user. What follows are the key columns.
package keys

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

// The byte before a key column: NULLs sort before or after all values.
const (
	nullFirst = 0x01
	notNull   = 0x02
	nullLast  = 0x03
)

// TablePrefix begins every key of a table.
func TablePrefix(t *catalog.Table) []byte { return appendTable(nil, t) }

func appendTable(dst []byte, t *catalog.Table) []byte {
	space := byte(storage.SpaceRow)
	if !t.Durable() {
		space = storage.SpaceVolatile
	}
	return binary.BigEndian.AppendUint32(append(dst, space), uint32(t.OID))
}

// IndexPrefix begins every key of an index; the rows themselves are index 0.
func IndexPrefix(t *catalog.Table, index catalog.OID) []byte {
	return binary.BigEndian.AppendUint32(appendTable(make([]byte, 0, 9), t), uint32(index))
}

// PrefixTable gives the table whose keys begin with a prefix, and whether it is
// those of all its rows.
func PrefixTable(prefix []byte) (oid catalog.OID, rows bool) {
	if len(prefix) < 5 {
		return 0, false
	}
	oid = catalog.OID(binary.BigEndian.Uint32(prefix[1:]))
	return oid, len(prefix) == 5 || len(prefix) == 9 && binary.BigEndian.Uint32(prefix[5:]) == 0
}

// SlicePrefix begins every key of one user's slice of an index.
func SlicePrefix(t *catalog.Table, index catalog.OID, user string) []byte {
	return AppendSlice(make([]byte, 0, 32), t, index, user)
}

// AppendSlice appends SlicePrefix.
func AppendSlice(dst []byte, t *catalog.Table, index catalog.OID, user string) []byte {
	dst = binary.BigEndian.AppendUint32(appendTable(dst, t), uint32(index))
	if t.PerUser {
		dst = appendString(dst, user)
	}
	return dst
}

// End is the first key after all keys that begin with prefix.
func End(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// AppendColumn appends one key column.
func AppendColumn(dst []byte, t *types.Type, d types.Datum, k catalog.IndexKey) []byte {
	if d.IsNull() {
		if k.NullsFirst {
			return append(dst, nullFirst)
		}
		return append(dst, nullLast)
	}
	dst = append(dst, notNull)
	start := len(dst)
	dst = AppendValue(dst, t, d)
	if k.Desc {
		for i := start; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return dst
}

// Encodable says whether values of a type can be keys.
func Encodable(t *types.Type) bool {
	t = base(t)
	if t.IsArray() {
		return Encodable(t.Elem)
	}
	if t.Kind == types.KindEnum {
		return true
	}
	if t.Kind == types.KindRange || t.Kind == types.KindMultirange {
		return Encodable(t.Subtype)
	}
	if t.Kind == types.KindComposite {
		return !slices.ContainsFunc(t.Fields, func(f types.Field) bool { return !Encodable(f.Type) })
	}
	if t.Folds() {
		return true
	}
	switch t {
	case types.Boolean, types.Int2, types.Int4, types.Int8, types.Oid, types.Char, types.Float4, types.Float8, types.Numeric,
		types.Text, types.Varchar, types.BPChar, types.Name, types.Bytea, types.UUID, types.Bit, types.Varbit,
		types.Date, types.Time, types.Timestamp, types.TimestampTZ, types.IntervalType,
		types.XID8, types.PGLSN, types.Inet, types.CIDR, types.Macaddr, types.Macaddr8, types.Money:
		return true
	}
	return false
}

// base looks through domains.
func base(t *types.Type) *types.Type {
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
	return t
}

// enumSort is the number that orders a label. A type without numbers has its
// labels in order.
func enumSort(t *types.Type, label string) float64 {
	at := slices.Index(t.Labels, label)
	if at >= 0 && at < len(t.Sorts) {
		return t.Sorts[at]
	}
	return float64(at)
}

// AppendValue appends a value that is not NULL.
func AppendValue(dst []byte, t *types.Type, d types.Datum) []byte {
	t = base(t)
	switch {
	case t.Kind == types.KindEnum:
		return appendFloat(dst, enumSort(t, d.Str()))
	case t.Kind == types.KindComposite:
		r := d.Record()
		for i, f := range t.Fields {
			dst = AppendColumn(dst, f.Type, r.Values[i], catalog.IndexKey{})
		}
		return dst
	case t.Kind == types.KindRange:
		return appendRange(dst, d.Range())
	case t.Kind == types.KindMultirange:
		for _, r := range d.Multirange().Ranges {
			dst = appendRange(append(dst, 1), r)
		}
		return append(dst, 0)
	case t == types.Float4 || t == types.Float8:
		return appendFloat(dst, d.Float())
	case t == types.Numeric:
		return appendNumeric(dst, d.Numeric())
	case t == types.IntervalType:
		iv := d.Object().(types.Interval)
		const day = 86_400_000_000
		days := int64(iv.Months)*30 + int64(iv.Days) + iv.Micros/day
		rest := iv.Micros % day
		if rest < 0 {
			days, rest = days-1, rest+day
		}
		return appendInt(appendInt(dst, days), rest)
	case t.IsArray():
		a := d.Object().(*types.Array)
		for _, e := range a.Elems {
			dst = AppendColumn(dst, t.Elem, e, catalog.IndexKey{})
		}
		dst = append(dst, 0, byte(len(a.Dims)))
		for _, n := range a.Dims {
			dst = appendInt(dst, int64(n))
		}
		for _, n := range a.Lower {
			dst = appendInt(dst, int64(n))
		}
		return dst
	case t == types.BPChar:
		return appendString(dst, strings.TrimRight(d.Str(), " "))
	case t == types.XID8 || t == types.PGLSN: // without a sign
		return binary.BigEndian.AppendUint64(dst, uint64(d.Int()))
	case t == types.Inet || t == types.CIDR:
		return appendNetwork(dst, d.Object().(netip.Prefix))
	case d.IsString() && t.Folds():
		return appendString(dst, types.Fold(d.Str()))
	case d.IsString():
		return appendString(dst, d.Str())
	}
	return appendInt(dst, d.Int())
}

// appendNetwork orders by the family, the network, how many bits that has, and the
// address. A network orders before those within it: what it has not is zero.
func appendNetwork(dst []byte, p netip.Prefix) []byte {
	dst = append(append(dst, byte(p.Addr().BitLen())), p.Masked().Addr().AsSlice()...)
	return append(append(dst, byte(p.Bits())), p.Addr().AsSlice()...)
}

func appendInt(dst []byte, v int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(v)^(1<<63))
}

// appendFloat orders as PostgreSQL: NaN above everything, -0 as 0.
func appendFloat(dst []byte, f float64) []byte {
	if f == 0 {
		f = 0
	}
	bits := math.Float64bits(f)
	switch {
	case math.IsNaN(f):
		bits = math.MaxUint64
	case bits>>63 != 0:
		bits = ^bits
	default:
		bits |= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, bits)
}

// appendString ends a string so that a prefix sorts first and no string's
// encoding begins another's.
func appendString(dst []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			return append(append(dst, s...), 0, 1)
		}
		dst = append(append(dst, s[:i]...), 0, 0xFF)
		s = s[i+1:]
	}
}

// appendNumeric orders by class, exponent and digits: equal values of different
// scale are one key.
func appendNumeric(dst []byte, d *apd.Decimal) []byte {
	switch {
	case d.Form == apd.NaN:
		return append(dst, 6)
	case d.Form == apd.Infinite && d.Negative:
		return append(dst, 1)
	case d.Form == apd.Infinite:
		return append(dst, 5)
	case d.IsZero():
		return append(dst, 3)
	}
	digits := d.Coeff.String()
	exponent := int64(len(digits)) + int64(d.Exponent)
	body := appendInt(nil, exponent)
	body = append(append(body, strings.TrimRight(digits, "0")...), 0)
	if !d.Negative {
		return append(append(dst, 4), body...)
	}
	for i := range body {
		body[i] = ^body[i]
	}
	return append(append(dst, 2), body...)
}
