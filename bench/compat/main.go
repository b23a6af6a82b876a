package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// options are what the command line says.
type options struct {
	work     string
	kalamsql string
	only     string
	run      string
	verbose  bool
}

func main() {
	var o options
	flag.StringVar(&o.work, "work", "", "folder for the servers' data and the suites (default: a temporary one)")
	flag.StringVar(&o.kalamsql, "kalamsql", "bin/kalamsql", "the server to judge")
	flag.StringVar(&o.only, "only", "", "suites to run, comma separated (default: all)")
	flag.StringVar(&o.run, "run", "", "run only tests that match, as go test's -run")
	flag.BoolVar(&o.verbose, "v", false, "print what the tests that fail here alone say")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "compat:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	if o.work == "" {
		if o.work, err = os.MkdirTemp("", "kalamsql-compat-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.work)
	}
	if err := errors.Join(os.MkdirAll(o.work, 0o755), os.Chmod(o.work, 0o755)); err != nil { // user postgres goes through it
		return err
	}
	wanted := strings.Split(o.only, ",")
	for _, s := range suites {
		if o.only != "" && !slices.Contains(wanted, s.name) {
			continue
		}
		if err := judge(ctx, o, s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	if o.only == "" || slices.Contains(wanted, "programs") {
		return compare(ctx, o)
	}
	return nil
}

// judge runs one suite against both servers, each started afresh for it.
func judge(ctx context.Context, o options, s suite) (err error) {
	dir, err := os.MkdirTemp(o.work, s.name+"-")
	if err != nil {
		return err
	}
	source, err := s.fetch(ctx, dir)
	if err != nil {
		return err
	}
	pg, err := peer.StartPostgreSQL(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pg.Stop()) }()
	kalam, err := peer.StartKalamsql(ctx, o.kalamsql, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kalam.Stop()) }()
	there, err := s.test(ctx, o, pg, source)
	if err != nil {
		return err
	}
	here, err := s.test(ctx, o, kalam, source)
	if err != nil {
		return err
	}
	report(o, s.name, here, there)
	return nil
}
