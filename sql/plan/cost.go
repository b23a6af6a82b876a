package plan

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Costs are in PostgreSQL's unit, a page of 8 kB read in order, and its names are
// used where the same thing is meant. What differs from PostgreSQL is measured on
// this engine: rows lie in the order of the primary key, so that reading a range of
// it costs as much as reading rows in order, and an entry of any other index leads
// to its row by a look-up of its own.
const (
	pageBytes        = 8192
	cpuTupleCost     = 0.01
	cpuOperatorCost  = 0.0025
	indexTupleCost   = 0.005
	rangeCost        = 0.8  // to begin reading a range of an index
	pointCost        = 0.35 // to look one key up
	lookupCost       = 0.3  // from an index entry to its row
	hashBuildCost    = 0.03 // of a row
	hashProbeCost    = 0.012
	materializeCost  = 0.005
	applyCost        = 0.1 // to start the right side anew
	functionRows     = 1000
	recursionFactor  = 10
	subPlanTupleCost = 1.0
)

// Estimate is what a node is expected to cost and to give.
type Estimate struct {
	// Startup is the cost until the first row, Total until the last.
	Startup, Total float64
	Rows           float64
	Width          int // bytes of a row
}

// Estimates computes those of nodes, each once.
type Estimates map[Node]Estimate

// Of gives the estimate of a node.
func (m Estimates) Of(n Node) Estimate {
	if e, ok := m[n]; ok {
		return e
	}
	e := m.compute(n)
	e.Rows = max(1, math.Round(e.Rows))
	switch t := n.(type) {
	case *Values:
		e.Rows = float64(len(t.Rows))
	case *Insert, *Update, *Delete, *Merge, *SystemUpdate:
		if len(n.Columns()) == 0 {
			e.Rows = 0
		}
	}
	m[n] = e
	return e
}

// rowsOf estimates how many rows a node gives.
func rowsOf(n Node) float64 { return Estimates{}.Of(n).Rows }

func sortCost(rows float64, keys int) float64 {
	rows = max(2, rows)
	return 2 * cpuOperatorCost * rows * math.Log2(rows) * (1 + 0.1*float64(keys-1))
}

func widthOf(cols []Column) int {
	w := 0
	for _, c := range cols {
		w += typeWidth(c.Type)
	}
	return w
}

func typeWidth(t *types.Type) int {
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
	if t.Len > 0 {
		return int(t.Len)
	}
	return 32
}

// countTerms counts what is computed for a row, but for subqueries: see linkcost.go.
func countTerms(e expr.Expr) float64 {
	n := 0.0
	expr.Walk(e, func(e expr.Expr) bool {
		switch e.(type) {
		case *expr.Call, *expr.InList, *expr.Like, *expr.IsNull:
			n++
		}
		return true
	})
	return n
}

func countAll(exprs []expr.Expr) float64 {
	n := 0.0
	for _, e := range exprs {
		n += countTerms(e)
	}
	return n
}

