package expr

// Extensions that bring access methods and operator classes of indexes alone
// (catalog.ExtensionClasses). Such an index is a definition without entries.

func init() {
	offer(&Extension{Name: "bloom", Version: "1.0", Comment: "bloom access method - signature file based index"})
	offer(&Extension{Name: "btree_gin", Version: "1.3", Comment: "support for indexing common datatypes in GIN"})
	offer(&Extension{Name: "btree_gist", Version: "1.7", Comment: "support for indexing common datatypes in GiST"})
}
