package session

import (
	"cmp"
	"slices"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/tables"
)

// activity is what pg_stat_activity says of a session.
type activity struct {
	application string
	// state and query are the newest, since changed; the query began at started.
	state, query     string
	changed, started time.Time
	// transaction is when the one under way began; zero: there is none.
	transaction time.Time
}

// setActivity notes that a statement begins, or with no query that it has ended.
func (s *Session) setActivity(state, query string, at time.Time) {
	began := time.Time{}
	if s.tx.tx != nil || s.tx.block {
		began = s.tx.started
	}
	s.activity.Lock()
	defer s.activity.Unlock()
	a := &s.activity.activity
	a.state, a.changed, a.transaction, a.application = state, at, began, s.settings.application
	if query != "" {
		a.query, a.started = query, at
	}
}

func init() {
	postgresView("pg_stat_activity", activityRows)
	for _, name := range []string{"pg_stat_ssl", "pg_stat_gssapi"} {
		postgresView(name, func(s *Session, add func(...any) error) error {
			return s.eachActivity(func(o *Session, _ activity, shown bool) error {
				pairs := []any{"pid", int64(o.pid)}
				switch {
				case !shown:
				case name == "pg_stat_ssl":
					pairs = append(pairs, "ssl", o.start.TLS != nil)
					if t := o.start.TLS; t != nil {
						pairs = append(pairs, "version", t.Version, "cipher", t.Cipher, "bits", t.Bits)
					}
				default:
					pairs = append(pairs, "gss_authenticated", false, "encrypted", false)
				}
				return add(pairs...)
			})
		})
	}
}

// eachActivity calls f with every session by its number, and whether the role may see what it
// does.
func (s *Session) eachActivity(f func(o *Session, a activity, shown bool) error) error {
	cat, role := s.catalog(), s.role().OID
	open := slices.SortedFunc(slices.Values(s.server.all()), func(a, b *Session) int { return cmp.Compare(a.pid, b.pid) })
	for _, o := range open {
		o.activity.Lock()
		a := o.activity.activity
		o.activity.Unlock()
		if err := f(o, a, cat.HasPrivilegesOf(role, o.loginRole.OID) || cat.HasPrivilegesOf(role, catalog.RoleReadAllStats)); err != nil {
			return err
		}
	}
	return nil
}

// activityRows is pg_stat_activity.
func activityRows(s *Session, add func(...any) error) error {
	waits, holds := map[int32]string{}, map[int32]uint64{}
	for _, l := range s.store().Locks() {
		switch {
		case !l.Granted:
			waits[l.PID] = waitedFor(l)
		case l.Holder != 0:
			holds[l.PID] = l.Holder
		}
	}
	return s.eachActivity(func(o *Session, a activity, shown bool) error {
		if o == s {
			a.application = s.settings.application
		}
		pairs := []any{"datid", o.database.OID, "datname", o.database.Name, "pid", int64(o.pid), "usesysid", o.loginRole.OID, "usename", o.start.User, "application_name", a.application}
		if !shown {
			return add(append(pairs, "query", "<insufficient privilege>")...)
		}
		pairs = append(pairs, "client_addr", address(o.start.Remote), "client_port", port(o.start.Remote), "backend_start", timestamp(o.opened),
			"state_change", timestamp(a.changed), "state", a.state, "query", a.query, "query_start", timestamp(a.started), "backend_type", "client backend")
		switch wait := waits[o.pid]; {
		case wait != "":
			pairs = append(pairs, "wait_event_type", "Lock", "wait_event", wait)
		case a.state != "active":
			pairs = append(pairs, "wait_event_type", "Client", "wait_event", "ClientRead")
		}
		if a.transaction.IsZero() && a.state == "active" {
			a.transaction = a.started // it begins with its statement
		}
		pairs = append(pairs, "xact_start", timestamp(a.transaction))
		if holder := holds[o.pid]; holder != 0 {
			pairs = append(pairs, "backend_xid", int64(uint32(holder)))
		}
		return add(pairs...)
	})
}

// waitedFor is the wait event of a lock.
func waitedFor(l tables.LockEntry) string {
	switch {
	case l.Table != 0:
		return "relation"
	case l.Advisory != nil:
		return "advisory"
	}
	return "transactionid"
}
