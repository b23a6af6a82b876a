// Package peer starts the two servers that are measured side by side: kalamsql and
// PostgreSQL 15, each on a data directory of its own and a free loopback port.
package peer

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
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a running server, which its starter stops.
type Server struct {
	Name string
	Port string
	Web  string // host:port of HTTP; kalamsql only
	Stop func() error
	pid  int
}

// Memory is how many bytes the server has in memory (its resident set);
// kalamsql only.
func (s *Server) Memory() (int64, error) { return s.status("VmRSS") }

// PeakMemory is the most that Memory has been.
func (s *Server) PeakMemory() (int64, error) { return s.status("VmHWM") }

// status gives a size in /proc.
func (s *Server) status(name string) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(status), name+":")
	var kib int64
	if _, err := fmt.Sscan(rest, &kib); !ok || err != nil {
		return 0, errors.New("no " + name + " in /proc")
	}
	return kib << 10, nil
}

// DSN is the connection string of the superuser.
func (s *Server) DSN() string {
	return "host=127.0.0.1 port=" + s.Port + " user=postgres database=postgres sslmode=disable"
}

// Exec runs statements on a connection of its own.
func (s *Server) Exec(ctx context.Context, statements ...string) error {
	c, err := pgx.Connect(ctx, s.DSN())
	if err != nil {
		return err
	}
	defer c.Close(context.Background())
	for _, sql := range statements {
		if _, err := c.Exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %s: %w", s.Name, sql, err)
		}
	}
	return nil
}

// Program finds one of PostgreSQL 15's programs.
func Program(name string) (string, error) {
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

// StartPostgreSQL makes a cluster with the default settings under work, and
// starts it with the further settings that flags give ("-c", "name=value").
func StartPostgreSQL(ctx context.Context, work string, flags ...string) (*Server, error) {
	initdb, err := Program("initdb")
	if err != nil {
		return nil, err
	}
	postgres, err := Program("postgres")
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
	cmd = exec.Command(postgres, append([]string{"-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + home, "-c", "max_connections=1200"}, flags...)...)
	if err := asPostgres(cmd); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{Name: "PostgreSQL", Port: port, Stop: stopper(cmd, syscall.SIGINT)}
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := s.Exec(ctx, "SELECT 1")
		if err == nil {
			return s, nil
		}
		if time.Now().After(deadline) {
			return nil, errors.Join(err, s.Stop())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

var listens = regexp.MustCompile(`(?:clients   |clients  http://)127\.0\.0\.1:(\d+)`)

// StartKalamsql starts the server on its defaults, save that a live query may keep
// as much as it likes, with the further flags.
func StartKalamsql(ctx context.Context, program, work string, flags ...string) (*Server, error) {
	cmd := exec.Command(program, append([]string{"serve", "--data", filepath.Join(work, "kalamsql"), "--sql-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0", "--log-level", "warn", "--state-limit", "8589934592"}, flags...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Server{Name: "kalamsql", Stop: stopper(cmd, syscall.SIGTERM), pid: cmd.Process.Pid}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		m := listens.FindStringSubmatch(lines.Text())
		switch {
		case m != nil && s.Port == "":
			s.Port = m[1]
		case m != nil:
			s.Web = "127.0.0.1:" + m[1]
			return s, nil
		}
	}
	return nil, errors.Join(errors.New("kalamsql did not start"), s.Stop())
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
