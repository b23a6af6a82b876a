package expr

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// pathTime is what a part of a jsonpath may give of dates and times.
type pathTime uint8

const (
	pathNoTime pathTime = iota
	pathAnyTime
	pathZonedTime
	pathLocalTime
)

// mutablePath looks for what depends on the time zone in a jsonpath.
type mutablePath struct {
	names   []string
	passed  []*types.Type
	current pathTime
	mutable bool
}

// MutablePath says whether what a path finds depends on the session's time zone, with
// variables of the given names and types.
func MutablePath(path *types.PathTree, names []string, passed []*types.Type) bool {
	m := &mutablePath{names: names, passed: passed}
	m.item(path.Root)
	return m.mutable
}

// item looks at an item and its accessors.
func (m *mutablePath) item(n *types.PathNode) (out pathTime) {
	for ; n != nil; n = n.Next {
		switch n.Op {
		case types.PathRoot, types.PathNull, types.PathBool, types.PathNumber, types.PathString, types.PathLast:
			out = pathNoTime
		case types.PathCurrent:
			out = m.current
		case types.PathVariable:
			out = m.variable(n.Str)
		case types.PathFilter:
			outer := m.current
			m.current = out
			m.item(n.Left)
			m.current = outer
		case types.PathEqual, types.PathNotEqual, types.PathLess, types.PathGreater, types.PathLessOrEqual, types.PathGreaterOrEqual:
			left, right := m.item(n.Left), m.item(n.Right)
			if left != pathNoTime && right != pathNoTime && (left == pathAnyTime || right == pathAnyTime || left != right) {
				m.mutable = true
			}
			out = pathNoTime
		case types.PathElements:
			for _, r := range n.Ranges {
				m.item(r.From)
				m.item(r.To)
			}
		case types.PathMethod:
			out = m.method(n)
		case types.PathKey, types.PathAnyKey, types.PathAnyElement, types.PathAny:
		default:
			m.item(n.Left)
			m.item(n.Right)
			out = pathNoTime
		}
	}
	return out
}

func (m *mutablePath) variable(name string) pathTime {
	i := slices.Index(m.names, name)
	if i < 0 {
		return pathNoTime
	}
	switch BaseType(m.passed[i]) {
	case types.Date, types.Time, types.Timestamp:
		return pathLocalTime
	case types.TimeTZType, types.TimestampTZ:
		return pathZonedTime
	}
	return pathNoTime
}

func (m *mutablePath) method(n *types.PathNode) pathTime {
	switch n.Str {
	case "datetime":
		switch {
		case n.Left == nil:
			return pathAnyTime
		case strings.Contains(strings.ToUpper(n.Left.Str), "TZ"), strings.Contains(strings.ToUpper(n.Left.Str), "OF"):
			return pathZonedTime
		}
		return pathLocalTime
	case "date", "time", "timestamp":
		m.mutable = true
		return pathLocalTime
	case "time_tz", "timestamp_tz":
		m.mutable = true
		return pathZonedTime
	}
	return pathNoTime
}
