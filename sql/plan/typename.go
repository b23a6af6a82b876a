package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// TypeName finds the type that was written, with its modifier.
func (env *Env) TypeName(n *ast.TypeName) (*types.Type, int32, error) {
	name := n.Names[len(n.Names)-1]
	var t *types.Type
	switch {
	case n.PctType:
		t, typmod, err := env.columnType(n)
		if err != nil {
			return nil, 0, sqlerr.From(err).At(n.Pos())
		}
		if n.Bounds != nil && t.Array != nil {
			t, typmod = t.Array, types.NoTypmod
		}
		return t, typmod, nil
	case n.SetOf:
		return nil, 0, sqlerr.Unsupported("SETOF").At(n.Pos())
	case len(n.Names) == 1, n.Names[0] == "pg_catalog" && len(n.Names) == 2:
		t = types.ByName(name)
	}
	if t == nil {
		t = env.boundType(n)
	}
	if t == nil {
		return nil, 0, sqlerr.New(sqlerr.UndefinedObject, `type "%s" does not exist`, strings.Join(n.Names, ".")).At(n.Pos())
	}
	typmod := types.NoTypmod
	if len(n.Mods) > 0 {
		mods := make([]int64, 0, len(n.Mods))
		for _, m := range n.Mods {
			c, ok := m.(*ast.Const)
			if !ok || c.Kind != ast.ConstInteger {
				return nil, 0, sqlerr.New(sqlerr.SyntaxError, "type modifiers must be simple constants or identifiers").At(n.Pos())
			}
			mods = append(mods, c.Int)
		}
		var err error
		if typmod, err = types.ParseTypmod(t, mods); err != nil {
			return nil, 0, sqlerr.From(err).At(n.Pos())
		}
	}
	if n.Bounds != nil {
		if t.Array == nil {
			return nil, 0, sqlerr.New(sqlerr.UndefinedObject, `type "%s[]" does not exist`, name).At(n.Pos())
		}
		t = t.Array
	}
	return t, typmod, nil
}

// columnType is the type of the column that relation.column%TYPE names.
func (env *Env) columnType(n *ast.TypeName) (*types.Type, int32, error) {
	last := len(n.Names) - 1
	if last < 1 {
		return nil, 0, sqlerr.New(sqlerr.SyntaxError, "improper %%TYPE reference (too few dotted names): %s", strings.Join(n.Names, "."))
	}
	v := &ast.RangeVar{Name: n.Names[last-1]}
	if last > 1 {
		v.Schema = n.Names[last-2]
	}
	r := env.ResolveRelation(v.Schema, v.Name)
	if r == nil {
		return nil, 0, sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, strings.Join(n.Names[:last], "."))
	}
	for _, c := range catalog.Columns(r) {
		if c.Name == n.Names[last] {
			return c.Type.Type, c.Typmod, nil
		}
	}
	return nil, 0, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, n.Names[last], v.Name)
}

// boundType finds a type that a user has made.
func (env *Env) boundType(n *ast.TypeName) *types.Type {
	if bound := env.names.At(n.Pos()); bound != nil {
		return env.Catalog.TypeByOID(bound.OID)
	}
	t := env.userType(n.Names)
	if t != nil {
		env.bindType(n, catalog.OID(t.OID))
	}
	return t
}

// userType finds a type that a user has made, along the search path; _name is
// the arrays of name. Nil: there is none.
func (env *Env) userType(names []string) *types.Type {
	if env.Catalog == nil {
		return nil
	}
	name, path := names[len(names)-1], env.searchSchemas()
	if len(names) > 1 {
		s := env.schema(names[len(names)-2])
		if s == nil {
			return nil
		}
		path = []catalog.OID{s.OID}
	}
	for _, schema := range path {
		if u := env.Catalog.Type(schema, name); u != nil {
			return env.Catalog.TypeByOID(u.OID)
		}
		if elem, ok := strings.CutPrefix(name, "_"); ok {
			if u := env.Catalog.Type(schema, elem); u != nil {
				return env.Catalog.TypeByOID(u.Array)
			}
		}
		if t := env.rowTypeNamed(schema, name); t != nil {
			return t
		}
	}
	return nil
}

// rowTypeNamed is the type of the rows of a schema's relation, or of arrays of
// them by _name; nil if there is none.
func (env *Env) rowTypeNamed(schema catalog.OID, name string) *types.Type {
	if r := env.Catalog.Relation(schema, name); r != nil {
		return env.Catalog.RowType(r.ObjectOID())
	}
	if elem, ok := strings.CutPrefix(name, "_"); ok {
		if r := env.Catalog.Relation(schema, elem); r != nil {
			if t := env.Catalog.RowType(r.ObjectOID()); t != nil {
				return t.Array
			}
		}
	}
	return nil
}
