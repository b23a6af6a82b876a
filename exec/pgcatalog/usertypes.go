package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions that domains are read with, by OID.
const domainIn, domainRecv catalog.OID = 2597, 2598

// userType adds a type that a user has made, and the arrays of it.
func (o *rows) userType(s *Snapshot, u *catalog.UserType) {
	t := s.Catalog.TypeByOID(u.OID)
	if t == nil {
		return
	}
	common := []any{"typnamespace", u.Schema, "typowner", u.Owner, "typisdefined", true, "typdelim", byte(',')}
	row := append([]any{"oid", u.OID, "typname", u.Name, "typarray", u.Array, "typlen", int(t.Len), "typbyval", t.ByVal, "typtype", byte(u.Kind), "typcategory", t.Category, "typalign", t.Align}, common...)
	switch u.Kind {
	case types.KindEnum:
		row = append(row, "typinput", enumIn, "typoutput", enumOut, "typreceive", enumRecv, "typsend", enumSend, "typstorage", byte('p'), "typtypmod", -1)
	case types.KindDomain:
		storage := byte('x')
		if t.ByVal {
			storage = 'p'
		}
		base := storageOf(t.Base)
		row = append(row, "typinput", domainIn, "typreceive", domainRecv, "typoutput", base.output, "typsend", base.send, "typbasetype", u.Base.OID, "typtypmod", int(u.Typmod), "typnotnull", u.NotNull,
			"typcollation", base.collation, "typstorage", storage, "typdefault", orNull(u.Default))
	default:
		row = append(row, "typinput", recordIn, "typoutput", recordOut, "typreceive", recordRecv, "typsend", recordSend, "typrelid", compositeRelation(u), "typstorage", byte('x'), "typtypmod", -1)
	}
	o.add(row...)
	o.add(append([]any{"oid", u.Array, "typname", t.Array.Name, "typelem", u.OID, "typlen", -1, "typtype", byte('b'), "typcategory", byte('A'), "typinput", arrayIn, "typoutput", arrayOut,
		"typreceive", arrayRecv, "typsend", arraySend, "typanalyze", arrayAnalyze, "typsubscript", arraySubscript, "typalign", t.Align, "typstorage", byte('x'), "typtypmod", -1}, common...)...)
}

// compositeRelation makes up the OID of the relation that PostgreSQL keeps the
// columns of a composite type in.
func compositeRelation(u *catalog.UserType) catalog.OID { return 1<<30 + 1<<28 + u.OID }
