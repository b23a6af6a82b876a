package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// SubLinkKind says what a subquery's rows become.
type SubLinkKind uint8

// The kinds of sublinks.
const (
	ScalarLink SubLinkKind = iota // the only column of the only row
	ExistsLink                    // whether there is a row
	AnyLink                       // whether Compare is true for some row
	AllLink                       // whether Compare is true for every row
	ArrayLink                     // all values of the only column
	RowLink                       // Compare with the only row
)

// SubLink is a subquery in an expression.
//
// A subquery reads nothing of the enclosing query but Args: these are computed
// over the enclosing row and are the subquery's outer row, of which its
// expressions see columns as OuterColumn of level 1. What lies further out is
// handed on through the Args of each sublink on the way. So a SubLink can be
// moved, lifted above a grouping and compared like any other expression.
type SubLink struct {
	Kind  SubLinkKind
	Query Node
	Args  []expr.Expr
	// Test is the left side of ANY, ALL and a row comparison. Compare is the
	// comparison over Test's values followed by the columns of a row of Query.
	Test    []expr.Expr
	Compare expr.Expr
	// Column is the column of Query that a scalar is taken from.
	Column int
	// Stable: the subquery gives the same rows for the same Args all through the
	// statement.
	Stable bool
	// source is the query as written, and op the operator of ANY, ALL and a row
	// comparison.
	source *ast.SelectStmt
	op     string
	// named are the columns that it names, if anybody asks (Env.Watched).
	named map[catalog.OID][]int16
	// Hashed is another way to compute it, if it is correlated; nil for none.
	Hashed *HashedLink
	T      *types.Type
	Mod    int32
	Loc    int
}

// Type is the result's type.
func (e *SubLink) Type() *types.Type { return e.T }

// Typmod is the result's type modifier.
func (e *SubLink) Typmod() int32 { return e.Mod }

// Children are Args and then Test.
func (e *SubLink) Children() []expr.Expr {
	return append(append(make([]expr.Expr, 0, len(e.Args)+len(e.Test)), e.Args...), e.Test...)
}

// WithChildren gives a copy with other Args and Test.
func (e *SubLink) WithChildren(children []expr.Expr) expr.Expr {
	c := *e
	c.Args, c.Test = children[:len(e.Args):len(e.Args)], children[len(e.Args):]
	return &c
}

// String is how EXPLAIN shows it; the plan follows.
func (e *SubLink) String() string {
	switch e.Kind {
	case ExistsLink:
		return "EXISTS (SubPlan)"
	case AnyLink, AllLink, RowLink:
		return "(" + expr.String(e.Compare) + " of SubPlan)"
	case ArrayLink:
		return "ARRAY (SubPlan)"
	}
	return "(SubPlan)"
}

// Eval asks the executor.
func (e *SubLink) Eval(c *expr.Context, row types.Row) (types.Datum, error) {
	if c.Subqueries == nil {
		return types.Null, sqlerr.Unsupported("a subquery here")
	}
	return c.Subqueries.Subquery(c, e, row)
}

// noSubqueries says how PostgreSQL names the places where no subquery may be.
var noSubqueries = map[string]string{
	"check constraints": "check constraint", "DEFAULT expressions": "DEFAULT expression", "index expressions": "index expression",
	"column generation expressions": "column generation expression", "index predicates": "index predicate", "EXECUTE": "EXECUTE parameter",
	CopyCondition: "COPY FROM WHERE condition", "trigger WHEN conditions": "trigger WHEN condition",
}

