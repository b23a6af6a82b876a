package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Window computes window functions over partitions of its input: the input's
// columns, then one for each call. Rows come out by partition and order.
type Window struct {
	Input     Node
	Partition []expr.Expr
	Order     []SortKey
	Calls     []WindowCall
	// Unread: nobody reads what the calls give, and they need not be made.
	Unread bool
	// Presorted: the input comes by partition and order.
	Presorted bool
	// Run are conditions on what the calls give: where one fails it fails for the rest of
	// the partition, whose rows are not wanted.
	Run []expr.Expr
	// Few: maybe not all rows of a partition are asked for.
	Few bool
	// ascending: somebody relies on the partitions' coming in ascending order.
	ascending bool
	cols      []Column
}

// WindowCall is one call of a window function or of an aggregate over a window.
type WindowCall struct {
	Fn     *expr.Function
	Args   []expr.Expr
	Filter expr.Expr // of an aggregate
	Frame  Frame
	Type   Column
}

// Frame says which rows of the partition a row's call sees.
type Frame struct {
	Unit       ast.FrameUnit
	Start, End ast.FrameBoundKind
	Exclude    ast.FrameExclude
	// StartOffset and EndOffset have no columns. Of RANGE, StartKey and EndKey
	// compute the bound, from the row's order key and the offset.
	StartOffset, EndOffset expr.Expr
	StartKey, EndKey       expr.Expr
}

// Columns are the input's and the calls'.
func (n *Window) Columns() []Column { return n.cols }

// Inputs is the input.
func (n *Window) Inputs() []Node { return []Node{n.Input} }

// windowSpec is a window as a query defines it.
type windowSpec struct {
	partition []expr.Expr
	order     []SortKey
	loc       int // of the definition
}

// windowRef stands for the result of a window call until the Window nodes are
// made.
type windowRef struct {
	index int
	t     *types.Type
	mod   int32
}

func (e *windowRef) Type() *types.Type                  { return e.t }
func (e *windowRef) Typmod() int32                      { return e.mod }
func (e *windowRef) Children() []expr.Expr              { return nil }
func (e *windowRef) WithChildren([]expr.Expr) expr.Expr { return e }
func (e *windowRef) Eval(*expr.Context, types.Row) (types.Datum, error) {
	return types.Null, sqlerr.Internal("window reference evaluated")
}

// windowCall binds a call with OVER.
func (b *binder) windowCall(e *ast.FuncCall, name string) (expr.Expr, error) {
	switch {
	case b.inDefinition:
		return nil, sqlerr.New(sqlerr.WindowingError, "window functions are not allowed in window definitions")
	case b.inWindow:
		return nil, sqlerr.New(sqlerr.WindowingError, "window function calls cannot be nested")
	case b.inAggregate:
		return nil, sqlerr.New(sqlerr.GroupingError, "aggregate function calls cannot contain window function calls")
	case b.aggs == nil || b.clause != "SELECT" && b.clause != "ORDER BY":
		return nil, sqlerr.New(sqlerr.WindowingError, "window functions are not allowed in %s", b.clause)
	case e.WithinGroup:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "OVER is not supported for ordered-set aggregate %s", name)
	case e.Distinct:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "DISTINCT is not implemented for window functions")
	case len(e.OrderBy) > 0:
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, "aggregate ORDER BY is not implemented for window functions")
	}
	b.inWindow = true
	defer func() { b.inWindow = false }()
	r, err := b.windowFunction(e, name)
	if err != nil {
		return nil, err
	}
	r.Fn = expr.Collated(r.Fn, r.Args)
	if err := starless(r.Fn, e); err != nil {
		return nil, err
	}
	if r.Fn.AggKind == 'o' || r.Fn.AggKind == 'h' {
		return nil, sqlerr.New(sqlerr.WrongObjectType, "WITHIN GROUP is required for ordered-set aggregate %s", name)
	}
	if r.Fn.Window == nil && r.Fn.Aggregate == nil {
		return nil, sqlerr.New(sqlerr.WrongObjectType, "OVER specified, but %s is not a window function nor an aggregate function", name)
	}
	b.p.runsAggregate(r.Fn)
	call := WindowCall{Fn: r.Fn, Args: r.Args, Type: Column{Name: name, Type: r.Type, Typmod: types.NoTypmod}}
	if e.Filter != nil {
		if r.Fn.Aggregate == nil {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, "FILTER is not implemented for non-aggregate window functions")
		}
		if call.Filter, err = b.condition(e.Filter, "FILTER"); err != nil {
			return nil, err
		}
	}
	def, err := b.aggs.window(e.Over)
	if err != nil {
		return nil, err
	}
	b.inDefinition = true
	spec, err := b.windowSpec(def)
	b.inDefinition = false
	if err != nil {
		return nil, err
	}
	if call.Frame, err = b.frame(def.Frame, spec); err != nil {
		return nil, err
	}
	b.aggs.windows = append(b.aggs.windows, boundWindow{call: call, spec: *spec, over: e.Over})
	return &windowRef{index: len(b.aggs.windows) - 1, t: r.Type, mod: types.NoTypmod}, nil
}

