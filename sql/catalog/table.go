package catalog

import (
	"encoding/json"
	"time"

	"github.com/kalamsql/kalamsql/sql/types"
)

// TableKind says where a table's rows live.
type TableKind byte

// The kinds of tables. PerUser makes a slice per user of a durable table (a
// user table) or of a stream table.
const (
	KindDurable TableKind = 'd'
	KindStream  TableKind = 's'
)

// Table describes a table: shared, user, stream, or user stream.
type Table struct {
	OID      OID
	Name     string
	Schema   OID
	Database OID
	Owner    OID
	Kind     TableKind
	// PerUser: every row belongs to one user, and the user is part of its key.
	PerUser bool
	// Temporary tables belong to one session; their schema is its pg_temp_N.
	Temporary bool
	// Unlogged is what CREATE UNLOGGED TABLE made; it is stored as any other.
	Unlogged bool `json:",omitempty"`
	// OnCommit is what happens to a temporary table's rows when a transaction
	// commits: 'd' they are deleted, 'x' the table is dropped, 0 nothing.
	OnCommit byte `json:",omitempty"`

	Columns []*Column
	Indexes []*Index // the primary key, if any, first
	Checks  []*Check
	Foreign []*ForeignKey

	// Replica is pg_class.relreplident, what identifies a row to who replicates it: 'f',
	// 'n', 'i' for the index with ReplicaIndex, or zero for the primary key. Clustered is
	// the index that CLUSTER would go by. Both are kept for clients that ask.
	Replica                 byte `json:",omitempty"`
	ReplicaIndex, Clustered OID  `json:",omitempty"`
	// RowSecurity: the policies hold; for the owner too with ForceRowSecurity.
	RowSecurity, ForceRowSecurity bool      `json:",omitempty"`
	Policies                      []*Policy `json:",omitempty"`
	// Triggers fire in their order.
	Triggers []*Trigger `json:",omitempty"`
	// Extended are the statistics objects.
	Extended []*ExtendedStatistics `json:",omitempty"`
	// Rules are applied in their order.
	Rules []*Rule `json:",omitempty"`

	// Options are the storage parameters, as pg_class.reloptions has them.
	Options []string `json:",omitempty"`

	// Query makes it a materialised view; nil is a table.
	Query *MaterializedQuery `json:",omitempty"`

	// Parents are the tables it inherits from, in their order; a partition has one.
	// Key makes it a partitioned table, which has no rows of its own, and Bound a
	// partition. See inherit.go.
	Parents []OID           `json:",omitempty"`
	Key     *PartitionKey   `json:",omitempty"`
	Bound   *PartitionBound `json:",omitempty"`

	// Server makes it a foreign table, with options as name=value. It has no rows here.
	Server        OID      `json:",omitempty"`
	ServerOptions []string `json:",omitempty"`

	// OfType is the composite type of a typed table.
	OfType OID `json:",omitempty"`

	// TTL and MaxRows bound a stream table; zero means unbounded.
	TTL     time.Duration
	MaxRows int64

	ACL     ACL
	Comment string
	// NextColumn is the attribute number the next added column gets.
	NextColumn int16
}

// MaterializedQuery is where the rows of a materialised view come from.
type MaterializedQuery struct {
	Text       string   // in canonical form
	SearchPath []string // that its names were found with
	Uses       []OID    // the relations it reads
	// Bound is as that of a View.
	Bound *BoundNames `json:",omitempty"`
	// Populated: it has been run at least once since it had no data.
	Populated bool
}

// QueryView is a materialised view as the view that its query would make.
func (t *Table) QueryView() *View {
	return &View{OID: t.OID, Name: t.Name, Schema: t.Schema, Owner: t.Owner, Columns: t.Columns, Query: t.Query.Text, SearchPath: t.Query.SearchPath, Uses: t.Query.Uses, Bound: t.Query.Bound}
}

