package e2e

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
	"github.com/kalamsql/kalamsql/sql/catalog"
)

var record = flag.Bool("record", false, "write the expectations of testdata from the PostgreSQL 15 that libpq's environment names; its database must be empty")

// psqlServer is a server to send psql to: ours, or with -record a PostgreSQL.
type psqlServer struct{ args []string }

func startForPsql(t *testing.T) (psqlServer, *testserver.Server) {
	t.Helper()
	if *record {
		return psqlServer{}, nil
	}
	s := testserver.Start(t)
	return psqlServer{[]string{"-h", "127.0.0.1", "-p", s.Port(), "-U", "postgres", "-d", "postgres"}}, s
}

func (s psqlServer) psql(t *testing.T, input string, args ...string) string {
	t.Helper()
	cmd := exec.Command("psql", append(append([]string{"-X"}, s.args...), args...)...)
	cmd.Stdin = strings.NewReader(input)
	cmd.Env = append(os.Environ(), "PGTZ=UTC", "PGOPTIONS=", "COLUMNS=400")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	// psql's exit status says the same as what it prints.
	if err := cmd.Run(); err != nil && out.Len() == 0 {
		t.Fatal(err)
	}
	return out.String()
}

// TestPsqlCatalog gives psql its backslash commands, and catalog queries that drivers
// and other clients send, and compares what it prints with what it prints for
// PostgreSQL 15. The files hold, for each input, a line that begins with "=> "
// and the output.
func TestPsqlCatalog(t *testing.T) {
	comparePsql(t, "schema.sql", "psql.golden", "queries.golden", "clients.golden")
}

// TestPsqlFamily gives psql the whole family of its \d commands, with their
// modifiers and patterns, over a schema with every kind of object.
func TestPsqlFamily(t *testing.T) {
	comparePsql(t, "everything.sql", "family.golden")
}

