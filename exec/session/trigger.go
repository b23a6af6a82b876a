package session

import (
	"context"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// fireTrigger runs the function of a trigger for a user, whose slices of user tables
// it sees.
func (s *Session) fireTrigger(ctx context.Context, user string, routine catalog.OID, t *exec.TriggerCall) (types.Row, error) {
	if user != "" && user != s.User() {
		was := s.settings.impersonated
		s.settings.impersonated = user
		defer func() { s.settings.impersonated = was }()
	}
	if run := builtinTrigger(routine); run != nil {
		return run(s, ctx, t)
	}
	return s.RunTrigger(ctx, routine, &TriggerCall{Name: t.Name, Relation: t.Relation, When: t.When, Level: t.Level, Op: t.Op, Args: t.Args, Old: t.Old, New: t.New}, t.Transitions)
}
