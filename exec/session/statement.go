package session

import (
	"strings"

	"context"
	"slices"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/exec/plexec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
	"github.com/kalamsql/kalamsql/tables"
)

// prepared is a prepared statement, or a statement about to run once.
type prepared struct {
	text string // of the whole query string, for positions
	stmt ast.Statement
	// declared are the parameter types the client stated.
	declared  []*types.Type
	numParams int

	// plan is made for SELECT, INSERT, UPDATE and DELETE; it is made again when
	// the catalog has changed.
	plan    *plan.Plan
	params  []*types.Type
	columns []ResultColumn // nil: no rows
	// role is who the plan was made for, and path the search path it was made under.
	role planRole
	path string
	// inner plans a query in it, in a body; nil: as any other.
	inner plexec.Inner
	// prepared by SQL's PREPARE: shown by pg_prepared_statements.
	bySQL bool
}

// prepare plans a statement.
func (s *Session) prepare(text string, p ast.Parsed, declared []*types.Type) (*prepared, error) {
	recent := s.recent.find(text)
	if ps := recent.plan(s, p.Statement, declared); ps != nil {
		return ps, nil
	}
	ps := &prepared{text: text, stmt: intoTable(p.Statement), declared: declared, numParams: p.NumParams}
	err := s.replan(ps)
	if err == nil {
		recent.keep(s, ps, declared)
	}
	return ps, err
}

// intoTable makes of SELECT INTO what it stands for: CREATE TABLE AS.
func intoTable(stmt ast.Statement) ast.Statement {
	sel, ok := stmt.(*ast.SelectStmt)
	if !ok || sel.Into == nil {
		return stmt
	}
	query := *sel
	query.Into = nil
	return &ast.CreateTableAsStmt{Into: sel.Into, Query: &query}
}

// replan makes the plan and describes the result.
func (s *Session) replan(ps *prepared) error {
	var err error
	ps.path = s.settings.path
	ps.role = s.planRole()
	switch stmt := ps.stmt.(type) {
	case *ast.SelectStmt, *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
		if ps.plan, err = plan.Statement(s.planEnv(), stmt, ps.declared, ps.numParams); err != nil {
			return err
		}
		ps.params = ps.plan.Params
		ps.columns = nil
		if ps.plan.Returns() {
			ps.columns = resultColumns(ps.plan.Root.Columns())
		}
		return nil
	}
	if call, ok := ps.stmt.(*ast.CallStmt); ok {
		return s.describeCall(ps, call)
	}
	if query := queryWithin(ps.stmt); query != nil && ps.numParams > 0 {
		inner, err := plan.Statement(s.planEnv(), query, ps.declared, ps.numParams)
		if err != nil {
			return err
		}
		ps.params = inner.Params
		ps.columns, err = s.describeUtility(ps.stmt)
		return err
	}
	ps.params = make([]*types.Type, max(ps.numParams, len(ps.declared)))
	for i := range ps.params {
		ps.params[i] = types.Text
		if i < len(ps.declared) && ps.declared[i] != nil {
			ps.params[i] = ps.declared[i]
		}
	}
	ps.columns, err = s.describeUtility(ps.stmt)
	return err
}

// queryWithin is the query in a utility statement, from which its parameters have their
// types; nil if there is none.
func queryWithin(stmt ast.Statement) ast.Statement {
	switch s := stmt.(type) {
	case *ast.ExplainStmt:
		return queryWithin(s.Query)
	case *ast.CreateTableAsStmt:
		return queryWithin(s.Query)
	case *ast.DeclareCursorStmt:
		return queryWithin(s.Query)
	case *ast.SubscribeStmt:
		return s.Query
	case *ast.ListenStmt:
		if s.Query != nil {
			return s.Query
		}
	case *ast.SelectStmt, *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
		return stmt
	}
	return nil
}

