package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Queries for the first rows of something, over tables that are large enough for plans to
// matter: joins, set operations and windows under ORDER BY and LIMIT. All are ordered by
// keys of all tables besides, so that the rows are settled.

// large makes tables with some hundred rows and random indexes.
func large(random *rand.Rand) (script []string) {
	for i := range 3 {
		name := fmt.Sprintf("differ.b%d", i)
		rows := 250 + random.IntN(700)
		columns := "id integer %s, a integer, b integer NOT NULL, k integer, ok boolean, at timestamp, t text"
		if i == 2 {
			script = append(script, "CREATE TABLE "+name+" ("+fmt.Sprintf(columns, "NOT NULL")+") PARTITION BY RANGE (id)")
			for p := range 3 {
				to := fmt.Sprint((p + 1) * 200)
				if p == 2 {
					to = "MAXVALUE"
				}
				script = append(script, fmt.Sprintf("CREATE TABLE %s_%d PARTITION OF %s FOR VALUES FROM (%d) TO (%s)", name, p, name, p*200, to))
			}
		} else {
			script = append(script, "CREATE TABLE "+name+" ("+fmt.Sprintf(columns, "PRIMARY KEY")+")")
		}
		n := func(most int) int { return 1 + random.IntN(most) }
		script = append(script, fmt.Sprintf("INSERT INTO %s SELECT g, nullif(g * %d %% 7, 3), g * %d %% %d - 5, nullif(g * %d %% %d, 4), CASE WHEN g %% %d > 0 THEN g %% %d > 0 END, "+
			"timestamp '2020-01-01' + g * %d %% %d * interval '1 hour', 'x' || g * %d %% 5 FROM generate_series(1, %d) g",
			name, n(50), n(50), n(rows), n(900), n(700), n(300)+1, n(40), n(90), n(400), n(50), rows))
		for range random.IntN(5) {
			keys := []string{"a", "b", "k", "at", "id", "a, b", "ok, b", "at DESC", "k, at", "t, id", "at NULLS FIRST, id", "b DESC, a", "(a + b)", "a) WHERE (a > 3", "b) WHERE (ok", "id) WHERE (NOT ok", "at) WHERE (k IS NOT NULL", "id) INCLUDE (b"}
			script = append(script, fmt.Sprintf("CREATE INDEX ON %s (%s)", name, keys[random.IntN(len(keys))]))
		}
		if random.IntN(4) > 0 {
			script = append(script, "ANALYZE "+name)
		}
	}
	return script
}

// firstColumns are those of a large table but for its key.
var firstColumns = []string{"a", "b", "k", "ok", "at", "t"}

