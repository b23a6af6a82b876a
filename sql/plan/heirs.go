package plan

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Heirs are the tables in which a statement changes rows through one that they inherit
// from. The statement's expressions are over rows of the parent, with the system columns,
// the reference if there is one, and the table's OID; what a table wants of its own rows
// (defaults of generated columns, constraints, row-level triggers) is bound when a row of
// it is met first. Heirs belong to a plan and so to one session.
type Heirs struct {
	Parent *catalog.Table
	// Levels leads rows to partitions; nil: the parent is not partitioned.
	Levels *PartitionLevel
	// Within is what the parent, as a partition, wants of rows itself; nil: nothing.
	Within *Within
	bind   func(*catalog.Table) (*Heir, error)
	bound  map[catalog.OID]*Heir
	// commands are what is done to rows of the heirs that publications may send: 'w' for
	// UPDATE, 'd' for DELETE.
	commands []byte
	// secure hands in what the parent's policies want, over its rows.
	secure func([]CheckExpr)
}

// Heir is one of those tables.
type Heir struct {
	Table *catalog.Table
	// To has, for each column of the parent, its place in the table, and From, for each of
	// the table's columns, that in the parent, or -1. Same: they are the same places.
	To, From []int
	Same     bool
	Defaults []expr.Expr // of which those of generated columns are used
	// Checks are the table's, and what the parent's policies want, over the table's rows.
	Checks []CheckExpr
	// Inserts, Updates and Deletes are its row-level triggers.
	Inserts, Updates, Deletes *Triggers
	// Arbiters are the parts of ON CONFLICT's arbiters; nil counts all.
	Arbiters []*catalog.Index
}

// NewHeir is a table as the only one of its heirs.
func NewHeir(t *catalog.Table, defaults []expr.Expr, checks []CheckExpr, inserts, updates, deletes *Triggers) *Heir {
	one := &Heir{Table: t, Same: true, Defaults: defaults, Checks: checks, Inserts: inserts, Updates: updates, Deletes: deletes}
	for i := range t.Columns {
		one.To, one.From = append(one.To, i), append(one.From, i)
	}
	return one
}

// Get finds the table that a row with an OID is of.
func (h *Heirs) Get(cat *catalog.Catalog, oid catalog.OID) (*Heir, error) {
	if one := h.bound[oid]; one != nil {
		return one, nil
	}
	t := cat.Table(oid)
	if t == nil {
		return nil, sqlerr.Internal("a row of table %d, which is not there", oid)
	}
	return h.Of(t)
}

// Of is what a table of the heirs wants.
func (h *Heirs) Of(t *catalog.Table) (*Heir, error) {
	if one := h.bound[t.OID]; one != nil {
		return one, nil
	}
	one, err := h.bind(t)
	if err != nil {
		return nil, err
	}
	if h.bound == nil {
		h.bound = map[catalog.OID]*Heir{}
	}
	h.bound[t.OID] = one
	return one, nil
}

// Down gives a row of the parent as one of the table, with room for the system columns.
func (h *Heir) Down(row types.Row) types.Row {
	out := make(types.Row, len(h.From), len(h.From)+len(SystemColumns)+2)
	for i, at := range h.From {
		if at >= 0 {
			out[i] = row[at]
		}
	}
	return out
}

// Up gives a row of the table as one of the parent, with the columns that follow.
func (h *Heir) Up(row types.Row, more ...types.Datum) types.Row {
	out := make(types.Row, len(h.To), len(h.To)+len(more)+3)
	for i, at := range h.To {
		out[i] = row[at]
	}
	return append(out, more...)
}

