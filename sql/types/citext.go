package types

import "strings"

// citextCodec is extension citext's type: text that compares without regard to case.
type citextCodec struct{ textCodec }

func (citextCodec) compare(_ *Type, a, b Datum) int {
	return strings.Compare(Fold(a.Str()), Fold(b.Str()))
}

// Fold is the form of a text that does not tell upper from lower case.
func Fold(s string) string { return strings.ToLower(s) }

// Folds says whether values of the type compare by their folded form.
func (t *Type) Folds() bool { return t.base().Library == "citext" }