func (m Estimates) compute(n Node) Estimate {
	switch n := n.(type) {
	case *Scan:
		if parts := n.Parts(); parts != nil {
			var all Estimate
			for _, p := range parts {
				one := m.Of(p)
				all.Rows, all.Total = all.Rows+one.Rows, all.Total+one.Total
			}
			all.Width = n.rowWidth()
			return all
		}
		a := n.cost(n.Index, n.Ranges)
		return Estimate{a.startup, a.total, a.rows, n.rowWidth()}
	case *VirtualScan:
		rows := n.narrowed()
		return Estimate{0, rows * cpuTupleCost, rows, widthOf(n.cols)}
	case *CurrentRow:
		return Estimate{0, cpuTupleCost, 1, widthOf(n.cols)}
	case *TransitionScan:
		return Estimate{0, 100 * cpuTupleCost, 100, widthOf(n.cols)}
	case *FunctionScan:
		return n.estimate()
	case *Values:
		return Estimate{0, float64(len(n.Rows)) * cpuTupleCost * 1.25, float64(len(n.Rows)), widthOf(n.cols)}
	case *Filter:
		in := m.Of(n.Input)
		rows := in.Rows
		if v, ok := n.Input.(*VirtualScan); ok { // its key is one of the terms
			rows = v.tableRows()
		}
		return Estimate{in.Startup, in.Total + in.Rows*cpuOperatorCost*max(1, countTerms(n.Cond)) + m.links(n.Cond, in.Rows, n.Input), rows * selectivity(n.Cond, n.Input), in.Width}
	case *Project:
		in := m.Of(n.Input)
		e := Estimate{in.Startup, in.Total + in.Rows*cpuOperatorCost*countAll(n.Exprs), in.Rows, n.rowWidth()}
		for _, x := range n.Exprs {
			e.Total += m.links(x, in.Rows, nil)
		}
		if n.Sets {
			e.Rows *= functionRows
			e.Total += e.Rows * cpuTupleCost
		}
		return e
	case *Join:
		return m.join(n)
	case *Apply:
		left, right := m.Of(n.Left), m.Of(n.Right)
		rows := left.Rows * right.Rows * selectivity(n.Cond, n)
		if n.Type == LeftJoin {
			rows = max(rows, left.Rows)
		}
		times := left.Rows
		if n.Memoize {
			times = distinctRows(n.Args, n.Left, left.Rows)
		}
		return Estimate{left.Startup + right.Startup, left.Total + left.Rows*applyCost + times*right.Total + rows*cpuTupleCost, rows, left.Width + right.Width}
	case *Aggregate:
		in := m.Of(n.Input)
		work := in.Rows * cpuOperatorCost * float64(len(n.Aggs)+len(n.Keys))
		if n.Plain && n.Sets == nil {
			return Estimate{in.Total + work, in.Total + work + cpuTupleCost, 1, widthOf(n.cols)}
		}
		groups := distinctRows(n.Keys, n.Input, in.Rows)
		if n.Sets != nil {
			total := 0.0
			for _, set := range n.Sets {
				var keys []expr.Expr
				for _, k := range set {
					keys = append(keys, n.Keys[k])
				}
				total += distinctRows(keys, n.Input, in.Rows)
			}
			groups = total
		}
		startup := in.Total + work
		if n.Sorted {
			startup = in.Startup
		}
		return Estimate{startup, in.Total + work + groups*cpuTupleCost, groups, widthOf(n.cols)}
	case *Window:
		in := m.Of(n.Input)
		if n.Unread {
			return in
		}
		cost := sortCost(in.Rows, len(n.Partition)+len(n.Order))
		if n.Presorted {
			each := in.Rows * (cpuTupleCost + cpuOperatorCost*float64(len(n.Calls)))
			return Estimate{in.Startup, in.Total + each, in.Rows, in.Width + 8*len(n.Calls)}
		}
		return Estimate{in.Total + cost, in.Total + cost + in.Rows*(cpuTupleCost+cpuOperatorCost*float64(len(n.Calls))), in.Rows, in.Width + 8*len(n.Calls)}
	case *Sort:
		in := m.Of(n.Input)
		if n.Presorted {
			return in
		}
		if n.PresortedKeys > 0 {
			return n.groupwise(in)
		}
		cost := sortCost(in.Rows, len(n.Keys))
		return Estimate{in.Total + cost, in.Total + cost + in.Rows*cpuOperatorCost, in.Rows, in.Width}
	case *Distinct:
		in := m.Of(n.Input)
		keys := n.On
		if keys == nil {
			keys = columnsOf(n.Input)
		}
		return Estimate{in.Startup, in.Total + in.Rows*cpuOperatorCost*float64(len(keys)), distinctRows(keys, n.Input, in.Rows), in.Width}
	case *Limit:
		return m.limit(n)
	case *Sample:
		in := m.Of(n.Input)
		part := 0.1
		if c, ok := n.Percent.(*expr.Const); ok && !c.Value.IsNull() {
			part = min(max(c.Value.Float()/100, 0), 1)
		}
		return Estimate{in.Startup, in.Total, in.Rows * part, in.Width}
	case *LockRows:
		in := m.Of(n.Input)
		return Estimate{in.Startup, in.Total + in.Rows*cpuTupleCost, in.Rows, in.Width}
	case *Append:
		e := Estimate{Width: widthOf(n.cols)}
		for i, in := range n.Members {
			one := m.Of(in)
			if e.Total, e.Rows, e.Width = e.Total+one.Total, e.Rows+one.Rows, one.Width; i == 0 {
				e.Startup = one.Startup
			}
		}
		e.Total += e.Rows * cpuTupleCost / 2
		return e
	case *SetOp:
		l, r := m.Of(n.Left), m.Of(n.Right)
		e := Estimate{l.Startup, l.Total + r.Total + (l.Rows+r.Rows)*cpuOperatorCost, l.Rows + r.Rows, max(l.Width, r.Width)}
		switch {
		case ast.SetOp(n.Op) == ast.SetIntersect:
			e.Rows = min(l.Rows, r.Rows)
		case ast.SetOp(n.Op) == ast.SetExcept:
			e.Rows = l.Rows
		}
		return e
	case *With:
		in := m.Of(n.Input)
		for _, c := range n.CTEs {
			if !c.Inline() && (c.References > 0 || c.Modifies) {
				in.Startup += m.Of(c.Query).Total
				in.Total += m.Of(c.Query).Total
			}
		}
		return in
	case *CTEScan:
		q := m.Of(n.CTE.Query)
		if n.CTE.Inline() {
			return q
		}
		return Estimate{0, q.Rows * cpuTupleCost, q.Rows, q.Width}
	case *RecursiveUnion:
		start := m.Of(n.Start)
		step := m.Of(n.Step)
		rows := start.Rows + recursionFactor*step.Rows
		return Estimate{start.Startup, start.Total + recursionFactor*step.Total + rows*cpuTupleCost, rows, start.Width}
	case *WorkTableScan:
		return Estimate{0, recursionFactor * cpuTupleCost, recursionFactor, widthOf(n.Columns())}
	case *Insert:
		return m.modify(n.Source, n.Returning, n.cols)
	case *Merge:
		return m.modify(n.Pairs, n.Returning, n.cols)
	case *SystemUpdate:
		return m.modify(n.Source, nil, nil)
	case *Update:
		return m.modify(n.input(), n.Returning, n.cols)
	case *Delete:
		return m.modify(n.input(), n.Returning, n.cols)
	}
	e := Estimate{Rows: 1}
	for _, in := range n.Inputs() {
		e = m.Of(in)
	}
	return e
}

