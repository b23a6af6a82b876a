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

// storageNamed is the letter of a storage by its name; 0 is the type's own.
func storageNamed(t *types.Type, name string) (byte, error) {
	letter := storageLetters[strings.ToLower(name)]
	switch {
	case name == "default":
	case letter == 0:
		return 0, sqlerr.New(sqlerr.InvalidParameterValue, `invalid storage type "%s"`, name)
	case letter != 'p' && !toastable(t):
		return 0, sqlerr.New(sqlerr.FeatureNotSupported, "column data type %s can only have storage PLAIN", t)
	}
	return letter, nil
}

// compressionOf is the letter of a compression method by its name, as pg_attribute has it; 0 is
// the server's own.
func compressionOf(t *types.Type, name string) (byte, error) {
	switch {
	case name == "default":
		return 0, nil
	case !toastable(t):
		return 0, sqlerr.New(sqlerr.FeatureNotSupported, "column data type %s does not support compression", t)
	case name == "pglz":
		return 'p', nil
	case name == "lz4":
		return 'l', nil
	}
	return 0, sqlerr.New(sqlerr.InvalidParameterValue, `invalid compression method "%s"`, name)
}

// compressionNames are the methods by their letters.
var compressionNames = map[byte]string{'p': "pglz", 'l': "lz4"}

// sameCompression refuses two methods for a column that is inherited twice, and gives the one
// that there is.
func sameCompression(column string, a, b byte) (byte, error) {
	if a != 0 && b != 0 && a != b {
		return 0, sqlerr.New(sqlerr.DatatypeMismatch, `column "%s" has a compression method conflict`, column).WithDetail("%s versus %s", compressionNames[a], compressionNames[b])
	}
	return max(a, b), nil
}

// statisticsTarget checks a target of ALTER COLUMN SET STATISTICS; nil is the default.
func (s *Session) statisticsTarget(target int) (*int, error) {
	switch {
	case target < -1:
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, "statistics target %d is too low", target)
	case target == -1:
		return nil, nil
	case target > maxStatisticsTarget:
		target = maxStatisticsTarget
		s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.InvalidParameterValue, "lowering statistics target to %d", target))
	}
	return &target, nil
}

// alterColumnStorage runs SET STATISTICS, SET STORAGE and SET COMPRESSION, which are kept and
// shown.
func (s *Session) alterColumnStorage(old *catalog.Table, cmd *ast.AlterTableCmd) error {
	at, err := alterableColumn(old, cmd.Name)
	if err != nil {
		return err
	}
	c := *old.Columns[at]
	if cmd.Kind == "SetStatistics" {
		c.Statistics, err = s.statisticsTarget(cmd.Num)
	} else if cmd.Kind == "SetCompression" {
		c.Compression, err = compressionOf(c.Type.Type, cmd.Name2)
	} else {
		c.Storage, err = storageNamed(c.Type.Type, cmd.Name2)
	}
	if err != nil {
		return err
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
