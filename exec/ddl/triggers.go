package ddl

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// enabledBy is pg_trigger.tgenabled by the kind of ALTER TABLE's action.
var enabledBy = map[string]byte{
	"EnableTrig": 'O', "EnableTrigAll": 'O', "EnableTrigUser": 'O', "EnableAlwaysTrig": 'A', "EnableReplicaTrig": 'R',
	"DisableTrig": 'D', "DisableTrigAll": 'D', "DisableTrigUser": 'D',
}

// triggers runs ALTER TABLE ... ENABLE and DISABLE TRIGGER. ALL are those of foreign
// keys too: of the referencing table, that its rows are checked, and of the
// referenced one, that its keys are kept or acted for.
func (s *Session) triggers(ctx context.Context, t *catalog.Table, cmd *ast.AlterTableCmd) error {
	all, users := cmd.Kind == "EnableTrigAll" || cmd.Kind == "DisableTrigAll", cmd.Kind == "EnableTrigUser" || cmd.Kind == "DisableTrigUser"
	if !all && !users && catalog.TriggerNamed(t, cmd.Name) == nil {
		return sqlerr.New(sqlerr.UndefinedObject, `trigger "%s" for table "%s" does not exist`, cmd.Name, t.Name)
	}
	if t.Triggers != nil {
		s.changeTriggers(t.OID, func(tr *catalog.Trigger) *catalog.Trigger {
			if !all && !users && tr.Name != cmd.Name {
				return tr
			}
			c := *tr
			c.Enabled = enabledBy[cmd.Kind]
			return &c
		})
	}
	if !all {
		return nil
	}
	return s.ownTriggers(ctx, s.Tx.Catalog().Table(t.OID), cmd.Kind == "DisableTrigAll")
}

// ownTriggers turns off and on what foreign keys do.
func (s *Session) ownTriggers(ctx context.Context, t *catalog.Table, off bool) error {
	refused := func(side byte, k *catalog.ForeignKey) error {
		if s.Role.Superuser {
			return nil
		}
		return sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied: "%s" is a system trigger`, fmt.Sprintf("RI_ConstraintTrigger_%c_%d", side, k.OID))
	}
	changed := t.Clone()
	for i, k := range t.Foreign {
		if err := refused('c', k); err != nil {
			return err
		}
		fk := *k
		fk.Unchecked = off
		changed.Foreign[i] = &fk
	}
	s.Tx.PutObject(changed)
	for _, r := range s.Tx.Catalog().Referencing(t.OID) {
		if err := refused('a', r.Key); err != nil {
			return err
		}
		if r.Table.OID != t.OID {
			if err := s.Tx.LockTable(ctx, r.Table.OID, tables.ShareRowExclusiveMode, false); err != nil {
				return err
			}
		}
		from := s.Tx.Catalog().Table(r.Table.OID).Clone()
		at := slices.IndexFunc(from.Foreign, func(k *catalog.ForeignKey) bool { return k.OID == r.Key.OID })
		fk := *from.Foreign[at]
		fk.Inert = off
		from.Foreign[at] = &fk
		s.Tx.PutObject(from)
	}
	return nil
}

// triggersThat lists the triggers that depend on something, which messages call on.
func (s *Session) triggersThat(on string, depend func(catalog.Relation, *catalog.Trigger) bool) (list []dependent) {
	objects := slices.SortedFunc(s.Tx.Catalog().All(), func(a, b catalog.Object) int { return cmp.Compare(a.ObjectOID(), b.ObjectOID()) })
	for _, o := range objects {
		r, ok := o.(catalog.Relation)
		if !ok {
			continue
		}
		kind := "table"
		if _, view := r.(*catalog.View); view {
			kind = "view"
		}
		for _, t := range catalog.Triggers(r) {
			if !depend(r, t) {
				continue
			}
			list = append(list, dependent{oid: t.OID, of: r.ObjectOID(), what: "trigger " + t.Name + " on " + kind + " " + s.shownRelation(r), on: on, drop: func() error {
				s.changeTriggers(r.ObjectOID(), func(now *catalog.Trigger) *catalog.Trigger {
					if now.OID == t.OID {
						return nil
					}
					return now
				})
				return nil
			}})
		}
	}
	return list
}

// dropTriggersFrom drops the constraint triggers that name a relation which goes.
func (s *Session) dropTriggersFrom(relation catalog.OID) error {
	for _, d := range s.triggersThat("", func(_ catalog.Relation, t *catalog.Trigger) bool { return t.From == relation }) {
		if err := d.drop(); err != nil {
			return err
		}
	}
	return nil
}

// triggersCalling lists the triggers that call a function.
func (s *Session) triggersCalling(f catalog.OID, on string) []dependent {
	return s.triggersThat(on, func(_ catalog.Relation, t *catalog.Trigger) bool {
		return t.Function == f || slices.Contains(t.Uses, f)
	})
}

// triggersReading lists the triggers of a table that are about one of its columns.
func (s *Session) triggersReading(t *catalog.Table, num int16, on string) []dependent {
	if t.Triggers == nil {
		return nil
	}
	return s.triggersThat(on, func(r catalog.Relation, tr *catalog.Trigger) bool {
		return r.ObjectOID() == t.OID && (slices.Contains(tr.Columns, num) || slices.Contains(plan.TriggerReads(s.Env, t, tr), num))
	})
}

// renameInTriggers lets the conditions of a table's triggers follow the new name of a
// column. The table is a clone.
func renameInTriggers(t *catalog.Table, from, to string) error {
	for i, old := range t.Triggers {
		if old.When == "" {
			continue
		}
		parsed, err := parser.ParseExpr(old.When)
		if err != nil {
			return err
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if ref, ok := n.(*ast.ColumnRef); ok && !ref.Star && ref.Fields[len(ref.Fields)-1] == from {
				ref.Fields[len(ref.Fields)-1] = to
			}
			return true
		})
		tr := *old
		tr.When = parser.Deparse(parsed)
		t.Triggers[i] = &tr
	}
	return nil
}