func (m Estimates) modify(input Node, returning []expr.Expr, cols []Column) Estimate {
	e := m.Of(input)
	if returning == nil {
		return Estimate{e.Startup, e.Total, 0, 0}
	}
	e.Width = widthOf(cols)
	return e
}

func (n *Project) rowWidth() int {
	w := 0
	for i, e := range n.Exprs {
		if c, ok := e.(*expr.Column); ok {
			if s, at := sourceOf(n.Input, c.Index); s != nil {
				w += s.columnWidth(at)
				continue
			}
		}
		w += typeWidth(n.cols[i].Type)
	}
	return w
}

func (s *Scan) columnWidth(at int) int {
	col := s.Table.Columns[at]
	if s.stats != nil {
		if c := s.stats.Columns[col.Num]; c != nil && c.Width > 0 {
			return int(c.Width + 0.5)
		}
	}
	return typeWidth(col.Type.Type)
}

// rowWidth is that of the columns that are read.
func (s *Scan) rowWidth() int {
	w := 0
	for i := range s.Table.Columns {
		if s.Need == nil || s.Need[i] {
			w += s.columnWidth(i)
		}
	}
	return w
}

func (n *FunctionScan) estimate() Estimate {
	rows := 1.0
	for _, f := range n.Funcs {
		call, ok := f.Call.(*expr.Call)
		if !ok || !call.Fn.ReturnsSet {
			continue
		}
		r := float64(functionRows)
		if call.Fn.Name == "generate_series" && len(call.Args) >= 2 {
			from, ok1 := call.Args[0].(*expr.Const)
			to, ok2 := call.Args[1].(*expr.Const)
			if ok1 && ok2 && isInteger(from.T) && isInteger(to.T) {
				step := int64(1)
				if len(call.Args) > 2 {
					if c, ok := call.Args[2].(*expr.Const); ok && c.Value.Int() != 0 {
						step = c.Value.Int()
					}
				}
				r = max(0, math.Floor(float64(to.Value.Int()-from.Value.Int())/float64(step))+1)
			}
		}
		if call.Fn.Name == "unnest" {
			r = 10
		}
		rows = max(rows, r)
	}
	return Estimate{0, rows * cpuTupleCost, rows, widthOf(n.cols)}
}

