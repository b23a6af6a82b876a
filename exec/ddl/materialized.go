package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// materializedQuery describes the query of a new materialised view. One of user
// tables is refused: its rows would be those of whoever refreshes it, for all.
func (s *Session) materializedQuery(t *catalog.Table, query *ast.SelectStmt, p *plan.Plan) (*catalog.MaterializedQuery, error) {
	if t.PerUser || !t.Durable() {
		return nil, sqlerr.Unsupported("a materialized view that is a user or stream table")
	}
	q := &catalog.MaterializedQuery{Text: parser.Deparse(query), SearchPath: slices.Clone(s.Env.SearchPath)}
	var err error
	if q.Text, err = settleQuery(s.Env, q.Text); err != nil {
		return nil, err
	}
	if q.Bound, q.Uses, err = plan.BindNames(s.Env, q.Text); err != nil {
		return nil, err
	}
	q.Uses = append(q.Uses, p.Routines...)
	return q, perUser(p)
}

// perUser refuses a query that reads user tables.
func perUser(p *plan.Plan) (err error) {
	plan.EachNode(p.Root, func(n plan.Node) {
		if scan, ok := n.(*plan.Scan); ok && scan.Table.PerUser && err == nil {
			err = sqlerr.Unsupported("a materialized view over user table %s", scan.Table.Name)
		}
	})
	return err
}

// refresh runs REFRESH MATERIALIZED VIEW. Only the rows that differ are changed,
// so that who watches the view is told of those alone.
func (s *Session) refresh(ctx context.Context, st *ast.RefreshStmt) error {
	r, err := s.Env.Named(st.Relation)
	if err != nil {
		return unlocated(err)
	}
	t, ok := r.(*catalog.Table)
	if !ok || t.Query == nil {
		return sqlerr.New(sqlerr.FeatureNotSupported, `"%s" is not a materialized view`, r.ObjectName())
	}
	if err := s.owner(t.Owner, "materialized view", t.Name); err != nil {
		return err
	}
	switch {
	case st.Concurrently && st.NoData:
		return sqlerr.New(sqlerr.SyntaxError, "CONCURRENTLY and WITH NO DATA options cannot be used together")
	case st.Concurrently && !t.Query.Populated:
		return sqlerr.New(sqlerr.FeatureNotSupported, "CONCURRENTLY cannot be used when the materialized view is not populated")
	case st.Concurrently && !slices.ContainsFunc(t.Indexes, func(i *catalog.Index) bool { return i.Unique && i.Predicate == "" }):
		return sqlerr.New(sqlerr.ObjectNotInPrerequisiteState, `cannot refresh materialized view "%s.%s" concurrently`, s.schemaName(t), t.Name).
			WithHint("Create a unique index with no WHERE clause on one or more columns of the materialized view.")
	}
	mode := tables.AccessExclusiveMode
	if st.Concurrently {
		mode = tables.ShareRowExclusiveMode
	}
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	if err := s.Tx.LockTable(ctx, t.OID, mode, false); err != nil {
		return err
	}
	if t.Query.Populated == st.NoData {
		changed, q := t.Clone(), *t.Query
		q.Populated = !st.NoData
		changed.Query = &q
		s.Tx.PutObject(changed)
		t = changed
	}
	if st.NoData {
		return s.Tx.Truncate(ctx, t, "", true)
	}
	return s.rerun(ctx, t)
}

// rerun makes the rows of a materialised view those of its query.
func (s *Session) rerun(ctx context.Context, t *catalog.Table) error {
	p, err := plan.View(s.Env, t.QueryView())
	if err != nil {
		return err
	}
	if err := s.Authorize(p); err != nil {
		return err
	}
	if err := perUser(p); err != nil {
		return err
	}
	old, err := s.storedRows(ctx, t)
	if err != nil {
		return err
	}
	defer s.RestrictedAs(t.Owner)()
	var added []types.Row
	err = s.Run(p, nil, func(row types.Row) error {
		key := rowText(t, row)
		if refs := old[key]; len(refs) > 0 {
			old[key] = refs[1:]
			return nil
		}
		added = append(added, row.Clone())
		return nil
	})
	if err != nil {
		return err
	}
	for _, refs := range old {
		for _, ref := range refs {
			if err := s.Tx.Delete(ctx, t, ref); err != nil {
				return err
			}
		}
	}
	for _, row := range added {
		if _, err := s.Tx.Insert(ctx, t, "", row); err != nil {
			return err
		}
	}
	return nil
}

// storedRows gives the references to a table's rows by what they hold.
func (s *Session) storedRows(ctx context.Context, t *catalog.Table) (map[string][]tables.RowRef, error) {
	c, err := s.Tx.Scan(ctx, tables.Scan{Table: t})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	rows := map[string][]tables.RowRef{}
	for c.Next() {
		key := rowText(t, c.Row())
		rows[key] = append(rows[key], c.Ref())
	}
	return rows, c.Err()
}

// rowText writes a row so that different rows are written differently.
func rowText(t *catalog.Table, row types.Row) string {
	var b strings.Builder
	for i, c := range t.Columns {
		if row[i].IsNull() {
			b.WriteString("N;")
			continue
		}
		text := c.Type.Text(row[i], types.DefaultEnv)
		b.WriteString(strings.ReplaceAll(text, ";", ";;"))
		b.WriteString("; ")
	}
	return b.String()
}

// dropMaterialized runs DROP MATERIALIZED VIEW.
func (s *Session) dropMaterialized(ctx context.Context, edit *catalog.Editor, n *ast.Name, st *ast.DropStmt) error {
	schema, name, r := s.relation(n, st)
	if r == nil {
		return s.missing("materialized view", schema, name, st)
	}
	t, ok := r.(*catalog.Table)
	if !ok || t.Query == nil {
		err := sqlerr.New(sqlerr.WrongObjectType, `"%s" is not a materialized view`, name)
		switch {
		case ok:
			err = err.WithHint("Use DROP TABLE to remove a table.")
		default:
			if _, view := r.(*catalog.View); view {
				err = err.WithHint("Use DROP VIEW to remove a view.")
			}
		}
		return err
	}
	if err := s.owner(t.Owner, "materialized view", t.Name); err != nil {
		return err
	}
	if err := s.dropDependents(ctx, edit, t, st.Cascade); err != nil {
		return err
	}
	return s.removeTable(ctx, edit, t)
}