func comparePsql(t *testing.T, schemaFile string, goldens ...string) {
	s, _ := startForPsql(t)
	schema, err := os.ReadFile("testdata/catalog/" + schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if out := strings.TrimSpace(s.psql(t, string(schema), "-q")); out != "" {
		t.Fatal(out)
	}
	for _, name := range goldens {
		name = "testdata/catalog/" + name
		golden, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var written strings.Builder
		for _, section := range strings.Split("\n"+string(golden), "\n=> ")[1:] {
			input, want, _ := strings.Cut(section, "\n")
			got := s.psql(t, input+"\n")
			fmt.Fprintf(&written, "=> %s\n%s", input, got)
			if !strings.HasSuffix(got, "\n") {
				written.WriteByte('\n')
			}
			if !*record && strings.TrimRight(got, "\n") != strings.TrimRight(want, "\n") {
				t.Errorf("%s\ngot:\n%s\nwant:\n%s", input, got, want)
			}
		}
		if *record {
			if err := os.WriteFile(name, []byte(written.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestPsqlScripts gives psql scripts about definitions, and compares what it
// prints with what it prints for PostgreSQL 15.
func TestPsqlScripts(t *testing.T) {
	names := []string{"viewdefinitions", "viewnames", "viewdepends", "setschema", "cursors", "plpgsql", "plpgsqlblocks", "plpgsqlcursors", "procedures",
		"inheritance", "partitions", "partitionkeys", "partitioncatalog", "partitionindexes", "partitionalter", "partitionhashes"}
	paths, err := filepath.Glob("testdata/scripts/*.sql")
	if err != nil || paths == nil {
		t.Fatal("there are no scripts", err)
	}
	for i, name := range names {
		names[i] = "testdata/catalog/" + name + ".sql"
	}
	for _, path := range append(names, paths...) {
		file, _ := strings.CutSuffix(path, ".sql")
		t.Run(filepath.Base(file), func(t *testing.T) {
			s, _ := startForPsql(t)
			script, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := s.psql(t, string(script), "-a")
			file += ".golden"
			if *record {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
			for i := range max(len(gotLines), len(wantLines)) {
				if i >= len(gotLines) || i >= len(wantLines) || gotLines[i] != wantLines[i] {
					t.Fatalf("line %d: got\n%s\nwant\n%s", i+1, strings.Join(gotLines[min(i, len(gotLines)):min(i+20, len(gotLines))], "\n"), strings.Join(wantLines[min(i, len(wantLines)):min(i+20, len(wantLines))], "\n"))
				}
			}
		})
	}
}

// TestEverySystemRelation reads every system relation whole, in the binary formats
// and in text.
func TestEverySystemRelation(t *testing.T) {
	if *record {
		return
	}
	s := testserver.Start(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	schema, err := os.ReadFile("testdata/catalog/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.PgConn().Exec(ctx, string(schema)).ReadAll(); err != nil {
		t.Fatal(err)
	}
	names := map[catalog.OID]string{catalog.SchemaPGCatalog: "pg_catalog", catalog.SchemaInfo: "information_schema", catalog.SchemaKalam: "kalam"}
	if len(catalog.Virtuals()) < 200 {
		t.Fatalf("only %d system relations", len(catalog.Virtuals()))
	}
	for _, v := range catalog.Virtuals() {
		query := "SELECT * FROM " + names[v.Schema] + "." + v.Name
		for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
			rows, err := conn.Query(ctx, query, mode)
			if err != nil {
				t.Errorf("%s: %v", query, err)
				continue
			}
			for rows.Next() {
			}
			if err := rows.Err(); err != nil {
				t.Errorf("%s: %v", query, err)
			}
		}
	}
}

// TestOwnDefinitions sees what its own transaction has defined, and nobody else
// does before the commit.
func TestOwnDefinitions(t *testing.T) {
	if *record {
		return
	}
	s := testserver.Start(t)
	ctx := t.Context()
	connect := func() *pgx.Conn {
		c, err := pgx.Connect(ctx, s.DSN("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(context.Background()) })
		return c
	}
	one, two := connect(), connect()
	columns := func(c *pgx.Conn) (n int) {
		t.Helper()
		if err := c.QueryRow(ctx, "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('fresh') AND attnum > 0").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	run := func(sql string) {
		t.Helper()
		if _, err := one.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(c *pgx.Conn, want int) {
		t.Helper()
		if got := columns(c); got != want {
			t.Errorf("%d columns, want %d", got, want)
		}
	}
	run("BEGIN")
	run("CREATE TABLE fresh (a int)")
	expect(one, 1)
	expect(two, 0)
	run("ALTER TABLE fresh ADD COLUMN b int")
	expect(one, 2)
	run("SAVEPOINT before")
	run("ALTER TABLE fresh ADD COLUMN c int")
	expect(one, 3)
	run("ROLLBACK TO before")
	expect(one, 2)
	expect(two, 0)
	run("COMMIT")
	expect(one, 2)
	expect(two, 2)
}

// TestAdvisoryLocks takes them for sessions and transactions, shares them, and
// breaks a circle of waits.
func TestAdvisoryLocks(t *testing.T) {
	s := testserver.Start(t)
	ctx := t.Context()
	connect := func() *pgx.Conn {
		c, err := pgx.Connect(ctx, s.DSN("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(context.Background()) })
		return c
	}
	one, two := connect(), connect()
	is := func(c *pgx.Conn, want bool, sql string) {
		t.Helper()
		var got bool
		if err := c.QueryRow(ctx, sql).Scan(&got); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if got != want {
			t.Errorf("%s: %v", sql, got)
		}
	}
	run := func(c *pgx.Conn, sql string) {
		t.Helper()
		if _, err := c.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	run(one, "SELECT pg_advisory_lock(7)")
	is(one, true, "SELECT pg_try_advisory_lock(7)") // twice
	is(two, false, "SELECT pg_try_advisory_lock(7)")
	is(two, true, "SELECT pg_try_advisory_lock(0, 7)") // another name
	is(two, false, "SELECT pg_try_advisory_lock_shared(7)")
	is(one, true, "SELECT pg_advisory_unlock(7)")
	is(two, false, "SELECT pg_try_advisory_lock(7)")
	is(one, true, "SELECT pg_advisory_unlock(7)")
	is(one, false, "SELECT pg_advisory_unlock(7)")
	is(two, true, "SELECT pg_try_advisory_lock(7)")
	run(two, "SELECT pg_advisory_unlock_all()")
	run(one, "BEGIN")
	is(one, true, "SELECT pg_try_advisory_xact_lock_shared(8)")
	is(two, true, "SELECT pg_try_advisory_lock_shared(8)")
	is(two, false, "SELECT pg_try_advisory_lock(8)")
	is(two, true, "SELECT count(*) = 2 FROM pg_locks WHERE locktype = 'advisory' AND objid = 8 AND mode = 'ShareLock' AND granted")
	run(one, "ROLLBACK")
	is(two, true, "SELECT pg_try_advisory_lock(8)")

	// Each waits for the other: one of them is told.
	run(one, "SELECT pg_advisory_lock(1)")
	run(two, "SELECT pg_advisory_lock(2)")
	waited := make(chan error, 1)
	go func() {
		_, err := one.Exec(ctx, "SELECT pg_advisory_lock(2)")
		waited <- err
	}()
	for {
		var n int
		if err := two.QueryRow(ctx, "SELECT count(*) FROM pg_locks WHERE NOT granted").Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			break
		}
	}
	_, err := two.Exec(ctx, "SELECT pg_advisory_lock(1)")
	if err == nil || !strings.Contains(err.Error(), "40P01") {
		t.Errorf("second of the circle: %v", err)
	}
	two.Close(ctx) // gives up 2
	if err := <-waited; err != nil {
		t.Error(err)
	}
}

// TestCatalogReferences checks that every OID in a catalog is that of a row of
// the catalog it refers to: the foreign keys that PostgreSQL's catalogs keep
// among themselves (pg_get_catalog_foreign_keys()).
func TestCatalogReferences(t *testing.T) {
	if *record {
		return
	}
	s := testserver.Start(t)
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, s.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for _, name := range []string{"schema.sql", "foreign_keys.tsv"} {
		text, err := os.ReadFile("testdata/catalog/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "schema.sql" {
			if _, err := conn.PgConn().Exec(ctx, string(text)).ReadAll(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
			from, columns, to, keys, array := f[0], strings.Split(f[1], ","), f[2], strings.Split(f[3], ","), f[4] == "t"
			last := len(columns) - 1
			source, value := from+" f", "f."+columns[last]
			if array {
				source, value = "(SELECT *, unnest("+columns[last]+") AS element FROM "+from+") f", "f.element"
			}
			match := "p." + keys[last] + " = " + value
			for i := range last {
				match += " AND p." + keys[i] + " = f." + columns[i]
			}
			query := "SELECT count(*) FROM " + source + " WHERE " + value + " <> 0 AND NOT EXISTS (SELECT 1 FROM " + to + " p WHERE " + match + ")"
			var dangling int
			if err := conn.QueryRow(ctx, query).Scan(&dangling); err != nil {
				t.Errorf("%s: %v", query, err)
			} else if dangling > 0 {
				t.Errorf("%d rows of %s: no %s has the OID in %s", dangling, from, to, columns[last])
			}
		}
	}
}
