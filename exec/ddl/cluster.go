package ddl

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// cluster runs CLUSTER: rows lie in the order of the primary key whatever is asked for, so
// that it is only noted which index that was.
func (s *Session) cluster(ctx context.Context, st *ast.ClusterStmt) error {
	for _, o := range st.Options {
		if o.Name != "verbose" {
			return sqlerr.New(sqlerr.SyntaxError, `unrecognized CLUSTER option "%s"`, o.Name).At(o.Pos())
		}
	}
	if st.Relation == nil {
		return nil
	}
	r, err := s.Env.Named(st.Relation)
	if err != nil {
		return unlocated(err)
	}
	t, ok := r.(*catalog.Table)
	if !ok {
		if _, virtual := r.(*catalog.Virtual); virtual && st.Index == "" {
			return sqlerr.New(sqlerr.UndefinedObject, `there is no previously clustered index for table "%s"`, r.ObjectName())
		}
		return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a table or materialized view`, r.ObjectName())
	}
	if err := s.owner(t.Owner, kindOf(t), t.Name); err != nil {
		return err
	}
	if err := s.Tx.LockTable(ctx, t.OID, tables.AccessExclusiveMode, false); err != nil {
		return err
	}
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	if t = s.Tx.Catalog().Table(t.OID); t == nil {
		return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" does not exist`, st.Relation.Name)
	}
	if st.Index == "" {
		if t.Clustered == 0 || t.Key != nil {
			return sqlerr.New(sqlerr.UndefinedObject, `there is no previously clustered index for table "%s"`, t.Name)
		}
		return nil
	}
	i, err := s.indexOf(t, st.Index)
	if err != nil {
		return err
	}
	if err := clusterable(i); err != nil || t.Key != nil { // a partitioned table's is not remembered
		return err
	}
	c := t.Clone()
	c.Clustered = i.OID
	s.Tx.PutObject(c)
	return nil
}

// clusterable refuses the indexes that rows cannot be in the order of.
func clusterable(i *catalog.Index) error {
	switch {
	case i.Method != "" && i.Method != "btree" && i.Method != "gist":
		return sqlerr.New(sqlerr.FeatureNotSupported, `cannot cluster on index "%s" because access method does not support clustering`, i.Name)
	case i.Predicate != "":
		return sqlerr.New(sqlerr.FeatureNotSupported, `cannot cluster on partial index "%s"`, i.Name)
	case i.Invalid:
		return sqlerr.New(sqlerr.FeatureNotSupported, `cannot cluster on invalid index "%s"`, i.Name)
	}
	return nil
}
