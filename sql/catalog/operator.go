package catalog

import (
	"slices"
	"strconv"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Operator describes an operator that a user has made.
type Operator struct {
	OID    OID
	Name   string
	Schema OID
	Owner  OID
	// Left is no type of a prefix operator. Result is none of one that is only a shell:
	// another names it, and it is still to be made.
	Left, Right, Result TypeRef
	// Function computes it; 0: it is only a shell.
	Function OID
	// Commutator and Negator are operators, Restrict and Join the functions that estimate
	// how much it selects; 0: none.
	Commutator, Negator OID    `json:",omitempty"`
	Restrict, Join      OID    `json:",omitempty"`
	Merges, Hashes      bool   `json:",omitempty"`
	Comment             string `json:",omitempty"`
}

func (o *Operator) ObjectClass() Class { return ClassOperator }
func (o *Operator) ObjectOID() OID     { return o.OID }
func (o *Operator) ObjectName() string { return o.Name }
func (o *Operator) Parent() OID        { return o.Schema }

// Operands says whether the operator is one of the given types; left is nil for a prefix
// operator.
func (o *Operator) Operands(left, right *types.Type) bool {
	return typeOID(o.Left.Type) == typeOID(left) && typeOID(o.Right.Type) == typeOID(right)
}

// Signature names the operator with the types of its operands.
func (o *Operator) Signature() string {
	left := "NONE"
	if o.Left.Type != nil {
		left = o.Left.String()
	}
	return o.Name + "(" + left + "," + o.Right.String() + ")"
}

func (o *Operator) key() string {
	return o.Name + "\x00" + oidText(typeOID(o.Left.Type)) + "\x00" + oidText(typeOID(o.Right.Type))
}

// Cast describes a cast that a user has made.
type Cast struct {
	OID            OID
	Database       OID
	Source, Target TypeRef
	// Method is pg_cast.castmethod: 'f', by Function, 'b', the value stays as it is, or
	// 'i', by the text. Context is pg_cast.castcontext.
	Method, Context byte
	Function        OID    `json:",omitempty"`
	Comment         string `json:",omitempty"`
}

func (c *Cast) ObjectClass() Class { return ClassCast }
func (c *Cast) ObjectOID() OID     { return c.OID }
func (c *Cast) ObjectName() string { return castKey(typeOID(c.Source.Type), typeOID(c.Target.Type)) }
func (c *Cast) Parent() OID        { return c.Database }

// What names the cast in messages.
func (c *Cast) What() string {
	return "cast from " + c.Source.String() + " to " + c.Target.String()
}

func castKey(source, target OID) string { return oidText(source) + "\x00" + oidText(target) }

func oidText(oid OID) string { return strconv.FormatUint(uint64(oid), 10) }

func typeOID(t *types.Type) OID {
	if t == nil {
		return 0
	}
	return t.OID
}

// Extended says whether users have made operators or casts.
func (c *Catalog) Extended() bool { return len(c.operators) > 0 || c.casts > 0 }

// HasCasts says whether users have made casts.
func (c *Catalog) HasCasts() bool { return c.casts > 0 }

// Operators lists the operators of a name that users made, in all schemas, by OID.
func (c *Catalog) Operators(operator string) (list []*Operator) {
	for _, oid := range c.operators[operator] {
		if o, ok := c.objects[oid].(*Operator); ok {
			list = append(list, o)
		}
	}
	return list
}

// Operator finds an operator of a schema that a user made, or nil; left is nil for a
// prefix operator.
func (c *Catalog) Operator(schema OID, operator string, left, right *types.Type) *Operator {
	for _, o := range c.Operators(operator) {
		if o.Schema == schema && o.Operands(left, right) {
			return o
		}
	}
	return nil
}

// Cast finds a cast of a database that a user made, or nil.
func (c *Catalog) Cast(database, source, target OID) *Cast {
	if c.casts == 0 {
		return nil
	}
	found, _ := c.objects[c.names[name{database, byte(ClassCast), castKey(source, target)}]].(*Cast)
	return found
}

// noteOperator keeps count of operators and casts that are put, and forgetOperator of
// those that go.
func (e *Editor) noteOperator(o Object) {
	switch o := o.(type) {
	case *Operator:
		list := append(slices.Clone(e.next.operators[o.Name]), o.OID)
		slices.Sort(list)
		e.next.operators[o.Name] = slices.Compact(list)
	case *Cast:
		e.next.casts++
	}
}

func (e *Editor) forgetOperator(o Object) {
	switch o := o.(type) {
	case *Operator:
		list := slices.DeleteFunc(slices.Clone(e.next.operators[o.Name]), func(oid OID) bool { return oid == o.OID })
		if len(list) == 0 {
			delete(e.next.operators, o.Name)
			return
		}
		e.next.operators[o.Name] = list
	case *Cast:
		e.next.casts--
	}
}

// retypedOperator gives an operator or a cast with the types of this version; nil if it
// has them.
func (e *Editor) retypedOperator(o Object) Object {
	now := func(refs ...*TypeRef) (changed bool) {
		for _, r := range refs {
			if r.Type == nil {
				continue
			}
			if t := e.typeNow(*r); t != nil {
				r.Type, changed = t, true
			}
		}
		return changed
	}
	switch o := o.(type) {
	case *Operator:
		if n := *o; now(&n.Left, &n.Right, &n.Result) {
			return &n
		}
	case *Cast:
		if n := *o; now(&n.Source, &n.Target) {
			return &n
		}
	}
	return nil
}
