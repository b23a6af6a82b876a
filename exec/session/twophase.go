package session

import (
	"context"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// maxGID bounds the identifiers of prepared transactions, in bytes.
const maxGID = 200

// twoPhase runs PREPARE TRANSACTION, COMMIT PREPARED and ROLLBACK PREPARED.
func (s *Session) twoPhase(ctx context.Context, t *ast.TransactionStmt, w ResultWriter) (string, error) {
	if t.Op == ast.TransPrepare {
		return s.prepareTransaction(ctx, t.GID, w)
	}
	end, tag := s.store().CommitPrepared, "COMMIT PREPARED"
	if t.Op == ast.TransRollbackPrepared {
		end, tag = s.store().RollbackPrepared, "ROLLBACK PREPARED"
	}
	if err := s.notInBlock(tag); err != nil {
		return "", err
	}
	return tag, end(ctx, t.GID, s.mayFinish)
}

// mayFinish says who may end a prepared transaction, and where.
func (s *Session) mayFinish(x *tables.PreparedTx) error {
	if role := s.role(); role.OID != x.Owner && !role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied to finish prepared transaction").
			WithHint("Must be superuser or the user that prepared the transaction.")
	}
	if x.Database != s.database.OID {
		return sqlerr.New(sqlerr.FeatureNotSupported, "prepared transaction belongs to another database").
			WithHint("Connect to the database where the transaction was prepared to finish it.")
	}
	return nil
}

// prepareTransaction ends the block: its transaction is prepared or, when that fails,
// rolled back.
func (s *Session) prepareTransaction(ctx context.Context, gid string, w ResultWriter) (string, error) {
	if !s.tx.block {
		err := s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.NoActiveSQLTransaction, "there is no transaction in progress"))
		s.rollback()
		return "ROLLBACK", err
	}
	if s.tx.failed {
		s.rollback()
		return "ROLLBACK", nil
	}
	if err := s.tryPrepare(ctx, gid); err != nil {
		s.rollback()
		return "", err
	}
	s.closePortals((*portal).held)
	s.tx.tx = nil
	s.endTx(true)
	return "PREPARE TRANSACTION", nil
}

func (s *Session) tryPrepare(ctx context.Context, gid string) error {
	if len(gid) >= maxGID {
		return sqlerr.New(sqlerr.InvalidParameterValue, `transaction identifier "%s" is too long`, gid)
	}
	limit, _ := strconv.Atoi(s.settings.value("max_prepared_transactions"))
	if err := s.constraints.EndTransaction(ctx); err != nil {
		return err
	}
	if len(s.tx.listens) > 0 {
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY")
	}
	for _, po := range s.portals {
		if po.cursor != nil && po.cursor.hold && !po.cursor.kept {
			return sqlerr.New(sqlerr.FeatureNotSupported, "cannot PREPARE a transaction that has created a cursor WITH HOLD")
		}
	}
	return s.tx.tx.Prepare(ctx, tables.PreparedTx{GID: gid, Database: s.database.OID, Owner: s.role().OID, At: s.server.opts.Now()}, limit)
}

func init() {
	postgresView("pg_prepared_xacts", func(s *Session, add func(...any) error) error {
		cat := s.catalog()
		name := func(oid catalog.OID) any {
			if o := cat.Get(oid); o != nil {
				return text(o.ObjectName())
			}
			return nil
		}
		for _, x := range s.store().Prepared() {
			if err := add("transaction", types.Int(int64(x.XID)), "gid", text(x.GID), "prepared", timestamp(x.At), "owner", name(x.Owner), "database", name(x.Database)); err != nil {
				return err
			}
		}
		return nil
	})
}
