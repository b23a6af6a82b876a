package types

import (
	"net/netip"
)

// ExtendedHash is what PostgreSQL's extended hash function of a type gives for a
// value; with the seed 0 its lower half is what the other hash function gives.
func (t *Type) ExtendedHash(v Datum, seed uint64) uint64 { return t.extendedHash(v, seed) }

// structuredHash hashes values that are made of others; ok is false for any other.
func structuredHash(v Datum, seed uint64) (h uint64, ok bool) {
	switch o := v.ref.(type) {
	case Interval:
		days := int64(o.Months)*30 + int64(o.Days)
		return Int8.extendedHash(Int(days*86400_000_000+o.Micros), seed), true
	case TimeTZ:
		return Int8.extendedHash(Int(o.Micros), seed) ^ hashWord(uint32(-o.East), seed), true
	case netip.Prefix:
		family := byte(familyIPv4)
		if o.Addr().Is6() {
			family = familyIPv6
		}
		return hashBytes(append([]byte{family, byte(o.Bits())}, o.Addr().AsSlice()...), seed), true
	case *Range:
		return o.extendedHash(seed), true
	case *Multirange:
		h := uint64(1)
		for _, r := range o.Ranges {
			h = h<<5 - h + r.extendedHash(seed)
		}
		return h, true
	case *Record:
		for i, e := range o.Values {
			var one uint64
			if !e.IsNull() {
				one = o.Types[i].extendedHash(e, seed)
			}
			h = h<<5 - h + one
		}
		return h, true
	case *JSON:
		if len(o.Elems)+len(o.Members) == 0 && (o.Kind == JSONArray || o.Kind == JSONObject) {
			return seed, true
		}
		if o.Kind != JSONArray && o.Kind != JSONObject { // it is kept as an array of one
			return mixJSON(jsonArrayMark, o, seed), true
		}
		return mixJSON(0, o, seed), true
	}
	return 0, false
}

// rotateHalves rotates both halves of a hash by one bit.
func rotateHalves(h uint64) uint64 { return h<<1&0xfffffffefffffffe | h>>31&0x100000001 }

func (r *Range) extendedHash(seed uint64) uint64 {
	var flags int
	var lower, upper uint64
	if r.Empty {
		flags = rangeEmpty
	} else {
		bound := func(b Bound, inclusive, infinite int) uint64 {
			switch {
			case b.Value.IsNull():
				flags |= infinite
				return 0
			case b.Inclusive:
				flags |= inclusive
			}
			return r.Of.Subtype.extendedHash(b.Value, seed)
		}
		lower = bound(r.Lower, rangeLowerIncluded, rangeLowerInfinite)
		upper = bound(r.Upper, rangeUpperIncluded, rangeUpperInfinite)
	}
	return rotateHalves(hashWord(uint32(flags), seed)^lower) ^ upper
}

// What marks an array and an object in the hash of a jsonb.
const (
	jsonObjectMark uint64 = 0x20000000<<32 | 0x20000000
	jsonArrayMark  uint64 = 0x40000000<<32 | 0x40000000
)

// mixJSON adds a value to the hash of a jsonb.
func mixJSON(h uint64, j *JSON, seed uint64) uint64 {
	var one uint64
	switch j.Kind {
	case JSONArray:
		h ^= jsonArrayMark
		for _, e := range j.Elems {
			h = mixJSON(h, e, seed)
		}
		return h
	case JSONObject:
		h ^= jsonObjectMark
		for _, m := range j.Members {
			h = rotateHalves(h) ^ hashBytes([]byte(m.Key), seed)
			h = mixJSON(h, m.Value, seed)
		}
		return h
	case JSONString:
		one = hashBytes([]byte(j.Str), seed)
	case JSONNumber:
		one = hashDecimal(j.Num, seed)
	case JSONBool:
		switch {
		case seed != 0:
			one = hashWord(uint32(btoi(j.Bool)), seed)
		case j.Bool:
			one = 2
		default:
			one = 4
		}
	default:
		one = seed + 1
	}
	return rotateHalves(h) ^ one
}
