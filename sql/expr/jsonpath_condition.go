package expr

import (
	"cmp"
	"strings"

	"github.com/kalamsql/kalamsql/sql/types"
)

// pathTruth is the value of a condition.
type pathTruth uint8

const (
	pathFalse pathTruth = iota
	pathTrue
	pathUnknown
)

func truthOf(b bool) pathTruth {
	if b {
		return pathTrue
	}
	return pathFalse
}

// json is the item that the condition gives where a value is wanted.
func (t pathTruth) json() *types.JSON {
	if t == pathUnknown {
		return types.JSONNullValue
	}
	return types.NewJSONBool(t == pathTrue)
}

// filter is condition with the item as @.
func (e *pathEval) filter(n *types.PathNode, at pathItem) (pathTruth, error) {
	saved := e.current
	e.current = at
	out, err := e.condition(n, at)
	e.current = saved
	return out, err
}

// condition evaluates a condition for an item.
func (e *pathEval) condition(n *types.PathNode, at pathItem) (pathTruth, error) {
	if err := e.enter(); err != nil {
		return pathUnknown, err
	}
	defer e.leave()
	switch n.Op {
	case types.PathAnd, types.PathOr:
		decides := truthOf(n.Op == types.PathOr)
		left, err := e.condition(n.Left, at)
		if err != nil || left == decides {
			return left, err
		}
		right, err := e.condition(n.Right, at)
		if err != nil || right == decides || right == pathUnknown {
			return right, err
		}
		return left, nil
	case types.PathNot:
		v, err := e.condition(n.Left, at)
		if err != nil || v == pathUnknown {
			return v, err
		}
		return truthOf(v == pathFalse), nil
	case types.PathIsUnknown:
		v, err := e.condition(n.Left, at)
		return truthOf(v == pathUnknown), err
	case types.PathExists:
		return e.exists(n.Left, at)
	case types.PathStartsWith:
		return e.predicate(n, at, false, func(l, r pathItem) (pathTruth, error) {
			if !l.is(types.JSONString) || !r.is(types.JSONString) {
				return pathUnknown, nil
			}
			return truthOf(strings.HasPrefix(l.json.Str, r.json.Str)), nil
		})
	case types.PathLikeRegex:
		return e.predicate(n, at, false, func(l, _ pathItem) (pathTruth, error) {
			if !l.is(types.JSONString) {
				return pathUnknown, nil
			}
			re, err := compileRegex(n.Str, pathRegexFlags(n.Flags), false)
			if err != nil {
				return pathUnknown, err
			}
			found, err := re.MatchString(l.json.Str)
			return truthOf(found), err
		})
	}
	return e.predicate(n, at, true, func(l, r pathItem) (pathTruth, error) { return e.compare(n.Op, l, r) })
}

// exists says whether n gives anything; strict mode looks at all of it, for an
// error makes it unknown.
func (e *pathEval) exists(n *types.PathNode, at pathItem) (pathTruth, error) {
	if e.strict {
		got, res, err := e.quietly(n, at, false)
		if err != nil || res == pathFailed {
			return pathUnknown, err
		}
		return truthOf(len(got) > 0), nil
	}
	saved := e.silent
	e.silent = true
	res, err := e.item(n, at, nil)
	e.silent = saved
	if err != nil || res == pathFailed {
		return pathUnknown, err
	}
	return truthOf(res == pathFound), nil
}

// predicate holds if test holds for a pair of the operands' items. In lax mode
// the first pair decides; in strict mode all are tested.
func (e *pathEval) predicate(n *types.PathNode, at pathItem, unwrapRight bool, test func(l, r pathItem) (pathTruth, error)) (pathTruth, error) {
	left, res, err := e.quietly(n.Left, at, true)
	if err != nil || res == pathFailed {
		return pathUnknown, err
	}
	right := pathItems{{}}
	if n.Right != nil {
		if right, res, err = e.quietly(n.Right, at, unwrapRight); err != nil || res == pathFailed {
			return pathUnknown, err
		}
	}
	holds, unknown := false, false
	for _, l := range left {
		for _, r := range right {
			v, err := test(l, r)
			if err != nil {
				return pathUnknown, err
			}
			switch {
			case v == pathUnknown && e.strict:
				return pathUnknown, nil
			case v == pathUnknown:
				unknown = true
			case v == pathTrue && !e.strict:
				return pathTrue, nil
			case v == pathTrue:
				holds = true
			}
		}
		if err := e.enter(); err != nil {
			return pathUnknown, err
		}
		e.leave()
	}
	switch {
	case holds:
		return pathTrue, nil
	case unknown:
		return pathUnknown, nil
	}
	return pathFalse, nil
}

// compare compares two items: scalars of one kind, and null with anything.
func (e *pathEval) compare(op types.PathOp, l, r pathItem) (pathTruth, error) {
	var order int
	switch {
	case l.moment != nil && r.moment != nil:
		o, comparable, err := e.compareMoments(l.moment, r.moment)
		if err != nil || !comparable {
			return pathUnknown, err
		}
		order = o
	case l.moment != nil || r.moment != nil || l.json.Kind != r.json.Kind:
		if l.is(types.JSONNull) || r.is(types.JSONNull) {
			return truthOf(op == types.PathNotEqual), nil
		}
		return pathUnknown, nil
	case l.json.Kind == types.JSONString:
		order = cmp.Compare(l.json.Str, r.json.Str)
	case container(l.json):
		return pathUnknown, nil
	default:
		order = types.CompareJSON(l.json, r.json)
	}
	switch op {
	case types.PathEqual:
		return truthOf(order == 0), nil
	case types.PathNotEqual:
		return truthOf(order != 0), nil
	case types.PathLess:
		return truthOf(order < 0), nil
	case types.PathGreater:
		return truthOf(order > 0), nil
	case types.PathLessOrEqual:
		return truthOf(order <= 0), nil
	}
	return truthOf(order >= 0), nil
}
