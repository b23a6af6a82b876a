package ddl

import (
	"math"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// methodNumbers are how many operators and functions an access method knows; no number of
// operators means any.
var methodNumbers = map[string]struct{ operators, functions, options int64 }{
	"btree": {5, 5, 5}, "hash": {1, 3, 3}, "gist": {0, 11, 10}, "gin": {0, 7, 7}, "spgist": {0, 7, 6}, "brin": {0, 15, 5}, "bloom": {1, 2, 2},
}

// memberBuilder collects the operators and functions of a class or a family.
type memberBuilder struct {
	s      *Session
	edit   *catalog.Editor
	method *catalog.AccessMethod
	// input is the type of a class, which operators are over; nil for a family.
	input *types.Type
	into  *catalog.FamilyMembers
}

// add adds an operator or a function.
func (b *memberBuilder) add(item *ast.OpClassItem) error {
	numbers := methodNumbers[b.method.Name]
	limit := numbers.functions
	if item.Kind == "operator" {
		if limit = numbers.operators; limit == 0 {
			limit = math.MaxInt16
		}
	}
	if item.Number < 1 || item.Number > limit {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "invalid %s number %d, must be between 1 and %d", item.Kind, item.Number, limit)
	}
	if item.Kind == "operator" {
		return b.operator(item)
	}
	return b.function(item, numbers.options)
}

// types resolves types; of one alone both are that.
func (b *memberBuilder) types(list []*ast.TypeName) (left, right *types.Type, err error) {
	var found []*types.Type
	for _, n := range list {
		if n == nil {
			found = append(found, nil)
			continue
		}
		t, _, err := b.s.Env.TypeName(n)
		if err != nil {
			return nil, nil, unlocated(err)
		}
		found = append(found, t)
	}
	switch len(found) {
	case 1:
		return found[0], found[0], nil
	case 2:
		return found[0], found[1], nil
	}
	return nil, nil, sqlerr.New(sqlerr.SyntaxError, "one or two argument types must be specified")
}

func (b *memberBuilder) operator(item *ast.OpClassItem) error {
	left, right := b.input, b.input
	if item.Types != nil {
		var err error
		if left, right, err = b.types(item.Types); err != nil {
			return err
		}
	} else if b.input == nil {
		return sqlerr.New(sqlerr.SyntaxError, "operator argument types must be specified in ALTER OPERATOR FAMILY")
	}
	oid, err := b.s.operatorNamed(item.Operator.Parts, left, right)
	if err != nil {
		return unlocated(err)
	}
	if left == nil || right == nil {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "index operators must be binary")
	}
	m := catalog.FamilyOperator{Strategy: int(item.Number), Left: left.OID, Right: right.OID, Operator: oid}
	if item.Sort != nil {
		if b.method.Name != "gist" && b.method.Name != "spgist" {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, `access method "%s" does not support ordering operators`, b.method.Name)
		}
		name := item.Sort.Parts[len(item.Sort.Parts)-1]
		if m.Sort = catalog.FamilyNamed(name, "btree"); m.Sort == 0 {
			f, err := b.s.namedDefined("operator family", item.Sort, "btree")
			if err != nil {
				return err
			}
			m.Sort = f.ObjectOID()
		}
	} else if b.s.operatorResult(oid) != types.Boolean {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "index search operators must return boolean")
	}
	if slices.ContainsFunc(b.into.Operators, func(o catalog.FamilyOperator) bool {
		return o.Strategy == m.Strategy && o.Left == m.Left && o.Right == m.Right
	}) {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "operator number %d for (%s,%s) appears more than once", item.Number, left, right)
	}
	m.OID = b.edit.NewOID()
	b.into.Operators = append(b.into.Operators, m)
	return nil
}

