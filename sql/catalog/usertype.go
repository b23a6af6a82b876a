package catalog

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// UserType describes an enum, domain, composite or range type, or one of an extension.
type UserType struct {
	OID OID
	// Array is the type of arrays of it.
	Array  OID
	Name   string
	Schema OID
	Owner  OID
	Kind   types.Kind
	// Labels are an enum's, in their order.
	Labels []EnumLabel `json:",omitempty"`
	// Base, Typmod, NotNull, Default and Checks are a domain's. The expressions are
	// SQL text, of the checks over VALUE. Base is also what a range type is over, and
	// of a multirange type the range type.
	Base    TypeRef
	Typmod  int32
	NotNull bool   `json:",omitempty"`
	Default string `json:",omitempty"`
	// Collation is a domain's.
	Collation *types.Collation `json:",omitempty"`
	Checks    []*Check         `json:",omitempty"`
	// Attributes are a composite type's columns.
	Attributes []Attribute `json:",omitempty"`
	// Multirange is the multirange type of a range type, OperatorClass orders its
	// bounds, and SubtypeDiff is a function that subtracts them, or 0.
	Multirange    OID `json:",omitempty"`
	OperatorClass OID `json:",omitempty"`
	SubtypeDiff   OID `json:",omitempty"`
	// Extension is the one that brings a type. Of a base type Library names it, and Brought
	// is the name that it gives the type, if that is not its own.
	Extension OID    `json:",omitempty"`
	Library   string `json:",omitempty"`
	Brought   string `json:",omitempty"`
	ACL       ACL
	Comment   string
}

// EnumLabel is a value of an enum. Sort orders it among the others.
type EnumLabel struct {
	OID  OID
	Name string
	Sort float64
	// Uncommitted is the mark of the transaction that has added it to a type.
	Uncommitted *types.Uncommitted `json:"-"`
}

// Attribute is a column of a composite type.
type Attribute struct {
	Name    string
	Type    TypeRef
	Typmod  int32
	Comment string `json:",omitempty"`
}

// ObjectClass implements Object.
func (t *UserType) ObjectClass() Class { return ClassType }

// ObjectOID implements Object.
func (t *UserType) ObjectOID() OID { return t.OID }

// ObjectName implements Object.
func (t *UserType) ObjectName() string { return t.Name }

// Parent implements Object.
func (t *UserType) Parent() OID { return t.Schema }

// LastOID is the highest OID of the type and of what belongs to it.
func (t *UserType) LastOID() OID {
	last := max(t.OID, t.Array)
	for _, l := range t.Labels {
		last = max(last, l.OID)
	}
	for _, k := range t.Checks {
		last = max(last, k.OID)
	}
	return last
}

// Grants are the type's privileges; everybody may use one on which none has been
// given or taken.
func (t *UserType) Grants() ACL {
	if t.ACL == nil {
		return BuiltinACL(t.Owner, 'T')
	}
	return t.ACL
}

// Is says whether an OID is the type's, or that of its arrays.
func (t *UserType) Is(oid OID) bool { return oid == t.OID || oid == t.Array }

// uses lists the types that a type is made of.
func (t *UserType) uses() []TypeRef {
	var list []TypeRef
	if t.Base.Type != nil {
		list = append(list, t.Base)
	}
	for _, a := range t.Attributes {
		list = append(list, a.Type)
	}
	return list
}

// TypeByOID finds a type: a built-in one, one that a user has made, or the
// arrays of one; nil if there is none.
func (c *Catalog) TypeByOID(oid OID) *types.Type {
	if t := types.ByOID(oid); t != nil {
		return t
	}
	if t := c.types[oid]; t != nil {
		return t
	}
	return c.rowTypeByOID(oid)
}

// UserType finds the descriptor of a type that a user has made, by its OID or
// that of its arrays; nil if there is none.
func (c *Catalog) UserType(oid OID) *UserType {
	if t, ok := c.objects[oid].(*UserType); ok {
		return t
	}
	if t := c.types[oid]; t != nil && t.Elem != nil {
		u, _ := c.objects[t.Elem.OID].(*UserType)
		return u
	}
	return nil
}

// retype makes the types of all descriptors, and has the columns of relations
// lead to them.
func (e *Editor) retype() {
	var list []*UserType
	for _, o := range e.next.objects {
		if t, ok := o.(*UserType); ok {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *UserType) int { return int(a.OID) - int(b.OID) })
	e.next.types = map[OID]*types.Type{}
	companions := map[OID]map[string]*types.Type{}
	for len(list) > 0 {
		before := len(list)
		list = slices.DeleteFunc(list, func(t *UserType) bool {
			for _, use := range t.uses() {
				if e.next.TypeByOID(use.OID) == nil {
					return false // it is made of one that is still to be made
				}
			}
			e.makeType(t, companions)
			return true
		})
		if len(list) == before {
			break
		}
	}
	for oid, o := range e.next.objects {
		switch o := o.(type) {
		case *Table:
			if columns := e.retyped(o.Columns); columns != nil {
				t := *o
				t.Columns = columns
				t.Key = o.Key.retyped(e.next.types)
				e.next.partitions = nil
				e.next.objects[oid] = &t
			}
		case *Routine:
			if r := e.retypedRoutine(o); r != nil {
				e.next.objects[oid] = r
			}
		case *Operator, *Cast:
			if n := e.retypedOperator(o); n != nil {
				e.next.objects[oid] = n
			}
		case *View:
			if columns := e.retyped(o.Columns); columns != nil {
				v := *o
				v.Columns = columns
				e.next.objects[oid] = &v
			}
		}
	}
	e.retypeRows()
}

