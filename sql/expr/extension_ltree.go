package expr

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Extension ltree. Its GiST classes make definitions of indexes.

func init() {
	order := func(holds func(c int) bool) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(holds(types.CompareLtrees(a[0], a[1]))), nil
		}
	}
	code := map[string]any{
		"ltree_cmp": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(types.CompareLtrees(a[0], a[1]))), nil
		},
		"ltree_lt": order(func(c int) bool { return c < 0 }), "ltree_le": order(func(c int) bool { return c <= 0 }),
		"ltree_eq": order(func(c int) bool { return c == 0 }), "ltree_ne": order(func(c int) bool { return c != 0 }),
		"ltree_ge": order(func(c int) bool { return c >= 0 }), "ltree_gt": order(func(c int) bool { return c > 0 }),
		"subltree": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return subLtree(types.LtreeLabels(a[0]), a[1].Int(), a[2].Int())
		},
		"subpath":     subPath,
		"ltree_index": ltreeIndex,
		"nlevel": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(len(types.LtreeLabels(a[0])))), nil
		},
		"ltree2text": func(_ *Context, a []types.Datum) (types.Datum, error) { return a[0], nil },
		"text2ltree": func(_ *Context, a []types.Datum) (types.Datum, error) { return types.ParseLtree(a[0].Str()) },
		"lca":        func(_ *Context, a []types.Datum) (types.Datum, error) { return commonAncestor(a) },
		"_lca": func(_ *Context, a []types.Datum) (types.Datum, error) {
			list, err := elementsOfOne(a[0])
			if err != nil {
				return types.Null, err
			}
			return commonAncestor(list)
		},
		"ltree_addltree": func(_ *Context, a []types.Datum) (types.Datum, error) { return joinLtrees(a[0], a[1]) },
		"ltree_addtext": func(_ *Context, a []types.Datum) (types.Datum, error) {
			b, err := types.ParseLtree(a[1].Str())
			if err != nil {
				return types.Null, err
			}
			return joinLtrees(a[0], b)
		},
		"ltree_textadd": func(_ *Context, a []types.Datum) (types.Datum, error) {
			b, err := types.ParseLtree(a[0].Str())
			if err != nil {
				return types.Null, err
			}
			return joinLtrees(b, a[1])
		},
	}
	// A condition is asked of a path, then of each of an array, by two functions that take
	// the operands in either order; another gives the path that it holds for.
	type condition func(query types.Datum) (func(path types.Datum) bool, error)
	of := func(c condition, symbols ...string) {
		one := func(p, q types.Datum) (types.Datum, error) {
			holds, err := c(q)
			if err != nil {
				return types.Null, err
			}
			return types.Bool(holds(p)), nil
		}
		first := func(p, q types.Datum) (types.Datum, bool, error) {
			list, err := elementsOfOne(p)
			if err != nil {
				return types.Null, false, err
			}
			holds, err := c(q)
			if err != nil {
				return types.Null, false, err
			}
			at := slices.IndexFunc(list, holds)
			if at < 0 {
				return types.Null, false, nil
			}
			return list[at], true, nil
		}
		for i, s := range symbols {
			if s == "" {
				continue
			}
			code[s] = EvalFunc(func(_ *Context, a []types.Datum) (types.Datum, error) {
				p, q := a[0], a[1]
				if i%2 == 1 {
					p, q = q, p
				}
				switch i {
				case 0, 1:
					return one(p, q)
				case 2, 3:
					_, found, err := first(p, q)
					return types.Bool(found), err
				}
				found, _, err := first(p, q)
				return found, err
			})
		}
	}
	of(func(below types.Datum) (func(types.Datum) bool, error) {
		return func(p types.Datum) bool { return types.LtreeContains(p, below) }, nil
	}, "ltree_isparent", "", "_ltree_isparent", "_ltree_r_isparent", "_ltree_extract_isparent")
	of(func(above types.Datum) (func(types.Datum) bool, error) {
		return func(p types.Datum) bool { return types.LtreeContains(above, p) }, nil
	}, "ltree_risparent", "", "_ltree_risparent", "_ltree_r_risparent", "_ltree_extract_risparent")
	of(matchesLQuery, "ltq_regex", "ltq_rregex", "_ltq_regex", "_ltq_rregex", "_ltq_extract_regex")
	of(matchesLQueries, "lt_q_regex", "lt_q_rregex", "_lt_q_regex", "_lt_q_rregex")
	of(func(query types.Datum) (func(types.Datum) bool, error) {
		q, err := types.ParseLTxtQuery(query.Str())
		return func(p types.Datum) bool { return q.Matches(types.LtreeLabels(p)) }, err
	}, "ltxtq_exec", "ltxtq_rexec", "_ltxtq_exec", "_ltxtq_rexec", "_ltxtq_extract_exec")
	recorded(&Extension{Name: "ltree", First: 8200, Version: "1.2", Comment: "data type for hierarchical tree-like structures"}, code)
}

