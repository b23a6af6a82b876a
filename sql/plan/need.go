package plan

import "github.com/kalamsql/kalamsql/sql/expr"

// columns is a set of columns of a node's rows; nil is all of them.
type columns []bool

// needed tells scans which columns anybody reads, so that the others need not be
// decoded. wanted are those that are read of n's own rows. whole: what nobody reads is
// joined and computed all the same, as a live query does, to which it matters what
// indexes there are while it goes on.
func needed(n Node, wanted columns, whole bool) {
	switch n := n.(type) {
	case *Scan:
		n.need(wanted)
	case *Append:
		for _, m := range n.Members {
			needed(m, wanted.keys(n.Merge), whole)
		}
	case *SetOp:
		if !n.unionAll() {
			wanted = nil
		}
		needed(n.Left, wanted.keys(n.Merge), whole)
		needed(n.Right, wanted.keys(n.Merge), whole)
	case *Filter:
		needed(n.Input, wanted.and(n.Cond), whole)
	case *Sample:
		needed(n.Input, wanted, whole)
	case *Project:
		w := none(n.Input)
		for i, e := range n.Exprs {
			// A column that nobody reads may as well be NULL.
			if _, plain := e.(*expr.Column); !plain || n.Sets || wanted == nil || wanted[i] {
				w = w.and(e)
			}
		}
		needed(n.Input, w, whole)
	case *Join:
		if n.Unread = !whole && n.unread(wanted); n.Unread {
			needed(n.Left, wanted[:Width(n.Left)], whole)
			return
		}
		left, right := wanted.split(n.Left, n.Right, n.Cond)
		needed(n.Left, left.and(n.LeftKeys...), whole)
		right = right.and(n.RightKeys...)
		n.Kept = right.places()
		needed(n.Right, right, whole)
	case *Apply:
		left, right := wanted.split(n.Left, n.Right, n.Cond)
		needed(n.Left, left.and(n.Args...), whole)
		needed(n.Right, right, whole)
	case *Aggregate:
		w := none(n.Input).and(n.Keys...)
		n.Unread = nil
		for i := range n.Aggs {
			c := &n.Aggs[i]
			if !whole && n.unread(i, wanted) {
				continue
			}
			w = w.and(c.Args...).and(c.Direct...).and(c.Filter).keys(c.OrderBy)
		}
		needed(n.Input, w, whole)
	case *Window:
		w := wanted
		if w != nil {
			w = append(columns(nil), w[:Width(n.Input)]...)
		}
		if n.Unread = !whole && n.unread(wanted); n.Unread {
			needed(n.Input, w, whole)
			return
		}
		w = w.and(n.Partition...).keys(n.Order)
		for i := range n.Calls {
			w = w.and(n.Calls[i].Args...).and(n.Calls[i].Filter)
		}
		needed(n.Input, w, whole)
	case *Sort:
		needed(n.Input, wanted.keys(n.Keys), whole)
	case *Limit:
		needed(n.Input, wanted.keys(n.Ties), whole)
	case *Distinct:
		if n.On == nil {
			wanted = nil
		}
		needed(n.Input, wanted.and(n.On...), whole)
	case *With:
		for _, c := range n.CTEs {
			needed(c.Query, nil, whole)
		}
		needed(n.Input, wanted, whole)
	default:
		for _, in := range n.Inputs() {
			needed(in, nil, whole)
		}
	}
}

// need settles what a scan decodes. Rows that are locked or changed are wanted
// whole.
func (s *Scan) need(wanted columns) {
	s.Need, s.NoVersion, s.entriesMayDo = nil, false, false
	if wanted == nil || s.Lock != nil || s.Ref {
		return
	}
	all := wanted.and(s.Filter)
	own := all[:len(s.Table.Columns)]
	s.NoVersion = !all[len(own)+1]
	s.entriesMayDo = s.NoVersion && !all[len(own)]
	for _, w := range own {
		if !w {
			s.Need = own
			return
		}
	}
}

// none is no column of a node.
func none(n Node) columns { return make(columns, Width(n)) }

// and adds the columns that expressions read.
func (w columns) and(exprs ...expr.Expr) columns {
	if w == nil {
		return nil
	}
	out := append(make(columns, 0, len(w)), w...)
	for _, e := range exprs {
		expr.Walk(e, func(e expr.Expr) bool {
			if c, ok := e.(*expr.Column); ok {
				out[c.Index] = true
			}
			return true
		})
	}
	return out
}

// places lists the columns of a set; nil is all.
func (w columns) places() []int {
	if w == nil {
		return nil
	}
	list := make([]int, 0, len(w))
	for i, in := range w {
		if in {
			list = append(list, i)
		}
	}
	return list
}

func (w columns) keys(keys []SortKey) columns {
	exprs := make([]expr.Expr, len(keys))
	for i, k := range keys {
		exprs[i] = k.Expr
	}
	return w.and(exprs...)
}

// split divides the columns of pairs between the sides, with those that a
// condition over pairs reads.
func (w columns) split(left, right Node, cond expr.Expr) (l, r columns) {
	if w == nil {
		return nil, nil
	}
	all := w.and(cond)
	at := Width(left)
	return all[:at:at], all[at:]
}
