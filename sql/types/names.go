package types

import "strings"

// sqlNames are the spellings of built-in types that SQL knows besides
// pg_type.typname and format_type's.
var sqlNames = map[string]string{
	"int": "int4", "integer": "int4", "smallint": "int2", "bigint": "int8", "real": "float4",
	"double precision": "float8", "float": "float8", "decimal": "numeric", "dec": "numeric", "boolean": "bool",
	"character varying": "varchar", "character": "bpchar", "char": "bpchar", "\"char\"": "char",
	"timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
	"time without time zone": "time", "time with time zone": "timetz", "bit varying": "varbit",
	"national character": "bpchar", "nchar": "bpchar",
}

// LookupSQLName finds a built-in type by a name as SQL writes it, in lower case:
// "integer", "int4", "timestamp with time zone", "text[]"; nil if there is none.
func LookupSQLName(name string) *Type {
	name = strings.TrimPrefix(strings.Join(strings.Fields(name), " "), "pg_catalog.")
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		t := LookupSQLName(strings.TrimSpace(elem))
		if t == nil || t.IsArray() {
			return t
		}
		return t.Array
	}
	if base, _, ok := strings.Cut(name, "("); ok {
		name = strings.TrimSpace(base)
	}
	if canonical, ok := sqlNames[name]; ok {
		return ByName(canonical)
	}
	return ByName(strings.Trim(name, "\""))
}
