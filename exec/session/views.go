package session

import (
	"net"
	"sort"
	"time"

	"github.com/kalamsql/kalamsql/exec/pgcatalog"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// viewRows makes the rows of one system view.
type viewRows func(s *Session, yield func(types.Row) error) error

var (
	classView       = pgcatalog.View("pg_catalog", "pg_class")
	descriptionView = pgcatalog.View("pg_catalog", "pg_description")
)

// views holds, by OID, the code of the views of what only a session knows; the
// other system relations are package pgcatalog's.
var views = map[catalog.OID]viewRows{}

// view registers a system view of this server's own. Columns are given as name
// and type in turn.
func view(oid catalog.OID, name string, rows viewRows, columns ...any) {
	v := &catalog.Virtual{OID: oid, Name: name, Schema: catalog.SchemaKalam}
	for i := 0; i < len(columns); i += 2 {
		v.Columns = append(v.Columns, &catalog.Column{Name: columns[i].(string), Type: catalog.TypeRef{Type: columns[i+1].(*types.Type)}, Typmod: types.NoTypmod})
	}
	catalog.RegisterVirtual(v)
	views[oid] = rows
}

// postgresView gives the code of a view that PostgreSQL has. rows calls add for
// each row, with columns' names and values in turn.
func postgresView(name string, rows func(s *Session, add func(pairs ...any) error) error) {
	v := pgcatalog.View("pg_catalog", name)
	views[v.OID] = func(s *Session, yield func(types.Row) error) error {
		return rows(s, func(pairs ...any) error { return yield(pgcatalog.NewRow(v, pairs...)) })
	}
}

// virtualRows makes the rows of a system relation for the executor: all, or
// those whose column has a value.
func (s *Session) virtualRows(v *catalog.Virtual, column int, value types.Datum, yield func(types.Row) error) error {
	if rows := views[v.OID]; rows != nil {
		return rows(s, yield)
	}
	if q, ok := s.catalog().Get(v.OID).(*catalog.Sequence); ok {
		last, reserved, called, err := s.tx.tx.SequenceValue(q)
		if err != nil {
			return err
		}
		return yield(types.Row{types.Int(last), types.Int(reserved), types.Bool(called)})
	}
	if v == classView {
		return s.catalogReader().Rows(v, column, value, func(row types.Row) error { return yield(countClass(s, row)) })
	}
	if err := s.catalogReader().Rows(v, column, value, yield); err != nil || v != descriptionView {
		return err
	}
	return s.largeObjectComments(v, yield)
}

func text(v string) types.Datum       { return types.String(v) }
func oidOf(v catalog.OID) types.Datum { return types.Int(int64(v)) }

// timestamp gives microseconds since 2000-01-01, as timestamptz holds them.
func timestamp(t time.Time) types.Datum {
	if t.IsZero() {
		return types.Null
	}
	return types.Int(t.UnixMicro() - 946684800_000_000)
}

func init() {
	view(13100, "subscriptions", subscriptionRows,
		"id", types.Int8, "session", types.Int4, "user", types.Text, "query", types.Text, "transport", types.Text, "state", types.Text,
		"cursor", types.Text, "lag", types.Int8, "queued_bytes", types.Int8, "delivered", types.Int8, "started", types.TimestampTZ,
		"state_bytes", types.Int8, "shared", types.Int8, "arranged_bytes", types.Int8)
	view(13101, "tables", kalamTables,
		"schema", types.Text, "name", types.Text, "kind", types.Text, "ttl", types.Text, "max_rows", types.Int8)
	postgresView("pg_settings", settingRows)
	postgresView("pg_prepared_statements", preparedRows)
	postgresView("pg_cursors", cursorRows)
	postgresView("pg_sequences", sequenceRows)
}

// subscriptionRows is kalam.subscriptions: everyone's for a superuser, one's
// own otherwise.
func subscriptionRows(s *Session, yield func(types.Row) error) error {
	all := s.role().Superuser
	for _, i := range s.server.opts.Hub.Subscriptions() {
		if !all && i.User != s.User() {
			continue
		}
		err := yield(types.Row{types.Int(i.ID), types.Int(int64(i.Session)), text(i.User), text(i.Query), text(i.Transport), text(i.State),
			text(i.Cursor), types.Int(i.Lag), types.Int(i.QueuedBytes), types.Int(i.Delivered), timestamp(i.Started),
			types.Int(i.StateBytes), types.Int(i.Shared), types.Int(i.ArrangedBytes)})
		if err != nil {
			return err
		}
	}
	return nil
}

// objects lists the catalog's objects of one type that belong to the session's
// database, by OID.
func objects[T catalog.Object](s *Session) []T {
	cat := s.catalog()
	var out []T
	for o := range cat.All() {
		t, ok := o.(T)
		if !ok {
			continue
		}
		if sc, ok := cat.Get(o.Parent()).(*catalog.Schema); ok && sc.Database != s.database.OID {
			continue
		}
		out = append(out, t)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ObjectOID() < out[j].ObjectOID() })
	return out
}