// windowFunction finds the function of a call with OVER.
func (b *binder) windowFunction(e *ast.FuncCall, name string) (*expr.Resolved, error) {
	if e.JSON != nil {
		return b.jsonAggregate(e)
	}
	args, opts, err := b.callArgs(e)
	if err != nil {
		return nil, err
	}
	schema, err := b.p.functionSchema(e)
	if err != nil {
		return nil, err
	}
	if opts.Candidates, opts.Default = b.p.candidates(name, schema), b.p.argumentDefault; schema != nil {
		opts.Schema = schema.Name
	}
	return b.p.typing().ResolveFunction(name, args, opts, e.Pos())
}

// namedWindows checks the WINDOW clause, used or not.
func (p *planner) namedWindows(g *grouping, sc *scope) error {
	for i, w := range g.named {
		for _, before := range g.named[:i] {
			if before.Name == w.Name {
				return sqlerr.New(sqlerr.WindowingError, `window "%s" is already defined`, w.Name).At(w.Pos())
			}
		}
		b := &binder{p: p, scope: sc, clause: "WINDOW", aggs: &grouping{named: g.named[:i]}, inWindow: true}
		def, err := b.aggs.window(&ast.WindowDef{Loc: w.Loc, RefName: w.RefName, PartitionBy: w.PartitionBy, OrderBy: w.OrderBy, Frame: w.Frame})
		if err != nil {
			return err
		}
		spec, err := b.windowSpec(def)
		if err != nil {
			return err
		}
		if _, err := b.frame(def.Frame, spec); err != nil {
			return err
		}
	}
	return nil
}

// boundWindow is a window call of a query level.
type boundWindow struct {
	call WindowCall
	spec windowSpec
	over *ast.WindowDef // as written
}

// window resolves OVER name, and a definition that builds on another.
func (g *grouping) window(def *ast.WindowDef) (*ast.WindowDef, error) {
	name := def.RefName
	if name == "" {
		name = def.Name
	}
	if name == "" {
		return def, nil
	}
	var base *ast.WindowDef
	for _, w := range g.named {
		if w.Name == name {
			base = w
		}
	}
	if base == nil {
		return nil, sqlerr.New(sqlerr.UndefinedObject, `window "%s" does not exist`, name).At(def.Pos())
	}
	if base.RefName != "" {
		resolved, err := g.window(&ast.WindowDef{Loc: base.Loc, RefName: base.RefName, PartitionBy: base.PartitionBy, OrderBy: base.OrderBy, Frame: base.Frame})
		if err != nil {
			return nil, err
		}
		base = resolved
	}
	if def.RefName == "" { // OVER name: all of it
		return base, nil
	}
	switch {
	case len(def.PartitionBy) > 0:
		return nil, sqlerr.New(sqlerr.WindowingError, `cannot override PARTITION BY clause of window "%s"`, name).At(def.Pos())
	case len(def.OrderBy) > 0 && len(base.OrderBy) > 0:
		return nil, sqlerr.New(sqlerr.WindowingError, `cannot override ORDER BY clause of window "%s"`, name).At(def.Pos())
	case base.Frame != nil:
		err := sqlerr.New(sqlerr.WindowingError, `cannot copy window "%s" because it has a frame clause`, name).At(def.Pos())
		if def.Name == "" && len(def.OrderBy) == 0 && def.Frame == nil {
			err = err.WithHint("Omit the parentheses in this OVER clause.")
		}
		return nil, err
	}
	merged := *def
	merged.PartitionBy = base.PartitionBy
	if len(def.OrderBy) == 0 {
		merged.OrderBy = base.OrderBy
	}
	return &merged, nil
}

