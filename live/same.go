package live

import (
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/types"
)

// Rows are compared by what a subscriber sees, not by the types' equality: 1.0
// and 1.00 are equal numerics and yet an update from one to the other shows.

// sameRow says whether two result rows look the same.
func sameRow(schema []SchemaColumn, a, b types.Row) bool {
	for i := range schema {
		if !types.Identical(schema[i].Type, a[i], b[i]) {
			return false
		}
	}
	return true
}

// sameKey says whether two result rows have the same key.
func sameKey(schema []SchemaColumn, key []int, a, b types.Row) bool {
	for _, i := range key {
		if !types.Identical(schema[i].Type, a[i], b[i]) {
			return false
		}
	}
	return true
}

// appendKey writes the key of a row so that different keys differ.
func appendKey(dst []byte, schema []SchemaColumn, key []int, row types.Row) []byte {
	for _, i := range key {
		d := row[i]
		if d.IsNull() {
			dst = append(dst, 0)
			continue
		}
		start := len(dst)
		dst = append(dst, 1, 0, 0, 0, 0)
		dst = schema[i].Type.AppendText(dst, d, types.DefaultEnv)
		binary.BigEndian.PutUint32(dst[start+1:], uint32(len(dst)-start-5))
	}
	return dst
}
