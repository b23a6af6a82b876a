package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// chooseAccess gives every scan below n the index and ranges its filter allows.
// The whole filter stays: a range only narrows what is read.
func chooseAccess(n Node) {
	if s, ok := n.(*Scan); ok {
		s.chooseIndex()
	}
	if f, ok := n.(*Filter); ok {
		if v, ok := f.Input.(*VirtualScan); ok {
			v.chooseKey(f.Cond)
		}
	}
	for _, in := range n.Inputs() {
		chooseAccess(in)
	}
}

// bounds is what the conjuncts of a filter say about one column.
type bounds struct {
	equal     []expr.Expr // alternatives: one for =, several for IN
	low, high *Bound
	null      *types.Type // of the key, if it is NULL
}

// fewRows is up to how many rows an index is taken whenever the filter fits one:
// what is read is also what SERIALIZABLE watches. Its rows come as a scan of the
// table gives them, as they do in PostgreSQL, which scans small tables.
const fewRows = 200

// chooseIndex takes the index that makes reading cheapest. Between equals the one
// whose leading keys the filter fixes best is taken, and the primary key, since it
// holds the row itself.
func (s *Scan) chooseIndex() {
	if s.Filter == nil {
		return
	}
	byColumn := s.noted()
	var best *catalog.Index
	bestScore, bestCost := 0, 0.0
	var bestRanges []Range
	var search, bestSearch *Search
	for _, index := range s.indexes {
		if search = s.searchOf(index); search != nil {
			if cost := s.searchCost(search).total; best == nil || cost < bestCost {
				best, bestScore, bestCost, bestRanges, bestSearch = index, 0, cost, nil, search
			}
			continue
		}
		if !s.usable(index) {
			continue
		}
		ranges, score := s.indexRanges(index, byColumn)
		score *= 2
		switch {
		case index.Primary:
			score++
		case index.Predicate != "":
			score++ // it has fewer entries
			if ranges == nil {
				ranges = []Range{{}}
			}
		}
		if ranges == nil {
			continue
		}
		cost := s.cost(index, ranges).total
		if best == nil || cost < bestCost || cost == bestCost && score > bestScore {
			best, bestScore, bestCost, bestRanges, bestSearch = index, score, cost, ranges, nil
		}
	}
	if best == nil {
		return
	}
	if (bestSearch != nil || s.tableRows() > fewRows) && s.stats != nil && bestCost > s.cost(nil, nil).total {
		return
	}
	s.Index, s.Ranges, s.Search = best, bestRanges, bestSearch
	s.RowOrder = s.Search == nil && (s.stats == nil || s.tableRows() <= fewRows) && !s.oneRow()
}

// noted is what the filter says about columns.
func (s *Scan) noted() map[int16]*bounds {
	byColumn := map[int16]*bounds{}
	if s.Filter != nil {
		for _, term := range conjuncts(s.Filter) {
			s.note(byColumn, term)
		}
	}
	return byColumn
}

// oneRow says whether the scan's range is a whole unique key.
func (s *Scan) oneRow() bool {
	return s.Index.Primary || s.Index.Unique && len(s.Ranges) == 1 && len(s.Ranges[0].Prefix) == len(s.Index.Keys)
}

// note takes what one conjunct says about one column: column op value, where
// the value reads no column and has the column's type.
func (s *Scan) note(byColumn map[int16]*bounds, term expr.Expr) {
	if in, ok := term.(*expr.InList); ok && !in.Negated {
		if len(in.List) > 1000 || !sameTypes(in.Left.Type(), in.List) {
			return
		}
		for _, num := range s.keyNumbers(in.Left) {
			b := boundsOf(byColumn, num)
			if b.equal == nil {
				b.equal = in.List
			}
		}
		return
	}
	switch term := term.(type) {
	case *expr.Like:
		s.notePrefix(byColumn, term)
		return
	case *expr.RowCompare:
		s.noteRow(byColumn, term)
		return
	case *expr.Or:
		s.noteAlternatives(byColumn, term)
		return
	case *expr.AnyAll:
		s.noteElements(byColumn, term)
		return
	case *expr.IsNull:
		s.noteNull(byColumn, term)
		return
	case *expr.Column:
		s.noteTruth(byColumn, term, true)
		return
	case *expr.Not:
		s.noteTruth(byColumn, term.Arg, false)
		return
	case *expr.BoolTest:
		if term.Test == expr.IsTrue || term.Test == expr.IsFalse {
			s.noteTruth(byColumn, term.Arg, term.Test == expr.IsTrue)
		}
		return
	}
	call, ok := term.(*expr.Call)
	if !ok || call.Op == nil || len(call.Args) != 2 {
		return
	}
	op, column, value := call.Op.Name, call.Args[0], call.Args[1]
	nums := s.keyNumbers(column)
	if nums == nil {
		if nums = s.keyNumbers(value); nums == nil {
			return
		}
		column, value = value, column
		op = commuted[op]
	}
	if readsColumn(value) || expr.MaxVolatility(value) == expr.Volatile {
		return
	}
	if value = comparable(value, unlabelled(column).Type()); value == nil {
		return
	}
	for _, num := range nums {
		b := boundsOf(byColumn, num)
		switch {
		case op == "=" && b.equal == nil:
			b.equal = []expr.Expr{value}
		case (op == ">" || op == ">=") && b.low == nil:
			b.low = &Bound{Value: value, Inclusive: op == ">="}
		case (op == "<" || op == "<=") && b.high == nil:
			b.high = &Bound{Value: value, Inclusive: op == "<="}
		}
	}
}

