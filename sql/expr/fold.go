package expr

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/types"
)

// MaxVolatility gives the volatility of the most volatile function in e.
func MaxVolatility(e Expr) Volatility {
	out := Immutable
	Walk(e, func(n Expr) bool {
		out = max(out, ownVolatility(n))
		return true
	})
	return out
}

// ownVolatility is that of one node.
func ownVolatility(e Expr) Volatility {
	switch n := e.(type) {
	case *Call:
		if len(n.Args) == 2 && !n.Fn.Routine && (n.Fn.Name == "textanycat" || n.Fn.Name == "anytextcat") {
			return textVolatility(n.Args[0].Type(), n.Args[1].Type()) // it stands for a cast and ||
		}
		return n.Fn.Volatility
	case *TextInput:
		return Stable
	case *TextCast:
		return textVolatility(n.Arg.Type(), n.T)
	case *MinMax:
		if !n.T.Comparable() {
			return Stable // it fails when it is computed, not before
		}
	case *JSONQuery:
		if n.Mutable {
			return Stable
		}
	case *JSONValue:
		return MaxVolatility(n.Convert)
	case *JSONConstructor:
		return n.volatility()
	}
	return Immutable
}

// LastingVolatility is MaxVolatility for who asks again later as the same user of the same
// database: functions that tell these do not count.
func LastingVolatility(e Expr) Volatility {
	out := Immutable
	Walk(e, func(n Expr) bool {
		if c, ok := n.(*Call); ok && tellsUser[c.Fn.Name] && !c.Fn.Routine {
			return true
		}
		out = max(out, ownVolatility(n))
		return true
	})
	return out
}

// tellsUser are the functions that tell who asks, and where.
var tellsUser = map[string]bool{"current_user": true, "session_user": true, "user": true, "current_role": true, "kalam_user": true, "current_catalog": true, "current_database": true}

// textVolatility is that of a cast between types by their text forms: stable where one of
// these depends on settings.
func textVolatility(between ...*types.Type) Volatility {
	for _, t := range between {
		t = BaseType(t)
		if e := ElementOf(t); e != nil {
			t = e
		}
		switch {
		case t.Category == 'D' || t == types.IntervalType || t == types.Float4 || t == types.Float8 || t == types.Bytea:
			return Stable
		case t.Kind == types.KindEnum:
			return Stable // its values can be renamed
		case t.Name[0] == 'r' && t.Category == 'N' || t.Kind == types.KindComposite || t == types.RecordType:
			return Stable
		}
	}
	return Immutable
}

// FoldConstants evaluates immutable calls over constants, and literals that
// waited for the session's settings. An evaluation error leaves the call where
// it is, to be raised if it is ever reached. err is the first of these errors
// outside of branches that constants have cut off: PostgreSQL raises it when it
// plans.
func FoldConstants(e Expr, c *Context) (folded Expr, err error) {
	failed := map[Expr]error{}
	foldTo := func(n Expr, loc int) Expr {
		v, err := n.Eval(c, nil)
		if err != nil {
			failed[n] = err
			return n
		}
		return &Const{Value: v, T: n.Type(), Mod: n.Typmod(), Loc: loc}
	}
	folded = Rewrite(e, func(n Expr) Expr {
		switch n := n.(type) {
		case *Const, *Column, *OuterColumn, *Param, *Spread:
			return n
		case *TextInput:
			return foldTo(n, n.Loc)
		case *And:
			return foldAnd(n)
		case *Or:
			return foldOr(n)
		case *Case:
			return foldCase(n)
		case *Call:
			if n.Fn.Strict && n.Fn.Set == nil {
				for _, a := range n.Args {
					if k, ok := a.(*Const); ok && k.Value.IsNull() {
						for _, other := range n.Args {
							if in, ok := other.(*TextInput); ok && failed[in] != nil { // it has been read before
								return n
							}
						}
						return &Const{T: n.T, Mod: n.Mod, Loc: n.Loc} // whatever the others are
					}
				}
			}
			if n.Fn.Volatility != Immutable || n.Fn.Eval == nil || n.Fn.Routine {
				return n
			}
			if b := truthEquation(n); b != nil {
				return b
			}
			if k, ok := Expr(n).(*Call); ok {
				if l := makeLike(k); l != Expr(k) {
					return l
				}
			}
		case *TextCast:
			if textVolatility(n.Arg.Type(), n.T) != Immutable {
				return n
			}
		case *JSONValue:
			if MaxVolatility(n.Convert) != Immutable {
				return n
			}
		case *MinMax:
			if err := Unordered(n); err != nil {
				if !slices.ContainsFunc(n.Children(), func(k Expr) bool { _, is := k.(*Const); return !is }) {
					failed[n] = err
				}
				return n
			}
		case *Like, *Relabel, *ArrayCast, *ConvertTypmod, *ArrayExpr, *RowExpr, *InList, *AnyAll, *Not, *IsNull, *BoolTest,
			*IsDistinct, *Coalesce, *NullIf, *Subscript, *RowCompare, *FieldSelect, *Collate, *CollationKey:
		default:
			return n // a node of the planner's: a subquery, say
		}
		for _, k := range n.Children() {
			if _, ok := k.(*Const); !ok {
				return n
			}
		}
		return foldTo(n, LocOf(n))
	})
	if len(failed) > 0 {
		err = firstFailure(folded, failed)
	}
	return folded, err
}

