package session

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// Advisory locks: tables.AdvisoryKey says what they are.

// maxNotices bounds what one statement's functions may say.
const maxNotices = 1000

func init() {
	for _, transaction := range []bool{false, true} {
		for _, exclusive := range []bool{true, false} {
			name := "advisory"
			if transaction {
				name += "_xact"
			}
			suffix := ""
			if !exclusive {
				suffix = "_shared"
			}
			hostFunctions["pg_"+name+"_lock"+suffix] = func(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
				_, err := s.tx.tx.LockAdvisory(c.Ctx, s.advisoryKey(a), exclusive, !transaction, tables.Block)
				return types.String(""), err
			}
			hostFunctions["pg_try_"+name+"_lock"+suffix] = func(s *Session, c *expr.Context, a []types.Datum) (types.Datum, error) {
				ok, err := s.tx.tx.LockAdvisory(c.Ctx, s.advisoryKey(a), exclusive, !transaction, tables.NoWait)
				return types.Bool(ok), err
			}
			if !transaction {
				hostFunctions["pg_advisory_unlock"+suffix] = func(s *Session, _ *expr.Context, a []types.Datum) (types.Datum, error) {
					held := s.locks.Unlock(s.advisoryKey(a), exclusive)
					if held {
						return types.Bool(true), nil
					}
					return types.Bool(false), (*proceduralHost)(s).Notice(sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.Warning, "you don't own a lock of type %s", tables.AdvisoryMode(exclusive)))
				}
			}
		}
	}
	hostFunctions["pg_advisory_unlock_all"] = func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
		s.locks.UnlockAll()
		return types.String(""), nil
	}
}

func (s *Session) advisoryKey(a []types.Datum) tables.AdvisoryKey {
	key := tables.AdvisoryKey{Database: s.database.OID, Number: a[0].Int()}
	if len(a) == 2 {
		key.Pair, key.Number = true, a[0].Int()<<32|int64(uint32(a[1].Int()))
	}
	return key
}
