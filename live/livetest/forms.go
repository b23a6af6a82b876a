package livetest

import (
	"fmt"
	"strings"
)

// form is a query of one of the rarer forms.
func (g *Queries) form() string {
	switch g.IntN(19) {
	case 16:
		return g.Ranked()
	case 17:
		return g.InOrder()
	case 18:
		return g.First()
	case 0, 1, 2:
		return g.windows()
	case 3:
		return g.withTies()
	case 4:
		return g.distinctOfLimit()
	case 5:
		return g.Walk()
	case 6:
		return g.nestedLateral()
	case 7:
		return g.combinedThree()
	case 8:
		return g.rowsOfSets()
	case 9:
		return g.orderedSet()
	case 10:
		return g.groupedAgain()
	case 11:
		return g.joinedUsing()
	case 12:
		return g.values()
	case 13:
		return g.arrays()
	case 14:
		return g.deepSubquery()
	}
	return g.cases()
}

// windows has several window functions, over windows and frames of their own.
func (g *Queries) windows() string {
	t := g.alias()
	from, of := " FROM "+g.source()+" "+t, []string{t}
	if g.chance(30) {
		u := g.alias()
		from += fmt.Sprintf(" JOIN %s %s ON %s.id = %s.k", g.table(), u, u, t)
		of = append(of, u)
	}
	if g.chance(30) {
		from += " WHERE " + g.condition(of, 1)
	}
	ids := "" // what settles the order to the last row
	for _, t := range of {
		ids += ", " + t + ".id"
	}
	cols := []string{t + ".id"}
	for range 1 + g.IntN(3) {
		x := g.number(of)
		window := g.pick("", "PARTITION BY "+t+".k ", "PARTITION BY "+t+".s ", "PARTITION BY ("+t+".v > 3) ")
		order := "ORDER BY " + g.pick(x, t+".v", t+".n DESC", t+".s NULLS FIRST") + ids
		call := g.pick("ntile(3)", "percent_rank()", "cume_dist()", "lead("+x+", 2, 0)", "lag("+x+")", "last_value("+x+")", "nth_value("+x+", 2)",
			"count("+x+") FILTER (WHERE "+x+" > 2)", "min("+x+")", "avg("+x+")", "string_agg("+t+".s, '' )", "array_agg("+x+")", "rank()", "dense_rank()")
		switch {
		case g.chance(15): // peers share the frame: the order need not be settled
			order = "ORDER BY " + t + ".v"
			call = g.pick("rank()", "dense_rank()", "count(*)", "sum("+x+")", "cume_dist()", "max("+t+".s)")
			if g.chance(50) {
				order += g.pick(" RANGE BETWEEN 2 PRECEDING AND CURRENT ROW", " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " RANGE BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW")
				call = g.pick("count(*)", "sum("+x+")", "max("+x+")")
			}
		case g.chance(30):
			order += g.pick(" ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS UNBOUNDED PRECEDING", " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE TIES",
				" ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING", " GROUPS 1 PRECEDING EXCLUDE GROUP")
		}
		cols = append(cols, call+" OVER ("+window+order+")")
	}
	sql := "SELECT " + strings.Join(cols, ", ") + from
	if g.chance(25) {
		sql = fmt.Sprintf("SELECT * FROM (%s) w(%s) WHERE c1 %s %d", sql, names(len(cols)), g.pick("<", ">"), g.IntN(9))
	}
	return g.finish(sql, len(cols))
}

// names are so many names of columns.
func names(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("c%d", i+1)
	}
	return strings.Join(list, ", ")
}

// withTies is FETCH FIRST ... WITH TIES, outside and inside.
func (g *Queries) withTies() string {
	from, of := g.relations()
	key := g.number(of)
	limit := fmt.Sprintf(" ORDER BY %s%s FETCH FIRST %d ROWS WITH TIES", key, g.pick("", " DESC", " NULLS FIRST"), 1+g.IntN(4))
	sql := "SELECT " + key + " AS a, " + g.column(of) + " AS b" + from + limit
	if g.chance(50) {
		return fmt.Sprintf("SELECT a, count(*), max(b) FROM (%s) w GROUP BY a ORDER BY 1", sql)
	}
	return "SELECT a, b FROM (" + sql + ") w ORDER BY a, b"
}

