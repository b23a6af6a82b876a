package storage

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/atomicfs"
)

// pebbleOptions tunes Pebble for a steady load of small synced commits: large
// memtables so that the log rotates and L0 grows slowly, early and mild
// compaction, a bloom filter on every level because unique checks mostly miss.
func pebbleOptions(o Options, f *fault, lock *pebble.Lock) *pebble.Options {
	p := &pebble.Options{
		FS:                          &logFS{FS: o.FS, fault: f},
		Lock:                        lock,
		Logger:                      &pebbleLogger{logger: o.Logger, fault: f},
		EventListener:               pebbleEvents(o.Logger, f),
		FormatMajorVersion:          pebble.FormatNewest,
		CacheSize:                   o.CacheBytes,
		MemTableSize:                uint64(o.MemTableBytes),
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0CompactionFileThreshold:   500,
		L0StopWritesThreshold:       24,
		LBaseMaxBytes:               64 << 20,
		BytesPerSync:                1 << 20,
		FlushDelayDeleteRange:       10 * time.Second,
		MaxOpenFiles:                4096,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
	}
	for i := range p.Levels {
		p.Levels[i].BlockSize = 16 << 10
		p.Levels[i].IndexBlockSize = 64 << 10
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	return p
}

// checkPebbleFormat refuses a directory that a newer Pebble has written.
func checkPebbleFormat(fs vfs.FS, dir string) error {
	value, err := atomicfs.ReadMarker(fs, dir, "format-version")
	if err != nil || value == "" {
		return translate(err)
	}
	version, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return fmt.Errorf("%w: format marker %q", ErrCorrupt, value)
	}
	if version > uint64(pebble.FormatNewest) {
		return fmt.Errorf("%w: store format %d, newest known %d", ErrNewerFormat, version, uint64(pebble.FormatNewest))
	}
	return nil
}

// pebbleEvents hears of failures in the background. A flush that fails will be
// tried again by Pebble, but commits would soon stall behind it while holding
// the commit mutex; the engine turns read-only instead.
func pebbleEvents(logger *slog.Logger, f *fault) *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			if f.get() == nil {
				logger.Error("storage background work failed", "error", err)
			}
		},
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			logger.Error("storage found corrupt data", "path", info.Path, "error", info.Details)
		},
		DiskSlow: func(info pebble.DiskSlowInfo) {
			logger.Warn("disk is slow", "path", info.Path, "operation", info.OpType.String(), "duration", info.Duration)
		},
		FlushEnd: func(info pebble.FlushInfo) {
			if info.Err != nil && f.open.Load() {
				f.raise(fmt.Errorf("flush: %w", info.Err))
			}
		},
		WriteStallBegin: func(info pebble.WriteStallBeginInfo) {
			logger.Warn("commits wait for storage to flush or compact", "reason", info.Reason)
		},
	}
}

// pebbleLogger is Pebble's logger. Fatalf returns, contrary to its contract with
// Pebble: the engine refuses commits from then on, so Pebble is not asked to go
// on from the state it calls fatal.
type pebbleLogger struct {
	logger *slog.Logger
	fault  *fault
}

func (l *pebbleLogger) Infof(string, ...any) {}

func (l *pebbleLogger) Errorf(format string, args ...any) {
	if l.logger.Enabled(context.Background(), slog.LevelError) && l.fault.get() == nil {
		l.logger.Error("storage", "error", fmt.Sprintf(format, args...))
	}
}

func (l *pebbleLogger) Fatalf(format string, args ...any) {
	for _, arg := range args {
		if err, ok := arg.(error); ok {
			l.fault.raise(fmt.Errorf("storage engine: %w", err))
			return
		}
	}
	l.fault.raise(fmt.Errorf("storage engine: "+format, args...))
}
