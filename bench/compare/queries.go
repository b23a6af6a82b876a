package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// analytic are queries whose cost grows with fact, which has as many rows as is
// said, whose tables lie around it like a star: customer (a tenth), product (a
// hundredth), store (100 rows), day (365 rows), and nation and segment around
// customer, brand around product.
var analytic = []struct{ name, sql string }{
	{"filter, aggregate", "SELECT count(*), sum(amount), avg(price) FROM fact WHERE amount > 500 AND price < 50"},
	{"GROUP BY, 100 groups", "SELECT store, count(*), sum(amount), max(price) FROM fact GROUP BY store"},
	{"GROUP BY, a tenth", "SELECT customer, count(*), sum(amount) FROM fact GROUP BY customer"},
	{"two-way join", "SELECT count(*), sum(f.amount) FROM fact f JOIN customer c ON c.id = f.customer WHERE c.segment < 5"},
	{"four-way join", "SELECT s.city, count(*), sum(f.amount) FROM fact f JOIN customer c ON c.id = f.customer JOIN product p ON p.id = f.product JOIN store s ON s.id = f.store WHERE c.nation = 7 AND p.brand < 10 GROUP BY s.city"},
	{"eight-way join", "SELECT n.name, b.name, count(*), sum(f.amount) FROM fact f, customer c, product p, store s, day d, nation n, segment g, brand b " +
		"WHERE f.customer = c.id AND f.product = p.id AND f.store = s.id AND f.day = d.id AND c.nation = n.id AND c.segment = g.id AND p.brand = b.id " +
		"AND d.month = 3 AND g.name = 'segment 2' AND s.city = 1 GROUP BY n.name, b.name"},
	{"selective join by index", "SELECT f.id, c.name FROM fact f JOIN customer c ON c.id = f.customer WHERE c.name = 'customer 77'"},
	// Whose order of joins follows from more than the conditions as they are written.
	{"join of equals of equals", "SELECT n.name, count(*), sum(f.amount) FROM fact f, customer c, store s, nation n " +
		"WHERE f.customer = c.id AND f.store = s.id AND s.city = c.nation AND c.nation = n.id AND n.name = 'nation 3' GROUP BY n.name"},
	{"OR over two tables", "SELECT count(*) FROM fact f JOIN product p ON p.id = f.product " +
		"WHERE p.brand = 3 AND f.amount < 10 OR p.brand = 4 AND f.amount BETWEEN 20 AND 30"},
	{"LEFT JOIN that is none", "SELECT count(*) FROM fact f LEFT JOIN customer c ON c.id = f.customer, nation n WHERE n.id = c.nation AND n.name = 'nation 3'"},
	{"LEFT JOIN for what is missing", "SELECT s.city, count(*) FROM fact f LEFT JOIN customer c ON c.id = f.customer AND c.segment = 3 " +
		"JOIN store s ON s.id = f.store WHERE c.id IS NULL GROUP BY 1"},
	{"NOT EXISTS after a join", "SELECT count(*) FROM fact f JOIN store s ON s.id = f.store WHERE s.city = 3 " +
		"AND NOT EXISTS (SELECT FROM fact o WHERE o.customer = f.customer AND o.amount > f.amount)"},
	{"average of its own", "SELECT count(*) FROM fact f JOIN product p ON p.id = f.product WHERE p.brand = 3 " +
		"AND f.amount < (SELECT avg(o.amount) FROM fact o WHERE o.customer = f.customer)"},
	{"nothing to join with", "SELECT count(*) FROM fact f JOIN customer c ON c.id = f.customer JOIN nation n ON n.id = c.nation WHERE n.name = 'nowhere'"},
	{"top 100", "SELECT id, amount, price FROM fact ORDER BY price DESC, id LIMIT 100"},
	{"sort", "SELECT count(*) FROM (SELECT id, amount FROM fact ORDER BY amount, id DESC OFFSET 0) AS x"},
	{"window", "SELECT count(r), max(s) FROM (SELECT rank() OVER w AS r, sum(amount) OVER w AS s FROM fact WINDOW w AS (PARTITION BY customer ORDER BY price, id)) AS x"},
	{"DISTINCT", "SELECT count(*) FROM (SELECT DISTINCT customer, product FROM fact) AS x"},
	{"numeric: filter, sums", "SELECT count(*), sum(cost), avg(cost), stddev(cost) FROM (SELECT (amount / 100.0)::numeric(12,2) AS cost FROM fact OFFSET 0) AS x WHERE cost > 2.5"},
	{"NOT EXISTS", "SELECT count(*) FROM fact f WHERE NOT EXISTS (SELECT FROM customer c WHERE c.id = f.amount)"},
	{"EXISTS behind OR", "SELECT count(*) FROM fact f WHERE f.store = 3 OR EXISTS (SELECT FROM customer c WHERE c.id = f.amount AND c.nation = 7)"},
	{"LEFT JOIN nobody reads", "SELECT count(f.id) FROM fact f LEFT JOIN customer c ON c.id = f.customer LEFT JOIN product p ON p.id = f.product"},
	{"half-sorted top 100", "SELECT id, customer, price FROM fact ORDER BY customer, price DESC LIMIT 100"},
	{"median", "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price) FROM fact"},
	{"= ANY of an array", "SELECT count(*) FROM fact WHERE customer = ANY (ARRAY(SELECT id FROM customer WHERE nation < 3))"},
	{"all rows to the client", "SELECT id, customer, amount, note FROM fact"},
}

