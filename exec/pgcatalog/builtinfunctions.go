package pgcatalog

import (
	"sync"

	"github.com/kalamsql/kalamsql/sql/catalog"
)

// InternalFunction is a function of PostgreSQL's that only the server itself calls: the
// code of conversions, of text search and of access methods.
type InternalFunction struct {
	OID    catalog.OID
	Args   []catalog.OID
	Result catalog.OID
}

var internalFunctions = sync.OnceValue(func() map[string][]InternalFunction {
	r := find("pg_catalog.pg_proc")
	out := map[string][]InternalFunction{}
	for _, row := range r.parse(nil) {
		f := InternalFunction{OID: oidArg(row[r.columns["oid"]]), Result: oidArg(row[r.columns["prorettype"]])}
		for _, a := range row[r.columns["proargtypes"]].Array().Elems {
			f.Args = append(f.Args, oidArg(a))
		}
		name := row[r.columns["proname"]].Str()
		out[name] = append(out[name], f)
	}
	return out
})

// InternalFunctions lists the built-in functions of a name, those among them that no query
// can call.
func InternalFunctions(name string) []InternalFunction { return internalFunctions()[name] }
