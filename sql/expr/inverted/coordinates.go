package inverted

import (
	"encoding/binary"
	"math"
	"net/netip"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
)

// coordinate maps a value onto the line of coordinates: of two values the lesser one has never the
// greater coordinate. The type must be one that sortkey can encode.
func coordinate(t *types.Type, v types.Datum) uint64 {
	switch t = sortkey.Base(t); t {
	case types.Int2, types.Int4, types.Int8, types.Date, types.Time, types.Timestamp, types.TimestampTZ, types.Money, types.Float4, types.Float8:
		return binary.BigEndian.Uint64(sortkey.Append(nil, t, v))
	case types.Numeric: // its encoding would begin with the number of digits
		return floatCoordinate(nearest(v.Numeric()))
	}
	var room [8]byte
	copy(room[:], sortkey.Append(nil, t, v))
	return binary.BigEndian.Uint64(room[:])
}

// nearest is the number that float8 has for a numeric.
func nearest(d *apd.Decimal) float64 {
	switch {
	case d.Form == apd.NaN:
		return math.NaN()
	case d.Form == apd.Infinite && d.Negative:
		return math.Inf(-1)
	case d.Form == apd.Infinite:
		return math.Inf(1)
	}
	f, _ := d.Float64()
	return min(max(f, -math.MaxFloat64), math.MaxFloat64)
}

func floatCoordinate(f float64) uint64 {
	return binary.BigEndian.Uint64(sortkey.Append(nil, types.Float8, types.Float(f)))
}

// planeCoordinate is of 32 bits: the sign, the exponent, and a millionth of the number.
func planeCoordinate(f float64) uint64 { return floatCoordinate(f) >> 32 }

// network is the interval of a network's addresses: those of IPv4 before those of IPv6, of
// which the first half tells, nearly.
func network(p netip.Prefix) interval {
	p = p.Masked()
	if a := p.Addr(); a.Is4() {
		raw := a.As4()
		from := uint64(binary.BigEndian.Uint32(raw[:])) << 31
		return interval{from, from | (1<<(63-p.Bits()) - 1)}
	}
	raw := p.Addr().As16()
	from := 1<<63 | binary.BigEndian.Uint64(raw[:8])>>1
	return interval{from, from | (1<<max(0, 63-p.Bits()) - 1)}
}
