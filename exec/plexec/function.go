// Package plexec runs functions in PL/pgSQL.
//
// A body is read (sql/plpgsql) and the types of its variables are looked up once, to a
// Function that a session keeps. Each call has a frame with the values of the variables.
// Expressions and statements in SQL are planned at their first use, with the variables
// that they name as parameters, and again when the catalog or the shape of a record has
// changed. What has to do with the transaction is done by the Host: it runs plans,
// makes subtransactions and passes notices on.
package plexec

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Host is the session that a function runs in.
type Host interface {
	// PlanEnv is what planning depends on, and PlanKey what tells whether that is
	// still the same.
	PlanEnv() *plan.Env
	PlanKey() any
	// Evaluation is what expressions may look at.
	Evaluation(ctx context.Context) *expr.Context
	// Query runs a plan within the statement under way, to its end or until each says
	// ErrEnough, and counts the rows given or changed. In a volatile function it sees
	// what was done before it.
	Query(ctx context.Context, q Query, each func(types.Row) error) (int64, error)
	// Rows begins a query that is read row by row while other statements run.
	Rows(ctx context.Context, q Query) (Rows, error)
	// OpenCursor makes a cursor and gives its name. FetchCursor runs FETCH and MOVE, and
	// counts the rows; CloseCursor runs CLOSE. CursorRows are the rows of a cursor for a
	// loop, with whose end it is closed.
	OpenCursor(ctx context.Context, c Cursor) (name string, err error)
	FetchCursor(ctx context.Context, stmt *ast.FetchStmt, each func(types.Row) error) (cols []plan.Column, n int, err error)
	CloseCursor(name string) error
	CursorRows(name string) (Rows, []plan.Column, error)
	// EndTransaction runs COMMIT and ROLLBACK.
	EndTransaction(ctx context.Context, rollback, chain bool) error
	// Utility runs a statement that has no plan and gives its result; inner plans a query
	// in it.
	Utility(ctx context.Context, text string, stmt ast.Parsed, inner Inner, each func([]plan.Column, types.Row) error) (tag string, err error)
	// Executed is the plan and the parameters of what EXECUTE names.
	Executed(ctx context.Context, stmt *ast.ExecuteStmt, outer []types.Datum) (*plan.Plan, []types.Datum, error)
	// CommandName is what errors call a statement.
	CommandName(stmt ast.Statement) string
	// Fresh lets what functions do that an expression calls see what was done before
	// it, if wanted is true, until leave.
	Fresh(wanted bool) (leave func())
	// Pause lets others compute who wait for that; a function that loops calls it now and
	// then.
	Pause()
	// MayCall checks the right to call functions.
	MayCall(routines []catalog.OID) error
	// Call runs a procedure and gives its output parameters.
	Call(ctx context.Context, c *plan.Call, params []types.Datum) (types.Row, error)
	// Subtransaction begins one; either end must be called.
	Subtransaction() Subtransaction
	// Atomically keeps what runs until leave from ending the transaction.
	Atomically() (leave func())
	// Notice sends a message to the client.
	Notice(n *sqlerr.Error) error
	// Enter begins a function, whose line of context where gives; Callers are the lines of
	// those around it, the innermost first.
	Enter(where func() string) (leave func())
	Callers() []string
	// Setting is that of a name.
	Setting(name string, missingOK bool) (string, error)
}

// Inner plans a query within a statement that has no plan, and gives its parameters.
type Inner func(ast.Statement) (*plan.Plan, []types.Datum, error)

// Query is a plan to run.
type Query struct {
	Plan    *plan.Plan
	Command string // SELECT, INSERT, ...
	Params  []types.Datum
	// Fresh: it is that of a volatile function.
	Fresh bool
}

// Subtransaction is one under way.
type Subtransaction interface {
	Commit() error
	Rollback()
}

// Function is a function, procedure or DO block whose body has been read.
type Function struct {
	Routine *catalog.Routine // nil: DO
	// Shown is how errors name it: with its arguments' types.
	Shown string
	tree  *plpgsql.Function
	kinds []kind
	plans []*prepared
	// args are the variables of the parameters that calls give, outs those of the
	// result.
	args, outs []int
	found      int
	trigger    *triggerVariables
	event      *eventVariables
	columns    []plan.Column // of a result that is a row
	// key is the newest Host.PlanKey.
	key *any
	// anonymous: it gives records of no declared columns.
	anonymous bool
	casts     map[cast]expr.Expr
	volatile  bool
	conflict  plan.VariableConflict
	spare     *frame // of a call that has ended
}

// kind is the type of a variable.
type kind struct {
	typ    *types.Type
	typmod int32
	// record: it holds a row; of the fields, if they are given, or of the composite
	// type typ, or domain over one, or of any shape.
	record bool
	fields []types.Field
	// open: it takes the type of what is assigned.
	open bool
}

