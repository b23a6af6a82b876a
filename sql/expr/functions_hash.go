package expr

import (
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The hash functions of types, of 32 bits and, with a seed, of 64.

// hashed is a hash function of 32 bits.
func hashed(args []*types.Type, _ *types.Type) EvalFunc {
	of := args[0]
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		if !of.Hashable() {
			return types.Null, unhashable("a hash function", of)
		}
		return types.Int(int64(int32(of.ExtendedHash(a[0], 0)))), nil
	}
}

// seededHash is a hash function of 64 bits.
func seededHash(args []*types.Type, _ *types.Type) EvalFunc {
	of := args[0]
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		if !of.Hashable() {
			return types.Null, unhashable("an extended hash function", of)
		}
		return types.Int(int64(of.ExtendedHash(a[0], uint64(a[1].Int())))), nil
	}
}

func unhashable(what string, of *types.Type) error {
	if of.IsArray() {
		of = of.Elem
	}
	return sqlerr.New(sqlerr.UndefinedFunction, "could not identify %s for type %s", what, of)
}

func init() {
	code := map[string]TypedFunc{}
	for _, name := range []string{"hashchar", "hashint2", "hashint4", "hashint8", "hashoid", "hashfloat4", "hashfloat8", "hashname", "hashtext", "hashbpchar",
		"hashoidvector", "hashmacaddr", "hashmacaddr8", "hashinet"} {
		code[name], code[name+"extended"] = hashed, seededHash
	}
	for _, name := range []string{"hash_numeric", "hash_array", "hash_range", "hash_multirange", "hash_record", "interval_hash", "time_hash", "timetz_hash",
		"timestamp_hash", "uuid_hash", "pg_lsn_hash", "jsonb_hash"} {
		code[name], code[name+"_extended"] = hashed, seededHash
	}
	registerTyped(code)
}
