package catalog

import (
	"slices"
	"strconv"
	"strings"
)

// PLpgSQL is Routine.Language of functions in PL/pgSQL.
const PLpgSQL = "plpgsql"

// Internal is Routine.Language of functions that are in the server: Source names the
// code.
const Internal = "internal"

// Parameter is one of a routine: of a call, or a column of its result.
type Parameter struct {
	Name string
	// Mode is pg_proc.proargmodes: 'i' IN, 'o' OUT, 'b' INOUT, 'v' VARIADIC, 't'
	// TABLE.
	Mode   byte
	Type   TypeRef
	Typmod int32
	// RowOf is the relation whose row an output parameter of type record is.
	RowOf OID `json:",omitempty"`
	// Default is the expression's text; empty: none.
	Default string
}

// Input says whether calls give the parameter.
func (p *Parameter) Input() bool { return p.Mode == 'i' || p.Mode == 'b' || p.Mode == 'v' }

// Output says whether the result has the parameter.
func (p *Parameter) Output() bool { return p.Mode == 'o' || p.Mode == 'b' || p.Mode == 't' }

// Routine describes a function or procedure.
type Routine struct {
	OID    OID
	Name   string
	Schema OID
	// Language is plpgsql or internal; empty is SQL. Procedure: it is one, for CALL.
	Language  string `json:",omitempty"`
	Procedure bool   `json:",omitempty"`
	// Aggregate is set for an aggregate.
	Aggregate *Aggregate `json:",omitempty"`
	Owner     OID
	Params    []Parameter
	// Result is record where there are several outputs.
	Result     TypeRef
	ReturnsSet bool
	// RowOf is the relation whose rows the result are, if it is one.
	RowOf OID
	// Source is the body as it was written as a string; Body, where that is not
	// nil, are the statements of a body in standard SQL, canonically written, or
	// RETURN and an expression. SearchPath is what names of Body are found with.
	Source     string
	Body       []string
	Return     bool // Body is a SELECT of RETURN's expression
	SearchPath []string
	Strict     bool
	// Volatility is pg_proc.provolatile: 'i', 's' or 'v'; Parallel proparallel.
	Volatility, Parallel byte
	SecurityDefiner      bool
	Leakproof            bool
	Cost, Rows           float64
	// Config are the settings that hold while it runs, as name=value.
	Config []string `json:",omitempty"`
	// Extension is the one that it belongs to; Library and Source then name its
	// code (expr.ExtensionCode).
	Extension OID    `json:",omitempty"`
	Library   string `json:",omitempty"`
	// Constructs is the type that it came with and goes with.
	Constructs OID `json:",omitempty"`
	// Uses lists the relations, types and routines that Body names.
	Uses    []OID
	ACL     ACL
	Comment string
}

// What is what a routine is: a function, a procedure or an aggregate.
func (r *Routine) What() string {
	switch {
	case r.Procedure:
		return "procedure"
	case r.Aggregate != nil:
		return "aggregate"
	}
	return "function"
}

// Aggregate is what makes an aggregate of a routine: functions by OID, zero for none.
type Aggregate struct {
	Transition, Final, Combine OID
	// State is the type of the state, and Initial the text of the first; nil is NULL.
	State   TypeRef
	Initial *string
	// FinalExtra: the final function has the arguments besides, which are NULL;
	// FinalModify is pg_aggregate.aggfinalmodify.
	FinalExtra  bool
	FinalModify byte
	// Sort is the operator of which this is the first value; Space is the size of the
	// state, roughly.
	Sort  OID
	Space int32
}

func (r *Routine) ObjectClass() Class { return ClassRoutine }
func (r *Routine) ObjectOID() OID     { return r.OID }
func (r *Routine) ObjectName() string { return r.Name }
func (r *Routine) Parent() OID        { return r.Schema }

// Grants are the routine's privileges; everybody may call one on which none has
// been given or taken.
func (r *Routine) Grants() ACL {
	if r.ACL == nil {
		return BuiltinACL(r.Owner, 'f')
	}
	return r.ACL
}