// distinctOfLimit is DISTINCT, DISTINCT ON or groups over what a LIMIT leaves.
func (g *Queries) distinctOfLimit() string {
	from, of := g.relations()
	inner := g.finishLimited("SELECT "+g.number(of)+" AS a, "+g.number(of)+" AS b, "+g.column(of)+" AS c"+from, 3)
	switch g.IntN(3) {
	case 0:
		return "SELECT DISTINCT ON (a) a, b, c FROM (" + inner + ") w ORDER BY a, b, c"
	case 1:
		return g.finish("SELECT DISTINCT a, b FROM ("+inner+") w", 2)
	}
	return g.finish("SELECT a, count(*), sum(b) FROM ("+inner+") w GROUP BY a", 3)
}

// finishLimited orders by all columns and adds a limit.
func (g *Queries) finishLimited(sql string, columns int) string {
	keys := make([]string, columns)
	for i := range keys {
		keys[i] = fmt.Sprint(i+1) + g.pick("", " DESC")
	}
	return sql + " ORDER BY " + strings.Join(keys, ", ") + fmt.Sprintf(" LIMIT %d", 1+g.IntN(6))
}

// Walk is recursion: that counts its steps, goes round in circles, keeps its path, or looks
// for its next step in other ways than by a join of tables.
func (g *Queries) Walk() string {
	t, u := g.table(), g.table()
	where := "" // of steps
	if g.chance(40) {
		where = " AND " + g.condition([]string{"x"}, 0)
	}
	switch g.IntN(11) {
	case 0:
		return g.finish(fmt.Sprintf("WITH RECURSIVE r(id, d) AS (SELECT id, 0 FROM %s WHERE v < %d UNION ALL SELECT x.id, d + 1 FROM %s x JOIN r ON x.k = r.id WHERE d < 3%s) SELECT id, d, count(*) FROM r GROUP BY id, d",
			t, g.IntN(9), u, where), 3)
	case 1:
		return g.finish(fmt.Sprintf("WITH RECURSIVE r(id, k) AS (SELECT id, k FROM %s WHERE id = %d UNION ALL SELECT x.id, x.k FROM %s x, r WHERE x.id = r.k%s) CYCLE id SET c USING p SELECT id, k, c FROM r",
			t, g.IntN(12), t, where), 3)
	case 2:
		defer g.timeless()() // what is evaluated whole does not follow time
		return g.finish(fmt.Sprintf("SELECT y.id, y.v, (WITH RECURSIVE r(i) AS (SELECT y.k UNION SELECT x.k FROM %s x JOIN r ON x.id = r.i) SELECT count(*) FROM r) FROM %s y", t, u), 3)
	case 3: // circles, through both directions
		return g.finish(fmt.Sprintf("WITH RECURSIVE r(i) AS (SELECT id FROM %s WHERE v = %d UNION SELECT CASE WHEN x.id = r.i THEN x.%s ELSE x.id END FROM %s x JOIN r ON r.i IN (x.id, x.k) WHERE true%s) SELECT i, (SELECT count(*) FROM %s z WHERE z.k = r.i) FROM r",
			t, g.IntN(9), g.pick("k", "v"), u, where, t), 2)
	case 4: // two tables in a step, of one of which there need be no row
		return g.finish(fmt.Sprintf("WITH RECURSIVE r(i, d, s) AS (SELECT id, 0, s FROM %s WHERE k = %d UNION %s SELECT x.v, d + 1, coalesce(y.s, r.s) FROM r JOIN %s x ON x.k = r.i LEFT JOIN %s y ON y.id = x.v AND y.k > r.i WHERE d < 3%s) SELECT i, d, s FROM r",
			t, g.IntN(5), g.pick("", "ALL"), u, g.table(), where), 3)
	case 5: // subqueries in a step
		return g.finish(fmt.Sprintf("WITH RECURSIVE r(i, d) AS (SELECT id, 0 FROM %s WHERE id < %d UNION %s SELECT (SELECT max(y.v) FROM %s y WHERE y.k = r.i), d + 1 FROM r WHERE d < 4 AND %s (SELECT FROM %s y WHERE y.id = r.i)) SELECT i, d FROM r",
			t, g.IntN(12), g.pick("", "ALL"), u, g.pick("EXISTS", "NOT EXISTS"), g.table()), 2)
	case 6: // LATERAL in a step
		return g.finish(fmt.Sprintf("WITH RECURSIVE r(i, d) AS (SELECT k, 0 FROM %s WHERE id < %d UNION %s SELECT y.v, d + 1 FROM r, LATERAL (SELECT x.v FROM %s x WHERE x.k = r.i ORDER BY x.v, x.id LIMIT 2) y WHERE d < 3) SELECT i, min(d), count(*) FROM r GROUP BY i",
			t, g.IntN(12), g.pick("", "ALL"), u), 3)
	case 7: // a query beside it that the step reads too, as the rest does
		return g.finish(fmt.Sprintf("WITH RECURSIVE e(a, b) AS (SELECT k, max(v) FROM %s GROUP BY k), r(i, d) AS (SELECT a, 0 FROM e WHERE b < %d UNION %s SELECT e.b, d + 1 FROM e JOIN r ON e.a = r.i WHERE d < 4) SELECT r.i, r.d, e.b FROM r LEFT JOIN e ON e.a = r.i",
			t, g.IntN(9), g.pick("", "ALL")), 3)
	case 8: // recursion over recursion
		return g.finish(fmt.Sprintf("WITH RECURSIVE p(i) AS (SELECT k FROM %s WHERE v < 4 UNION SELECT x.v FROM %s x JOIN p ON x.id = p.i), q(i, d) AS (SELECT i, 0 FROM p UNION %s SELECT p.i + 1, d + 1 FROM p JOIN q ON p.i = q.i WHERE d < 3) SELECT i, d FROM q%s",
			t, u, g.pick("", "ALL"), g.pick("", " WHERE i IN (SELECT i FROM p)")), 2)
	case 9: // several rows of each
		return g.finish(fmt.Sprintf("WITH RECURSIVE r(i, d) AS (SELECT k, 0 FROM %s WHERE s = 'p' UNION %s (WITH w AS (SELECT i, d FROM r WHERE d < 3) SELECT x.id, w.d + 1 FROM w JOIN %s x ON x.k = w.i UNION ALL SELECT generate_series(w.i, w.i + 1), w.d + 2 FROM w)) SELECT i, d, count(*) FROM r GROUP BY 1, 2",
			t, g.pick("", "ALL"), u), 3)
	}
	// a path, and an order
	return fmt.Sprintf("WITH RECURSIVE r AS (SELECT id, v, ARRAY[id] AS p FROM %s WHERE k IS NULL UNION ALL SELECT x.id, x.v, p || x.id FROM r JOIN %s x ON x.k = r.id WHERE x.id <> ALL (p)%s) SELECT id, v, p FROM r ORDER BY p%s",
		t, t, where, g.pick("", " LIMIT 5"))
}

