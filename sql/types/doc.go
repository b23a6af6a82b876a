// Package types is kalamsql's one runtime type system: PostgreSQL's types with
// their OIDs, the values that rows are made of, and for every type its text
// and binary forms, its order, its hash and its JSON form.
//
// # Values
//
// A Datum is a value without its type; the type is known where the Datum is
// used, from the plan. What a Datum of each type holds:
//
//	bool                          integer 0 or 1
//	int2 int4 int8 oid reg*       integer
//	"char"                        integer, the byte
//	float4 float8                 float (float4 values are exact in float32)
//	numeric                       *apd.Decimal, immutable once in a Datum
//	text varchar bpchar name      string
//	json unknown xml cstring      string
//	bytea                         string of raw bytes
//	bit varbit                    string of the digits 0 and 1
//	inet cidr                     netip.Prefix
//	macaddr macaddr8              string of raw bytes
//	int2vector oidvector          *Array from 0
//	uuid                          string of 16 bytes
//	date                          integer, days since 2000-01-01
//	timestamp timestamptz         integer, microseconds since 2000-01-01 00:00 UTC
//	time                          integer, microseconds since midnight
//	timetz                        TimeTZ
//	interval                      Interval
//	jsonb                         *JSON, immutable
//	arrays                        *Array, immutable
//	record and composite types    *Record, immutable
//	enum                          string, the label
//
// Infinity and -infinity of date, timestamp and timestamptz are the largest and
// smallest integer of the type's width (math.MaxInt32/MinInt32 for date).
package types
