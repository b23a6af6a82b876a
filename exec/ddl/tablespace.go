package ddl

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// tablespaces are those that there are, by name.
var tablespaces = map[string]catalog.OID{"pg_default": catalog.TablespaceDefault, "pg_global": catalog.TablespaceGlobal}

// tablespace says whether there is a tablespace: there is but the default.
func tablespace(name string) error {
	switch name {
	case "pg_default":
		return nil
	case "pg_global":
		return sqlerr.New(sqlerr.InvalidParameterValue, "only shared relations can be placed in pg_global tablespace")
	}
	return absentTablespace(name)
}

func absentTablespace(name string) error {
	return sqlerr.New(sqlerr.UndefinedObject, `tablespace "%s" does not exist`, name)
}

// grantedTablespace is what GRANT ON TABLESPACE is about. What is not there yet is made, as
// the default has it.
func grantedTablespace(cat *catalog.Catalog, name string) (*catalog.Tablespace, error) {
	oid := tablespaces[name]
	if oid == 0 {
		return nil, absentTablespace(name)
	}
	if t := cat.Tablespace(oid); t != nil {
		return t, nil
	}
	return &catalog.Tablespace{OID: oid, Name: name, ACL: catalog.ObjectACL(catalog.RolePostgres, catalog.PrivCreate, 0)}, nil
}
