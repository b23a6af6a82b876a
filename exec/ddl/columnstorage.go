package ddl

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// maxStatisticsTarget is the highest that SET STATISTICS takes.
const maxStatisticsTarget = 10000

// storageLetters are pg_attribute.attstorage by the words of SET STORAGE.
var storageLetters = map[string]byte{"plain": 'p', "external": 'e', "extended": 'x', "main": 'm'}

// alterableColumn finds a column of a table that ALTER COLUMN may change.
func alterableColumn(t *catalog.Table, column string) (at int, err error) {
	if at = t.ColumnIndex(column); at >= 0 {
		return at, nil
	}
	if column == "tableoid" || slices.Contains(expr.VersionColumns, column) {
		return at, sqlerr.New(sqlerr.FeatureNotSupported, `cannot alter system column "%s"`, column)
	}
	return at, sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, column, t.Name)
}

// alterColumnStorage runs SET STATISTICS and SET STORAGE, which are kept and shown.
func (s *Session) alterColumnStorage(old *catalog.Table, cmd *ast.AlterTableCmd) error {
	at, err := alterableColumn(old, cmd.Name)
	if err != nil {
		return err
	}
	c := *old.Columns[at]
	if cmd.Kind == "SetStatistics" {
		target := cmd.Num
		switch {
		case target < -1:
			return sqlerr.New(sqlerr.InvalidParameterValue, "statistics target %d is too low", target)
		case target > maxStatisticsTarget:
			target = maxStatisticsTarget
			s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.InvalidParameterValue, "lowering statistics target to %d", target))
		}
		if c.Statistics = &target; target == -1 {
			c.Statistics = nil
		}
	} else {
		letter := storageLetters[strings.ToLower(cmd.Name2)]
		switch {
		case cmd.Name2 == "default":
		case letter == 0:
			return sqlerr.New(sqlerr.InvalidParameterValue, `invalid storage type "%s"`, cmd.Name2)
		case letter != 'p' && !toastable(c.Type.Type):
			return sqlerr.New(sqlerr.FeatureNotSupported, "column data type %s can only have storage PLAIN", c.Type.Type)
		}
		c.Storage = letter
	}
	t := old.Clone()
	t.Columns = slices.Clone(old.Columns)
	t.Columns[at] = &c
	s.Tx.PutObject(t)
	return nil
}

// toastable says whether values of a type may be stored elsewhere than in the row.
func toastable(t *types.Type) bool {
	for t.Kind == types.KindDomain {
		t = t.Base
	}
	return t.Len == -1 && t != types.TSQuery && t != types.Int2Vector && t != types.OidVector
}
