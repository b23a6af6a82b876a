package plan

import (
	"strconv"

	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions that users have made, in calls. Which is meant is decided among them
// and the built-in ones alike; the session runs them (expr.RoutineHost), unless
// their expression can stand in the place of the call (inline).

// arguments are a function's parameters in its body.
type arguments struct {
	routine *catalog.Routine
	types   *expr.ParamTypes
	// around are those of the function in whose body the call stands, while it is
	// put in the place of its own.
	around *arguments
}

func newArguments(r *catalog.Routine) *arguments {
	a := &arguments{routine: r, types: &expr.ParamTypes{}}
	for _, p := range r.Inputs() {
		a.types.Types = append(a.types.Types, p.Type.Type)
	}
	return a
}

// named finds the parameter that a name means where it is no column: its own name,
// or that qualified with the function's, or a field of one.
func (a *arguments) named(fields []string, loc int) expr.Expr {
	if len(fields) > 2 {
		return nil
	}
	inputs := a.routine.Inputs()
	for i, p := range inputs {
		if len(fields) == 2 && fields[0] == p.Name && p.Type.Kind == types.KindComposite {
			field, err := expr.NewFieldSelect(&expr.Param{N: i + 1, Types: a.types, Loc: loc}, fields[1], loc)
			if err != nil {
				return nil
			}
			return field
		}
	}
	for i, p := range inputs {
		if len(fields) == 2 && fields[0] != a.routine.Name {
			break
		}
		if p.Name == fields[len(fields)-1] {
			return &expr.Param{N: i + 1, Types: a.types, Loc: loc}
		}
	}
	return nil
}

// candidates are the functions of users that a name may mean: those of one schema,
// or of the search path, where one hides others with the same argument types.
func (p *planner) candidates(name string, schema *catalog.Schema) (list []*expr.Function) {
	if p.env == nil || p.env.Catalog == nil {
		return nil
	}
	routines := p.env.Catalog.Routines(name)
	if routines == nil {
		return nil
	}
	path := p.env.searchSchemas()
	if schema != nil {
		path = []catalog.OID{schema.OID}
	}
	before := schema == nil // pg_catalog
	for i, s := range path {
		before = before && s != catalog.SchemaPGCatalog
		if schema == nil && s == p.env.TempSchema {
			continue // what is there must be asked for
		}
		for _, r := range routines {
			if r.Schema != s {
				continue
			}
			f := p.function(r)
			f.Before, f.Path = before, i
			if !slices.ContainsFunc(list, func(have *expr.Function) bool {
				return slices.EqualFunc(have.Args, f.Args, func(a, b *types.Type) bool { return a.Same(b) })
			}) {
				list = append(list, f)
			}
		}
	}
	return list
}

// function describes a user's function to those who resolve calls.
func (p *planner) function(r *catalog.Routine) *expr.Function {
	result := r.Result.Type
	if r.RowOf != 0 {
		result = rowTypeOf(p.env.Catalog, r.RowOf)
	}
	f := &expr.Function{OID: r.OID, Name: r.Name, Kind: 'f', Result: result, Strict: r.Strict, ReturnsSet: r.ReturnsSet, Routine: true}
	if r.Procedure {
		f.Kind = 'p'
	}
	if r.Aggregate != nil {
		return p.aggregateFunction(f, r)
	}
	if p.env.Shown != nil {
		f.Shown = p.env.Shown(r)
	}
	f.Volatility = map[byte]expr.Volatility{'i': expr.Immutable, 's': expr.Stable, 'v': expr.Volatile}[r.Volatility]
	for _, in := range r.Inputs() {
		f.Args, f.ArgNames = append(f.Args, in.Type.Type), append(f.ArgNames, in.Name)
		f.Variadic = f.Variadic || in.Mode == 'v'
		if in.Default != "" {
			f.Defaults++
			f.DefaultText = append(f.DefaultText, in.Default)
		}
	}
	columns := RoutineColumns(p.env.Catalog, r)
	if rowResult(r) && !Anonymous(r) {
		for _, c := range columns {
			f.Columns = append(f.Columns, types.Field{Name: c.Name, Type: c.Type, Typmod: c.Typmod})
		}
	} else if out := r.Outputs(); len(out) == 1 {
		f.Column = out[0].Name
	}
	if r.Library != "" {
		f.Symbol = r.Source
		if code := expr.ExtensionCode(r.Library, r.Source, r.Name); code != nil {
			f.Eval, f.Set, f.Typed = code.Eval, code.Set, code.Typed
			switch {
			case code.WithFields != nil && f.Columns != nil:
				f.Set = fieldsOf(code.WithFields(f.Columns))
			case code.WithFields != nil:
				f.WithFields = func(fields []types.Field) *expr.Function {
					n := *f
					n.Columns, n.Set = fields, code.WithFields(fields)
					return &n
				}
			}
		}
		return f
	}
	if r.Language == catalog.Internal {
		f.Symbol = r.Source
		if f.Typed, f.Eval = expr.InternalCode(r.Source); f.Typed == nil && f.Eval == nil {
			if code := expr.InternalFunction(r.Source, f.Args); code != nil {
				f.Typed, f.Eval = code.Typed, code.Eval
			}
		}
		return f
	}
	if polymorphic(r) {
		f.Settle = func(args []*types.Type) *expr.Function {
			n := p.function(Settled(r, args))
			n.Args, n.Types = f.Args, args
			runs(n)
			return n
		}
		return f
	}
	runs(f)
	return f
}

// fieldsOf gives the fields of the records that a set consists of.
func fieldsOf(set expr.SetFunc) expr.SetFunc {
	return func(c *expr.Context, args []types.Datum, yield func(types.Row) error) error {
		return set(c, args, func(row types.Row) error { return yield(row[0].Record().Values) })
	}
}

// runs has the session run a function.
func runs(f *expr.Function) {
	call, record := &expr.RoutineCall{OID: f.OID, Types: f.Types}, f.Columns
	if f.ReturnsSet {
		f.Set = func(c *expr.Context, args []types.Datum, yield func(types.Row) error) error {
			return expr.RunRoutine(c, call, args, yield)
		}
		return
	}
	f.Eval = func(c *expr.Context, args []types.Datum) (types.Datum, error) {
		return expr.RoutineValue(c, call, args, record)
	}
}

// polymorphic says whether a parameter's type stands for others.
func polymorphic(r *catalog.Routine) bool {
	return slices.ContainsFunc(r.Params, func(p catalog.Parameter) bool { return expr.Polymorphic(p.Type.Type) })
}

// Settled is a function with polymorphic parameters as it is for arguments of given
// types; without any, as those of a check of its body.
func Settled(r *catalog.Routine, args []*types.Type) *catalog.Routine {
	if !polymorphic(r) {
		return r
	}
	inputs := r.Inputs()
	declared := make([]*types.Type, len(inputs))
	for i, in := range inputs {
		declared[i] = in.Type.Type
	}
	if args == nil {
		for _, t := range declared {
			args = append(args, checkedType(t))
		}
	}
	apply := expr.Generics(args, declared)
	n := *r
	n.Params = slices.Clone(r.Params)
	input := 0
	for i := range n.Params {
		q := &n.Params[i]
		if expr.Polymorphic(q.Type.Type) {
			if t := apply(q.Type.Type); t != nil {
				q.Type.Type = t
			}
		}
		if q.Input() {
			if expr.Polymorphic(q.Type.Type) {
				q.Type.Type = args[input]
			}
			input++
		}
	}
	if expr.Polymorphic(r.Result.Type) {
		if t := apply(r.Result.Type); t != nil {
			n.Result.Type = t
		}
	}
	return &n
}

// checkedType is what a polymorphic type stands for while a body is checked.
func checkedType(t *types.Type) *types.Type {
	switch t {
	case types.AnyArray, types.AnyCompatiblearray:
		return types.Int4.Array
	case types.AnyRange, types.AnyCompatiblerange:
		return types.Int4Range
	case types.AnyMultirange, types.AnyCompatiblemultirange:
		return types.Int4Range.Multi
	}
	if expr.Polymorphic(t) {
		return types.Int4
	}
	return t
}

// Anonymous says whether a function gives records of no declared columns.
func Anonymous(r *catalog.Routine) bool {
	return r.Result.Type == types.RecordType && r.RowOf == 0 && !r.Procedure && len(r.Outputs()) == 0
}

// rowResult says whether a function's result is a row.
func rowResult(r *catalog.Routine) bool {
	return r.Result.Type == types.RecordType || r.Result.Type.Kind == types.KindComposite
}

// RoutineColumns are the columns of a function's result.
func RoutineColumns(cat *catalog.Catalog, r *catalog.Routine) (cols []Column) {
	if r.RowOf != 0 {
		switch rel := cat.Get(r.RowOf).(type) {
		case *catalog.Table:
			return tableColumns(rel)[:len(rel.Columns)]
		case *catalog.View:
			for _, c := range rel.Columns {
				cols = append(cols, Column{Name: c.Name, Type: c.Type.Type, Typmod: c.Typmod})
			}
		}
		return cols
	}
	if r.Result.Type.Kind == types.KindComposite {
		for _, f := range r.Result.Type.Fields {
			cols = append(cols, Column{Name: f.Name, Type: f.Type, Typmod: f.Typmod})
		}
		return cols
	}
	for i, o := range r.Outputs() {
		name, t := o.Name, o.Type.Type
		switch {
		case name != "":
		case r.Result.Type != types.RecordType:
			name = r.Name
		default:
			name = "column" + strconv.Itoa(i+1)
		}
		if o.RowOf != 0 {
			t = rowTypeOf(cat, o.RowOf)
		}
		cols = append(cols, Column{Name: name, Type: t, Typmod: types.NoTypmod})
	}
	if cols == nil {
		cols = []Column{{Name: r.Name, Type: r.Result.Type, Typmod: types.NoTypmod}}
	}
	return cols
}

// rowTypeOf is the type of a relation's rows.
func rowTypeOf(cat *catalog.Catalog, relation catalog.OID) *types.Type {
	if t := cat.RowType(relation); t != nil {
		return t
	}
	return types.RecordType
}

// argumentDefault binds the default of a parameter that a call leaves out.
func (p *planner) argumentDefault(_ *expr.Function, text string, t *types.Type) (expr.Expr, error) {
	e, err := p.stored(text, &scope{}, "DEFAULT expressions")
	if err != nil {
		return nil, err
	}
	p.volatile = max(p.volatile, expr.MaxVolatility(e))
	return p.typing().Coerce(e, t, types.NoTypmod, expr.Assignment)
}

// useRoutine notes that a function, an operator, a cast or a collation is used.
func (p *planner) useRoutine(oid catalog.OID) {
	if !slices.Contains(p.routines, oid) {
		p.routines = append(p.routines, oid)
	}
}

// RoutineStatements parses a function's body.
func RoutineStatements(r *catalog.Routine) (list []ast.Parsed, err error) {
	if r.Body == nil {
		return parser.Parse(r.Source)
	}
	for _, text := range r.Body {
		one, err := parser.ParseOne(text)
		if err != nil {
			return nil, sqlerr.Internal("body of function %s: %w", r.Name, err)
		}
		list = append(list, one)
	}
	return list, nil
}

// routineEnv is what names in a function's body are found with.
func routineEnv(env *Env, r *catalog.Routine) *Env {
	if r.Body == nil {
		return env.apart()
	}
	own := *env.apart()
	own.SearchPath = r.SearchPath
	return &own
}

// RoutineStatement plans a statement of a function's body; the result of the last
// one is that of the function.
func RoutineStatement(env *Env, r *catalog.Routine, stmt ast.Statement, last bool) (*Plan, error) {
	args := newArguments(r)
	p := &planner{env: routineEnv(env, r), params: args.types, arguments: args}
	root, readOnly, err := p.statement(stmt)
	if err != nil {
		return nil, err
	}
	if last && r.Result.Type != types.Void {
		if root, err = p.routineResult(r, root); err != nil {
			return nil, err
		}
	}
	root = p.finish(root)
	return &Plan{Root: root, Params: args.types.Types, Requires: p.requires, Routines: p.routines, ByRole: p.byRole, Catalog: env.Catalog, Version: env.Catalog.Version, ReadOnly: readOnly, Failure: p.failure, Volatility: p.volatile, Statistics: p.statistics}, nil
}

// rowAlone finds ROW(...) where that is all that a query gives.
func rowAlone(root Node) (*Project, *expr.RowExpr) {
	p, ok := root.(*Project)
	if !ok || len(p.Exprs) != 1 || p.Sets {
		return nil, nil
	}
	row, _ := p.Exprs[0].(*expr.RowExpr)
	return p, row
}

// routineResult gives the result of a body's last statement the types that the
// function declares.
func (p *planner) routineResult(r *catalog.Routine, root Node) (Node, error) {
	declared := r.Result.Type
	if r.RowOf != 0 {
		declared = rowTypeOf(p.env.Catalog, r.RowOf)
	}
	mismatch := func(detail string, args ...any) error {
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "return type mismatch in function declared to return %s", declared).WithDetail(detail, args...)
	}
	have, want := root.Columns(), RoutineColumns(p.env.Catalog, r)
	if Anonymous(r) && isQuery(root) && (len(have) != 1 || have[0].Type.Kind != types.KindComposite && have[0].Type != types.RecordType) {
		row := expr.NewRow(nil, []string{})
		for i, c := range have {
			row.Elems, row.Names = append(row.Elems, &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation}), append(row.Names, c.Name)
		}
		return &Project{Input: root, Exprs: []expr.Expr{row}, cols: want}, nil
	}
	written, row := rowAlone(root)
	if row != nil && len(row.Elems) == len(want) && rowResult(r) && (len(want) > 1 || want[0].Type.Kind != types.KindComposite) {
		spread := &Project{Input: written.Input, Exprs: slices.Clone(row.Elems)}
		for i, e := range row.Elems {
			spread.cols = append(spread.cols, Column{Name: want[i].Name, Type: e.Type(), Typmod: e.Typmod()})
		}
		root, have, row = spread, spread.cols, nil
	}
	if isQuery(root) && len(have) == 1 && len(want) > 0 && declared.Kind == types.KindComposite && have[0].Type.Same(declared) {
		spread := &Project{Input: root}
		for i, f := range want {
			row := &expr.Column{T: have[0].Type, Mod: have[0].Typmod, Name: have[0].Name}
			spread.Exprs = append(spread.Exprs, &expr.FieldSelect{Arg: row, Field: i, Name: f.Name, T: f.Type, Mod: f.Typmod})
		}
		spread.cols = want
		root, have = spread, want
	}
	switch {
	case !isQuery(root):
		return nil, mismatch("Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.")
	case len(have) != len(want) && len(want) == 1 && !rowResult(r):
		return nil, mismatch("Final statement must return exactly one column.")
	case len(have) > len(want):
		return nil, mismatch("Final statement returns too many columns.")
	case len(have) < len(want):
		return nil, mismatch("Final statement returns too few columns.")
	}
	out := &Project{Input: root}
	for i, c := range have {
		var value expr.Expr = &expr.Column{Index: i, T: c.Type, Mod: c.Typmod, Name: c.Name, Collation: c.Collation}
		if row != nil {
			value, out.Input = row, written.Input // whose fields can be cast
		}
		e, err := p.typing().Coerce(value, want[i].Type, want[i].Typmod, expr.Assignment)
		if err != nil {
			if len(want) == 1 && !rowResult(r) {
				return nil, mismatch("Actual return type is %s.", c.Type)
			}
			return nil, mismatch("Final statement returns %s instead of %s at column %d.", c.Type, want[i].Type, i+1)
		}
		out.Exprs, out.cols = append(out.Exprs, e), append(out.cols, want[i])
	}
	return out, nil
}
