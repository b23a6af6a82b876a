package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

var triggerTimings = map[string]catalog.TriggerTiming{"before": catalog.TriggerBefore, "after": catalog.TriggerAfter, "instead": catalog.TriggerInstead}

var triggerEvents = map[string]catalog.TriggerEvents{
	"insert": catalog.TriggerInsert, "update": catalog.TriggerUpdate, "delete": catalog.TriggerDelete, "truncate": catalog.TriggerTruncate,
}

// createTrigger runs CREATE [OR REPLACE] [CONSTRAINT] TRIGGER.
func (s *Session) createTrigger(ctx context.Context, st *ast.CreateTrigStmt) error {
	r, err := s.triggerRelation(ctx, st.Relation)
	if err != nil {
		return err
	}
	tr := &catalog.Trigger{Name: st.Name, Timing: triggerTimings[st.Timing], Row: st.Row || st.Constraint, Args: st.Args, Enabled: 'O',
		Deferrable: st.Deferrable, InitiallyDeferred: st.InitiallyDeferred}
	for _, e := range st.Events {
		tr.Events |= triggerEvents[e.Event]
	}
	rows, err := s.triggerRows(r, tr)
	if err != nil {
		return err
	}
	if t, ok := r.(*catalog.Table); ok && t.Server != 0 && (st.Constraint || st.Transitions != nil) {
		detail := "Foreign tables cannot have constraint triggers."
		if !st.Constraint {
			detail = "Triggers on foreign tables cannot have transition tables."
		}
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is a foreign table`, t.Name).WithDetail("%s", detail)
	}
	if err := s.mayTrigger(r); err != nil {
		return err
	}
	if st.From != nil {
		from, err := s.Env.Named(st.From)
		if err != nil {
			return unlocated(err)
		}
		t, ok := from.(*catalog.Table)
		if !ok {
			return sqlerr.Unsupported("FROM of CREATE CONSTRAINT TRIGGER with a relation that is no table")
		}
		if err := s.Tx.LockTable(ctx, t.OID, tables.AccessShareMode, false); err != nil {
			return err
		}
		tr.From = from.ObjectOID()
	}
	if err := triggerShape(tr, st); err != nil {
		return err
	}
	if err := transitionTables(r, tr, st); err != nil {
		return err
	}
	if st.When != nil {
		if tr.Uses, err = plan.TriggerCondition(s.Env, rows, tr, st.When); err != nil {
			return err
		}
		s.qualifyFunctions(st.When)
		tr.When = parser.Deparse(st.When)
	}
	if tr.Function, err = s.triggerFunction(st.Function); err != nil {
		return err
	}
	old := catalog.TriggerNamed(r, tr.Name)
	switch {
	case old == nil:
	case !st.Replace:
		return sqlerr.New(sqlerr.DuplicateObject, `trigger "%s" for relation "%s" already exists`, tr.Name, r.ObjectName())
	case old.Parent != 0:
		return sqlerr.New(sqlerr.DuplicateObject, `trigger "%s" for relation "%s" is an internal or a child trigger`, tr.Name, r.ObjectName())
	case old.ConstraintOID != 0:
		return sqlerr.New(sqlerr.DuplicateObject, `trigger "%s" for relation "%s" is a constraint trigger`, tr.Name, r.ObjectName())
	}
	if tr.Columns, err = triggerColumns(rows, st.Events); err != nil {
		return err
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	list := slices.Clone(catalog.Triggers(r))
	if old != nil {
		tr.OID, tr.Comment = old.OID, old.Comment
		list[slices.Index(list, old)] = tr
	} else {
		tr.OID = edit.NewOID()
		if st.Constraint {
			tr.ConstraintOID = edit.NewOID()
		}
		list = append(list, tr)
	}
	s.Tx.PutObject(catalog.WithTriggers(r, list))
	if t, ok := r.(*catalog.Table); ok && t.Key != nil && tr.Row {
		for _, child := range s.Tx.Catalog().Children(t.OID) {
			if err := s.partitionTrigger(edit, t, tr, child.OID, st.Replace); err != nil {
				return err
			}
		}
	}
	return nil
}

// triggerRelation finds and locks the relation of a trigger.
func (s *Session) triggerRelation(ctx context.Context, v *ast.RangeVar) (catalog.Relation, error) {
	r, err := s.Env.Named(v)
	if err != nil {
		return nil, unlocated(err)
	}
	if _, virtual := r.(*catalog.Virtual); virtual {
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied: "%s" is a system catalog`, r.ObjectName())
	}
	if t, ok := r.(*catalog.Table); ok {
		if err := s.Tx.LockTable(ctx, t.OID, tables.ShareRowExclusiveMode, false); err != nil {
			return nil, err
		}
	}
	if _, err := s.Tx.Edit(ctx); err != nil {
		return nil, err
	}
	now, _ := s.Tx.Catalog().Get(r.ObjectOID()).(catalog.Relation)
	if now == nil {
		return nil, unlocated(plan.UndefinedRelation(v))
	}
	s.Env.Catalog = s.Tx.Catalog()
	return now, nil
}

