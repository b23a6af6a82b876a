package catalog

import (
	"cmp"
	"encoding/json"
	"slices"
)

// ACLItem is one entry of an ACL: what one role has been given by another.
type ACLItem struct {
	Grantee    OID // RolePublic for everybody
	Grantor    OID
	Privileges Privileges
}

// ACL says who may do what with an object, in the order in which it was given; there is one
// item at most for a grantee and a grantor. nil means what an object of its kind has as
// long as nothing is granted or revoked: the owner everything, and what PUBLIC has of it.
// An empty one means that nobody has anything. Its items are not changed in place.
type ACL []ACLItem

// ObjectACL is the list of an object of which the owner has all privileges, and PUBLIC some.
func ObjectACL(owner OID, all, public Privileges) ACL {
	acl := ACL{}
	if public != 0 {
		acl = append(acl, ACLItem{RolePublic, owner, public})
	}
	if all != 0 {
		acl = append(acl, ACLItem{owner, owner, all})
	}
	return acl
}

// Of gives what a role has been given itself, by anybody.
func (a ACL) Of(grantee OID) (p Privileges) {
	for _, it := range a {
		if it.Grantee == grantee {
			p |= it.Privileges
		}
	}
	return p
}

// Mentions says whether a role has been given something, or has given it.
func (a ACL) Mentions(role OID) bool {
	return slices.ContainsFunc(a, func(it ACLItem) bool { return it.Grantee == role || it.Grantor == role })
}

// Without is the list without what some roles have been given.
func (a ACL) Without(grantees []OID) ACL {
	out := ACL{}
	for _, it := range a {
		if !slices.Contains(grantees, it.Grantee) {
			out = append(out, it)
		}
	}
	return out
}

// OfColumn is the list as that of a column, on which nobody has anything from the start.
func (a ACL) OfColumn() ACL {
	if a == nil {
		return ACL{}
	}
	return a
}

// Moved is the list of an object that has got another owner, who takes the place of the
// former one.
func (a ACL) Moved(from, to OID) ACL {
	if a == nil || from == to {
		return a
	}
	out := ACL{}
	for _, it := range a {
		if it.Grantee == from {
			it.Grantee = to
		}
		if it.Grantor == from {
			it.Grantor = to
		}
		out = out.with(it)
	}
	return out
}

// And is the list of what two lists give.
func (a ACL) And(b ACL) ACL {
	for _, it := range b {
		a = a.with(it)
	}
	return a
}

// with is the list with an item more, which adds to one of the same grantee and grantor.
func (a ACL) with(item ACLItem) ACL {
	for i, it := range a {
		if it.Grantee == item.Grantee && it.Grantor == item.Grantor {
			out := slices.Clone(a)
			out[i].Privileges |= item.Privileges
			return out
		}
	}
	return append(slices.Clip(a), item)
}

// sorted is the list by grantee and grantor, PUBLIC first.
func (a ACL) sorted() ACL {
	return slices.SortedFunc(slices.Values(a), func(x, y ACLItem) int {
		return cmp.Or(cmp.Compare(x.Grantee, y.Grantee), cmp.Compare(x.Grantor, y.Grantor), cmp.Compare(x.Privileges, y.Privileges))
	})
}

// same says whether two lists give the same.
func (a ACL) same(b ACL) bool { return slices.Equal(a.sorted(), b.sorted()) }

// MarshalJSON writes the items as [grantee, grantor, privileges].
func (a ACL) MarshalJSON() ([]byte, error) {
	if a == nil {
		return []byte("null"), nil
	}
	list := [][3]uint32{}
	for _, it := range a {
		list = append(list, [3]uint32{uint32(it.Grantee), uint32(it.Grantor), uint32(it.Privileges)})
	}
	return json.Marshal(list)
}

