package session

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// setConstraints runs SET CONSTRAINTS.
func (s *Session) setConstraints(ctx context.Context, stmt *ast.ConstraintsSetStmt, w ResultWriter) error {
	if !s.tx.block {
		if err := s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.NoActiveSQLTransaction, "SET CONSTRAINTS can only be used in transaction blocks")); err != nil {
			return err
		}
	}
	if stmt.Names == nil {
		return s.constraints.SetAll(ctx, stmt.Deferred)
	}
	var list []catalog.OID
	for _, n := range stmt.Names {
		found, err := s.findConstraints(n)
		if err != nil {
			return err
		}
		list = append(list, found...)
	}
	return s.constraints.Set(ctx, list, stmt.Deferred)
}

// findConstraints finds the deferrable constraints of a name, in the first
// schema of the search path that has any of it.
func (s *Session) findConstraints(n *ast.Name) ([]catalog.OID, error) {
	cat, env := s.catalog(), s.planEnv()
	name, path := n.Parts[len(n.Parts)-1], env.SearchPath
	if len(n.Parts) > 1 {
		path = n.Parts[len(n.Parts)-2 : len(n.Parts)-1]
		if path[0] != "pg_temp" && cat.Schema(env.Database, path[0]) == nil {
			return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, path[0])
		}
	}
	own := s.tempSchema(cat)
	var schemas []*catalog.Schema
	if own != nil && len(n.Parts) == 1 {
		schemas = append(schemas, own)
	}
	for _, schema := range path {
		sc := cat.Schema(env.Database, schema)
		if schema == "pg_temp" {
			sc = own
		}
		if sc != nil {
			schemas = append(schemas, sc)
		}
	}
	for _, sc := range schemas {
		named, deferrable := false, []catalog.OID(nil)
		for o := range cat.All() {
			t, ok := o.(*catalog.Table)
			if !ok || t.Schema != sc.OID {
				continue
			}
			for _, k := range t.Foreign {
				if k.Name == name {
					named = true
					if k.Deferrable {
						deferrable = append(deferrable, k.OID)
					}
				}
			}
			for _, tr := range t.Triggers {
				if tr.ConstraintOID != 0 && tr.Name == name {
					named = true
					if tr.Deferrable {
						deferrable = append(deferrable, tr.ConstraintOID)
					}
				}
			}
			for _, k := range t.Checks {
				named = named || k.Name == name
			}
			for _, i := range t.Indexes {
				if i.Constraint && i.Name == name {
					named = true
					if i.Deferrable {
						deferrable = append(deferrable, i.ConstraintOID)
					}
				}
			}
		}
		switch {
		case deferrable != nil:
			return deferrable, nil
		case named:
			return nil, sqlerr.New(sqlerr.WrongObjectType, `constraint "%s" is not deferrable`, name)
		}
	}
	return nil, sqlerr.New(sqlerr.UndefinedObject, `constraint "%s" does not exist`, strings.Join(n.Parts, "."))
}
