package ddl

import (
	"strings"

	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// privAllColumn are the privileges that a column can have.
const privAllColumn = catalog.PrivSelect | catalog.PrivInsert | catalog.PrivUpdate | catalog.PrivReferences

// grantColumns gives an object with the privileges of its columns that a GRANT or
// REVOKE leaves it. Taking a privilege on the whole relation takes it on the columns
// too.
func (s *Session) grantColumns(cat *catalog.Catalog, o catalog.Object, whole catalog.Privileges, grantees []catalog.OID, st *ast.GrantStmt) (catalog.Object, error) {
	r, ok := o.(catalog.Relation)
	if !ok {
		return o, nil
	}
	columns := catalog.Columns(r)
	if columns == nil {
		return o, nil
	}
	owner, acl, word := ownership(o)
	columns = slices.Clone(columns)
	change := func(at int, bits catalog.Privileges) {
		c := *columns[at]
		if c.ACL = changeACL(c.ACL, grantees, bits, st); len(c.ACL) == 0 {
			c.ACL = nil
		}
		columns[at] = &c
	}
	changed := false
	for _, p := range st.Privileges {
		if len(p.Columns) == 0 {
			continue
		}
		bits := privilegeBits[p.Name]
		switch {
		case p.Name == "all":
			bits = privAllColumn
		case bits == 0:
			return nil, sqlerr.New(sqlerr.SyntaxError, `unrecognized privilege type "%s"`, p.Name)
		case bits&privAllColumn == 0:
			return nil, sqlerr.New(sqlerr.InvalidGrantOperation, "invalid privilege type %s for column", upper(p.Name))
		}
		for _, name := range p.Columns {
			at := slices.IndexFunc(columns, func(c *catalog.Column) bool { return c.Name == name })
			if at < 0 {
				return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, name, o.ObjectName())
			}
			if !cat.OwnedBy(s.Role.OID, owner) && !cat.Allowed(s.Role.OID, owner, acl, bits.GrantOption()) && !cat.Allowed(s.Role.OID, owner, columns[at].ACL, bits.GrantOption()) {
				return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for %s %s", word, o.ObjectName())
			}
			change(at, bits)
			changed = true
		}
	}
	if whole&privAllColumn != 0 && !st.Grant {
		for at, c := range columns {
			if slices.ContainsFunc(grantees, func(g catalog.OID) bool { return c.ACL[g] != 0 }) {
				change(at, whole&privAllColumn)
				changed = true
			}
		}
	}
	if !changed {
		return o, nil
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
	u := env.Catalog.UserType(t.OID)
	if u != nil && !env.Catalog.Allowed(s.Role.OID, u.Owner, u.Grants(), catalog.PrivUsage) {
		return nil, 0, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for type %s", env.Catalog.TypeByOID(u.OID))
	}
	return t, typmod, nil
}
