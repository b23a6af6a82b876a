package ddl

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// createFunction runs CREATE [OR REPLACE] FUNCTION.
func (s *Session) createFunction(ctx context.Context, st *ast.CreateFunctionStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	schema, _, err := s.creationSchema(ctx, rangeVar(st.Name, st.Name.Parts), ast.Permanent)
	if err != nil {
		return err
	}
	r := &catalog.Routine{Name: st.Name.Parts[len(st.Name.Parts)-1], Schema: schema.OID, Owner: s.Role.OID, Procedure: st.Procedure, Volatility: 'v', Parallel: 'u', Cost: 100}
	if err := s.routineOptions(r, st); err != nil {
		return err
	}
	if r.Params, err = s.parameters(st.Params, false); err != nil {
		return err
	}
	if st.Procedure {
		if err := procedureParameters(st.Params); err != nil {
			return err
		}
	}
	if r.Body != nil && slices.ContainsFunc(r.Inputs(), func(p *catalog.Parameter) bool { return expr.Polymorphic(p.Type.Type) }) {
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "SQL function with unquoted function body cannot have polymorphic arguments")
	}
	if err := s.routineResult(r, st); err != nil {
		return err
	}
	if err := polymorphicResult(r); err != nil {
		return err
	}
	old := edit.Catalog().Same(r)
	switch {
	case old != nil && (old.Procedure != r.Procedure || old.Aggregate != nil):
		if st.Replace {
			what := "a " + old.What()
			if old.Aggregate != nil {
				what = "an aggregate function"
			}
			return sqlerr.New(sqlerr.WrongObjectType, "cannot change routine kind").WithDetail(`"%s" is %s.`, r.Name, what)
		}
		return sqlerr.New(sqlerr.DuplicateFunction, `function "%s" already exists with same argument types`, r.Name)
	case old == nil:
		r.OID, r.ACL = edit.NewOID(), s.newACL(schema.OID, 'f')
	case !st.Replace:
		return sqlerr.New(sqlerr.DuplicateFunction, `function "%s" already exists with same argument types`, r.Name)
	default:
		if err := s.owner(old.Owner, old.What(), old.Name); err != nil {
			return err
		}
		if err := replaceableRoutine(old, r); err != nil {
			return err
		}
		if err := s.unindexed(ctx, old); err != nil {
			return err
		}
		r.OID, r.Owner, r.ACL, r.Comment, r.Extension = old.OID, old.Owner, old.ACL, old.Comment, old.Extension
	}
	if r.Language == catalog.Internal || r.Library != "" {
		check := checkInternal
		if r.Library != "" {
			check = checkLibrary
		}
		if err := check(r); err != nil {
			return err
		}
		s.Tx.PutObject(r)
		return nil
	}
	s.Tx.PutObject(r) // its body may call it
	s.Env.Catalog = s.Tx.Catalog()
	at := -1
	if st.Source != nil {
		at = st.Source.Pos()
	}
	return s.checkRoutine(r, at)
}

// routineOptions reads what stands behind the parameters.
func (s *Session) routineOptions(r *catalog.Routine, st *ast.CreateFunctionStmt) error {
	language, err := s.commonOptions(r, st.Options)
	if err != nil {
		return err
	}
	if err := s.routineConfig(r, st.Sets); err != nil {
		return err
	}
	if st.Source != nil {
		r.Source = st.Source.Text
	}
	standard := st.Return != nil || st.Atomic
	switch {
	case language == "" && !standard:
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "no language specified")
	case language == "c" || language == "internal":
		return s.serverFunction(r, st, language)
	case language != "" && language != "sql" && language != catalog.PLpgSQL:
		return sqlerr.New(sqlerr.UndefinedObject, `language "%s" does not exist`, language)
	case standard && language == catalog.PLpgSQL:
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, `inline SQL function body only valid for language SQL`)
	case standard && st.Source != nil:
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "duplicate function body specified")
	case !standard && st.Source == nil:
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "no function body specified")
	}
	if language == "" {
		language = "sql"
	}
	if err := s.mayUse(language); err != nil {
		return err
	}
	if language == catalog.PLpgSQL {
		r.Language = language
	}
	if !standard {
		return nil
	}
	r.SearchPath, r.Body = slices.Clone(s.Env.SearchPath), []string{}
	if st.Return != nil {
		s.qualifyFunctions(st.Return)
		r.Body, r.Return = []string{"SELECT " + parser.Deparse(st.Return)}, true
	}
	for _, b := range st.Body {
		switch b.(type) {
		case *ast.SelectStmt, *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
		default:
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not yet supported in unquoted SQL function body", CommandName(b))
		}
		s.qualifyRelations(b)
		s.qualifyFunctions(b)
		r.Body = append(r.Body, parser.Deparse(b))
	}
	return nil
}

