package livemodel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/live/livetest"
)

// kind says what a step does.
type kind int

const (
	execute     kind = iota // writer n runs SQL
	subscribe               // subscriber n, as a user, watches SQL
	take                    // subscriber n takes what there is for it
	disconnect              // the line of subscriber n ends; who is on it keeps a cursor
	unsubscribe             // subscriber n goes away and keeps its cursor
	resume                  // subscriber n comes back with its cursor
	restart                 // the server stops and starts
	crash                   // the power fails
	advanceTime             // time goes on
	lag                     // the hub comes to no commit until somebody has subscribed or takes
)

// step is one step of a history.
type step struct {
	kind kind
	n    int
	user string
	line int // that it subscribes on
	// listens: the line is told by notifications; feeds: by rows of SUBSCRIBE TO.
	listens, feeds bool
	sql            string
	// params are those of a subscription, in text form, nil for NULL.
	params []any
	// stable: its result may go by settings, and no cursor of it need be resumed from.
	stable bool
	time   time.Duration
	// opens is the relation whose definition the SQL changes so that subscriptions to
	// it may end and cursors be of no use any more.
	opens string
	// data is what COPY reads.
	data string
}

func (s step) String() string {
	switch s.kind {
	case execute:
		if s.data != "" {
			return fmt.Sprintf("writer %d (%s): %s\n%s", s.n, writer(s.n), s.sql, s.data)
		}
		return fmt.Sprintf("writer %d (%s): %s", s.n, writer(s.n), s.sql)
	case subscribe:
		return fmt.Sprintf("subscriber %d (%s, line %d%s): %s %v", s.n, s.user, s.line, map[bool]string{true: ", listening"}[s.listens]+map[bool]string{true: ", reading rows"}[s.feeds], s.sql, s.params)
	case take:
		return fmt.Sprintf("subscriber %d takes", s.n)
	case disconnect:
		return fmt.Sprintf("the line of subscriber %d ends", s.n)
	case unsubscribe:
		return fmt.Sprintf("subscriber %d unsubscribes", s.n)
	case resume:
		return fmt.Sprintf("subscriber %d comes back", s.n)
	case restart:
		return "restart"
	case crash:
		return "crash"
	case lag:
		return "the hub lags"
	}
	return "time goes on by " + s.time.String()
}

// users are the roles there are; each has a writer of its number.
var users = []string{"postgres", "alice", "bob"}

// elsewhere is a writer to another database, where there are tables of the same names.
const elsewhere = 3

// writer is the name of a writer.
func writer(n int) string {
	if n == elsewhere {
		return "postgres elsewhere"
	}
	return users[n]
}

// history is what a seed makes.
type history []step

func (h history) String() string {
	var b strings.Builder
	for _, s := range h {
		b.WriteString(s.String() + "\n")
	}
	return b.String()
}

// generator makes a history.
type generator struct {
	*rand.Rand
	h     history
	kinds map[string]string // of the tables, by name
	names []string
	// parted are the partitioned ones.
	parted map[string]bool
	// added are the columns that no query reads, indexes those made.
	added   map[string][]string
	indexes []string
	nextNum int
	blocks  [3]bool // the writer is in a transaction block
	defined [3]bool // and has changed a definition in it
	// opened are the relations defined anew since writer 0 has begun a block.
	opened []string
	subs   int
	lines  []lineOf
	// guarded are tables whose policies look into another one, by that.
	guarded map[string]string
	// heirs are the tables that inherit from one of them.
	heirs []string
	// asked are texts that several subscribers ask for with other parameters.
	asked []string
	// byRole: bob may read through another role.
	byRole bool
	// elsewhere: there is another database.
	elsewhere bool
	// prepared is the transaction that waits for its second phase, of writer preparer.
	prepared string
	preparer int
	// typed: tables have a column of a type of its own, with values.
	typed *livetest.Queries
	// apart are the partitions that are detached, with how they are attached again.
	apart map[string]string
}

// lineOf is a line: whose it is, and whether it is told by notifications, or reads rows of one
// SUBSCRIBE TO.
type lineOf struct {
	user           string
	listens, feeds bool
}

