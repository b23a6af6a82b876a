package session

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/exec/ddl"
	"github.com/kalamsql/kalamsql/exec/plexec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// utility runs a statement that has no plan of its own and gives its tag.
func (s *Session) utility(ctx context.Context, ps *prepared, params []types.Datum, w ResultWriter) (string, error) {
	switch stmt := ps.stmt.(type) {
	case *ast.VariableSetStmt:
		return s.setStatement(stmt, w)
	case *ast.VariableShowStmt:
		return s.show(stmt, w)
	case *ast.PrepareStmt:
		return s.prepareStatement(ps.text, stmt)
	case *ast.ExecuteStmt:
		return s.executeStatement(ctx, stmt, params, w)
	case *ast.DeallocateStmt:
		return s.deallocate(stmt)
	case *ast.DeclareCursorStmt:
		return s.declare(ctx, ps, stmt, params)
	case *ast.FetchStmt:
		return s.fetch(ctx, stmt, w)
	case *ast.ClosePortalStmt:
		return s.closeCursor(stmt)
	case *ast.ListenStmt:
		return s.listen(ctx, stmt, params)
	case *ast.NotifyStmt:
		return "NOTIFY", s.Notify(stmt.Channel, stmt.Payload)
	case *ast.UnlistenStmt:
		return s.unlisten(stmt)
	case *ast.SubscribeStmt:
		return s.subscribeRows(ctx, stmt, params, w)
	case *ast.ExecuteAsStmt:
		return s.executeAs(ctx, ps, stmt, params, w)
	case *ast.ExplainStmt:
		return s.explain(ctx, ps, stmt, params, w)
	case *ast.CopyStmt:
		return s.copyStatement(ctx, ps, stmt, w)
	case *ast.DiscardStmt:
		return s.discard(stmt)
	case *ast.LockStmt:
		return s.lockTables(ctx, stmt)
	case *ast.ConstraintsSetStmt:
		return "SET CONSTRAINTS", s.setConstraints(ctx, stmt, w)
	case *ast.VacuumStmt:
		return s.vacuum(ctx, stmt, w)
	case *ast.CheckPointStmt:
		if !s.catalog().HasPrivilegesOf(s.role().OID, catalog.RoleCheckpoint) {
			return "", sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT")
		}
		return "CHECKPOINT", nil
	case *ast.BackupStmt:
		return s.backup(stmt, w)
	case *ast.DoStmt:
		return s.doBlock(ctx, stmt)
	case *ast.CallStmt:
		return s.callStatement(ctx, ps, stmt, params, w)
	case *ast.TransactionStmt:
		s.forgetSnapshot() // ROLLBACK TO takes definitions back
		return s.transaction(ctx, stmt, w)
	}
	switch stmt := ps.stmt.(type) {
	case *ast.ReindexStmt:
		what := "REINDEX CONCURRENTLY"
		if !stmt.Concurrently() {
			if what = ""; stmt.Relation == nil {
				what = "REINDEX " + strings.ToUpper(string(stmt.Object))
			}
		}
		if what != "" {
			if err := s.notInBlock(what); err != nil {
				return "", err
			}
		}
	case *ast.ClusterStmt:
		if stmt.Relation == nil {
			if err := s.notInBlock("CLUSTER"); err != nil {
				return "", err
			}
		}
	case *ast.CreatedbStmt, *ast.DropdbStmt:
		if err := s.notInBlock(ddl.Tag(ps.stmt)); err != nil {
			return "", err
		}
	}
	if err := s.writable(strings.ToUpper(ddl.Tag(ps.stmt))); err != nil {
		return "", err
	}
	defer s.keepIndexing()()
	inner := s.inner(ctx, ps, params)
	events, err := s.beginCommand(ctx, ps.stmt)
	if err != nil {
		return "", err
	}
	if events != nil {
		s.events = append(s.events, events)
		defer func() { s.events = s.events[:len(s.events)-1] }()
	}
	tag, notices, err := s.runDefinition(ctx, ps.stmt, inner)
	for err == tables.ErrDefinitionsChanged {
		tag, notices, err = s.runDefinition(ctx, ps.stmt, inner)
	}
	for _, n := range notices {
		if err := s.tell(w, n.Resolve(ps.text)); err != nil {
			return "", err
		}
	}
	if events != nil && err == nil {
		err = events.end(ctx)
	}
	if err == nil {
		err = s.finishIndexing(ctx)
	}
	return tag, err
}

