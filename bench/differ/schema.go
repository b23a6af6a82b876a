package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// kind is a type that columns and expressions have.
type kind string

const (
	tInt      kind = "integer"
	tBig      kind = "bigint"
	tSmall    kind = "smallint"
	tNumeric  kind = "numeric"
	tFloat    kind = "double precision"
	tText     kind = "text"
	tVarchar  kind = "character varying(8)"
	tChar     kind = "character(4)"
	tBool     kind = "boolean"
	tDate     kind = "date"
	tStamp    kind = "timestamp without time zone"
	tStampTZ  kind = "timestamp with time zone"
	tTime     kind = "time without time zone"
	tInterval kind = "interval"
	tUUID     kind = "uuid"
	tBytea    kind = "bytea"
	tJSONB    kind = "jsonb"
	tInts     kind = "integer[]"
	tTexts    kind = "text[]"
	tRange    kind = "int4range"
	tBits     kind = "bit varying"
	tInet     kind = "inet"
	tPath     kind = "jsonpath"
)

var kinds = []kind{tInt, tText, tBool, tNumeric, tBig, tDate, tFloat, tSmall, tStamp, tVarchar, tInterval, tStampTZ, tJSONB, tInts, tTexts, tUUID, tBytea, tTime, tChar, tRange, tBits, tInet}

// constants are values of each type; the first is the simplest.
var constants = map[kind][]string{
	tInt:      {"0", "1", "2", "-1", "7", "100", "2147483647", "-2147483648"},
	tBig:      {"0::bigint", "1::bigint", "-5::bigint", "3000000000", "9223372036854775807"},
	tSmall:    {"0::smallint", "1::smallint", "-3::smallint", "32767::smallint"},
	tNumeric:  {"0.0", "1.5", "-2.50", "0.001", "12345678901234567890.123456789", "'NaN'::numeric"},
	tFloat:    {"0::double precision", "1.5::double precision", "-0.25::double precision", "1e100::double precision", "'NaN'::double precision", "'Infinity'::double precision"},
	tText:     {"''::text", "'a'::text", "'B'::text", "'abc'::text", "'a b'::text", "'ä€😀'::text", "'10'::text", "'%_'::text"},
	tVarchar:  {"'v'::varchar(8)", "'Ab  '::varchar(8)"},
	tChar:     {"'c'::char(4)", "'c d'::char(4)"},
	tBool:     {"false", "true"},
	tDate:     {"'2020-01-01'::date", "'2024-02-29'::date", "'1999-12-31'::date", "'infinity'::date"},
	tStamp:    {"'2020-01-01 00:00:00'::timestamp", "'2021-03-14 02:30:00.123456'::timestamp", "'1969-07-20 20:17:40'::timestamp"},
	tStampTZ:  {"'2020-01-01 00:00:00+00'::timestamptz", "'2021-10-31 01:30:00+02'::timestamptz"},
	tTime:     {"'00:00:00'::time", "'23:59:59.5'::time", "'12:34:56'::time"},
	tInterval: {"'0'::interval", "'1 day'::interval", "'1 mon -3 days 04:05:06.7'::interval", "'-2 years'::interval"},
	tUUID:     {"'00000000-0000-0000-0000-000000000000'::uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid"},
	tBytea:    {`''::bytea`, `'\x00ff'::bytea`, `'abc'::bytea`},
	tJSONB:    {"'null'::jsonb", "'1'::jsonb", `'{"a": 1, "b": [true, null, "x"]}'::jsonb`, `'[1, 2.50, {"c": {}}]'::jsonb`, `'"s"'::jsonb`},
	tInts:     {"'{}'::int[]", "'{1,2,3}'::int[]", "'{NULL,5}'::int[]", "'{{1,2},{3,4}}'::int[]", "'[0:1]={8,9}'::int[]"},
	tRange:    {"'empty'::int4range", "'[1,5)'::int4range", "'(,3]'::int4range", "'[7,)'::int4range", "'[2,2]'::int4range"},
	tBits:     {"B''::varbit", "B'1'::varbit", "B'0110'::varbit", "B'111100001'::varbit"},
	tInet:     {"'10.0.0.1'::inet", "'10.1.2.3/8'::inet", "'::1'::inet", "'2001:db8::5/32'::inet", "'::1.2.3.4'::inet"},
	tPath:     {"'$'::jsonpath", "'$.a'::jsonpath", "'$.b[*] ? (@ == \"x\")'::jsonpath", "'$[*].type()'::jsonpath", "'strict $.c'::jsonpath", "'$.** ? (@ > 1)'::jsonpath", "'$.b.size()'::jsonpath"},
	tTexts:    {"'{}'::text[]", "'{a,NULL,\"b c\"}'::text[]"},
}

