package ddl

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// truncate runs TRUNCATE. Of a user table it empties the caller's slice, or,
// when it follows a table that is everybody's, all of them.
func (s *Session) truncate(ctx context.Context, st *ast.TruncateStmt) error {
	var list []*catalog.Table
	below := map[catalog.OID]bool{} // those whose parents are truncated: nothing is asked of the role
	for _, v := range st.Relations {
		switch r := s.Env.ResolveRelation(v.Schema, v.Name).(type) {
		case *catalog.View, *catalog.Sequence:
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a table`, r.ObjectName())
		}
		t, err := s.Env.NamedTable(v, "truncate")
		if err != nil {
			return err
		}
		if t.Query != nil {
			return sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a table`, t.Name)
		}
		if v.Only && t.Key != nil {
			return sqlerr.New(sqlerr.WrongObjectType, "cannot truncate only a partitioned table").
				WithHint("Do not specify the ONLY keyword, or use TRUNCATE ONLY on the partitions directly.")
		}
		for i, h := range s.Tx.Catalog().HeirsIn(t, s.Env.TempSchema) {
			if i > 0 && v.Only {
				break
			}
			if h.Server != 0 {
				return exec.ForeignTable(s.Tx.Catalog(), h)
			}
			if !slices.Contains(list, h) {
				list = append(list, h)
			}
			if i > 0 {
				below[h.OID] = true
			}
		}
	}
	named := len(list)
	for i := 0; i < len(list); i++ {
		for _, r := range s.referencingRows(list[i]) {
			if slices.Contains(list, r.Table) {
				continue
			}
			if !st.Cascade {
				return sqlerr.New(sqlerr.FeatureNotSupported, "cannot truncate a table referenced in a foreign key constraint").
					WithDetail(`Table "%s" references "%s".`, r.Table.Name, list[i].Name).
					WithHint(`Truncate table "%s" at the same time, or use TRUNCATE ... CASCADE.`, r.Table.Name)
			}
			s.notice(sqlerr.SuccessfulCompletion, `truncate cascades to table "%s"`, r.Table.Name)
			for _, h := range s.Tx.Catalog().HeirsIn(r.Table, s.Env.TempSchema) {
				if r.Table.Key == nil && h != r.Table || slices.Contains(list, h) {
					break
				}
				list = append(list, h)
			}
		}
	}
	everybodys := slices.ContainsFunc(list, func(t *catalog.Table) bool { return !t.PerUser })
	sets, err := s.truncateTriggers(list)
	if err != nil {
		return err
	}
	for _, set := range sets {
		if err := s.Constraints.BeforeStatement(s.Runtime(), set); err != nil {
			return err
		}
	}
	for i, t := range list {
		if err := s.empty(ctx, t, st.RestartIdentity, everybodys && i >= named, below[t.OID]); err != nil {
			return err
		}
	}
	for _, set := range sets {
		if err := s.Constraints.AfterStatement(s.Runtime(), set); err != nil {
			return err
		}
	}
	return nil
}

// referencingRows lists the foreign keys to the rows of a table: to it, or to what it is a
// partition of.
func (s *Session) referencingRows(t *catalog.Table) []catalog.Reference {
	cat := s.Tx.Catalog()
	list := cat.Referencing(t.OID)
	for _, a := range cat.Ancestors(t) {
		list = append(list, cat.Referencing(a.OID)...)
	}
	return slices.DeleteFunc(list, func(r catalog.Reference) bool { return r.Key.Parent != 0 })
}

// truncateTriggers are those of tables that TRUNCATE fires.
func (s *Session) truncateTriggers(list []*catalog.Table) (sets []*plan.Triggers, err error) {
	for _, t := range list {
		set, err := plan.TruncateTriggers(s.Env, t)
		if err != nil {
			return nil, err
		}
		if set != nil {
			sets = append(sets, set)
		}
	}
	return sets, nil
}

// empty truncates one table.
func (s *Session) empty(ctx context.Context, t *catalog.Table, restart, allSlices, below bool) error {
	cat := s.Tx.Catalog()
	if !below && !cat.Allowed(s.Role.OID, t.Owner, t.ACL, catalog.PrivTruncate) &&
		!(t.PerUser && !allSlices && cat.Allowed(catalog.RoleKalamUser, 0, t.ACL, catalog.PrivDelete)) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for table %s", t.Name)
	}
	if err := s.idle(t, "TRUNCATE"); err != nil {
		return err
	}
	mode := tables.AccessExclusiveMode
	if t.PerUser && !allSlices {
		mode = tables.RowExclusiveMode
	}
	if err := s.Tx.LockTable(ctx, t.OID, mode, false); err != nil {
		return err
	}
	if err := s.Tx.Truncate(ctx, t, s.User, allSlices); err != nil {
		return err
	}
	if !restart {
		return nil
	}
	for _, c := range t.Columns {
		if seq, ok := cat.Get(c.Sequence).(*catalog.Sequence); ok {
			if err := s.Tx.LockTable(ctx, seq.OID, tables.AccessExclusiveMode, false); err != nil {
				return err
			}
			s.Tx.RestartSequence(seq.OID, seq.Start)
		}
	}
	return nil
}
