package session

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// hostFunction computes a function that only a session can. Its arguments may
// be NULL.
type hostFunction func(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error)

// hostFunctions are those functions by name.
var hostFunctions map[string]hostFunction

func init() {
	hostFunctions = map[string]hostFunction{
		"kalam_listen":           kalamListen,
		"kalam_end_subscription": kalamEndSubscription,
		"pg_cancel_backend":      cancelBackend,
		"format_type":            formatType,
		"pg_get_expr":            func(_ *Session, _ *expr.Context, a []types.Datum) (types.Datum, error) { return a[0], nil },
		"pg_get_userbyid": func(s *Session, _ *expr.Context, a []types.Datum) (types.Datum, error) {
			return types.String(s.roleName(catalog.OID(a[0].Int()))), nil
		},
		"pg_table_is_visible":    tableIsVisible,
		"pg_type_is_visible":     func(*Session, *expr.Context, []types.Datum) (types.Datum, error) { return types.Bool(true), nil },
		"pg_function_is_visible": func(*Session, *expr.Context, []types.Datum) (types.Datum, error) { return types.Bool(true), nil },
		"obj_description":        objDescription,
		"col_description":        colDescription,
		"shobj_description":      func(*Session, *expr.Context, []types.Datum) (types.Datum, error) { return types.Null, nil },
		"pg_encoding_to_char":    func(*Session, *expr.Context, []types.Datum) (types.Datum, error) { return types.String("UTF8"), nil },
		"pg_is_in_recovery":      func(*Session, *expr.Context, []types.Datum) (types.Datum, error) { return types.Bool(false), nil },
		"has_table_privilege":    hasTablePrivilege,
		"pg_postmaster_start_time": func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
			return timestamp(s.server.started), nil
		},
		"to_regclass": func(s *Session, _ *expr.Context, a []types.Datum) (types.Datum, error) {
			parts, ok := splitQualified(a[0].Str())
			if !ok {
				return types.Null, nil
			}
			oid, err := s.regClass(parts)
			if err != nil {
				return types.Null, nil
			}
			return oidOf(oid), nil
		},
	}
}

// kalamListen is kalam_listen(channel, query [, options]): LISTEN ... FOR with
// a query, parameters and options that are values.
func kalamListen(s *Session, c *expr.Context, args []types.Datum) (types.Datum, error) {
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
		if err := json.Unmarshal(text, &opts); err != nil {
			return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "invalid options: %v", err)
		}
	}
	if channel == "" {
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "channel name cannot be empty")
	}
	q, err := parseSelect(sql)
	if err != nil {
		return types.Null, unlocated(err)
	}
	p, err := plan.Statement(s.planEnv(), q, nil, len(opts.Params))
	if err != nil {
		return types.Null, unlocated(err)
	}
	raw := make([]any, len(opts.Params))
	for i, v := range opts.Params {
		raw[i] = v
	}
	params, err := s.textParams(p.Params, raw)
	if err != nil {
		return types.Null, err
	}
	o := live.Options{Snapshot: opts.Snapshot || opts.LastRows > 0, LastRows: opts.LastRows, BatchSize: opts.BatchSize, From: opts.From}
	if opts.Slow == "coalesce" {
		o.Slow = live.Coalesce
	}
	return types.String(channel), s.listenFor(context.WithoutCancel(c.Ctx), channel, q, sql, params, o, opts.Group == "commit")
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
	if other.loginRole.OID != s.loginRole.OID && !s.role().Superuser {
		return types.Null, sqlerr.New(sqlerr.InsufficientPrivilege, "must be a member of the role whose query is being canceled or member of pg_signal_backend")
	}
	other.cancelStatement(sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request"))
	return types.Bool(true), nil
}

func formatType(_ *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
	if args[0].IsNull() {
		return types.Null, nil
	}
	t := types.ByOID(types.OID(args[0].Int()))
	if t == nil {
		return types.String("???"), nil
	}
	typmod := types.NoTypmod
	if !args[1].IsNull() {
		typmod = int32(args[1].Int())
	}
	return types.String(types.FormatType(t, typmod)), nil
}

func tableIsVisible(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
	r, ok := s.catalog().Get(catalog.OID(args[0].Int())).(catalog.Relation)
	if !ok {
		return types.Null, nil
	}
	found := s.planEnv().ResolveRelation("", r.ObjectName())
	return types.Bool(found != nil && found.ObjectOID() == r.ObjectOID()), nil
}

func objDescription(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
	comment := ""
	switch o := s.catalog().Get(catalog.OID(args[0].Int())).(type) {
	case *catalog.Table:
		comment = o.Comment
	case *catalog.Schema:
		comment = o.Comment
	}
	if comment == "" {
		return types.Null, nil
	}
	return types.String(comment), nil
}

func colDescription(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
	if t := s.catalog().Table(catalog.OID(args[0].Int())); t != nil {
		if at := t.Ordinal(int16(args[1].Int())); at >= 0 && t.Columns[at].Comment != "" {
			return types.String(t.Columns[at].Comment), nil
		}
	}
	return types.Null, nil
}

// hasTablePrivilege is has_table_privilege([user,] table, privilege).
func hasTablePrivilege(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
	cat, role := s.catalog(), s.role()
	if len(args) == 3 {
		if args[0].IsString() {
			role = cat.Role(args[0].Str())
		} else {
			role = cat.RoleByOID(catalog.OID(args[0].Int()))
		}
		if role == nil {
			return types.Null, sqlerr.New(sqlerr.UndefinedObject, "role does not exist")
		}
		args = args[1:]
	}
	oid := catalog.OID(args[0].Int())
	if args[0].IsString() {
		parts, ok := splitQualified(args[0].Str())
		if !ok {
			return types.Null, sqlerr.New(sqlerr.InvalidName, "invalid name syntax")
		}
		var err error
		if oid, err = s.regClass(parts); err != nil {
			return types.Null, err
		}
	}
	want, ok := map[string]catalog.Privileges{"select": catalog.PrivSelect, "insert": catalog.PrivInsert, "update": catalog.PrivUpdate, "delete": catalog.PrivDelete, "truncate": catalog.PrivTruncate,
		"references": catalog.PrivReferences, "trigger": catalog.PrivTrigger}[strings.ToLower(args[1].Str())]
	if !ok {
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized privilege type: "%s"`, args[1].Str())
	}
	t := cat.Table(oid)
	if t == nil {
		return types.Null, nil
	}
	return types.Bool(cat.Allowed(role.OID, t.Owner, t.ACL, want)), nil
}
