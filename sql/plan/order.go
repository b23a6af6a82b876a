package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// orderBy binds ORDER BY: output names and numbers first, then expressions
// over the input, which become extra targets when they are not outputs.
func (p *planner) orderBy(s *ast.SelectStmt, sc *scope, g *grouping, targets *[]expr.Expr, cols []Column) ([]SortKey, error) {
	var keys []SortKey
	for _, item := range s.OrderBy {
		at, err := p.outputItem(item.Expr, cols, *targets, "ORDER BY")
		if err != nil {
			return nil, err
		}
		if at < 0 {
			b := &binder{p: p, scope: sc, clause: "ORDER BY", aggs: g}
			e, err := b.bind(item.Expr)
			if err != nil {
				return nil, err
			}
			for i, t := range *targets {
				if equal(t, e) {
					at = i
					break
				}
			}
			if at < 0 {
				if s.Distinct {
					return nil, sqlerr.New(sqlerr.InvalidColumnReference, "for SELECT DISTINCT, ORDER BY expressions must appear in select list").At(item.Expr.Pos())
				}
				at = len(*targets)
				*targets = append(*targets, e)
			}
		}
		if (*targets)[at], err = settled((*targets)[at]); err != nil {
			return nil, err
		}
		key, err := sortKey(item, at, (*targets)[at])
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// outputItem finds the output column that an item of ORDER BY, GROUP BY or
// DISTINCT ON names or numbers; -1 if it does neither.
func (p *planner) outputItem(e ast.Expr, cols []Column, targets []expr.Expr, clause string) (int, error) {
	switch e := e.(type) {
	case *ast.ColumnRef:
		if len(e.Fields) != 1 || e.Star {
			return -1, nil
		}
		found := -1
		for i, c := range cols {
			if c.Name != e.Fields[0] {
				continue
			}
			if found >= 0 && !equal(targets[found], targets[i]) {
				return -1, sqlerr.New(sqlerr.AmbiguousColumn, `%s "%s" is ambiguous`, clause, c.Name).At(e.Pos())
			}
			if found < 0 {
				found = i
			}
		}
		return found, nil
	case *ast.Const:
		switch e.Kind {
		case ast.ConstInteger:
			if e.Int < 1 || e.Int > int64(len(cols)) {
				return -1, sqlerr.New(sqlerr.InvalidColumnReference, "%s position %d is not in select list", clause, e.Int).At(e.Pos())
			}
			return int(e.Int) - 1, nil
		default:
			return -1, sqlerr.New(sqlerr.SyntaxError, "non-integer constant in %s", clause).At(e.Pos())
		}
	}
	return -1, nil
}

// sortKey makes the key that sorts by the output column at position at.
func sortKey(item *ast.SortBy, at int, e expr.Expr) (SortKey, error) {
	key := SortKey{Expr: &expr.Column{Index: at, T: e.Type(), Mod: e.Typmod(), Name: expr.String(e)}}
	switch item.Dir {
	case ast.SortDesc:
		key.Desc = true
	case ast.SortUsing:
		switch op := item.Using[len(item.Using)-1]; op {
		case "<":
		case ">":
			key.Desc = true
		case "~<~", "~>~": // by bytes
			if t := e.Type(); t != types.Text && t != types.Varchar && t != types.BPChar && t != types.Unknown {
				return key, sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s %s %s", t, op, t).
					WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.").At(item.Pos())
			}
			key.Desc = op == "~>~"
		default:
			return key, sqlerr.New(sqlerr.WrongObjectType, "operator %s is not a valid ordering operator", op).
				WithHint(`Ordering operators must be "<" or ">" members of btree operator families.`).At(item.Pos())
		}
	}
	switch item.Nulls {
	case ast.NullsFirst:
		key.NullsFirst = true
	case ast.NullsDefault:
		key.NullsFirst = key.Desc
	}
	if t := e.Type(); t != types.Unknown && !t.Comparable() {
		return key, sqlerr.New(sqlerr.UndefinedFunction, "could not identify an ordering operator for type %s", t).
			WithHint("Use an explicit ordering operator or modify the query.").At(item.Expr.Pos())
	}
	if c := expr.CollationOf(e); !c.ByBytes() && expr.Collatable(e.Type()) && !e.Type().IsArray() {
		key.Expr = &expr.CollationKey{Arg: key.Expr, Collation: c}
	}
	return key, nil
}

// comparableTargets says whether DISTINCT can compare the select list.
func comparableTargets(s *ast.SelectStmt, cols []Column) error {
	for i, c := range cols {
		if c.Type != types.Unknown && !c.Type.Equatable() {
			return sqlerr.New(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", c.Type).At(s.Targets[min(i, len(s.Targets)-1)].Val.Pos())
		}
	}
	return nil
}

// distinctOn binds DISTINCT ON. Like those of ORDER BY, expressions that are not
// in the select list become extra targets.
func (p *planner) distinctOn(s *ast.SelectStmt, sc *scope, g *grouping, targets *[]expr.Expr, cols []Column, order []SortKey) ([]expr.Expr, error) {
	var on []expr.Expr
	for _, item := range s.DistinctOn {
		at, err := p.outputItem(item, cols, *targets, "DISTINCT ON")
		if err != nil {
			return nil, err
		}
		if at < 0 {
			b := &binder{p: p, scope: sc, clause: "DISTINCT ON", aggs: g}
			e, err := b.bind(item)
			if err != nil {
				return nil, err
			}
			at = slices.IndexFunc(*targets, func(t expr.Expr) bool { return equal(t, e) })
			if at < 0 {
				at = len(*targets)
				*targets = append(*targets, e)
			}
		}
		e := (*targets)[at]
		if t := e.Type(); t != types.Unknown && !t.Equatable() {
			return nil, sqlerr.New(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", t).At(item.Pos())
		}
		on = append(on, &expr.Column{Index: at, T: e.Type(), Mod: e.Typmod()})
	}
	for i, k := range order {
		if i < len(on) && !slices.ContainsFunc(on, func(o expr.Expr) bool { return equal(o, uncollated(k.Expr)) }) {
			return nil, sqlerr.New(sqlerr.InvalidColumnReference, "SELECT DISTINCT ON expressions must match initial ORDER BY expressions").At(s.DistinctOn[i].Pos())
		}
	}
	return on, nil
}

// uncollated is what a key that orders by a collation orders.
func uncollated(e expr.Expr) expr.Expr {
	if k, ok := e.(*expr.CollationKey); ok {
		return k.Arg
	}
	return e
}
