package types

import (
	"encoding/binary"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Record is a value of a row type. Names may be nil. It is immutable once in a
// Datum.
type Record struct {
	Types  []*Type
	Values []Datum
	Names  []string
}

// Record gives the value of a record Datum.
func (d Datum) Record() *Record {
	r, _ := d.ref.(*Record)
	return r
}

// recordCodec is record and every composite type.
type recordCodec struct{}

func (recordCodec) input(t *Type, s string, _ int32, env *Env) (Datum, error) {
	if t.Fields == nil {
		return Null, sqlerr.New(sqlerr.FeatureNotSupported, "input of anonymous composite types is not implemented")
	}
	bad := func(detail string) error {
		return sqlerr.New(sqlerr.InvalidTextRepresentation, "malformed record literal: \"%s\"", s).WithDetail("%s", detail)
	}
	rest := strings.TrimLeft(s, space)
	if !strings.HasPrefix(rest, "(") {
		return Null, bad("Missing left parenthesis.")
	}
	rest = rest[1:]
	r := &Record{}
	for i, f := range t.Fields {
		if i > 0 {
			if !strings.HasPrefix(rest, ",") {
				return Null, bad("Too few columns.")
			}
			rest = rest[1:]
		}
		r.Types, r.Names = append(r.Types, f.Type), append(r.Names, f.Name)
		if rest == "" || rest[0] == ',' || rest[0] == ')' {
			r.Values = append(r.Values, Null)
			continue
		}
		var b strings.Builder
		quoted := false
		j := 0
		for ; j < len(rest); j++ {
			c := rest[j]
			switch {
			case !quoted && (c == ',' || c == ')'):
			case c == '\\' && j+1 < len(rest):
				j++
				b.WriteByte(rest[j])
				continue
			case c == '"' && !quoted:
				quoted = true
				continue
			case c == '"' && j+1 < len(rest) && rest[j+1] == '"':
				j++
				b.WriteByte('"')
				continue
			case c == '"':
				quoted = false
				continue
			default:
				b.WriteByte(c)
				continue
			}
			break
		}
		if j >= len(rest) {
			return Null, bad("Unexpected end of input.")
		}
		rest = rest[j:]
		d, err := f.Type.Input(b.String(), f.Typmod, env)
		if err != nil {
			return Null, err
		}
		r.Values = append(r.Values, d)
	}
	if !strings.HasPrefix(rest, ")") {
		return Null, bad("Too many columns.")
	}
	if strings.Trim(rest[1:], space) != "" {
		return Null, bad("Junk after right parenthesis.")
	}
	return Object(r), nil
}

func (recordCodec) appendText(_ *Type, dst []byte, d Datum, env *Env) []byte {
	r := d.Record()
	dst = append(dst, '(')
	for i, v := range r.Values {
		if i > 0 {
			dst = append(dst, ',')
		}
		if v.IsNull() {
			continue
		}
		text := r.Types[i].Text(v, env)
		if text != "" && !strings.ContainsAny(text, "\"\\(), \t\n\v\f\r") {
			dst = append(dst, text...)
			continue
		}
		dst = append(dst, '"')
		for k := range len(text) {
			if text[k] == '"' || text[k] == '\\' {
				dst = append(dst, text[k])
			}
			dst = append(dst, text[k])
		}
		dst = append(dst, '"')
	}
	return append(dst, ')')
}

func (recordCodec) receive(t *Type, b []byte, _ int32, env *Env) (Datum, error) {
	if t.Fields == nil {
		return Null, sqlerr.New(sqlerr.FeatureNotSupported, "input of anonymous composite types is not implemented")
	}
	r := reader{b: b}
	n := int(r.int32())
	if n != len(t.Fields) {
		return Null, sqlerr.New(sqlerr.DatatypeMismatch, "wrong number of columns: %d, expected %d", n, len(t.Fields))
	}
	out := &Record{}
	for i, f := range t.Fields {
		oid := OID(uint32(r.int32()))
		if !r.short && oid != f.Type.OID {
			return Null, sqlerr.New(sqlerr.DatatypeMismatch, "binary data has type %d (%s) instead of expected %d (%s) in record column %d", oid, oidName(oid), f.Type.OID, f.Type, i+1)
		}
		d, err := r.datum(f.Type, env)
		if err != nil {
			return Null, err
		}
		out.Types, out.Names, out.Values = append(out.Types, f.Type), append(out.Names, f.Name), append(out.Values, d)
	}
	if len(r.b) > 0 {
		return Null, badBinary("incorrect binary data format")
	}
	return Object(out), nil
}

func (recordCodec) appendBinary(_ *Type, dst []byte, d Datum, env *Env) []byte {
	r := d.Record()
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(r.Values)))
	for i, v := range r.Values {
		dst = binary.BigEndian.AppendUint32(dst, uint32(r.Types[i].OID))
		dst = appendSized(dst, r.Types[i], v, env)
	}
	return dst
}

// compare orders records column by column, NULL after values and equal to
// itself.
func (recordCodec) compare(_ *Type, a, b Datum) int {
	x, y := a.Record(), b.Record()
	for i := range min(len(x.Values), len(y.Values)) {
		p, q := x.Values[i], y.Values[i]
		switch {
		case p.IsNull() && q.IsNull():
			continue
		case p.IsNull():
			return 1
		case q.IsNull():
			return -1
		}
		if c := x.Types[i].Compare(p, q); c != 0 {
			return c
		}
	}
	return compareInts(int64(len(x.Values)), int64(len(y.Values)))
}