// routineConfig reads SET options.
func (s *Session) routineConfig(r *catalog.Routine, sets []*ast.VariableSetStmt) error {
	r.Config = slices.Clone(r.Config)
	for _, set := range sets {
		if set.Op == ast.ResetAll {
			r.Config = nil
			continue
		}
		name := strings.ToLower(set.Name)
		r.Config = slices.DeleteFunc(r.Config, func(have string) bool { return strings.HasPrefix(have, name+"=") })
		switch set.Op {
		case ast.SetDefault, ast.ResetOne:
			continue
		}
		value, err := s.Setting(set)
		if err != nil {
			return err
		}
		r.Config = append(r.Config, name+"="+value)
	}
	if len(r.Config) == 0 {
		r.Config = nil
	}
	return nil
}

// functionsOnly are the options that procedures do not have.
var functionsOnly = map[string]bool{"strict": true, "volatility": true, "leakproof": true, "parallel": true, "cost": true, "rows": true, "support": true, "window": true}

// procedureParameters refuses what the parameters of a function may be in another order.
func procedureParameters(list []*ast.FuncParam) error {
	variadic, defaults := false, false
	for _, p := range list {
		output := p.Mode == 'o' || p.Mode == 'b'
		switch {
		case output && variadic:
			return sqlerr.New(sqlerr.InvalidFunctionDefinition, "VARIADIC parameter must be the last parameter")
		case p.Mode == 'o' && defaults:
			return sqlerr.New(sqlerr.InvalidFunctionDefinition, "procedure OUT parameters cannot appear after one with a default value")
		}
		variadic = variadic || p.Mode == 'v'
		defaults = defaults || p.Default != nil
	}
	return nil
}

// commonOptions reads options, those that ALTER FUNCTION may change among them;
// the language is given back.
func (s *Session) commonOptions(r *catalog.Routine, options []*ast.DefElem) (language string, err error) {
	seen := map[string]bool{}
	for _, o := range options {
		if seen[o.Name] {
			return "", sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(o.Pos())
		}
		seen[o.Name] = true
		if r.Procedure && functionsOnly[o.Name] {
			return "", sqlerr.New(sqlerr.InvalidFunctionDefinition, "invalid attribute in procedure definition").At(o.Pos())
		}
		value := optionText(o)
		switch o.Name {
		case "as":
		case "language":
			language = strings.ToLower(value)
		case "strict":
			r.Strict = value == "true"
		case "volatility":
			r.Volatility = value[0]
		case "security":
			r.SecurityDefiner = value == "definer"
		case "leakproof":
			if r.Leakproof = value == "true"; r.Leakproof && !s.Role.Superuser {
				return "", sqlerr.New(sqlerr.InsufficientPrivilege, "only superuser can define a leakproof function")
			}
		case "parallel":
			if value != "safe" && value != "restricted" && value != "unsafe" {
				return "", sqlerr.New(sqlerr.SyntaxError, `parameter "parallel" must be SAFE, RESTRICTED, or UNSAFE`)
			}
			r.Parallel = value[0]
		case "cost", "rows":
			n, err := strconv.ParseFloat(value, 64)
			if err != nil || n <= 0 {
				return "", sqlerr.New(sqlerr.InvalidParameterValue, "%s must be positive", strings.ToUpper(o.Name))
			}
			if o.Name == "cost" {
				r.Cost = n
			} else {
				r.Rows = n
			}
		default:
			return "", sqlerr.Unsupported("%s of CREATE FUNCTION", strings.ToUpper(o.Name))
		}
	}
	return language, nil
}

