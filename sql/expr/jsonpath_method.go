package expr

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// method is .name() of an item.
func (e *pathEval) method(n *types.PathNode, at pathItem, found *pathItems) (pathResult, error) {
	switch n.Str {
	case "type":
		name := jsonTypeName(at.json)
		if at.moment != nil {
			name = at.moment.t.SQLName
		}
		return e.next(n, pathItem{json: types.NewJSONString(name)}, found)
	case "size":
		switch {
		case at.is(types.JSONArray):
			return e.next(n, numberItem(int64(len(at.json.Elems))), found)
		case !e.strict:
			return e.next(n, numberItem(1), found)
		}
		return e.structural(sqlerr.SQLJSONArrayNotFound, "jsonpath item method .%s() can only be applied to an array", n.Str)
	case "double":
		return e.double(n, at, found)
	case "datetime", "date", "time", "time_tz", "timestamp", "timestamp_tz":
		return e.datetime(n, at, found)
	case "bigint", "integer", "boolean", "decimal", "number", "string":
		return e.convert(n, at, found)
	case "keyvalue":
		return e.keyValue(n, at, found)
	}
	if !at.is(types.JSONNumber) {
		return e.fail(sqlerr.NonNumericSQLJSONItem, "jsonpath item method .%s() can only be applied to a numeric value", n.Str)
	}
	v, err := decimalItem(pathRounding[n.Str](at.json.Num))
	if err != nil {
		return pathFailed, err
	}
	return e.next(n, v, found)
}

// pathBase is what the ids of keyvalue() are counted from: a document, or an
// object that keyvalue() has made.
type pathBase struct {
	root    *types.JSON
	id      int64
	offsets map[*types.JSON]int
}

// pathBaseStride is the distance of the ids of two bases.
const pathBaseStride = 10_000_000_000

// keyValue gives an object for each member of an object.
func (e *pathEval) keyValue(n *types.PathNode, at pathItem, found *pathItems) (pathResult, error) {
	if !at.is(types.JSONObject) {
		return e.fail(sqlerr.SQLJSONObjectNotFound, "jsonpath item method .%s() can only be applied to an object", n.Str)
	}
	if e.base.offsets == nil {
		e.base.offsets = map[*types.JSON]int{}
		jsonbLayout(e.base.root, 0, e.base.offsets)
	}
	id := types.NewJSONNumber(apd.New(e.base.id*pathBaseStride+int64(e.base.offsets[at.json]), 0))
	out := pathNotFound
	for _, m := range at.json.Members {
		pair := types.NewJSONObject([]types.JSONMember{
			{Key: "key", Value: types.NewJSONString(m.Key)}, {Key: "value", Value: m.Value}, {Key: "id", Value: id},
		})
		base := &pathBase{root: pair, id: e.bases}
		e.bases++
		res, err := e.onBase(base, func() (pathResult, error) { return e.next(n, pathItem{json: pair}, found) })
		if err != nil || res == pathFailed || res == pathFound && found == nil {
			return res, err
		}
		out = res
	}
	return out, nil
}

// jsonbLayout records where jsonb keeps each container that is in j, when j
// begins at offset, and answers where it ends: those places are the ids of
// keyvalue(). A container has a word for itself and one for each key and value,
// then come the keys, then the values; numbers and containers are aligned.
func jsonbLayout(j *types.JSON, offset int, offsets map[*types.JSON]int) int {
	const word = 4
	align := func(n int) int { return (n + word - 1) / word * word }
	switch j.Kind {
	case types.JSONString:
		return offset + len(j.Str)
	case types.JSONNumber:
		binary := types.Numeric.AppendBinary(nil, types.Object(j.Num), nil)
		digits := len(binary) - 8
		weight := int(int16(uint16(binary[2])<<8 | uint16(binary[3])))
		header := 8
		if scale := types.NumericScale(j.Num); scale <= 63 && weight >= -64 && weight <= 63 {
			header = 6 // numeric's short form
		}
		return align(offset) + header + digits
	case types.JSONArray:
		offset = align(offset)
		offsets[j] = offset
		offset += word + word*len(j.Elems)
		for _, v := range j.Elems {
			offset = jsonbLayout(v, offset, offsets)
		}
	case types.JSONObject:
		offset = align(offset)
		offsets[j] = offset
		offset += word + 2*word*len(j.Members)
		for _, m := range j.Members {
			offset += len(m.Key)
		}
		for _, m := range j.Members {
			offset = jsonbLayout(m.Value, offset, offsets)
		}
	}
	return offset
}
