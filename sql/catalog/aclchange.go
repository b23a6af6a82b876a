package catalog

import (
	"math/bits"
	"slices"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// ACLChange is what a GRANT or REVOKE does to the list of an object.
type ACLChange struct {
	Grant bool
	// GrantOption: the right to grant them is given too, or it alone is taken.
	GrantOption bool
	// Cascade takes what depends on what is taken; without it that is 2BP01.
	Cascade    bool
	Privileges Privileges
	Grantor    OID
	Owner      OID
}

// Grantor finds the role as which a role best gives or takes privileges on an object, and
// which of them it may: itself, another whose privileges it has, or the owner.
func (c *Catalog) Grantor(role, owner OID, acl ACL, privileges Privileges) (OID, Privileges) {
	if c.OwnedBy(role, owner) {
		return owner, privileges
	}
	best, may := role, Privileges(0)
	for _, r := range c.Roles(role) {
		have := acl.Of(r) >> 16 & privileges
		if have == privileges {
			return r, have
		}
		if bits.OnesCount32(uint32(have)) > bits.OnesCount32(uint32(may)) {
			best, may = r, have
		}
	}
	return best, may
}

// AnyGranted says whether a role has any of some privileges on an object, or the right to
// grant one.
func (c *Catalog) AnyGranted(role, owner OID, acl ACL, any Privileges) bool {
	return c.OwnedBy(role, owner) || c.mask(role, owner, acl)&(any|any.GrantOption()) != 0
}

// Changed is a list, which must not be nil, after a GRANT to or a REVOKE from roles.
func (c *Catalog) Changed(acl ACL, grantees []OID, ch ACLChange) (ACL, error) {
	var err error
	for _, g := range grantees {
		if g == RolePublic && ch.Grant && ch.GrantOption {
			return nil, sqlerr.New(sqlerr.InvalidGrantOperation, "grant options can only be granted to roles")
		}
		p := Privileges(0)
		if ch.Grant || !ch.GrantOption {
			p |= ch.Privileges
		}
		if !ch.Grant || ch.GrantOption {
			p |= ch.Privileges.GrantOption()
		}
		if acl, err = c.updated(acl, ACLItem{g, ch.Grantor, p}, ch.Grant, ch.Owner, ch.Cascade); err != nil {
			return nil, err
		}
	}
	return acl, nil
}

const grantOptions = ^Privileges(0) >> 16 << 16

// updated is a list with an item's privileges more or fewer.
func (c *Catalog) updated(acl ACL, item ACLItem, add bool, owner OID, cascade bool) (ACL, error) {
	if add && item.Privileges&grantOptions != 0 {
		if err := c.circular(acl, item, owner); err != nil {
			return nil, err
		}
	}
	acl = slices.Clone(acl)
	at := slices.IndexFunc(acl, func(it ACLItem) bool { return it.Grantee == item.Grantee && it.Grantor == item.Grantor })
	if at < 0 {
		at = len(acl)
		acl = append(acl, ACLItem{Grantee: item.Grantee, Grantor: item.Grantor})
	}
	before := acl[at].Privileges
	if add {
		acl[at].Privileges |= item.Privileges
	} else {
		acl[at].Privileges &^= item.Privileges
	}
	after := acl[at].Privileges
	if after == 0 {
		acl = slices.Delete(acl, at, at+1)
	}
	if lost := before &^ after & grantOptions; lost != 0 {
		return c.abandoned(acl, item.Grantee, lost>>16, owner, cascade)
	}
	return acl, nil
}

// abandoned takes what a role has granted without having the right to it any more.
func (c *Catalog) abandoned(acl ACL, grantor OID, privileges Privileges, owner OID, cascade bool) (ACL, error) {
	if grantor == owner {
		return acl, nil
	}
	if privileges &^= c.mask(grantor, owner, acl) >> 16; privileges == 0 {
		return acl, nil
	}
	for {
		at := slices.IndexFunc(acl, func(it ACLItem) bool { return it.Grantor == grantor && it.Privileges&privileges != 0 })
		if at < 0 {
			return acl, nil
		}
		if !cascade {
			return nil, sqlerr.New(sqlerr.DependentObjectsStillExist, "dependent privileges exist").WithHint("Use CASCADE to revoke them too.")
		}
		var err error
		if acl, err = c.updated(acl, ACLItem{acl[at].Grantee, grantor, privileges | privileges.GrantOption()}, false, owner, cascade); err != nil {
			return nil, err
		}
	}
}

// circular is the error of giving the right to grant to a role from which alone the
// grantor has it.
func (c *Catalog) circular(acl ACL, item ACLItem, owner OID) error {
	if item.Grantor == owner {
		return nil
	}
	for {
		at := slices.IndexFunc(acl, func(it ACLItem) bool { return it.Grantee == item.Grantee && it.Privileges&grantOptions != 0 })
		if at < 0 {
			break
		}
		var err error
		if acl, err = c.updated(acl, acl[at], false, owner, true); err != nil {
			return err
		}
	}
	if item.Privileges&grantOptions&^c.mask(item.Grantor, owner, acl) != 0 {
		return sqlerr.New(sqlerr.InvalidGrantOperation, "grant options cannot be granted back to your own grantor")
	}
	return nil
}
