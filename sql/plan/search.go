package plan

import (
	"math"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/expr/inverted"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Search is what a scan looks for in an inverted index: a condition over one of the index's keys,
// or several searches. The filter of the scan is checked on every row that is found.
type Search struct {
	// Either: one of Args is looked for, otherwise all of them. Without Args it is a condition.
	Either bool
	Args   []*Search

	// Key is which of the index's keys is meant. It stands on the left of the operator.
	Key      int
	Operator string
	Value    expr.Expr // reads no column
	Class    *inverted.Class
	Term     expr.Expr // the whole condition
	// known is what is looked for, where the value is a constant.
	known *inverted.Query
}

// searchOf gives what the filter allows to look for in an inverted index; nil: nothing.
func (s *Scan) searchOf(index *catalog.Index) *Search {
	if s.Filter == nil || s.watched || !index.Inverted() || !s.hasAll(index) {
		return nil
	}
	return s.searchAll(index, conjuncts(s.Filter))
}

// searchAll is a search for what conditions have in common, as far as they can be looked for.
func (s *Scan) searchAll(index *catalog.Index, terms []expr.Expr) *Search {
	all := &Search{}
	for _, term := range terms {
		if one := s.searchTerm(index, term); one != nil {
			all.Args = append(all.Args, one)
		}
	}
	switch len(all.Args) {
	case 0:
		return nil
	case 1:
		return all.Args[0]
	}
	return all
}

func (s *Scan) searchTerm(index *catalog.Index, term expr.Expr) *Search {
	var call *expr.Call
	switch term := term.(type) {
	case *expr.Or:
		either := &Search{Either: true, Term: term}
		for _, branch := range term.Args {
			one := s.searchAll(index, conjuncts(branch))
			if one == nil {
				return nil
			}
			either.Args = append(either.Args, one)
		}
		return either
	case *expr.Like:
		call = term.Call
	case *expr.Call:
		call = term
	default:
		return nil
	}
	if len(call.Args) != 2 {
		return nil
	}
	for side, arg := range call.Args {
		for _, num := range s.keyNumbers(arg) {
			for i := range index.Keys {
				if s.keyNumber(index, i) != num {
					continue
				}
				if one := s.searchKey(index, i, call, side, term); one != nil {
					return one
				}
			}
		}
	}
	return nil
}

// searchKey is a search for a condition with a key of an index at a side of it.
func (s *Scan) searchKey(index *catalog.Index, key int, call *expr.Call, side int, term expr.Expr) *Search {
	value := call.Args[1-side]
	if readsColumn(value) || expr.MaxVolatility(value) == expr.Volatile {
		return nil
	}
	class := inverted.Of(index.Method, index.Keys[key].OpClass, s.keyType(index, key))
	if class == nil {
		return nil
	}
	op, ok := class.Operator(call, side)
	if !ok {
		return nil
	}
	out := &Search{Key: key, Operator: op, Value: value, Class: class, Term: term}
	// What depends on settings is known when it is done.
	if c, ok := value.(*expr.Const); ok && expr.MaxVolatility(call) == expr.Immutable {
		known, err := class.Query(nil, op, c.T, c.Value)
		if err != nil || known.Op == inverted.AllRows {
			return nil
		}
		out.known = known
	}
	return out
}

// keyType is the type of an index's key.
func (s *Scan) keyType(index *catalog.Index, key int) *types.Type {
	if at := s.Table.Ordinal(index.Keys[key].Column); index.Keys[key].Column != 0 && at >= 0 {
		return s.Table.Columns[at].Type.Type
	}
	for at, i := range s.indexes {
		if i == index && s.code[at].keys != nil && s.code[at].keys[key] != nil {
			return s.code[at].keys[key].Type()
		}
	}
	return nil
}

// terms are the conditions that are looked for.
func (q *Search) terms() []expr.Expr {
	if q.Term != nil {
		return []expr.Expr{q.Term}
	}
	var out []expr.Expr
	for _, a := range q.Args {
		out = append(out, a.terms()...)
	}
	return out
}

// each calls f with all conditions.
func (q *Search) each(f func(*Search)) {
	if q.Args == nil {
		f(q)
	}
	for _, a := range q.Args {
		a.each(f)
	}
}

// mapped puts f(e) in the place of the values.
func (q *Search) mapped(f func(*expr.Expr)) *Search {
	out := *q
	if out.Args = nil; q.Args == nil {
		if f(&out.Value); out.Value != q.Value {
			out.known = nil
		}
	}
	for _, a := range q.Args {
		out.Args = append(out.Args, a.mapped(f))
	}
	return &out
}

// keyRows is what part of the rows have a key of which nothing is known.
const keyRows = 0.01

// fraction estimates what part of the rows is found, and how many entries, as a part of the
// rows, are read for it.
func (q *Search) fraction(s *Scan) (found, read float64) {
	if q.Args == nil {
		found = selectivity(q.Term, s)
		if q.known == nil {
			return found, 2 * found
		}
		return found, found * float64(1+len(q.known.Args)) // the lists are as long as the shortest, about
	}
	found, none := 1.0, 1.0
	for _, a := range q.Args {
		f, r := a.fraction(s)
		found, none, read = found*f, none*(1-f), read+r
	}
	if q.Either {
		return 1 - none, read
	}
	return found, read
}

func callOf(e expr.Expr) (*expr.Call, bool) {
	switch e := e.(type) {
	case *expr.Like:
		return e.Call, true
	case *expr.Call:
		return e, true
	}
	return nil, false
}

// elementFrequency is what part of the rows have a key of the default class of inverted indexes.
func (v *variable) elementFrequency(key []byte) float64 {
	rare := 1 / max(1, v.rows)
	if n := len(v.stats.Elements); n > 0 {
		rare = max(rare, v.stats.Elements[n-1].Frequency/2)
	}
	if key == nil {
		return rare
	}
	for i := range v.stats.Elements {
		if e := &v.stats.Elements[i]; e.Key == string(key) {
			return e.Frequency
		}
	}
	return rare
}

// elementSelectivity estimates a condition over the elements of a column, by how common those are.
func elementSelectivity(c *expr.Call, n Node) (part float64, ok bool) {
	for side, arg := range c.Args {
		v, isColumn := variableOf(arg, n)
		value, isConst := c.Args[1-side].(*expr.Const)
		if !isColumn || !isConst || v.stats == nil || v.stats.Elements == nil {
			continue
		}
		class := inverted.Statistics(v.stats.Type)
		if class == nil {
			continue
		}
		op, known := class.Operator(c, side)
		if !known || expr.MaxVolatility(c) != expr.Immutable {
			continue
		}
		q, err := class.Query(nil, op, value.T, value.Value)
		if err != nil || q.Op == inverted.AllRows {
			return 0, false
		}
		return q.Fraction(v.elementFrequency) * (1 - v.nulls()), true
	}
	return 0, false
}

// searchCost estimates reading what is looked for in an inverted index.
func (s *Scan) searchCost(q *Search) access {
	all := s.tableRows()
	found, read := q.fraction(s)
	a := access{read: max(1, all*found)}
	a.rows = min(all*selectivity(s.Filter, s), a.read)
	lists := 0.0
	q.each(func(one *Search) {
		if lists++; one.known != nil {
			lists += math.Min(float64(len(one.known.Args)), 24)
		}
	})
	a.startup = rangeCost * lists
	a.total = a.startup + all*read*indexTupleCost + a.read*(lookupCost+cpuTupleCost+cpuOperatorCost*countTerms(s.Filter))
	return a
}

// SearchEstimate estimates reading an index for a part of what is looked for by it.
func (s *Scan) SearchEstimate(q *Search) Estimate {
	found, read := q.fraction(s)
	return Estimate{Total: rangeCost + s.tableRows()*read*indexTupleCost, Rows: max(1, math.Round(s.tableRows()*found))}
}

// searchesOf finds the inverted indexes of a side by which it can be looked up: those that know a
// condition over one of their columns and something of other sides.
func (t *joinTree) searchesOf(i int, s *Scan) (out []lookup) {
	l := &t.leaves[i]
	for _, index := range s.indexes {
		if !index.Inverted() || s.watched || !plainIndex(index) {
			continue
		}
		for _, k := range t.touching[i] {
			c := &t.conds[k]
			call, _ := callOf(c.expr)
			if c.done || c.class != 0 || call == nil || len(call.Args) != 2 {
				continue
			}
			for side, arg := range call.Args {
				col, ok := unlabelled(arg).(*expr.Column)
				if !ok || !columnsWithin(arg, l.offset, l.offset+len(s.Table.Columns)) || columnsMeet(call.Args[1-side], l.offset, l.offset+l.width) {
					continue
				}
				for key := range index.Keys {
					if index.Keys[key].Column != s.Table.Columns[col.Index-l.offset].Num {
						continue
					}
					if class := inverted.Of(index.Method, index.Keys[key].OpClass, s.keyType(index, key)); class != nil {
						if _, ok := class.Operator(call, side); ok {
							out = append(out, lookup{keys: []keyNeed{{all: c.set() &^ (1 << i)}}, rows: []float64{s.tableRows() * keyRows}, times: 1})
						}
					}
				}
			}
		}
	}
	return out
}

// columnsMeet says whether an expression reads a column of [from, to).
func columnsMeet(e expr.Expr, from, to int) (some bool) {
	expr.Walk(e, func(e expr.Expr) bool {
		if c, is := e.(*expr.Column); is {
			some = some || c.Index >= from && c.Index < to
		}
		return !some
	})
	return some
}
