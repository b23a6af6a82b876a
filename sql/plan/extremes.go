package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/types"
)

// mostExtremes is for how many aggregates the ends of indexes are read.
const mostExtremes = 8

// extremes reads min and max of columns from the ends of indexes: those of a table, or of
// each of the tables that inherit from one. Of several, the least and the greatest values are among the rows of all ends.
func (n *Aggregate) extremes() {
	if !n.Plain || n.Sets != nil || len(n.Aggs) == 0 || len(n.Aggs) > mostExtremes {
		return
	}
	type extreme struct {
		column *expr.Column
		desc   bool
	}
	var wanted []extreme
	for i := range n.Aggs {
		call := &n.Aggs[i]
		if call.Fn.Name != "min" && call.Fn.Name != "max" || call.Fn.Collation != nil || call.Filter != nil || len(call.Args) != 1 {
			return
		}
		c, ok := call.Args[0].(*expr.Column)
		if !ok {
			return
		}
		desc := call.Fn.Name == "max"
		if !slices.ContainsFunc(wanted, func(x extreme) bool { return x.column.Index == c.Index && x.desc == desc }) {
			wanted = append(wanted, extreme{c, desc})
		}
	}
	switch in := n.Input.(type) {
	case *Scan:
		var all Node
		for _, x := range wanted {
			trial := *in
			end := trial.end(x.column, x.desc)
			if end == nil {
				return
			}
			if all == nil {
				all = end
			} else {
				all = &SetOp{Op: uint8(ast.SetUnion), All: true, Left: all, Right: end, cols: in.Columns()}
			}
		}
		n.Input = all
	case *Append:
		if len(wanted) == 1 {
			in.ends(wanted[0].column.Index, wanted[0].desc)
		}
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