// parameters types the parameters of a function; anyType says whether they may be of type
// "any".
func (s *Session) parameters(list []*ast.FuncParam, anyType bool) (out []catalog.Parameter, err error) {
	defaults, variadic := false, false
	for _, p := range list {
		t, typmod, err := s.usableType(s.Env, p.Type)
		if err != nil {
			if sqlerr.HasCode(err, sqlerr.UndefinedObject) && !p.Type.PctType {
				shown := strings.Join(p.Type.Names, ".")
				if p.Type.Bounds != nil {
					shown += "[]"
				}
				return nil, sqlerr.New(sqlerr.UndefinedObject, "type %s does not exist", shown)
			}
			return nil, err
		}
		rowOf, array := catalog.RowRelation(t.OID)
		switch {
		case array:
			rowOf = 0
		case rowOf != 0 && (p.Mode == 'o' || p.Mode == 't'):
			t = types.RecordType
		}
		if t.Kind == types.KindPseudo && t != types.RecordType && !expr.Polymorphic(t) && !(anyType && t == types.Any) {
			return nil, sqlerr.Unsupported("a parameter of type %s", t)
		}
		q := catalog.Parameter{Name: p.Name, Mode: p.Mode, Type: catalog.TypeRef{Type: t}, Typmod: typmod, RowOf: rowOf}
		for _, have := range out {
			if q.Name != "" && have.Name == q.Name && (have.Input() == q.Input() || q.Mode == 'b' || have.Mode == 'b') {
				return nil, sqlerr.New(sqlerr.InvalidFunctionDefinition, `parameter name "%s" used more than once`, q.Name)
			}
		}
		if q.Input() && variadic {
			return nil, sqlerr.New(sqlerr.InvalidFunctionDefinition, "VARIADIC parameter must be the last input parameter")
		}
		if q.Mode == 'v' {
			if variadic = true; t.Elem == nil && t != types.Any && t != types.AnyArray && t != types.AnyCompatiblearray {
				return nil, sqlerr.New(sqlerr.InvalidFunctionDefinition, "VARIADIC parameter must be an array")
			}
		}
		switch {
		case p.Default != nil && !q.Input():
			return nil, sqlerr.New(sqlerr.InvalidFunctionDefinition, "only input parameters can have default values")
		case p.Default != nil:
			if q.Default, err = s.parameterDefault(p.Default, t); err != nil {
				return nil, err
			}
			defaults = true
		case q.Input() && defaults:
			return nil, sqlerr.New(sqlerr.InvalidFunctionDefinition, "input parameters after one with a default value must also have defaults")
		}
		out = append(out, q)
	}
	return out, nil
}

func (s *Session) parameterDefault(e ast.Expr, t *types.Type) (string, error) {
	env := *s.Env
	env.Shown = func(r *catalog.Routine) string {
		sc := s.Env.Catalog.SchemaByOID(r.Schema)
		return expr.QuoteIdent(sc.Name) + "." + expr.QuoteIdent(r.Name)
	}
	env.ShownOperator = func(o *catalog.Operator) string {
		sc := s.Env.Catalog.SchemaByOID(o.Schema)
		return "OPERATOR(" + expr.QuoteIdent(sc.Name) + "." + o.Name + ")"
	}
	bound, err := plan.RowExpression(&env, nil, e, "DEFAULT expressions")
	if err != nil {
		return "", err
	}
	if bound, err = s.Env.Typing().Coerce(bound, t, types.NoTypmod, expr.Assignment); err != nil {
		return "", err
	}
	return expr.Definition(bound, false), nil
}

