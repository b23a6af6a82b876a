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
	switch n.Severity {
	case sqlerr.SeverityWarning:
		level = "warning"
	case sqlerr.SeverityLog:
		level = "log"
	case sqlerr.SeverityDebug:
		level = "debug1"
	case sqlerr.SeverityInfo: // whatever the client wants
		return w.Notice(n)
	}
	if least := s.settings.value("client_min_messages"); (least != "notice" || level != "notice") && slices.Index(messageLevels, level) < slices.Index(messageLevels, least) {
		return nil
	}
	return w.Notice(n)
}
