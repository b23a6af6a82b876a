package circuit_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/live/circuit"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// BenchmarkLargePartition changes one row of 50,000 that are one partition, or one group.
func BenchmarkLargePartition(b *testing.B) {
	for _, q := range []struct{ name, sql string }{
		{"lag", "SELECT id, v - lag(v) OVER (ORDER BY id) FROM a"},
		{"moving average", "SELECT id, avg(v) OVER (ORDER BY id ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM a"},
		{"rank, moved a little", "SELECT id, rank() OVER (ORDER BY v) FROM a"},
		{"first ten by rank", "SELECT * FROM (SELECT id, v, row_number() OVER (ORDER BY v DESC) AS n FROM a) AS x WHERE n <= 10"},
		{"board of ten", "SELECT id, v, rank() OVER (ORDER BY v DESC) FROM a ORDER BY v DESC, id LIMIT 10"},
		{"largest of all", "SELECT id, v, max(v) OVER () FROM a"},
		{"running maximum", "SELECT id, max(v) OVER (ORDER BY id) FROM a"},
		{"running sum", "SELECT id, sum(v) OVER (ORDER BY id) FROM a"},
		{"row_number from the end", "SELECT id, row_number() OVER (ORDER BY v, id) FROM a WHERE k > 0"},
		{"distinct on", "SELECT DISTINCT ON (s) s, id, v FROM a ORDER BY s, v DESC, id"},
		{"percentiles", "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v), percentile_disc(0.99) WITHIN GROUP (ORDER BY v) FROM a"},
		{"mode", "SELECT mode() WITHIN GROUP (ORDER BY v) FROM a"},
		{"count distinct", "SELECT count(DISTINCT v) FROM a"},
		{"array_agg", "SELECT array_agg(v ORDER BY v) FROM a"},
	} {
		b.Run(q.name, func(b *testing.B) {
			const size = 50_000
			m := newModel(1)
			t := m.tables[0]
			x := circuit.Build(m.plan(b, q.sql), exec.Evaluate, false)
			row := func(id, v int64) circuit.Change {
				return circuit.Change{ID: string(binary.BigEndian.AppendUint32(nil, uint32(id))), New: types.Row{types.Int(id), types.Int(1), types.Int(v), types.Null, types.String("x"), types.Int(int64(t.OID)), types.Null}}
			}
			var all []circuit.Change
			for id := range int64(size) {
				all = append(all, row(id, 20*(id*7919%size)))
			}
			c := context(nil)
			c.Ctx = b.Context()
			step := func(list []circuit.Change) {
				if _, err := x.Step(c, circuit.At{}, time.Unix(1e9, 0), map[catalog.OID][]circuit.Change{t.OID: list}); err != nil {
					b.Fatal(err)
				}
			}
			start := time.Now()
			step(all)
			began, bytes := time.Since(start), x.Bytes()
			now := make([]circuit.Change, size)
			copy(now, all)
			id := int64(size - 1)
			for b.Loop() {
				id = (id + 7919*3) % size
				from := now[id]
				now[id] = row(id, from.New[2].Int()+30)
				step([]circuit.Change{{ID: from.ID, Old: from.New, New: now[id].New}})
			}
			b.ReportMetric(float64(began.Milliseconds()), "ms-to-begin")
			b.ReportMetric(float64(bytes)/1e6, "MB")
		})
	}
}
