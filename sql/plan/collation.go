package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Collation finds a collation by its name, along the search path unless it has a schema.
func (env *Env) Collation(names []string) (*catalog.Collation, error) {
	last := names[len(names)-1]
	schemas := env.searchSchemas()
	if len(names) > 1 {
		name := names[len(names)-2]
		s := env.schema(name)
		switch {
		case s != nil:
			schemas = []catalog.OID{s.OID}
		case name == "pg_catalog":
			schemas = []catalog.OID{catalog.SchemaPGCatalog}
		default:
			return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, name)
		}
	}
	for _, s := range schemas {
		if c := env.Catalog.Collation(s, last); c != nil {
			return c, nil
		}
	}
	switch last {
	case "C.UTF-8", "C.utf8": // PostgreSQL has them where the operating system does
		return env.Catalog.Collation(catalog.SchemaPGCatalog, "C"), nil
	}
	return nil, sqlerr.New(sqlerr.UndefinedObject, `collation "%s" for encoding "UTF8" does not exist`, strings.Join(names, "."))
}

// Ordering is a collation that something is to be ordered by.
func (env *Env) Ordering(names []string) (*types.Collation, error) {
	c, err := env.Collation(names)
	if err != nil {
		return nil, err
	}
	if c.Nondeterministic {
		return nil, sqlerr.Unsupported("a nondeterministic collation")
	}
	return c.Order(), nil
}

func (b *binder) collate(e *ast.CollateClause) (expr.Expr, error) {
	arg, err := b.bind(e.Arg)
	if err != nil {
		return nil, err
	}
	c, err := b.p.env.Ordering(e.Name)
	if err != nil {
		return nil, sqlerr.From(err).At(e.Pos())
	}
	if c.OID >= types.FirstUserOID {
		b.p.useRoutine(c.OID)
	}
	if !expr.Collatable(arg.Type()) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "collations are not supported by type %s", arg.Type()).At(e.Pos())
	}
	if c.ByBytes() && expr.CollationOf(arg).ByBytes() {
		return arg, nil
	}
	if arg.Type() == types.Unknown {
		if arg, err = b.p.typing().Coerce(arg, types.Text, types.NoTypmod, expr.Implicit); err != nil {
			return nil, err
		}
	}
	return &expr.Collate{Arg: arg, Collation: c, Name: parser.QuoteIdent(e.Name[len(e.Name)-1])}, nil
}