// generate makes the history of a seed.
func generate(seed uint64) history {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), kinds: map[string]string{}, parted: map[string]bool{}, added: map[string][]string{}, guarded: map[string]string{}, apart: map[string]string{}}
	g.run(0, "CREATE ROLE alice LOGIN")
	g.run(0, "CREATE ROLE bob LOGIN")
	names := []string{"a", "b", "c"}
	if g.IntN(2) == 0 {
		kind := livetest.Kinds[g.IntN(len(livetest.Kinds))] // of which values may be added
		kind.Values = slices.Clone(kind.Values)
		g.typed = &livetest.Queries{Rand: g.Rand, Kind: &kind, Tables: names}
		for _, sql := range g.typed.Kind.Setup {
			g.run(0, sql)
		}
	}
	for _, name := range names {
		g.create(name, g.pick("SHARED", "SHARED", "USER", "STREAM", "USER STREAM"))
	}
	for n := range users {
		for _, t := range g.names {
			g.insert(n, t, 3+g.IntN(5))
		}
	}
	q := &livetest.Queries{Rand: g.Rand, Relations: g.names, Time: g.IntN(3) == 0}
	if g.typed != nil {
		q.Kind, q.Tables = g.typed.Kind, g.typed.Tables
	}
	if g.IntN(3) == 0 {
		g.view(q, "CREATE VIEW")
		q.Relations = append(g.names[:3:3], "w")
	}
	if g.IntN(2) == 0 {
		g.surround(q)
	}
	if g.elsewhere = g.IntN(6) == 0; g.elsewhere {
		g.run(0, "CREATE DATABASE elsewhere")
		for _, t := range g.names {
			g.run(elsewhere, "CREATE TABLE "+t+" (id int PRIMARY KEY, k int, v int, n numeric, s text)")
		}
	}
	for range 4 + g.IntN(4) {
		g.watch(q)
	}
	for range 60 {
		g.next(q)
	}
	for n := range users {
		if g.blocks[n] {
			g.commit(n, "COMMIT")
		}
	}
	if g.prepared != "" {
		g.run(g.preparer, "COMMIT PREPARED '"+g.prepared+"'")
	}
	return g.h
}

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) run(n int, sql string) { g.h = append(g.h, step{kind: execute, n: n, sql: sql}) }