type column struct {
	name string // qualified
	kind kind
}

type table struct {
	name    string
	columns []column
}

// schema makes tables with rows, and says how.
func schema(random *rand.Rand) (tables []table, script []string) {
	script = []string{"DROP SCHEMA IF EXISTS differ CASCADE", "CREATE SCHEMA differ"}
	script = append(script, functions...)
	for i := range 4 {
		t := table{name: fmt.Sprintf("differ.t%d", i)}
		defs := []string{"id integer PRIMARY KEY"}
		t.columns = append(t.columns, column{"id", tInt})
		for c := range 3 + random.IntN(5) {
			k := kinds[random.IntN(len(kinds))]
			t.columns = append(t.columns, column{fmt.Sprintf("c%d", c), k})
			defs = append(defs, fmt.Sprintf("c%d %s", c, k))
		}
		script = append(script, fmt.Sprintf("CREATE TABLE %s (%s)", t.name, strings.Join(defs, ", ")))
		var rows []string
		for id := range random.IntN(14) {
			values := []string{fmt.Sprint(id)}
			for _, c := range t.columns[1:] {
				if v := constants[c.kind]; random.IntN(5) == 0 {
					values = append(values, "NULL")
				} else {
					values = append(values, v[random.IntN(len(v))])
				}
			}
			rows = append(rows, "("+strings.Join(values, ", ")+")")
		}
		if rows != nil {
			script = append(script, fmt.Sprintf("INSERT INTO %s VALUES %s", t.name, strings.Join(rows, ", ")))
		}
		for _, c := range t.columns[1:] {
			if c.kind != tJSONB && c.kind != tPath && random.IntN(3) == 0 {
				script = append(script, fmt.Sprintf("CREATE INDEX ON %s (%s%s)", t.name, c.name, []string{"", " DESC", " NULLS FIRST"}[random.IntN(3)]))
			}
		}
		tables = append(tables, t)
	}
	for i, t := range tables[:2] {
		v := table{name: fmt.Sprintf("differ.v%d", i), columns: t.columns}
		script = append(script, fmt.Sprintf("CREATE VIEW %s AS SELECT * FROM %s WHERE %s", v.name, t.name, []string{"id > 1", "differ.pick(id, 2) <> 3"}[i]))
		tables = append(tables, v)
	}
	return tables, append(script, large(random)...)
}

// functions are made in each schema; forms call them.
var functions = []string{
	"CREATE FUNCTION differ.add(a integer, b integer DEFAULT 3) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + b'",
	"CREATE FUNCTION differ.pick(a integer, b integer) RETURNS integer LANGUAGE sql STRICT AS 'SELECT CASE WHEN a > b THEN a ELSE b END'",
	"CREATE FUNCTION differ.twice(t text) RETURNS character varying LANGUAGE sql STABLE AS 'SELECT (lower(t) || t)::varchar(6)'",
	"CREATE FUNCTION differ.both(VARIADIC a integer[]) RETURNS bigint LANGUAGE sql AS 'SELECT sum(x) FROM unnest(a) AS x'",
	"CREATE FUNCTION differ.up(a integer) RETURNS SETOF integer LANGUAGE sql AS 'SELECT g + a FROM generate_series(1, 3) AS g'",
	"CREATE FUNCTION differ.pairs(a integer) RETURNS TABLE (n integer, t text) LANGUAGE sql AS 'SELECT a, ''p'' UNION ALL SELECT a + 1, NULL'",
	"CREATE AGGREGATE differ.total(integer) (SFUNC = int4_sum, STYPE = bigint)",
	"CREATE AGGREGATE differ.mean(integer) (SFUNC = int4_avg_accum, STYPE = bigint[], FINALFUNC = int8_avg, INITCOND = '{0,0}')",
	"CREATE FUNCTION differ.longer(a text, b text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT CASE WHEN (length(a), a) > (length(b), b) THEN a ELSE b END'",
	"CREATE AGGREGATE differ.longest(text) (SFUNC = differ.longer, STYPE = text)",
	"CREATE AGGREGATE differ.kept(anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray, INITCOND = '{}')",
}
