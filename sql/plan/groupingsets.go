package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// maxGroupingSets is PostgreSQL's bound for what a GROUP BY may expand to.
const maxGroupingSets = 4096

// groupingSets binds a GROUP BY with GROUPING SETS, ROLLUP or CUBE: all keys,
// and for each set which of them it groups by.
func (p *planner) groupingSets(s *ast.SelectStmt, sc *scope, targets []expr.Expr, cols []Column) (keys []expr.Expr, sets [][]int, err error) {
	bind := func(item *ast.GroupItem) (int, error) {
		e, err := p.groupKey(item, sc, targets, cols)
		if err != nil {
			return 0, err
		}
		for i, k := range keys {
			if equal(k, e) {
				return i, nil
			}
		}
		keys = append(keys, e)
		return len(keys) - 1, nil
	}
	sets = [][]int{{}}
	for i := range s.GroupBy {
		own, err := expandGroup(&s.GroupBy[i], bind)
		if err != nil {
			return nil, nil, err
		}
		var product [][]int
		for _, a := range sets {
			for _, b := range own {
				product = append(product, union(a, b))
			}
		}
		if sets = product; len(sets) > maxGroupingSets {
			return nil, nil, sqlerr.New(sqlerr.StatementTooComplex, "too many grouping sets present (maximum %d)", maxGroupingSets)
		}
	}
	if s.GroupDistinct {
		var distinct [][]int
		for _, set := range sets {
			if !slices.ContainsFunc(distinct, func(have []int) bool { return slices.Equal(have, set) }) {
				distinct = append(distinct, set)
			}
		}
		sets = distinct
	}
	return keys, sets, nil
}

func union(a, b []int) []int {
	out := slices.Clone(a)
	for _, k := range b {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// expandGroup gives the sets that an item of GROUP BY stands for.
func expandGroup(item *ast.GroupItem, bind func(*ast.GroupItem) (int, error)) ([][]int, error) {
	// parts are the items of ROLLUP and CUBE, each a list of keys.
	parts := func() ([][]int, error) {
		var out [][]int
		for i := range item.Items {
			sets, err := expandGroup(&item.Items[i], bind)
			if err != nil {
				return nil, err
			}
			out = append(out, sets[0])
		}
		return out, nil
	}
	switch item.Kind {
	case ast.GroupEmpty:
		return [][]int{{}}, nil
	case ast.GroupRow:
		var set []int
		for i := range item.Items {
			k, err := bind(&item.Items[i])
			if err != nil {
				return nil, err
			}
			set = union(set, []int{k})
		}
		return [][]int{set}, nil
	case ast.GroupRollup:
		list, err := parts()
		if err != nil {
			return nil, err
		}
		var sets [][]int
		for n := len(list); n >= 0; n-- {
			var set []int
			for _, part := range list[:n] {
				set = union(set, part)
			}
			sets = append(sets, set)
		}
		return sets, nil
	case ast.GroupCube:
		list, err := parts()
		if err != nil {
			return nil, err
		}
		if len(list) > 12 {
			return nil, sqlerr.New(sqlerr.TooManyColumns, "CUBE is limited to 12 elements").At(item.Pos())
		}
		var sets [][]int
		for mask := 1<<len(list) - 1; mask >= 0; mask-- {
			var set []int
			for i, part := range list {
				if mask&(1<<(len(list)-1-i)) != 0 {
					set = union(set, part)
				}
			}
			sets = append(sets, set)
		}
		return sets, nil
	case ast.GroupSets:
		var sets [][]int
		for i := range item.Items {
			own, err := expandGroup(&item.Items[i], bind)
			if err != nil {
				return nil, err
			}
			sets = append(sets, own...)
		}
		return sets, nil
	}
	k, err := bind(item)
	return [][]int{{k}}, err
}

// groupingRef stands for GROUPING(...) until the Aggregate node is made.
type groupingRef struct {
	args []expr.Expr
	locs []int
	loc  int
}

func (e *groupingRef) Type() *types.Type     { return types.Int4 }
func (e *groupingRef) Typmod() int32         { return types.NoTypmod }
func (e *groupingRef) Children() []expr.Expr { return e.args }
func (e *groupingRef) WithChildren(c []expr.Expr) expr.Expr {
	return &groupingRef{args: c, locs: e.locs, loc: e.loc}
}
func (e *groupingRef) Eval(*expr.Context, types.Row) (types.Datum, error) {
	return types.Null, sqlerr.Internal("GROUPING evaluated")
}

// groupingValue is GROUPING(...) over the groups: a value for each set, by the
// column that numbers the sets.
type groupingValue struct {
	column int
	values []int64
}

func (e *groupingValue) Type() *types.Type                  { return types.Int4 }
func (e *groupingValue) Typmod() int32                      { return types.NoTypmod }
func (e *groupingValue) Children() []expr.Expr              { return nil }
func (e *groupingValue) WithChildren([]expr.Expr) expr.Expr { return e }
func (e *groupingValue) Eval(_ *expr.Context, row types.Row) (types.Datum, error) {
	return types.Int(e.values[row[e.column].Int()]), nil
}

// grouping binds GROUPING(...).
func (b *binder) grouping(e *ast.GroupingFunc) (expr.Expr, error) {
	if b.aggs == nil {
		return nil, sqlerr.New(sqlerr.GroupingError, "grouping operations are not allowed in %s", b.clause)
	}
	if len(e.Args) > 31 {
		return nil, sqlerr.New(sqlerr.TooManyArguments, "GROUPING must have fewer than 32 arguments")
	}
	args, err := b.bindAll(e.Args)
	if err != nil {
		return nil, err
	}
	b.aggs.grouping = true
	ref := &groupingRef{args: args, loc: e.Pos()}
	for _, a := range e.Args {
		ref.locs = append(ref.locs, a.Pos())
	}
	return ref, nil
}

// liftGrouping makes the value of GROUPING for each set: a bit for each argument,
// the last one lowest, that is set when the set does not group by it.
func (n *Aggregate) liftGrouping(e *groupingRef) (expr.Expr, error) {
	sets := n.Sets
	if sets == nil {
		return n.plainGrouping(e)
	}
	v := &groupingValue{column: len(n.Keys) + len(n.Aggs), values: make([]int64, len(sets))}
	for k, a := range e.args {
		at := slices.IndexFunc(n.Keys, func(k expr.Expr) bool { return equal(k, a) })
		if at < 0 {
			return nil, groupingArgument(e.locs[k])
		}
		for i, set := range sets {
			v.values[i] <<= 1
			if !slices.Contains(set, at) {
				v.values[i]++
			}
		}
	}
	return v, nil
}

func groupingArgument(loc int) error {
	return sqlerr.New(sqlerr.GroupingError, "arguments to GROUPING must be grouping expressions of the associated query level").At(loc)
}

// plainGrouping is GROUPING without grouping sets: every key is grouped by.
func (n *Aggregate) plainGrouping(e *groupingRef) (expr.Expr, error) {
	for k, a := range e.args {
		if !slices.ContainsFunc(n.Keys, func(k expr.Expr) bool { return equal(k, a) }) {
			return nil, groupingArgument(e.locs[k])
		}
	}
	return &expr.Const{Value: types.Int(0), T: types.Int4, Mod: types.NoTypmod, Loc: e.loc}, nil
}
