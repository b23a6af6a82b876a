package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/bench/peer"
	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// A dumpServer is a server that PostgreSQL's programs are sent to.
type dumpServer struct{ name, port string }

// run runs one of PostgreSQL's programs, which must succeed.
func (s dumpServer) run(t *testing.T, program string, args ...string) string {
	t.Helper()
	path, err := peer.Program(program)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{"-h", "127.0.0.1", "-p", s.port, "-U", "postgres"}, args...)...)
	cmd.Env = append(os.Environ(), "PGTZ=UTC", "PGOPTIONS=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s of %s %v: %v\n%s", program, s.name, args, err, out)
	}
	return string(out)
}

func (s dumpServer) psql(t *testing.T, database string, args ...string) string {
	t.Helper()
	return s.run(t, "psql", append([]string{"-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", database}, args...)...)
}

// dump gives what pg_dump writes of a database, without what it says of the
// server and the run.
func (s dumpServer) dump(t *testing.T, database string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dump")
	s.run(t, "pg_dump", append(args, "-f", file, database)...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "-- Dumped ") && !strings.HasPrefix(line, `\restrict`) && !strings.HasPrefix(line, `\unrestrict`) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// dumpServers starts one of ours and a real PostgreSQL.
func dumpServers(t *testing.T) (here, there dumpServer) {
	t.Helper()
	work, err := os.MkdirTemp("", "kalamsql-dump-") // which user postgres may enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(work); err != nil {
			t.Error(err)
		}
	})
	postgres, err := peer.StartPostgreSQL(t.Context(), work, "-c", "fsync=off", "-c", "timezone=UTC")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := postgres.Stop(); err != nil {
			t.Error(err)
		}
	})
	here, there = dumpServer{"kalamsql", testserver.Start(t).Port()}, dumpServer{"PostgreSQL", postgres.Port}
	// The owner of public is pg_database_owner there, a role that is not here.
	there.psql(t, "postgres", "-c", "ALTER SCHEMA public OWNER TO postgres")
	return here, there
}

// TestDumps dumps a database with every kind of object here, restores it into a
// real PostgreSQL, and finds in the dump of that what was in the first; and the
// other way round. So it goes with each form that a dump can have.
func TestDumps(t *testing.T) {
	if *record {
		return
	}
	here, there := dumpServers(t)
	for _, s := range []dumpServer{here, there} {
		s.psql(t, "postgres", "-f", "testdata/catalog/everything.sql", "-f", "testdata/catalog/everythingrows.sql")
	}
	n := 0
	for _, from := range []dumpServer{here, there} {
		to := there
		if from == there {
			to = here
		}
		// fresh makes a database of the other server to restore into.
		fresh := func(t *testing.T) string {
			n++
			name := fmt.Sprintf("restored%d", n)
			to.psql(t, "postgres", "-c", "CREATE DATABASE "+name+" TEMPLATE template0")
			return name
		}
		// dumped makes a file with a dump.
		dumped := func(t *testing.T, args ...string) string {
			file := filepath.Join(t.TempDir(), "dump")
			from.run(t, "pg_dump", append(args, "-f", file, "postgres")...)
			return file
		}
		whole := from.dump(t, "postgres")
		same := func(t *testing.T, database string) {
			t.Helper()
			differ(t, whole, to.dump(t, database))
		}
		t.Run("from "+from.name, func(t *testing.T) {
			t.Run("plain", func(t *testing.T) {
				database := fresh(t)
				to.psql(t, database, "-f", dumped(t))
				same(t, database)
			})
			t.Run("inserts", func(t *testing.T) {
				database := fresh(t)
				to.psql(t, database, "-f", dumped(t, "--inserts"))
				same(t, database)
				differ(t, from.dump(t, "postgres", "--column-inserts"), to.dump(t, database, "--column-inserts"))
			})
			t.Run("schema and data", func(t *testing.T) {
				database := fresh(t)
				to.psql(t, database, "-f", dumped(t, "--schema-only"))
				to.psql(t, database, "-f", dumped(t, "--data-only", "--disable-triggers"))
				to.psql(t, database, "-c", "REFRESH MATERIALIZED VIEW shop.kept") // which is neither
				same(t, database)
			})
			t.Run("custom", func(t *testing.T) {
				database := fresh(t)
				to.run(t, "pg_restore", "--exit-on-error", "-d", database, dumped(t, "-Fc"))
				same(t, database)
				// Again, in the place of what is there. The schemas now get default privileges.
				to.run(t, "pg_restore", "--exit-on-error", "--clean", "--if-exists", "-d", database, dumped(t, "-Fc"))
				if to.dump(t, database, "--data-only") != from.dump(t, "postgres", "--data-only") {
					t.Error("--clean restores other rows")
				}
			})
			t.Run("directory", func(t *testing.T) {
				database := fresh(t)
				to.run(t, "pg_restore", "--exit-on-error", "-j", "2", "-d", database, dumped(t, "-Fd", "-j", "2"))
				same(t, database)
			})
		})
	}
}

