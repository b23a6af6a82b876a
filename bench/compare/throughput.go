package main

import (
	"context"
	"fmt"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// insertPrepared has a parameter in its only statement, so that -M prepared
// sends Bind and Execute alone.
const insertPrepared = "\\set room random(1, 100)\nINSERT INTO message (room, body) VALUES (:room, 'a line of text as people write it, not long');\n"

const createMessage = "CREATE TABLE message (id bigserial PRIMARY KEY, room integer NOT NULL, body text NOT NULL)"

// fresh makes the table again on a server.
func fresh(ctx context.Context, servers ...*peer.Server) error {
	for _, s := range servers {
		if err := s.Exec(ctx, "DROP TABLE IF EXISTS message", createMessage); err != nil {
			return err
		}
	}
	return nil
}

// writes measures durable single-row INSERTs.
func writes(ctx context.Context, b *bench) error {
	fmt.Printf("\nDurable single-row INSERT, prepared (transactions/s)\n%8s %12s %12s %7s   %s\n", "clients", "PostgreSQL", "kalamsql", "ratio", "p99 ms PostgreSQL / kalamsql")
	for _, n := range b.clients {
		if err := fresh(ctx, b.pg, b.kalam); err != nil {
			return err
		}
		out, err := b.rounds(ctx, load{script: insertPrepared, clients: n, mode: "prepared"}, b.pg, b.kalam)
		if err != nil {
			return err
		}
		if n == 16 {
			b.saturated = out[1].tps
		}
		fmt.Printf("%8d %12.0f %12.0f %7.2f   %.2f / %.2f\n", n, out[0].tps, out[1].tps, out[1].tps/out[0].tps, percentile(out[0].latencies, 0.99), percentile(out[1].latencies, 0.99))
	}
	return nil
}

// reads measures point SELECTs by primary key.
func reads(ctx context.Context, b *bench) error {
	if err := fresh(ctx, b.pg, b.kalam); err != nil {
		return err
	}
	for _, s := range []*peer.Server{b.pg, b.kalam} {
		if err := s.Exec(ctx, "INSERT INTO message (room, body) SELECT g % 100, 'a line of text' FROM generate_series(1, 100000) AS g"); err != nil {
			return err
		}
	}
	if err := b.pg.Exec(ctx, "VACUUM ANALYZE message"); err != nil {
		return err
	}
	fmt.Printf("\nPoint SELECT by primary key of 100,000 rows (transactions/s)\n%9s %8s %12s %12s %7s\n", "protocol", "clients", "PostgreSQL", "kalamsql", "ratio")
	for _, mode := range []string{"prepared", "simple"} {
		for _, n := range b.clients {
			out, err := b.rounds(ctx, load{script: "\\set id random(1, 100000)\nSELECT id, room, body FROM message WHERE id = :id;\n", clients: n, mode: mode}, b.pg, b.kalam)
			if err != nil {
				return err
			}
			fmt.Printf("%9s %8d %12.0f %12.0f %7.2f\n", mode, n, out[0].tps, out[1].tps, out[1].tps/out[0].tps)
		}
	}
	return nil
}
