package pgwire

import (
	"crypto/subtle"
	"encoding/binary"
)

// secretBytes30 is the length of a cancel secret in protocol 3.0.
const secretBytes30 = 4

// cancelSecret is what a client is told of the session's secret, and the only
// form that is accepted back.
func (c *conn) cancelSecret() []byte {
	secret := c.session.Secret()
	if c.version < version32 && len(secret) > secretBytes30 {
		return secret[:secretBytes30]
	}
	return secret
}

// cancelRequest carries out a CancelRequest: process ID, then the secret. A
// wrong one changes nothing, and nobody is told.
func (s *Server) cancelRequest(packet []byte) {
	if len(packet) <= 4 {
		return
	}
	pid := int32(binary.BigEndian.Uint32(packet))
	s.mu.Lock()
	c := s.mu.keys[pid]
	s.mu.Unlock()
	if c == nil || subtle.ConstantTimeCompare(c.cancelSecret(), packet[4:]) != 1 {
		s.options.Logger.Info("cancel request with a wrong key", keyPID, pid)
		return
	}
	s.options.Sessions.Cancel(pid, c.session.Secret())
}
