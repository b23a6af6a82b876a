package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// wholeTable are statements about all rows of a table or many of them, as migrations and
// maintenance have them; each is run once, one after the other. {rows} is their number.
var wholeTable = []string{
	"INSERT INTO big SELECT i, i % 1000, 'value ' || i, i / 7.0, '2024-01-01'::timestamptz + i * interval '1 second' FROM generate_series(1, {rows}) i",
	"ALTER TABLE big ADD PRIMARY KEY (id)",
	"CREATE INDEX ON big (k)",
	"CREATE UNIQUE INDEX ON big (v)",
	"ANALYZE big",
	"UPDATE big SET n = n + 1",
	"UPDATE big SET k = k + 1 WHERE id % 10 = 0",
	"DELETE FROM big WHERE id % 10 = 1",
	"CREATE TABLE copied AS SELECT * FROM big",
	"ALTER TABLE big ADD COLUMN extra int NOT NULL DEFAULT 5",
	"ALTER TABLE big ALTER COLUMN k TYPE bigint",
	"ALTER TABLE big ADD CHECK (k >= 0)",
	"INSERT INTO child SELECT i, i FROM generate_series(1, {rows}) i WHERE i % 10 <> 1",
	"ALTER TABLE child ADD FOREIGN KEY (big_id) REFERENCES big (id)",
	"DELETE FROM child WHERE id < {rows} / 2",
	"TRUNCATE child",
	"VACUUM big",
	"DROP TABLE big CASCADE",
}

// whole measures statements about whole tables.
func whole(ctx context.Context, b *bench) error {
	size := b.sizes[len(b.sizes)-1]
	servers := []*peer.Server{b.pg, b.kalam}
	for _, s := range servers {
		if err := s.Exec(ctx, "DROP TABLE IF EXISTS big, child, copied CASCADE",
			"CREATE TABLE big (id int, k int, v text, n numeric(10,2), ts timestamptz)", "CREATE TABLE child (id int PRIMARY KEY, big_id int)"); err != nil {
			return err
		}
	}
	fmt.Printf("\nStatements about whole tables of %d rows: ms, once each\n%12s %12s %8s\n", size, "PostgreSQL", "kalamsql", "ratio")
	for _, text := range wholeTable {
		sql := strings.ReplaceAll(text, "{rows}", strconv.Itoa(size))
		var ms [2]float64
		for i, s := range servers {
			start := time.Now()
			if err := s.Exec(ctx, sql); err != nil {
				return fmt.Errorf("%s: %s: %w", s.Name, sql, err)
			}
			ms[i] = float64(time.Since(start).Microseconds()) / 1000
		}
		fmt.Printf("%12.1f %12.1f %8.2f  %s\n", ms[0], ms[1], ms[1]/ms[0], sql)
	}
	return nil
}