// refresh plans again when definitions have changed since. Where the result has
// been described already (fixed), one of another shape is an error that drivers
// know.
func (s *Session) refresh(ps *prepared, fixed bool) error {
	if ps.plan == nil {
		return nil
	}
	path := s.settings.path
	if ps.plan.Version == s.catalog().Version && ps.path == path && s.statisticsHold(ps.plan) && (!ps.plan.ByRole || ps.role == s.planRole()) && ps.role.horizon == s.horizon() {
		return nil
	}
	before := *ps
	ps.declared = ps.params
	if err := s.replan(ps); err != nil {
		*ps = before // and is planned again when it is asked for again
		if ps.bySQL {
			e := *sqlerr.From(err)
			e.Offset = 0 // a place in PREPARE, not in EXECUTE
			return &e
		}
		return err
	}
	if fixed && !sameColumns(before.columns, ps.columns) {
		*ps = before // it stays out of date, and is refused again
		e := sqlerr.New(sqlerr.FeatureNotSupported, "cached plan must not change result type")
		e.Routine = "RevalidateCachedQuery" // asyncpg prepares the statement again when it reads this
		return e
	}
	return nil
}

// statisticsHold says whether the tables of a plan are still much like they were
// when it was made.
func (s *Session) statisticsHold(p *plan.Plan) bool {
	for oid, st := range p.Statistics {
		if t := p.Catalog.Table(oid); t != nil && s.store().Statistics(t) != st {
			return false
		}
	}
	return true
}

func sameColumns(a, b []ResultColumn) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || !a[i].Type.Same(b[i].Type) || a[i].Typmod != b[i].Typmod {
			return false
		}
	}
	return true
}

func resultColumns(cols []plan.Column) []ResultColumn {
	out := make([]ResultColumn, len(cols))
	for i, c := range cols {
		t, typmod := c.Type, c.Typmod
		if t.Kind == types.KindDomain { // clients are told what it is made of
			typmod = t.DomainTypmod()
			for t.Kind == types.KindDomain {
				t = t.Base
			}
		}
		out[i] = ResultColumn{Name: c.Name, Type: t, Typmod: typmod, Table: c.Table, Num: c.Num}
	}
	return out
}

// authorize checks the privileges a plan requires.
func (s *Session) authorize(p *plan.Plan) error {
	return Authorize(s.catalog(), s.role(), p)
}

// Authorize checks the privileges a plan requires of a role, in one version of
// the catalog.
func Authorize(cat *catalog.Catalog, role *catalog.Role, p *plan.Plan) error {
	executing := role
	for _, oid := range p.Routines {
		if err := authorizeRoutine(cat, role, oid); err != nil {
			return err
		}
	}
	for _, r := range p.Requires {
		if t, ok := r.Relation.(*catalog.Table); ok && t.Server != 0 {
			return exec.ForeignTable(cat, t)
		}
		role := executing
		if r.As != 0 {
			if role = cat.RoleByOID(r.As); role == nil {
				return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for %s", r.Relation.ObjectName())
			}
		}
		if role.Superuser {
			continue
		}
		var owner catalog.OID
		var acl catalog.ACL
		word := "table"
		now := r.Relation
		switch o := r.Relation.(type) {
		case *catalog.Table:
			if newest := cat.Table(o.OID); newest != nil {
				o, now = newest, newest
			}
			if o.PerUser && r.Wanted()&^endUserPrivileges == 0 && cat.Allowed(catalog.RoleKalamUser, 0, o.ACL, r.Wanted()) {
				continue // a slice of one's own
			}
			owner, acl = o.Owner, o.ACL
		case *catalog.View:
			owner, acl, word = o.Owner, o.ACL, "view"
		case *catalog.Sequence:
			owner, acl, word = o.Owner, o.ACL, "sequence"
		case *catalog.Virtual:
			if !o.Restricted() && r.Wanted() == catalog.PrivSelect {
				continue
			}
			if owner, acl = catalog.RolePostgres, o.Grants(); !o.Stored {
				word = "view"
			}
		default:
			continue
		}
		if t, ok := r.Relation.(*catalog.Table); ok && t.Temporary {
			// Its schema is the session's, whichever role has made it.
		} else if sc := cat.SchemaByOID(r.Relation.Parent()); sc != nil && !cat.MayUse(role.OID, sc) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", sc.Name)
		}
		if cat.Allowed(role.OID, owner, acl, r.Wanted()) || allowedOnColumns(cat, role, now, &r, owner, acl) {
			continue
		}
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for %s %s", word, r.Relation.ObjectName())
	}
	return nil
}

