package ddl

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// dropAbsent runs DROP of an object of a kind that there are none of: it does not
// exist, which IF EXISTS makes a notice. So scripts that begin by dropping what they
// make get as far as what they make.
func (s *Session) dropAbsent(st *ast.DropAbsentStmt) error {
	for _, name := range st.Names {
		if !st.IfExists {
			return sqlerr.New(sqlerr.UndefinedObject, `%s "%s" does not exist`, st.Object, name)
		}
		s.notice(sqlerr.SuccessfulCompletion, `%s "%s" does not exist, skipping`, st.Object, name)
	}
	return nil
}
