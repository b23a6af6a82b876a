package storage

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/kalamsql/kalamsql/storage/storagetest"
)

// partSizes are payloads around where entries are cut.
var partSizes = []int{3, LogPart, LogPart + 1, 7, 3 * LogPart, 3*LogPart + 5}

func partPayload(n int) []byte {
	p := make([]byte, partSizes[n])
	for i := range p {
		p[i] = byte(n + i/1000 + i)
	}
	return p
}

// logCutEntries commits one entry of each of partSizes.
func logCutEntries(t *testing.T, opts Options) *Engine {
	t.Helper()
	var now int64
	opts.Now = func() time.Time { now++; return time.Unix(now, 0) }
	e := mustOpen(t, opts)
	for n := range partSizes {
		commit(t, e, func(b *Batch) {
			b.Set(row("k"), []byte("v"))
			if n%2 == 0 {
				b.SetLog(partPayload(n))
				return
			}
			for part := range slices.Chunk(partPayload(n), LogPart/2+7) {
				b.AppendLog(part)
			}
		})
	}
	return e
}

func TestCutEntries(t *testing.T) {
	opts := testOptions(storagetest.New())
	e := logCutEntries(t, opts)
	check := func(after Seq) {
		t.Helper()
		next := after
		err := e.ReadLog(context.Background(), after, func(seq Seq, at time.Time, payload []byte) error {
			next++
			if seq != next || at.Unix() != int64(seq) || !bytes.Equal(payload, partPayload(int(seq)-1)) {
				t.Errorf("entry %d at %v has %d bytes", seq, at, len(payload))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "last", next, Seq(len(partSizes)))
	}
	for after := range Seq(len(partSizes)) {
		check(after)
	}
	total := uint64(0)
	for _, n := range partSizes {
		total += uint64(n + logKeySize + logHeaderSize)
	}
	want(t, "logTotal", e.commit.logTotal, total)
	mustClose(t, e)
	e = mustOpen(t, opts) // the newest entry is a cut one
	want(t, "Applied", e.Applied(), Seq(len(partSizes)))
	want(t, "logTotal", e.commit.logTotal, total)
	check(0)
	mustClose(t, e)
}

func TestCutEntriesAreTrimmed(t *testing.T) {
	opts := testOptions(storagetest.New())
	// Room for the last two.
	opts.LogRetention.Bytes = int64(partSizes[4] + partSizes[5] + 2*(logKeySize+logHeaderSize))
	e := logCutEntries(t, opts)
	if err := e.TrimLog(time.Unix(1000, 0)); err != nil {
		t.Fatal(err)
	}
	want(t, "LogStart", e.LogStart(), Seq(4))
	iter, err := e.db.NewIter(&pebble.IterOptions{LowerBound: []byte{SpaceLog}, UpperBound: logKey(nil, 5)})
	if err != nil {
		t.Fatal(err)
	}
	if iter.First() {
		t.Errorf("%x is still there", iter.Key())
	}
	if err := iter.Close(); err != nil {
		t.Fatal(err)
	}
	mustClose(t, e)
}

func TestCutEntryWithoutAPart(t *testing.T) {
	e := logCutEntries(t, testOptions(storagetest.New()))
	if err := e.db.Delete(logPartKey(nil, 6, 2), pebble.Sync); err != nil {
		t.Fatal(err)
	}
	read := Seq(0)
	err := e.ReadLog(context.Background(), 0, func(seq Seq, _ time.Time, _ []byte) error { read = seq; return nil })
	if !errors.Is(err, ErrCorrupt) || read != 5 {
		t.Errorf("read up to %d: %v", read, err)
	}
	mustClose(t, e)
}

func TestOlderFormatGoesOn(t *testing.T) {
	opts := testOptions(storagetest.New())
	e := mustOpen(t, opts)
	if err := e.db.Set(metaFormat, binary.BigEndian.AppendUint32(nil, 1), pebble.Sync); err != nil {
		t.Fatal(err)
	}
	mustClose(t, e)
	e = mustOpen(t, opts)
	value, _, err := getPebble(e.db, metaFormat, nil)
	if err != nil || binary.BigEndian.Uint32(value) != formatVersion {
		t.Errorf("format %x, %v", value, err)
	}
	mustClose(t, e)
}