// operatorResult is the type that an operator gives.
func (s *Session) operatorResult(oid catalog.OID) *types.Type {
	if o, ok := s.Tx.Catalog().Get(oid).(*catalog.Operator); ok {
		return o.Result.Type
	}
	if o := expr.OperatorByOID(oid); o != nil {
		return o.Result
	}
	return nil
}

func (b *memberBuilder) function(item *ast.OpClassItem, options int64) error {
	var args []*types.Type
	for _, p := range item.Function.Params {
		t, _, err := b.s.Env.TypeName(p.Type)
		if err != nil {
			return unlocated(err)
		}
		args = append(args, t)
	}
	f, err := b.s.functionOf(item.Function, args)
	if err != nil {
		return unlocated(err)
	}
	var left, right *types.Type
	if item.Types != nil {
		if left, right, err = b.types(item.Types); err != nil {
			return err
		}
	}
	if item.Number == options {
		if left != right {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, "left and right associated data types for operator class options parsing functions must match")
		}
		if f.result != types.Void || len(f.args) != 1 || f.args[0] != types.Internal {
			return sqlerr.New(sqlerr.InvalidObjectDefinition, "invalid operator class options parsing function").
				WithHint("Valid signature of operator class options parsing function is %s.", "(internal) RETURNS void")
		}
	} else if err := supportFunction(b.method.Name, item.Number, f, &left, &right); err != nil {
		return err
	}
	if left == nil {
		left = b.input
	}
	if right == nil {
		right = b.input
	}
	if left == nil || right == nil {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "associated data types must be specified for index support function")
	}
	m := catalog.FamilyFunction{Number: int(item.Number), Left: left.OID, Right: right.OID, Function: f.oid}
	if slices.ContainsFunc(b.into.Functions, func(o catalog.FamilyFunction) bool {
		return o.Number == m.Number && o.Left == m.Left && o.Right == m.Right
	}) {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, "function number %d for (%s,%s) appears more than once", item.Number, left, right)
	}
	m.OID = b.edit.NewOID()
	b.into.Functions = append(b.into.Functions, m)
	return nil
}

// supportFunction checks the arguments and the result of a support function of btree or hash, which
// tell the types that it is for.
func supportFunction(method string, number int64, f *functionFound, left, right **types.Type) error {
	wrong := func(format string, args ...any) error {
		return sqlerr.New(sqlerr.InvalidObjectDefinition, format, args...)
	}
	implied := func(l, r *types.Type) {
		if *left == nil {
			*left = l
		}
		if *right == nil {
			*right = r
		}
	}
	n := len(f.args)
	switch {
	case method == "btree" && number == 1:
		switch {
		case n != 2:
			return wrong("btree comparison functions must have two arguments")
		case f.result != types.Int4:
			return wrong("btree comparison functions must return integer")
		}
		implied(f.args[0], f.args[1])
	case method == "btree" && number == 2:
		switch {
		case n != 1 || f.args[0] != types.Internal:
			return wrong(`btree sort support functions must accept type "internal"`)
		case f.result != types.Void:
			return wrong("btree sort support functions must return void")
		}
	case method == "btree" && number == 3:
		switch {
		case n != 5:
			return wrong("btree in_range functions must have five arguments")
		case f.result != types.Boolean:
			return wrong("btree in_range functions must return boolean")
		}
		implied(f.args[0], f.args[2])
	case method == "btree" && number == 4:
		switch {
		case n != 1:
			return wrong("btree equal image functions must have one argument")
		case f.result != types.Boolean:
			return wrong("btree equal image functions must return boolean")
		case *left != nil && *left != *right:
			return wrong("btree equal image functions must not be cross-type")
		}
	case method == "hash" && number == 1:
		switch {
		case n != 1:
			return wrong("hash function 1 must have one argument")
		case f.result != types.Int4:
			return wrong("hash function 1 must return integer")
		}
		implied(f.args[0], f.args[0])
	case method == "hash" && number == 2:
		switch {
		case n != 2:
			return wrong("hash function 2 must have two arguments")
		case f.result != types.Int8:
			return wrong("hash function 2 must return bigint")
		}
		implied(f.args[0], f.args[0])
	}
	return nil
}

