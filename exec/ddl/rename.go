package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// renamedText is the text of an expression after a change of names.
func renamedText(text string, change func(*ast.ColumnRef)) (string, error) {
	if text == "" {
		return "", nil
	}
	parsed, err := parser.ParseExpr(text)
	if err != nil {
		return "", err
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if ref, ok := n.(*ast.ColumnRef); ok && !ref.Star {
			change(ref)
		}
		return true
	})
	return parser.Deparse(parsed), nil
}

// renameInside lets the expressions that a table stores, and those that publications have
// about it, follow a change of names. The table is a clone.
func (s *Session) renameInside(t *catalog.Table, change func(*ast.ColumnRef)) error {
	if err := s.renameInPublications(t.OID, change); err != nil {
		return err
	}
	renamed := func(text string) (string, error) { return renamedText(text, change) }
	var err error
	for i, k := range t.Checks {
		c := *k
		if c.Expr, err = renamed(k.Expr); err != nil {
			return err
		}
		t.Checks[i] = &c
	}
	for i, old := range t.Extended {
		st := *old
		st.Exprs = slices.Clone(old.Exprs)
		for n, e := range st.Exprs {
			if st.Exprs[n], err = renamed(e); err != nil {
				return err
			}
		}
		t.Extended[i] = &st
	}
	for i, old := range t.Policies {
		p := *old
		if p.Using, err = renamed(old.Using); err != nil {
			return err
		}
		if p.Check, err = renamed(old.Check); err != nil {
			return err
		}
		if (p.Using != old.Using || p.Check != old.Check) && hasSubquery(old) {
			return sqlerr.Unsupported("renaming what a policy with a subquery names")
		}
		t.Policies[i] = &p
	}
	for i, old := range t.Columns {
		if !old.Generated {
			continue
		}
		c := *old
		if c.Default, err = renamed(old.Default); err != nil {
			return err
		}
		t.Columns[i] = &c
	}
	for i, old := range t.Indexes {
		index := *old
		index.Keys = append([]catalog.IndexKey(nil), old.Keys...)
		for k := range index.Keys {
			if index.Keys[k].Expr, err = renamed(old.Keys[k].Expr); err != nil {
				return err
			}
		}
		if index.Predicate, err = renamed(old.Predicate); err != nil {
			return err
		}
		t.Indexes[i] = &index
	}
	return nil
}

// hasSubquery says whether a policy's conditions look into other tables.
func hasSubquery(p *catalog.Policy) (found bool) {
	for _, text := range []string{p.Using, p.Check} {
		if text == "" {
			continue
		}
		e, err := parser.ParseExpr(text)
		if err != nil {
			return true
		}
		ast.Inspect(e, func(n ast.Node) bool {
			_, is := n.(*ast.SubLink)
			found = found || is
			return !found
		})
	}
	return found
}

// renameConstraint runs ALTER TABLE ... RENAME CONSTRAINT, of a cloned table. The
// index of a constraint has its name.
func (s *Session) renameConstraint(edit *catalog.Editor, t *catalog.Table, st *ast.RenameStmt, below bool) error {
	if tableHasConstraint(t, st.NewName) {
		return sqlerr.New(sqlerr.DuplicateObject, `constraint "%s" for relation "%s" already exists`, st.NewName, t.Name)
	}
	for i, old := range t.Checks {
		if old.Name == st.SubName {
			only := st.Relation.Only && !old.NoInherit
			if !below {
				if err := s.renamable(t, "constraint", old.Name, old.Inheritance, only); err != nil {
					return err
				}
			} else if err := s.renamedElsewhere(t, "constraint", old.Name, old.InhCount, st); err != nil {
				return err
			}
			k := *old
			k.Name = st.NewName
			t.Checks[i] = &k
			s.Tx.PutObject(t)
			if old.NoInherit {
				return nil
			}
			for _, child := range s.Tx.Catalog().Children(t.OID) {
				if slices.ContainsFunc(child.Checks, func(k *catalog.Check) bool { return k.Name == st.SubName && k.InhCount > 0 }) {
					if err := s.renameConstraint(edit, child.Clone(), st, true); err != nil {
						return err
					}
				}
			}
			return nil
		}
	}
	for i, old := range t.Foreign {
		if old.Name == st.SubName {
			if old.Parent != 0 {
				return sqlerr.New(sqlerr.InvalidTableDefinition, `cannot rename inherited constraint "%s"`, old.Name)
			}
			k := *old
			k.Name = st.NewName
			t.Foreign[i] = &k
			s.Tx.PutObject(t)
			return nil
		}
	}
	for i, old := range t.Indexes {
		if old.Constraint && old.Name == st.SubName {
			return s.nameIndex(edit, t, i, st.NewName)
		}
	}
	return sqlerr.New(sqlerr.UndefinedObject, `constraint "%s" for table "%s" does not exist`, st.SubName, t.Name)
}

// nameIndex gives an index of a cloned table another name.
func (s *Session) nameIndex(edit *catalog.Editor, t *catalog.Table, at int, name string) error {
	if edit.Catalog().RelationNameTaken(t.Schema, name) {
		return sqlerr.New(sqlerr.DuplicateTable, `relation "%s" already exists`, name)
	}
	index := *t.Indexes[at]
	index.Name = name
	t.Indexes[at] = &index
	s.Tx.PutObject(t)
	return nil
}

// renameIndex runs ALTER INDEX ... RENAME TO.
func (s *Session) renameIndex(ctx context.Context, st *ast.RenameStmt) error {
	t, at := s.findIndex(st.Relation)
	if t == nil {
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `relation "%s" does not exist, skipping`, st.Relation.Name)
			return nil
		}
		return unlocated(plan.UndefinedRelation(st.Relation))
	}
	if err := s.owner(t.Owner, "index", st.Relation.Name); err != nil {
		return err
	}
	if err := s.Tx.LockTable(ctx, t.OID, tables.ShareUpdateExclusiveMode, false); err != nil {
		return err
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	return s.nameIndex(edit, t.Clone(), at, st.NewName)
}
