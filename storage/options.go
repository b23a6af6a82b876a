package storage

import (
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FS is the file system the engine lives on. Package storagetest has some for tests.
type FS = vfs.FS

// Options tells Open where and how to keep data. Only Dir is required.
type Options struct {
	Dir    string
	FS     FS           // nil is the disk
	Logger *slog.Logger // nil discards

	// Now is the clock for commit times and for retention; nil is time.Now.
	Now func() time.Time
	// Ticks makes the engine trim the change log once per value received; nil is
	// a ticker of one minute. The engine never closes it.
	Ticks <-chan time.Time

	// Publish is called by the syncer for each commit that had a payload, in
	// sequence order, after the commit is durable and before its committer is
	// woken. It must not block for long (every commit waits behind it), must not
	// panic, and may not commit or wait for durability itself.
	Publish func(Seq, any)

	LogRetention LogRetention

	// LongestEntry is how many bytes a load's entry of the change log may have to be read
	// whole: whoever reads it has it in memory; 0 is 256 MiB.
	LongestEntry int64

	CacheBytes    int64 // block cache; 0 is 256 MiB
	RowCacheBytes int64 // cache of values read by their keys; 0 is a quarter of CacheBytes
	MemTableBytes int64 // size of one memtable, of which up to four exist; 0 is 64 MiB
	QueueLength   int   // commits not yet durable before committers wait; 0 is 2048, at most 3072
}

// LogRetention bounds the change log. An entry goes when either bound says so; a
// zero bound is no bound.
type LogRetention struct {
	Age   time.Duration // entries older than this go
	Bytes int64         // oldest entries go until the rest is no larger than this
}

const (
	defaultCacheBytes    = 256 << 20
	defaultMemTableBytes = 64 << 20
	defaultQueueLength   = 2048
	defaultLongestEntry  = 256 << 20
	// maxQueueLength stays below Pebble's own bound (4095 pending syncs), at which
	// it would block while the commit mutex is held.
	maxQueueLength = 3072
	trimInterval   = time.Minute
)

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.LongestEntry <= 0 {
		o.LongestEntry = defaultLongestEntry
	}
	if o.CacheBytes <= 0 {
		o.CacheBytes = defaultCacheBytes
	}
	if o.RowCacheBytes <= 0 {
		o.RowCacheBytes = o.CacheBytes / 4
	}
	if o.MemTableBytes <= 0 {
		o.MemTableBytes = defaultMemTableBytes
	}
	if o.QueueLength <= 0 {
		o.QueueLength = defaultQueueLength
	}
	o.QueueLength = min(o.QueueLength, maxQueueLength)
	return o
}
