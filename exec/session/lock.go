package session

import (
	"context"

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
		t, err := s.planEnv().NamedTable(v, "lock")
		if err != nil {
			return "", err
		}
		cat, role := s.catalog(), s.role()
		want := catalog.PrivUpdate | catalog.PrivDelete | catalog.PrivTruncate
		switch mode {
		case tables.AccessShareMode:
			want = catalog.PrivSelect
		case tables.RowExclusiveMode:
			want |= catalog.PrivInsert
		}
		allowed := false
		for bit := catalog.PrivSelect; bit <= catalog.PrivTruncate; bit <<= 1 {
			allowed = allowed || want&bit != 0 && cat.Allowed(role.OID, t.Owner, t.ACL, bit)
		}
		if !allowed {
			return "", sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for table %s", t.Name)
		}
		for i, h := range cat.Heirs(t) {
			if i > 0 && v.Only {
				break
			}
			if err := s.tx.tx.LockTable(ctx, h.OID, mode, stmt.NoWait); err != nil {
				return "", err
			}
		}
	}
	return "LOCK TABLE", nil
}
