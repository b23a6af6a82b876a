package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// The randomized test of inverted indexes: whatever is written, and however, a condition finds the
// same rows by an index and without.

// invertedFamily is what there is to be indexed.
type invertedFamily struct {
	name      string
	libraries []string
	columns   string // but id
	// indexes are one of each operator class, of expressions, of several columns and a partial one.
	indexes []string
	// value is one of a column, as SQL.
	value func(w *invertedWriter, column string) string
	// condition is one that an index of each kind may be searched for.
	condition func(w *invertedWriter) string
}

var invertedFamilies = []*invertedFamily{&ginFamily, &treeFamily}

var ginFamily = invertedFamily{
	name:      "gin",
	libraries: []string{"pg_trgm", "btree_gin"},
	columns:   "doc jsonb, tags int[], words text[], v tsvector, body text, n int",
	indexes: []string{
		"i1 ON %s USING gin (doc)", "i2 ON %s USING gin (doc jsonb_path_ops)", "i3 ON %s USING gin (tags)", "i4 ON %s USING gin (v)", "i5 ON %s USING gin (body gin_trgm_ops)",
		"i6 ON %s USING gin (words, n)", "i7 ON %s USING gin (to_tsvector('simple', body))", "i8 ON %s USING gin ((doc -> 'l')) WHERE n > 3",
	},
	value:     (*invertedWriter).ginValue,
	condition: (*invertedWriter).ginCondition,
}

type invertedWriter struct {
	*rand.Rand
	family *invertedFamily
	table  string
}

// names are those of the columns but id.
func (f *invertedFamily) names() []string {
	var names []string
	for _, c := range strings.Split(f.columns, ", ") {
		names = append(names, strings.Fields(c)[0])
	}
	return names
}

// value is one of a column, as SQL, now and then NULL.
func (w *invertedWriter) value(column string) string {
	if w.IntN(15) == 0 {
		return "NULL"
	}
	return w.family.value(w, column)
}

func (w *invertedWriter) condition() string { return w.family.condition(w) }

// row is one as SQL, without its id.
func (w *invertedWriter) row() string {
	var values []string
	for _, c := range w.family.names() {
		values = append(values, w.value(c))
	}
	return strings.Join(values, ", ")
}

func (w *invertedWriter) pick(list ...string) string { return list[w.IntN(len(list))] }

func (w *invertedWriter) word() string {
	return w.pick("abc", "abd", "Straße", "kelvin", "x", "the quick", "fox-trot", "ABC", "it''s", "under_score", "émile", fmt.Sprint("w", w.IntN(40)))
}

func (w *invertedWriter) json(depth int) string {
	switch w.IntN(9) {
	case 0:
		return "null"
	case 1:
		return w.pick("true", "false")
	case 2:
		return w.pick("1", "1.0", "-2.50", "7", "1e3", fmt.Sprint(w.IntN(30)))
	case 3, 4:
		if depth < 3 {
			var list []string
			for range w.IntN(4) {
				list = append(list, w.json(depth+1))
			}
			return "[" + strings.Join(list, ",") + "]"
		}
	case 5, 6:
		if depth < 3 {
			return w.object(depth)
		}
	}
	return `"` + w.word() + `"`
}

func (w *invertedWriter) object(depth int) string {
	var list []string
	for range w.IntN(4) {
		list = append(list, `"`+w.pick("a", "b", "l", "deep", "abc", fmt.Sprint("k", w.IntN(9)))+`":`+w.json(depth+1))
	}
	return "{" + strings.Join(list, ",") + "}"
}

func (w *invertedWriter) ints(most int) string {
	var list []string
	for range w.IntN(most + 1) {
		if w.IntN(12) == 0 {
			list = append(list, "NULL")
		} else {
			list = append(list, fmt.Sprint(w.IntN(60)))
		}
	}
	return "'{" + strings.Join(list, ",") + "}'"
}

func (w *invertedWriter) texts(most int) string {
	var list []string
	for range w.IntN(most + 1) {
		list = append(list, `"`+w.word()+`"`)
	}
	return "'{" + strings.Join(list, ",") + "}'"
}

