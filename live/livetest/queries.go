// Package livetest writes random queries for tests of live queries.
package livetest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Queries writes random queries over relations with the columns
//
//	id int4 (a key), k int4, v int4, n numeric, s text
//
// Wherever the order of rows matters it is settled to the last row.
type Queries struct {
	*rand.Rand
	Relations []string
	// Simple: they are each over one relation, with a filter and a projection.
	Simple bool
	// Kind, unless nil, is the type of the columns e of Tables.
	Kind   *Kind
	Tables []string
	// Time: conditions on now() are among them. v is then seconds after Epoch.
	Time    bool
	aliases int
}

// Epoch is the time that conditions on now() count v's from, in seconds.
const Epoch = 1_000_000_000

func (g *Queries) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *Queries) chance(percent int) bool { return g.IntN(100) < percent }

func (g *Queries) alias() string {
	g.aliases++
	return fmt.Sprintf("t%d", g.aliases)
}

func (g *Queries) table() string { return g.pick(g.Relations...) }

func (g *Queries) number(of []string) string {
	return g.pick(of...) + "." + g.pick("id", "k", "v", "n")
}

func (g *Queries) column(of []string) string {
	return g.pick(of...) + "." + g.pick("id", "k", "v", "n", "s")
}

// Query is a whole SELECT.
func (g *Queries) Query() string {
	if g.Simple {
		return g.filtered()
	}
	if g.Kind != nil && g.chance(60) {
		return g.Typed()
	}
	switch g.IntN(20) {
	case 0:
		return g.combined()
	case 1:
		return g.distinctOn()
	case 2:
		return g.windowed()
	case 3:
		return g.with()
	case 4, 5, 6:
		return g.grouped()
	case 7:
		return g.lateral()
	case 8:
		if g.chance(50) {
			return g.Walk()
		}
		return g.recursive()
	case 9:
		return g.filtered()
	case 10, 11, 12, 13, 14, 15:
		return g.form()
	}
	return g.plain()
}

// filtered is one relation with a filter and a projection.
func (g *Queries) filtered() string {
	t := g.alias()
	return fmt.Sprintf("SELECT %s.id, %s, %s FROM %s %s WHERE %s", t, g.column([]string{t}), g.column([]string{t}), g.table(), t,
		g.pick(t+".k = "+fmt.Sprint(g.IntN(5)), fmt.Sprintf("%s.k IN (%d, %d)", t, g.IntN(5), g.IntN(5)), g.condition([]string{t}, 1)))
}

// recursive walks from k to id.
func (g *Queries) recursive() string {
	t := g.table()
	return g.finish(fmt.Sprintf("WITH RECURSIVE r(id, k) AS (SELECT id, k FROM %s WHERE %s.v < %d UNION SELECT x.id, x.k FROM %s x JOIN r ON x.id = r.k) SELECT id, k FROM r", t, t, g.IntN(9), t), 2)
}

// timely is a condition that time turns.
func (g *Queries) timely(of []string) string {
	return fmt.Sprintf("to_timestamp(%d + %s.v) %s now() - interval '%d seconds'", Epoch, g.pick(of...), g.pick("<", "<=", ">", ">="), g.IntN(6))
}

// relations is FROM and WHERE.
func (g *Queries) relations() (sql string, of []string) {
	t := g.alias()
	sql, of = " FROM "+g.source()+" "+t, []string{t}
	for g.chance(45) && len(of) < 3 {
		t := g.alias()
		on := fmt.Sprintf("%s.%s = %s.%s", g.pick(of...), g.pick("k", "v", "id"), t, g.pick("k", "v", "id"))
		if g.chance(25) {
			on += fmt.Sprintf(" AND %s.v %s %s.v", g.pick(of...), g.pick("<", ">", "<>"), t)
		}
		if g.chance(10) {
			on = fmt.Sprintf("%s.v < %s.v", g.pick(of...), t)
			sql += g.pick(" JOIN ", " LEFT JOIN ") + g.table() + " " + t + " ON " + on
		} else {
			sql += g.pick(" JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ") + g.source() + " " + t + " ON " + on
		}
		of = append(of, t)
	}
	if g.chance(60) {
		sql += " WHERE " + g.condition(of, 2)
	}
	return sql, of
}

// source is a table, or a subquery with the columns of one.
func (g *Queries) source() string {
	if g.chance(85) {
		return g.table()
	}
	t := g.alias()
	q := fmt.Sprintf("SELECT %s.id, %s.k, %s.v, %s.n, %s.s FROM %s %s", t, t, t, t, t, g.table(), t)
	if g.chance(50) {
		q += " WHERE " + g.condition([]string{t}, 1)
	}
	if g.chance(40) {
		q += fmt.Sprintf(" ORDER BY %s.%s%s, %s.id LIMIT %d", t, g.pick("k", "v", "n", "s"), g.pick("", " DESC", " NULLS FIRST"), t, 1+g.IntN(6))
		if g.chance(40) {
			q += fmt.Sprintf(" OFFSET %d", g.IntN(3))
		}
	}
	return "(" + q + ")"
}