// runDefinition runs a statement that changes definitions.
func (s *Session) runDefinition(ctx context.Context, stmt ast.Statement, inner plexec.Inner) (string, []*sqlerr.Error, error) {
	defer s.forgetSnapshot()
	s.forgetIndexing()
	s.tx.tx.StartStatement()
	tag, notices, err := ddl.Run(ctx, &ddl.Session{
		Tx: s.tx.tx, Env: s.planEnv(), Eval: s.evalContext(ctx), Role: s.role(), User: s.User(), SessionUser: s.start.User,
		TempName: s.tempName(), InBlock: s.tx.block, OutsideBlock: s.notInBlock, Pending: s.constraints.Pending, Setting: s.routineSetting, StoredSetting: s.storedSetting, Under: s.underSettings, Plan: s.planQuery, PlanInner: inner, Authorize: s.authorize, Log: s.server.log, Clients: s.othersIn,
		Internal: internalFunction, RestrictedAs: s.restrictedAs, Restricted: s.routines.restricted > 0, Concurrently: s.concurrently(),
		Rewriting: func(t *catalog.Table, reason int) error { return s.rewriting(ctx, t, reason) },
		Run: func(p *plan.Plan, params []types.Datum, each func(types.Row) error) error {
			return s.runPlan(ctx, p, params, each)
		},
		Uncommitted: s.tx.uncommittedLabels(), Constraints: &s.constraints, Runtime: func() *exec.Runtime { return s.runtime(ctx, s.User()) },
	}, stmt)
	if err == nil { // TRUNCATE has triggers
		err = s.constraints.EndStatement(ctx)
	}
	return tag, notices, err
}

// updateSystem edits a definition for an UPDATE of a system relation.
func (s *Session) updateSystem(ctx context.Context, relation, column string, key []types.Datum, value types.Datum) error {
	defer s.forgetSnapshot()
	d := &ddl.Session{Tx: s.tx.tx, Env: s.planEnv(), Eval: s.evalContext(ctx), Role: s.role(), User: s.User(), SessionUser: s.start.User}
	return d.UpdateSystem(ctx, relation, column, key, value)
}

// planQuery plans a query for a statement that contains one.
func (s *Session) planQuery(q ast.Statement) (*plan.Plan, error) {
	p, err := plan.Statement(s.planEnv(), q, nil, 0)
	if err != nil {
		return nil, err
	}
	return p, s.authorize(p)
}

// runPlan runs a query for a statement that contains one.
func (s *Session) runPlan(ctx context.Context, p *plan.Plan, params []types.Datum, each func(types.Row) error) error {
	if s.measuring != nil {
		s.measured = p
	}
	rt := s.runtime(ctx, s.User())
	rt.Eval.Params = params
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
		if err := each(row); err != nil {
			return err
		}
	}
}

// describeUtility tells the columns of a statement without a plan; nil: none.
func (s *Session) describeUtility(stmt ast.Statement) ([]ResultColumn, error) {
	text := func(names ...string) []ResultColumn {
		cols := make([]ResultColumn, len(names))
		for i, n := range names {
			cols[i] = ResultColumn{Name: n, Type: types.Text, Typmod: types.NoTypmod}
		}
		return cols
	}
	switch stmt := stmt.(type) {
	case *ast.VariableShowStmt:
		if stmt.Name == "all" {
			return text("name", "setting", "description"), nil
		}
		if v, _, err := lookup(stmt.Name); err == nil {
			return text(v.name), nil
		}
		// What follows from the session's state is no variable.
		if _, err := s.Setting(stmt.Name, false); err != nil {
			return nil, err
		}
		return text(strings.ToLower(stmt.Name)), nil
	case *ast.ExplainStmt:
		o, err := readExplainOptions(stmt.Options)
		return o.column(), err
	case *ast.ExecuteStmt:
		if ps := s.statements[stmt.Name]; ps != nil {
			return ps.columns, nil
		}
		return nil, undefinedStatement(stmt.Name)
	case *ast.FetchStmt:
		if po := s.portals[stmt.Cursor]; po != nil && !stmt.Move {
			return po.ps.columns, nil
		}
		return nil, nil
	case *ast.SubscribeStmt:
		p, err := plan.Statement(s.planEnv(), stmt.Query, nil, 0)
		if err != nil {
			return nil, err
		}
		return subscribeColumns(p), nil
	case *ast.ExecuteAsStmt:
		ps, err := s.prepare("", ast.Parsed{Statement: stmt.Statement}, nil)
		if err != nil {
			return nil, err
		}
		return ps.columns, nil
	}
	return nil, nil
}

