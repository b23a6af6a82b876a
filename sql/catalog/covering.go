package catalog

import "github.com/kalamsql/kalamsql/sql/types"

// HeldInKeys says whether values of a type are in the keys of indexes as they are, so
// that they can be read from there. Numbers that are equal have one key though they may
// look different (1.0 and 1.00, 0 and -0), as have texts whose comparison ignores
// something.
func HeldInKeys(t *types.Type) bool {
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
	switch t {
	case types.Boolean, types.Int2, types.Int4, types.Int8, types.Oid, types.Date, types.Time, types.Timestamp, types.TimestampTZ,
		types.Text, types.Varchar, types.Name, types.Bytea, types.UUID:
		return true
	}
	return false
}

// Covering gives the keys that an index has columns in: those of its entries, and
// those of the primary key, which the keys of the rows are made of that they lead to.
func (t *Table) Covering(index *Index) (lists [2][]IndexKey) {
	lists[0] = t.readable(index.Keys)
	if pk := t.PrimaryKey(); pk != nil {
		lists[1] = t.readable(pk.Keys)
	}
	return lists
}

// readable are the first keys that can be read: what is behind one that cannot is not found.
func (t *Table) readable(list []IndexKey) []IndexKey {
	for i, k := range list {
		if at := t.Ordinal(k.Column); k.Column == 0 || at < 0 || !HeldInKeys(t.Columns[at].Type.Type) {
			return list[:i:i]
		}
	}
	return list
}
