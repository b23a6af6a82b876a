package session

import (
	"context"
	"strconv"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/exec/ddl"
	"github.com/kalamsql/kalamsql/exec/plexec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// TriggerCall is what a trigger function is called for.
type TriggerCall = plexec.TriggerCall

// procedural is a function in PL/pgSQL whose body has been read, for a version of the
// catalog.
type procedural struct {
	key planKey
	fn  *plexec.Function
}

// planKey is what plans of a body depend on.
type planKey struct {
	version uint64
	path    string
	role    planRole
	// transitions are the transition tables in sight.
	transitions string
}

func (s *Session) planKey() planKey {
	path := s.settings.path
	key := planKey{version: s.catalog().Version, path: path, role: s.planRole()}
	for _, t := range s.constraints.Shown() {
		key.transitions += t.Name + "\x00" + strconv.FormatUint(uint64(t.Table.OID), 10) + "\x00"
	}
	return key
}

// procedural gives a function whose body has been read.
func (s *Session) procedural(r *catalog.Routine, of []*types.Type) (*plexec.Function, error) {
	key, name := s.planKey(), signature(r, of)
	if p := s.routines.procedural[name]; p != nil && p.key == key {
		return p.fn, nil
	}
	fn, err := plexec.Compile(s.planEnv(), plan.Settled(r, of), r.Source, s.variableConflict())
	if err != nil {
		e := *sqlerr.From(err)
		e.Offset, e.Position = 0, 0
		return nil, &e
	}
	if s.routines.procedural == nil || len(s.routines.procedural) >= maxRoutineBodies {
		s.routines.procedural = map[signed]*procedural{}
	}
	s.routines.procedural[name] = &procedural{key, fn}
	return fn, nil
}

// variableConflict is the setting plpgsql.variable_conflict.
func (s *Session) variableConflict() string {
	v, _ := s.settings.get("plpgsql.variable_conflict")
	return v
}

// runProcedural runs a function in PL/pgSQL.
func (s *Session) runProcedural(ctx context.Context, r *catalog.Routine, of []*types.Type, args []types.Datum, yield func(types.Row) error) error {
	fn, err := s.procedural(r, of)
	if err != nil {
		return err
	}
	if ctx == nil {
		ctx = s.current
	}
	if ctx == nil {
		ctx = context.Background()
	}
	return plexec.Run(ctx, (*proceduralHost)(s), fn, args, yield)
}

// RunTrigger calls a trigger function and gives the row that it returned, nil for
// NULL.
func (s *Session) RunTrigger(ctx context.Context, routine catalog.OID, t *TriggerCall, transitions []exec.TransitionTable) (row types.Row, err error) {
	err = s.inRoutine(routine, func(r *catalog.Routine) error {
		s.constraints.Show(transitions)
		fn, err := s.procedural(r, nil)
		if err != nil {
			return err
		}
		if sc := s.catalog().SchemaByOID(t.Relation.Schema); sc != nil && t.Schema == "" {
			call := *t
			call.Schema = sc.Name
			t = &call
		}
		row, err = plexec.RunTrigger(ctx, (*proceduralHost)(s), fn, t)
		return err
	})
	return row, err
}

// proceduralHost is the session as functions in PL/pgSQL see it.
type proceduralHost Session

var _ plexec.Host = (*proceduralHost)(nil)

func (h *proceduralHost) session() *Session { return (*Session)(h) }

// PlanEnv implements plexec.Host, as all of these.
func (h *proceduralHost) PlanEnv() *plan.Env { return h.session().planEnv() }

// PlanKey is what plans depend on.
func (h *proceduralHost) PlanKey() any {
	s := h.session()
	if key := s.planKey(); s.routines.key == nil || s.routines.key.(planKey) != key {
		s.routines.key = key
	}
	return s.routines.key
}

// Evaluation is what expressions may look at.
func (h *proceduralHost) Evaluation(ctx context.Context) *expr.Context {
	return h.session().evalContext(ctx)
}

// Setting is that of a name.
func (h *proceduralHost) Setting(name string, missingOK bool) (string, error) {
	return h.session().Setting(name, missingOK)
}

// Fresh lets an expression's functions see what was done before it.
func (h *proceduralHost) Fresh(wanted bool) (leave func()) {
	if !wanted {
		return func() {}
	}
	return h.session().tx.tx.Nested()
}

// Enter begins a function.
func (h *proceduralHost) Enter(where func() string) (leave func()) {
	return h.session().enter(where)
}

// enter begins a function, whose line of context where gives.
func (s *Session) enter(where func() string) (leave func()) {
	s.routines.entered = append(s.routines.entered, where)
	return func() { s.routines.entered = s.routines.entered[:len(s.routines.entered)-1] }
}

// Callers are the lines of context of the functions around the one that asks.
func (h *proceduralHost) Callers() (lines []string) {
	entered := h.session().routines.entered
	for i := len(entered) - 2; i >= 0; i-- {
		lines = append(lines, entered[i]())
	}
	return lines
}

// Pause lets others compute.
func (h *proceduralHost) Pause() { h.session().turn.Check() }

// MayCall checks the right to call functions.
func (h *proceduralHost) MayCall(routines []catalog.OID) error {
	s := h.session()
	for _, oid := range routines {
		if err := authorizeRoutine(s.catalog(), s.role(), oid); err != nil {
			return err
		}
	}
	return nil
}

// Query runs a plan within the statement under way.
func (h *proceduralHost) Query(ctx context.Context, q plexec.Query, each func(types.Row) error) (int64, error) {
	s := h.session()
	if err := s.authorize(q.Plan); err != nil {
		return 0, err
	}
	if err := s.mayExecute(q.Plan, func() string { return q.Command }); err != nil {
		return 0, err
	}
	if ctx.Err() != nil {
		return 0, exec.Cancelled(ctx)
	}
	if err := s.lockRelations(ctx, q.Plan); err != nil {
		return 0, err
	}
	s.tx.statements++
	if q.Fresh {
		defer s.tx.tx.Nested()()
	}
	n, err := s.runNested(ctx, q.Plan, q.Params, each)
	if err != nil && err != plexec.ErrEnough {
		return n, err
	}
	enough := err
	if !q.Plan.ReadOnly {
		if err := s.constraints.EndStatement(ctx); err != nil {
			return n, err
		}
	}
	if seq := s.tx.tx.Seen(); seq > s.store().Durable() {
		if err := s.store().WaitDurable(ctx, seq); err != nil {
			return n, err
		}
	}
	return n, enough
}

// runNested runs a plan and counts the rows given or changed. Operators make all changes
// before their first row, so that each may end it at any.
func (s *Session) runNested(ctx context.Context, p *plan.Plan, params []types.Datum, each func(types.Row) error) (int64, error) {
	rt := s.runtime(ctx, s.User())
	rt.Instruments = nil
	rt.Eval.Params = params
	op, err := exec.Build(rt, p.Root)
	if err != nil {
		return 0, err
	}
	modifier, _ := op.(exec.Modifier)
	op = exec.Root(rt, op)
	defer op.Close()
	n := int64(0)
	for {
		row, err := op.Next()
		if err != nil {
			return n, err
		}
		if row == nil {
			break
		}
		if !p.Returns() {
			continue
		}
		n++
		if err := each(row); err != nil {
			return n, err
		}
	}
	if modifier != nil && !p.Returns() {
		n = modifier.Affected()
	}
	return n, nil
}

// Utility runs a statement that has no plan.
func (h *proceduralHost) Utility(ctx context.Context, text string, stmt ast.Parsed, inner plexec.Inner, each func([]plan.Column, types.Row) error) (string, error) {
	s := h.session()
	stmt.NumParams = 0 // they are variables
	ps, err := s.prepare(text, stmt, nil)
	if err != nil {
		return "", err
	}
	w := &nestedWriter{session: s, each: each}
	defer s.tx.tx.Nested()()
	if ps.plan != nil {
		return "", sqlerr.Internal("%s has a plan", stmt.Statement.Kind())
	}
	own := *ps
	own.inner = inner
	return s.utility(ctx, &own, nil, w)
}

// Executed plans what EXECUTE names.
func (h *proceduralHost) Executed(ctx context.Context, stmt *ast.ExecuteStmt, outer []types.Datum) (*plan.Plan, []types.Datum, error) {
	return h.session().executed(ctx, stmt, outer, false)
}

// CommandName is what errors call a statement.
func (h *proceduralHost) CommandName(stmt ast.Statement) string { return ddl.CommandName(stmt) }

// Atomically keeps procedures from ending the transaction: a text that EXECUTE runs may not.
func (h *proceduralHost) Atomically() (leave func()) {
	s := h.session()
	nonatomic := s.routines.nonatomic
	s.routines.nonatomic = false
	return func() { s.routines.nonatomic = nonatomic }
}

// Subtransaction begins one.
func (h *proceduralHost) Subtransaction() plexec.Subtransaction {
	s := h.session()
	s.routines.subtransactions++
	return &subtransaction{s, s.routines.opened, savepoint{mark: s.tx.tx.Savepoint(), settings: s.settings.mark(), listens: len(s.tx.listens), constraints: s.constraints.Mark()}}
}

// subtransaction is one of a block with handlers.
type subtransaction struct {
	session *Session
	opened  int // cursors so far
	at      savepoint
}

// Commit keeps what was done.
func (t *subtransaction) Commit() error {
	t.session.routines.subtransactions--
	t.session.tx.tx.Release(t.at.mark)
	return nil
}

// Rollback takes it back.
func (t *subtransaction) Rollback() {
	s := t.session
	s.routines.subtransactions--
	s.closePortals(func(po *portal) bool { return po.opened <= t.opened })
	s.tx.tx.RollbackTo(t.at.mark)
	s.tx.tx.Release(t.at.mark)
	s.constraints.Return(t.at.constraints)
	s.settings.restore(t.at.settings)
	s.tx.listens = s.tx.listens[:t.at.listens]
	s.forgetSnapshot()
}

// Notice sends a message to the client at once, if it wants to hear of its kind.
func (h *proceduralHost) Notice(n *sqlerr.Error) error {
	s := h.session()
	if s.client != nil {
		return s.tell(s.client, n)
	}
	if len(s.notices) < maxNotices {
		s.notices = append(s.notices, n)
	}
	return nil
}
