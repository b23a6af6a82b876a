package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// pg_extension and the views over it. What this server has and PostgreSQL has
// not, schema kalam and its views, is shown as an extension that is there from
// the start. So pg_dump, which writes out every schema that is neither
// PostgreSQL's nor an extension's, leaves it alone.

// extensionKalam is the OID of extension kalam; below 16384, as those that
// initdb makes have them, which pg_dump does not create again.
const extensionKalam catalog.OID = 13002

// extensionPLpgSQL is that of extension plpgsql, which is built in.
const extensionPLpgSQL = catalog.ExtensionPLpgSQL

const commentPLpgSQL = "PL/pgSQL procedural language"

// extensionVersion counts changes of what schema kalam holds.
const extensionVersion = "1.0"

const extensionComment = "live queries, tables of each user's own rows, streams"

func init() {
	makes("pg_extension", func(s *Snapshot, out *rows) {
		out.add("oid", extensionKalam, "extname", "kalam", "extowner", catalog.RolePostgres, "extnamespace", catalog.SchemaPGCatalog, "extversion", extensionVersion)
		out.add("oid", extensionPLpgSQL, "extname", catalog.PLpgSQL, "extowner", catalog.RolePostgres, "extnamespace", catalog.SchemaPGCatalog, "extversion", "1.0")
		for _, e := range s.extensions() {
			out.add("oid", e.OID, "extname", e.Name, "extowner", e.Owner, "extnamespace", e.Schema, "extrelocatable", relocatable(e.Name), "extversion", e.Version)
		}
	})
	makes("pg_available_extensions", func(s *Snapshot, out *rows) {
		out.add("name", "kalam", "default_version", extensionVersion, "installed_version", extensionVersion, "comment", extensionComment)
		out.add("name", catalog.PLpgSQL, "default_version", "1.0", "installed_version", "1.0", "comment", commentPLpgSQL)
		for _, o := range expr.Extensions() {
			var installed any
			if e := s.Catalog.Extension(s.Database.OID, o.Name); e != nil {
				installed = e.Version
			}
			out.add("name", o.Name, "default_version", o.Version, "installed_version", installed, "comment", o.Comment)
		}
	})
	makes("pg_available_extension_versions", func(s *Snapshot, out *rows) {
		out.add("name", "kalam", "version", extensionVersion, "installed", true, "superuser", true, "trusted", false, "relocatable", false, "schema", "pg_catalog", "comment", extensionComment)
		out.add("name", catalog.PLpgSQL, "version", "1.0", "installed", true, "superuser", true, "trusted", true, "relocatable", false, "schema", "pg_catalog", "comment", commentPLpgSQL)
		for _, o := range expr.Extensions() {
			out.add("name", o.Name, "version", o.Version, "installed", s.Catalog.Extension(s.Database.OID, o.Name) != nil,
				"superuser", true, "trusted", !o.Untrusted, "relocatable", !o.Fixed, "requires", required(o), "comment", o.Comment)
		}
	})
}

// The operator classes and access methods of extensions; the families of the classes
// have no rows.
func init() {
	makes("pg_opclass", func(s *Snapshot, out *rows) {
		for _, e := range s.extensions() {
			for _, c := range catalog.ExtensionClasses(e.Name) {
				out.add("oid", c.OID, "opcmethod", c.Method, "opcname", c.Name, "opcnamespace", e.Schema, "opcowner", catalog.RolePostgres, "opcfamily", c.OID, "opcintype", s.Catalog.InputOf(c.Input, e), "opcdefault", c.Default)
			}
		}
	})
	makes("pg_am", func(s *Snapshot, out *rows) {
		if m := catalog.AccessMethodNamed("bloom"); s.Catalog.Extension(s.Database.OID, m.Library) != nil {
			out.add("oid", m.OID, "amname", m.Name, "amtype", byte('i'))
		}
	})
}

// relocatable says whether an extension can be moved to another schema.
func relocatable(extension string) bool {
	o := expr.ExtensionNamed(extension)
	return o == nil || !o.Fixed
}

// required are the names of the extensions that one needs; nil: none.
func required(o *expr.Extension) any {
	if len(o.Requires) == 0 {
		return nil
	}
	return o.Requires
}

// extensions lists those that have been made in the database.
func (s *Snapshot) extensions() (list []*catalog.Extension) {
	for o := range s.Catalog.All() {
		if e, ok := o.(*catalog.Extension); ok && e.Database == s.Database.OID {
			list = append(list, e)
		}
	}
	sortByOID(list)
	return list
}

// extensionMembers adds pg_depend's rows of what belongs to extensions.
func (s *Snapshot) extensionMembers(on edge) {
	if s.part == ofObject {
		return
	}
	on(classNamespace, catalog.SchemaKalam, classExtension, extensionKalam, 0, 'e')
	for _, v := range s.virtuals() {
		if v.Schema == catalog.SchemaKalam {
			on(classClass, v.OID, classExtension, extensionKalam, 0, 'e')
		}
	}
	for _, e := range s.extensions() {
		on(classExtension, e.OID, classNamespace, e.Schema, 0, 'n')
		for _, r := range e.Requires {
			on(classExtension, e.OID, classExtension, r, 0, 'n')
		}
		for _, r := range s.Catalog.Members(e) {
			on(classProc, r.OID, classExtension, e.OID, 0, 'e')
		}
		for _, t := range definedOf[*catalog.TSTemplate](s) {
			if t.Extension == e.OID {
				on(classTSTemplate, t.OID, classExtension, e.OID, 0, 'e')
			}
		}
		for _, d := range definedOf[*catalog.TSDictionary](s) {
			if d.Extension == e.OID {
				on(classTSDictionary, d.OID, classExtension, e.OID, 0, 'e')
			}
		}
		for _, c := range catalog.ExtensionClasses(e.Name) {
			on(classOpclass, c.OID, classExtension, e.OID, 0, 'e')
		}
		operators, casts := s.brought(e)
		for _, o := range operators {
			on(classOperator, o.OID, classExtension, e.OID, 0, 'e')
		}
		for _, c := range casts {
			on(classCast, c.OID, classExtension, e.OID, 0, 'e')
		}
		if m := catalog.AccessMethodNamed(e.Name); m != nil {
			on(classAM, m.OID, classExtension, e.OID, 0, 'e')
		}
		for _, v := range s.Catalog.MemberViews(e) {
			on(classClass, v.OID, classExtension, e.OID, 0, 'e')
		}
		for _, t := range s.Catalog.MemberTypes(e) {
			on(classType, t.OID, classExtension, e.OID, 0, 'e')
		}
	}
}
