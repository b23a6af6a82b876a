package catalog

import "github.com/kalamsql/kalamsql/sql/types"

// The tables that hold the large objects of all databases. They are the same on every
// server and in every version of the catalog, so that they are no objects of one: Table
// finds them, and nothing lists them or finds them by name.
var (
	// LargeObjects has a row for each: what pg_largeobject_metadata shows.
	LargeObjects = systemTable(13010, 13011, "large_objects", 2,
		&Column{Name: "database", Type: TypeRef{types.Oid}, NotNull: true},
		&Column{Name: "oid", Type: TypeRef{types.Oid}, NotNull: true},
		&Column{Name: "owner", Type: TypeRef{types.Oid}, NotNull: true},
		&Column{Name: "acl", Type: TypeRef{types.Text}}, // an ACL as JSON
		&Column{Name: "comment", Type: TypeRef{types.Text}},
	)
	// LargeObjectPages has their bytes, in pages: what pg_largeobject shows.
	LargeObjectPages = systemTable(13012, 13013, "large_object_pages", 3,
		&Column{Name: "database", Type: TypeRef{types.Oid}, NotNull: true},
		&Column{Name: "oid", Type: TypeRef{types.Oid}, NotNull: true},
		&Column{Name: "page", Type: TypeRef{types.Int4}, NotNull: true},
		&Column{Name: "data", Type: TypeRef{types.Bytea}, NotNull: true},
	)
)

// systemTable describes a table whose first columns are its key.
func systemTable(oid, key OID, name string, keys int, columns ...*Column) *Table {
	t := &Table{OID: oid, Name: name, Schema: SchemaKalam, Owner: RolePostgres, Kind: KindDurable, Columns: columns, NextColumn: int16(len(columns) + 1)}
	primary := &Index{OID: key, Name: name + "_pkey", Unique: true, Primary: true}
	for i, c := range columns {
		c.Num, c.Typmod = int16(i+1), types.NoTypmod
		if i < keys {
			primary.Keys = append(primary.Keys, IndexKey{Column: c.Num})
		}
	}
	t.Indexes = []*Index{primary}
	return t
}
