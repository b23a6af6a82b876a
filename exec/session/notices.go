package session

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// messageLevels are the values of client_min_messages in their order.
var messageLevels = []string{"debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"}

// tell sends a notice or warning, if the client wants to hear of its kind.
func (s *Session) tell(w ResultWriter, n *sqlerr.Error) error {
	level := "notice"
	if n.Severity == sqlerr.SeverityWarning {
		level = "warning"
	}
	if least := s.settings.value("client_min_messages"); least != "notice" && slices.Index(messageLevels, level) < slices.Index(messageLevels, least) {
		return nil
	}
	return w.Notice(n)
}