// allowedOnColumns says whether the privileges that a role lacks on a relation are
// those that it has on the columns concerned.
func allowedOnColumns(cat *catalog.Catalog, role *catalog.Role, now catalog.Relation, r *plan.Requirement, owner catalog.OID, acl catalog.ACL) bool {
	lacks := r.Wanted()
	for bit := catalog.Privileges(1); bit != 0 && bit <= r.Wanted(); bit <<= 1 {
		if lacks&bit != 0 && cat.Allowed(role.OID, owner, acl, bit) {
			lacks &^= bit
		}
	}
	columns := map[int16]catalog.ACL{}
	for _, c := range catalog.Columns(now) {
		columns[c.Num] = c.ACL
	}
	if v, ok := now.(*catalog.Virtual); ok {
		for _, c := range v.Columns {
			columns[c.Num] = v.ColumnGrants(c)
		}
	}
	return r.MetByColumns(lacks, func(c *catalog.Column, p catalog.Privileges) bool {
		return cat.Allowed(role.OID, owner, columns[c.Num].OfColumn(), p)
	})
}

// authorizeRoutine checks that a role may call a function.
func authorizeRoutine(cat *catalog.Catalog, role *catalog.Role, oid catalog.OID) error {
	f, ok := cat.Get(oid).(*catalog.Routine)
	if !ok {
		return nil // a plan that is made anew
	}
	if sc := cat.SchemaByOID(f.Schema); sc != nil && !cat.MayUse(role.OID, sc) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", sc.Name)
	}
	if !cat.Allowed(role.OID, f.Owner, f.Grants(), catalog.PrivExecute) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for %s %s", f.What(), f.Name)
	}
	return nil
}

// endUserPrivileges is what kalam_user is granted in new user tables.
const endUserPrivileges = catalog.PrivSelect | catalog.PrivInsert | catalog.PrivUpdate | catalog.PrivDelete

// query is a running SELECT, INSERT, UPDATE or DELETE.
type query struct {
	op      exec.Operator
	rt      *exec.Runtime
	columns []ResultColumn
	// command is the tag's first word; count is filled as rows go out.
	command  string
	modifier exec.Modifier
	settled  bool
	durable  storage.Seq // what rows come from is durable up to there
	done     bool
	// first is a row that prefetch has taken from op.
	first types.Row
	// failed: op has given an error and cannot go on.
	failed bool
	// view is what it sees, where other statements run before its end.
	view *tables.View
}

// hold keeps what the query sees for the time when other statements run.
func (q *query) hold(s *Session) {
	if q.view == nil {
		q.view = s.tx.tx.Hold()
	}
}

// close ends the query.
func (q *query) close() {
	q.op.Close()
	q.view.Release()
	q.view = nil
}

// open starts a planned statement with bound parameters.
func (s *Session) open(ctx context.Context, ps *prepared, params []types.Datum, fixed bool) (*query, error) {
	for {
		if err := s.refresh(ps, fixed); err != nil {
			return nil, err
		}
		if ps.plan.Failure != nil {
			return nil, ps.plan.Failure
		}
		if err := s.authorize(ps.plan); err != nil {
			return nil, err
		}
		if err := s.mayExecute(ps.plan, func() string { return commandOf(ps.stmt) }); err != nil {
			return nil, err
		}
		if err := s.lockRelations(ctx, ps.plan); err != nil {
			return nil, err
		}
		s.tx.tx.StartStatement()
		if ps.plan.Version == s.catalog().Version {
			break
		}
		// Definitions have changed while it waited: the statement is about the new ones.
	}
	if s.tx.isolation != tables.ReadCommitted || ps.plan.ReadOnly && len(ps.plan.Requires) > 0 {
		s.tx.tx.FixView() // whatever it waits for before it reads
	}
	one := &struct { // in one piece
		query
		runtime exec.Runtime
		eval    expr.Context
	}{}
	q, rt := &one.query, &one.runtime
	s.fillContext(&one.eval, ctx)
	rt.Eval = &one.eval
	s.fillRuntime(rt, ctx, s.User())
	rt.Eval.Params = params
	op, err := exec.Build(rt, ps.plan.Root)
	if err != nil {
		return nil, err
	}
	q.op, q.rt, q.columns, q.command = exec.Root(rt, op), rt, ps.columns, commandName(ps.stmt)
	q.modifier, _ = op.(exec.Modifier)
	return q, nil
}

