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

// BenchmarkBranchMoves moves a branch of 4,681 of the 37,449 rows of a tree.
func BenchmarkBranchMoves(b *testing.B) {
	m := newModel(1)
	t := m.tables[0]
	x := circuit.Build(m.plan(b, "WITH RECURSIVE r AS (SELECT id, v, 0 AS d FROM a WHERE k IS NULL UNION ALL SELECT a.id, a.v, d + 1 FROM a JOIN r ON a.k = r.id) SELECT id, v, d FROM r"), exec.Evaluate, false)
	row := func(id, parent int64) circuit.Change {
		k := types.Int(parent)
		if id == 0 {
			k = types.Null
		}
		return circuit.Change{ID: string(binary.BigEndian.AppendUint32(nil, uint32(id))), New: types.Row{types.Int(id), k, types.Int(id % 9), types.Null, types.String("x"), types.Int(int64(t.OID)), types.Null}}
	}
	var all []circuit.Change
	for id := int64(0); id < 37449; id++ {
		all = append(all, row(id, (id-1)/8))
	}
	c := context(nil)
	step := func(list []circuit.Change) int {
		out, err := x.Step(c, circuit.At{}, time.Unix(1e9, 0), map[catalog.OID][]circuit.Change{t.OID: list})
		if err != nil {
			b.Fatal(err)
		}
		return len(out)
	}
	start := time.Now()
	n := step(all)
	b.Logf("%d rows in %v", n, time.Since(start))
	at := int64(0)
	for b.Loop() {
		from := row(1, at)
		at = (at + 2) % 4
		to := row(1, at)
		if n := step([]circuit.Change{{ID: to.ID, Old: from.New, New: to.New}}); n != 9362 {
			b.Fatal(n)
		}
	}
}
