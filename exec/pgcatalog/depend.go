package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
)

// pg_depend: what would be dropped, or would refuse to be, with what.

func init() {
	makesParts("pg_depend", dependRows)
}

func dependRows(s *Snapshot, out *rows) {
	s.objects()
	// on says that an object depends on another's column (0: all of it).
	on := func(class, oid, refClass, refOID catalog.OID, column int, kind byte) {
		out.add("classid", class, "objid", oid, "refclassid", refClass, "refobjid", refOID, "refobjsubid", column, "deptype", kind)
	}
	s.extensionMembers(on)
	s.foreignDepends(on)
	s.publicationDepends(on)
	s.familyDepends(on)
	s.textSearchDepends(on)
	for _, t := range s.once.tables {
		on(classClass, t.OID, classNamespace, t.Schema, 0, 'n')
		on(classType, rowTypeOID(t.OID), classClass, t.OID, 0, 'i')
		s.inheritDepends(t, on)
		if t.OfType != 0 {
			on(classClass, t.OID, classType, t.OfType, 0, 'n')
		}
		for _, c := range t.Columns {
			if catalog.HoldsRows(c.Type.Type) {
				out.add("classid", classClass, "objid", t.OID, "objsubid", int(c.Num), "refclassid", classType, "refobjid", c.Type.OID, "deptype", byte('n'))
			}
			if c.Default == "" || c.Identity != 0 {
				continue
			}
			kind := byte('a')
			if c.Generated {
				kind = 'i'
			}
			on(classAttrdef, attrdefOID(t.OID, int(c.Num)), classClass, t.OID, int(c.Num), kind)
			if c.Sequence != 0 {
				on(classAttrdef, attrdefOID(t.OID, int(c.Num)), classClass, c.Sequence, 0, 'n')
			}
		}
		for _, p := range t.Policies {
			on(classPolicy, p.OID, classClass, t.OID, 0, 'a')
			s.dependUses(on, classPolicy, p.OID, p.Uses)
		}
		for _, k := range t.Checks {
			for _, num := range s.read(t, k.Expr) {
				on(classConstraint, k.OID, classClass, t.OID, num, 'a')
			}
		}
		for _, i := range t.Indexes {
			if i.Primary || i.Constraint {
				for _, k := range i.Keys {
					if k.Column == 0 {
						continue
					}
					on(classConstraint, constraintOID(i), classClass, t.OID, int(k.Column), 'a')
				}
				on(classClass, i.OID, classConstraint, constraintOID(i), 0, 'i')
				continue
			}
			for _, c := range s.indexColumns(t, i) {
				if c.num != 0 {
					on(classClass, i.OID, classClass, t.OID, int(c.num), 'a')
				} else if c.key != nil {
					for _, num := range s.read(t, c.key.Expr) {
						on(classClass, i.OID, classClass, t.OID, num, 'a')
					}
				}
			}
			if i.Predicate != "" {
				for _, num := range s.read(t, i.Predicate) {
					on(classClass, i.OID, classClass, t.OID, num, 'a')
				}
			}
		}
		for _, k := range t.Foreign {
			for _, c := range k.Columns {
				on(classConstraint, k.OID, classClass, t.OID, int(c), 'a')
			}
			for _, c := range k.RefColumns {
				on(classConstraint, k.OID, classClass, k.References, int(c), 'n')
			}
			if to := s.Catalog.Table(k.References); to != nil {
				if i := referencedIndex(to, k); i != nil {
					on(classConstraint, k.OID, classClass, i.OID, 0, 'n')
				}
			}
		}
	}
	for _, q := range s.once.sequences {
		on(classClass, q.OID, classNamespace, q.Schema, 0, 'n')
		if t := s.Catalog.Table(q.OwnerTable); t != nil {
			kind := byte('a')
			if at := t.Ordinal(q.OwnerColumn); at >= 0 && t.Columns[at].Identity != 0 {
				kind = 'i'
			}
			on(classClass, q.OID, classClass, t.OID, int(q.OwnerColumn), kind)
		}
	}
	for _, v := range s.once.views {
		on(classClass, v.OID, classNamespace, v.Schema, 0, 'n')
		on(classType, rowTypeOID(v.OID), classClass, v.OID, 0, 'i')
	}
	for _, v := range s.queries() {
		s.queryDepends(v, on)
	}
	for of, r := range s.rules() {
		on(classRewrite, r.OID, classClass, of.ObjectOID(), 0, 'a')
		s.boundDepends(r.OID, r.Bound, on)
	}
	s.typeDepends(on)
	s.triggerDepends(on)
	dependRoutines(s, on)
}

// queryDepends lists what the query of a view depends on: the columns that it
// reads, the relations that it reads no column of, and types.
func (s *Snapshot) queryDepends(v *catalog.View, on func(class, oid, refClass, refOID catalog.OID, column int, kind byte)) {
	rule := ruleOID(v)
	on(classRewrite, rule, classClass, v.OID, 0, 'i')
	on(classRewrite, rule, classClass, v.OID, 0, 'n')
	if v.Bound == nil {
		for _, used := range v.Uses {
			if _, ok := s.Catalog.Get(used).(catalog.Relation); ok {
				on(classRewrite, rule, classClass, used, 0, 'n')
			}
		}
		return
	}
	s.boundDepends(rule, v.Bound, on)
}

// boundDepends lists what the names in the text of a rule depend on.
func (s *Snapshot) boundDepends(rule catalog.OID, bound *catalog.BoundNames, on func(class, oid, refClass, refOID catalog.OID, column int, kind byte)) {
	for _, key := range bound.Keys {
		if _, i := s.Catalog.IndexByOID(key); i != nil {
			on(classRewrite, rule, classConstraint, constraintOID(i), 0, 'n')
		}
	}
	seen := map[catalog.OID]bool{}
	for _, r := range bound.Reads {
		seen[r.Relation] = true
		on(classRewrite, rule, classClass, r.Relation, int(r.Num), 'n')
	}
	for _, n := range bound.Names {
		if seen[n.OID] {
			continue
		}
		seen[n.OID] = true
		class := catalog.OID(classClass)
		if s.Catalog.UserType(n.OID) != nil {
			class = classType
		}
		on(classRewrite, rule, class, n.OID, 0, 'n')
	}
}

// read lists the numbers of the columns that a stored expression reads.
func (s *Snapshot) read(t *catalog.Table, stored string) []int {
	var out []int
	if d := columnsRead(s, t, stored); !d.IsNull() {
		for _, n := range d.Array().Elems {
			out = append(out, int(n.Int()))
		}
	}
	return out
}