// lockRelations takes the locks of the tables that a plan is about, in the modes
// that PostgreSQL takes them in before it plans.
func (s *Session) lockRelations(ctx context.Context, p *plan.Plan) error {
	const changes = catalog.PrivInsert | catalog.PrivUpdate | catalog.PrivDelete
	for _, r := range append(p.Requires[:len(p.Requires):len(p.Requires)], p.Inherits...) {
		t, ok := r.Relation.(*catalog.Table)
		if !ok {
			continue
		}
		mode := tables.AccessShareMode
		if r.Privileges&changes != 0 && !p.ReadOnly {
			mode = tables.RowExclusiveMode
		}
		if err := s.tx.tx.LockTable(ctx, t.OID, mode, false); err != nil {
			return err
		}
	}
	for _, oid := range p.RowLocks {
		if err := s.tx.tx.LockTable(ctx, oid, tables.RowShareMode, false); err != nil {
			return err
		}
	}
	return nil
}

// commandOf names a statement in an error.
func commandOf(stmt ast.Statement) string {
	if sel, ok := stmt.(*ast.SelectStmt); ok && len(sel.Locking) > 0 {
		return "SELECT " + plan.LockName(sel.Locking[0])
	}
	return commandName(stmt)
}

// mayExecute refuses, in a read-only transaction, a plan that changes what others see:
// temporary tables may be changed in one.
func (s *Session) mayExecute(p *plan.Plan, command func() string) error {
	if p.ReadOnly || !s.tx.readOnly {
		return nil
	}
	changes := 0
	for _, r := range p.Requires {
		if r.Wanted()&(catalog.PrivInsert|catalog.PrivUpdate|catalog.PrivDelete|catalog.PrivTruncate) == 0 {
			continue
		}
		if t, ok := r.Relation.(*catalog.Table); !ok || !t.Temporary {
			return s.writable(command())
		}
		changes++
	}
	if changes == 0 {
		return s.writable(command())
	}
	return nil
}

// temporarySequence says whether a sequence is the session's.
func (s *Session) temporarySequence(seq *catalog.Sequence) bool {
	sc := s.tx.tx.Catalog().SchemaByOID(seq.Schema)
	return sc != nil && strings.HasPrefix(sc.Name, "pg_temp_")
}

