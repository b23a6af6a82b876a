package catalog

import (
	"cmp"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Operator classes that extensions bring. Those of B-trees, and of GIN where
// sql/expr/inverted knows them, have indexes with entries; the others are definitions. Their OIDs are the same in every database, below those that users'
// objects get.

const firstExtensionClass OID = 15000

// bloomMethod is the access method that extension bloom brings.
const bloomMethod OID = 14990

// extensionInputs stand for the types that extensions make, whose OIDs each database has
// of its own, as what classes take and keep.
var extensionInputs = []*types.Type{
	{OID: firstExtensionInput, Name: "hstore"}, {OID: firstExtensionInput + 1, Name: "ltree"}, {OID: firstExtensionInput + 2, Name: "_ltree"}, {OID: firstExtensionInput + 3, Name: "ltree_gist"}, {OID: firstExtensionInput + 4, Name: "cube"},
}

// firstExtensionInput is the first OID of those.
const firstExtensionInput OID = 14000

// extensionInput is what stands for a type of an extension, or for the arrays of it.
func extensionInput(name string) *types.Type {
	for _, t := range extensionInputs {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// InputOf is the type that stands for one, by its OID, in the database of an extension.
func (c *Catalog) InputOf(input OID, e *Extension) OID {
	at := int(input) - int(firstExtensionInput)
	if at < 0 || at >= len(extensionInputs) {
		return input
	}
	name := extensionInputs[at].Name
	for _, t := range c.MemberTypes(e) {
		switch name {
		case cmp.Or(t.Brought, t.Library):
			return t.OID
		case "_" + cmp.Or(t.Brought, t.Library):
			return t.Array
		}
	}
	return input
}

// classesOf lists the classes of a method that an extension brings: a name and a type
// each, with a prefix before the names.
func classesOf(library string, method OID, isDefault bool, classes ...any) (list []*OperatorClass) {
	for i := 0; i < len(classes); i += 2 {
		list = append(list, &OperatorClass{Method: method, Name: classes[i].(string), Input: classes[i+1].(*types.Type).OID, Default: isDefault, Library: library})
	}
	return list
}

func extensionClasses() []*OperatorClass {
	const btree, hash, gin, gist OID = 403, 405, 2742, 783
	all := classesOf("pg_trgm", gin, false, "gin_trgm_ops", types.Text)
	all = append(all, classesOf("pg_trgm", gist, false, "gist_trgm_ops", types.Text)...)
	all = append(all, classesOf("bloom", bloomMethod, true, "int4_ops", types.Int4, "text_ops", types.Text)...)
	all = append(all, classesOf("btree_gin", gin, true,
		"bit_ops", types.Bit, "bool_ops", types.Boolean, "bpchar_ops", types.BPChar, "bytea_ops", types.Bytea, "char_ops", types.Char, "cidr_ops", types.CIDR, "date_ops", types.Date,
		"enum_ops", types.AnyEnum, "float4_ops", types.Float4, "float8_ops", types.Float8, "inet_ops", types.Inet, "int2_ops", types.Int2, "int4_ops", types.Int4, "int8_ops", types.Int8,
		"interval_ops", types.IntervalType, "macaddr8_ops", types.Macaddr8, "macaddr_ops", types.Macaddr, "money_ops", types.Money, "name_ops", types.Name, "numeric_ops", types.Numeric,
		"oid_ops", types.Oid, "text_ops", types.Text, "time_ops", types.Time, "timestamp_ops", types.Timestamp, "timestamptz_ops", types.TimestampTZ, "timetz_ops", types.TimeTZType,
		"uuid_ops", types.UUID, "varbit_ops", types.Varbit, "varchar_ops", types.Varchar)...)
	all = append(all, classesOf("btree_gist", gist, true,
		"gist_bit_ops", types.Bit, "gist_bool_ops", types.Boolean, "gist_bpchar_ops", types.BPChar, "gist_bytea_ops", types.Bytea, "gist_cash_ops", types.Money, "gist_cidr_ops", types.CIDR,
		"gist_date_ops", types.Date, "gist_enum_ops", types.AnyEnum, "gist_float4_ops", types.Float4, "gist_float8_ops", types.Float8, "gist_inet_ops", types.Inet, "gist_int2_ops", types.Int2,
		"gist_int4_ops", types.Int4, "gist_int8_ops", types.Int8, "gist_interval_ops", types.IntervalType, "gist_macaddr8_ops", types.Macaddr8, "gist_macaddr_ops", types.Macaddr,
		"gist_numeric_ops", types.Numeric, "gist_oid_ops", types.Oid, "gist_text_ops", types.Text, "gist_time_ops", types.Time, "gist_timestamp_ops", types.Timestamp,
		"gist_timestamptz_ops", types.TimestampTZ, "gist_timetz_ops", types.TimeTZType, "gist_uuid_ops", types.UUID, "gist_vbit_ops", types.Varbit)...)
	all = append(all, classesOf("hstore", gin, true, "gin_hstore_ops", extensionInput("hstore"))...)
	all = append(all, classesOf("hstore", gist, true, "gist_hstore_ops", extensionInput("hstore"))...)
	all = append(all, classesOf("ltree", btree, true, "ltree_ops", extensionInput("ltree"))...)
	all = append(all, classesOf("ltree", gist, true, "gist_ltree_ops", extensionInput("ltree"), "gist__ltree_ops", extensionInput("_ltree"))...)
	all = append(all, classesOf("hstore", btree, true, "btree_hstore_ops", extensionInput("hstore"))...)
	all = append(all, classesOf("hstore", hash, true, "hash_hstore_ops", extensionInput("hstore"))...)
	all = append(all, classesOf("cube", btree, true, "cube_ops", extensionInput("cube"))...)
	all = append(all, classesOf("cube", gist, true, "gist_cube_ops", extensionInput("cube"))...)
	for i, c := range all {
		c.OID = firstExtensionClass + OID(i)
	}
	return all
}

// ExtensionClasses lists the operator classes of an extension.
func ExtensionClasses(library string) (list []*OperatorClass) {
	for _, c := range operatorClasses() {
		if c.Library == library {
			list = append(list, c)
		}
	}
	return list
}

// Libraries says which extensions a database has; nil: all there are.
type Libraries func(library string) bool

func (l Libraries) has(library string) bool { return library == "" || l == nil || l(library) }

// LibrariesOf are the extensions of a database.
func (c *Catalog) LibrariesOf(database OID) Libraries {
	return func(library string) bool { return c.Extension(database, library) != nil }
}
