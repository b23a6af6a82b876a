package plan

import (
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// extremes reads min and max of columns from the ends of indexes: those of a table, or of
// each of the tables that inherit from one.
func (n *Aggregate) extremes() {
	if !n.Plain || n.Sets != nil || len(n.Aggs) != 1 {
		return
	}
	call := &n.Aggs[0]
	if call.Fn.Name != "min" && call.Fn.Name != "max" || call.Fn.Collation != nil || call.Filter != nil || len(call.Args) != 1 {
		return
	}
	c, ok := call.Args[0].(*expr.Column)
	if !ok {
		return
	}
	desc := call.Fn.Name == "max"
	switch in := n.Input.(type) {
	case *Scan:
		if end := in.end(c, desc); end != nil {
			n.Input = end
		}
	case *Append:
		in.ends(c.Index, desc)
	}
}

// ends has each member give one row, with the least value of a column, or the greatest,
// if indexes of all of them lead there.
func (n *Append) ends(column int, desc bool) {
	if n.Ref || n.Merge != nil {
		return
	}
	ends := make([]Node, len(n.Members))
	for i, m := range n.Members {
		p, ok := m.(*Project)
		if !ok {
			return
		}
		s, ok := p.Input.(*Scan)
		if !ok {
			return
		}
		c, ok := p.Exprs[column].(*expr.Column)
		if !ok {
			return
		}
		trial := *s
		if ends[i] = trial.end(c, desc); ends[i] == nil {
			return
		}
	}
	for i, end := range ends {
		n.Members[i].(*Project).Input = end
	}
}

// end gives the row of a scan with the least value of a column, or the greatest, from the
// end of an index; nil if there is none for that.
func (s *Scan) end(c *expr.Column, desc bool) Node {
	if s.Lock != nil || s.Ref || c.Index >= len(s.Table.Columns) {
		return nil
	}
	column := s.Table.Columns[c.Index]
	// An index's NULLs may be on either end: they are passed over.
	for _, nullsFirst := range []bool{desc, !desc} {
		if !s.follow([]columnOrder{{column: column, desc: desc, nullsFirst: nullsFirst}}, 1) {
			continue
		}
		if !column.NotNull {
			s.Filter = and(s.Filter, &expr.IsNull{Arg: c, Negated: true})
		}
		one := &expr.Const{Value: types.Int(1), T: types.Int8, Mod: types.NoTypmod, Loc: -1}
		return &Limit{Input: &Sort{Input: s, Keys: []SortKey{{Expr: c, Desc: desc, NullsFirst: nullsFirst}}, Presorted: true}, Count: one}
	}
	return nil
}
