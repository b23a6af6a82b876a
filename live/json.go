package live

import (
	"strconv"

	"github.com/kalamsql/kalamsql/sql/types"
)

// AppendRowJSON writes a result row as the object of the live protocol: every
// column in order under its name, NULL as null.
func AppendRowJSON(dst []byte, schema []SchemaColumn, row types.Row) []byte {
	dst = append(dst, '{')
	for i := range schema {
		if i > 0 {
			dst = append(dst, ',')
		}
		if label := schema[i].label; label != nil {
			dst = append(dst, label...)
		} else {
			dst = append(types.AppendJSONString(dst, schema[i].Name), ':')
		}
		dst = types.AppendJSON(dst, schema[i].Type, row[i])
	}
	return append(dst, '}')
}

// appendChanges writes the "changes" array.
func appendChanges(dst []byte, schema []SchemaColumn, changes []Change) []byte {
	dst = append(dst, '[')
	for i := range changes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendChange(dst, schema, &changes[i]), '}')
	}
	return append(dst, ']')
}

// appendChange writes the object of one change without its closing brace.
func appendChange(dst []byte, schema []SchemaColumn, c *Change) []byte {
	dst = append(append(dst, `{"op":"`...), c.Op...)
	if c.Reason != "" {
		dst = append(append(dst, `","reason":"`...), c.Reason...)
	}
	dst = append(dst, '"')
	if c.Row != nil {
		dst = AppendRowJSON(append(dst, `,"row":`...), schema, c.Row)
	}
	if c.Old != nil {
		dst = AppendRowJSON(append(dst, `,"old":`...), schema, c.Old)
	}
	if c.positioned && c.Old != nil {
		dst = strconv.AppendInt(append(dst, `,"from_at":`...), int64(c.FromAt), 10)
	}
	if c.positioned && c.Row != nil {
		dst = strconv.AppendInt(append(dst, `,"at":`...), int64(c.At), 10)
	}
	return dst
}

// AppendChangePayloads writes one JSON object per change of a group, as
// notifications carry them: the change with the group's cursor, its number n
// from 1 and the count of the group, and that it is coalesced if it is. Each payload is followed by a zero byte,
// which JSON cannot contain; SplitPayloads takes them apart.
func AppendChangePayloads(dst []byte, schema []SchemaColumn, part Part, cursor string) []byte {
	d := part.Delta
	for i := range d.Changes {
		dst = appendChange(dst, schema, &d.Changes[i])
		dst = append(append(dst, `,"cursor":"`...), cursor...) // base64url needs no escapes
		dst = strconv.AppendInt(append(dst, `","n":`...), int64(i+1), 10)
		dst = strconv.AppendInt(append(dst, `,"of":`...), int64(len(d.Changes)), 10)
		if part.Coalesced {
			dst = append(dst, `,"coalesced":true`...)
		}
		dst = append(dst, '}', 0)
	}
	return dst
}

// SplitPayloads takes apart what AppendChangePayloads wrote.
func SplitPayloads(packed []byte) []string {
	var out []string
	all := string(packed)
	start := 0
	for i := 0; i < len(all); i++ {
		if all[i] == 0 {
			out = append(out, all[start:i])
			start = i + 1
		}
	}
	return out
}
