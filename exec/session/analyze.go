package session

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/exec/pgcatalog"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// vacuumOptions are those that PostgreSQL has; all but ANALYZE have nothing to say
// here.
var vacuumOptions = map[string]bool{
	"verbose": true, "skip_locked": true, "analyze": true, "full": true, "freeze": true, "disable_page_skipping": true,
	"index_cleanup": true, "process_toast": true, "truncate": true, "parallel": true,
}

// columnsOf gives the numbers that columns of a partitioned table have in a partition.
func columnsOf(t *catalog.Table, nums []int16, partition *catalog.Table) (list []int16) {
	for _, num := range nums {
		if at := partition.ColumnIndex(t.Columns[t.Ordinal(num)].Name); at >= 0 {
			list = append(list, partition.Columns[at].Num)
		}
	}
	return list
}

// vacuum runs ANALYZE, and VACUUM, which has nothing else to do: storage compacts by
// itself.
func (s *Session) vacuum(ctx context.Context, stmt *ast.VacuumStmt, w ResultWriter) (string, error) {
	tag, verb := "ANALYZE", "analyze"
	analyze := !stmt.Vacuum
	if stmt.Vacuum {
		tag, verb = "VACUUM", "vacuum"
	}
	given := map[string]bool{}
	for _, o := range stmt.Options {
		name := strings.ToLower(o.Name)
		if !vacuumOptions[name] || !stmt.Vacuum && name != "verbose" && name != "skip_locked" {
			return "", sqlerr.New(sqlerr.SyntaxError, `unrecognized %s option "%s"`, tag, o.Name).At(o.Pos())
		}
		switch name {
		case "index_cleanup":
			continue
		case "parallel":
			workers, err := parallelWorkers(o)
			if err != nil {
				return "", err
			}
			given[name] = workers > 0
			continue
		}
		on, err := booleanOption(o)
		if err != nil {
			return "", err
		}
		if given[name] = on; name == "analyze" {
			analyze = on
		}
		given["no "+name] = !on
	}
	switch {
	case given["full"] && given["parallel"]:
		return "", sqlerr.New(sqlerr.FeatureNotSupported, "VACUUM FULL cannot be performed in parallel")
	case stmt.Vacuum && !analyze && slices.ContainsFunc(stmt.Relations, func(r ast.VacuumRelation) bool { return r.Columns != nil }):
		return "", sqlerr.New(sqlerr.FeatureNotSupported, "ANALYZE option must be specified when a column list is provided")
	case given["full"] && given["disable_page_skipping"]:
		return "", sqlerr.New(sqlerr.FeatureNotSupported, "VACUUM option DISABLE_PAGE_SKIPPING cannot be used with FULL")
	case given["full"] && given["no process_toast"]:
		return "", sqlerr.New(sqlerr.FeatureNotSupported, "PROCESS_TOAST required with VACUUM FULL")
	}
	if stmt.Vacuum {
		if err := s.notInBlock("VACUUM"); err != nil {
			return "", err
		}
	}
	type target struct {
		table   *catalog.Table
		columns []int16
	}
	var targets []target
	for _, r := range stmt.Relations {
		rel, err := s.planEnv().Relation(r.Relation)
		if err != nil {
			return "", unlocated(err)
		}
		t, ok := rel.(*catalog.Table)
		if v, is := rel.(*catalog.Virtual); is && v.Stored {
			if who := s.mayVacuumSystem(v); who != "" {
				if err := s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.Warning, `skipping "%s" --- only %s can %s it`, v.Name, who, verb)); err != nil {
					return "", err
				}
			}
			continue // its rows are made anew each time
		}
		if !ok {
			if err := s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.Warning, `skipping "%s" --- cannot %s non-tables or special system tables`, rel.ObjectName(), verb)); err != nil {
				return "", err
			}
			continue
		}
		to := target{table: t}
		for _, name := range r.Columns {
			at := slices.IndexFunc(t.Columns, func(c *catalog.Column) bool { return c.Name == name })
			if at < 0 {
				return "", sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, name, t.Name)
			}
			if slices.Contains(to.columns, t.Columns[at].Num) {
				return "", sqlerr.New(sqlerr.DuplicateColumn, `column "%s" of relation "%s" appears more than once`, name, t.Name)
			}
			to.columns = append(to.columns, t.Columns[at].Num)
		}
		among := []*catalog.Table{t}
		if t.Key != nil {
			among = s.catalog().Heirs(t)
		}
		for _, h := range among {
			switch {
			case !s.mayAnalyze(h):
				if err := s.tell(w, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.Warning, `skipping "%s" --- only table or database owner can %s it`, h.Name, verb)); err != nil {
					return "", err
				}
			case h.Key == nil: // a partitioned table has no rows of its own
				targets = append(targets, target{table: h, columns: columnsOf(t, to.columns, h)})
			}
		}
	}
	if !analyze {
		return tag, nil
	}
	if stmt.Relations == nil {
		for o := range s.catalog().All() {
			t, ok := o.(*catalog.Table)
			if ok && t.Database == s.database.OID && s.mayAnalyze(t) && (!t.Temporary || t.Schema == s.planEnv().TempSchema) {
				targets = append(targets, target{table: t})
			}
		}
		slices.SortFunc(targets, func(a, b target) int { return int(a.table.OID) - int(b.table.OID) })
	}
	for _, to := range targets {
		if err := s.store().Analyze(ctx, to.table, to.columns); err != nil {
			return "", err
		}
	}
	return tag, nil
}