func columnsOf(n Node) []expr.Expr {
	cols := n.Columns()
	out := make([]expr.Expr, len(cols))
	for i, c := range cols {
		out[i] = &expr.Column{Index: i, T: c.Type, Mod: c.Typmod}
	}
	return out
}

// distinctRows estimates how many different values keys have in so many rows.
func distinctRows(keys []expr.Expr, n Node, rows float64) float64 {
	groups := 1.0
	for _, k := range keys {
		v, ok := variableOf(k, n)
		switch {
		case ok:
			groups *= v.distinct
			if v.nulls() > 0 {
				groups += groups / v.distinct
			}
		case k.Type() == types.Boolean:
			groups *= 2
		case readsColumn(k):
			groups *= defaultDistinct
		}
		if groups >= rows {
			return max(1, rows)
		}
	}
	return max(1, groups)
}

func (m Estimates) join(n *Join) Estimate {
	left, right := m.Of(n.Left), m.Of(n.Right)
	if n.Unread {
		return left
	}
	s := selectivity(n.Cond, n)
	width := Width(n.Left)
	for i := range n.LeftKeys {
		s *= equated(n.LeftKeys[i], shift(n.RightKeys[i], width), n)
	}
	rows := left.Rows * right.Rows * s
	switch n.Type {
	case LeftJoin:
		rows = max(rows, left.Rows)
	case RightJoin:
		rows = max(rows, right.Rows)
	case FullJoin:
		rows = max(rows, left.Rows, right.Rows)
	}
	e := Estimate{Rows: rows, Width: left.Width + right.Width}
	extra := 0.0
	if n.Cond != nil {
		extra = cpuOperatorCost*max(1, countTerms(n.Cond)) + m.links(n.Cond, max(1, rows), nil)/max(1, rows)
	}
	if len(n.LeftKeys) == 0 {
		e.Startup = left.Startup + right.Startup
		e.Total = left.Total + right.Total + left.Rows*right.Rows*(materializeCost+extra) + rows*cpuTupleCost
		return e
	}
	if n.Merge != NoMerge {
		e.Startup = left.Startup + right.Startup
		e.Total = left.Total + right.Total + (left.Rows+right.Rows)*mergeCost + rows*(cpuTupleCost+extra)
		return e
	}
	e.Startup = left.Startup + right.Total + right.Rows*hashBuildCost
	e.Total = e.Startup + left.Total - left.Startup + left.Rows*hashProbeCost + rows*(cpuTupleCost+extra)
	return e
}

func (m Estimates) limit(n *Limit) Estimate {
	in := m.Of(n.Input)
	number := func(e expr.Expr, none float64) float64 {
		if e == nil {
			return none
		}
		if c, ok := e.(*expr.Const); ok && !c.Value.IsNull() {
			return float64(c.Value.Int())
		}
		return in.Rows / 10
	}
	skip, count := number(n.Offset, 0), number(n.Count, math.Inf(1))
	read, skipped := min(in.Rows, skip+count), min(in.Rows, skip)
	per := (in.Total - in.Startup) / max(1, in.Rows)
	return Estimate{in.Startup + skipped*per, in.Startup + read*per, read - skipped, in.Width}
}

// access is what reading a table in one way costs.
type access struct {
	startup, total float64
	rows           float64 // that pass the filter
	read           float64 // that are read for them
}

