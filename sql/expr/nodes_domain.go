package expr

import (
	"sync"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ToDomain makes a value of a domain, which has to meet its constraints.
type ToDomain struct {
	Arg  Expr
	T    *types.Type
	Form CallForm
}

func (e *ToDomain) Type() *types.Type { return e.T }
func (e *ToDomain) Typmod() int32     { return types.NoTypmod }
func (e *ToDomain) Children() []Expr  { return []Expr{e.Arg} }
func (e *ToDomain) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg = c[0]
	return &n
}

// Eval passes the value that meets the constraints.
func (e *ToDomain) Eval(c *Context, row types.Row) (types.Datum, error) {
	v, err := e.Arg.Eval(c, row)
	if err != nil {
		return v, err
	}
	return v, CheckDomain(c, e.T, v)
}

// WithParts is a value of which parts have been replaced: if it is of a domain, what has
// become of it has to meet the domain's constraints.
func WithParts(e Expr) Expr {
	if e.Type().Kind != types.KindDomain {
		return e
	}
	return &ToDomain{Arg: e, T: e.Type()}
}

// ParseCheck binds a CHECK of a domain, over a row of the one value, if it is about what is
// built in alone. Package plan, which knows how to, sets it.
var ParseCheck func(text string, value *types.Type) (Expr, error)

// CheckBinder is a Host that binds the CHECKs of a domain which name what users have made,
// one expression for each.
type CheckBinder interface {
	BoundChecks(t *types.Type) ([]Expr, error)
}

// domainChecks keeps the checks of domains, bound; nil for those that a CheckBinder is
// needed for.
var domainChecks sync.Map // *types.Type -> []Expr

func boundChecks(c *Context, t *types.Type) ([]Expr, error) {
	if len(t.Checks) == 0 {
		return nil, nil
	}
	have, ok := domainChecks.Load(t)
	if !ok {
		list := make([]Expr, len(t.Checks))
		for i, k := range t.Checks {
			var err error
			if list[i], err = ParseCheck(k.Expr, t.Base); err != nil {
				list = nil
				break
			}
		}
		domainChecks.Store(t, list)
		have = list
	}
	if list := have.([]Expr); list != nil {
		return list, nil
	}
	if host, ok := c.Host.(CheckBinder); ok {
		return host.BoundChecks(t)
	}
	return nil, refused("a domain that calls functions of users")
}

// checksNeedHost says whether values of a type are held against functions of users.
func checksNeedHost(t *types.Type) bool {
	for ; t.Kind == types.KindDomain; t = t.Base {
		if _, err := boundChecks(&Context{}, t); err != nil {
			return true
		}
	}
	return false
}

// CheckDomain demands that a value meets the constraints of a domain and of
// those it is made of.
func CheckDomain(c *Context, t *types.Type, v types.Datum) error { return checkLevels(c, t, t, v) }

// checkLevels looks at the constraints of a domain that named is made of, those
// of its base first.
func checkLevels(c *Context, t, named *types.Type, v types.Datum) error {
	if t.Kind != types.KindDomain {
		return nil
	}
	if err := checkLevels(c, t.Base, named, v); err != nil {
		return err
	}
	if t.NotNull && v.IsNull() {
		return sqlerr.New(sqlerr.NotNullViolation, "domain %s does not allow null values", named).OnType(named.Schema, named.Name)
	}
	checks, err := boundChecks(c, t)
	if err != nil {
		return err
	}
	for i, check := range checks {
		ok, err := check.Eval(c, types.Row{v})
		if err != nil {
			return err
		}
		if !ok.IsNull() && !ok.Bool() {
			return sqlerr.New(sqlerr.CheckViolation, `value for domain %s violates check constraint "%s"`, named, t.Checks[i].Name).
				OnType(named.Schema, named.Name).OnConstraint(t.Checks[i].Name)
		}
	}
	return nil
}

// constrained says whether a domain, or one it is made of, has constraints.
func constrained(t *types.Type) bool {
	for ; t.Kind == types.KindDomain; t = t.Base {
		if t.NotNull || len(t.Checks) > 0 {
			return true
		}
	}
	return false
}

// coerceToDomain makes e a value of a domain: of its base first.
func (y *Typing) coerceToDomain(e Expr, target *types.Type, how CoercionContext) (Expr, error) {
	if p, ok := e.(*Param); ok {
		if p.Type() == types.Unknown {
			settleParam(p, target)
		}
		if p.Type().Same(target) {
			if !constrained(target) {
				return e, nil
			}
			return &ToDomain{Arg: e, T: target, Form: castForm(how)}, nil
		}
	}
	if e.Type().Same(target) {
		return e, nil
	}
	inner, err := y.Coerce(e, BaseType(target), target.DomainTypmod(), how)
	if err != nil {
		return nil, err
	}
	if constrained(target) {
		return &ToDomain{Arg: inner, T: target, Form: castForm(how)}, nil
	}
	return &Relabel{Arg: inner, T: target, Mod: types.NoTypmod, Form: castForm(how)}, nil
}

// Values that are read as values of a domain, in whatever they are part of, are
// checked too.
func init() {
	types.CheckDomain = func(t *types.Type, d types.Datum, env *types.Env) error {
		if env.Domain != nil {
			return env.Domain(t, d)
		}
		return CheckDomain(&Context{Env: env}, t, d)
	}
}
