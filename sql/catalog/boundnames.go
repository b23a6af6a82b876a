package catalog

// BoundNames say what the names in a stored query stand for, so that it keeps
// its meaning when what it names is renamed, moved or gets more columns. Within
// the query everything goes by the names it had when the query was stored.
type BoundNames struct {
	Names []BoundName `json:",omitempty"`
	// Reads are the columns that the query reads, each once.
	Reads []ColumnRead `json:",omitempty"`
	// Keys are the primary keys by which the query groups columns that it does not
	// name in GROUP BY.
	Keys []OID `json:",omitempty"`
}

// BoundName is the name of a relation or type that stands at a byte offset of
// the query.
type BoundName struct {
	At  int
	OID OID
	// Literal: it is the text of a regclass.
	Literal bool `json:",omitempty"`
	// Schema and Columns are of relations: what the query may name.
	Schema  string        `json:",omitempty"`
	Columns []BoundColumn `json:",omitempty"`
}

// BoundColumn is a column under the name that it has in a stored query.
type BoundColumn struct {
	Num  int16
	Name string
}

// ColumnRead is a column of a relation.
type ColumnRead struct {
	Relation OID
	Num      int16
}

// At gives the name at an offset, nil for one that is found by the search path.
func (b *BoundNames) At(offset int) *BoundName {
	if b == nil || offset < 0 {
		return nil
	}
	for i := range b.Names {
		if b.Names[i].At == offset {
			return &b.Names[i]
		}
	}
	return nil
}

// Uses says whether the query names an object.
func (b *BoundNames) Uses(oid OID) bool {
	if b == nil {
		return false
	}
	for i := range b.Names {
		if b.Names[i].OID == oid {
			return true
		}
	}
	return false
}

// ReadsColumn says whether the query reads a relation's column.
func (b *BoundNames) ReadsColumn(relation OID, num int16) bool {
	if b == nil {
		return false
	}
	for _, r := range b.Reads {
		if r.Relation == relation && r.Num == num {
			return true
		}
	}
	return false
}

// Name is the name that a column has in the query; empty for one that came
// later.
func (n *BoundName) Name(num int16) string {
	for _, c := range n.Columns {
		if c.Num == num {
			return c.Name
		}
	}
	return ""
}

// Columns lists a relation's columns, nil for one that has none of its own.
func Columns(r Relation) []*Column {
	switch r := r.(type) {
	case *Table:
		return r.Columns
	case *View:
		return r.Columns
	}
	return nil
}
