package ddl

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// dropAbsent runs DROP of an object of a kind that there are none of: it does not
// exist, which IF EXISTS makes a notice. So scripts that begin by dropping what they
// make get as far as what they make.
func (s *Session) dropAbsent(st *ast.DropAbsentStmt) error {
	if r := st.Relation; r != nil {
		on := s.Env.ResolveRelation(r.Schema, r.Name)
		switch {
		case on == nil && st.IfExists:
			s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, r.Name)
		case on == nil:
			name := r.Name
			if r.Schema != "" {
				name = r.Schema + "." + name
			}
			return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, name)
		case st.IfExists:
			s.notice(sqlerr.SuccessfulCompletion, `%s "%s" for relation "%s" does not exist, skipping`, st.Object, st.Names[0], r.Name)
		default:
			return sqlerr.New(sqlerr.UndefinedObject, `%s "%s" for relation "%s" does not exist`, st.Object, st.Names[0], r.Name)
		}
		return nil
	}
	for _, name := range st.Names {
		if !st.IfExists {
			return sqlerr.New(sqlerr.UndefinedObject, `%s "%s" does not exist`, st.Object, name)
		}
		s.notice(sqlerr.SuccessfulCompletion, `%s "%s" does not exist, skipping`, st.Object, name)
	}
	return nil
}
