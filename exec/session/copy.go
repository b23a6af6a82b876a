package session

import (
	"context"
	"maps"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// copyOptions are the options of COPY, decoded.
type copyOptions struct {
	csv, binary bool
	delimiter   byte
	null        string
	header      bool
	headerMatch bool // the header must name the columns
	quote       byte
	escape      byte
	forceQuote  map[string]bool
	quoteAll    bool
	// forceNull and forceNotNull name columns by what their quoted and unquoted
	// values are compared with the null string.
	forceNull, forceNotNull map[string]bool
}

// copyStatement runs COPY.
func (s *Session) copyStatement(ctx context.Context, outer *prepared, stmt *ast.CopyStmt, w ResultWriter) (tag string, err error) {
	if stmt.Program || stmt.Filename != "" {
		if err := s.mayCopy(stmt); err != nil {
			return "", err
		}
		end := &serverEnd{ResultWriter: w, ctx: ctx, stmt: stmt}
		defer func() { err = end.finish(err) }()
		w = end
	}
	opts, err := decodeCopyOptions(stmt.Options, stmt.From)
	if err != nil {
		return "", err
	}
	if stmt.From {
		return s.copyFrom(ctx, stmt, opts, w)
	}
	if sub, ok := stmt.Query.(*ast.SubscribeStmt); ok {
		return s.copySubscription(ctx, sub, opts, w)
	}
	q := stmt.Query
	if q == nil {
		r, err := s.planEnv().Named(stmt.Relation)
		switch r := r.(type) {
		case nil:
			return "", unlocated(err)
		case *catalog.View:
			return "", sqlerr.New(sqlerr.WrongObjectType, `cannot copy from view "%s"`, r.ObjectName()).WithHint("Try the COPY (SELECT ...) TO variant.")
		case *catalog.Sequence:
			return "", sqlerr.New(sqlerr.WrongObjectType, `cannot copy from sequence "%s"`, r.ObjectName())
		case *catalog.Table:
			if r.Key != nil {
				return "", sqlerr.New(sqlerr.WrongObjectType, `cannot copy from partitioned table "%s"`, r.Name).WithHint("Try the COPY (SELECT ...) TO variant.")
			}
			columns, err := copiedColumns(r, stmt, opts)
			if err != nil {
				return "", err
			}
			if stmt.Columns == nil && len(columns) < len(r.Columns) {
				named := *stmt
				for _, c := range columns {
					named.Columns = append(named.Columns, c.Name)
				}
				stmt = &named
			}
		}
		q = copyTarget(stmt)
	}
	returning, refused := s.copyable(q)
	if refused != nil && !returning {
		return "", refused
	}
	ps, err := s.prepare(outer.text, ast.Parsed{Statement: q}, nil)
	if err == nil {
		err = refused // rules that do not fit RETURNING are an error before that
	}
	if err != nil {
		return "", err
	}
	if ps.columns == nil {
		return "", sqlerr.New(sqlerr.FeatureNotSupported, "COPY query must have a RETURNING clause")
	}
	query, err := s.open(ctx, ps, nil, false)
	if err != nil {
		return "", err
	}
	defer query.op.Close()
	out, err := newCopyWriter(opts, ps.columns, s.settings.env, w)
	if err != nil {
		return "", err
	}
	n := int64(0)
	for {
		row, err := query.next(ctx, s)
		if err != nil {
			return "", err
		}
		if row == nil {
			break
		}
		if err := out.row(row); err != nil {
			return "", err
		}
		n++
	}
	return "COPY " + formatInt(n), out.done()
}

// copiedColumns are the columns of a table that COPY is about: those that it names, or all
// that are not generated. Those that options name must be among them.
func copiedColumns(t *catalog.Table, stmt *ast.CopyStmt, opts copyOptions) (columns []*catalog.Column, err error) {
	if stmt.Columns == nil {
		for _, c := range t.Columns {
			if !c.Generated {
				columns = append(columns, c)
			}
		}
	}
	missing := func(name string) error {
		return sqlerr.New(sqlerr.UndefinedColumn, `column "%s" of relation "%s" does not exist`, name, t.Name)
	}
	for n, name := range stmt.Columns {
		at := t.ColumnIndex(name)
		switch {
		case at < 0:
			return nil, missing(name)
		case t.Columns[at].Generated:
			return nil, sqlerr.New(sqlerr.InvalidColumnReference, `column "%s" is a generated column`, name).WithDetail("Generated columns cannot be used in COPY.")
		case slices.Contains(stmt.Columns[:n], name):
			return nil, sqlerr.New(sqlerr.DuplicateColumn, `column "%s" specified more than once`, name)
		}
		columns = append(columns, t.Columns[at])
	}
	for _, option := range []struct {
		name string
		of   map[string]bool
	}{{"FORCE_QUOTE", opts.forceQuote}, {"FORCE_NOT_NULL", opts.forceNotNull}, {"FORCE_NULL", opts.forceNull}} {
		for _, name := range slices.Sorted(maps.Keys(option.of)) {
			if t.ColumnIndex(name) < 0 {
				return nil, missing(name)
			}
			if !slices.ContainsFunc(columns, func(c *catalog.Column) bool { return c.Name == name }) {
				return nil, sqlerr.New(sqlerr.InvalidColumnReference, `%s column "%s" not referenced by COPY`, option.name, name)
			}
		}
	}
	return columns, nil
}

// copyTarget makes the SELECT that COPY table TO stands for.
func copyTarget(stmt *ast.CopyStmt) *ast.SelectStmt {
	only := *stmt.Relation
	only.Only = true
	q := &ast.SelectStmt{Loc: stmt.Relation.Loc, From: []ast.TableExpr{&only}}
	if stmt.Columns == nil {
		q.Targets = []*ast.ResTarget{{Loc: -1, Val: &ast.ColumnRef{Loc: -1, Star: true}}}
	}
	for _, c := range stmt.Columns {
		q.Targets = append(q.Targets, &ast.ResTarget{Loc: -1, Val: &ast.ColumnRef{Loc: -1, Fields: []string{c}}})
	}
	return q
}

// copySubscription streams a live query as COPY data: one row a change, sent
// as soon as it is there, until it is cancelled.
func (s *Session) copySubscription(ctx context.Context, sub *ast.SubscribeStmt, opts copyOptions, w ResultWriter) (string, error) {
	feed, cols, err := s.newRowFeed(ctx, sub, nil)
	if err != nil {
		return "", err
	}
	defer feed.close()
	s.releaseSnapshot()
	out, err := newCopyWriter(opts, cols, s.settings.env, w)
	if err != nil {
		return "", err
	}
	for n := int64(0); ; n++ {
		row, err := feed.next(ctx, s, nil, w.Flush)
		if err != nil {
			return "", err
		}
		if row == nil {
			return "COPY " + formatInt(n), out.done()
		}
		if err := out.row(row); err != nil {
			return "", err
		}
	}
}

// copyFrom runs COPY ... FROM STDIN: each line becomes a row of one INSERT.
func (s *Session) copyFrom(ctx context.Context, stmt *ast.CopyStmt, opts copyOptions, w ResultWriter) (string, error) {
	env := s.planEnv()
	t, err := filledBy(env, stmt.Relation)
	if err != nil {
		return "", err
	}
	if !t.Temporary {
		if err := s.writable("COPY FROM"); err != nil {
			return "", err
		}
	}
	columns, err := copiedColumns(t, stmt, opts)
	if err != nil {
		return "", err
	}
	where, err := s.newCopyFilter(ctx, stmt, t, columns)
	if err != nil {
		return "", err
	}
	stored := columns
	if where != nil {
		stored = where.columns
	}
	load, err := s.newLoader(ctx, stmt.Relation, stored)
	if err != nil {
		return "", err
	}
	defer load.Close()
	source, err := w.CopyIn(CopyFormat{Binary: opts.binary, Columns: len(columns)})
	if err != nil {
		return "", err
	}
	in := newCopyReader(opts, t, columns, s.settings.env, source)
	if err := load.Begin(); err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		if n%256 == 0 {
			s.turn.Check()
		}
		row, err := in.row(ctx)
		if err != nil {
			return "", err
		}
		if row == nil {
			break
		}
		if where != nil {
			if row, err = where.row(row); err != nil {
				return "", in.where(err)
			}
			if row == nil {
				continue
			}
		}
		if err := load.Insert(row); err != nil {
			return "", in.where(err)
		}
	}
	if err := load.End(); err != nil {
		return "", err
	}
	if err := s.constraints.EndStatement(ctx); err != nil {
		return "", err
	}
	return "COPY " + formatInt(load.Stored()), nil
}