func (g *Queries) condition(of []string, depth int) string {
	if depth > 0 && g.chance(35) {
		return "(" + g.condition(of, depth-1) + g.pick(" AND ", " AND ", " OR ") + g.condition(of, depth-1) + ")"
	}
	t := g.alias()
	if g.Time && g.chance(25) {
		return g.timely(of)
	}
	switch g.IntN(10) {
	case 0:
		return g.column(of) + g.pick(" IS NULL", " IS NOT NULL")
	case 1:
		return fmt.Sprintf("%s%s IN (SELECT %s.%s FROM %s %s WHERE %s.v > %d)", g.number(of), g.pick("", " NOT"), t, g.pick("k", "v"), g.table(), t, t, g.IntN(8))
	case 2:
		return fmt.Sprintf("%sEXISTS (SELECT 1 FROM %s %s WHERE %s.k = %s.%s%s)", g.pick("", "NOT "), g.table(), t, t, g.pick(of...), g.pick("k", "v", "id"),
			g.pick("", fmt.Sprintf(" AND %s.v > %s.v", t, g.pick(of...)), fmt.Sprintf(" AND %s.n > 2", t)))
	case 3:
		return fmt.Sprintf("%s %s (SELECT %s(%s.%s) FROM %s %s%s)", g.number(of), g.pick("<", ">", "=", ">="), g.pick("max", "min", "count", "sum"), t, g.pick("k", "v"), g.table(), t,
			g.pick("", fmt.Sprintf(" WHERE %s.k = %s.k", t, g.pick(of...))))
	case 4:
		return fmt.Sprintf("%s %s %s(SELECT %s.%s FROM %s %s WHERE %s.k = %s.k)", g.number(of), g.pick("<", ">", "=", "<>"), g.pick("ANY ", "ALL "), t, g.pick("v", "id"), g.table(), t, t, g.pick(of...))
	case 5:
		return g.number(of) + g.pick(" < ", " = ", " <> ") + g.number(of)
	}
	return fmt.Sprintf("%s %s %d", g.number(of), g.pick("<", ">", "=", "<>", "<="), g.IntN(9))
}

func (g *Queries) value(of []string) string {
	t := g.alias()
	switch g.IntN(9) {
	case 0: // which of 0 and 0.00 DISTINCT shows is nobody's promise
		return "trim_scale((" + g.number(of) + g.pick(" + ", " - ", " * ") + g.number(of) + ")::numeric)"
	case 1:
		return fmt.Sprintf("(SELECT %s(%s.%s) FROM %s %s WHERE %s.k = %s.%s)", g.pick("count", "sum", "max", "avg"), t, g.pick("v", "n"), g.table(), t, t, g.pick(of...), g.pick("k", "id"))
	case 2:
		return fmt.Sprintf("coalesce(%s, %d)", g.number(of), g.IntN(5))
	case 3:
		return "upper(" + g.pick(of...) + ".s)"
	case 4:
		return fmt.Sprintf("(SELECT %s(%s.v) FROM %s %s)", g.pick("count", "max"), t, g.table(), t)
	}
	return g.column(of)
}

func (g *Queries) plain() string {
	from, of := g.relations()
	var cols []string
	for range 1 + g.IntN(4) {
		cols = append(cols, g.value(of))
	}
	return g.finish("SELECT "+g.pick("", "", "", "DISTINCT ")+strings.Join(cols, ", ")+from, len(cols))
}

// finish adds an order, and perhaps a limit.
func (g *Queries) finish(sql string, columns int) string {
	if g.chance(55) {
		return sql
	}
	var keys []string
	for _, i := range g.Perm(columns) {
		keys = append(keys, fmt.Sprint(i+1)+g.pick("", "", " DESC", " NULLS FIRST", " DESC NULLS LAST"))
	}
	sql += " ORDER BY " + strings.Join(keys, ", ")
	if g.chance(60) {
		sql += fmt.Sprintf(" LIMIT %d", g.IntN(7))
		if g.chance(40) {
			sql += fmt.Sprintf(" OFFSET %d", g.IntN(4))
		}
	}
	return sql
}

func (g *Queries) aggregate(of []string) string {
	x := g.number(of)
	call := ""
	switch g.IntN(9) {
	case 0:
		call = "count(*)"
	case 1:
		call = fmt.Sprintf("%s(DISTINCT %s)", g.pick("count", "sum", "avg"), x)
	case 2:
		call = fmt.Sprintf("array_agg(%s ORDER BY %s)", x, x)
	case 3:
		call = fmt.Sprintf("string_agg(%s.s, ',' ORDER BY %s.s)", of[0], of[0])
	case 4:
		call = fmt.Sprintf("%s(%s > 3)", g.pick("bool_and", "bool_or"), x)
	case 5:
		call = fmt.Sprintf("%s(%s.s)", g.pick("min", "max"), g.pick(of...))
	default:
		call = g.pick("count", "sum", "avg", "min", "max") + "(" + x + ")"
	}
	if g.chance(20) {
		call += " FILTER (WHERE " + g.number(of) + " > 2)"
	}
	return call
}

