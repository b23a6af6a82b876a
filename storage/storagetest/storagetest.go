// Package storagetest has file systems for tests: in memory, crashing, failing
// and blocking on demand. It lets tests of other packages do so without knowing
// Pebble.
package storagetest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
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
		full   bool
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

// Prepare makes a directory and its parents, durably, as on a disk they are.
func (fs *FS) Prepare(dir string) error {
	if err := fs.mem.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for at := dir; ; at = fs.mem.PathDir(at) {
		d, err := fs.mem.OpenDir(at)
		if err != nil {
			return err
		}
		if err := errors.Join(d.Sync(), d.Close()); err != nil {
			return err
		}
		if at == fs.mem.PathDir(at) {
			return nil
		}
	}
}

// Fill makes the disk full, or gives it room again: what GetDiskUsage says. Writes
// are not refused; Inject can do that.
func (fs *FS) Fill(full bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.mu.full = full
}

// GetDiskUsage is that of a disk of a terabyte.
func (fs *FS) GetDiskUsage(string) (vfs.DiskUsage, error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	u := vfs.DiskUsage{AvailBytes: 1 << 39, TotalBytes: 1 << 40, UsedBytes: 1 << 39}
	if fs.mu.full {
		u.AvailBytes, u.UsedBytes = 0, u.TotalBytes
	}
	return u, nil
}

// Damage overwrites the middle of every file whose name ends in suffix, and gives
// how many there were. None may be open.
func (fs *FS) Damage(dir, suffix string) (int, error) {
	names, err := fs.mem.List(dir)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, name := range names {
		if !strings.HasSuffix(name, suffix) {
			continue
		}
		f, err := fs.mem.OpenReadWrite(fs.mem.PathJoin(dir, name), vfs.WriteCategoryUnspecified)
		if err != nil {
			return n, err
		}
		size, err := f.Stat()
		if err == nil {
			_, err = f.WriteAt(bytes.Repeat([]byte{0xa5}, 64), size.Size()/2)
		}
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
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
