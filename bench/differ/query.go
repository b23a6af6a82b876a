package main

import (
	"fmt"
	"strings"
)

// generator makes queries.
type generator struct {
	choices choices
	tables  []table
	scopes  [][]column // what is in sight, outermost first
	aliases int
}

func (g *generator) alias() string {
	g.aliases++
	return fmt.Sprintf("q%d", g.aliases)
}

// output is a column of a query.
type output struct {
	text string
	kind kind
}

// query makes a whole statement. Its rows are ordered by all columns where it has
// a LIMIT, so that which they are is settled.
func (g *generator) query() string {
	c := &g.choices
	if c.chance(15) {
		return g.first()
	}
	if c.chance(3) {
		return g.behindOrder()
	}
	prefix := ""
	if c.chance(12) {
		text, outs := g.block(1)
		name := g.alias()
		t := table{name: name}
		for i, o := range outs {
			t.columns = append(t.columns, column{fmt.Sprintf("x%d", i), o.kind})
		}
		g.tables = append(g.tables[:len(g.tables):len(g.tables)], t)
		prefix = "WITH " + name + " AS " + one(c, "", "MATERIALIZED ") + "(" + text + ") "
	}
	text, outs := g.block(2)
	if c.chance(15) {
		second := make([]string, len(outs))
		for i, o := range outs {
			second[i] = g.expression(o.kind, 1)
		}
		text = "(" + text + ") " + one(c, "UNION ALL", "UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL") + " SELECT " + strings.Join(second, ", ")
	}
	if c.chance(20) {
		var keys []string
		for i := range outs {
			keys = append(keys, fmt.Sprintf("%d%s", i+1, one(c, "", " DESC", " NULLS FIRST", " DESC NULLS LAST")))
		}
		text += " ORDER BY " + strings.Join(keys, ", ") + one(c, " LIMIT 3", " LIMIT 1", " LIMIT 5 OFFSET 1", " OFFSET 2", " FETCH FIRST 2 ROWS WITH TIES")
	}
	return prefix + text
}

// behindOrder makes a SELECT with targets that are computed of the rows that come out.
func (g *generator) behindOrder() string {
	c := &g.choices
	name := g.alias()
	t := g.tables[c.of(len(g.tables))]
	var columns []column
	for _, col := range t.columns {
		columns = append(columns, column{name + "." + col.name, col.kind})
	}
	g.scopes = append(g.scopes, columns)
	defer func() { g.scopes = g.scopes[:len(g.scopes)-1] }()
	text := "SELECT " + one(c, "", "DISTINCT ON (1) ") + name + ".id"
	for range 1 + c.of(3) {
		text += ", " + one(c, g.expression(tInt, 1), "generate_series(1, "+one(c, "2", "3", "0")+")", "differ.up("+name+".id)", "unnest("+g.expression(tInts, 1)+")",
			"(SELECT max("+g.expression(tInt, 1)+"))", "generate_series(1, 2) + "+g.expression(tInt, 0))
	}
	return text + " FROM " + t.name + " AS " + name + " ORDER BY 1" + one(c, " LIMIT 3", " DESC LIMIT 4", " LIMIT 5 OFFSET 1", " FETCH FIRST 1 ROW WITH TIES", "")
}

// block makes a SELECT.
func (g *generator) block(depth int) (string, []output) {
	c := &g.choices
	from, columns := g.from(depth)
	g.scopes = append(g.scopes, columns)
	defer func() { g.scopes = g.scopes[:len(g.scopes)-1] }()
	where := ""
	if c.chance(60) {
		where = " WHERE " + g.expression(tBool, 2)
	}
	switch {
	case c.chance(25):
		return g.grouped(from, where)
	case c.chance(12):
		return g.windowed(from, where)
	}
	var outs []output
	var list []string
	for i := range 1 + c.of(4) {
		t := kinds[c.of(len(kinds))]
		e := g.expression(t, depth)
		outs = append(outs, output{e, t})
		if depth < 2 || c.chance(30) {
			e += fmt.Sprintf(" AS x%d", i)
		}
		list = append(list, e)
	}
	distinct := ""
	if c.chance(12) {
		distinct = "DISTINCT "
	}
	return "SELECT " + distinct + strings.Join(list, ", ") + from + where, outs
}

// from makes a FROM clause.
func (g *generator) from(depth int) (string, []column) {
	c := &g.choices
	if c.chance(6) {
		return "", nil
	}
	text, columns := g.item(depth)
	for range c.of(3) {
		right, more := g.item(depth - 1)
		both := append(columns[:len(columns):len(columns)], more...)
		switch how := one(c, "JOIN", "LEFT JOIN", "RIGHT JOIN", "CROSS JOIN", "FULL JOIN"); how {
		case "CROSS JOIN":
			text += " CROSS JOIN " + right
		case "FULL JOIN":
			text += " FULL JOIN " + right + " ON " + columns[0].name + " = " + more[0].name
			if columns[0].kind != more[0].kind {
				text = strings.TrimSuffix(text, columns[0].name+" = "+more[0].name) + "true"
			}
		default:
			g.scopes = append(g.scopes, both)
			on := g.expression(tBool, 1)
			if columns[0].kind == more[0].kind && c.chance(70) {
				on = columns[0].name + " = " + more[0].name
			}
			g.scopes = g.scopes[:len(g.scopes)-1]
			text += " " + how + " " + right + " ON " + on
		}
		columns = both
	}
	return " FROM " + text, columns
}

