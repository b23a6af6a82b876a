package exec

import (
	"testing"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// TestPlainFilters looks for what belongs to the statement's goroutine in all of a filter,
// whatever stands behind it.
func TestPlainFilters(t *testing.T) {
	column := &expr.Column{T: types.Int4}
	equal, err := expr.ResolveOperator("=", column, column, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter expr.Expr
		want   bool
	}{
		{equal, true},
		{expr.NewOr(equal, equal), true},
		{expr.NewOr(&plan.SubLink{Kind: plan.ExistsLink}, equal), false},
		{expr.NewOr(equal, &plan.SubLink{Kind: plan.ExistsLink}), false},
	} {
		if got := plain(c.filter); got != c.want {
			t.Errorf("plain(%T of %d) is %v, want %v", c.filter, len(c.filter.Children()), got, c.want)
		}
	}
}