func (g *generator) create(name, kind string) {
	g.kinds[name] = kind
	if len(g.names) < 3 {
		g.names = append(g.names, name)
	}
	with := ""
	if strings.Contains(kind, "STREAM") {
		with = fmt.Sprintf(" WITH (ttl = '1h', max_rows = %d)", 4+g.IntN(20))
	}
	by := ""
	if g.parted[name] = g.IntN(3) == 0; g.parted[name] {
		by = " PARTITION BY " + g.pick("RANGE", "HASH") + " (id)"
	}
	id, key, more := "id int PRIMARY KEY", "", ""
	if g.typed != nil {
		more = ", e " + g.typed.Kind.SQL
	}
	switch {
	case g.IntN(6) == 0: // rows without a key
		id = "id int NOT NULL UNIQUE"
	case g.typed != nil && g.IntN(4) == 0:
		id, key = "id int UNIQUE", ", PRIMARY KEY ("+g.pick("e, id", "id, e")+")"
	}
	g.define(name, fmt.Sprintf("CREATE %s TABLE %s (%s, k int, v int, n numeric, s text%s%s)%s%s", kind, name, id, more, key, by, with))
	if more != "" && len(g.typed.Kind.Inverted) > 0 && g.IntN(2) == 0 {
		g.run(0, fmt.Sprintf("CREATE INDEX ON %s USING %s (e)", name, g.typed.Kind.Search()))
	} else if more != "" && g.IntN(3) == 0 {
		g.run(0, fmt.Sprintf("CREATE INDEX ON %s (e%s)", name, g.pick("", " DESC", ", v")))
	}
	g.run(0, "GRANT ALL ON "+name+" TO alice, bob")
	switch {
	case strings.Contains(by, "RANGE"):
		g.define(name, fmt.Sprintf("CREATE %s TABLE %s_low (s text, v int%s, id int NOT NULL, n numeric, k int)%s", kind, name, notNull(more, key), with))
		g.define(name, fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s_low FOR VALUES FROM (MINVALUE) TO (5)", name, name))
		g.define(name, fmt.Sprintf("CREATE TABLE %s_high PARTITION OF %s FOR VALUES FROM (5) TO (9)", name, name))
		g.define(name, fmt.Sprintf("CREATE TABLE %s_rest PARTITION OF %s DEFAULT", name, name))
	case by != "":
		g.define(name, fmt.Sprintf("CREATE TABLE %s_even PARTITION OF %s FOR VALUES WITH (MODULUS 2, REMAINDER 0)", name, name))
		g.define(name, fmt.Sprintf("CREATE TABLE %s_odd PARTITION OF %s FOR VALUES WITH (MODULUS 2, REMAINDER 1)", name, name))
	}
	g.added[name] = nil
}

// notNull is a column as a partition must have it if it is part of a key.
func notNull(column, key string) string {
	if key != "" {
		return column + " NOT NULL"
	}
	return column
}

func (g *generator) view(q *livetest.Queries, create string) {
	t := g.pick(g.names...)
	where := ""
	if g.IntN(2) == 0 {
		where = fmt.Sprintf(" WHERE v %s %d", g.pick("<", ">", "<>"), g.IntN(9))
	}
	g.define("w", fmt.Sprintf("%s w AS SELECT id, k, v, n, s FROM %s%s", create, t, where))
	if create == "CREATE VIEW" {
		g.run(0, "GRANT SELECT ON w TO alice, bob")
	}
}

// define runs a definition that may end subscriptions to a relation. Every other
// one must leave them and their cursors as they are.
func (g *generator) define(relation, sql string) {
	if of := g.guarded[relation]; of != "" {
		relation += " " + of
	}
	g.opened = append(g.opened, relation)
	g.h = append(g.h, step{kind: execute, sql: sql, opens: relation})
}

func (g *generator) watch(q *livetest.Queries) {
	at := len(g.lines)
	if other := g.IntN(max(at, 1)); at > 0 && g.IntN(3) > 0 && !g.lines[other].feeds {
		at = other
	} else {
		way := g.IntN(5)
		g.lines = append(g.lines, lineOf{user: g.pick(users...), listens: way == 0, feeds: way == 1})
	}
	of := g.lines[at]
	s := step{kind: subscribe, n: g.subs, user: of.user, line: at, listens: of.listens, feeds: of.feeds}
	if g.typed != nil && g.IntN(6) == 0 {
		s.sql = fmt.Sprintf(g.pick("SELECT id, e, k FROM %s x WHERE e = $1", "SELECT id, v FROM %s x WHERE e = $1 ORDER BY e, id LIMIT 3",
			"SELECT count(*), max(v) FROM %s x WHERE e = $1", "SELECT x.id, y.e FROM %s x JOIN b y ON y.id = x.k WHERE x.e IN ($1, $1)"), g.pick(g.names...))
		s.params = []any{g.pick(g.typed.Kind.Values...)}
	} else if g.IntN(4) > 0 {
		s.sql = q.Query()
	} else {
		s.sql, s.params = g.ask(q)
	}
	s.stable = g.typed != nil && (g.typed.Kind.Stable || strings.Contains(s.sql, "::text"))
	g.h = append(g.h, s)
	g.subs++
}

// ask is one of a few texts, with parameters or with a literal that users read differently.
func (g *generator) ask(q *livetest.Queries) (sql string, params []any) {
	for len(g.asked) < 2 {
		t, u := g.pick(q.Relations...), g.pick(q.Relations...)
		g.asked = append(g.asked, strings.NewReplacer("#t", t, "#u", u).Replace(g.pick(
			"SELECT id, v, s FROM #t WHERE k = $1",
			"SELECT id, k, v, n, s FROM #t WHERE k = $1 AND v > $2",
			"SELECT id, v + $1 AS w, $2 AS x FROM #t WHERE v <> $2",
			"SELECT id, v FROM #t WHERE k IN ($1, $2)",
			"SELECT id, v FROM #t WHERE k IN ($1, $2) ORDER BY v, id LIMIT 3",
			"SELECT k, count(*), sum(v) FROM #t WHERE v <> $1 GROUP BY k",
			"SELECT x.id, y.s FROM #t x JOIN #u y ON y.id = x.k WHERE x.k = $1",
			"SELECT id, (SELECT count(*) FROM #u y WHERE y.k = x.id AND y.v > $2) FROM #t x WHERE x.k = $1",
			"SELECT id, k FROM #t WHERE date '2000-01-01' + 31 * k + v % 2 = '01/02/2000'",
			"SELECT k, count(*) FROM #t WHERE date '2000-01-01' + 31 * k + v % 2 = '01/02/2000' GROUP BY k")))
	}
	sql = g.pick(g.asked...)
	for i := range 2 {
		if !strings.Contains(sql, fmt.Sprint("$", i+1)) {
			break
		}
		if params = append(params, any(nil)); g.IntN(12) > 0 {
			params[i] = fmt.Sprint(g.IntN(5))
		}
	}
	return sql, params
}

// next adds the next step.
func (g *generator) next(q *livetest.Queries) {
	n := g.IntN(len(users))
	switch r := g.IntN(100); {
	case r < 54 && g.blocks[n] && g.IntN(3) == 0:
		g.commit(n, "COMMIT")
	case r < 54:
		g.write(n)
	case r < 66:
		g.transaction(n)
	case r < 72:
		g.h = append(g.h, step{kind: take, n: g.IntN(g.subs)})
	case r < 75:
		g.h = append(g.h, step{kind: disconnect, n: g.IntN(g.subs)})
	case r < 77:
		g.h = append(g.h, step{kind: unsubscribe, n: g.IntN(g.subs)})
	case r < 84:
		g.h = append(g.h, step{kind: resume, n: g.IntN(g.subs)})
	case r < 85:
		g.watch(q)
	case r < 89:
		if q.Time {
			g.h = append(g.h, step{kind: advanceTime, time: time.Duration(g.IntN(2500)) * time.Millisecond})
		}
	case r < 90 && g.IntN(3) == 0:
		g.end(restart)
	case r < 91 && g.IntN(3) == 0:
		g.end(crash)
	case r < 91:
		g.lag(q)
	case r < 93:
		if g.elsewhere {
			n = elsewhere
		}
		g.write(n)
	default:
		switch {
		case g.IntN(4) == 0:
			g.apartDefinition()
		case !g.blocks[0] || !g.defined[0]:
			g.definition(q)
			g.defined[0] = true
		}
	}
}

// lag has the hub come to a few commits when somebody has subscribed or come back meanwhile.
func (g *generator) lag(q *livetest.Queries) {
	g.h = append(g.h, step{kind: lag})
	about := g.pick(g.names...)
	if t := about; g.IntN(2) == 0 && !g.blocks[0] {
		g.insert(0, t, 1+g.IntN(3))
		for range 1 + g.IntN(3) {
			if c := g.pick("k", "v", "n", "s"); g.IntN(3) > 0 {
				g.define(t, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s TYPE %s", t, c, map[string]string{
					"k": g.pick("int", "bigint"), "v": g.pick("int", "bigint", "smallint"), "n": g.pick("numeric", "numeric(9, 2)", "int"), "s": g.pick("text", "varchar(20)", "name")}[c]))
			} else {
				d := g.pick("k", "v")
				g.define(t, fmt.Sprintf("DO $$BEGIN ALTER TABLE %[1]s RENAME %[2]s TO gone; ALTER TABLE %[1]s RENAME %[3]s TO %[2]s; ALTER TABLE %[1]s RENAME gone TO %[3]s; END$$", t, c, d))
			}
		}
	}
	for range 1 + g.IntN(4) {
		switch n := g.IntN(len(users)); {
		case g.IntN(2) == 0 && (!g.blocks[0] || !g.defined[0]):
			g.definition(q)
			g.defined[0] = true
		case g.blocks[n]:
			g.commit(n, "COMMIT")
		default:
			g.write(n)
		}
	}
	switch g.IntN(3) {
	case 0:
		g.watch(q)
	case 1:
		g.watch(&livetest.Queries{Rand: g.Rand, Relations: []string{about}, Simple: true})
	default:
		g.h = append(g.h, step{kind: resume, n: g.IntN(g.subs)})
	}
}

