package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/tables"
)

// maxStatisticsColumns bounds what one statistics object is over, as in PostgreSQL.
const maxStatisticsColumns = 8

var statisticsKinds = map[string]string{"ndistinct": "d", "dependencies": "f", "mcv": "m"}

// createStatistics runs CREATE STATISTICS.
func (s *Session) createStatistics(ctx context.Context, st *ast.CreateStatsStmt) error {
	var v *ast.RangeVar
	if len(st.From) == 1 {
		v, _ = st.From[0].(*ast.RangeVar)
	}
	if v == nil {
		return sqlerr.New(sqlerr.FeatureNotSupported, "only a single relation is allowed in CREATE STATISTICS")
	}
	t, err := s.statisticsTable(ctx, v)
	if err != nil {
		return err
	}
	name := rangeVar(st.Name, st.Name.Parts)
	schema, _, err := s.creationSchema(ctx, name, ast.Permanent)
	if err != nil {
		return unlocated(err)
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	if _, taken := edit.Catalog().ExtendedNamed(schema.OID, name.Name); taken != nil {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateObject, `statistics object "%s" already exists, skipping`, name.Name)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateObject, `statistics object "%s" already exists`, name.Name)
	}
	if len(st.Exprs) > maxStatisticsColumns {
		return sqlerr.New("54011", "cannot have more than %d columns in statistics", maxStatisticsColumns)
	}
	out := &catalog.ExtendedStatistics{Name: name.Name, Schema: schema.OID, Owner: s.Role.OID, Target: -1}
	env := *s.Env
	env.Catalog = edit.Catalog()
	for _, e := range st.Exprs {
		if err := statisticsPart(&env, t, out, e); err != nil {
			return err
		}
	}
	if out.Kinds, err = kindsOf(out, st.Kinds); err != nil {
		return err
	}
	slices.Sort(out.Columns)
	if len(slices.Compact(slices.Clone(out.Columns))) < len(out.Columns) {
		return sqlerr.New(sqlerr.DuplicateColumn, "duplicate column name in statistics definition")
	}
	for i, e := range out.Exprs {
		if slices.Contains(out.Exprs[:i], e) {
			return sqlerr.New(sqlerr.DuplicateColumn, "duplicate expression in statistics definition")
		}
	}
	out.OID = edit.NewOID()
	c := edit.Catalog().Table(t.OID).Clone()
	c.Extended = append(c.Extended, out)
	s.Tx.PutObject(c)
	return nil
}

// statisticsTable finds and locks the table of a statistics object.
func (s *Session) statisticsTable(ctx context.Context, v *ast.RangeVar) (*catalog.Table, error) {
	r, err := s.Env.Named(v)
	if err != nil {
		return nil, unlocated(err)
	}
	switch r := r.(type) {
	case *catalog.Table:
		if err := s.owner(r.Owner, kindOf(r), r.Name); err != nil {
			return nil, err
		}
		return r, s.Tx.LockTable(ctx, r.OID, tables.ShareUpdateExclusiveMode, false)
	case *catalog.Virtual:
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied: "%s" is a system catalog`, r.ObjectName())
	}
	what := "views"
	if _, ok := r.(*catalog.Sequence); ok {
		what = "sequences"
	}
	return nil, sqlerr.New(sqlerr.WrongObjectType, `cannot define statistics for relation "%s"`, r.ObjectName()).WithDetail("This operation is not supported for %s.", what)
}

// statisticsPart adds a column or an expression.
func statisticsPart(env *plan.Env, t *catalog.Table, out *catalog.ExtendedStatistics, e ast.Expr) error {
	if ref, ok := e.(*ast.ColumnRef); ok && len(ref.Fields) == 1 && !ref.Star {
		at := t.ColumnIndex(ref.Fields[0])
		switch {
		case at < 0 && (slices.Contains(expr.VersionColumns, ref.Fields[0]) || ref.Fields[0] == "tableoid"):
			return sqlerr.New(sqlerr.FeatureNotSupported, "statistics creation on system columns is not supported")
		case at < 0:
			return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" does not exist`, ref.Fields[0])
		}
		c := t.Columns[at]
		switch {
		case c.Generated:
			return sqlerr.New(sqlerr.FeatureNotSupported, "statistics creation on generated columns is not supported").At(ref.Pos())
		case !c.Type.Comparable():
			return sqlerr.New(sqlerr.FeatureNotSupported, `column "%s" cannot be used in statistics because its type %s has no default btree operator class`, c.Name, c.Type.Type)
		}
		out.Columns = append(out.Columns, c.Num)
		return nil
	}
	bound, err := plan.RowExpression(env, t, e, "statistics expressions")
	if err != nil {
		return err
	}
	if !bound.Type().Comparable() {
		return sqlerr.New(sqlerr.FeatureNotSupported, "expression cannot be used in multivariate statistics because its type %s has no default btree operator class", bound.Type())
	}
	out.Exprs = append(out.Exprs, parser.Deparse(e))
	return nil
}

// kindsOf are the kinds of statistics that are asked for; all without being named.
func kindsOf(st *catalog.ExtendedStatistics, names []string) (string, error) {
	single := len(st.Columns) == 0 && len(st.Exprs) == 1
	if single && names != nil {
		return "", sqlerr.New(sqlerr.FeatureNotSupported, "when building statistics on a single expression, statistics kinds may not be specified")
	}
	asked := ""
	for _, name := range names {
		kind, ok := statisticsKinds[name]
		if !ok {
			return "", sqlerr.New(sqlerr.SyntaxError, `unrecognized statistics kind "%s"`, name)
		}
		asked += kind
	}
	if len(st.Columns)+len(st.Exprs) < 2 && !single {
		return "", sqlerr.New(sqlerr.InvalidObjectDefinition, "extended statistics require at least 2 columns")
	}
	kinds := ""
	for _, kind := range []string{"d", "f", "m"} {
		if !single && (names == nil || strings.Contains(asked, kind)) {
			kinds += kind
		}
	}
	return kinds, nil
}