// filledBy is the table that COPY FROM fills, or what stands for a view with an
// INSTEAD OF trigger.
func filledBy(env *plan.Env, v *ast.RangeVar) (*catalog.Table, error) {
	r, err := env.Named(v)
	if err != nil {
		return nil, err
	}
	if view, ok := r.(*catalog.View); ok {
		if plan.InsertsInstead(view) {
			return plan.TriggerTable(view), nil
		}
		return nil, sqlerr.New(sqlerr.WrongObjectType, `cannot copy to view "%s"`, view.Name).
			WithHint("To enable copying to a view, provide an INSTEAD OF INSERT trigger.")
	}
	return env.NamedTable(v, "copy to")
}

// copyable refuses to COPY from what would be several statements, or none. It says whether the
// statement has RETURNING.
func (s *Session) copyable(q ast.Statement) (returning bool, err error) {
	refuse := func(what string) (bool, error) {
		return returning, sqlerr.New(sqlerr.FeatureNotSupported, "%s not supported for COPY", what)
	}
	var of *ast.RangeVar
	var event catalog.TriggerEvents
	switch q := q.(type) {
	case *ast.SelectStmt:
		if q.IntoTable() {
			return false, sqlerr.New(sqlerr.FeatureNotSupported, "COPY (SELECT INTO) is not supported")
		}
		return false, nil
	case *ast.InsertStmt:
		of, event, returning = q.Relation, catalog.TriggerInsert, q.Returning != nil
	case *ast.UpdateStmt:
		of, event, returning = q.Relation, catalog.TriggerUpdate, q.Returning != nil
	case *ast.DeleteStmt:
		of, event, returning = q.Relation, catalog.TriggerDelete, q.Returning != nil
	default:
		return false, nil
	}
	r, err := s.planEnv().Relation(of)
	if err != nil {
		return returning, nil // which is said when the statement is planned
	}
	for _, rule := range catalog.Rules(r) {
		switch {
		case rule.Event != event || !rule.Applies(s.settings.replica):
		case !rule.Instead:
			return refuse("DO ALSO rules are")
		case rule.Conditional:
			return refuse("conditional DO INSTEAD rules are")
		case rule.Commands == 0:
			return refuse("DO INSTEAD NOTHING rules are")
		case rule.Commands > 1:
			return refuse("multi-statement DO INSTEAD rules are")
		}
	}
	return returning, nil
}
