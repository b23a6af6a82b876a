package plan

import (
	"reflect"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/types"
)

// equal says whether two bound expressions compute the same thing, wherever
// they were written.
func equal(a, b expr.Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if reflect.TypeOf(a) != reflect.TypeOf(b) || !a.Type().Same(b.Type()) || a.Typmod() != b.Typmod() {
		return false
	}
	ac, bc := a.Children(), b.Children()
	if len(ac) != len(bc) {
		return false
	}
	for i := range ac {
		if !equal(ac[i], bc[i]) {
			return false
		}
	}
	switch a := a.(type) {
	case *expr.Const:
		b := b.(*expr.Const)
		return types.Identical(a.T, a.Value, b.Value)
	case *expr.Column:
		return a.Index == b.(*expr.Column).Index
	case *expr.OuterColumn:
		b := b.(*expr.OuterColumn)
		return a.Level == b.Level && a.Index == b.Index
	case *expr.Param:
		return a.N == b.(*expr.Param).N
	case *expr.Call:
		b := b.(*expr.Call)
		return a.Op == b.Op && a.Spelling == b.Spelling && a.Fn.OID == b.Fn.OID && a.Fn.Name == b.Fn.Name
	case *SubLink:
		// Over the same values, what is written alike is the same query.
		b := b.(*SubLink)
		return a == b || a.Kind == b.Kind && a.Column == b.Column && a.op == b.op && a.source != nil && b.source != nil && parser.Deparse(a.source) == parser.Deparse(b.source)
	case *expr.Like: // with the same pattern
		return a.Op == b.(*expr.Like).Op
	// How these compare follows from what they are of.
	case *expr.AnyAll:
		b := b.(*expr.AnyAll)
		return a.Op == b.Op && a.Own == b.Own && a.All == b.All && (!a.Own || equal(a.Test, b.Test))
	case *expr.InList:
		return a.Negated == b.(*expr.InList).Negated
	case *expr.IsDistinct:
		return a.Negated == b.(*expr.IsDistinct).Negated
	case *expr.RowCompare:
		return a.Op == b.(*expr.RowCompare).Op
	case *expr.Relabel, *expr.ToDomain, *expr.TextCast, *expr.ArrayCast: // the same whether it was written or not
		return true
	case *expr.NullIf:
		return true
	case *expr.JSONValue:
		b := b.(*expr.JSONValue)
		return reflect.DeepEqual(a.Format, b.Format) && equal(a.Convert, b.Convert)
	case *expr.JSONConstructor:
		return sameConstructor(a, b.(*expr.JSONConstructor))
	case *expr.TextInput:
		b := b.(*expr.TextInput)
		return a.Text == b.Text && a.Explicit == b.Explicit
	case *windowRef:
		return a.index == b.(*windowRef).index
	case *aggRef:
		return a.index == b.(*aggRef).index
	}
	// What is left differs only in plain fields: compare copies whose children
	// are the same pointers.
	return reflect.DeepEqual(a.WithChildren(ac), b.WithChildren(ac))
}

// sameConstructor says whether two of SQL/JSON's constructors do the same with the same values.
func sameConstructor(a, b *expr.JSONConstructor) bool {
	return a.Op == b.Op && a.Absent == b.Absent && a.Unique == b.Unique && reflect.DeepEqual(a.Returning, b.Returning) && equal(a.Convert, b.Convert)
}
