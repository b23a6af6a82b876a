package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// lockable is an item of FROM that a locking clause may name.
type lockable struct {
	name string
	from *ast.RangeVar // nil for a subquery
	node Node
	// what it is, if it cannot be locked: "a function".
	what string
	// nullable: an outer join may have no row of it.
	nullable bool
}

// lockNames are the clauses by strength.
var lockNames = [...]string{"FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"}

// locking applies FOR UPDATE and its kin to the items of FROM they name, or to
// all; late gets the tables that are not locked by their scans.
func (p *planner) locking(s *ast.SelectStmt, sc *scope, late *LockRows) error {
	for _, l := range s.Locking {
		lock := &RowLock{Strength: uint8(l.Strength), NoWait: l.NoWait, SkipLocked: l.SkipLocked}
		clause := lockNames[l.Strength]
		if len(l.Of) == 0 {
			for _, item := range sc.items {
				if item.what != "" {
					continue
				}
				if err := item.lock(p, lock, clause, late); err != nil {
					return err
				}
			}
		}
		for _, of := range l.Of {
			found := false
			for _, item := range sc.items {
				if item.name != of.Name {
					continue
				}
				found = true
				if item.what != "" {
					return sqlerr.New(sqlerr.FeatureNotSupported, "%s cannot be applied to %s", clause, item.what).At(of.Pos())
				}
				if err := item.lock(p, lock, clause, late); err != nil {
					return err
				}
			}
			if !found {
				return sqlerr.New(sqlerr.UndefinedTable, `relation "%s" in %s clause not found in FROM clause`, of.Name, clause).At(of.Pos())
			}
		}
	}
	return nil
}

// refuseLocking says what a query with a locking clause must not have; grouped,
// windowed and sets say what its expressions call.
func refuseLocking(s *ast.SelectStmt, grouped, windowed, sets bool) error {
	if len(s.Locking) == 0 {
		return nil
	}
	with := ""
	switch {
	case s.SetOp != ast.SetNone:
		with = "UNION/INTERSECT/EXCEPT"
	case s.Values != nil:
		return sqlerr.New(sqlerr.FeatureNotSupported, "%s cannot be applied to VALUES", lockNames[s.Locking[0].Strength])
	case s.Distinct || len(s.DistinctOn) > 0:
		with = "DISTINCT clause"
	case len(s.GroupBy) > 0:
		with = "GROUP BY clause"
	case s.Having != nil:
		with = "HAVING clause"
	case grouped:
		with = "aggregate functions"
	case windowed:
		with = "window functions"
	case sets:
		with = "set-returning functions in the target list"
	default:
		return nil
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, "%s is not allowed with %s", lockNames[s.Locking[0].Strength], with)
}

// mayLock asks for the right to update what is locked: of the relation that the query
// names, and for the owners of views of what they read.
func (i *lockable) mayLock(p *planner) {
	if i.from != nil && i.what == "" {
		if r, err := p.env.Relation(i.from); err == nil {
			p.require(r, 0).Locks = true
			if v, ok := r.(*catalog.View); ok {
				p.mayLockThrough(v)
			}
			return
		}
	}
	var scans func(Node)
	scans = func(n Node) {
		if s, ok := n.(*Scan); ok {
			for k := range p.requires {
				if q := &p.requires[k]; q.Relation.ObjectOID() == s.Table.OID && q.As != p.as {
					q.Locks = true
				}
			}
		}
		for _, in := range n.Inputs() {
			scans(in)
		}
	}
	scans(i.node)
}

// mayLockThrough asks a view's owner for the right to update what its query reads in FROM.
func (p *planner) mayLockThrough(v *catalog.View) {
	query, err := storedQuery(v, p.env.qualifiedName)
	if err != nil || p.viewDepth == maxViewDepth {
		return
	}
	defer p.enterView(v)()
	for _, item := range query.From {
		ast.Inspect(item, func(n ast.Node) bool {
			if from, ok := n.(*ast.RangeVar); ok {
				r, err := p.env.Relation(from)
				if err != nil {
					return true
				}
				p.require(r, 0).Locks = true
				if v, ok := r.(*catalog.View); ok {
					p.mayLockThrough(v)
				}
			}
			_, sub := n.(*ast.SubLink)
			return !sub
		})
	}
}

// lock locks the rows of an item.
func (i *lockable) lock(p *planner, lock *RowLock, clause string, late *LockRows) error {
	if i.nullable {
		return sqlerr.New(sqlerr.FeatureNotSupported, "%s cannot be applied to the nullable side of an outer join", clause)
	}
	i.mayLock(p)
	if s, ok := i.node.(*Scan); ok && s.Ref {
		return p.lockLate(s, lock, late)
	}
	node := i.node
	if f, ok := node.(*Filter); ok {
		node = f.Input
	}
	if a, ok := node.(*Append); ok && a.Ref {
		return p.lockInherited(a, lock, late)
	}
	return p.lockScans(i.node, lock)
}

// lockScans locks what is read below a node, as strongly as anybody wants. What is
// locked must be what the policies let the role update.
func (p *planner) lockScans(n Node, lock *RowLock) error {
	if s, ok := n.(*Scan); ok && (s.Lock == nil || s.Lock.Strength < lock.Strength) {
		if s.role != nil && s.Lock == nil {
			cond, err := p.visible(s.Table, s.role, 'w')
			if err != nil {
				return err
			}
			s.Filter = and(s.Filter, cond)
		}
		s.Lock = lock
		p.rowLocks = append(p.rowLocks, s.Table.OID)
	}
	for _, in := range n.Inputs() {
		if err := p.lockScans(in, lock); err != nil {
			return err
		}
	}
	return nil
}

// LockName is the name of a locking clause.
func LockName(l *ast.LockingClause) string { return lockNames[l.Strength] }