// parallelWorkers reads VACUUM's PARALLEL.
func parallelWorkers(o *ast.DefElem) (int, error) {
	if o.Value == nil {
		return 0, sqlerr.New(sqlerr.SyntaxError, "parallel option requires a value between 0 and %d", maxParallelWorkers).At(o.Pos())
	}
	n, err := strconv.Atoi(optionString(o))
	if err != nil {
		return 0, sqlerr.New(sqlerr.SyntaxError, "%s requires an integer value", o.Name)
	}
	if n < 0 || n > maxParallelWorkers {
		return 0, sqlerr.New(sqlerr.SyntaxError, "parallel workers for vacuum must be between 0 and %d", maxParallelWorkers).At(o.Pos())
	}
	return n, nil
}

const maxParallelWorkers = 1024

// sharedRelations are the system relations that PostgreSQL's databases share.
var sharedRelations = map[string]bool{
	"pg_authid": true, "pg_auth_members": true, "pg_database": true, "pg_db_role_setting": true, "pg_parameter_acl": true, "pg_replication_origin": true,
	"pg_shdepend": true, "pg_shdescription": true, "pg_shseclabel": true, "pg_subscription": true, "pg_tablespace": true,
}

// mayVacuumSystem says who may vacuum a system relation, if the role may not.
func (s *Session) mayVacuumSystem(v *catalog.Virtual) string {
	switch {
	case s.role().Superuser:
		return ""
	case sharedRelations[v.Name]:
		return "superuser"
	case s.catalog().OwnedBy(s.role().OID, s.database.Owner):
		return ""
	}
	return "superuser or database owner"
}

// mayAnalyze says whether the role owns a table or the database.
func (s *Session) mayAnalyze(t *catalog.Table) bool {
	role := s.role()
	return s.catalog().OwnedBy(role.OID, t.Owner) || s.catalog().OwnedBy(role.OID, s.database.Owner)
}

// pg_class, pg_stats and pg_statistic show what ANALYZE has found.
func init() {
	class := pgcatalog.View("pg_catalog", "pg_class")
	at := map[string]int{}
	for i, c := range class.Columns {
		at[c.Name] = i
	}
	countClass = func(s *Session, row types.Row) types.Row {
		t := s.catalog().Table(catalog.OID(row[at["oid"]].Int()))
		if t == nil {
			return row
		}
		st := s.store().Statistics(t)
		if st.Columns == nil {
			return row
		}
		counted := row.Clone()
		counted[at["reltuples"]] = types.Float(st.Rows)
		counted[at["relpages"]] = types.Int(int64(math.Ceil(st.Rows * st.Width / 8192)))
		return counted
	}
	postgresView("pg_stats", func(s *Session, add func(...any) error) error {
		return s.eachColumn(func(t *catalog.Table, c *catalog.Column, st *catalog.Statistics, col *catalog.ColumnStatistics) error {
			return add("schemaname", s.schemaName(t.Schema), "tablename", t.Name, "attname", c.Name, "inherited", false,
				"null_frac", types.Float(float64(float32(col.NullFraction))), "avg_width", int(col.Width+0.5), "n_distinct", types.Float(float64(float32(col.Distinct))),
				"most_common_vals", valueArray(col, col.MostCommon), "most_common_freqs", floatArray(col.Frequencies),
				"histogram_bounds", valueArray(col, col.Histogram), "correlation", types.Float(float64(float32(col.Correlation))))
		})
	})
	postgresView("pg_statistic", func(s *Session, add func(...any) error) error {
		return s.eachColumn(func(t *catalog.Table, c *catalog.Column, st *catalog.Statistics, col *catalog.ColumnStatistics) error {
			return add("starelid", t.OID, "staattnum", int(c.Num), "stainherit", false,
				"stanullfrac", types.Float(float64(float32(col.NullFraction))), "stawidth", int(col.Width+0.5), "stadistinct", types.Float(float64(float32(col.Distinct))),
				"stakind1", 1, "stanumbers1", floatArray(col.Frequencies), "stavalues1", valueArray(col, col.MostCommon),
				"stakind2", 2, "stavalues2", valueArray(col, col.Histogram),
				"stakind3", 3, "stanumbers3", floatArray([]float64{col.Correlation}))
		})
	})
}

// countClass gives a row of pg_class with the numbers of rows and pages.
var countClass func(s *Session, row types.Row) types.Row

// eachColumn calls f with every column that has statistics and that the role may
// read.
func (s *Session) eachColumn(f func(*catalog.Table, *catalog.Column, *catalog.Statistics, *catalog.ColumnStatistics) error) error {
	var tables []*catalog.Table
	for o := range s.catalog().All() {
		if t, ok := o.(*catalog.Table); ok && t.Database == s.database.OID {
			tables = append(tables, t)
		}
	}
	slices.SortFunc(tables, func(a, b *catalog.Table) int { return int(a.OID) - int(b.OID) })
	for _, t := range tables {
		st := s.store().Statistics(t)
		for _, c := range t.Columns {
			if col := st.Columns[c.Num]; col != nil && col.Type.Same(c.Type.Type) && s.mayShow(t, []int16{c.Num}) {
				if err := f(t, c, st, col); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func valueArray(col *catalog.ColumnStatistics, list []types.Datum) any {
	if len(list) == 0 {
		return nil
	}
	return types.ArrayDatum(col.Type, list)
}

func floatArray(list []float64) any {
	if len(list) == 0 {
		return nil
	}
	elems := make([]types.Datum, len(list))
	for i, f := range list {
		elems[i] = types.Float(float64(float32(f)))
	}
	return types.ArrayDatum(types.Float4, elems)
}
