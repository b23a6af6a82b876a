package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// size measures whether a write costs the same however many rows there are: INSERT
// of a row and UPDATE of one by its key, beside a secondary index, at 10,000 rows to a
// million, and with -large ten millions.
func size(ctx context.Context, b *bench) error {
	sizes := append(slices.Clone(b.sizes), 10*slices.Max(b.sizes))
	fmt.Printf("\nDurable writes of one row, 16 clients, by the rows there are: transactions/s\n%12s %10s %10s\n", "rows", "INSERT", "UPDATE")
	for _, n := range sizes {
		if err := b.kalam.Exec(ctx, "DROP TABLE IF EXISTS message", createMessage, "CREATE INDEX ON message (room)"); err != nil {
			return err
		}
		const part = 1_000_000 // rows a transaction
		for from := 0; from < n; from += part {
			if err := b.kalam.Exec(ctx, fmt.Sprintf("INSERT INTO message (room, body) SELECT g %% 1000, 'a line of text as people write it, not long' FROM generate_series(%d, %d) AS g", from+1, min(from+part, n))); err != nil {
				return err
			}
		}
		// What loading leaves to be compacted is not what is measured.
		update := load{script: fmt.Sprintf("\\set id random(1, %d)\n\\set n random(1, 1000000)\nUPDATE message SET body = 'another line ' || :n WHERE id = :id;\n", n), clients: 16, mode: "prepared"}
		if _, err := b.pgbench(ctx, b.kalam, update); err != nil {
			return err
		}
		inserted, err := b.rounds(ctx, load{script: insertPrepared, clients: 16, mode: "prepared"}, b.kalam)
		if err != nil {
			return err
		}
		updated, err := b.rounds(ctx, update, b.kalam)
		if err != nil {
			return err
		}
		fmt.Printf("%12d %10.0f %10.0f\n", n, inserted[0].tps, updated[0].tps)
	}
	return nil
}

// mixed measures four point SELECTs for each durable UPDATE.
func mixed(ctx context.Context, b *bench) error {
	if err := fresh(ctx, b.pg, b.kalam); err != nil {
		return err
	}
	const rows = "INSERT INTO message (room, body) SELECT g % 100, 'a line of text' FROM generate_series(1, 100000) AS g"
	if err := errors.Join(b.pg.Exec(ctx, rows, "VACUUM ANALYZE message"), b.kalam.Exec(ctx, rows)); err != nil {
		return err
	}
	l := load{mode: "prepared", script: "\\set id random(1, 100000)\nSELECT id, room, body FROM message WHERE id = :id;\n",
		rare: "\\set id random(1, 100000)\n\\set n random(1, 1000000)\nUPDATE message SET body = 'another line ' || :n WHERE id = :id;\n"}
	fmt.Printf("\nFour point SELECTs for each durable UPDATE, prepared (transactions/s)\n%8s %12s %12s %7s\n", "clients", "PostgreSQL", "kalamsql", "ratio")
	for _, n := range b.clients {
		l.clients = n
		out, err := b.rounds(ctx, l, b.pg, b.kalam)
		if err != nil {
			return err
		}
		fmt.Printf("%8d %12.0f %12.0f %7.2f\n", n, out[0].tps, out[1].tps, out[1].tps/out[0].tps)
	}
	return nil
}
