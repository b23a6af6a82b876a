package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// options are what the command line says.
type options struct {
	work     string
	kalamsql string
	only     string
	rounds   int
	duration time.Duration
	clients  []int
	// sizes are the numbers of rows that queries and live queries are over.
	sizes []int
}

func main() {
	o := options{clients: []int{1, 16, 64}, sizes: []int{10_000, 100_000}}
	flag.StringVar(&o.work, "work", "", "folder for the servers' data (default: a temporary one)")
	flag.StringVar(&o.kalamsql, "kalamsql", "bin/kalamsql", "the server to measure")
	flag.StringVar(&o.only, "only", "", "parts to run, comma separated: write, read, builtin, bulk, mixed, size, queries, whole, everyday, subscribers, delivery, maintain, fanout, begin, routing, listeners, idle, storm (default: all)")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds of each measurement; the median counts")
	flag.DurationVar(&o.duration, "duration", 3*time.Second, "length of one round")
	large := flag.Bool("large", false, "queries and live queries over 1,000,000 rows too")
	flag.Parse()
	if *large {
		o.sizes = append(o.sizes, 1_000_000)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// part is one measurement of the run.
type part struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

var parts = []part{{"write", writes}, {"read", reads}, {"builtin", builtin}, {"bulk", bulk}, {"mixed", mixed}, {"size", size}, {"queries", queries}, {"whole", whole}, {"everyday", everyday}, {"subscribers", subscribers}, {"delivery", delivery}, {"maintain", maintain}, {"fanout", fanout},
	{"begin", begin}, {"routing", routing}, {"listeners", listeners}, {"idle", idle}, {"storm", storm}}

// bench is a run under way.
type bench struct {
	options
	pg, kalam *peer.Server
	// saturated is the INSERT rate of kalamsql at 16 connections, once measured.
	saturated float64
}

func run(ctx context.Context, o options) (err error) {
	if o.work == "" {
		if o.work, err = os.MkdirTemp("", "kalamsql-bench-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.work)
	}
	wanted := strings.Split(o.only, ",")
	b := &bench{options: o}
	if b.pg, err = peer.StartPostgreSQL(ctx, o.work); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.pg.Stop()) }()
	if b.kalam, err = peer.StartKalamsql(ctx, o.kalamsql, o.work); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.kalam.Stop()) }()
	fmt.Printf("%s %s/%s, %d cores; rounds of %s, median of %d; clients and servers share the cores\n", time.Now().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), o.duration, o.rounds)
	for _, p := range parts {
		if o.only != "" && !slices.Contains(wanted, p.name) {
			continue
		}
		if err := p.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// median of figures; zero of none.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

// percentile p (0 to 1) of figures.
func percentile(v []float64, p float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[min(len(v)-1, int(p*float64(len(v))))]
}
