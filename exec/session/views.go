package session

import (
	"sort"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// viewRows makes the rows of one system view.
type viewRows func(s *Session, yield func(types.Row) error) error

// views holds the system views' code by OID.
var views = map[catalog.OID]viewRows{}

// view registers a system view. Columns are given as name and type in turn.
func view(schema, oid catalog.OID, name string, rows viewRows, columns ...any) {
	v := &catalog.Virtual{OID: oid, Name: name, Schema: schema}
	for i := 0; i < len(columns); i += 2 {
		v.Columns = append(v.Columns, &catalog.Column{Name: columns[i].(string), Type: catalog.TypeRef{Type: columns[i+1].(*types.Type)}, Typmod: types.NoTypmod})
	}
	catalog.RegisterVirtual(v)
	views[oid] = rows
}

// virtualRows makes the rows of a system view for the executor.
func (s *Session) virtualRows(v *catalog.Virtual, yield func(types.Row) error) error {
	rows := views[v.OID]
	if rows == nil {
		return sqlerr.Internal("no rows for view %s", v.Name)
	}
	return rows(s, yield)
}

func text(v string) types.Datum       { return types.String(v) }
func oidOf(v catalog.OID) types.Datum { return types.Int(int64(v)) }

// microseconds since 2000-01-01, as timestamptz holds them.
func timestamp(t time.Time) types.Datum {
	if t.IsZero() {
		return types.Null
	}
	return types.Int(t.UnixMicro() - 946684800_000_000)
}

func init() {
	view(catalog.SchemaKalam, 13100, "subscriptions", subscriptionRows,
		"id", types.Int8, "session", types.Int4, "user", types.Text, "query", types.Text, "transport", types.Text, "state", types.Text,
		"cursor", types.Text, "lag", types.Int8, "queued_bytes", types.Int8, "delivered", types.Int8, "started", types.TimestampTZ)
	view(catalog.SchemaKalam, 13101, "tables", kalamTables,
		"schema", types.Text, "name", types.Text, "kind", types.Text, "ttl", types.Text, "max_rows", types.Int8)
	view(catalog.SchemaPGCatalog, 12200, "pg_stat_activity", activityRows,
		"datid", types.Oid, "datname", types.Name, "pid", types.Int4, "usesysid", types.Oid, "usename", types.Name, "application_name", types.Text,
		"client_addr", types.Text, "backend_start", types.TimestampTZ, "state_change", types.TimestampTZ, "state", types.Text, "query", types.Text, "backend_type", types.Text)
	view(catalog.SchemaPGCatalog, 12201, "pg_settings", settingRows,
		"name", types.Text, "setting", types.Text, "unit", types.Text, "category", types.Text, "short_desc", types.Text, "context", types.Text, "vartype", types.Text, "source", types.Text, "boot_val", types.Text, "reset_val", types.Text)
	view(catalog.SchemaPGCatalog, 12202, "pg_prepared_statements", preparedRows,
		"name", types.Text, "statement", types.Text, "from_sql", types.Boolean)
	view(catalog.SchemaPGCatalog, 12203, "pg_tables", tableRows,
		"schemaname", types.Name, "tablename", types.Name, "tableowner", types.Name, "tablespace", types.Name, "hasindexes", types.Boolean, "hasrules", types.Boolean, "hastriggers", types.Boolean, "rowsecurity", types.Boolean)
	view(catalog.SchemaPGCatalog, 1262, "pg_database", databaseRows,
		"oid", types.Oid, "datname", types.Name, "datdba", types.Oid, "encoding", types.Int4, "datallowconn", types.Boolean, "datistemplate", types.Boolean, "datconnlimit", types.Int4, "datcollate", types.Text, "datctype", types.Text)
	view(catalog.SchemaPGCatalog, 2615, "pg_namespace", namespaceRows,
		"oid", types.Oid, "nspname", types.Name, "nspowner", types.Oid)
	view(catalog.SchemaPGCatalog, 12204, "pg_roles", roleRows,
		"oid", types.Oid, "rolname", types.Name, "rolsuper", types.Boolean, "rolinherit", types.Boolean, "rolcreaterole", types.Boolean, "rolcreatedb", types.Boolean,
		"rolcanlogin", types.Boolean, "rolreplication", types.Boolean, "rolconnlimit", types.Int4, "rolpassword", types.Text, "rolvaliduntil", types.TimestampTZ, "rolbypassrls", types.Boolean, "rolimpersonate", types.Boolean)
	view(catalog.SchemaPGCatalog, 1247, "pg_type", typeRows,
		"oid", types.Oid, "typname", types.Name, "typnamespace", types.Oid, "typowner", types.Oid, "typlen", types.Int2, "typbyval", types.Boolean, "typtype", types.Char,
		"typcategory", types.Char, "typispreferred", types.Boolean, "typisdefined", types.Boolean, "typdelim", types.Char, "typrelid", types.Oid, "typelem", types.Oid, "typarray", types.Oid, "typnotnull", types.Boolean, "typbasetype", types.Oid, "typtypmod", types.Int4)
	view(catalog.SchemaPGCatalog, 1259, "pg_class", classRows,
		"oid", types.Oid, "relname", types.Name, "relnamespace", types.Oid, "reltype", types.Oid, "relowner", types.Oid, "relkind", types.Char, "relpersistence", types.Char,
		"relnatts", types.Int2, "relhasindex", types.Boolean, "reltuples", types.Float4, "relpages", types.Int4, "relrowsecurity", types.Boolean, "relispartition", types.Boolean)
	view(catalog.SchemaPGCatalog, 1249, "pg_attribute", attributeRows,
		"attrelid", types.Oid, "attname", types.Name, "atttypid", types.Oid, "attlen", types.Int2, "attnum", types.Int2, "atttypmod", types.Int4, "attnotnull", types.Boolean,
		"atthasdef", types.Boolean, "attidentity", types.Char, "attgenerated", types.Char, "attisdropped", types.Boolean)
	view(catalog.SchemaInfo, 12210, "tables", infoTables,
		"table_catalog", types.Name, "table_schema", types.Name, "table_name", types.Name, "table_type", types.Varchar)
	view(catalog.SchemaInfo, 12211, "columns", infoColumns,
		"table_catalog", types.Name, "table_schema", types.Name, "table_name", types.Name, "column_name", types.Name, "ordinal_position", types.Int4, "column_default", types.Varchar,
		"is_nullable", types.Varchar, "data_type", types.Varchar, "character_maximum_length", types.Int4, "udt_name", types.Name)
	view(catalog.SchemaInfo, 12212, "schemata", infoSchemata, "catalog_name", types.Name, "schema_name", types.Name, "schema_owner", types.Name)
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
			text(i.Cursor), types.Int(i.Lag), types.Int(i.QueuedBytes), types.Int(i.Delivered), timestamp(i.Started)})
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

