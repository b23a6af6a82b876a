package catalog

import (
	"maps"
	"slices"

	"github.com/kalamsql/kalamsql/sql/types"
)

// The type of a relation's rows, and that of arrays of them, have OIDs made of the
// relation's: such types are no objects of their own here.
const (
	rowTypeBase  OID = 1 << 30
	rowArrayBase OID = 1<<30 + 1<<29
)

// RowTypeOID is the OID of the composite type of a relation's rows.
func RowTypeOID(relation OID) OID { return rowTypeBase + relation }

// RowArrayOID is the OID of the type of arrays of a relation's rows.
func RowArrayOID(relation OID) OID { return rowArrayBase + relation }

// RowRelation is the relation whose rows have the type with an OID, and whether
// it is that of arrays of them; zero for any other type.
func RowRelation(typ OID) (relation OID, array bool) {
	switch {
	case typ >= rowArrayBase:
		return typ - rowArrayBase, true
	case typ >= rowTypeBase:
		return typ - rowTypeBase, false
	}
	return 0, false
}

// HoldsRows says whether values of a type are, or have in them, rows of a
// relation.
func HoldsRows(t *types.Type) bool {
	if t == nil {
		return false
	}
	relation, _ := RowRelation(t.OID)
	return relation != 0
}

// RowType makes the type of a relation's rows; nil if there is no such relation
// or it has no type of its own.
func (c *Catalog) RowType(relation OID) *types.Type {
	r, ok := c.objects[relation].(Relation)
	if !ok {
		return nil
	}
	switch r.(type) {
	case *Table, *View:
	default:
		return nil
	}
	t := &types.Type{OID: RowTypeOID(relation), Name: r.ObjectName(), Kind: types.KindComposite, Category: 'C', Len: -1, Align: 'd', Delim: ','}
	s := c.SchemaByOID(r.Parent())
	if s != nil {
		t.Schema = s.Name
	}
	t.SQLName = shownName(s, t.Name)
	for _, column := range Columns(r) {
		t.Fields = append(t.Fields, types.Field{Name: column.Name, Type: column.Type.Type, Typmod: column.Typmod})
	}
	t.Array = &types.Type{OID: RowArrayOID(relation), Name: types.ClipName("_" + t.Name), SQLName: t.SQLName + "[]", Kind: types.KindBase, Category: 'A',
		Len: -1, Align: 'd', Delim: ',', Elem: t, Schema: t.Schema}
	return t
}

// rowTypeByOID is TypeByOID for the types of rows.
func (c *Catalog) rowTypeByOID(oid OID) *types.Type {
	relation, array := RowRelation(oid)
	if relation == 0 {
		return nil
	}
	t := c.RowType(relation)
	if t != nil && array {
		return t.Array
	}
	return t
}

// noteRowUser keeps the set of what has types of rows in its definition, which is
// made anew when the relation changes.
func (e *Editor) noteRowUser(o Object) {
	uses := false
	switch o := o.(type) {
	case *View:
		uses = slices.ContainsFunc(o.Columns, func(c *Column) bool { return HoldsRows(c.Type.Type) })
	case *Table:
		uses = slices.ContainsFunc(o.Columns, func(c *Column) bool { return HoldsRows(c.Type.Type) })
	case *Operator:
		uses = HoldsRows(o.Left.Type) || HoldsRows(o.Right.Type) || HoldsRows(o.Result.Type)
	case *Cast:
		uses = HoldsRows(o.Source.Type) || HoldsRows(o.Target.Type)
	case *Routine:
		uses = HoldsRows(o.Result.Type) || slices.ContainsFunc(o.Params, func(p Parameter) bool { return HoldsRows(p.Type.Type) })
	}
	if e.next.rowUsers[o.ObjectOID()] == uses {
		return
	}
	e.next.rowUsers = maps.Clone(e.next.rowUsers)
	if e.next.rowUsers == nil {
		e.next.rowUsers = map[OID]bool{}
	}
	if uses {
		e.next.rowUsers[o.ObjectOID()] = true
	} else {
		delete(e.next.rowUsers, o.ObjectOID())
	}
}

// retypeRows gives what uses types of rows those of this version. Tables may have columns of
// rows that have such columns in turn: it goes on until there is nothing left to change.
func (e *Editor) retypeRows() {
	for range len(e.next.rowUsers) + 1 {
		changed := false
		for oid := range e.next.rowUsers {
			switch o := e.next.objects[oid].(type) {
			case *Routine:
				if r := e.retypedRoutine(o); r != nil {
					e.next.objects[oid] = r
				}
			case *View:
				if columns := e.retyped(o.Columns); columns != nil {
					v := *o
					v.Columns = columns
					e.next.objects[oid], changed = &v, true
				}
			case *Table:
				if columns := e.retyped(o.Columns); columns != nil {
					t := *o
					t.Columns = columns
					e.next.objects[oid], changed = &t, true
				}
			}
		}
		if !changed {
			return
		}
	}
}

// RowHolders lists the tables that have columns with rows of relations in them.
func (c *Catalog) RowHolders() (list []*Table) {
	for oid := range c.rowUsers {
		if t := c.Table(oid); t != nil {
			list = append(list, t)
		}
	}
	return list
}

// typeNow is the type that a reference leads to in this version; nil if that is
// the one it has.
func (e *Editor) typeNow(t TypeRef) *types.Type {
	if t.Type == nil {
		return nil
	}
	now := e.next.types[t.OID]
	if now == nil {
		if now = e.next.rowTypeByOID(t.OID); now != nil && now.SQLName == t.SQLName && now.Means(t.Type) {
			return nil
		}
	}
	if now == t.Type {
		return nil
	}
	return now
}
