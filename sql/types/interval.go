package types

import (
	"encoding/binary"
	"math"
	"math/big"
)

// Interval is a value of the interval type; the three parts have signs of
// their own.
type Interval struct {
	Months, Days int32
	Micros       int64
}

// Span gives the interval as microseconds with months of 30 days, the value it
// is compared by.
func (v Interval) Span() *big.Int {
	days := big.NewInt(int64(v.Months)*30 + int64(v.Days))
	days.Mul(days, big.NewInt(MicrosPerDay))
	return days.Add(days, big.NewInt(v.Micros))
}

// CompareIntervals orders intervals by Span.
func CompareIntervals(a, b Interval) int {
	const limit = math.MaxInt32 / 64
	if abs32(a.Months) < limit && abs32(b.Months) < limit && abs32(a.Days) < 1<<24 && abs32(b.Days) < 1<<24 && a.Micros>>60 == a.Micros>>63 && b.Micros>>60 == b.Micros>>63 {
		da, ra := floorDiv(a.Micros, MicrosPerDay)
		db, rb := floorDiv(b.Micros, MicrosPerDay)
		da += int64(a.Months)*30 + int64(a.Days)
		db += int64(b.Months)*30 + int64(b.Days)
		if c := compareInts(da, db); c != 0 {
			return c
		}
		return compareInts(ra, rb)
	}
	return a.Span().Cmp(b.Span())
}

func abs32(v int32) int64 {
	if v < 0 {
		return -int64(v)
	}
	return int64(v)
}

// intervalCodec is interval.
type intervalCodec struct{}

func (intervalCodec) input(_ *Type, s string, typmod int32, env *Env) (Datum, error) {
	fields := int32(intervalFull)
	if typmod != NoTypmod {
		fields = typmod >> 16 & 0x7fff
	}
	v, err := parseInterval(s, fields, env.IntervalStyle)
	if err != nil {
		return Null, err
	}
	return Object(v), nil
}

func (intervalCodec) appendText(_ *Type, dst []byte, d Datum, env *Env) []byte {
	return AppendInterval(dst, d.Object().(Interval), env.IntervalStyle)
}
func (intervalCodec) receive(_ *Type, b []byte, _ int32, _ *Env) (Datum, error) {
	if err := wantLen(b, 16); err != nil {
		return Null, err
	}
	return Object(Interval{
		Micros: int64(binary.BigEndian.Uint64(b)),
		Days:   int32(binary.BigEndian.Uint32(b[8:])),
		Months: int32(binary.BigEndian.Uint32(b[12:])),
	}), nil
}
func (intervalCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	v := d.Object().(Interval)
	dst = binary.BigEndian.AppendUint64(dst, uint64(v.Micros))
	dst = binary.BigEndian.AppendUint32(dst, uint32(v.Days))
	return binary.BigEndian.AppendUint32(dst, uint32(v.Months))
}
func (intervalCodec) compare(_ *Type, a, b Datum) int {
	return CompareIntervals(a.Object().(Interval), b.Object().(Interval))
}
