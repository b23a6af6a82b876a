package plexec

import (
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/plpgsql"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// isQuery says whether a statement has a plan.
func isQuery(stmt ast.Statement) bool {
	switch s := stmt.(type) {
	case *ast.SelectStmt:
		return s.Into == nil
	case *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
		return true
	}
	return false
}

// execSQL runs a statement in SQL, whose first row goes where INTO says.
func (f *frame) execSQL(s *plpgsql.ExecSQL) error {
	if !isQuery(s.Query.Statement) {
		return f.utility(s.Query.Text, s.Query, s.Into)
	}
	p, err := f.prepare(s.Query)
	if err != nil {
		return f.inExpression(err, s.Query, kindStatement)
	}
	cols := p.plan.Root.Columns()
	if s.Into == nil && p.plan.Returns() {
		e := sqlerr.New(sqlerr.SyntaxError, "query has no destination for result data")
		if commandOf(s.Query.Statement) == "SELECT" {
			return e.WithHint("If you want to discard the results of a SELECT, use PERFORM instead.")
		}
		return e
	}
	if s.Into != nil && !p.plan.Returns() {
		return sqlerr.New(sqlerr.SyntaxError, "INTO used with a command that cannot return data")
	}
	first, each := f.firstRow(s.Into, commandOf(s.Query.Statement) != "SELECT", func() string { return f.namedParams(p) })
	n, err := f.runQuery(p, s.Query, each)
	if err != nil && err != ErrEnough {
		return f.inExpression(err, s.Query, kindStatement)
	}
	return f.received(s.Into, cols, *first, n, func() string { return f.namedParams(p) })
}

// firstRow gives what keeps the first row that INTO takes. params lists what the statement's
// parameters are.
func (f *frame) firstRow(into *plpgsql.Into, changes bool, params func() string) (*types.Row, func(types.Row) error) {
	first, n := new(types.Row), 0
	only := into != nil && (into.Strict || changes)
	level := sqlerr.SeverityError
	if into != nil && !only {
		level = ExtraCheck(f.host.Setting, tooManyRows)
		only = level != ""
	}
	return first, func(row types.Row) error {
		n++
		if into == nil {
			return nil
		}
		if n == 1 {
			*first = append(types.Row{}, row...)
			if !only {
				return ErrEnough
			}
			return nil
		}
		if err := f.extra(level, f.withParams(sqlerr.New(sqlerr.TooManyRows, "query returned more than one row"), into, params).
			WithHint("Make sure the query returns a single row, or use LIMIT 1.")); err != nil {
			return &bare{sqlerr.From(err)}
		}
		return ErrEnough
	}
}

// received gives the row that came to INTO's targets and settles FOUND and ROW_COUNT.
func (f *frame) received(into *plpgsql.Into, cols []plan.Column, row types.Row, n int64, params func() string) error {
	if into != nil {
		n = 0
		if row != nil {
			n = 1
		}
	}
	f.rowCount = n
	f.vars[f.fn.found].value = types.Bool(n > 0)
	if into == nil {
		return nil
	}
	if row == nil && into.Strict {
		return f.withParams(sqlerr.New(sqlerr.NoDataFound, "query returned no rows"), into, params)
	}
	return f.move(into, cols, row)
}

// move gives a row to targets; nil is one of NULLs.
func (f *frame) move(into *plpgsql.Into, cols []plan.Column, row types.Row) error {
	fields := make([]types.Field, len(cols))
	for i, c := range cols {
		fields[i] = types.Field{Name: c.Name, Type: c.Type, Typmod: c.Typmod}
	}
	if len(into.Targets) == 1 {
		t := into.Targets[0]
		if k := &f.fn.kinds[t.Variable]; k.record && len(t.Fields) == 0 {
			same := len(cols) == 1 && cols[0].Type.Kind == types.KindComposite && cols[0].Type.Same(k.typ)
			if k.fields != nil && !same {
				if err := f.sameCount(len(cols), len(k.fields)); err != nil {
					return err
				}
			}
			if row == nil {
				if k.fields == nil {
					f.vars[t.Variable].fields = settled(fields)
				}
				f.nullRecord(t.Variable)
				f.vars[t.Variable].null = false // a row of NULLs
				return nil
			}
			if same {
				return f.storeRecord(t.Variable, typed{row[0], cols[0].Type, cols[0].Typmod})
			}
			return f.storeRow(t.Variable, fields, row)
		}
	}
	if err := f.sameCount(len(cols), len(into.Targets)); err != nil {
		return err
	}
	for i, t := range into.Targets {
		v := typed{types.Null, types.Text, types.NoTypmod}
		if i < len(cols) {
			v.typ, v.typmod = cols[i].Type, cols[i].Typmod
			if row != nil {
				v.value = row[i]
			}
		}
		if err := f.assign(t, v); err != nil {
			return err
		}
	}
	return nil
}

// utility runs a statement without a plan.
func (f *frame) utility(text string, e *plpgsql.Expr, into *plpgsql.Into) error {
	list, err := parser.Parse(text)
	if err != nil {
		return f.inExpression(err, e, kindStatement)
	}
	if err := mayRun(list[0].Statement); err != nil {
		return err
	}
	if !f.fn.volatile {
		return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in a non-volatile function", f.host.CommandName(list[0].Statement))
	}
	_, _, err = f.runUtility(text, list[0], e, into)
	if err != nil {
		return f.inExpression(err, e, kindStatement)
	}
	return nil
}

// mayRun refuses what cannot be run in a function.
func mayRun(stmt ast.Statement) error {
	switch s := stmt.(type) {
	case *ast.TransactionStmt:
		return sqlerr.New(sqlerr.FeatureNotSupported, "unsupported transaction command in PL/pgSQL")
	case *ast.CopyStmt:
		if s.Filename == "" {
			return sqlerr.New(sqlerr.FeatureNotSupported, "cannot COPY to/from client in PL/pgSQL")
		}
	}
	return nil
}

// runUtility runs such a statement; its rows go where INTO says.
func (f *frame) runUtility(text string, stmt ast.Parsed, e *plpgsql.Expr, into *plpgsql.Into) ([]plan.Column, types.Row, error) {
	var cols []plan.Column
	var first types.Row
	n := int64(0)
	_, err := f.stale().Utility(f.ctx, text, stmt, f.inner(e), func(c []plan.Column, row types.Row) error {
		if n++; n == 1 {
			cols, first = c, append(types.Row{}, row...)
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	f.rowCount = n
	if into != nil {
		if first == nil {
			return nil, nil, sqlerr.New(sqlerr.SyntaxError, "INTO used with a command that cannot return data")
		}
		f.vars[f.fn.found].value = types.Bool(n > 0)
		return cols, first, f.move(into, cols, first)
	}
	return cols, first, nil
}

// inner plans queries in a statement without a plan, with the variables of the body.
func (f *frame) inner(e *plpgsql.Expr) Inner {
	return func(stmt ast.Statement) (*plan.Plan, []types.Datum, error) {
		p := &prepared{shapes: map[int][]types.Field{}}
		found, err := plan.ProcedureStatement(f.host.PlanEnv(), f.variables(p, e), stmt)
		if err != nil {
			return nil, nil, err
		}
		return found, f.params(p), nil
	}
}

// dynamic runs EXECUTE.
func (f *frame) dynamic(s *plpgsql.Dynamic) error {
	if s.Into == nil {
		_, n, err := f.runDynamic(s, func(types.Row) error { return nil }, nil)
		f.rowCount = n
		return err
	}
	var given string
	params := func() string { return given }
	first, each := f.firstRow(s.Into, s.Into.Strict, params)
	cols, n, err := f.runDynamic(s, func(row types.Row) error {
		err := each(row)
		if b, ok := err.(*bare); ok {
			b.err.Hint = ""
		}
		return err
	}, func(list string) { given = list })
	if err != nil && err != ErrEnough {
		return err
	}
	if cols == nil {
		return sqlerr.New(sqlerr.SyntaxError, "INTO used with a command that cannot return data")
	}
	found := f.vars[f.fn.found].value
	defer func() { f.vars[f.fn.found].value = found }() // EXECUTE leaves it
	return f.received(s.Into, cols, *first, n, params)
}

// runDynamic plans and runs the text that an expression gives; tell, unless it is nil, is
// told the parameters.
func (f *frame) runDynamic(s *plpgsql.Dynamic, each func(types.Row) error, tell func(params string)) ([]plan.Column, int64, error) {
	text, params, declared, err := f.dynamicText(s)
	if err != nil {
		return nil, 0, err
	}
	if tell != nil && s.Into.Strict {
		tell(f.numberedParams(params, declared))
	}
	e := &plpgsql.Expr{Text: text}
	list, err := parser.Parse(text)
	if err != nil {
		return nil, 0, f.inExpression(err, e, kindStatement)
	}
	var cols []plan.Column
	var n int64
	defer f.host.Atomically()()
	for _, parsed := range list {
		cols, n, err = f.runText(parsed, text, params, declared, each)
		if err != nil && err != ErrEnough {
			if sqlerr.HasCode(err, sqlerr.FeatureNotSupported) && notInText(parsed.Statement) != nil {
				return nil, 0, err
			}
			return nil, 0, f.inExpression(err, e, kindStatement)
		}
	}
	return cols, n, nil
}

// dynamicText evaluates the text of EXECUTE and its parameters.
func (f *frame) dynamicText(s *plpgsql.Dynamic) (text string, params []types.Datum, declared []*types.Type, err error) {
	v, err := f.value(s.Query)
	if err != nil {
		return "", nil, nil, err
	}
	if v.value.IsNull() {
		return "", nil, nil, sqlerr.New(sqlerr.NullValueNotAllowed, "query string argument of EXECUTE is null")
	}
	params = make([]types.Datum, len(s.Using))
	declared = make([]*types.Type, len(s.Using))
	for i, u := range s.Using {
		p, err := f.value(u)
		if err != nil {
			return "", nil, nil, err
		}
		if params[i], declared[i] = p.value, p.typ; p.typ == types.Unknown {
			declared[i] = types.Text
		}
	}
	return f.text(v), params, declared, nil
}

// notInText refuses what EXECUTE cannot run.
func notInText(stmt ast.Statement) error {
	switch s := stmt.(type) {
	case *ast.TransactionStmt:
		return sqlerr.New(sqlerr.FeatureNotSupported, "EXECUTE of transaction commands is not implemented")
	case *ast.SelectStmt:
		if s.Into != nil {
			return sqlerr.New(sqlerr.FeatureNotSupported, "EXECUTE of SELECT ... INTO is not implemented").
				WithHint("You might want to use EXECUTE ... INTO or EXECUTE CREATE TABLE ... AS instead.")
		}
	case *ast.CopyStmt:
		return mayRun(stmt)
	}
	return nil
}

// runText runs one statement of a text.
func (f *frame) runText(parsed ast.Parsed, text string, params []types.Datum, declared []*types.Type, each func(types.Row) error) ([]plan.Column, int64, error) {
	if err := notInText(parsed.Statement); err != nil {
		return nil, 0, err
	}
	if !isQuery(parsed.Statement) {
		if !f.fn.volatile {
			return nil, 0, sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in a non-volatile function", f.host.CommandName(parsed.Statement))
		}
		inner := func(stmt ast.Statement) (*plan.Plan, []types.Datum, error) {
			p, err := plan.Statement(f.host.PlanEnv(), stmt, declared, plan.OnlyDeclared)
			return p, params, err
		}
		var cols []plan.Column
		n := int64(0)
		_, err := f.stale().Utility(f.ctx, text, parsed, inner, func(c []plan.Column, row types.Row) error {
			cols = c
			n++
			return each(row)
		})
		return cols, n, err
	}
	p, err := plan.Statement(f.host.PlanEnv(), parsed.Statement, declared, len(declared))
	if err == nil {
		err = p.Failure
	}
	if err != nil {
		return nil, 0, err
	}
	if len(p.Params) > len(params) {
		return nil, 0, sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $%d", len(params)+1)
	}
	command := commandOf(parsed.Statement)
	if !p.ReadOnly && !f.fn.volatile {
		return nil, 0, sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed in a non-volatile function", command)
	}
	n, err := f.stale().Query(f.ctx, Query{Plan: p, Command: command, Params: params, Fresh: f.fn.volatile}, each)
	if !p.Returns() {
		return nil, n, err
	}
	return p.Root.Columns(), n, err
}
