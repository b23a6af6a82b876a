package livetest

import (
	"fmt"
	"strings"
)

// Ranked has window functions over one window, all of a kind that is kept row by row, and perhaps a
// condition or a LIMIT that leaves first rows.
func (g *Queries) Ranked() string {
	t := g.alias()
	from := " FROM " + g.source() + " " + t
	if g.chance(30) {
		from += " WHERE " + g.condition([]string{t}, 1)
	}
	key := g.pick(t+".v", t+".v", t+".k DESC", t+".n DESC NULLS LAST", t+".s NULLS FIRST")
	partition := g.pick("", "", "PARTITION BY "+t+".k ", "PARTITION BY "+t+".s ", "PARTITION BY "+t+".n ")
	settled := g.chance(65)
	order := "ORDER BY " + key
	if settled {
		order += ", " + t + ".id"
	}
	cols := []string{t + ".id"}
	ranks := 0 // the column of one
	x := func() string { return t + "." + g.pick("id", "k", "v") }
	for range 1 + g.IntN(4) {
		number := func() string { return t + "." + g.pick("id", "k", "v", "n") }
		var call, frame string
		switch kind := g.IntN(9); {
		case kind < 2:
			if call = g.pick("rank()", "dense_rank()", "rank()"); settled {
				call = g.pick("row_number()", "row_number()", "rank()", "dense_rank()")
			}
			if call != "dense_rank()" {
				ranks = len(cols) + 1
			}
		case kind < 4:
			call = g.pick("sum("+number()+")", "count(*)", "count("+number()+") FILTER (WHERE "+x()+" > 2)", "avg("+number()+")", "min("+x()+")", "max("+x()+") FILTER (WHERE "+x()+" < 7)", "bool_and("+x()+" < 7)")
			frame = g.pick("", "", " GROUPS UNBOUNDED PRECEDING")
			if settled {
				frame = g.pick("", " ROWS UNBOUNDED PRECEDING")
			}
		case kind < 6:
			call = g.pick("sum("+number()+")", "count(*)", "max("+x()+")", "min("+x()+") FILTER (WHERE "+x()+" > 3)", "avg("+number()+")")
			frame = " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
			if settled && g.chance(40) {
				call = g.pick("first_value(", "last_value(") + g.column([]string{t}) + ")"
			}
		case settled && kind < 8:
			call = g.pick("lag("+x()+")", "lead("+x()+")", "lag("+number()+", 2)", "lead("+x()+", 3, "+x()+")", "lag("+x()+", -1)", "first_value("+x()+")", "lead("+x()+", NULL::int)")
		case settled:
			call = g.pick("sum("+number()+")", "count(*)", "string_agg("+t+".s, '')", "last_value("+x()+")", "nth_value("+x()+", 2)", "max("+number()+")")
			frame = g.pick(" ROWS BETWEEN 2 PRECEDING AND CURRENT ROW", " ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING", " ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING",
				" ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING EXCLUDE TIES", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW")
		default:
			call = g.pick("count(*)", "cume_dist()")
		}
		cols = append(cols, call+" OVER ("+partition+order+frame+")")
	}
	sql := "SELECT " + strings.Join(cols, ", ") + from
	switch {
	case ranks > 0 && g.chance(50):
		return fmt.Sprintf("SELECT * FROM (%s) w(%s) WHERE %s", sql, names(len(cols)), fmt.Sprintf(g.pick("c%d <= %d", "c%d < %d", "%[2]d >= c%[1]d", "c%d = %d", "c%d < %d AND c1 > 1"), ranks, g.IntN(6)))
	case ranks > 0 && g.chance(30): // perhaps not in the order of its partitions
		return sql + fmt.Sprintf(" ORDER BY %d, 1 LIMIT %d OFFSET %d", ranks, g.IntN(6), g.IntN(3))
	case g.chance(40):
		return sql + " ORDER BY " + key + ", " + t + ".id" + g.pick("", fmt.Sprintf(" LIMIT %d", g.IntN(6)), fmt.Sprintf(" OFFSET %d LIMIT %d", g.IntN(3), g.IntN(5)), fmt.Sprintf(" FETCH FIRST %d ROWS WITH TIES", 1+g.IntN(4)))
	}
	return g.finish(sql, len(cols))
}

// InOrder has aggregates over rows in an order, or over different ones.
func (g *Queries) InOrder() string {
	t := g.alias()
	from := " FROM " + g.source() + " " + t
	if g.chance(30) {
		from += " WHERE " + g.condition([]string{t}, 1)
	}
	x := func() string { return t + "." + g.pick("id", "k", "v", "n") }
	var cols []string
	for range 1 + g.IntN(3) {
		way := g.pick("", " DESC", " NULLS FIRST", " DESC NULLS LAST")
		call := g.pick("percentile_cont(0.5) WITHIN GROUP (ORDER BY "+t+".v"+way+")", "percentile_disc(ARRAY[0, 0.3, 1]) WITHIN GROUP (ORDER BY "+x()+way+")", "mode() WITHIN GROUP (ORDER BY "+t+"."+g.pick("k", "v", "s")+way+")",
			"rank("+fmt.Sprint(g.IntN(6))+") WITHIN GROUP (ORDER BY "+t+".v"+way+")", "dense_rank(3) WITHIN GROUP (ORDER BY "+t+".v"+way+")", "cume_dist(4) WITHIN GROUP (ORDER BY "+t+".v"+way+")", "percent_rank(2, 3) WITHIN GROUP (ORDER BY "+t+".k"+way+", "+t+".v)",
			"array_agg("+x()+" ORDER BY "+x()+way+", "+t+".id)", "string_agg("+t+".s, '+' ORDER BY "+x()+way+", "+t+".id)", "jsonb_agg("+t+".v ORDER BY "+t+".id DESC)", "string_agg(DISTINCT "+t+".s, ',' ORDER BY "+t+".s"+way+")",
			"array_agg(DISTINCT "+t+".v"+g.pick("", " ORDER BY "+t+".v"+way)+")", "count(DISTINCT "+x()+")", "sum(DISTINCT "+t+".v ORDER BY "+t+".v)", "avg(DISTINCT "+t+".k)", "max(DISTINCT "+t+".v)", "sum("+x()+" ORDER BY "+t+".v)", "bool_or(DISTINCT "+t+".v > 4)")
		if g.chance(25) {
			call += " FILTER (WHERE " + t + ".v > " + fmt.Sprint(g.IntN(6)) + ")"
		}
		cols = append(cols, call)
	}
	switch g.IntN(3) {
	case 0:
		return "SELECT " + strings.Join(cols, ", ") + from
	case 1:
		return "SELECT " + t + ".k, " + t + ".s, " + strings.Join(cols, ", ") + from + " GROUP BY " + g.pick("ROLLUP", "CUBE", "") + " (" + t + ".k, " + t + ".s)"
	}
	return "SELECT " + t + ".k, " + strings.Join(cols, ", ") + from + " GROUP BY " + t + ".k"
}

// First is DISTINCT ON, in an order that is settled or, where all columns are known by it, not.
func (g *Queries) First() string {
	t := g.alias()
	on := g.pick(t+".k", t+".s", t+".k, "+t+".s", t+".v > 3")
	from := " FROM " + g.source() + " " + t
	if g.chance(30) {
		from += " WHERE " + g.condition([]string{t}, 1)
	}
	return fmt.Sprintf("SELECT DISTINCT ON (%s) %s, %s.id, %s.v%s ORDER BY %s, %s%s, %s.id", on, on, t, t, from, on, g.pick(t+".v", t+".n", t+".s"), g.pick("", " DESC", " DESC NULLS LAST"), t)
}
