package plan

import (
	"strconv"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// binder types the expressions of one clause.
type binder struct {
	p     *planner
	scope *scope
	// clause names where the expression stands, for errors: "WHERE".
	clause string
	// aggs collects aggregate calls; nil where none are allowed.
	aggs *grouping
	// inAggregate is set while an aggregate's arguments are bound.
	inAggregate bool
	// inWindow is set while a window call is bound.
	inWindow bool
	// inDefinition is set while a window's partition and order are bound.
	inDefinition bool
	// top is set for the outermost call of a function in FROM, which may return
	// a set.
	top bool
	// called is the function that the outermost call of one in FROM means.
	called *expr.Function
	// single is set for the only list of an INSERT's VALUES, in which sets may be
	// returned.
	single bool
	// mergeAction is what merge_action() is, in RETURNING of MERGE alone.
	mergeAction expr.Expr
	// noSet names the construct around, if no set may be returned in it: CASE.
	noSet string
}

// condition binds an expression that must be boolean.
func (b *binder) condition(e ast.Expr, what string) (expr.Expr, error) {
	bound, err := b.bind(e)
	if err != nil {
		return nil, err
	}
	cond, err := b.p.typing().CoerceBoolean(bound, what)
	if err != nil {
		return nil, sqlerr.From(err).At(ast.Leftmost(e))
	}
	return cond, nil
}

// coerceTo demands a type, with PostgreSQL's words for the place that wants it.
func (b *binder) coerceTo(e expr.Expr, t *types.Type, what string, loc int) (expr.Expr, error) {
	from := e.Type()
	if from != types.Unknown && !from.Same(t) && !b.p.typing().CanCoerce(from, t, expr.Assignment) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "%s must be type %s, not type %s", what, t, from).At(loc)
	}
	c, err := b.p.typing().Coerce(e, t, types.NoTypmod, expr.Assignment)
	if err != nil {
		return nil, sqlerr.From(err).At(loc)
	}
	return c, nil
}

// bind types an expression.
func (b *binder) bind(e ast.Expr) (expr.Expr, error) {
	if err := b.p.interrupted(); err != nil {
		return nil, err
	}
	bound, err := b.bindNode(e)
	if err != nil {
		return nil, sqlerr.From(err).At(e.Pos())
	}
	return bound, nil
}

func (b *binder) bindAll(list []ast.Expr) ([]expr.Expr, error) {
	out := make([]expr.Expr, 0, len(list))
	for _, e := range list {
		bound, err := b.bind(e)
		if err != nil {
			return nil, err
		}
		out = append(out, bound)
	}
	return out, nil
}

