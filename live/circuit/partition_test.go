package circuit_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/live/circuit"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ofPartitions are queries over large partitions or groups.
var ofPartitions = []struct{ name, sql string }{
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
	{"array_agg", "SELECT array_agg(v ORDER BY v) FROM a"}}

// TestKeptInOrder: nothing of these is computed anew for a whole partition or group, and where first rows are
// read alone the others have no values.
func TestKeptInOrder(t *testing.T) {
	m := newModel(1)
	for _, q := range ofPartitions {
		lines := strings.Join(circuit.Build(m.plan(t, q.sql), exec.Evaluate, false).Explain(), "\n")
		if strings.Contains(lines, "anew") || strings.Contains(lines, "Re-evaluation") {
			t.Errorf("%s\n%s", q.sql, lines)
		}
		if first := strings.Contains(lines, "first rows"); first != strings.Contains(q.name, "ten") {
			t.Errorf("%s: first rows alone: %t\n%s", q.sql, first, lines)
		}
	}
	for sql, first := range map[string]bool{
		"SELECT * FROM (SELECT id, rank() OVER (PARTITION BY k ORDER BY v) AS r FROM a) AS x WHERE 3 > r AND id > 2":          true,
		"SELECT * FROM (SELECT id, rank() OVER (PARTITION BY k ORDER BY v) AS r FROM a) AS x WHERE r = 3":                     true,
		"SELECT * FROM (SELECT id, rank() OVER (PARTITION BY k ORDER BY v) AS r FROM a) AS x WHERE r > 3":                     false,
		"SELECT * FROM (SELECT id, rank() OVER (PARTITION BY k ORDER BY v) AS r FROM a) AS x WHERE r < id":                    false,
		"SELECT * FROM (SELECT id, rank() OVER (PARTITION BY k ORDER BY v) AS r FROM a) AS x WHERE r < 3 OR id = 1":           false,
		"SELECT * FROM (SELECT id, dense_rank() OVER (PARTITION BY k ORDER BY v) AS r FROM a) AS x WHERE r < 3":               false,
		"SELECT id, row_number() OVER (ORDER BY v) AS r FROM a ORDER BY r LIMIT 5":                                            true,
		"SELECT id, row_number() OVER (ORDER BY v) AS r FROM a ORDER BY r DESC LIMIT 5":                                       false,
		"SELECT id, row_number() OVER (ORDER BY v) AS r FROM a ORDER BY r":                                                    false,
		"SELECT id, row_number() OVER (PARTITION BY k ORDER BY v) AS r FROM a ORDER BY r LIMIT 5":                             false,
		"SELECT id, row_number() OVER (ORDER BY v, id) AS r FROM a ORDER BY v LIMIT 5":                                        false,
		"SELECT id, sum(v) OVER (ORDER BY v NULLS FIRST) AS r FROM a ORDER BY v NULLS FIRST, id DESC OFFSET 2 LIMIT 5":        true,
		"SELECT id, sum(v) OVER (ORDER BY v NULLS FIRST) AS r FROM a ORDER BY v, id DESC OFFSET 2 LIMIT 5":                    false,
		"SELECT id, rank() OVER (ORDER BY v DESC) AS r FROM a WHERE k = 1 ORDER BY v DESC FETCH FIRST 3 ROWS WITH TIES":       true,
		"SELECT k, count(*) FROM (SELECT k, row_number() OVER (ORDER BY v) AS r FROM a) AS x WHERE r <= 10 GROUP BY k":        true,
		"WITH w AS MATERIALIZED (SELECT id, row_number() OVER (ORDER BY v) AS r FROM a) SELECT * FROM w WHERE r < 3 OR r > 9": false,
	} {
		lines := strings.Join(circuit.Build(m.plan(t, sql), exec.Evaluate, false).Explain(), "\n")
		if is := strings.Contains(lines, "first rows"); is != first {
			t.Errorf("%s: first rows alone: %t\n%s", sql, is, lines)
		}
	}
}

// BenchmarkLargePartition changes one row of 50,000 that are one partition, or one group.
func BenchmarkLargePartition(b *testing.B) {
	for _, q := range ofPartitions {
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
