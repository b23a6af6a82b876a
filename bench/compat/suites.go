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

// suite is the test suite of a Go driver, ORM or tool, as its module carries it.
type suite struct {
	name    string
	module  string
	version string
	// packages are those with tests that need a server; none is all.
	packages []string
	// flags are go test's, of a suite that needs some.
	flags []string
	// setup is what the suite expects to find, run by the superuser. Each
	// statement may fail, where a server lacks what it makes.
	setup []string
	// prepare are commands that run in the suite's folder before it.
	prepare [][]string
	// env is how the suite is told of the server, and args what its test programs get.
	env  func(s *peer.Server) []string
	args func(s *peer.Server) []string
	// absent are modules that the suite's files only import, for other databases, and
	// that cannot be had: empty ones stand in their place.
	absent []string
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
	return source, s.settle(ctx, dir, source)
}

// settle makes the module whole where it now lies: without replacements by folders
// that stood beside it, and with the modules that are absent.
func (s suite) settle(ctx context.Context, dir, source string) error {
	edit := func(args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, "go", append([]string{"mod", "edit"}, args...)...)
		cmd.Dir, cmd.Stderr = source, os.Stderr
		return cmd.Output()
	}
	out, err := edit("-json")
	if err != nil {
		return err
	}
	var mod struct {
		Replace []struct {
			Old, New struct{ Path, Version string }
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		return err
	}
	for _, r := range mod.Replace {
		if r.New.Version != "" {
			continue
		}
		if _, err := edit("-dropreplace", r.Old.Path); err != nil {
			return err
		}
	}
	for _, module := range s.absent {
		empty := filepath.Join(dir, "absent", filepath.FromSlash(module))
		err := errors.Join(os.MkdirAll(empty, 0o755),
			os.WriteFile(filepath.Join(empty, "go.mod"), []byte("module "+module+"\n"), 0o644),
			os.WriteFile(filepath.Join(empty, "empty.go"), []byte("package empty\n"), 0o644))
		if err != nil {
			return err
		}
		if _, err := edit("-replace", module+"="+empty); err != nil {
			return err
		}
	}
	return nil
}

// test prepares the server and runs the suite against it.
func (s suite) test(ctx context.Context, o options, server *peer.Server, source string) (outcomes, error) {
	for _, statement := range s.setup {
		if err := server.Exec(ctx, statement); err != nil && o.verbose {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	env := append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	if s.env != nil {
		env = append(env, s.env(server)...)
	}
	for _, command := range s.prepare {
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Dir, cmd.Env = source, env
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%v: %w\n%s", command, err, out)
		}
	}
	args := append([]string{"test", "-json", "-count=1", "-p=1", "-timeout=15m"}, s.flags...)
	if o.run != "" {
		args = append(args, "-run", o.run)
	}
	if args = append(args, s.packages...); s.packages == nil {
		args = append(args, "./...")
	}
	if s.args != nil {
		args = append(append(args, "-args"), s.args(server)...)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = source, env
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
