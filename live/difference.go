package live

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/types"
)

// difference gives the changes that make the result old the result new.
func (v *view) difference(old, new []types.Row, cause struct{ came, went Reason }) []Change {
	if v.ordered {
		return v.listDifference(old, new, cause)
	}
	identity := v.identity()
	had := map[string][]types.Row{}
	for _, row := range old {
		k := identity(row)
		had[k] = append(had[k], row)
	}
	var out, inserts []Change
	for _, row := range new {
		k := identity(row)
		rows := had[k]
		if len(rows) == 0 {
			inserts = append(inserts, Change{Op: OpInsert, Reason: cause.came, Row: row})
			continue
		}
		was := rows[len(rows)-1]
		had[k] = rows[:len(rows)-1]
		if !sameRow(v.schema, was, row) {
			out = append(out, Change{Op: OpUpdate, Row: row, Old: was})
		}
	}
	var gone []Change
	for _, row := range old { // in the result's order
		k := identity(row)
		if rows := had[k]; len(rows) > 0 {
			had[k] = rows[:len(rows)-1]
			gone = append(gone, Change{Op: OpDelete, Reason: cause.went, Old: rows[len(rows)-1]})
		}
	}
	return append(append(gone, out...), inserts...)
}

// identity gives what makes two rows the same one: the key or, without a key,
// everything.
func (v *view) identity() func(types.Row) string {
	key := v.key
	if key == nil {
		for i := range v.schema {
			key = append(key, i)
		}
	}
	var buf []byte
	return func(row types.Row) string {
		buf = appendKey(buf[:0], v.schema, key, row)
		return string(buf)
	}
}

// listDifference gives the changes of an ordered result with their positions:
// applied one after another, each taking its row out at from_at and putting it
// in at at, they make the old list the new one.
func (v *view) listDifference(old, new []types.Row, cause struct{ came, went Reason }) []Change {
	identity := v.identity()
	type item struct {
		id  string
		row types.Row
	}
	list := make([]item, len(old))
	counts := map[string]int{} // of each row in new
	target := make([]string, len(new))
	for i, row := range new {
		target[i] = identity(row)
		counts[target[i]]++
	}
	for i, row := range old {
		list[i] = item{identity(row), row}
	}
	var out []Change
	// First what is gone, from the end, so that earlier positions stay.
	left := map[string]int{}
	for id, n := range counts {
		left[id] = n
	}
	keep := make([]bool, len(list))
	for i := range list {
		if left[list[i].id] > 0 {
			left[list[i].id]--
			keep[i] = true
		}
	}
	for i := len(list) - 1; i >= 0; i-- {
		if !keep[i] {
			out = append(out, Change{Op: OpDelete, Reason: cause.went, Old: list[i].row, positioned: true, FromAt: i})
			list = slices.Delete(list, i, i+1)
		}
	}
	// Then position by position what should be there.
	there := map[string]int{}
	for _, it := range list {
		there[it.id]++
	}
	for i, row := range new {
		id := target[i]
		if i < len(list) && list[i].id == id {
			if there[id]--; !sameRow(v.schema, list[i].row, row) {
				out = append(out, Change{Op: OpUpdate, Row: row, Old: list[i].row, positioned: true, FromAt: i, At: i})
				list[i].row = row
			}
			continue
		}
		if there[id] == 0 {
			out = append(out, Change{Op: OpInsert, Reason: cause.came, Row: row, positioned: true, At: i})
			list = slices.Insert(list, i, item{id, row})
			continue
		}
		there[id]--
		from := i + slices.IndexFunc(list[i:], func(it item) bool { return it.id == id })
		moved := list[from]
		out = append(out, Change{Op: OpUpdate, Row: row, Old: moved.row, positioned: true, FromAt: from, At: i})
		list = slices.Insert(slices.Delete(list, from, from+1), i, item{id, row})
	}
	return out
}
