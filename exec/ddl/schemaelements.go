package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// elementOrder is the order in which the elements of CREATE SCHEMA are made, whatever
// that of the statement: later ones may name earlier ones.
func elementOrder(e ast.Statement) int {
	switch e.(type) {
	case *ast.CreateSeqStmt:
		return 0
	case *ast.CreateStmt:
		return 1
	case *ast.ViewStmt:
		return 2
	case *ast.IndexStmt:
		return 3
	case *ast.CreateTrigStmt:
		return 4
	}
	return 5
}

// createElements makes what CREATE SCHEMA has in it: in the new schema, which is the
// first of the search path meanwhile, and as its owner.
func (s *Session) createElements(ctx context.Context, schema *catalog.Schema, owner *catalog.Role, elements []ast.Statement) error {
	for _, e := range elements {
		if err := placeElement(e, schema.Name); err != nil {
			return err
		}
	}
	elements = slices.Clone(elements)
	slices.SortStableFunc(elements, func(a, b ast.Statement) int { return elementOrder(a) - elementOrder(b) })
	path := parser.QuoteIdent(schema.Name)
	for _, name := range s.Env.SearchPath {
		path += ", " + parser.QuoteIdent(name)
	}
	return s.Under([]string{"search_path=" + path}, func(env *plan.Env) error {
		for _, e := range elements {
			own := *env
			own.Catalog = s.Tx.Catalog()
			inner := *s
			inner.Env, inner.Role, inner.notices, inner.dropping = &own, owner, nil, nil
			_, notices, err := Run(ctx, &inner, e)
			if err != nil {
				return err
			}
			s.notices = append(s.notices, notices...)
		}
		return nil
	})
}

// placeElement refuses an element that names another schema than the one being
// created, and has the others name that.
func placeElement(e ast.Statement, schema string) error {
	var v *ast.RangeVar
	switch e := e.(type) {
	case *ast.CreateStmt:
		v = e.Relation
	case *ast.ViewStmt:
		v = e.Relation
	case *ast.CreateSeqStmt:
		v = e.Relation
	case *ast.IndexStmt:
		v = e.Relation
	case *ast.CreateTrigStmt:
		v = e.Relation
	default:
		return nil
	}
	if v.Schema != "" && v.Schema != schema {
		return sqlerr.New(sqlerr.InvalidSchemaDefinition, "CREATE specifies a schema (%s) different from the one being created (%s)", v.Schema, schema)
	}
	v.Schema = schema
	return nil
}
