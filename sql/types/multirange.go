package types

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// The types of multiranges.
var (
	Int4Multirange = multirange(4451, "int4multirange", 6150, 'i')
	NumMultirange  = multirange(4532, "nummultirange", 6151, 'i')
	TsMultirange   = multirange(4533, "tsmultirange", 6152, 'd')
	TstzMultirange = multirange(4534, "tstzmultirange", 6153, 'd')
	DateMultirange = multirange(4535, "datemultirange", 6155, 'i')
	Int8Multirange = multirange(4536, "int8multirange", 6157, 'd')

	AnyMultirange = define(&Type{OID: 4537, Name: "anymultirange", SQLName: "anymultirange", Kind: KindPseudo, Category: 'P', Len: -1, Align: 'd', Delim: ','}, nil)

	AnyCompatiblerange      = define(&Type{OID: 5080, Name: "anycompatiblerange", SQLName: "anycompatiblerange", Kind: KindPseudo, Category: 'P', Len: -1, Align: 'd', Delim: ','}, nil)
	AnyCompatiblemultirange = define(&Type{OID: 4538, Name: "anycompatiblemultirange", SQLName: "anycompatiblemultirange", Kind: KindPseudo, Category: 'P', Len: -1, Align: 'd', Delim: ','}, nil)
)

func multirange(oid OID, name string, array OID, align byte) *Type {
	return define(&Type{OID: oid, Name: name, SQLName: name, Kind: KindMultirange, Category: 'R', Len: -1, Align: align, Delim: ','},
		arrayOf(array, "_"+name, name+"[]", align))
}

// Multirange is an ordered list of ranges with gaps between them. It is
// immutable once in a Datum.
type Multirange struct{ Ranges []*Range }

// Multirange gives the value of a multirange Datum.
func (d Datum) Multirange() *Multirange {
	m, _ := d.ref.(*Multirange)
	return m
}

// NewMultirange puts ranges of one type in order and joins those that touch. It
// takes the slice.
func NewMultirange(ranges []*Range) *Multirange {
	ranges = slices.DeleteFunc(ranges, func(r *Range) bool { return r.Empty })
	slices.SortFunc(ranges, (*Range).Compare)
	out := ranges[:0]
	for _, r := range ranges {
		if n := len(out); n > 0 && !gap(out[n-1], r) {
			joined := *out[n-1]
			if r.Of.CompareBounds(joined.Upper, false, r.Upper, false) < 0 {
				joined.Upper = r.Upper
			}
			out[n-1] = &joined
			continue
		}
		out = append(out, r)
	}
	return &Multirange{Ranges: out}
}

// gap says whether there is something between a range and one that does not
// begin before it.
func gap(a, b *Range) bool {
	if a.Of.CompareBounds(a.Upper, false, b.Lower, true) >= 0 {
		return false
	}
	return !a.Adjacent(b)
}

// Adjacent says whether the range ends exactly where o, behind it, begins.
func (r *Range) Adjacent(o *Range) bool {
	u, l := r.Upper, o.Lower
	return !u.Value.IsNull() && !l.Value.IsNull() && u.Inclusive != l.Inclusive && r.Of.Subtype.Equal(u.Value, l.Value)
}

// multirangeCodec is every multirange type; its Subtype is the range type.
type multirangeCodec struct{}

func (multirangeCodec) input(t *Type, s string, _ int32, env *Env) (Datum, error) {
	bad := func(detail string) error {
		return sqlerr.New(sqlerr.InvalidTextRepresentation, "malformed multirange literal: \"%s\"", s).WithDetail("%s", detail)
	}
	rest := trimLeftSpace(s)
	if !strings.HasPrefix(rest, "{") {
		return Null, bad("Missing left brace.")
	}
	rest = trimLeftSpace(rest[1:])
	var ranges []*Range
	for first := true; !strings.HasPrefix(rest, "}"); first = false {
		if !first {
			if rest == "" {
				return Null, bad("Unexpected end of input.")
			}
			if rest[0] != ',' {
				return Null, bad("Expected comma or end of multirange.")
			}
			rest = trimLeftSpace(rest[1:])
		}
		switch {
		case rest == "":
			return Null, bad("Unexpected end of input.")
		case rest[0] != '[' && rest[0] != '(' && !(len(rest) >= 5 && strings.EqualFold(rest[:5], "empty")):
			return Null, bad("Expected range start.")
		}
		r, after, err := readRange(t.Subtype, rest, s, false, env)
		if err != nil {
			if e := sqlerr.From(err); strings.HasPrefix(e.Message, "malformed range literal") {
				return Null, bad(e.Detail)
			}
			return Null, err
		}
		ranges, rest = append(ranges, r), after
	}
	if trimLeftSpace(rest[1:]) != "" {
		return Null, bad("Junk after closing right brace.")
	}
	return Object(NewMultirange(ranges)), nil
}

func (multirangeCodec) appendText(t *Type, dst []byte, d Datum, env *Env) []byte {
	dst = append(dst, '{')
	for i, r := range d.Multirange().Ranges {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = t.Subtype.AppendText(dst, Object(r), env)
	}
	return append(dst, '}')
}

func (multirangeCodec) receive(t *Type, b []byte, _ int32, env *Env) (Datum, error) {
	if len(b) < 4 {
		return Null, shortMessage()
	}
	count, rest := binary.BigEndian.Uint32(b), b[4:]
	var ranges []*Range
	for range count {
		if len(rest) < 4 {
			return Null, shortMessage()
		}
		n := int(int32(binary.BigEndian.Uint32(rest)))
		if rest = rest[4:]; n < 0 || n > len(rest) {
			return Null, shortMessage()
		}
		d, err := t.Subtype.Receive(rest[:n], NoTypmod, env)
		if err != nil {
			return Null, err
		}
		ranges, rest = append(ranges, d.Range()), rest[n:]
	}
	if len(rest) > 0 {
		return Null, badBinary("incorrect binary data format")
	}
	return Object(NewMultirange(ranges)), nil
}

func (multirangeCodec) appendBinary(t *Type, dst []byte, d Datum, env *Env) []byte {
	m := d.Multirange()
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(m.Ranges)))
	for _, r := range m.Ranges {
		at := len(dst)
		dst = t.Subtype.AppendBinary(append(dst, 0, 0, 0, 0), Object(r), env)
		binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst
}

func (multirangeCodec) compare(_ *Type, a, b Datum) int {
	return slices.CompareFunc(a.Multirange().Ranges, b.Multirange().Ranges, (*Range).Compare)
}
