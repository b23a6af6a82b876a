package live

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// TestListsFold: what changes do to a list one after another, their fold does at once, and
// it says nothing of rows that are as they were.
func TestListsFold(t *testing.T) {
	schema := []SchemaColumn{{Column: plan.Column{Name: "id", Type: types.Int4}, Key: true}, {Column: plan.Column{Name: "v", Type: types.Int4}}}
	for seed := range uint64(20000) {
		r := rand.New(rand.NewPCG(seed, 1))
		var list, untouched []types.Row
		next := int64(0)
		row := func(id int64) types.Row { return types.Row{types.Int(id), types.Int(r.Int64N(3))} }
		for range r.IntN(8) {
			list = append(list, row(next))
			next++
		}
		before := slices.Clone(list)
		var changes []Change
		gone := []int64{}
		for range r.IntN(12) {
			switch n := len(list); {
			case n > 0 && r.IntN(3) == 0:
				at := r.IntN(n)
				gone = append(gone, list[at][0].Int())
				changes = append(changes, Change{Op: OpDelete, Reason: WentLeave, Old: list[at], FromAt: at})
				list = slices.Delete(slices.Clone(list), at, at+1)
			case n > 0 && r.IntN(2) == 0:
				at, to := r.IntN(n), r.IntN(n)
				now := row(list[at][0].Int())
				changes = append(changes, Change{Op: OpUpdate, Old: list[at], Row: now, FromAt: at, At: to})
				list = slices.Insert(slices.Delete(slices.Clone(list), at, at+1), to, now)
			default:
				id := next
				if k := len(gone); k > 0 && r.IntN(2) == 0 {
					id, gone = gone[k-1], gone[:k-1]
				} else {
					next++
				}
				at, now := r.IntN(n+1), row(id)
				changes = append(changes, Change{Op: OpInsert, Reason: CameEnter, Row: now, At: at})
				list = slices.Insert(slices.Clone(list), at, now)
			}
		}
		f := &listFold{byKey: map[string]*listed{}, pieces: []piece{{of: 1 << 40}}}
		for i := range changes {
			c := &changes[i]
			of := c.Row
			if of == nil {
				of = c.Old
			}
			f.take(fmt.Sprint(of[0].Int()), c)
		}
		f.settle(schema)
		got := slices.Clone(before)
		for _, c := range f.group() {
			if c.Old != nil {
				if c.FromAt >= len(got) || !sameRow(schema, got[c.FromAt], c.Old) {
					t.Fatalf("seed %d: %v is not at %d of %v", seed, c.Old, c.FromAt, got)
				}
				got = slices.Delete(got, c.FromAt, c.FromAt+1)
			}
			if c.Row != nil {
				got = slices.Insert(got, c.At, c.Row)
			}
			if c.Op == OpUpdate && sameRow(schema, c.Old, c.Row) && slices.EqualFunc(list, before, func(a, b types.Row) bool { return sameRow(schema, a, b) }) {
				untouched = append(untouched, c.Row)
			}
		}
		if !slices.EqualFunc(got, list, func(a, b types.Row) bool { return sameRow(schema, a, b) }) {
			t.Fatalf("seed %d: %v became %v, folded %v", seed, before, list, got)
		}
		if len(untouched) > 0 {
			t.Fatalf("seed %d: nothing has changed, but it says %v", seed, untouched)
		}
	}
}
