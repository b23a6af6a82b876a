package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
)

// Requirement is a privilege that executing a plan needs.
type Requirement struct {
	Relation   catalog.Relation
	Privileges catalog.Privileges
	// As is the role that must have them: the owner of the view in whose query
	// the relation stands, or zero for the executing role.
	As catalog.OID
	// Whole are those of the privileges that are needed on the whole relation. Of the
	// others it is enough to have them on the columns that are selected, inserted and
	// updated, by number; where none is, on any column.
	Whole                       catalog.Privileges
	Selected, Inserted, Updated []int16
	// Locks: rows are locked, which takes the right to update, and changes nothing.
	Locks bool
}

// Wanted are the privileges that must be there.
func (r *Requirement) Wanted() catalog.Privileges {
	if r.Locks {
		return r.Privileges | catalog.PrivUpdate
	}
	return r.Privileges
}

// OnColumns are the privileges that columns can give.
const OnColumns = catalog.PrivSelect | catalog.PrivInsert | catalog.PrivUpdate

// MetByColumns says whether the privileges of columns make up for those that a role
// lacks on the whole relation; has says whether it has some on a column.
func (r *Requirement) MetByColumns(lacks catalog.Privileges, has func(c *catalog.Column, p catalog.Privileges) bool) bool {
	if lacks&^OnColumns != 0 || lacks&r.Whole != 0 {
		return false
	}
	columns := catalog.Columns(r.Relation)
	if v, ok := r.Relation.(*catalog.Virtual); ok {
		columns = v.Columns
	}
	for _, need := range []struct {
		privilege catalog.Privileges
		columns   []int16
	}{{catalog.PrivSelect, r.Selected}, {catalog.PrivInsert, r.Inserted}, {catalog.PrivUpdate, r.Updated}} {
		if lacks&need.privilege == 0 {
			continue
		}
		met := slices.ContainsFunc(columns, func(c *catalog.Column) bool { return has(c, need.privilege) })
		for _, c := range columns {
			met = met && (!slices.Contains(need.columns, c.Num) || has(c, need.privilege))
		}
		if !met {
			return false
		}
	}
	return true
}

// require notes privileges that executing the plan needs.
func (p *planner) require(r catalog.Relation, privileges catalog.Privileges) *Requirement {
	for i := range p.requires {
		if q := &p.requires[i]; q.Relation.ObjectOID() == r.ObjectOID() && q.As == p.as {
			q.Privileges |= privileges
			return q
		}
	}
	p.requires = append(p.requires, Requirement{Relation: r, Privileges: privileges, As: p.as})
	return &p.requires[len(p.requires)-1]
}

// columnReader is told which columns of a relation are read: by its numbers, on behalf
// of a role. It outlives no planner.
type columnReader struct {
	p        *planner
	relation catalog.OID
	as       catalog.OID
	// bound, unless it is nil, lists what a stored query reads.
	bound *catalog.BoundNames
}

// reader makes one for a relation that is being planned.
func (p *planner) reader(r catalog.Relation) *columnReader {
	if v, virtual := r.(*catalog.Virtual); virtual && p.env.binding == nil && !v.Restricted() {
		return nil
	}
	return &columnReader{p: p, relation: r.ObjectOID(), as: p.as, bound: p.env.binding}
}

func (r *columnReader) note(c *Column) {
	if c.Num <= 0 {
		return
	}
	if read := (catalog.ColumnRead{Relation: c.Table, Num: c.Num}); r.bound != nil && c.Table != 0 && !slices.Contains(r.bound.Reads, read) {
		r.bound.Reads = append(r.bound.Reads, read)
	}
	for i := range r.p.requires {
		if q := &r.p.requires[i]; q.Relation.ObjectOID() == r.relation && q.As == r.as {
			if !slices.Contains(q.Selected, c.Num) {
				q.Selected = append(q.Selected, c.Num)
			}
			return
		}
	}
}

// require notes the privileges that a change needs, at each level: to select from what a
// view reads, on the columns that its query reads.
func (t *target) require(p *planner, privileges catalog.Privileges) {
	as := p.as
	t.selects = t.selects || privileges&catalog.PrivSelect != 0
	for i, l := range t.levels {
		p.as = l.as
		q := p.require(l.relation, privileges)
		if i == 0 || privileges&catalog.PrivSelect == 0 {
			continue
		}
		bound := t.levels[i-1].relation.(*catalog.View).Bound
		if bound == nil {
			q.Whole |= catalog.PrivSelect
			continue
		}
		for _, read := range bound.Reads {
			if read.Relation == l.relation.ObjectOID() && !slices.Contains(q.Selected, read.Num) {
				q.Selected = append(q.Selected, read.Num)
			}
		}
	}
	p.as = as
}

// inserts and updates note which of the target's columns are given values, by their
// positions in the table.
func (t *target) inserts(p *planner, positions []int) { t.assigns(p, positions, catalog.PrivInsert) }
func (t *target) updates(p *planner, positions []int) { t.assigns(p, positions, catalog.PrivUpdate) }

// assignedAt gives the positions of the columns that assignments set.
func assignedAt(list []Assignment) (positions []int) {
	for _, a := range list {
		positions = append(positions, a.Column)
	}
	return positions
}

func (t *target) assigns(p *planner, positions []int, privilege catalog.Privileges) {
	as := p.as
	for i, l := range t.levels {
		p.as = l.as
		q := p.require(l.relation, privilege)
		list := &q.Inserted
		if privilege == catalog.PrivUpdate {
			list = &q.Updated
		}
		for _, c := range t.columns {
			at := len(t.levels) - 1 - i // nums begin with the table's
			if slices.Contains(positions, c.at) && at < len(c.nums) && c.nums[at] > 0 && !slices.Contains(*list, c.nums[at]) {
				*list = append(*list, c.nums[at])
			}
		}
	}
	p.as = as
}