func (w *invertedWriter) vector() string {
	var list []string
	for i := range w.IntN(6) {
		list = append(list, fmt.Sprintf("%s:%d%s", strings.Fields(w.word())[0], i+1, w.pick("", "A", "B")))
	}
	return "'" + strings.ReplaceAll(strings.ReplaceAll(strings.Join(list, " "), "it''s", "its"), "-", "") + "'"
}

func (w *invertedWriter) ginValue(column string) string {
	switch column {
	case "doc":
		if w.IntN(4) == 0 {
			return "'" + w.json(0) + "'"
		}
		return "'" + w.object(0) + "'"
	case "tags":
		return w.ints(5)
	case "words":
		return w.texts(4)
	case "v":
		return w.vector()
	case "body":
		var list []string
		for range w.IntN(6) {
			list = append(list, w.word())
		}
		return "'" + strings.Join(list, w.pick(" ", "-", "")) + "'"
	}
	return fmt.Sprint(w.IntN(8))
}

func (w *invertedWriter) ginCondition() string {
	switch w.IntN(16) {
	case 0, 1:
		return "doc @> '" + w.object(1) + "'"
	case 2:
		return "'" + w.json(0) + "' <@ doc"
	case 3:
		return "doc ? '" + w.pick("a", "deep", "x", "w7") + "'"
	case 4:
		return "doc " + w.pick("?|", "?&") + " " + w.texts(3)
	case 5:
		return "doc " + w.pick("@?", "@@") + " '" + w.pick("", "strict ") + w.pick(`$.a == 1`, `$.a ? (@ == 7)`, `$.* == "x"`, `$.l[*] ? (@ == "abc" || @ > 5)`, `exists($.deep.a)`, `$.**.b == true`, `!($.a == 1)`,
			`$.l[0] == null && $.a > 3`, `$.a.size() == 2`, `$ ? (@.a == 1 && exists(@.b ? (@ == "abc")))`, `$.a.b == -2.5`, `$.k1 like_regex "^w"`, `$`, `$.a`, `$ == "abc"`, `$[*] == 1`, `$.a starts with "a"`, `$.keyvalue().key == "a"`, `$.a == $.b`) + "'"
	case 6, 7:
		return "tags " + w.pick("&&", "@>", "<@", "=") + " " + w.ints(3)
	case 8:
		return "words " + w.pick("&&", "@>", "<@", "=") + " " + w.texts(2)
	case 9:
		return "words && " + w.texts(3) + " AND n " + w.pick("=", "<", ">=") + " " + fmt.Sprint(w.IntN(8))
	case 10:
		return "v @@ '" + w.pick("abc", "w1 & abc", "w1 | w2", "!abc", "abc & !w3", "w1:*", "abc:A", "kelvin <-> abc", "abc <2> x", "x | !w5", "", "under:*A & abc") + "'"
	case 11:
		return "to_tsvector('simple', body) @@ " + w.pick("to_tsquery('simple', 'abc & w3')", "plainto_tsquery('simple', 'the quick')", "to_tsquery('simple', 'kel:* | w9')")
	case 12:
		return "body " + w.pick("LIKE", "ILIKE") + " '" + w.pick("%", "", "_") + w.pick("abc", "w1_", "fox", "KELVIN", "STRA", "e q", "under\\_s", "ab") + w.pick("%", "", "%x") + "'"
	case 13:
		return "body " + w.pick("~", "~*") + " '" + w.pick("abc", "ab(c|d)", "^the", "w[12]x?", "fox.trot", "s$", "(quick|kelvin).*abc", `\mkel`, "STRASSE|ABC", "[[:digit:]]") + "'"
	case 14:
		return w.pick("body % ", "body %> ", "body %>> ") + "'" + w.word() + w.word() + "'"
	}
	return "(doc -> 'l') @> '" + w.json(1) + "' AND n > " + fmt.Sprint(3+w.IntN(2))
}