// nestedLateral is LATERAL within LATERAL, or over a join or a group.
func (g *Queries) nestedLateral() string {
	defer g.timeless()() // what is evaluated whole does not follow time
	a, b, c := g.alias(), g.alias(), g.alias()
	join, on := g.pick("CROSS JOIN", "LEFT JOIN"), ""
	if join == "LEFT JOIN" {
		on = " ON true"
	}
	inner := g.pick(
		fmt.Sprintf("SELECT %s.v AS x, y.m AS y FROM %s %s, LATERAL (SELECT max(%s.v) AS m FROM %s %s WHERE %s.k = %s.id) y WHERE %s.k = %s.k", b, g.table(), b, c, g.table(), c, c, b, b, a),
		fmt.Sprintf("SELECT %s.v AS x, count(*) AS y FROM %s %s JOIN %s %s ON %s.id = %s.k WHERE %s.k = %s.id GROUP BY 1", b, g.table(), b, g.table(), c, c, b, b, a),
		fmt.Sprintf("SELECT %s.v AS x, %s.v AS y FROM %s %s WHERE %s.k = %s.k UNION ALL SELECT %s.id, 0", b, b, g.table(), b, b, a, a),
		fmt.Sprintf("SELECT DISTINCT %s.v AS x, %s.v + %s.k AS y FROM %s %s WHERE %s.id < %s.v", b, b, a, g.table(), b, b, a),
		fmt.Sprintf("SELECT %s.v AS x, row_number() OVER (ORDER BY %s.id) AS y FROM %s %s WHERE %s.k = %s.k", b, b, g.table(), b, b, a),
		fmt.Sprintf("SELECT %s.v AS x, %s.id AS y FROM %s %s WHERE %s.k = %s.k ORDER BY %s.v, %s.id OFFSET 1", b, b, g.table(), b, b, a, b, b),
		fmt.Sprintf("SELECT i AS x, i * 2 AS y FROM generate_series(1, least(%s.v, 3)) i", a))
	return g.finish(fmt.Sprintf("SELECT %s.id, l.x, l.y FROM %s %s %s LATERAL (%s) l%s", a, g.source(), a, join, inner, on), 3)
}

