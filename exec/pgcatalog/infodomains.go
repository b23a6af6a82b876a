package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// information_schema's views of the types that users make: domains, composite types, and
// what is of which type.

func init() {
	makes("information_schema.domains", infoDomains)
	makes("information_schema.domain_constraints", infoDomainConstraints)
	makes("information_schema.domain_udt_usage", infoDomainTypes)
	makes("information_schema.column_domain_usage", infoColumnDomains)
	makes("information_schema.column_udt_usage", infoColumnTypes)
	makes("information_schema.user_defined_types", infoUserTypes)
}

// usableTypes lists the types that the role owns or may use.
func (s *Snapshot) usableTypes(kind types.Kind) (list []*catalog.UserType) {
	s.objects()
	for _, t := range s.once.types {
		if t.Kind == kind && s.usable(t.Owner, t.Grants(), catalog.PrivUsage) {
			list = append(list, t)
		}
	}
	return list
}

func infoDomains(s *Snapshot, out *rows) {
	for _, d := range s.usableTypes(types.KindDomain) {
		base := s.Catalog.TypeByOID(d.Base.OID)
		if base == nil {
			continue
		}
		data := "USER-DEFINED"
		if base.OID < types.FirstUserOID {
			data = types.FormatType(base, types.NoTypmod)
		}
		pairs := []any{"domain_catalog", s.Database.Name, "domain_schema", s.schemaName(d.Schema), "domain_name", d.Name, "data_type", data,
			"domain_default", orNull(s.domainDefault(d)), "udt_catalog", s.Database.Name, "udt_schema", typeSchema(base), "udt_name", base.Name, "dtd_identifier", "1"}
		if d.Collation != nil {
			if named := s.Catalog.CollationByOID(d.Collation.OID); named != nil {
				pairs = append(pairs, "collation_catalog", s.Database.Name, "collation_schema", s.schemaName(named.Schema), "collation_name", named.Name)
			}
		}
		out.add(append(pairs, precision(base, d.Typmod)...)...)
	}
}

// infoDomainConstraints lists the constraints of domains, apart from NOT NULL.
func infoDomainConstraints(s *Snapshot, out *rows) {
	for _, d := range s.usableTypes(types.KindDomain) {
		for _, k := range d.Checks {
			out.add("constraint_catalog", s.Database.Name, "constraint_schema", s.schemaName(d.Schema), "constraint_name", k.Name,
				"domain_catalog", s.Database.Name, "domain_schema", s.schemaName(d.Schema), "domain_name", d.Name, "is_deferrable", "NO", "initially_deferred", "NO")
		}
	}
}

// mine says whether the role owns a type; those of the system are the bootstrap superuser's.
func (s *Snapshot) mine(t *types.Type) bool {
	owner := catalog.OID(catalog.RolePostgres)
	if u := s.userType(t.OID); u != nil {
		owner = u.Owner
	}
	return s.Catalog.OwnedBy(s.Role.OID, owner)
}

// infoDomainTypes lists what domains are of, of types that the role owns.
func infoDomainTypes(s *Snapshot, out *rows) {
	s.objects()
	for _, d := range s.once.types {
		if d.Kind != types.KindDomain {
			continue
		}
		if base := s.Catalog.TypeByOID(d.Base.OID); base != nil && s.mine(base) {
			out.add("udt_catalog", s.Database.Name, "udt_schema", typeSchema(base), "udt_name", base.Name,
				"domain_catalog", s.Database.Name, "domain_schema", s.schemaName(d.Schema), "domain_name", d.Name)
		}
	}
}

// eachColumn gives the columns of all tables and views.
func (s *Snapshot) eachColumn(yield func(schema catalog.OID, relation string, c *catalog.Column)) {
	s.objects()
	for _, t := range s.once.tables {
		if t.Query != nil {
			continue
		}
		for _, c := range t.Columns {
			yield(t.Schema, t.Name, c)
		}
	}
	for _, v := range s.once.views {
		for _, c := range v.Columns {
			yield(v.Schema, v.Name, c)
		}
	}
}

// infoColumnDomains lists the columns of domains that the role owns.
func infoColumnDomains(s *Snapshot, out *rows) {
	s.eachColumn(func(schema catalog.OID, relation string, c *catalog.Column) {
		if t := c.Type.Type; t.Kind == types.KindDomain && s.mine(t) {
			out.add("domain_catalog", s.Database.Name, "domain_schema", typeSchema(t), "domain_name", t.Name,
				"table_catalog", s.Database.Name, "table_schema", s.schemaName(schema), "table_name", relation, "column_name", c.Name)
		}
	})
}

// infoColumnTypes lists the columns of types that the role owns; of domains, what they are of.
func infoColumnTypes(s *Snapshot, out *rows) {
	s.eachColumn(func(schema catalog.OID, relation string, c *catalog.Column) {
		t := c.Type.Type
		if t.Kind == types.KindDomain && t.Base != nil {
			t = t.Base
		}
		if s.mine(t) {
			out.add("udt_catalog", s.Database.Name, "udt_schema", typeSchema(t), "udt_name", t.Name,
				"table_catalog", s.Database.Name, "table_schema", s.schemaName(schema), "table_name", relation, "column_name", c.Name)
		}
	})
}

// infoUserTypes lists composite types.
func infoUserTypes(s *Snapshot, out *rows) {
	for _, t := range s.usableTypes(types.KindComposite) {
		out.add("user_defined_type_catalog", s.Database.Name, "user_defined_type_schema", s.schemaName(t.Schema), "user_defined_type_name", t.Name,
			"user_defined_type_category", "STRUCTURED", "is_instantiable", "YES")
	}
}
