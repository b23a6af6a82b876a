package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// anyChange are the events of INSERT, UPDATE and DELETE.
const anyChange = catalog.TriggerInsert | catalog.TriggerUpdate | catalog.TriggerDelete

// Changeable says what can be done to the rows of a relation, as pg_relation_is_updatable()
// does: a table takes everything, a view what its INSTEAD rules take, its INSTEAD OF
// triggers if these are asked for, and what it lets through to the relation that it is
// over. columns, by number, are those to be assigned, unless it is nil.
func Changeable(env *Env, r catalog.Relation, triggers bool, columns []int) catalog.TriggerEvents {
	p := &planner{env: env, params: &expr.ParamTypes{}}
	return p.changes(r, triggers, columns)
}

func (p *planner) changes(r catalog.Relation, triggers bool, columns []int) (events catalog.TriggerEvents) {
	v, ok := r.(*catalog.View)
	if !ok {
		if !isTable(r) {
			return 0
		}
		return anyChange
	}
	for _, rule := range v.Rules {
		if rule.Instead && !rule.Conditional && rule.Applies(p.env.Replica) {
			events |= rule.Event & anyChange
		}
	}
	for _, t := range v.Triggers {
		if triggers && t.Timing == catalog.TriggerInstead {
			events |= t.Events & anyChange
		}
	}
	if events == anyChange || slices.Contains(p.views, v.OID) || p.viewDepth == maxViewDepth {
		return events
	}
	query, err := storedQuery(v, p.env.qualifiedName)
	if err != nil {
		return events
	}
	if n, err := p.viewQuery(v); err != nil || notUpdatable(query, n) != "" {
		return events
	}
	leave := p.enterView(v)
	defer leave()
	from := query.From[0].(*ast.RangeVar)
	below, err := p.env.Relation(from)
	if err != nil || !updatableRelation(below) {
		return events
	}
	t := p.opaque(below)
	if err := t.lookThrough(p, v, t.nameAsBound(p.env.names, from), query); err != nil {
		return events
	}
	through := catalog.TriggerDelete
	assigned := []int{}
	for i := range t.columns {
		if c := &t.columns[i]; c.at >= 0 && (columns == nil || slices.Contains(columns, i+1)) {
			through, assigned = anyChange, append(assigned, c.at+1)
		}
	}
	if _, is := below.(*catalog.View); is {
		through &= p.changes(below, triggers, assigned)
	}
	return events | through
}

// opaque is a relation as what a view over it sees, whatever is below.
func (p *planner) opaque(r catalog.Relation) *target {
	if v, ok := r.(*catalog.View); ok {
		return p.insteadTarget(v)
	}
	return p.tableTarget(r.(*catalog.Table))
}
