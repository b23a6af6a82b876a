package storage

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// The sentinels of this package. They are compared with errors.Is; the text
// around them names the cause and is for logs.
var (
	// ErrLocked: another engine, in this process or another, has the directory open.
	ErrLocked = errors.New("storage directory is in use by another server")
	// ErrNewerFormat: the directory was written by a newer version of kalamsql.
	ErrNewerFormat = errors.New("storage directory was written by a newer version")
	// ErrClosed: Close was called.
	ErrClosed = errors.New("storage is closed")
	// ErrReadOnly: the disk failed and the engine accepts no more commits. A
	// commit that gets it may or may not have survived.
	ErrReadOnly = errors.New("storage is read-only after a disk fault")
	// ErrDiskFull: the disk or a quota is full.
	ErrDiskFull = errors.New("disk is full")
	// ErrCorrupt: stored bytes do not match their checksum or their format.
	ErrCorrupt = errors.New("stored data is corrupt")
	// ErrExists: what was to be made is there already.
	ErrExists = errors.New("file exists")
	// ErrKey: a batch was given a key that is empty or in a keyspace of the engine's own.
	ErrKey = errors.New("key is empty or in a reserved keyspace")
	// ErrStamp: a value to be stamped is shorter than eight bytes.
	ErrStamp = errors.New("stamped value is shorter than eight bytes")
	// ErrLogEntry: a batch was given a second change-log entry.
	ErrLogEntry = errors.New("batch already has a change-log entry")
)

// translate adds this package's sentinel to an error of Pebble or the file system.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pebble.ErrClosed):
		return fmt.Errorf("%w: %w", ErrClosed, err)
	case pebble.IsCorruptionError(err):
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	case vfs.IsNoSpaceError(err):
		return fmt.Errorf("%w: %w", ErrDiskFull, err)
	}
	return err
}
