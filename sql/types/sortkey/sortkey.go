// Package sortkey encodes values into bytes whose order is the values' order. What an
// encoding begins no other one of its type continues.
package sortkey

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
)

// The byte before a value that is part of another: NULLs sort after all values.
const (
	NotNull  = 0x02
	NullLast = 0x03
)

// appendPart appends a value that is part of another, or NULL.
func appendPart(dst []byte, t *types.Type, d types.Datum) []byte {
	if d.IsNull() {
		return append(dst, NullLast)
	}
	return Append(append(dst, NotNull), t, d)
}

// Encodable says whether values of a type can be keys.
func Encodable(t *types.Type) bool {
	t = Base(t)
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
	if t.Library != "" {
		return t.Brought == "ltree" || t.Brought == "hstore"
	}
	switch t {
	case types.Boolean, types.Int2, types.Int4, types.Int8, types.Oid, types.Char, types.Float4, types.Float8, types.Numeric,
		types.Text, types.Varchar, types.BPChar, types.Name, types.Bytea, types.UUID, types.Bit, types.Varbit,
		types.Date, types.Time, types.Timestamp, types.TimestampTZ, types.IntervalType,
		types.XID8, types.PGLSN, types.Inet, types.CIDR, types.Macaddr, types.Macaddr8, types.Money, types.JSONB:
		return true
	}
	return false
}

// Base looks through domains.
func Base(t *types.Type) *types.Type {
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

// Append appends a value that is not NULL.
func Append(dst []byte, t *types.Type, d types.Datum) []byte {
	t = Base(t)
	switch {
	case t.Kind == types.KindEnum:
		return appendFloat(dst, enumSort(t, d.Str()))
	case t.Kind == types.KindComposite:
		r := d.Record()
		for i, f := range t.Fields {
			dst = appendPart(dst, f.Type, r.Values[i])
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
	case t == types.JSONB:
		return appendJSON(dst, d.JSON(), true)
	case t.IsArray():
		a := d.Object().(*types.Array)
		for _, e := range a.Elems {
			dst = appendPart(dst, t.Elem, e)
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
		return AppendString(dst, strings.TrimRight(d.Str(), " "))
	case t == types.XID8 || t == types.PGLSN: // without a sign
		return binary.BigEndian.AppendUint64(dst, uint64(d.Int()))
	case t == types.Inet || t == types.CIDR:
		return appendNetwork(dst, d.Object().(netip.Prefix))
	case t.Brought == "hstore": // the order of hstore_cmp
		text, pairs := types.HstoreBytes(d)
		return AppendString(appendInt(AppendString(dst, text), int64(pairs)), d.Str())
	case d.IsString() && t.Folds():
		return AppendString(dst, types.Fold(d.Str()))
	case d.IsString():
		return AppendString(dst, d.Str())
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

// AppendString ends a string so that a prefix sorts first and no string's
// encoding begins another's.
func AppendString(dst []byte, s string) []byte {
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
