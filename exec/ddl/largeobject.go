package ddl

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/kalamsql/kalamsql/exec/largeobject"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Large objects are no objects of the catalog: what statements about definitions do
// with them is here.

const privAllLargeObject = catalog.PrivSelect | catalog.PrivUpdate

func (s *Session) largeObjects() largeobject.Objects {
	return largeobject.Objects{Tx: s.Tx, Database: s.Env.Database}
}

// largeObject finds the one that a number names.
func (s *Session) largeObject(ctx context.Context, n *ast.Name) (*largeobject.Object, error) {
	id, err := strconv.ParseUint(n.Parts[0], 10, 32)
	if err != nil {
		return nil, sqlerr.New(sqlerr.InvalidTextRepresentation, `invalid input syntax for type oid: "%s"`, n.Parts[0])
	}
	return s.largeObjects().Get(ctx, catalog.OID(id))
}

func (s *Session) ownsLargeObject(o *largeobject.Object) error {
	if s.Tx.Catalog().OwnedBy(s.Role.OID, o.Owner) {
		return nil
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "must be owner of large object %d", o.OID)
}

// grantLargeObjects runs GRANT and REVOKE ON LARGE OBJECT.
func (s *Session) grantLargeObjects(ctx context.Context, st *ast.GrantStmt) error {
	privileges, err := privilegesOf(st, privAllLargeObject)
	if err != nil {
		return err
	}
	grantees, err := s.grantees(st)
	if err != nil {
		return err
	}
	if err := s.ownGrant(st.GrantedBy); err != nil {
		return err
	}
	for _, n := range st.Objects {
		o, err := s.largeObject(ctx, n)
		if err != nil {
			return err
		}
		if o.ACL == nil {
			o.ACL = catalog.ObjectACL(o.Owner, privAllLargeObject, 0)
		}
		cat := s.Tx.Catalog()
		ch := catalog.ACLChange{Grant: st.Grant, GrantOption: st.GrantOption, Cascade: st.Cascade, Owner: o.Owner}
		ch.Grantor, ch.Privileges = cat.Grantor(s.Role.OID, o.Owner, o.ACL, privileges)
		if ch.Privileges == 0 && !cat.AnyGranted(ch.Grantor, o.Owner, o.ACL, privAllLargeObject) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for large object large object %d", o.OID)
		}
		s.warnOfGrant(ch.Privileges, privileges, st.Privileges == nil, st.Grant, fmt.Sprintf(`"large object %d"`, o.OID))
		if o.ACL, err = cat.Changed(o.ACL, grantees, ch); err != nil {
			return err
		}
		if err := s.largeObjects().Put(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// alterLargeObjectOwner runs ALTER LARGE OBJECT ... OWNER TO.
func (s *Session) alterLargeObjectOwner(ctx context.Context, st *ast.AlterOwnerStmt) error {
	o, err := s.largeObject(ctx, st.Name)
	if err != nil {
		return err
	}
	if err := s.ownsLargeObject(o); err != nil {
		return err
	}
	role, err := s.roleOf(st.Owner)
	if err != nil {
		return err
	}
	if !s.Tx.Catalog().OwnedBy(s.Role.OID, role.OID) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `must be member of role "%s"`, role.Name)
	}
	return s.giveLargeObject(ctx, o, role.OID)
}

// giveLargeObject makes a role the owner.
func (s *Session) giveLargeObject(ctx context.Context, o *largeobject.Object, to catalog.OID) error {
	o.ACL, o.Owner = o.ACL.Moved(o.Owner, to), to
	return s.largeObjects().Put(ctx, o)
}

// commentLargeObject runs COMMENT ON LARGE OBJECT.
func (s *Session) commentLargeObject(ctx context.Context, st *ast.CommentStmt, text string) error {
	o, err := s.largeObject(ctx, st.Name)
	if err != nil {
		return err
	}
	if err := s.ownsLargeObject(o); err != nil {
		return err
	}
	o.Comment = text
	return s.largeObjects().Put(ctx, o)
}

// reassignLargeObjects gives what roles own to another.
func (s *Session) reassignLargeObjects(ctx context.Context, roles []catalog.OID, to catalog.OID) error {
	all, err := s.largeObjects().All(ctx)
	for _, o := range all {
		if err == nil && slices.Contains(roles, o.Owner) {
			err = s.giveLargeObject(ctx, o, to)
		}
	}
	return err
}

// dropOwnedLargeObjects deletes what roles own, and takes what others' grant them.
func (s *Session) dropOwnedLargeObjects(ctx context.Context, roles []catalog.OID) error {
	all, err := s.largeObjects().All(ctx)
	for _, o := range all {
		switch {
		case err != nil:
		case slices.Contains(roles, o.Owner):
			err = s.largeObjects().Unlink(ctx, o.OID)
		case slices.ContainsFunc(roles, func(r catalog.OID) bool { return o.ACL.Of(r) != 0 }):
			if o.ACL, err = s.revoked(o.ACL, o.Owner, privAllLargeObject, roles); err == nil {
				err = s.largeObjects().Put(ctx, o)
			}
		}
	}
	return err
}

// largeObjectsOf says what a role has to do with large objects, as what DROP ROLE
// cannot do is told.
func (s *Session) largeObjectsOf(ctx context.Context, role *catalog.Role) (lines []string, err error) {
	all, err := s.largeObjects().All(ctx)
	for _, o := range all {
		switch {
		case o.Owner == role.OID:
			lines = append(lines, fmt.Sprintf("owner of large object %d", o.OID))
		case o.ACL.Mentions(role.OID):
			lines = append(lines, fmt.Sprintf("privileges for large object %d", o.OID))
		}
	}
	return lines, err
}
