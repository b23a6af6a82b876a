package sortkey

import (
	"encoding/binary"

	"github.com/kalamsql/kalamsql/sql/types"
)

// appendJSON orders by kind, arrays and objects by their sizes, then by what they have; an empty array at
// the top comes before everything.
func appendJSON(dst []byte, j *types.JSON, top bool) []byte {
	if top && j.Kind == types.JSONArray && len(j.Elems) == 0 {
		return append(dst, 0)
	}
	dst = append(dst, byte(j.Kind)+1)
	switch j.Kind {
	case types.JSONString:
		return AppendString(dst, j.Str)
	case types.JSONNumber:
		return appendNumeric(dst, j.Num)
	case types.JSONBool:
		if j.Bool {
			return append(dst, 1)
		}
		return append(dst, 0)
	case types.JSONArray:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(j.Elems)))
		for _, e := range j.Elems {
			dst = appendJSON(dst, e, false)
		}
	case types.JSONObject:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(j.Members)))
		for _, m := range j.Members {
			dst = appendJSON(AppendString(dst, m.Key), m.Value, false)
		}
	}
	return dst
}