// first makes a query for first rows.
func (g *generator) first() string {
	c := &g.choices
	switch {
	case c.chance(25):
		return g.firstWindowed()
	case c.chance(20):
		var arms []string
		for range 2 + c.of(2) {
			arms = append(arms, "SELECT "+one(c, "x.id, x.b, x.at", "x.id + 1, x.b, x.at", "x.k, x.b, NULL")+" FROM "+g.largeTable()+" AS x"+one(c, "", " JOIN differ.b1 AS y ON y.id = x.k")+g.firstWhere("x"))
		}
		by := [][]string{{"1, 2, 3", "1 DESC, 2, 3"}, {"2, 1, 3", "2 DESC, 3, 1"}, {"3, 2, 1", "3 DESC NULLS LAST, 2, 1"}}[c.of(3)]
		return strings.Join(arms, " UNION ALL ") + " ORDER BY " + one(c, by...) + g.firstLimit()
	}
	from, names := g.largeTable()+" AS x", []string{"x"}
	for i := range c.of(3) {
		left, name := one(c, names...), string(rune('y'+i))
		from += one(c, " JOIN ", " LEFT JOIN ", " RIGHT JOIN ") + g.largeTable() + " AS " + name + " ON " + name + one(c, ".id = ", ".k = ", ".b = ", ".a = ") + left + one(c, ".k", ".id", ".b", ".a")
		if c.chance(20) {
			from += " AND " + g.firstCondition(one(c, name, left))
		}
		names = append(names, name)
	}
	where := ""
	for range c.of(3) {
		if where += " AND "; where == " AND " {
			where = " WHERE "
		}
		where += g.firstCondition(one(c, names...))
	}
	if c.chance(10) {
		if where += " AND "; where == " AND " {
			where = " WHERE "
		}
		where += one(c, "", "NOT ") + "EXISTS (SELECT FROM " + g.largeTable() + " AS e WHERE e.k = x.id AND " + g.firstCondition("e") + ")"
	}
	var order []string
	for range c.of(3) {
		order = append(order, one(c, names...)+"."+one(c, firstColumns...)+one(c, "", " DESC", " NULLS FIRST", " DESC NULLS LAST"))
	}
	down := one(c, "", " DESC")
	for _, n := range names {
		order = append(order, n+".id"+down)
	}
	var list []string
	for _, n := range names {
		list = append(list, n+".id", n+"."+one(c, firstColumns...))
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM " + from + where + " ORDER BY " + strings.Join(order, ", ") + g.firstLimit()
}

// firstWindowed makes a query for rows that come first in a window.
func (g *generator) firstWindowed() string {
	c := &g.choices
	order := one(c, "x.id", "x.at, x.id", "x.b DESC, x.id", "x.a, x.id", "x.at DESC, x.id DESC")
	over := "(" + one(c, "", "PARTITION BY x.a ", "PARTITION BY x.ok ", "PARTITION BY x.k ") + "ORDER BY " + order
	ranked := "(" + one(c, "ORDER BY ", "PARTITION BY x.a ORDER BY ", "PARTITION BY x.ok ORDER BY ") + one(c, "x.b", "x.at DESC", "x.a NULLS FIRST", "x.id")
	list := "x.id, x.a, " + one(c, "row_number() OVER "+over, "count(*) OVER "+over, "rank() OVER "+ranked, "dense_rank() OVER "+ranked, "count(x.k) OVER "+ranked,
		"count(*) OVER "+over+" ROWS BETWEEN UNBOUNDED PRECEDING AND 2 FOLLOWING") + ") AS n"
	for range c.of(3) {
		list += ", " + one(c, "lag(x.id) OVER "+over, "sum(x.b) OVER "+over, "lead(x.id) OVER "+over, "max(x.t) OVER "+ranked, "first_value(x.b) OVER "+over, "sum(x.b) OVER "+over+" ROWS 2 PRECEDING",
			"count(*) OVER ("+one(c, "", "PARTITION BY x.a"), "sum(x.b) OVER "+ranked+" GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES") + ")"
	}
	inner := "SELECT " + list + " FROM " + g.largeTable() + " AS x" + one(c, "", " JOIN differ.b0 AS y ON y.id = x.k", " LEFT JOIN differ.b0 AS y ON y.id = x.k") + g.firstWhere("x")
	text := "SELECT * FROM (" + inner + ") AS s"
	if c.chance(80) {
		text += " WHERE s.n " + one(c, "<=", "<", "=", ">", "<> 2 AND s.n <=") + " " + one(c, "3", "1", "64", "65", "100", "0", "NULL::int")
	}
	return text + " ORDER BY " + one(c, "s.id", "s.a, s.n, s.id", "s.n, s.id", "s.id DESC") + one(c, "", g.firstLimit())
}

func (g *generator) largeTable() string {
	return one(&g.choices, "differ.b0", "differ.b1", "differ.b2")
}

func (g *generator) firstLimit() string {
	return one(&g.choices, " LIMIT 3", " LIMIT 1", " LIMIT 20", " LIMIT 5 OFFSET 10", " LIMIT 150", "", " FETCH FIRST 4 ROWS WITH TIES")
}

func (g *generator) firstWhere(name string) string {
	if g.choices.chance(50) {
		return " WHERE " + g.firstCondition(name)
	}
	return ""
}

// firstCondition makes a condition on a large table that an index may serve.
func (g *generator) firstCondition(name string) string {
	return strings.ReplaceAll(one(&g.choices, "%.ok", "NOT %.ok", "%.a = 5", "%.b > 100", "%.k IS NOT NULL", "%.a > 3", "%.ok = false", "%.ok IS TRUE", "%.at < '2020-01-05'", "%.a IN (1, 5)", "%.t = 'x1'", "%.k IS NULL",
		"%.a + %.b = 7", "%.id BETWEEN 100 AND 260", "%.ok <> true AND %.b < 50", "(%.a = 1 OR %.b = 3)", "%.t LIKE 'x_'", "%.k = 1"), "%", name)
}
