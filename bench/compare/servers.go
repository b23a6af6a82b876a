package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// server is a server under measurement.
type server struct {
	name string
	port string
	web  string // host:port of HTTP; kalamsql only
	stop func() error
}

func (s *server) dsn() string {
	return "host=127.0.0.1 port=" + s.port + " user=postgres database=postgres sslmode=disable"
}

// exec runs statements on a connection of its own.
func (s *server) exec(ctx context.Context, statements ...string) error {
	c, err := pgx.Connect(ctx, s.dsn())
	if err != nil {
		return err
	}
	defer c.Close(context.Background())
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %s: %w", s.name, sql, err)
		}
	}
	return nil
}

// pgProgram finds one of PostgreSQL 15's programs.
func pgProgram(name string) (string, error) {
	if found, _ := filepath.Glob("/usr/lib/postgresql/15/bin/" + name); len(found) > 0 {
		return found[0], nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is needed: install PostgreSQL 15 (Debian: apt-get install postgresql)", name)
	}
	return path, nil
}

// asPostgres makes a command run as user postgres when this is root, as whom
// PostgreSQL does not run.
func asPostgres(cmd *exec.Cmd) error {
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	cmd.Dir = "/"
	return nil
}

// startPostgreSQL makes a cluster with the default settings and starts it.
func startPostgreSQL(ctx context.Context, work string) (*server, error) {
	initdb, err := pgProgram("initdb")
	if err != nil {
		return nil, err
	}
	postgres, err := pgProgram("postgres")
	if err != nil {
		return nil, err
	}
	home := filepath.Join(work, "postgresql")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, err
	}
	if os.Getuid() == 0 {
		if err := exec.Command("chown", "postgres", home).Run(); err != nil {
			return nil, err
		}
		if err := os.Chmod(work, 0o755); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(home, "data")
	cmd := exec.CommandContext(ctx, initdb, "-D", data, "-A", "trust", "-U", "postgres")
	if err := asPostgres(cmd); err != nil {
		return nil, err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd = exec.Command(postgres, "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+home, "-c", "max_connections=1200")
	if err := asPostgres(cmd); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{name: "PostgreSQL", port: port, stop: stopper(cmd, syscall.SIGINT)}
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := s.exec(ctx, "SELECT 1")
		if err == nil {
			return s, nil
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(err, s.stop())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

var listens = regexp.MustCompile(`(?:clients   |clients  http://)127\.0\.0\.1:(\d+)`)

// startKalamsql starts the server on its defaults, save that a live query may keep
// as much as it likes.
func startKalamsql(ctx context.Context, program, work string) (*server, error) {
	cmd := exec.Command(program, "serve", "--data", filepath.Join(work, "kalamsql"), "--sql-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0", "--log-level", "warn", "--state-limit", "8589934592")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{name: "kalamsql", stop: stopper(cmd, syscall.SIGTERM)}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		m := listens.FindStringSubmatch(lines.Text())
		switch {
		case m != nil && s.port == "":
			s.port = m[1]
		case m != nil:
			s.web = "127.0.0.1:" + m[1]
			return s, nil
		}
	}
	return nil, errors.Join(errors.New("kalamsql did not start"), s.stop())
}

func stopper(cmd *exec.Cmd, signal os.Signal) func() error {
	return func() error {
		if err := cmd.Process.Signal(signal); err != nil {
			return err
		}
		return cmd.Wait()
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