// namedStatistics finds a statistics object along the search path.
func (s *Session) namedStatistics(n *ast.Name) (*catalog.Table, *catalog.ExtendedStatistics, error) {
	v := rangeVar(n, n.Parts)
	schemas := s.Env.SearchPath
	if v.Schema != "" {
		if s.Tx.Catalog().Schema(s.Env.Database, v.Schema) == nil {
			return nil, nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, v.Schema)
		}
		schemas = []string{v.Schema}
	}
	for _, name := range schemas {
		if sc := s.Tx.Catalog().Schema(s.Env.Database, name); sc != nil {
			if t, st := s.Tx.Catalog().ExtendedNamed(sc.OID, v.Name); st != nil {
				return t, st, nil
			}
		}
	}
	return nil, nil, sqlerr.New(sqlerr.UndefinedObject, `statistics object "%s" does not exist`, strings.Join(n.Parts, "."))
}

// alterStatistics runs ALTER STATISTICS.
func (s *Session) alterStatistics(ctx context.Context, st *ast.AlterStatsStmt) error {
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	t, old, err := s.namedStatistics(st.Name)
	if err != nil {
		if st.IfExists && sqlerr.From(err).Code == sqlerr.UndefinedObject {
			s.notice(sqlerr.SuccessfulCompletion, `statistics object "%s" does not exist, skipping`, strings.Join(st.Name.Parts, "."))
			return nil
		}
		return err
	}
	if err := s.owner(old.Owner, "statistics object", old.Name); err != nil {
		return err
	}
	c := *old
	switch {
	case st.Target != nil:
		c.Target = int16(min(max(*st.Target, -1), 10000))
	case st.NewOwner != nil:
		role, err := s.roleOf(st.NewOwner)
		if err != nil {
			return err
		}
		if err := s.mayOwn(role, old.Schema); err != nil {
			return err
		}
		c.Owner = role.OID
	case st.NewName != "":
		c.Name = st.NewName
	default:
		sc := s.Tx.Catalog().Schema(s.Env.Database, st.NewSchema)
		if sc == nil {
			return sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, st.NewSchema)
		}
		c.Schema = sc.OID
	}
	if c.Name != old.Name || c.Schema != old.Schema {
		if _, taken := s.Tx.Catalog().ExtendedNamed(c.Schema, c.Name); taken != nil {
			schema := s.Tx.Catalog().SchemaByOID(c.Schema)
			return sqlerr.New(sqlerr.DuplicateObject, `statistics object "%s" already exists in schema "%s"`, c.Name, schema.Name)
		}
	}
	s.changeExtended(t.OID, old.OID, &c)
	return nil
}

// dropStatistics runs DROP STATISTICS of one.
func (s *Session) dropStatistics(n *ast.Name, st *ast.DropStmt) error {
	t, old, err := s.namedStatistics(n)
	if e := sqlerr.From(err); err != nil && st.IfExists {
		if e.Code == sqlerr.UndefinedObject {
			s.notice(sqlerr.SuccessfulCompletion, `statistics object "%s" does not exist, skipping`, strings.Join(n.Parts, "."))
		} else {
			s.notice(sqlerr.SuccessfulCompletion, "%s, skipping", e.Message)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.owner(old.Owner, "statistics object", old.Name); err != nil {
		return err
	}
	s.changeExtended(t.OID, old.OID, nil)
	return nil
}

// commentStatistics runs COMMENT ON STATISTICS.
func (s *Session) commentStatistics(st *ast.CommentStmt, text string) error {
	t, old, err := s.namedStatistics(st.Name)
	if err != nil {
		return err
	}
	if err := s.owner(old.Owner, "statistics object", old.Name); err != nil {
		return err
	}
	c := *old
	c.Comment = text
	s.changeExtended(t.OID, old.OID, &c)
	return nil
}

// changeExtended puts another in the place of a statistics object; nil takes it away.
func (s *Session) changeExtended(table, oid catalog.OID, to *catalog.ExtendedStatistics) {
	t := s.Tx.Catalog().Table(table).Clone()
	var list []*catalog.ExtendedStatistics
	for _, st := range t.Extended {
		switch {
		case st.OID != oid:
			list = append(list, st)
		case to != nil:
			list = append(list, to)
		}
	}
	t.Extended = list
	s.Tx.PutObject(t)
}

// dropStatisticsOver takes away the statistics of a table, a clone, that are over a column.
func dropStatisticsOver(t *catalog.Table, c *catalog.Column) {
	t.Extended = slices.DeleteFunc(t.Extended, func(st *catalog.ExtendedStatistics) bool {
		return slices.Contains(st.Columns, c.Num) || slices.ContainsFunc(st.Exprs, func(text string) bool {
			parsed, err := parser.ParseExpr(text)
			return err == nil && slices.Contains(columnsOf(parsed), c.Name)
		})
	})
}

// statisticsIn lists the statistics objects in a schema of tables that are not.
func (s *Session) statisticsIn(sc *catalog.Schema) (list []dependent) {
	for o := range s.Tx.Catalog().All() {
		t, ok := o.(*catalog.Table)
		if !ok || t.Schema == sc.OID {
			continue
		}
		for _, st := range t.Extended {
			if st.Schema == sc.OID {
				list = append(list, dependent{oid: st.OID, of: t.OID, what: "statistics object " + s.shownIn(sc.OID, st.Name), on: s.describe(sc), drop: func() error {
					s.changeExtended(t.OID, st.OID, nil)
					return nil
				}})
			}
		}
	}
	return list
}
