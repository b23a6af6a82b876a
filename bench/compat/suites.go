package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// suite is the test suite of a Go driver, as its module carries it.
type suite struct {
	name    string
	module  string
	version string
	// setup is what the suite expects to find, run by the superuser. Each
	// statement may fail, where a server lacks what it makes.
	setup []string
	// env is how the suite is told of the server.
	env func(s *peer.Server) []string
}

var suites = []suite{
	{
		name: "pgx", module: "github.com/jackc/pgx/v5", version: "v5.12.0",
		setup: []string{
			"CREATE DATABASE pgx_test",
			"CREATE EXTENSION hstore", "CREATE EXTENSION ltree",
			"CREATE DOMAIN uint64 AS numeric(20,0)",
			`CREATE USER " tricky, ' } "" \ test user " SUPERUSER PASSWORD 'secret'`,
			"CREATE USER pgx_md5 WITH SUPERUSER PASSWORD 'secret'",
			"CREATE USER pgx_pw WITH SUPERUSER PASSWORD 'secret'",
			"CREATE USER pgx_scram WITH SUPERUSER PASSWORD 'secret'",
		},
		env: func(s *peer.Server) []string {
			return []string{
				"PGX_TEST_DATABASE=" + s.DSN(),
				"PGX_TEST_TCP_CONN_STRING=" + s.DSN(),
			}
		},
	},
	{
		name: "pq", module: "github.com/lib/pq", version: "v1.12.3",
		setup: []string{
			"CREATE USER pqgo SUPERUSER PASSWORD 'unused'", "CREATE DATABASE pqgo OWNER pqgo",
			"CREATE EXTENSION hstore",
			"CREATE USER pqgomd5 PASSWORD 'wordpass'", "CREATE USER pqgopassword PASSWORD 'wordpass'", "CREATE USER pqgoscram PASSWORD 'wordpass'",
			"CREATE USER pqgossl", "CREATE USER pqgosslcert",
		},
		env: func(s *peer.Server) []string {
			// Where there is no CREATE DATABASE, the first one has to do.
			database := "pqgo"
			if s.Exec(context.Background(), "CREATE DATABASE pqgo_probe") != nil {
				database = "postgres"
			}
			return []string{"PGHOST=127.0.0.1", "PGPORT=" + s.Port, "PGDATABASE=" + database}
		},
	},
}

// fetch copies the module out of the module cache into dir.
func (s suite) fetch(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", s.module+"@"+s.version)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go mod download: %w", err)
	}
	var found struct{ Dir string }
	if err := json.Unmarshal(out, &found); err != nil {
		return "", err
	}
	source := filepath.Join(dir, "source")
	if err := os.CopyFS(source, os.DirFS(found.Dir)); err != nil {
		return "", err
	}
	return source, nil
}

// test prepares the server and runs the suite against it.
func (s suite) test(ctx context.Context, o options, server *peer.Server, source string) (outcomes, error) {
	for _, statement := range s.setup {
		if err := server.Exec(ctx, statement); err != nil && o.verbose {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	args := []string{"test", "-json", "-count=1", "-p=1", "-timeout=10m"}
	if o.run != "" {
		args = append(args, "-run", o.run)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./...")...)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	cmd.Env = append(cmd.Env, s.env(server)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	seen, err := read(out)
	// Tests that fail make go test fail, which is no error of this program.
	var failed *exec.ExitError
	if waited := cmd.Wait(); err == nil && !errors.As(waited, &failed) {
		err = waited
	}
	return seen, err
}
