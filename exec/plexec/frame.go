package plexec

import (
	"context"
	"errors"
	"fmt"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ErrEnough ends a query of which no more rows are wanted.
var ErrEnough = errors.New("enough rows")

// frame is one call.
type frame struct {
	fn   *Function
	host Host
	ctx  context.Context
	vars []variable
	// yield takes a row of the result.
	yield    func(types.Row) error
	result   typed
	returned bool
	rowCount int64
	rounds   int // of loops
	// handled are the errors whose handlers are under way, the newest last.
	handled []*sqlerr.Error
	// doing is what is being done where no statement is: "during function entry"; stmt
	// is the statement otherwise.
	doing string
	line  int
	stmt  plpgsql.Statement
	// running is the statement in SQL that is being run.
	running *plpgsql.Expr
	// key and eval are the host's PlanKey and Evaluation while fresh is true: nothing has
	// run since that could have changed them.
	fresh bool
	key   *any
	eval  expr.Context
	// growing is for texts that are appended to.
	growing expr.Growing
}

// stale gives the host for something that may change what expressions depend on.
func (f *frame) stale() Host {
	f.fresh = false
	return f.host
}

// refresh asks the host what expressions depend on.
func (f *frame) refresh() {
	if key := f.host.PlanKey(); f.fn.key == nil || *f.fn.key != key {
		f.fn.key = &key
	}
	f.key, f.eval, f.fresh = f.fn.key, *f.host.Evaluation(f.ctx), true
	f.eval.Grow(&f.growing)
}

// evaluation is what expressions may look at, until the next is evaluated.
func (f *frame) evaluation() *expr.Context {
	if !f.fresh {
		f.refresh()
	}
	return &f.eval
}

// flow says how a list of statements has ended.
type flow uint8

const (
	goOn flow = iota
	leaveLoop
	nextRound
	leaveFunction
)

// ending is a flow and the label that it is for; empty: the innermost loop.
type ending struct {
	flow  flow
	label string
}

// newFrame begins a call, in the memory of one that has ended if there is any.
func newFrame(ctx context.Context, host Host, fn *Function) *frame {
	f := fn.spare
	if fn.spare = nil; f == nil {
		f = &frame{vars: make([]variable, len(fn.kinds))}
	}
	*f = frame{fn: fn, host: host, ctx: ctx, vars: f.vars}
	for i := range f.vars {
		f.clear(i)
	}
	f.vars[fn.found].value = types.Bool(false)
	return f
}

// end leaves the memory of a call that has succeeded, to which nothing leads any more, to
// the next.
func (f *frame) end() {
	fn := f.fn
	*f = frame{vars: f.vars}
	clear(f.vars)
	fn.spare = f
}

// clear makes a variable NULL.
func (f *frame) clear(n int) {
	k := &f.fn.kinds[n]
	f.vars[n] = variable{}
	if k.record {
		f.vars[n].null = true
		if k.fields != nil {
			f.vars[n].fields, f.vars[n].values = k.fields, make(types.Row, len(k.fields))
		}
	}
}

// run runs the body and says where an error came up.
func (f *frame) run(args []types.Datum) error {
	f.doing = "while storing call arguments into local variables"
	for i, n := range f.fn.args {
		k := &f.fn.kinds[n]
		t := k.typ
		if err := f.store(n, typed{args[i], t, k.typmod}); err != nil {
			return f.located(err)
		}
	}
	return f.body()
}

// body runs the outermost block.
func (f *frame) body() error {
	f.doing = "during function entry"
	end, err := f.block(f.fn.tree.Body)
	if err != nil {
		return f.located(err)
	}
	f.line, f.doing, f.stmt = 0, "", nil
	f.returned = f.returned || end.flow == leaveFunction
	return nil
}

// located adds to an error which statement of which function it came up in.
func (f *frame) located(err error) error {
	if already, ok := err.(*located); ok {
		return already.err
	}
	found := *sqlerr.From(err)
	found.AddContext(f.where())
	if found.Offset > 0 && found.InternalQuery == "" {
		found.Offset, found.Position = 0, 0
	}
	return &found
}

// where is the line of context of what is being done.
func (f *frame) where() string {
	switch {
	case f.stmt != nil:
		line, name := f.stmt.Place()
		return fmt.Sprintf("PL/pgSQL function %s line %d at %s", f.fn.Shown, line, name)
	case f.line > 0 && f.doing != "":
		return fmt.Sprintf("PL/pgSQL function %s line %d %s", f.fn.Shown, f.line, f.doing)
	case f.doing != "":
		return fmt.Sprintf("PL/pgSQL function %s %s", f.fn.Shown, f.doing)
	}
	return "PL/pgSQL function " + f.fn.Shown
}

// statements runs a list of statements.
func (f *frame) statements(list []plpgsql.Statement) (ending, error) {
	for _, s := range list {
		end, err := f.statement(s)
		if err != nil || end.flow != goOn {
			return end, err
		}
	}
	return ending{}, nil
}

// at notes which statement is being run.
func (f *frame) at(s plpgsql.Statement) { f.stmt = s }

// statement runs one statement.
func (f *frame) statement(s plpgsql.Statement) (ending, error) {
	if f.ctx.Err() != nil {
		return ending{}, plan.Cancelled(f.ctx)
	}
	line, doing, around := f.line, f.doing, f.stmt
	f.at(s)
	end, err := f.perform(s)
	if err == nil {
		f.line, f.doing, f.stmt = line, doing, around
	}
	return end, err
}

// perform runs one statement of any kind.
func (f *frame) perform(s plpgsql.Statement) (ending, error) {
	switch s := s.(type) {
	case *plpgsql.Block:
		end, err := f.block(s)
		if err == nil && end.flow == leaveLoop && end.label != "" && end.label == s.Label {
			end = ending{}
		}
		return end, err
	case *plpgsql.Assign:
		return ending{}, f.assignment(s)
	case *plpgsql.If:
		return f.ifStatement(s)
	case *plpgsql.Case:
		return f.caseStatement(s)
	case *plpgsql.Loop:
		return f.loop(s)
	case *plpgsql.ForInteger:
		return f.forInteger(s)
	case *plpgsql.ForQuery:
		return f.forQuery(s)
	case *plpgsql.ForEach:
		return f.forEach(s)
	case *plpgsql.Exit:
		return f.exit(s)
	case *plpgsql.Return:
		return f.returnStatement(s)
	case *plpgsql.ReturnNext:
		return ending{}, f.returnNext(s)
	case *plpgsql.ReturnQuery:
		return ending{}, f.returnQuery(s)
	case *plpgsql.Raise:
		return ending{}, f.raise(s)
	case *plpgsql.Assert:
		return ending{}, f.assert(s)
	case *plpgsql.ExecSQL:
		return ending{}, f.execSQL(s)
	case *plpgsql.Perform:
		n, err := f.query(s.Query, func(types.Row) error { return nil })
		f.rowCount = n
		f.vars[f.fn.found].value = types.Bool(n > 0)
		return ending{}, err
	case *plpgsql.Call:
		return ending{}, f.call(s)
	case *plpgsql.Dynamic:
		return ending{}, f.dynamic(s)
	case *plpgsql.GetDiagnostics:
		return ending{}, f.getDiagnostics(s)
	case *plpgsql.Null:
		return ending{}, nil
	case *plpgsql.EndTransaction:
		return ending{}, f.stale().EndTransaction(f.ctx, s.Rollback, s.Chain)
	case *plpgsql.Open:
		return ending{}, f.open(s)
	case *plpgsql.Fetch:
		return ending{}, f.fetch(s)
	case *plpgsql.Close:
		return ending{}, f.closeCursor(s)
	}
	return ending{}, sqlerr.Internal("statement %T", s)
}

// assignment runs target := expression. What is wrong with a constant is found when
// the assignment is planned.
func (f *frame) assignment(s *plpgsql.Assign) error {
	v, err := f.value(s.Value)
	if err != nil {
		return err
	}
	err = f.assign(s.Target, v)
	if err == nil {
		return nil
	}
	k, literal := s.Value.Value.(*ast.Const)
	if e := sqlerr.From(err); e.Offset > 0 && e.InternalQuery == "" { // what is wrong with the target
		placed := *e
		placed.InternalQuery, placed.InternalPosition, placed.Offset, placed.Position = s.Value.Shown, placed.Offset, 0, 0
		return &placed
	}
	switch {
	case literal && len(s.Target.Indexes) == 0 && sqlerr.HasCode(err, sqlerr.InvalidTextRepresentation):
		e := *sqlerr.From(err)
		return f.inExpression((&e).At(k.Pos()), s.Value, kindExpression)
	case literal && len(s.Target.Indexes) == 0 && !sqlerr.HasCode(err, sqlerr.CheckViolation) && !sqlerr.HasCode(err, sqlerr.NullValueNotAllowed) && !sqlerr.HasCode(err, sqlerr.NotNullViolation), len(s.Target.Fields) > 0 && sqlerr.HasCode(err, sqlerr.UndefinedColumn):
		return f.inExpression(err, s.Value, kindExpression)
	}
	return err
}

// query runs a statement that gives rows.
func (f *frame) query(e *plpgsql.Expr, each func(types.Row) error) (int64, error) {
	p, err := f.prepare(e)
	if err != nil {
		return 0, f.inExpression(err, e, kindStatement)
	}
	n, err := f.runQuery(p, e, each)
	if err != nil && err != ErrEnough {
		return n, f.inExpression(err, e, kindStatement)
	}
	return n, nil
}

// runQuery runs what query has planned.
func (f *frame) runQuery(p *prepared, e *plpgsql.Expr, each func(types.Row) error) (int64, error) {
	if p.simple != nil {
		return 0, sqlerr.Internal("a statement was planned as an expression")
	}
	if !p.plan.ReadOnly && !f.fn.volatile {
		return 0, sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in a non-volatile function", commandOf(e.Statement))
	}
	around := f.running
	f.running = e
	n, err := f.stale().Query(f.ctx, Query{Plan: p.plan, Command: commandOf(e.Statement), Params: f.params(p), Fresh: f.fn.volatile}, each)
	f.running = around
	return n, err
}

// context is where with the statement in SQL that is being run.
func (f *frame) context() string {
	if f.running == nil {
		return f.where()
	}
	return kindStatement + ` "` + f.running.Text + `"` + "\n" + f.where()
}