// truthEquation gives a comparison with a constant truth value as what is compared, or its
// negation; nil: it is none.
func truthEquation(n *Call) Expr {
	if n.Op == nil || n.Op.Name != "=" && n.Op.Name != "<>" || len(n.Args) != 2 {
		return nil
	}
	for i, a := range n.Args {
		k, ok := a.(*Const)
		other := n.Args[1-i]
		if _, constant := other.(*Const); !ok || constant || k.T != types.Boolean || other.Type() != types.Boolean || k.Value.IsNull() {
			continue
		}
		if k.Value.Bool() == (n.Op.Name == "=") {
			return other
		}
		return &Not{Arg: other}
	}
	return nil
}

// FoldCondition is FoldConstants for a condition that a row must meet: where
// NULL decides, it is as good as false.
func FoldCondition(e Expr, c *Context) (folded Expr, err error) {
	folded, err = FoldConstants(e, c)
	return nullIsFalse(folded), err
}

func nullIsFalse(e Expr) Expr {
	var args []Expr
	switch n := e.(type) {
	case *Const:
		if n.Value.IsNull() {
			return boolConst(false)
		}
		return e
	case *And:
		args = n.Args
	case *Or:
		args = n.Args
	default:
		return e
	}
	changed := make([]Expr, len(args))
	for i, a := range args {
		changed[i] = nullIsFalse(a)
	}
	if _, ok := e.(*And); ok {
		return foldAnd(&And{Args: changed})
	}
	return foldOr(&Or{Args: changed})
}

// firstFailure finds the first of the failed nodes in e, without the arguments
// of COALESCE that come after a constant.
func firstFailure(e Expr, failed map[Expr]error) (err error) {
	Walk(e, func(n Expr) bool {
		if err != nil {
			return false
		}
		if err = failed[n]; err != nil {
			return false
		}
		co, ok := n.(*Coalesce)
		if !ok {
			return true
		}
		for _, a := range co.Args {
			if k, ok := a.(*Const); ok && !k.Value.IsNull() || err != nil {
				break
			}
			err = firstFailure(a, failed)
		}
		return false
	})
	return err
}

func boolConst(v bool) Expr {
	return &Const{Value: types.Bool(v), T: types.Boolean, Mod: types.NoTypmod, Loc: -1}
}

func foldAnd(n *And) Expr {
	var keep []Expr
	for _, a := range n.Args {
		if k, ok := a.(*Const); ok && !k.Value.IsNull() {
			if !k.Value.Bool() {
				return boolConst(false)
			}
			continue
		}
		keep = append(keep, a)
	}
	if len(keep) == len(n.Args) {
		return n
	}
	return NewAnd(keep...)
}

func foldOr(n *Or) Expr {
	var keep []Expr
	for _, a := range n.Args {
		if k, ok := a.(*Const); ok && !k.Value.IsNull() {
			if k.Value.Bool() {
				return boolConst(true)
			}
			continue
		}
		keep = append(keep, a)
	}
	if len(keep) == len(n.Args) {
		return n
	}
	return NewOr(keep...)
}

func foldCase(n *Case) Expr {
	out := &Case{Else: n.Else, T: n.T, Mod: n.Mod}
	for _, w := range n.Whens {
		if k, ok := w.Cond.(*Const); ok {
			if !k.Value.Bool() {
				continue
			}
			out.Else = w.Result
			break
		}
		out.Whens = append(out.Whens, w)
	}
	if len(out.Whens) == 0 {
		return out.Else
	}
	return out
}
