package catalog

import (
	"cmp"
	"slices"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Publication describes what a client of logical replication would be sent. It is a
// definition: nothing is replicated.
type Publication struct {
	Definition
	// AllTables: it is FOR ALL TABLES, and Tables and Schemas are empty.
	AllTables                        bool `json:",omitempty"`
	Insert, Update, Delete, Truncate bool
	// ViaRoot is publish_via_partition_root.
	ViaRoot bool               `json:",omitempty"`
	Tables  []*PublishedTable  `json:",omitempty"`
	Schemas []*PublishedSchema `json:",omitempty"`
}

// PublishedTable is a table of a publication, a row of pg_publication_rel.
type PublishedTable struct {
	OID, Table OID
	// Columns are the attribute numbers of its list, ascending; none: all columns.
	Columns []int16 `json:",omitempty"`
	// Where is the text of its condition; empty for none.
	Where string `json:",omitempty"`
}

// PublishedSchema is a schema of a publication, a row of pg_publication_namespace.
type PublishedSchema struct{ OID, Schema OID }

// ObjectClass implements Object.
func (p *Publication) ObjectClass() Class { return ClassPublication }

// Copy implements Defined. The lists are copied, their members shared.
func (p *Publication) Copy() Defined {
	c := *p
	c.Tables, c.Schemas = slices.Clone(p.Tables), slices.Clone(p.Schemas)
	return &c
}

// LastOID is the highest OID of the publication and of its members.
func (p *Publication) LastOID() OID {
	last := p.OID
	for _, t := range p.Tables {
		last = max(last, t.OID)
	}
	for _, s := range p.Schemas {
		last = max(last, s.OID)
	}
	return last
}

// Table finds what it says of a table, or nil.
func (p *Publication) Table(oid OID) *PublishedTable {
	for _, t := range p.Tables {
		if t.Table == oid {
			return t
		}
	}
	return nil
}

// HasSchema says whether it has all tables of a schema.
func (p *Publication) HasSchema(oid OID) bool {
	return slices.ContainsFunc(p.Schemas, func(s *PublishedSchema) bool { return s.Schema == oid })
}

// names says whether it has a table by its name or by its schema.
func (p *Publication) names(t *Table) bool { return p.Table(t.OID) != nil || p.HasSchema(t.Schema) }

// Publishes says whether it has a table, for itself or for a table that it is a partition of.
func (p *Publication) Publishes(c *Catalog, t *Table) bool {
	return p.AllTables || p.names(t) || slices.ContainsFunc(c.Ancestors(t), p.names)
}

// Root is the table whose condition and list of columns count for the changes of a
// published table: of a partition, with publish_via_partition_root, the topmost that is
// published.
func (p *Publication) Root(c *Catalog, t *Table) *Table {
	root := t
	if p.ViaRoot {
		for _, up := range c.Ancestors(t) {
			if p.names(up) {
				root = up
			}
		}
	}
	return root
}

// Publishable says whether a table may be published.
func (t *Table) Publishable() bool {
	return t.OID >= types.FirstUserOID && !t.Temporary && !t.Unlogged && t.Server == 0
}

// ReplicaColumns are the attribute numbers of what identifies a row for replication; none
// if nothing does, or all columns do (Replica is 'f').
func (t *Table) ReplicaColumns() (list []int16) {
	for _, i := range t.Indexes {
		if t.Replica == 'i' && i.OID == t.ReplicaIndex || t.Replica == 0 && i.IsPrimary() && !i.Deferrable {
			for _, k := range i.Keys {
				list = append(list, k.Column)
			}
		}
	}
	return list
}

// Publications lists those of a database, by name.
func (c *Catalog) Publications(database OID) (list []*Publication) {
	if c.publications == 0 {
		return nil
	}
	for _, o := range c.objects {
		if p, ok := o.(*Publication); ok && p.Within == database {
			list = append(list, p)
		}
	}
	slices.SortFunc(list, func(a, b *Publication) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Subscription describes a subscription to publications elsewhere. It is a definition:
// no connection is ever made for it.
type Subscription struct {
	Definition
	Connection   string
	Publications []string
	// Slot is the name of the slot there; empty for none.
	Slot                                       string `json:",omitempty"`
	SynchronousCommit                          string
	Enabled, Binary, Streaming, DisableOnError bool `json:",omitempty"`
	// TwoPhase is pg_subscription.subtwophasestate: 'd' or 'p'.
	TwoPhase byte
	// Skip is the LSN of the transaction to be skipped; 0 for none.
	Skip uint64 `json:",omitempty"`
}

// ObjectClass implements Object.
func (s *Subscription) ObjectClass() Class { return ClassSubscription }

// Copy implements Defined.
func (s *Subscription) Copy() Defined { c := *s; return &c }
