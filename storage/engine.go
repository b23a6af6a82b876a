package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
)

// Engine is an open store. Its methods may be called from any goroutine.
type Engine struct {
	opts Options
	db   *pebble.DB
	// tableOptions is how files are written that Pebble takes over.
	tableOptions *pebble.Options
	lock         *pebble.Lock
	fault        *fault

	epoch       uint64
	epochStarts map[uint64]Seq // immutable after Open

	commit   commitState
	space    space
	volatile *volatileStore
	rows     *rowCache
	loads    loads
	watches  atomic.Pointer[watchList] // changed under the commit mutex
	applied  atomic.Uint64
	durable  durability
	logStart atomic.Uint64
	// pebbleLost: Pebble panicked under its own locks and must not be called
	// again. Guarded by the commit mutex.
	pebbleLost bool

	batches sync.Pool // of *Batch

	// users counts calls, snapshots and iterators under way; Close waits for them.
	users   atomic.Int64
	closing atomic.Bool
	idle    chan struct{}

	ctx        context.Context // ends when Close begins
	cancel     context.CancelFunc
	goroutines sync.WaitGroup
}

// Open opens the store in opts.Dir, creating it when there is none, and begins a
// new epoch. It fails with ErrLocked, ErrNewerFormat, ErrCorrupt, ErrDiskFull or
// an error of the file system.
func Open(opts Options) (*Engine, error) {
	opts = opts.withDefaults()
	if err := opts.FS.MkdirAll(opts.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("create storage directory: %w", translate(err))
	}
	lock, err := pebble.LockDirectory(opts.Dir, opts.FS)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %s: %w", ErrLocked, opts.Dir, err)
	}
	e, err := openLocked(opts, lock)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return e, nil
}

func openLocked(opts Options, lock *pebble.Lock) (*Engine, error) {
	if err := checkPebbleFormat(opts.FS, opts.Dir); err != nil {
		return nil, err
	}
	e := &Engine{
		opts:     opts,
		lock:     lock,
		fault:    newFault(opts.Logger),
		volatile: newVolatileStore(),
		rows:     newRowCache(opts.RowCacheBytes),
		idle:     make(chan struct{}, 1),
		batches:  sync.Pool{New: func() any { return new(Batch) }},
	}
	e.watches.Store(&watchList{})
	e.commit.notEmpty.L = &e.commit.Mutex
	e.commit.notFull.L = &e.commit.Mutex
	e.tableOptions = pebbleOptions(opts, e.fault, nil)
	e.tableOptions.EnsureDefaults()
	db, err := pebble.Open(opts.Dir, pebbleOptions(opts, e.fault, lock))
	if err != nil {
		return nil, fmt.Errorf("open storage: %w", translate(err))
	}
	e.db = db
	if err := e.recover(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.fault.open.Store(true)
	e.goroutines.Add(3)
	go e.runSyncer()
	go e.runFaultWatch()
	go e.runTrimmer()
	return e, nil
}

// Close refuses new calls, waits for those under way and for every snapshot and
// iterator to be closed, makes what was committed durable, ends the engine's
// goroutines and unlocks the directory. A second Close returns ErrClosed.
func (e *Engine) Close() error {
	if e.closing.Swap(true) {
		return ErrClosed
	}
	e.cancel()
	for e.users.Load() != 0 {
		<-e.idle
	}
	e.commit.Lock()
	e.commit.stop = true
	e.commit.notEmpty.Signal()
	lost := e.pebbleLost
	e.commit.Unlock()
	e.goroutines.Wait()

	var err error
	if !lost {
		if e.fault.get() == nil {
			err = e.recordLastSeq()
		}
		err = errors.Join(err, translate(e.db.Close()))
	}
	e.rows.close()
	return errors.Join(err, e.lock.Close())
}

// acquire counts a user in; false means that the engine is closing. Whoever gets
// true calls release.
func (e *Engine) acquire() bool {
	e.users.Add(1)
	if e.closing.Load() {
		e.release()
		return false
	}
	return true
}

func (e *Engine) release() {
	if e.users.Add(-1) == 0 && e.closing.Load() {
		select {
		case e.idle <- struct{}{}:
		default: // Close has a wake-up waiting already
		}
	}
}
