package livetest

import (
	"fmt"
	"strings"
)

// Kind is a type that a column e may have, beside the columns that every relation has.
type Kind struct {
	// SQL is the type as CREATE TABLE states it, and Setup what it takes for it to be there.
	SQL   string
	Setup []string
	// Values are what the column has, in text form; some are equal and look different.
	Values []string
	// Look shows what equal values have in common, as a format of an expression; empty where they look alike.
	Look string
	// Part is something of a value, likewise; MinMax that min and max take it.
	Part   string
	MinMax bool
	// Inverted are conditions that a GIN index answers, likewise, or one of Method.
	Inverted []string
	Method   string
	// Stable: what a literal is goes by settings, so that queries cannot be resumed.
	Stable bool
}

// Kinds are types whose equality, order or form is a matter of its own.
var Kinds = []Kind{
	{SQL: "numeric", Values: []string{"1", "1.0", "1.00", "2.5", "-3", "NaN", "Infinity", "100000000000000000000.10"}, Look: "trim_scale(%s)", Part: "%s + 1.00", MinMax: true},
	{SQL: "numeric(6,2)", Values: []string{"1", "1.005", "2.5", "-3", "NaN"}, Part: "%s * 1.0", MinMax: true},
	{SQL: "float8", Values: []string{"0", "-0", "NaN", "Infinity", "-Infinity", "1.5", "1e300", "1e-300"}, Look: "(%s + 0)", Part: "%s * 2", MinMax: true},
	{SQL: "float4", Values: []string{"0", "-0", "NaN", "1.1", "-Infinity"}, Look: "(%s + 0)", Part: "%s::float8", MinMax: true},
	{SQL: `text COLLATE "C"`, Values: []string{"a", "A", "B", "ä", "", "a ", "Straße", "z\U0001F600"}, Part: "upper(%s)", MinMax: true},
	{SQL: `text COLLATE "en-x-icu"`, Values: []string{"a", "A", "b", "B", "ab", "a b", ""}, Part: "length(%s)", MinMax: true},
	{SQL: "varchar(5)", Values: []string{"a", "A", "b ", "", "häß"}, Part: "%s || 'x'", MinMax: true},
	{SQL: "char(4)", Values: []string{"a", "a ", "A", "", "abcd"}, Part: "%s || 'x'", MinMax: true},
	{SQL: "name", Values: []string{"a", "B", ""}, Part: "%s || 'x'"},
	{SQL: `"char"`, Values: []string{"a", "B", ""}, Part: "%s::text"},
	{SQL: "boolean", Values: []string{"t", "f"}, Part: "NOT %s"},
	{SQL: "int8", Values: []string{"1", "-1", "9223372036854775807", "-9223372036854775808"}, Part: "%s::numeric", MinMax: true},
	{SQL: "int2", Values: []string{"1", "-1", "32767"}, Part: "%s::int + 1", MinMax: true},
	{SQL: "timestamptz", Values: []string{"2026-01-02 03:04:05+00", "2026-01-02 04:04:05+01", "2026-01-02 03:04:05.000006+00", "infinity", "-infinity", "0044-03-15 12:00:00+00 BC"}, Part: "%s AT TIME ZONE 'UTC'", MinMax: true, Stable: true},
	{SQL: "timestamp", Values: []string{"2026-01-02 03:04:05", "infinity", "0044-03-15 12:00:00 BC"}, Part: "date_trunc('day', %s)", MinMax: true, Stable: true},
	{SQL: "date", Values: []string{"2026-01-02", "infinity", "0044-03-15 BC"}, Part: "%s - 1", MinMax: true, Stable: true},
	{SQL: "timetz", Values: []string{"10:00:00+00", "11:00:00+01", "24:00:00-03"}, Part: "%s::time", MinMax: true, Stable: true},
	{SQL: "time(0)", Values: []string{"10:00:00.6", "10:00:01", "24:00:00"}, Part: "%s - interval '1 hour'", MinMax: true, Stable: true},
	{SQL: "interval", Values: []string{"1 day", "24 hours", "1 mon", "30 days", "-1 day", "1 mon -1 day", "00:00:00.000001"}, Look: "justify_interval(%s)", Part: "%s * 2", MinMax: true, Stable: true},
	{SQL: "int[]", Inverted: []string{`%s @> '{1}'`, `%s && '{2,NULL}'`, `%s <@ '{1,2}'`, `%s = '{1,2}'`, `%s @> '{}'`}, Values: []string{"{1,2}", "{}", "{NULL}", "{{1},{2}}", "[0:1]={1,2}", "{1,NULL}"}, Part: "%s[1]", MinMax: true},
	{SQL: "numeric[]", Inverted: []string{`%s @> '{1}'`, `%s && '{2.0,NaN}'`, `%s <@ '{1,2}'`}, Values: []string{"{1,2}", "{1.0,2}", "{1.00,2.0}", "{}", "{NaN}"}, Look: `regexp_replace(%s::text, '\.0+', '', 'g')`, Part: "%s[1]", MinMax: true},
	{SQL: "text[]", Inverted: []string{`%s @> '{a}'`, `%s && '{NULL,"NULL"}'`, `%s = '{}'`}, Values: []string{`{a,"b c"}`, `{"NULL",NULL}`, "{}", `{"\""}`}, Part: "array_length(%s, 1)", MinMax: true},
	{SQL: "jsonb", Inverted: []string{`%s @> '{"a":1}'`, `%s ? 'a'`, `%s ?| '{b,x}'`, `%s @? '$.a'`, `%s @> '1'`}, Values: []string{`{"a":1}`, `{"a":1.0}`, `{"a": 1, "b": [1, null]}`, "[]", "null", `"x"`, "1.00", "1"}, Look: `regexp_replace(%s::text, '\.0+', '', 'g')`, Part: "%s -> 'a'"},
	{SQL: "pair", Setup: []string{"CREATE TYPE pair AS (a int, b text)"}, Values: []string{"(1,x)", "(1,)", "(,)", `(2,"a b")`}, Part: "(%s).a"},
	{SQL: "amount", Setup: []string{"CREATE TYPE amount AS (a numeric, b text)"}, Values: []string{"(1,x)", "(1.0,x)", "(1.00,x)", "(,)"}, Look: `regexp_replace(%s::text, '\.0+', '', 'g')`, Part: "(%s).a"},
	{SQL: "mood", Setup: []string{"CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'Ok')"}, Values: []string{"sad", "ok", "happy", "Ok"}, Part: "%s::text", MinMax: true},
	{SQL: "price", Setup: []string{"CREATE DOMAIN price AS numeric CHECK (VALUE >= 0)"}, Values: []string{"1", "1.0", "2.50", "2.5"}, Look: "trim_scale(%s)", Part: "%s + 1", MinMax: true},
	{SQL: "prices", Setup: []string{"CREATE DOMAIN prices AS numeric[]"}, Values: []string{"{1}", "{1.0}", "{}"}, Look: `regexp_replace(%s::text, '\.0+', '', 'g')`, Part: "%s[1]"},
	{SQL: "uuid", Values: []string{"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "00000000-0000-0000-0000-000000000000"}, Part: "%s::text"},
	{SQL: "bytea", Values: []string{`\x00ff`, `\x`, `\x61`, "a"}, Part: "length(%s)"},
	{SQL: "inet", Values: []string{"10.0.0.1", "10.0.0.1/32", "10.0.0.0/8", "::1"}, Part: "host(%s)", MinMax: true},
	{SQL: "bit varying(8)", Values: []string{"1", "01", "", "11111111"}, Part: "length(%s)"},
	{SQL: "int4range", Method: "gist", Inverted: []string{`%s && '[2,4)'`, `%s @> 2`, `%s <@ '[0,9)'`, `%s -|- '[3,5)'`, `%s = 'empty'`}, Values: []string{"[1,3)", "[1,2]", "empty", "(,)", "[5,)"}, Part: "upper(%s)"},
	{SQL: "numrange", Values: []string{"[1,3)", "[1.0,3)", "[1.00,3.0)", "empty", "(,)"}, Look: `regexp_replace(%s::text, '\.0+', '', 'g')`, Part: "upper(%s)"},
	{SQL: "int4multirange", Method: "gist", Inverted: []string{`%s && '{[2,4)}'`, `%s @> 5`, `%s <@ '{[0,9)}'`}, Values: []string{"{[1,3),[5,6)}", "{[1,2]}", "{}"}, Part: "upper(%s)"},
	{SQL: "tsvector", Inverted: []string{`%s @@ 'a & b'`, `%s @@ '!a'`, `%s @@ 'a | zz'`}, Values: []string{"a b", "b:1 a:2", ""}, Part: "length(%s)"},
	{SQL: "money", Values: []string{"1.00", "-2.5", "0"}, Part: "%s * 2", MinMax: true, Stable: true},
	{SQL: "pg_lsn", Values: []string{"0/1", "FF/0"}, Part: "%s - '0/0'::pg_lsn", MinMax: true},
	{SQL: "hstore", Setup: []string{"CREATE EXTENSION hstore"}, Inverted: []string{`%s @> 'a=>1'`, `%s ? 'a'`, `%s ?| '{b,x}'`, `%s ?& '{a,b}'`}, Values: []string{"a=>1", "a=>1, b=>NULL", "b=>2, a=>1", "", `"a b"=>"c"`}, Part: "%s -> 'a'"},
	{SQL: "ltree", Setup: []string{"CREATE EXTENSION ltree"}, Method: "gist", Inverted: []string{`%s <@ 'a'`, `%s @> 'a.b.c'`, `%s ~ 'a.*'`, `%s > 'a.b'`}, Values: []string{"a", "a.b", "a.b.c", "b", "", "a.B"}, Part: "nlevel(%s)"},
	{SQL: "macaddr", Values: []string{"08:00:2b:01:02:03", "08002b:010203"}, Part: "trunc(%s)"},
}

// Search is how an index is made that answers the conditions of Inverted.
func (k *Kind) Search() string {
	if k.Method == "" {
		return "gin"
	}
	return k.Method
}

// quoted is a value as a literal of no type.
func quoted(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }

// constant is a value of the column e as a constant in a query, of its type or of none.
func (g *Queries) constant() string {
	v := quoted(g.pick(g.Kind.Values...))
	if name, _, collated := strings.Cut(g.Kind.SQL, " COLLATE "); !collated && g.chance(50) || len(g.Kind.Setup) > 0 && !collated {
		v += "::" + name
	}
	return v
}

// Literal is a value of the column e, or NULL.
func (g *Queries) Literal() string {
	if g.chance(12) {
		return "NULL"
	}
	return quoted(g.pick(g.Kind.Values...))
}

// look shows what equal values have in common.
func (g *Queries) look(e string) string {
	if g.Kind.Look == "" {
		return e
	}
	return fmt.Sprintf(g.Kind.Look, e)
}

// Typed is a query of tables' columns e.
func (g *Queries) Typed() string {
	t, u := g.pick(g.Tables...), g.pick(g.Tables...)
	in := fmt.Sprintf(" FROM %s x", t)
	if g.chance(30) {
		in += " WHERE " + g.typedCondition("x", u)
	}
	switch g.IntN(19) {
	case 0, 1:
		return fmt.Sprintf("SELECT x.id, x.e FROM %s x WHERE %s", t, g.typedCondition("x", u))
	case 2:
		return g.finish(fmt.Sprintf("SELECT x.id, y.id, x.e, y.e FROM %s x %s %s y ON y.e = x.e%s", t, g.pick("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"), u, g.pick("", " AND y.v > x.v")), 2)
	case 3:
		return fmt.Sprintf("SELECT %s, count(*), sum(x.v)%s GROUP BY x.e", g.look("x.e"), in)
	case 4:
		return fmt.Sprintf("SELECT x.k, count(DISTINCT x.e), count(x.e)%s GROUP BY x.k", in)
	case 5:
		return fmt.Sprintf("SELECT x.id, x.e%s ORDER BY x.e%s, x.id%s", in, g.pick("", " DESC", " NULLS FIRST", " DESC NULLS LAST"), g.pick("", " LIMIT 3", " LIMIT 4 OFFSET 1"))
	case 6:
		return fmt.Sprintf("SELECT x.id, %s OVER (%sORDER BY x.e%s)%s", g.pick("rank()", "dense_rank()", "count(*)", "cume_dist()"), g.pick("", "PARTITION BY x.k "), g.pick("", " DESC"), in)
	case 7:
		return fmt.Sprintf("SELECT x.id, x.e, row_number() OVER (PARTITION BY x.e ORDER BY x.id), lag(x.e) OVER (ORDER BY x.id)%s", in)
	case 8:
		return fmt.Sprintf("SELECT %s FROM (SELECT e FROM %s x %s SELECT e FROM %s y) z", g.look("z.e"), t, g.pick("UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL"), u)
	case 9:
		return fmt.Sprintf("SELECT %s FROM (SELECT DISTINCT e%s) z", g.look("z.e"), in)
	case 10:
		return fmt.Sprintf("SELECT DISTINCT ON (x.e) x.e, x.id%s ORDER BY x.e, x.id%s", in, g.pick("", " DESC"))
	case 11:
		if g.Kind.MinMax {
			return fmt.Sprintf("SELECT x.k, %s, %s%s GROUP BY x.k", g.look("min(x.e)"), g.look("max(x.e)"), in)
		}
		return fmt.Sprintf("SELECT x.k, array_agg(x.e ORDER BY x.id), jsonb_agg(x.e ORDER BY x.id)%s GROUP BY x.k", in)
	case 12:
		return fmt.Sprintf("SELECT x.k, array_agg(x.e::text ORDER BY x.e, x.id), count(*) FILTER (WHERE x.e = %s)%s GROUP BY ROLLUP (x.k)", g.constant(), in)
	case 13:
		return g.finish(fmt.Sprintf("SELECT x.id, (SELECT count(*) FROM %s y WHERE y.e = x.e), (SELECT max(y.id) FROM %s y WHERE y.e %s x.e) FROM %s x", u, u, g.pick("=", "<", ">="), t), 2)
	case 14:
		return g.finish(fmt.Sprintf("SELECT x.id, l.id FROM %s x %s LATERAL (SELECT y.id FROM %s y WHERE y.e = x.e ORDER BY y.id LIMIT 1) l ON true", t, g.pick("JOIN", "LEFT JOIN"), u), 2)
	case 15:
		return fmt.Sprintf("SELECT x.id, y.id, e::text FROM %s x %s %s y USING (e)", t, g.pick("JOIN", "LEFT JOIN"), u)
	case 16:
		return fmt.Sprintf("WITH RECURSIVE r(e, d) AS (SELECT e, 0 FROM %s x WHERE x.k = %d UNION SELECT z.e, d + 1 FROM r JOIN %s y ON y.e = r.e JOIN %s z ON z.id = y.k WHERE d < 3) SELECT %s, d, count(*) FROM r GROUP BY r.e, d", t, g.IntN(5), u, t, g.look("r.e"))
	case 17:
		return fmt.Sprintf("SELECT x.id, %s, CASE WHEN %s THEN x.e END%s", fmt.Sprintf(g.Kind.Part, "x.e"), g.typedCondition("x", u), in)
	}
	return fmt.Sprintf("SELECT %s, x.k, count(*), grouping(x.e)%s GROUP BY GROUPING SETS ((x.e), (x.k), (x.e, x.k))", g.look("x.e"), in)
}

// typedCondition is a condition on x.e.
func (g *Queries) typedCondition(x, u string) string {
	value := g.constant
	if len(g.Kind.Inverted) > 0 && g.chance(40) {
		return g.pick("", "", "NOT ") + fmt.Sprintf(g.pick(g.Kind.Inverted...), x+".e")
	}
	switch g.IntN(10) {
	case 0, 1, 2:
		return fmt.Sprintf("%s.e = %s", x, value())
	case 3:
		return fmt.Sprintf("%s.e IN (%s, %s)", x, value(), value())
	case 4:
		return fmt.Sprintf("%s.e %s %s", x, g.pick("<", ">", "<=", ">=", "<>"), value())
	case 5:
		return fmt.Sprintf("%s.e IS %sDISTINCT FROM %s", x, g.pick("", "NOT "), value())
	case 6:
		return fmt.Sprintf("%s.e %sIN (SELECT y.e FROM %s y WHERE y.v > %d)", x, g.pick("", "NOT "), u, g.IntN(9))
	case 7:
		return fmt.Sprintf("%sEXISTS (SELECT 1 FROM %s y WHERE y.e = %s.e AND y.id <> %s.id)", g.pick("", "NOT "), u, x, x)
	case 8:
		return fmt.Sprintf("%s.e %s (SELECT y.e FROM %s y WHERE y.k = %s.k)", x, g.pick("= ANY", "<> ALL", "< ANY", ">= ALL"), u, x)
	}
	return fmt.Sprintf("(%s.e = %s OR %s.k = %d)", x, value(), x, g.IntN(5))
}
