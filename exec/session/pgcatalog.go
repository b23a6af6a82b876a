package session

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The rows of the pg_catalog and information_schema relations that exist so
// far, each from the session's own version of the catalog.

func (s *Session) schemaName(oid catalog.OID) string {
	if sc := s.catalog().SchemaByOID(oid); sc != nil {
		return sc.Name
	}
	return ""
}

func (s *Session) roleName(oid catalog.OID) string {
	if r := s.catalog().RoleByOID(oid); r != nil {
		return r.Name
	}
	return "unknown (OID=" + formatInt(int64(oid)) + ")"
}

func tableRows(s *Session, yield func(types.Row) error) error {
	for _, t := range objects[*catalog.Table](s) {
		err := yield(types.Row{text(s.schemaName(t.Schema)), text(t.Name), text(s.roleName(t.Owner)), types.Null, types.Bool(len(t.Indexes) > 0), types.Bool(false), types.Bool(false), types.Bool(false)})
		if err != nil {
			return err
		}
	}
	return nil
}

func databaseRows(s *Session, yield func(types.Row) error) error {
	for _, d := range objects[*catalog.Database](s) {
		err := yield(types.Row{oidOf(d.OID), text(d.Name), oidOf(d.Owner), types.Int(6), types.Bool(true), types.Bool(false), types.Int(-1), text("C"), text("C")})
		if err != nil {
			return err
		}
	}
	return nil
}

// schemas lists the schemas of the session's database and the system's.
func (s *Session) schemas() []*catalog.Schema {
	var out []*catalog.Schema
	for _, oid := range []catalog.OID{catalog.SchemaPGCatalog, catalog.SchemaKalam, catalog.SchemaInfo} {
		out = append(out, s.catalog().SchemaByOID(oid))
	}
	for _, sc := range objects[*catalog.Schema](s) {
		if sc.Database == s.database.OID {
			out = append(out, sc)
		}
	}
	return out
}

func namespaceRows(s *Session, yield func(types.Row) error) error {
	for _, sc := range s.schemas() {
		if err := yield(types.Row{oidOf(sc.OID), text(sc.Name), oidOf(sc.Owner)}); err != nil {
			return err
		}
	}
	return nil
}

func infoSchemata(s *Session, yield func(types.Row) error) error {
	for _, sc := range s.schemas() {
		if err := yield(types.Row{text(s.database.Name), text(sc.Name), text(s.roleName(sc.Owner))}); err != nil {
			return err
		}
	}
	return nil
}

func roleRows(s *Session, yield func(types.Row) error) error {
	for _, r := range objects[*catalog.Role](s) {
		until := types.Null
		if r.ValidUntil != "" {
			if v, err := types.TimestampTZ.Input(r.ValidUntil, types.NoTypmod, s.settings.env); err == nil {
				until = v
			}
		}
		err := yield(types.Row{oidOf(r.OID), text(r.Name), types.Bool(r.Superuser), types.Bool(r.Inherit), types.Bool(r.CreateRole), types.Bool(r.CreateDB), types.Bool(r.Login),
			types.Bool(r.Replication), types.Int(int64(r.ConnLimit)), text("********"), until, types.Bool(r.BypassRLS), types.Bool(r.Impersonate)})
		if err != nil {
			return err
		}
	}
	return nil
}

func typeRows(s *Session, yield func(types.Row) error) error {
	one := func(t *types.Type) error {
		elem, array := catalog.OID(0), catalog.OID(0)
		if t.Elem != nil {
			elem = t.Elem.OID
		}
		if t.Array != nil {
			array = t.Array.OID
		}
		return yield(types.Row{oidOf(t.OID), text(t.Name), oidOf(catalog.SchemaPGCatalog), oidOf(catalog.RolePostgres), types.Int(int64(t.Len)), types.Bool(t.ByVal), types.Int(int64(t.Kind)),
			types.Int(int64(t.Category)), types.Bool(t.Preferred), types.Bool(true), types.Int(int64(t.Delim)), oidOf(0), oidOf(elem), oidOf(array), types.Bool(false), oidOf(0), types.Int(-1)})
	}
	for _, t := range types.Builtins() {
		if err := one(t); err != nil {
			return err
		}
		if t.Array != nil {
			if err := one(t.Array); err != nil {
				return err
			}
		}
	}
	return nil
}

