package session

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// explainOptions are the options of EXPLAIN.
type explainOptions struct {
	analyze, verbose, costs, settings, timing, summary bool
	format                                             string
}

// readExplainOptions reads the options as PostgreSQL does.
func readExplainOptions(list []*ast.DefElem) (o explainOptions, err error) {
	o = explainOptions{costs: true, format: "text"}
	var timing, summary, wal *bool
	for _, d := range list {
		name := strings.ToLower(d.Name)
		if name == "format" {
			if o.format = strings.ToLower(optionString(d)); !slices.Contains([]string{"text", "json", "xml", "yaml"}, o.format) {
				return o, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized value for EXPLAIN option "format": "%s"`, optionString(d)).At(d.Pos())
			}
			continue
		}
		to, known := map[string]*bool{"analyze": &o.analyze, "verbose": &o.verbose, "costs": &o.costs, "settings": &o.settings, "buffers": new(bool),
			"timing": new(bool), "summary": new(bool), "wal": new(bool)}[name]
		if !known {
			return o, sqlerr.New(sqlerr.SyntaxError, `unrecognized EXPLAIN option "%s"`, d.Name).At(d.Pos())
		}
		var err error
		if *to, err = booleanOption(d); err != nil {
			return o, err
		}
		switch name {
		case "timing":
			timing = to
		case "summary":
			summary = to
		case "wal":
			wal = to
		}
	}
	if wal != nil && *wal && !o.analyze {
		return o, sqlerr.New(sqlerr.InvalidParameterValue, "EXPLAIN option WAL requires ANALYZE")
	}
	if o.timing = o.analyze; timing != nil {
		if *timing && !o.analyze {
			return o, sqlerr.New(sqlerr.InvalidParameterValue, "EXPLAIN option TIMING requires ANALYZE")
		}
		o.timing = *timing
	}
	if o.summary = o.analyze; summary != nil {
		o.summary = *summary
	}
	return o, nil
}

// column describes the only column of EXPLAIN's result.
func (o explainOptions) column() []ResultColumn {
	t := types.Text
	switch o.format {
	case "json":
		t = types.JSONText
	case "xml":
		t = types.XML
	}
	return []ResultColumn{{Name: "QUERY PLAN", Type: t, Typmod: types.NoTypmod}}
}

// explain runs EXPLAIN.
func (s *Session) explain(ctx context.Context, outer *prepared, stmt *ast.ExplainStmt, params []types.Datum, w ResultWriter) (string, error) {
	o, err := readExplainOptions(stmt.Options)
	if err != nil {
		return "", err
	}
	lines, err := s.explained(ctx, outer, stmt.Query, params, o, w)
	if err != nil {
		return "", err
	}
	if err := w.Columns(o.column()); err != nil {
		return "", err
	}
	for _, l := range lines {
		if err := w.Row(types.Row{types.String(l)}); err != nil {
			return "", err
		}
	}
	return "EXPLAIN", nil
}

// explained gives what is to be shown of a statement.
func (s *Session) explained(ctx context.Context, outer *prepared, stmt ast.Statement, params []types.Datum, o explainOptions, w ResultWriter) ([]string, error) {
	began := time.Now()
	x := &exec.Explain{Catalog: s.catalog(), Verbose: o.verbose, Costs: o.costs, Summary: o.summary}
	if o.settings {
		x.Settings = s.planningSettings()
	}
	if o.analyze {
		x.Seen = &exec.Instruments{Timing: o.timing}
	}
	var p *plan.Plan
	var err error
	switch q := intoTable(stmt).(type) {
	case *ast.SubscribeStmt:
		p, err := plan.Statement(s.planEnv(), q.Query, nil, outer.numParams)
		if err != nil {
			return nil, err
		}
		req, err := s.requestPlan(s.watched(p, q.Query), params, live.Options{})
		if err != nil {
			return nil, err
		}
		return s.server.opts.Hub.Explain(*req), nil
	case *ast.CreateTableAsStmt:
		if query, ok := q.Query.(*ast.ExecuteStmt); ok {
			return s.explained(ctx, outer, query, params, o, w)
		}
		p, err = s.explainCreate(ctx, outer, q, x, w)
	case *ast.DeclareCursorStmt:
		return s.explained(ctx, outer, q.Query, params, o, w)
	case *ast.ExecuteStmt:
		p, err = s.explainExecute(ctx, q, params, x, began)
	case *ast.SelectStmt, *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
		var ps *prepared
		if ps, err = s.prepare(outer.text, ast.Parsed{Statement: stmt, NumParams: outer.numParams}, outer.params); err == nil {
			p, err = s.explainPlan(ctx, ps, params, x, began)
		}
	default:
		return []string{"Utility statements have no plan structure"}, nil
	}
	if err != nil {
		return nil, err
	}
	rewritten, ok := p.Root.(*plan.Rewritten)
	if !ok || o.format != "text" {
		return x.Lines(p.Root, o.format), nil
	}
	if rewritten.Commands == nil {
		return []string{"Query rewrites to nothing"}, nil
	}
	var lines []string
	for i, n := range rewritten.Commands {
		if i > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, x.Lines(n, o.format)...)
	}
	return lines, nil
}

// explainExecute explains a prepared statement.
func (s *Session) explainExecute(ctx context.Context, stmt *ast.ExecuteStmt, outer []types.Datum, x *exec.Explain, began time.Time) (*plan.Plan, error) {
	ps := s.statements[stmt.Name]
	if ps == nil {
		return nil, undefinedStatement(stmt.Name)
	}
	params, err := s.executeParams(ctx, ps, stmt, outer)
	if err != nil {
		return nil, err
	}
	if ps.plan == nil {
		return nil, sqlerr.Unsupported("EXPLAIN EXECUTE of %s", ps.stmt.Kind())
	}
	return s.explainPlan(ctx, ps, params, x, began)
}

// explainPlan refreshes a plan and, for ANALYZE, runs it.
func (s *Session) explainPlan(ctx context.Context, ps *prepared, params []types.Datum, x *exec.Explain, began time.Time) (*plan.Plan, error) {
	if err := s.refresh(ps, false); err != nil {
		return nil, err
	}
	if err := s.authorize(ps.plan); err != nil {
		return nil, err
	}
	if ps.plan.Failure != nil {
		return nil, ps.plan.Failure
	}
	x.Planning = time.Since(began)
	if x.Seen == nil {
		return ps.plan, nil
	}
	began = time.Now()
	s.measuring = x.Seen
	q, err := s.open(ctx, ps, params, false)
	s.measuring = nil
	if err != nil {
		return nil, err
	}
	defer q.op.Close()
	for {
		row, err := q.next(ctx, s)
		if err != nil {
			return nil, err
		}
		if row == nil {
			break
		}
	}
	q.op.Close()
	x.Execution = time.Since(began)
	return ps.plan, nil
}

// explainCreate explains the query of CREATE TABLE AS, and for ANALYZE makes the
// table.
func (s *Session) explainCreate(ctx context.Context, outer *prepared, stmt *ast.CreateTableAsStmt, x *exec.Explain, w ResultWriter) (*plan.Plan, error) {
	began := time.Now()
	if x.Seen == nil {
		p, err := s.planQuery(stmt.Query)
		x.Planning = time.Since(began)
		return p, err
	}
	s.measuring = x.Seen
	defer func() { s.measuring, s.measured = nil, nil }()
	if _, err := s.utility(ctx, &prepared{text: outer.text, stmt: stmt}, nil, discard{w}); err != nil {
		return nil, err
	}
	x.Execution = time.Since(began)
	if s.measured == nil {
		return s.planQuery(stmt.Query) // the table was there already
	}
	return s.measured, nil
}

// discard is a ResultWriter that passes nothing on but notices.
type discard struct{ ResultWriter }

// Columns says nothing.
func (discard) Columns([]ResultColumn) error { return nil }

// Row says nothing.
func (discard) Row(types.Row) error { return nil }

// Complete says nothing.
func (discard) Complete(string) error { return nil }

// planningSettings lists the settings that concern plans and differ from their
// defaults, by name and value in turn.
func (s *Session) planningSettings() (out []string) {
	for i := range variableTable {
		v := &variableTable[i]
		if !strings.HasPrefix(v.name, "enable_") && !slices.Contains([]string{"search_path", "work_mem", "temp_file_limit", "max_parallel_workers_per_gather", "geqo", "jit", "plan_cache_mode"}, v.name) {
			continue
		}
		if value, ok := s.settings.get(v.name); ok && value != v.preset {
			out = append(out, v.name, value)
		}
	}
	return out
}

// executeParams computes the parameters of EXECUTE.
func (s *Session) executeParams(ctx context.Context, ps *prepared, stmt *ast.ExecuteStmt, outer []types.Datum) ([]types.Datum, error) {
	if len(stmt.Args) != len(ps.params) {
		return nil, sqlerr.New(sqlerr.SyntaxError, `wrong number of parameters for prepared statement "%s"`, stmt.Name).
			WithDetail("Expected %d parameters but got %d.", len(ps.params), len(stmt.Args))
	}
	params := make([]types.Datum, len(stmt.Args))
	ec := s.evalContext(ctx)
	ec.Params = outer
	for i, a := range stmt.Args {
		var e expr.Expr
		e, err := plan.Expression(s.planEnv(), a, ps.params[i])
		if err != nil {
			return nil, s.misfit(err, i, a, ps.params[i])
		}
		if params[i], err = e.Eval(ec, nil); err != nil {
			return nil, err
		}
	}
	return params, nil
}

// misfit says of an argument of EXECUTE that it has no cast to the parameter's type.
func (s *Session) misfit(err error, i int, a ast.Expr, want *types.Type) error {
	if sqlerr.From(err).Code != sqlerr.CannotCoerce {
		return err
	}
	given, other := plan.Expression(s.planEnv(), a, nil)
	if other != nil {
		return err
	}
	return sqlerr.New(sqlerr.DatatypeMismatch, "parameter $%d of type %s cannot be coerced to the expected type %s", i+1, given.Type(), want).
		WithHint("You will need to rewrite or cast the expression.").At(ast.Leftmost(a))
}
