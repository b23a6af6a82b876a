package inverted

import (
	"bytes"
	"math"
)

// Op is what a Query asks for.
type Op uint8

// The kinds of queries.
const (
	AllRows Op = iota // nothing is known
	NoRows
	OneKey  // the rows that have Key
	Between // those that have a key within one of Ranges
	And     // those that all of Args have
	Or      // those that one of Args has
	AtLeast // those that Least of Args have
)

// Query is a question to an index. It is immutable.
type Query struct {
	Op Op
	// Column is which of the index's keys is meant.
	Column int
	Key    []byte
	Ranges []Range // of Between, in order and apart
	Least  int     // of AtLeast
	Args   []*Query
}

// Range is of the keys from From up to but excluding To; nil: there is no end.
type Range struct{ From, To []byte }

// The queries for everything and nothing.
var (
	All  = &Query{Op: AllRows}
	None = &Query{Op: NoRows}
)

func compareKeys(a, b []byte) int { return bytes.Compare(a, b) }

func key(k []byte) *Query { return &Query{Op: OneKey, Key: k} }

func between(from, to []byte) *Query { return &Query{Op: Between, Ranges: []Range{{from, to}}} }

// beginning asks for the keys that begin with something.
func beginning(k []byte) *Query { return between(k, after(k)) }

// after is the first key behind all that begin with k; nil: there is none.
func after(k []byte) []byte {
	end := bytes.Clone(k)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// AllOf asks for what all queries ask for.
func AllOf(list ...*Query) *Query {
	var args []*Query
	for _, q := range list {
		switch q.Op {
		case AllRows:
			continue
		case NoRows:
			return None
		case And:
			args = append(args, q.Args...)
			continue
		}
		args = append(args, q)
	}
	switch len(args) {
	case 0:
		return All
	case 1:
		return args[0]
	}
	return &Query{Op: And, Args: args}
}

// OneOf asks for what one of the queries asks for.
func OneOf(list ...*Query) *Query {
	var args []*Query
	for _, q := range list {
		switch q.Op {
		case AllRows:
			return All
		case NoRows:
			continue
		case Or:
			args = append(args, q.Args...)
			continue
		}
		args = append(args, q)
	}
	switch len(args) {
	case 0:
		return None
	case 1:
		return args[0]
	}
	return &Query{Op: Or, Args: args}
}

// atLeast asks for n of several keys.
func atLeast(n int, keys []*Query) *Query {
	switch {
	case n <= 0:
		return All
	case n > len(keys):
		return None
	case n == len(keys):
		return AllOf(keys...)
	case n == 1:
		return OneOf(keys...)
	}
	return &Query{Op: AtLeast, Least: n, Args: keys}
}

// On gives the query about one of an index's keys.
func (q *Query) On(column int) *Query {
	if column == 0 {
		return q
	}
	out := *q
	out.Column, out.Args = column, nil
	for _, a := range q.Args {
		out.Args = append(out.Args, a.On(column))
	}
	return &out
}

// Fraction estimates what part of the rows a query asks for. Of one key it is what rows says, which is
// asked about no key for one of which nothing is known.
func (q *Query) Fraction(rows func(key []byte) float64) float64 {
	switch q.Op {
	case AllRows:
		return 1
	case NoRows:
		return 0
	case OneKey:
		return rows(q.Key)
	case Between:
		return min(1, 4*rows(nil))
	}
	least, none, all := 1.0, 1.0, 1.0
	for _, a := range q.Args {
		f := a.Fraction(rows)
		least, none, all = min(least, f), none*(1-f), all*f
	}
	switch q.Op {
	case And: // keys that come together are not independent
		return math.Max(all, math.Pow(least, 1+0.5*math.Min(float64(len(q.Args)-1), 2)))
	case Or:
		return 1 - none
	}
	return (1 - none) / float64(q.Least)
}