func classRows(s *Session, yield func(types.Row) error) error {
	row := func(oid catalog.OID, name string, schema, owner catalog.OID, kind byte, natts int, indexed bool) error {
		return yield(types.Row{oidOf(oid), text(name), oidOf(schema), oidOf(0), oidOf(owner), types.Int(int64(kind)), types.Int('p'), types.Int(int64(natts)), types.Bool(indexed), types.Float(-1), types.Int(0), types.Bool(false), types.Bool(false)})
	}
	for _, t := range objects[*catalog.Table](s) {
		if err := row(t.OID, t.Name, t.Schema, t.Owner, 'r', len(t.Columns), len(t.Indexes) > 0); err != nil {
			return err
		}
		for _, i := range t.Indexes {
			if err := row(i.OID, i.Name, t.Schema, t.Owner, 'i', len(i.Keys), false); err != nil {
				return err
			}
		}
	}
	for _, q := range objects[*catalog.Sequence](s) {
		if err := row(q.OID, q.Name, q.Schema, q.Owner, 'S', 3, false); err != nil {
			return err
		}
	}
	for _, v := range catalog.Virtuals() {
		if err := row(v.OID, v.Name, v.Schema, catalog.RolePostgres, 'v', len(v.Columns), false); err != nil {
			return err
		}
	}
	return nil
}

func attributeRows(s *Session, yield func(types.Row) error) error {
	char := func(b byte) types.Datum { return types.Int(int64(b)) }
	columns := func(relation catalog.OID, cols []*catalog.Column) error {
		for _, c := range cols {
			generated := byte(0)
			if c.Generated {
				generated = 's'
			}
			err := yield(types.Row{oidOf(relation), text(c.Name), oidOf(c.Type.OID), types.Int(int64(c.Type.Len)), types.Int(int64(c.Num)), types.Int(int64(c.Typmod)), types.Bool(c.NotNull),
				types.Bool(c.Default != ""), char(c.Identity), char(generated), types.Bool(false)})
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, t := range objects[*catalog.Table](s) {
		if err := columns(t.OID, t.Columns); err != nil {
			return err
		}
	}
	for _, v := range catalog.Virtuals() {
		if err := columns(v.OID, v.Columns); err != nil {
			return err
		}
	}
	return nil
}

func infoTables(s *Session, yield func(types.Row) error) error {
	for _, t := range objects[*catalog.Table](s) {
		if err := yield(types.Row{text(s.database.Name), text(s.schemaName(t.Schema)), text(t.Name), text("BASE TABLE")}); err != nil {
			return err
		}
	}
	for _, v := range catalog.Virtuals() {
		if err := yield(types.Row{text(s.database.Name), text(s.schemaName(v.Schema)), text(v.Name), text("VIEW")}); err != nil {
			return err
		}
	}
	return nil
}

func infoColumns(s *Session, yield func(types.Row) error) error {
	columns := func(schema catalog.OID, table string, cols []*catalog.Column) error {
		for i, c := range cols {
			def, length, nullable := types.Null, types.Null, "YES"
			if c.Default != "" && !c.Generated {
				def = text(c.Default)
			}
			if c.NotNull {
				nullable = "NO"
			}
			if (c.Type.Type == types.Varchar || c.Type.Type == types.BPChar) && c.Typmod > 4 {
				length = types.Int(int64(c.Typmod - 4))
			}
			dataType := c.Type.SQLName
			if strings.HasSuffix(dataType, "[]") {
				dataType = "ARRAY"
			}
			err := yield(types.Row{text(s.database.Name), text(s.schemaName(schema)), text(table), text(c.Name), types.Int(int64(i + 1)), def, text(nullable), text(dataType), length, text(c.Type.Name)})
			if err != nil {
				return err
			}
		}
		return nil
	}
	for _, t := range objects[*catalog.Table](s) {
		if err := columns(t.Schema, t.Name, t.Columns); err != nil {
			return err
		}
	}
	return nil
}
