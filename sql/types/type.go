package types

import (
	"slices"
	"sync"
)

// OID is PostgreSQL's object identifier.
type OID uint32

// Kind is pg_type.typtype.
type Kind byte

// The kinds of types.
const (
	KindBase       Kind = 'b'
	KindComposite  Kind = 'c'
	KindDomain     Kind = 'd'
	KindEnum       Kind = 'e'
	KindPseudo     Kind = 'p'
	KindRange      Kind = 'r'
	KindMultirange Kind = 'm'
)

// Type describes one type as pg_type does. Built-in types are package
// variables and are compared by pointer; types that users make are owned by the
// catalog version they belong to and are compared with Same.
type Type struct {
	OID       OID
	Name      string // pg_type.typname: "int4", "_int4"
	SQLName   string // what format_type prints: "integer", "integer[]"
	Kind      Kind
	Category  byte // pg_type.typcategory
	Preferred bool // pg_type.typispreferred
	Len       int16
	ByVal     bool
	Align     byte // pg_type.typalign
	Delim     byte // array delimiter in text

	Subtype *Type // of a range its bounds' type, of a multirange the range; nil otherwise
	Multi   *Type // of a range its multirange type; nil otherwise

	Elem  *Type // element type of an array; nil otherwise
	Array *Type // the array type over this one; nil if there is none

	Schema string   // schema of a user type; empty means pg_catalog
	Base   *Type    // of a domain
	Labels []string // of an enum, in order
	// NewLabels are those that a transaction under way has added.
	NewLabels []NewLabel
	// Sorts has a number for each label: their order, which stays when others
	// come between.
	Sorts  []float64
	Fields []Field // of a composite type
	// Of a domain: the modifier of its base, its default, NOT NULL and CHECKs.
	BaseTypmod int32
	Default    string
	NotNull    bool
	Checks     []DomainCheck
	// Library is the extension that brings the type, Brought the name that it gives it;
	// empty: none.
	Library, Brought string
	companions       map[string]*Type

	codec codec
}

// Field is one attribute of a composite type.
type Field struct {
	Name   string
	Type   *Type
	Typmod int32
}

// DomainCheck is a CHECK of a domain: SQL text over VALUE.
type DomainCheck struct{ Name, Expr string }

// NoTypmod is the type modifier of a type without one.
const NoTypmod int32 = -1

// Same says whether a and b are one type.
func (t *Type) Same(o *Type) bool { return t == o || t != nil && o != nil && t.OID == o.OID }

// Means says whether values of a type are still what they were in an earlier
// version of it: an enum may have got other labels.
func (t *Type) Means(was *Type) bool {
	if t == was {
		return true
	}
	if t == nil || was == nil || t.OID != was.OID || !slices.Equal(t.Labels, was.Labels) || !t.Elem.Means(was.Elem) || !t.Base.Means(was.Base) || !t.Subtype.Means(was.Subtype) {
		return false
	}
	return slices.EqualFunc(t.Fields, was.Fields, func(a, b Field) bool { return a.Name == b.Name && a.Type.Means(b.Type) })
}

// IsArray says whether t is an array type (int2vector and oidvector are not).
func (t *Type) IsArray() bool { return t.Elem != nil && t.Category == 'A' }

// String gives the SQL name.
func (t *Type) String() string {
	if t == nil {
		return "unknown"
	}
	return t.SQLName
}

// FirstUserOID is the first OID given to objects that users make.
const FirstUserOID OID = 16384

var registry struct {
	once   sync.Once
	byOID  map[OID]*Type
	byName map[string]*Type
}

func buildRegistry() {
	registry.byOID = make(map[OID]*Type, len(builtins)*2)
	registry.byName = make(map[string]*Type, len(builtins)*2)
	for _, t := range builtins {
		registry.byOID[t.OID] = t
		registry.byName[t.Name] = t
		if t.Array != nil {
			registry.byOID[t.Array.OID] = t.Array
			registry.byName[t.Array.Name] = t.Array
		}
	}
}

// ByOID finds a built-in type, or nil.
func ByOID(oid OID) *Type {
	registry.once.Do(buildRegistry)
	return registry.byOID[oid]
}

// ByName finds a built-in type by pg_type.typname ("int4", "_text"), or nil.
func ByName(name string) *Type {
	registry.once.Do(buildRegistry)
	return registry.byName[name]
}

// Builtins lists the built-in types, arrays not among them.
func Builtins() []*Type { return builtins }
