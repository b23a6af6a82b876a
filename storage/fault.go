package storage

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
)

// fault remembers the first failure of the disk. It is one-way: an engine with a
// fault stays read-only until it is opened again. All methods may be called from
// any goroutine, under any lock.
type fault struct {
	logger *slog.Logger
	once   sync.Once
	err    atomic.Pointer[error] // wraps ErrReadOnly and the cause
	raised chan struct{}         // closed once err is set

	// open is set when Open has succeeded; before that errors are Open's.
	open atomic.Bool
	// logBroken is set, before the failing call returns to Pebble, once the log
	// can no longer be trusted to be on disk.
	logBroken atomic.Bool
}

func newFault(logger *slog.Logger) *fault {
	return &fault{logger: logger, raised: make(chan struct{})}
}

// raise turns the engine read-only.
func (f *fault) raise(cause error) {
	f.once.Do(func() {
		err := fmt.Errorf("%w: %w", ErrReadOnly, translate(cause))
		f.err.Store(&err)
		close(f.raised)
		f.logger.Error("storage is read-only from now on: restart the server when the disk is repaired", "error", cause)
	})
}

// breakLog is raise for a failure of the log itself: commits not yet durable
// never will be.
func (f *fault) breakLog(cause error) {
	f.raise(cause)
	f.logBroken.Store(true)
}

// get returns nil or an error that wraps ErrReadOnly.
func (f *fault) get() error {
	if err := f.err.Load(); err != nil {
		return *err
	}
	return nil
}
