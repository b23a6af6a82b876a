package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// pgbenchScale is the scale of pgbench's own tables: a million accounts.
const pgbenchScale = 10

// builtin measures pgbench's own scripts on tables that pgbench itself has made.
func builtin(ctx context.Context, b *bench) error {
	program, err := peer.Program("pgbench")
	if err != nil {
		return err
	}
	for _, s := range []*peer.Server{b.pg, b.kalam} {
		init := exec.CommandContext(ctx, program, "-i", "-q", "-s", strconv.Itoa(pgbenchScale), "-h", "127.0.0.1", "-p", s.Port, "-U", "postgres", "postgres")
		if out, err := init.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: pgbench -i: %w\n%s", s.Name, err, out)
		}
	}
	fmt.Printf("\npgbench's own scripts, scale %d (transactions/s)\n%14s %9s %8s %12s %12s %7s\n", pgbenchScale, "script", "protocol", "clients", "PostgreSQL", "kalamsql", "ratio")
	for _, script := range []string{"tpcb-like", "simple-update", "select-only"} {
		for _, mode := range []string{"prepared", "simple"} {
			for _, n := range b.clients {
				out, err := b.rounds(ctx, load{builtin: script, clients: n, mode: mode}, b.pg, b.kalam)
				if err != nil {
					return err
				}
				fmt.Printf("%14s %9s %8d %12.0f %12.0f %7.2f\n", script, mode, n, out[0].tps, out[1].tps, out[1].tps/out[0].tps)
			}
		}
	}
	return nil
}

// bulkRows is how many rows one bulk load has.
const bulkRows = 1_000_000

// bulk measures COPY of a million rows, and INSERT of a thousand rows a statement.
func bulk(ctx context.Context, b *bench) error {
	fmt.Printf("\nBulk loading of %d rows (rows/s)\n%26s %12s %12s %7s\n", bulkRows, "", "PostgreSQL", "kalamsql", "ratio")
	for _, way := range []struct {
		name string
		load func(context.Context, *pgx.Conn) error
	}{{"COPY, text", copyText}, {"INSERT of 1,000 rows each", insertThousands}} {
		rates := map[*peer.Server][]float64{}
		for range b.options.rounds {
			for _, s := range []*peer.Server{b.pg, b.kalam} {
				if err := s.Exec(ctx, "DROP TABLE IF EXISTS loaded", "CREATE TABLE loaded (id bigint PRIMARY KEY, room integer NOT NULL, body text NOT NULL)"); err != nil {
					return err
				}
				c, err := pgx.Connect(ctx, s.DSN())
				if err != nil {
					return err
				}
				began := time.Now()
				err = way.load(ctx, c)
				took := time.Since(began)
				if closed := c.Close(ctx); err == nil {
					err = closed
				}
				if err != nil {
					return fmt.Errorf("%s: %s: %w", s.Name, way.name, err)
				}
				rates[s] = append(rates[s], bulkRows/took.Seconds())
			}
		}
		pg, kalam := median(rates[b.pg]), median(rates[b.kalam])
		fmt.Printf("%26s %12.0f %12.0f %7.2f\n", way.name, pg, kalam, kalam/pg)
	}
	return nil
}

// copyText sends rows as text, as psql's \copy does.
func copyText(ctx context.Context, c *pgx.Conn) error {
	_, err := c.PgConn().CopyFrom(ctx, &textRows{}, "COPY loaded FROM STDIN")
	return err
}

// textRows is the text of the rows.
type textRows struct {
	next int
	buf  bytes.Buffer
}

func (r *textRows) Read(p []byte) (int, error) {
	for ; r.next < bulkRows && r.buf.Len() < len(p); r.next++ {
		fmt.Fprintf(&r.buf, "%d\t%d\ta line of text as people write it, not long\n", r.next, r.next%100)
	}
	if r.buf.Len() == 0 {
		return 0, io.EOF
	}
	return r.buf.Read(p)
}

func insertThousands(ctx context.Context, c *pgx.Conn) error {
	const each = 1000
	for from := 0; from < bulkRows; from += each {
		sql := append(make([]byte, 0, each*64), "INSERT INTO loaded (id, room, body) VALUES "...)
		for i := from; i < from+each; i++ {
			if i > from {
				sql = append(sql, ',')
			}
			sql = fmt.Appendf(sql, "(%d,%d,'a line of text as people write it, not long')", i, i%100)
		}
		if _, err := c.PgConn().Exec(ctx, string(sql)).ReadAll(); err != nil {
			return err
		}
	}
	return nil
}