// routineResult settles what a function returns.
func (s *Session) routineResult(r *catalog.Routine, st *ast.CreateFunctionStmt) error {
	outputs := r.Outputs()
	if r.Procedure {
		if r.Result.Type = types.Void; len(outputs) > 0 {
			r.Result.Type = types.RecordType
		}
		return nil
	}
	implied := (*types.Type)(nil)
	if len(outputs) == 1 {
		implied = outputs[0].Type.Type
	} else if len(outputs) > 1 {
		implied = types.RecordType
	}
	if st.Table {
		r.ReturnsSet, r.Result.Type = true, implied
		return nil
	}
	if st.Returns == nil {
		if implied == nil {
			return sqlerr.New(sqlerr.InvalidFunctionDefinition, "function result type must be specified")
		}
		r.Result.Type = implied
		return nil
	}
	r.ReturnsSet = st.Returns.SetOf
	of := *st.Returns
	of.SetOf = false
	t, _, err := s.usableType(s.Env, &of)
	if sqlerr.HasCode(err, sqlerr.UndefinedObject) && !of.PctType {
		return unlocated(err)
	}
	if err != nil {
		return err
	}
	if relation, array := catalog.RowRelation(t.OID); relation != 0 && !array {
		r.RowOf, t = relation, types.RecordType
	}
	switch {
	case implied != nil && !implied.Same(t):
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "function result type must be %s because of OUT parameters", implied)
	case t == types.Trigger && r.Language != "":
		if len(r.Params) > 0 {
			return sqlerr.New(sqlerr.InvalidFunctionDefinition, "trigger functions cannot have declared arguments").
				WithHint("The arguments of the trigger can be accessed through TG_NARGS and TG_ARGV instead.")
		}
	case t == types.EventTrigger && r.Language != "":
		if len(r.Params) > 0 {
			return sqlerr.New(sqlerr.InvalidFunctionDefinition, "event trigger functions cannot have declared arguments")
		}
	case expr.Polymorphic(t):
	case t.Kind == types.KindPseudo && t != types.RecordType && t != types.Void && r.Language != "":
		return sqlerr.New(sqlerr.FeatureNotSupported, "PL/pgSQL functions cannot return type %s", t)
	case t.Kind == types.KindPseudo && t != types.RecordType && t != types.Void:
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "SQL functions cannot return type %s", t)
	}
	if r.Result.Type = t; r.Rows == 0 && r.ReturnsSet {
		r.Rows = 1000
	}
	return nil
}

// polymorphicResult demands that the arguments of a call tell what a polymorphic
// result stands for.
func polymorphicResult(r *catalog.Routine) error {
	var inputs []*types.Type
	for _, in := range r.Inputs() {
		inputs = append(inputs, in.Type.Type)
	}
	has := func(of ...*types.Type) bool {
		return slices.ContainsFunc(inputs, func(t *types.Type) bool { return slices.Contains(of, t) })
	}
	check := func(t *types.Type) error {
		if t == nil {
			return nil
		}
		family, ok := "anyelement, anyarray, anynonarray, anyenum, anyrange, or anymultirange", true
		switch t {
		case types.AnyElement, types.AnyArray, types.AnyNonarray, types.AnyEnum:
			ok = has(types.AnyElement, types.AnyArray, types.AnyNonarray, types.AnyEnum, types.AnyRange, types.AnyMultirange)
		case types.AnyRange, types.AnyMultirange:
			family, ok = "anyrange or anymultirange", has(types.AnyRange, types.AnyMultirange)
		case types.AnyCompatible, types.AnyCompatiblearray, types.AnyCompatiblenonarray:
			family, ok = "anycompatible, anycompatiblearray, anycompatiblenonarray, anycompatiblerange, or anycompatiblemultirange",
				has(types.AnyCompatible, types.AnyCompatiblearray, types.AnyCompatiblenonarray, types.AnyCompatiblerange, types.AnyCompatiblemultirange)
		case types.AnyCompatiblerange, types.AnyCompatiblemultirange:
			family, ok = "anycompatiblerange or anycompatiblemultirange", has(types.AnyCompatiblerange, types.AnyCompatiblemultirange)
		}
		if ok {
			return nil
		}
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "cannot determine result data type").
			WithDetail("A result of type %s requires at least one input of type %s.", t, family)
	}
	for _, out := range r.Outputs() {
		if err := check(out.Type.Type); err != nil {
			return err
		}
	}
	return check(r.Result.Type)
}

// replaceableRoutine says whether CREATE OR REPLACE may give a function another
// definition: calls must mean the same.
func replaceableRoutine(old, new *catalog.Routine) error {
	hint := "Use DROP " + strings.ToUpper(old.What()) + " " + old.Signature() + " first."
	if !old.Result.Same(new.Result.Type) || old.ReturnsSet != new.ReturnsSet || old.RowOf != new.RowOf {
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "cannot change return type of existing function").WithHint("%s", hint)
	}
	if old.Result.Type == types.RecordType && !slices.EqualFunc(old.Outputs(), new.Outputs(), func(a, b *catalog.Parameter) bool { return a.Name == b.Name && a.Type.Same(b.Type.Type) }) {
		return sqlerr.New(sqlerr.InvalidFunctionDefinition, "cannot change return type of existing function").
			WithDetail("Row type defined by OUT parameters is different.").WithHint("%s", hint)
	}
	was, is := old.Inputs(), new.Inputs()
	for i := range was {
		switch {
		case was[i].Name != "" && was[i].Name != is[i].Name:
			return sqlerr.New(sqlerr.InvalidFunctionDefinition, `cannot change name of input parameter "%s"`, was[i].Name).WithHint("%s", hint)
		case was[i].Default != "" && is[i].Default == "":
			return sqlerr.New(sqlerr.InvalidFunctionDefinition, "cannot remove parameter defaults from existing function").WithHint("%s", hint)
		}
	}
	return nil
}

