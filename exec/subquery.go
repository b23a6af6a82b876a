package exec

import (
	"slices"

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
	pair types.Row // Test's values and a row of the query
	// rows are those of a subquery that is given nothing; read once.
	rows *subqueryRows
	// results by what the subquery was given, where that settles them.
	results *rowTable[types.Datum]
	// runs counts how often the query itself ran; hashed are all its rows, once
	// that is worth it.
	runs   int
	hashed *hashedRows
}

// runsBeforeHash is how often a subquery that finds its rows by an index runs
// before all rows are read instead.
const runsBeforeHash = 200

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
	if h := s.link.Hashed; h != nil && (s.runs > runsBeforeHash || h.Dear && s.runs > 1) {
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
	switch s.link.Kind {
	case plan.AnyLink, plan.AllLink:
		return s.quantified(rt, test)
	case plan.RowLink:
		rows, err := s.read(rt, 2)
		if err != nil || len(rows) == 0 {
			return types.Null, err
		}
		if len(rows) > 1 {
			return types.Null, errSeveralRows
		}
		return s.link.Compare.Eval(rt.Eval, append(test, rows[0]...))
	case plan.ExistsLink:
		rows, err := s.read(rt, 1)
		return types.Bool(len(rows) > 0), err
	case plan.ArrayLink:
		rows, err := s.read(rt, -1)
		if err != nil {
			return types.Null, err
		}
		return arrayOfRows(s.link, rows)
	}
	rows, err := s.read(rt, 2)
	switch {
	case err != nil || len(rows) == 0:
		return types.Null, err
	case len(rows) > 1:
		return types.Null, errSeveralRows
	}
	return rows[0][s.link.Column], nil
}

var errSeveralRows = sqlerr.New(sqlerr.CardinalityViolation, "more than one row returned by a subquery used as an expression")

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
	return s.compareRows(rt, test, rows.rows)
}

// compareRows compares the test with rows one by one, in three-valued logic.
func (s *subquery) compareRows(rt *Runtime, test types.Row, rows []types.Row) (types.Datum, error) {
	any := s.link.Kind == plan.AnyLink
	unknown := false
	width := len(test)
	s.pair = append(append(s.pair[:0], test...), make(types.Row, width)...)
	for i, row := range rows {
		if i%1024 == 1023 {
			if err := rt.interrupted(); err != nil {
				return types.Null, err
			}
		}
		copy(s.pair[width:], row)
		v, err := s.link.Compare.Eval(rt.Eval, s.pair)
		switch {
		case err != nil:
			return types.Null, err
		case v.IsNull():
			unknown = true
		case v.Bool() == any:
			return types.Bool(any), nil
		}
	}
	if unknown {
		return types.Null, nil
	}
	return types.Bool(!any), nil
}

// collect reads all rows. For x IN (...) of one type they are hashed.
func (s *subquery) collect(rt *Runtime) (*subqueryRows, error) {
	rows, err := s.read(rt, -1)
	if err != nil {
		return nil, err
	}
	r := &subqueryRows{rows: rows}
	call, ok := s.link.Compare.(*expr.Call)
	if s.link.Kind != plan.AnyLink || !ok || call.Op == nil || call.Op.Name != "=" || len(s.link.Test) != 1 {
		return r, nil
	}
	l, lok := call.Args[0].(*expr.Column)
	c, cok := call.Args[1].(*expr.Column)
	if !lok || !cok || !l.T.Same(c.T) || !l.T.Comparable() {
		return r, nil
	}
	r.set = newRowTable[struct{}]([]*types.Type{l.T})
	for _, row := range rows {
		if row[0].IsNull() {
			r.hasNull = true
			continue
		}
		r.set.at(row[:1])
	}
	return r, nil
}

// arrayOfRows is ARRAY(SELECT ...): the values of the only column, or an array
// of one more dimension when they are arrays.
func arrayOfRows(link *plan.SubLink, rows []types.Row) (types.Datum, error) {
	column := link.Query.Columns()[0].Type
	if !column.IsArray() {
		elems := make([]types.Datum, len(rows))
		for i, r := range rows {
			elems[i] = r[0]
		}
		return types.ArrayDatum(column, elems), nil
	}
	out := &types.Array{Elem: column.Elem}
	for _, r := range rows {
		if r[0].IsNull() {
			return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "cannot accumulate null arrays")
		}
		a := r[0].Array()
		switch {
		case len(a.Dims) == 0:
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "cannot accumulate empty arrays")
		case out.Dims == nil:
			out.Dims, out.Lower = append([]int{0}, a.Dims...), append([]int{1}, a.Lower...)
		case !slices.Equal(out.Dims[1:], a.Dims):
			return types.Null, sqlerr.New(sqlerr.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
		}
		out.Dims[0]++
		out.Elems = append(out.Elems, a.Elems...)
	}
	return types.Object(out), nil
}
