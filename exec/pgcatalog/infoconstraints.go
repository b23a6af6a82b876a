package pgcatalog

import (
	"fmt"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
)

// information_schema's views of constraints. NOT NULL counts as a CHECK there,
// under a name made of OIDs.

func init() {
	makesParts("information_schema.table_constraints", infoTableConstraints)
	makesParts("information_schema.key_column_usage", infoKeyColumns)
	makesParts("information_schema.constraint_column_usage", infoConstraintColumns)
	makesParts("information_schema.constraint_table_usage", infoConstraintTables)
	makesParts("information_schema.referential_constraints", infoReferential)
	makesParts("information_schema.check_constraints", infoChecks)
}

// constraint is one constraint as information_schema sees it.
type constraint struct {
	table *catalog.Table
	name  string
	kind  string
	index *catalog.Index      // of PRIMARY KEY and UNIQUE
	fk    *catalog.ForeignKey // of FOREIGN KEY
	check string              // of CHECK: the clause
	reads []int16             // columns a CHECK reads
}

// constraints lists the constraints of the tables that pass may.
func (s *Snapshot) constraints(may func(*catalog.Table) bool) []constraint {
	s.objects()
	var out []constraint
	for _, t := range s.once.tables {
		if !may(t) {
			continue
		}
		for _, i := range t.Indexes {
			switch {
			case i.IsPrimary():
				out = append(out, constraint{table: t, name: i.Name, kind: "PRIMARY KEY", index: i})
			case i.Constraint && i.Exclusion == nil:
				out = append(out, constraint{table: t, name: i.Name, kind: "UNIQUE", index: i})
			}
		}
		for _, k := range t.Foreign {
			out = append(out, constraint{table: t, name: k.Name, kind: "FOREIGN KEY", fk: k})
		}
		for _, k := range t.Checks {
			c := constraint{table: t, name: k.Name, kind: "CHECK", check: "(" + s.expression(t, k.Expr, nil) + ")"}
			for _, num := range s.read(t, k.Expr) {
				c.reads = append(c.reads, int16(num))
			}
			out = append(out, c)
		}
		for _, c := range t.Columns {
			if c.NotNull {
				out = append(out, constraint{table: t, name: fmt.Sprintf("%d_%d_%d_not_null", t.Schema, t.OID, c.Num), kind: "CHECK", check: c.Name + " IS NOT NULL"})
			}
		}
	}
	return out
}

func (s *Snapshot) owned(t *catalog.Table) bool { return s.Catalog.OwnedBy(s.Role.OID, t.Owner) }

func infoTableConstraints(s *Snapshot, out *rows) {
	const changing = catalog.PrivAllTable &^ catalog.PrivSelect
	may := func(t *catalog.Table) bool { return s.usable(t.Owner, t.ACL, changing) }
	for _, c := range s.constraints(may) {
		var distinct any
		if c.kind == "UNIQUE" {
			distinct = yesNo(!c.index.NullsNotDistinct)
		}
		deferrable := c.fk != nil && c.fk.Deferrable || c.index != nil && c.index.Deferrable
		deferred := c.fk != nil && c.fk.InitiallyDeferred || c.index != nil && c.index.InitiallyDeferred
		schema := s.schemaName(c.table.Schema)
		out.add("constraint_catalog", s.Database.Name, "constraint_schema", schema, "constraint_name", c.name, "table_catalog", s.Database.Name, "table_schema", schema,
			"table_name", c.table.Name, "constraint_type", c.kind, "is_deferrable", yesNo(deferrable),
			"initially_deferred", yesNo(deferred), "enforced", "YES", "nulls_distinct", distinct)
	}
}