// Inputs are the parameters that calls give.
func (r *Routine) Inputs() (list []*Parameter) {
	for i := range r.Params {
		if r.Params[i].Input() {
			list = append(list, &r.Params[i])
		}
	}
	return list
}

// Outputs are the parameters that the result has.
func (r *Routine) Outputs() (list []*Parameter) {
	for i := range r.Params {
		if r.Params[i].Output() {
			list = append(list, &r.Params[i])
		}
	}
	return list
}

// HasRowOf says whether a parameter or the result is rows of a relation, or an
// array of them.
func (r *Routine) HasRowOf(relation OID) bool {
	of := func(t TypeRef) bool {
		if t.Type == nil {
			return false
		}
		have, _ := RowRelation(t.OID)
		return have == relation
	}
	return r.RowOf == relation || of(r.Result) || slices.ContainsFunc(r.Params, func(p Parameter) bool { return p.RowOf == relation || of(p.Type) })
}

// Signature names the routine with the types that its calls give.
func (r *Routine) Signature() string {
	var parts []string
	for _, p := range r.Inputs() {
		parts = append(parts, p.Type.String())
	}
	return r.Name + "(" + strings.Join(parts, ",") + ")"
}

// key is what no other routine of the schema has: name and argument types.
func (r *Routine) key() string {
	parts := []string{r.Name}
	for _, p := range r.Inputs() {
		parts = append(parts, strconv.FormatUint(uint64(p.Type.OID), 10))
	}
	return strings.Join(parts, "\x00")
}

// nameOf is what an object is called in its name space.
func nameOf(o Object) string {
	switch o := o.(type) {
	case *Routine:
		return o.key()
	case *Operator:
		return o.key()
	case *OperatorFamily:
		return DefinedKey(o.Name, o.MethodName())
	case *UserClass:
		return DefinedKey(o.Name, o.MethodName())
	}
	return o.ObjectName()
}

// Same finds the routine of a schema that has the name and argument types of
// another, or nil.
func (c *Catalog) Same(r *Routine) *Routine {
	have, _ := c.objects[c.names[name{r.Schema, byte(ClassRoutine), r.key()}]].(*Routine)
	return have
}

// Routines lists the routines of a name, in all schemas, by OID.
func (c *Catalog) Routines(routine string) (list []*Routine) {
	for _, oid := range c.routines[routine] {
		if r, ok := c.objects[oid].(*Routine); ok {
			list = append(list, r)
		}
	}
	return list
}

// named notes a routine among those of its name.
func (e *Editor) named(r *Routine) {
	list := append(slices.Clone(e.next.routines[r.Name]), r.OID)
	slices.Sort(list)
	e.next.routines[r.Name] = slices.Compact(list)
}

func (e *Editor) unnamed(r *Routine) {
	list := slices.DeleteFunc(slices.Clone(e.next.routines[r.Name]), func(oid OID) bool { return oid == r.OID })
	if len(list) == 0 {
		delete(e.next.routines, r.Name)
		return
	}
	e.next.routines[r.Name] = list
}

// retypedRoutine gives a routine with the types of this version; nil if it has
// them.
func (e *Editor) retypedRoutine(r *Routine) *Routine {
	var out *Routine
	change := func() *Routine {
		if out == nil {
			copied := *r
			copied.Params = slices.Clone(r.Params)
			out = &copied
		}
		return out
	}
	for i := range r.Params {
		if t := e.typeNow(r.Params[i].Type); t != nil {
			change().Params[i].Type.Type = t
		}
	}
	if t := e.typeNow(r.Result); t != nil {
		change().Result.Type = t
	}
	if r.Aggregate != nil {
		if t := e.typeNow(r.Aggregate.State); t != nil {
			own := *r.Aggregate
			own.State.Type = t
			change().Aggregate = &own
		}
	}
	return out
}
