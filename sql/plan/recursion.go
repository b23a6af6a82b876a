package plan

import (
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// byDependency orders the queries of WITH RECURSIVE so that each stands behind
// those it reads. Two that read each other are refused.
func byDependency(w *ast.WithClause) ([]*ast.CTE, error) {
	if !w.Recursive {
		return w.CTEs, nil
	}
	const unseen, open, placed = 0, 1, 2
	state := make([]int, len(w.CTEs))
	var out []*ast.CTE
	var place func(i int) error
	place = func(i int) error {
		state[i] = open
		for k, other := range w.CTEs {
			if k == i || state[k] == placed || !refersTo(w.CTEs[i].Query, other.Name) {
				continue
			}
			if state[k] == open {
				first := w.CTEs[min(i, k)]
				return sqlerr.New(sqlerr.FeatureNotSupported, "mutual recursion between WITH items is not implemented").At(first.Pos())
			}
			if err := place(k); err != nil {
				return err
			}
		}
		state[i] = placed
		out = append(out, w.CTEs[i])
		return nil
	}
	for i := range w.CTEs {
		if state[i] == unseen {
			if err := place(i); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// refersTo says whether a query reads a relation by its unqualified name.
func refersTo(q ast.Node, name string) bool {
	found := false
	ast.Walk(q, func(n ast.Node) bool {
		if v, ok := n.(*ast.RangeVar); ok && v.Schema == "" && v.Name == name {
			found = true
		}
		return !found
	})
	return found
}

// selfReferences checks where a recursive query reads itself: once, and not
// where the rows of a round could not be computed from those of the one before.
type selfReferences struct {
	name  string
	count int
}

// query checks a query; within names what it is in that forbids a reference,
// empty for nothing.
func (c *selfReferences) query(q *ast.SelectStmt, within string) error {
	if q == nil {
		return nil
	}
	if q.With != nil {
		for _, cte := range q.With.CTEs {
			if cte.Name == c.name {
				return nil // another query of that name
			}
			if s, ok := cte.Query.(*ast.SelectStmt); ok {
				if err := c.query(s, within); err != nil {
					return err
				}
			}
		}
	}
	if q.SetOp != ast.SetNone {
		left, right := within, within
		switch {
		case q.SetOp == ast.SetIntersect && q.All:
			left, right = "INTERSECT", "INTERSECT"
		case q.SetOp == ast.SetExcept && q.All:
			left, right = "EXCEPT", "EXCEPT"
		case q.SetOp == ast.SetExcept:
			right = "EXCEPT"
		}
		if err := c.query(q.Left, left); err != nil {
			return err
		}
		return c.query(q.Right, right)
	}
	for _, item := range q.From {
		if err := c.item(item, within); err != nil {
			return err
		}
	}
	rest := *q
	rest.With, rest.From = nil, nil
	return c.expressions(&rest)
}

// item checks an item of FROM.
func (c *selfReferences) item(item ast.TableExpr, within string) error {
	switch t := item.(type) {
	case *ast.RangeVar:
		if t.Schema != "" || t.Name != c.name {
			return nil
		}
		c.count++
		switch {
		case within != "":
			return sqlerr.New(sqlerr.InvalidRecursion, `recursive reference to query "%s" must not appear within %s`, c.name, within).At(t.Pos())
		case c.count > 1:
			return sqlerr.New(sqlerr.InvalidRecursion, `recursive reference to query "%s" must not appear more than once`, c.name).At(t.Pos())
		}
		return nil
	case *ast.RangeSubselect:
		return c.query(t.Query, within)
	case *ast.JoinExpr:
		left, right := within, within
		if t.Type == ast.JoinLeft || t.Type == ast.JoinFull {
			right = "an outer join"
		}
		if t.Type == ast.JoinRight || t.Type == ast.JoinFull {
			left = "an outer join"
		}
		if err := c.item(t.Left, left); err != nil {
			return err
		}
		if err := c.item(t.Right, right); err != nil {
			return err
		}
		if t.On == nil {
			return nil
		}
		return c.expressions(t.On)
	}
	return c.expressions(item)
}

// expressions checks the subqueries of expressions.
func (c *selfReferences) expressions(n ast.Node) (err error) {
	ast.Walk(n, func(n ast.Node) bool {
		if link, ok := n.(*ast.SubLink); ok && err == nil {
			if q, ok := link.Query.(*ast.SelectStmt); ok {
				err = c.query(q, "a subquery")
			}
			return false
		}
		return err == nil
	})
	return err
}
