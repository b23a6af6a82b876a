package main

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// everydaySQL are statements of all kinds over tables of 20,000 to 500,000 rows. What comes
// before the first line that begins with "## " makes the tables; then each such line names
// a statement, which stands below it, behind what prepares it and a line "--" if there is
// anything to prepare.
//
//go:embed everyday.sql
var everydaySQL string

// everydayStatement is one of them.
type everydayStatement struct{ name, prepare, sql string }

func everydayStatements() (setup []string, list []everydayStatement) {
	parts := strings.Split("\n"+everydaySQL, "\n## ")
	for _, part := range parts[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		s := everydayStatement{name: name, sql: rest}
		if prepare, sql, ok := strings.Cut(rest, "\n--\n"); ok {
			s.prepare, s.sql = prepare, sql
		}
		list = append(list, s)
	}
	return strings.Split(parts[0], ";\n"), list
}

// everyday measures statements of all kinds, one after the other on both servers, and lists
// those for which kalamsql takes longest, beside PostgreSQL.
func everyday(ctx context.Context, b *bench) error {
	setup, list := everydayStatements()
	servers := []*peer.Server{b.pg, b.kalam}
	var conns [2]*pgx.Conn
	for i, s := range servers {
		if err := s.Exec(ctx, setup...); err != nil {
			return err
		}
		c, err := pgx.Connect(ctx, s.DSN())
		if err != nil {
			return err
		}
		defer c.Close(context.Background())
		conns[i] = c
	}
	type measured struct {
		name      string
		pg, kalam float64
	}
	var all []measured
	for _, st := range list {
		var ms [2][]float64
		for range b.options.rounds {
			for i, c := range conns {
				if err := readAll(ctx, c, st.prepare); err != nil {
					return fmt.Errorf("%s: %s: %w", servers[i].Name, st.name, err)
				}
				start := time.Now()
				if err := readAll(ctx, c, st.sql); err != nil {
					return fmt.Errorf("%s: %s: %w", servers[i].Name, st.name, err)
				}
				ms[i] = append(ms[i], float64(time.Since(start))/1e6)
			}
		}
		all = append(all, measured{st.name, slices.Min(ms[0]), slices.Min(ms[1])})
	}
	slices.SortFunc(all, func(x, y measured) int { return cmp.Compare(y.kalam/y.pg, x.kalam/x.pg) })
	fmt.Printf("\nEveryday statements: ms, the best of %d\n%12s %12s %8s\n", b.options.rounds, "PostgreSQL", "kalamsql", "ratio")
	for _, m := range all {
		fmt.Printf("%12.1f %12.1f %8.2f  %s\n", m.pg, m.kalam, m.kalam/m.pg, m.name)
	}
	return nil
}

// readAll runs statements in one message and reads what they give.
func readAll(ctx context.Context, c *pgx.Conn, sql string) error {
	results := c.PgConn().Exec(ctx, sql)
	for results.NextResult() {
		rows := results.ResultReader()
		for rows.NextRow() {
		}
	}
	return results.Close()
}