// triggerRows says whether a relation may have a trigger, and gives the table of its
// rows.
func (s *Session) triggerRows(r catalog.Relation, tr *catalog.Trigger) (*catalog.Table, error) {
	wrong := func(format, detail string) error {
		return sqlerr.New(sqlerr.WrongObjectType, format, r.ObjectName()).WithDetail("%s", detail)
	}
	none := `relation "%s" cannot have triggers`
	switch r := r.(type) {
	case *catalog.Table:
		switch {
		case r.Query != nil:
			return nil, wrong(none, "This operation is not supported for materialized views.")
		case tr.Timing == catalog.TriggerInstead:
			return nil, wrong(`"%s" is a table`, "Tables cannot have INSTEAD OF triggers.")
		}
		return r, nil
	case *catalog.View:
		switch {
		case tr.Timing != catalog.TriggerInstead && tr.Row:
			return nil, wrong(`"%s" is a view`, "Views cannot have row-level BEFORE or AFTER triggers.")
		case tr.Events&catalog.TriggerTruncate != 0:
			return nil, wrong(`"%s" is a view`, "Views cannot have TRUNCATE triggers.")
		}
		return plan.TriggerTable(r), nil
	}
	return nil, wrong(none, "This operation is not supported for sequences.")
}

// mayTrigger demands the privilege TRIGGER on a relation.
func (s *Session) mayTrigger(r catalog.Relation) error {
	var owner catalog.OID
	var acl catalog.ACL
	kind := "table"
	switch r := r.(type) {
	case *catalog.Table:
		owner, acl = r.Owner, r.ACL
	case *catalog.View:
		owner, acl, kind = r.Owner, r.ACL, "view"
	}
	if !s.Tx.Catalog().Allowed(s.Role.OID, owner, acl, catalog.PrivTrigger) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for %s %s", kind, r.ObjectName())
	}
	return nil
}

// triggerShape refuses what no trigger of its kind can have.
func triggerShape(tr *catalog.Trigger, st *ast.CreateTrigStmt) error {
	refuse := func(text string) error { return sqlerr.New(sqlerr.FeatureNotSupported, "%s", text) }
	if tr.Row && tr.Events&catalog.TriggerTruncate != 0 {
		return refuse("TRUNCATE FOR EACH ROW triggers are not supported")
	}
	if tr.Timing == catalog.TriggerInstead {
		switch {
		case !tr.Row:
			return refuse("INSTEAD OF triggers must be FOR EACH ROW")
		case st.When != nil:
			return refuse("INSTEAD OF triggers cannot have WHEN conditions")
		case slices.ContainsFunc(st.Events, func(e ast.TriggerEvent) bool { return e.Columns != nil }):
			return refuse("INSTEAD OF triggers cannot have column lists")
		}
	}
	return nil
}

// triggerFunction finds the function of a trigger, which takes no arguments.
func (s *Session) triggerFunction(name *ast.Name) (catalog.OID, error) {
	if n := len(name.Parts); n == 1 || name.Parts[n-2] == "pg_catalog" {
		if f := expr.TriggerFunction(name.Parts[n-1]); f != nil {
			return f.OID, nil
		}
	}
	f, err := s.namedRoutine(&ast.FuncRef{Name: name, Listed: true})
	if err != nil {
		return 0, unlocated(err)
	}
	if !s.Tx.Catalog().Allowed(s.Role.OID, f.Owner, f.Grants(), catalog.PrivExecute) {
		return 0, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for function %s", f.Name)
	}
	if f.Result.Type != types.Trigger {
		return 0, sqlerr.New(sqlerr.InvalidObjectDefinition, "function %s must return type %s", strings.Join(name.Parts, "."), "trigger")
	}
	return f.OID, nil
}

// triggerColumns are the attribute numbers of UPDATE OF.
func triggerColumns(t *catalog.Table, events []ast.TriggerEvent) (list []int16, err error) {
	for _, e := range events {
		for _, name := range e.Columns {
			at := t.ColumnIndex(name)
			if at < 0 {
				return nil, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, name, t.Name)
			}
			num := t.Columns[at].Num
			if slices.Contains(list, num) {
				return nil, sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, name)
			}
			list = append(list, num)
		}
	}
	return list, nil
}

