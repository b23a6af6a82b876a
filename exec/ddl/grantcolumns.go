package ddl

import (
	"fmt"
	"strings"

	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// grantColumns gives an object with the privileges of its columns that a GRANT or
// REVOKE leaves it. Taking a privilege on the whole relation, whose list was acl before the
// statement, takes it on the columns too.
func (s *Session) grantColumns(cat *catalog.Catalog, o catalog.Object, acl catalog.ACL, whole catalog.Privileges, grantees []catalog.OID, st *ast.GrantStmt) (catalog.Object, error) {
	r, ok := o.(catalog.Relation)
	if !ok {
		return o, nil
	}
	columns := slices.Clone(catalog.Columns(r))
	wanted := make([]catalog.Privileges, len(columns))
	if !st.Grant {
		for at := range columns {
			wanted[at] = whole & catalog.PrivAllColumn
		}
	}
	for _, p := range st.Privileges {
		if len(p.Columns) == 0 {
			continue
		}
		bits := privilegeBits[p.Name]
		switch {
		case p.Name == "all":
			bits = catalog.PrivAllColumn
		case bits == 0:
			return nil, sqlerr.New(sqlerr.SyntaxError, `unrecognized privilege type "%s"`, p.Name)
		case bits&catalog.PrivAllColumn == 0:
			return nil, sqlerr.New(sqlerr.InvalidGrantOperation, "invalid privilege type %s for column", upper(p.Name))
		}
		for _, name := range p.Columns {
			at := slices.IndexFunc(columns, func(c *catalog.Column) bool { return c.Name == name })
			if at < 0 {
				return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, name, o.ObjectName())
			}
			wanted[at] |= bits
		}
	}
	owner, _, _ := ownership(o)
	for at, c := range columns {
		if wanted[at] == 0 {
			continue
		}
		ch := catalog.ACLChange{Grant: st.Grant, GrantOption: st.GrantOption, Cascade: st.Cascade, Owner: owner}
		ch.Grantor, ch.Privileges = cat.Grantor(s.Role.OID, owner, slices.Concat(acl, c.ACL), wanted[at])
		if ch.Privileges == 0 && !cat.AnyGranted(ch.Grantor, owner, slices.Concat(acl, c.ACL), catalog.PrivAllColumn) {
			return nil, sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied for column "%s" of relation "%s"`, c.Name, o.ObjectName())
		}
		s.warnOfGrant(ch.Privileges, wanted[at], wanted[at] == catalog.PrivAllColumn, st.Grant, fmt.Sprintf(`column "%s" of relation "%s"`, c.Name, o.ObjectName()))
		changed := *c
		var err error
		if changed.ACL, err = cat.Changed(c.ACL.OfColumn(), grantees, ch); err != nil {
			return nil, err
		}
		if len(changed.ACL) == 0 {
			changed.ACL = nil
		}
		columns[at] = &changed
	}
	return withColumns(o, columns), nil
}

// withColumns copies a relation with other columns.
func withColumns(o catalog.Object, columns []*catalog.Column) catalog.Object {
	switch o := o.(type) {
	case *catalog.Table:
		c := o.Clone()
		c.Columns = columns
		return c
	case *catalog.View:
		c := *o
		c.Columns = columns
		return &c
	}
	return o
}

// grantedType finds the type of a GRANT ON TYPE or DOMAIN.
func (s *Session) grantedType(n *ast.Name, st *ast.GrantStmt) (*catalog.UserType, error) {
	env := *s.Env
	env.Catalog = s.Tx.Catalog()
	t, _, err := env.TypeName(&ast.TypeName{Loc: -1, Names: n.Parts})
	if err != nil {
		return nil, unlocated(err)
	}
	u := env.Catalog.UserType(t.OID)
	switch {
	case u == nil:
		return nil, sqlerr.Unsupported("GRANT ON TYPE of a built-in type")
	case u.OID != t.OID:
		return nil, sqlerr.New(sqlerr.InvalidGrantOperation, "cannot set privileges of array types").WithHint("Set the privileges of the element type instead.")
	case st.Object == "domain" && u.Kind != types.KindDomain:
		return nil, sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a domain`, u.Name)
	}
	return u, nil
}

// usableType finds a type that the role may use in a definition.
func (s *Session) usableType(env *plan.Env, n *ast.TypeName) (*types.Type, int32, error) {
	t, typmod, err := env.TypeName(n)
	if err != nil {
		return nil, 0, err
	}
	if n.PctType {
		s.notice(sqlerr.SuccessfulCompletion, "type reference %s%%TYPE converted to %s", strings.Join(n.Names, "."), t)
		typmod = types.NoTypmod
	}
	return t, typmod, mayUseType(env.Catalog, s.Role.OID, t)
}

// mayUseType demands the right to use a type in a definition.
func mayUseType(cat *catalog.Catalog, role catalog.OID, t *types.Type) error {
	if u := cat.UserType(t.OID); u != nil && !cat.Allowed(role, u.Owner, u.Grants(), catalog.PrivUsage) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for type %s", cat.TypeByOID(u.OID))
	}
	return nil
}