// setStatement runs SET and RESET.
func (s *Session) setStatement(stmt *ast.VariableSetStmt, w ResultWriter) (string, error) {
	switch stmt.Op {
	case ast.ResetAll:
		s.settings.resetAll()
		return "RESET", nil
	case ast.ResetOne:
		return "RESET", s.assignSetting(stmt.Name, nil, false)
	case ast.SetDefault:
		return "SET", s.assignSetting(stmt.Name, nil, stmt.Local)
	case ast.SetMulti:
		switch stmt.Name {
		case "TRANSACTION":
			if !s.tx.block && s.routines.depth == 0 {
				return "SET", s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks"))
			}
			return "SET", s.transactionModes(stmt.Options)
		case "SESSION CHARACTERISTICS":
			for _, o := range stmt.Options {
				name := map[string]string{"transaction_isolation": "default_transaction_isolation", "transaction_read_only": "default_transaction_read_only", "transaction_deferrable": "default_transaction_deferrable"}[o.Name]
				value := optionString(o)
				if o.Name != "transaction_isolation" {
					value = onOff(optionBool(o))
				}
				if err := s.settings.set(name, value, false); err != nil {
					return "", err
				}
			}
			return "SET", nil
		}
		if !s.tx.block {
			if err := s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks")); err != nil {
				return "", err
			}
		}
		name, _ := stmt.Args[0].(*ast.Const)
		return "SET", s.importSnapshot(name.Text)
	case ast.SetCurrent:
		return "", sqlerr.Unsupported("SET ... FROM CURRENT")
	}
	value, err := s.settingValue(stmt)
	if err != nil {
		return "", err
	}
	if stmt.Local && !s.tx.block && s.routines.depth == 0 {
		if err := s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.NoActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks")); err != nil {
			return "", err
		}
	}
	return "SET", s.assignSetting(stmt.Name, &value, stmt.Local)
}

// settingValue joins the arguments of SET into the setting's text.
func (s *Session) settingValue(stmt *ast.VariableSetStmt) (string, error) {
	list := strings.EqualFold(stmt.Name, "search_path") || strings.EqualFold(stmt.Name, "temp_tablespaces")
	var parts []string
	for _, a := range stmt.Args {
		switch a := a.(type) {
		case *ast.Const:
			text := constText(a)
			if list {
				text = quoteIdent(text)
			}
			parts = append(parts, text)
		case *ast.TypeCast:
			e, err := plan.Expression(s.planEnv(), a, nil)
			if err != nil {
				return "", err
			}
			v, err := e.Eval(s.evalContext(context.Background()), nil)
			if err != nil {
				return "", err
			}
			if iv, ok := v.Object().(types.Interval); ok {
				return string(types.FormatOffset(nil, int(iv.Micros/1_000_000))), nil
			}
			parts = append(parts, string(e.Type().AppendText(nil, v, s.settings.env)))
		default:
			return "", sqlerr.New(sqlerr.SyntaxError, "SET takes only constants").At(a.Pos())
		}
	}
	if len(parts) > 1 && !list && !strings.EqualFold(stmt.Name, "datestyle") {
		return "", sqlerr.New(sqlerr.InvalidParameterValue, "SET %s takes only one argument", stmt.Name)
	}
	return strings.Join(parts, ", "), nil
}

