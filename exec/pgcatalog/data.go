package pgcatalog

import (
	"embed"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

//go:embed pg15/pg_*.tsv
var recordedRows embed.FS

// recordedFor gives the recorded rows of a relation of pg_catalog, or nothing.
func recordedFor(name string) string {
	switch name {
	case "pg_opclass":
		return catalog.OperatorClassRows
	case "pg_opfamily":
		return catalog.OperatorFamilyRows
	case "pg_collation":
		return catalog.CollationRows
	}
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
func (r *relation) builtin() []types.Row { return r.parse(r.keep) }

// parse reads the recorded rows, as keep leaves them.
func (r *relation) parse(keep func(r *relation, row types.Row) bool) []types.Row {
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
		if keep == nil || keep(r, row) {
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

// The rows of objects that this server does not have are left out, so is what
// is said about them, and references to them that may be zero are.
func init() {
	oid := func(r *relation, row types.Row, column string) types.OID {
		return types.OID(row[r.columns[column]].Int())
	}
	none := func(r *relation, row types.Row, columns ...string) {
		for _, c := range columns {
			row[r.columns[c]] = types.Int(0)
		}
	}
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
	hasProc := func(f types.OID) bool {
		r := find("pg_catalog.pg_proc")
		return len(r.builtinSet().lookup(r.columns["oid"], types.Int(int64(f)))) > 0
	}
	keep := map[string]func(r *relation, row types.Row) bool{
		"pg_type": keepType,
		"pg_proc": func(r *relation, row types.Row) bool {
			none(r, row, "prosupport") // the planner knows its functions
			for _, a := range row[r.columns["proargtypes"]].Array().Elems {
				if !knownType(types.OID(a.Int())) {
					return false
				}
			}
			f := oid(r, row, "oid")
			return knownType(oid(r, row, "prorettype")) && (callable(f) || supportFunctions()[f])
		},
		"pg_operator": func(r *relation, row types.Row) bool {
			for _, c := range []string{"oprcom", "oprnegate"} {
				if !operator(oid(r, row, c)) {
					none(r, row, c)
				}
			}
			return operator(oid(r, row, "oid"))
		},
		"pg_aggregate": func(r *relation, row types.Row) bool {
			if !operator(oid(r, row, "aggsortop")) {
				none(r, row, "aggsortop")
			}
			for _, c := range []string{"aggfnoid", "aggtransfn", "aggfinalfn"} {
				if f := oid(r, row, c); f != 0 && !hasProc(f) {
					return false
				}
			}
			return knownType(oid(r, row, "aggtranstype"))
		},
		"pg_range": func(r *relation, row types.Row) bool {
			if !knownType(oid(r, row, "rngmultitypid")) {
				none(r, row, "rngmultitypid")
			}
			for _, c := range []string{"rngcanonical", "rngsubdiff"} {
				if !hasProc(oid(r, row, c)) {
					none(r, row, c)
				}
			}
			return knownType(oid(r, row, "rngtypid"))
		},
		"pg_cast": func(r *relation, row types.Row) bool {
			return knownType(oid(r, row, "castsource")) && knownType(oid(r, row, "casttarget")) && callable(oid(r, row, "castfunc"))
		},
		"pg_opclass": func(r *relation, row types.Row) bool {
			return knownType(oid(r, row, "opcintype")) && knownType(oid(r, row, "opckeytype"))
		},
		"pg_amop": func(r *relation, row types.Row) bool { return operator(oid(r, row, "amopopr")) },
		"pg_amproc": func(r *relation, row types.Row) bool {
			return knownType(oid(r, row, "amproclefttype")) && knownType(oid(r, row, "amprocrighttype")) && hasProc(oid(r, row, "amproc"))
		},
		"pg_description": func(r *relation, row types.Row) bool {
			object := oid(r, row, "objoid")
			switch oid(r, row, "classoid") {
			case classType:
				return knownType(object)
			case classProc:
				return callable(object)
			case classOperator:
				return operator(object)
			case classTSConfig:
				return textsearch.ConfigurationByOID(object) != nil
			case classTSDictionary:
				return textsearch.DictionaryByOID(object) != nil
			case classTSTemplate:
				return true
			}
			return true
		},
	}
	for name, f := range keep {
		find("pg_catalog." + name).keep = f
	}
}

func knownType(t types.OID) bool { return t == 0 || types.ByOID(t) != nil || handlerTypes[t] }

func keepType(r *relation, row types.Row) bool {
	t := types.OID(row[r.columns["oid"]].Int())
	if _, domain := domains[t]; domain {
		row[r.columns["typarray"]] = types.Int(0)
		return true
	}
	return knownType(t)
}

// handlerTypes are the results of the access methods' handlers; no value has
// them.
var handlerTypes = map[types.OID]bool{269: true, 325: true}

func hasCode(f *expr.Function) bool {
	return f.Eval != nil || f.Typed != nil || f.Set != nil || f.Aggregate != nil || f.OrderedSet != nil || f.Window != nil
}

// OIDs of the catalogs themselves, as classid columns name them.
const (
	classType      types.OID = 1247
	classAttribute types.OID = 1249
	classProc      types.OID = 1255
	classPolicy    types.OID = 3256
	// Of text search.
	classTSDictionary types.OID = 3600
	classTSConfig     types.OID = 3602
	classTSTemplate   types.OID = 3764
	classTrigger      types.OID = 2620
	classClass        types.OID = 1259
	classAuthID       types.OID = 1260
	classDatabase     types.OID = 1262
	classTablespace   types.OID = 1213
	classAttrdef      types.OID = 2604
	classConstraint   types.OID = 2606
	classNamespace    types.OID = 2615
	classOperator     types.OID = 2617
	classRewrite      types.OID = 2618
	classAM           types.OID = 2601
	classOpclass      types.OID = 2616
	classExtension    types.OID = 3079
	classLanguage     types.OID = 2612
	classStatistics   types.OID = 3381
	tablespaceMain    types.OID = 1663
)

// supportFunctions are those that types are read and written with, that B-tree
// operator classes compare with, that aggregates are made of, and the access
// methods' handlers. They need no code to be called by.
var supportFunctions = sync.OnceValue(func() map[types.OID]bool {
	out := map[types.OID]bool{}
	for relation, columns := range map[string][]string{
		"pg_amproc": {"amproc"}, "pg_am": {"amhandler"}, "pg_conversion": {"conproc"}, "pg_language": {"lanplcallfoid", "laninline", "lanvalidator"},
		"pg_ts_parser": {"prsstart", "prstoken", "prsend", "prsheadline", "prslextype"}, "pg_ts_template": {"tmplinit", "tmpllexize"},
		"pg_type":      {"typinput", "typoutput", "typreceive", "typsend", "typmodin", "typmodout", "typanalyze", "typsubscript"},
		"pg_aggregate": {"aggtransfn", "aggfinalfn", "aggcombinefn", "aggserialfn", "aggdeserialfn", "aggmtransfn", "aggminvtransfn", "aggmfinalfn"},
	} {
		r := find("pg_catalog." + relation)
		for _, row := range r.parse(nil) {
			if t, ok := r.columns["aggtranstype"]; ok && !knownType(types.OID(row[t].Int())) || relation == "pg_type" && !keepType(r, row) {
				continue
			}
			for _, c := range columns {
				out[types.OID(row[r.columns[c]].Int())] = true
			}
		}
	}
	return out
})
