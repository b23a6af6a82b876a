package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// addUsingIndex makes a unique index that there is the index of a PRIMARY KEY or UNIQUE
// constraint. The index keeps its OID, and with it what references it.
func (s *Session) addUsingIndex(ctx context.Context, edit *catalog.Editor, old *catalog.Table, cmd *ast.AlterTableCmd) error {
	k := cmd.Constraint
	index, err := s.indexForConstraint(edit, old, k)
	if err != nil {
		return err
	}
	t := old.Clone()
	at := slices.IndexFunc(t.Indexes, func(i *catalog.Index) bool { return i.OID == index.OID })
	name := index.Name
	if k.Name != "" && k.Name != index.Name {
		s.notice(sqlerr.SuccessfulCompletion, `ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index "%s" to "%s"`, index.Name, k.Name)
		if edit.Catalog().RelationNameTaken(t.Schema, k.Name) {
			return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, k.Name)
		}
		name = k.Name
	}
	if k.Type == ast.ConstrUnique {
		own := *index
		own.Name, own.Constraint, own.ConstraintOID = name, true, edit.NewOID()
		own.Deferrable, own.InitiallyDeferred = k.Deferrable, k.InitiallyDeferred
		t.Indexes[at] = &own
		s.Tx.PutObject(t)
		if own.Deferrable { // whose entries may be twice, and are kept otherwise
			s.Tx.DropIndexStorage(old, index)
			return s.buildIndex(ctx, t, &own)
		}
		return nil
	}
	// The rows themselves are kept by the primary key: the index goes, and they move.
	t.Indexes = slices.Delete(slices.Clone(t.Indexes), at, at+1)
	s.Tx.DropIndexStorage(old, index)
	s.Tx.PutObject(t)
	made := *k
	made.Name, made.IndexName = name, ""
	for _, key := range index.Keys {
		made.Keys = append(made.Keys, t.Columns[t.Ordinal(key.Column)].Name)
	}
	for _, num := range index.Include {
		made.Including = append(made.Including, t.Columns[t.Ordinal(num)].Name)
	}
	if err := s.addConstraint(ctx, edit, t, &ast.AlterTableCmd{Loc: cmd.Loc, Constraint: &made}); err != nil {
		return err
	}
	now := s.Tx.Catalog().Table(t.OID).Clone()
	for i, key := range now.Indexes {
		if key.Primary {
			own := *key
			own.OID, own.Comment = index.OID, index.Comment
			now.Indexes[i] = &own
		}
	}
	s.Tx.PutObject(now)
	return nil
}

// indexForConstraint finds the index that a constraint names, and checks that it can be
// the constraint's.
func (s *Session) indexForConstraint(edit *catalog.Editor, t *catalog.Table, k *ast.Constraint) (*catalog.Index, error) {
	const detail = "Cannot create a primary key or unique constraint using such an index."
	if t.Key != nil {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "ALTER TABLE / ADD CONSTRAINT USING INDEX is not supported on partitioned tables")
	}
	name := k.IndexName
	of, index := edit.Catalog().Index(t.Schema, name)
	wrong := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.WrongObjectType, format, args...).WithDetail(detail).At(k.Pos())
	}
	state := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, format, args...).At(k.Pos())
	}
	switch {
	case index == nil:
		return nil, sqlerr.New(sqlerr.UndefinedObject, `index "%s" does not exist`, name).At(k.Pos())
	case index.Constraint || index.Primary:
		return nil, state(`index "%s" is already associated with a constraint`, name)
	case of.OID != t.OID:
		return nil, state(`index "%s" does not belong to table "%s"`, name, t.Name)
	case index.Invalid:
		return nil, state(`index "%s" is not valid`, name)
	case !index.Unique:
		return nil, wrong(`"%s" is not a unique index`, name)
	}
	for _, key := range index.Keys {
		if key.Column == 0 {
			return nil, wrong(`index "%s" contains expressions`, name)
		}
	}
	if index.Predicate != "" {
		return nil, wrong(`"%s" is a partial index`, name)
	}
	for i, key := range index.Keys {
		if key.Desc || key.NullsFirst || key.OpClass != 0 || key.Collation != nil {
			return nil, wrong(`index "%s" column number %d does not have default sorting behavior`, name, i+1)
		}
	}
	return index, nil
}