// Column describes a column.
type Column struct {
	Num     int16 // pg_attribute.attnum, from 1, never reused
	Name    string
	Type    TypeRef
	Typmod  int32
	NotNull bool
	// Default is the SQL text of the default expression; empty for none.
	Default string
	// Generated: Default is a GENERATED ALWAYS AS ... STORED expression.
	Generated bool
	// Identity is 'a' (always), 'd' (by default) or 0.
	Identity byte
	// Sequence is the sequence owned by a serial or identity column, or 0.
	Sequence OID
	// Missing is the value of the rows that were written before the column was added and
	// do not have it; nil means NULL.
	Missing *Missing `json:",omitempty"`
	// Statistics is the target of ALTER COLUMN SET STATISTICS, Storage the letter of SET
	// STORAGE and Compression that of SET COMPRESSION; nil and 0 are the defaults. Nothing
	// goes by them.
	Statistics  *int `json:",omitempty"`
	Storage     byte `json:",omitempty"`
	Compression byte `json:",omitempty"`
	// Options are those of SET (...), as pg_attribute.attoptions has them.
	Options []string `json:",omitempty"`
	// ServerOptions are those of OPTIONS (...) of a column of a foreign table.
	ServerOptions []string `json:",omitempty"`
	// Collation orders the column; nil is the default, the order of bytes.
	Collation *types.Collation `json:",omitempty"`
	// Inheritance says how the column came by the tables above.
	Inheritance
	Comment string
	ACL     ACL
}

// TypeRef is a type in a descriptor: stored as its OID.
type TypeRef struct{ *types.Type }

// MarshalJSON stores the OID, zero for no type.
func (r TypeRef) MarshalJSON() ([]byte, error) {
	if r.Type == nil {
		return []byte("0"), nil
	}
	return json.Marshal(r.OID)
}

// UnmarshalJSON finds the built-in type; a user type is resolved by
// the catalog that the descriptor is put into.
func (r *TypeRef) UnmarshalJSON(b []byte) error {
	var oid types.OID
	if err := json.Unmarshal(b, &oid); err != nil {
		return err
	}
	if r.Type = types.ByOID(oid); r.Type == nil && oid != 0 {
		r.Type = &types.Type{OID: oid}
	}
	return nil
}

// Index describes an index and, when Constraint is set, the constraint of the
// same name that it serves.
type Index struct {
	OID     OID
	Name    string
	Unique  bool
	Primary bool
	// DeferrablePrimary makes it the primary key too, one whose check can be put off: the rows are not
	// in its order, since there may be duplicates for a while.
	DeferrablePrimary bool `json:",omitempty"`
	// Constraint: made by PRIMARY KEY, UNIQUE or EXCLUDE rather than CREATE INDEX.
	Constraint       bool
	ConstraintOID    OID
	NullsNotDistinct bool
	// Deferrable: duplicates are looked for when the statement has ended, or, where
	// that is put off, at the commit. Until then there may be some.
	Deferrable, InitiallyDeferred bool
	Keys                          []IndexKey
	// Method is the access method's name; empty for btree.
	Method string `json:",omitempty"`
	// Exclusion has, of an exclusion constraint, the operator of each key: no two rows
	// may have keys of which all operators are true.
	Exclusion []OID `json:",omitempty"`
	// Declared: the index has no entries, and scans read the table. See AccessMethod.
	Declared bool `json:",omitempty"`
	// Extracted: GiST's or SP-GiST's, it has an entry for each of the keys that operator classes take
	// out of a row, as GIN's all have. See Inverted.
	Extracted bool `json:",omitempty"`
	// Options are the storage parameters, as pg_class.reloptions has them.
	Options []string `json:",omitempty"`
	// Include lists the attribute numbers of INCLUDE columns.
	Include []int16
	// Predicate is the SQL text of a partial index's condition.
	Predicate string
	// Parent is the index of the partitioned table that it is attached to. Invalid:
	// the index of a partitioned table that not every partition has one for, or one that
	// has not got all its entries yet, so that nobody reads by it. Unready: nobody keeps its entries
	// either.
	Parent  OID  `json:",omitempty"`
	Invalid bool `json:",omitempty"`
	Unready bool `json:",omitempty"`
	Comment string
	// ConstraintComment is that of its constraint.
	ConstraintComment string `json:",omitempty"`
}

// IndexKey is one key of an index: a column, or an expression.
type IndexKey struct {
	Column     int16 // attribute number; 0 for an expression
	Expr       string
	Desc       bool
	NullsFirst bool
	// OpClass is the operator class that the definition names, 0 for the default.
	OpClass OID `json:",omitempty"`
	// Collation is what the definition names, if that is not the column's. Entries are in
	// the order of bytes whatever it is.
	Collation *types.Collation `json:",omitempty"`
}

