package session

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The reg* types hold OIDs and are written as names; the session knows the
// names.

// regIn finds the OID of a name written for a reg* type.
func (s *Session) regIn(t *types.Type, name string) (types.OID, error) {
	parts, ok := splitQualified(name)
	if !ok && t != types.RegType {
		return 0, sqlerr.New(sqlerr.InvalidName, "invalid name syntax")
	}
	switch t {
	case types.RegClass:
		return s.regClass(parts)
	case types.RegType:
		tn, err := parser.ParseTypeName(name)
		if err != nil {
			return 0, err
		}
		found, _, err := s.planEnv().TypeName(tn)
		if err != nil {
			return 0, unlocated(err)
		}
		return found.OID, nil
	case types.RegNamespace:
		if sc := s.catalog().Schema(s.database.OID, parts[0]); sc != nil && len(parts) == 1 {
			return sc.OID, nil
		}
		return 0, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, name)
	case types.RegRole:
		if r := s.catalog().Role(parts[0]); r != nil && len(parts) == 1 {
			return r.OID, nil
		}
		return 0, sqlerr.New(sqlerr.UndefinedObject, `role "%s" does not exist`, name)
	case types.RegProc, types.RegProcedure:
		fname, _, _ := strings.Cut(parts[len(parts)-1], "(")
		fs := expr.FunctionsNamed(fname)
		switch {
		case len(fs) == 0:
			return 0, sqlerr.New(sqlerr.UndefinedFunction, `function "%s" does not exist`, name)
		case len(fs) > 1 && t == types.RegProc:
			return 0, sqlerr.New(sqlerr.AmbiguousFunction, `more than one function named "%s"`, name)
		}
		return fs[0].OID, nil
	}
	return 0, sqlerr.Unsupported("input of type %s", t)
}

// regClass finds a relation or index along the search path.
func (s *Session) regClass(parts []string) (types.OID, error) {
	env, cat := s.planEnv(), s.catalog()
	schema, name := "", parts[len(parts)-1]
	schemas := append([]string{"pg_catalog"}, env.SearchPath...)
	if len(parts) > 1 {
		schema = parts[len(parts)-2]
		schemas = []string{schema}
	}
	if r := env.ResolveRelation(schema, name); r != nil {
		return r.ObjectOID(), nil
	}
	for _, sn := range schemas {
		if sc := cat.Schema(s.database.OID, sn); sc != nil {
			if _, i := cat.Index(sc.OID, name); i != nil {
				return i.OID, nil
			}
		}
	}
	return 0, sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, strings.Join(parts, "."))
}

// regOut names an OID of a reg* type; false where there is no such object.
func (s *Session) regOut(t *types.Type, oid types.OID) (string, bool) {
	cat := s.catalog()
	switch t {
	case types.RegClass:
		if t, i := cat.IndexByOID(oid); i != nil {
			return s.visibleName(t.Schema, i.Name), true
		}
		if r, ok := cat.Get(oid).(catalog.Relation); ok {
			return s.visibleName(r.Parent(), r.ObjectName()), true
		}
		for _, v := range catalog.Virtuals() {
			if v.OID == oid {
				return s.visibleName(v.Schema, v.Name), true
			}
		}
	case types.RegType:
		if found := types.ByOID(oid); found != nil {
			return found.SQLName, true
		}
	case types.RegNamespace:
		if sc := cat.SchemaByOID(oid); sc != nil {
			return quoteIdent(sc.Name), true
		}
	case types.RegRole:
		if r := cat.RoleByOID(oid); r != nil {
			return quoteIdent(r.Name), true
		}
	case types.RegProc, types.RegProcedure:
		if f := expr.FunctionByOID(oid); f != nil {
			return quoteIdent(f.Name), true
		}
	}
	return "", false
}

// visibleName qualifies a name unless it is found without.
func (s *Session) visibleName(schema catalog.OID, name string) string {
	sc := s.catalog().SchemaByOID(schema)
	if sc == nil {
		return quoteIdent(name)
	}
	if r := s.planEnv().ResolveRelation("", name); r != nil && r.Parent() == schema {
		return quoteIdent(name)
	}
	for _, sn := range s.searchPath() {
		if sn == sc.Name {
			return quoteIdent(name)
		}
	}
	return quoteIdent(sc.Name) + "." + quoteIdent(name)
}

// unlocated drops a position that counts in another text than the statement's.
func unlocated(err error) error {
	e := *sqlerr.From(err)
	e.Offset = 0
	return &e
}
