package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// information_schema's views of what is made of what: the elements of arrays,
// the tables of views.

func init() {
	makesParts("information_schema.element_types", infoElementTypes)
	makes("information_schema.view_table_usage", infoViewTables)
	makes("information_schema.view_column_usage", infoViewColumns)
}

// infoViewColumns lists the columns that views read, of the tables the role owns.
func infoViewColumns(s *Snapshot, out *rows) {
	s.objects()
	for _, v := range s.once.views {
		if v.Bound == nil {
			continue
		}
		for _, read := range v.Bound.Reads {
			rel, ok := s.Catalog.Get(read.Relation).(catalog.Relation)
			if !ok || !s.Catalog.OwnedBy(s.Role.OID, relationOwner(rel)) {
				continue
			}
			for _, c := range catalog.Columns(rel) {
				if c.Num == read.Num {
					out.add("view_catalog", s.Database.Name, "view_schema", s.schemaName(v.Schema), "view_name", v.Name,
						"table_catalog", s.Database.Name, "table_schema", s.schemaName(rel.Parent()), "table_name", rel.ObjectName(), "column_name", c.Name)
				}
			}
		}
	}
}

func relationOwner(r catalog.Relation) catalog.OID {
	switch r := r.(type) {
	case *catalog.Table:
		return r.Owner
	case *catalog.View:
		return r.Owner
	}
	return 0
}

// infoElementTypes lists the element types of the columns that are arrays.
func infoElementTypes(s *Snapshot, out *rows) {
	s.objects()
	columns := func(schema catalog.OID, name, kind string, list []*catalog.Column) {
		for _, c := range list {
			if !c.Type.IsArray() {
				continue
			}
			elem := c.Type.Elem
			id := decimal(int64(c.Num))
			out.add("object_catalog", s.Database.Name, "object_schema", s.schemaName(schema), "object_name", name, "object_type", kind, "collection_type_identifier", id,
				"data_type", dataType(elem), "udt_catalog", s.Database.Name, "udt_schema", typeSchema(elem), "udt_name", elem.Name, "dtd_identifier", "a"+id)
		}
	}
	for _, t := range s.once.tables {
		if t.Query == nil && s.usableTable(t) {
			columns(t.Schema, t.Name, "TABLE", t.Columns)
		}
	}
	for _, v := range s.once.views {
		if s.usable(v.Owner, v.ACL, catalog.PrivAllTable) {
			columns(v.Schema, v.Name, "TABLE", v.Columns)
		}
	}
}

// infoViewTables lists the tables that views read, of the tables the role owns.
func infoViewTables(s *Snapshot, out *rows) {
	s.objects()
	for _, v := range s.once.views {
		seen := map[types.OID]bool{}
		for _, used := range v.Uses {
			rel, ok := s.Catalog.Get(used).(catalog.Relation)
			if !ok || seen[used] {
				continue
			}
			seen[used] = true
			owner := catalog.OID(0)
			switch o := rel.(type) {
			case *catalog.Table:
				if o.Query != nil {
					continue
				}
				owner = o.Owner
			case *catalog.View:
				owner = o.Owner
			default:
				continue
			}
			if s.Catalog.OwnedBy(s.Role.OID, owner) {
				out.add("view_catalog", s.Database.Name, "view_schema", s.schemaName(v.Schema), "view_name", v.Name,
					"table_catalog", s.Database.Name, "table_schema", s.schemaName(rel.Parent()), "table_name", rel.ObjectName())
			}
		}
	}
}