// UnmarshalJSON reads that, and what was stored when grantors were not kept: an object
// of the grantees' privileges. The items of that have no grantor until Settled.
func (a *ACL) UnmarshalJSON(b []byte) error {
	*a = nil
	if len(b) > 0 && b[0] == '{' {
		var old map[OID]Privileges
		if err := json.Unmarshal(b, &old); err != nil {
			return err
		}
		for grantee, p := range old {
			*a = append(*a, ACLItem{Grantee: grantee, Privileges: p})
		}
		*a = a.sorted()
		return nil
	}
	var list [][3]uint32
	if err := json.Unmarshal(b, &list); err != nil || list == nil {
		return err
	}
	*a = ACL{}
	for _, it := range list {
		*a = append(*a, ACLItem{OID(it[0]), OID(it[1]), Privileges(it[2])})
	}
	return nil
}

// settled is a list that was stored without grantors as it was meant: the owner has given
// all of it, and had all privileges himself, but on a column. PUBLIC comes first where it
// has some from the start, and last elsewhere.
func (a ACL) settled(owner OID, all, public Privileges, column bool) ACL {
	if !slices.ContainsFunc(a, func(it ACLItem) bool { return it.Grantor == 0 }) {
		return a
	}
	var everybody, own, others ACL
	if !column {
		own = ACL{{owner, owner, all}}
	}
	for _, it := range a {
		it.Grantor = owner
		it.Privileges &= all | all.GrantOption()
		switch {
		case it.Privileges == 0 || it.Grantee == owner && !column:
		case it.Grantee == RolePublic:
			everybody = ACL{it}
		default:
			others = append(others, it)
		}
	}
	if public != 0 {
		return slices.Concat(everybody, own, others)
	}
	return slices.Concat(own, others, everybody)
}

// Settled is the list of a large object as SettleACL makes it.
func (a ACL) Settled(owner OID) ACL { return a.settled(owner, PrivSelect|PrivUpdate, 0, false) }

// SettleACL brings the lists of an object that was stored when grantors were not kept into
// the form of today. The object is changed in place.
func SettleACL(o Object) {
	all, public := ObjectPrivileges(o)
	columns := func(owner OID, list []*Column) {
		for _, c := range list {
			c.ACL = c.ACL.settled(owner, PrivAllColumn, 0, true)
		}
	}
	switch o := o.(type) {
	case Defined:
		h := o.Head()
		h.ACL = h.ACL.settled(h.Owner, all, public, false)
	case *Table:
		o.ACL = o.ACL.settled(o.Owner, all, public, false)
		columns(o.Owner, o.Columns)
	case *View:
		o.ACL = o.ACL.settled(o.Owner, all, public, false)
		columns(o.Owner, o.Columns)
	case *Sequence:
		o.ACL = o.ACL.settled(o.Owner, all, public, false)
	case *Schema:
		o.ACL = o.ACL.settled(o.Owner, all, public, false)
	case *Routine:
		o.ACL = o.ACL.settled(o.Owner, all, public, false)
	case *Database:
		o.ACL = o.ACL.settled(o.Owner, all, public, false)
	case *UserType:
		o.ACL = o.ACL.settled(o.Owner, all, public, false)
	case *Language:
		o.ACL = o.ACL.settled(RolePostgres, all, public, false)
	case *Tablespace:
		o.ACL = o.ACL.settled(RolePostgres, all, public, false)
	case *DefaultACL:
		o.ACL = o.ACL.settled(o.Role, AllPrivileges(o.Kind), 0, o.Schema != 0).sorted()
	}
}

// ObjectPrivileges gives the privileges that an object can have, and those that PUBLIC has
// from the start.
func ObjectPrivileges(o Object) (all, public Privileges) {
	switch o.(type) {
	case *Table, *View:
		return PrivAllTable, 0
	case *Sequence:
		return AllPrivileges('S'), 0
	case *Schema:
		return AllPrivileges('n'), 0
	case *Routine:
		return PrivExecute, PrivExecute
	case *Database:
		return AllPrivileges('d'), PrivConnect | PrivTemporary
	case *UserType, *Language:
		return PrivUsage, PrivUsage
	case *Tablespace:
		return PrivCreate, 0
	}
	return PrivUsage, 0
}
