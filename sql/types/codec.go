package types

// codec is what a type knows how to do with its values. Every built-in type
// that can be stored has one; the table in codecs.go assigns them.
type codec interface {
	input(t *Type, s string, typmod int32, env *Env) (Datum, error)
	appendText(t *Type, dst []byte, d Datum, env *Env) []byte
	receive(t *Type, b []byte, typmod int32, env *Env) (Datum, error)
	appendBinary(t *Type, dst []byte, d Datum, env *Env) []byte
	compare(t *Type, a, b Datum) int
}
