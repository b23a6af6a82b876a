package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

func init() {
	expr.ParseCheck = func(text string, value *types.Type) (expr.Expr, error) { return DomainCheck(&Env{}, text, value) }
}

// DomainCheck binds a CHECK of a domain: a condition over VALUE, which is of the
// domain's base type.
func DomainCheck(env *Env, text string, value *types.Type) (expr.Expr, error) {
	return (&planner{env: env, params: &expr.ParamTypes{}}).domainCheck(text, value)
}

func (p *planner) domainCheck(text string, value *types.Type) (expr.Expr, error) {
	sc := &scope{}
	sc.add("", "", []Column{{Name: "value", Type: value, Typmod: types.NoTypmod}}, 1)
	e, err := p.stored(text, sc, "check constraints")
	if err != nil {
		return nil, err
	}
	return p.typing().CoerceBoolean(e, "CHECK")
}

// DomainRoutines lists the functions of users that a CHECK or a default of a domain calls.
func DomainRoutines(env *Env, text string, value *types.Type) []catalog.OID {
	p := &planner{env: env, params: &expr.ParamTypes{}}
	if _, err := p.domainCheck(text, value); err != nil && len(p.routines) == 0 {
		return nil
	}
	return p.routines
}

// DefaultText is the default of a column as SQL text: its own, or that of its
// domain; NULL where a domain has to say whether it may be. Empty: none.
func DefaultText(c *catalog.Column) string {
	if c.Default != "" {
		return c.Default
	}
	constrained := false
	for t := c.Type.Type; t != nil && t.Kind == types.KindDomain; t = t.Base {
		if t.Default != "" {
			return t.Default
		}
		constrained = constrained || t.NotNull || len(t.Checks) > 0
	}
	if constrained {
		return "NULL"
	}
	return ""
}
