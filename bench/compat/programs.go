package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// program is a small program in another language that speaks to a server and
// prints what it sees; both servers must make it print the same.
type program struct {
	name    string
	run     []string // the interpreter; the program's path follows
	file    string   // in clients/
	folder  string   // in clients/, where a Go program is run, instead of file
	dsn     bool     // told of the server by a connection string, not by port and database
	needs   string   // what installs what it needs
	modules bool     // of npm, as clients/package.json pins them
}

// patience bounds one run of a program.
const patience = 90 * time.Second

var programs = []program{
	{name: "GORM", run: []string{"go", "run", "."}, folder: "gorm", needs: "go"},
	{name: "psycopg2", run: []string{"/usr/bin/python3"}, file: "psycopg2_smoke.py", dsn: true, needs: "python3-psycopg2"},
	{name: "psycopg", run: []string{"/usr/bin/python3"}, file: "psycopg3_smoke.py", dsn: true, needs: "python3-psycopg"},
	{name: "asyncpg", run: []string{"/usr/bin/python3"}, file: "asyncpg_smoke.py", needs: "python3-asyncpg"},
	{name: "SQLAlchemy", run: []string{"/usr/bin/python3"}, file: "sqlalchemy_smoke.py", needs: "python3-sqlalchemy alembic"},
	{name: "Django", run: []string{"/usr/bin/python3"}, file: "django_smoke.py", needs: "python3-django python3-psycopg2"},
	{name: "ODBC", run: []string{"/usr/bin/python3"}, file: "odbc_smoke.py", needs: "python3-pyodbc odbc-postgresql"},
	{name: "JDBC", run: []string{"java", "-cp", "/usr/share/java/postgresql.jar"}, file: "Jdbc.java", needs: "default-jdk-headless libpostgresql-jdbc-java"},
	{name: "DBD::Pg", run: []string{"perl"}, file: "dbdpg.pl", needs: "libdbd-pg-perl"},
	{name: "PDO", run: []string{"php"}, file: "pdo.php", needs: "php-cli php-pgsql"},
	{name: "ruby-pg", run: []string{"ruby"}, file: "ruby_pg.rb", needs: "ruby-pg"},
	{name: "pgtcl", run: []string{"tclsh"}, file: "pgtcl.tcl", needs: "libpgtcl"},
	{name: "node-postgres", run: []string{"node"}, file: "node_pg.js", modules: true, needs: "nodejs npm"},
	{name: "postgres.js", run: []string{"node"}, file: "postgres_js.js", modules: true, needs: "nodejs npm"},
	{name: "knex", run: []string{"node"}, file: "knex.js", modules: true, needs: "nodejs npm"},
	{name: "kysely", run: []string{"node"}, file: "kysely.js", modules: true, needs: "nodejs npm"},
	{name: "Sequelize", run: []string{"node"}, file: "sequelize.js", modules: true, needs: "nodejs npm"},
	{name: "TypeORM", run: []string{"node"}, file: "typeorm.js", modules: true, needs: "nodejs npm"},
	{name: "drizzle", run: []string{"node"}, file: "drizzle.js", modules: true, needs: "nodejs npm"},
	{name: "PostGraphile", run: []string{"node"}, file: "postgraphile.js", modules: true, needs: "nodejs npm"},
	{name: "graphile-worker", run: []string{"node"}, file: "graphile_worker.js", modules: true, needs: "nodejs npm"},
	{name: "pg-boss", run: []string{"node"}, file: "pg_boss.js", modules: true, needs: "nodejs npm"},
	{name: "zapatos", run: []string{"node"}, file: "zapatos.js", modules: true, needs: "nodejs npm"},
}

// compare runs the programs on both servers and prints where what they say differs.
// One that cannot run is a failure: it says what to install.
func compare(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp(o.work, "programs-")
	if err != nil {
		return err
	}
	clients := filepath.Join(dir, "clients")
	if err := os.CopyFS(clients, os.DirFS("bench/compat/clients")); err != nil {
		return err
	}
	pg, err := peer.StartPostgreSQL(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pg.Stop()) }()
	kalam, err := peer.StartKalamsql(ctx, o.kalamsql, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kalam.Stop()) }()
	install := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund")
	install.Dir = clients
	if out, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	fmt.Printf("\nPrograms that must print the same on both servers\n")
	same := 0
	for i, p := range programs {
		there, err := p.speak(ctx, clients, pg, i)
		if err != nil {
			fmt.Printf("  %-14s does not run on PostgreSQL (it needs %s): %v\n", p.name, p.needs, err)
			continue
		}
		here, err := p.speak(ctx, clients, kalam, i)
		switch differing := difference(there, here); {
		case err != nil:
			fmt.Printf("  %-14s fails here: %v\n%s", p.name, err, indent(differing))
		case len(differing) > 0:
			fmt.Printf("  %-14s differs\n%s", p.name, indent(differing))
		default:
			same++
			fmt.Printf("  %-14s the same, %d lines\n", p.name, len(there))
		}
	}
	fmt.Printf("%d of %d print the same\n", same, len(programs))
	return nil
}

// speak runs a program on a database of its own and gives the lines it prints.
func (p program) speak(ctx context.Context, clients string, s *peer.Server, n int) ([]string, error) {
	database := fmt.Sprintf("program%d", n)
	if err := s.Exec(ctx, "CREATE DATABASE "+database); err != nil {
		return nil, err
	}
	args := slices.Clone(p.run[1:])
	if p.folder == "" {
		args = append(args, filepath.Join(clients, p.file))
	}
	if p.dsn {
		args = append(args, "host=127.0.0.1 port="+s.Port+" user=postgres dbname="+database)
	} else {
		args = append(args, s.Port, database)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, p.run[0], args...)
	cmd.Dir = filepath.Join(clients, p.folder)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, lastLine(said.String()))
	}
	text := strings.ReplaceAll(out.String(), s.Port, "PORT")
	return strings.Split(strings.TrimRight(text, "\n"), "\n"), err
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}

// difference gives the lines that only one side has, marked with the side.
func difference(there, here []string) []string {
	var out []string
	for i := range max(len(there), len(here)) {
		was, is := "", ""
		if i < len(there) {
			was = there[i]
		}
		if i < len(here) {
			is = here[i]
		}
		if was != is {
			out = append(out, "PostgreSQL: "+was, "kalamsql:   "+is)
		}
	}
	return out
}

// shownLines is how much of a difference is printed.
const shownLines = 12

func indent(lines []string) string {
	var b strings.Builder
	for _, l := range lines[:min(len(lines), shownLines)] {
		fmt.Fprintf(&b, "      %s\n", l)
	}
	return b.String()
}
