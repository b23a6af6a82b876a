package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
)

// What is equal to the same is equal to one another: with a.x = b.x AND b.x = c.x, a can
// be joined to c before b is there. The columns of such equations form a class, of which
// every pair becomes a condition. When a side is joined, one condition of a class is enough,
// whatever others lead to what is there: of that all are equal already.

const (
	// largestClass bounds the columns of a class that is completed, the pairs being
	// as many as their square.
	largestClass = 12
	// mostClasses is how many classes there are at most.
	mostClasses = 60
)

// close completes the classes of columns of three sides or more. One that has two columns of a
// side stays as it was written: there each equation counts.
func (t *joinTree) close() {
	if len(t.leaves) < 3 {
		return
	}
	var classes [][]*expr.Column
	find := func(c *expr.Column) int {
		return slices.IndexFunc(classes, func(class []*expr.Column) bool {
			return slices.ContainsFunc(class, func(have *expr.Column) bool { return have.Index == c.Index })
		})
	}
	for k := range t.conds {
		if len(t.conds[k].leaves) != 2 {
			continue
		}
		a, b := equatedColumns(t.conds[k].expr)
		if a == nil || !a.T.Comparable() {
			continue
		}
		switch x, y := find(a), find(b); {
		case x < 0 && y < 0:
			classes = append(classes, []*expr.Column{a, b})
		case x < 0:
			classes[y] = append(classes[y], a)
		case y < 0:
			classes[x] = append(classes[x], b)
		case x != y:
			classes[x] = append(classes[x], classes[y]...)
			classes = slices.Delete(classes, y, y+1)
		}
	}
	number := 0
	for _, class := range classes {
		if len(class) < 3 || len(class) > largestClass || number == mostClasses || !t.oneOfEach(class) {
			continue
		}
		number++
		t.complete(class, number)
	}
}

// oneOfEach says whether no two columns are of the same side.
func (t *joinTree) oneOfEach(class []*expr.Column) bool {
	seen := map[int]bool{}
	for _, c := range class {
		at := t.leafOf(c.Index)
		if seen[at] {
			return false
		}
		seen[at] = true
	}
	return true
}

// complete makes conditions of the pairs of a class that are not yet there, and gives all of
// them its number.
func (t *joinTree) complete(class []*expr.Column, number int) {
	at := map[int]int{} // of the columns in class
	for i, c := range class {
		at[c.Index] = i
	}
	there := map[[2]int]bool{}
	for k := range t.conds {
		a, b := equatedColumns(t.conds[k].expr)
		if a == nil {
			continue
		}
		i, ok1 := at[a.Index]
		j, ok2 := at[b.Index]
		if !ok1 || !ok2 {
			continue
		}
		t.conds[k].class = number
		there[[2]int{min(i, j), max(i, j)}] = true
	}
	for i, a := range class {
		for j := i + 1; j < len(class); j++ {
			if there[[2]int{i, j}] {
				continue
			}
			eq, err := expr.ResolveOperator("=", a, class[j], -1)
			if err != nil {
				continue // no operator of one type: what is written is enough
			}
			t.conds = append(t.conds, treeCond{expr: eq, leaves: t.reads(eq), class: number})
		}
	}
}
