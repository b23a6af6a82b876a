package e2e

import (
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

// TestParallelScan reads tables of many sizes and kinds of keys, alone and many at a
// time: every row comes once, and in the order of the key.
func TestParallelScan(t *testing.T) {
	s := testserver.Start(t)
	ctx := t.Context()
	connect := func() *pgx.Conn {
		conn, err := pgx.Connect(ctx, s.DSN("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	conn := connect()
	defer conn.Close(ctx)
	var queries []string
	var want []string
	for _, rows := range []int{4000, 4095, 4096, 4097, 5000, 8300, 12_289, 40_000} {
		for i, key := range []string{"g", "g * g", "g % 3 * 1000000000 + g", "-g", "lpad(g::text, 9, '0')", "md5(g::text)"} {
			typ := "bigint"
			if i > 3 {
				typ = "text"
			}
			name := fmt.Sprintf("t_%d_%d", rows, i)
			for _, sql := range []string{
				fmt.Sprintf("CREATE TABLE %s (k %s PRIMARY KEY, n int)", name, typ),
				fmt.Sprintf("INSERT INTO %s SELECT %s, g FROM generate_series(1, %d) AS g", name, key, rows),
			} {
				if _, err := conn.Exec(ctx, sql); err != nil {
					t.Fatal(err)
				}
			}
			queries = append(queries, "SELECT count(*), sum(n), count(*) FILTER (WHERE before > k) FROM (SELECT k, n, lag(k) OVER () AS before FROM "+name+") AS x",
				"SELECT count(*), sum(n), count(*) FILTER (WHERE before > k) FROM (SELECT k, n, lag(k) OVER () AS before FROM "+name+" WHERE n % 2 = 0) AS x")
			half := rows / 2
			want = append(want, fmt.Sprint(rows, rows*(rows+1)/2, 0), fmt.Sprint(half, half*(half+1), 0))
		}
	}
	check := func(conn *pgx.Conn) {
		for i, sql := range queries {
			var count, sum, disorder int
			if err := conn.QueryRow(ctx, sql).Scan(&count, &sum, &disorder); err != nil {
				t.Errorf("%s: %v", sql, err)
				return
			}
			if got := fmt.Sprint(count, sum, disorder); got != want[i] {
				t.Errorf("%s: got %s, want %s", sql, got, want[i])
			}
		}
	}
	check(conn)
	var all sync.WaitGroup
	for range 4 {
		other := connect()
		all.Add(1)
		go func() {
			defer all.Done()
			defer other.Close(ctx)
			check(other)
		}()
	}
	all.Wait()
	// A scan that is not read to its end, and one that fails.
	if _, err := conn.Exec(ctx, "SELECT n FROM t_40000_0 OFFSET 9000 LIMIT 1"); err != nil {
		t.Error(err)
	}
	if _, err := conn.Exec(ctx, "SELECT count(*) FROM t_40000_0 WHERE 1 / (n - 30000) < 5"); code(err) != "22012" {
		t.Errorf("got error %v, want 22012", err)
	}
	check(conn)
}
