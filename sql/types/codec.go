package types

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// codec is what a type knows how to do with its values. Every built-in type
// that can be stored has one; the table in codecs.go assigns them.
type codec interface {
	input(t *Type, s string, typmod int32, env *Env) (Datum, error)
	appendText(t *Type, dst []byte, d Datum, env *Env) []byte
	receive(t *Type, b []byte, typmod int32, env *Env) (Datum, error)
	appendBinary(t *Type, dst []byte, d Datum, env *Env) []byte
	compare(t *Type, a, b Datum) int
}

// impl finds the codec of t: its own, or what its kind implies.
func (t *Type) impl() codec {
	switch {
	case t.codec != nil:
		return t.codec
	case t.Kind == KindDomain && t.Base != nil:
		return t.Base.impl()
	case t.Kind == KindEnum:
		return enumCodec{}
	case t.Kind == KindComposite:
		return recordCodec{}
	case t.Kind == KindRange:
		return rangeCodec{}
	case t.Kind == KindMultirange:
		return multirangeCodec{}
	case t.IsArray():
		return arrayCodec{}
	}
	return noCodec{}
}

// base looks through domains.
func (t *Type) base() *Type {
	for t.Kind == KindDomain && t.Base != nil {
		t = t.Base
	}
	return t
}

// DomainTypmod is the modifier that values of a domain have.
func (t *Type) DomainTypmod() int32 {
	for ; t.Kind == KindDomain && t.Base != nil; t = t.Base {
		if t.BaseTypmod != NoTypmod {
			return t.BaseTypmod
		}
	}
	return NoTypmod
}

// Input reads the text form of a value, as the type's input function does, and
// applies typmod as an implicit length coercion. Errors are PostgreSQL's: 22P02,
// 22003, 22007, 22008, 22001.
func (t *Type) Input(s string, typmod int32, env *Env) (Datum, error) {
	if env == nil {
		env = DefaultEnv
	}
	b := t.base()
	if t.Kind == KindDomain && typmod == NoTypmod {
		typmod = t.DomainTypmod()
	}
	d, err := b.impl().input(b, s, typmod, env)
	if err != nil {
		return Null, err
	}
	if typmod != NoTypmod {
		if d, err = ApplyTypmod(b, d, typmod, false); err != nil {
			return Null, err
		}
	}
	if t.Kind == KindDomain && CheckDomain != nil {
		err = CheckDomain(t, d, env)
	}
	return d, err
}

// CheckDomain, which package expr sets, demands that a value meets the
// constraints of a domain.
var CheckDomain func(t *Type, d Datum, env *Env) error

// AppendText appends the text form of d, which is not NULL, as the type's
// output function writes it.
func (t *Type) AppendText(dst []byte, d Datum, env *Env) []byte {
	if env == nil {
		env = DefaultEnv
	}
	b := t.base()
	return b.impl().appendText(b, dst, d, env)
}

// Text gives the text form of d, which is not NULL.
func (t *Type) Text(d Datum, env *Env) string { return string(t.AppendText(nil, d, env)) }

// Receive reads the binary form of a value and applies typmod. b is not kept.
// A malformed form is 22P03, a wrong length 08P01.
func (t *Type) Receive(b []byte, typmod int32, env *Env) (Datum, error) {
	if env == nil {
		env = DefaultEnv
	}
	bt := t.base()
	if t.Kind == KindDomain && typmod == NoTypmod {
		typmod = t.DomainTypmod()
	}
	d, err := bt.impl().receive(bt, b, typmod, env)
	if err != nil {
		return Null, err
	}
	if typmod != NoTypmod {
		if d, err = ApplyTypmod(bt, d, typmod, false); err != nil {
			return Null, err
		}
	}
	if t.Kind == KindDomain && CheckDomain != nil && !env.Stored {
		err = CheckDomain(t, d, env)
	}
	return d, err
}

