package catalog

import (
	"cmp"
	"fmt"
	"slices"
)

// TriggerEvents is a set of the commands that a trigger fires for.
type TriggerEvents uint8

// The events of triggers: the bits of pg_trigger.tgtype.
const (
	TriggerInsert   TriggerEvents = 1 << 2
	TriggerDelete   TriggerEvents = 1 << 3
	TriggerUpdate   TriggerEvents = 1 << 4
	TriggerTruncate TriggerEvents = 1 << 5
)

// String names one event as TG_OP does.
func (e TriggerEvents) String() string {
	switch e {
	case TriggerInsert:
		return "INSERT"
	case TriggerDelete:
		return "DELETE"
	case TriggerUpdate:
		return "UPDATE"
	}
	return "TRUNCATE"
}

// TriggerTiming says when a trigger fires.
type TriggerTiming byte

// The timings of triggers.
const (
	TriggerBefore  TriggerTiming = 'b'
	TriggerAfter   TriggerTiming = 'a'
	TriggerInstead TriggerTiming = 'i'
)

// String names the timing as TG_WHEN does.
func (t TriggerTiming) String() string {
	switch t {
	case TriggerBefore:
		return "BEFORE"
	case TriggerInstead:
		return "INSTEAD OF"
	}
	return "AFTER"
}

// Trigger describes a trigger of a table or view. A relation keeps its triggers in
// the order of their names, which is the order in which they fire.
type Trigger struct {
	OID      OID
	Name     string
	Function OID
	Timing   TriggerTiming
	// Row: FOR EACH ROW; otherwise for each statement.
	Row    bool
	Events TriggerEvents
	// Columns are those of UPDATE OF; nil: any.
	Columns []int16 `json:",omitempty"`
	// When is the text of the condition over old and new; empty: none.
	When string   `json:",omitempty"`
	Args []string `json:",omitempty"`
	// Enabled is pg_trigger.tgenabled: 'O', 'D', 'R' or 'A'.
	Enabled byte
	// ConstraintOID is that of a constraint trigger's constraint; zero: it is none.
	ConstraintOID                 OID  `json:",omitempty"`
	Deferrable, InitiallyDeferred bool `json:",omitempty"`
	// Uses lists the functions that the condition calls.
	Uses []OID `json:",omitempty"`
	// Parent is the trigger of the partitioned table that it was made for.
	Parent OID `json:",omitempty"`
	// From is the relation that a constraint trigger names besides; zero: none.
	From OID `json:",omitempty"`
	// OldTable and NewTable are the names of the transition tables; empty: none.
	OldTable, NewTable string `json:",omitempty"`
	Comment            string
}

// Fires says whether the trigger is enabled; replica is whether
// session_replication_role is that.
func (t *Trigger) Fires(replica bool) bool {
	switch t.Enabled {
	case 'A':
		return true
	case 'R':
		return replica
	case 'O':
		return !replica
	}
	return false
}

// Type is pg_trigger.tgtype.
func (t *Trigger) Type() int16 {
	bits := int16(t.Events)
	if t.Row {
		bits |= 1
	}
	switch t.Timing {
	case TriggerBefore:
		bits |= 1 << 1
	case TriggerInstead:
		bits |= 1 << 6
	}
	return bits
}

// keyTriggerBase is where the OIDs of the triggers of foreign keys begin, which are made of
// those of the constraints: such triggers are no objects of their own here.
const keyTriggerBase OID = 1 << 31

// KeyTrigger is one of the triggers that PostgreSQL keeps a foreign key with.
type KeyTrigger struct {
	*Trigger
	// On is the relation that the trigger is of, and Other the one on the key's other side.
	On, Other OID
}

// KeyTriggers are the triggers of a foreign key of a table: two of the referenced table, for
// what is done there, and two of its own. The part of a partition has those of its own alone.
func KeyTriggers(t *Table, k *ForeignKey) (list []KeyTrigger) {
	add := func(n OID, side string, on, other OID, name string, events TriggerEvents, off, deferrable bool) {
		tr := &Trigger{OID: keyTriggerBase + 4*k.OID + n, Timing: TriggerAfter, Row: true, Events: events, Enabled: 'O', ConstraintOID: k.OID, From: other}
		tr.Name = fmt.Sprintf("RI_ConstraintTrigger_%s_%d", side, tr.OID)
		tr.Function = keyFunctions[name]
		if off {
			tr.Enabled = 'D'
		}
		if deferrable {
			tr.Deferrable, tr.InitiallyDeferred = k.Deferrable, k.InitiallyDeferred
		}
		if k.Parent != 0 {
			tr.Parent = keyTriggerBase + 4*k.Parent + n
		}
		list = append(list, KeyTrigger{tr, on, other})
	}
	if k.Parent == 0 {
		action := func(b byte) string {
			return map[byte]string{'a': "noaction", 'r': "restrict", 'c': "cascade", 'n': "setnull", 'd': "setdefault"}[b]
		}
		add(0, "a", k.References, t.OID, action(k.OnDelete)+"_del", TriggerDelete, k.Inert, k.OnDelete == 'a')
		add(1, "a", k.References, t.OID, action(k.OnUpdate)+"_upd", TriggerUpdate, k.Inert, k.OnUpdate == 'a')
	}
	add(2, "c", t.OID, k.References, "check_ins", TriggerInsert, k.Unchecked, true)
	add(3, "c", t.OID, k.References, "check_upd", TriggerUpdate, k.Unchecked, true)
	return list
}

// keyFunctions are the functions of those triggers, as in pg_proc.
var keyFunctions = map[string]OID{"check_ins": 1644, "check_upd": 1645, "cascade_del": 1646, "cascade_upd": 1647, "restrict_del": 1648, "restrict_upd": 1649,
	"setnull_del": 1650, "setnull_upd": 1651, "setdefault_del": 1652, "setdefault_upd": 1653, "noaction_del": 1654, "noaction_upd": 1655}

// Triggers lists the triggers of a relation.
func Triggers(r Object) []*Trigger {
	switch r := r.(type) {
	case *Table:
		return r.Triggers
	case *View:
		return r.Triggers
	}
	return nil
}

// WithTriggers copies a table or view with other triggers, which it puts in order.
func WithTriggers(r Relation, list []*Trigger) Relation {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b *Trigger) int { return cmp.Compare(a.Name, b.Name) })
	switch r := r.(type) {
	case *Table:
		c := r.Clone()
		c.Triggers = list
		return c
	case *View:
		c := *r
		c.Triggers = list
		return &c
	}
	return r
}

// TriggerNamed finds a trigger of a relation by name, or nil.
func TriggerNamed(r Object, name string) *Trigger {
	for _, t := range Triggers(r) {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// lastTriggerOID is the highest OID of triggers and their constraints.
func lastTriggerOID(list []*Trigger) (last OID) {
	for _, t := range list {
		last = max(last, t.OID, t.ConstraintOID)
	}
	return last
}
