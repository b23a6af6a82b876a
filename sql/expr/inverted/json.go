package inverted

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/cockroachdb/apd/v3"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
)

// The kinds of keys of jsonb_ops. A string in an array is a key like that of an
// object, as operator ? takes it.
const (
	jsonNull   = '0'
	jsonBool   = 'b'
	jsonNumber = 'n'
	jsonString = 's'
	jsonKey    = 'k'
)

// scalar is the key of a scalar; in an object or, element, an array or at the top.
func scalar(j *types.JSON, element bool) []byte {
	switch j.Kind {
	case types.JSONString:
		if element {
			return named(j.Str)
		}
		return short(append([]byte{jsonString}, j.Str...))
	case types.JSONNumber:
		return short(sortkey.Append([]byte{jsonNumber}, types.Numeric, numeric(j.Num)))
	case types.JSONBool:
		if j.Bool {
			return []byte{jsonBool, 1}
		}
		return []byte{jsonBool, 0}
	}
	return []byte{jsonNull}
}

func numeric(d *apd.Decimal) types.Datum { return types.Object(d) }

// named is the key of an object's key.
func named(s string) []byte { return short(append([]byte{jsonKey}, s...)) }

// jsonKeys are the keys of jsonb_ops.
func jsonKeys(list [][]byte, j *types.JSON, element bool) [][]byte {
	switch j.Kind {
	case types.JSONArray:
		for _, e := range j.Elems {
			list = jsonKeys(list, e, true)
		}
		return list
	case types.JSONObject:
		for _, m := range j.Members {
			list = jsonKeys(append(list, named(m.Key)), m.Value, false)
		}
		return list
	}
	return append(list, scalar(j, element))
}

// path is the way to a value: the hash of the keys that lead to it.
type path uint32

func (p path) hash(kind byte, text []byte) uint32 {
	h := fnv.New32a()
	var b [9]byte
	binary.BigEndian.PutUint32(b[:], uint32(p))
	binary.BigEndian.PutUint32(b[4:], uint32(len(text)))
	b[8] = kind
	h.Write(b[:])
	h.Write(text)
	return h.Sum32()
}

func (p path) to(key string) path { return path(p.hash(jsonKey, []byte(key))) }

// value is the key of jsonb_path_ops for a scalar at the path.
func (p path) value(j *types.JSON) []byte {
	return binary.BigEndian.AppendUint32(nil, p.hash(jsonString, scalar(j, false)))
}

func pathKeys(list [][]byte, j *types.JSON, at path) [][]byte {
	switch j.Kind {
	case types.JSONArray:
		for _, e := range j.Elems {
			list = pathKeys(list, e, at)
		}
		return list
	case types.JSONObject:
		for _, m := range j.Members {
			list = pathKeys(list, m.Value, at.to(m.Key))
		}
		return list
	}
	return append(list, at.value(j))
}

func keysOf(list [][]byte) *Query {
	var all []*Query
	for _, k := range list {
		all = append(all, key(k))
	}
	return AllOf(all...)
}

// jsonClass is jsonb_ops: a key for each key and each scalar.
var jsonClass = &Class{
	keys:      func(list [][]byte, v types.Datum) [][]byte { return jsonKeys(list, v.JSON(), true) },
	operators: map[string]*types.Type{"@>": types.JSONB, "?": types.Text, "?|": types.Text.Array, "?&": types.Text.Array, "@?": types.JSONPath, "@@": types.JSONPath},
	query: func(_ *expr.Context, op string, v types.Datum) (*Query, error) {
		switch op {
		case "@>":
			return keysOf(jsonKeys(nil, v.JSON(), true)), nil
		case "?":
			return key(named(v.Str())), nil
		case "?|", "?&":
			var list []*Query
			for _, e := range v.Array().Elems {
				if !e.IsNull() {
					list = append(list, key(named(e.Str())))
				}
			}
			if op == "?|" {
				return OneOf(list...), nil
			}
			return AllOf(list...), nil
		}
		return pathQuery(v.JSONPath(), op == "@?", false), nil
	},
}

// jsonPathClass is jsonb_path_ops: a key for each scalar with the way to it.
var jsonPathClass = &Class{
	keys:      func(list [][]byte, v types.Datum) [][]byte { return pathKeys(list, v.JSON(), 0) },
	operators: map[string]*types.Type{"@>": types.JSONB, "@?": types.JSONPath, "@@": types.JSONPath},
	query: func(_ *expr.Context, op string, v types.Datum) (*Query, error) {
		if op == "@>" {
			return keysOf(pathKeys(nil, v.JSON(), 0)), nil
		}
		return pathQuery(v.JSONPath(), op == "@?", true), nil
	},
}