// TestDumpsOfPartitions is TestDumps for tables that inherit and partitioned ones, and for
// privileges that others than owners have granted.
// pg_restore --clean is not for them: PostgreSQL does not drop what is inherited.
func TestDumpsOfPartitions(t *testing.T) {
	if *record {
		return
	}
	here, there := dumpServers(t)
	for _, s := range []dumpServer{here, there} {
		s.psql(t, "postgres", "-f", "testdata/catalog/partitionsdump.sql", "-f", "testdata/catalog/grantsdump.sql")
	}
	differ(t, there.dump(t, "postgres"), here.dump(t, "postgres"))
	for from, to := range map[dumpServer]dumpServer{here: there, there: here} {
		t.Run("from "+from.name, func(t *testing.T) {
			whole := from.dump(t, "postgres")
			for i, args := range [][]string{{"-Fp"}, {"-Fp", "--column-inserts", "--load-via-partition-root"}, {"-Fc"}} {
				database := fmt.Sprintf("parts%d", i)
				to.psql(t, "postgres", "-c", "CREATE DATABASE "+database+" TEMPLATE template0")
				file := filepath.Join(t.TempDir(), "dump")
				from.run(t, "pg_dump", append(args, "-f", file, "postgres")...)
				if args[0] == "-Fc" {
					to.run(t, "pg_restore", "--exit-on-error", "-d", database, file)
				} else {
					to.psql(t, database, "-f", file)
				}
				differ(t, whole, to.dump(t, database))
			}
		})
	}
}

// differ reports the first lines that differ.
func differ(t *testing.T, want, got string) {
	t.Helper()
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if i >= len(w) || i >= len(g) || w[i] != g[i] {
			part := func(lines []string) string {
				return strings.Join(lines[min(i, len(lines)):min(i+8, len(lines))], "\n")
			}
			t.Errorf("line %d: dumped\n%s\nrestored\n%s", i+1, part(w), part(g))
			return
		}
	}
}

// TestPgbench has pgbench make its tables and run its built-in scripts with each
// protocol.
func TestPgbench(t *testing.T) {
	if *record {
		return
	}
	s := dumpServer{"kalamsql", testserver.Start(t).Port()}
	s.run(t, "pgbench", "-i", "-s", "1", "--foreign-keys", "-q", "postgres")
	const runs, clients = 20, 2
	for _, script := range []string{"tpcb-like", "simple-update", "select-only"} {
		for _, protocol := range []string{"simple", "extended", "prepared"} {
			out := s.run(t, "pgbench", "-n", "-b", script, "-M", protocol, "-c", fmt.Sprint(clients), "-t", fmt.Sprint(runs), "postgres")
			if want := fmt.Sprintf("number of transactions actually processed: %d/%d", runs*clients, runs*clients); !strings.Contains(out, want) {
				t.Errorf("%s, %s:\n%s", script, protocol, out)
			}
		}
	}
	if rows := s.psql(t, "postgres", "-c", "SELECT count(*) FROM pgbench_history"); rows != fmt.Sprintln(2*3*runs*clients) {
		t.Errorf("%s rows of history", rows)
	}
	sums := s.psql(t, "postgres", "-c", "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history)")
	if sums != "t\n" {
		t.Error("the balances are not the sums of what was moved")
	}
}
