package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
)

// information_schema about foreign data, as far as the role may use it.

func init() {
	const schema = "information_schema."
	makes(schema+"foreign_data_wrappers", func(s *Snapshot, out *rows) {
		for _, w := range s.usableWrappers() {
			out.add("foreign_data_wrapper_catalog", s.Database.Name, "foreign_data_wrapper_name", w.Name, "authorization_identifier", s.roleName(w.Owner), "foreign_data_wrapper_language", "c")
		}
	})
	makes(schema+"foreign_data_wrapper_options", func(s *Snapshot, out *rows) {
		for _, w := range s.usableWrappers() {
			eachOption(w.Options, func(name, value string) {
				out.add("foreign_data_wrapper_catalog", s.Database.Name, "foreign_data_wrapper_name", w.Name, "option_name", name, "option_value", value)
			})
		}
	})
	makes(schema+"foreign_servers", func(s *Snapshot, out *rows) {
		for _, v := range s.usableServers() {
			out.add("foreign_server_catalog", s.Database.Name, "foreign_server_name", v.Name, "foreign_data_wrapper_catalog", s.Database.Name, "foreign_data_wrapper_name", s.Catalog.WrapperOf(v).Name,
				"foreign_server_type", orNull(v.Type), "foreign_server_version", version(v), "authorization_identifier", s.roleName(v.Owner))
		}
	})
	makes(schema+"foreign_server_options", func(s *Snapshot, out *rows) {
		for _, v := range s.usableServers() {
			eachOption(v.Options, func(name, value string) {
				out.add("foreign_server_catalog", s.Database.Name, "foreign_server_name", v.Name, "option_name", name, "option_value", value)
			})
		}
	})
	makes(schema+"user_mappings", func(s *Snapshot, out *rows) {
		for _, m := range s.usableMappings() {
			out.add("authorization_identifier", s.mapped(m), "foreign_server_catalog", s.Database.Name, "foreign_server_name", s.Catalog.ForeignServerByOID(m.Server).Name)
		}
	})
	makes(schema+"user_mapping_options", func(s *Snapshot, out *rows) {
		for _, m := range s.usableMappings() {
			v := s.Catalog.ForeignServerByOID(m.Server)
			shown := m.User == s.Role.OID || m.User == catalog.RolePublic && s.Catalog.OwnedBy(s.Role.OID, v.Owner) || s.Role.Superuser
			eachOption(m.Options, func(name, value string) {
				var option any
				if shown {
					option = value
				}
				out.add("authorization_identifier", s.mapped(m), "foreign_server_catalog", s.Database.Name, "foreign_server_name", v.Name, "option_name", name, "option_value", option)
			})
		}
	})
	makes(schema+"foreign_tables", func(s *Snapshot, out *rows) {
		for _, t := range s.foreignTables() {
			if s.usableTable(t) {
				out.add("foreign_table_catalog", s.Database.Name, "foreign_table_schema", s.schemaName(t.Schema), "foreign_table_name", t.Name,
					"foreign_server_catalog", s.Database.Name, "foreign_server_name", s.Catalog.ForeignServerByOID(t.Server).Name)
			}
		}
	})
	makes(schema+"foreign_table_options", func(s *Snapshot, out *rows) {
		for _, t := range s.foreignTables() {
			if s.usableTable(t) {
				eachOption(t.ServerOptions, func(name, value string) {
					out.add("foreign_table_catalog", s.Database.Name, "foreign_table_schema", s.schemaName(t.Schema), "foreign_table_name", t.Name, "option_name", name, "option_value", value)
				})
			}
		}
	})
	makes(schema+"column_options", func(s *Snapshot, out *rows) {
		for _, t := range s.foreignTables() {
			for _, c := range t.Columns {
				if !s.usableTable(t) {
					break
				}
				eachOption(c.ServerOptions, func(name, value string) {
					out.add("table_catalog", s.Database.Name, "table_schema", s.schemaName(t.Schema), "table_name", t.Name, "column_name", c.Name, "option_name", name, "option_value", value)
				})
			}
		}
	})
}

func (s *Snapshot) usableWrappers() (list []*catalog.ForeignDataWrapper) {
	for _, w := range definedOf[*catalog.ForeignDataWrapper](s) {
		if s.usable(w.Owner, w.ACL, catalog.PrivUsage) {
			list = append(list, w)
		}
	}
	return list
}

func (s *Snapshot) usableServers() (list []*catalog.ForeignServer) {
	for _, v := range definedOf[*catalog.ForeignServer](s) {
		if s.usable(v.Owner, v.ACL, catalog.PrivUsage) {
			list = append(list, v)
		}
	}
	return list
}

func (s *Snapshot) usableMappings() (list []*catalog.UserMapping) {
	for _, m := range definedOf[*catalog.UserMapping](s) {
		if v := s.Catalog.ForeignServerByOID(m.Server); s.usable(v.Owner, v.ACL, catalog.PrivUsage) {
			list = append(list, m)
		}
	}
	return list
}

// mapped is a mapping's role as the standard spells PUBLIC.
func (s *Snapshot) mapped(m *catalog.UserMapping) string {
	if m.User == catalog.RolePublic {
		return strings.ToUpper(catalog.MappedName(s.Catalog, m))
	}
	return catalog.MappedName(s.Catalog, m)
}
