package storage

import (
	"encoding/binary"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// runTrimmer trims the change log at every tick.
func (e *Engine) runTrimmer() {
	defer e.goroutines.Done()
	ticks := e.opts.Ticks
	if ticks == nil {
		ticker := time.NewTicker(trimInterval)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for {
		select {
		case <-e.ctx.Done():
			return
		case _, ok := <-ticks:
			if !ok {
				return
			}
			if err := e.TrimLog(e.opts.Now()); err != nil && e.ctx.Err() == nil {
				e.opts.Logger.Warn("change log not trimmed", "error", err)
			}
		}
	}
}

// TrimLog removes the change-log entries that Options.LogRetention no longer
// keeps at the time now. Only durable entries go.
func (e *Engine) TrimLog(now time.Time) error {
	if e.opts.LogRetention == (LogRetention{}) {
		return nil
	}
	if !e.acquire() {
		return ErrClosed
	}
	defer e.release()
	last, found, err := e.lastToTrim(now)
	if err != nil || !found {
		return err
	}
	b := e.db.NewBatch()
	record := binary.BigEndian.AppendUint64(nil, uint64(last.seq))
	record = binary.BigEndian.AppendUint64(record, last.total)
	err = b.DeleteRange([]byte{SpaceLog}, logKey(nil, last.seq+1), nil)
	for number, seq := range *e.loads.committed.Load() {
		if err == nil && seq > e.LogStart() && seq <= last.seq {
			err = b.DeleteRange(loadLogKey(nil, uint64(number), 0), loadLogKey(nil, uint64(number)+1, 0), nil)
		}
	}
	if err == nil {
		err = b.Set(metaTrimmed, record, nil)
	}
	if err != nil {
		return translate(err)
	}
	return e.applyTrim(b, last.seq)
}

// applyTrim needs no sync: a crash brings back the entries and the record of
// their removal together.
func (e *Engine) applyTrim(b *pebble.Batch, last Seq) error {
	e.commit.Lock()
	defer e.commit.Unlock()
	if err := e.fault.get(); err != nil {
		return err
	}
	if last <= e.LogStart() {
		return translate(b.Close())
	}
	// First, so that no reader misses an entry and is told it missed none.
	e.logStart.Store(uint64(last))
	if err := e.applyToPebble(b, pebble.NoSync); err != nil {
		return err
	}
	return translate(b.Close())
}

// lastToTrim finds the newest entry that retention lets go. Commit times and
// running totals only grow with the sequence, so it is a binary search.
func (e *Engine) lastToTrim(now time.Time) (last logEntry, found bool, err error) {
	durable := e.Durable()
	l, err := openLog(e.db)
	if err != nil {
		return logEntry{}, false, err
	}
	defer func() {
		if cerr := l.close(); err == nil {
			err = cerr
		}
	}()
	if !l.before(durable + 1) {
		return logEntry{}, false, nil
	}
	newest := l.entry
	goes := func(entry logEntry) bool {
		// What would remain if everything before entry went.
		rest := newest.total - entry.total + uint64(entry.size())
		age, bytes := e.opts.LogRetention.Age, e.opts.LogRetention.Bytes
		return age > 0 && entry.atMicros < now.Add(-age).UnixMicro() || bytes > 0 && rest > uint64(bytes)
	}
	if !l.first() || !goes(l.entry) {
		return logEntry{}, false, nil
	}
	last = l.entry
	// Every entry up to low goes, none from high on does.
	low, high := last.seq, newest.seq+1
	for high-low > 1 {
		middle := low + (high-low)/2
		if !l.seek(middle) || l.entry.seq >= high {
			high = middle
			continue
		}
		entry := l.entry
		if goes(entry) {
			last, low = entry, entry.seq
		} else {
			high = middle
		}
	}
	last.payload = nil
	return last, true, nil
}
