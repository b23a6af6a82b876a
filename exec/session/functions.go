package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// hostFunction computes a function that only a session can. Its arguments may
// be NULL.
type hostFunction func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error)

// hostFunctions are those functions by name.
var hostFunctions = map[string]hostFunction{}

func init() {
	for name, f := range map[string]hostFunction{
		"kalam_listen":           kalamListen,
		"pg_listening_channels":  listeningChannels,
		"kalam_end_subscription": kalamEndSubscription,
		"pg_cancel_backend":      cancelBackend,
		"pg_terminate_backend":   terminateBackend,
		"pg_encoding_to_char":    func(*Session, *expr.Context, []types.Datum) (types.Datum, error) { return types.String("UTF8"), nil },
		"pg_trigger_depth": func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			return types.Int(int64(s.constraints.TriggerDepth())), nil
		},
		"pg_is_in_recovery": func(*Session, *expr.Context, []types.Datum) (types.Datum, error) { return types.Bool(false), nil },
		"current_query": func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			s.activity.Lock()
			defer s.activity.Unlock()
			return types.String(s.activity.query), nil
		},
		"inet_client_addr": func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			return address(s.start.Remote), nil
		},
		"inet_server_addr": func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			return address(s.start.Local), nil
		},
		"inet_server_port": func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			return port(s.start.Local), nil
		},
		"inet_client_port": func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			return port(s.start.Remote), nil
		},
		"pg_conf_load_time": func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			return timestamp(s.server.started), nil
		},
		"pg_postmaster_start_time": func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			return timestamp(s.server.started), nil
		},
	} {
		hostFunctions[name] = f
	}
}

// port is the port of an address, NULL for what has none.
func port(addr string) types.Datum {
	_, port, err := net.SplitHostPort(addr)
	n, numErr := strconv.Atoi(port)
	if err != nil || numErr != nil {
		return types.Null
	}
	return types.Int(int64(n))
}

// kalamListen is kalam_listen(channel, query [, options]): LISTEN ... FOR with
// a query, parameters and options that are values.
func kalamListen(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
	channel, sql := args[0].Str(), args[1].Str()
	var opts struct {
		Params    []json.RawMessage `json:"params"`
		Snapshot  bool              `json:"snapshot"`
		LastRows  int               `json:"last_rows"`
		BatchSize int               `json:"batch_size"`
		From      string            `json:"from"`
		Slow      string            `json:"slow"`
		Group     string            `json:"group"`
	}
	if len(args) > 2 {
		text := types.JSONB.AppendText(nil, args[2], types.DefaultEnv)
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&opts); err != nil {
			return types.Null, invalidOptions(err)
		}
	}
	o := live.Options{Snapshot: opts.Snapshot || opts.LastRows > 0, LastRows: opts.LastRows, BatchSize: opts.BatchSize, From: opts.From}
	switch opts.Slow {
	case "", "close":
	case "coalesce":
		o.Slow = live.Coalesce
	default:
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "slow": "%s"`, opts.Slow)
	}
	if opts.LastRows < 0 || opts.BatchSize < 0 {
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "options must not be negative")
	}
	if channel == "" {
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "channel name cannot be empty")
	}
	q, err := parseSelect(sql)
	if err != nil {
		return types.Null, unlocated(err)
	}
	w, _, err := s.planWatched(q, len(opts.Params))
	if err != nil {
		return types.Null, unlocated(err)
	}
	raw := make([]any, len(opts.Params))
	for i, v := range opts.Params {
		raw[i] = v
	}
	params, err := s.textParams(w.plan.Params, raw)
	if err != nil {
		return types.Null, err
	}
	return types.String(channel), s.listenFor(channel, w, params, o, opts.Group)
}

// invalidOptions says what is wrong with the options of kalam_listen.
func invalidOptions(err error) error {
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return sqlerr.New(sqlerr.InvalidParameterValue, "unrecognized option %s", field)
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "%s"`, wrong.Field)
	}
	return sqlerr.New(sqlerr.InvalidParameterValue, "the options must be a JSON object")
}

// kalamEndSubscription is kalam_end_subscription(id). One's own may be ended by
// everyone, others' by a superuser.
func kalamEndSubscription(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
	id := args[0].Int()
	for _, i := range s.server.opts.Hub.Subscriptions() {
		if i.ID == id && (i.User == s.User() || s.role().Superuser) {
			return types.Bool(s.server.opts.Hub.End(id, "ended by "+s.User())), nil
		}
	}
	return types.Bool(false), nil
}

// cancelBackend is pg_cancel_backend(pid).
func cancelBackend(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
	other := s.server.byPID(int32(args[0].Int()))
	if other == nil {
		return types.Bool(false), nil
	}
	if err := s.maySignal(other, "cancel superuser query", "query is being canceled"); err != nil {
		return types.Null, err
	}
	other.cancelStatement(sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request"))
	return types.Bool(true), nil
}

// maySignal asks whether the role may cancel or end another session: those of a
// superuser are a superuser's alone.
func (s *Session) maySignal(other *Session, superuser, member string) error {
	switch role := s.role(); {
	case role.Superuser:
	case other.loginRole.Superuser:
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be a superuser to %s", superuser)
	case !s.catalog().HasPrivilegesOf(role.OID, other.loginRole.OID) && !s.catalog().HasPrivilegesOf(role.OID, catalog.RoleSignalBackend):
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be a member of the role whose %s or member of pg_signal_backend", member)
	}
	return nil
}

// terminateBackend is pg_terminate_backend(pid [, timeout]); it does not wait
// for the other session's end.
func terminateBackend(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
	other := s.server.byPID(int32(args[0].Int()))
	if other == nil {
		return types.Bool(false), nil
	}
	if err := s.maySignal(other, "terminate superuser process", "process is being terminated"); err != nil {
		return types.Null, err
	}
	if other == s {
		return types.Null, errTerminated()
	}
	other.terminate()
	return types.Bool(true), nil
}

// othersIn counts the other sessions in a database, or ends them.
func (s *Session) othersIn(database catalog.OID, end bool) (n int) {
	for _, other := range s.server.all() {
		switch {
		case other == s || other.database.OID != database:
		case end:
			other.terminate()
		default:
			n++
		}
	}
	return n
}

// unlocated drops a position that counts in another text than the statement's.
func unlocated(err error) error {
	e := *sqlerr.From(err)
	e.Offset = 0
	return &e
}
