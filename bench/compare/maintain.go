package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// maintained are the live queries whose upkeep is measured, over event (id, room,
// author, n, parent), which is a tree too, room (id, name, city) and author (id, name).
var maintained = []struct{ name, sql string }{
	{"filter", "SELECT id, n FROM event WHERE n % 10 = 3"},
	{"two-way join", "SELECT e.id, e.n, r.name FROM event e JOIN room r ON r.id = e.room"},
	{"three-way join", "SELECT e.id, e.n, r.name, a.name AS author FROM event e JOIN room r ON r.id = e.room JOIN author a ON a.id = e.author"},
	{"GROUP BY", "SELECT room, count(*) AS c, sum(n) AS total, max(n) AS most FROM event GROUP BY room"},
	{"join, GROUP BY", "SELECT r.city, count(*) AS c, avg(e.n) AS mean FROM event e JOIN room r ON r.id = e.room GROUP BY r.city"},
	{"top 100", "SELECT id, n FROM event ORDER BY n DESC, id LIMIT 100"},
	{"window", "SELECT id, n, rank() OVER (PARTITION BY room ORDER BY n DESC, id) AS place FROM event"},
	{"subquery", "SELECT id, name, (SELECT max(n) FROM event WHERE event.room = room.id) AS most FROM room"},
	// All rows are one partition, two partitions, or a group.
	{"lag", "SELECT id, n - lag(n) OVER (ORDER BY id) AS step FROM event"},
	{"moving average", "SELECT id, avg(n) OVER (ORDER BY id ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS mean FROM event"},
	{"board of 100", "SELECT id, n, rank() OVER (ORDER BY n DESC) AS place FROM event ORDER BY n DESC, id LIMIT 100"},
	{"first three", "SELECT id, n, place FROM (SELECT id, n, row_number() OVER (PARTITION BY room % 2 ORDER BY n DESC, id) AS place FROM event) AS x WHERE place <= 3"},
	{"DISTINCT ON", "SELECT DISTINCT ON (room % 2) room % 2 AS half, id, n FROM event ORDER BY room % 2, n DESC, id"},
	{"percentiles", "SELECT percentile_disc(ARRAY[0.5, 0.99, 1]) WITHIN GROUP (ORDER BY n) AS n, count(DISTINCT author) AS authors FROM event"},
	{"tree", "WITH RECURSIVE t AS (SELECT id, n, 0 AS depth FROM event WHERE parent IS NULL UNION ALL SELECT e.id, e.n, depth + 1 FROM event e JOIN t ON e.parent = t.id) SELECT id, n, depth FROM t"},
	{"reachable", "WITH RECURSIVE t AS (SELECT 0 AS id UNION SELECT e.id FROM event e JOIN t ON e.parent = t.id) SELECT e.id, n FROM event e JOIN t ON t.id = e.id"},
}

// maintain measures what one more commit costs a live query: the time from
// sending an UPDATE of one row to receiving the change of the result, the commit
// included; beside what takes its place on PostgreSQL, the UPDATE and then the
// query again.
func maintain(ctx context.Context, b *bench) error {
	for _, size := range b.sizes {
		fmt.Printf("\nOne row changed of %d: ms until the new result is known (median)\n%16s %12s %12s %10s\n", size, "", "UPDATE alone", "live query", "PG again")
		for _, s := range []*peer.Server{b.pg, b.kalam} {
			if err := eventTables(ctx, s, size); err != nil {
				return err
			}
		}
		for _, q := range maintained {
			sql := q.sql
			alone, err := changes(ctx, b.kalam, size, 100, nil)
			if err != nil {
				return err
			}
			live, err := maintainedBy(ctx, b.kalam, size, sql)
			if err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
			again, err := changes(ctx, b.pg, size, 5, func(conn *pgx.Conn) error {
				rows, err := conn.Query(ctx, sql)
				if err != nil {
					return err
				}
				for rows.Next() {
				}
				return rows.Err()
			})
			if err != nil {
				return err
			}
			fmt.Printf("%16s %12.3f %12.3f %10.2f   %8.1f times\n", q.name, alone, live, again, again/live)
		}
	}
	return nil
}

func eventTables(ctx context.Context, s *peer.Server, size int) error {
	return s.Exec(ctx, "DROP TABLE IF EXISTS event", "DROP TABLE IF EXISTS room", "DROP TABLE IF EXISTS author",
		"CREATE TABLE room (id int PRIMARY KEY, name text, city int)", "CREATE TABLE author (id int PRIMARY KEY, name text)",
		"CREATE TABLE event (id int PRIMARY KEY, room int, author int, n int, parent int)",
		fmt.Sprintf("INSERT INTO room SELECT g, 'room ' || g, g %% 50 FROM generate_series(0, %d) AS g", size/100-1),
		fmt.Sprintf("INSERT INTO author SELECT g, 'author ' || g FROM generate_series(0, %d) AS g", size/10-1),
		fmt.Sprintf("INSERT INTO event SELECT g, g %% %d, g %% %d, (g * 7919::bigint %% 1000003)::int, CASE WHEN g > 0 THEN (g - 1) / 8 END FROM generate_series(0, %d) AS g", size/100, size/10, size-1),
		"CREATE INDEX ON event (room)", "ANALYZE")
}

// changed counts the changes made.
var changed int

// changes updates one row after another and does then after each; it gives the
// median of the milliseconds that takes.
func changes(ctx context.Context, s *peer.Server, size, times int, then func(*pgx.Conn) error) (float64, error) {
	conn, err := pgx.Connect(ctx, s.DSN())
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.Background())
	var spans []float64
	for i := range times {
		changed++
		at := time.Now()
		// A prime step visits different groups. Every value is new, and sorts first.
		if _, err := conn.Exec(ctx, "UPDATE event SET n = $1 WHERE id = $2", 10*(1_000_000+changed)+3, i*7919%size); err != nil {
			return 0, err
		}
		if then != nil {
			if err := then(conn); err != nil {
				return 0, err
			}
		}
		spans = append(spans, float64(time.Since(at))/1e6)
	}
	return median(spans), nil
}

// maintainedBy is changes, each followed by the notification that says how the
// result of a live query has changed.
func maintainedBy(ctx context.Context, s *peer.Server, size int, sql string) (float64, error) {
	heard := make(chan struct{}, 1)
	w, err := listen(ctx, s, 1, sql, func([]byte) {
		select {
		case heard <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return 0, err
	}
	// The first change is not measured.
	first := true
	ms, err := changes(ctx, s, size, 101, func(*pgx.Conn) error {
		select {
		case <-heard:
		case <-time.After(10 * time.Second):
			if !first {
				return fmt.Errorf("no change came")
			}
		}
		first = false
		return nil
	})
	if stopped := w.stop(); err == nil {
		err = stopped
	}
	return ms, err
}