func (b *binder) bindNode(e ast.Expr) (expr.Expr, error) {
	if _, isCall := e.(*ast.FuncCall); !isCall {
		b.top = false
	}
	switch e := e.(type) {
	case *ast.ColumnRef:
		if v := b.p.variables; v != nil && len(e.Fields) > 0 {
			return v.resolve(b, e)
		}
		if e.Star {
			if len(e.Fields) > 0 {
				row, err := b.column(e)
				if err != nil && b.p.arguments != nil {
					if arg := b.p.arguments.named(e.Fields, e.Pos()); arg != nil {
						return arg, nil
					}
				}
				return row, err
			}
			return nil, sqlerr.New(sqlerr.SyntaxError, "row expansion via \"*\" is not supported here")
		}
		bound, err := b.column(e)
		if err != nil && b.p.arguments != nil {
			if arg := b.p.arguments.named(e.Fields, e.Pos()); arg != nil {
				return arg, nil
			}
		}
		return bound, err
	case *ast.ParamRef:
		if v := b.p.variables; v != nil {
			return v.numbered(e)
		}
		if a := b.p.arguments; a != nil && e.N > len(a.types.Types) {
			return nil, sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $%d", e.N)
		}
		if b.p.arguments == nil && b.p.onlyDeclared && e.N > len(b.p.params.Types) {
			return nil, sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $%d", e.N)
		}
		for len(b.p.params.Types) < e.N {
			b.p.params.Types = append(b.p.params.Types, nil)
		}
		return &expr.Param{N: e.N, Types: b.p.params, Loc: e.Pos()}, nil
	case *ast.Const:
		return constant(e)
	case *ast.TypeCast:
		return b.typeCast(e)
	case *ast.AExpr:
		return b.operator(e)
	case *ast.BoolExpr:
		return b.boolExpr(e)
	case *ast.NullTest:
		arg, err := b.bind(e.Arg)
		if err != nil {
			return nil, err
		}
		return &expr.IsNull{Arg: arg, Negated: e.Not}, nil
	case *ast.BooleanTest:
		arg, err := b.bind(e.Arg)
		if err != nil {
			return nil, err
		}
		name := "IS " + e.Value
		if e.Not {
			name = "IS NOT " + e.Value
		}
		if arg, err = b.p.typing().CoerceBoolean(arg, name); err != nil {
			return nil, err
		}
		return &expr.BoolTest{Arg: arg, Test: truthTests[name]}, nil
	case *ast.FuncCall:
		return b.funcCall(e)
	case *ast.SQLValueFunction:
		return b.valueFunction(e)
	case *ast.CaseExpr:
		return b.caseExpr(e)
	case *ast.CoalesceExpr:
		defer b.withoutSets("COALESCE")()
		args, err := b.bindAll(e.Args)
		if err != nil {
			return nil, err
		}
		return b.p.typing().NewCoalesce(args)
	case *ast.MinMaxExpr:
		args, err := b.bindAll(e.Args)
		if err != nil {
			return nil, err
		}
		m, err := b.p.typing().NewMinMax(args, e.Greatest)
		if err == nil && b.p.start == nil {
			b.p.start = expr.Unordered(m)
		}
		return m, err
	case *ast.ArrayExpr:
		return b.arrayExpr(e)
	case *ast.RowExpr:
		args, err := b.rowElements(e.Args)
		if err != nil {
			return nil, err
		}
		return expr.NewRow(args, nil), nil
	case *ast.Indirection:
		return b.indirection(e)
	case *ast.CollateClause:
		return b.collate(e)
	case *ast.SubLink:
		return b.subLink(e)
	case *ast.SetToDefault:
		return nil, sqlerr.New(sqlerr.SyntaxError, "DEFAULT is not allowed in this context")
	case *ast.CurrentOf:
		return nil, sqlerr.Unsupported("WHERE CURRENT OF here")
	case *ast.GroupingFunc:
		return b.grouping(e)
	case *ast.XMLExpr:
		return b.xml(e)
	case *ast.XMLTable:
		return b.xmlTable(e)
	case *ast.JSONExpr:
		return b.json(e)
	case *ast.IsJSON:
		return b.isJSON(e)
	case *ast.JSONTable:
		return b.jsonTable(e)
	case *ast.NamedArg:
		return nil, sqlerr.New(sqlerr.SyntaxError, "named argument is not allowed here")
	}
	return nil, sqlerr.Internal("expression %T", e)
}

// constant makes a literal, typed as PostgreSQL's make_const: integers by
// size, other numbers numeric, strings unknown.
func constant(c *ast.Const) (expr.Expr, error) {
	k := &expr.Const{Mod: types.NoTypmod, Loc: c.Pos()}
	switch c.Kind {
	case ast.ConstNull:
		k.T = types.Unknown
	case ast.ConstBool:
		k.T, k.Value = types.Boolean, types.Bool(c.Bool)
	case ast.ConstInteger:
		k.T, k.Value = types.Int4, types.Int(c.Int)
	case ast.ConstFloat:
		if v, err := strconv.ParseInt(c.Text, 10, 64); err == nil {
			k.T, k.Value = types.Int8, types.Int(v)
			if v >= -1<<31 && v < 1<<31 {
				k.T = types.Int4
			}
			break
		}
		v, err := types.Numeric.Input(c.Text, types.NoTypmod, types.DefaultEnv)
		if err != nil {
			return nil, err
		}
		k.T, k.Value = types.Numeric, v
	case ast.ConstString:
		k.T, k.Value = types.Unknown, types.String(c.Text)
	case ast.ConstBit:
		v, err := types.Bit.Input(c.Text, types.NoTypmod, types.DefaultEnv)
		if err != nil {
			return nil, err
		}
		k.T, k.Value = types.Bit, v
	}
	return k, nil
}