// heirs prepares a statement that changes rows of tables that inherit from its target.
// events say which triggers may fire; updated are the columns that an UPDATE assigns to,
// arbiters those of ON CONFLICT.
func (p *planner) heirs(t *target, events catalog.TriggerEvents, updated []int, arbiters []*catalog.Index) (*Heirs, error) {
	h := &Heirs{Parent: t.table}
	var err error
	if t.table.Key != nil {
		if h.Levels, err = p.partitionLevels(t.table, t.table); err != nil {
			return nil, err
		}
		events |= catalog.TriggerInsert | catalog.TriggerDelete // a row may leave its partition
	}
	if h.Within, err = p.within(t.table); err != nil {
		return nil, err
	}
	env := *p.env
	env.Ctx, env.names, env.binding = nil, nil, nil
	var policies []CheckExpr
	h.bind = func(table *catalog.Table) (*Heir, error) {
		later := &planner{env: &env, params: &expr.ParamTypes{}}
		for _, command := range h.commands {
			if err := later.identifiedTable(table, command); err != nil {
				return nil, err
			}
		}
		one, err := later.heir(t.table, table, events, updated, arbiters)
		if err != nil {
			return nil, err
		}
		var own []CheckExpr
		for _, c := range policies {
			c.Cond, c.Of = moveColumns(c.Cond, one.To), t.table.Name
			own = append(own, c)
		}
		one.Checks = append(own, one.Checks...)
		return one, nil
	}
	h.secure = func(checks []CheckExpr) { policies = checks }
	return h, nil
}

func (p *planner) heir(parent, t *catalog.Table, events catalog.TriggerEvents, updated []int, arbiters []*catalog.Index) (*Heir, error) {
	to, err := columnsIn(parent, t)
	if err != nil {
		return nil, err
	}
	one := &Heir{Table: t, To: to, Same: sameLayout(to, t), From: make([]int, len(t.Columns))}
	for i := range one.From {
		one.From[i] = slices.Index(to, i)
	}
	if one.Defaults, err = p.generated(t); err != nil {
		return nil, err
	}
	if one.Checks, err = p.tableChecks(t); err != nil {
		return nil, err
	}
	if p.env.Functions != nil {
		for i := range one.Defaults {
			if one.Defaults[i] != nil {
				if folded, err := expr.FoldConstants(one.Defaults[i], p.env.Functions); err == nil {
					one.Defaults[i] = folded
				}
			}
		}
		for i := range one.Checks {
			// A constraint holds when it is NULL.
			if folded, err := expr.FoldConstants(one.Checks[i].Cond, p.env.Functions); err == nil {
				one.Checks[i].Cond = folded
			}
		}
	}
	assigned := make([]int, len(updated))
	for i, at := range updated {
		assigned[i] = to[at]
	}
	for _, of := range []struct {
		event catalog.TriggerEvents
		to    **Triggers
	}{{catalog.TriggerInsert, &one.Inserts}, {catalog.TriggerUpdate, &one.Updates}, {catalog.TriggerDelete, &one.Deletes}} {
		if events&of.event == 0 || t.Triggers == nil {
			continue
		}
		if *of.to, err = p.triggers(t, t.Triggers, of.event, assigned, one.Defaults); err != nil {
			return nil, err
		}
	}
	for _, a := range arbiters {
		for _, i := range t.Indexes {
			if i.OID == a.OID || p.partOf(t, i, a.OID) {
				one.Arbiters = append(one.Arbiters, i)
			}
		}
	}
	return one, nil
}

// partOf says whether an index of a partition is attached, at any level, to another.
func (p *planner) partOf(t *catalog.Table, i *catalog.Index, of catalog.OID) bool {
	for i != nil && i.Parent != 0 {
		if i.Parent == of {
			return true
		}
		_, i = p.env.Catalog.IndexByOID(i.Parent)
	}
	return false
}

// tableChecks binds the CHECK constraints of a table.
func (p *planner) tableChecks(t *catalog.Table) ([]CheckExpr, error) {
	return p.checks(&target{table: t})
}

// generated binds the expressions of generated columns.
func (p *planner) generated(t *catalog.Table) ([]expr.Expr, error) {
	if !slices.ContainsFunc(t.Columns, func(c *catalog.Column) bool { return c.Generated }) {
		return make([]expr.Expr, len(t.Columns)), nil
	}
	return p.defaults(t)
}
