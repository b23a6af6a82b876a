package serve

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// Short statements leave garbage: a few kilobytes each, tens of thousands of times
// a second. With Go's default a collection begins when as much has come as there
// is in use, so that a server with little in use marks it many times a second. It
// is let have at least headroom more before that, and the default beyond.

// headroom is how many bytes of garbage may come between two collections even if
// less than that is in use.
const headroom = 128 << 20

// collector sets the pace of garbage collection after each collection.
type collector struct {
	stopped atomic.Bool
	live    []metrics.Sample
	percent int
}

// paceCollections begins to set the pace, until stop is called. The environment's
// GOGC is left alone.
func paceCollections() (stop func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	c := &collector{live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}, percent: 100}
	c.watch()
	return func() { c.stopped.Store(true) }
}

// watch calls collected after the next collection: that frees what nobody has.
func (c *collector) watch() {
	runtime.AddCleanup(&struct{ of *collector }{c}, (*collector).collected, c)
}

func (c *collector) collected() {
	if c.stopped.Load() {
		return
	}
	metrics.Read(c.live)
	live := max(c.live[0].Value.Uint64(), 1<<20)
	percent := max(100, int(headroom*100/live))
	if percent < c.percent*9/10 || percent > c.percent*11/10 { // it stops the world
		c.percent = percent
		debug.SetGCPercent(percent)
	}
	c.watch()
}
