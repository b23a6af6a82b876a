package expr

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions about the session and the server, through Context.Host.

func hostText(f func(h Host) string) EvalFunc {
	return func(c *Context, _ []types.Datum) (types.Datum, error) { return types.String(f(c.Host)), nil }
}

func textArray(list []string) types.Datum {
	elems := make([]types.Datum, len(list))
	for i, s := range list {
		elems[i] = types.String(s)
	}
	return types.ArrayDatum(types.Name, elems)
}

// serverVersion is version(): PostgreSQL's, in its form, which clients take apart at
// " on " and at commas, with the name of this server where a packager has his.
var serverVersion = fmt.Sprintf("PostgreSQL 15.18 (kalamsql) on %s, compiled by %s, %d-bit", platform(), runtime.Version(), strconv.IntSize)

// platform names the machine as configure scripts do.
func platform() string {
	processor, system := runtime.GOARCH, runtime.GOOS
	switch processor {
	case "amd64":
		processor = "x86_64"
	case "arm64":
		processor = "aarch64"
	}
	if system == "linux" {
		system = "linux-gnu"
	}
	return processor + "-unknown-" + system
}

func init() {
	register(map[string]EvalFunc{
		"xid8toxid": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(uint32(a[0].Int()))), nil
		},
		"pgsql_version": func(*Context, []types.Datum) (types.Datum, error) {
			return types.String(serverVersion), nil
		},
		"current_user": hostText(Host.CurrentUser), "session_user": hostText(Host.SessionUser),
		"current_database": hostText(Host.Database),
		"current_schema": func(c *Context, _ []types.Datum) (types.Datum, error) {
			if path := c.Host.Schemas(false); len(path) > 0 {
				return types.String(path[0]), nil
			}
			return types.Null, nil
		},
		"current_schemas": func(c *Context, a []types.Datum) (types.Datum, error) {
			return textArray(c.Host.Schemas(a[0].Bool())), nil
		},
		"show_config_by_name": func(c *Context, a []types.Datum) (types.Datum, error) {
			v, err := c.Host.Setting(a[0].Str(), false)
			return types.String(v), err
		},
		"show_config_by_name_missing_ok": func(c *Context, a []types.Datum) (types.Datum, error) {
			v, err := c.Host.Setting(a[0].Str(), a[1].Bool())
			if err == nil && v == "" {
				if _, missing := c.Host.Setting(a[0].Str(), false); missing != nil {
					return types.Null, nil
				}
			}
			return types.String(v), err
		},
		"set_config_by_name": func(c *Context, a []types.Datum) (types.Datum, error) {
			if a[0].IsNull() {
				return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "SET requires parameter name")
			}
			if err := c.Host.SetSetting(a[0].Str(), a[1].Str(), a[2].Bool()); err != nil {
				return types.Null, err
			}
			v, err := c.Host.Setting(a[0].Str(), false)
			return types.String(v), err
		},
		"pg_backend_pid": func(c *Context, _ []types.Datum) (types.Datum, error) {
			return types.Int(int64(c.Host.BackendPID())), nil
		},
		"nextval_oid": func(c *Context, a []types.Datum) (types.Datum, error) {
			v, err := c.Host.NextVal(c.Ctx, types.OID(a[0].Int()))
			return types.Int(v), err
		},
		"currval_oid": func(c *Context, a []types.Datum) (types.Datum, error) {
			v, err := c.Host.CurrVal(types.OID(a[0].Int()))
			return types.Int(v), err
		},
		"setval_oid": func(c *Context, a []types.Datum) (types.Datum, error) {
			return a[1], c.Host.SetVal(c.Ctx, types.OID(a[0].Int()), a[1].Int(), true)
		},
		"setval3_oid": func(c *Context, a []types.Datum) (types.Datum, error) {
			return a[1], c.Host.SetVal(c.Ctx, types.OID(a[0].Int()), a[1].Int(), a[2].Bool())
		},
		"lastval": func(c *Context, _ []types.Datum) (types.Datum, error) {
			v, err := c.Host.LastVal()
			return types.Int(v), err
		},
		"pg_notify": func(c *Context, a []types.Datum) (types.Datum, error) {
			if a[0].IsNull() || a[0].Str() == "" {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "channel name cannot be empty")
			}
			if len(a[0].Str()) > 63 {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "channel name too long")
			}
			return types.String(""), c.Host.Notify(a[0].Str(), a[1].Str())
		},
		"mxid_age": func(*Context, []types.Datum) (types.Datum, error) { return types.Int(0), nil }, // locks are not kept with rows
		"to_ascii_default": func(*Context, []types.Datum) (types.Datum, error) {
			return types.Null, sqlerr.New(sqlerr.FeatureNotSupported, "encoding conversion from UTF8 to ASCII not supported")
		},
		"pg_sleep":          func(c *Context, a []types.Datum) (types.Datum, error) { return sleep(c, a[0].Float()) },
		"pg_is_in_recovery": func(*Context, []types.Datum) (types.Datum, error) { return types.Bool(false), nil },
		"pg_client_encoding": func(c *Context, _ []types.Datum) (types.Datum, error) {
			name, err := c.Host.Setting("client_encoding", false)
			return types.String(name), err
		},
		"getdatabaseencoding": func(*Context, []types.Datum) (types.Datum, error) { return types.String("UTF8"), nil },
		"PG_encoding_to_char": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.String(types.EncodingName(int(a[0].Int()))), nil
		},
		"PG_char_to_encoding": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(types.EncodingNamed(a[0].Str()))), nil
		},
		"format_type": func(c *Context, a []types.Datum) (types.Datum, error) {
			if a[0].IsNull() {
				return types.Null, nil
			}
			mod := types.NoTypmod
			if !a[1].IsNull() {
				// Without a length character is another type than CHARACTER.
				if mod = int32(a[1].Int()); mod == types.NoTypmod && types.OID(a[0].Int()) == types.BPChar.OID {
					return types.String("bpchar"), nil
				}
			}
			if a[0].Int() == 0 {
				return types.String("-"), nil
			}
			if t := types.ByOID(types.OID(uint32(a[0].Int()))); t != nil {
				return types.String(types.FormatType(t, mod)), nil
			}
			if c.Host != nil {
				return c.Host.Call(c, "format_type", a)
			}
			return types.String("???"), nil
		},
	})
	evalCode["sql:pg_sleep_for"] = func(c *Context, a []types.Datum) (types.Datum, error) {
		v := a[0].Object().(types.Interval)
		return sleep(c, float64(v.Micros)/1e6+float64(v.Days)*86400)
	}
	evalCode["sql:pg_sleep_until"] = func(c *Context, a []types.Datum) (types.Datum, error) {
		return sleep(c, float64(a[0].Int()-types.TimestampDatum(c.clock()).Int())/1e6)
	}
	registerTyped(map[string]TypedFunc{
		"pg_num_nulls": countNulls(true), "pg_num_nonnulls": countNulls(false),
		"pg_typeof": func(args []*types.Type, _ *types.Type) EvalFunc {
			oid := types.Int(int64(args[0].OID))
			return func(*Context, []types.Datum) (types.Datum, error) { return oid, nil }
		},
		"pg_column_size": func(args []*types.Type, _ *types.Type) EvalFunc {
			t := args[0]
			return func(_ *Context, a []types.Datum) (types.Datum, error) {
				if a[0].IsNull() {
					return types.Null, nil
				}
				if t.Len > 0 {
					return types.Int(int64(t.Len)), nil
				}
				return types.Int(int64(len(t.AppendBinary(nil, a[0], types.DefaultEnv)) + 4)), nil
			}
		},
	})
}

// sleep waits until the time is over or the statement is cancelled (57014).
func sleep(c *Context, seconds float64) (types.Datum, error) {
	ctx := context.Background()
	if c != nil && c.Ctx != nil {
		ctx = c.Ctx
	}
	if seconds <= 0 {
		return types.String(""), nil
	}
	timer := time.NewTimer(time.Duration(seconds * float64(time.Second)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return types.String(""), nil
	case <-ctx.Done():
		return types.Null, canceled(ctx)
	}
}

// canceled is the error of a statement that has been cancelled (57014), or nil.
func canceled(ctx context.Context) error {
	if ctx == nil || ctx.Err() == nil {
		return nil
	}
	var e *sqlerr.Error
	if errors.As(context.Cause(ctx), &e) {
		return e
	}
	return sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to user request")
}

// countNulls is num_nulls and num_nonnulls.
func countNulls(nulls bool) TypedFunc {
	return func([]*types.Type, *types.Type) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			n := int64(0)
			for _, d := range a {
				if d.IsNull() == nulls {
					n++
				}
			}
			return types.Int(n), nil
		}
	}
}