// cost estimates reading through an index, with the ranges made of the filter; nil
// ranges are all of it, and a nil index is the table itself.
func (s *Scan) cost(index *catalog.Index, ranges []Range) access {
	if index != nil && index.Inverted() {
		return s.searchCost(s.Search)
	}
	all := s.tableRows()
	rows := all * selectivity(s.Filter, s)
	if s.coversUnique() {
		rows = min(rows, 1)
	}
	quals := cpuOperatorCost * countTerms(s.Filter)
	a := access{rows: rows, read: all}
	secondary := index != nil && !index.Primary
	if index != nil {
		a.read *= s.predicatePart(index)
	}
	if s.implied {
		a.rows *= s.predicatePart(s.Index)
	}
	if ranges != nil {
		a.read = max(1, a.read*s.rangeSelectivity(index, ranges))
		open := float64(rangeCost)
		if index.Unique && ranges[0].Low == nil && ranges[0].High == nil && len(ranges[0].Prefix) == len(index.Keys) {
			open = pointCost
			a.read = min(a.read, count(ranges))
		}
		a.startup = open
		a.total = open * count(ranges)
	}
	per := cpuTupleCost + quals
	if secondary {
		if per += indexTupleCost; !s.coveredBy(index) {
			per += lookupCost
		}
	} else {
		per += s.storedWidth() / pageBytes
	}
	a.total += a.read*per + Estimates{}.links(s.Filter, a.read, s)
	return a
}

// storedWidth is the bytes of a stored row, on average.
func (s *Scan) storedWidth() float64 {
	if s.stats != nil && s.stats.Width > 0 {
		return s.stats.Width
	}
	return 64
}

// rangeSelectivity is what part of an index its ranges have.
func (s *Scan) rangeSelectivity(index *catalog.Index, ranges []Range) float64 {
	part := 0.0
	for i := range ranges {
		part += s.oneRange(index, &ranges[i])
		if i == 20 { // the others are like these
			part *= float64(len(ranges)) / float64(i+1)
			break
		}
	}
	return min(1, part)
}

func (s *Scan) oneRange(index *catalog.Index, r *Range) float64 {
	part := 1.0
	for i, e := range r.Prefix {
		part *= s.keyVariable(index, i).equal(e)
	}
	if r.Low == nil && r.High == nil {
		return part
	}
	v := s.keyVariable(index, len(r.Prefix))
	low, high := 1.0, 1.0
	if r.Low != nil {
		low = v.compared(">", r.Low.Value)
	}
	if r.High != nil {
		high = v.compared("<", r.High.Value)
	}
	switch {
	case r.Low == nil:
		return part * high
	case r.High == nil:
		return part * low
	case low == defaultRange && high == defaultRange:
		return part * defaultBetween
	}
	return part * max(low+high-1, 1/max(1, v.rows))
}

func (s *Scan) keyVariable(index *catalog.Index, key int) *variable {
	if at := s.Table.Ordinal(index.Keys[key].Column); index.Keys[key].Column != 0 && at >= 0 {
		v := s.variable(at)
		return &v
	}
	rows := s.tableRows()
	v := &variable{rows: rows, distinct: min(rows, defaultDistinct)}
	if index.Unique && len(index.Keys) == 1 {
		v.distinct = rows
	}
	return v
}

// coversUnique says whether the filter fixes all keys of a unique index.
func (s *Scan) coversUnique() bool {
	if s.Filter == nil {
		return false
	}
	byColumn := map[int16]*bounds{}
	for _, c := range conjuncts(s.Filter) {
		s.note(byColumn, c)
	}
	return s.fixesUnique(byColumn)
}

func (s *Scan) fixesUnique(byColumn map[int16]*bounds) bool {
	for _, index := range s.indexes {
		fixed := index.Unique && index.Predicate == ""
		for _, k := range index.Keys {
			b := byColumn[k.Column]
			fixed = fixed && k.Column != 0 && b != nil && len(b.equal) == 1
		}
		if fixed {
			return true
		}
	}
	return false
}
