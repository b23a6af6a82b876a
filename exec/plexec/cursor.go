package plexec

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Cursor is one that OPEN makes.
type Cursor struct {
	// Name is the cursor's; empty: the host gives it one.
	Name   string
	Text   string
	Scroll ast.ScrollOption
	Query  Query
}

// Rows are those of a query that is read while statements run in between. They are as
// they were when the query began.
type Rows interface {
	// Next gives a row, valid until the next call; nil is the end.
	Next(ctx context.Context) (types.Row, error)
	Close()
}

// variableName is what a variable is called in messages.
func (f *frame) variableName(n int) string { return f.fn.tree.Variables[n].Name }

// cursorName is the name that a cursor's variable holds.
func (f *frame) cursorName(n int) (string, error) {
	v := f.vars[n].value
	if v.IsNull() {
		return "", sqlerr.New(sqlerr.NullValueNotAllowed, `cursor variable "%s" is null`, f.variableName(n))
	}
	return v.Str(), nil
}

// open runs OPEN.
func (f *frame) open(s *plpgsql.Open) error {
	c := Cursor{Scroll: scrollOf(s.Scroll, s.NoScroll)}
	switch bound := f.fn.tree.Variables[s.Cursor].Cursor; {
	case bound != nil:
		return f.openBound(s.Cursor, s.Args)
	case s.Dynamic != nil:
		text, p, params, err := f.dynamicPlan(s.Dynamic, f.unopened)
		if err != nil {
			return err
		}
		c.Text, c.Query = text, Query{Plan: p, Command: "SELECT", Params: params, Fresh: f.fn.volatile}
	default:
		p, err := f.prepare(s.Query)
		if err != nil {
			return f.inExpression(err, s.Query, kindStatement)
		}
		if c.Query, err = f.cursorQuery(p, s.Query); err != nil {
			return err
		}
		c.Text = s.Query.Text
	}
	return f.opened(s.Cursor, c)
}

func scrollOf(scroll, noScroll bool) ast.ScrollOption {
	switch {
	case scroll:
		return ast.Scroll
	case noScroll:
		return ast.NoScroll
	}
	return ast.ScrollDefault
}

// cursorQuery is a planned statement as a cursor's query.
func (f *frame) cursorQuery(p *prepared, e *plpgsql.Expr) (Query, error) {
	if p.plan == nil || !p.plan.Returns() {
		return Query{}, sqlerr.New(sqlerr.InvalidCursorDefinition, "cannot open %s query as cursor", commandOf(e.Statement))
	}
	return Query{Plan: p.plan, Command: commandOf(e.Statement), Params: f.params(p), Fresh: f.fn.volatile}, nil
}

// openBound opens a bound cursor, its arguments in its variables.
func (f *frame) openBound(n int, args *plpgsql.Expr) error {
	bound := f.fn.tree.Variables[n].Cursor
	if args != nil {
		var row types.Row
		cols, err := f.rowOf(args, &row)
		if err != nil {
			return err
		}
		for i, v := range bound.Args {
			if err := f.store(v, typed{row[i], cols[i].Type, cols[i].Typmod}); err != nil {
				return err
			}
		}
	}
	p, err := f.prepare(bound.Query)
	if err != nil {
		return f.inExpression(err, bound.Query, kindStatement)
	}
	c := Cursor{Text: bound.Query.Text, Scroll: scrollOf(bound.Scroll, bound.NoScroll)}
	if c.Query, err = f.cursorQuery(p, bound.Query); err != nil {
		return err
	}
	return f.opened(n, c)
}

// rowOf evaluates expressions as one row.
func (f *frame) rowOf(e *plpgsql.Expr, row *types.Row) ([]plan.Column, error) {
	p, err := f.prepare(e)
	if err != nil {
		return nil, f.inExpression(err, e, kindStatement)
	}
	_, err = f.runQuery(p, e, func(r types.Row) error {
		*row = r.Clone()
		return nil
	})
	if err != nil {
		return nil, f.inExpression(err, e, kindStatement)
	}
	return p.plan.Root.Columns(), nil
}

// opened has the host make a cursor, and gives the variable its name.
func (f *frame) opened(n int, c Cursor) error {
	if v := f.vars[n].value; !v.IsNull() {
		c.Name = v.Str()
	} else if f.fn.tree.Variables[n].Constant {
		return sqlerr.New(sqlerr.ErrorInAssignment, `variable "%s" is declared CONSTANT`, f.variableName(n))
	}
	name, err := f.stale().OpenCursor(f.ctx, c)
	if err != nil {
		return err
	}
	if c.Name == "" {
		f.vars[n].value = types.String(name)
	}
	return nil
}

var fetchDirections = map[string]ast.FetchDirection{
	"FORWARD": ast.FetchForward, "BACKWARD": ast.FetchBackward, "ABSOLUTE": ast.FetchAbsolute, "RELATIVE": ast.FetchRelative,
}

// fetch runs FETCH and MOVE.
func (f *frame) fetch(s *plpgsql.Fetch) error {
	name, err := f.cursorName(s.Cursor)
	if err != nil {
		return err
	}
	stmt := &ast.FetchStmt{Cursor: name, Move: s.Move, Count: 1}
	switch s.Direction {
	case "NEXT":
	case "PRIOR":
		stmt.Direction = ast.FetchBackward
	case "FIRST":
		stmt.Direction = ast.FetchAbsolute
	case "LAST":
		stmt.Direction, stmt.Count = ast.FetchAbsolute, -1
	default:
		stmt.Direction = fetchDirections[s.Direction]
	}
	switch {
	case s.All:
		stmt.Count = ast.FetchAll
	case s.Count != nil:
		d, err := f.valueAs(s.Count, types.Int4, types.NoTypmod)
		if err != nil {
			return err
		}
		if d.IsNull() {
			return sqlerr.New(sqlerr.NullValueNotAllowed, "relative or absolute cursor position is null")
		}
		stmt.Count = d.Int()
	}
	var row types.Row
	cols, n, err := f.stale().FetchCursor(f.ctx, stmt, func(r types.Row) error {
		row = r.Clone()
		return nil
	})
	if err != nil {
		return err
	}
	f.rowCount = int64(n)
	f.vars[f.fn.found].value = types.Bool(n > 0)
	if s.Move {
		return nil
	}
	return f.move(s.Into, cols, row)
}