// retyped gives columns with the types of this version; nil if they have them.
func (e *Editor) retyped(columns []*Column) []*Column {
	var out []*Column
	for i, c := range columns {
		now := e.typeNow(c.Type)
		if now == nil {
			continue
		}
		if out == nil {
			out = slices.Clone(columns)
		}
		changed := *c
		changed.Type.Type = now
		out[i] = &changed
	}
	return out
}

// makeType makes the type of a descriptor, and that of its arrays.
// companions are the types of each extension.
func (e *Editor) makeType(u *UserType, companions map[OID]map[string]*types.Type) {
	t := &types.Type{OID: u.OID, Name: u.Name, SQLName: shownName(e.next.SchemaByOID(u.Schema), u.Name), Kind: u.Kind, Delim: ',', Len: -1, Align: 'i', Category: 'U'}
	if s := e.next.SchemaByOID(u.Schema); s != nil {
		t.Schema = s.Name
	}
	switch u.Kind {
	case types.KindBase:
		t.Extend(u.Library, cmp.Or(u.Brought, u.Library))
	case types.KindEnum:
		t.Category, t.Len, t.ByVal = 'E', 4, true
		for _, l := range u.Labels {
			t.Labels, t.Sorts = append(t.Labels, l.Name), append(t.Sorts, l.Sort)
			if l.Uncommitted.Holds() {
				t.NewLabels = append(t.NewLabels, types.NewLabel{Name: l.Name, Mark: l.Uncommitted})
			}
		}
	case types.KindDomain:
		t.Base = e.next.TypeByOID(u.Base.OID)
		t.Category, t.Len, t.ByVal, t.Align, t.Delim = t.Base.Category, t.Base.Len, t.Base.ByVal, t.Base.Align, t.Base.Delim
		t.BaseTypmod, t.NotNull, t.Default = u.Typmod, u.NotNull, u.Default
		for _, k := range u.Checks {
			t.Checks = append(t.Checks, types.DomainCheck{Name: k.Name, Expr: k.Expr})
		}
		slices.SortFunc(t.Checks, func(a, b types.DomainCheck) int { return strings.Compare(a.Name, b.Name) })
	case types.KindRange:
		t.Subtype = e.next.TypeByOID(u.Base.OID)
		t.Category, t.Align = 'R', boundsAlign(t.Subtype)
	case types.KindMultirange:
		t.Subtype = e.next.TypeByOID(u.Base.OID)
		t.Subtype.Multi = t
		t.Category, t.Align = 'R', t.Subtype.Align
	case types.KindComposite:
		t.Category, t.Align = 'C', 'd'
		for _, a := range u.Attributes {
			t.Fields = append(t.Fields, types.Field{Name: a.Name, Type: e.next.TypeByOID(a.Type.OID), Typmod: a.Typmod})
		}
	}
	if u.Library != "" {
		all := companions[u.Extension]
		if all == nil {
			all = map[string]*types.Type{}
			companions[u.Extension] = all
		}
		t.Accompany(cmp.Or(u.Brought, u.Library), all)
	}
	t.Array = &types.Type{OID: u.Array, Name: types.ClipName("_" + u.Name), SQLName: t.SQLName + "[]", Kind: types.KindBase, Category: 'A',
		Len: -1, Align: t.Align, Delim: ',', Elem: t, Schema: t.Schema}
	e.next.types[u.OID], e.next.types[u.Array] = t, t.Array
}

// boundsAlign is the alignment of ranges over a type.
func boundsAlign(t *types.Type) byte {
	if t.Align == 'd' {
		return 'd'
	}
	return 'i'
}

// shownName is the name of a type of a schema in messages: qualified unless it is
// in the schema that everybody's search path has.
func shownName(s *Schema, name string) string {
	if s != nil && s.Name != "public" {
		return quoteName(s.Name) + "." + quoteName(name)
	}
	return quoteName(name)
}

// quoteName quotes a name that is no plain word in small letters.
func quoteName(name string) string {
	for i, r := range name {
		if r != '_' && (r < 'a' || r > 'z') && (i == 0 || (r < '0' || r > '9') && r != '$') {
			return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
	}
	return name
}

// Retyped is a relation of another version of the catalog, as it is stored, with the types of
// this one in its columns. A type that is gone is left as a mere OID.
func (c *Catalog) Retyped(r Relation) Relation {
	retyped := func(columns []*Column) []*Column {
		out := slices.Clone(columns)
		for i, column := range columns {
			if t := column.Type.Type; t != nil && types.ByOID(t.OID) == nil {
				if now := c.TypeByOID(t.OID); now != nil {
					own := *column
					own.Type.Type = now
					out[i] = &own
				}
			}
		}
		return out
	}
	switch r := r.(type) {
	case *Table:
		own := *r
		own.Columns = retyped(r.Columns)
		return &own
	case *View:
		own := *r
		own.Columns = retyped(r.Columns)
		return &own
	}
	return r
}
