package pgcatalog

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// AddressOf is the address of an object of the catalog; ok is false for one that pg_depend
// knows nothing of.
func AddressOf(o catalog.Object) (a Address, ok bool) {
	a.OID = o.ObjectOID()
	switch o := o.(type) {
	case catalog.Defined:
		a.Class = classOfDefined(o)
	case catalog.Relation:
		a.Class = classClass
	case *catalog.UserType:
		a.Class = classType
	case *catalog.Routine:
		a.Class = classProc
	case *catalog.Schema:
		a.Class = classNamespace
	case *catalog.Operator:
		a.Class = classOperator
	case *catalog.Cast:
		a.Class = 2605
	case *catalog.Collation:
		a.Class = classCollation
	case *catalog.Extension:
		a.Class = classExtension
	case *catalog.DefaultACL:
		a.Class = 826
	}
	return a, a.Class != 0
}

// PartsOf lists the addresses of what a relation or a type is made of: its columns first,
// then its types, defaults, constraints, indexes, triggers, policies and rules.
func PartsOf(o catalog.Object) (list []Address) {
	add := func(class, oid catalog.OID) {
		if oid != 0 {
			list = append(list, Address{Class: class, OID: oid})
		}
	}
	switch o := o.(type) {
	case *catalog.View:
		add(classType, rowTypeOID(o.OID))
		add(classType, rowArrayOID(o.OID))
		for _, t := range o.Triggers {
			add(classTrigger, t.OID)
		}
		for _, r := range o.Rules {
			add(classRewrite, r.OID)
		}
		add(classRewrite, ruleOID(o))
	case *catalog.UserType:
		add(classType, o.Array)
		for _, k := range o.Checks {
			add(classConstraint, k.OID)
		}
	case *catalog.Table:
		for _, c := range o.Columns {
			list = append(list, Address{classClass, o.OID, int(c.Num)})
		}
		add(classType, rowTypeOID(o.OID))
		add(classType, rowArrayOID(o.OID))
		for _, c := range o.Columns {
			if c.Default != "" && c.Identity == 0 {
				add(classAttrdef, attrdefOID(o.OID, int(c.Num)))
			}
		}
		for _, k := range o.Checks {
			add(classConstraint, k.OID)
		}
		for _, k := range o.Foreign {
			add(classConstraint, k.OID)
		}
		for _, i := range o.Indexes {
			if i.Constraint || i.Primary {
				add(classConstraint, constraintOID(i))
			}
			add(classClass, i.OID)
		}
		for _, t := range o.Triggers {
			add(classTrigger, t.OID)
		}
		for _, p := range o.Policies {
			add(classPolicy, p.OID)
		}
		for _, r := range o.Rules {
			add(classRewrite, r.OID)
		}
		for _, st := range o.Extended {
			add(classStatistics, st.OID)
		}
	}
	return list
}

// IndexAddress is the address of an index.
func IndexAddress(oid catalog.OID) Address { return Address{Class: classClass, OID: oid} }

// Value makes the value of a column, as rows of system relations have it: of a list that is
// nil, an empty one.
func Value(v any) types.Datum {
	if list, ok := v.([]string); ok && list == nil {
		v = []string{}
	}
	return datum(v)
}

// NormalPart says whether a part of a relation depends on another by what it says, and does
// not only belong to it: checks, policies and defaults that call a sequence.
func NormalPart(o catalog.Object, part Address) bool {
	t, ok := o.(*catalog.Table)
	if !ok {
		return false
	}
	switch part.Class {
	case classPolicy:
		return true
	case classConstraint:
		return slices.ContainsFunc(t.Checks, func(k *catalog.Check) bool { return k.OID == part.OID })
	case classAttrdef:
		return slices.ContainsFunc(t.Columns, func(c *catalog.Column) bool { return c.Sequence != 0 && attrdefOID(t.OID, int(c.Num)) == part.OID })
	}
	return false
}
