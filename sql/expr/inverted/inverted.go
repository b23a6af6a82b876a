// Package inverted says what GIN indexes have entries of: the keys that their operator
// classes take out of a value, and the keys to look for where a condition is to hold.
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

// Class is an operator class of GIN indexes over values of a type.
type Class struct {
	// keys gives a value's keys, in any order and possibly more than once.
	keys func(list [][]byte, v types.Datum) [][]byte
	// operators are those that the class knows with the indexed value on the left, and what the
	// type of the other side is.
	operators map[string]*types.Type
	// query says what to look for; v is not NULL.
	query func(c *expr.Context, op string, v types.Datum) (*Query, error)
}

// method is the access method.
var method = catalog.AccessMethodNamed("gin")

// Of gives the class of an index's key over values of a type; nil if there are no entries for it.
// Zero is the default class.
func Of(class catalog.OID, t *types.Type) *Class {
	if t == nil {
		return nil
	}
	for t.Kind == types.KindDomain && t.Base != nil {
		t = t.Base
	}
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
	switch {
	case c.Library == "pg_trgm":
		return trigramClass
	case c.Library == "btree_gin":
		return ordered(t)
	case c.Library != "":
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

// Statistics gives the class by whose keys conditions over values of a type are estimated; nil: there is
// none.
func Statistics(t *types.Type) *Class {
	c := Of(0, t)
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
	t, ok := c.operators[op]
	if !ok {
		return "", false
	}
	value := call.Args[1-side].Type()
	if t == nil {
		return op, value.Same(call.Args[side].Type())
	}
	return op, value.Same(t)
}

// Query says what to look for where the indexed value is to meet an operator.
func (c *Class) Query(ec *expr.Context, op string, v types.Datum) (*Query, error) {
	if v.IsNull() {
		return None, nil // the operators are strict
	}
	return c.query(ec, op, v)
}
