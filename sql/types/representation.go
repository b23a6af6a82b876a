package types

import "slices"

// alike are types whose values are the same data.
var alike = [][]*Type{
	{Text, Varchar, BPChar, JSONText, XML, Bytea},
	{Int4, Oid, RegClass, RegType, RegProc, RegProcedure, RegOper, RegOperator, RegNamespace, RegRole, RegCollation, RegConfig, RegDictionary},
	{Timestamp, TimestampTZ},
}

// SameRepresentation says whether a value of one type is one of another as it is.
func SameRepresentation(a, b *Type) bool {
	return slices.ContainsFunc(alike, func(list []*Type) bool { return slices.Contains(list, a) && slices.Contains(list, b) })
}
