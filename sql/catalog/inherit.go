package catalog

import (
	"cmp"
	"slices"
)

// # Inheritance and partitions
//
// A table may inherit from others: Parents. It has at least their columns, by name
// and not at the same places, and their CHECK constraints. What it has only because
// they have it (Inheritance.NotLocal) goes with the last parent that has it.
//
// A partitioned table (Key) has no rows: those that are inserted into it go to the
// partition whose Bound they fit, which may be partitioned itself. A partition is a
// child with one parent, and has exactly the parent's columns, in any order. It is
// stored, changed and logged as any other table; whoever reads the parent reads its
// leaves. Indexes, foreign keys and row-level triggers of a partitioned table stand
// for one in each partition, which names it as its Parent.
//
// The children of a table are found from theirs: a catalog keeps the way down
// (children) beside the descriptors, as it does for foreign keys.

// Inheritance is how a table came by a column or constraint: pg_attribute.attinhcount
// and attislocal.
type Inheritance struct {
	// InhCount is how many of the parents have it.
	InhCount int `json:",omitempty"`
	// NotLocal: it was not defined for the table itself.
	NotLocal bool `json:",omitempty"`
}

// Children lists the tables that inherit from one directly, by OID.
func (c *Catalog) Children(table OID) []*Table {
	oids := c.children[table]
	if len(oids) == 0 {
		return nil
	}
	list := make([]*Table, 0, len(oids))
	for _, oid := range oids {
		if t := c.Table(oid); t != nil {
			list = append(list, t)
		}
	}
	return list
}

// HasChildren says whether any table inherits from one.
func (c *Catalog) HasChildren(table OID) bool { return len(c.children[table]) > 0 }

// Heirs lists a table and all that inherit from it, each once and after one of its
// parents: level by level, as PostgreSQL finds them.
func (c *Catalog) Heirs(t *Table) []*Table {
	list := []*Table{t}
	for i := 0; i < len(list); i++ {
		for _, child := range c.Children(list[i].OID) {
			if !slices.ContainsFunc(list, func(have *Table) bool { return have.OID == child.OID }) {
				list = append(list, child)
			}
		}
	}
	return list
}

// HeirsIn is Heirs for a session whose temporary schema is temp: without what other sessions
// have made for themselves.
func (c *Catalog) HeirsIn(t *Table, temp OID) []*Table {
	return slices.DeleteFunc(c.Heirs(t), func(h *Table) bool { return h != t && h.Temporary && h.Schema != temp })
}

// Ancestors lists the tables that a partition is below, the nearest first.
func (c *Catalog) Ancestors(t *Table) (list []*Table) {
	for t.Bound != nil && len(t.Parents) > 0 {
		if t = c.Table(t.Parents[0]); t == nil {
			break
		}
		list = append(list, t)
	}
	return list
}

// Inherits says whether a table is below another.
func (c *Catalog) Inherits(t *Table, from OID) bool {
	for _, oid := range t.Parents {
		if p := c.Table(oid); oid == from || p != nil && c.Inherits(p, from) {
			return true
		}
	}
	return false
}

// inherit notes a table with its parents. The lists are shared between versions, so
// they are made anew.
func (e *Editor) inherit(t *Table) {
	e.next.partitions = nil
	for _, parent := range t.Parents {
		have := e.next.children[parent]
		at, found := slices.BinarySearchFunc(have, t.OID, cmp.Compare[OID])
		if !found {
			e.next.children[parent] = slices.Insert(slices.Clone(have), at, t.OID)
		}
	}
}

// disinherit forgets them.
func (e *Editor) disinherit(t *Table) {
	for _, parent := range t.Parents {
		rest := slices.DeleteFunc(slices.Clone(e.next.children[parent]), func(o OID) bool { return o == t.OID })
		if len(rest) == 0 {
			delete(e.next.children, parent)
		} else {
			e.next.children[parent] = rest
		}
	}
}

// IndexChildren lists the indexes of partitions that are attached to an index, with
// their tables.
func (c *Catalog) IndexChildren(t *Table, index OID) (tables []*Table, indexes []*Index) {
	for _, child := range c.Children(t.OID) {
		for _, i := range child.Indexes {
			if i.Parent == index {
				tables, indexes = append(tables, child), append(indexes, i)
			}
		}
	}
	return tables, indexes
}