func activityRows(s *Session, yield func(types.Row) error) error {
	open := s.server.all()
	sort.Slice(open, func(i, j int) bool { return open[i].pid < open[j].pid })
	for _, o := range open {
		o.activity.Lock()
		state, query, changed := o.activity.state, o.activity.query, o.activity.changed
		o.activity.Unlock()
		if !s.role().Superuser && o.start.User != s.start.User {
			state, query = "", "<insufficient privilege>"
		}
		name := ""
		if o == s {
			name, _ = o.settings.get("application_name")
		}
		err := yield(types.Row{oidOf(o.database.OID), text(o.database.Name), types.Int(int64(o.pid)), oidOf(o.loginRole.OID), text(o.start.User), text(name),
			text(o.start.Remote), timestamp(o.opened), timestamp(changed), text(state), text(query), text("client backend")})
		if err != nil {
			return err
		}
	}
	return nil
}

func settingRows(s *Session, yield func(types.Row) error) error {
	for _, name := range s.settings.names() {
		value, _ := s.settings.get(name)
		v, key, err := lookup(name)
		if err != nil {
			return err
		}
		context := "user"
		if v.readOnly {
			context = "internal"
		}
		err = yield(types.Row{text(v.name), text(value), types.Null, text("Preset Options"), text(v.help), text(context), text("string"), text("default"), text(v.preset), text(s.settings.defaults[key])})
		if err != nil {
			return err
		}
	}
	return nil
}

func preparedRows(s *Session, yield func(types.Row) error) error {
	for name, ps := range s.statements {
		if name == "" {
			continue
		}
		if err := yield(types.Row{text(name), text(ps.text), types.Bool(ps.bySQL)}); err != nil {
			return err
		}
	}
	return nil
}