// change makes a statement that changes rows.
func (w *invertedWriter) change() string {
	columns := w.family.names()
	id := w.IntN(400)
	switch w.IntN(8) {
	case 0:
		return fmt.Sprintf("DELETE FROM %s WHERE id = %d", w.table, id)
	case 1, 2:
		return fmt.Sprintf("INSERT INTO %s VALUES (%d, %s) ON CONFLICT (id) DO UPDATE SET %[4]s = excluded.%[4]s, n = excluded.n", w.table, id, w.row(), columns[0])
	case 3:
		return fmt.Sprintf("UPDATE %s SET id = id + %d WHERE id = %d", w.table, 400+w.IntN(50), id)
	case 4:
		return fmt.Sprintf("UPDATE %s SET n = n + 1 WHERE %s", w.table, w.condition())
	}
	c := columns[w.IntN(len(columns))]
	return fmt.Sprintf("UPDATE %s SET %s = %s WHERE id BETWEEN %d AND %d", w.table, c, w.value(c), id, id+w.IntN(3))
}

// sameFound compares what a condition finds by the indexes with what a reading of all rows does.
func sameFound(t *testing.T, c *pgx.Conn, table, cond string) {
	t.Helper()
	var by, without string
	sql := fmt.Sprintf("SELECT (SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM %[1]s WHERE %[2]s), (SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM %[1]s WHERE (%[2]s) IS TRUE)", table, cond)
	if err := c.QueryRow(t.Context(), sql).Scan(&by, &without); err != nil {
		t.Fatalf("%s: %v", cond, err)
	}
	if by != without {
		t.Fatalf("%s: by an index %s, without %s", cond, by, without)
	}
}

