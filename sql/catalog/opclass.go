package catalog

import (
	_ "embed" // PostgreSQL's operator classes
	"strconv"
	"strings"
	"sync"

	"github.com/kalamsql/kalamsql/sql/types"
)

// OperatorClassRows are the rows of PostgreSQL 15's pg_opclass, in COPY's text
// format.
//
//go:embed pg15/pg_opclass.tsv
var OperatorClassRows string

// AccessMethod is what CREATE INDEX ... USING names. Entries of indexes are kept
// in the order of their keys, which serves btree, and hash as well. An index of
// another method is a definition alone: it has no entries, and a scan reads the
// table.
type AccessMethod struct {
	OID  OID
	Name string
	// Stored: indexes of the method have entries.
	Stored bool
	// Unique, Multicolumn, Ordered and Include are what PostgreSQL's method can do.
	Unique, Multicolumn, Ordered, Include bool
	// Library is the extension that brings it; empty: none.
	Library string
	// Plain: it finds rows one by one, and not only by bitmaps. SearchNulls: it finds
	// those that have NULL.
	Plain, SearchNulls bool
}

var accessMethods = []*AccessMethod{
	{OID: 403, Name: "btree", Stored: true, Unique: true, Multicolumn: true, Ordered: true, Include: true, Plain: true, SearchNulls: true},
	{OID: 405, Name: "hash", Stored: true, Plain: true},
	{OID: 783, Name: "gist", Multicolumn: true, Include: true, Plain: true, SearchNulls: true},
	{OID: 2742, Name: "gin", Multicolumn: true},
	{OID: 4000, Name: "spgist", Include: true, Plain: true, SearchNulls: true},
	{OID: 3580, Name: "brin", Multicolumn: true, SearchNulls: true},
	{OID: bloomMethod, Name: "bloom", Multicolumn: true, Library: "bloom"},
}

// AccessMethodNamed finds an access method of indexes, or nil; the empty name is
// btree's.
func AccessMethodNamed(name string) *AccessMethod {
	for _, m := range accessMethods {
		if m.Name == name || name == "" && m.Stored {
			return m
		}
	}
	return nil
}

// AccessMethodByOID finds an access method of indexes, or nil.
func AccessMethodByOID(oid OID) *AccessMethod {
	for _, m := range accessMethods {
		if m.OID == oid {
			return m
		}
	}
	return nil
}

// OperatorClass says how an access method handles a type.
type OperatorClass struct {
	OID     OID
	Method  OID
	Name    string
	Input   types.OID
	Default bool
	// Key is the type of what an index keeps, 0 if that is the input's.
	Key types.OID
	// Library is the extension that brings it; empty: none.
	Library string
}

var operatorClasses = sync.OnceValue(func() (list []*OperatorClass) {
	for line := range strings.Lines(OperatorClassRows) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		number := func(i int) OID {
			n, err := strconv.ParseUint(f[i], 10, 32)
			if err != nil {
				panic("catalog: recorded operator class " + line)
			}
			return OID(n)
		}
		list = append(list, &OperatorClass{OID: number(0), Method: number(1), Name: f[2], Input: number(6), Default: f[7] == "t", Key: number(8)})
	}
	return append(list, extensionClasses()...)
})

// Family is the name of the class's operator family: of B-trees and hash indexes over
// numbers and over dates and times there is one for several classes.
func (c *OperatorClass) Family() string {
	if m := AccessMethodByOID(c.Method); m != nil && m.Stored {
		switch c.Name {
		case "int2_ops", "int4_ops", "int8_ops":
			return "integer_ops"
		case "float4_ops", "float8_ops":
			return "float_ops"
		case "varchar_ops":
			return "text_ops"
		case "inet_ops", "cidr_ops":
			return "network_ops"
		case "date_ops", "timestamp_ops", "timestamptz_ops":
			if m.Name == "btree" {
				return "datetime_ops"
			}
		}
	}
	return c.Name
}

// OperatorClassByOID finds an operator class, or nil.
func OperatorClassByOID(oid OID) *OperatorClass {
	for _, c := range operatorClasses() {
		if c.OID == oid {
			return c
		}
	}
	return nil
}

// OperatorClassNamed finds the operator class of a name that takes a type;
// exists says whether there is one of the name at all.
func (m *AccessMethod) OperatorClassNamed(name string, t *types.Type, have Libraries) (class *OperatorClass, exists bool) {
	for _, input := range classInputs(t) {
		for _, c := range operatorClasses() {
			if c.Method == m.OID && c.Name == name && have.has(c.Library) {
				if exists = true; c.Input == input {
					return c, true
				}
			}
		}
	}
	return nil, exists
}

// DefaultOperatorClass finds the class that indexes of a type use unless they
// name another; nil if there is none.
func (m *AccessMethod) DefaultOperatorClass(t *types.Type, have Libraries) *OperatorClass {
	for _, input := range classInputs(t) {
		for _, c := range operatorClasses() {
			if c.Method == m.OID && c.Default && c.Input == input && have.has(c.Library) {
				return c
			}
		}
	}
	return nil
}

// classInputs are the types whose operator classes a type can use: its own, then
// those that it is stored as or a member of.
func classInputs(t *types.Type) []types.OID {
	for t.Kind == types.KindDomain {
		t = t.Base
	}
	try := []types.OID{t.OID}
	switch {
	case t.Library != "" && extensionInput(t.Brought) != nil:
		try = append(try, extensionInput(t.Brought).OID)
	case t.IsArray() && t.Elem.Library != "" && extensionInput("_"+t.Elem.Brought) != nil:
		try = append(try, extensionInput("_"+t.Elem.Brought).OID, types.AnyArray.OID)
	case t.IsArray():
		try = append(try, types.AnyArray.OID)
	case t == types.Varchar, t.Folds():
		try = append(try, types.Text.OID)
	case t == types.CIDR:
		try = append(try, types.Inet.OID)
	case t.Kind == types.KindEnum:
		try = append(try, types.AnyEnum.OID)
	case t.Kind == types.KindComposite:
		try = append(try, types.RecordType.OID)
	case t.Kind == types.KindRange:
		try = append(try, types.AnyRange.OID)
	case t.Kind == types.KindMultirange:
		try = append(try, types.AnyMultirange.OID)
	case strings.HasPrefix(t.Name, "reg"):
		try = append(try, types.Oid.OID)
	}
	return try
}
