package ddl

import (
	"context"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// aggregateParts are the attributes of CREATE AGGREGATE as they were given.
type aggregateParts struct {
	base, state                       *ast.AggregateOption
	transition, final, combine, order *ast.AggregateOption
	initial                           *string
	extra                             bool
	modify, parallel                  byte
	space                             int32
}

func wrongAggregate(text string, args ...any) error {
	return sqlerr.New(sqlerr.InvalidFunctionDefinition, text, args...)
}

// createAggregate runs CREATE [OR REPLACE] AGGREGATE.
func (s *Session) createAggregate(ctx context.Context, st *ast.CreateAggregateStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	schema, _, err := s.creationSchema(ctx, rangeVar(st.Name, st.Name.Parts), ast.Permanent)
	if err != nil {
		return err
	}
	parts, err := s.aggregateParts(st)
	if err != nil {
		return err
	}
	r := &catalog.Routine{Name: st.Name.Parts[len(st.Name.Parts)-1], Schema: schema.OID, Owner: s.Role.OID, Language: catalog.Internal, Source: "aggregate_dummy",
		Volatility: 'i', Parallel: parts.parallel, Cost: 1, Aggregate: &catalog.Aggregate{Initial: parts.initial, FinalExtra: parts.extra, FinalModify: parts.modify, Space: parts.space}}
	if err := s.aggregateInputs(r, st, parts); err != nil {
		return err
	}
	if err := s.aggregateFunctions(r, parts); err != nil {
		return err
	}
	old := edit.Catalog().Same(r)
	switch {
	case old == nil:
		r.OID, r.ACL = edit.NewOID(), s.newACL(schema.OID, 'f')
	case !st.Replace:
		return sqlerr.New(sqlerr.DuplicateFunction, `function "%s" already exists with same argument types`, r.Name)
	case old.Aggregate == nil:
		return sqlerr.New(sqlerr.WrongObjectType, "cannot change routine kind").WithDetail(`"%s" is a %s.`, r.Name, old.What())
	default:
		if err := s.owner(old.Owner, old.What(), old.Name); err != nil {
			return err
		}
		if err := replaceableRoutine(old, r); err != nil {
			return err
		}
		r.OID, r.Owner, r.ACL, r.Comment = old.OID, old.Owner, old.ACL, old.Comment
	}
	s.Tx.PutObject(r)
	s.Env.Catalog = s.Tx.Catalog()
	return nil
}

// aggregateParts reads the attributes.
func (s *Session) aggregateParts(st *ast.CreateAggregateStmt) (*aggregateParts, error) {
	if st.Ordered {
		return nil, sqlerr.Unsupported("ORDER BY in the arguments of CREATE AGGREGATE")
	}
	p := &aggregateParts{modify: 'r', parallel: 'u'}
	for _, o := range st.Options {
		switch o.Name {
		case "sfunc", "sfunc1":
			p.transition = o
		case "finalfunc":
			p.final = o
		case "combinefunc":
			p.combine = o
		case "sortop":
			p.order = o
		case "basetype":
			p.base = o
		case "stype", "stype1":
			p.state = o
		case "initcond", "initcond1":
			p.initial = &o.Text
		case "finalfunc_extra":
			on, err := booleanOption(o.Name, o.Text)
			if err != nil {
				return nil, err
			}
			p.extra = on
		case "finalfunc_modify":
			switch o.Text {
			case "read_only":
			case "shareable":
				p.modify = 's'
			case "read_write":
				p.modify = 'w'
			default:
				return nil, sqlerr.New(sqlerr.SyntaxError, `parameter "%s" must be READ_ONLY, SHAREABLE, or READ_WRITE`, o.Name)
			}
		case "sspace":
			n, err := strconv.ParseInt(o.Text, 10, 32)
			if err != nil {
				return nil, sqlerr.New(sqlerr.SyntaxError, "%s requires an integer value", o.Name)
			}
			p.space = int32(n)
		case "parallel":
			switch o.Text {
			case "safe", "restricted", "unsafe":
				p.parallel = o.Text[0]
			default:
				return nil, sqlerr.New(sqlerr.SyntaxError, `parameter "parallel" must be SAFE, RESTRICTED, or UNSAFE`)
			}
		case "hypothetical", "serialfunc", "deserialfunc", "msfunc", "minvfunc", "mfinalfunc", "mfinalfunc_extra", "mfinalfunc_modify", "mstype", "msspace", "minitcond":
			return nil, sqlerr.Unsupported("%s of CREATE AGGREGATE", strings.ToUpper(o.Name))
		default:
			s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.SyntaxError, `aggregate attribute "%s" not recognized`, o.Name))
		}
	}
	switch {
	case p.state == nil:
		return nil, wrongAggregate("aggregate stype must be specified")
	case p.transition == nil:
		return nil, wrongAggregate("aggregate sfunc must be specified")
	case st.Old && p.base == nil:
		return nil, wrongAggregate("aggregate input type must be specified")
	case !st.Old && p.base != nil:
		return nil, wrongAggregate("basetype is redundant with aggregate input type specification")
	}
	return p, nil
}

// booleanOption reads an option that is on or off.
func booleanOption(name, value string) (bool, error) {
	switch strings.ToLower(value) {
	case "", "true", "on", "1":
		return true, nil
	case "false", "off", "0":
		return false, nil
	}
	return false, sqlerr.New(sqlerr.SyntaxError, "%s requires a Boolean value", name)
}