// invertedTable makes a table with its indexes, over one connection, and its rows over another.
func invertedTable(t *testing.T, admin, c *pgx.Conn, k kind, w *invertedWriter) {
	fill := func(sql string) {
		t.Helper()
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run := func(sql string) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	for _, library := range w.family.libraries {
		run("CREATE EXTENSION IF NOT EXISTS " + library)
	}
	run(k.create + " " + w.table + " (id int PRIMARY KEY, " + w.family.columns + ")" + k.with)
	run("GRANT ALL ON " + w.table + " TO public")
	for i, index := range w.family.indexes {
		if i%2 == 0 {
			run("CREATE INDEX " + fmt.Sprintf(index, w.table))
		}
	}
	for i := range 400 {
		fill(fmt.Sprintf("INSERT INTO %s VALUES (%d, %s)", w.table, i, w.row()))
	}
	for i, index := range w.family.indexes {
		if i%2 == 1 {
			run("CREATE INDEX " + fmt.Sprintf(index, w.table))
		}
	}
}

func TestInvertedIndexes(t *testing.T) {
	for _, f := range invertedFamilies {
		for _, k := range kinds {
			t.Run(f.name+"/"+k.name, func(t *testing.T) {
				t.Parallel()
				invertedIndexes(t, f, k)
			})
		}
	}
}

func invertedIndexes(t *testing.T, f *invertedFamily, k kind) {
	dir := t.TempDir()
	s := testserver.StartIn(t, dir)
	e := &env{T: t, ctx: t.Context(), server: s}
	e.db = e.connect("anna")
	admin := e.connect("postgres")
	w := &invertedWriter{Rand: rand.New(rand.NewPCG(uint64(len(k.name)), 3)), family: f, table: "t"}
	invertedTable(t, admin, e.db, k, w)
	used, asked := 0, 0
	for range 50 {
		e.exec("BEGIN")
		for range 1 + w.IntN(4) {
			if w.IntN(4) == 0 {
				e.exec("SAVEPOINT s")
				for range 2 {
					e.change(w)
				}
				sameFound(t, e.db, "t", w.condition())
				e.exec(w.pick("ROLLBACK TO s", "RELEASE s"))
			} else {
				e.change(w)
			}
			sameFound(t, e.db, "t", w.condition())
		}
		e.exec(w.pick("COMMIT", "COMMIT", "ROLLBACK"))
		for range 3 {
			cond := w.condition()
			sameFound(t, e.db, "t", cond)
			asked++
			rows, _ := e.db.Query(t.Context(), "EXPLAIN SELECT id FROM t WHERE "+cond)
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(strings.Join(lines, "\n"), "Bitmap Index Scan") {
				used++
			}
		}
	}
	if used < asked/4 {
		t.Errorf("an index was used for %d conditions of %d", used, asked)
	}
	for _, sql := range []string{"ALTER TABLE t ADD COLUMN more int DEFAULT 3", "ALTER TABLE t DROP COLUMN more", "ALTER TABLE t ALTER n TYPE bigint", "REINDEX TABLE t"} {
		if k.name != "stream" || strings.HasPrefix(sql, "REINDEX") {
			if _, err := admin.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		for range 12 {
			sameFound(t, e.db, "t", w.condition())
		}
	}
	s.Stop()
	checkStore(t, dir)
}

// change makes a change; that it is refused as a duplicate is no matter.
func (e *env) change(w *invertedWriter) {
	e.Helper()
	e.exec("SAVEPOINT one")
	sql := w.change()
	_, err := e.db.Exec(e.ctx, sql)
	var failed *pgconn.PgError
	if errors.As(err, &failed) && failed.Code == "23505" {
		e.exec("ROLLBACK TO one")
	} else if err != nil {
		e.Fatalf("%s: %v", sql, err)
	}
}

// checkStore has kalamsql check look at a store that is closed.
func checkStore(t *testing.T, dir string) {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, "check", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestInvertedIndexesUnderWriters: the same while others write, some of them in large transactions, while
// indexes come and go, and after the server was killed.
func TestInvertedIndexesUnderWriters(t *testing.T) {
	for _, f := range invertedFamilies {
		t.Run(f.name, func(t *testing.T) { invertedUnderWriters(t, f) })
	}
}

func invertedUnderWriters(t *testing.T, f *invertedFamily) {
	dir := t.TempDir()
	p := launch(t, dir)
	connect := func() *pgx.Conn {
		c, err := p.connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	w := &invertedWriter{Rand: rand.New(rand.NewPCG(1, 2)), family: f, table: "t"}
	first := connect()
	invertedTable(t, first, first, kind{"shared", "CREATE TABLE", ""}, w)
	for round := range 2 {
		var stop atomic.Bool
		var writers sync.WaitGroup
		for n := range 4 {
			c := connect()
			mine := &invertedWriter{Rand: rand.New(rand.NewPCG(uint64(n), uint64(round))), family: f, table: "t"}
			if n == 0 {
				if _, err := c.Exec(t.Context(), "SET debug_spill = on"); err != nil {
					t.Fatal(err)
				}
			}
			writers.Go(func() {
				for !stop.Load() {
					if tx, err := c.Begin(t.Context()); err == nil {
						for range 3 {
							if _, err = tx.Exec(t.Context(), mine.change()); err != nil {
								break
							}
						}
						if err == nil && mine.IntN(4) > 0 {
							_ = tx.Commit(t.Context())
						} else {
							_ = tx.Rollback(t.Context())
						}
					}
				}
			})
		}
		reader, maker := connect(), connect()
		for i, index := range w.family.indexes {
			if _, err := maker.Exec(t.Context(), "CREATE INDEX CONCURRENTLY c"+fmt.Sprintf(index, "t")); err != nil {
				t.Error(err)
			}
			if _, err := reader.Exec(t.Context(), "BEGIN ISOLATION LEVEL "+w.pick("REPEATABLE READ", "SERIALIZABLE")); err != nil {
				t.Fatal(err)
			}
			for range 20 {
				sameFound(t, reader, "t", w.condition())
			}
			if _, err := reader.Exec(t.Context(), "COMMIT"); err != nil {
				t.Fatal(err)
			}
			if i%3 == 0 {
				if _, err := maker.Exec(t.Context(), "DROP INDEX i"+fmt.Sprint(i+1)+"; CREATE INDEX "+fmt.Sprintf(index, "t")); err != nil {
					t.Error(err)
				}
			}
		}
		for i := range f.indexes {
			if _, err := maker.Exec(t.Context(), fmt.Sprint("DROP INDEX ci", i+1)); err != nil {
				t.Error(err)
			}
		}
		stop.Store(true)
		p.kill()
		writers.Wait()
		checkStore(t, dir)
		p = launch(t, dir)
		c := connect()
		for range 100 {
			sameFound(t, c, "t", w.condition())
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}
