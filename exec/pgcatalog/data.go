package pgcatalog

import (
	"embed"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

//go:embed pg15/pg_*.tsv
var recordedRows embed.FS

// recordedFor gives the recorded rows of a relation of pg_catalog, or nothing.
func recordedFor(name string) string {
	b, err := recordedRows.ReadFile("pg15/" + name + ".tsv")
	if err != nil {
		return ""
	}
	return string(b)
}

// recordedSchemaInfo is the OID that information_schema had where the rows were
// recorded.
const recordedSchemaInfo = "13207"

// builtin reads the recorded rows that are kept.
func (r *relation) builtin() []types.Row {
	var out []types.Row
	for line := range strings.Lines(r.recorded) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		row := r.zero.Clone()
		for i, f := range fields {
			row[i] = recordedValue(r.Columns[i].Type.Type, f)
			if f == recordedSchemaInfo && strings.HasSuffix(r.Columns[i].Name, "namespace") {
				row[i] = types.Int(int64(catalog.SchemaInfo))
			}
		}
		if r.keep == nil || r.keep(r, row) {
			out = append(out, row)
		}
	}
	return out
}

// recordedValue reads one field of COPY's text format.
func recordedValue(t *types.Type, field string) types.Datum {
	if field == `\N` {
		return types.Null
	}
	if strings.HasPrefix(t.Name, "reg") {
		t = types.Oid
	}
	v, err := t.Input(unescape.Replace(field), types.NoTypmod, types.DefaultEnv)
	if err != nil {
		panic("pgcatalog: recorded " + t.Name + " " + field + ": " + err.Error())
	}
	return v
}

var unescape = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r")

// The rows of objects that this server does not have are left out, and so is
// what is said about them.
func init() {
	oid := func(r *relation, row types.Row, column string) types.OID {
		return types.OID(row[r.columns[column]].Int())
	}
	known := func(t types.OID) bool { return t == 0 || types.ByOID(t) != nil }
	// A function is one that can be called, or the code of a type or an
	// aggregate, which PostgreSQL lets be called but nobody does.
	callable := func(f types.OID) bool {
		fn := expr.FunctionByOID(f)
		return fn == nil || hasCode(fn)
	}
	// operator is one that has code, for both its types.
	operator := func(o types.OID) bool {
		op := expr.OperatorByOID(o)
		return o == 0 || op != nil && hasCode(op.Fn)
	}
	keep := map[string]func(r *relation, row types.Row) bool{
		"pg_type": func(r *relation, row types.Row) bool {
			_, domain := domains[oid(r, row, "oid")]
			return domain || known(oid(r, row, "oid"))
		},
		"pg_proc": func(r *relation, row types.Row) bool {
			f := oid(r, row, "oid")
			if supportFunctions()[f] {
				return true
			}
			for _, a := range row[r.columns["proargtypes"]].Array().Elems {
				if !known(types.OID(a.Int())) {
					return false
				}
			}
			return known(oid(r, row, "prorettype")) && callable(f)
		},
		"pg_operator":  func(r *relation, row types.Row) bool { return operator(oid(r, row, "oid")) },
		"pg_aggregate": func(r *relation, row types.Row) bool { return callable(oid(r, row, "aggfnoid")) },
		"pg_range":     func(r *relation, row types.Row) bool { return known(oid(r, row, "rngtypid")) },
		"pg_cast": func(r *relation, row types.Row) bool {
			return known(oid(r, row, "castsource")) && known(oid(r, row, "casttarget")) && callable(oid(r, row, "castfunc"))
		},
		"pg_opclass": func(r *relation, row types.Row) bool {
			return known(oid(r, row, "opcintype")) && known(oid(r, row, "opckeytype"))
		},
		"pg_amop": func(r *relation, row types.Row) bool { return operator(oid(r, row, "amopopr")) },
		"pg_amproc": func(r *relation, row types.Row) bool {
			return known(oid(r, row, "amproclefttype")) && known(oid(r, row, "amprocrighttype"))
		},
		"pg_description": func(r *relation, row types.Row) bool {
			object := oid(r, row, "objoid")
			switch oid(r, row, "classoid") {
			case classType:
				return known(object)
			case classProc:
				return callable(object)
			case classOperator:
				return operator(object)
			}
			return true
		},
	}
	for name, f := range keep {
		find("pg_catalog." + name).keep = f
	}
}

func hasCode(f *expr.Function) bool {
	return f.Eval != nil || f.Typed != nil || f.Set != nil || f.Aggregate != nil || f.OrderedSet != nil || f.Window != nil
}

// OIDs of the catalogs themselves, as classid columns name them.
const (
	classType       types.OID = 1247
	classAttribute  types.OID = 1249
	classProc       types.OID = 1255
	classClass      types.OID = 1259
	classAuthID     types.OID = 1260
	classDatabase   types.OID = 1262
	classTablespace types.OID = 1213
	classAttrdef    types.OID = 2604
	classConstraint types.OID = 2606
	classNamespace  types.OID = 2615
	classOperator   types.OID = 2617
	classRewrite    types.OID = 2618
	classExtension  types.OID = 3079
	tablespaceMain  types.OID = 1663
)

// supportFunctions are those that B-tree operator classes compare with, and the
// access methods' handlers; they need no code to be called by.
var supportFunctions = sync.OnceValue(func() map[types.OID]bool {
	out := map[types.OID]bool{}
	for relation, column := range map[string]string{"pg_amproc": "amproc", "pg_am": "amhandler"} {
		r := find("pg_catalog." + relation)
		for _, row := range r.builtin() {
			out[types.OID(row[r.columns[column]].Int())] = true
		}
	}
	return out
})
