// Package storagetest has file systems for tests: in memory, crashing, failing
// and blocking on demand. It lets tests of other packages do so without knowing
// Pebble.
package storagetest

import (
	"fmt"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// FS is a file system in memory. Its zero value is not usable; see New.
type FS struct {
	vfs.FS
	mem *vfs.MemFS
	mu  struct {
		sync.Mutex
		inject func(Op) error
	}
}

// Op is an operation about to be done.
type Op struct {
	Path  string
	Sync  bool // makes data or directory entries durable
	Write bool // creates, changes or removes something, or syncs
}

// New returns an empty file system.
func New() *FS { return wrap(vfs.NewCrashableMem()) }

func wrap(mem *vfs.MemFS) *FS {
	fs := &FS{mem: mem}
	fs.FS = errorfs.Wrap(mem, errorfs.InjectorFunc(fs.before))
	return fs
}

// Inject makes f decide every operation from now on: its error is the
// operation's, which is then not done. f may block, and is called by many
// goroutines. nil ends it.
func (fs *FS) Inject(f func(Op) error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.mu.inject = f
}

// Crash returns the file system as a loss of power now would leave it: what was
// synced and nothing else. The receiver goes on unharmed. It must not be called
// while Inject blocks an operation.
func (fs *FS) Crash() *FS { return wrap(fs.mem.CrashClone(vfs.CrashCloneCfg{})) }

func (fs *FS) before(op errorfs.Op) error {
	fs.mu.Lock()
	inject := fs.mu.inject
	fs.mu.Unlock()
	if inject == nil {
		return nil
	}
	o := Op{Path: op.Path, Write: op.Kind.ReadOrWrite() == errorfs.OpIsWrite}
	switch op.Kind {
	case errorfs.OpFileSync, errorfs.OpFileSyncData, errorfs.OpFileSyncTo:
		o.Sync, o.Write = true, true
	}
	if err := inject(o); err != nil {
		return fmt.Errorf("%s: %w", op.Path, err)
	}
	return nil
}