// notePrefix takes the text that all matches of a pattern begin with as a range.
func (s *Scan) notePrefix(byColumn map[int16]*bounds, like *expr.Like) {
	prefix, _ := like.Pattern.Prefix()
	if like.Negated || prefix == "" || !isText(like.Args[0].Type()) {
		return
	}
	for _, num := range s.keyNumbers(like.Args[0]) {
		b := boundsOf(byColumn, num)
		if b.equal != nil || b.low != nil || b.high != nil {
			continue
		}
		text := func(v string) expr.Expr {
			return &expr.Const{Value: types.String(v), T: types.Text, Mod: types.NoTypmod, Loc: -1}
		}
		b.low = &Bound{Value: text(prefix), Inclusive: true}
		if end := afterPrefix(prefix); end != "" {
			b.high = &Bound{Value: text(end)}
		}
	}
}

// comparable gives a value as one of the type of an index's keys, if that changes
// neither the value nor what compares equal to it; nil if not.
func comparable(value expr.Expr, key *types.Type) expr.Expr {
	from := value.Type()
	if from.Same(key) {
		return value
	}
	if !isInteger(from) || !isInteger(key) {
		return nil
	}
	// Keys of all integers are written alike: one that the type does not have is no row's.
	if c, ok := value.(*expr.Const); ok {
		return &expr.Const{Value: c.Value, T: key, Mod: types.NoTypmod, Loc: c.Loc}
	}
	return &expr.Relabel{Arg: value, T: key, Mod: types.NoTypmod, Form: expr.FormImplicitCast}
}

var commuted = map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func boundsOf(byColumn map[int16]*bounds, num int16) *bounds {
	b := byColumn[num]
	if b == nil {
		b = &bounds{}
		byColumn[num] = b
	}
	return b
}

// plainColumn gives the attribute number of a table column that stands alone,
// or under a cast that keeps its value and order (varchar to text).
func (s *Scan) plainColumn(e expr.Expr) (int16, bool) {
	e = unlabelled(e)
	if r, ok := e.(*expr.Relabel); ok && r.T.Same(r.Arg.Type()) {
		e = r.Arg
	}
	if r, ok := e.(*expr.Relabel); ok && r.Arg.Type().Kind == types.KindDomain && r.Arg.Type().Base.Same(r.T) {
		e = r.Arg // of a domain
	}
	c, ok := e.(*expr.Column)
	if !ok || c.Index >= len(s.Table.Columns) {
		return 0, false
	}
	return s.Table.Columns[c.Index].Num, true
}

func sameTypes(t *types.Type, list []expr.Expr) bool {
	for _, e := range list {
		if !e.Type().Same(t) || readsColumn(e) || expr.MaxVolatility(e) == expr.Volatile {
			return false
		}
	}
	return true
}

// indexRanges makes the ranges of an index from what is known of its columns,
// and a score: two for each key fixed by equality, one for a range.
func (s *Scan) indexRanges(index *catalog.Index, byColumn map[int16]*bounds) ([]Range, int) {
	ranges := []Range{{}}
	score := 0
	for i := range index.Keys {
		b := byColumn[s.keyNumber(index, i)]
		if b == nil {
			break
		}
		if b.null != nil && !index.Unique { // a unique index has NULLs in entries of their own
			for r := range ranges {
				ranges[r].Prefix = append(slices.Clip(ranges[r].Prefix), &NullKey{b.null})
			}
			score += 2
			continue
		}
		if b.equal != nil && len(ranges)*len(b.equal) <= 1000 && extends(ranges, b.equal) {
			next := make([]Range, 0, len(ranges)*len(b.equal))
			for _, r := range ranges {
				for _, v := range b.equal {
					next = append(next, Range{Prefix: append(append([]expr.Expr(nil), r.Prefix...), v)})
				}
			}
			ranges = next
			score += 2
			continue
		}
		if b.low != nil || b.high != nil {
			for i := range ranges {
				ranges[i].Low, ranges[i].High = b.low, b.high
			}
			score++
		}
		break
	}
	if score == 0 {
		return nil, 0
	}
	return ranges, score
}
