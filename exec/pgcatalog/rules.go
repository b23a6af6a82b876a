package pgcatalog

import (
	"github.com/kalamsql/kalamsql/sql/catalog"
)

// The rules of tables and views, apart from those that the queries of views are.

func init() {
	makes("pg_rules", ruleRows)
}

// rules gives each rule with its relation.
func (s *Snapshot) rules() func(yield func(catalog.Relation, *catalog.Rule) bool) {
	s.objects()
	return func(yield func(catalog.Relation, *catalog.Rule) bool) {
		for _, t := range s.once.tables {
			for _, r := range t.Rules {
				if !yield(t, r) {
					return
				}
			}
		}
		for _, v := range s.once.views {
			for _, r := range v.Rules {
				if !yield(v, r) {
					return
				}
			}
		}
	}
}

// rule finds a rule by its OID.
func (s *Snapshot) rule(oid catalog.OID) (catalog.Relation, *catalog.Rule) {
	for of, r := range s.rules() {
		if r.OID == oid {
			return of, r
		}
	}
	return nil, nil
}

func ruleRows(s *Snapshot, out *rows) {
	r := &Reader{Snapshot: s, Env: s.env()}
	for of, rule := range s.rules() {
		out.add("schemaname", s.schemaName(of.Parent()), "tablename", of.ObjectName(), "rulename", rule.Name, "definition", r.ruleDefinition(of, rule, false))
	}
}

// ruleDefinition is pg_get_ruledef().
func (r *Reader) ruleDefinition(of catalog.Relation, rule *catalog.Rule, pretty bool) string {
	env := r.env()
	r.shows(env)
	on := r.qualified(of.Parent(), of.ObjectName())
	if pretty {
		on = r.relationName(of)
	}
	return r.shorten(env.RuleDefinition(of, rule, on, func(rel catalog.Relation) string { return r.relationName(rel) }, pretty))
}
