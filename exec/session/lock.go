package session

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// lockModes are LOCK TABLE's modes by name.
var lockModes = map[string]tables.LockMode{
	"ACCESS SHARE": tables.AccessShareMode, "ROW SHARE": tables.RowShareMode, "ROW EXCLUSIVE": tables.RowExclusiveMode,
	"SHARE UPDATE EXCLUSIVE": tables.ShareUpdateExclusiveMode, "SHARE": tables.ShareMode, "SHARE ROW EXCLUSIVE": tables.ShareRowExclusiveMode,
	"EXCLUSIVE": tables.ExclusiveMode, "ACCESS EXCLUSIVE": tables.AccessExclusiveMode,
}

// lockTables runs LOCK TABLE.
func (s *Session) lockTables(ctx context.Context, stmt *ast.LockStmt) (string, error) {
	if !s.tx.block && s.routines.depth == 0 {
		return "", sqlerr.New(sqlerr.NoActiveSQLTransaction, "LOCK TABLE can only be used in transaction blocks")
	}
	mode, ok := lockModes[stmt.Mode]
	if !ok {
		mode = tables.AccessExclusiveMode
	}
	for _, v := range stmt.Relations {
		if view, is := s.planEnv().ResolveRelation(v.Schema, v.Name).(*catalog.View); is {
			if err := s.lockView(ctx, view, s.role().OID, mode, stmt.NoWait, nil); err != nil {
				return "", err
			}
			continue
		}
		t, err := s.planEnv().NamedTable(v, "lock")
		if err != nil {
			return "", err
		}
		if t.Query != nil {
			return "", sqlerr.New(sqlerr.WrongObjectType, `cannot lock relation "%s"`, t.Name).WithDetail("This operation is not supported for materialized views.")
		}
		if err := s.lockTable(ctx, t, s.role().OID, mode, stmt.NoWait, v.Only); err != nil {
			return "", err
		}
	}
	return "LOCK TABLE", nil
}

// mayLock demands a privilege that allows a lock of a mode.
func (s *Session) mayLock(role, owner catalog.OID, acl catalog.ACL, mode tables.LockMode, kind, name string) error {
	want := catalog.PrivUpdate | catalog.PrivDelete | catalog.PrivTruncate
	switch mode {
	case tables.AccessShareMode:
		want = catalog.PrivSelect
	case tables.RowExclusiveMode:
		want |= catalog.PrivInsert
	}
	for bit := catalog.PrivSelect; bit <= catalog.PrivTruncate; bit <<= 1 {
		if want&bit != 0 && s.catalog().Allowed(role, owner, acl, bit) {
			return nil
		}
	}
	return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for %s %s", kind, name)
}

// lockTable locks a table, and what inherits from it unless only is said.
func (s *Session) lockTable(ctx context.Context, t *catalog.Table, role catalog.OID, mode tables.LockMode, noWait, only bool) error {
	if err := s.mayLock(role, t.Owner, t.ACL, mode, "table", t.Name); err != nil {
		return err
	}
	for i, h := range s.catalog().Heirs(t) {
		if i > 0 && only {
			break
		}
		if err := s.tx.tx.LockTable(ctx, h.OID, mode, noWait); err != nil {
			return err
		}
	}
	return nil
}

// lockView locks a view and the relations that it reads, as the role that reads them.
func (s *Session) lockView(ctx context.Context, v *catalog.View, role catalog.OID, mode tables.LockMode, noWait bool, around []catalog.OID) error {
	if slices.Contains(around, v.OID) {
		return nil
	}
	if err := s.mayLock(role, v.Owner, v.ACL, mode, "view", v.Name); err != nil {
		return err
	}
	if err := s.tx.tx.LockTable(ctx, v.OID, mode, noWait); err != nil {
		return err
	}
	if v.Option("security_invoker") != "true" {
		role = v.Owner
	}
	for _, used := range v.Uses {
		var err error
		switch r := s.catalog().Get(used).(type) {
		case *catalog.Table:
			if r.Query == nil {
				err = s.lockTable(ctx, r, role, mode, noWait, false)
			}
		case *catalog.View:
			err = s.lockView(ctx, r, role, mode, noWait, append(around, v.OID))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
