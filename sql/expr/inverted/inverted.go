// Package inverted says what GIN, GiST and SP-GiST indexes have entries of: the keys that their operator
// classes take out of a value, and the keys to look for where a condition is to hold. Those of intervals and
// shapes are cells (cells.go).
//
// What is looked for is never less than what the condition asks for, and may be more: whoever
// finds rows by it checks the condition on each. So keys need not tell everything. Long
// ones are cut short or hashed, and NULLs have none.
package inverted

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Class is an operator class of GIN, GiST or SP-GiST indexes over values of a type.
type Class struct {
	// keys gives a value's keys, in any order and possibly more than once.
	keys func(list [][]byte, v types.Datum) [][]byte
	// operators are those that the class knows with the indexed value on the left, and what the
	// type of the other side is; nil: the same. Of several types for an operator, takes says which.
	operators map[string]*types.Type
	takes     func(op string, other *types.Type) bool
	// query says what to look for; v is not NULL. Where it depends on the other side's type, it is search.
	query  func(c *expr.Context, op string, v types.Datum) (*Query, error)
	search func(op string, other *types.Type, v types.Datum) *Query

	// exact: a value has one key, and equal ones have the same. placed: a value has one key, that of a cell.
	exact, placed bool
}

// Exact says whether each value has one key, which equal ones have in common and hardly any others.
func (c *Class) Exact() bool { return c != nil && c.exact }

// Placed says whether each value has one key, that of the cell it is in.
func (c *Class) Placed() bool { return c != nil && c.placed }

// Of gives the class of a key over values of a type in an index by an access method; nil if there are no
// entries for it. Zero is the default class.
func Of(by string, class catalog.OID, t *types.Type) *Class {
	if t == nil {
		return nil
	}
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
	method := catalog.AccessMethodNamed(by)
	c := catalog.OperatorClassByOID(class)
	if class == 0 {
		c = method.DefaultOperatorClass(t, func(string) bool { return false })
	}
	if c == nil || c.Method != method.OID {
		return nil
	}
	if takes, _ := method.OperatorClassNamed(c.Name, t, nil); takes != c {
		return nil
	}
	switch by {
	case "gin":
		return ofGIN(c, t)
	case "gist", "spgist":
		return ofTree(c, t)
	}
	return nil
}

func ofGIN(c *catalog.OperatorClass, t *types.Type) *Class {
	switch c.Library {
	case "":
	case "pg_trgm":
		return trigramClass
	case "btree_gin":
		return ordered(t)
	case "hstore":
		return hstoreClass
	default:
		return nil
	}
	switch c.Name {
	case "jsonb_ops":
		return jsonClass
	case "jsonb_path_ops":
		return jsonPathClass
	case "tsvector_ops":
		return vectorClass
	case "array_ops":
		return arrays(t)
	}
	return nil
}

// ofTree is Of for what has trees in PostgreSQL.
func ofTree(c *catalog.OperatorClass, t *types.Type) *Class {
	switch c.Library {
	case "":
	case "pg_trgm":
		return trigramClass
	case "btree_gist":
		return ordered(t)
	default:
		return nil
	}
	switch c.Name {
	case "range_ops", "multirange_ops":
		return ranges(t)
	case "inet_ops":
		return networkClass
	case "point_ops", "box_ops", "poly_ops", "circle_ops", "quad_point_ops", "kd_point_ops":
		return shapes(t)
	case "tsvector_ops":
		return vectorClass
	case "text_ops":
		return textClass
	}
	return nil
}

// Statistics gives the class by whose keys conditions over values of a type are estimated; nil: there is
// none.
func Statistics(t *types.Type) *Class {
	c := Of("gin", 0, t)
	if c == jsonClass {
		return jsonStatistics
	}
	return c
}

// Keys gives the keys of a value that is not NULL, in order and each once.
func (c *Class) Keys(v types.Datum) [][]byte {
	list := c.keys(nil, v)
	slices.SortFunc(list, compareKeys)
	return slices.CompactFunc(list, func(a, b []byte) bool { return string(a) == string(b) })
}

// turned are the operators that say the same with their sides changed.
var turned = map[string]string{
	"<@": "@>", "@>": "<@", "&&": "&&", "=": "=", "@@": "@@", "@@@": "@@@", "<": ">", "<=": ">=", ">": "<", ">=": "<=",
	"<<": ">>", ">>": "<<", "<<=": ">>=", ">>=": "<<=", "-|-": "-|-", "~=": "~=", "<<|": "|>>", "|>>": "<<|",
	"%": "%", "<%": "%>", "<<%": "%>>", "%>": "<%", "%>>": "<<%",
}

// Operator gives the operator of a condition with the indexed value, which stands at a side of it
// (0 is the left), on the left; ok is false for those that the class does not know.
func (c *Class) Operator(call *expr.Call, side int) (op string, ok bool) {
	if call.Op == nil || len(call.Args) != 2 {
		return "", false
	}
	if op = call.Op.Name; side == 1 {
		op = turned[op]
	}
	return op, c.Knows(op, call.Args[side].Type(), call.Args[1-side].Type())
}

// Knows says whether the class knows an operator between an indexed value and another of these types.
func (c *Class) Knows(op string, indexed, other *types.Type) bool {
	if c.takes != nil {
		return c.takes(op, other)
	}
	t, ok := c.operators[op]
	if t == nil {
		return ok && other.Same(indexed)
	}
	return other.Same(t)
}

// Query says what to look for where the indexed value is to meet an operator with a value of a type.
func (c *Class) Query(ec *expr.Context, op string, t *types.Type, v types.Datum) (*Query, error) {
	switch {
	case v.IsNull():
		return None, nil // the operators are strict
	case c.search != nil:
		return c.search(op, t, v), nil
	}
	return c.query(ec, op, v)
}