// closeCursor runs CLOSE.
func (f *frame) closeCursor(s *plpgsql.Close) error {
	name, err := f.cursorName(s.Cursor)
	if err != nil {
		return err
	}
	return f.host.CloseCursor(name)
}

// forCursor runs a loop over a bound cursor.
func (f *frame) forCursor(s *plpgsql.ForQuery) (end ending, err error) {
	unnamed := f.vars[s.Cursor].value.IsNull()
	if err := f.openBound(s.Cursor, s.Args); err != nil {
		return ending{}, err
	}
	name := f.vars[s.Cursor].value.Str()
	rows, cols, err := f.host.CursorRows(name)
	if err != nil {
		return ending{}, err
	}
	defer func() {
		rows.Close()
		if unnamed {
			f.vars[s.Cursor].value = types.Null
		}
	}()
	return f.eachRow(s, cols, rows)
}

// eachRow runs the body of a loop for every row.
func (f *frame) eachRow(s *plpgsql.ForQuery, cols []plan.Column, rows Rows) (end ending, err error) {
	found := false
	defer func() { f.vars[f.fn.found].value = types.Bool(found) }()
	for {
		row, err := rows.Next(f.ctx)
		f.stale()
		if err != nil {
			return ending{}, err
		}
		if row == nil {
			break
		}
		found = true
		if err := f.move(s.Into, cols, row.Clone()); err != nil {
			return ending{}, err
		}
		over, end, err := f.round(s.Body, s.Label)
		if over || err != nil {
			return end, err
		}
	}
	if !found {
		return ending{}, f.move(s.Into, cols, nil)
	}
	return ending{}, nil
}

// dynamicPlan plans the query that an expression gives, which is to be read row by row.
func (f *frame) dynamicPlan(s *plpgsql.Dynamic, rowless func(stmt ast.Statement, text string) error) (text string, p *plan.Plan, params []types.Datum, err error) {
	text, params, declared, err := f.dynamicText(s)
	if err != nil {
		return "", nil, nil, err
	}
	e := &plpgsql.Expr{Text: text}
	list, err := parser.Parse(text)
	switch {
	case err != nil:
		return "", nil, nil, f.inExpression(err, e, kindStatement)
	case len(list) != 1:
		return "", nil, nil, sqlerr.New(sqlerr.InvalidCursorDefinition, "cannot open multi-query plan as cursor")
	case isExecute(list[0].Statement):
		stmt, _ := list[0].Statement.(*ast.ExecuteStmt)
		if p, params, err = f.host.Executed(f.ctx, stmt, params); err == nil && !p.Returns() {
			err = sqlerr.New(sqlerr.InvalidCursorDefinition, "cannot open %s query as cursor", "EXECUTE")
		}
		if err != nil {
			return "", nil, nil, f.inExpression(err, e, kindStatement)
		}
		return text, p, params, nil
	case showsRows(list[0].Statement):
		p, err = f.utilityRows(text, list[0], params)
		return text, p, nil, err
	case !isQuery(list[0].Statement):
		return "", nil, nil, rowless(list[0].Statement, text)
	}
	p, err = plan.Statement(f.host.PlanEnv(), list[0].Statement, declared, len(declared))
	if err == nil {
		err = p.Failure
	}
	if err != nil {
		return "", nil, nil, f.inExpression(err, e, kindStatement)
	}
	if len(p.Params) > len(params) {
		return "", nil, nil, f.inExpression(sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $%d", len(params)+1), e, kindStatement)
	}
	if !p.Returns() {
		return "", nil, nil, rowless(list[0].Statement, text)
	}
	return text, p, params, nil
}

func isExecute(stmt ast.Statement) bool {
	_, is := stmt.(*ast.ExecuteStmt)
	return is
}

// unopened is the error of a statement without rows as the query of a cursor.
func (f *frame) unopened(stmt ast.Statement, _ string) error {
	return sqlerr.New(sqlerr.InvalidCursorDefinition, "cannot open %s query as cursor", f.host.CommandName(stmt))
}

// showsRows says whether a statement that has no plan gives rows.
func showsRows(stmt ast.Statement) bool {
	switch stmt.(type) {
	case *ast.ExplainStmt, *ast.VariableShowStmt:
		return true
	}
	return false
}

// utilityRows is the plan of the rows that such a statement gives.
func (f *frame) utilityRows(text string, parsed ast.Parsed, params []types.Datum) (*plan.Plan, error) {
	var rows []types.Row
	cols, _, err := f.runText(parsed, text, params, nil, func(row types.Row) error {
		rows = append(rows, row.Clone())
		return nil
	})
	if err != nil {
		return nil, f.inExpression(err, &plpgsql.Expr{Text: text}, kindStatement)
	}
	return plan.Rows(f.host.PlanEnv().Catalog, cols, rows), nil
}

// staticRows is that of a statement in the body.
func (f *frame) staticRows(e *plpgsql.Expr) (*plan.Plan, error) {
	list, err := parser.Parse(e.Text)
	if err != nil {
		return nil, f.inExpression(err, e, kindStatement)
	}
	return f.utilityRows(e.Text, list[0], nil)
}