// combinedThree is set operations of three.
func (g *Queries) combinedThree() string {
	op := func() string {
		return g.pick(" UNION ", " UNION ALL ", " INTERSECT ", " INTERSECT ALL ", " EXCEPT ", " EXCEPT ALL ")
	}
	sql := "(" + g.side() + op() + g.side() + ")" + op() + g.side()
	if g.chance(40) {
		return g.finish(fmt.Sprintf("SELECT k, count(*), max(v) FROM (%s) w GROUP BY k", sql), 3)
	}
	return g.finish(sql, 2)
}

// rowsOfSets has functions that return sets.
func (g *Queries) rowsOfSets() string {
	defer g.timeless()() // over what a LIMIT leaves they are evaluated whole
	t := g.alias()
	switch g.IntN(3) {
	case 0:
		return g.finish(fmt.Sprintf("SELECT %s.id, generate_series(1, least(%s.v, 3)) FROM %s %s", t, t, g.source(), t), 2)
	case 1:
		return g.finish(fmt.Sprintf("SELECT %s.id, u FROM %s %s, unnest(ARRAY[%s.k, %s.v]) u WHERE u > %d", t, g.source(), t, t, t, g.IntN(5)), 2)
	}
	return g.finish(fmt.Sprintf("SELECT i, count(%s.id), sum(%s.v) FROM generate_series(0, 6) i LEFT JOIN %s %s ON %s.k = i GROUP BY i", t, t, g.source(), t, t), 3)
}

// orderedSet is aggregates of every kind that cannot take back.
func (g *Queries) orderedSet() string {
	from, of := g.relations()
	x, t := g.number(of), of[0]
	call := g.pick("percentile_disc(0.5) WITHIN GROUP (ORDER BY "+x+")", "percentile_disc(0.3) WITHIN GROUP (ORDER BY "+x+" DESC)", "mode() WITHIN GROUP (ORDER BY "+x+")",
		"rank(3) WITHIN GROUP (ORDER BY "+x+")", "jsonb_agg("+x+" ORDER BY "+x+")", "json_object_agg(coalesce("+t+".id, 0), "+t+".v ORDER BY "+t+".id, "+t+".v)", "bit_or("+t+".v)", "every("+x+" > 1)",
		"stddev("+x+" * 0)", "array_agg(DISTINCT "+x+")", "string_agg(DISTINCT "+t+".s, '-' ORDER BY "+t+".s DESC)", "count(DISTINCT ("+x+", "+t+".k))", "max(ARRAY["+t+".v, "+t+".k])")
	if g.chance(30) {
		timely := g.timeless()
		call += " FILTER (WHERE " + g.condition(of, 0) + ")"
		timely()
	}
	k := g.column(of)
	return g.finish("SELECT "+k+", "+call+"::text, count(*)"+from+" GROUP BY "+k, 3)
}

// groupedAgain groups groups, and has GROUPING and conditions on groups with subqueries.
func (g *Queries) groupedAgain() string {
	from, of := g.relations()
	k, l := g.column(of), g.column(of)
	switch g.IntN(3) {
	case 0:
		return g.finish(fmt.Sprintf("SELECT n, count(*), min(a) FROM (SELECT %s AS a, count(*) AS n%s GROUP BY 1) w GROUP BY n", k, from), 3)
	case 1:
		return g.finish(fmt.Sprintf("SELECT %s, %s, grouping(%s, %s), count(*)%s GROUP BY %s", k, l, k, l, from,
			strings.NewReplacer("#k", k, "#l", l).Replace(
				g.pick("ROLLUP (#k, #l)", "CUBE (#k, #l)", "GROUPING SETS ((#k), (#l), (#k, #l))", "#k, ROLLUP (#l)", "GROUPING SETS (ROLLUP (#k), (#l))"))), 4)
	}
	t := g.alias()
	return g.finish(fmt.Sprintf("SELECT %s, sum(%s)%s GROUP BY 1 HAVING count(*) > (SELECT count(*) FROM %s %s WHERE %s.v = %d)", k, g.number(of), from, g.table(), t, t, g.IntN(9)), 2)
}

