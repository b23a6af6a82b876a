package ddl

import (
	"context"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// alterDatabase runs ALTER DATABASE with who may connect, and whether it is a template; and
// with REFRESH COLLATION VERSION, which finds nothing new.
func (s *Session) alterDatabase(ctx context.Context, st *ast.AlterDatabaseStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	old, err := s.databaseToAlter(edit.Catalog(), st.Name)
	if err != nil {
		return err
	}
	if st.RefreshCollation {
		s.notice(sqlerr.SuccessfulCompletion, "version has not changed")
		return nil
	}
	db, seen := *old, map[string]bool{}
	for _, o := range st.Options {
		if seen[o.Name] {
			return sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(o.Pos())
		}
		seen[o.Name] = true
		switch o.Name {
		case "connection_limit", "allow_connections", "is_template":
			if err := connectionOption(&db, o); err != nil {
				return err
			}
		case "tablespace":
			return sqlerr.Unsupported("ALTER DATABASE with TABLESPACE")
		default:
			return sqlerr.New(sqlerr.SyntaxError, `option "%s" not recognized`, o.Name).At(o.Pos())
		}
	}
	if db.Closed && !old.Closed && db.OID == s.Env.Database {
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "cannot disallow connections for current database")
	}
	s.Tx.PutObject(&db)
	return nil
}

// connectionOption sets one of the options about connections, and IS_TEMPLATE.
func connectionOption(db *catalog.Database, o *ast.DefElem) error {
	value := optionText(o)
	if o.Name == "connection_limit" {
		n, err := strconv.Atoi(value)
		if err != nil {
			return sqlerr.New(sqlerr.SyntaxError, "%s requires an integer value", o.Name)
		}
		if n < -1 {
			return sqlerr.New(sqlerr.InvalidParameterValue, "invalid connection limit: %d", n).At(o.Pos())
		}
		if db.Limit = &n; n == -1 {
			db.Limit = nil
		}
		return nil
	}
	on, err := booleanOption(o.Name, value)
	switch {
	case err != nil:
		return err
	case o.Name == "is_template":
		db.Template = &on
	default:
		db.Closed = !on
	}
	return nil
}
