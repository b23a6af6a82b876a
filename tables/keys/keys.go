// Package keys encodes values into bytes whose order is the values' order, so
// that an index is a range of keys. The row they lead to holds the values; those of
// some types can be read from the keys too (DecodeColumn).
//
// A table's keys begin with a keyspace byte, the table's OID, the index's OID
// (zero for the rows themselves) and, for a table with a slice per user, the
// user. What follows are the key columns.
package keys

import (
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
	"github.com/kalamsql/kalamsql/storage"
)

// The byte before a key column: NULLs sort before or after all values.
const (
	nullFirst = 0x01
	notNull   = sortkey.NotNull
	nullLast  = sortkey.NullLast
)

// TablePrefix begins every key of a table.
func TablePrefix(t *catalog.Table) []byte { return appendTable(nil, t) }

func appendTable(dst []byte, t *catalog.Table) []byte {
	space := byte(storage.SpaceRow)
	if !t.Durable() {
		space = storage.SpaceVolatile
	}
	return binary.BigEndian.AppendUint32(append(dst, space), uint32(t.OID))
}

// IndexPrefix begins every key of an index; the rows themselves are index 0.
func IndexPrefix(t *catalog.Table, index catalog.OID) []byte {
	return binary.BigEndian.AppendUint32(appendTable(make([]byte, 0, 9), t), uint32(index))
}

// PrefixTable gives the table whose keys begin with a prefix, and whether it is
// those of all its rows.
func PrefixTable(prefix []byte) (oid catalog.OID, rows bool) {
	if len(prefix) < 5 {
		return 0, false
	}
	oid = catalog.OID(binary.BigEndian.Uint32(prefix[1:]))
	return oid, len(prefix) == 5 || len(prefix) == 9 && binary.BigEndian.Uint32(prefix[5:]) == 0
}

// SlicePrefix begins every key of one user's slice of an index.
func SlicePrefix(t *catalog.Table, index catalog.OID, user string) []byte {
	return AppendSlice(make([]byte, 0, 32), t, index, user)
}

// AppendSlice appends SlicePrefix.
func AppendSlice(dst []byte, t *catalog.Table, index catalog.OID, user string) []byte {
	dst = binary.BigEndian.AppendUint32(appendTable(dst, t), uint32(index))
	if t.PerUser {
		dst = sortkey.AppendString(dst, user)
	}
	return dst
}

// End is the first key after all keys that begin with prefix.
func End(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// AppendColumn appends one key column.
func AppendColumn(dst []byte, t *types.Type, d types.Datum, k catalog.IndexKey) []byte {
	if d.IsNull() {
		if k.NullsFirst {
			return append(dst, nullFirst)
		}
		return append(dst, nullLast)
	}
	dst = append(dst, notNull)
	start := len(dst)
	dst = sortkey.Append(dst, t, d)
	if k.Desc {
		for i := start; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return dst
}