// item makes one FROM item.
func (g *generator) item(depth int) (string, []column) {
	c := &g.choices
	name := g.alias()
	if depth > 0 && c.chance(15) {
		outer := g.scopes
		g.scopes = nil // not LATERAL
		text, outs := g.block(0)
		g.scopes = outer
		var columns []column
		var names []string
		for i, o := range outs {
			columns = append(columns, column{fmt.Sprintf("%s.y%d", name, i), o.kind})
			names = append(names, fmt.Sprintf("y%d", i))
		}
		return "(" + text + ") AS " + name + " (" + strings.Join(names, ", ") + ")", columns
	}
	if c.chance(6) {
		return "generate_series(1, " + one(c, "2", "0", "5") + ") AS " + name, []column{{name, tInt}}
	}
	switch c.of(40) {
	case 39:
		return "jsonb_array_elements_text(" + one(c, `'["a", null, 1.50]'`, `'[]'`, `'[[1], {"b": 2}]'`) + ") AS " + name, []column{{name, tText}}
	case 38:
		return "jsonb_array_elements(" + one(c, `'["a", null, 1.50]'`, `'[]'`, `'[[1], {"b": 2}]'`) + ") AS " + name, []column{{name + ".value", tJSONB}}
	case 37:
		return "differ.up(" + one(c, constants[tInt]...) + ") AS " + name + " (n)", []column{{name, tInt}}
	case 36:
		return "differ.pairs(" + one(c, constants[tInt]...) + ") AS " + name, []column{{name + ".n", tInt}, {name + ".t", tText}}
	}
	t := g.tables[c.of(len(g.tables))]
	var columns []column
	for _, col := range t.columns {
		columns = append(columns, column{name + "." + col.name, col.kind})
	}
	sample := ""
	if strings.HasPrefix(t.name, "differ.t") && c.chance(4) {
		sample = " TABLESAMPLE " + one(c, "BERNOULLI (100)", "SYSTEM (100)", "BERNOULLI (0)", "SYSTEM (0) REPEATABLE (3)")
	}
	return t.name + " AS " + name + sample, columns
}

// aggregates have a type and an argument's; %1 is the argument. None depends on
// the order of its input.
var aggregates = []struct {
	text string
	of   kind
	is   kind
}{
	{"count(*)", tInt, tBig}, {"count(%1)", tText, tBig}, {"count(DISTINCT %1)", tInt, tBig}, {"sum(%1)", tInt, tBig}, {"sum(%1)", tNumeric, tNumeric}, {"avg(%1)", tInt, tNumeric}, {"avg(%1)", tNumeric, tNumeric}, {"min(%1)", tInt, tInt},
	{"max(%1)", tText, tText}, {"min(%1)", tDate, tDate}, {"max(%1)", tStamp, tStamp}, {"max(%1)", tNumeric, tNumeric}, {"min(%1)", tInterval, tInterval}, {"bool_and(%1)", tBool, tBool}, {"bool_or(%1)", tBool, tBool}, {"every(%1)", tBool, tBool},
	{"string_agg(%1, ',' ORDER BY %1)", tText, tText}, {"array_agg(%1 ORDER BY %1 DESC)", tInt, tInts}, {"array_agg(DISTINCT %1)", tText, tTexts}, {"jsonb_agg(%1 ORDER BY %1)", tInt, tJSONB}, {"bit_and(%1)", tInt, tInt}, {"bit_or(%1)", tInt, tInt},
	{"sum(%1)", tBig, tNumeric}, {"sum(%1)", tInterval, tInterval}, {"percentile_disc(0.5) WITHIN GROUP (ORDER BY %1)", tInt, tInt}, {"mode() WITHIN GROUP (ORDER BY %1)", tInt, tInt}, {"count(*) FILTER (WHERE %1)", tBool, tBig}, {"variance(%1)", tNumeric, tNumeric}, {"stddev_pop(%1)", tInt, tNumeric},
	{"differ.total(%1)", tInt, tBig}, {"differ.total(DISTINCT %1)", tInt, tBig}, {"differ.mean(%1)", tInt, tNumeric}, {"differ.longest(%1)", tText, tText}, {"differ.kept(%1 ORDER BY %1)", tInt, tInts}, {"max((SELECT %1))", tInt, tInt},
}

