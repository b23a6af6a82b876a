package ast

import "reflect"

// Inspect calls visit for n and every node below it, parents first; visit
// answers false to skip what is below. It works by reflection, for DDL and
// tools; nothing on a hot path uses it.
func Inspect(n Node, visit func(Node) bool) {
	if n == nil {
		return
	}
	inspect(reflect.ValueOf(n), visit)
}

var nodeType = reflect.TypeFor[Node]()

func inspect(v reflect.Value, visit func(Node) bool) {
	switch v.Kind() {
	case reflect.Interface:
		if !v.IsNil() {
			inspect(v.Elem(), visit)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if v.Type().Implements(nodeType) && !visit(v.Interface().(Node)) {
			return
		}
		inspect(v.Elem(), visit)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				inspect(v.Field(i), visit)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			inspect(v.Index(i), visit)
		}
	}
}

// Leftmost is where an expression begins: the first place of any that it has in it, or its
// own.
func Leftmost(e Expr) int {
	at := e.Pos()
	Inspect(e, func(n Node) bool {
		if part, ok := n.(Expr); ok && part.Pos() >= 0 && (at < 0 || part.Pos() < at) {
			at = part.Pos()
		}
		_, query := n.(*SubLink)
		return !query
	})
	return at
}