// Check describes a CHECK constraint.
type Check struct {
	OID  OID
	Name string
	Expr string // SQL text
	// NotValid: rows that were there before need not meet it.
	NotValid bool
	// NoInherit: tables that inherit from this one need not have it.
	NoInherit bool `json:",omitempty"`
	Inheritance
	Comment string `json:",omitempty"`
}

// ForeignKey describes a FOREIGN KEY constraint.
type ForeignKey struct {
	OID        OID
	Name       string
	Columns    []int16
	References OID
	RefColumns []int16
	// Index is the referenced table's unique index over RefColumns.
	Index              OID
	OnDelete, OnUpdate byte // pg_constraint.confdeltype, confupdtype
	// OnDeleteColumns are those that ON DELETE SET NULL and SET DEFAULT set; nil
	// sets all.
	OnDeleteColumns               []int16
	Match                         byte // 's' or 'f'
	Deferrable, InitiallyDeferred bool
	NotValid                      bool
	// Unchecked: rows of the table need not find what they reference. Inert: keys
	// that are referenced may go, and nothing is done about it. Both until ENABLE
	// TRIGGER ALL.
	Unchecked bool `json:",omitempty"`
	Inert     bool `json:",omitempty"`
	// Parent is the foreign key of the partitioned table that it is part of.
	Parent  OID    `json:",omitempty"`
	Comment string `json:",omitempty"`
}

// ObjectClass implements Object.
func (t *Table) ObjectClass() Class { return ClassTable }

// ObjectOID implements Object.
func (t *Table) ObjectOID() OID { return t.OID }

// ObjectName implements Object.
func (t *Table) ObjectName() string { return t.Name }

// Parent implements Object.
func (t *Table) Parent() OID { return t.Schema }
func (t *Table) relation()   {}

// Word is what messages call a table of its kind.
func (t *Table) Word() string {
	switch {
	case t.Query != nil:
		return "materialized view"
	case t.Server != 0:
		return "foreign table"
	}
	return "table"
}

// Durable says whether the rows survive a restart.
func (t *Table) Durable() bool { return t.Kind != KindStream }

// PrimaryKey gives the primary key's index, or nil.
func (t *Table) PrimaryKey() *Index {
	for _, i := range t.Indexes {
		if i.Primary {
			return i
		}
	}
	return nil
}

// Inverted says whether the index has an entry for each of the keys that operator classes
// take out of a row (sql/expr/inverted): it has no order.
func (i *Index) Inverted() bool { return (i.Method == "gin" || i.Extracted) && !i.Declared }

// Ordered says whether the index has entries in the order of its keys. Exclusion constraints by GiST that
// earlier versions have made do.
func (i *Index) Ordered() bool { return !i.Declared && !i.Inverted() }

// IsPrimary says whether the index is that of the primary key.
func (i *Index) IsPrimary() bool { return i.Primary || i.DeferrablePrimary }

// PrimaryConstraint is PrimaryKey, or the primary key whose check can be put off.
func (t *Table) PrimaryConstraint() *Index {
	for _, i := range t.Indexes {
		if i.IsPrimary() {
			return i
		}
	}
	return nil
}

// ColumnIndex gives the position in Columns of a column by name, or -1.
func (t *Table) ColumnIndex(column string) int {
	for i, c := range t.Columns {
		if c.Name == column {
			return i
		}
	}
	return -1
}

// Ordinal gives the position in Columns of an attribute number, or -1.
func (t *Table) Ordinal(num int16) int {
	if i := int(num) - 1; i >= 0 && i < len(t.Columns) && t.Columns[i].Num == num {
		return i
	}
	for i, c := range t.Columns {
		if c.Num == num {
			return i
		}
	}
	return -1
}

// Clone copies the descriptor deeply enough for an edit: the slices are new,
// the columns, indexes and constraints are shared and must be replaced, not
// changed.
func (t *Table) Clone() *Table {
	c := *t
	c.Columns = append([]*Column(nil), t.Columns...)
	c.Indexes = append([]*Index(nil), t.Indexes...)
	c.Checks = append([]*Check(nil), t.Checks...)
	c.Foreign = append([]*ForeignKey(nil), t.Foreign...)
	c.Policies = append([]*Policy(nil), t.Policies...)
	c.Triggers = append([]*Trigger(nil), t.Triggers...)
	c.Extended = append([]*ExtendedStatistics(nil), t.Extended...)
	c.Rules = append([]*Rule(nil), t.Rules...)
	c.Parents = append([]OID(nil), t.Parents...)
	return &c
}
