package plan

import (
	"encoding/json"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
)

// Meaning tells, in one version of the catalog, what a plan takes from definitions
// other than its tables' rows: the functions that it calls, the policies that hold for
// its role, and which tables inherit from those that it reads. While that stays the same, the plan means the same.
func (p *Plan) Meaning(cat *catalog.Catalog, role catalog.OID) string {
	var b strings.Builder
	put := func(v any) {
		if text, err := json.Marshal(v); err == nil {
			b.Write(text)
		}
		b.WriteByte('\n')
	}
	for _, oid := range p.Routines {
		r, ok := cat.Get(oid).(*catalog.Routine)
		if !ok {
			b.WriteString("gone\n")
			continue
		}
		c := *r
		c.ACL, c.Comment = nil, ""
		put(&c)
	}
	for _, oid := range p.Whole {
		t := cat.Table(oid)
		if t == nil || t.Key == nil && !cat.HasChildren(oid) {
			continue
		}
		put(t.Name)
		for _, h := range cat.Heirs(t) {
			put(h.OID)
		}
		for _, num := range p.Named[oid] { // there may be no partition that has them
			if i := t.Ordinal(num); i >= 0 {
				c := t.Columns[i]
				put(c.Name)
				put(c.Type.OID)
				put(c.Typmod)
			}
		}
	}
	for _, r := range p.Requires {
		t := cat.Table(r.Relation.ObjectOID())
		if t == nil {
			continue
		}
		as := r.As
		if as == 0 {
			as = role
		}
		if !cat.RowSecured(t, cat.RoleByOID(as)) {
			continue
		}
		put(t.OID)
		for _, policy := range t.Policies {
			if policy.For(cat, 'r', as) {
				c := *policy
				c.Comment = ""
				put(&c)
			}
		}
	}
	return b.String()
}
