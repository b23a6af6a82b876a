package storage

import (
	"fmt"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
)

// Checkpoint writes the store as of one commit into a directory that must not be
// there yet, and gives that commit's sequence. It is durable when Checkpoint
// returns, and Open opens it. Files are linked where the file system can, so that
// it takes little time and space; commits wait for the moment in which what is to
// be written is settled. What is volatile is not in it.
func (e *Engine) Checkpoint(dir string) (Seq, error) {
	if !e.acquire() {
		return 0, ErrClosed
	}
	defer e.release()
	if _, err := e.opts.FS.Stat(dir); err == nil {
		return 0, fmt.Errorf("%w: %s", ErrExists, dir)
	}
	if err := e.opts.FS.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return 0, translate(err)
	}
	e.commit.Lock()
	defer e.commit.Unlock()
	if err := e.fault.get(); err != nil {
		return 0, err
	}
	if err := e.db.Checkpoint(dir, pebble.WithFlushedWAL()); err != nil {
		return 0, fmt.Errorf("checkpoint: %w", translate(err))
	}
	return e.commit.seq, nil
}
