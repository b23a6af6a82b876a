package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_type, pg_enum, pg_proc: the types and functions that are not PostgreSQL's
// own. Those are recorded.

func init() {
	makesParts("pg_type", typeRows)
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
	for _, t := range s.once.tables {
		out.rowType(t.OID, t.Schema, t.Owner, t.Name)
	}
	for _, v := range s.once.views {
		out.rowType(v.OID, v.Schema, v.Owner, v.Name)
	}
	for _, v := range s.virtuals() {
		out.rowType(v.OID, v.Schema, catalog.RolePostgres, v.Name)
	}
	for _, t := range s.once.types {
		out.userType(s, t)
	}
}

func rowTypeOID(relation catalog.OID) catalog.OID { return catalog.RowTypeOID(relation) }

func rowArrayOID(relation catalog.OID) catalog.OID { return catalog.RowArrayOID(relation) }

// relationOfRowType finds the relation whose rows have a type, and whether the
// type is the array; nil for another type.
func (s *Snapshot) relationOfRowType(oid catalog.OID) (rel catalog.Relation, isArray bool) {
	if oid, isArray = catalog.RowRelation(oid); oid == 0 {
		return nil, false
	}
	switch o := s.Catalog.Get(oid).(type) {
	case *catalog.Table:
		return o, isArray
	case *catalog.View:
		return o, isArray
	}
	if v := virtualByOID(oid); v != nil {
		return v, isArray
	}
	return nil, false
}

// Functions that rows and arrays are read and written with, by OID.
const (
	recordIn, recordOut, recordRecv, recordSend catalog.OID = 2290, 2291, 2402, 2403
	arrayIn, arrayOut, arrayRecv, arraySend     catalog.OID = 750, 751, 2400, 2401
	arrayAnalyze, arraySubscript                catalog.OID = 3816, 6179
)

// rowType adds the types of a relation's rows.
func (o *rows) rowType(relation, schema, owner catalog.OID, name string) {
	o.add("oid", rowTypeOID(relation), "typname", name, "typnamespace", schema, "typowner", owner, "typlen", -1, "typtype", byte('c'), "typcategory", byte('C'), "typisdefined", true,
		"typdelim", byte(','), "typrelid", relation, "typarray", rowArrayOID(relation), "typinput", recordIn, "typoutput", recordOut, "typreceive", recordRecv, "typsend", recordSend,
		"typalign", byte('d'), "typstorage", byte('x'), "typtypmod", -1)
	o.add("oid", rowArrayOID(relation), "typname", types.ClipName("_"+name), "typnamespace", schema, "typowner", owner, "typlen", -1, "typtype", byte('b'), "typcategory", byte('A'), "typisdefined", true,
		"typdelim", byte(','), "typelem", rowTypeOID(relation), "typinput", arrayIn, "typoutput", arrayOut, "typreceive", arrayRecv, "typsend", arraySend, "typanalyze", arrayAnalyze, "typsubscript", arraySubscript,
		"typalign", byte('d'), "typstorage", byte('x'), "typtypmod", -1)
}

func enumRows(s *Snapshot, out *rows) {
	s.objects()
	for _, t := range s.once.types {
		for _, label := range t.Labels {
			out.add("oid", label.OID, "enumtypid", t.OID, "enumsortorder", label.Sort, "enumlabel", label.Name)
		}
	}
}

// procRows adds the functions that PostgreSQL does not have.
func procRows(s *Snapshot, out *rows) {
	routineRows(s, out)
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