// checkRoutine plans the body of a function that is being made, unless
// check_function_bodies is off; one in standard SQL is always looked at, and what
// it uses is noted. at is where the body stands in the statement, or -1.
func (s *Session) checkRoutine(r *catalog.Routine, at int) error {
	if r.Body == nil {
		on, err := s.Eval.Host.Setting("check_function_bodies", false)
		if err != nil || on == "off" {
			return err
		}
	}
	if r.Language == catalog.PLpgSQL {
		return s.checkProcedural(r, at)
	}
	list, err := plan.RoutineStatements(r)
	if err != nil {
		return inBody(err, r, at)
	}
	if slices.ContainsFunc(r.Params, func(p catalog.Parameter) bool { return expr.Polymorphic(p.Type.Type) }) {
		return nil // what it means depends on the call
	}
	if len(list) == 0 && r.Result.Type != types.Void {
		return inBody(noResult(r), r, at)
	}
	return s.Under(r.Config, func(env *plan.Env) error { return s.checkStatements(env, r, list, at) })
}

// noResult is that a function's last statement gives none.
func noResult(r *catalog.Routine) error {
	return sqlerr.New(sqlerr.InvalidFunctionDefinition, "return type mismatch in function declared to return %s", r.Result.Type).
		WithDetail("Function's final statement must be SELECT or INSERT/UPDATE/DELETE RETURNING.")
}

func (s *Session) checkStatements(env *plan.Env, r *catalog.Routine, list []ast.Parsed, at int) error {
	for i, parsed := range list {
		last := i == len(list)-1
		switch st := parsed.Statement.(type) {
		case *ast.SelectStmt, *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.MergeStmt:
		default:
			if call, ok := st.(*ast.CallStmt); ok {
				if _, err := plan.RoutineCall(env, r, call.Call); err != nil {
					return inBody(err, r, at)
				}
			}
			if last && r.Result.Type != types.Void {
				return inBody(noResult(r), r, at)
			}
			continue
		}
		p, err := plan.RoutineStatement(env, r, parsed.Statement, last)
		if err != nil {
			return inBody(err, r, at)
		}
		if r.Body == nil {
			continue
		}
		for _, q := range p.Requires {
			r.Uses = append(r.Uses, q.Relation.ObjectOID())
		}
		for _, oid := range p.Routines {
			if oid != r.OID {
				r.Uses = append(r.Uses, oid)
			}
		}
	}
	if r.Uses != nil {
		s.Tx.PutObject(r)
	}
	return nil
}

// inBody adds to an error which function it is in, or where in the statement.
func inBody(err error, r *catalog.Routine, at int) error {
	e := *sqlerr.From(err)
	e.Position = 0
	switch {
	case r.Body != nil:
		e.Offset = 0
	case e.Offset > 0 && at >= 0:
		e.Offset += at
	default:
		e.Offset, e.Where = 0, `SQL function "`+r.Name+`"`
	}
	return &e
}

// qualifyRelations gives the schema of relations to their names in a statement that
// is stored.
func (s *Session) qualifyRelations(n ast.Node) {
	local := map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		var with *ast.WithClause
		switch n := n.(type) {
		case *ast.SelectStmt:
			with = n.With
		case *ast.InsertStmt:
			with = n.With
		case *ast.UpdateStmt:
			with = n.With
		case *ast.DeleteStmt:
			with = n.With
		}
		if with != nil {
			for _, c := range with.CTEs {
				local[c.Name] = true
			}
		}
		return true
	})
	ast.Inspect(n, func(n ast.Node) bool {
		v, ok := n.(*ast.RangeVar)
		if !ok || v.Schema != "" || local[v.Name] {
			return true
		}
		if rel := s.Env.ResolveRelation("", v.Name); rel != nil {
			if sc := s.Env.Catalog.SchemaByOID(rel.Parent()); sc != nil {
				v.Schema = sc.Name
			}
		}
		return true
	})
}