// place is where an accessor of a jsonpath has led.
type place struct {
	keys   []*Query // of the keys on the way; of jsonb_ops
	at     path     // of jsonb_path_ops
	vague  bool     // at is not known
	beyond bool     // what is there is not what the document has there
}

// pathWalk reads what a jsonpath asks for.
type pathWalk struct{ hashed bool }

// pathQuery is what @? (exists) or @@ asks for. The first says whether the path leads to
// something, a condition at its top always does; the other wants the condition to hold.
func pathQuery(p *types.PathTree, exists, hashed bool) *Query {
	w := pathWalk{hashed: hashed}
	if exists && p.Root.Op.Predicate() {
		return All
	}
	return w.condition(p.Root, place{})
}

// follow goes along a path, and says what must be there for it to lead to something; ok is
// false for what is no path into the document.
func (w pathWalk) follow(n *types.PathNode, current place) (at place, need *Query, ok bool) {
	switch n.Op {
	case types.PathRoot:
	case types.PathCurrent:
		at = current
	default:
		return at, All, false
	}
	need = All
	for n = n.Next; n != nil; n = n.Next {
		switch n.Op {
		case types.PathKey:
			at.at = at.at.to(n.Str)
			if !w.hashed {
				at.keys = append(at.keys[:len(at.keys):len(at.keys)], key(named(n.Str)))
			}
		case types.PathAnyKey, types.PathAny:
			at.vague = true
		case types.PathAnyElement, types.PathElements:
		case types.PathFilter:
			need = AllOf(need, w.condition(n.Left, at))
		default:
			at.beyond = true
		}
		if at.beyond {
			break
		}
	}
	return at, AllOf(append([]*Query{need}, at.keys...)...), true
}

// condition is what must be there for a condition to hold, or for a path to lead to something.
func (w pathWalk) condition(n *types.PathNode, current place) *Query {
	if n.Op.Predicate() && n.Next != nil {
		return All
	}
	switch n.Op {
	case types.PathAnd:
		return AllOf(w.condition(n.Left, current), w.condition(n.Right, current))
	case types.PathOr:
		return OneOf(w.condition(n.Left, current), w.condition(n.Right, current))
	case types.PathNot, types.PathIsUnknown:
		return All
	case types.PathExists, types.PathLikeRegex:
		_, need, _ := w.follow(n.Left, current)
		return need
	case types.PathEqual, types.PathNotEqual, types.PathLess, types.PathGreater, types.PathLessOrEqual, types.PathGreaterOrEqual, types.PathStartsWith:
		left, need, isPath := w.follow(n.Left, current)
		right, more, isPath2 := w.follow(n.Right, current)
		need = AllOf(need, more)
		if n.Op == types.PathEqual && isPath != isPath2 {
			at, other := left, n.Right
			if isPath2 {
				at, other = right, n.Left
			}
			need = AllOf(need, w.equals(at, other))
		}
		return need
	}
	_, need, _ := w.follow(n, current)
	return need
}

// equals is what must be there for what a path leads to to be a literal.
func (w pathWalk) equals(at place, literal *types.PathNode) *Query {
	if literal.Next != nil || at.beyond {
		return All
	}
	var j *types.JSON
	switch literal.Op {
	case types.PathBool:
		j = types.NewJSONBool(literal.Bool)
	case types.PathNumber:
		j = types.NewJSONNumber(literal.Num)
	case types.PathString:
		j = types.NewJSONString(literal.Str)
	case types.PathNull:
		j = types.JSONNullValue
	default:
		return All
	}
	if w.hashed {
		if at.vague {
			return All
		}
		return key(at.at.value(j))
	}
	return OneOf(key(scalar(j, false)), key(scalar(j, true)))
}

// jsonStatistics has the keys of both classes, to estimate by: where a value is tells more than what
// it is.
var jsonStatistics = &Class{
	keys: func(list [][]byte, v types.Datum) [][]byte {
		for _, k := range pathKeys(nil, v.JSON(), 0) {
			list = append(list, append([]byte{jsonPlace}, k...))
		}
		return jsonKeys(list, v.JSON(), true)
	},
	operators: jsonClass.operators,
	query: func(c *expr.Context, op string, v types.Datum) (*Query, error) {
		if jsonPathClass.operators[op] != nil {
			if q, err := jsonPathClass.query(c, op, v); err != nil || q.Op != AllRows {
				return q.placed(), err
			}
		}
		return jsonClass.query(c, op, v)
	},
}

// jsonPlace begins the keys of jsonb_path_ops among those of jsonb_ops.
const jsonPlace = 'p'

func (q *Query) placed() *Query {
	out := *q
	if out.Args = nil; q.Op == OneKey {
		out.Key = append([]byte{jsonPlace}, q.Key...)
	}
	for _, a := range q.Args {
		out.Args = append(out.Args, a.placed())
	}
	return &out
}