func infoKeyColumns(s *Snapshot, out *rows) {
	for _, c := range s.constraints(s.usableTable) {
		var columns []int16
		position := func(int) any { return nil }
		switch {
		case c.index != nil:
			for _, k := range c.index.Keys {
				columns = append(columns, k.Column)
			}
		case c.fk != nil:
			columns = c.fk.Columns
			var to *catalog.Index
			if t := s.Catalog.Table(c.fk.References); t != nil {
				to = referencedIndex(t, c.fk)
			}
			position = func(i int) any {
				if to != nil {
					for at, k := range to.Keys {
						if k.Column == c.fk.RefColumns[i] {
							return at + 1
						}
					}
				}
				return nil
			}
		}
		schema := s.schemaName(c.table.Schema)
		for i, num := range columns {
			if at := c.table.Ordinal(num); at >= 0 {
				out.add("constraint_catalog", s.Database.Name, "constraint_schema", schema, "constraint_name", c.name, "table_catalog", s.Database.Name,
					"table_schema", schema, "table_name", c.table.Name, "column_name", c.table.Columns[at].Name, "ordinal_position", i+1, "position_in_unique_constraint", position(i))
			}
		}
	}
}

func infoConstraintColumns(s *Snapshot, out *rows) {
	for _, c := range s.constraints(func(*catalog.Table) bool { return true }) {
		t, columns := c.table, c.reads
		switch {
		case c.index != nil:
			for _, k := range c.index.Keys {
				columns = append(columns, k.Column)
			}
		case c.fk != nil:
			t, columns = s.Catalog.Table(c.fk.References), c.fk.RefColumns
		}
		if t == nil || !s.owned(t) {
			continue
		}
		for _, num := range columns {
			if at := t.Ordinal(num); at >= 0 {
				out.add("table_catalog", s.Database.Name, "table_schema", s.schemaName(t.Schema), "table_name", t.Name, "column_name", t.Columns[at].Name,
					"constraint_catalog", s.Database.Name, "constraint_schema", s.schemaName(c.table.Schema), "constraint_name", c.name)
			}
		}
	}
}

func infoConstraintTables(s *Snapshot, out *rows) {
	for _, c := range s.constraints(func(*catalog.Table) bool { return true }) {
		t := c.table
		switch {
		case c.fk != nil:
			t = s.Catalog.Table(c.fk.References)
		case c.index == nil:
			continue
		}
		if t == nil || !s.owned(t) {
			continue
		}
		out.add("table_catalog", s.Database.Name, "table_schema", s.schemaName(t.Schema), "table_name", t.Name,
			"constraint_catalog", s.Database.Name, "constraint_schema", s.schemaName(c.table.Schema), "constraint_name", c.name)
	}
}

var (
	infoActions = map[byte]string{0: "NO ACTION", 'a': "NO ACTION", 'r': "RESTRICT", 'c': "CASCADE", 'n': "SET NULL", 'd': "SET DEFAULT"}
	infoMatches = map[byte]string{0: "NONE", 's': "NONE", 'f': "FULL", 'p': "PARTIAL"}
)

func infoReferential(s *Snapshot, out *rows) {
	for _, c := range s.constraints(s.usableTable) {
		if c.fk == nil {
			continue
		}
		pairs := []any{"constraint_catalog", s.Database.Name, "constraint_schema", s.schemaName(c.table.Schema), "constraint_name", c.name,
			"match_option", infoMatches[c.fk.Match], "update_rule", infoActions[c.fk.OnUpdate], "delete_rule", infoActions[c.fk.OnDelete]}
		if to := s.Catalog.Table(c.fk.References); to != nil {
			if i := referencedIndex(to, c.fk); i != nil {
				pairs = append(pairs, "unique_constraint_catalog", s.Database.Name, "unique_constraint_schema", s.schemaName(to.Schema), "unique_constraint_name", i.Name)
			}
		}
		out.add(pairs...)
	}
}

func infoChecks(s *Snapshot, out *rows) {
	for _, c := range s.constraints(s.owned) {
		if c.kind == "CHECK" {
			out.add("constraint_catalog", s.Database.Name, "constraint_schema", s.schemaName(c.table.Schema), "constraint_name", c.name, "check_clause", c.check)
		}
	}
	for _, d := range s.once.types {
		if !s.Catalog.OwnedBy(s.Role.OID, d.Owner) {
			continue
		}
		for _, k := range d.Checks {
			out.add("constraint_catalog", s.Database.Name, "constraint_schema", s.schemaName(d.Schema), "constraint_name", k.Name, "check_clause", "("+s.domainCheck(d, k.Expr, expr.Style{})+")")
		}
	}
}
