package expr

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// StaticHost is a Host with fixed answers, for tests and for live queries, whose
// identity does not change. What it cannot do it refuses with 0A000.
type StaticHost struct {
	User, Login, Kalam, DB string
	Path                   []string
	Settings               map[string]string
	PID                    int32
	// Other answers Call; nil refuses.
	Other func(c *Context, name string, args []types.Datum) (types.Datum, error)
}

// CurrentUser is current_user.
func (h *StaticHost) CurrentUser() string { return h.User }

// SessionUser is session_user.
func (h *StaticHost) SessionUser() string { return h.Login }

// KalamUser is kalam_user().
func (h *StaticHost) KalamUser() string { return h.Kalam }

// Database is current_database().
func (h *StaticHost) Database() string { return h.DB }

// Schemas is current_schemas().
func (h *StaticHost) Schemas(implicit bool) []string {
	if implicit {
		return append([]string{"pg_catalog"}, h.Path...)
	}
	return h.Path
}

// Setting is current_setting(); unknown is 42704.
func (h *StaticHost) Setting(name string, missingOK bool) (string, error) {
	v, ok := h.Settings[name]
	if !ok && !missingOK {
		return "", sqlerr.New(sqlerr.UndefinedObject, "unrecognized configuration parameter \"%s\"", name)
	}
	return v, nil
}

func refused(what string) error { return sqlerr.Unsupported("%s here", what) }

// SetSetting is refused.
func (h *StaticHost) SetSetting(string, string, bool) error { return refused("set_config") }

// BackendPID is pg_backend_pid().
func (h *StaticHost) BackendPID() int32 { return h.PID }

// NextVal is refused.
func (h *StaticHost) NextVal(context.Context, types.OID) (int64, error) { return 0, refused("nextval") }

// CurrVal is refused.
func (h *StaticHost) CurrVal(types.OID) (int64, error) { return 0, refused("currval") }

// SetVal is refused.
func (h *StaticHost) SetVal(context.Context, types.OID, int64, bool) error { return refused("setval") }

// LastVal is refused.
func (h *StaticHost) LastVal() (int64, error) { return 0, refused("lastval") }

// Notify is refused.
func (h *StaticHost) Notify(string, string) error { return refused("pg_notify") }

// Call asks Other.
func (h *StaticHost) Call(c *Context, name string, args []types.Datum) (types.Datum, error) {
	if h.Other == nil {
		return types.Null, refused("function " + name)
	}
	return h.Other(c, name, args)
}
