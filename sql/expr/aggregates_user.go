package expr

import (
	"github.com/kalamsql/kalamsql/sql/types"
)

// AggregateParts are the functions of an aggregate that a user has made.
type AggregateParts struct {
	Transition *Function
	Final      *Function // nil: the state is the result
	State      *types.Type
	// Initial is the text of the first state; nil is NULL.
	Initial    *string
	FinalExtra bool
	// Variadic: the last argument is an array of what calls have there.
	Variadic bool
}

// UserAggregate makes the code of an aggregate for arguments of given types.
func UserAggregate(parts *AggregateParts, args []*types.Type) (AggregateFunc, error) {
	first := types.Null
	if parts.Initial != nil {
		var err error
		if first, err = parts.State.Input(*parts.Initial, types.NoTypmod, types.DefaultEnv); err != nil {
			return nil, err
		}
	}
	transition, err := boundFunction(parts.Transition, append([]*types.Type{parts.State}, args...), parts.Variadic)
	if err != nil {
		return nil, err
	}
	var final Expr
	if parts.Final != nil {
		of := []*types.Type{parts.State}
		if parts.FinalExtra {
			of = append(of, args...)
		}
		if final, err = boundFunction(parts.Final, of, parts.Variadic && parts.FinalExtra); err != nil {
			return nil, err
		}
	}
	// Without a first state a strict function begins with the first value.
	begins := parts.Transition.Strict && first.IsNull() && len(args) > 0
	return func([]*types.Type, *types.Type) Aggregate {
		return &userAggregate{transition: transition, final: final, row: make(types.Row, 1+len(args)), begins: begins, state: first}
	}, nil
}

// boundFunction is the call of a function with the columns of a row of given types.
func boundFunction(f *Function, of []*types.Type, variadic bool) (Expr, error) {
	args := make([]Expr, len(of))
	for i, t := range of {
		args[i] = &Column{Index: i, T: t, Mod: types.NoTypmod}
	}
	opts := CallOptions{Variadic: variadic}
	c, ok := callCandidate(f, len(args), opts)
	if !ok {
		c = candidate{args: f.Args, fn: f}
	}
	r, err := builtinTyping.bindCall(f.Name, &c, args, opts, -1)
	if err != nil {
		return nil, err
	}
	return r.Call(-1), nil
}

// userAggregate is the state of such an aggregate.
type userAggregate struct {
	transition, final Expr
	row               types.Row
	begins            bool
	state             types.Datum
}

// Add implements Aggregate.
func (a *userAggregate) Add(c *Context, args []types.Datum) (err error) {
	if a.begins {
		a.begins, a.state = false, args[0]
		return nil
	}
	a.row[0] = a.state
	copy(a.row[1:], args)
	a.state, err = a.transition.Eval(c, a.row)
	return err
}

// Result implements Aggregate.
func (a *userAggregate) Result(c *Context) (types.Datum, error) {
	if a.final == nil {
		return a.state, nil
	}
	clear(a.row)
	a.row[0] = a.state
	return a.final.Eval(c, a.row)
}

// BinaryCoercible says whether values of one type pass for another as they are.
func (y *Typing) BinaryCoercible(from, to *types.Type) bool {
	return from.Same(to) || isPolymorphic(to) && y.CanCoerce(from, to, Implicit) || y.findPathway(BaseType(from), to, Implicit).kind == relabelPath
}

// SameFamily says whether two polymorphic types are settled together.
func SameFamily(a, b *types.Type) bool {
	return isAnyFamily(a) && isAnyFamily(b) || isCompatibleFamily(a) && isCompatibleFamily(b)
}
