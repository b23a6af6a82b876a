package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_constraint, and what constraints look like in CREATE TABLE.

func init() { makesParts("pg_constraint", constraintRows) }

func constraintRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.types {
		for _, k := range t.Checks {
			out.add("oid", k.OID, "conname", k.Name, "connamespace", t.Schema, "contype", byte('c'), "convalidated", !k.NotValid, "contypid", t.OID,
				"confupdtype", byte(' '), "confdeltype", byte(' '), "confmatchtype", byte(' '), "conislocal", true, "conbin", s.domainCheck(t, k.Expr, expr.Style{}))
		}
	}
	for _, t := range s.once.tables {
		for _, k := range t.Checks {
			out.add("oid", k.OID, "conname", k.Name, "connamespace", t.Schema, "contype", byte('c'), "convalidated", !k.NotValid, "conrelid", t.OID,
				"confupdtype", byte(' '), "confdeltype", byte(' '), "confmatchtype", byte(' '), "conislocal", !k.NotLocal, "coninhcount", k.InhCount, "connoinherit", k.NoInherit, "conkey", columnsRead(s, t, k.Expr), "conbin", s.expression(t, k.Expr, nil))
		}
		for _, index := range t.Indexes {
			if !index.Primary && !index.Constraint {
				continue
			}
			kind := byte('u')
			var operators any
			switch {
			case index.IsPrimary():
				kind = 'p'
			case index.Exclusion != nil:
				kind = 'x'
				list := make([]int64, len(index.Exclusion))
				for i, oid := range index.Exclusion {
					list[i] = int64(oid)
				}
				operators = array(types.Oid, list)
			}
			var keys []int64
			for _, k := range index.Keys {
				keys = append(keys, int64(k.Column))
			}
			out.add("oid", constraintOID(index), "conname", index.Name, "connamespace", t.Schema, "contype", kind, "condeferrable", index.Deferrable, "condeferred", index.InitiallyDeferred, "convalidated", true, "conrelid", t.OID, "conindid", index.OID,
				"confupdtype", byte(' '), "confdeltype", byte(' '), "confmatchtype", byte(' '), "conislocal", index.Parent == 0, "coninhcount", inheritedOnce(index.Parent), "conparentid", s.indexParent(index), "connoinherit", index.Parent == 0, "conkey", array(types.Int2, keys), "conexclop", operators)
		}
		for _, k := range t.Foreign {
			out.foreignKey(s, t, k)
		}
		for _, tr := range t.Triggers {
			out.triggerConstraint(t, tr)
		}
	}
}

// inheritedOnce is coninhcount of what is part of another.
func inheritedOnce(parent catalog.OID) int {
	if parent != 0 {
		return 1
	}
	return 0
}

// indexParent is the constraint that an index's is part of.
func (s *Snapshot) indexParent(i *catalog.Index) catalog.OID {
	if i.Parent == 0 {
		return 0
	}
	if _, up := s.Catalog.IndexByOID(i.Parent); up != nil && up.Constraint {
		return constraintOID(up)
	}
	return 0
}

// constraintOID is the OID of an index's constraint; the index's own in tables
// that were made before constraints had one.
func constraintOID(i *catalog.Index) catalog.OID {
	if i.ConstraintOID != 0 {
		return i.ConstraintOID
	}
	return i.OID
}

func (o *rows) foreignKey(s *Snapshot, t *catalog.Table, k *catalog.ForeignKey) {
	match := k.Match
	if match == 0 {
		match = 's'
	}
	var equals, keys, references []int64
	index := catalog.OID(0)
	if to := s.Catalog.Table(k.References); to != nil {
		if i := referencedIndex(to, k); i != nil {
			index = i.OID
		}
	}
	for i, c := range k.Columns {
		keys, references = append(keys, int64(c)), append(references, int64(k.RefColumns[i]))
		if at := t.Ordinal(c); at >= 0 {
			equals = append(equals, int64(equalityOperator(t.Columns[at].Type.Type)))
		}
	}
	setColumns := types.Null
	if k.OnDeleteColumns != nil {
		var nums []int64
		for _, c := range k.OnDeleteColumns {
			nums = append(nums, int64(c))
		}
		setColumns = array(types.Int2, nums)
	}
	o.add("oid", k.OID, "conname", k.Name, "connamespace", t.Schema, "contype", byte('f'), "condeferrable", k.Deferrable, "condeferred", k.InitiallyDeferred,
		"convalidated", !k.NotValid, "conrelid", t.OID, "conindid", index, "confrelid", k.References, "confupdtype", action(k.OnUpdate), "confdeltype", action(k.OnDelete), "confmatchtype", match,
		"conislocal", k.Parent == 0, "coninhcount", inheritedOnce(k.Parent), "conparentid", k.Parent, "connoinherit", t.Key == nil, "conkey", array(types.Int2, keys), "confkey", array(types.Int2, references),
		"confdelsetcols", setColumns, "conpfeqop", array(types.Oid, equals), "conppeqop", array(types.Oid, equals), "conffeqop", array(types.Oid, equals))
}

