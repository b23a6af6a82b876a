package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Statements and expressions in a body of a procedural language: names in them may
// mean its variables. They do so in the text itself only, not in views, defaults or
// functions that it uses.

// Variables says what names mean that may be variables.
type Variables struct {
	// Find gives the value of a name, a parameter or a row of some, or nil if it is
	// no variable; an error if it is one without such a field. It adds the types of
	// parameters to Types.
	Find func(fields []string, loc int) (expr.Expr, error)
	// Numbered is that for $n; nil: there is none.
	Numbered func(n, loc int) (expr.Expr, error)
	Types    *expr.ParamTypes
	// Conflict says what a name is that is a column too.
	Conflict VariableConflict
}

// VariableConflict is plpgsql.variable_conflict.
type VariableConflict uint8

// What a name is that is a variable and a column.
const (
	ConflictIsError VariableConflict = iota
	PreferVariable
	PreferColumn
)

// resolve finds what a reference means, a column or a variable.
func (v *Variables) resolve(b *binder, e *ast.ColumnRef) (expr.Expr, error) {
	found, noField := v.Find(e.Fields, e.Pos())
	if noField != nil { // unless it is a column's name
		if column, err := b.column(e); err == nil {
			return column, nil
		}
		return nil, noField
	}
	if found != nil && v.Conflict == PreferVariable {
		return found, nil
	}
	column, failed := b.column(e)
	switch {
	case found == nil:
		return column, failed
	case failed != nil && !sqlerr.HasCode(failed, sqlerr.AmbiguousColumn):
		return found, nil
	case failed != nil:
		return nil, failed
	case v.Conflict == PreferColumn:
		return column, nil
	}
	return nil, sqlerr.New(sqlerr.AmbiguousColumn, `column reference "%s" is ambiguous`, e.Fields[len(e.Fields)-1]).
		WithDetail("It could refer to either a PL/pgSQL variable or a table column.")
}

// column is what a reference means without variables.
func (b *binder) column(e *ast.ColumnRef) (expr.Expr, error) {
	if !e.Star {
		found, err := b.scope.resolve(e.Fields, e.Pos())
		if n := len(e.Fields); err != nil && n == 2 && sqlerr.HasCode(err, sqlerr.UndefinedColumn) {
			if call, wrong := b.attribute(b.scope.wholeRow(e.Fields[0], e.Pos()), &ast.ColumnRef{Loc: e.Loc, Fields: e.Fields[:1], Star: true}, e.Fields[1], e.Pos()); call != nil || wrong != nil {
				return call, wrong
			}
		}
		return found, err
	}
	if row := b.scope.wholeRow(e.Fields[len(e.Fields)-1], e.Pos()); row != nil {
		return row, nil
	}
	return nil, b.scope.missing(e.Fields[len(e.Fields)-1], e.Pos())
}

// numbered gives the variable that $n means.
func (v *Variables) numbered(e *ast.ParamRef) (expr.Expr, error) {
	if v.Numbered != nil {
		if found, err := v.Numbered(e.N, e.Pos()); found != nil || err != nil {
			return found, err
		}
	}
	return nil, sqlerr.New(sqlerr.UndefinedParameter, "there is no parameter $%d", e.N).At(e.Pos())
}

// withoutVariables lets names be columns only, until back.
func (p *planner) withoutVariables() (back func()) {
	v := p.variables
	p.variables = nil
	return func() { p.variables = v }
}

// ProcedureStatement plans a statement of a body.
func ProcedureStatement(env *Env, v *Variables, stmt ast.Statement) (*Plan, error) {
	p := &planner{env: env.apart(), params: v.Types, variables: v}
	root, readOnly, err := p.statement(stmt)
	if err != nil {
		return nil, err
	}
	for i, t := range v.Types.Types {
		if t == nil || t == types.Unknown {
			return nil, sqlerr.New(sqlerr.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	root = p.finish(root)
	return &Plan{Root: root, Params: v.Types.Types, Requires: p.requires, RowLocks: p.rowLocks, Routines: p.routines, ByRole: p.byRole, Catalog: env.Catalog, Version: env.Catalog.Version, ReadOnly: readOnly, Failure: p.failure, Volatility: p.volatile, Statistics: p.statistics}, nil
}

// ProcedureExpression plans an expression of a body that needs no plan: it gives nil
// for one with a subquery or that returns a set. The routines are those of users that
// it calls.
func ProcedureExpression(env *Env, v *Variables, e ast.Expr) (bound expr.Expr, routines []catalog.OID, err error) {
	p := &planner{env: env.apart(), params: v.Types, variables: v}
	b := &binder{p: p, scope: &scope{}, clause: "SELECT"}
	if bound, err = b.bind(e); err != nil {
		return nil, nil, err
	}
	simple := len(p.requires) == 0 && !hasSet(bound)
	expr.Walk(bound, func(x expr.Expr) bool {
		switch x.(type) {
		case *SubLink:
			simple = false
		}
		return simple
	})
	if !simple {
		return nil, nil, nil
	}
	if bound.Type() == types.Unknown {
		if bound, err = expr.Coerce(bound, types.Text, types.NoTypmod, expr.Implicit); err != nil {
			return nil, nil, err
		}
	}
	if env.Functions != nil {
		bound, err = expr.FoldConstants(bound, env.Functions)
	}
	return bound, p.routines, err
}