// short are queries of a few rows, by how they find them.
var short = []struct{ name, sql string }{
	{"point SELECT", "\\set id random(0, %[1]d)\nSELECT amount FROM fact WHERE id = :id;\n"},
	{"range of 20", "\\set id random(0, %[1]d)\nSELECT id, amount FROM fact WHERE id BETWEEN :id AND :id + 19;\n"},
	{"secondary index", "\\set id random(0, %[1]d / 10)\nSELECT id, amount FROM fact WHERE customer = :id;\n"},
	{"join by keys", "\\set id random(0, %[1]d)\nSELECT f.amount, c.name, p.name FROM fact f JOIN customer c ON c.id = f.customer JOIN product p ON p.id = f.product WHERE f.id = :id;\n"},
}

// queries measures SELECTs: short ones on many connections, and large ones over
// tables that grow, so that the slopes can be seen.
func queries(ctx context.Context, b *bench) error {
	servers := []*peer.Server{b.pg, b.kalam}
	for _, size := range b.sizes {
		for _, s := range servers {
			if err := starTables(ctx, s, size); err != nil {
				return err
			}
		}
		if size == b.sizes[min(1, len(b.sizes)-1)] {
			if err := shortQueries(ctx, b, size); err != nil {
				return err
			}
		}
		fmt.Printf("\nQueries over %d rows: ms, median\n%26s %12s %12s %8s\n", size, "", "PostgreSQL", "kalamsql", "ratio")
		for _, q := range analytic {
			var ms [2]float64
			for i, s := range servers {
				var err error
				if ms[i], err = queryTime(ctx, s, q.sql, b.options.rounds); err != nil {
					return fmt.Errorf("%s: %s: %w", s.Name, q.name, err)
				}
			}
			fmt.Printf("%26s %12.2f %12.2f %8.2f\n", q.name, ms[0], ms[1], ms[1]/ms[0])
		}
	}
	return nil
}

func shortQueries(ctx context.Context, b *bench, size int) error {
	fmt.Printf("\nShort queries over %d rows, prepared: transactions/s\n%26s %8s %12s %12s %8s\n", size, "", "clients", "PostgreSQL", "kalamsql", "ratio")
	for _, q := range short {
		for _, clients := range []int{1, 16} {
			out, err := b.rounds(ctx, load{script: fmt.Sprintf(q.sql, size-1), clients: clients, mode: "prepared"}, b.pg, b.kalam)
			if err != nil {
				return err
			}
			fmt.Printf("%26s %8d %12.0f %12.0f %8.2f\n", q.name, clients, out[0].tps, out[1].tps, out[1].tps/out[0].tps)
		}
	}
	return nil
}

// queryTime runs a prepared query and reads its whole result: once, and then as
// often as the median is taken of.
func queryTime(ctx context.Context, s *peer.Server, sql string, times int) (float64, error) {
	conn, err := pgx.Connect(ctx, s.DSN())
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.Background())
	var spans []float64
	for range times + 1 {
		at := time.Now()
		result := conn.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil).Read()
		if result.Err != nil {
			return 0, result.Err
		}
		spans = append(spans, float64(time.Since(at))/1e6)
	}
	return median(spans[1:]), nil
}

func starTables(ctx context.Context, s *peer.Server, size int) error {
	statements := []string{"DROP TABLE IF EXISTS fact, customer, product, store, day, nation, segment, brand"}
	table := func(name, columns, values string, rows int) {
		statements = append(statements, "CREATE TABLE "+name+" (id int PRIMARY KEY, "+columns+")",
			fmt.Sprintf("INSERT INTO %s SELECT g, %s FROM generate_series(0, %d) AS g", name, values, rows-1))
	}
	table("nation", "name text", "'nation ' || g", 25)
	table("segment", "name text", "'segment ' || g", 10)
	table("brand", "name text", "'brand ' || g", 50)
	table("store", "name text, city int", "'store ' || g, g % 10", 100)
	table("day", "month int, weekday int", "g / 31, g % 7", 365)
	table("customer", "name text, nation int, segment int", "'customer ' || g, g * 7 % 25, g * 3 % 10", size/10)
	table("product", "name text, brand int", "'product ' || g, g % 50", size/100)
	table("fact", "customer int, product int, store int, day int, amount int, price float8, note text", fmt.Sprintf("g * 7919::bigint %% %d, g * 104729::bigint %% %d, g %% 100, g %% 365, g * 31 %% 1000, (g * 7919::bigint %% 10007) / 100.0, 'note ' || g", size/10, size/100), size)
	return s.Exec(ctx, append(statements, "CREATE INDEX ON fact (customer)", "CREATE INDEX ON customer (name)", "ANALYZE")...)
}
