package main

import (
	"context"
	"errors"
	"fmt"
)

// subscribers measures what live queries cost a writer: 1,000 whose filters do
// not match at saturation, and 5 whose filters do at half that rate.
func subscribers(ctx context.Context, b *bench) error {
	saturate := load{script: insertPrepared, clients: 16, mode: "prepared"}
	alone, with, err := b.besides(ctx, saturate, 1000, func(i int) string { return fmt.Sprintf("SELECT id, body FROM message WHERE room = %d", 1000+i) })
	if err != nil {
		return err
	}
	fmt.Printf("\nDurable INSERT at saturation, 16 clients, beside 1,000 subscribers that do not match\n%34s %10s %8s\n", "", "alone", "beside")
	report(alone, with)
	if alone, with, err = b.besideMany(ctx, saturate, 10_000); err != nil {
		return err
	}
	fmt.Printf("\nThe same beside 10,000 live queries on ten connections, none of which matches\n%34s %10s %8s\n", "", "alone", "beside")
	report(alone, with)
	half := saturate
	half.rate = alone.tps / 2
	alone, with, err = b.besides(ctx, half, 5, func(int) string { return "SELECT id, body FROM message WHERE room > 0" })
	if err != nil {
		return err
	}
	fmt.Printf("\nDurable INSERT at half that rate, beside 5 subscribers that match every row\n%34s %10s %8s\n", "", "alone", "beside")
	report(alone, with)
	return nil
}

// besideMany is besides with so many live queries, each of a room where nothing
// happens.
func (b *bench) besideMany(ctx context.Context, l load, n int) (alone, with outcome, err error) {
	var rates [2][]float64
	for range b.options.rounds + 2 {
		for i, o := range []*outcome{&alone, &with} {
			if err := fresh(ctx, b.kalam); err != nil {
				return alone, with, err
			}
			w := &watchers{}
			if i == 1 {
				if w, err = watchMany(ctx, b.kalam, n, "SELECT id, body FROM message WHERE room = 1000 + $1"); err != nil {
					return alone, with, err
				}
			}
			round, err := b.pgbench(ctx, b.kalam, l)
			if err = errors.Join(err, w.stop()); err != nil {
				return alone, with, err
			}
			rates[i] = append(rates[i], round.tps)
			o.latencies = append(o.latencies, round.latencies...)
		}
	}
	alone.tps, with.tps = median(rates[0]), median(rates[1])
	return alone, with, nil
}

func report(alone, with outcome) {
	fmt.Printf("%34s %10.0f %8.0f  ratio %.3f\n", "transactions/s", alone.tps, with.tps, with.tps/alone.tps)
	for _, p := range []float64{0.5, 0.99} {
		x, y := percentile(alone.latencies, p), percentile(with.latencies, p)
		fmt.Printf("%34s %10.2f %8.2f  ratio %.3f\n", fmt.Sprintf("commit latency p%.0f, ms", p*100), x, y, y/x)
	}
}

// besides alternates rounds without and with subscribers.
func (b *bench) besides(ctx context.Context, l load, n int, query func(int) string) (alone, with outcome, err error) {
	var rates [2][]float64
	for range b.options.rounds + 2 {
		if err := fresh(ctx, b.kalam); err != nil {
			return alone, with, err
		}
		o, err := b.pgbench(ctx, b.kalam, l)
		if err != nil {
			return alone, with, err
		}
		rates[0] = append(rates[0], o.tps)
		alone.latencies = append(alone.latencies, o.latencies...)
		if err := fresh(ctx, b.kalam); err != nil {
			return alone, with, err
		}
		w, err := watch(ctx, b.kalam, n, query, nil)
		if err != nil {
			return alone, with, err
		}
		o, err = b.pgbench(ctx, b.kalam, l)
		if stopped := w.stop(); err == nil {
			err = stopped
		}
		if err != nil {
			return alone, with, err
		}
		rates[1] = append(rates[1], o.tps)
		with.latencies = append(with.latencies, o.latencies...)
	}
	alone.tps, with.tps = median(rates[0]), median(rates[1])
	return alone, with, nil
}
