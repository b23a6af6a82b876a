package exec

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// rememberedResults bounds how many results of a correlated subquery are kept.
const rememberedResults = 10_000

// subquery is what is known of a sublink within one statement.
type subquery struct {
	link *plan.SubLink
	args types.Row
	// rows are those of a subquery that is given nothing; read once.
	rows *subqueryRows
	// results by what the subquery was given, where that settles them.
	results *rowTable[types.Datum]
	// runs counts how often the query itself ran; hashed are all its rows, once
	// that is worth it.
	runs   int
	hashed *hashedRows
}

// subqueryRows are a subquery's rows, and for IN a hash table of them.
type subqueryRows struct {
	rows    []types.Row
	set     *rowTable[struct{}]
	hasNull bool
}

// Subquery gives the value of a subquery in an expression.
func (rt *Runtime) Subquery(c *expr.Context, e expr.Expr, row types.Row) (types.Datum, error) {
	link, ok := e.(*plan.SubLink)
	if !ok {
		return types.Null, sqlerr.Internal("subquery %T", e)
	}
	s := rt.subqueries[link]
	if s == nil {
		s = newSubquery(link)
		if rt.subqueries == nil {
			rt.subqueries = map[*plan.SubLink]*subquery{}
		}
		rt.subqueries[link] = s
	}
	if s.hashed != nil {
		return s.of(rt, row)
	}
	args := make(types.Row, len(link.Args))
	if err := evalInto(rt, args, link.Args, row); err != nil {
		return types.Null, err
	}
	test := make(types.Row, len(link.Test))
	if err := evalInto(rt, test, link.Test, row); err != nil {
		return types.Null, err
	}
	if s.results != nil {
		if known := s.results.find(args); known != nil {
			return *known, nil
		}
	}
	v, err := s.compute(rt, args, test)
	if err != nil {
		return types.Null, err
	}
	if s.results != nil && len(s.results.entries) < rememberedResults {
		kept, _ := s.results.at(args)
		*kept = v
	}
	return v, nil
}

// compute runs the query, or looks into the hash table of its rows.
func (s *subquery) compute(rt *Runtime, args, test types.Row) (types.Datum, error) {
	s.runs++
	if h := s.link.Hashed; h != nil && s.runs > h.After {
		return s.lookUp(rt, args, test)
	}
	if c := rt.Eval; len(s.link.Args) > 0 {
		outer := c.Outer
		c.Outer = append(outer[:len(outer):len(outer)], args)
		defer func() { c.Outer = outer }()
	}
	return s.evaluate(rt, test)
}

// newSubquery decides what can be kept: the rows of a subquery that is given
// nothing, else the results of one that depends on nothing but what it is given.
func newSubquery(link *plan.SubLink) *subquery {
	s := &subquery{link: link}
	if !link.Stable || len(link.Test) > 0 {
		return s
	}
	ts := make([]*types.Type, len(link.Args))
	for i, a := range link.Args {
		if ts[i] = a.Type(); !ts[i].Comparable() {
			return s
		}
	}
	s.results = newRowTable[types.Datum](ts)
	return s
}

func (s *subquery) evaluate(rt *Runtime, test types.Row) (types.Datum, error) {
	if s.link.Kind == plan.AnyLink || s.link.Kind == plan.AllLink {
		return s.quantified(rt, test)
	}
	rows, err := s.read(rt, s.link.MostRows())
	if err != nil {
		return types.Null, err
	}
	return s.link.Value(rt.Eval, test, rows)
}

// read runs the subquery for at most so many rows; all with a negative number.
func (s *subquery) read(rt *Runtime, most int) (rows []types.Row, err error) {
	op, err := Build(rt, s.link.Query)
	if err != nil {
		return nil, err
	}
	defer op.Close()
	for most < 0 || len(rows) < most {
		row, err := op.Next()
		if row == nil || err != nil {
			return rows, err
		}
		rows = append(rows, row.Clone())
		if len(rows)%1024 == 0 {
			if err := rt.interrupted(); err != nil {
				return nil, err
			}
		}
	}
	return rows, nil
}

// quantified is test op ANY or ALL (subquery), in three-valued logic.
func (s *subquery) quantified(rt *Runtime, test types.Row) (types.Datum, error) {
	rows := s.rows
	if rows == nil {
		var err error
		if rows, err = s.collect(rt); err != nil {
			return types.Null, err
		}
		if s.link.Stable && len(s.link.Args) == 0 {
			s.rows = rows
		}
	}
	if rows.set != nil {
		switch {
		case len(rows.rows) == 0:
			return types.Bool(false), nil
		case test[0].IsNull():
			return types.Null, nil
		case rows.set.find(test) != nil:
			return types.Bool(true), nil
		case rows.hasNull:
			return types.Null, nil
		}
		return types.Bool(false), nil
	}
	return s.link.Value(rt.Eval, test, rows.rows)
}

// collect reads all rows. For x IN (...) of one type they are hashed.
func (s *subquery) collect(rt *Runtime) (*subqueryRows, error) {
	rows, err := s.read(rt, -1)
	if err != nil {
		return nil, err
	}
	r := &subqueryRows{rows: rows}
	if !s.link.Membership() {
		return r, nil
	}
	r.set = newRowTable[struct{}]([]*types.Type{s.link.Test[0].Type()})
	for _, row := range rows {
		if row[0].IsNull() {
			r.hasNull = true
			continue
		}
		r.set.at(row[:1])
	}
	return r, nil
}
