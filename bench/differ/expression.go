package main

import "strings"

// form is a way to make an expression of a type: %1, %2, ... are arguments.
type form struct {
	text string
	args []kind
}

// forms are, by type, the operators and functions that have it.
var forms = map[kind][]form{
	tInt: {
		{"(%1 + %2)", k(tInt, tInt)}, {"(%1 - %2)", k(tInt, tInt)}, {"(%1 * %2)", k(tInt, tInt)}, {"(%1 / %2)", k(tInt, tInt)}, {"(%1 %% %2)", k(tInt, tInt)},
		{"(- %1)", k(tInt)}, {"abs(%1)", k(tInt)}, {"(%1 & %2)", k(tInt, tInt)}, {"(%1 | %2)", k(tInt, tInt)}, {"(%1 # %2)", k(tInt, tInt)}, {"(%1 << 3)", k(tInt)}, {"(~ %1)", k(tInt)},
		{"length(%1)", k(tText)}, {"position(%1 IN %2)", k(tText, tText)}, {"ascii(%1)", k(tText)}, {"octet_length(%1)", k(tText)}, {"char_length(%1)", k(tVarchar)},
		{"(%1 - %2)", k(tDate, tDate)}, {"cardinality(%1)", k(tInts)}, {"array_length(%1, 1)", k(tInts)}, {"array_position(%1, %2)", k(tInts, tInt)}, {"(%1)[%2]", k(tInts, tInt)}, {"array_upper(%1, 1)", k(tTexts)},
		{"%1::int", k(tNumeric)}, {"%1::int", k(tFloat)}, {"%1::int", k(tBool)}, {"%1::int", k(tBig)}, {"%1::int", k(tText)}, {"%1::int", k(tSmall)}, {"sign(%1)::int", k(tNumeric)},
		{"extract(year FROM %1)::int", k(tStamp)}, {"extract(dow FROM %1)::int", k(tDate)}, {"extract(epoch FROM %1)::int", k(tInterval)}, {"jsonb_array_length(%1)", k(tJSONB)},
		{"num_nulls(%1, %2)", k(tText, tInt)}, {"get_byte(%1, 0)", k(tBytea)}, {"bit_length(%1)", k(tText)}, {"width_bucket(%1, 0, 10, 5)", k(tNumeric)}, {"gcd(%1, %2)", k(tInt, tInt)}, {"strpos(%1, %2)", k(tText, tText)},
		{"differ.add(%1, %2)", k(tInt, tInt)}, {"differ.add(b => %1, a => 2)", k(tInt)}, {"differ.add(%1)", k(tInt)}, {"differ.pick(%1, %2)", k(tInt, tInt)}, {"bit_length(%1)", k(tBytea)},
		{"lower(%1)", k(tRange)}, {"upper(%1)", k(tRange)}, {"length(%1)", k(tBits)}, {"%1::bit(32)::int", k(tBits)}, {"masklen(%1)", k(tInet)}, {"family(%1)", k(tInet)}, {"get_bit(%1, 1)", k(tBits)}, {"bit_count(%1)::int", k(tBits)}, {"regexp_count(%1, '[ab]')", k(tText)}, {"regexp_instr(%1, 'b', 1, 1, 1)", k(tText)}, {"jsonb_array_length(jsonb_path_query_array(%1, %2, silent => true))", k(tJSONB, tPath)},
		{"hashint4(%1)", k(tInt)}, {"hashtext(%1)", k(tText)}, {"hash_numeric(%1)", k(tNumeric)}, {"hashfloat8(%1)", k(tFloat)}, {"jsonb_hash(%1)", k(tJSONB)}, {"hash_array(%1)", k(tInts)}, {"interval_hash(%1)", k(tInterval)}, {"timestamp_hash(%1)", k(tStamp)}, {"uuid_hash(%1)", k(tUUID)}, {"(SELECT (s.r).f1 FROM (SELECT ROW(%1, %2) AS r OFFSET 0) AS s)", k(tInt, tText)},
	},
	tBig:   {{"(%1 + %2)", k(tBig, tBig)}, {"(%1 * %2)", k(tBig, tInt)}, {"(%1 - %2)", k(tInt, tBig)}, {"%1::bigint", k(tInt)}, {"%1::bigint", k(tNumeric)}, {"(%1 / %2)", k(tBig, tSmall)}, {"abs(%1)", k(tBig)}, {"lcm(%1, %2)", k(tBig, tBig)}, {"differ.both(%1, %2)", k(tInt, tInt)}, {"differ.both(VARIADIC %1)", k(tInts)}, {"hashint8extended(%1, %2)", k(tBig, tBig)}, {"hash_array_extended(%1, %2)", k(tTexts, tBig)}, {"time_hash_extended(%1, %2)", k(tTime, tBig)}},
	tSmall: {{"%1::smallint", k(tInt)}, {"(%1 + %2)", k(tSmall, tSmall)}, {"abs(%1)", k(tSmall)}, {"(%1 / %2)", k(tSmall, tSmall)}},
	tNumeric: {
		{"(%1 + %2)", k(tNumeric, tNumeric)}, {"(%1 - %2)", k(tNumeric, tInt)}, {"(%1 * %2)", k(tNumeric, tNumeric)}, {"(%1 / %2)", k(tNumeric, tNumeric)}, {"(%1 %% %2)", k(tNumeric, tNumeric)},
		{"round(%1, 2)", k(tNumeric)}, {"trunc(%1, %2)", k(tNumeric, tInt)}, {"ceil(%1)", k(tNumeric)}, {"floor(%1)", k(tNumeric)}, {"abs(%1)", k(tNumeric)}, {"%1::numeric", k(tInt)}, {"%1::numeric(10,3)", k(tNumeric)},
		{"%1::numeric", k(tText)}, {"extract(second FROM %1)", k(tStamp)}, {"extract(epoch FROM %1)", k(tStampTZ)}, {"mod(%1, %2)", k(tNumeric, tNumeric)}, {"div(%1, %2)", k(tNumeric, tNumeric)}, {"sqrt(%1)", k(tNumeric)},
		{"%1::numeric", k(tFloat)}, {"scale(%1)::numeric", k(tNumeric)}, {"trim_scale(%1)", k(tNumeric)}, {"power(%1, 2)", k(tNumeric)}, {"(%1)::numeric", k(tJSONB)},
		{"exp(%1)", k(tNumeric)}, {"ln(%1)", k(tNumeric)}, {"log(%1)", k(tNumeric)}, {"log(%1, %2)", k(tNumeric, tNumeric)}, {"power(%1, %2)", k(tNumeric, tNumeric)},
	},
	tFloat: {{"(%1 + %2)", k(tFloat, tFloat)}, {"(%1 * %2)", k(tFloat, tFloat)}, {"(%1 / %2)", k(tFloat, tFloat)}, {"%1::double precision", k(tInt)}, {"%1::double precision", k(tNumeric)}, {"abs(%1)", k(tFloat)}, {"floor(%1)", k(tFloat)}, {"round(%1)", k(tFloat)}, {"sqrt(%1)", k(tFloat)}, {"date_part('hour', %1)", k(tStamp)}},
	tText: {
		{"(%1 || %2)", k(tText, tText)}, {"(%1 || %2)", k(tText, tInt)}, {"upper(%1)", k(tText)}, {"lower(%1)", k(tText)}, {"initcap(%1)", k(tText)}, {"substr(%1, %2)", k(tText, tInt)}, {"substring(%1 FROM 2 FOR 2)", k(tText)},
		{"trim(%1)", k(tText)}, {"btrim(%1, %2)", k(tText, tText)}, {"replace(%1, %2, 'zz')", k(tText, tText)}, {"reverse(%1)", k(tText)}, {"left(%1, %2)", k(tText, tInt)}, {"right(%1, 2)", k(tText)}, {"lpad(%1, 6, '*')", k(tText)},
		{"rpad(%1, 5)", k(tText)}, {"repeat(%1, 2)", k(tText)}, {"split_part(%1, ' ', 1)", k(tText)}, {"md5(%1)", k(tText)}, {"translate(%1, 'ab', 'x')", k(tText)}, {"quote_literal(%1)", k(tText)}, {"quote_ident(%1)", k(tText)},
		{"%1::text", k(tInt)}, {"%1::text", k(tNumeric)}, {"%1::text", k(tFloat)}, {"%1::text", k(tBool)}, {"%1::text", k(tDate)}, {"%1::text", k(tStamp)}, {"%1::text", k(tStampTZ)}, {"%1::text", k(tInterval)}, {"%1::text", k(tJSONB)},
		{"%1::text", k(tInts)}, {"%1::text", k(tTexts)}, {"%1::text", k(tVarchar)}, {"%1::text", k(tChar)}, {"%1::text", k(tBytea)}, {"%1::text", k(tTime)}, {"%1::text", k(tUUID)}, {"concat(%1, %2, NULL, %3)", k(tText, tInt, tBool)},
		{"concat_ws('-', %1, %2)", k(tText, tText)}, {"to_char(%1, 'YYYY-MM-DD HH24:MI:SS.MS TMDay D')", k(tStamp)}, {"to_char(%1, 'FM999990.009')", k(tNumeric)}, {"to_char(%1, 'S9999')", k(tInt)}, {"format('%%s|%%L|%%I', %1, %2, 'x y')", k(tText, tInt)},
		{"regexp_replace(%1, '[a-c]+', '<\\&>', 'g')", k(tText)}, {"array_to_string(%1, ',', 'N')", k(tTexts)}, {"regexp_replace(%1, '(\\w)(?=\\w)', '\\1-', 'g')", k(tText)}, {"regexp_replace(%1, '(.)\\1', '<\\1>')", k(tText)}, {"(regexp_match(%1, '(a|ab)(b*?)(.*)'))[2]", k(tText)}, {"substring(%1 FROM '(?<=a).+')", k(tText)}, {"(%1)[1]", k(tTexts)}, {"(%1 ->> 'a')", k(tJSONB)}, {"(%1 #>> '{b,2}')", k(tJSONB)}, {"jsonb_typeof(%1)", k(tJSONB)},
		{"encode(%1, 'hex')", k(tBytea)}, {"to_hex(%1)", k(tInt)}, {"overlay(%1 PLACING 'xx' FROM 2)", k(tText)}, {"chr(65 + abs(%1 %% 26))", k(tInt)}, {"starts_with(%1, %2)::text", k(tText, tText)}, {"jsonb_pretty(%1)", k(tJSONB)}, {"pg_typeof(%1)::text", k(tNumeric)}, {"differ.twice(%1)", k(tText)},
		{"%1::text", k(tRange)}, {"%1::text", k(tBits)}, {"%1::text", k(tInet)}, {"host(%1)", k(tInet)}, {"abbrev(%1)", k(tInet)}, {"%1::text", k(tPath)}, {"jsonb_path_query_array(%1, %2, silent => true)::text", k(tJSONB, tPath)}, {"to_char(%1, 'FMMonth DDth, IYYY-IW Q J')", k(tStamp)}, {"to_char(%1, 'HH12:MI AM DDD')", k(tInterval)}, {"to_char(%1, '9.99EEEE')", k(tFloat)}, {"to_char(%1, 'RN')", k(tInt)},
		{"xmlelement(NAME e, xmlattributes(%1 AS a, %2 AS b), %3)::text", k(tText, tInt, tText)}, {"xmlforest(%1 AS x, %2 AS y)::text", k(tStamp, tTexts)}, {"xmlserialize(CONTENT xmlconcat(xmlelement(NAME e, %1), xmlpi(NAME p, 'x')) AS text)", k(tBool)}, {"normalize(%1, NFKD)", k(tText)}, {"(parse_ident(%1, false))[1]", k(tText)},
	},
	tVarchar: {{"%1::varchar(8)", k(tText)}, {"%1::varchar(8)", k(tInt)}},
	tChar:    {{"%1::char(4)", k(tText)}},
	tBool: {
		{"(%1 AND %2)", k(tBool, tBool)}, {"(%1 OR %2)", k(tBool, tBool)}, {"(NOT %1)", k(tBool)}, {"(%1 LIKE %2)", k(tText, tText)}, {"(%1 ILIKE '%%a%%')", k(tText)}, {"(%1 ~ '^[a-z]+$')", k(tText)}, {"(%1 SIMILAR TO '(a|b)%%')", k(tText)},
		{"(%1 IS NULL)", k(tText)}, {"(%1 IS NOT NULL)", k(tDate)}, {"(%1 IS TRUE)", k(tBool)}, {"(%1 IS DISTINCT FROM %2)", k(tInt, tInt)}, {"(%1 BETWEEN %2 AND %3)", k(tInt, tInt, tInt)}, {"(%1 IN (%2, %3, NULL))", k(tInt, tInt, tInt)},
		{"(%1 = ANY(%2))", k(tInt, tInts)}, {"(%1 <> ALL(%2))", k(tText, tTexts)}, {"(%1 @> %2)", k(tInts, tInts)}, {"(%1 && %2)", k(tInts, tInts)}, {"(%1 @> %2)", k(tJSONB, tJSONB)}, {"(%1 ? 'a')", k(tJSONB)}, {"(ROW(%1, %2) < ROW(%3, %4))", k(tInt, tText, tInt, tText)},
		{"(%1 @> %2)", k(tRange, tInt)}, {"(%1 && %2)", k(tRange, tRange)}, {"(%1 -|- %2)", k(tRange, tRange)}, {"(%1 << %2)", k(tRange, tRange)}, {"isempty(%1)", k(tRange)}, {"(%1 @> int4multirange(%2))", k(tRange, tRange)}, {"(%1 <<= %2)", k(tInet, tInet)}, {"(%1 && %2)", k(tInet, tInet)}, {"jsonb_path_exists(%1, %2, silent => true)", k(tJSONB, tPath)}, {"(%1 @@ %2)", k(tJSONB, tPath)}, {"((%1, %2) = ANY (SELECT id, id::text FROM differ.t1))", k(tInt, tText)}, {"(ROW(%1, %2) IS NULL)", k(tInt, tText)}, {"(ROW(%1, %2) IS DISTINCT FROM ROW(%3, %4))", k(tInt, tText, tInt, tText)}, {"(%1 NOT BETWEEN SYMMETRIC %2 AND %3)", k(tNumeric, tNumeric, tNumeric)}, {"(%1 ~* %2)", k(tText, tText)},
		{"((%1, %2) OVERLAPS (%3, %4))", k(tDate, tDate, tDate, tDate)}, {"%1::boolean", k(tInt)}, {"isfinite(%1)", k(tDate)}, {"(%1 IS NFC NORMALIZED)", k(tText)}, {"xml_is_well_formed_content(%1)", k(tText)}, {"(%1 NOT IN (SELECT id FROM differ.t0))", k(tInt)}, {"(%1 >= ALL (SELECT id FROM differ.t1))", k(tInt)},
	},
	tDate:     {{"(%1 + %2)", k(tDate, tInt)}, {"(%1 - %2)", k(tDate, tInt)}, {"%1::date", k(tStamp)}, {"%1::date", k(tStampTZ)}, {"make_date(2000 + abs(%1 %% 30), 1 + abs(%2 %% 12), 3)", k(tInt, tInt)}},
	tStamp:    {{"(%1 + %2)", k(tStamp, tInterval)}, {"(%1 - %2)", k(tDate, tInterval)}, {"date_trunc('month', %1)", k(tStamp)}, {"%1::timestamp", k(tDate)}, {"(%1 AT TIME ZONE 'Europe/Berlin')", k(tStampTZ)}, {"(%1 + %2)", k(tDate, tTime)}, {"date_bin('15 minutes', %1, '2001-01-01')", k(tStamp)}},
	tStampTZ:  {{"(%1 AT TIME ZONE 'America/New_York')", k(tStamp)}, {"(%1 + %2)", k(tStampTZ, tInterval)}, {"%1::timestamptz", k(tStamp)}, {"date_trunc('week', %1)", k(tStampTZ)}, {"to_timestamp(%1)", k(tFloat)}},
	tTime:     {{"%1::time", k(tStamp)}, {"(%1 + %2)", k(tTime, tInterval)}, {"date_trunc('hour', %1)::time", k(tInterval)}},
	tInterval: {{"(%1 - %2)", k(tStamp, tStamp)}, {"(%1 + %2)", k(tInterval, tInterval)}, {"(%1 * %2)", k(tInterval, tInt)}, {"(%1 / 3)", k(tInterval)}, {"age(%1, %2)", k(tStamp, tStamp)}, {"justify_days(%1)", k(tInterval)}, {"(- %1)", k(tInterval)}, {"make_interval(days => %1)", k(tInt)}, {"(%1 - %2)", k(tTime, tTime)}, {"justify_interval(%1)", k(tInterval)}},
	tUUID:     {{"md5(%1)::uuid", k(tText)}},
	tBytea:    {{"(%1 || %2)", k(tBytea, tBytea)}, {"convert_to(%1, 'UTF8')", k(tText)}, {"sha256(%1)", k(tBytea)}, {"substring(%1 FROM 1 FOR 2)", k(tBytea)}, {"decode(md5(%1), 'hex')", k(tText)}},
	tJSONB: {
		{"to_jsonb(%1)", k(tInt)}, {"to_jsonb(%1)", k(tText)}, {"to_jsonb(%1)", k(tNumeric)}, {"to_jsonb(%1)", k(tStamp)}, {"jsonb_build_object('k', %1, 'l', %2)", k(tInt, tTexts)}, {"jsonb_build_array(%1, %2, NULL)", k(tText, tFloat)}, {"(%1 -> 'b')", k(tJSONB)}, {"(%1 -> 0)", k(tJSONB)},
		{"(%1 || %2)", k(tJSONB, tJSONB)}, {"jsonb_set(%1, '{a}', %2)", k(tJSONB, tJSONB)}, {"jsonb_strip_nulls(%1)", k(tJSONB)}, {"(%1 - 'a')", k(tJSONB)}, {"(%1 #> '{b,0}')", k(tJSONB)}, {"to_jsonb(%1)", k(tInts)}, {"jsonb_insert(%1, '{b,0}', %2)", k(tJSONB, tJSONB)},
	},
	tInts:  {{"ARRAY[%1, %2]", k(tInt, tInt)}, {"(%1 || %2)", k(tInts, tInt)}, {"array_append(%1, %2)", k(tInts, tInt)}, {"array_remove(%1, %2)", k(tInts, tInt)}, {"(%1)[1:2]", k(tInts)}, {"array_cat(%1, %2)", k(tInts, tInts)}, {"array_replace(%1, 1, %2)", k(tInts, tInt)}, {"ARRAY(SELECT id FROM differ.t2 WHERE id < %1 ORDER BY 1)", k(tInt)}},
	tRange: {{"(%1 * %2)", k(tRange, tRange)}, {"int4range(%1, %2)", k(tInt, tInt)}, {"int4range(%1, %2, '(]')", k(tInt, tInt)}, {"range_merge(%1, %2)", k(tRange, tRange)}, {"range_merge(int4multirange(%1, %2))", k(tRange, tRange)}},
	tBits:  {{"(%1 || %2)", k(tBits, tBits)}, {"(~ %1)", k(tBits)}, {"(%1 << 1)", k(tBits)}, {"substring(%1 FROM 2)", k(tBits)}, {"%1::bit(8)::varbit", k(tInt)}, {"set_bit(%1, 0, 1)", k(tBits)}, {"overlay(%1 PLACING B'11' FROM 2)", k(tBits)}},
	tInet:  {{"(%1 + %2)", k(tInet, tBig)}, {"(%1 & %2)", k(tInet, tInet)}, {"(~ %1)", k(tInet)}, {"set_masklen(%1, 8)", k(tInet)}, {"network(%1)::inet", k(tInet)}, {"broadcast(%1)", k(tInet)}, {"inet_merge(%1, %2)::inet", k(tInet, tInet)}, {"hostmask(%1)", k(tInet)}},
	tPath:  {{"%1::text::jsonpath", k(tPath)}},
	tTexts: {{"ARRAY[%1, %2, NULL]", k(tText, tText)}, {"string_to_array(%1, ' ')", k(tText)}, {"regexp_split_to_array(%1, 'b')", k(tText)}, {"(%1 || %2)", k(tTexts, tText)}, {"%1::text[]", k(tInts)}},
}

