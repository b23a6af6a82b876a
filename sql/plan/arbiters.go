package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// arbiters finds the unique indexes that ON CONFLICT's target names: those over
// exactly these columns and expressions, whose condition, if they are partial,
// follows from the target's.
func (p *planner) arbiters(into *target, s *ast.OnConflict, sc *scope) ([]*catalog.Index, error) {
	t := into.table
	deferrable := func(i *catalog.Index) bool { return i.Deferrable }
	refused := sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters")
	if s.Constraint != "" {
		if into.relation != t.Name { // constraints are the table's, not those of a view of it
			return nil, sqlerr.New(sqlerr.UndefinedObject, `constraint "%s" for table "%s" does not exist`, s.Constraint, into.relation)
		}
		for _, i := range t.Indexes {
			if i.Name == s.Constraint && i.Constraint {
				switch {
				case i.Deferrable:
					return nil, refused
				case i.Exclusion != nil && s.DoUpdate:
					return nil, sqlerr.New(sqlerr.WrongObjectType, "ON CONFLICT DO UPDATE not supported with exclusion constraints")
				}
				into.require(p, catalog.PrivSelect)
				for at, c := range t.Columns {
					if slices.ContainsFunc(i.Keys, func(k catalog.IndexKey) bool { return k.Column == c.Num }) && sc.columns[at].reader != nil {
						sc.columns[at].reader.note(&sc.columns[at].Column)
					}
				}
				return []*catalog.Index{i}, nil
			}
		}
		if slices.ContainsFunc(t.Checks, func(c *catalog.Check) bool { return c.Name == s.Constraint }) ||
			slices.ContainsFunc(t.Foreign, func(k *catalog.ForeignKey) bool { return k.Name == s.Constraint }) {
			return nil, sqlerr.New(sqlerr.WrongObjectType, "constraint in ON CONFLICT clause has no associated index")
		}
		return nil, sqlerr.New(sqlerr.UndefinedObject, `constraint "%s" for table "%s" does not exist`, s.Constraint, t.Name)
	}
	if s.Infer == nil {
		return nil, nil
	}
	into.require(p, catalog.PrivSelect)
	var nums []int16
	var exprs, where []expr.Expr
	b := &binder{p: p, scope: sc, clause: "ON CONFLICT"}
	for _, e := range s.Infer {
		key := e.Expr
		if key == nil {
			key = &ast.ColumnRef{Loc: e.Loc, Fields: []string{e.Name}}
		}
		bound, err := b.bind(key)
		if err != nil {
			return nil, err
		}
		if c, ok := bound.(*expr.Column); ok && c.Index < len(t.Columns) {
			nums = append(nums, t.Columns[c.Index].Num)
			continue
		}
		exprs = append(exprs, bound)
	}
	if s.InferWhere != nil {
		cond, err := b.condition(s.InferWhere, "ON CONFLICT")
		if err != nil {
			return nil, err
		}
		where = conjuncts(cond)
	}
	var found []*catalog.Index
	for _, i := range t.Indexes {
		if i.Unique && !i.Invalid && p.arbitrates(t, i, nums, exprs, where) {
			found = append(found, i)
		}
	}
	if slices.ContainsFunc(found, deferrable) {
		return nil, refused
	}
	if found == nil {
		p.unmatched = sqlerr.New(sqlerr.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
	}
	return found, nil
}

// arbitrates compares an index with the target of ON CONFLICT.
func (p *planner) arbitrates(t *catalog.Table, index *catalog.Index, nums []int16, exprs, where []expr.Expr) bool {
	keys, predicate, err := IndexCode(p.env.Catalog, t, index)
	if err != nil || !implies(where, conjuncts(predicate)) {
		return false
	}
	columns := 0
	for i, k := range index.Keys {
		switch {
		case k.Column == 0 && !slices.ContainsFunc(exprs, func(e expr.Expr) bool { return equal(e, keys[i]) }):
			return false
		case k.Column != 0 && !slices.Contains(nums, k.Column):
			return false
		case k.Column != 0:
			columns++
		}
	}
	for n, num := range nums {
		if slices.Contains(nums[:n], num) {
			continue
		}
		if columns--; columns < 0 {
			return false
		}
	}
	return !slices.ContainsFunc(exprs, func(e expr.Expr) bool {
		return !slices.ContainsFunc(keys, func(k expr.Expr) bool { return k != nil && equal(k, e) })
	})
}
