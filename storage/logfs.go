package storage

import (
	"fmt"
	"os"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// logFS is the file system as Pebble sees it. It passes everything through until
// an operation on a log file or on a directory fails; then it records the
// engine's fault, and from there on log files swallow what is written to them
// and nothing is removed. See "When the disk fails" in the package
// documentation.
type logFS struct {
	vfs.FS
	fault *fault
}

func isLogFile(name string) bool { return strings.HasSuffix(name, ".log") }

func (fs *logFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if !isLogFile(name) {
		return fs.FS.Create(name, category)
	}
	if fs.fault.logBroken.Load() {
		return fs.discard(), nil
	}
	f, err := fs.FS.Create(name, category)
	if err == nil {
		f = fullLengthFile{f}
	}
	return fs.logFile(f, err, "create")
}

func (fs *logFS) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if !isLogFile(newname) {
		return fs.FS.ReuseForWrite(oldname, newname, category)
	}
	if fs.fault.logBroken.Load() {
		return fs.discard(), nil
	}
	f, err := fs.FS.ReuseForWrite(oldname, newname, category)
	return fs.logFile(f, err, "reuse")
}

func (fs *logFS) OpenDir(name string) (vfs.File, error) {
	f, err := fs.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &logFile{File: f, fault: fs.fault}, nil
}

func (fs *logFS) Remove(name string) error {
	if fs.fault.logBroken.Load() {
		return nil
	}
	return fs.FS.Remove(name)
}

// Unwrap gives Pebble the file system below.
func (fs *logFS) Unwrap() vfs.FS { return fs.FS }

func (fs *logFS) MkdirAll(dir string, perm os.FileMode) error { return fs.FS.MkdirAll(dir, perm) }

func (fs *logFS) logFile(f vfs.File, err error, op string) (vfs.File, error) {
	if err != nil {
		if !fs.fault.open.Load() {
			return nil, err
		}
		fs.fault.breakLog(fmt.Errorf("%s log file: %w", op, err))
		return fs.discard(), nil
	}
	return &logFile{File: f, fault: fs.fault}, nil
}

// discard is a log file of which nothing is kept.
func (fs *logFS) discard() vfs.File {
	return &logFile{File: vfs.NewMemFile(nil), fault: fs.fault}
}

// fullLengthFile is a new log file. Pebble allocates its space ahead of what it
// writes; this gives it the length, too: a sync of a file that has grown writes
// its metadata as well, and takes half as long again. What lies beyond the
// written part reads as zeros, which is the end of the log.
type fullLengthFile struct{ vfs.File }

func (f fullLengthFile) Preallocate(offset, length int64) error {
	if lengthen(f.File, offset, length) {
		return nil
	}
	return f.File.Preallocate(offset, length)
}

// logFile is a log file, or a directory whose entries must be durable for a log
// file to be found again. Until Open has succeeded errors pass through: there is
// nobody to protect yet and Open reports them.
type logFile struct {
	vfs.File
	fault *fault
}

func (f *logFile) Write(p []byte) (int, error) {
	if f.fault.logBroken.Load() {
		return len(p), nil
	}
	n, err := f.File.Write(p)
	if err = f.outcome("write", err); err == nil {
		n = len(p)
	}
	return n, err
}

func (f *logFile) Sync() error {
	if f.fault.logBroken.Load() {
		return nil
	}
	return f.outcome("sync", f.File.Sync())
}

func (f *logFile) SyncData() error {
	if f.fault.logBroken.Load() {
		return nil
	}
	return f.outcome("sync", f.File.SyncData())
}

// SyncTo starts writeback. Where it ends in a full sync its error is one of Sync.
func (f *logFile) SyncTo(length int64) (bool, error) {
	if f.fault.logBroken.Load() {
		return true, nil
	}
	full, err := f.File.SyncTo(length)
	return full, f.outcome("sync", err)
}

func (f *logFile) Preallocate(offset, length int64) error {
	if f.fault.logBroken.Load() {
		return nil
	}
	return f.outcome("preallocate", f.File.Preallocate(offset, length))
}

func (f *logFile) Close() error { return f.outcome("close", f.File.Close()) }

func (f *logFile) outcome(op string, err error) error {
	if err == nil {
		return nil
	}
	if !f.fault.open.Load() {
		return err
	}
	f.fault.breakLog(fmt.Errorf("%s log: %w", op, err))
	return nil
}
