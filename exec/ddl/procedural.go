package ddl

import (
	"github.com/kalamsql/kalamsql/exec/plexec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// checkProcedural reads the body of a function in PL/pgSQL that is being made. at is
// where it stands in the statement, or -1.
func (s *Session) checkProcedural(r *catalog.Routine, at int) error {
	return s.Under(r.Config, func(env *plan.Env) error {
		f, err := plexec.Compile(env, plan.Settled(r, nil), r.Source, "")
		if err != nil || s.Eval == nil || s.Eval.Host == nil {
			return inStatement(err, at)
		}
		level := plexec.ExtraCheck(s.Eval.Host.Setting, plexec.ShadowedVariables)
		for _, e := range f.Shadowing() {
			switch level {
			case sqlerr.SeverityError:
				return inStatement(e, at)
			case sqlerr.SeverityWarning:
				warning := *sqlerr.From(inStatement(e, at))
				warning.Severity = level
				s.notices = append(s.notices, &warning)
			}
		}
		return nil
	})
}

// inStatement moves the place of an error in a body to that in the statement.
func inStatement(err error, at int) error {
	if err == nil {
		return nil
	}
	e := *sqlerr.From(err)
	e.Position = 0
	if e.Offset > 0 {
		if e.Offset += at; at < 0 {
			e.Offset = 0
		}
	}
	return &e
}
