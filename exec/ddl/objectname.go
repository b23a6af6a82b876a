package ddl

import (
	"strconv"
	"unicode/utf8"
)

// maxName is how many bytes a name has at most.
const maxName = 63

// objectName makes the name of what goes with a table out of the table's name, what it
// is about (columns, as a rule; it may be empty) and what it is. Where that is too long,
// the longer of the first two is shortened.
func objectName(table, about, suffix string) string {
	room := maxName - len(suffix) - 1
	if about != "" {
		room--
	}
	t, a := len(table), len(about)
	for t+a > room {
		if t > a {
			t--
		} else {
			a--
		}
	}
	name := clip(table, t)
	if about != "" {
		name += "_" + clip(about, a)
	}
	return name + "_" + suffix
}

// clip cuts a text to a number of bytes, between two characters.
func clip(s string, n int) string {
	if n >= len(s) {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// freeName is objectName, numbered so that no relation of the schema has it.
func (b *tableBuilder) freeName(table, about, suffix string) string {
	for n := 0; ; n++ {
		numbered := suffix
		if n > 0 {
			numbered += strconv.Itoa(n)
		}
		name := objectName(table, about, numbered)
		if !b.taken[name] && name != b.table.Name && !(suffix != "idx" && suffix != "seq" && tableHasConstraint(b.table, name)) && !b.edit.Catalog().RelationNameTaken(b.schema.OID, name) {
			b.taken[name] = true
			return name
		}
	}
}