// assignSetting changes a setting, or resets it with a nil value. Those that
// are not plain settings are told apart here.
func (s *Session) assignSetting(name string, value *string, local bool) error {
	switch key := strings.ToLower(name); key {
	case settingUser, settingRole, settingAuthorization:
		switch {
		case s.routines.restricted > 0:
			return sqlerr.New(sqlerr.InsufficientPrivilege, `cannot set parameter "%s" within security-restricted operation`, key)
		case len(s.routines.definers) > 0:
			return sqlerr.New(sqlerr.InsufficientPrivilege, `cannot set parameter "%s" within security-definer function`, key)
		}
	}
	switch strings.ToLower(name) {
	case "default_text_search_config":
		if value != nil && s.tx.tx != nil {
			if own := s.ownConfiguration(*value); own != "" {
				s.settings.assign("default_text_search_config", own, local)
				return nil
			}
		}
	case "kalam.user":
		if value == nil {
			value = new(string)
		}
		return s.impersonate(*value, local)
	case "role":
		if value == nil || *value == "none" {
			s.settings.assign(settingRole, "", local)
			return nil
		}
		return s.changeRole(*value, local)
	case "session_authorization":
		if value == nil {
			value = &s.start.User
		}
		if *value != s.start.User {
			if s.catalog().Role(*value) == nil {
				return sqlerr.New(sqlerr.InvalidParameterValue, `role "%s" does not exist`, *value)
			}
			if !s.loginRole.Superuser {
				return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to set session authorization")
			}
		}
		s.settings.assign(settingRole, "", local)
		s.settings.assign(settingAuthorization, *value, local)
		return nil
	case "transaction_isolation":
		level := s.settings.value("default_transaction_isolation")
		if value != nil {
			level = *value
		}
		isolation, err := parseIsolation(strings.ToLower(level))
		if err != nil {
			return err
		}
		if err := s.setModes(isolation, s.tx.readOnly); err != nil {
			return err
		}
		s.tx.uncommitted = strings.EqualFold(level, readUncommitted)
		return nil
	case "transaction_read_only":
		b := false
		if value != nil {
			b, _ = parseBool(*value)
		}
		return s.setModes(s.tx.isolation, b)
	case "seed":
		return nil
	}
	if v := variables[strings.ToLower(name)]; v != nil && v.superuser && !s.role().Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied to set parameter "%s"`, v.name)
	}
	if value == nil {
		return s.settings.reset(name, local)
	}
	if err := s.settings.set(name, *value, local); err != nil {
		return err
	}
	if s.tx.tx != nil && strings.EqualFold(name, "synchronous_commit") {
		s.tx.tx.SetSync(s.settings.synchronousCommit)
	}
	return nil
}

// changeRole is SET ROLE.
func (s *Session) changeRole(name string, local bool) error {
	cat := s.catalog()
	role := cat.Role(name)
	if role == nil {
		return sqlerr.New(sqlerr.InvalidParameterValue, `role "%s" does not exist`, name)
	}
	if !cat.MemberOf(s.sessionRole(cat).OID, role.OID) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied to set role "%s"`, name)
	}
	s.settings.assign(settingRole, name, local)
	return nil
}

// impersonate is SET kalam.user: only a role with the right may, and the
// crossing is logged.
func (s *Session) impersonate(user string, local bool) error {
	user, err := s.actFor(user)
	if err == nil {
		s.settings.assign(settingUser, user, local)
	}
	return err
}

// actFor says whether the session may act for a user, and gives what kalam.user then is.
func (s *Session) actFor(user string) (string, error) {
	if user == "" || user == s.start.User {
		return "", nil
	}
	if !s.mayImpersonate() {
		return "", sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to act for another user").
			WithDetail("Only roles with the IMPERSONATE attribute may set kalam.user.")
	}
	s.server.log.Info("acting for user", "session", s.pid, "role", s.loginRole.Name, "user", user)
	return user, nil
}

func (s *Session) mayImpersonate() bool {
	role := s.catalog().RoleByOID(s.loginRole.OID)
	if s.start.EndUser && s.start.Role == "" || role == nil {
		return false
	}
	return role.Superuser || role.Impersonate
}

