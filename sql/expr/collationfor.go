package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// collationFor is pg_collation_for() of an argument, of which only the collation counts.
func (f *Function) collationFor(arg Expr) (*Function, error) {
	t := arg.Type()
	if !Collatable(t) {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, "collations are not supported by type %s", t)
	}
	for t.Kind == types.KindDomain {
		t = t.Base
	}
	oid := types.OID(defaultCollation)
	if c := CollationOf(arg); c != nil {
		oid = c.OID
	} else if t == types.Name {
		oid = cCollation
	}
	n := *f
	n.Eval = func(c *Context, _ []types.Datum) (types.Datum, error) {
		if oid == defaultCollation {
			return types.String(`"default"`), nil
		}
		return c.Host.Call(c, "pg_collation_for", []types.Datum{types.Int(int64(oid))})
	}
	return &n, nil
}

// OIDs of pg_collation.
const (
	defaultCollation = 100
	cCollation       = 950
)