func action(a byte) byte {
	if a == 0 {
		return 'a'
	}
	return a
}

// referencedIndex finds the unique index that a foreign key references.
func referencedIndex(t *catalog.Table, k *catalog.ForeignKey) *catalog.Index { return t.Index(k.Index) }

func equalityOperator(t *types.Type) types.OID {
	if t == types.Varchar {
		t = types.Text
	}
	column := func() expr.Expr { return &expr.Column{T: t, Mod: types.NoTypmod} }
	if e, err := expr.Compare("=", column(), column(), -1); err == nil {
		if c, ok := e.(*expr.Call); ok && c.Op != nil {
			return c.Op.OID
		}
	}
	return 0
}

// columnsRead lists the columns that an expression reads; NULL for none.
func columnsRead(s *Snapshot, t *catalog.Table, stored string) types.Datum {
	bound := s.bind(t, stored)
	seen := map[int]bool{}
	var list []int64
	if bound != nil {
		expr.Walk(bound, func(e expr.Expr) bool {
			if c, ok := e.(*expr.Column); ok && !seen[c.Index] && c.Index < len(t.Columns) {
				seen[c.Index] = true
				list = append(list, int64(t.Columns[c.Index].Num))
			}
			return true
		})
	}
	if list == nil {
		return types.Null
	}
	return array(types.Int2, list)
}

// constraintDefinition is pg_get_constraintdef(); false if there is no such
// constraint.
func (r *Reader) constraintDefinition(oid catalog.OID, pretty bool) (string, bool) {
	rel, row := r.one("pg_constraint", oid)
	if row == nil {
		return "", false
	}
	t := r.Catalog.Table(catalog.OID(row[rel.columns["conrelid"]].Int()))
	if t == nil {
		return r.domainConstraint(catalog.OID(row[rel.columns["contypid"]].Int()), oid, pretty)
	}
	for _, tr := range t.Triggers {
		if tr.ConstraintOID == oid {
			return "TRIGGER" + deferral(tr.Deferrable, tr.InitiallyDeferred), true
		}
	}
	for _, k := range t.Checks {
		if k.OID == oid {
			def := "CHECK (" + r.reprint(t, k.Expr, pretty) + ")"
			if k.NoInherit {
				def += " NO INHERIT"
			}
			if k.NotValid {
				def += " NOT VALID"
			}
			return def, true
		}
	}
	for _, i := range t.Indexes {
		if constraintOID(i) != oid {
			continue
		}
		if i.Exclusion != nil {
			return r.exclusionDefinition(t, i, pretty), true
		}
		def := "UNIQUE "
		if i.IsPrimary() {
			def = "PRIMARY KEY "
		} else if i.NullsNotDistinct {
			def += "NULLS NOT DISTINCT "
		}
		var keys []int16
		for _, k := range i.Keys {
			keys = append(keys, k.Column)
		}
		def += columnList(t, keys)
		if len(i.Include) > 0 {
			def += " INCLUDE " + columnList(t, i.Include)
		}
		return def + deferral(i.Deferrable, i.InitiallyDeferred), true
	}
	for _, k := range t.Foreign {
		if k.OID == oid {
			return r.foreignKeyDefinition(t, k), true
		}
	}
	return "", false
}

// columnList is (a, b).
func columnList(t *catalog.Table, nums []int16) string {
	names := make([]string, 0, len(nums))
	for _, n := range nums {
		if at := t.Ordinal(n); at >= 0 {
			names = append(names, expr.QuoteIdent(t.Columns[at].Name))
		}
	}
	return "(" + strings.Join(names, ", ") + ")"
}

var actions = map[byte]string{'r': "RESTRICT", 'c': "CASCADE", 'n': "SET NULL", 'd': "SET DEFAULT"}

func (r *Reader) foreignKeyDefinition(t *catalog.Table, k *catalog.ForeignKey) string {
	def := "FOREIGN KEY " + columnList(t, k.Columns) + " REFERENCES "
	if to := r.Catalog.Table(k.References); to != nil {
		def += r.relationName(to) + columnList(to, k.RefColumns)
	}
	if k.Match == 'f' {
		def += " MATCH FULL"
	}
	if a := actions[k.OnUpdate]; a != "" {
		def += " ON UPDATE " + a
	}
	if a := actions[k.OnDelete]; a != "" {
		def += " ON DELETE " + a
		if k.OnDeleteColumns != nil {
			def += " " + columnList(t, k.OnDeleteColumns)
		}
	}
	def += deferral(k.Deferrable, k.InitiallyDeferred)
	if k.NotValid {
		def += " NOT VALID"
	}
	return def
}

// deferral writes when a constraint is checked, where that is not at once.
func deferral(deferrable, initially bool) (text string) {
	if deferrable {
		text = " DEFERRABLE"
	}
	if initially {
		text += " INITIALLY DEFERRED"
	}
	return text
}
