package session

import (
	"context"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// domains are the CHECKs of domains that call functions of users, bound by one version of
// the definitions.
type domains struct {
	catalog *catalog.Catalog
	checks  map[*types.Type][]expr.Expr
}

// BoundChecks implements expr.CheckBinder.
func (s *Session) BoundChecks(t *types.Type) ([]expr.Expr, error) {
	if cat := s.catalog(); s.domains.catalog != cat {
		s.domains = domains{cat, map[*types.Type][]expr.Expr{}}
	}
	if list, ok := s.domains.checks[t]; ok {
		return list, nil
	}
	var list []expr.Expr
	for _, k := range t.Checks {
		e, err := plan.DomainCheck(s.constraintEnv(), k.Expr, t.Base)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	s.domains.checks[t] = list
	return list, nil
}

// currentContext is what expressions outside plans are evaluated with while a statement runs:
// the CHECKs of domains, and the indexes of tables that are written.
func (s *Session) currentContext() *expr.Context {
	ctx := s.current
	if ctx == nil {
		ctx = context.Background()
	}
	return s.evalContext(ctx)
}

// checkDomain checks a value that is read from its text or binary form.
func (s *Session) checkDomain(t *types.Type, d types.Datum) error {
	return expr.CheckDomain(s.currentContext(), t, d)
}