func (b *binder) typeCast(e *ast.TypeCast) (expr.Expr, error) {
	t, typmod, err := b.p.env.TypeName(e.Type)
	if err != nil {
		return nil, err
	}
	var arg expr.Expr
	if a, ok := e.Arg.(*ast.ArrayExpr); ok && expr.ElementOf(t) != nil {
		if arg, err = b.arrayOf(a, expr.BaseType(t), typmod); err != nil || t.Kind != types.KindDomain {
			return arg, err
		}
	} else if arg, err = b.bind(e.Arg); err != nil {
		return nil, err
	}
	c, err := b.p.typing().Coerce(arg, t, typmod, expr.Explicit)
	if err != nil {
		fault := sqlerr.From(err)
		if fault.Code == sqlerr.CannotCoerce { // it is the cast that is wrong, not what it is of
			fault.Offset = 0
		}
		return nil, fault.At(e.Pos())
	}
	b.p.env.bindLiteral(c)
	if typmod == types.NoTypmod && c.Typmod() != types.NoTypmod && c.Type().Same(t) { // a length is lost
		c = &expr.Relabel{Arg: c, T: c.Type(), Mod: types.NoTypmod, Form: expr.FormCast}
	}
	return c, nil
}

func (b *binder) boolExpr(e *ast.BoolExpr) (expr.Expr, error) {
	name := [...]string{"AND", "OR", "NOT"}[e.Op]
	args := make([]expr.Expr, 0, len(e.Args))
	for _, a := range e.Args {
		bound, err := b.condition(a, name)
		if err != nil {
			return nil, err
		}
		args = append(args, bound)
	}
	switch e.Op {
	case ast.BoolAnd:
		if b.p.references != nil { // as it is written
			return &expr.And{Args: args}, nil
		}
		return expr.NewAnd(args...), nil
	case ast.BoolOr:
		return expr.NewOr(args...), nil
	}
	return &expr.Not{Arg: args[0]}, nil
}

// truthTests are the forms of BooleanTest.
var truthTests = map[string]expr.TruthTest{
	"IS TRUE": expr.IsTrue, "IS NOT TRUE": expr.IsNotTrue, "IS FALSE": expr.IsFalse, "IS NOT FALSE": expr.IsNotFalse,
	"IS UNKNOWN": expr.IsUnknown, "IS NOT UNKNOWN": expr.IsNotUnknown,
}

func (b *binder) caseExpr(e *ast.CaseExpr) (expr.Expr, error) {
	defer b.withoutSets("CASE")()
	var operand, els expr.Expr
	var err error
	if e.Arg != nil {
		if operand, err = b.bind(e.Arg); err != nil {
			return nil, err
		}
	}
	whens := make([]expr.When, 0, len(e.Whens))
	for _, w := range e.Whens {
		var when expr.Expr
		if operand != nil {
			when, err = b.bind(w.When)
		} else {
			when, err = b.condition(w.When, "CASE/WHEN")
		}
		if err != nil {
			return nil, err
		}
		then, err := b.bind(w.Then)
		if err != nil {
			return nil, err
		}
		whens = append(whens, expr.When{Cond: when, Result: then})
	}
	if e.Else != nil {
		if els, err = b.bind(e.Else); err != nil {
			return nil, err
		}
	}
	return b.p.typing().NewCase(operand, whens, els, e.Pos())
}

func itoa(n int) string { return strconv.Itoa(n) }
