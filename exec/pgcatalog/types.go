package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_type, pg_enum, pg_proc: the types and functions that are not PostgreSQL's
// own. Those are recorded.

func init() {
	makes("pg_type", typeRows)
	makes("pg_enum", enumRows)
	makes("pg_proc", procRows)
}

// Functions that enums are read and written with, by OID.
const (
	enumIn   catalog.OID = 3506
	enumOut  catalog.OID = 3507
	enumRecv catalog.OID = 3532
	enumSend catalog.OID = 3533
)

func typeRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.types {
		if len(t.Labels) == 0 {
			continue
		}
		out.add("oid", t.OID, "typname", t.Name, "typnamespace", t.Schema, "typowner", t.Owner, "typlen", 4, "typbyval", true, "typtype", byte('e'), "typcategory", byte('E'),
			"typisdefined", true, "typdelim", byte(','), "typinput", enumIn, "typoutput", enumOut, "typreceive", enumRecv, "typsend", enumSend,
			"typalign", byte('i'), "typstorage", byte('p'), "typtypmod", -1)
	}
}

func enumRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.types {
		for i, label := range t.Labels {
			out.add("oid", 1<<31+(t.OID-types.FirstUserOID)*1024+catalog.OID(i), "enumtypid", t.OID, "enumsortorder", float64(i+1), "enumlabel", label)
		}
	}
}

// procRows adds the functions that PostgreSQL does not have.
func procRows(_ *Snapshot, out *rows) {
	recorded := out.r.builtinSet()
	oid := out.r.columns["oid"]
	for _, f := range expr.AllFunctions() {
		if !hasCode(f) || len(recorded.lookup(oid, types.Int(int64(f.OID)))) > 0 {
			continue
		}
		args := make([]int64, len(f.Args))
		for i, a := range f.Args {
			args[i] = int64(a.OID)
		}
		volatility := [...]byte{'i', 's', 'v'}[f.Volatility]
		cost := 1.0
		var names any
		if len(f.ArgNames) == len(f.Args) && len(f.Args) > 0 {
			names = f.ArgNames
		}
		setRows := 0.0
		if f.ReturnsSet {
			setRows = 1000
		}
		out.add("oid", f.OID, "proname", f.Name, "pronamespace", catalog.SchemaPGCatalog, "proowner", catalog.RolePostgres, "prolang", 12, "procost", cost, "prorows", setRows,
			"prokind", f.Kind, "proisstrict", f.Strict, "proretset", f.ReturnsSet, "provolatile", volatility, "proparallel", byte('u'), "pronargs", len(f.Args), "pronargdefaults", f.Defaults,
			"prorettype", f.Result.OID, "proargtypes", vector(types.Oid, args), "proargnames", names, "prosrc", f.Symbol)
	}
}
