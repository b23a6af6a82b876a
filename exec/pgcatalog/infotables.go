package pgcatalog

import (
	"cmp"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// information_schema: what there is, as far as the role may use it.

func init() {
	makes("information_schema.information_schema_catalog_name", func(s *Snapshot, out *rows) { out.add("catalog_name", s.Database.Name) })
	makes("information_schema.schemata", infoSchemata)
	makesParts("information_schema.tables", infoTables)
	makes("information_schema.views", infoViews)
	makes("information_schema.sequences", infoSequences)
	makes("information_schema.enabled_roles", infoEnabledRoles)
	makes("information_schema.applicable_roles", infoApplicableRoles)
	makes("information_schema.character_sets", func(s *Snapshot, out *rows) {
		out.add("character_set_name", "UTF8", "character_repertoire", "UCS", "form_of_use", "UTF8", "default_collate_catalog", s.Database.Name,
			"default_collate_schema", "pg_catalog", "default_collate_name", "C")
	})
}

// usable says whether the role may use an object in any of the wanted ways.
func (s *Snapshot) usable(owner catalog.OID, acl catalog.ACL, any catalog.Privileges) bool {
	return s.Catalog.AnyGranted(s.Role.OID, owner, acl, any)
}

// usableTable is usable for tables; an end user may use user tables, whose rows
// are his own.
func (s *Snapshot) usableTable(t *catalog.Table) bool {
	return s.usable(t.Owner, t.ACL, catalog.PrivAllTable)
}

func infoSchemata(s *Snapshot, out *rows) {
	s.objects()
	for _, sc := range s.once.schemas {
		if s.usable(sc.Owner, sc.ACL, catalog.PrivCreate|catalog.PrivUsage) {
			out.add("catalog_name", s.Database.Name, "schema_name", sc.Name, "schema_owner", s.roleName(sc.Owner))
		}
	}
}

func infoTables(s *Snapshot, out *rows) {
	s.objects()
	add := func(schema catalog.OID, name, kind string, insertable bool) {
		var commit any
		if kind == "LOCAL TEMPORARY" {
			commit = "PRESERVE"
		}
		out.add("table_catalog", s.Database.Name, "table_schema", s.schemaName(schema), "table_name", name, "table_type", kind,
			"is_insertable_into", yesNo(insertable), "is_typed", "NO", "commit_action", commit)
	}
	typed := func(t *catalog.Table) {
		add(t.Schema, t.Name, "BASE TABLE", true)
		row, of := out.list[len(out.list)-1], s.Catalog.UserType(t.OfType)
		for column, value := range map[string]string{"is_typed": "YES", "user_defined_type_catalog": s.Database.Name, "user_defined_type_schema": s.schemaName(of.Schema), "user_defined_type_name": of.Name} {
			row[out.r.columns[column]] = types.String(value)
		}
	}
	for _, t := range s.once.tables {
		switch {
		case t.Query != nil, !s.usableTable(t): // the standard has no materialised views
		case t.Temporary:
			add(t.Schema, t.Name, "LOCAL TEMPORARY", true)
		case t.OfType != 0:
			typed(t)
		case t.Server != 0:
			add(t.Schema, t.Name, "FOREIGN", false)
		default:
			add(t.Schema, t.Name, "BASE TABLE", true)
		}
	}
	for _, v := range s.once.views {
		if s.usable(v.Owner, v.ACL, catalog.PrivAllTable) {
			add(v.Schema, v.Name, "VIEW", s.changes(v, false, nil)&changesInsert != 0)
		}
	}
	for _, v := range s.virtuals() {
		if r := byOID[v.OID]; r != nil && r.kind == 'r' {
			add(v.Schema, v.Name, "BASE TABLE", false)
		} else {
			add(v.Schema, v.Name, "VIEW", false)
		}
	}
}

func infoViews(s *Snapshot, out *rows) {
	s.objects()
	add := func(schema catalog.OID, name string, definition any, check string, updatable, insertable bool, v *catalog.View) {
		out.add("table_catalog", s.Database.Name, "table_schema", s.schemaName(schema), "table_name", name, "view_definition", definition, "check_option", check,
			"is_updatable", yesNo(updatable), "is_insertable_into", yesNo(insertable), "is_trigger_updatable", yesNo(insteadOf(v, catalog.TriggerUpdate)), "is_trigger_deletable", yesNo(insteadOf(v, catalog.TriggerDelete)), "is_trigger_insertable_into", yesNo(insteadOf(v, catalog.TriggerInsert)))
	}
	for _, v := range s.once.views {
		if !s.usable(v.Owner, v.ACL, catalog.PrivAllTable) {
			continue
		}
		var definition any
		if s.Catalog.OwnedBy(s.Role.OID, v.Owner) {
			definition = (&Reader{Snapshot: s, Env: s.env()}).viewDefinition(v, false)
		}
		can := s.changes(v, false, nil)
		add(v.Schema, v.Name, definition, strings.ToUpper(cmp.Or(v.Option("check_option"), "NONE")), can&(changesUpdate|changesDelete) == changesUpdate|changesDelete, can&changesInsert != 0, v)
	}
	for _, v := range s.virtuals() {
		if r := byOID[v.OID]; r == nil || r.kind == 'v' {
			add(v.Schema, v.Name, nil, "NONE", false, false, &catalog.View{})
		}
	}
}

func infoSequences(s *Snapshot, out *rows) {
	s.objects()
	for _, q := range s.once.sequences {
		if t := s.Catalog.Table(q.OwnerTable); t != nil {
			if at := t.Ordinal(q.OwnerColumn); at >= 0 && t.Columns[at].Identity != 0 {
				continue // the standard has no name for an identity column's sequence
			}
		}
		if !s.usable(q.Owner, q.ACL, catalog.PrivSelect|catalog.PrivUpdate|catalog.PrivUsage) {
			continue
		}
		bits := map[catalog.OID]int{types.Int2.OID: 16, types.Int4.OID: 32, types.Int8.OID: 64}[q.Type.OID]
		out.add("sequence_catalog", s.Database.Name, "sequence_schema", s.schemaName(q.Schema), "sequence_name", q.Name, "data_type", q.Type.SQLName,
			"numeric_precision", bits, "numeric_precision_radix", 2, "numeric_scale", 0, "start_value", decimal(q.Start), "minimum_value", decimal(q.Min),
			"maximum_value", decimal(q.Max), "increment", decimal(q.Increment), "cycle_option", yesNo(q.Cycle))
	}
}

func infoEnabledRoles(s *Snapshot, out *rows) {
	for _, r := range s.roles() {
		if s.Catalog.HasPrivilegesOf(s.Role.OID, r.OID) {
			out.add("role_name", r.Name)
		}
	}
}

func infoApplicableRoles(s *Snapshot, out *rows) {
	for _, oid := range s.Catalog.Roles(s.Role.OID) {
		r := s.Catalog.RoleByOID(oid)
		if r == nil {
			continue
		}
		for parent, admin := range r.MemberOf {
			out.add("grantee", r.Name, "role_name", s.roleName(parent), "is_grantable", yesNo(admin))
		}
	}
}
