package types

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// The hash that PARTITION BY HASH goes by. It decides where rows are stored, so it is
// the same everywhere and always, and the one that PostgreSQL has: the rows of a table
// fall into the same partitions.

// partitionSeed is what the hash of each value of a partition key begins with.
const partitionSeed = 0x7A5B22367996DCFD

// PartitionHash is the hash of a partition key's values.
func PartitionHash(of []*Type, values []Datum) uint64 {
	var h uint64
	for i, v := range values {
		if !v.IsNull() {
			h ^= of[i].extendedHash(v, partitionSeed) + 0x49a0f4dd15e5a8e3 + h<<54 + h>>7
		}
	}
	return h
}

// PartitionHashable says whether a type's values can be hashed that way.
func (t *Type) PartitionHashable() bool {
	switch b := t.base(); b {
	case Boolean, Int2, Int4, Int8, Oid, Float4, Float8, Numeric, Text, Varchar, BPChar, Name, Bytea, Date, Time, Timestamp, TimestampTZ, UUID:
		return true
	default:
		if b.IsArray() {
			return b.Elem.PartitionHashable()
		}
		return b.Kind == KindEnum
	}
}

func (t *Type) extendedHash(v Datum, seed uint64) uint64 {
	b := t.base()
	switch b {
	case Int8, Timestamp, TimestampTZ, Time:
		n := v.Int()
		low, high := uint32(n), uint32(n>>32)
		if n < 0 {
			high = ^high
		}
		return hashWord(low^high, seed)
	case Float4, Float8:
		f := v.Float()
		if f == 0 {
			return seed
		}
		if math.IsNaN(f) {
			f = math.Float64frombits(0x7ff8000000000000)
		}
		return hashBytes(binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)), seed)
	case BPChar:
		return hashBytes([]byte(strings.TrimRight(v.Str(), " ")), seed)
	case PGLSN:
		return Int8.extendedHash(v, seed)
	case Char:
		return hashWord(uint32(int32(int8(v.Int()))), seed)
	}
	if v.IsString() {
		return hashBytes([]byte(v.Str()), seed)
	}
	switch o := v.ref.(type) {
	case scalar:
		return hashWord(uint32(v.num), seed)
	case numericScale:
		return hashDecimal(v.Numeric(), seed)
	case *apd.Decimal:
		return hashDecimal(o, seed)
	case *Array:
		if b == OidVector {
			var words []byte
			for _, e := range o.Elems {
				words = binary.LittleEndian.AppendUint32(words, uint32(e.Int()))
			}
			return hashBytes(words, seed)
		}
		h := uint64(1)
		for _, e := range o.Elems {
			var one uint64
			if !e.IsNull() {
				one = o.Elem.extendedHash(e, seed)
			}
			h = h<<5 - h + one
		}
		return h
	}
	if h, ok := structuredHash(v, seed); ok {
		return h
	}
	return hashBytes(t.AppendText(nil, v, DefaultEnv), seed)
}

// hashDecimal hashes the digits of a number to the base 10000, without zeros around
// them, and the place of the first.
func hashDecimal(d *apd.Decimal, seed uint64) uint64 {
	if d.Form != apd.Finite {
		return seed
	}
	if d.IsZero() {
		return seed - 1
	}
	digits, exponent := d.Coeff.String(), int(d.Exponent)
	for shift := ((exponent % 4) + 4) % 4; shift > 0; shift-- {
		digits, exponent = digits+"0", exponent-1
	}
	if pad := (4 - len(digits)%4) % 4; pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	weight := exponent/4 + len(digits)/4 - 1
	digits = strings.TrimLeft(digits, "0")
	weight -= (4 - len(digits)%4) % 4 / 4
	if pad := (4 - len(digits)%4) % 4; pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	var words []byte
	for ; len(digits) > 0; digits = digits[4:] {
		n := 0
		for _, c := range digits[:4] {
			n = n*10 + int(c-'0')
		}
		words = binary.LittleEndian.AppendUint16(words, uint16(n))
	}
	for len(words) > 2 && words[len(words)-1] == 0 && words[len(words)-2] == 0 {
		words = words[:len(words)-2]
	}
	return hashBytes(words, seed) ^ uint64(int64(weight))
}

// hashWord and hashBytes are Bob Jenkins' lookup3 with 64 bits of result.
func hashWord(k uint32, seed uint64) uint64 {
	a := uint32(0x9e3779b9 + 4 + 3923095)
	b, c := a, a
	if seed != 0 {
		a += uint32(seed >> 32)
		b += uint32(seed)
		a, b, c = jenkinsMix(a, b, c)
	}
	b, c = jenkinsFinal(a+k, b, c)
	return uint64(b)<<32 | uint64(c)
}

func hashBytes(k []byte, seed uint64) uint64 {
	a := uint32(0x9e3779b9) + uint32(len(k)) + 3923095
	b, c := a, a
	if seed != 0 {
		a += uint32(seed >> 32)
		b += uint32(seed)
		a, b, c = jenkinsMix(a, b, c)
	}
	for ; len(k) >= 12; k = k[12:] {
		a += binary.LittleEndian.Uint32(k)
		b += binary.LittleEndian.Uint32(k[4:])
		c += binary.LittleEndian.Uint32(k[8:])
		a, b, c = jenkinsMix(a, b, c)
	}
	for i, x := range k {
		word := uint32(x) << (8 * (i % 4))
		switch {
		case i < 4:
			a += word
		case i < 8:
			b += word
		default:
			c += word << 8 // the lowest byte is the length's
		}
	}
	b, c = jenkinsFinal(a, b, c)
	return uint64(b)<<32 | uint64(c)
}

func jenkinsMix(a, b, c uint32) (uint32, uint32, uint32) {
	rot := bits.RotateLeft32
	a -= c
	a ^= rot(c, 4)
	c += b
	b -= a
	b ^= rot(a, 6)
	a += c
	c -= b
	c ^= rot(b, 8)
	b += a
	a -= c
	a ^= rot(c, 16)
	c += b
	b -= a
	b ^= rot(a, 19)
	a += c
	c -= b
	c ^= rot(b, 4)
	b += a
	return a, b, c
}

func jenkinsFinal(a, b, c uint32) (uint32, uint32) {
	rot := bits.RotateLeft32
	c ^= b
	c -= rot(b, 14)
	a ^= c
	a -= rot(c, 11)
	b ^= a
	b -= rot(a, 25)
	c ^= b
	c -= rot(b, 16)
	a ^= c
	a -= rot(c, 4)
	b ^= a
	b -= rot(a, 14)
	c ^= b
	c -= rot(b, 24)
	return b, c
}
