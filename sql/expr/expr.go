// Package expr holds typed, bound expressions: what a name, an operator or a
// function call has become once the planner knows its type. The same tree is
// evaluated by the executor for SELECT and by live queries for changes, so that
// the two can never disagree.
//
// An Expr is immutable after planning and may be evaluated by any number of
// goroutines, each with its own Context.
package expr

import (
	"context"
	"time"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Expr is one typed expression.
type Expr interface {
	// Type is the expression's type; types.Unknown for an untyped literal or a
	// parameter whose type is not settled yet.
	Type() *types.Type
	// Typmod is the type modifier, or types.NoTypmod.
	Typmod() int32
	// Eval computes the value for one input row.
	Eval(c *Context, row types.Row) (types.Datum, error)
	// Children gives the sub-expressions, for Walk; the slice is not modified.
	Children() []Expr
	// WithChildren gives a copy with other sub-expressions, for Rewrite.
	WithChildren(children []Expr) Expr
}

// Context is what evaluation may look at besides the row. One statement makes
// one; it is used by one goroutine at a time.
type Context struct {
	Ctx    context.Context
	Env    *types.Env
	Params []types.Datum
	// TxTime is now(): the transaction's start. StatementTime is the
	// statement's. Clock is clock_timestamp().
	TxTime, StatementTime time.Time
	Clock                 func() time.Time
	Host                  Host
	// Random gives random(); nil gives numbers that no seed decides.
	Random *Random
	// Outer holds what subqueries have been given by the queries around them,
	// innermost last, for OuterColumn.
	Outer []types.Row
	// Subqueries runs subqueries; nil where there can be none.
	Subqueries Subqueries
	// arguments is where calls put their arguments; nil where the context may be
	// used by several goroutines. own is there for it, in one piece with the context.
	arguments *argumentStack
	own       argumentStack
	// sets are those of arrays that are looked into for many rows; they go with arguments.
	sets map[*AnyAll]*seenArray
	// growing is for texts that are appended to again and again; nil where they are not.
	growing *Growing
}

// argumentStack holds the arguments of the calls under way, the innermost last.
type argumentStack struct{ values []types.Datum }

// Reuse lets the calls of this context share memory for their arguments. From then
// on it belongs to one goroutine.
func (c *Context) Reuse() {
	if c.arguments == nil {
		c.arguments = &c.own
	}
}

// Fork makes a copy of a context one that another goroutine may use, as long as
// nothing is evaluated that the session has to answer.
func (c *Context) Fork() {
	c.arguments, c.Subqueries, c.own, c.sets, c.growing = nil, nil, argumentStack{}, nil, nil
	c.Reuse()
}

// Subqueries runs subqueries in expressions: package exec for those of package
// plan, of which this package knows nothing.
type Subqueries interface {
	Subquery(c *Context, link Expr, row types.Row) (types.Datum, error)
}

// Host is what functions ask of the session and server they run in: identity,
// settings, sequences, notifications. exec/session implements it; tests and
// live queries use StaticHost.
type Host interface {
	CurrentUser() string            // current_user
	SessionUser() string            // session_user
	KalamUser() string              // the user whose slices are seen: kalam_user()
	Database() string               // current_database()
	Schemas(implicit bool) []string // current_schemas()
	Setting(name string, missingOK bool) (string, error)
	SetSetting(name, value string, local bool) error
	BackendPID() int32
	NextVal(ctx context.Context, sequence types.OID) (int64, error)
	CurrVal(sequence types.OID) (int64, error)
	SetVal(ctx context.Context, sequence types.OID, value int64, called bool) error
	LastVal() (int64, error)
	Notify(channel, payload string) error
	// Call runs a function that only the session can (kalam_listen,
	// pg_cancel_backend, has_table_privilege, pg_get_indexdef, ...): functions
	// registered with HostFunction come here.
	Call(c *Context, name string, args []types.Datum) (types.Datum, error)
}

// Volatility is pg_proc.provolatile.
type Volatility byte

// The volatility classes, most constant first.
const (
	Immutable Volatility = iota
	Stable
	Volatile
)

// Const is a literal.
type Const struct {
	Value types.Datum
	T     *types.Type
	Mod   int32
	Loc   int // byte offset in the statement, -1 unknown
}

// Column is a column of the input row.
type Column struct {
	Index int
	T     *types.Type
	Mod   int32
	Name  string // for display
	// Relation is written before the name, for display; "" is nothing.
	Relation string
	Loc      int // byte offset in the statement; 0 unknown
	// Collation is that of the column; nil is the order of bytes.
	Collation *types.Collation
	// Fields are those of a column of anonymous rows, as far as they are known.
	Fields []types.Field
}

// OuterColumn is a column of an enclosing query's row; Level 1 is the nearest.
type OuterColumn struct {
	Level, Index int
	T            *types.Type
	Mod          int32
	Name         string
	Fields       []types.Field // as of Column
}

// ParamTypes collects the types of a statement's parameters while it is
// planned: what the client declared, then what the context tells.
type ParamTypes struct {
	Types []*types.Type // index 0 is $1; nil or types.Unknown: not settled
}

// Param is $N (N from 1).
type Param struct {
	N     int
	Types *ParamTypes
	Loc   int
}

// Call applies a function (operators and casts too) to arguments.
type Call struct {
	Fn   *Function
	Args []Expr
	T    *types.Type // the result type, polymorphism resolved
	Mod  int32
	// Form says how the call was written, for display: "f(a)", "a + b", "a::t".
	Form CallForm
	Op   *Operator // of FormOperator
	// Spelling is how a user's operator is written, which has FormOperator and no Op.
	Spelling string
	Loc      int
}

// CallForm says how a Call was written.
type CallForm uint8

// The forms of a call.
const (
	FormFunction CallForm = iota
	FormOperator
	FormCast
	FormImplicitCast
	FormSyntax // a function with a syntax of its own: EXTRACT(year FROM ...)
)

// Operator is how the operator of a call is written; empty: it has none.
func (e *Call) Operator() string {
	if e.Op != nil {
		return e.Op.Name
	}
	return e.Spelling
}

func (e *Const) Type() *types.Type                             { return e.T }
func (e *Const) Typmod() int32                                 { return e.Mod }
func (e *Const) Children() []Expr                              { return nil }
func (e *Const) WithChildren([]Expr) Expr                      { return e }
func (e *Const) Eval(*Context, types.Row) (types.Datum, error) { return e.Value, nil }

func (e *Column) Type() *types.Type                                   { return e.T }
func (e *Column) Typmod() int32                                       { return e.Mod }
func (e *Column) Children() []Expr                                    { return nil }
func (e *Column) WithChildren([]Expr) Expr                            { return e }
func (e *Column) Eval(_ *Context, row types.Row) (types.Datum, error) { return row[e.Index], nil }

func (e *OuterColumn) Type() *types.Type        { return e.T }
func (e *OuterColumn) Typmod() int32            { return e.Mod }
func (e *OuterColumn) Children() []Expr         { return nil }
func (e *OuterColumn) WithChildren([]Expr) Expr { return e }
func (e *OuterColumn) Eval(c *Context, _ types.Row) (types.Datum, error) {
	return c.Outer[len(c.Outer)-e.Level][e.Index], nil
}

func (e *Param) Type() *types.Type {
	if e.N <= len(e.Types.Types) && e.Types.Types[e.N-1] != nil {
		return e.Types.Types[e.N-1]
	}
	return types.Unknown
}
func (e *Param) Typmod() int32                                     { return types.NoTypmod }
func (e *Param) Children() []Expr                                  { return nil }
func (e *Param) WithChildren([]Expr) Expr                          { return e }
func (e *Param) Eval(c *Context, _ types.Row) (types.Datum, error) { return c.Params[e.N-1], nil }

func (e *Call) Type() *types.Type { return e.T }
func (e *Call) Typmod() int32     { return e.Mod }
func (e *Call) Children() []Expr  { return e.Args }
func (e *Call) WithChildren(children []Expr) Expr {
	c := *e
	c.Args = children
	return &c
}

// Eval evaluates the arguments and calls the function; a strict function with
// a NULL argument is NULL without being called.
func (e *Call) Eval(c *Context, row types.Row) (types.Datum, error) {
	if e.Fn.Binary != nil {
		return e.binary(c, row)
	}
	if c == nil || c.arguments == nil {
		return e.eval(c, row, make([]types.Datum, 0, len(e.Args)))
	}
	stack := c.arguments
	base := len(stack.values)
	for range e.Args {
		stack.values = append(stack.values, types.Null)
	}
	args := stack.values[base:base:len(stack.values)]
	v, err := e.eval(c, row, args)
	stack.values = stack.values[:base]
	return v, err
}

func (e *Call) eval(c *Context, row types.Row, args []types.Datum) (types.Datum, error) {
	for _, a := range e.Args {
		v, err := a.Eval(c, row)
		if err != nil {
			return types.Null, err
		}
		if v.IsNull() && e.Fn.Strict {
			return types.Null, nil
		}
		args = append(args, v)
	}
	return e.Fn.Eval(c, args)
}

// binary is Eval of a strict function of two arguments.
func (e *Call) binary(c *Context, row types.Row) (types.Datum, error) {
	a, err := e.Args[0].Eval(c, row)
	if err != nil || a.IsNull() {
		return types.Null, err
	}
	b, err := e.Args[1].Eval(c, row)
	if err != nil || b.IsNull() {
		return types.Null, err
	}
	return e.Fn.Binary(c, a, b)
}

// Walk calls visit for e and everything below it, parents first; visit answers
// false to skip the children.
func Walk(e Expr, visit func(Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, c := range e.Children() {
		Walk(c, visit)
	}
}

// Rewrite rebuilds e bottom-up through f.
func Rewrite(e Expr, f func(Expr) Expr) Expr {
	if e == nil {
		return nil
	}
	old := e.Children()
	var changed []Expr
	for i, c := range old {
		n := Rewrite(c, f)
		if n != c && changed == nil {
			changed = append(make([]Expr, 0, len(old)), old...)
		}
		if changed != nil {
			changed[i] = n
		}
	}
	if changed != nil {
		e = e.WithChildren(changed)
	}
	return f(e)
}
