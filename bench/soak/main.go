// Command soak keeps a server under a full mixed load and watches what it takes:
// memory and goroutines must not grow.
//
//	go run ./bench/soak -for 30m
//
// The load is bounded in data, so that a server in order comes to rest: rows are
// deleted as others come, sessions come and go, live queries are opened, fed and
// left, statements are prepared, cancelled and wrong, sorts go to disk, tables are
// made and dropped. A line is printed every tenth of a minute. At the end the last
// third of the time is held against the third before it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamsql/kalamsql/bench/peer"
)

const (
	interval = 6 * time.Second
	// slackBytes and slackShare are the growth of memory that is let pass: what a
	// garbage collector leaves varies.
	slackBytes = 64 << 20
	slackShare = 0.10
	// slackGoroutines is how many more may be there at one look than at another.
	slackGoroutines = 40
)

func main() {
	program := flag.String("kalamsql", "bin/kalamsql", "the server")
	length := flag.Duration("for", time.Minute, "how long")
	only := flag.String("only", "", "one kind of work alone")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *program, *only, *length); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// look is what the server takes at one moment.
type look struct {
	memory     int64
	goroutines int
}

func run(ctx context.Context, program, only string, length time.Duration) (err error) {
	work, err := os.MkdirTemp("", "kalamsql-soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	// Caches and a log of streams that are full soon: what fills them is no growth.
	server, err := peer.StartKalamsql(ctx, program, work, "--cache", "33554432", "--stream-log-bytes", "4194304")
	if err != nil {
		return err
	}
	defer func() {
		if stopped := server.Stop(); err == nil {
			err = stopped
		}
	}()
	if err := server.Exec(ctx, schema...); err != nil {
		return err
	}
	loading, stop := context.WithTimeout(ctx, length)
	defer stop()
	l := &load{server: server}
	l.next.Store(kept)
	var running sync.WaitGroup
	for name, work := range l.kinds() {
		if only != "" && only != name {
			continue
		}
		running.Go(func() { l.repeat(loading, stop, name, work) })
	}
	looks, err := watch(loading, server, l)
	stop()
	running.Wait()
	if err != nil {
		return err
	}
	if failure := l.failed.Load(); failure != nil {
		return *failure
	}
	return judge(looks)
}

// watch prints what the server takes until the time is over.
func watch(ctx context.Context, s *peer.Server, l *load) ([]look, error) {
	began := time.Now()
	var looks []look
	fmt.Printf("%8s %10s %11s %12s %12s\n", "s", "memory MB", "goroutines", "statements/s", "changes/s")
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return looks, nil
		case <-tick.C:
		}
		memory, err := s.Memory()
		if err != nil {
			return nil, err
		}
		goroutines, err := goroutinesOf(ctx, s)
		if ctx.Err() != nil {
			return looks, nil
		}
		if err != nil {
			return nil, err
		}
		looks = append(looks, look{memory, goroutines})
		fmt.Printf("%8.0f %10d %11d %12.0f %12.0f\n", time.Since(began).Seconds(), memory>>20, goroutines,
			float64(l.statements.Swap(0))/interval.Seconds(), float64(l.changes.Swap(0))/interval.Seconds())
	}
}

var goroutinesLine = regexp.MustCompile(`(?m)^go_goroutines (\d+)`)

// goroutinesOf asks the server's metrics.
func goroutinesOf(ctx context.Context, s *peer.Server) (int, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Web+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	m := goroutinesLine.FindSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("no go_goroutines in /metrics")
	}
	return strconv.Atoi(string(m[1]))
}

// judge holds the last third against the one before: the medians, and the least
// numbers of goroutines.
func judge(looks []look) error {
	n := len(looks) / 3
	if n == 0 {
		return fmt.Errorf("%d looks are too few to judge", len(looks))
	}
	before, after := looks[len(looks)-2*n:len(looks)-n], looks[len(looks)-n:]
	was, is := medianMemory(before), medianMemory(after)
	fmt.Printf("memory, median: %d MB, then %d MB\n", was>>20, is>>20)
	if grown := is - was; grown > slackBytes && float64(grown) > slackShare*float64(was) {
		return fmt.Errorf("memory has grown by %d MB", grown>>20)
	}
	least := func(looks []look) int {
		return slices.MinFunc(looks, func(a, b look) int { return a.goroutines - b.goroutines }).goroutines
	}
	fmt.Printf("goroutines, least: %d, then %d\n", least(before), least(after))
	if grown := least(after) - least(before); grown > slackGoroutines {
		return fmt.Errorf("there are %d goroutines more", grown)
	}
	return nil
}

func medianMemory(looks []look) int64 {
	var list []int64
	for _, l := range looks {
		list = append(list, l.memory)
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// load is what the clients share.
type load struct {
	server     *peer.Server
	next       atomic.Int64 // numbers rows
	statements atomic.Int64
	changes    atomic.Int64
	failed     atomic.Pointer[error]
}

// repeat does one kind of work over and over; an error that it does not expect
// ends the run at once.
func (l *load) repeat(ctx context.Context, stop context.CancelFunc, name string, work func(context.Context) error) {
	for ctx.Err() == nil && l.failed.Load() == nil {
		if err := work(ctx); err != nil && ctx.Err() == nil {
			err = fmt.Errorf("%s: %w", name, err)
			l.failed.CompareAndSwap(nil, &err)
			stop()
		}
	}
}
