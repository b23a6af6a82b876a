package live

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// evalRanges computes the ranges of a scan: those that a NULL makes empty are
// left out, and so are duplicates, which an IN list can have. none says that
// nothing can match.
func evalRanges(c *expr.Context, n *plan.Scan) (ranges []tables.Range, none bool, err error) {
	for _, r := range n.Ranges {
		out := tables.Range{}
		empty := false
		prefixes, err := r.PrefixValues(c)
		if err != nil {
			return nil, false, err
		}
		for _, b := range []struct {
			from *plan.Bound
			to   **tables.Bound
		}{{r.Low, &out.Low}, {r.High, &out.High}} {
			if b.from == nil {
				continue
			}
			v, err := b.from.Value.Eval(c, nil)
			if err != nil {
				return nil, false, err
			}
			empty = empty || v.IsNull()
			*b.to = &tables.Bound{Value: v, Inclusive: b.from.Inclusive}
		}
		if empty {
			continue
		}
		for _, prefix := range prefixes {
			out.Prefix = prefix
			ranges = append(ranges, out)
		}
	}
	keys := prefixTypes(n)
	compare := func(a, b tables.Range) int {
		for i := range min(len(a.Prefix), len(b.Prefix)) {
			if d := keys[i].Compare(a.Prefix[i], b.Prefix[i]); d != 0 {
				return d
			}
		}
		return 0
	}
	slices.SortStableFunc(ranges, compare)
	ranges = slices.CompactFunc(ranges, func(a, b tables.Range) bool { return compare(a, b) == 0 })
	return ranges, len(ranges) == 0, nil
}

// prefixTypes gives the types of the keys that the ranges fix.
func prefixTypes(n *plan.Scan) []*types.Type {
	var all []*types.Type
	for _, e := range n.Ranges[0].Prefix {
		all = append(all, e.Type())
	}
	return all
}