// AppendBinary appends the binary form of d, which is not NULL. The type must
// have one: see HasBinary.
func (t *Type) AppendBinary(dst []byte, d Datum, env *Env) []byte {
	if env == nil {
		env = DefaultEnv
	}
	b := t.base()
	return b.impl().appendBinary(b, dst, d, env)
}

// HasBinary says whether the type has a binary form on the wire.
func (t *Type) HasBinary() bool {
	b := t.base()
	if b.IsArray() {
		return b.Elem.HasBinary()
	}
	switch b.impl().(type) {
	case noCodec, aclCodec:
		return false
	}
	return true
}

// Storable says whether kalamsql can hold values of the type in a table.
func (t *Type) Storable() bool {
	b := t.base()
	if b.IsArray() {
		return b.Elem.Storable()
	}
	_, none := b.impl().(noCodec)
	return !none && b.Kind != KindPseudo
}

// Compare orders two values, neither NULL, by the type's btree order: bytes for
// text (the C collation), NaN greatest, numeric by value.
func (t *Type) Compare(a, b Datum) int {
	bt := t.base()
	return bt.impl().compare(bt, a, b)
}

// Equal says whether two values, neither NULL, are equal.
func (t *Type) Equal(a, b Datum) bool { return t.Compare(a, b) == 0 }

// Comparable says whether the type has a btree order: json, point and xml have
// none, and arrays have their element's.
func (t *Type) Comparable() bool {
	b := t.base()
	switch b {
	case JSONText, XML, Point, Line, Lseg, Box, Path, Polygon, Circle, JSONPath, XID, CID, PGSnapshot, TxidSnapshot, PGNodeTree, Unknown, Cstring, Void, Refcursor:
		return false
	}
	if b.IsArray() {
		return b.Elem.Comparable()
	}
	if b.Library != "" {
		return !extended[b.Brought].unordered
	}
	for _, f := range b.Fields {
		if !f.Type.Comparable() {
			return false
		}
	}
	_, none := b.impl().(noCodec)
	return !none
}

// noCodec refuses the types whose values kalamsql does not handle.
type noCodec struct{}

func (noCodec) input(t *Type, _ string, _ int32, _ *Env) (Datum, error) {
	if t.Kind == KindPseudo {
		return Null, sqlerr.New(sqlerr.FeatureNotSupported, "cannot accept a value of type %s", t)
	}
	return Null, sqlerr.Unsupported("type %s", t)
}
func (noCodec) appendText(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (noCodec) receive(t *Type, _ []byte, _ int32, _ *Env) (Datum, error) {
	return Null, sqlerr.New(sqlerr.UndefinedFunction, "no binary input function available for type %s", t)
}
func (noCodec) appendBinary(_ *Type, dst []byte, d Datum, _ *Env) []byte {
	return append(dst, d.Str()...)
}
func (noCodec) compare(_ *Type, a, b Datum) int { return compareStrings(a.Str(), b.Str()) }

// badSyntax is 22P02, the input functions' usual answer.
func badSyntax(typeName, s string) error {
	return sqlerr.New(sqlerr.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", typeName, s)
}

// outOfRange is 22003 for a value written in text.
func outOfRange(typeName, s string) error {
	return sqlerr.New(sqlerr.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s, typeName)
}

// badBinary is 22P03.
func badBinary(format string, args ...any) error {
	return sqlerr.New(sqlerr.InvalidBinaryRepresentation, format, args...)
}

// shortMessage is 08P01: a binary value that ends too early.
func shortMessage() error {
	return sqlerr.New(sqlerr.ProtocolViolation, "insufficient data left in message")
}

// wantLen checks the length of a fixed-width binary value as PostgreSQL's
// receive functions and their caller do.
func wantLen(b []byte, n int) error {
	switch {
	case len(b) < n:
		return shortMessage()
	case len(b) > n:
		return badBinary("incorrect binary data format")
	}
	return nil
}