// end ends the server: what transactions have begun is over.
func (g *generator) end(k kind) {
	g.blocks, g.defined = [3]bool{}, [3]bool{}
	g.h = append(g.h, step{kind: k})
}

// transaction begins, ends or divides one.
func (g *generator) transaction(n int) {
	switch {
	case !g.blocks[n]:
		g.run(n, "BEGIN"+g.pick("", "", " ISOLATION LEVEL REPEATABLE READ", " ISOLATION LEVEL SERIALIZABLE"))
		if g.blocks[n], g.defined[n] = true, false; n == 0 {
			g.opened = nil
		}
		g.write(n)
	case g.IntN(3) == 0:
		g.run(n, g.pick("SAVEPOINT p", "ROLLBACK TO p", "RELEASE p"))
		g.write(n)
	default:
		g.commit(n, g.pick("COMMIT", "COMMIT", "ROLLBACK"))
	}
}

// commit ends a block.
func (g *generator) commit(n int, sql string) {
	s := step{kind: execute, n: n, sql: sql}
	if n == 0 {
		s.opens = strings.Join(g.opened, " ")
	}
	g.h = append(g.h, s)
	g.blocks[n] = false
}

func (g *generator) number(below int) string {
	if g.IntN(6) == 0 {
		return "NULL"
	}
	return fmt.Sprint(g.IntN(below))
}

