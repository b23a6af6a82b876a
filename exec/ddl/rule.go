package ddl

import (
	"cmp"
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// viewRule is the name of the rule that a view's query is.
const viewRule = "_RETURN"

// createRule runs CREATE [OR REPLACE] RULE.
func (s *Session) createRule(ctx context.Context, st *ast.CreateRuleStmt) error {
	r, err := s.ruleRelation(ctx, st.Relation, "CREATE RULE")
	if err != nil {
		return err
	}
	if err := s.owner(ownerOf(r), kindOf(r), r.ObjectName()); err != nil {
		return err
	}
	if st.Event == "select" {
		return sqlerr.Unsupported("CREATE RULE ... ON SELECT")
	}
	s.qualifyFunctions(st)
	rule := &catalog.Rule{Name: st.Name, Event: triggerEvents[st.Event], Instead: st.Instead, Conditional: st.Where != nil, Commands: len(st.Actions),
		Text: parser.Deparse(st), SearchPath: slices.Clone(s.Env.SearchPath), Enabled: 'O'}
	for _, c := range catalog.Columns(r) {
		rule.Columns = append(rule.Columns, catalog.BoundColumn{Num: c.Num, Name: c.Name})
	}
	if err := plan.BindRule(s.Env, r, rule, st); err != nil {
		return err
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	list := slices.Clone(catalog.Rules(r))
	old := catalog.RuleNamed(r, st.Name)
	_, isView := r.(*catalog.View)
	switch {
	case old == nil && !(isView && st.Name == viewRule):
		rule.OID = edit.NewOID()
		list = append(list, rule)
	case !st.Replace:
		return sqlerr.New(sqlerr.DuplicateObject, `rule "%s" for relation "%s" already exists`, st.Name, r.ObjectName())
	case old == nil:
		return sqlerr.Unsupported("replacing the rule of a view")
	default:
		rule.OID, rule.Comment, rule.Enabled = old.OID, old.Comment, old.Enabled
		list[slices.Index(list, old)] = rule
	}
	s.Tx.PutObject(catalog.WithRules(r, list))
	return nil
}

// kindOf is what messages call a table or a view.
func kindOf(r catalog.Relation) string {
	switch r := r.(type) {
	case *catalog.View:
		return "view"
	case *catalog.Table:
		return r.Word()
	}
	return "table"
}

// ruleRelation finds and locks the relation of a rule.
func (s *Session) ruleRelation(ctx context.Context, v *ast.RangeVar, doing string) (catalog.Relation, error) {
	r, err := s.Env.Named(v)
	if err != nil {
		return nil, unlocated(err)
	}
	switch r := r.(type) {
	case *catalog.Virtual:
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied: "%s" is a system catalog`, r.ObjectName())
	case *catalog.Sequence:
		return nil, sqlerr.New(sqlerr.WrongObjectType, `relation "%s" cannot have rules`, r.Name).WithDetail("This operation is not supported for sequences.")
	case *catalog.Table:
		if r.Query != nil {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, "rules on materialized views are not supported")
		}
		if err := s.idle(r, doing); err != nil {
			return nil, err
		}
		if err := s.Tx.LockTable(ctx, r.OID, tables.AccessExclusiveMode, false); err != nil {
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

// namedRule finds a rule of a relation.
func namedRule(r catalog.Relation, name string) (*catalog.Rule, error) {
	if rule := catalog.RuleNamed(r, name); rule != nil {
		return rule, nil
	}
	return nil, sqlerr.New(sqlerr.UndefinedObject, `rule "%s" for relation "%s" does not exist`, name, r.ObjectName())
}

// dropRule runs DROP RULE.
func (s *Session) dropRule(ctx context.Context, st *ast.DropRuleStmt) error {
	if st.IfExists && s.Env.ResolveRelation(st.Relation.Schema, st.Relation.Name) == nil {
		if schema := st.Relation.Schema; schema != "" && s.Env.Catalog.Schema(s.Env.Database, schema) == nil {
			s.notice(sqlerr.SuccessfulCompletion, `schema "%s" does not exist, skipping`, schema)
			return nil
		}
		s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
		return nil
	}
	r, err := s.ruleRelation(ctx, st.Relation, "DROP RULE")
	if err != nil {
		return err
	}
	if _, isView := r.(*catalog.View); isView && st.Name == viewRule {
		shown := s.shownRelation(r)
		return sqlerr.New(sqlerr.DependentObjectsStillExist, `cannot drop rule %s on view %s because view %s requires it`, viewRule, shown, shown).
			WithHint("You can drop view %s instead.", shown)
	}
	rule, err := namedRule(r, st.Name)
	if err != nil {
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `rule "%s" for relation "%s" does not exist, skipping`, st.Name, r.ObjectName())
			return nil
		}
		return err
	}
	if err := s.owner(ownerOf(r), "relation", r.ObjectName()); err != nil {
		return err
	}
	s.changeRule(r.ObjectOID(), rule.OID, nil)
	return nil
}

// renameRule runs ALTER RULE ... RENAME TO.
func (s *Session) renameRule(ctx context.Context, st *ast.RenameStmt) error {
	r, err := s.ruleRelation(ctx, st.Relation, "ALTER RULE")
	if err != nil {
		return err
	}
	if err := s.owner(ownerOf(r), kindOf(r), r.ObjectName()); err != nil {
		return err
	}
	if _, isView := r.(*catalog.View); isView && st.SubName == viewRule {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "renaming an ON SELECT rule is not allowed")
	}
	rule, err := namedRule(r, st.SubName)
	if err != nil {
		return err
	}
	if catalog.RuleNamed(r, st.NewName) != nil {
		return sqlerr.New(sqlerr.DuplicateObject, `rule "%s" for relation "%s" already exists`, st.NewName, r.ObjectName())
	}
	s.changeRule(r.ObjectOID(), rule.OID, func(c *catalog.Rule) { c.Name = st.NewName })
	return nil
}

// ruleEnabledBy is pg_rewrite.ev_enabled by the kind of ALTER TABLE's action.
var ruleEnabledBy = map[string]byte{"EnableRule": 'O', "EnableAlwaysRule": 'A', "EnableReplicaRule": 'R', "DisableRule": 'D'}

// enableRule runs ALTER TABLE ... ENABLE and DISABLE RULE.
func (s *Session) enableRule(r catalog.Relation, cmd *ast.AlterTableCmd) error {
	rule, err := namedRule(r, cmd.Name)
	if err != nil {
		return err
	}
	s.changeRule(r.ObjectOID(), rule.OID, func(c *catalog.Rule) { c.Enabled = ruleEnabledBy[cmd.Kind] })
	return nil
}

// commentRule runs COMMENT ON RULE.
func (s *Session) commentRule(st *ast.CommentStmt, text string) error {
	r, err := s.Env.Named(rangeVar(st.Relation, st.Relation.Parts))
	if err != nil {
		return unlocated(err)
	}
	rule, err := namedRule(r, st.Name.Parts[0])
	if err != nil {
		return err
	}
	if err := s.owner(ownerOf(r), "relation", r.ObjectName()); err != nil {
		return err
	}
	s.changeRule(r.ObjectOID(), rule.OID, func(c *catalog.Rule) { c.Comment = text })
	return nil
}

// changeRule changes a rule's descriptor, or with nil takes it away.
func (s *Session) changeRule(relation, rule catalog.OID, change func(*catalog.Rule)) {
	r, ok := s.Tx.Catalog().Get(relation).(catalog.Relation)
	if !ok {
		return
	}
	var list []*catalog.Rule
	for _, have := range catalog.Rules(r) {
		switch {
		case have.OID != rule:
			list = append(list, have)
		case change != nil:
			c := *have
			change(&c)
			list = append(list, &c)
		}
	}
	s.Tx.PutObject(catalog.WithRules(r, list))
}

// rulesThat lists the rules that depend on something, which messages call on.
func (s *Session) rulesThat(on string, depend func(catalog.Relation, *catalog.Rule) bool) (list []dependent) {
	objects := slices.SortedFunc(s.Tx.Catalog().All(), func(a, b catalog.Object) int { return cmp.Compare(a.ObjectOID(), b.ObjectOID()) })
	for _, o := range objects {
		r, ok := o.(catalog.Relation)
		if !ok {
			continue
		}
		for _, rule := range catalog.Rules(r) {
			if depend(r, rule) {
				list = append(list, dependent{oid: rule.OID, of: r.ObjectOID(), what: "rule " + rule.Name + " on " + kindOf(r) + " " + s.shownRelation(r), on: on, drop: func() error {
					s.changeRule(r.ObjectOID(), rule.OID, nil)
					return nil
				}})
			}
		}
	}
	return list
}

// rulesUsing lists the rules of others that name a relation or a function.
func (s *Session) rulesUsing(oid catalog.OID, on string) []dependent {
	return s.rulesThat(on, func(r catalog.Relation, rule *catalog.Rule) bool {
		return r.ObjectOID() != oid && slices.Contains(rule.Uses, oid)
	})
}

// rulesReading lists the rules that are about a column of a table.
func (s *Session) rulesReading(t *catalog.Table, num int16, on string) []dependent {
	return s.rulesThat(on, func(_ catalog.Relation, rule *catalog.Rule) bool { return rule.Bound.ReadsColumn(t.OID, num) })
}
