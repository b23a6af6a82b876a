package ws

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// serveSQL runs POST /v1/sql: one session per request.
func (s *Server) serveSQL(w http.ResponseWriter, r *http.Request) {
	id, err := s.auth.request(r)
	if err != nil {
		w.Header().Set("WWW-Authenticate", `Basic realm="kalamsql", Bearer`)
		s.httpError(w, err)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.opts.Limits.FrameBytes))
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		s.httpError(w, sqlerr.New(sqlerr.ProgramLimitExceeded, "the request is larger than %d bytes", s.opts.Limits.FrameBytes))
		return
	} else if err != nil {
		return // the client has gone
	}
	var req struct {
		SQL      string            `json:"sql"`
		Params   []json.RawMessage `json:"params"`
		Database string            `json:"database"`
	}
	if err := json.Unmarshal(body, &req); err != nil {
		e := sqlerr.New(sqlerr.InvalidTextRepresentation, "the request is not a valid JSON object")
		if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) && wrong.Field != "" {
			e = sqlerr.New(sqlerr.ProtocolViolation, `invalid value for "%s": %s`, wrong.Field, wrong.Value)
		}
		s.httpError(w, e)
		return
	}
	se, err := s.opts.Sessions.Open(r.Context(), id.startup(req.Database, r.RemoteAddr, "http", nil))
	if err != nil {
		s.httpError(w, err)
		return
	}
	defer se.Close()
	out := &resultWriter{limit: s.opts.Limits.FrameBytes * 16}
	s.metrics.statements.Inc()
	cursor, err := se.Query(r.Context(), req.SQL, params(req.Params), out)
	if err != nil {
		s.httpError(w, err)
		return
	}
	answer := []byte(`{"results":[`)
	for i := range out.results {
		if i > 0 {
			answer = append(answer, ',')
		}
		answer = append(out.results[i].append(append(answer, '{')), '}')
	}
	answer = append(appendMember(append(answer, ']'), "cursor", cursor), '}')
	w.Header().Set("Content-Type", "application/json")
	w.Write(answer)
}

func params(raw []json.RawMessage) []any {
	out := make([]any, len(raw))
	for i, p := range raw {
		out[i] = p
	}
	return out
}

// httpError answers with an SQL error and the status that fits it.
func (s *Server) httpError(w http.ResponseWriter, err error) {
	e := sqlerr.From(err)
	if e.Code == sqlerr.InternalError {
		s.log.Error("internal error", "err", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(httpStatus(e.Code))
	w.Write(append(errorBody([]byte(`{"error":{`), e), "}}"...))
}

// httpStatus maps SQLSTATEs to HTTP.
func httpStatus(code sqlerr.Code) int {
	class := string(code[:2])
	switch {
	case class == "28":
		return http.StatusUnauthorized
	case code == sqlerr.InsufficientPrivilege:
		return http.StatusForbidden
	case code == sqlerr.UndefinedTable, class == "3D", class == "3F":
		return http.StatusNotFound
	case class == "23", class == "40":
		return http.StatusConflict
	case code == sqlerr.TooManyConnections:
		return http.StatusTooManyRequests
	case code == sqlerr.ProgramLimitExceeded:
		return http.StatusRequestEntityTooLarge
	case class == "53", strings.HasPrefix(string(code), "57P"):
		return http.StatusServiceUnavailable
	case class == "XX", class == "58":
		return http.StatusInternalServerError
	case class == "0A":
		return http.StatusNotImplemented
	}
	return http.StatusBadRequest
}
