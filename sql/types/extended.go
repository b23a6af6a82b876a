package types

// Types that extensions bring. Their OIDs differ from database to database; what
// they can do is in the server and found by the extension's name.

var extended = map[string]codec{"hstore": hstoreCodec{}, "citext": citextCodec{}}

// Extend makes t the base type that an extension brings.
func (t *Type) Extend(library string) {
	t.Library, t.codec = library, extended[library]
	if library == "citext" {
		t.Category = 'S' // text, though not the preferred one
	}
}