func (g *Queries) grouped() string {
	from, of := g.relations()
	var cols, keys []string
	for range g.IntN(3) {
		k := g.column(of)
		keys, cols = append(keys, k), append(cols, k)
	}
	for range 1 + g.IntN(3) {
		cols = append(cols, g.aggregate(of))
	}
	sql := "SELECT " + strings.Join(cols, ", ") + from
	if keys != nil {
		switch kind := g.pick("", "", "", "ROLLUP ", "CUBE ", "SETS"); {
		case kind == "SETS":
			sql += " GROUP BY GROUPING SETS ((" + strings.Join(keys, "), (") + "), ())"
		default:
			sql += " GROUP BY " + kind + "(" + strings.Join(keys, ", ") + ")"
		}
	}
	if g.chance(25) {
		sql += fmt.Sprintf(" HAVING count(*) %s %d", g.pick(">", "<"), g.IntN(4))
	}
	return g.finish(sql, len(cols))
}

func (g *Queries) distinctOn() string {
	from, of := g.relations()
	k := g.number(of)
	cols := []string{k}
	for range 1 + g.IntN(2) {
		cols = append(cols, g.column(of))
	}
	order := make([]string, len(cols))
	for i := range cols {
		order[i] = fmt.Sprint(i + 1)
		if i > 0 {
			order[i] += g.pick("", " DESC")
		}
	}
	return "SELECT DISTINCT ON (" + k + ") " + strings.Join(cols, ", ") + from + " ORDER BY " + strings.Join(order, ", ")
}

func (g *Queries) windowed() string {
	t := g.alias()
	of := []string{t}
	from := " FROM " + g.source() + " " + t
	if g.chance(40) {
		from += " WHERE " + g.condition(of, 1)
	}
	partition := g.pick("", "PARTITION BY "+t+".k ", "PARTITION BY "+t+".k, "+t+".v ")
	call := g.pick("row_number()", "rank()", "dense_rank()", "count(*)", "sum("+t+".v)", "lag("+t+".v)", "first_value("+t+".s)", "max("+t+".n)")
	frame := ""
	if g.chance(20) {
		frame = " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING"
	}
	sql := fmt.Sprintf("SELECT %s.id, %s, %s OVER (%sORDER BY %s.%s%s, %s.id%s)%s", t, g.column(of), call, partition, t, g.pick("v", "n", "s"), g.pick("", " DESC"), t, frame, from)
	return g.finish(sql, 3)
}

func (g *Queries) side() string {
	from, of := g.relations()
	return "SELECT " + g.pick(of...) + ".k, " + g.pick(of...) + ".v" + from
}

func (g *Queries) combined() string {
	op := g.pick("UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL")
	return g.finish(g.side()+" "+op+" "+g.side(), 2)
}

func (g *Queries) with() string {
	t, u := g.alias(), g.alias()
	from, of := g.relations()
	sql := fmt.Sprintf("WITH w AS %s(SELECT %s AS p, %s AS q, count(*) AS r%s GROUP BY 1, 2) ", g.pick("", "MATERIALIZED "), g.pick(of...)+".k", g.pick(of...)+".v", from)
	switch g.IntN(3) {
	case 0:
		return g.finish(sql+fmt.Sprintf("SELECT %s.p, %s.r FROM w %s JOIN w %s ON %s.p = %s.q", t, u, t, u, t, u), 2)
	case 1:
		return g.finish(sql+fmt.Sprintf("SELECT %s.id, %s.r FROM %s %s LEFT JOIN w %s ON %s.p = %s.k", t, u, g.table(), t, u, u, t), 2)
	}
	return g.finish(sql+fmt.Sprintf("SELECT %s.p, %s.r FROM w %s WHERE %s.r > (SELECT min(r) FROM w)", t, t, t, t), 2)
}

func (g *Queries) lateral() string {
	t, u := g.alias(), g.alias()
	inner := fmt.Sprintf("SELECT %s.id, %s.v FROM %s %s WHERE %s.k = %s.%s ORDER BY %s.v DESC, %s.id LIMIT %d", u, u, g.table(), u, u, t, g.pick("k", "id"), u, u, 1+g.IntN(2))
	switch g.IntN(3) {
	case 0:
		inner = fmt.Sprintf("SELECT count(*) AS id, max(%s.v) AS v FROM %s %s WHERE %s.k = %s.k", u, g.table(), u, u, t)
	case 1:
		inner = fmt.Sprintf("SELECT %s.id, %s.v FROM %s %s WHERE %s.k = %s.k AND %s.v > 2", u, u, g.table(), u, u, t, u)
	}
	join, on := "CROSS JOIN", ""
	if g.chance(50) {
		join, on = "LEFT JOIN", " ON true"
	}
	return g.finish(fmt.Sprintf("SELECT %s.id, x.id, x.v FROM %s %s %s LATERAL (%s) x%s", t, g.table(), t, join, inner, on), 3)
}