func k(list ...kind) []kind { return list }

// comparable types have = and <; jsonb and arrays too, in both servers alike.
var comparisons = []string{"=", "<", "<>", "<=", ">", ">="}

// expression makes one of a type.
func (g *generator) expression(t kind, depth int) string {
	c := &g.choices
	if depth > 0 && c.chance(65) {
		switch c.of(10) {
		case 1:
			return "coalesce(" + g.expression(t, depth-1) + ", " + g.expression(t, depth-1) + ")"
		case 2:
			return "CASE WHEN " + g.expression(tBool, depth-1) + " THEN " + g.expression(t, depth-1) + " ELSE " + g.expression(t, depth-1) + " END"
		case 3:
			return "nullif(" + g.expression(t, depth-1) + ", " + g.expression(t, depth-1) + ")"
		case 4:
			if t == tPath { // which have no order: whether that is found out depends on the plan
				return g.expression(t, depth-1)
			}
			return one(c, "greatest", "least") + "(" + g.expression(t, depth-1) + ", " + g.expression(t, depth-1) + ")"
		case 5:
			if t == tBool {
				u := kinds[c.of(len(kinds))]
				return "(" + g.expression(u, depth-1) + " " + one(c, comparisons...) + " " + g.expression(u, depth-1) + ")"
			}
		case 6:
			if s := g.scalarSubquery(t, depth-1); s != "" {
				return s
			}
		}
		if list := forms[t]; len(list) > 0 {
			return g.form(list[c.of(len(list))], depth-1)
		}
	}
	if cols := g.columnsOf(t); len(cols) > 0 && c.chance(70) {
		return cols[c.of(len(cols))]
	}
	return one(c, constants[t]...)
}

func (g *generator) form(f form, depth int) string {
	args := []string{"%%", "%"}
	for i, a := range f.args {
		args = append(args, "%"+string(rune('1'+i)), g.expression(a, depth))
	}
	return strings.NewReplacer(args...).Replace(f.text)
}

// columnsOf lists the columns in sight of a type.
func (g *generator) columnsOf(t kind) (names []string) {
	for _, s := range g.scopes {
		for _, c := range s {
			if c.kind == t {
				names = append(names, c.name)
			}
		}
	}
	return names
}
