package serve

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
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
	over    chan struct{} // closed by stop
	resting chan struct{} // closed when rest has returned
}

// paceCollections begins to set the pace, until stop is called. The environment's
// GOGC is left alone.
func paceCollections() (stop func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	c := &collector{live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}, percent: 100, over: make(chan struct{}), resting: make(chan struct{})}
	c.watch()
	go c.rest()
	return func() {
		c.stopped.Store(true)
		close(c.over)
		<-c.resting
	}
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

// After a storm of connections or a large statement what they leave would stay until as
// much has come again, for hours in a server that has nothing to do then. So it is
// collected when the server rests, and given back to the system.
const (
	// restEvery is how often it is looked whether the server rests.
	restEvery = 5 * time.Second
	// restBytes is how little has come meanwhile if it does.
	restBytes = 4 << 20
	// restGarbage is how much must have come since the last time.
	restGarbage = 32 << 20
)

// rest collects whenever the server rests, until stop is called.
func (c *collector) rest() {
	defer close(c.resting)
	tick := time.NewTicker(restEvery)
	defer tick.Stop()
	var r rests
	come := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	for {
		select {
		case <-tick.C:
		case <-c.over:
			return
		}
		metrics.Read(come)
		if r.due(come[0].Value.Uint64()) {
			debug.FreeOSMemory()
		}
	}
}

// rests knows how much had come when it was looked, and when it was collected.
type rests struct{ looked, collected uint64 }

// due says whether it is time to collect, so many bytes having come since the start.
func (r *rests) due(come uint64) bool {
	resting := come-r.looked < restBytes
	r.looked = come
	if !resting || come-r.collected < restGarbage {
		return false
	}
	r.collected = come
	return true
}
