package ddl

import (
	"context"
	"slices"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// What CONCURRENTLY says of an index is done in several transactions, so that others may read and
// write the table meanwhile. A statement does what is to be done in the first, and leaves the rest
// to the session.

// Concurrent is what is left to be done of an index.
type Concurrent struct {
	Table, Index catalog.OID
	Do           ConcurrentStep
}

// ConcurrentStep says what that is.
type ConcurrentStep uint8

// The steps.
const (
	FillIndex   ConcurrentStep = iota // it has been made, and lacks entries
	DropIndex                         // it has been made invalid
	RemakeIndex                       // nothing has been done yet
)

// Concurrently is what a session does for statements with CONCURRENTLY.
type Concurrently struct {
	// Lock keeps others from changing the definition of a table until all is done, Later takes a note of what
	// is left.
	Lock  func(ctx context.Context, table catalog.OID) error
	Later func(Concurrent)
}

// dropsConcurrently refuses what DROP INDEX CONCURRENTLY cannot do.
func (s *Session) dropsConcurrently(st *ast.DropStmt) error {
	switch {
	case len(st.Names) > 1:
		return sqlerr.New(sqlerr.FeatureNotSupported, "DROP INDEX CONCURRENTLY does not support dropping multiple objects")
	case st.Cascade:
		return sqlerr.New(sqlerr.FeatureNotSupported, "DROP INDEX CONCURRENTLY does not support CASCADE")
	}
	return s.OutsideBlock("DROP INDEX CONCURRENTLY")
}

// invalidate begins DROP INDEX CONCURRENTLY: nobody reads by the index any more.
func (s *Session) invalidate(t *catalog.Table, index *catalog.Index) {
	changed := t.Clone()
	invalid := *index
	invalid.Invalid = true
	changed.Indexes[slices.Index(changed.Indexes, index)] = &invalid
	s.Tx.PutObject(changed)
	s.Concurrently.Later(Concurrent{t.OID, index.OID, DropIndex})
}

// BeginRemaking makes an index like another of the table, without entries and invalid, to take
// its place.
func BeginRemaking(ctx context.Context, tx *tables.Tx, table, old catalog.OID) (index catalog.OID, err error) {
	edit, err := tx.Edit(ctx)
	if err != nil {
		return 0, err
	}
	t, was := edit.Catalog().IndexByOID(old)
	if was == nil || t.OID != table {
		return 0, errIndexGone
	}
	made := *was
	made.OID, made.Name, made.Invalid = edit.NewOID(), freeIndexName(edit.Catalog(), t, was.Name+"_ccnew"), true
	made.Constraint, made.ConstraintOID, made.Parent, made.Comment, made.ConstraintComment = false, 0, 0, "", ""
	changed := t.Clone()
	changed.Indexes = append(changed.Indexes, &made)
	tx.PutObject(changed)
	return made.OID, nil
}

var errIndexGone = sqlerr.New(sqlerr.UndefinedObject, "the index has been dropped")

// freeIndexName is a name or, where that is taken, one with a number.
func freeIndexName(cat *catalog.Catalog, t *catalog.Table, name string) string {
	free := name
	for n := 1; cat.RelationNameTaken(t.Schema, free); n++ {
		free = name + strconv.Itoa(n)
	}
	return free
}

// EndRemaking has the new index take the place of the old one, which stays, invalid, to be dropped.
func EndRemaking(ctx context.Context, tx *tables.Tx, table, old, new catalog.OID) error {
	edit, err := tx.Edit(ctx)
	if err != nil {
		return err
	}
	t, was := edit.Catalog().IndexByOID(old)
	_, made := edit.Catalog().IndexByOID(new)
	if was == nil || made == nil || t.OID != table {
		return errIndexGone
	}
	is, retired := *was, *made
	is.OID, is.Invalid = new, false
	retired.OID, retired.Name = old, freeIndexName(edit.Catalog(), t, was.Name+"_ccold")
	changed := t.Clone()
	for i, x := range changed.Indexes {
		switch x.OID {
		case old: // in its place, so that the order of the indexes stays
			changed.Indexes[i] = &is
		case new:
			changed.Indexes[i] = &retired
		}
	}
	if t.ReplicaIndex == old {
		changed.ReplicaIndex = new
	}
	if t.Clustered == old {
		changed.Clustered = new
	}
	tx.PutObject(changed)
	tx.Made(new)
	for o := range tx.Catalog().All() {
		r, ok := o.(*catalog.Table)
		if !ok || !slices.ContainsFunc(r.Foreign, func(k *catalog.ForeignKey) bool { return k.Index == old }) {
			continue
		}
		c := r.Clone()
		for i, k := range c.Foreign {
			if k.Index == old {
				on := *k
				on.Index = new
				c.Foreign[i] = &on
			}
		}
		tx.PutObject(c)
	}
	return nil
}

// remake rebuilds indexes as REINDEX ... CONCURRENTLY does; those that cannot be filled while others write are
// rebuilt at once. Invalid ones are skipped with a warning, unless one is named.
func (s *Session) remake(ctx context.Context, t *catalog.Table, indexes []*catalog.Index, named bool) error {
	if err := s.Concurrently.Lock(ctx, t.OID); err != nil {
		return err
	}
	for _, i := range indexes {
		switch {
		case i.Primary:
		case i.Invalid && !named:
			s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.FeatureNotSupported, `cannot reindex invalid index "%s.%s" concurrently, skipping`, s.schemaName(t), i.Name))
		case s.Tx.CanFill(t, i):
			s.Concurrently.Later(Concurrent{t.OID, i.OID, RemakeIndex})
		default:
			if err := s.rebuild(ctx, t, []*catalog.Index{i}); err != nil {
				return err
			}
		}
	}
	return nil
}
