package pgcatalog

import "github.com/kalamsql/kalamsql/sql/catalog"

// pg_extension and the views over it. What this server has and PostgreSQL has
// not, schema kalam and its views, is shown as an extension that is there from
// the start. So pg_dump, which writes out every schema that is neither
// PostgreSQL's nor an extension's, leaves it alone.

// extensionKalam is the OID of extension kalam; below 16384, as those that
// initdb makes have them, which pg_dump does not create again.
const extensionKalam catalog.OID = 13002

// extensionVersion counts changes of what schema kalam holds.
const extensionVersion = "1.0"

const extensionComment = "live queries, tables of each user's own rows, streams"

func init() {
	makes("pg_extension", func(_ *Snapshot, out *rows) {
		out.add("oid", extensionKalam, "extname", "kalam", "extowner", catalog.RolePostgres, "extnamespace", catalog.SchemaPGCatalog, "extversion", extensionVersion)
	})
	makes("pg_available_extensions", func(_ *Snapshot, out *rows) {
		out.add("name", "kalam", "default_version", extensionVersion, "installed_version", extensionVersion, "comment", extensionComment)
	})
	makes("pg_available_extension_versions", func(_ *Snapshot, out *rows) {
		out.add("name", "kalam", "version", extensionVersion, "installed", true, "superuser", true, "trusted", false, "relocatable", false, "schema", "pg_catalog", "comment", extensionComment)
	})
}

// extensionMembers adds pg_depend's rows of what belongs to extension kalam.
func extensionMembers(on func(class, oid, refClass, refOID catalog.OID, column int, kind byte)) {
	on(classNamespace, catalog.SchemaKalam, classExtension, extensionKalam, 0, 'e')
	for _, v := range virtuals() {
		if v.Schema == catalog.SchemaKalam {
			on(classClass, v.OID, classExtension, extensionKalam, 0, 'e')
		}
	}
}
