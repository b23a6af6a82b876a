package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// IndexCode binds the expressions of an index over the table's row: one for each
// key that is no plain column, nil for the others, and the condition of a
// partial index, nil for a whole one.
func IndexCode(cat *catalog.Catalog, t *catalog.Table, index *catalog.Index) (keys []expr.Expr, predicate expr.Expr, err error) {
	p := &planner{env: &Env{Catalog: cat, Database: t.Database, Types: types.DefaultEnv}, params: &expr.ParamTypes{}}
	sc := &scope{}
	sc.add(t.Name, "", tableColumns(t), len(t.Columns))
	sc.addSystemColumns(t)
	keys = make([]expr.Expr, len(index.Keys))
	for i, k := range index.Keys {
		if k.Column != 0 {
			continue
		}
		if keys[i], err = p.stored(k.Expr, sc, "index expressions"); err != nil {
			return nil, nil, err
		}
	}
	if index.Predicate != "" {
		if predicate, err = p.stored(index.Predicate, sc, "index predicates"); err != nil {
			return nil, nil, err
		}
		if predicate, err = expr.Coerce(predicate, types.Boolean, types.NoTypmod, expr.Assignment); err != nil {
			return nil, nil, err
		}
	}
	return keys, predicate, nil
}

// ExclusionCode binds the operators of an exclusion constraint over the keys of two
// rows, one behind the other.
func ExclusionCode(index *catalog.Index, keys []*types.Type) ([]expr.Expr, error) {
	list := make([]expr.Expr, len(keys))
	for i, t := range keys {
		op := expr.OperatorByOID(index.Exclusion[i])
		if op == nil {
			return nil, sqlerr.Internal("exclusion constraint %s: there is no operator %d", index.Name, index.Exclusion[i])
		}
		var err error
		list[i], err = expr.ResolveOperator(op.Name, &expr.Column{Index: i, T: t, Mod: types.NoTypmod}, &expr.Column{Index: len(keys) + i, T: t, Mod: types.NoTypmod}, -1)
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// indexCode is an index with its expressions, as a scan compares them with its
// filter.
type indexCode struct {
	keys      []expr.Expr
	predicate []expr.Expr // its conjuncts
}

// plainIndex says whether an index is over columns alone and has all rows.
func plainIndex(index *catalog.Index) bool {
	if index.Predicate != "" {
		return false
	}
	for _, k := range index.Keys {
		if k.Column == 0 {
			return false
		}
	}
	return true
}

// indexesOf lists the indexes of a table that have entries for all rows that the plan may
// read.
func (env *Env) indexesOf(t *catalog.Table) []*catalog.Index {
	lacks := func(i *catalog.Index) bool { return i.Invalid || env.Built != nil && !env.Built(i.OID) }
	if !slices.ContainsFunc(t.Indexes, lacks) {
		return t.Indexes
	}
	return slices.DeleteFunc(slices.Clone(t.Indexes), lacks)
}

// readIndexes binds the expressions of the table's indexes, constants computed
// as in the filter. An index that cannot be bound is not used.
func (s *Scan) readIndexes(env *Env) {
	s.code = nil
	for at, index := range s.indexes {
		if index.Declared || plainIndex(index) {
			continue
		}
		keys, predicate, err := IndexCode(env.Catalog, s.Table, index)
		if err != nil {
			continue
		}
		// A Project carries the expressions to where constants are computed.
		p := &Project{Input: &Values{Rows: [][]expr.Expr{{}}}}
		for _, k := range keys {
			if k != nil {
				p.Exprs = append(p.Exprs, k)
			}
		}
		if predicate != nil {
			p.Exprs = append(p.Exprs, predicate)
		}
		if env.Functions != nil && fold(p, env.Functions) != nil {
			continue
		}
		code := indexCode{keys: keys}
		n := 0
		for i, k := range keys {
			if k != nil {
				code.keys[i] = p.Exprs[n]
				n++
			}
		}
		if predicate != nil {
			code.predicate = conjuncts(p.Exprs[n])
		}
		if s.code == nil {
			s.code = map[int]indexCode{}
		}
		s.code[at] = code
	}
}

// keyNumber names a key of an index as filters' terms are noted under: a
// column by its attribute number, an expression by a negative one of its own.
func (s *Scan) keyNumber(index *catalog.Index, key int) int16 {
	if num := index.Keys[key].Column; num != 0 {
		return num
	}
	for at, i := range s.indexes {
		if i == index {
			return int16(-1 - at*32 - key)
		}
	}
	return 0
}

// keyNumbers are those of the keys that an expression is: a plain column's, or
// those of equal expressions of indexes.
func (s *Scan) keyNumbers(e expr.Expr) []int16 {
	if num, ok := s.plainColumn(e); ok {
		return []int16{num}
	}
	var nums []int16
	for at, code := range s.code {
		for key, k := range code.keys {
			if k != nil && key < 32 && (equal(k, e) || equal(k, unlabelled(e))) {
				nums = append(nums, s.keyNumber(s.indexes[at], key))
			}
		}
	}
	return nums
}

// unlabelled looks through varchar's being text, and an integer's being one of another size.
func unlabelled(e expr.Expr) expr.Expr {
	if r, ok := e.(*expr.Relabel); ok && (r.T == types.Text && r.Arg.Type() == types.Varchar || isInteger(r.T) && isInteger(r.Arg.Type())) {
		return r.Arg
	}
	return e
}

// usable says whether an index has entries, in order, for all rows that the filter passes.
func (s *Scan) usable(index *catalog.Index) bool { return index.Ordered() && s.hasAll(index) }

// predicatePart is what part of the table's rows an index has.
func (s *Scan) predicatePart(index *catalog.Index) float64 {
	if index.Predicate == "" {
		return 1
	}
	for at, i := range s.indexes {
		if code, ok := s.code[at]; ok && i == index {
			return selectivity(expr.NewAnd(code.predicate...), s)
		}
	}
	return 1
}

// dropImplied leaves out of filters what is true of every entry of the partial index that is
// read: entries need not have it then. Where rows are locked or changed it may no longer be
// true of what has become of them, and stays.
func dropImplied(n Node) {
	if s, ok := n.(*Scan); ok && s.Index != nil && s.Index.Predicate != "" && s.Search == nil && s.Lock == nil && !s.Ref && !s.watched {
		for at, i := range s.indexes {
			if i != s.Index {
				continue
			}
			predicate := s.code[at].predicate
			kept := slices.DeleteFunc(slices.Clone(conjuncts(s.Filter)), func(term expr.Expr) bool { return implies(predicate, []expr.Expr{term}) })
			if s.Filter, s.implied = nil, true; len(kept) > 0 {
				s.Filter = expr.NewAnd(kept...)
			}
		}
	}
	for _, in := range n.Inputs() {
		dropImplied(in)
	}
}

// hasAll says whether the filter passes no rows but those that an index is about.
func (s *Scan) hasAll(index *catalog.Index) bool {
	if plainIndex(index) {
		return true
	}
	for at, i := range s.indexes {
		if i != index {
			continue
		}
		code, ok := s.code[at]
		return ok && (index.Predicate == "" || s.Filter != nil && implies(conjuncts(s.Filter), code.predicate))
	}
	return false
}
