package ast

import "reflect"

// Walk calls visit for n and for every node below it, parents first; visit
// answers false to skip what is below.
func Walk(n Node, visit func(Node) bool) { walk(reflect.ValueOf(n), visit) }

func walk(v reflect.Value, visit func(Node) bool) {
	switch v.Kind() {
	case reflect.Interface:
		walk(v.Elem(), visit)
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(Node); ok && !visit(n) {
			return
		}
		walk(v.Elem(), visit)
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), visit)
			}
		}
	}
}
