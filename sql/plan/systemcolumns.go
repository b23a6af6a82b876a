package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The system columns that PostgreSQL's tables have are computed from the two that
// rows carry.

// addSystemColumns makes the names of PostgreSQL's system columns names of t's
// columns, which must have been added last. They are NULL where an outer join has
// made the row.
func (s *scope) addSystemColumns(t *catalog.Table) {
	seq, version := s.columns[len(s.columns)-2], s.columns[len(s.columns)-1]
	for _, name := range expr.VersionColumns {
		c := version
		c.Name, c.hidden = name, true
		c.derive = func(column expr.Expr) expr.Expr { return expr.NewVersionColumn(name, column) }
		s.columns = append(s.columns, c)
	}
	seq.Name, seq.Type, seq.hidden = "tableoid", types.Int8, true
	seq.derive = func(column expr.Expr) expr.Expr {
		none := expr.Expr(&expr.IsNull{Arg: column})
		if c, ok := column.(*expr.Column); ok { // what RETURNING shows has a version, and no _seq yet
			version := *c
			version.Index++
			none = &expr.And{Args: []expr.Expr{none, &expr.IsNull{Arg: &version}}}
		}
		return &expr.Case{
			Whens: []expr.When{{Cond: none, Result: &expr.Const{Value: types.Null, T: types.Oid, Mod: types.NoTypmod, Loc: -1}}},
			Else:  &expr.Const{Value: types.Int(int64(t.OID)), T: types.Oid, Mod: types.NoTypmod, Loc: -1}, T: types.Oid, Mod: types.NoTypmod,
		}
	}
	s.columns = append(s.columns, seq)
}

// noVersionColumns refuses what depends on the version of a row where an
// expression must not: a row has none until it is stored.
func noVersionColumns(e expr.Expr, clause string) (err error) {
	expr.Walk(e, func(e expr.Expr) bool {
		name := expr.VersionColumnName(e)
		if name == "" || err != nil {
			return err == nil
		}
		loc := e.(*expr.Call).Loc
		switch clause {
		case "check constraints":
			err = sqlerr.New(sqlerr.InvalidColumnReference, `system column "%s" reference in check constraint is invalid`, name).At(loc)
		case "column generation expressions":
			err = sqlerr.New(sqlerr.InvalidColumnReference, `cannot use system column "%s" in column generation expression`, name).At(loc)
		case "MERGE WHEN":
			err = sqlerr.New(sqlerr.InvalidColumnReference, `cannot use system column "%s" in MERGE WHEN condition`, name).At(loc)
		case "index expressions", "index predicates":
			err = sqlerr.New(sqlerr.FeatureNotSupported, "index creation on system columns is not supported")
		}
		return false
	})
	return err
}
