package storage

// DiskUsage estimates the bytes that the keys in [lower, upper) take on disk.
// What has not been written out of memory yet, and keyspaces that are in memory
// only, count nothing.
func (e *Engine) DiskUsage(lower, upper []byte) (uint64, error) {
	if !e.acquire() {
		return 0, ErrClosed
	}
	defer e.release()
	if isVolatile(lower) {
		return 0, nil
	}
	n, err := e.db.EstimateDiskUsage(lower, upper)
	return n, translate(err)
}
