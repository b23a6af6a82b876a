package sqllogictest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kalamsql/kalamsql/cmd/kalamsql/serve"
)

var (
	corpus = flag.String("corpus", "", "folder with more scripts to run")
	target = flag.String("target", "", "connection string of a server to run against, instead of starting one for each script: PostgreSQL's answers are the right ones")
)

// failuresShown bounds how much of one script is reported.
const failuresShown = 10

// TestScripts runs the scripts of testdata and those of -corpus, each on a
// server of its own.
func TestScripts(t *testing.T) {
	folders := []string{"testdata"}
	if *corpus != "" {
		folders = []string{*corpus}
	}
	ran := 0
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".test") && !strings.HasSuffix(path, ".slt") {
				return err
			}
			ran++
			t.Run(strings.TrimPrefix(path, folder+"/"), func(t *testing.T) { runScript(t, path) })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if ran == 0 {
		t.Fatal("there are no scripts")
	}
}

// TestScriptsOnDisk runs the scripts of testdata with everything that may go to disk
// going there.
func TestScriptsOnDisk(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.slt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { runScript(t, path, "SET debug_spill = on") })
	}
}

// runScript runs a script on a connection that has run some statements before.
func runScript(t *testing.T, path string, before ...string) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := Parse(f, "kalamsql", "postgresql")
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	dsn := *target
	if dsn == "" {
		dsn = start(t)
	}
	c, err := pgconn.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if *target != "" { // scripts start from nothing
		if _, err := c.Exec(t.Context(), "DROP SCHEMA public CASCADE; CREATE SCHEMA public").ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	for _, sql := range before {
		if _, err := c.Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	failures := 0
	for _, rec := range records {
		err := Run(t.Context(), c, rec)
		var failure *Failure
		if err != nil && !errors.As(err, &failure) {
			t.Fatalf("%s: %v", path, err)
		}
		if err != nil {
			if failures++; failures <= failuresShown {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	t.Logf("%d records, %d failed", len(records), failures)
}

// start starts a server of the test's own.
func start(t *testing.T) (dsn string) {
	c, err := serve.ReadConfig([]string{"--data", t.TempDir(), "--sql-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0"}, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	s, err := serve.Start("test", c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	host, port, _ := strings.Cut(s.SQLAddr(), ":")
	return fmt.Sprintf("host=%s port=%s user=postgres database=postgres sslmode=disable", host, port)
}
