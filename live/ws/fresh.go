package ws

import (
	"net"
	"net/http"
)

// freshConns are the connections on which no request has come yet. Browsers
// open such ones ahead of need, and http.Server.Shutdown would wait for them
// for seconds as if a request were on its way.
type freshConns struct {
	conns map[net.Conn]struct{}
	over  bool // close those that still come
}

// noteState is the server's http.Server.ConnState.
func (s *Server) noteState(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state != http.StateNew {
		delete(s.mu.fresh.conns, c)
		return
	}
	if s.mu.fresh.over {
		c.Close()
		return
	}
	s.mu.fresh.conns[c] = struct{}{}
}

// closeFresh closes the connections without a request, now and from now on.
func (s *Server) closeFresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.fresh.over = true
	for c := range s.mu.fresh.conns {
		c.Close()
	}
}
