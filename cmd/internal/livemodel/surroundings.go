package livemodel

import (
	"fmt"
	"strings"

	"github.com/kalamsql/kalamsql/live/livetest"
)

// surround gives some histories what tables have around them: foreign keys that cascade,
// triggers, generated columns, constraints that are put off, policies, and views over
// views and joins, through which queries read.
func (g *generator) surround(q *livetest.Queries) {
	plain := g.plainTables()
	if len(plain) >= 2 && g.IntN(4) == 0 {
		// Whoever is referenced is written first: the rest of the history is what tests it.
		g.define(plain[0], fmt.Sprintf("ALTER TABLE %s ADD FOREIGN KEY (k) REFERENCES %s (id) ON DELETE %s ON UPDATE %s%s", plain[0], plain[1],
			g.pick("CASCADE", "SET NULL"), g.pick("CASCADE", "SET NULL"), g.pick("", " DEFERRABLE INITIALLY DEFERRED")))
	}
	if len(plain) >= 2 && g.IntN(4) == 0 {
		g.run(0, fmt.Sprintf("CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN UPDATE %s SET v = coalesce(v, 0) + 1 WHERE id = coalesce(new.k, old.k); RETURN NULL; END$$", plain[1]))
		g.define(plain[0], fmt.Sprintf("CREATE %sTRIGGER counts AFTER INSERT OR UPDATE OR DELETE ON %s %sFOR EACH ROW EXECUTE FUNCTION counts()",
			g.pick("", "CONSTRAINT "), plain[0], g.pick("", "")))
	}
	if len(plain) > 0 && g.IntN(4) == 0 {
		t := plain[g.IntN(len(plain))]
		g.run(0, "CREATE FUNCTION turns() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF new.v > 6 THEN new.v := new.v - 6; END IF; IF new.id = 11 AND new.v = 0 THEN RETURN NULL; END IF; RETURN new; END$$")
		g.define(t, fmt.Sprintf("CREATE TRIGGER turns BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION turns()", t))
	}
	if g.IntN(4) == 0 {
		t := g.pick(g.names...)
		g.define(t, fmt.Sprintf("ALTER TABLE %s ADD COLUMN h int GENERATED ALWAYS AS (coalesce(k, 0) + coalesce(v, 0)) STORED", t))
		g.readThrough(q, "gen", fmt.Sprintf("SELECT id, k, h AS v, n, s FROM %s", t))
	}
	if len(plain) > 0 && g.IntN(4) == 0 {
		t := plain[g.IntN(len(plain))]
		g.define(t, "ALTER TABLE "+t+" ENABLE ROW LEVEL SECURITY")
		g.define(t, fmt.Sprintf("CREATE POLICY p ON %s TO alice USING (v > %d OR k IS NULL)", t, g.IntN(6)))
		u := g.pick(g.names...)
		g.define(t, fmt.Sprintf("CREATE POLICY q ON %s TO bob USING (k IN (SELECT id FROM %s))", t, u))
		g.guarded[u] = t
	}
	if len(plain) > 0 && g.IntN(4) == 0 {
		g.run(0, "CREATE DOMAIN few AS int CHECK (VALUE < 7)")
		t := plain[g.IntN(len(plain))]
		g.run(0, fmt.Sprintf("UPDATE %s SET v = 6 WHERE v > 6", t))
		g.define(t, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN v TYPE few", t))
	}
	if len(plain) > 0 && g.IntN(4) == 0 {
		t := plain[g.IntN(len(plain))]
		g.run(0, fmt.Sprintf("DELETE FROM %s WHERE v > 5", t))
		g.define(t, fmt.Sprintf("ALTER TABLE %s ADD EXCLUDE USING btree (v WITH =) WHERE (v > 5)%s", t, g.pick("", " DEFERRABLE INITIALLY DEFERRED")))
	}
	if len(plain) >= 2 && g.IntN(5) == 0 {
		g.define(plain[1], fmt.Sprintf("CREATE RULE along AS ON DELETE TO %s %sDO %s UPDATE %s SET v = old.k, s = 'along' WHERE id = old.id", plain[1],
			g.pick("", "WHERE old.v > 3 "), g.pick("ALSO", "INSTEAD"), plain[0]))
	}
	if len(plain) >= 2 && g.IntN(5) == 0 {
		event, rows := "INSERT", "NEW"
		if g.IntN(2) == 0 {
			event, rows = "DELETE", "OLD"
		}
		g.run(0, fmt.Sprintf("CREATE FUNCTION all_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN UPDATE %s x SET n = coalesce(x.n, 0) + r.id FROM rows r WHERE x.id = r.k; RETURN NULL; END$$", plain[0]))
		g.define(plain[1], fmt.Sprintf("CREATE TRIGGER all_rows AFTER %s ON %s REFERENCING %s TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION all_rows()", event, plain[1], rows))
	}
	if len(plain) > 0 && g.IntN(6) == 0 {
		t := plain[g.IntN(len(plain))]
		g.define(t, fmt.Sprintf("CREATE TABLE %s_heir (more text) INHERITS (%s)", t, t))
		g.run(0, fmt.Sprintf("GRANT ALL ON %s_heir TO alice, bob", t))
		g.heirs = append(g.heirs, t+"_heir")
	}
	if g.IntN(5) == 0 {
		g.run(0, "CREATE FUNCTION near(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 3'")
		g.run(0, "CREATE OPERATOR ~~~ (FUNCTION = near, LEFTARG = int, RIGHTARG = int, COMMUTATOR = ~~~)")
		g.run(0, "CREATE TYPE wrapped AS (i int)")
		g.run(0, "CREATE FUNCTION unwrap(wrapped) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT ($1).i + 1'")
		g.run(0, "CREATE CAST (wrapped AS int) WITH FUNCTION unwrap(wrapped)")
		g.readThrough(q, "ops", fmt.Sprintf("SELECT id, k, ROW(v)::wrapped::int AS v, n, CASE WHEN k ~~~ v THEN 'near' ELSE s END AS s FROM %s WHERE v ~~~ 4 OR k IS NULL", g.pick(g.names...)))
	}
	if g.IntN(5) == 0 {
		g.run(0, "CREATE ROLE readers")
		for _, t := range g.names {
			g.run(0, fmt.Sprintf("GRANT ALL ON %s TO readers", t))
			g.define(t, fmt.Sprintf("REVOKE ALL ON %s FROM bob", t))
		}
		g.run(0, "GRANT readers TO bob")
		g.byRole = true
	}
	if g.IntN(4) == 0 {
		t, u := g.pick(g.names...), g.pick(g.names...)
		g.readThrough(q, "joined", fmt.Sprintf("SELECT x.id, y.k, x.v, y.n, x.s FROM %s x LEFT JOIN %s y ON y.id = x.k", t, u))
	}
	if g.IntN(4) == 0 {
		g.readThrough(q, "above", fmt.Sprintf("SELECT id, min(k) AS k, (count(*) + max(v))::int AS v, sum(n) AS n, max(s) AS s FROM %s GROUP BY id", q.Relations[len(q.Relations)-1]))
	}
}

// readThrough makes a view that queries read.
func (g *generator) readThrough(q *livetest.Queries, name, sql string) {
	g.define(name, "CREATE VIEW "+name+" AS "+sql)
	g.run(0, "GRANT SELECT ON "+name+" TO alice, bob")
	q.Relations = append(q.Relations[:len(q.Relations):len(q.Relations)], name)
}

// fresh is a key that no row of a table has, nor ever gets: keys of heirs are not those of
// their tables.
func (g *generator) fresh() int {
	g.nextNum++
	return 100_000 + 200*g.nextNum
}

// plainTables are those that can have constraints and triggers of every kind.
func (g *generator) plainTables() (plain []string) {
	for _, t := range g.names {
		if g.kinds[t] == "SHARED" && !g.parted[t] {
			plain = append(plain, t)
		}
	}
	return plain
}

// change is a statement of a rarer kind that changes rows.
func (g *generator) change(n int) {
	t, u := g.pick(g.names...), g.pick(g.names...)
	switch g.IntN(19) {
	case 0:
		g.run(n, fmt.Sprintf("MERGE INTO %s USING (VALUES (%d, %s), (%d, 3)) AS x(id, v) ON %s.id = x.id WHEN MATCHED AND x.v < 3 THEN DELETE WHEN MATCHED THEN UPDATE SET v = x.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (x.id, x.v)",
			t, g.IntN(12), g.number(9), 12+g.IntN(12), t))
	case 1:
		var rows []string
		for _, id := range g.Perm(30)[:1+g.IntN(4)] {
			rows = append(rows, fmt.Sprintf("%d\t%d\t%s\t1.5\tq", 20+id, g.IntN(5), strings.Replace(g.number(9), "NULL", `\N`, 1)))
		}
		g.h = append(g.h, step{kind: execute, n: n, sql: "COPY " + t + " (id, k, v, n, s) FROM STDIN", data: strings.Join(rows, "\n") + "\n"})
	case 2:
		g.run(n, fmt.Sprintf("WITH gone AS (DELETE FROM %s WHERE id > %d RETURNING *) INSERT INTO %s (id, k, v, n, s) SELECT id, k, v, n, s FROM gone ON CONFLICT DO NOTHING", t, 8+g.IntN(20), u))
	case 3:
		g.run(n, fmt.Sprintf("INSERT INTO %s (id, k, v) SELECT id + %d, v, k FROM %s ON CONFLICT (id) DO UPDATE SET v = excluded.v + 1 WHERE %s.v IS DISTINCT FROM excluded.v", t, g.IntN(4), u, t))
	case 4:
		g.run(n, fmt.Sprintf("DELETE FROM %s USING %s x WHERE x.id = %s.k AND x.v > %d", t, u, t, g.IntN(9)))
	case 5: // keys that change places
		i, j := g.IntN(12), g.IntN(12)
		g.run(n, fmt.Sprintf("DELETE FROM %s WHERE id IN (%d, %d); INSERT INTO %s (id, k, v) VALUES (%d, 1, 2), (%d, 2, 1) ON CONFLICT DO NOTHING", t, i, j, t, j, i))
	case 6:
		g.run(n, fmt.Sprintf("UPDATE %s SET (k, v) = (v, k), n = coalesce(n, 0) + 1 WHERE id BETWEEN %d AND %d", t, g.IntN(6), 6+g.IntN(6)))
	case 7:
		g.run(n, fmt.Sprintf("UPDATE %s SET id = id + 100 WHERE id < %d; UPDATE %s SET id = id - 100 WHERE id > 100", t, g.IntN(8), t))
	case 8:
		g.run(n, fmt.Sprintf("DO $$BEGIN FOR i IN 1..3 LOOP BEGIN INSERT INTO %s (id, v) VALUES (i * %d, i); EXCEPTION WHEN unique_violation THEN DELETE FROM %s WHERE id = i; END; END LOOP; END$$", t, 1+g.IntN(4), t))
	case 9:
		if g.blocks[n] && !g.defined[n] && g.prepared == "" {
			g.nextNum++
			g.prepared = fmt.Sprint("p", g.nextNum)
			g.run(n, "PREPARE TRANSACTION '"+g.prepared+"'")
			g.blocks[n], g.preparer = false, n
		}
	case 10, 11:
		if g.prepared != "" && !g.blocks[g.preparer] {
			g.run(g.preparer, g.pick("COMMIT", "COMMIT", "ROLLBACK")+" PREPARED '"+g.prepared+"'")
			g.prepared = ""
		}
	case 12:
		if len(g.heirs) > 0 {
			h := g.pick(g.heirs...)
			g.run(n, g.pick(fmt.Sprintf("INSERT INTO %s (id, k, v, s, more) VALUES (%d, %s, %s, 'heir', 'x') ON CONFLICT DO NOTHING", h, g.fresh(), g.number(5), g.number(9)),
				fmt.Sprintf("UPDATE %s SET more = 'y', v = %s WHERE k = %s", h, g.number(9), g.number(5)), fmt.Sprintf("DELETE FROM %s WHERE v = %s", h, g.number(9))))
		}
	case 13:
		if !g.blocks[n] {
			g.run(n, fmt.Sprintf("DO $$BEGIN FOR i IN 1..3 LOOP UPDATE %s SET v = i WHERE id = i * %d; UPDATE %s SET k = i WHERE id = %d; IF i = %d THEN ROLLBACK; ELSE COMMIT; END IF; END LOOP; END$$",
				t, 1+g.IntN(3), u, g.IntN(12), 1+g.IntN(4)))
		}
	case 14:
		if n == 0 && g.blocks[0] {
			g.run(0, fmt.Sprintf("SET LOCAL ROLE %s; UPDATE %s SET v = %s WHERE id < 3; RESET ROLE", g.pick("alice", "bob"), t, g.number(9)))
		}
	case 15: // through a view, if there is one
		g.run(n, g.pick(fmt.Sprintf("UPDATE w SET v = %s WHERE id < %d", g.number(9), g.IntN(12)), fmt.Sprintf("DELETE FROM w WHERE id = %d", g.IntN(12)),
			fmt.Sprintf("INSERT INTO w (id, k, v) VALUES (%d, %s, %s) ON CONFLICT (id) DO UPDATE SET k = excluded.k", g.IntN(12), g.number(5), g.number(9))))
	case 16:
		if g.byRole && (!g.blocks[0] || !g.defined[0]) {
			g.define(strings.Join(g.names, " "), g.pick("REVOKE readers FROM bob", "GRANT readers TO bob", "ALTER ROLE bob NOINHERIT", "ALTER ROLE bob INHERIT", "DROP OWNED BY readers"))
		}
	case 17:
		g.run(n, fmt.Sprintf("TRUNCATE %s, %s CASCADE", t, u))
	default:
		g.run(n, fmt.Sprintf("UPDATE %s SET s = s, v = v; UPDATE %s SET v = %s WHERE id = %d; UPDATE %s SET v = %s WHERE id = %d", t, t, g.number(9), g.IntN(12), u, g.number(9), g.IntN(12)))
	}
}
