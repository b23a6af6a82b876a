package session

import (
	"context"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions that users have made run here: each statement of the body is planned
// once for a version of the catalog, and run within the statement that calls. The
// statements of a volatile function see what was changed before them; those of
// others see what the calling statement sees.

// maxRoutineDepth bounds functions that call functions.
const maxRoutineDepth = 400

// routines are the functions that a session has run and runs.
type routines struct {
	depth  int
	bodies map[signed]*routineBody
	// procedural are those in PL/pgSQL; key is the newest planKey that they have been given.
	procedural map[signed]*procedural
	key        any
	// definers are the owners of the SECURITY DEFINER functions under way.
	definers []catalog.OID
	// restricted counts what runs with the rights of the owner of a relation meanwhile.
	restricted int
	// reading are the queries that loops in bodies read, opened and unnamed count the
	// cursors that bodies have opened.
	reading         []*nestedRows
	opened, unnamed int
	// nonatomic: COMMIT and ROLLBACK may end the transaction, nested is what ends with
	// it, and subtransactions are those under way.
	nonatomic bool
	// entered are the functions that are under way, each as its line of context.
	entered         []func() string
	nested          []func()
	subtransactions int
}

// routineBody is a function's body, planned.
type routineBody struct {
	version    uint64 // of the catalog
	path       string
	role       planRole
	routine    *catalog.Routine
	statements []ast.Statement
	plans      []*plan.Plan
}

// Routine implements expr.RoutineHost.
func (s *Session) Routine(c *expr.Context, call *expr.RoutineCall, args []types.Datum, yield func(types.Row) error) error {
	return s.inRoutine(call.OID, func(r *catalog.Routine) error {
		if r.Language == catalog.PLpgSQL {
			return s.runProcedural(c.Ctx, r, call.Types, args, yield)
		}
		return s.runSQL(c, r, call.Types, args, yield)
	})
}

// signed is the key of what is kept of a function: its OID and, of one with
// polymorphic parameters, what they stand for.
type signed struct {
	oid   catalog.OID
	types string
}

func signature(r *catalog.Routine, of []*types.Type) signed {
	if of == nil {
		return signed{oid: r.OID}
	}
	var b []byte
	for _, t := range of {
		b = strconv.AppendUint(append(b, ' '), uint64(t.OID), 10)
	}
	return signed{r.OID, string(b)}
}

// inRoutine does what a function is called for, with its rights and settings.
func (s *Session) inRoutine(oid types.OID, do func(*catalog.Routine) error) error {
	if err := s.deepen(); err != nil {
		return err
	}
	defer func() { s.routines.depth-- }()
	defer s.constraints.Nest()()
	nonatomic := s.routines.nonatomic
	defer func() { s.routines.nonatomic = nonatomic }()
	r, ok := s.catalog().Get(oid).(*catalog.Routine)
	if !ok {
		return sqlerr.New(sqlerr.UndefinedFunction, "function with OID %d does not exist", oid)
	}
	s.routines.nonatomic = nonatomic && r.Procedure && !r.SecurityDefiner && r.Config == nil
	if r.SecurityDefiner {
		s.routines.definers = append(s.routines.definers, r.Owner)
		defer func() { s.routines.definers = s.routines.definers[:len(s.routines.definers)-1] }()
	}
	if r.Config != nil {
		restore, err := s.apply(r.Config)
		if err != nil {
			return err
		}
		defer restore()
	}
	return do(r)
}

// restrictedAs makes what runs until the end act with the rights of the owner of a relation,
// for whose functions whoever runs a command about it need not answer: they leave nothing
// that goes on after it.
func (s *Session) restrictedAs(owner catalog.OID) (end func()) {
	s.routines.definers = append(s.routines.definers, owner)
	s.routines.restricted++
	return func() {
		s.routines.definers = s.routines.definers[:len(s.routines.definers)-1]
		s.routines.restricted--
	}
}

// deepen counts one more function that is under way.
func (s *Session) deepen() error {
	if s.routines.depth >= maxRoutineDepth {
		return sqlerr.New(sqlerr.StatementTooComplex, "stack depth limit exceeded").
			WithHint("Functions of users may call each other %d deep.", maxRoutineDepth)
	}
	s.routines.depth++
	return nil
}

// runSQL runs a function in SQL.
func (s *Session) runSQL(c *expr.Context, r *catalog.Routine, of []*types.Type, args []types.Datum, yield func(types.Row) error) error {
	body, err := s.routineBody(r, of)
	if err != nil {
		return err
	}
	if err := s.prepareRoutine(body); err != nil {
		if len(body.statements) == 1 && !r.ReturnsSet && !r.Procedure && !r.SecurityDefiner && r.Config == nil && r.Result.Type != types.RecordType {
			return within(err, r, "during inlining") // which PostgreSQL tries first
		}
		return within(err, r, "during startup")
	}
	i := 0
	defer s.enter(func() string { return fmt.Sprintf(`SQL function "%s" statement %d`, r.Name, i+1) })()
	for ; i < len(body.statements); i++ {
		if err := s.routineStatement(c, body, i, args, yield); err != nil {
			return within(err, r, fmt.Sprintf("statement %d", i+1))
		}
	}
	return nil
}

// within adds to an error in which function it came up.
func within(err error, r *catalog.Routine, at string) error {
	e := *sqlerr.From(err)
	if e.Where != "" {
		e.Where += "\n"
	}
	e.Where += fmt.Sprintf(`SQL function "%s" %s`, r.Name, at)
	if e.Offset > 0 && e.Offset <= len(r.Source) && e.InternalQuery == "" {
		e.InternalQuery, e.InternalPosition = r.Source, utf8.RuneCountInString(r.Source[:e.Offset-1])+1
	}
	e.Offset, e.Position = 0, 0 // a place in the body, not in the statement
	return &e
}

// routineBody finds and parses a function's body.
func (s *Session) routineBody(r *catalog.Routine, of []*types.Type) (*routineBody, error) {
	cat, key := s.catalog(), signature(r, of)
	path := s.settings.path
	if b := s.routines.bodies[key]; b != nil && b.version == cat.Version && b.path == path && b.role == s.planRole() {
		return b, nil
	}
	list, err := plan.RoutineStatements(r)
	if err != nil {
		return nil, err
	}
	b := &routineBody{version: cat.Version, path: path, role: s.planRole(), routine: plan.Settled(r, of)}
	for _, parsed := range list {
		b.statements = append(b.statements, parsed.Statement)
	}
	b.plans = make([]*plan.Plan, len(b.statements))
	if s.routines.bodies == nil || len(s.routines.bodies) >= maxRoutineBodies {
		s.routines.bodies = map[signed]*routineBody{}
	}
	s.routines.bodies[key] = b
	return b, nil
}

// maxRoutineBodies bounds how many bodies a session keeps.
const maxRoutineBodies = 256

// prepareRoutine plans the statements of a body that are not planned yet.
func (s *Session) prepareRoutine(b *routineBody) error {
	for i, p := range b.plans {
		if p != nil {
			continue
		}
		if isUtility(b.statements[i]) {
			if err := mayRunInSQL(b.routine, b.statements[i]); err != nil {
				return err
			}
			continue
		}
		p, err := plan.RoutineStatement(s.planEnv(), b.routine, b.statements[i], i == len(b.statements)-1)
		if err != nil {
			return err
		}
		if !p.ReadOnly && b.routine.Volatility != 'v' {
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in a non-volatile function", commandName(b.statements[i]))
		}
		b.plans[i] = p
	}
	return nil
}

// routineStatement runs a statement of a body; the last one's rows are the result.
func (s *Session) routineStatement(c *expr.Context, b *routineBody, i int, args []types.Datum, yield func(types.Row) error) error {
	if isUtility(b.statements[i]) {
		return s.routineUtility(c, b, b.statements[i], args)
	}
	p, last := b.plans[i], i == len(b.statements)-1
	if p.Version != s.catalog().Version { // statements before it have changed definitions
		var err error
		if p, err = plan.RoutineStatement(s.planEnv(), b.routine, b.statements[i], last); err != nil {
			return err
		}
	}
	if p.Failure != nil {
		return p.Failure
	}
	if err := s.authorize(p); err != nil {
		return err
	}
	if err := s.mayExecute(p, func() string { return commandName(b.statements[i]) }); err != nil {
		return err
	}
	ctx := c.Ctx
	if ctx == nil {
		ctx = s.current
	}
	if ctx.Err() != nil { // statements of one row each never look
		return exec.Cancelled(ctx)
	}
	if b.routine.Volatility == 'v' {
		defer s.tx.tx.Nested()()
	}
	if err := s.runRoutine(ctx, p, args, func(row types.Row) error {
		if last && b.routine.Result.Type != types.Void {
			return yield(row)
		}
		return nil
	}, last && !b.routine.ReturnsSet); err != nil {
		return err
	}
	if !p.ReadOnly {
		if err := s.constraints.EndStatement(ctx); err != nil {
			return err
		}
	}
	if seq := s.tx.tx.Seen(); seq > s.store().Durable() {
		return s.store().WaitDurable(ctx, seq)
	}
	return nil
}

// runRoutine runs a plan with arguments, to the end or for its first row.
func (s *Session) runRoutine(ctx context.Context, p *plan.Plan, args []types.Datum, each func(types.Row) error, one bool) error {
	rt := s.runtime(ctx, s.User())
	rt.Instruments = nil
	rt.Eval.Params = args
	op, err := exec.Build(rt, p.Root)
	if err != nil {
		return err
	}
	op = exec.Root(rt, op)
	defer op.Close()
	for {
		row, err := op.Next()
		if row == nil || err != nil {
			return err
		}
		if err := each(row); err != nil || one && p.ReadOnly {
			return err
		}
	}
}
