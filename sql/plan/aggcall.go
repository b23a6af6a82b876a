package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// aggregate binds an aggregate call and gives the reference to its result. A
// call whose arguments read an enclosing query only belongs to that query, and
// is handed in like one of its columns.
func (b *binder) aggregate(e *ast.FuncCall, name string) (expr.Expr, error) {
	owner, edges, err := b.aggregateOwner(e)
	switch {
	case err != nil:
		return nil, err
	case owner == nil:
		return nil, sqlerr.New(sqlerr.GroupingError, "aggregate functions are not allowed in FROM clause of their own query level")
	case owner != b:
		ref, err := owner.aggregate(e, name)
		if err != nil {
			return nil, sqlerr.From(err).At(e.Pos())
		}
		return handIn(ref, edges), nil
	case b.inAggregate && b.clause == "FILTER":
		return nil, sqlerr.New(sqlerr.GroupingError, "aggregate functions are not allowed in FILTER")
	case b.inAggregate:
		return nil, sqlerr.New(sqlerr.GroupingError, "aggregate function calls cannot be nested")
	case b.aggs == nil || b.inDefinition && b.clause == "WINDOW":
		return nil, sqlerr.New(sqlerr.GroupingError, "aggregate functions are not allowed in %s", b.clause)
	}
	b.inAggregate = true
	defer func() { b.inAggregate = false }()
	call, err := b.aggCall(e, name)
	if err != nil {
		return nil, err
	}
	if b.aggs.calls == nil {
		b.aggs.loc = e.Pos()
	}
	return b.aggs.add(*call, e.Pos()), nil
}

func (b *binder) aggCall(e *ast.FuncCall, name string) (*AggCall, error) {
	var args []expr.Expr
	var opts expr.CallOptions
	var json *expr.Resolved
	var err error
	if e.JSON != nil {
		json, err = b.jsonAggregate(e)
	} else {
		args, opts, err = b.callArgs(e)
	}
	if err != nil {
		return nil, err
	}
	var order []SortKey
	var unordered error // found out when the function is there
	for _, item := range e.OrderBy {
		k, err := b.bind(item.Expr)
		if err != nil {
			return nil, err
		}
		key, err := sortKey(item, 0, k)
		if err != nil && unordered == nil {
			unordered = err
		}
		key.Expr = expr.InOrder(k)
		order = append(order, key)
	}
	schema, err := b.p.functionSchema(e)
	if err != nil {
		return nil, err
	}
	if opts.Candidates = b.p.aggregates(e, name, schema); schema != nil {
		opts.Schema = schema.Name
	}
	direct := len(args)
	if e.WithinGroup {
		if args, err = withinGroup(name, args, order, e); err != nil {
			return nil, err
		}
		opts.WithinGroup = len(order)
	}
	r := json
	if r == nil {
		r, err = b.p.typing().ResolveFunction(name, args, opts, e.Pos())
	}
	if err != nil {
		return nil, err
	}
	if err := starless(r.Fn, e); err != nil {
		return nil, err
	}
	if unordered != nil {
		return nil, unordered
	}
	r.Fn = expr.Collated(r.Fn, r.Args)
	b.p.runsAggregate(r.Fn)
	call := &AggCall{Fn: r.Fn, Args: r.Args, Distinct: e.Distinct, OrderBy: order, Type: Column{Name: name, Type: r.Type, Typmod: types.NoTypmod, Collation: r.Fn.Collation}}
	switch {
	case r.Fn.Kind != 'a':
		return nil, sqlerr.New(sqlerr.WrongObjectType, "WITHIN GROUP specified, but %s is not an aggregate function", name)
	case r.Fn.AggKind == 'n' && e.WithinGroup:
		return nil, sqlerr.New(sqlerr.WrongObjectType, "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", name)
	case r.Fn.AggKind != 'n' && !e.WithinGroup:
		return nil, sqlerr.New(sqlerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name)
	case e.WithinGroup:
		call.Direct, call.Args = r.Args[:direct:direct], r.Args[direct:]
		for i := range call.OrderBy {
			call.OrderBy[i].Expr = call.Args[i]
		}
	}
	if e.Distinct {
		if err := call.distinct(e); err != nil {
			return nil, err
		}
	}
	if e.Filter != nil {
		clause := b.clause
		b.clause = "FILTER"
		call.Filter, err = b.condition(e.Filter, "FILTER")
		if b.clause = clause; err != nil {
			return nil, err
		}
	}
	return call, nil
}

