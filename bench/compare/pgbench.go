package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/bench/peer"
)

// load is one round of pgbench.
type load struct {
	script  string
	rare    string // a script for one transaction of five; empty for none
	builtin string // one of pgbench's own, instead of script
	clients int
	mode    string // prepared or simple
	rate    float64
}

// outcome is what a round measured.
type outcome struct {
	tps float64
	// latencies of single transactions, in milliseconds, without what they
	// waited for their turn under a rate.
	latencies []float64
}

var tpsLine = regexp.MustCompile(`(?m)^tps = ([0-9.]+)`)

// pgbench runs one round against a server.
func (b *bench) pgbench(ctx context.Context, s *peer.Server, l load) (outcome, error) {
	program, err := peer.Program("pgbench")
	if err != nil {
		return outcome{}, err
	}
	dir, err := os.MkdirTemp(b.work, "pgbench-")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	script := filepath.Join(dir, "script.sql")
	if err := os.WriteFile(script, []byte(l.script), 0o644); err != nil {
		return outcome{}, err
	}
	what := []string{"-f", script}
	if l.rare != "" {
		rare := filepath.Join(dir, "rare.sql")
		if err := os.WriteFile(rare, []byte(l.rare), 0o644); err != nil {
			return outcome{}, err
		}
		what = []string{"-f", script + "@4", "-f", rare + "@1"}
	}
	if l.builtin != "" {
		what = []string{"-b", l.builtin}
	}
	args := append(what, "-n", "-M", l.mode, "-c", strconv.Itoa(l.clients), "-j", "2", "-T", strconv.Itoa(max(1, int(b.duration.Seconds()))),
		"-h", "127.0.0.1", "-p", s.Port, "-U", "postgres", "-l", "--log-prefix", filepath.Join(dir, "log"),
		"--sampling-rate", "0.1") // writing the log takes processor time from the servers
	if l.rate > 0 {
		args = append(args, "-R", fmt.Sprintf("%.0f", l.rate))
	}
	cmd := exec.CommandContext(ctx, program, append(args, "postgres")...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return outcome{}, fmt.Errorf("pgbench: %w\n%s", err, out)
	}
	m := tpsLine.FindSubmatch(out)
	if m == nil || strings.Contains(string(out), "aborted") {
		return outcome{}, fmt.Errorf("pgbench said:\n%s", out)
	}
	o := outcome{}
	if o.tps, err = strconv.ParseFloat(string(m[1]), 64); err != nil {
		return outcome{}, err
	}
	logs, err := filepath.Glob(filepath.Join(dir, "log*"))
	if err != nil {
		return outcome{}, err
	}
	for _, path := range logs {
		if err := o.read(path, l.rate > 0); err != nil {
			return outcome{}, err
		}
	}
	return o, nil
}

// read takes the latencies from pgbench's log: client, transaction, time in
// microseconds, script, seconds, microseconds and, under a rate, the wait
// before the transaction's turn was served, which is part of the time.
func (o *outcome) read(path string, rated bool) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || fields[2] == "skipped" {
			continue
		}
		us, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			return err
		}
		if rated && len(fields) > 6 {
			lag, err := strconv.ParseFloat(fields[6], 64)
			if err != nil {
				return err
			}
			us -= lag
		}
		o.latencies = append(o.latencies, us/1000)
	}
	return lines.Err()
}

// rounds runs the same load on each of the servers in turn and gives the median
// throughput and latencies of each.
func (b *bench) rounds(ctx context.Context, l load, servers ...*peer.Server) ([]outcome, error) {
	all := make([][]outcome, len(servers))
	for range b.options.rounds {
		for i, s := range servers {
			o, err := b.pgbench(ctx, s, l)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.Name, err)
			}
			all[i] = append(all[i], o)
		}
	}
	out := make([]outcome, len(servers))
	for i, list := range all {
		var tps []float64
		for _, o := range list {
			tps = append(tps, o.tps)
			out[i].latencies = append(out[i].latencies, o.latencies...)
		}
		out[i].tps = median(tps)
	}
	return out, nil
}