// subLink binds a subquery in an expression.
func (b *binder) subLink(e *ast.SubLink) (expr.Expr, error) {
	if what, no := noSubqueries[b.clause]; no {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "cannot use subquery in %s", what).At(e.Pos())
	}
	query, ok := e.Query.(*ast.SelectStmt)
	if !ok {
		return nil, sqlerr.Internal("subquery %T", e.Query)
	}
	link := &SubLink{T: types.Boolean, Mod: types.NoTypmod, Loc: e.Pos()}
	plain, err := b.p.subquery(link, query, b)
	if err != nil {
		return nil, err
	}
	cols := link.Query.Columns()
	switch e.LinkKind {
	case ast.SubLinkExists:
		link.Kind = ExistsLink
		b.p.hash(link, plain)
		return link, nil
	case ast.SubLinkAny, ast.SubLinkAll:
		link.Kind = AnyLink
		if e.LinkKind == ast.SubLinkAll {
			link.Kind = AllLink
		}
		op := "="
		if len(e.Op) > 0 {
			op = e.Op[len(e.Op)-1]
		}
		test, err := b.bind(e.Test)
		if err != nil {
			return nil, err
		}
		b.p.hash(link, plain)
		return link, link.compareWith(b.p.typing(), op, test, e.Pos())
	}
	if len(cols) != 1 {
		return nil, sqlerr.New(sqlerr.SyntaxError, "subquery must return only one column")
	}
	link.T, link.Mod = cols[0].Type, cols[0].Typmod
	if e.LinkKind == ast.SubLinkArray {
		link.Kind = ArrayLink
		if link.T = cols[0].Type.Array; cols[0].Type.IsArray() {
			link.T = cols[0].Type
		}
		if link.T == nil {
			return nil, sqlerr.New(sqlerr.UndefinedObject, "could not find array type for data type %s", cols[0].Type)
		}
	}
	b.p.hash(link, plain)
	return link, nil
}

// rowComparison binds (a, b) op (SELECT x, y).
func (b *binder) rowComparison(op string, row *ast.RowExpr, e *ast.SubLink) (expr.Expr, error) {
	link := &SubLink{Kind: RowLink, T: types.Boolean, Mod: types.NoTypmod, Loc: e.Pos()}
	if _, err := b.p.subquery(link, e.Query.(*ast.SelectStmt), b); err != nil {
		return nil, err
	}
	test, err := b.bind(row)
	if err != nil {
		return nil, err
	}
	return link, link.compareWith(b.p.typing(), op, test, e.Pos())
}

// subquery plans a link's query, which is in an expression that around binds.
// For a correlated one it gives the plan once more, as it was before it was
// optimized.
func (p *planner) subquery(link *SubLink, query *ast.SelectStmt, around *binder) (plain Node, err error) {
	edge := &scope{outer: around.scope, edge: &link.Args, around: around}
	volatile, workReads := p.volatile, p.workReads
	p.volatile = expr.Immutable
	p.level++
	n, err := p.selectStmt(query, edge)
	p.level--
	if err != nil {
		return nil, err
	}
	link.Stable = p.volatile < expr.Volatile && p.workReads == workReads
	p.volatile = max(volatile, p.volatile)
	if n, err = p.settleUnknown(n); err != nil {
		return nil, err
	}
	if link.Stable && len(link.Args) > 0 {
		plain = copyNode(n)
	}
	if p.env.Watched {
		link.named = columnsNamed(n)
	}
	link.Query, link.source = p.finish(n), query
	return plain, nil
}

// compareWith makes Compare from the left side.
func (e *SubLink) compareWith(y *expr.Typing, op string, test expr.Expr, loc int) error {
	cols := e.Query.Columns()
	e.Test, e.op = []expr.Expr{test}, op
	if row, ok := test.(*expr.RowExpr); ok && (row.Names == nil || len(cols) != 1) {
		e.Test = append([]expr.Expr(nil), row.Elems...)
	}
	switch {
	case len(cols) > len(e.Test):
		return sqlerr.New(sqlerr.SyntaxError, "subquery has too many columns").At(loc)
	case len(cols) < len(e.Test):
		return sqlerr.New(sqlerr.SyntaxError, "subquery has too few columns").At(loc)
	}
	left, right := make([]expr.Expr, len(cols)), make([]expr.Expr, len(cols))
	for i, c := range cols {
		if t := e.Test[i]; t.Type() == types.Unknown {
			coerced, err := y.Coerce(t, c.Type, types.NoTypmod, expr.Implicit)
			if err != nil {
				return sqlerr.From(err).At(loc)
			}
			e.Test[i] = coerced
		}
		left[i] = &expr.Column{Index: i, T: e.Test[i].Type(), Mod: e.Test[i].Typmod()}
		right[i] = &expr.Column{Index: len(cols) + i, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation}
	}
	var err error
	if len(cols) == 1 {
		e.Compare, err = y.Compare(op, left[0], right[0], loc)
	} else {
		e.Compare, err = y.Compare(op, expr.NewRow(left, nil), expr.NewRow(right, nil), loc)
	}
	if err != nil {
		return sqlerr.From(err).At(loc)
	}
	if e.Compare.Type() != types.Boolean {
		return sqlerr.New(sqlerr.DatatypeMismatch, "operator %s must return type boolean, not type %s", op, e.Compare.Type()).At(loc)
	}
	return nil
}
