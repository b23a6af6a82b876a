package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// LockRows locks the table rows that its input's rows are made of, as they are
// asked for: below a LIMIT, above ORDER BY and joins. One that is gone or skipped
// takes the row with it. One that has a newer version than the snapshot takes that
// one's place, if the row then still meets Cond.
type LockRows struct {
	Input  Node
	Tables []LockedTable
	// Cond has WHERE and the conditions of inner joins; nil for none.
	Cond expr.Expr
}

// LockedTable is a table whose rows are locked. At is where its columns begin in
// the input's rows; they end with the reference to the row.
//
// Of what Heirs inherit from, the table's OID follows.
type LockedTable struct {
	Table *catalog.Table
	At    int
	Lock  *RowLock
	Heirs *Heirs
}

// Columns implements Node.
func (n *LockRows) Columns() []Column { return n.Input.Columns() }

// Inputs implements Node.
func (n *LockRows) Inputs() []Node { return []Node{n.Input} }

// locksLate says whether the rows of a query have to be locked above its joins,
// its order and the subqueries of its conditions. Otherwise its scan locks them.
func locksLate(s *ast.SelectStmt) bool {
	if len(s.Locking) == 0 {
		return false
	}
	late := len(s.From) != 1 || len(s.OrderBy) > 0
	if !late {
		_, plain := s.From[0].(*ast.RangeVar)
		late = !plain
	}
	if s.Where != nil {
		ast.Inspect(s.Where, func(n ast.Node) bool {
			_, sub := n.(*ast.SubLink)
			late = late || sub
			return !late
		})
	}
	return late
}

// lockable says whether the query that is being planned locks a table late.
func (p *planner) lockable(name string) bool {
	for _, l := range p.late {
		if len(l.Of) == 0 {
			return true
		}
		for _, of := range l.Of {
			if of.Name == name {
				return true
			}
		}
	}
	return false
}

// lockInherited is lockLate for an Append.
func (p *planner) lockInherited(n *Append, lock *RowLock, rows *LockRows) error {
	at := offsetOf(rows.Input, n)
	if rows.stronger(at, lock) {
		return nil
	}
	if n.role != nil {
		return sqlerr.Unsupported("locking rows of a table with row-level policies that others inherit from")
	}
	h, err := p.heirs(&target{table: n.Table}, 0, nil, nil)
	if err != nil {
		return err
	}
	rows.Tables = append(rows.Tables, LockedTable{Table: n.Table, At: at, Lock: lock, Heirs: h})
	for _, t := range n.tables {
		p.rowLocks = append(p.rowLocks, t.OID)
	}
	return nil
}

// stronger takes a lock of the table at a place that is locked already.
func (n *LockRows) stronger(at int, lock *RowLock) bool {
	for i := range n.Tables {
		if t := &n.Tables[i]; t.At == at {
			if t.Lock.Strength < lock.Strength {
				t.Lock = lock
			}
			return true
		}
	}
	return false
}

// lockLate notes a lock for the LockRows above a scan, as strong as anybody wants.
func (p *planner) lockLate(s *Scan, lock *RowLock, rows *LockRows) error {
	if rows.stronger(offsetOf(rows.Input, s), lock) {
		return nil
	}
	if s.role != nil {
		cond, err := p.visible(s.Table, s.role, 'w')
		if err != nil {
			return err
		}
		s.Filter = and(s.Filter, cond)
	}
	rows.Tables = append(rows.Tables, LockedTable{Table: s.Table, At: offsetOf(rows.Input, s), Lock: lock})
	p.rowLocks = append(p.rowLocks, s.Table.OID)
	return nil
}

// offsetOf is where the columns of what reads a table begin in the rows of FROM; -1 if
// it is not of them.
func offsetOf(n, s Node) int {
	var left, right Node
	switch t := n.(type) {
	case *Scan, *Append:
		if n == s {
			return 0
		}
		return -1
	case *Filter:
		return offsetOf(t.Input, s)
	case *Sample:
		return offsetOf(t.Input, s)
	case *Join:
		left, right = t.Left, t.Right
	case *Apply:
		left, right = t.Left, t.Right
	default:
		return -1
	}
	if at := offsetOf(left, s); at >= 0 {
		return at
	}
	if at := offsetOf(right, s); at >= 0 {
		return Width(left) + at
	}
	return -1
}

// met collects what rows of FROM have met: the conditions of inner joins, and
// those that policies add to scans.
func met(n Node, offset int) (conds []expr.Expr) {
	switch t := n.(type) {
	case *Scan:
		for _, c := range conjuncts(t.Filter) {
			conds = append(conds, shift(c, offset))
		}
	case *Join:
		if t.Type == InnerJoin {
			conds = t.conditions(offset)
		}
		if t.Type == InnerJoin || t.Type == LeftJoin {
			conds = append(conds, met(t.Left, offset)...)
		}
		if t.Type == InnerJoin || t.Type == RightJoin {
			conds = append(conds, met(t.Right, offset+Width(t.Left))...)
		}
	}
	return conds
}

// lockedRows finishes a query whose rows are locked late: they are put in order
// and locked as they come from the tables, and the targets are computed last. The
// targets behind the visible ones are only for the order.
func (p *planner) lockedRows(s *ast.SelectStmt, rows *LockRows, sc *scope, targets []expr.Expr, cols []Column, order []SortKey) (Node, error) {
	keys := make([]SortKey, len(order))
	for i, k := range order {
		keys[i] = k
		keys[i].Expr = expr.InOrder(targets[uncollated(k.Expr).(*expr.Column).Index])
	}
	if len(keys) > 0 {
		rows.Input = &Sort{Input: rows.Input, Keys: keys}
	}
	node, err := p.limit(s, rows, sc, keys)
	if err != nil {
		return nil, err
	}
	return &Project{Input: node, Exprs: targets[:len(cols)], cols: cols}, nil
}