// joinedUsing is joins by names.
func (g *Queries) joinedUsing() string {
	a, b, c := g.alias(), g.alias(), g.alias()
	sql := fmt.Sprintf("SELECT k, %s.v, %s.v, id FROM %s %s %s %s %s USING (k, id)", a, b, g.source(), a, g.pick("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"), g.source(), b)
	if g.chance(50) {
		sql += fmt.Sprintf(" %s %s %s USING (k)", g.pick("JOIN", "LEFT JOIN", "FULL JOIN"), g.table(), c)
		sql = strings.Replace(sql, ", id FROM", ", "+c+".id FROM", 1)
	}
	return g.finish(sql, 4)
}

// values joins a list of rows.
func (g *Queries) values() string {
	t := g.alias()
	return g.finish(fmt.Sprintf("SELECT x.a, x.b, count(%s.id), max(%s.s) FROM (VALUES (0, 'none'), (1, 'one'), (%d, NULL)) x(a, b) %s %s %s ON %s.k = x.a GROUP BY 1, 2",
		t, t, g.IntN(5), g.pick("LEFT JOIN", "JOIN", "FULL JOIN"), g.source(), t, t), 4)
}

// arrays has subqueries that make arrays and tests of rows.
func (g *Queries) arrays() string {
	t, u := g.alias(), g.alias()
	of := fmt.Sprintf("FROM %s %s WHERE %s.k = %s.%s", g.table(), u, u, t, g.pick("id", "k"))
	value := g.pick("ARRAY(SELECT "+u+".v "+of+" ORDER BY 1)", "(SELECT "+u+".v "+of+" ORDER BY "+u+".v DESC, "+u+".id LIMIT 1)", "(SELECT "+u+".k + "+u+".v "+of+" ORDER BY "+u+".id LIMIT 1)",
		"("+t+".k, "+t+".v) IN (SELECT "+u+".k, "+u+".v FROM "+g.table()+" "+u+")", "EXISTS (SELECT 1 "+of+" AND "+u+".v > "+t+".v OFFSET 1)", t+".v = ANY (ARRAY(SELECT "+u+".v "+of+"))")
	return g.finish("SELECT "+t+".id, "+value+" FROM "+g.source()+" "+t, 2)
}

// deepSubquery has subqueries in subqueries that look at the outermost row.
func (g *Queries) deepSubquery() string {
	defer g.timeless()() // what is evaluated whole does not follow time
	a, b, c := g.alias(), g.alias(), g.alias()
	deep := fmt.Sprintf("EXISTS (SELECT 1 FROM %s %s WHERE %s.k = %s.k AND %s.id IN (SELECT %s.v FROM %s %s WHERE %s.k = %s.%s))", g.table(), b, b, a, b, c, g.table(), c, c, g.pick(a, b), g.pick("id", "v"))
	if g.chance(50) {
		return g.finish(fmt.Sprintf("SELECT %s.id, %s.v FROM %s %s WHERE %s%s %s %s.v > %d", a, a, g.source(), a, g.pick("", "NOT "), deep, g.pick("OR", "AND"), a, g.IntN(9)), 2)
	}
	return g.finish(fmt.Sprintf("SELECT %s.id, CASE WHEN %s THEN (SELECT max(%s.v) FROM %s %s WHERE %s.k = %s.k) ELSE %s.v END FROM %s %s", a, deep, c, g.table(), c, c, a, a, g.source(), a), 2)
}

// cases has conditions in values, and joins on them.
func (g *Queries) cases() string {
	defer g.timeless()() // time turns rows, not values
	a, b := g.alias(), g.alias()
	of := []string{a, b}
	return g.finish(fmt.Sprintf("SELECT CASE WHEN %s THEN 'x' WHEN %s THEN %s.s END, nullif(%s, %s), %s.id FROM %s %s %s %s %s ON %s.k IS NOT DISTINCT FROM %s.k AND (%s OR %s.v = %d)",
		g.condition(of, 1), g.condition(of, 0), b, g.number(of), g.number(of), a, g.source(), a, g.pick("JOIN", "LEFT JOIN", "FULL JOIN"), g.source(), b, a, b, g.plainCondition(of), b, g.IntN(9)), 3)
}

// plainCondition is a condition without a subquery.
func (g *Queries) plainCondition(of []string) string {
	return g.number(of) + g.pick(" < ", " = ", " <> ", " >= ") + g.number(of)
}

// timeless has no conditions on now() until what it gives is called.
func (g *Queries) timeless() (again func()) {
	time := g.Time
	g.Time = false
	return func() { g.Time = time }
}
