package types

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

// TestAppended appends to random ones of many arrays, from several goroutines: each result is
// what it was appended to with one more element, and no array changes.
func TestAppended(t *testing.T) {
	type made struct {
		array *Array
		want  []int64
	}
	first := &Array{Elem: Int8, Dims: []int{1}, Lower: []int{3}, Elems: []Datum{Int(0)}}
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			r := rand.New(rand.NewPCG(uint64(worker), 1))
			all := []made{{first, []int64{0}}}
			for i := range 2000 {
				from := all[len(all)-1]
				if r.IntN(4) == 0 {
					from = all[r.IntN(len(all))]
				}
				v := int64(worker*1_000_000 + i)
				all = append(all, made{from.array.Appended(Int(v)), append(slices.Clone(from.want), v)})
			}
			for _, m := range all {
				if m.array.Dims[0] != len(m.want) || m.array.Lower[0] != 3 || len(m.array.Elems) != len(m.want) {
					t.Errorf("an array of %d elements says that it has %d", len(m.want), m.array.Dims[0])
				}
				for i, d := range m.array.Elems {
					if d.Int() != m.want[i] {
						t.Errorf("element %d of %d is %d, want %d", i, len(m.want), d.Int(), m.want[i])
						return
					}
				}
			}
		})
	}
	group.Wait()
}
