package ws

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what GET /metrics tells.
type metrics struct {
	registry   *prometheus.Registry
	statements prometheus.Counter
	frames     prometheus.Counter
	bytes      prometheus.Counter
	ended      *prometheus.CounterVec
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		registry:   prometheus.NewRegistry(),
		statements: prometheus.NewCounter(prometheus.CounterOpts{Name: "kalamsql_http_statements_total", Help: "Statements run over WebSocket and HTTP."}),
		frames:     prometheus.NewCounter(prometheus.CounterOpts{Name: "kalamsql_websocket_frames_total", Help: "Frames sent."}),
		bytes:      prometheus.NewCounter(prometheus.CounterOpts{Name: "kalamsql_websocket_bytes_total", Help: "Bytes sent."}),
		ended:      prometheus.NewCounterVec(prometheus.CounterOpts{Name: "kalamsql_websocket_subscriptions_ended_total", Help: "Subscriptions that the server ended, by reason."}, []string{"reason"}),
	}
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
	}
	m.registry.MustRegister(m.statements, m.frames, m.bytes, m.ended, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("kalamsql_websocket_connections", "Open WebSocket connections.", func() float64 { return float64(s.connections()) }),
		gauge("kalamsql_commit_sequence", "Sequence of the newest durable commit.", func() float64 { return float64(s.opts.Sessions.Store().Durable()) }),
	)
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