// inline is what a DO block is called.
const inline = "inline_code_block"

// Compile reads the body of a routine, or of DO if r is nil, for which env finds names.
// An error of it has its offset in the body.
func Compile(env *plan.Env, r *catalog.Routine, source string, conflict string) (*Function, error) {
	f := &Function{Routine: r, Shown: inline, volatile: true, casts: map[cast]expr.Expr{}}
	sig := plpgsql.Signature{Name: inline, Void: true}
	given := func(k kind, names ...string) int {
		n := len(sig.Given)
		sig.Given = append(sig.Given, &plpgsql.Variable{Name: names[len(names)-1], Number: n})
		for _, name := range names {
			sig.Names = append(sig.Names, plpgsql.GivenName{Name: name, Variable: n})
		}
		f.kinds = append(f.kinds, k)
		return n
	}
	if r != nil {
		declared := r
		if made, ok := env.Catalog.Get(r.OID).(*catalog.Routine); ok {
			declared = made // with the polymorphic types that it has
		}
		f.Shown, f.volatile = shownRoutine(env, declared), r.Volatility == 'v'
		sig.Name = r.Name
		sig.Set, sig.Procedure = r.ReturnsSet, r.Procedure
		sig.Void = r.Result.Type == types.Void || r.Procedure && len(r.Outputs()) == 0
		sig.Outputs = len(r.Outputs()) > 0
		f.parameters(env, r, given)
		if f.anonymous = plan.Anonymous(r); rowResult(r) && !f.anonymous {
			f.columns = plan.RoutineColumns(env.Catalog, r)
		}
	}
	f.found = given(kind{typ: types.Boolean, typmod: types.NoTypmod}, "found")
	if r != nil && r.Result.Type == types.Trigger {
		f.trigger = newTriggerVariables(given)
	}
	if r != nil && r.Result.Type == types.EventTrigger {
		sig.Void = true
		f.event = newEventVariables(given)
	}
	var err error
	if f.tree, err = plpgsql.Parse(source, sig); err != nil {
		return nil, err
	}
	f.conflict = conflictRule(f.tree.Conflict, conflict)
	for _, v := range f.tree.Variables[len(f.kinds):] {
		k, err := f.declared(env, v)
		if err != nil {
			return nil, err
		}
		f.kinds = append(f.kinds, k)
	}
	return f, nil
}

// Shadowing lists the declarations that hide variables around them, at their places in the
// body.
func (f *Function) Shadowing() []*sqlerr.Error { return f.tree.Shadowing }

// parameters gives names to the parameters of a routine.
func (f *Function) parameters(env *plan.Env, r *catalog.Routine, given func(kind, ...string) int) {
	for i := range r.Params {
		p := &r.Params[i]
		names := []string{"$" + itoa(i+1)}
		if p.Name != "" {
			names = append(names, p.Name)
		}
		k := kindOf(p.Type.Type, p.Typmod)
		if p.RowOf != 0 && p.Type.Type == types.RecordType {
			k = rowKind(env.Catalog.Get(p.RowOf))
		}
		n := given(k, names...)
		if p.Input() {
			f.args = append(f.args, n)
		}
		if p.Output() {
			f.outs = append(f.outs, n)
		}
	}
}

// kindOf is the kind of a variable of a type.
func kindOf(t *types.Type, typmod int32) kind {
	switch {
	case t == types.RecordType:
		return kind{typ: t, typmod: types.NoTypmod, record: true}
	case undomained(t).Kind == types.KindComposite:
		return kind{typ: t, typmod: types.NoTypmod, record: true, fields: undomained(t).Fields}
	}
	return kind{typ: t, typmod: typmod}
}

// undomained is what a domain is over in the end; any other type itself.
func undomained(t *types.Type) *types.Type {
	for t.Kind == types.KindDomain {
		t = t.Base
	}
	return t
}

// conflictRule is what holds for names that are variables and columns.
func conflictRule(option plpgsql.Conflict, setting string) plan.VariableConflict {
	switch option {
	case plpgsql.ConflictError:
		return plan.ConflictIsError
	case plpgsql.UseVariable:
		return plan.PreferVariable
	case plpgsql.UseColumn:
		return plan.PreferColumn
	}
	switch setting {
	case "use_variable":
		return plan.PreferVariable
	case "use_column":
		return plan.PreferColumn
	}
	return plan.ConflictIsError
}

// rowResult says whether a routine's result is a row.
func rowResult(r *catalog.Routine) bool {
	return r.Result.Type == types.RecordType || r.Result.Type != nil && r.Result.Type.Kind == types.KindComposite
}
