package ddl

import (
	"cmp"
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// ownersOf finds the roles of REASSIGN and DROP OWNED; what messages call what is
// done.
func (s *Session) ownersOf(roles []*ast.RoleSpec, doing, did string) (list []catalog.OID, err error) {
	for _, r := range roles {
		role, err := s.roleOf(r)
		if err != nil {
			return nil, err
		}
		if !s.Tx.Catalog().OwnedBy(s.Role.OID, role.OID) {
			return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to %s objects", doing)
		}
		list = append(list, role.OID)
	}
	if slices.Contains(list, catalog.RolePostgres) {
		return nil, sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot %s objects owned by role postgres because they are required by the database system", did)
	}
	return list, nil
}

// inDatabase says whether an object is one of the current database.
func (s *Session) inDatabase(o catalog.Object) bool {
	switch parent := s.Tx.Catalog().Get(o.Parent()).(type) {
	case *catalog.Database:
		return parent.OID == s.Env.Database
	case *catalog.Schema:
		return parent.Database == s.Env.Database
	}
	return false
}

// reassignOwned runs REASSIGN OWNED: what the roles own in the current database, and
// the databases that they own.
func (s *Session) reassignOwned(ctx context.Context, st *ast.ReassignOwnedStmt) error {
	roles, err := s.ownersOf(st.Roles, "reassign", "reassign ownership of")
	if err != nil {
		return err
	}
	to, err := s.roleOf(st.To)
	if err != nil {
		return err
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	if !edit.Catalog().OwnedBy(s.Role.OID, to.OID) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to reassign objects")
	}
	for _, o := range slices.Collect(edit.Catalog().All()) {
		owner, _, word := ownership(o)
		_, database := o.(*catalog.Database)
		if word == "" || !slices.Contains(roles, owner) || !database && !s.inDatabase(o) {
			continue
		}
		if acl := ownACL(o); acl != nil {
			o = withACL(o, acl.Moved(owner, to.OID))
		}
		s.Tx.PutObject(withOwner(movedColumns(o, owner, to.OID), to.OID))
	}
	return s.reassignLargeObjects(ctx, roles, to.OID)
}

// ownACL is an object's list as it is stored: nil for that of a function that
// nobody has changed.
func ownACL(o catalog.Object) catalog.ACL {
	switch o := o.(type) {
	case *catalog.Database:
		return o.ACL
	case *catalog.Routine:
		return o.ACL
	case *catalog.UserType:
		return o.ACL
	}
	_, acl, _ := ownership(o)
	return acl
}

// withOwner copies an object with another owner.
func withOwner(o catalog.Object, owner catalog.OID) catalog.Object {
	switch o := o.(type) {
	case catalog.Defined:
		c := o.Copy()
		c.Head().Owner = owner
		return c
	case *catalog.Table:
		c := o.Clone()
		c.Owner = owner
		return c
	case *catalog.View:
		c := *o
		c.Owner = owner
		return &c
	case *catalog.Sequence:
		c := *o
		c.Owner = owner
		return &c
	case *catalog.Schema:
		c := *o
		c.Owner = owner
		return &c
	case *catalog.Routine:
		c := *o
		c.Owner = owner
		return &c
	case *catalog.Operator:
		c := *o
		c.Owner = owner
		return &c
	case *catalog.UserType:
		c := *o
		c.Owner = owner
		return &c
	case *catalog.Extension:
		c := *o
		c.Owner = owner
		return &c
	case *catalog.Database:
		c := *o
		c.Owner = owner
		return &c
	}
	return o
}

// dropOwned runs DROP OWNED: what the roles own in the current database goes, and
// what they have been granted is taken from them. Databases stay.
func (s *Session) dropOwned(ctx context.Context, st *ast.DropOwnedStmt) error {
	roles, err := s.ownersOf(st.Roles, "drop", "drop")
	if err != nil {
		return err
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	var owned []catalog.Object
	objects := slices.SortedFunc(edit.Catalog().All(), func(a, b catalog.Object) int { return cmp.Compare(a.ObjectOID(), b.ObjectOID()) })
	for _, o := range objects {
		owner, _, word := ownership(o)
		if _, database := o.(*catalog.Database); word != "" && !database && slices.Contains(roles, owner) && s.inDatabase(o) {
			if r, ok := o.(*catalog.Routine); ok && (r.Extension != 0 || r.Constructs != 0) {
				continue // it goes with that
			}
			owned = append(owned, o)
			s.dropping = append(s.dropping, o.ObjectOID())
		}
	}
	for _, o := range owned {
		if t, ok := o.(*catalog.Table); ok {
			if err := s.idle(t, "DROP TABLE"); err != nil {
				return err
			}
		}
	}
	var list []dependent
	for _, o := range owned {
		list = append(list, s.dependentsOf(ctx, edit, o)...)
	}
	if err := s.settle(severalObjects, list, st.Cascade); err != nil {
		return err
	}
	for _, o := range owned {
		if err := s.remove(ctx, edit, o); err != nil {
			return err
		}
	}
	for _, o := range slices.Collect(s.Tx.Catalog().All()) {
		if err := s.forget(o, roles); err != nil {
			return err
		}
	}
	return s.dropOwnedLargeObjects(ctx, roles)
}

// forget takes from roles what an object grants them, as the target of a policy too;
// a policy for nobody else goes. What others have granted, they alone can take.
func (s *Session) forget(o catalog.Object, roles []catalog.OID) error {
	if o.Parent() != 0 && !s.inDatabase(o) {
		return nil
	}
	if d, ok := o.(*catalog.DefaultACL); ok {
		s.forgetDefaults(d, roles)
		return nil
	}
	if t, ok := o.(*catalog.Table); ok && slices.ContainsFunc(t.Policies, func(p *catalog.Policy) bool {
		return slices.ContainsFunc(p.Roles, func(r catalog.OID) bool { return slices.Contains(roles, r) })
	}) {
		changed := t.Clone()
		changed.Policies = nil
		for _, old := range t.Policies {
			p := *old
			p.Roles = slices.DeleteFunc(slices.Clone(old.Roles), func(r catalog.OID) bool { return slices.Contains(roles, r) })
			if len(p.Roles) > 0 {
				changed.Policies = append(changed.Policies, &p)
			}
		}
		s.Tx.PutObject(changed)
		o = changed
	}
	owner, _, word := ownership(o)
	acl := ownACL(o)
	columns := relationColumns(o)
	named := func(acl catalog.ACL) bool {
		return slices.ContainsFunc(roles, func(r catalog.OID) bool { return r != owner && acl.Of(r) != 0 })
	}
	if word == "" || !named(acl) && !slices.ContainsFunc(columns, func(c *catalog.Column) bool { return named(c.ACL) }) {
		return nil
	}
	from := slices.DeleteFunc(slices.Clone(roles), func(r catalog.OID) bool { return r == owner })
	all, _ := catalog.ObjectPrivileges(o)
	if acl != nil {
		changed, err := s.revoked(acl, owner, all, from)
		if err != nil {
			return err
		}
		o = withACL(o, changed)
	}
	columns = slices.Clone(columns)
	for at, c := range columns {
		if !named(c.ACL) {
			continue
		}
		c2 := *c
		var err error
		if c2.ACL, err = s.revoked(c.ACL, owner, catalog.PrivAllColumn, from); err != nil {
			return err
		}
		if len(c2.ACL) == 0 {
			c2.ACL = nil
		}
		columns[at] = &c2
	}
	s.Tx.PutObject(withColumns(o, columns))
	return nil
}

// revoked is a list after the role has taken from others all that it may take, with what
// depends on it.
func (s *Session) revoked(acl catalog.ACL, owner catalog.OID, all catalog.Privileges, from []catalog.OID) (catalog.ACL, error) {
	cat := s.Tx.Catalog()
	ch := catalog.ACLChange{Cascade: true, Owner: owner}
	ch.Grantor, ch.Privileges = cat.Grantor(s.Role.OID, owner, acl, all)
	return cat.Changed(acl, from, ch)
}

func relationColumns(o catalog.Object) []*catalog.Column {
	if r, ok := o.(catalog.Relation); ok {
		return catalog.Columns(r)
	}
	return nil
}

// movedColumns copies a relation whose columns' privileges are those of another owner.
func movedColumns(o catalog.Object, from, to catalog.OID) catalog.Object {
	columns := relationColumns(o)
	if !slices.ContainsFunc(columns, func(c *catalog.Column) bool { return c.ACL.Mentions(from) }) {
		return o
	}
	columns = slices.Clone(columns)
	for at, c := range columns {
		c2 := *c
		c2.ACL = c.ACL.Moved(from, to)
		columns[at] = &c2
	}
	return withColumns(o, columns)
}

func (s *Session) forgetDefaults(d *catalog.DefaultACL, roles []catalog.OID) {
	if slices.Contains(roles, d.Role) {
		s.Tx.DropObject(d.OID)
		return
	}
	c := *d
	c.ACL = catalog.DefaultGrants(d.ACL.Without(roles), d.Role, d.Schema, d.Kind)
	if c.ACL == nil {
		s.Tx.DropObject(d.OID)
	} else if len(c.ACL) != len(d.ACL) {
		s.Tx.PutObject(&c)
	}
}
