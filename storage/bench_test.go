package storage

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// BenchmarkCommit compares synced one-row commits through the engine, and the
// same with a change-log entry, with Pebble alone under the same options.
func BenchmarkCommit(b *testing.B) {
	value := make([]byte, 200)
	key := func(buf []byte, n uint64) []byte {
		buf = append(buf[:0], SpaceRow)
		return binary.BigEndian.AppendUint64(buf, n*0x9e3779b97f4a7c15)
	}
	for _, committers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("pebble/%d", committers), func(b *testing.B) {
			opts := Options{Dir: b.TempDir()}.withDefaults()
			db, err := pebble.Open(opts.Dir, pebbleOptions(opts, newFault(opts.Logger), nil))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			benchCommitters(b, committers, func(next func() (uint64, bool)) error {
				var k []byte
				for n, ok := next(); ok; n, ok = next() {
					k = key(k, n)
					batch := db.NewBatch()
					if err := batch.Set(k, value, nil); err != nil {
						return err
					}
					if err := batch.Commit(pebble.Sync); err != nil {
						return err
					}
					batch.Close()
				}
				return nil
			})
		})
		for _, log := range []bool{false, true} {
			b.Run(fmt.Sprintf("engine/log=%v/%d", log, committers), func(b *testing.B) {
				var published int
				e := mustOpen(b, Options{Dir: b.TempDir(), Publish: func(Seq, any) { published++ }})
				defer mustClose(b, e)
				shared := new(int)
				payload := func(Seq, time.Time) any { return shared }
				benchCommitters(b, committers, func(next func() (uint64, bool)) error {
					batch := e.NewBatch()
					defer batch.Close()
					var k []byte
					for n, ok := next(); ok; n, ok = next() {
						k = key(k, n)
						batch.SetStamped(k, value)
						if log {
							batch.SetLog(value[:50])
						}
						if _, err := e.Commit(batch, payload, synced); err != nil {
							return err
						}
					}
					return nil
				})
			})
		}
	}
}

// benchCommitters runs b.N commits spread over the committers.
func benchCommitters(b *testing.B, committers int, run func(next func() (uint64, bool)) error) {
	b.ReportAllocs()
	b.ResetTimer()
	var count atomic.Int64
	next := func() (uint64, bool) {
		n := count.Add(1)
		return uint64(n), n <= int64(b.N)
	}
	var wg sync.WaitGroup
	for range committers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			if err := run(next); err != nil {
				b.Error(err)
			}
		}()
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}