func (b *binder) windowSpec(def *ast.WindowDef) (*windowSpec, error) {
	s := &windowSpec{loc: -1}
	if def != nil {
		s.loc = def.Pos()
	}
	for _, item := range def.OrderBy {
		bound, err := b.bind(item.Expr)
		if err != nil {
			return nil, err
		}
		if bound, err = settled(bound); err != nil {
			return nil, err
		}
		key, err := sortKey(item, 0, bound)
		if err != nil {
			return nil, err
		}
		key.Expr = expr.InOrder(bound)
		s.order = append(s.order, key)
	}
	for _, e := range def.PartitionBy {
		bound, err := b.bind(e)
		if err != nil {
			return nil, err
		}
		if bound, err = settled(bound); err != nil {
			return nil, err
		}
		if t := bound.Type(); t.Equatable() && !t.Comparable() {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, "could not implement window PARTITION BY").WithDetail("Window partitioning columns must be of sortable datatypes.")
		}
		if !bound.Type().Comparable() {
			return nil, sqlerr.New(sqlerr.UndefinedFunction, "could not identify an equality operator for type %s", bound.Type()).At(e.Pos())
		}
		s.partition = append(s.partition, bound)
	}
	return s, nil
}

// settled makes an untyped literal text.
func settled(e expr.Expr) (expr.Expr, error) {
	if e.Type() != types.Unknown {
		return e, nil
	}
	return expr.Coerce(e, types.Text, types.NoTypmod, expr.Implicit)
}

// frame binds a frame clause; nil is RANGE UNBOUNDED PRECEDING.
func (b *binder) frame(def *ast.WindowFrame, spec *windowSpec) (Frame, error) {
	f := Frame{Unit: ast.FrameRange, Start: ast.UnboundedPreceding, End: ast.CurrentRow}
	if def == nil {
		return f, nil
	}
	f = Frame{Unit: def.Unit, Start: def.Start.Kind, End: ast.CurrentRow, Exclude: def.Exclude}
	if def.Between {
		f.End = def.End.Kind
	}
	if f.Unit == ast.FrameGroups && len(spec.order) == 0 {
		return f, sqlerr.New(sqlerr.WindowingError, "GROUPS mode requires an ORDER BY clause").At(spec.loc)
	}
	var err error
	if def.Start.Offset != nil {
		if f.StartOffset, f.StartKey, err = b.frameOffset(f.Unit, def.Start, spec); err != nil {
			return f, err
		}
	}
	if def.Between && def.End.Offset != nil {
		f.EndOffset, f.EndKey, err = b.frameOffset(f.Unit, def.End, spec)
	}
	return f, err
}

// offsets says whether a number may be the distance between numbers of a type.
func (p *planner) offsets(t, offset *types.Type) bool {
	switch t {
	case types.Int2, types.Int4, types.Int8:
		return p.typing().CanCoerce(offset, types.Int8, expr.Implicit)
	case types.Numeric:
		return p.typing().CanCoerce(offset, types.Numeric, expr.Implicit)
	case types.Float4, types.Float8:
		return p.typing().CanCoerce(offset, types.Float8, expr.Implicit)
	}
	return true
}