func (g *generator) aggregate() output {
	a := aggregates[g.choices.of(len(aggregates))]
	text := a.text
	if strings.Contains(text, "%1") {
		text = strings.ReplaceAll(text, "%1", g.expression(a.of, 1))
	}
	return output{text, a.is}
}

// grouped makes a SELECT with aggregates.
func (g *generator) grouped(from, where string) (string, []output) {
	c := &g.choices
	var outs []output
	var keys []string
	for range c.of(3) {
		t := kinds[c.of(len(kinds))]
		if cols := g.local(t); len(cols) > 0 {
			e := cols[c.of(len(cols))]
			if f := forms[t]; len(f) > 0 && c.chance(25) { // an expression, if it is settled and of this query's columns
				if x := g.keyOf(t); x != "" {
					e = x
				}
			}
			outs, keys = append(outs, output{e, t}), append(keys, e)
		}
	}
	for range 1 + c.of(2) {
		outs = append(outs, g.aggregate())
	}
	tail := ""
	if keys != nil {
		tail = " GROUP BY " + one(c, "%", "%", "ROLLUP (%)", "CUBE (%)", "GROUPING SETS ((%), ())")
		tail = strings.ReplaceAll(tail, "%", strings.Join(keys, ", "))
	}
	if c.chance(25) {
		a := g.aggregate()
		tail += " HAVING " + a.text + one(c, " IS NOT NULL", " IS NULL")
	}
	return "SELECT " + texts(outs) + from + where + tail, outs
}

// keyOf makes an expression to group by, with a column in it; "" if there is none.
func (g *generator) keyOf(t kind) string {
	outer := g.scopes
	g.scopes = g.scopes[len(g.scopes)-1:]
	defer func() { g.scopes = outer }()
	x := g.expression(t, 1)
	for _, col := range g.scopes[0] {
		if strings.Contains(x, col.name) && !strings.Contains(x, "SELECT") && strings.HasPrefix(x, "(") {
			return x
		}
	}
	return ""
}

// local lists the columns of the innermost query of a type.
func (g *generator) local(t kind) (names []string) {
	for _, c := range g.scopes[len(g.scopes)-1] {
		if c.kind == t {
			names = append(names, c.name)
		}
	}
	return names
}

var windows = []output{{"row_number()", tBig}, {"rank()", tBig}, {"dense_rank()", tBig}, {"count(*)", tBig}, {"sum(%1)", tBig}, {"lag(%1)", tInt}, {"first_value(%1)", tInt}, {"ntile(3)", tInt}, {"max(%1)", tInt}, {"lead(%1, 2, 0)", tInt}, {"last_value(%1)", tInt}, {"nth_value(%1, 2)", tInt}}

// windowed makes a SELECT with window functions. Their order is that of all
// columns, so that it is settled.
func (g *generator) windowed(from, where string) (string, []output) {
	c := &g.choices
	var order []string
	for _, col := range g.scopes[len(g.scopes)-1] {
		order = append(order, col.name)
	}
	if order == nil {
		order = []string{"1"}
	}
	var outs []output
	t := kinds[c.of(len(kinds))]
	outs = append(outs, output{g.expression(t, 1), t})
	// One window, so that equal rows have one order in it.
	window := "ORDER BY " + strings.Join(order, ", ")
	if c.chance(50) {
		window = "PARTITION BY " + g.expression(kinds[c.of(len(kinds))], 1) + " " + window
	}
	for range 1 + c.of(2) {
		w := one(c, windows...)
		over := window + one(c, "", "", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW",
			" ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING", " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE GROUP", " GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING EXCLUDE TIES",
			" ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING EXCLUDE NO OTHERS", " GROUPS 2 PRECEDING")
		outs = append(outs, output{strings.ReplaceAll(w.text, "%1", g.expression(tInt, 1)) + " OVER (" + over + ")", w.kind})
	}
	return "SELECT " + texts(outs) + from + where, outs
}

// scalarSubquery makes a correlated subquery that gives one value.
func (g *generator) scalarSubquery(t kind, depth int) string {
	var fit []int
	for i, a := range aggregates {
		if a.is == t {
			fit = append(fit, i)
		}
	}
	if len(fit) == 0 || depth < 0 {
		return ""
	}
	c := &g.choices
	a := aggregates[fit[c.of(len(fit))]]
	from, columns := g.item(0)
	g.scopes = append(g.scopes, columns)
	defer func() { g.scopes = g.scopes[:len(g.scopes)-1] }()
	// Its argument is of its own, for an aggregate belongs to the query whose
	// columns it has.
	outer := g.scopes
	g.scopes = g.scopes[len(g.scopes)-1:]
	text := strings.ReplaceAll(a.text, "%1", g.expression(a.of, 0))
	g.scopes = outer
	where := g.expression(tBool, 1)
	return "(SELECT " + text + " FROM " + from + " WHERE " + where + ")"
}

func texts(outs []output) string {
	list := make([]string, len(outs))
	for i, o := range outs {
		list[i] = o.text
	}
	return strings.Join(list, ", ")
}
