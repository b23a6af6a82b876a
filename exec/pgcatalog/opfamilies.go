package pgcatalog

import "github.com/kalamsql/kalamsql/sql/catalog"

// The operator classes and families that users have made, and conversions.

func init() {
	add := find("pg_catalog.pg_opclass").make
	find("pg_catalog.pg_opclass").make = nil
	makes("pg_opclass", func(s *Snapshot, out *rows) {
		if add != nil {
			add(s, out)
		}
		for _, c := range definedOf[*catalog.UserClass](s) {
			out.add("oid", c.OID, "opcmethod", c.Method, "opcname", c.Name, "opcnamespace", c.Within, "opcowner", c.Owner, "opcfamily", c.Family,
				"opcintype", c.Input.OID, "opcdefault", c.Default, "opckeytype", c.Key)
		}
	})
	makes("pg_opfamily", func(s *Snapshot, out *rows) {
		for _, f := range definedOf[*catalog.OperatorFamily](s) {
			out.add("oid", f.OID, "opfmethod", f.Method, "opfname", f.Name, "opfnamespace", f.Within, "opfowner", f.Owner)
		}
	})
	makes("pg_amop", func(s *Snapshot, out *rows) {
		s.members(func(family, method catalog.OID, m *catalog.FamilyMembers) {
			for _, o := range m.Operators {
				purpose := byte('s')
				if o.Sort != 0 {
					purpose = 'o'
				}
				out.add("oid", o.OID, "amopfamily", family, "amoplefttype", o.Left, "amoprighttype", o.Right, "amopstrategy", o.Strategy, "amoppurpose", purpose,
					"amopopr", o.Operator, "amopmethod", method, "amopsortfamily", o.Sort)
			}
		})
	})
	makes("pg_amproc", func(s *Snapshot, out *rows) {
		s.members(func(family, _ catalog.OID, m *catalog.FamilyMembers) {
			for _, f := range m.Functions {
				out.add("oid", f.OID, "amprocfamily", family, "amproclefttype", f.Left, "amprocrighttype", f.Right, "amprocnum", f.Number, "amproc", f.Function)
			}
		})
	})
	makes("pg_conversion", func(s *Snapshot, out *rows) {
		for _, c := range definedOf[*catalog.Conversion](s) {
			out.add("oid", c.OID, "conname", c.Name, "connamespace", c.Within, "conowner", c.Owner, "conforencoding", c.From, "contoencoding", c.To, "conproc", c.Function, "condefault", c.Default)
		}
	})
}

// members calls yield with what each family and class has.
func (s *Snapshot) members(yield func(family, method catalog.OID, m *catalog.FamilyMembers)) {
	for _, f := range definedOf[*catalog.OperatorFamily](s) {
		yield(f.OID, f.Method, &f.FamilyMembers)
	}
	for _, c := range definedOf[*catalog.UserClass](s) {
		yield(c.Family, c.Method, &c.FamilyMembers)
	}
}

// familyDepends adds pg_depend's rows about them.
func (s *Snapshot) familyDepends(on edge) {
	if s.part == ofObject {
		return
	}
	for _, c := range definedOf[*catalog.UserClass](s) {
		on(classOpclass, c.OID, classNamespace, c.Within, 0, 'n')
		on(classOpclass, c.OID, 2753, c.Family, 0, 'a')
		for _, o := range c.Operators {
			on(2602, o.OID, classOpclass, c.OID, 0, 'i')
		}
		for _, f := range c.Functions {
			on(2603, f.OID, classOpclass, c.OID, 0, 'i')
		}
	}
	for _, f := range definedOf[*catalog.OperatorFamily](s) {
		on(2753, f.OID, classNamespace, f.Within, 0, 'n')
		for _, o := range f.Operators {
			on(2602, o.OID, 2753, f.OID, 0, 'a')
		}
		for _, p := range f.Functions {
			on(2603, p.OID, 2753, f.OID, 0, 'a')
		}
	}
	for _, c := range definedOf[*catalog.Conversion](s) {
		on(2607, c.OID, classNamespace, c.Within, 0, 'n')
	}
}