// write changes a few rows.
func (g *generator) write(n int) {
	if n != elsewhere && g.IntN(4) == 0 {
		g.change(n)
		return
	}
	t := g.pick(g.names...)
	if g.typed != nil && n != elsewhere && g.IntN(4) == 0 {
		g.run(n, g.pick(fmt.Sprintf("UPDATE %s SET e = %s WHERE id %s %d", t, g.typed.Literal(), g.pick("=", "<"), g.IntN(12)),
			fmt.Sprintf("UPDATE %s SET e = x.e FROM %s x WHERE x.id = %s.k", t, g.pick(g.names...), t),
			fmt.Sprintf("DELETE FROM %s WHERE e = %s", t, g.typed.Literal())))
		return
	}
	switch g.IntN(8) {
	case 0:
		g.run(n, fmt.Sprintf("DELETE FROM %s WHERE id = %d", t, g.IntN(12)))
	case 1:
		g.run(n, fmt.Sprintf("DELETE FROM %s WHERE %s = %d", t, g.pick("k", "v"), g.IntN(9)))
	case 2:
		g.run(n, fmt.Sprintf("UPDATE %s SET %s = %s WHERE id < %d", t, g.pick("k", "v"), g.number(9), g.IntN(12)))
	case 3:
		g.run(n, fmt.Sprintf("UPDATE %s SET id = id + %d, s = 'm' WHERE id = %d", t, 1+g.IntN(20), g.IntN(12)))
	case 4:
		g.run(n, fmt.Sprintf("UPDATE %s SET k = x.k FROM %s x WHERE x.id = %s.id AND x.v > %d", t, g.pick(g.names...), t, g.IntN(9)))
	default:
		g.insert(n, t, 1+g.IntN(3))
	}
}

// insert writes rows, over those that are there or not.
func (g *generator) insert(n int, t string, many int) {
	var rows []string
	columns, set := "id, k, v, n, s", "UPDATE SET v = excluded.v"
	if g.typed != nil {
		columns, set = columns+", e", set+", e = excluded.e"
	}
	for _, id := range g.Perm(12)[:many] {
		row := fmt.Sprintf("%d, %s, %s, %s, %s", id, g.number(5), g.number(9),
			g.pick("NULL", "0", "1.5", "2.25", "7", "-3"), g.pick("NULL", "'p'", "'q'", "'r'", "'s'"))
		if g.typed != nil {
			row += ", " + g.typed.Literal()
		}
		rows = append(rows, "("+row+")")
	}
	g.run(n, fmt.Sprintf("INSERT INTO %s (%s) VALUES %s ON CONFLICT (id) DO %s", t, columns, strings.Join(rows, ", "),
		g.pick("NOTHING", "UPDATE SET k = excluded.k, v = excluded.v, n = excluded.n, s = excluded.s", set)))
}
