package storage

import (
	"fmt"
	"sync/atomic"
	"time"
)

// space watches that the disk keeps a reserve. A disk that fills up in the middle
// of a log write leaves nothing but a restart; so commits are refused before, with
// ErrDiskFull and without effect, and are taken again once there is room. What is
// held back is for what must be written whether or not there are commits: the
// memory tables, compactions, the trimming of the change log.
type space struct {
	checked atomic.Int64 // when, in nanoseconds
	full    atomic.Bool
}

const (
	// spaceInterval is how often, by the true clock, the file system is asked. What can be written
	// meanwhile is far less than the reserve.
	spaceInterval = 100 * time.Millisecond
	maxReserve    = 512 << 20 // bytes held back, but no more than
	reserveShare  = 20        // this part of the disk: a twentieth
)

// checkSpace fails with ErrDiskFull while the reserve is touched. The commit mutex
// is not held.
func (e *Engine) checkSpace() error {
	now, last := time.Now().UnixNano(), e.space.checked.Load()
	if now-last >= int64(spaceInterval) && e.space.checked.CompareAndSwap(last, now) {
		usage, err := e.opts.FS.GetDiskUsage(e.opts.Dir)
		full := err == nil && usage.AvailBytes < min(maxReserve, usage.TotalBytes/reserveShare)
		if e.space.full.Swap(full) != full {
			if full {
				e.opts.Logger.Error("the disk is full: commits are refused until there is room", "available_bytes", usage.AvailBytes)
			} else {
				e.opts.Logger.Info("the disk has room again", "available_bytes", usage.AvailBytes)
			}
		}
	}
	if e.space.full.Load() {
		return fmt.Errorf("%w: what is left is held back", ErrDiskFull)
	}
	return nil
}
