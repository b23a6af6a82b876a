package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

func init() {
	find("pg_catalog.pg_tablespace").keep = func(*relation, types.Row) bool { return false } // their privileges change
	makes("pg_tablespace", func(s *Snapshot, out *rows) {
		for _, row := range find("pg_catalog.pg_tablespace").parse(nil) {
			out.add("oid", row[0], "spcname", row[1], "spcowner", row[2], "spcacl", s.tablespaceACL(catalog.OID(row[0].Int())))
		}
	})
}

// tablespaceACL is what pg_tablespace shows of who may use one.
func (s *Snapshot) tablespaceACL(oid catalog.OID) types.Datum {
	if t := s.Catalog.Tablespace(oid); t != nil {
		return s.acl(t.ACL)
	}
	return types.Null
}

// guardedTablespace finds a tablespace by name or OID.
func (r *Reader) guardedTablespace(d types.Datum) (*guarded, error) {
	for _, row := range find("pg_catalog.pg_tablespace").parse(nil) {
		oid := catalog.OID(row[0].Int())
		if d.IsString() && d.Str() == row[1].Str() || !d.IsString() && oidArg(d) == oid {
			acl := catalog.ObjectACL(catalog.RolePostgres, catalog.PrivCreate, 0)
			if granted := r.Catalog.Tablespace(oid); granted != nil {
				acl = granted.ACL
			}
			return &guarded{owner: catalog.RolePostgres, acl: acl}, nil
		}
	}
	if d.IsString() {
		return nil, sqlerr.New(sqlerr.UndefinedObject, `tablespace "%s" does not exist`, d.Str())
	}
	return nil, nil
}