// typeAttribute is the type that an attribute names.
func (s *Session) typeAttribute(o *ast.AggregateOption) (*types.Type, error) {
	name := o.Type
	if name == nil {
		name = &ast.TypeName{Names: []string{o.Text}}
	}
	t, _, err := s.usableType(s.Env, name)
	if err != nil {
		return nil, unlocated(err)
	}
	return t, nil
}

// aggregateInputs settles the parameters and the type of the state.
func (s *Session) aggregateInputs(r *catalog.Routine, st *ast.CreateAggregateStmt, p *aggregateParts) (err error) {
	switch {
	case !st.Old:
		if r.Params, err = s.parameters(st.Params, true); err != nil {
			return err
		}
	case !strings.EqualFold(p.base.Text, "any"):
		t, err := s.typeAttribute(p.base)
		if err != nil {
			return err
		}
		r.Params = []catalog.Parameter{{Mode: 'i', Type: catalog.TypeRef{Type: t}}}
	}
	state, err := s.typeAttribute(p.state)
	if err != nil {
		return err
	}
	if state.Kind == types.KindPseudo && !expr.Polymorphic(state) {
		if state.Name == "internal" {
			return sqlerr.Unsupported("an aggregate whose state is of type internal")
		}
		return wrongAggregate("aggregate transition data type cannot be %s", state)
	}
	if expr.Polymorphic(state) {
		probe := *r
		probe.Result.Type = state
		if err := polymorphicResult(&probe); err != nil {
			e := sqlerr.From(err)
			return wrongAggregate("cannot determine transition data type").(*sqlerr.Error).WithDetail("%s", e.Detail)
		}
	}
	r.Aggregate.State.Type = state
	if p.initial != nil && !expr.Polymorphic(state) {
		if _, err := state.Input(*p.initial, types.NoTypmod, s.Env.Types); err != nil {
			return err
		}
	}
	return nil
}

// functionAttribute finds the function that an attribute names, for arguments of given
// types, and the type of its result.
func (s *Session) functionAttribute(o *ast.AggregateOption, args []*types.Type, variadic bool) (*expr.Function, *types.Type, error) {
	name := []string{o.Text}
	if o.Type != nil {
		name = o.Type.Names
	}
	f, result, err := plan.FunctionNamed(s.Env, name, args, variadic)
	if err != nil {
		e := *sqlerr.From(err)
		e.Hint = ""
		return nil, nil, unlocated(&e)
	}
	if f.ReturnsSet {
		return nil, nil, sqlerr.New(sqlerr.DatatypeMismatch, "function %s returns a set", f.Signature())
	}
	for i, t := range f.Args {
		if len(f.Args) == len(args) && !f.Variadic && !expr.BinaryCoercible(args[i], t) {
			return nil, nil, sqlerr.New(sqlerr.DatatypeMismatch, "function %s requires run-time type coercion", f.Signature())
		}
	}
	if user, ok := s.Tx.Catalog().Get(f.OID).(*catalog.Routine); ok && !s.Tx.Catalog().Allowed(s.Role.OID, user.Owner, user.Grants(), catalog.PrivExecute) {
		return nil, nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for function %s", user.Name)
	}
	return f, result, nil
}

// aggregateFunctions finds the functions and settles the result.
func (s *Session) aggregateFunctions(r *catalog.Routine, p *aggregateParts) error {
	agg, state := r.Aggregate, r.Aggregate.State.Type
	var inputs []*types.Type
	variadic := false
	for _, in := range r.Inputs() {
		inputs, variadic = append(inputs, in.Type.Type), in.Mode == 'v' && in.Type.Type != types.Any
	}
	use := func(f *expr.Function) catalog.OID {
		if f.Routine {
			r.Uses = append(r.Uses, f.OID)
		}
		return f.OID
	}
	transition, result, err := s.functionAttribute(p.transition, append([]*types.Type{state}, inputs...), variadic)
	if err != nil {
		return err
	}
	if !result.Same(state) {
		return sqlerr.New(sqlerr.DatatypeMismatch, "return type of transition function %s is not %s", p.transition.Text, state)
	}
	if transition.Strict && p.initial == nil && (len(inputs) == 0 || !expr.BinaryCoercible(inputs[0], state)) {
		return wrongAggregate("must not omit initial value when transition function is strict and transition type is not compatible with input type")
	}
	agg.Transition, r.Result.Type = use(transition), state
	if p.final != nil {
		of := []*types.Type{state}
		if p.extra {
			of = append(of, inputs...)
		}
		final, result, err := s.functionAttribute(p.final, of, variadic && p.extra)
		if err != nil {
			return err
		}
		if p.extra && final.Strict {
			return wrongAggregate("final function with extra arguments must not be declared STRICT")
		}
		agg.Final, r.Result.Type = use(final), result
	}
	if p.combine != nil {
		combine, result, err := s.functionAttribute(p.combine, []*types.Type{state, state}, false)
		if err != nil {
			return err
		}
		if !result.Same(state) {
			return sqlerr.New(sqlerr.DatatypeMismatch, "return type of combine function %s is not %s", p.combine.Text, state)
		}
		agg.Combine = use(combine)
	}
	if err := polymorphicResult(r); err != nil {
		return wrongAggregate("cannot determine result data type").(*sqlerr.Error).WithDetail("%s", sqlerr.From(err).Detail)
	}
	if p.order == nil {
		return nil
	}
	if len(inputs) != 1 {
		return wrongAggregate("sort operator can only be specified for single-argument aggregates")
	}
	op, err := expr.FindOperator(p.order.Text, inputs[0], inputs[0], -1)
	if err != nil {
		return unlocated(err)
	}
	agg.Sort = op.OID
	return nil
}
