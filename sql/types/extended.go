package types

import "cmp"

// Types that extensions bring. Their OIDs differ from database to database; what
// they can do is in the server and found by the names that their extensions give them.

// extendedType is what the server knows of a type of an extension.
type extendedType struct {
	codec codec
	// unordered: it has no B-tree order.
	unordered bool
	// prefix begins the names of its functions of input and output; empty: its name does.
	prefix string
	// plain: it is not kept apart from its row (pg_type.typstorage).
	plain bool
	// layout is what pg_type says of it; nil: of variable length, aligned to 4.
	layout *extendedLayout
}

type extendedLayout struct {
	length int16
	byVal  bool
	align  byte
}

var extended = map[string]extendedType{
	"hstore": {codec: hstoreCodec{}}, "citext": {codec: citextCodec{}},
	"ltree": {codec: ltreeCodec{}}, "lquery": {codec: lqueryCodec{}, unordered: true}, "ltxtquery": {codec: ltxtqueryCodec{}, prefix: "ltxtq", unordered: true},
	"ltree_gist": {codec: noCodec{}, unordered: true, plain: true}, "cube": {codec: cubeCodec{}, plain: true, layout: &extendedLayout{length: -1, align: 'd'}},
}

// Extend makes t the base type that an extension brings under a name.
func (t *Type) Extend(library, name string) {
	is := extended[name]
	t.Library, t.Brought, t.codec = library, name, is.codec
	if l := is.layout; l != nil {
		t.Len, t.ByVal, t.Align = l.length, l.byVal, l.align
	}
	if name == "citext" {
		t.Category = 'S' // text, though not the preferred one
	}
}

// Accompany puts t among the types of its extension in a database, by the names that the
// extension gives them. The types share the map.
func (t *Type) Accompany(name string, companions map[string]*Type) {
	t.companions = companions
	companions[name] = t
}

// Companion is the type that the extension of a type brings under a name.
func (t *Type) Companion(name string) *Type { return t.companions[name] }

// Plain says that values of an extension's type are not kept apart from their rows.
func (t *Type) Plain() bool { return extended[t.Brought].plain }

// CodePrefix begins the names of the functions that read and write the type.
func (t *Type) CodePrefix() string { return cmp.Or(extended[t.Brought].prefix, t.Brought) }
