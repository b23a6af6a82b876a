package plan

import (
	"math"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// What part of a node's rows meet a condition, as PostgreSQL estimates it
// (selfuncs.c): by the most common values and the histogram of a column where the
// other side is known, by the number of different values where it is not, and by
// the same guesses where nothing is known.
const (
	defaultEqual    = 0.005
	defaultRange    = 1.0 / 3
	defaultBetween  = 0.005
	defaultMatch    = 0.005
	defaultUnknown  = 0.5
	defaultDistinct = 200
	defaultNulls    = 0.005
	// unknownRows is how many rows a table is taken to have that nothing is known
	// of.
	unknownRows = 1000
)

// variable is a column of a table as a condition sees it.
type variable struct {
	stats *catalog.ColumnStatistics // nil: not known
	rows  float64                   // of the table
	// distinct is the number of its different values.
	distinct float64
	unique   bool
}

// variableOf finds the column that an expression over n's rows is.
func variableOf(e expr.Expr, n Node) (variable, bool) {
	for {
		if r, ok := e.(*expr.Relabel); ok {
			e = r.Arg
			continue
		}
		break
	}
	c, ok := e.(*expr.Column)
	if !ok {
		return variable{}, false
	}
	switch s, at := columnSource(n, c.Index); s := s.(type) {
	case *Scan:
		return s.variable(at), true
	case *VirtualScan:
		return s.variable(at)
	}
	return variable{}, false
}

// sourceOf follows a column of n down to the scan of a table that it comes from.
func sourceOf(n Node, index int) (*Scan, int) {
	source, at := columnSource(n, index)
	s, _ := source.(*Scan)
	return s, at
}

// columnSource follows a column of n down to the scan, of a table or a system relation,
// that it comes from.
func columnSource(n Node, index int) (Node, int) {
	for {
		switch t := n.(type) {
		case *Scan:
			if index >= len(t.Table.Columns) {
				return nil, 0
			}
			return t, index
		case *VirtualScan:
			return t, index
		case *Append: // as the first member
			if len(t.Members) == 0 {
				return nil, 0
			}
			n = t.Members[0]
		case *Filter:
			n = t.Input
		case *Sort:
			n = t.Input
		case *LockRows:
			n = t.Input
		case *Sample:
			n = t.Input
		case *Limit:
			n = t.Input
		case *Distinct:
			n = t.Input
		case *Window:
			if index >= Width(t.Input) {
				return nil, 0
			}
			n = t.Input
		case *Project:
			c, ok := t.Exprs[index].(*expr.Column)
			if !ok {
				return nil, 0
			}
			n, index = t.Input, c.Index
		case *Join:
			if left := Width(t.Left); index < left {
				n = t.Left
			} else {
				n, index = t.Right, index-left
			}
		case *Apply:
			if left := Width(t.Left); index < left {
				n = t.Left
			} else {
				n, index = t.Right, index-left
			}
		case *Aggregate:
			if index >= len(t.Keys) || t.Sets != nil {
				return nil, 0
			}
			c, ok := t.Keys[index].(*expr.Column)
			if !ok {
				return nil, 0
			}
			n, index = t.Input, c.Index
		case *CTEScan:
			n = t.CTE.Query
		default:
			return nil, 0
		}
	}
}

func (s *Scan) tableRows() float64 {
	if s.stats == nil {
		return unknownRows
	}
	return max(1, s.stats.Rows/max(1, s.stats.Slices))
}

func (s *Scan) variable(at int) variable {
	col := s.Table.Columns[at]
	v := variable{rows: s.tableRows()}
	if s.stats != nil {
		if c := s.stats.Columns[col.Num]; c != nil && c.Type.Same(col.Type.Type) {
			v.stats = c
		}
	}
	for _, index := range s.indexes {
		if index.Unique && len(index.Keys) == 1 && index.Keys[0].Column == col.Num && index.Predicate == "" {
			v.unique = true
		}
	}
	switch {
	case v.unique:
		v.distinct = v.rows
	case v.stats != nil:
		v.distinct = min(v.rows, v.stats.DistinctOf(v.rows))
	case col.Type.Type == types.Boolean:
		v.distinct = 2
	default:
		v.distinct = min(v.rows, defaultDistinct)
	}
	v.distinct = max(1, v.distinct)
	return v
}

func (v *variable) nulls() float64 {
	if v.stats == nil {
		return 0
	}
	return v.stats.NullFraction
}

// selectivity estimates what part of n's rows meet a condition.
func selectivity(cond expr.Expr, n Node) float64 {
	if cond == nil {
		return 1
	}
	return min(1, max(0, selects(cond, n)))
}

func selects(cond expr.Expr, n Node) float64 {
	switch c := cond.(type) {
	case *expr.And:
		return andSelectivity(c.Args, n)
	case *expr.Or:
		none := 1.0
		for _, a := range c.Args {
			none *= 1 - selectivity(a, n)
		}
		return 1 - none
	case *expr.Not:
		return 1 - selectivity(c.Arg, n)
	case *expr.IsNull:
		nulls := defaultNulls
		if v, ok := variableOf(c.Arg, n); ok && v.stats != nil {
			nulls = v.nulls()
		}
		if without := withoutPartner(c.Arg, n); without > 0 {
			nulls = without + (1-without)*nulls
		}
		if c.Negated {
			return 1 - nulls
		}
		return nulls
	case *expr.Const:
		if c.Value.Bool() {
			return 1
		}
		return 0
	case *expr.Column:
		if v, ok := variableOf(c, n); ok {
			return v.equal(&expr.Const{Value: types.Bool(true), T: types.Boolean})
		}
		return defaultUnknown
	case *expr.InList:
		v, ok := variableOf(c.Left, n)
		s := 0.0
		for _, item := range c.List {
			if ok {
				s += v.equal(item)
			} else {
				s += defaultEqual
			}
		}
		s = min(1, s)
		if c.Negated {
			return 1 - s - v.nulls()
		}
		return s
	case *expr.AnyAll:
		if v, ok := variableOf(c.Left, n); ok && !c.Own && (c.Op == "=" && !c.All || c.Op == "<>" && c.All) {
			if part := v.selectsElement(c.Array); !c.All {
				return part
			} else {
				return 1 - part - v.nulls()
			}
		}
	case *expr.Like:
		return likeSelectivity(c, n)
	case *expr.Call:
		return callSelectivity(c, n)
	case *SubLink:
		if c.Kind == AnyLink || c.Kind == ExistsLink {
			return defaultUnknown
		}
	}
	return defaultUnknown
}

// andSelectivity takes conditions as independent, but for the two ends of a range.
func andSelectivity(conds []expr.Expr, n Node) float64 {
	s := 1.0
	type interval struct{ low, high float64 }
	ranges := map[int]*interval{}
	var order []int
	for _, c := range conds {
		if column, op, _ := columnComparison(c); column != nil && (op == "<" || op == "<=" || op == ">" || op == ">=") {
			r := ranges[column.Index]
			if r == nil {
				r = &interval{-1, -1}
				ranges[column.Index] = r
				order = append(order, column.Index)
			}
			part := selectivity(c, n)
			if op[0] == '<' && (r.high < 0 || part < r.high) {
				r.high = part
			} else if op[0] == '>' && (r.low < 0 || part < r.low) {
				r.low = part
			}
			continue
		}
		s *= selectivity(c, n)
	}
	for _, at := range order {
		switch r := ranges[at]; {
		case r.low < 0:
			s *= r.high
		case r.high < 0:
			s *= r.low
		case r.low == defaultRange && r.high == defaultRange:
			s *= defaultBetween
		default:
			between := r.low + r.high - 1
			if between <= 0 {
				between = min(r.low, r.high) * defaultEqual
			}
			s *= between
		}
	}
	return s
}

// columnComparison takes column op value, whichever way it was written.
func columnComparison(e expr.Expr) (*expr.Column, string, expr.Expr) {
	c, ok := e.(*expr.Call)
	if !ok || c.Op == nil || len(c.Args) != 2 {
		return nil, "", nil
	}
	for i, a := range c.Args {
		for {
			if r, ok := a.(*expr.Relabel); ok {
				a = r.Arg
				continue
			}
			break
		}
		col, ok := a.(*expr.Column)
		if !ok || readsColumn(c.Args[1-i]) {
			continue
		}
		op := c.Op.Name
		if i == 1 {
			if op = commuted[op]; op == "" {
				return nil, "", nil
			}
		}
		return col, op, c.Args[1-i]
	}
	return nil, "", nil
}

func callSelectivity(c *expr.Call, n Node) float64 {
	if c.Op == nil || len(c.Args) != 2 {
		return defaultUnknown
	}
	if col, op, value := columnComparison(c); col != nil {
		v, ok := variableOf(col, n)
		if !ok {
			v = variable{rows: unknownRows, distinct: defaultDistinct}
		}
		switch op {
		case "=":
			return v.equal(value)
		case "<>":
			return 1 - v.equal(value) - v.nulls()
		case "<", "<=", ">", ">=":
			return v.compared(op, value)
		}
	}
	switch c.Op.Name {
	case "=":
		return equated(c.Args[0], c.Args[1], n)
	case "<>":
		return 1 - equated(c.Args[0], c.Args[1], n)
	case "<", "<=", ">", ">=":
		return defaultRange
	case "~", "~*":
		return defaultMatch
	case "!~", "!~*":
		return 1 - defaultMatch
	case "@>", "<@", "&&", "?", "?|", "?&", "@@", "@?", "@@@", "%", "<%", "%>":
		if part, ok := elementSelectivity(c, n); ok {
			return part
		}
		return trying(c, n, 0.01)
	case "<<", ">>", "&<", "&>", "<<|", "|>>":
		if c.Args[0].Type() == types.Inet || c.Args[0].Type() == types.CIDR {
			return trying(c, n, 0.005)
		}
		return trying(c, n, 0.1)
	case "<<=", ">>=", "~=":
		return trying(c, n, 0.005)
	}
	return defaultUnknown
}

// equated is the selectivity of an equation between two expressions.
func equated(a, b expr.Expr, n Node) float64 {
	va, oka := variableOf(a, n)
	vb, okb := variableOf(b, n)
	most := 1.0
	if oka {
		most = max(most, va.distinct)
	}
	if okb {
		most = max(most, vb.distinct)
	}
	if !oka && !okb {
		return defaultEqual
	}
	return (1 - va.nulls()) * (1 - vb.nulls()) / most
}

// equal is the part of the rows that have a value.
func (v *variable) equal(value expr.Expr) float64 {
	if _, ok := value.(*NullKey); ok {
		return max(v.nulls(), 1/max(1, v.rows))
	}
	if elements, ok := value.(*Elements); ok {
		return min(1, elements.Each*(1-v.nulls())/v.distinct)
	}
	c, known := value.(*expr.Const)
	if known && c.Value.IsNull() {
		return 0
	}
	if v.unique {
		return 1 / v.distinct
	}
	if v.stats == nil {
		return 1 / v.distinct
	}
	if !known || !v.comparableWith(c) {
		return (1 - v.stats.NullFraction) / v.distinct
	}
	rest := 1 - v.stats.NullFraction
	for i, m := range v.stats.MostCommon {
		if v.compare(m, c) == 0 {
			return v.stats.Frequencies[i]
		}
		rest -= v.stats.Frequencies[i]
	}
	others := v.distinct - float64(len(v.stats.MostCommon))
	if others < 1 { // all values are common: this one is none of them
		return min(0.5/max(1, v.rows), max(0, rest))
	}
	return max(0, rest) / others
}

// comparableWith says whether a constant compares with the statistics' values.
func (v *variable) comparableWith(c *expr.Const) bool {
	t := v.stats.Type
	return t.Comparable() && (c.T.Same(t) || isInteger(t) && isInteger(c.T) || isText(t) && isText(c.T))
}

func isInteger(t *types.Type) bool { return t == types.Int2 || t == types.Int4 || t == types.Int8 }
func isText(t *types.Type) bool    { return t == types.Text || t == types.Varchar || t == types.Name }

func (v *variable) compare(d types.Datum, c *expr.Const) int {
	t := v.stats.Type
	if isInteger(t) {
		t = types.Int8
	}
	return t.Compare(d, c.Value)
}

// compared is the part of the rows that are on one side of a value.
func (v *variable) compared(op string, value expr.Expr) float64 {
	c, known := value.(*expr.Const)
	if known && c.Value.IsNull() {
		return 0
	}
	if v.stats == nil || !known || !v.comparableWith(c) {
		return defaultRange
	}
	less, common := 0.0, 0.0
	for i, m := range v.stats.MostCommon {
		common += v.stats.Frequencies[i]
		if d := v.compare(m, c); d < 0 || d == 0 && op == "<=" || d == 0 && op == ">" {
			less += v.stats.Frequencies[i]
		}
	}
	rest := max(0, 1-v.stats.NullFraction-common)
	less += rest * v.below(c)
	if op[0] == '<' {
		return less
	}
	return max(0, 1-v.stats.NullFraction-less)
}

// below is the part of the histogram that is below a value.
func (v *variable) below(c *expr.Const) float64 {
	h := v.stats.Histogram
	if len(h) < 2 {
		return defaultRange
	}
	at := 0
	for at < len(h) && v.compare(h[at], c) < 0 {
		at++
	}
	switch at {
	case 0:
		return 0
	case len(h):
		return 1
	}
	within := 0.5
	low, okl := asNumber(v.stats.Type, h[at-1])
	high, okh := asNumber(v.stats.Type, h[at])
	if x, ok := asNumber(c.T, c.Value); ok && okl && okh && high > low {
		within = min(1, max(0, (x-low)/(high-low)))
	}
	return (float64(at-1) + within) / float64(len(h)-1)
}

// asNumber gives a place on a line for values that have one.
func asNumber(t *types.Type, d types.Datum) (float64, bool) {
	switch t {
	case types.Int2, types.Int4, types.Int8, types.Oid, types.Date, types.Timestamp, types.TimestampTZ, types.Time:
		return float64(d.Int()), true
	case types.Float4, types.Float8:
		f := d.Float()
		return f, !math.IsNaN(f) && !math.IsInf(f, 0)
	case types.Numeric:
		f, err := strconv.ParseFloat(t.Text(d, types.DefaultEnv), 64)
		return f, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
	case types.Text, types.Varchar, types.Name:
		f, scale := 0.0, 1.0/256
		for i := 0; i < 8 && i < len(d.Str()); i++ {
			f += float64(d.Str()[i]) * scale
			scale /= 256
		}
		return f, true
	}
	return 0, false
}

// likeSelectivity tries a pattern on the most common values and on the bounds of the
// histogram, which stand for all others; of few bounds, its literal beginning as a range
// counts as well.
func likeSelectivity(c *expr.Like, n Node) float64 {
	v, ok := variableOf(c.Args[0], n)
	s := defaultMatch
	if prefix, exact := c.Pattern.Prefix(); ok && exact && prefix != "" {
		s = v.equal(&expr.Const{Value: types.String(prefix), T: types.Text})
	} else if ok && v.stats != nil && isText(v.stats.Type) {
		s = v.matching(c.Pattern)
	}
	if c.Negated {
		return 1 - s - v.nulls()
	}
	return s
}

// matching is the part of the rows whose value matches a pattern.
func (v *variable) matching(p *expr.LikePattern) float64 {
	usual := defaultMatch
	if prefix, _ := p.Prefix(); prefix != "" {
		from := &expr.Const{Value: types.String(prefix), T: types.Text}
		to := &expr.Const{Value: types.String(afterPrefix(prefix)), T: types.Text}
		usual = v.below(to) - v.below(from)
	}
	return v.meeting(func(d types.Datum) bool { return p.Match(d.Str()) }, usual)
}

// afterPrefix is the first text after all that begin with a prefix; "" for none.
func afterPrefix(prefix string) string {
	b := []byte(prefix)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < 0xff {
			b[i]++
			return string(b[:i+1])
		}
	}
	return ""
}
