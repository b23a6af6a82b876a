package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// A column may have the type of another table's rows, or of arrays of them. What the table
// gains and loses of columns, such values do, so that the rows which have them are stored
// anew; what else would change their form is refused.

// mayHoldRows says whether a column of a table may have a type.
func (s *Session) mayHoldRows(t *catalog.Table, typ *types.Type) error {
	if contains(typ, catalog.RowTypeOID(t.OID)) && t.OID != 0 {
		return sqlerr.New(sqlerr.InvalidTableDefinition, "composite type %s cannot be made a member of itself", t.Name)
	}
	if typ.Kind == types.KindDomain && catalog.HoldsRows(rowBase(typ)) {
		return sqlerr.Unsupported("a column of a domain over the type of a relation's rows")
	}
	if relation, _ := catalog.RowRelation(typ.OID); relation != 0 && s.Tx.Catalog().Table(relation) == nil {
		return sqlerr.Unsupported("a column of the type of the rows of a relation that is no table")
	}
	return nil
}

func rowBase(t *types.Type) *types.Type {
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
	return t
}

// mayReshape refuses actions after which rows of a table, or of what inherits from it, that
// others hold would be of another form.
func (s *Session) mayReshape(t *catalog.Table, cmds []*ast.AlterTableCmd) error {
	if len(s.Tx.Catalog().RowHolders()) == 0 {
		return nil
	}
	for _, h := range s.Tx.Catalog().Heirs(t) {
		held := s.columnsOfType(catalog.RowTypeOID(h.OID))
		if held == nil {
			continue
		}
		for _, cmd := range cmds {
			switch {
			case cmd.Kind == "AlterColumnType", cmd.Kind == "AddColumn" && slices.ContainsFunc(cmd.Column.Constraints, func(k *ast.Constraint) bool {
				return k.Type == ast.ConstrDefault || k.Type == ast.ConstrGenerated || k.Type == ast.ConstrIdentity
			}):
				return sqlerr.New(sqlerr.FeatureNotSupported, `cannot alter table "%s" because column "%s.%s" uses its row type`,
					h.Name, held[0].table.Name, held[0].table.Columns[held[0].at].Name)
			case cmd.Kind == "DropColumn":
				if err := s.unreadColumns(catalog.RowTypeOID(h.OID), "dropping"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// reshaping is called before a table gains or loses a column, and what it gives afterwards:
// that stores anew the rows of others which have rows of it.
func (s *Session) reshaping(ctx context.Context, old *catalog.Table) (func() error, error) {
	if len(s.Tx.Catalog().RowHolders()) == 0 {
		return func() error { return nil }, nil
	}
	held, err := s.lockTyped(ctx, catalog.RowTypeOID(old.OID))
	return func() error {
		now := s.Tx.Catalog().Table(old.OID)
		if held == nil || now == nil {
			return nil
		}
		from := make([]int, len(now.Columns))
		for i, c := range now.Columns {
			from[i] = old.Ordinal(c.Num)
		}
		return s.reshape(ctx, held, catalog.RowTypeOID(now.OID), from)
	}, err
}

// holdingRows lists what depends on a table since it holds its rows.
func (s *Session) holdingRows(ctx context.Context, edit *catalog.Editor, t *catalog.Table) []dependent {
	if len(s.Tx.Catalog().RowHolders()) == 0 {
		return nil
	}
	is := "type " + s.shownRelation(t)
	list := append(s.columnsTyped(ctx, edit, catalog.RowArrayOID(t.OID), is+"[]"), s.columnsTyped(ctx, edit, catalog.RowTypeOID(t.OID), is)...)
	for i := range list {
		if list[i].of != 0 {
			list[i].oid = t.OID // they come with the type, which is as old as the table
		}
	}
	return list
}
