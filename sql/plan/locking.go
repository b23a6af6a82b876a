package plan

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// locking applies FOR UPDATE and its kin to the scans it names.
func (p *planner) locking(s *ast.SelectStmt, node Node) error {
	names := [...]string{"FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"}
	for _, l := range s.Locking {
		clause := names[l.Strength]
		switch {
		case s.Distinct || len(s.DistinctOn) > 0:
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed with DISTINCT clause", clause)
		case len(s.GroupBy) > 0:
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed with GROUP BY clause", clause)
		case s.Having != nil:
			return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed with HAVING clause", clause)
		}
		lockScans(node, &RowLock{Strength: uint8(l.Strength), NoWait: l.NoWait, SkipLocked: l.SkipLocked})
	}
	return nil
}

func lockScans(n Node, lock *RowLock) {
	if s, ok := n.(*Scan); ok {
		s.Lock = lock
	}
	for _, in := range n.Inputs() {
		lockScans(in, lock)
	}
}
