package types

import (
	"math"
	"strconv"
)

var jsonEnv = &Env{Location: DefaultEnv.Location, ExtraFloatDigits: 1, IntervalStyle: IntervalISO8601, Now: DefaultEnv.Now}

// AppendJSON appends the JSON form that live queries and HTTP use: numbers that
// every client reads exactly stay numbers, int8 and numeric become strings,
// times are RFC 3339. NULL is null.
func AppendJSON(dst []byte, t *Type, d Datum) []byte {
	if d.IsNull() {
		return append(dst, "null"...)
	}
	b := t.base()
	switch b {
	case Boolean:
		return strconv.AppendBool(dst, d.Bool())
	case Int2, Int4:
		return strconv.AppendInt(dst, d.Int(), 10)
	case Oid, XID, CID:
		return strconv.AppendUint(dst, uint64(uint32(d.Int())), 10)
	case Float4, Float8:
		f := d.Float()
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return AppendJSONString(dst, b.Text(d, jsonEnv))
		}
		return b.AppendText(dst, d, jsonEnv)
	case JSONText:
		return append(dst, d.Str()...)
	case JSONB:
		return d.JSON().Append(dst)
	case Timestamp, TimestampTZ:
		return AppendJSONString(dst, string(appendRFC3339(nil, d.Int(), b == TimestampTZ)))
	case RecordType:
		return appendJSONRecord(dst, d.Record())
	case Int2Vector, OidVector:
		return appendJSONArray(dst, vectorElem(b), d.Array())
	}
	switch {
	case b.IsArray():
		return appendJSONArray(dst, b.Elem, d.Array())
	case b.Kind == KindComposite:
		return appendJSONRecord(dst, d.Record())
	case b == Text || b == Varchar || b == BPChar || b == Name || b.Kind == KindEnum:
		return AppendJSONString(dst, d.Str()) // as it is kept
	}
	return AppendJSONString(dst, b.Text(d, jsonEnv))
}

// appendRFC3339 appends a timestamp with all six digits of its fraction.
func appendRFC3339(dst []byte, ts int64, zulu bool) []byte {
	switch ts {
	case PosInfinity:
		return append(dst, "infinity"...)
	case NegInfinity:
		return append(dst, "-infinity"...)
	}
	c := BreakTimestamp(ts)
	dst = append(appendDate(dst, c, jsonEnv), 'T')
	dst = append(appendPadded(dst, c.Hour, 2), ':')
	dst = append(appendPadded(dst, c.Minute, 2), ':')
	dst = append(appendPadded(dst, c.Second, 2), '.')
	dst = appendPadded(dst, c.Micro, 6)
	if zulu {
		dst = append(dst, 'Z')
	}
	return appendBC(dst, c)
}

func appendJSONArray(dst []byte, elem *Type, a *Array) []byte {
	next := 0
	var level func(dim int)
	level = func(dim int) {
		dst = append(dst, '[')
		for i := range a.Dims[dim] {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dim+1 < len(a.Dims) {
				level(dim + 1)
				continue
			}
			dst = AppendJSON(dst, elem, a.Elems[next])
			next++
		}
		dst = append(dst, ']')
	}
	if len(a.Elems) == 0 {
		return append(dst, "[]"...)
	}
	level(0)
	return dst
}

func appendJSONRecord(dst []byte, r *Record) []byte {
	dst = append(dst, '{')
	for i, v := range r.Values {
		if i > 0 {
			dst = append(dst, ',')
		}
		name := "f" + strconv.Itoa(i+1)
		if r.Names != nil {
			name = r.Names[i]
		}
		dst = append(AppendJSONString(dst, name), ':')
		dst = AppendJSON(dst, r.Types[i], v)
	}
	return append(dst, '}')
}
