package session

import (
	"context"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// fireTrigger runs the function of a trigger for a user, whose slices of user tables
// it sees.
func (s *Session) fireTrigger(ctx context.Context, user string, routine catalog.OID, t *exec.TriggerCall) (types.Row, error) {
	return nil, sqlerr.Unsupported("a trigger's function")
}
