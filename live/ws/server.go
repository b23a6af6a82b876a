package ws

import (
	"context"
	"crypto/tls"
	"io/fs"
	"log/slog"
	"net"
	"net/http"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
)

type Options struct {
	Sessions       *session.Server
	Hub            *live.Hub
	Logger         *slog.Logger
	Trust          func(net.Addr) bool
	JWT            *JWTOptions
	AllowedOrigins []string
	Hosts          []string
	Limits         Limits
	Console        fs.FS
	TLS            *tls.Config
}
type JWTOptions struct {
	KeyFile, JWKSFile string
	Algorithms        []string
	Issuer, Audience  string
}
type Limits struct {
	Connections         int
	FrameBytes          int64
	StatementsPerSecond int
}
type Server struct{ http *http.Server }

func New(o Options) (*Server, error)                              { return &Server{http: &http.Server{}}, nil }
func (s *Server) Serve(ctx context.Context, l net.Listener) error { s.http.Serve(l); return nil }
func (s *Server) Shutdown(ctx context.Context) error              { return s.http.Close() }
