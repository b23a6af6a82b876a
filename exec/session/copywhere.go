package session

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// copyFilter is COPY FROM's WHERE. It looks at whole rows, with the defaults of
// the columns that are not read.
type copyFilter struct {
	eval *expr.Context
	cond expr.Expr
	// columns are those that a row has in the end: all but the generated ones. at is
	// where each of them is in the table, from where in what is read, or -1, and
	// defaults the values of these.
	columns  []*catalog.Column
	at, from []int
	defaults []expr.Expr
	whole    types.Row
}

// newCopyFilter binds the condition of a COPY that reads columns; nil without one.
func (s *Session) newCopyFilter(ctx context.Context, stmt *ast.CopyStmt, t *catalog.Table, columns []*catalog.Column) (*copyFilter, error) {
	if stmt.Where == nil {
		return nil, nil
	}
	env := s.planEnv()
	cond, err := plan.RowExpression(env, t, stmt.Where, plan.CopyCondition)
	if err != nil {
		return nil, err
	}
	if cond, err = expr.CoerceBoolean(cond, "WHERE"); err != nil {
		return nil, sqlerr.From(err).At(stmt.Where.Pos())
	}
	f := &copyFilter{cond: cond, eval: s.runtime(ctx, s.User()).Eval, whole: make(types.Row, len(t.Columns)+len(plan.SystemColumns))}
	for i, c := range t.Columns {
		if c.Generated {
			if readsAt(cond, i) {
				return nil, sqlerr.New(sqlerr.InvalidColumnReference, "generated columns are not supported in COPY FROM WHERE conditions").
					WithDetail(`Column "%s" is a generated column.`, c.Name)
			}
			continue
		}
		var value expr.Expr
		from := slices.Index(columns, c)
		if text := plan.DefaultText(c); from < 0 && text != "" {
			parsed, err := parser.ParseExpr(text)
			if err != nil {
				return nil, err
			}
			if value, err = plan.RowExpression(env, nil, parsed, "DEFAULT expressions"); err != nil {
				return nil, err
			}
			if value, err = plan.Assign(env, value, c, -1); err != nil {
				return nil, err
			}
		}
		f.columns, f.at, f.from, f.defaults = append(f.columns, c), append(f.at, i), append(f.from, from), append(f.defaults, value)
	}
	return f, nil
}

// readsAt says whether an expression reads a column of the row.
func readsAt(e expr.Expr, index int) (found bool) {
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && c.Index == index {
			found = true
		}
		return !found
	})
	return found
}

// row makes the row to store of one that was read; nil for one that the condition
// leaves out.
func (f *copyFilter) row(in types.Row) (types.Row, error) {
	out := make(types.Row, len(f.columns))
	for i := range f.columns {
		switch {
		case f.from[i] >= 0:
			out[i] = in[f.from[i]]
		case f.defaults[i] != nil:
			v, err := f.defaults[i].Eval(f.eval, nil)
			if err != nil {
				return nil, err
			}
			out[i] = v
		default:
			out[i] = types.Null
		}
		f.whole[f.at[i]] = out[i]
	}
	keep, err := f.cond.Eval(f.eval, f.whole)
	if err != nil || keep.IsNull() || !keep.Bool() {
		return nil, err
	}
	return out, nil
}
