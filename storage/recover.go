package storage

import (
	"encoding/binary"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// recover finds the last commit that survived and begins the next epoch.
func (e *Engine) recover() error {
	if err := e.checkFormat(); err != nil {
		return err
	}
	epoch, err := e.metaNumber(metaEpoch, 0)
	if err != nil {
		return err
	}
	if err := e.recoverLoads(); err != nil {
		return err
	}
	last, err := e.recoverSequence()
	if err != nil {
		return err
	}
	e.commit.seq = last
	e.applied.Store(uint64(last))
	e.durable.seq.Store(uint64(last))
	if err := e.loadEpochs(); err != nil {
		return err
	}
	return e.beginEpoch(epoch+1, last)
}

func (e *Engine) checkFormat() error {
	value, found, err := getPebble(e.db, metaFormat, nil)
	if err != nil {
		return err
	}
	has := uint32(0)
	if found {
		if len(value) != 4 {
			return fmt.Errorf("%w: format version of %d bytes", ErrCorrupt, len(value))
		}
		has = binary.BigEndian.Uint32(value)
	}
	switch {
	case has > formatVersion:
		return fmt.Errorf("%w: format %d, newest known %d", ErrNewerFormat, has, formatVersion)
	case has < formatVersion: // nothing or an older one, which this one goes on with
		return translate(e.db.Set(metaFormat, binary.BigEndian.AppendUint32(nil, formatVersion), pebble.Sync))
	}
	return nil
}

// recoverSequence returns the highest sequence of the three that leave a trace: a
// commit without log entry, the newest log entry, and the newest entry trimmed.
func (e *Engine) recoverSequence() (Seq, error) {
	last, err := e.metaNumber(metaLastSeq, 0)
	if err != nil {
		return 0, err
	}
	trimmed, err := e.metaNumber(metaTrimmed, 0)
	if err != nil {
		return 0, err
	}
	if e.commit.logTotal, err = e.metaNumber(metaTrimmed, 8); err != nil {
		return 0, err
	}
	e.logStart.Store(trimmed)
	newest := uint64(0)
	l, err := openLog(e.db)
	if err != nil {
		return 0, err
	}
	if l.last() {
		newest = uint64(l.entry.seq)
		e.commit.logTotal = l.entry.total
		e.commit.atMicros = l.entry.atMicros
	}
	return Seq(max(last, trimmed, newest)), l.close()
}

func (e *Engine) loadEpochs() error {
	e.epochStarts = make(map[uint64]Seq)
	lower, upper := metaEpochStart(0), append(metaEpochStart(^uint64(0)), 0)
	iter, err := e.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
	if err != nil {
		return translate(err)
	}
	for ok := iter.First(); ok; ok = iter.Next() {
		key, value := iter.Key(), iter.Value()
		if len(key) != len(lower) || len(value) != 8 {
			_ = iter.Close() // the corruption is the news
			return fmt.Errorf("%w: epoch record %x", ErrCorrupt, key)
		}
		e.epochStarts[binary.BigEndian.Uint64(key[2:])] = Seq(binary.BigEndian.Uint64(value))
	}
	return translate(iter.Close())
}

func (e *Engine) beginEpoch(epoch uint64, last Seq) error {
	b := e.db.NewBatch()
	err := b.Set(metaEpoch, binary.BigEndian.AppendUint64(nil, epoch), nil)
	if err == nil {
		err = b.Set(metaEpochStart(epoch), binary.BigEndian.AppendUint64(nil, uint64(last)), nil)
	}
	if err == nil {
		err = b.Commit(pebble.Sync)
	}
	if err != nil {
		return fmt.Errorf("begin epoch: %w", translate(err))
	}
	e.epoch = epoch
	e.epochStarts[epoch] = last
	return translate(b.Close())
}

// recordLastSeq lets the sequence go on after a clean Close even where the last
// commits were of memory only.
func (e *Engine) recordLastSeq() error {
	last := binary.BigEndian.AppendUint64(nil, uint64(e.Applied()))
	return translate(e.db.Set(metaLastSeq, last, pebble.Sync))
}

// metaNumber reads the eight bytes at offset of a meta value; a missing key is 0.
func (e *Engine) metaNumber(key []byte, offset int) (uint64, error) {
	value, found, err := getPebble(e.db, key, nil)
	if err != nil || !found {
		return 0, err
	}
	if len(value) < offset+8 {
		return 0, fmt.Errorf("%w: meta record %x", ErrCorrupt, key)
	}
	return binary.BigEndian.Uint64(value[offset:]), nil
}

// Epoch numbers this start of the engine, from 1.
func (e *Engine) Epoch() uint64 { return e.epoch }

// EpochStart returns the last sequence recovered when epoch began; false when
// there was no such epoch.
func (e *Engine) EpochStart(epoch uint64) (Seq, bool) {
	seq, ok := e.epochStarts[epoch]
	return seq, ok
}
