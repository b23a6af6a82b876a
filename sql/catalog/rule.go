package catalog

import (
	"cmp"
	"slices"
)

// Rule describes a rewrite rule of a table or view, apart from the one that a view's
// query is. A relation keeps its rules in the order of their names, in which they are
// applied.
type Rule struct {
	OID  OID
	Name string
	// Event is the command that it is about.
	Event   TriggerEvents
	Instead bool `json:",omitempty"`
	// Text is the CREATE RULE statement in canonical form: condition and commands are
	// read from it, not the names of the rule and its relation. SearchPath is what it was
	// made under.
	Text       string
	SearchPath []string
	// Conditional: it has a WHERE. Commands is how many it has.
	Conditional bool `json:",omitempty"`
	Commands    int  `json:",omitempty"`
	// Columns are those of the relation, under the names that old and new have for them.
	Columns []BoundColumn
	// Bound says what the other names in Text stand for, and Uses lists the relations and
	// functions among them.
	Bound *BoundNames `json:",omitempty"`
	Uses  []OID       `json:",omitempty"`
	// Enabled is pg_rewrite.ev_enabled: 'O', 'D', 'R' or 'A'.
	Enabled byte
	Comment string
}

// Applies says whether the rule is enabled; replica is whether session_replication_role
// is that.
func (r *Rule) Applies(replica bool) bool {
	switch r.Enabled {
	case 'A':
		return true
	case 'R':
		return replica
	case 'O':
		return !replica
	}
	return false
}

// EventNumber is pg_rewrite.ev_type.
func (r *Rule) EventNumber() byte {
	switch r.Event {
	case TriggerUpdate:
		return '2'
	case TriggerInsert:
		return '3'
	}
	return '4'
}

// Rules lists the rules of a relation.
func Rules(r Object) []*Rule {
	switch r := r.(type) {
	case *Table:
		return r.Rules
	case *View:
		return r.Rules
	}
	return nil
}

// WithRules copies a table or view with other rules, which it puts in order.
func WithRules(r Relation, list []*Rule) Relation {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b *Rule) int { return cmp.Compare(a.Name, b.Name) })
	switch r := r.(type) {
	case *Table:
		c := r.Clone()
		c.Rules = list
		return c
	case *View:
		c := *r
		c.Rules = list
		return &c
	}
	return r
}

// RuleNamed finds a rule of a relation by name, or nil.
func RuleNamed(r Object, name string) *Rule {
	for _, rule := range Rules(r) {
		if rule.Name == name {
			return rule
		}
	}
	return nil
}

// lastRuleOID is the highest OID of rules.
func lastRuleOID(list []*Rule) (last OID) {
	for _, r := range list {
		last = max(last, r.OID)
	}
	return last
}
