package session

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/exec"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// explain runs EXPLAIN.
func (s *Session) explain(ctx context.Context, outer *prepared, stmt *ast.ExplainStmt, params []types.Datum, w ResultWriter) (string, error) {
	analyze, format := false, "text"
	for _, o := range stmt.Options {
		switch strings.ToLower(o.Name) {
		case "analyze":
			analyze = optionBool(o)
		case "format":
			format = strings.ToLower(optionString(o))
		case "verbose", "costs", "buffers", "timing", "summary", "settings", "wal":
		default:
			return "", sqlerr.New(sqlerr.SyntaxError, `unrecognized EXPLAIN option "%s"`, o.Name).At(o.Pos())
		}
	}
	if format != "text" && format != "json" {
		return "", sqlerr.Unsupported("EXPLAIN (FORMAT %s)", strings.ToUpper(format))
	}
	var lines []string
	switch q := stmt.Query.(type) {
	case *ast.SubscribeStmt:
		p, err := plan.Statement(s.planEnv(), q.Query, nil, outer.numParams)
		if err != nil {
			return "", err
		}
		req, err := s.requestPlan(p, q.Query, params, live.Options{})
		if err != nil {
			return "", err
		}
		lines = s.server.opts.Hub.Explain(*req)
	case *ast.SelectStmt, *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
		ps, err := s.prepare(outer.text, ast.Parsed{Statement: stmt.Query, NumParams: outer.numParams}, nil)
		if err != nil {
			return "", err
		}
		if lines, err = s.explainPlan(ctx, ps, params, analyze); err != nil {
			return "", err
		}
	default:
		return "", sqlerr.Unsupported("EXPLAIN of %s", stmt.Query.Kind())
	}
	if err := w.Columns([]ResultColumn{{Name: "QUERY PLAN", Type: types.Text, Typmod: types.NoTypmod}}); err != nil {
		return "", err
	}
	if format == "json" {
		b, err := json.MarshalIndent([]any{map[string]any{"Plan": lines}}, "", "  ")
		if err != nil {
			return "", err
		}
		return "EXPLAIN", w.Row(types.Row{types.String(string(b))})
	}
	for _, l := range lines {
		if err := w.Row(types.Row{types.String(l)}); err != nil {
			return "", err
		}
	}
	return "EXPLAIN", nil
}

// explainPlan prints a plan, and with ANALYZE runs it and says how long it
// took.
func (s *Session) explainPlan(ctx context.Context, ps *prepared, params []types.Datum, analyze bool) ([]string, error) {
	lines := exec.Describe(ps.plan.Root)
	if !analyze {
		return lines, nil
	}
	start := time.Now()
	q, err := s.open(ctx, ps, params)
	if err != nil {
		return nil, err
	}
	defer q.op.Close()
	rows := 0
	for {
		row, err := q.next(ctx, s)
		if err != nil {
			return nil, err
		}
		if row == nil {
			break
		}
		rows++
	}
	ms := float64(time.Since(start).Microseconds()) / 1000
	lines[0] += "  (actual rows=" + formatInt(int64(rows)) + " loops=1)"
	return append(lines, "Execution Time: "+string(types.Float8.AppendText(nil, types.Float(ms), types.DefaultEnv))+" ms"), nil
}