// addMembers runs ALTER OPERATOR FAMILY ... ADD.
func (s *Session) addMembers(edit *catalog.Editor, f *catalog.OperatorFamily, method *catalog.AccessMethod, items []ast.OpClassItem) error {
	var more catalog.FamilyMembers
	b := &memberBuilder{s: s, edit: edit, method: method, into: &more}
	for _, item := range items {
		if item.Kind == "storage" {
			return sqlerr.New(sqlerr.SyntaxError, "STORAGE cannot be specified in ALTER OPERATOR FAMILY")
		}
		if err := b.add(&item); err != nil {
			return err
		}
	}
	have := s.allMembers(f)
	for _, o := range more.Operators {
		if slices.ContainsFunc(have.Operators, func(h catalog.FamilyOperator) bool {
			return h.Strategy == o.Strategy && h.Left == o.Left && h.Right == o.Right
		}) {
			return sqlerr.New(sqlerr.DuplicateObject, `operator %d(%s,%s) already exists in operator family "%s"`, o.Strategy, s.typeShown(o.Left), s.typeShown(o.Right), f.Name)
		}
	}
	for _, p := range more.Functions {
		if slices.ContainsFunc(have.Functions, func(h catalog.FamilyFunction) bool {
			return h.Number == p.Number && h.Left == p.Left && h.Right == p.Right
		}) {
			return sqlerr.New(sqlerr.DuplicateObject, `function %d(%s,%s) already exists in operator family "%s"`, p.Number, s.typeShown(p.Left), s.typeShown(p.Right), f.Name)
		}
	}
	f.Operators = append(slices.Clone(f.Operators), more.Operators...)
	f.Functions = append(slices.Clone(f.Functions), more.Functions...)
	return nil
}

// allMembers are those of a family and of the classes in it.
func (s *Session) allMembers(f *catalog.OperatorFamily) (all catalog.FamilyMembers) {
	all.Operators, all.Functions = slices.Clone(f.Operators), slices.Clone(f.Functions)
	for _, c := range allDefined[*catalog.UserClass](s) {
		if c.Family == f.OID {
			all.Operators = append(all.Operators, c.Operators...)
			all.Functions = append(all.Functions, c.Functions...)
		}
	}
	return all
}

// typeShown is a type's name in a message.
func (s *Session) typeShown(oid catalog.OID) string {
	if t := s.Tx.Catalog().TypeByOID(oid); t != nil {
		return t.String()
	}
	return "-"
}

// dropMembers runs ALTER OPERATOR FAMILY ... DROP.
func (s *Session) dropMembers(f *catalog.OperatorFamily, items []ast.OpClassItem) error {
	b := &memberBuilder{s: s}
	f.Operators, f.Functions = slices.Clone(f.Operators), slices.Clone(f.Functions)
	for _, item := range items {
		left, right, err := b.types(item.Types)
		if err != nil {
			return err
		}
		at := -1
		if item.Kind == "operator" {
			if at = slices.IndexFunc(f.Operators, func(o catalog.FamilyOperator) bool {
				return int64(o.Strategy) == item.Number && o.Left == left.OID && o.Right == right.OID
			}); at >= 0 {
				f.Operators = slices.Delete(f.Operators, at, at+1)
			}
		} else if at = slices.IndexFunc(f.Functions, func(p catalog.FamilyFunction) bool {
			return int64(p.Number) == item.Number && p.Left == left.OID && p.Right == right.OID
		}); at >= 0 {
			f.Functions = slices.Delete(f.Functions, at, at+1)
		}
		if at < 0 {
			return sqlerr.New(sqlerr.UndefinedObject, `%s %d(%s,%s) does not exist in operator family "%s"`, item.Kind, item.Number, left, right, f.Name)
		}
	}
	return nil
}