// frameOffset binds the offset of a frame's bound, and for RANGE what computes
// the bound from the order key (column 0) and the offset (column 1).
func (b *binder) frameOffset(unit ast.FrameUnit, bound ast.FrameBound, spec *windowSpec) (offset, key expr.Expr, err error) {
	names := map[ast.FrameUnit]string{ast.FrameRange: "RANGE", ast.FrameRows: "ROWS", ast.FrameGroups: "GROUPS"}
	ob := &binder{p: b.p, scope: b.scope, clause: names[unit]}
	if offset, err = ob.withoutColumns(bound.Offset); err != nil {
		return nil, nil, err
	}
	if unit != ast.FrameRange {
		offset, err = ob.coerceTo(offset, types.Int8, "argument of "+names[unit], bound.Offset.Pos())
		return offset, nil, err
	}
	if len(spec.order) != 1 {
		return nil, nil, sqlerr.New(sqlerr.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column").At(spec.loc)
	}
	order := spec.order[0]
	at := bound.Offset.Pos()
	if left := expr.LocOf(offset); left >= 0 {
		at = left
	}
	op := "+"
	if (bound.Kind == ast.OffsetPreceding) != order.Desc {
		op = "-"
	}
	t := order.Expr.Type()
	if t == types.Varchar {
		t = types.Text // as which it is ordered
	}
	if t.Category != 'N' && t.Category != 'D' && t.Category != 'T' {
		return nil, nil, sqlerr.New(sqlerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s", types.FormatType(t, types.NoTypmod)).At(at)
	}
	if offset.Type() == types.Unknown {
		want := t
		if t.Category == 'D' || t.Category == 'T' {
			want = types.IntervalType
		}
		if offset, err = b.p.typing().Coerce(offset, want, types.NoTypmod, expr.Implicit); err != nil {
			return nil, nil, sqlerr.From(err).At(at)
		}
	}
	if (t.Category == 'D' || t.Category == 'T') && offset.Type() != types.IntervalType || !b.p.offsets(t, offset.Type()) {
		return nil, nil, sqlerr.New(sqlerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s",
			types.FormatType(t, types.NoTypmod), types.FormatType(offset.Type(), types.NoTypmod)).WithHint("Cast the offset value to an appropriate type.").At(at)
	}
	sum, err := b.p.typing().ResolveOperator(op, &expr.Column{Index: 0, T: t, Mod: types.NoTypmod}, &expr.Column{Index: 1, T: offset.Type(), Mod: types.NoTypmod}, at)
	if err != nil {
		return nil, nil, sqlerr.New(sqlerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s",
			types.FormatType(t, types.NoTypmod), types.FormatType(offset.Type(), types.NoTypmod)).WithHint("Cast the offset value to an appropriate type.").At(at)
	}
	return offset, sum, nil
}

// windows puts the Window nodes of a query level on top of node, and turns the
// windowRefs in targets into their columns. lift moves expressions above the
// level's grouping, if it has one.
func (g *grouping) windowNodes(node Node, targets []expr.Expr, lift func(expr.Expr) (expr.Expr, error)) (Node, error) {
	position := make([]int, len(g.windows))
	placed := make([]bool, len(g.windows))
	for i := range g.windows {
		if err := g.windows[i].lift(lift); err != nil {
			return nil, err
		}
	}
	for i := range g.windows {
		if placed[i] {
			continue
		}
		spec := &g.windows[i].spec
		w := &Window{Input: node, Partition: spec.partition, Order: spec.order, cols: append([]Column(nil), node.Columns()...)}
		for k := i; k < len(g.windows); k++ {
			if other := &g.windows[k]; !placed[k] && spec.same(&other.spec) {
				placed[k] = true
				position[k] = len(w.cols)
				w.Calls = append(w.Calls, other.call)
				w.cols = append(w.cols, other.call.Type)
			}
		}
		node = w
	}
	for i, e := range targets {
		targets[i] = expr.Rewrite(e, func(e expr.Expr) expr.Expr {
			if r, ok := e.(*windowRef); ok {
				return &expr.Column{Index: position[r.index], T: r.t, Mod: r.mod, Name: g.windows[r.index].call.Fn.Name}
			}
			return e
		})
	}
	return node, nil
}

func (s *windowSpec) same(o *windowSpec) bool {
	if len(s.partition) != len(o.partition) || len(s.order) != len(o.order) {
		return false
	}
	for i := range s.partition {
		if !equal(s.partition[i], o.partition[i]) {
			return false
		}
	}
	for i, k := range s.order {
		if l := o.order[i]; k.Desc != l.Desc || k.NullsFirst != l.NullsFirst || !equal(k.Expr, l.Expr) {
			return false
		}
	}
	return true
}

func (w *boundWindow) lift(lift func(expr.Expr) (expr.Expr, error)) (err error) {
	one := func(e *expr.Expr) {
		if *e != nil && err == nil {
			*e, err = lift(*e)
		}
	}
	for i := range w.call.Args {
		one(&w.call.Args[i])
	}
	one(&w.call.Filter)
	for i := range w.spec.partition {
		one(&w.spec.partition[i])
	}
	for i := range w.spec.order {
		one(&w.spec.order[i].Expr)
	}
	return err
}
