package session

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// Snapshots that one transaction exports and others import, so that they see the same.

func init() {
	hostFunctions["pg_export_snapshot"] = func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
		if len(s.tx.savepoints) > 0 || s.routines.subtransactions > 0 {
			return types.Null, sqlerr.New(sqlerr.ActiveSQLTransaction, "cannot export a snapshot from a subtransaction")
		}
		return types.String(s.tx.tx.Export(uint32(s.database.OID)).Name), nil
	}
}

// importSnapshot runs SET TRANSACTION SNAPSHOT.
func (s *Session) importSnapshot(name string) error {
	if s.tx.statements > 0 {
		return sqlerr.New(sqlerr.ActiveSQLTransaction, "SET TRANSACTION SNAPSHOT must be called before any query")
	}
	if s.tx.isolation == tables.ReadCommitted {
		return sqlerr.New(sqlerr.FeatureNotSupported, "a snapshot-importing transaction must have isolation level SERIALIZABLE or REPEATABLE READ")
	}
	found, err := s.tx.tx.Import(name, func(e *tables.Export) error {
		switch {
		case s.tx.isolation == tables.Serializable && e.Isolation != tables.Serializable:
			return sqlerr.New(sqlerr.FeatureNotSupported, "a serializable transaction cannot import a snapshot from a non-serializable transaction")
		case s.tx.isolation == tables.Serializable && e.ReadOnly && !s.tx.readOnly:
			return sqlerr.New(sqlerr.FeatureNotSupported, "a non-read-only serializable transaction cannot import a snapshot from a read-only transaction")
		case e.Database != uint32(s.database.OID):
			return sqlerr.New(sqlerr.FeatureNotSupported, "cannot import a snapshot from a different database")
		}
		return nil
	})
	if err == nil && !found {
		err = sqlerr.New(sqlerr.InvalidParameterValue, `invalid snapshot identifier: "%s"`, name)
	}
	return err
}