func kalamTables(s *Session, yield func(types.Row) error) error {
	for _, t := range objects[*catalog.Table](s) {
		kind := "shared"
		switch {
		case t.PerUser && !t.Durable():
			kind = "user stream"
		case t.PerUser:
			kind = "user"
		case !t.Durable():
			kind = "stream"
		}
		row := types.Row{text(s.catalog().SchemaByOID(t.Schema).Name), text(t.Name), text(kind), types.Null, types.Null}
		if t.TTL > 0 {
			row[3] = text(t.TTL.String())
		}
		if t.MaxRows > 0 {
			row[4] = types.Int(t.MaxRows)
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}

// address gives a network address without its port as inet; NULL for a local
// connection.
func address(remote string) types.Datum {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return types.Null
	}
	v, err := types.Inet.Input(host, types.NoTypmod, types.DefaultEnv)
	if err != nil {
		return types.Null
	}
	return v
}

func preparedRows(s *Session, add func(...any) error) error {
	for name, ps := range s.statements {
		if name == "" {
			continue
		}
		of := make([]types.Datum, len(ps.params))
		for i, t := range ps.params {
			of[i] = types.Int(int64(t.OID))
		}
		if err := add("name", name, "statement", ps.text, "parameter_types", types.ArrayDatum(types.RegType, of), "from_sql", ps.bySQL); err != nil {
			return err
		}
	}
	return nil
}

func cursorRows(s *Session, add func(...any) error) error {
	for name, p := range s.portals {
		if p.cursor == nil {
			continue
		}
		if err := add("name", name, "statement", p.ps.text, "is_holdable", p.cursor.hold, "is_binary", false, "is_scrollable", p.cursor.back); err != nil {
			return err
		}
	}
	return nil
}

// sequenceRows is pg_sequences. The last value is for those who may read it.
func sequenceRows(s *Session, add func(...any) error) error {
	cat, role := s.catalog(), s.role()
	for _, q := range objects[*catalog.Sequence](s) {
		var value any
		last, _, called, err := s.tx.tx.SequenceValue(q)
		if err != nil {
			return err
		}
		if called && (cat.Allowed(role.OID, q.Owner, q.ACL, catalog.PrivSelect) || cat.Allowed(role.OID, q.Owner, q.ACL, catalog.PrivUsage)) {
			value = last
		}
		owner := ""
		if r := cat.RoleByOID(q.Owner); r != nil {
			owner = r.Name
		}
		err = add("schemaname", s.schemaName(q.Schema), "sequencename", q.Name, "sequenceowner", owner, "data_type", q.Type.OID, "start_value", q.Start, "min_value", q.Min,
			"max_value", q.Max, "increment_by", q.Increment, "cycle", q.Cycle, "cache_size", q.Cache, "last_value", value)
		if err != nil {
			return err
		}
	}
	return nil
}
