package pgcatalog

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The operators and casts that extensions bring. They are no objects of the catalog: an
// extension has all of them as long as it is there, under OIDs of its own range.

// brought describes the operators and casts of an extension as if they were objects.
func (s *Snapshot) brought(e *catalog.Extension) (operators []*catalog.Operator, casts []*catalog.Cast) {
	offered := expr.ExtensionNamed(e.Name)
	if offered == nil || len(offered.Operators)+len(offered.Casts) == 0 {
		return nil, nil
	}
	var own *types.Type
	for _, t := range s.Catalog.MemberTypes(e) {
		own = s.Catalog.TypeByOID(t.OID)
	}
	members := s.Catalog.Members(e)
	sortByOID(members)
	// Some functions differ in their names alone.
	function := func(f *expr.ExtensionFunction) (oid catalog.OID) {
		for _, r := range members {
			same := r.Source == f.Symbol && slices.EqualFunc(r.Inputs(), f.Args, func(p *catalog.Parameter, a *types.Type) bool {
				return p.Type.OID == offered.Of(a, own).OID
			})
			switch {
			case same && r.Name == f.Name:
				return r.OID
			case same && oid == 0:
				oid = r.OID
			}
		}
		return oid
	}
	reference := func(t *types.Type) catalog.TypeRef {
		if t = offered.Of(t, own); t == nil {
			return catalog.TypeRef{}
		}
		return catalog.TypeRef{Type: t}
	}
	oid := offered.First
	for _, o := range offered.Operators {
		operators = append(operators, &catalog.Operator{OID: oid, Name: o.Name, Schema: e.Schema, Owner: catalog.RolePostgres,
			Left: reference(o.Left), Right: reference(o.Right), Result: reference(o.Function.Result), Function: function(o.Function)})
		oid++
	}
	named := func(name string, left, right *types.Type) catalog.OID {
		for _, o := range operators {
			if name != "" && o.Name == name && o.Operands(left, right) {
				return o.OID
			}
		}
		return 0
	}
	for i, o := range operators {
		o.Commutator = named(offered.Operators[i].Commutator, o.Right.Type, o.Left.Type)
		o.Negator = named(offered.Operators[i].Negator, o.Left.Type, o.Right.Type)
	}
	for _, c := range offered.Casts {
		k := &catalog.Cast{OID: oid, Database: e.Database, Source: reference(c.Source), Target: reference(c.Target), Method: 'b', Context: castContexts[c.Context]}
		if c.Function != nil {
			k.Method, k.Function = 'f', function(c.Function)
		}
		casts = append(casts, k)
		oid++
	}
	return operators, casts
}

var castContexts = map[expr.CoercionContext]byte{expr.Implicit: 'i', expr.Assignment: 'a', expr.Explicit: 'e'}

// broughtOperators are those of all extensions of the database.
func (s *Snapshot) broughtOperators() (list []*catalog.Operator) {
	for _, e := range s.extensions() {
		operators, _ := s.brought(e)
		list = append(list, operators...)
	}
	return list
}

// operator finds an operator that is no built-in one, or nil.
func (s *Snapshot) operator(oid catalog.OID) *catalog.Operator {
	if o, ok := s.Catalog.Get(oid).(*catalog.Operator); ok {
		return o
	}
	if oid >= types.FirstUserOID || expr.OperatorByOID(oid) != nil {
		return nil
	}
	for _, o := range s.broughtOperators() {
		if o.OID == oid {
			return o
		}
	}
	return nil
}
