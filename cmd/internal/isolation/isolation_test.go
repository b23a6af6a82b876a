package isolation

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/bench/peer"
	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

var record = flag.Bool("record", false, "write testdata/*.golden as PostgreSQL answers, and *.kalamsql.golden where a permutation is marked to differ")

// specs reads the scripts.
func specs(t *testing.T) []*Spec {
	t.Helper()
	files, err := filepath.Glob("testdata/*.spec")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	var list []*Spec
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Parse(strings.TrimSuffix(filepath.Base(file), ".spec"), string(text))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

// database makes a database for the scripts, and gives its DSN.
func database(t *testing.T, dsn string) string {
	t.Helper()
	c, err := pgconn.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(t.Context())
	if _, err := c.Exec(t.Context(), "CREATE DATABASE isolation").ReadAll(); err != nil {
		t.Fatal(err)
	}
	return dsn + " database=isolation"
}

// outputs runs all permutations of a script.
func outputs(t *testing.T, dsn string, s *Spec) []string {
	t.Helper()
	var list []string
	for _, p := range s.Permutations {
		var out bytes.Buffer
		if err := Run(t.Context(), dsn, s, p, &out); err != nil {
			fmt.Fprintf(&out, "%v\n", err)
			t.Errorf("%s: %v\n%s", p.Title(), err, out.String())
		}
		list = append(list, out.String())
	}
	return list
}

func golden(name string) string { return filepath.Join("testdata", name) }

// expected reads a file of outputs: each begins with its title.
func expected(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(golden(name))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, part := range strings.SplitAfter("\n"+string(text), "\n"+separator)[1:] {
		part = separator + strings.TrimSuffix(part, separator)
		title, _, _ := strings.Cut(part, "\n")
		found[title] = strings.TrimRight(part, "\n")
	}
	return found
}

const separator = "starting permutation: "

// TestSpecs runs the scripts here: each permutation gives what PostgreSQL gives,
// unless it is marked to differ.
func TestSpecs(t *testing.T) {
	server := testserver.Start(t)
	dsn := database(t, server.DSN("postgres"))
	for _, s := range specs(t) {
		t.Run(s.Name, func(t *testing.T) {
			want, other := expected(t, s.Name+".golden"), expected(t, s.Name+".kalamsql.golden")
			var differing []string
			for i, out := range outputs(t, dsn, s) {
				p, out := s.Permutations[i], strings.TrimRight(out, "\n")
				switch postgres := want[p.Title()]; {
				case p.Differs == "":
					compare(t, postgres, out)
				case out == postgres:
					t.Errorf("%s does not differ, as it is said to", p.Title())
				case *record:
					differing = append(differing, "# "+p.Differs, out, "")
				default:
					compare(t, other[p.Title()], out)
				}
			}
			if *record && differing != nil {
				write(t, s.Name+".kalamsql.golden", strings.Join(differing, "\n"))
			}
		})
	}
}

// compare fails with what differs.
func compare(t *testing.T, want, got string) {
	t.Helper()
	// A reason may stand above the next output.
	want, _, _ = strings.Cut(want, "\n\n#")
	if strings.TrimRight(want, "\n") == got {
		return
	}
	t.Errorf("want:\n%s\n--- got:\n%s\n", want, got)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(golden(name), []byte(strings.TrimRight(text, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestPostgreSQL runs the scripts on a PostgreSQL 15 of its own: what is expected
// is what it gives.
func TestPostgreSQL(t *testing.T) {
	if _, err := peer.Program("initdb"); err != nil {
		t.Fatal(err)
	}
	work, err := os.MkdirTemp("", "kalamsql-isolation-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { exec.Command("rm", "-rf", work).Run() })
	server, err := peer.StartPostgreSQL(t.Context(), work, "-c", "fsync=off", "-c", "autovacuum=off", "-c", "max_prepared_transactions=0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	dsn := database(t, server.DSN())
	for _, s := range specs(t) {
		t.Run(s.Name, func(t *testing.T) {
			out := outputs(t, dsn, s)
			if *record {
				write(t, s.Name+".golden", strings.Join(out, "\n"))
				return
			}
			want := expected(t, s.Name+".golden")
			for i, p := range s.Permutations {
				compare(t, want[p.Title()], strings.TrimRight(out[i], "\n"))
			}
		})
	}
}