// dropTrigger runs DROP TRIGGER.
func (s *Session) dropTrigger(ctx context.Context, st *ast.DropTrigStmt) error {
	if st.IfExists && s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name) == nil {
		if schema := st.Relation.Schema; schema != "" && s.Env.Catalog.Schema(s.Env.Database, schema) == nil {
			s.notice(sqlerr.SuccessfulCompletion, `schema "%s" does not exist, skipping`, schema)
			return nil
		}
		s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
		return nil
	}
	r, err := s.triggerRelation(ctx, st.Relation)
	if err != nil {
		return err
	}
	tr := catalog.TriggerNamed(r, st.Name)
	switch {
	case tr == nil && st.IfExists:
		s.notice(sqlerr.SuccessfulCompletion, `trigger "%s" for relation "%s" does not exist, skipping`, st.Name, r.ObjectName())
		return nil
	case tr == nil:
		return sqlerr.New(sqlerr.UndefinedObject, `trigger "%s" for table "%s" does not exist`, st.Name, r.ObjectName())
	}
	if err := s.owner(ownerOf(r), "relation", r.ObjectName()); err != nil {
		return err
	}
	if t, ok := r.(*catalog.Table); ok {
		if err := s.idle(t, "DROP TRIGGER"); err != nil {
			return err
		}
		if err := s.Tx.LockTable(ctx, t.OID, tables.AccessExclusiveMode, false); err != nil {
			return err
		}
	}
	if tr.Parent != 0 {
		up := s.Tx.Catalog().Table(r.(*catalog.Table).Parents[0])
		return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop trigger %s on table %s because trigger %s on table %s requires it", tr.Name, s.shownRelation(r), tr.Name, s.shownName(up)).
			WithHint("You can drop trigger %s on table %s instead.", tr.Name, s.shownName(up))
	}
	s.changeTriggers(r.ObjectOID(), func(t *catalog.Trigger) *catalog.Trigger {
		if t.OID == tr.OID {
			return nil
		}
		return t
	})
	for _, child := range s.Tx.Catalog().Children(r.ObjectOID()) {
		s.dropPartTriggers(child.OID, tr)
	}
	return nil
}

// renameTrigger runs ALTER TRIGGER ... RENAME TO.
func (s *Session) renameTrigger(ctx context.Context, st *ast.RenameStmt) error {
	r, err := s.triggerRelation(ctx, st.Relation)
	if err != nil {
		return err
	}
	if err := s.owner(ownerOf(r), "table", r.ObjectName()); err != nil {
		return err
	}
	tr := catalog.TriggerNamed(r, st.SubName)
	switch {
	case catalog.TriggerNamed(r, st.NewName) != nil:
		return sqlerr.New(sqlerr.DuplicateObject, `trigger "%s" for relation "%s" already exists`, st.NewName, r.ObjectName())
	case tr == nil:
		return sqlerr.New(sqlerr.UndefinedObject, `trigger "%s" for table "%s" does not exist`, st.SubName, r.ObjectName())
	}
	if tr.Parent != 0 {
		up := s.Tx.Catalog().Table(r.(*catalog.Table).Parents[0])
		return sqlerr.New(sqlerr.FeatureNotSupported, `cannot rename trigger "%s" on table "%s"`, tr.Name, r.ObjectName()).
			WithHint(`Rename the trigger on the partitioned table "%s" instead.`, up.Name)
	}
	s.editTrigger(r, tr, func(t *catalog.Trigger) { t.Name = st.NewName })
	s.renamePartTriggers(r.ObjectOID(), tr.OID, st.NewName)
	return nil
}

// commentTrigger runs COMMENT ON TRIGGER.
func (s *Session) commentTrigger(st *ast.CommentStmt, text string) error {
	r, err := s.Env.Named(rangeVar(st.Relation, st.Relation.Parts))
	if err != nil {
		return unlocated(err)
	}
	tr := catalog.TriggerNamed(r, st.Name.Parts[0])
	if tr == nil {
		return sqlerr.New(sqlerr.UndefinedObject, `trigger "%s" for table "%s" does not exist`, st.Name.Parts[0], r.ObjectName())
	}
	if err := s.owner(ownerOf(r), "relation", r.ObjectName()); err != nil {
		return err
	}
	s.editTrigger(r, tr, func(t *catalog.Trigger) { t.Comment = text })
	return nil
}

func ownerOf(r catalog.Relation) catalog.OID {
	switch r := r.(type) {
	case *catalog.Table:
		return r.Owner
	case *catalog.View:
		return r.Owner
	}
	return 0
}

// editTrigger changes a trigger's descriptor.
func (s *Session) editTrigger(r catalog.Relation, tr *catalog.Trigger, change func(*catalog.Trigger)) {
	s.changeTriggers(r.ObjectOID(), func(t *catalog.Trigger) *catalog.Trigger {
		if t.OID != tr.OID {
			return t
		}
		c := *t
		change(&c)
		return &c
	})
}

// changeTriggers puts others in the place of a relation's triggers; nil removes one.
func (s *Session) changeTriggers(relation catalog.OID, change func(*catalog.Trigger) *catalog.Trigger) {
	r, ok := s.Tx.Catalog().Get(relation).(catalog.Relation)
	if !ok {
		return
	}
	var list []*catalog.Trigger
	for _, t := range catalog.Triggers(r) {
		if now := change(t); now != nil {
			list = append(list, now)
		}
	}
	s.Tx.PutObject(catalog.WithTriggers(r, list))
}

// renamePartTriggers renames the triggers that partitions have for one of the table.
func (s *Session) renamePartTriggers(table, of catalog.OID, name string) {
	for _, child := range s.Tx.Catalog().Children(table) {
		for _, t := range child.Triggers {
			if t.Parent == of {
				s.editTrigger(child, t, func(t *catalog.Trigger) { t.Name = name })
				s.renamePartTriggers(child.OID, t.OID, name)
			}
		}
	}
}
