package circuit

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
)

// overKind says what a window function's value for a row goes by.
type overKind uint8

const (
	nearby     overKind = iota // rows that are so far away at most
	ranked                     // the row's number
	ranking                    // the number of the row's group, or of its first row
	upTo                       // all rows up to it, or to the last that is equal to it
	whole                      // all rows of the partition
	firstOfAll                 // the first of them
	lastOfAll                  // the last of them
)

// overCall is one window function.
type overCall struct {
	call
	node *plan.WindowCall
	kind overKind
	// reach is how far it looks back and ahead.
	reach [2]int
	// running makes the state of a running aggregate, balance that of the difference a step makes, nil where
	// that is not kept.
	running func() running
	balance func() expr.Reversible
}

// running is the state of an aggregate over the rows up to one.
type running interface {
	reversible
	merge(running)
}

// runningSum is that of an aggregate that can add up states.
type runningSum struct{ expr.Reversible }

func (s runningSum) merge(other running) { s.Reversible.Merge(other.(runningSum).Reversible) }

// runningExtreme is min or max.
type runningExtreme struct {
	of       *types.Type
	greatest bool
	value    types.Datum
}

func (e *runningExtreme) consider(v types.Datum) {
	if v.IsNull() {
		return
	}
	if !e.value.IsNull() {
		if c := e.of.Compare(v, e.value); c == 0 || c > 0 != e.greatest {
			return
		}
	}
	e.value = v
}

func (e *runningExtreme) Add(_ *expr.Context, args []types.Datum) error {
	e.consider(args[0])
	return nil
}

// Remove is not called.
func (e *runningExtreme) Remove(*expr.Context, []types.Datum) error { return nil }

func (e *runningExtreme) Result(*expr.Context) (types.Datum, error) { return e.value, nil }

func (e *runningExtreme) merge(other running) { e.consider(other.(*runningExtreme).value) }

// newOverCall says how to keep a window function; false if there is no cheaper way than to compute it anew.
func newOverCall(n *plan.WindowCall, ordered bool, m *meter) (c overCall, ok bool) {
	c = overCall{call: call{AggCall: &plan.AggCall{Fn: n.Fn, Args: n.Args, Filter: n.Filter, Type: n.Type}, args: make([]types.Datum, len(n.Args))}, node: n}
	f := &n.Frame
	toTheEnd := f.End == ast.UnboundedFollowing || !ordered && f.Unit == ast.FrameRange && f.End == ast.CurrentRow
	fromTheStart := f.Start == ast.UnboundedPreceding
	if n.Fn.Window != nil {
		switch n.Fn.Name {
		case "row_number":
			c.kind = ranked
			return c, true
		case "rank", "dense_rank":
			c.kind = ranking
			return c, ordered
		case "lag", "lead":
			c.kind = nearby
			return c, len(n.Args) < 2 || constant(n.Args[1])
		case "first_value", "last_value", "nth_value":
		default:
			return c, false
		}
	}
	switch all := fromTheStart && toTheEnd && f.Exclude == ast.ExcludeNoOthers; {
	case f.Unit == ast.FrameRows && bounded(f.Start) && bounded(f.End):
		c.kind = nearby
		return c, true
	case f.Exclude != ast.ExcludeNoOthers:
	case n.Fn.Name == "first_value" && n.Fn.Window != nil:
		c.kind = firstOfAll
		return c, fromTheStart && (toTheEnd || f.End == ast.CurrentRow)
	case n.Fn.Name == "last_value" && n.Fn.Window != nil:
		c.kind = lastOfAll
		return c, toTheEnd && (fromTheStart || f.Start == ast.CurrentRow)
	case n.Fn.Aggregate == nil:
	case all:
		c.kind, c.make = whole, reversibleState(c.AggCall, m)
		return c, c.make != nil
	case fromTheStart && f.End == ast.CurrentRow:
		c.kind = upTo
		c.running, c.balance = runningState(c.AggCall)
		return c, c.running != nil
	}
	return c, false
}

// runningState says how to keep a running aggregate, and the difference that a step makes.
func runningState(c *plan.AggCall) (state func() running, balance func() expr.Reversible) {
	ts := typesOf(c.Args)
	if c.Fn.Name == "min" || c.Fn.Name == "max" {
		if c.Fn.Collation != nil || !ts[0].Canonical() || reversibleState(c, &meter{}) == nil {
			return nil, nil
		}
		return func() running { return &runningExtreme{of: ts[0], greatest: c.Fn.Name == "max", value: types.Null} }, nil
	}
	if expr.NewReversible(c.Fn, ts, c.Type.Type) == nil {
		return nil, nil
	}
	balance = func() expr.Reversible { return expr.NewReversible(c.Fn, ts, c.Type.Type) }
	return func() running { return runningSum{balance()} }, balance
}

// bounded says whether a bound of a frame of rows is so many away.
func bounded(k ast.FrameBoundKind) bool {
	return k == ast.CurrentRow || k == ast.OffsetPreceding || k == ast.OffsetFollowing
}

// constant says whether an expression reads no row.
func constant(e expr.Expr) bool {
	ok := true
	expr.Walk(e, func(e expr.Expr) bool {
		_, column := e.(*expr.Column)
		ok = ok && !column
		return ok
	})
	return ok && plain(e) == nil && !hasLink(e)
}

// inPeers says whether the value is one for all rows that are equal in order.
func (c *overCall) inPeers() bool {
	return c.kind == ranking || c.kind == upTo && c.node.Frame.Unit != ast.FrameRows
}

// throughout says whether the value is one for the whole partition.
func (c *overCall) throughout() bool {
	return c.kind == whole || c.kind == firstOfAll || c.kind == lastOfAll
}

// begin finds out how far the call looks. An offset that may not be is found wrong by the executor.
func (c *overCall) begin(ctx *expr.Context) error {
	if c.kind != nearby {
		return nil
	}
	look := func(distance int64) {
		distance = max(-farAway, min(farAway, distance))
		c.reach[0], c.reach[1] = max(c.reach[0], int(-distance)), max(c.reach[1], int(distance))
	}
	offset := func(e expr.Expr) (int64, error) {
		if e == nil {
			return 0, nil
		}
		v, err := e.Eval(ctx, nil)
		if err != nil || v.IsNull() {
			return 0, err
		}
		return v.Int(), nil
	}
	if name := c.Fn.Name; name == "lag" || name == "lead" {
		n, err := int64(1), error(nil)
		if len(c.Args) > 1 {
			n, err = offset(c.Args[1])
		}
		if name == "lag" {
			n = -n
		}
		look(n)
		return err
	}
	f := &c.node.Frame
	for _, b := range []struct {
		kind   ast.FrameBoundKind
		offset expr.Expr
	}{{f.Start, f.StartOffset}, {f.End, f.EndOffset}} {
		n, err := offset(b.offset)
		if err != nil {
			return err
		}
		if b.kind == ast.OffsetPreceding {
			n = -n
		}
		look(n)
	}
	return nil
}

// farAway is further than any row.
const farAway = 1 << 40
