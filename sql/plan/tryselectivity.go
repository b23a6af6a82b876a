package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// trying estimates a condition between a column and a constant by trying it on the column's most common values and on
// the bounds of its histogram, which stand for all others (as PostgreSQL does for operators of which it knows
// nothing more); of few bounds, what is usual counts as well.
func trying(c *expr.Call, n Node, usual float64) float64 {
	for side, arg := range c.Args {
		v, ok := variableOf(arg, n)
		value, isConst := c.Args[1-side].(*expr.Const)
		if !ok || !isConst || v.stats == nil || expr.MaxVolatility(c) != expr.Immutable {
			continue
		}
		if value.Value.IsNull() {
			return 0
		}
		test := *c
		test.Args = []expr.Expr{value, value}
		test.Args[side] = &expr.Column{T: arg.Type()}
		holds := func(d types.Datum) bool {
			result, err := test.Eval(sampling, types.Row{d})
			return err == nil && !result.IsNull() && result.Bool()
		}
		return v.meeting(holds, usual)
	}
	return usual
}

// sampling is what conditions are tried with.
var sampling = &expr.Context{Env: types.DefaultEnv}

// Of enoughBounds bounds of a histogram the part that matches is that of all values; fewer than
// tooFewBounds say nothing.
const (
	enoughBounds = 100
	tooFewBounds = 10
)

// meeting is the part of the rows whose value meets a condition, of which usual is assumed where there is too little to
// try it on.
func (v *variable) meeting(holds func(types.Datum) bool, usual float64) float64 {
	common, met := 0.0, 0.0
	for i, m := range v.stats.MostCommon {
		common += v.stats.Frequencies[i]
		if holds(m) {
			met += v.stats.Frequencies[i]
		}
	}
	s := usual
	if h := v.stats.Histogram; len(h) >= tooFewBounds {
		found := 0
		for _, bound := range h[1 : len(h)-1] {
			if holds(bound) {
				found++
			}
		}
		weight := min(1, float64(len(h))/enoughBounds)
		s = weight*float64(found)/float64(len(h)-2) + (1-weight)*s
	}
	s = min(max(s, 0.0001), 0.9999)
	return met + s*max(0, 1-v.stats.NullFraction-common)
}
