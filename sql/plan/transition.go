package plan

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// Transition is a transition table of the trigger whose function is running: the rows
// of a table as they were or have become by the statement.
type Transition struct {
	Name  string
	Table *catalog.Table
}

// TransitionScan reads a transition table.
type TransitionScan struct {
	Name  string
	Alias string
	cols  []Column
}

// Columns describes the rows.
func (n *TransitionScan) Columns() []Column { return n.cols }

// Inputs are none.
func (n *TransitionScan) Inputs() []Node { return nil }

// transition is the transition table of a name, nil if the text that is planned sees none.
func (p *planner) transition(v *ast.RangeVar) *Transition {
	if v.Schema != "" || p.env.names != nil || p.viewDepth > 0 || p.arguments != nil {
		return nil
	}
	return p.env.transition(v)
}

func (env *Env) transition(v *ast.RangeVar) *Transition {
	for i := range env.Transitions {
		if t := &env.Transitions[i]; v.Schema == "" && t.Name == v.Name {
			return t
		}
	}
	return nil
}

// readTransition plans reading a transition table.
func (p *planner) readTransition(t *Transition, v *ast.RangeVar, sc *scope) (Node, error) {
	cols := tableColumns(t.Table)[:len(t.Table.Columns)]
	for i := range cols {
		cols[i].Table, cols[i].Num = 0, 0
	}
	return &TransitionScan{Name: t.Name, Alias: aliasOf(v), cols: cols}, addRelation(sc, t.Name, "", v.Alias, cols, len(cols))
}

// unchangeable says that a transition table cannot be changed.
func (env *Env) unchangeable(v *ast.RangeVar) error {
	if env.transition(v) == nil {
		return nil
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, `relation "%s" cannot be the target of a modifying statement`, v.Name)
}