// writable refuses changes in a read-only transaction.
func (s *Session) writable(command string) error {
	if s.tx.readOnly {
		return sqlerr.New(sqlerr.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", command)
	}
	return nil
}

func commandName(stmt ast.Statement) string {
	switch stmt.(type) {
	case *ast.InsertStmt:
		return "INSERT"
	case *ast.UpdateStmt:
		return "UPDATE"
	case *ast.DeleteStmt:
		return "DELETE"
	case *ast.MergeStmt:
		return "MERGE"
	}
	return "SELECT"
}

// prefetch makes the changes of INSERT, UPDATE and DELETE before anything of
// their RETURNING leaves: all or none of it is seen.
func (q *query) prefetch(ctx context.Context, s *Session) error {
	if q.modifier == nil || q.columns == nil {
		return nil
	}
	row, err := q.next(ctx, s)
	q.first = row
	return err
}

// next gives the next row, nil at the end. Before the first row leaves, every
// commit it could have seen is durable. ctx is that of the statement that wants
// the row, which need not be the one that opened the query.
func (q *query) next(ctx context.Context, s *Session) (types.Row, error) {
	if row := q.first; row != nil {
		q.first = nil
		return row, nil
	}
	if q.done {
		return nil, nil
	}
	q.rt.Ctx, q.rt.Eval.Ctx = ctx, ctx
	leave := func() {}
	if q.view != nil {
		leave = s.tx.tx.As(q.view)
	}
	row, err := q.op.Next()
	leave()
	if err != nil {
		q.failed = true
		return nil, err
	}
	if !q.settled {
		q.settled = true
		// By now all changes have been made.
		if err := s.constraints.EndStatement(ctx); err != nil {
			q.failed = true
			return nil, err
		}
	}
	// Who commits asynchronously and gets no rows back is not made to wait for the
	// commits before: it has chosen so for its own.
	if seq := s.tx.tx.Seen(); seq > q.durable && (q.columns != nil || s.settings.synchronousCommit) {
		if err := s.store().WaitDurable(ctx, seq); err != nil {
			return nil, err
		}
		q.durable = seq
	}
	if row == nil {
		q.done = true
	}
	return row, nil
}

// run sends up to maxRows rows (0: all) and gives their number.
func (q *query) run(ctx context.Context, s *Session, maxRows int, w ResultWriter) (sent int, err error) {
	for maxRows == 0 || sent < maxRows {
		row, err := q.next(ctx, s)
		if err != nil {
			return sent, err
		}
		if row == nil {
			return sent, nil
		}
		if q.columns != nil {
			if err := w.Row(row); err != nil {
				return sent, err
			}
			sent++
		}
	}
	return sent, nil
}

// tag is the command tag when sent rows have gone out in the last run.
func (q *query) tag(sent int) string {
	n := int64(sent)
	if q.modifier != nil && q.columns == nil {
		n = q.modifier.Affected()
	}
	if q.command == "INSERT" {
		return "INSERT 0 " + formatInt(n)
	}
	return q.command + " " + formatInt(n)
}

// decodeParams turns what Bind brought into values of the parameters' types.
func (s *Session) decodeParams(portal string, ts []*types.Type, params []Param) ([]types.Datum, error) {
	out := make([]types.Datum, len(params))
	for i, p := range params {
		if p.Null {
			continue
		}
		var err error
		if p.Binary {
			out[i], err = ts[i].Receive(p.Value, types.NoTypmod, s.settings.env)
		} else {
			out[i], err = ts[i].Input(string(p.Value), types.NoTypmod, s.settings.env)
		}
		if err != nil {
			e := *sqlerr.From(err)
			e.Where = parameterContext(portal, i, p)
			return nil, &e
		}
	}
	return out, nil
}

// parameterContext is the context line of an error in a parameter. The value
// itself is not shown, as with log_parameter_max_length_on_error = 0.
func parameterContext(portal string, i int, p Param) string {
	where := "unnamed portal parameter $" + formatInt(int64(i+1))
	if portal != "" {
		where = `portal "` + portal + `" parameter $` + formatInt(int64(i+1))
	}
	switch {
	case p.Binary:
		return where
	case len(p.Value) == 0:
		return where + " = ''"
	}
	return where + " = '...'"
}

var _ expr.Host = (*Session)(nil)

// mayShow says whether the role may see columns of a table, or with none given the whole of
// its rows: what an error must not tell otherwise.
func (s *Session) mayShow(t *catalog.Table, columns []int16) bool {
	cat, role := s.catalog(), s.role()
	switch {
	case cat.RowSecured(t, role):
		return false
	case cat.Allowed(role.OID, t.Owner, t.ACL, catalog.PrivSelect), t.PerUser && cat.Allowed(catalog.RoleKalamUser, 0, t.ACL, catalog.PrivSelect):
		return true
	}
	for _, num := range columns {
		i := slices.IndexFunc(t.Columns, func(c *catalog.Column) bool { return c.Num == num })
		if i < 0 || !cat.Allowed(role.OID, t.Owner, t.Columns[i].ACL.OfColumn(), catalog.PrivSelect) {
			return false
		}
	}
	return len(columns) > 0
}