// executeAs runs EXECUTE AS USER 'name' (statement).
func (s *Session) executeAs(ctx context.Context, ps *prepared, stmt *ast.ExecuteAsStmt, params []types.Datum, w ResultWriter) (string, error) {
	e, err := plan.Expression(s.planEnv(), stmt.User, types.Text)
	if err != nil {
		return "", err
	}
	ec := s.evalContext(ctx)
	ec.Params = params
	v, err := e.Eval(ec, nil)
	if err != nil {
		return "", err
	}
	if v.IsNull() || v.Str() == "" {
		return "", sqlerr.New(sqlerr.InvalidParameterValue, "EXECUTE AS USER needs a user name")
	}
	user, err := s.actFor(v.Str())
	if err != nil {
		return "", err
	}
	before := s.settings.impersonated
	s.settings.impersonated = user
	defer func() { s.settings.impersonated = before }()
	switch stmt.Statement.(type) {
	case *ast.SelectStmt, *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
	default:
		return "", sqlerr.Unsupported("EXECUTE AS USER with %s", stmt.Statement.Kind()).At(stmt.Pos())
	}
	return s.runStatement(ctx, ps.text, ast.Parsed{Statement: stmt.Statement, NumParams: ps.numParams}, params, w)
}

// show runs SHOW.
func (s *Session) show(stmt *ast.VariableShowStmt, w ResultWriter) (string, error) {
	cols, err := s.describeUtility(stmt)
	if err != nil {
		return "", err
	}
	if err := w.Columns(cols); err != nil {
		return "", err
	}
	if stmt.Name == "all" {
		for _, name := range s.settings.names() {
			value, _ := s.settings.get(name)
			if err := w.Row(types.Row{types.String(name), types.String(value), types.String(variables[strings.ToLower(name)].help)}); err != nil {
				return "", err
			}
		}
		return "SHOW", nil
	}
	value, err := s.Setting(stmt.Name, false)
	if err != nil {
		return "", err
	}
	return "SHOW", w.Row(types.Row{types.String(value)})
}

// discard runs DISCARD.
func (s *Session) discard(stmt *ast.DiscardStmt) (string, error) {
	switch stmt.Target {
	case "all":
		if err := s.notInBlock("DISCARD ALL"); err != nil {
			return "", err
		}
		s.closePortals(nil)
		for key, value := range map[string]string{settingRole: "", settingAuthorization: s.start.User, settingUser: ""} {
			s.settings.assign(key, value, false)
		}
		s.settings.resetAll()
		clear(s.statements)
		s.unlistenAll()
		s.locks.UnlockAll()
		clear(s.sequences.values)
		s.sequences.last = 0
		s.dropTemporary()
		return "DISCARD ALL", nil
	case "plans":
		for _, ps := range s.statements {
			if ps.plan != nil {
				stale := *ps.plan
				stale.Catalog = &catalog.Catalog{}
				ps.plan = &stale
			}
		}
		return "DISCARD PLANS", nil
	case "sequences":
		clear(s.sequences.values)
		s.sequences.last = 0
		return "DISCARD SEQUENCES", nil
	}
	if schema := s.tempSchema(s.catalog()); schema != nil {
		s.ensureTx()
		return "DISCARD TEMP", ddl.DropTemporary(context.Background(), s.tx.tx, schema)
	}
	return "DISCARD TEMP", nil
}

func constText(c *ast.Const) string {
	switch c.Kind {
	case ast.ConstInteger:
		return formatInt(c.Int)
	case ast.ConstBool:
		if c.Bool {
			return "true"
		}
		return "false"
	}
	return c.Text
}

// optionString gives the text of an option's value.
func optionString(o *ast.DefElem) string {
	switch v := o.Value.(type) {
	case *ast.Const:
		return constText(v)
	case *ast.Name:
		return strings.Join(v.Parts, ".")
	case *ast.TypeName:
		return strings.Join(v.Names, ".")
	case *ast.ColumnRef:
		return strings.Join(v.Fields, ".")
	}
	return ""
}

// optionBool is booleanOption of an option that the grammar lets be nothing else.
func optionBool(o *ast.DefElem) bool {
	b, _ := booleanOption(o)
	return b
}

// booleanOption is the value of an option that is on or off, and on if it is only named.
func booleanOption(o *ast.DefElem) (bool, error) {
	if o.Value == nil {
		return true, nil
	}
	switch strings.ToLower(optionString(o)) {
	case "true", "on", "1":
		return true, nil
	case "false", "off", "0":
		return false, nil
	}
	return false, sqlerr.New(sqlerr.SyntaxError, "%s requires a Boolean value", o.Name)
}
