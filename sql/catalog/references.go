package catalog

import (
	"cmp"
	"slices"
)

// Reference is a foreign key with the table that has it.
type Reference struct {
	Table *Table
	Key   *ForeignKey
}

// Referencing lists the foreign keys that reference a table, in the order of
// their OIDs.
func (c *Catalog) Referencing(table OID) []Reference {
	from := c.referencing[table]
	if len(from) == 0 {
		return nil
	}
	var list []Reference
	for _, oid := range from {
		t := c.Table(oid)
		if t == nil {
			continue
		}
		for _, k := range t.Foreign {
			if k.References == table {
				list = append(list, Reference{t, k})
			}
		}
	}
	slices.SortFunc(list, func(a, b Reference) int { return cmp.Compare(a.Key.OID, b.Key.OID) })
	return list
}

// ForeignKey finds a foreign key of the table by its OID, or nil.
func (t *Table) ForeignKey(oid OID) *ForeignKey {
	for _, k := range t.Foreign {
		if k.OID == oid {
			return k
		}
	}
	return nil
}

// Index finds an index of the table by its OID, or nil.
func (t *Table) Index(oid OID) *Index {
	for _, i := range t.Indexes {
		if i.OID == oid {
			return i
		}
	}
	return nil
}

// reference notes which tables a table's foreign keys lead to. The lists are
// shared between versions, so they are made anew.
func (e *Editor) reference(t *Table) {
	for _, k := range t.Foreign {
		if have := e.next.referencing[k.References]; !slices.Contains(have, t.OID) {
			e.next.referencing[k.References] = append(slices.Clone(have), t.OID)
		}
	}
}

// unreference forgets them.
func (e *Editor) unreference(t *Table) {
	for _, k := range t.Foreign {
		rest := slices.DeleteFunc(slices.Clone(e.next.referencing[k.References]), func(o OID) bool { return o == t.OID })
		if len(rest) == 0 {
			delete(e.next.referencing, k.References)
		} else {
			e.next.referencing[k.References] = rest
		}
	}
}

// LastOID is the highest OID of the table and of what belongs to it.
func (t *Table) LastOID() OID {
	last := t.OID
	for _, i := range t.Indexes {
		last = max(last, i.OID, i.ConstraintOID)
	}
	for _, k := range t.Checks {
		last = max(last, k.OID)
	}
	for _, k := range t.Foreign {
		last = max(last, k.OID)
	}
	for _, p := range t.Policies {
		last = max(last, p.OID)
	}
	for _, st := range t.Extended {
		last = max(last, st.OID)
	}
	return max(last, lastTriggerOID(t.Triggers), lastRuleOID(t.Rules))
}