// elementsOfOne are the elements of an array of one dimension without NULLs.
func elementsOfOne(d types.Datum) ([]types.Datum, error) {
	a := d.Array()
	if len(a.Dims) > 1 {
		return nil, sqlerr.New(sqlerr.ArraySubscriptError, "array must be one-dimensional")
	}
	if slices.ContainsFunc(a.Elems, types.Datum.IsNull) {
		return nil, sqlerr.New(sqlerr.NullValueNotAllowed, "array must not contain nulls")
	}
	return a.Elems, nil
}

func matchesLQuery(query types.Datum) (func(types.Datum) bool, error) {
	q, err := types.ParseLQuery(query.Str())
	return func(p types.Datum) bool { return q.Matches(types.LtreeLabels(p)) }, err
}

func matchesLQueries(queries types.Datum) (func(types.Datum) bool, error) {
	list, err := elementsOfOne(queries)
	var all []func(types.Datum) bool
	for _, d := range list {
		q, err := matchesLQuery(d)
		if err != nil {
			return nil, err
		}
		all = append(all, q)
	}
	return func(p types.Datum) bool {
		return slices.ContainsFunc(all, func(holds func(types.Datum) bool) bool { return holds(p) })
	}, err
}

// subLtree are the labels from one place to before another.
func subLtree(labels []string, from, to int64) (types.Datum, error) {
	n := int64(len(labels))
	if from < 0 || to < 0 || from >= n || from > to {
		return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "invalid positions")
	}
	return types.LtreeDatum(labels[from:min(to, n)])
}

// subPath counts places from the end where they are negative, and takes all that follows
// without a length.
func subPath(_ *Context, a []types.Datum) (types.Datum, error) {
	labels := types.LtreeLabels(a[0])
	n, from := int64(len(labels)), a[1].Int()
	if from < 0 {
		from += n
	}
	if from < 0 {
		from += n
	}
	if len(a) < 3 {
		return subLtree(labels, from, max(n, from))
	}
	to := int64(int32(from + a[2].Int()))
	if a[2].Int() < 0 {
		to = n + a[2].Int()
	}
	return subLtree(labels, from, to)
}

// ltreeIndex is where a path begins within another, -1 if it does not.
func ltreeIndex(_ *Context, a []types.Datum) (types.Datum, error) {
	in, part := types.LtreeLabels(a[0]), types.LtreeLabels(a[1])
	from := 0
	if len(a) > 2 {
		if from = int(a[2].Int()); from < 0 {
			from = max(from+len(in), 0)
		}
	}
	for i := from; len(part) > 0 && i <= len(in)-len(part); i++ {
		if slices.Equal(in[i:i+len(part)], part) {
			return types.Int(int64(i)), nil
		}
	}
	return types.Int(-1), nil
}

func joinLtrees(a, b types.Datum) (types.Datum, error) {
	return types.LtreeDatum(append(types.LtreeLabels(a), types.LtreeLabels(b)...))
}

func commonAncestor(paths []types.Datum) (types.Datum, error) {
	labels, ok := types.LowestCommonAncestor(paths)
	if !ok {
		return types.Null, nil
	}
	return types.LtreeDatum(labels)
}