// runsAggregate notes that an aggregate of a user is called.
func (p *planner) runsAggregate(f *expr.Function) {
	if f.Routine {
		p.useRoutine(f.OID)
		p.runs = true
		p.volatile = max(p.volatile, f.Volatility)
	}
}

// hypothetical are the aggregates whose direct arguments are a row of what is
// ordered.
var hypothetical = map[string]bool{"rank": true, "dense_rank": true, "percent_rank": true, "cume_dist": true}

// withinGroup gives all arguments of an ordered-set aggregate: the direct ones,
// then what is ordered.
func withinGroup(name string, direct []expr.Expr, order []SortKey, e *ast.FuncCall) ([]expr.Expr, error) {
	args := append([]expr.Expr(nil), direct...)
	for _, k := range order {
		args = append(args, k.Expr)
	}
	if !hypothetical[name] {
		return args, nil
	}
	if len(direct) != len(order) {
		var inputs string
		for i, a := range args {
			if i > 0 {
				inputs += ", "
			}
			inputs += a.Type().String()
		}
		return nil, sqlerr.New(sqlerr.UndefinedFunction, "function %s(%s) does not exist", name, inputs).
			WithHint("To use the hypothetical-set aggregate %s, the number of hypothetical direct arguments (here %d) must match the number of ordering columns (here %d).", name, len(direct), len(order))
	}
	for i := range direct {
		pair := []expr.Expr{order[i].Expr, direct[i]}
		t, err := expr.CommonType("WITHIN GROUP", pair)
		if err != nil {
			return nil, sqlerr.From(err).At(e.Pos())
		}
		for _, at := range []int{i, len(direct) + i} {
			if args[at], err = expr.Coerce(args[at], t, types.NoTypmod, expr.Implicit); err != nil {
				return nil, err
			}
		}
	}
	return args, nil
}

// collects are the aggregates whose result shows the order of the input: with
// DISTINCT that is the order of the values. A user's may be one, too.
var collects = map[string]bool{"array_agg": true, "string_agg": true, "json_agg": true, "jsonb_agg": true, "json_object_agg": true, "jsonb_object_agg": true, "json_arrayagg": true, "json_objectagg": true}

// distinct checks DISTINCT of an aggregate.
func (c *AggCall) distinct(e *ast.FuncCall) error {
	for i, a := range c.Args {
		if !a.Type().Comparable() {
			err := sqlerr.New(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", a.Type())
			if a.Type().Equatable() {
				err = sqlerr.New(sqlerr.UndefinedFunction, "could not identify an ordering operator for type %s", a.Type()).WithDetail("Aggregates with DISTINCT must be able to sort their inputs.")
			}
			if i < len(e.Args) {
				err = err.At(e.Args[i].Pos())
			}
			return err
		}
	}
	for i, k := range c.OrderBy {
		among := false
		for _, a := range c.Args {
			if !among && equal(expr.WithoutImplicitCast(a), k.Expr) {
				c.OrderBy[i].Expr, among = a, true
			}
		}
		if !among {
			return sqlerr.New(sqlerr.InvalidColumnReference, "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list").At(e.OrderBy[i].Expr.Pos())
		}
	}
	if c.OrderBy == nil && (collects[c.Fn.Name] || c.Fn.Routine) {
		c.implied = true
		for _, a := range c.Args {
			c.OrderBy = append(c.OrderBy, SortKey{Expr: a})
		}
	}
	return nil
}

// starless refuses the call of an aggregate without arguments that is not written with *.
func starless(f *expr.Function, e *ast.FuncCall) error {
	if f.Kind != 'a' || e.Star || e.WithinGroup || len(e.Args) > 0 {
		return nil
	}
	return sqlerr.New(sqlerr.WrongObjectType, "%s(*) must be used to call a parameterless aggregate function", strings.Join(e.Name, ".")).At(e.Pos())
}
