package plan

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// rangeFunction plans functions in FROM: one, or several with ROWS FROM.
func (p *planner) rangeFunction(t *ast.RangeFunction, sc *scope) (Node, error) {
	n := &FunctionScan{Ordinality: t.Ordinality}
	if t.Alias != nil {
		n.Alias = t.Alias.Name
	}
	first := ""
	funcs := unnested(t.Funcs)
	for i, f := range funcs {
		if len(t.Columns) > 0 {
			f.Columns = t.Columns
		}
		name, call, cols, own, err := p.scannedFunction(f, sc)
		if err != nil {
			return nil, err
		}
		if len(funcs) == 1 && t.Alias != nil && len(cols) == 1 && len(expr.FieldsOf(call)) == 0 && !own {
			cols[0].Name = t.Alias.Name // a function of one column gives it the alias's name
		}
		if i == 0 {
			first = name
		}
		n.Funcs = append(n.Funcs, ScannedFunction{Call: call, Width: len(cols), Row: givesRow(call)})
		n.cols = append(n.cols, cols...)
	}
	if t.Ordinality {
		n.cols = append(n.cols, Column{Name: "ordinality", Type: types.Int8, Typmod: types.NoTypmod})
	}
	if call, ok := n.Funcs[0].Call.(*expr.Call); ok && call.Fn.IsTable() && t.Alias != nil && len(t.Alias.Columns) > len(n.cols) {
		return nil, sqlerr.New(sqlerr.InvalidColumnReference, "%s function has %d columns available but %d columns specified", strings.ToUpper(call.Fn.Name), len(n.cols), len(t.Alias.Columns))
	}
	if err := addRelation(sc, first, "", t.Alias, n.cols, len(n.cols)); err != nil {
		return nil, err
	}
	if len(n.Funcs) == 1 && !t.Ordinality && len(n.cols) == 1 {
		call := n.Funcs[0].Call
		sc.columns[len(sc.columns)-1].scalar = len(expr.FieldsOf(call)) == 0
		if setCall(call) == nil && !n.Funcs[0].Row {
			return &Values{Rows: [][]expr.Expr{{call}}, cols: n.cols}, nil
		}
	}
	return n, nil
}

// givesRow says whether a function's value is a row of its columns.
func givesRow(e expr.Expr) bool {
	call, ok := e.(*expr.Call)
	return ok && len(call.Fn.Columns) > 0 && (call.T == types.RecordType || expr.BaseType(call.T).Kind == types.KindComposite)
}

// scannedFunction binds one function in FROM, and says which columns it has;
// own: they have names of their own.
func (p *planner) scannedFunction(f ast.RangeFuncItem, sc *scope) (name string, call expr.Expr, cols []Column, own bool, err error) {
	b := &binder{p: p, scope: &scope{outer: sc.siblings()}, clause: "functions in FROM"}
	e := f.Call
	if f, ok := e.(*ast.FuncCall); ok {
		name, b.top = f.Name[len(f.Name)-1], true
	} else {
		name = columnName(e)
	}
	if expr.JSONRecordFunction(name, nil) != nil {
		call, err = b.recordFunction(f, name)
	} else {
		call, err = b.bind(e)
	}
	if err != nil {
		return "", nil, nil, false, err
	}
	if call, err = settled(call); err != nil {
		return "", nil, nil, false, err
	}
	if expr.JSONRecordFunction(name, nil) == nil {
		if call, err = b.defined(f, call); err != nil {
			return "", nil, nil, false, err
		}
	}
	if c, ok := call.(*expr.Call); ok && len(c.Fn.Columns) > 0 {
		for _, f := range c.Fn.Columns {
			cols = append(cols, Column{Name: f.Name, Type: f.Type, Typmod: f.Typmod})
		}
		return name, call, cols, c.Fn.Routine, nil
	}
	column := Column{Name: name, Type: call.Type(), Typmod: call.Typmod()}
	if fn := b.called; fn != nil && fn.Column != "" {
		column.Name, own = fn.Column, true
	}
	return name, call, []Column{column}, own, nil
}

// unnested writes unnest(a, b) as one unnest for each argument.
func unnested(funcs []ast.RangeFuncItem) (out []ast.RangeFuncItem) {
	for _, f := range funcs {
		call, ok := f.Call.(*ast.FuncCall)
		if !ok || len(call.Args) < 2 || len(call.Name) != 1 || call.Name[0] != "unnest" {
			out = append(out, f)
			continue
		}
		for _, a := range call.Args {
			one := *call
			one.Args = []ast.Expr{a}
			out = append(out, ast.RangeFuncItem{Call: &one})
		}
	}
	return out
}

// recordFunction binds a function whose columns a definition list names.
func (b *binder) recordFunction(f ast.RangeFuncItem, name string) (expr.Expr, error) {
	call, ok := f.Call.(*ast.FuncCall)
	fn := expr.JSONRecordFunction(name, nil)
	switch {
	case !ok || fn == nil:
		return nil, sqlerr.New(sqlerr.SyntaxError, `a column definition list is only allowed for functions returning "record"`).At(f.Columns[0].Pos())
	case len(f.Columns) == 0:
		return nil, sqlerr.New(sqlerr.SyntaxError, `a column definition list is required for functions returning "record"`).At(call.Pos())
	}
	fields, err := b.definitions(f.Columns)
	if err != nil {
		return nil, err
	}
	fn = expr.JSONRecordFunction(name, fields)
	args, _, err := b.callArgs(call)
	if err != nil {
		return nil, err
	}
	if len(args) != 1 || args[0].Type() != types.Unknown && !b.p.typing().CanCoerce(args[0].Type(), fn.Args[0], expr.Implicit) {
		var inputs []string
		for _, a := range args {
			inputs = append(inputs, a.Type().String())
		}
		return nil, sqlerr.New(sqlerr.UndefinedFunction, "function %s(%s) does not exist", name, strings.Join(inputs, ", ")).
			WithHint("No function matches the given name and argument types. You might need to add explicit type casts.").At(call.Pos())
	}
	if args[0], err = b.p.typing().Coerce(args[0], fn.Args[0], types.NoTypmod, expr.Implicit); err != nil {
		return nil, err
	}
	b.p.volatile = max(b.p.volatile, fn.Volatility)
	return &expr.Call{Fn: fn, Args: args, T: types.RecordType, Mod: types.NoTypmod, Loc: call.Pos()}, nil
}
