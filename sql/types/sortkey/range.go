package sortkey

import "github.com/kalamsql/kalamsql/sql/types"

// appendRange orders empty ranges first, then by the lower and by the upper bound.
func appendRange(dst []byte, r *types.Range) []byte {
	if r.Empty {
		return append(dst, 0)
	}
	dst = appendBound(append(dst, 1), r, r.Lower, true)
	return appendBound(dst, r, r.Upper, false)
}

// appendBound orders a bound by the point where it cuts: an infinite one before or
// behind all others, an exclusive lower one behind its value, an exclusive upper one
// before it.
func appendBound(dst []byte, r *types.Range, b types.Bound, lower bool) []byte {
	if b.Value.IsNull() {
		if lower {
			return append(dst, 0)
		}
		return append(dst, 2)
	}
	dst = appendPart(append(dst, 1), r.Of.Subtype, b.Value)
	if b.Inclusive == lower {
		return append(dst, 0)
	}
	return append(dst, 1)
}
