package types

import (
	"hash/maphash"
	"math"
	"net/netip"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// hashSeed makes hashes differ from process to process: they are for tables in
// memory, never for anything stored.
var hashSeed = maphash.MakeSeed()

// NullHash is what a NULL adds to a hash.
const NullHash = 0x9e3779b97f4a7c15

// mix folds v into h.
func mix(h, v uint64) uint64 {
	h ^= v
	h *= 0xff51afd7ed558ccd
	h ^= h >> 32
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>29
}

// Hash folds d into h; values that are Equal hash equal, and NULL has a hash of
// its own. The hash holds within one process.
func (t *Type) Hash(h uint64, d Datum) uint64 {
	if d.IsNull() {
		return mix(h, NullHash)
	}
	b := t.base()
	if d.IsString() {
		s := d.Str()
		if b == BPChar {
			s = strings.TrimRight(s, " ")
		} else if b.Folds() {
			s = Fold(s)
		}
		return mix(h, maphash.String(hashSeed, s))
	}
	switch v := d.ref.(type) {
	case scalar:
		if b == Float4 || b == Float8 {
			return mix(h, floatBits(d.Float()))
		}
		return mix(h, d.num)
	case numericScale:
		return hashSmall(h, int64(d.num), int32(v))
	case *apd.Decimal:
		return hashNumeric(h, v)
	case Interval:
		return mix(h, maphash.String(hashSeed, v.Span().String()))
	case TimeTZ:
		return mix(mix(h, uint64(v.Micros)), uint64(v.East))
	case *JSON:
		return hashJSON(h, v)
	case []Lexeme:
		for _, w := range v {
			h = mix(h, maphash.String(hashSeed, w.Word))
		}
	case netip.Prefix:
		raw := v.Addr().As16()
		return mix(mix(h, maphash.Bytes(hashSeed, raw[:])), uint64(v.Bits()))
	case *Array:
		h = mix(h, uint64(len(v.Elems)))
		for _, e := range v.Elems {
			h = v.Elem.Hash(h, e)
		}
		return h
	case *Range:
		return hashRange(h, v)
	case *Multirange:
		h = mix(h, uint64(len(v.Ranges)))
		for _, r := range v.Ranges {
			h = hashRange(h, r)
		}
	case *Record:
		for i, e := range v.Values {
			h = v.Types[i].Hash(h, e)
		}
	}
	return h
}

// floatBits is one pattern for all zeros and one for all NaNs.
func floatBits(f float64) uint64 {
	switch {
	case f == 0:
		return 0
	case math.IsNaN(f):
		return math.Float64bits(math.NaN())
	}
	return math.Float64bits(f)
}

// hashNumeric looks at the value without the zeros at its end.
func hashNumeric(h uint64, d *apd.Decimal) uint64 {
	if d.Form != apd.Finite {
		return mix(h, uint64(d.Form)<<1|1)
	}
	if d.Negative {
		h = mix(h, 1)
	}
	if d.Coeff.IsUint64() {
		c, exp := d.Coeff.Uint64(), int64(d.Exponent)
		if c == 0 {
			return mix(h, 0)
		}
		for c%10 == 0 {
			c, exp = c/10, exp+1
		}
		return mix(mix(h, c), uint64(exp))
	}
	text := d.Coeff.String()
	short := strings.TrimRight(text, "0")
	exp := int64(d.Exponent) + int64(len(text)-len(short))
	var c apd.BigInt
	if _, ok := c.SetString(short, 10); ok && c.IsUint64() {
		return mix(mix(h, c.Uint64()), uint64(exp))
	}
	return mix(mix(h, maphash.String(hashSeed, short)), uint64(exp))
}

func hashJSON(h uint64, j *JSON) uint64 {
	h = mix(h, uint64(j.Kind))
	switch j.Kind {
	case JSONString:
		return mix(h, maphash.String(hashSeed, j.Str))
	case JSONNumber:
		return hashNumeric(h, j.Num)
	case JSONBool:
		if j.Bool {
			return mix(h, 1)
		}
	case JSONArray:
		for _, e := range j.Elems {
			h = hashJSON(h, e)
		}
	case JSONObject:
		for _, m := range j.Members {
			h = hashJSON(mix(h, maphash.String(hashSeed, m.Key)), m.Value)
		}
	}
	return h
}

// Hashable says whether PostgreSQL has a hash function for the type.
func (t *Type) Hashable() bool {
	switch {
	case t.Base != nil:
		return t.Base.Hashable()
	case t.IsArray():
		return t.Elem.Hashable()
	case t.Kind == KindRange, t.Kind == KindMultirange:
		return t.Subtype.Hashable()
	case t.Kind == KindComposite:
		for _, f := range t.Fields {
			if !f.Type.Hashable() {
				return false
			}
		}
		return true
	}
	switch t {
	case Bit, Varbit, TSVector, TSQuery:
		return false
	case XID, CID:
		return true
	}
	return t.Comparable()
}

// Equatable says whether values of the type are equal or not, so that they can be grouped;
// some cannot be ordered.
func (t *Type) Equatable() bool { return t.Comparable() || t.Hashable() }
