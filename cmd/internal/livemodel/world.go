// Package livemodel checks live queries against what they promise: that a
// subscriber's state is, at every cursor, what the SELECT gives as of that commit.
//
// A seed makes a history: tables of every kind, live queries over them, and steps,
// which are transactions, definitions, disconnects, crashes and the like. The
// history is run on a whole server without its sockets: sessions, hub, store, and
// a file system in memory. After each step every query is asked once more as a
// SELECT. A history that fails is made smaller for as long as it still fails.
package livemodel

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/live/livetest"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/storage/storagetest"
	"github.com/kalamsql/kalamsql/tables"
)

// world is a server: what a restart leaves is the file system and the clock.
type world struct {
	fs       *storagetest.FS
	spill    int64 // tables.Options.SpillBytes
	queue    int64 // live.Limits.QueueBytes
	clock    *clock
	hub      *live.Hub
	gate     *gate
	store    *tables.Store
	sessions *session.Server
}

func newWorld(spill, queue int64) (*world, error) {
	w := &world{fs: storagetest.New(), spill: spill, queue: queue, clock: &clock{now: time.Unix(livetest.Epoch, 0)}}
	return w, w.open()
}

func (w *world) open() (err error) {
	quiet := slog.New(slog.DiscardHandler)
	w.hub = live.NewHub(live.HubOptions{Logger: quiet, Now: w.clock.Now, Timer: w.clock.Timer, Evaluate: exec.Evaluate, Limits: live.Limits{QueueBytes: w.queue}})
	w.gate = &gate{Hub: w.hub}
	w.store, err = tables.Open(context.Background(), tables.Options{
		IndexCode: plan.IndexCode, ExclusionCode: plan.ExclusionCode, Storage: storage.Options{Dir: "data", FS: w.fs, Logger: quiet, CacheBytes: 1 << 20}, Logger: quiet,
		Publisher: w.gate, Now: w.clock.Now, SpillBytes: w.spill,
	})
	if err != nil {
		return err
	}
	w.hub.Attach(w.store)
	w.sessions = session.New(session.Options{Store: w.store, Hub: w.hub, Logger: quiet, Now: w.clock.Now, Version: "model"})
	return nil
}

// close stops the server in order; its sessions must be closed.
func (w *world) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := w.hub.Shutdown(ctx); err != nil {
		return err
	}
	w.sessions.Shutdown(ctx)
	return w.store.Close()
}

// crash makes the file system what a loss of power leaves of it. The server must
// be closed afterwards.
func (w *world) crash() (left *storagetest.FS) { return w.fs.Crash() }

// gate has the hub come to commits late: what is committed while it is shut reaches
// the hub when it is opened.
type gate struct {
	*live.Hub
	mu   sync.Mutex
	shut bool
	held []*tables.ChangeSet
}

// Publish is tables.Publisher.
func (g *gate) Publish(cs *tables.ChangeSet) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		g.held = append(g.held, cs)
		return
	}
	g.Hub.Publish(cs)
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
}

func (g *gate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shut
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, cs := range g.held {
		g.Hub.Publish(cs)
	}
	g.held, g.shut = nil, false
}

// clock is the time of a world.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*timer
}

type timer struct{ fired chan time.Time }

// Now is the time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Timer is live.HubOptions.Timer.
func (c *clock) Timer(time.Duration) (<-chan time.Time, func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{make(chan time.Time, 1)}
	c.timers = append(c.timers, t)
	return t.fired, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for i, o := range c.timers {
			if o == t {
				c.timers = append(c.timers[:i], c.timers[i+1:]...)
				return true
			}
		}
		return false
	}
}

// advance lets time go on. All timers fire: one may have been set for a duration
// from before, and whoever is woken too early sets another.
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for _, t := range c.timers {
		t.fired <- c.now
	}
	c.timers = nil
}
