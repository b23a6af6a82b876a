package livemodel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/live/livetest"
)

// definition changes the definition of something.
func (g *generator) definition(q *livetest.Queries) {
	t := g.pick(g.names...)
	switch r := g.IntN(32) - 12; {
	case r < 4:
		g.nextNum++
		c := fmt.Sprint("x", g.nextNum)
		g.run(0, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s int%s", t, c, g.pick("", " DEFAULT 3", " NOT NULL DEFAULT 3")))
		g.added[t] = append(g.added[t], c)
	case r < 6:
		if list := g.added[t]; len(list) > 0 {
			g.run(0, fmt.Sprintf("ALTER TABLE %s DROP COLUMN %s", t, list[0]))
			g.added[t] = list[1:]
		}
	case r < 10:
		g.nextNum++
		i := fmt.Sprint("i", g.nextNum)
		g.run(0, fmt.Sprintf("CREATE INDEX %s ON %s (%s)", i, t, g.pick("k", "v", "s", "k, v", "(k + v)")))
		g.indexes = append(g.indexes, i)
	case r < 12:
		if len(g.indexes) > 0 {
			g.run(0, "DROP INDEX IF EXISTS "+g.indexes[0])
			g.indexes = g.indexes[1:]
		}
	case r < 14:
		g.run(0, "TRUNCATE "+t)
	case r < 15:
		c := g.pick("n", "s", "v")
		g.define(t, fmt.Sprintf("ALTER TABLE %s RENAME COLUMN %s TO gone", t, c))
		g.define(t, fmt.Sprintf("ALTER TABLE %s RENAME COLUMN gone TO %s", t, c))
	case r < 16:
		g.define(t, fmt.Sprintf("ALTER TABLE %s DROP COLUMN %s CASCADE", t, g.pick("n", "s")))
	case r < 17:
		g.define(t, "DROP TABLE "+t+" CASCADE")
		if g.IntN(2) == 0 {
			g.create(t, g.pick("SHARED", "USER"))
		}
	case r < 18:
		g.define(t, fmt.Sprintf("REVOKE SELECT ON %s FROM %s", t, g.pick("alice", "bob")))
	case r < 19 && g.parted[t]:
		g.define(t, fmt.Sprintf("ALTER TABLE %s DETACH PARTITION %s_high", t, t))
		g.define(t, fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s_high FOR VALUES FROM (5) TO (9)", t, t))
	case r < 19:
		if slices.Contains(q.Relations, "w") {
			g.view(q, "CREATE OR REPLACE VIEW")
		}
	default:
		g.define(t, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s", t, g.pick("k TYPE bigint", "s TYPE varchar(20)", "s SET DEFAULT 'd'", "v SET DEFAULT 4")))
	}
}

// apartDefinition is a definition of a rarer kind: indexes made and made anew while others write, labels of enums,
// and partitions that stay apart for a while.
func (g *generator) apartDefinition() {
	t := g.pick(g.names...)
	concurrently := g.pick("", " CONCURRENTLY")
	if g.blocks[0] {
		if g.defined[0] {
			return
		}
		g.defined[0], concurrently = true, ""
	}
	switch r := g.IntN(10); {
	case r < 3:
		g.nextNum++
		i := fmt.Sprint("i", g.nextNum)
		on := g.pick("(k)", "(v, k)", "(s)", "(k) WHERE v > 3", "USING gin ((ARRAY[k, v]))", "USING hash (v)")
		if g.typed != nil && len(g.typed.Kind.Inverted) > 0 {
			on = g.pick(on, "USING "+g.typed.Kind.Search()+" (e)")
		}
		g.run(0, fmt.Sprintf("CREATE INDEX%s %s ON %s %s", concurrently, i, t, on))
		g.indexes = append(g.indexes, i)
	case r < 4:
		if len(g.indexes) > 0 {
			g.run(0, fmt.Sprintf("DROP INDEX%s IF EXISTS %s", concurrently, g.indexes[0]))
			g.indexes = g.indexes[1:]
		}
	case r < 5:
		g.run(0, fmt.Sprintf("REINDEX TABLE%s %s", concurrently, t))
	case r < 8 && g.parted[t]:
		if how, ok := g.apart[t]; ok {
			g.define(t, how)
			delete(g.apart, t)
			return
		}
		part, bound := g.pick("high", "low", "rest", "even", "odd"), ""
		switch part {
		case "low":
			bound = "FOR VALUES FROM (MINVALUE) TO (5)"
		case "high":
			bound = "FOR VALUES FROM (5) TO (9)"
		case "rest":
			bound = "DEFAULT"
		case "even":
			bound = "FOR VALUES WITH (MODULUS 2, REMAINDER 0)"
		case "odd":
			bound = "FOR VALUES WITH (MODULUS 2, REMAINDER 1)"
		}
		g.define(t, fmt.Sprintf("ALTER TABLE %s DETACH PARTITION %s_%s%s", t, t, part, concurrently))
		g.apart[t] = fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s_%s %s", t, t, part, bound)
	case g.typed != nil && g.typed.Kind.SQL == "mood":
		kind := g.typed.Kind
		g.nextNum++
		label := fmt.Sprint("mood", g.nextNum)
		if g.IntN(2) == 0 {
			// No cursor need be resumed from across it.
			g.define(strings.Join(g.names, " "), fmt.Sprintf("ALTER TYPE mood ADD VALUE '%s'%s", label, g.pick("", " BEFORE 'ok'", " AFTER 'ok'")))
			kind.Values = append(kind.Values, label)
			return
		}
		n := g.IntN(len(kind.Values))
		g.define(strings.Join(g.names, " "), fmt.Sprintf("ALTER TYPE mood RENAME VALUE '%s' TO '%s'", kind.Values[n], label))
		kind.Values[n] = label
	}
}
