package ddl

import (
	"context"
	"fmt"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// triggers runs ALTER TABLE ... ENABLE and DISABLE TRIGGER. The triggers there are
// belong to foreign keys: of the referencing table, that its rows are checked, and
// of the referenced one, that its keys are kept or acted for.
func (s *Session) triggers(ctx context.Context, t *catalog.Table, cmd *ast.AlterTableCmd) error {
	switch cmd.Kind {
	case "EnableTrigUser", "DisableTrigUser": // which of foreign keys are not
		return nil
	case "EnableTrigAll", "DisableTrigAll":
	default:
		return sqlerr.New(sqlerr.UndefinedObject, `trigger "%s" for table "%s" does not exist`, cmd.Name, t.Name)
	}
	off := cmd.Kind == "DisableTrigAll"
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
