package storage

import (
	"golang.org/x/sys/unix"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// lengthen allocates a part of a file and makes the file at least so long. Not
// every file and file system can.
func lengthen(f vfs.File, offset, length int64) bool {
	fd := f.Fd()
	return fd != vfs.InvalidFd && unix.Fallocate(int(fd), 0, offset, length) == nil
}
