package session

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The methods of expr.Host: what functions ask of their session.

// CurrentUser is current_user.
func (s *Session) CurrentUser() string { return s.Role() }

// SessionUser is session_user.
func (s *Session) SessionUser() string {
	if s.settings.authorization != "" {
		return s.settings.authorization
	}
	return s.start.User
}

// KalamUser is kalam_user().
func (s *Session) KalamUser() string { return s.User() }

// Database is current_database().
func (s *Session) Database() string { return s.database.Name }

// BackendPID is pg_backend_pid().
func (s *Session) BackendPID() int32 { return s.pid }

// Schemas is current_schemas().
func (s *Session) Schemas(implicit bool) []string {
	var out []string
	cat := s.catalog()
	named := false
	for _, name := range s.searchPath() {
		if cat.Schema(s.database.OID, name) != nil {
			out = append(out, name)
			named = named || name == "pg_catalog"
		}
	}
	if implicit && !named {
		out = append([]string{"pg_catalog"}, out...)
	}
	return out
}

// Setting is current_setting() and SHOW.
func (s *Session) Setting(name string, missingOK bool) (string, error) {
	switch strings.ToLower(name) {
	case "kalam.user":
		return s.User(), nil
	case "role":
		if s.settings.setRole == "" {
			return "none", nil
		}
		return s.settings.setRole, nil
	case "transaction_isolation":
		if s.tx.tx == nil {
			return s.settings.value("default_transaction_isolation"), nil
		}
		if s.tx.uncommitted {
			return readUncommitted, nil
		}
		return [...]string{"read committed", "repeatable read", "serializable"}[s.tx.isolation], nil
	case "transaction_read_only":
		return onOff(s.tx.readOnly), nil
	case "transaction_deferrable":
		return onOff(s.tx.deferrable), nil
	case "is_superuser":
		return onOff(s.role().Superuser), nil
	}
	if value, ok := s.settings.get(name); ok {
		return value, nil
	}
	if missingOK {
		return "", nil
	}
	return "", sqlerr.New(sqlerr.UndefinedObject, `unrecognized configuration parameter "%s"`, name)
}

// SetSetting is set_config().
func (s *Session) SetSetting(name, value string, local bool) error {
	return s.assignSetting(name, &value, local)
}

// Notify is pg_notify() and NOTIFY.
func (s *Session) Notify(channel, payload string) error {
	if channel == "" {
		return sqlerr.New(sqlerr.InvalidParameterValue, "channel name cannot be empty")
	}
	if len(channel) > 63 {
		return sqlerr.New(sqlerr.InvalidParameterValue, "channel name too long")
	}
	s.tx.tx.Notify(s.database.OID, channel, payload)
	return nil
}

// sequence finds a sequence and checks the privileges.
func (s *Session) sequence(oid catalog.OID, want catalog.Privileges) (*catalog.Sequence, error) {
	cat := s.catalog()
	o := cat.Get(oid)
	seq, ok := o.(*catalog.Sequence)
	if r, named := o.(catalog.Relation); !ok && named {
		return nil, sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a sequence`, r.ObjectName())
	}
	if !ok {
		return nil, sqlerr.New(sqlerr.UndefinedTable, "could not open relation with OID %d", oid)
	}
	role := s.role()
	if t := cat.Table(seq.OwnerTable); t != nil && t.PerUser {
		return seq, nil // whoever may insert into a user table may number its rows
	}
	if !cat.Allowed(role.OID, seq.Owner, seq.ACL, want) && !cat.Allowed(role.OID, seq.Owner, seq.ACL, catalog.PrivUsage) {
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for sequence %s", seq.Name)
	}
	return seq, nil
}

// NextVal is nextval().
func (s *Session) NextVal(ctx context.Context, oid types.OID) (int64, error) {
	if err := s.tx.tx.LockSequence(ctx, oid); err != nil {
		return 0, err
	}
	seq, err := s.sequence(oid, catalog.PrivUpdate)
	if err != nil {
		return 0, err
	}
	if !s.temporarySequence(seq) {
		if err := s.writable("nextval()"); err != nil {
			return 0, err
		}
	}
	v, err := s.tx.tx.NextVal(seq)
	if err != nil {
		return 0, err
	}
	s.sequences.values[seq.OID], s.sequences.last = v, seq.OID
	return v, nil
}

// CurrVal is currval().
func (s *Session) CurrVal(oid types.OID) (int64, error) {
	seq, err := s.sequence(oid, catalog.PrivSelect)
	if err != nil {
		return 0, err
	}
	v, ok := s.sequences.values[seq.OID]
	if !ok {
		return 0, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `currval of sequence "%s" is not yet defined in this session`, seq.Name)
	}
	return v, nil
}

// LastVal is lastval().
func (s *Session) LastVal() (int64, error) {
	if s.sequences.last == 0 {
		return 0, sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
	}
	return s.sequences.values[s.sequences.last], nil
}

// SetVal is setval().
func (s *Session) SetVal(ctx context.Context, oid types.OID, value int64, called bool) error {
	if err := s.tx.tx.LockSequence(ctx, oid); err != nil {
		return err
	}
	seq, err := s.sequence(oid, catalog.PrivUpdate)
	if err != nil {
		return err
	}
	if !s.temporarySequence(seq) {
		if err := s.writable("setval()"); err != nil {
			return err
		}
	}
	if value < seq.Min || value > seq.Max {
		return sqlerr.New(sqlerr.NumericValueOutOfRange, `setval: value %d is out of bounds for sequence "%s" (%d..%d)`, value, seq.Name, seq.Min, seq.Max)
	}
	if called {
		s.sequences.values[seq.OID], s.sequences.last = value, seq.OID
	}
	return s.tx.tx.SetVal(seq, value, called)
}

// Call runs a function that only a session can.
func (s *Session) Call(c *expr.Context, name string, args []types.Datum) (types.Datum, error) {
	if f := hostFunctions[name]; f != nil {
		if err := s.mayCallHost(name); err != nil {
			return types.Null, err
		}
		return f(s, c, args)
	}
	v, ok, err := s.catalogReader().Call(name, args)
	if !ok {
		return types.Null, sqlerr.Unsupported("function %s", name)
	}
	return v, err
}
